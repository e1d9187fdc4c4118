"""This module holds the belief: node temperatures that were estimated, and how surely.

A snapshot may carry, in its public part, what somebody who follows the real machine believes
of its temperatures. It goes on with their mean; a forecast draws them again, each future its
own, as it draws everything else that is not known.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simtwin.errors import InvalidInput
from simtwin.physics.modal import symmetric_modes, times
from simtwin.physics.survival import NORMAL
from simtwin.result.followed import FOLLOWED
from simtwin.shop.build import build
from simtwin.shop.capture import capture
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simtwin.plant.model import Scenario
    from simtwin.result.followed import Followed
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.plan import Plan
    from simtwin.shop.shop import Shop

    Matrix = tuple[tuple[float, ...], ...]

KEY = " belief "
"""Before the name of a machine, where a snapshot keeps what is believed of it."""

_LEAST = 2.0**-54


def believing(
    snapshot: Snapshot,
    plan: Plan,
    scenario: Scenario,
    beliefs: Mapping[str, tuple[tuple[float, ...], Matrix]],
    followed: Followed,
) -> Snapshot:
    """Return *snapshot* with the temperatures that are believed: mean [degC], covariance [K2].

    *followed* says on what that rests, and stands in its public part beside them.

    Machines are corrected by the one door for everything not foreseen (KERNEL 9): each is
    brought to the present, given its temperatures, and looks ahead for state events anew.
    """
    streams = Streams(snapshot.seed, snapshot.replication, counts=snapshot.counts)
    shop = build(plan, scenario, streams, snapshot=snapshot)
    kept: dict[str, Any] = {}
    for name, (mean, covariance) in beliefs.items():
        machine = shop.machines[name]
        machine.settle()
        if len(mean) != len(machine.state.temperatures):
            raise InvalidInput(
                f"{name}: a belief needs {len(machine.state.temperatures)} temperatures, one "
                f"per node (got {len(mean)})"
            )
        machine.state = structs.replace(machine.state, temperatures=mean)
        machine.go_on(machine.state.until)
        kept[KEY + name] = {"temperatures": mean, "covariance": covariance}
    after = capture(shop)
    return replace(after, states=after.states | kept | {FOLLOWED: followed.as_state()})


def beliefs_kept(snapshot: Snapshot, machines: Iterable[str]) -> dict[str, Any]:
    """Return what *snapshot* believes of *machines*, for a snapshot of another plant."""
    keys = [FOLLOWED, *(KEY + name for name in machines)]
    return {key: snapshot.states[key] for key in keys if key in snapshot.states}


def draw_temperatures(shop: Shop, snapshot: Snapshot) -> None:
    """Draw the temperatures that *snapshot* believes of its machines, all nodes together.

    One uniform per node; where nothing is believed nothing is drawn.
    """
    for name, machine in shop.machines.items():
        belief = snapshot.states.get(KEY + name)
        if belief is None or len(belief["temperatures"]) != len(machine.state.temperatures):
            continue
        machine.settle()
        mean = belief["temperatures"]
        rates, vectors = symmetric_modes(belief["covariance"])
        normals = tuple(
            sqrt(max(0.0, rate))
            * NORMAL.inv_cdf(max(machine.draw(name, "temperature"), _LEAST))
            for rate in rates
        )
        off = times(vectors, normals)
        drawn = tuple(m + d for m, d in zip(mean, off, strict=True))
        machine.state = structs.replace(machine.state, temperatures=drawn)

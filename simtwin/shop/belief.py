"""This module holds the belief: a state of machines that was estimated, and how surely.

A snapshot may carry, in its public part, what somebody who follows the real machine believes
of its temperatures, of the hall and of its friction. It goes on with their mean; a forecast
draws them again, each future its own, as it draws everything else that is not known.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from simtwin.errors import InvalidInput
from simtwin.physics.modal import symmetric_modes, times
from simtwin.physics.survival import NORMAL
from simtwin.plant.model import Intervention
from simtwin.result.followed import FOLLOWED
from simtwin.shop.build import build
from simtwin.shop.capture import capture
from simtwin.shop.interventions import intervene
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simtwin.plant.model import MachineSpec, PlantModel, Scenario
    from simtwin.result.followed import Followed
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.plan import Plan
    from simtwin.shop.shop import Shop

    Matrix = tuple[tuple[float, ...], ...]

KEY = " belief "
"""Before the name of a machine, where a snapshot keeps what is believed of it."""

LEAST_FRICTION = 0.05
"""Friction over its law is never taken to be less [-]."""
_LEAST = 2.0**-54


class Believed(NamedTuple):
    """What is believed of one machine: temperatures, then ambient, then friction."""

    temperatures: tuple[float, ...]
    """Mean of every node [degC]."""
    covariance: Matrix
    """Of the temperatures [K2], the ambient [K] and the friction over its law [-], in order."""
    coolant: bool = True
    """Whether the spindle is cooled."""
    friction: float = 1.0
    """Friction over its law that the plant has taken in [-]; the spread is of that."""


def believing(
    snapshot: Snapshot,
    plan: Plan,
    scenario: Scenario,
    beliefs: Mapping[str, Believed],
    followed: Followed,
) -> Snapshot:
    """Return *snapshot* with what is believed of its machines.

    *followed* says on what that rests, and stands in its public part beside them.

    Machines are corrected by the one door for everything not foreseen (KERNEL 9): each is
    brought to the present, given its temperatures and its coolant, and looks ahead for state
    events anew.
    """
    streams = Streams(snapshot.seed, snapshot.replication, counts=snapshot.counts)
    shop = build(plan, scenario, streams, snapshot=snapshot)
    kept: dict[str, Any] = {}
    for name, belief in beliefs.items():
        machine, (mean, covariance, coolant, friction) = shop.machines[name], belief
        machine.settle()
        if len(mean) != len(machine.state.temperatures):
            raise InvalidInput(
                f"{name}: a belief needs {len(machine.state.temperatures)} temperatures, one "
                f"per node (got {len(mean)})"
            )
        machine.state = structs.replace(machine.state, temperatures=mean)
        machine.go_on(machine.state.until)
        if machine.state.setting.coolant is not coolant:
            off = Intervention(shop.env.now, name, "coolant off")
            intervene(machine, replace(off, do="coolant on") if coolant else off)
        kept[KEY + name] = {
            "temperatures": mean, "covariance": covariance, "friction": friction,
        }  # fmt: skip
    after = capture(shop)
    return replace(after, states=after.states | kept | {FOLLOWED: followed.as_state()})


def beliefs_kept(snapshot: Snapshot, machines: Iterable[str]) -> dict[str, Any]:
    """Return what *snapshot* believes of *machines*, for a snapshot of another plant."""
    keys = [FOLLOWED, *(KEY + name for name in machines)]
    return {key: snapshot.states[key] for key in keys if key in snapshot.states}


def draw_plant(plant: PlantModel, snapshot: Snapshot, streams: Streams) -> PlantModel:
    """Return *plant* with ambient and friction drawn, each machine's with its temperatures.

    The hall is one: every machine's draw counts by the inverse of its variance. *streams* are
    fresh ones of the future that `draw_temperatures` draws for, so both have the same luck.
    """
    if not any(KEY + machine.name in snapshot.states for machine in plant.machines):
        return plant
    machines, shifts, weights = [], 0.0, 0.0
    for machine in plant.machines:
        belief = snapshot.states.get(KEY + machine.name)
        if belief is None:
            machines.append(machine)
            continue
        n, covariance = len(belief["temperatures"]), belief["covariance"]
        off = _drawn(covariance, streams[machine.name, "temperature"])
        weight = 1.0 / max(covariance[n][n], _LEAST)
        shifts, weights = shifts + weight * off[n], weights + weight
        factor = max(LEAST_FRICTION, 1.0 + off[n + 1] / belief["friction"])
        machines.append(_rubbing(machine, factor))
    return replace(plant, machines=tuple(machines), ambient=plant.ambient + shifts / weights)


def draw_temperatures(shop: Shop, snapshot: Snapshot) -> None:
    """Draw the temperatures that *snapshot* believes of its machines, all nodes together.

    One uniform per number that is believed; where nothing is believed nothing is drawn.
    """
    for name, machine in shop.machines.items():
        belief = snapshot.states.get(KEY + name)
        if belief is None or len(belief["temperatures"]) != len(machine.state.temperatures):
            continue
        machine.settle()
        mean = belief["temperatures"]
        off = _drawn(belief["covariance"], partial(machine.draw, name, "temperature"))
        drawn = tuple(m + d for m, d in zip(mean, off, strict=False))
        machine.state = structs.replace(machine.state, temperatures=drawn)


def _drawn(covariance: Matrix, uniform: Callable[[], float]) -> tuple[float, ...]:
    """Return how far all that is believed is off in one future."""
    rates, vectors = symmetric_modes(covariance)
    normals = tuple(
        sqrt(max(0.0, rate)) * NORMAL.inv_cdf(max(uniform(), _LEAST)) for rate in rates
    )
    return times(vectors, normals)


def _rubbing(machine: MachineSpec, factor: float) -> MachineSpec:
    """Return *machine* with *factor* times the friction of its bearings."""
    bearings = tuple(replace(b, f0=b.f0 * factor, f1=b.f1 * factor) for b in machine.bearings)
    return replace(machine, bearings=bearings)

"""This module holds the present of a followed shop: plant and state, as they are believed."""

from __future__ import annotations

from dataclasses import replace
from math import hypot, inf
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from simtwin.live.drift import Status
from simtwin.live.parameters import applied
from simtwin.live.views import Z95
from simtwin.orchestrator.simulate import simulate
from simtwin.shop.belief import LEAST_FRICTION, Believed, believing
from simtwin.shop.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simtwin.live.drift import Verdict
    from simtwin.live.follow import Follower
    from simtwin.live.kalman import Belief
    from simtwin.live.track import Track
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.followed import Followed
    from simtwin.result.snapshot import Snapshot

OUTLYING = 3.5
"""A hall this many deviations from the median of all machines' is not one of them [-].
Source: Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers."""


NAMED = 4
"""Machines of which nothing was heard that are named."""
FEW = 3
"""Of fewer halls none can be told to be the odd one."""
_LEAST = 1e-6


class Known(NamedTuple):
    """What is known of one machine: its follower, its track at the present, its parameters."""

    follower: Follower
    track: Track
    trusted: bool = True
    """Whether what it makes of the hall counts."""


def followed(plant: PlantModel, known: Mapping[str, Known]) -> PlantModel:
    """Return *plant* as it is *known* by machine: parameters, friction, and one ambient."""
    machines, halls = [], []
    for machine in plant.machines:
        if machine.name not in known:
            machines.append(machine)
            continue
        follower, track, trusted = known[machine.name]
        parameters, belief = follower.parameters, track.belief
        if belief is not None:
            n = len(follower.system.nodes)
            friction = _friction(belief, n)
            if trusted:
                mean = parameters.ambient + float(belief.mean[n])
                halls.append((mean, max(belief.deviation(n), _LEAST)))
            parameters = replace(parameters, friction=parameters.friction * friction)
        machines.append(applied(machine, parameters))
    return replace(plant, machines=tuple(machines), ambient=plant.ambient + hall(halls))


def hall(halls: Sequence[tuple[float, float]]) -> float:
    """Return how far one hall is off [K] of which every machine has its mean and deviation.

    The hall is one, so they are weighed by the inverse of their variances; one that is far from
    the median of all, by its own deviation and theirs, does not count. None: it is as planned.

    >>> hall([(1.0, 1.0), (2.0, 0.5)])
    1.8
    >>> hall([(0.1, 0.3), (-0.1, 0.3), (0.0, 0.3), (45.0, 0.2)])
    0.0
    """
    if not halls:
        return 0.0
    middle = median(mean for mean, _ in halls)
    spread = 1.4826 * median(abs(mean - middle) for mean, _ in halls)
    near = [
        (mean, deviation)
        for mean, deviation in halls
        if abs(mean - middle) <= OUTLYING * hypot(deviation, spread) or len(halls) < FEW
    ]
    weights = [1.0 / (deviation * deviation) for _, deviation in near]
    return sum(w * mean for w, (mean, _) in zip(weights, near, strict=True)) / sum(weights)


def present(
    plant: PlantModel,
    scenario: Scenario,
    time: float,
    known: Mapping[str, Known],
    rests: Followed,
) -> Snapshot:
    """Return the shop *time* [s] after the start of *scenario*, as it is *known*.

    *rests* names model, parameter versions and instant, and goes with the snapshot.

    The plan is run that far, and its temperatures give way to those that are believed, its
    coolant to what is told or was named; the spread of temperatures, ambient and friction
    goes with them.
    """
    run = simulate(plant, scenario, until=time, history=False)
    beliefs = {}
    for name, (follower, track, _) in known.items():
        if track.belief is not None:
            mean, covariance = track.belief.values()
            n = len(follower.system.nodes)
            cooled = track.assumption.condition(track.condition).coolant
            beliefs[name] = Believed(mean[:n], covariance, cooled, _friction(track.belief, n))
    return believing(run.snapshot, plan_of(run.plant), run.scenario, beliefs, rests)


def _friction(belief: Belief, n: int) -> float:
    """Return the friction over its law [-] that *belief* of *n* nodes holds."""
    return max(LEAST_FRICTION, 1.0 + float(belief.mean[n + 1]))


def spread_of(follower: Follower, track: Track) -> float:
    """Return how far the least known temperature may be off, 95 % [K]; inf: none is known."""
    if track.belief is None:
        return inf
    return Z95 * max(track.belief.deviation(i) for i in range(len(follower.system.nodes)))


def warnings_of(trusts: Mapping[str, Verdict], spreads: Mapping[str, float]) -> Iterator[str]:
    """Give why the states of machines are not what they seem; those never heard in one line."""
    for name, trust in trusts.items():
        if spreads[name] < inf and trust.status is not Status.IN_SYNC:
            yield f"{name} is {trust}; its temperatures begin within {spreads[name]:.1f} K"
    silent = [name for name in trusts if spreads[name] == inf]
    if silent:
        some = ", ".join(silent[:NAMED])
        rest = f" and {len(silent) - NAMED} more" if len(silent) > NAMED else ""
        yield f"no temperature was reported yet of {some}{rest}: they begin as the plan says"

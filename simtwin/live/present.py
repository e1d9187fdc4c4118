"""This module holds the present of a followed shop: plant and state, as they are believed."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from simtwin.live.drift import Status
from simtwin.live.parameters import applied
from simtwin.live.views import Z95
from simtwin.orchestrator.simulate import simulate
from simtwin.shop.belief import believing
from simtwin.shop.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.live.drift import Verdict
    from simtwin.live.follow import Follower
    from simtwin.live.kalman import Belief
    from simtwin.live.parameters import Parameters
    from simtwin.live.thermal import ThermalSystem
    from simtwin.live.track import Track
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.followed import Followed
    from simtwin.result.snapshot import Snapshot

LEAST_FRICTION = 0.05
"""Friction over its law is never taken to be less [-]."""


def followed(
    plant: PlantModel, known: Mapping[str, tuple[Parameters, ThermalSystem, Belief | None]]
) -> PlantModel:
    """Return *plant* as it is *known* by machine: parameters, friction, and one ambient.

    The hall is one, so its temperature is the mean of what all machines make of it.
    """
    machines, halls = [], []
    for machine in plant.machines:
        if machine.name not in known:
            machines.append(machine)
            continue
        parameters, system, belief = known[machine.name]
        if belief is not None:
            n = len(system.nodes)
            friction = max(LEAST_FRICTION, 1.0 + float(belief.mean[n + 1]))
            halls.append(parameters.ambient + float(belief.mean[n]))
            parameters = replace(parameters, friction=parameters.friction * friction)
        machines.append(applied(machine, parameters))
    hall = sum(halls) / len(halls) if halls else 0.0
    return replace(plant, machines=tuple(machines), ambient=plant.ambient + hall)


def present(
    plant: PlantModel,
    scenario: Scenario,
    time: float,
    tracks: Mapping[str, tuple[Follower, Track]],
    rests: Followed,
) -> Snapshot:
    """Return the shop *time* [s] after the start of *scenario*, with what *tracks* believe.

    *rests* names model, parameter versions and instant, and goes with the snapshot.

    The plan is run that far, and its temperatures give way to those that are believed.
    """
    run = simulate(plant, scenario, until=time, history=False)
    beliefs = {}
    for name, (follower, track) in tracks.items():
        if track.belief is not None:
            mean, covariance = track.belief.values()
            n = len(follower.system.nodes)
            beliefs[name] = mean[:n], tuple(row[:n] for row in covariance[:n])
    return believing(run.snapshot, plan_of(run.plant), run.scenario, beliefs, rests)


def spread_of(follower: Follower, track: Track) -> float:
    """Return how far the least known temperature may be off, 95 % [K]; inf: none is known."""
    if track.belief is None:
        return inf
    return Z95 * max(track.belief.deviation(i) for i in range(len(follower.system.nodes)))


def warning_of(name: str, trust: Verdict, spread: float) -> str | None:
    """Return why a state of the machine *name* is not what it seems; None where it is."""
    if trust.status is Status.IN_SYNC:
        return None
    begins = (
        f"its temperatures begin within {spread:.1f} K"
        if spread < inf
        else "it begins as the plan says, and nothing was measured"
    )
    return f"{name} is {trust}; {begins}"

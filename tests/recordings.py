"""This module holds made recordings: what a machine would have reported, the truth being known.

The truth is drawn from the very system that a twin follows, process noise included, so a twin
with the same numbers is matched; a change from some instant on makes it wrong in a known way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simtwin.live.assumption import Assumption
from simtwin.live.condition import Condition
from simtwin.live.envelope import Observation, Quality
from simtwin.live.follow import Follower
from simtwin.live.parameters import Parameters
from simtwin.live.settings import Settings
from simtwin.live.thermal import Noise
from simtwin.physics.survival import NORMAL
from simtwin.plant.files import load_plant
from simtwin.streams import Streams

PLANT = load_plant("one_machine")
SENSOR = 0.2
"""Of temperature_1 in the catalogue [K]."""
STILL = Noise(wander=0.0, ambient=0.0, friction=0.0)


@dataclass(frozen=True)
class Change:
    """What becomes other at an instant."""

    at: float
    friction: float = 1.0
    coolant: bool = True
    ambient: float = 0.0
    warming: float = 0.0
    """Of the hall, from then on [K/h]."""


def recording(
    hours: float,
    *,
    seed: int = 1,
    every: float = 10.0,
    change: Change | None = None,
    parameters: Parameters | None = None,
    noise: Noise | None = None,
    begin: float = 1e9,
    sensors: tuple[tuple[str, str], ...] = (("temperature_1", "front"),),
) -> list[Observation]:
    """Return what mill-1 reports in so many *hours*: loads when they change, temperatures."""
    streams = Streams(seed)
    settings = Settings(noise=noise or Noise())
    before = parameters or Parameters()
    follower = Follower(PLANT, "mill-1", parameters=before, settings=settings)
    system, n = follower.system, len(follower.system.nodes)
    x = np.zeros(n + 2)
    x[:n] = PLANT.ambient
    told: list[Observation] = []
    condition, until = Condition(), 0.0
    time, changed = 0.0, False
    cooled = Assumption().condition
    before_step, root = None, np.zeros((n + 2, n + 2))
    while time <= hours * 3600.0:
        if time >= until:
            condition, until = _next(streams, condition, time)
            for signal, value in (
                ("spindle_load", condition.share), ("spindle_speed", condition.speed)
            ):  # fmt: skip
                told.append(Observation("mill-1", signal, value, Quality.GOOD, begin + time))
        if change is not None and not changed and time >= change.at:
            changed = True
            x[n] += change.ambient
            other = replace(before, friction=before.friction * change.friction)
            follower = Follower(PLANT, "mill-1", parameters=other, settings=settings)
            system, cooled = follower.system, Assumption(cooled=change.coolant).condition
        if changed and change is not None:
            x[n] += change.warming * every / 3600.0
        for signal, node in sensors:
            read = float(x[system.nodes.index(node)]) + SENSOR * _normal(streams, signal)
            told.append(Observation("mill-1", signal, read, Quality.GOOD, begin + time))
        step = system.step(follower.load(cooled(condition)), every, ())
        if step is not before_step:
            before_step, root = step, _root(step.noise)
        x = step.transition @ x + step.drive + _drawn(streams, root)
        time += every
    return told


def _next(streams: Streams, condition: Condition, time: float) -> tuple[Condition, float]:
    """Return the next condition and how long it holds: cut and wait in turn."""
    u = [streams["plan", "load"]() for _ in range(3)]
    if condition.speed > 0.0 and u[0] < 0.4:
        return Condition(), time + 60.0 + 540.0 * u[1]
    return Condition(250.0 + 400.0 * u[1], 0.1 + 0.5 * u[2]), time + 240.0 + 900.0 * u[0]


def _drawn(streams: Streams, root: np.ndarray) -> np.ndarray:
    return root @ np.array([_normal(streams, "process") for _ in root])


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _normal(streams: Streams, purpose: str) -> float:
    return NORMAL.inv_cdf(max(streams["mill-1", purpose](), 2.0**-54))

"""This module holds a line of stations in plain SimPy, as a good engineer would write it.

No priorities, no log, no snapshot, no states: a store between neighbours, a timeout for work.
The first station never lacks a part, the last never lacks room; a finished part stays in its
machine until there is a slot (blocking after service). A machine that fails keeps the work
left of its part; its clock runs only while it works.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import simpy

Story = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Station:
    """One machine: how long it works on each part, and how it fails if it does."""

    service: Iterator[float]
    """[s], the next one for each part."""
    lives: Iterator[float] | None = None
    """Work until the next failure [s]."""
    repairs: Iterator[float] | None = None
    """[s]"""


@dataclass(slots=True)
class Tally:
    """What left the line."""

    parts: int = 0
    last: float = 0.0
    """Instant of the last part [s]."""


def run_line(stations: Sequence[Station], slots: int, horizon: float) -> Tally:
    """Return what *stations* in line, with *slots* between neighbours, make before *horizon*.

    >>> from itertools import repeat
    >>> run_line([Station(repeat(1.0)) for _ in range(5)], slots=2, horizon=100.5)
    Tally(parts=96, last=100.0)
    """
    env = simpy.Environment()
    stores = [simpy.Store(env, capacity=slots) for _ in stations[1:]]
    tally = Tally()
    for station, inlet, outlet in zip(stations, [None, *stores], [*stores, None], strict=True):
        story = _work if station.lives is None else _work_and_fail
        env.process(story(env, station, inlet, outlet, tally))
    env.run(until=horizon)
    return tally


def _work(
    env: simpy.Environment,
    station: Station,
    inlet: simpy.Store | None,
    outlet: simpy.Store | None,
    tally: Tally,
) -> Story:
    timeout = env.timeout
    for duration in station.service:
        if inlet is not None:
            yield inlet.get()
        yield timeout(duration)
        if outlet is not None:
            yield outlet.put(1)
        else:
            tally.parts += 1
            tally.last = env.now


def _work_and_fail(
    env: simpy.Environment,
    station: Station,
    inlet: simpy.Store | None,
    outlet: simpy.Store | None,
    tally: Tally,
) -> Story:
    assert station.lives is not None
    assert station.repairs is not None
    timeout = env.timeout
    life = next(station.lives)
    for duration in station.service:
        if inlet is not None:
            yield inlet.get()
        left = duration
        while life < left:
            yield timeout(life)
            yield timeout(next(station.repairs))
            left -= life
            life = next(station.lives)
        life -= left
        yield timeout(left)
        if outlet is not None:
            yield outlet.put(1)
        else:
            tally.parts += 1
            tally.last = env.now

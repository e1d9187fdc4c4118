"""This module holds the crew's shift: how long a stop lasts when nobody comes at night.

A machine that works whenever it can fails at an hour that follows from when it was repaired
last: a chain from stop to stop over the hours of a week, whose long run is found on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from simtwin.plant.calendar import Hours
from simtwin.plant.queueing import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simtwin.physics.life import Law
    from simtwin.plant.calendar import CalendarSpec

    Row = NDArray[np.float64]

MONDAY, WEEK = "2026-01-05T00:00:00", 7 * 86400.0
"""A week for what has no date."""

CELLS = 672
"""Of a week: a quarter of an hour each where the clock runs day and night."""

LEVELS = 16
"""Durations that stand for the law of a repair."""

TURNS, SETTLED = 2000, 1e-10
"""Stops after which their hours are taken as they are; change of them that is none."""

LONG = 400
"""Weeks of a life that are told apart; a longer one ends at any hour."""

REST = 1e-6
"""Share of lives whose end is not told apart any more [-]."""


@dataclass(frozen=True, slots=True)
class Stop:
    """How a failure mode stops a machine, and who ends the stop."""

    clock: CalendarSpec | None
    """When the clock of the mode runs; None: day and night."""
    machine: CalendarSpec | None
    """When the machine is to work; None: day and night."""
    life: Law | None
    """On that clock [s]; None: it never fails."""
    age: float
    """At which it is renewed by plan [s on its clock]; inf: never."""
    repair: Law
    crews: tuple[CalendarSpec, ...]
    """When somebody repairs; empty: always."""
    renewal: float
    """Duration of a planned renewal [s]."""
    keepers: tuple[CalendarSpec, ...]
    """When somebody renews; empty: always."""
    evenly: bool = False
    """Whether it stops the machine at any hour, as counted pieces do."""


@lru_cache(maxsize=256)
def attended(stop: Stop) -> tuple[Service, Service]:
    """Return what a repair and a planned renewal take of the machine's time, nights included.

    They wait until the shift of somebody begins, and lie over its end; waiting for others who
    need the same crew is left out.

    >>> from simtwin.physics.life import Exponential, Fixed
    >>> from simtwin.plant.calendar import CalendarSpec
    >>> noon = CalendarSpec("noon", (((0.0, 43200.0),),) * 7)  # Half of every day.
    >>> stop = Stop(None, None, Exponential(1e9), inf, Fixed(1.0), (noon,), 0.0, ())
    >>> round(attended(stop)[0].mean / 3600.0, 2)  # Every other one waits six hours.
    3.0
    """
    clock = _Week(stop.clock)
    grid = [(number + 0.5) * clock.length / CELLS for number in range(CELLS)]
    begins = [clock.instant(reading) for reading in grid]
    machine = _Week(stop.machine)
    levels = [stop.repair.ppf((k + 0.5) / LEVELS) for k in range(LEVELS)]
    levels = levels[:1] if stop.repair.variance == 0.0 else levels
    scale = stop.repair.mean / (sum(levels) / len(levels)) if sum(levels) > 0.0 else 1.0
    repairs = [_ends(begins, scale * level, stop.crews) for level in levels]
    renewals = [_ends(begins, stop.renewal, stop.keepers)]
    fails, renews = _phases(stop, clock.length)
    at_failure, at_renewal = _long_run(clock, fails, renews, repairs, renewals)
    return (
        _moments(machine, begins, at_failure, repairs),
        _moments(machine, begins, at_renewal, renewals),
    )


@lru_cache(maxsize=256)
def day_and_night(calendars: tuple[CalendarSpec, ...]) -> bool:
    """Tell whether in every hour of a usual week one of *calendars* is open.

    >>> from simtwin.plant.calendar import CalendarSpec
    >>> early = CalendarSpec("early", (((0.0, 43200.0),),) * 7)
    >>> late = CalendarSpec("late", (((43200.0, 86400.0),),) * 7)
    >>> day_and_night((early, late)), day_and_night((early,))
    (True, False)
    """
    weeks = [Hours(replace(spec, days=()), MONDAY) for spec in calendars]
    at = 0.0
    while at < WEEK:
        if not any(week.is_open(at) for week in weeks):
            return False
        at = min(week.next_change(at) for week in weeks)
    return True


class _Week:
    """A calendar week after week, on its own clock and on that of the world."""

    def __init__(self, spec: CalendarSpec | None) -> None:
        self.hours = None if spec is None else Hours(replace(spec, days=()), MONDAY)
        self.length = WEEK if self.hours is None else self.hours.worked(WEEK)

    def read(self, at: float) -> float:
        """Return the reading of the clock at the instant *at* [s]."""
        return at if self.hours is None else self.hours.worked(at)

    def instant(self, reading: float) -> float:
        """Return when the clock shows a *reading* first [s]."""
        return reading if self.hours is None else self.hours.when(reading)


def _ends(begins: Sequence[float], seconds: float, crews: tuple[CalendarSpec, ...]) -> Row:
    """Return when work of so many *seconds* ends that begins at each of *begins* [s]."""
    if not crews:
        return np.array(begins) + seconds
    weeks = [Hours(replace(spec, days=()), MONDAY) for spec in crews]
    if all(week.worked(WEEK) == 0.0 for week in weeks):
        return np.array(begins) + seconds
    return np.array([_end(begin, seconds, weeks) for begin in begins])


def _end(begin: float, seconds: float, crews: Sequence[Hours]) -> float:
    """Return when whoever of *crews* is there has worked so many *seconds* [s]."""
    if len(crews) == 1:
        return crews[0].when(crews[0].worked(begin) + seconds)
    at, left = begin, seconds
    while True:
        until = min(crew.next_change(at) for crew in crews)
        if any(crew.is_open(at) for crew in crews):
            if left <= until - at:
                return at + left
            left -= until - at
        at = until


def _phases(stop: Stop, length: float) -> tuple[Row, Row]:
    """Return how likely a life ends so far into a week by a failure, and by its age [-]."""
    cell = length / CELLS
    fails, renews = np.zeros(CELLS), np.zeros(CELLS)
    life, age = stop.life, stop.age
    if life is None or stop.evenly:
        renews[:] = 0.0 if age == inf else 1.0 / CELLS
        fails[:] = 0.0 if life is None else 1.0 / CELLS
        return fails, renews
    before = 0.0
    for number in range(LONG * CELLS):
        until = (number + 1) * cell
        failed = life.cdf(min(until, age))
        fails[number % CELLS] += failed - before
        before = failed
        if until >= age or 1.0 - failed < REST:
            break
    if age < inf:
        renews[int(age / cell) % CELLS] = life.survival(age)
        before += life.survival(age)
    fails += max(0.0, 1.0 - before) / CELLS
    return fails, renews


def _long_run(
    clock: _Week,
    fails: Row,
    renews: Row,
    repairs: Sequence[Row],
    renewals: Sequence[Row],
) -> tuple[Row, Row]:
    """Return at which readings of the week stops begin in the long run, of both kinds [-]."""
    cell = clock.length / CELLS
    ways = [
        [np.array([clock.read(end) for end in row]) / cell - 0.5 for row in kind]
        for kind in (repairs, renewals)
    ]
    spectra = np.fft.rfft(fails), np.fft.rfft(renews)
    ended = np.full(CELLS, 1.0 / CELLS)
    begun: tuple[Row, ...] = ended, ended
    for _ in range(TURNS):
        spectrum = np.fft.rfft(ended)
        begun = tuple(np.fft.irfft(spectrum * one, CELLS) for one in spectra)
        new = np.zeros(CELLS)
        for kind, rows in zip(begun, ways, strict=True):
            for row in rows:
                low = np.floor(row).astype(int)
                part = row - low
                new += np.bincount(low % CELLS, kind * (1.0 - part) / len(rows), CELLS)
                new += np.bincount((low + 1) % CELLS, kind * part / len(rows), CELLS)
        new /= new.sum()
        moved = float(np.abs(new - ended).sum())
        ended = 0.5 * (ended + new)  # Half a step: a chain that goes in circles settles too.
        if moved < SETTLED:
            break
    return begun[0], begun[1]


def _moments(
    machine: _Week, begins: Sequence[float], weights: Row, ends: Sequence[Row]
) -> Service:
    """Return mean and variance of the machine's time between *begins* and *ends* [s]."""
    total = float(weights.sum())
    if total <= 0.0:
        return Service(0.0, 0.0)
    since = np.array([machine.read(begin) for begin in begins])
    mean = second = 0.0
    for row in ends:
        lost = np.array([machine.read(end) for end in row]) - since
        mean += float(weights @ lost) / total / len(ends)
        second += float(weights @ lost**2) / total / len(ends)
    return Service(mean, max(0.0, second - mean**2))

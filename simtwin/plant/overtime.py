"""This module holds overtime: shifts that a scenario adds to a calendar of its plant."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from simtwin.civil import local, read_zero, since
from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.plant.calendar import DAY, Hours, Stretch, read_span
from simtwin.plant.wording import unknown
from simtwin.result.day import weekday
from simtwin.units import MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.supposed import Supposed

_SAID = re.compile(r"(?:(\S+)\s+)?(\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})(?:\s+(.+))?")
_ALSO = re.compile(r"(.+ also works from )(.+?)( \(.+\))?")
"""A shift in words: whose, from when to when, and who stays away."""


@dataclass(frozen=True, slots=True)
class Overtime:
    """One shift more on one day.

    >>> str(Overtime("shop", "2026-01-10", (21600.0, 50400.0)))
    'overtime of shop on Sat 2026-01-10 06:00-14:00'
    """

    calendar: str
    day: str
    """ISO date on which it begins."""
    shift: Stretch
    """From and to [s after midnight]; over 24 h: the next day."""

    def applied(self, plant: PlantModel) -> PlantModel:
        """Return *plant* with this shift in its calendar, beside those of that day."""
        names = [spec.name for spec in plant.calendars]
        if self.calendar not in names:
            raise InvalidInput(unknown("calendar", self.calendar, names))
        specs = tuple(
            spec.with_shift(self.day, self.shift) if spec.name == self.calendar else spec
            for spec in plant.calendars
        )
        return replace(plant, calendars=specs)

    def stretch(self, start: str) -> Stretch:
        """Return from when to when it goes [s after *start*]."""
        midnight = datetime.combine(date.fromisoformat(self.day), time())
        begin, end = (
            since(read_zero(start), midnight + timedelta(seconds=at)) for at in self.shift
        )
        return begin, end

    def __str__(self) -> str:
        begin, end = (f"{int(t % DAY // 3600):02d}:{int(t % 3600 // MINUTE):02d}"
                      for t in self.shift)  # fmt: skip
        day = date.fromisoformat(self.day)
        return f"overtime of {self.calendar} on {day:%a} {day} {begin}-{end}"


def read_overtime(text: str, calendar: str, start: datetime) -> Overtime:
    """Return the shift that *text* says, ``Sat 06:00-14:00`` or ``2026-01-10 06:00-14:00``.

    A weekday means the first such shift at or after *start*; no day the first of all.

    >>> monday = datetime(2026, 1, 5, 6)
    >>> read_overtime("Sat 06:00-14:00", "shop", monday).day
    '2026-01-10'
    >>> read_overtime("22:00-06:00", "shop", monday)
    Overtime(calendar='shop', day='2026-01-05', shift=(79200.0, 108000.0))
    """
    match = _SAID.fullmatch(text.strip())
    if match is None or match[3] is not None:
        raise InvalidInput(
            f'must be a day, from and to, as in "Sat 06:00-14:00" (got {text!r})'
        )
    shift = read_span(match[2])
    return Overtime(calendar, _day(match[1], shift, start).isoformat(), shift)


def _day(word: str | None, shift: Stretch, start: datetime) -> date:
    number = None if word is None else weekday(word)
    if word is not None and number is None:
        try:
            return date.fromisoformat(word)
        except ValueError:
            message = f"must be a weekday or a date, as Sat or 2026-01-10 (got {word!r})"
            raise InvalidInput(message) from None
    today = local(start, 0.0).date()
    begin = datetime.combine(today, time()) + timedelta(seconds=shift[0])
    day = today + timedelta(days=int(since(start, begin) < 0.0))
    return day if number is None else day + timedelta(days=(number - day.weekday()) % 7)


def says_a_shift(text: str) -> bool:
    """Tell whether *text* says a shift and not how long.

    >>> says_a_shift("Sat 06:00-14:00"), says_a_shift("2h")
    (True, False)
    """
    return _SAID.fullmatch(text.strip()) is not None


def more_shifts(now: Supposed, text: str) -> tuple[Scenario, str]:
    """Return the scenario in which *text*, ``Sat 06:00-14:00 CALENDAR``, is worked too.

    Without a calendar it is worked by all machines that follow one. A scenario that ends before
    goes on until then, and so has the one to go that it is looked at beside.
    """
    match = _SAID.fullmatch(text.strip())
    assert match is not None, "asked where a shift is said"
    scenario, start = now.scenario, now.scenario.start
    names = [match[3]] if match[3] else _of_machines(now.plant)
    said = " ".join(filter(None, match.groups()[:2]))
    shifts = [read_overtime(said, name, read_zero(start)) for name in names]
    begin, end = shifts[0].stretch(start)
    if begin < 0.0:
        raise InvalidInput(f"begins before the start {start} (got {text!r})")
    specs = {spec.name: spec for spec in now.plant.calendars}
    for shift in shifts:
        after = {spec.name: spec for spec in shift.applied(now.plant).calendars}[shift.calendar]
        if Hours(after, start).worked(end) <= Hours(specs[shift.calendar], start).worked(end):
            raise InvalidInput(f"{shift.calendar} works then already, or has a break")
    changes = replace(scenario.changes, overtime=(*scenario.changes.overtime, *shifts))
    horizon = None if scenario.horizon is None else max(scenario.horizon, end)
    words = f"{' and '.join(names)} also works from {now.said(begin)} to {now.said(end)}"
    made = replace(scenario, changes=changes, horizon=horizon)
    return made, words + _absent(changes.applied(now.file), start, begin, end)


def joined(said: Sequence[str]) -> str:
    """Return what several suppositions say as one phrase, shifts of the same calendar once.

    >>> joined(("day also works from 14:00 to 16:00", "day also works from Tue 14:00 to 16:00"))
    'day also works from 14:00 to 16:00 and Tue 14:00 to 16:00'
    """
    parts = [match.groups() for one in said if (match := _ALSO.fullmatch(one))]
    if len(parts) < len(said) or len({(who, away) for who, _, away in parts}) != 1:
        return " and ".join(said)
    (who, last, away), front = parts[-1], [span for _, span, _ in parts[:-1]]
    return f"{who}{', '.join(front)}{' and ' if front else ''}{last}{away or ''}"


def going_on(now: Supposed, begin: float, end: float) -> tuple[Scenario, str]:
    """Return the scenario in which all calendars of machines go from *begin* to *end* too."""
    start = read_zero(now.scenario.start)
    at, until = local(start, begin), local(start, end)
    midnight = datetime.combine(at.date(), time())
    shift = (at - midnight).total_seconds(), (until - midnight).total_seconds()
    names = _of_machines(now.plant)
    more = tuple(Overtime(name, at.date().isoformat(), shift) for name in names)
    before = now.scenario.changes
    changes = replace(before, overtime=(*before.overtime, *more))
    away = _absent(changes.applied(now.file), now.scenario.start, begin, end)
    return replace(now.scenario, changes=changes, horizon=end), away


def _of_machines(plant: PlantModel) -> list[str]:
    names = {m.calendar for m in plant.machines if m.calendar is not None}
    if not names:
        raise InvalidInput("every machine works day and night: there is no more time")
    return sorted(names, key=natural)


def _absent(plant: PlantModel, start: str, begin: float, end: float) -> str:
    """Return in words which crews stay away between two instants."""
    specs = {spec.name: spec for spec in plant.calendars}
    away = [
        crew.name
        for crew in plant.crews
        if crew.calendar is not None
        and (hours := Hours(specs[crew.calendar], start)).worked(end) == hours.worked(begin)
    ]
    return f" (without {' and '.join(away)})" if away else ""

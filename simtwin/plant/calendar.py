"""This module holds the calendar: when somebody works, on real dates.

Times of day are what the clock on the wall says: where the start names a zone, a shift from
22:00 to 06:00 has seven hours when the clock is put forward, and nine when it is put back.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import inf
from typing import TYPE_CHECKING, Literal

from simtwin.civil import local, read_zero, since
from simtwin.errors import InvalidInput
from simtwin.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 24.0 * HOUR
FORTNIGHT = 14.0 * DAY
LAST = 60 * 366
"""Days after the start beyond which no calendar is looked at."""

Stretch = tuple[float, float]
"""From and to, seconds after the midnight at which the day begins; over 24 h: the next day."""

ShiftEnd = Literal["finish", "pause", "scrap", "hold release"]
"""What a machine does when its shift ends while it works (KERNEL 28)."""

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def read_span(text: str) -> Stretch:
    """Return the stretch of a *text*, over midnight where it says so.

    >>> [t / 3600.0 for t in read_span("22:00-06:00")]
    [22.0, 30.0]
    """
    match = _SPAN.fullmatch(text.strip())
    numbers = [int(number) for number in match.groups()] if match else []
    if not numbers or numbers[0] > 23 or numbers[2] > 24 or max(numbers[1::2]) > 59:
        raise InvalidInput(f'must be from and to, as "06:00-14:00" (got {text!r})')
    begin, end = (60.0 * (60 * h + m) for h, m in (numbers[:2], numbers[2:]))
    return begin, end if end > begin else end + DAY


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Shifts of a week, breaks of every day, and days that are different."""

    name: str
    week: tuple[tuple[Stretch, ...], ...]
    """Shifts that begin on each day from Monday, seven of them."""
    breaks: tuple[Stretch, ...] = ()
    """Time of day at which nobody works, on every day [s after midnight]."""
    days: tuple[tuple[str, tuple[Stretch, ...]], ...] = ()
    """ISO dates with other shifts than their weekday: overtime, or none on a holiday."""

    def with_shift(self, day: str, shift: Stretch) -> CalendarSpec:
        """Return this calendar with one *shift* more that begins on the ISO date *day*.

        >>> closed = CalendarSpec("shop", ((),) * 7, days=(("2026-01-10", ((0.0, 60.0),)),))
        >>> closed.with_shift("2026-01-10", (90.0, 99.0)).days
        (('2026-01-10', ((0.0, 60.0), (90.0, 99.0))),)
        """
        days = dict(self.days)
        usual = self.week[date.fromisoformat(day).weekday()]
        days[day] = (*days.get(day, usual), shift)
        return replace(self, days=tuple(days.items()))


class Hours:
    """A calendar on the clock of a run: stretches of work [a, b), in seconds from its start.

    Touching shifts are one stretch. Beyond 60 years nobody works.

    >>> early = (6 * 3600.0, 14 * 3600.0)
    >>> hours = Hours(CalendarSpec("early", ((early,),) * 5 + ((),) * 2), "2026-01-05T06:00:00")
    >>> hours.is_open(0.0), hours.is_open(8 * 3600.0), hours.next_change(0.0) / 3600.0
    (True, False, 8.0)
    >>> hours.worked(30 * 3600.0) / 3600.0, hours.when(9 * 3600.0) / 3600.0
    (14.0, 25.0)
    """

    def __init__(self, spec: CalendarSpec, start: str) -> None:
        self.spec = spec
        self._start = read_zero(start)
        moment = local(self._start, 0.0)
        self._midnight = moment.date()
        self._offset = (moment - datetime.combine(self._midnight, time())).total_seconds()
        self._days = dict(spec.days)
        self._next_day = -2  # A shift of the evening before may still go on.
        self._begins: list[float] = []
        self._ends: list[float] = []
        self._before: list[float] = []
        """Seconds worked before each stretch, from instant 0."""
        self._known = -inf
        """Every stretch that begins before this instant is known."""

    def is_open(self, at: float) -> bool:
        """Tell whether somebody works at the instant *at* and right after."""
        place = self._place(at)
        return place >= 0 and at < self._ends[place]

    def next_change(self, at: float) -> float:
        """Return the first instant after *at* at which work begins or ends; inf: none."""
        place = self._place(at)
        while True:
            if place >= 0 and at < self._ends[place] < self._known:
                return self._ends[place]
            if place + 1 < len(self._begins) and (place < 0 or at >= self._ends[place]):
                return self._begins[place + 1]
            if not self._more():
                return self._ends[place] if place >= 0 and at < self._ends[place] else inf

    def stretches(self, since: float) -> Iterator[Stretch]:
        """Yield the stretches of work from *since* on until the weeks only repeat themselves.

        >>> early = ((6 * 3600.0, 14 * 3600.0),)
        >>> spec = CalendarSpec("early", (early,) * 5 + ((),) * 2, ((32400.0, 36000.0),))
        >>> hours = Hours(spec, "2026-01-05T06:00:00")
        >>> [(a / 3600.0, b / 3600.0) for a, b in hours.stretches(7200.0)][:2]
        [(2.0, 3.0), (4.0, 8.0)]
        """
        last = max(map(date.fromisoformat, self._days), default=self._midnight)
        special = self._at((last - self._midnight).days, 0.0)
        until, at = max(since, special) + FORTNIGHT, since
        while at < until:
            begin = at if self.is_open(at) else self.next_change(at)
            if begin == inf:
                return
            at = self.next_change(begin) if begin < until else until
            if begin < until:
                yield begin, at

    def fits(self, since: float, seconds: float) -> bool:
        """Tell whether some stretch of work from *since* on is at least so long."""
        return any(begin + seconds <= end for begin, end in self.stretches(since))

    def longest(self, since: float = 0.0) -> float:
        """Return the longest stretch of work from *since* on [s]; 0: nobody works any more."""
        return max((end - begin for begin, end in self.stretches(since)), default=0.0)

    def worked(self, until: float) -> float:
        """Return how long work has gone on between instant 0 and *until* [s]."""
        place = self._place(until)
        return 0.0 if place < 0 else self._before[place] + self._length(place, until)

    def when(self, worked: float) -> float:
        """Return the first instant at which so much has been worked [s]; inf: never."""
        if worked <= 0.0:
            return 0.0
        while not self._ends or self._before[-1] + self._length(-1) < worked:
            if not self._more():
                return inf
        place = bisect_left(self._before, worked) - 1
        return max(0.0, self._begins[place]) + (worked - self._before[place])

    def _place(self, at: float) -> int:
        """Return which stretch begins last at or before *at*; -1: none."""
        while self._known <= at and self._more():
            pass
        return bisect_right(self._begins, at) - 1

    def _length(self, place: int, until: float = inf) -> float:
        """Return how much of a stretch lies between instant 0 and *until* [s]."""
        begin, end = max(0.0, self._begins[place]), min(until, self._ends[place])
        return max(0.0, end - begin)

    def _more(self) -> bool:
        """Learn of the shifts that begin on the next day; tell whether there is one."""
        day = self._next_day
        if day > LAST:
            return False
        for begin, end in self._shifts_of(self._midnight + timedelta(days=day)):
            self._add(self._at(day, begin), self._at(day, end))
        self._next_day = day + 1
        self._known = self._at(day + 1, 0.0)
        return True

    def _at(self, day: int, seconds: float) -> float:
        """Return when the clock is *seconds* past the midnight of a day [s after the start]."""
        if self._start.tzinfo is None:
            return day * DAY - self._offset + seconds
        midnight = datetime.combine(self._midnight, time())
        return since(self._start, midnight + timedelta(days=day, seconds=seconds))

    def _shifts_of(self, today: date) -> list[Stretch]:
        """Return the stretches of work of the shifts that begin on a day, without breaks."""
        shifts = self._days.get(today.isoformat(), self.spec.week[today.weekday()])
        pauses = sorted(
            (a + k * DAY, b + k * DAY) for a, b in self.spec.breaks for k in (-1, 0, 1)
        )
        found = []
        for begin, end in sorted(shifts):
            at = begin
            for pause, back in pauses:
                if pause < end and back > at:
                    if pause > at:
                        found.append((at, pause))
                    at = back
            if at < end:
                found.append((at, end))
        return found

    def _add(self, begin: float, end: float) -> None:
        """Add a stretch after all others, or to the last one where they touch.

        One in the hour that the clock skips has no length, and is none.
        """
        if end <= begin:
            return
        if self._ends and begin <= self._ends[-1]:
            self._ends[-1] = max(self._ends[-1], end)
            return
        self._before.append(self._before[-1] + self._length(-1) if self._ends else 0.0)
        self._begins.append(begin)
        self._ends.append(end)

"""Tests of the calendar: weeks, nights, breaks, holidays, overtime, year ends; and its sums."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.plant.calendar import CalendarSpec, Hours

HOUR = 3600.0
START = "2026-01-05T06:00:00"
"""A Monday."""

MONDAY = datetime.combine(date(2025, 12, 22), time())


def span(text: str) -> tuple[float, float]:
    """Return "22:00-06:00" as seconds after midnight."""
    begin, end = (int(t[:2]) * HOUR + int(t[3:]) * 60.0 for t in text.split("-"))
    return begin, end if end > begin else end + 24 * HOUR


def week(*days: str) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the shifts of each day from Monday; days left out have none."""
    found = [tuple(span(word) for word in day.split()) for day in days]
    return (*found, *[()] * (7 - len(found)))


def changes(hours: Hours, count: int) -> list[float]:
    """Return the first changes after the start [h]."""
    found, at = [], 0.0
    for _ in range(count):
        at = hours.next_change(at)
        found.append(at / HOUR)
    return found


def test_a_night_shift_belongs_to_the_day_on_which_it_begins():
    """Friday's night shift goes on until Saturday, and the next one comes on Sunday."""
    nights = week(*["22:00-06:00"] * 5, "", "22:00-06:00")
    hours = Hours(CalendarSpec("nights", nights), "2026-01-09T12:00:00")
    assert changes(hours, 4) == [10, 18, 58, 66]
    monday = Hours(CalendarSpec("nights", nights), START)
    assert not monday.is_open(0.0)  # Sunday's ends at this very instant.
    assert Hours(CalendarSpec("nights", nights), "2026-01-05T05:00:00").is_open(0.0)


def test_touching_shifts_merge_and_breaks_part_them():
    """Two shifts of a day are one stretch; the break within is at its time of day."""
    days = week(*["06:00-14:00 14:00-22:00"] * 5)
    assert changes(Hours(CalendarSpec("two", days), START), 3) == [16, 24, 40]
    pause = (span("09:00-09:30"), span("23:50-00:10"))
    assert changes(Hours(CalendarSpec("two", days, pause), START), 4) == [3, 3.5, 16, 24]
    around = (((0.0, 24 * HOUR),),) * 7
    always = Hours(CalendarSpec("always", around, pause), START)
    assert changes(always, 4) == [3, 3.5, pytest.approx(17 + 5 / 6), pytest.approx(18 + 1 / 6)]


def test_holidays_and_overtime_are_other_days_also_over_new_year():
    """Nobody works on New Year's Day, and somebody on the Saturday after."""
    days = (("2026-01-01", ()), ("2026-01-03", (span("08:00-12:00"),)))
    spec = CalendarSpec("day", week(*["06:00-14:00"] * 5), days=days)
    hours = Hours(spec, "2025-12-31T06:00:00")
    assert changes(hours, 6) == [8, 48, 56, 74, 78, 120]


def test_who_never_works_never_changes():
    """An empty calendar is closed for ever."""
    hours = Hours(CalendarSpec("never", week()), START)
    assert not hours.is_open(0.0)
    assert hours.next_change(0.0) == inf
    assert hours.when(1.0) == inf
    assert hours.worked(1e7) == 0.0


shift = st.tuples(st.integers(0, 23), st.integers(1, 20)).map(
    lambda pair: (pair[0] * HOUR, (pair[0] + pair[1]) * HOUR)
)


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(st.lists(shift, max_size=2), min_size=7, max_size=7),
    breaks=st.lists(st.tuples(st.integers(0, 22), st.integers(1, 60)), max_size=2),
    other=st.lists(st.tuples(st.integers(0, 20), st.lists(shift, max_size=1)), max_size=3),
    minutes=st.integers(0, 1439),
)
def test_sums_and_changes_agree_with_counting_minutes(days, breaks, other, minutes):
    """Open minutes of three weeks, counted one by one from the shifts, are the sums."""
    start = MONDAY + timedelta(minutes=minutes)
    pauses = tuple((h * HOUR, h * HOUR + m * 60.0) for h, m in breaks)
    dates = {(MONDAY + timedelta(days=k)).date().isoformat(): tuple(s)
             for k, s in other}  # fmt: skip
    spec = CalendarSpec("c", tuple(map(tuple, days)), pauses, tuple(dates.items()))
    hours = Hours(spec, start.isoformat())
    open_now = {}
    for k in range(-2, 22):
        day = MONDAY + timedelta(days=k)
        for begin, end in dates.get(day.date().isoformat(), spec.week[day.weekday()]):
            for minute in range(int(begin // 60), int(end // 60)):
                of_day = (minute * 60.0) % 86400.0
                if not any(a <= of_day < b or a <= of_day + 86400.0 < b for a, b in pauses):
                    open_now[day + timedelta(minutes=minute)] = True
    worked = 0
    for minute in range(20 * 1440):
        now = start + timedelta(minutes=minute)
        is_open = open_now.get(now, False)
        if minute % 7 == 0:
            assert hours.is_open(minute * 60.0) is is_open, now
            assert hours.worked(minute * 60.0) == worked * 60.0
        worked += is_open
        if is_open and minute % 101 == 0:
            at = hours.when(worked * 60.0)
            assert at == (minute + 1) * 60.0
    at = 0.0
    while (following := hours.next_change(at)) < 15 * 86400.0:
        assert hours.is_open(following) is not hours.is_open(at)
        assert hours.is_open(0.5 * (at + following)) is hours.is_open(at)
        at = following

"""Tests of civil time: nights in which the clock on the wall is put forward or back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.civil import changes, dated, later, local, read_zero, since, written
from simtwin.errors import FileProblems, InvalidInput
from simtwin.live.instants import begun
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.calendar import CalendarSpec, Hours
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report.clock import Clock
from simtwin.result.hours import clock_hours
from simtwin.result.moment import moment, seconds_of

HOUR = 3600.0
FORWARD = "2026-03-28T22:00:00+01:00[Europe/Berlin]"
BACK = "2026-10-24T22:00:00+02:00[Europe/Berlin]"
NIGHTS = CalendarSpec("nights", (((22 * HOUR, 30 * HOUR),),) * 7)

PLANT = """
plant: nights
calendars: [{id: nights, week: {mon-sun: ["22:00-06:00"]}}]
calendar: nights
at_shift_end: hold release
machines: [{id: m}]
products: [{id: p, route: [{operation: o, machines: [m], duration_min: 60}]}]
"""


def wall(text: str) -> datetime:
    """Return what a clock on a wall says."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("start", "hours"), [(FORWARD, 7.0), (BACK, 9.0)])
def test_a_night_has_an_hour_less_in_march_and_one_more_in_october(start: str, hours: float):
    """KERNEL 28: seconds go on as they do; the shift is from ten to six on the wall."""
    night = Hours(NIGHTS, start)
    assert night.next_change(0.0) == hours * HOUR
    assert night.next_change(hours * HOUR) == (hours + 16.0) * HOUR
    assert night.worked(40 * HOUR) == (hours + 8.0) * HOUR
    assert moment(start, hours * HOUR) == "Sun 06:00"
    assert seconds_of("Sun 06:00", start) == hours * HOUR
    assert Clock(start).exact(hours * HOUR).endswith("06:00:00")


def test_a_shop_makes_what_the_night_has_time_for():
    """One piece an hour, none begun that would not end: 7, 8 and 9 in a night."""
    model = parse_plant(PLANT)
    for start, made in ((FORWARD[:16], 8), (FORWARD, 7), (BACK, 9)):
        zone = "" if start == FORWARD[:16] else " [Europe/Berlin]"
        text = (
            f"scenario: night\nplant: nights\nstart: {start[:16].replace('T', ' ')}{zone}\n"
            "until: Sun 10:00\norders: [{id: a, product: p, quantity: 20, due: Sun 06:00}]\n"
        )
        scenario = parse_scenario(text, model)
        assert scenario.start[:16] == start[:16]
        assert scenario.orders[0].due == made * HOUR
        run = simulate(model, scenario)
        assert run.window.machines["m"].counts["good"] == made
        assert sum(row.mode == "producing" for row in run.log.states) >= 1


def test_breaks_and_hours_that_the_clock_skips_are_no_time_at_all():
    """A break from half past two to three does not come in that night; two o'clock is three."""
    spec = CalendarSpec("b", NIGHTS.week, breaks=((2.5 * HOUR, 3 * HOUR),))
    night = Hours(spec, FORWARD)
    assert night.next_change(0.0) == 7 * HOUR
    assert Hours(spec, FORWARD[:19]).next_change(0.0) == 4.5 * HOUR
    assert seconds_of("Sun 02:30", FORWARD) == seconds_of("Sun 03:00", FORWARD) == 4 * HOUR
    edges = clock_hours(FORWARD, 0.0, 7 * HOUR)
    assert edges == tuple(HOUR * k for k in range(8))


def test_an_hour_that_comes_twice_is_the_first_and_keeps_its_place_when_written():
    """Half past two of October comes after four and a half hours, and again after five."""
    assert seconds_of("Sun 02:30", BACK) == 4.5 * HOUR
    start = read_zero(BACK)
    for hours in (4.5, 5.5):
        again = read_zero(written(later(start, hours * HOUR)))
        assert local(again, 0.0) == wall("2026-10-25T02:30")
        assert since(again, wall("2026-10-25T06:00")) == (9.0 - hours) * HOUR
    edges = clock_hours(BACK, 0.0, 9 * HOUR)
    assert len(edges) == 9, "two o'clock to three is one hour of the clock"


@given(
    st.sampled_from([FORWARD, BACK, FORWARD[:19]]),
    st.floats(-9e4, 9e4).map(lambda t: float(round(t))),
    st.floats(0.0, 9e4).map(lambda t: float(round(t))),
)
def test_the_clock_on_the_wall_never_runs_back_on_the_way_to_seconds(
    start: str, at: float, more: float
):
    """Seconds -> wall -> seconds is the first time it says so; later walls are no earlier."""
    zero = read_zero(start)
    there = local(zero, at)
    back = since(zero, there)
    assert back == at or back == at - HOUR
    assert local(zero, back) == there
    assert since(zero, there + timedelta(seconds=more)) >= back


def test_the_week_after_has_its_usual_length_again():
    """From Monday to Monday it is 167, 168 and 169 hours."""
    for start, hours in (("2026-03-28", 167), ("2026-03-30", 168), ("2026-10-24", 169)):
        text = f"{start} 06:00 [Europe/Berlin]"
        week = wall(f"{start}T06:00") + timedelta(days=7)
        assert since(read_zero(text), week) == hours * HOUR


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-01-05 06:00 [Europe/Berlim]", "no time zone, as Europe/Berlin is one"),
        ("2026-03-29 02:30 [Europe/Berlin]", "the clock of Europe/Berlin skips that time"),
        ("2026-01-05 06:00+05:00 [Europe/Berlin]", r"Europe/Berlin is at \+0100 then"),
        ("2026-01-05T06:00+01:00", "an offset alone is no zone"),
        ("noon [Europe/Berlin]", "must be a date and time"),
    ],
)
def test_a_start_that_is_none_is_refused(text: str, message: str):
    """With the place in the file, as any other key."""
    with pytest.raises(InvalidInput, match=message):
        read_zero(text)
    model = parse_plant(PLANT)
    with pytest.raises(InvalidInput, match=f":3:8 start: .*{message}"):
        parse_scenario(f"scenario: s\nplant: nights\nstart: {text}\n", model)
    with pytest.raises(FileProblems) as found:
        parse_scenario(
            f"scenario: s\nplant: nights\nstart: {text}\nuntil: 2025-01-01 06:00\n"
            "orders: [{id: a, product: p, release: 2025-01-01}]\n",
            model,
        )
    assert len(found.value.problems) == 1, "the start alone, not what would lie before another"


def test_what_is_never_due_has_the_last_date_of_all():
    """Lists write 9999-12-31; west of Greenwich that is in the year 10000 of UTC."""
    for zone in ("", " [America/New_York]", " [Europe/Berlin]", " [Pacific/Auckland]"):
        start = read_zero(f"2026-10-24 06:00{zone}")
        at = since(start, wall("9999-12-31T23:59"))
        assert abs(local(start, at) - wall("9999-12-31T23:59")) <= timedelta(hours=1)
        assert moment(written(start), at).startswith("9999-12-31 2")
        assert dated(start, at)
        assert not dated(start, at + 86400.0)


def test_half_hours_are_put_forward_too():
    """Lord Howe is put back by half an hour in April, from 02:00 to 01:30."""
    start = read_zero("2026-04-04 22:00 [Australia/Lord_Howe]")
    assert since(start, wall("2026-04-05T06:00")) == 8.5 * HOUR
    assert changes(start, 9 * HOUR) == [(4 * HOUR, -0.5 * HOUR)]


def test_the_viewer_is_told_when_the_clock_is_put_forward():
    """Its seconds go on; from two o'clock on it shows an hour more."""
    model = parse_plant(PLANT)
    text = f"scenario: night\nplant: nights\nstart: {FORWARD}\nuntil: Sun 06:00\n"
    run = simulate(model, parse_scenario(f"{text}orders: [{{id: a, product: p}}]\n", model))
    shown = run.view().data
    assert shown["start"] == "2026-03-28T22:00:00"
    assert shown["clock_changes"] == [[4 * HOUR, HOUR]]


def test_telemetry_is_followed_from_the_right_second():
    """Ten in the evening in Berlin is nine in UTC in winter, eight in summer."""
    assert begun(FORWARD) == begun("2026-03-28T21:00")
    assert begun(BACK) == begun("2026-10-24T20:00")

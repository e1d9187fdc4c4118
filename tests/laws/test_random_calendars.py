"""Laws of shifts on random calendars: who is off, for how long, and what a cut changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from simtwin.errors import Deadlock
from simtwin.orchestrator.simulate import closed_totals
from simtwin.parts.alarm import instant
from simtwin.result.record import MODES
from simtwin.shop.capture import capture, to_json
from simtwin.shop.plan import plan_of
from tests.laws.branches import after, begin, first_difference, resume, story
from tests.strategies import weeks

if TYPE_CHECKING:
    from simtwin.plant.calendar import CalendarSpec, Stretch
    from simtwin.plant.model import MachineSpec, PlantModel, Scenario
    from simtwin.shop.shop import Shop

MOST = 200_000
DAY = 86400.0

ALWAYS_ALLOWED = {"down", "maintenance"}
"""What goes on after the end of a shift, whatever the machine does at it."""

FINISHED = {"producing", "setup", "waiting for crew"}
"""What a machine that finishes its piece may do then, besides."""


def open_hours(spec: CalendarSpec, start: str, end: float) -> list[Stretch]:
    """Return when somebody works by *spec*, from dates alone, piece by piece."""
    moment = datetime.fromisoformat(start)
    midnight = moment.replace(hour=0, minute=0)
    offset = (moment - midnight).total_seconds()
    shifts, pauses = [], []
    for k in range(-2, int(end / DAY) + 3):
        day = midnight + timedelta(days=k)
        own = dict(spec.days).get(day.date().isoformat(), spec.week[day.weekday()])
        base = k * DAY - offset
        shifts += [(base + a, base + b) for a, b in own]
        pauses += [(base + a, base + b) for a, b in spec.breaks]
    edges = sorted({0.0, end, *(t for pair in shifts + pauses for t in pair if 0 < t < end)})
    found: list[Stretch] = []
    for a, b in pairwise(edges):
        middle = 0.5 * (a + b)
        works = any(x < middle < y for x, y in shifts)
        if works and not any(x < middle < y for x, y in pauses):
            if found and found[-1][1] == a:
                found[-1] = (found[-1][0], b)
            else:
                found.append((a, b))
    return found


def overlap(stretches: list[Stretch], begin: float, end: float) -> float:
    """Return how much of *stretches* lies between two instants [s]."""
    return sum(max(0.0, min(b, end) - max(a, begin)) for a, b in stretches)


def check_hours(shop: Shop) -> None:
    """Assert what holds of each machine: off when closed but for what goes on, never open."""
    log, end = shop.record.log, shop.env.now
    assert log is not None
    totals = closed_totals(shop)[0]
    started = {}
    for row in log.pieces:
        if row.kind == "started":
            started.setdefault(row.place, []).append(row.time)
    specs = {spec.name: spec for spec in shop.plan.model.calendars}
    for name, machine in shop.machines.items():
        times = dict(zip(MODES, totals[name].time, strict=True))
        assert sum(times.values()) == end
        calendar = machine.plan.spec.calendar
        if calendar is None:
            assert times["off shift"] == 0.0
            continue
        hours = open_hours(specs[calendar], shop.scenario.start, end)
        rows = [(r.mode, r.start, r.end) for r in log.states if r.machine == name]
        rows.append((machine.mode.name, machine.mode.since, end))
        worked_on = going_on(rows, hours, machine.plan.spec)
        closed = end - overlap(hours, 0.0, end)
        assert times["off shift"] == closed - worked_on, name
        for at in started.get(name, []):
            assert at == end or any(a <= at < b for a, b in hours), (name, at)
        held_back(shop, name, started.get(name, []), hours)


def going_on(
    rows: list[tuple[str, float, float]], hours: list[Stretch], spec: MachineSpec
) -> float:
    """Return how long something else than "off shift" went on while closed [s]."""
    allowed = set(ALWAYS_ALLOWED)
    if spec.at_shift_end in ("finish", "hold release"):
        allowed |= FINISHED
    total = 0.0
    for mode, since, end in rows:
        inside = overlap(hours, since, end)
        if mode == "off shift":
            assert inside == 0.0, (spec.name, since, end)
        elif inside < end - since:
            assert mode in allowed, (spec.name, mode, since, end)
            total += end - since - inside
    return total


def held_back(shop: Shop, name: str, started: list[float], hours: list[Stretch]) -> None:
    """Assert that who holds releases has begun nothing whose mean work does not fit."""
    plan = shop.machines[name].plan
    if plan.spec.at_shift_end != "hold release":
        return
    work = min(
        plan.nominal(product.name, k)
        for product in shop.plan.model.products
        for k, one in enumerate(product.operations)
        if name in one.stations
    )
    for at in started:
        assert any(a <= at and at + work <= b for a, b in hours if b < shop.env.now) or (
            not any(a <= at < b for a, b in hours if b < shop.env.now)
        )


def cuts_of(model: PlantModel, scenario: Scenario) -> list[float]:
    """Return instants on the ends of shifts and breaks, and between them; some ten of them."""
    assert scenario.horizon is not None
    edges = sorted(
        {
            at
            for spec in model.calendars
            for pair in open_hours(spec, scenario.start, scenario.horizon)
            for at in pair
        }
    )
    between = [instant(0.5 * (a + b)) for a, b in pairwise(edges)]
    marks = sorted({*edges, *between})
    return marks[:: max(1, len(marks) // 12)]


def too_long(model: PlantModel, scenario: Scenario) -> bool:
    """Tell whether a machine that holds releases has work that fits into none of its shifts.

    It never begins it, so who is blocked by it waits for ever (KERNEL 28, 29).
    """
    longest = {
        spec.name: max(
            b - a for a, b in open_hours(spec, scenario.start, 400 * DAY) or [(0, 0)]
        )
        for spec in model.calendars
    }
    return any(
        plan_of(model).machines[name].nominal(product.name, k) > longest[str(spec.calendar)]
        for product in model.products
        for k, one in enumerate(product.operations)
        for station in model.stations
        if station.name in one.stations
        for name in station.machines
        for spec in model.machines
        if spec.name == name and spec.at_shift_end == "hold release" and spec.calendar
    )


def check(model: PlantModel, scenario: Scenario) -> None:
    """Run once, cutting on the way; each branch goes on to the next cut, two to the end."""
    assert scenario.horizon is not None
    original = begin(model, scenario)
    taken = []
    stuck = ""
    try:
        for cut in cuts_of(model, scenario):
            original.env.advance(cut, max_events=MOST)
            taken.append((cut, to_json(capture(original))))
        original.env.advance(scenario.horizon, max_events=MOST)
    except Deadlock as why:
        stuck = str(why)
    never = [s for s in model.calendars if not open_hours(s, scenario.start, 400 * DAY)]
    assert not stuck or never or too_long(model, scenario), stuck
    if stuck:
        return
    check_hours(original)
    for (cut, text), (following, later) in pairwise(taken):
        branch = resume(model, scenario, text)
        branch.env.advance(following, max_events=MOST)
        assert to_json(capture(branch)) == later, (cut, following)
    whole = story(original)
    for cut, text in taken[1 :: max(1, len(taken) // 2)]:
        branch = resume(model, scenario, text)
        branch.env.advance(scenario.horizon, max_events=MOST)
        assert first_difference(story(branch, cut), after(whole, cut)) == "", cut


@given(weeks())
@settings(max_examples=50)
def test_random_calendars_keep_the_laws_of_shifts(drawn: tuple[PlantModel, Scenario]):
    """Off shift is closed time but for what goes on; a cut changes nothing (KERNEL 20, 28)."""
    check(*drawn)


@pytest.mark.slow
@given(weeks())
@settings(max_examples=1000)
def test_a_thousand_random_calendars_keep_the_laws_of_shifts(
    drawn: tuple[PlantModel, Scenario],
):
    """Off shift is closed time but for what goes on; a cut changes nothing (KERNEL 20, 28)."""
    check(*drawn)

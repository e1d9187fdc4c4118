"""Overtime as a change of a calendar: in a scenario file, by a supposition, in its words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.actions import actions
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.what_if import what_if
from simtwin.plant.calendar import Hours
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.overtime import read_overtime
from simtwin.plant.plain import from_plain, to_plain
from simtwin.plant.supposition import suppose

PLANT = parse_plant("""
plant: p
calendars:
  - {id: shop, week: {mon-fri: ["06:00-14:00"]}, breaks: ["09:00-09:15"]}
  - {id: early shift, week: {mon-fri: ["07:00-13:00"]}}
calendar: shop
crews: [{id: fitters, members: 1, calendar: early shift}]
machines: [{id: saw}]
products: [{id: a, route: [{operation: o, machines: [saw], duration_min: 10}]}]
""")
WEEK = """
scenario: s
plant: p
start: 2026-01-05 06:00
until: END
changes: {overtime: OVERTIME}
orders: [{id: x, product: a, quantity: 400}]
"""
HOUR = 3600.0


def week(overtime: str = "{}", *, until: str = "Fri 14:00"):
    """Return a week of work from Monday at six, with *overtime* as a file has it."""
    return parse_scenario(WEEK.replace("END", until).replace("OVERTIME", overtime), PLANT)


def pieces(scenario) -> float:
    """Return the good pieces of the week."""
    return simulate(PLANT, scenario).kpis["good_pieces"].value


def test_a_saturday_makes_its_pieces():
    """Five shifts of 465 min less the break; the Saturday adds one, 10 min a piece."""
    assert pieces(week()) == 5 * 465 // 10
    more = week('{shop: ["Sat 06:00-14:00"]}', until="Sat 14:00")
    assert pieces(more) == 6 * 465 // 10
    dated = week('{shop: ["2026-01-10 06:00-14:00"]}', until="Sat 14:00")
    assert dated.changes == more.changes


def test_it_stands_beside_the_shifts_of_that_day():
    """A shift after that of Friday touches it, and the two are one stretch of work."""
    longer = week('{shop: ["Fri 14:00-16:30"]}', until="Fri 20:00")
    plant = longer.changes.applied(PLANT)
    hours = Hours(plant.calendars[0], longer.start)
    friday = 4 * 24 * HOUR
    assert hours.next_change(friday + 4 * HOUR) == friday + 10.5 * HOUR
    assert plant.calendars[1] == PLANT.calendars[1]
    assert "overtime of shop on Fri 2026-01-09 14:00-16:30" in understand(PLANT, longer).text()


def test_a_supposition_is_the_same_as_the_file():
    """The run goes on until the overtime is over, and those who stay away are named."""
    scenario, said = suppose(PLANT, week(), ["overtime Sat 06:00-14:00"])
    filed = week('{shop: ["Sat 06:00-14:00"]}', until="Sat 14:00")
    assert (scenario.changes, scenario.horizon) == (filed.changes, filed.horizon)
    assert said == ("shop also works from Sat 06:00 to Sat 14:00 (without fitters)",)
    both, said = suppose(
        PLANT, week(), ["overtime Sat 06:00-14:00", "overtime Sat 06:00-14:00 early shift"]
    )
    assert said[1] == "early shift also works from Sat 06:00 to Sat 14:00"
    assert [shift.calendar for shift in both.changes.overtime] == ["shop", "early shift"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("overtime Fri 06:00-14:00", "shop works then already"),
        ("overtime Wed 09:00-09:15", "has a break"),
        ("overtime Sat 06:00-14:00 late", "no calendar 'late'"),
        ("overtime Sut 06:00-14:00", "must be a weekday or a date"),
        ("overtime Sat 26:00-14:00", "must be from and to"),
        ("overtime 2026-01-03 06:00-14:00", "begins before the start"),
    ],
)
def test_what_cannot_be_is_refused(line, says):
    """Time that is worked already, an unknown calendar, a day or a time that there is not."""
    with pytest.raises(InvalidInput, match=says):
        suppose(PLANT, week(), [line])


def test_ordinary_work_before_a_late_shift_is_not_its_work():
    """A plan until Wednesday goes on to Saturday too, which adds its own pieces alone."""
    short = week(until="Wed 14:00")
    then = what_if(PLANT, short, "overtime Sat 06:00-14:00", replications=2, workers=1)
    assert then.effect.parts.value == (6 * 465 // 10) - (5 * 465 // 10)
    assert "Both plans go on from Wed 14:00, the end of s, to Sat 14:00" in then.sentence
    lines = ["overtime 2h", "overtime Thu 14:00-15:00"]
    both = what_if(PLANT, short, lines, replications=2, workers=1)
    assert both.effect.parts.value == (120 + 60) // 10
    within = what_if(PLANT, week(), "overtime Thu 14:00-15:00", replications=2, workers=1)
    assert "go on" not in within.sentence


def test_an_action_after_the_end_is_refused_where_others_work_until_then():
    """What would help is held against the plan as it is, which ends before."""
    short = week(until="Wed 14:00")
    options = {"replications": 2, "screened": 2, "workers": 1}
    with pytest.raises(InvalidInput, match="make the scenario last until Sat 14:00"):
        actions(PLANT, short, tries=["overtime Sat 06:00-14:00"], **options)
    (evening,) = actions(PLANT, short, tries=["overtime Wed 14:00-16:00"], **options).screened
    assert evening.effect.parts.value == 120 // 10


def test_who_works_day_and_night_has_no_overtime():
    """There is no more time than all of it."""
    machine = replace(PLANT.machines[0], calendar=None)
    with pytest.raises(InvalidInput, match="day and night"):
        suppose(replace(PLANT, machines=(machine,)), week(), ["overtime Sat 06:00-14:00"])


def test_problems_of_a_file_have_their_place():
    """Day, calendar and run: each is told where it stands."""
    with pytest.raises(FileProblems) as caught:
        week('{shop: ["Sat 14:00-15:00", "Sut 06:00-14:00"], ship: ["Sat 06:00-14:00"]}')
    told = [str(problem) for problem in caught.value.problems]
    assert (
        "changes.overtime.shop: overtime of shop on Sat 2026-01-10 14:00-15:00 is not"
        in told[0]
    )
    assert "changes.overtime.shop[1]: must be a weekday or a date" in told[1]
    assert "changes.overtime.ship[0]: no calendar 'ship'; did you mean 'shop'" in told[2]


def test_it_comes_back_from_json():
    """A scenario with overtime can be saved."""
    scenario = week('{shop: ["Sat 22:00-02:00"]}', until="Sun 06:00")
    assert from_plain(json.loads(json.dumps(to_plain(scenario)))) == scenario
    assert scenario.changes.overtime[0].stretch(scenario.start)[1] == (5 * 24 + 20) * HOUR


def test_without_a_day_it_is_the_first_from_the_start_on():
    """As with other clock times: from Monday 06:00 on, five o'clock is on Tuesday."""
    monday = datetime.fromisoformat("2026-01-05 06:00")
    assert read_overtime("05:00-06:00", "shop", monday).day == "2026-01-06"
    assert read_overtime("Mon 05:00-06:00", "shop", monday).day == "2026-01-12"
    assert read_overtime("Mon 06:00-07:00", "shop", monday).day == "2026-01-05"

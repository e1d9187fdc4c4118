"""Work that is due by a date over the shift hours until then, and when an order can be done."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.due_load import due_loads
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.precheck import precheck

HOUR = 3600.0

PLANT = """
plant: p
calendars: [{id: c, week: {mon-fri: ["06:00-14:00"]}, breaks: ["09:00-09:30"]}]
calendar: c
at_shift_end: pause
machines: [{id: mill-2}]
products:
  - id: x
    route: [{operation: o, machines: [mill-2], duration_min: 50, setup_min: 10}]
"""

SCENARIO = """
scenario: s
plant: p
start: 2026-01-05 06:00
orders: [{id: a, product: x, quantity: 30, due: "Wed 14:00"}]
"""


def test_what_is_due_is_held_against_the_shifts_until_then():
    """30 x 50 min and 10 min of setup are 25 h 10 min; three shifts of 7.5 h are 22.5 h."""
    plant = parse_plant(PLANT)
    before = precheck(plant, parse_scenario(SCENARIO, plant))
    (load,) = before.due
    assert (load.station, load.due / HOUR, load.offered / HOUR) == ("mill-2", 56.0, 22.5)
    assert load.work == pytest.approx(25 * HOUR + 600.0)
    assert load.rho == pytest.approx(25.1666667 / 22.5)
    assert (
        "rho >= 1 at mill-2 until Wed 14:00: 25.2 h of work is due by then for 22.5 h; "
        "2.7 h will be late"
    ) in before.warnings
    assert (
        "a will be late whatever is done: due Wed 14:00; alone on all machines it would be "
        "done at Thu 08:30"
    ) in before.warnings
    assert before.as_dict()["due"][0]["rho"] == pytest.approx(load.rho)


def test_an_order_is_not_done_before_its_bound():
    """Three shifts make 27 pieces; the run ends after the bound by its one setup."""
    plant = parse_plant(PLANT)
    scenario = parse_scenario(SCENARIO, plant)
    bound = precheck(plant, scenario).forecast.late[0].finish
    assert simulate(plant, scenario).kpis["makespan"].value == bound + 600.0


@pytest.mark.parametrize("habit", ["pause", "finish", "hold release", "scrap"])
@pytest.mark.parametrize("quantity", [1, 8, 9, 10, 30])
def test_bounds_hold_for_whatever_a_machine_does_at_the_end_of_a_shift(habit, quantity):
    """No run is faster than the makespan that no schedule can beat."""
    plant = parse_plant(PLANT.replace("pause", habit))
    text = SCENARIO.replace("quantity: 30", f"quantity: {quantity}")
    scenario = parse_scenario(text, plant)
    told = {row.what: row.value for row in precheck(plant, scenario).expected}
    assert told["makespan"] <= simulate(plant, scenario).kpis["makespan"].value


def test_pieces_finished_after_the_shift_are_no_overload():
    """With one piece finished beyond each of six ends of work, 26.5 h may be done by then."""
    plant = parse_plant(PLANT.replace("pause", "finish"))
    (load,) = due_loads(plant, parse_scenario(SCENARIO, plant))
    assert load.overhang == pytest.approx(5 * HOUR)  # The end at 14:00 is the date itself.
    assert load.too_much == 0.0


def test_only_orders_due_by_a_date_count_and_only_dates_within_the_run():
    """Ten pieces by Monday, ten more by Wednesday; Thursday lies after the end."""
    plant = parse_plant(PLANT)
    orders = [("a", "Mon 14:00"), ("b", "Wed 14:00"), ("c", "Thu 14:00")]
    listed = ", ".join(f'{{id: {n}, product: x, quantity: 6, due: "{d}"}}' for n, d in orders)
    head = SCENARIO.split("orders:")[0] + 'until: "Wed 20:00"\n'
    found = due_loads(plant, parse_scenario(f"{head}orders: [{listed}]", plant))
    minutes = [(load.due / HOUR, load.work / 60.0) for load in found]
    assert minutes == [(8.0, pytest.approx(310.0)), (56.0, pytest.approx(610.0))]


ONE = """
plant: p
machines: [{id: a}]
products:
  - {id: x, route: [{operation: o, machines: [a], duration_min: 5}]}
"""

MORNING = """
scenario: s
plant: p
start: 2026-03-02 06:00
orders: [{id: o, product: x, quantity: 11, due: "07:00"}]
"""

FAILING = "{id: a, failures: [{id: f, clock: calendar, LIFE, repair_min: 60}]}"


def told(plant: str, morning: str = MORNING) -> tuple[str, ...]:
    """Return the warnings before a run."""
    model = parse_plant(plant)
    return precheck(model, parse_scenario(morning, model)).warnings


def test_a_part_of_fixed_life_does_not_fail_before_it_has_passed():
    """It fails after two hours: 55 min of work are done in one. An hour older, it may fail."""
    plant = ONE.replace("{id: a}", FAILING.replace("LIFE", "life: {fixed: {value_h: 2}}"))
    model = parse_plant(plant)
    scenario = parse_scenario(MORNING, model)
    (load,) = due_loads(model, scenario)
    assert (load.offered, load.too_much) == (3600.0, 0.0)
    assert simulate(model, scenario).kpis["makespan"].value == 3300.0
    assert told(plant) == ()
    old = MORNING + "start_from: {machines: [{id: a, failures: [{id: f, age_h: 1.5}]}]}\n"
    (said,) = told(plant, old)
    assert said == (
        "rho >= 1 at a until 07:00: 55.0 min of work is due by then for 40.0 min; 15.0 min are "
        "late with repairs as in the long run"
    )


def test_what_fails_by_the_calendar_in_the_long_run_makes_nothing_late_for_certain():
    """A life of Weibull, 179 h on average, cuts a quarter of the time, and not this hour's."""
    life = "life: {weibull: {shape: 3, scale_h: 200}}"
    plant = ONE.replace("{id: a}", FAILING.replace("LIFE", life).replace("min: 60", "h: 60"))
    assert told(plant) == (
        "rho >= 1 at a until 07:00: 55.0 min of work is due by then for 44.9 min; 10.1 min are "
        "late with repairs as in the long run",
    )
    late = told(plant, MORNING.replace("quantity: 11", "quantity: 13"))
    assert late[0].endswith("20.1 min will be late, with repairs as in the long run")


def test_work_of_drawn_length_or_scrap_is_late_by_its_means():
    """Eleven pieces of six minutes on average; eleven good ones of 5.5 min each."""
    law = ONE.replace("duration_min: 5", "duration: {exponential: {mean_min: 6}}")
    assert told(law)[0].endswith("6.0 min are late by mean durations")
    scrap = ONE.replace("duration_min: 5", "duration_min: 5, scrap: 0.2")
    assert told(scrap)[0].endswith("8.8 min are late by mean scrap")


def test_work_that_is_due_is_judged_at_the_fastest_feed_that_is_planned():
    """Thirteen pieces take 65 min, 33 at twice the feed; forty take 100 at twice the feed."""
    event = 'events: [{at: "06:00", machine: a, do: feed override, value: 200}]\n'
    day = MORNING.replace("quantity: 11", "quantity: 13")
    assert len(told(ONE, day)) == 2
    assert told(ONE, day + event) == ()
    assert told(ONE, day.replace("13", "40") + event)[0] == (
        "rho >= 1 at a until 07:00: 1.7 h of work is due by then for 1.0 h at the fastest "
        "feed planned; 0.7 h will be late"
    )


def test_what_is_late_is_never_told_as_nothing():
    """27 pieces fill three shifts, and their setup takes two minutes more: so it is."""
    text = PLANT.replace("setup_min: 10", "setup_min: 2")
    plant = parse_plant(text)
    scenario = parse_scenario(SCENARIO.replace("quantity: 30", "quantity: 27"), plant)
    assert (
        "rho >= 1 at mill-2 until Wed 14:00: 22.5 h of work is due by then for 22.5 h; 2 min "
        "will be late"
    ) in precheck(plant, scenario).warnings
    assert simulate(plant, scenario).kpis["makespan"].value > 56 * HOUR


def test_a_machine_with_a_piece_in_hand_is_set_up_for_it():
    """Half a minute is left of one, and one more takes five: no other setup of ten."""
    plant = ONE.replace("duration_min: 5", "duration_min: 5, setup_min: 10")
    day = MORNING.replace("quantity: 11", "quantity: 2").replace("07:00", "06:12")
    here = "{order: o, piece: 1, operation: o, machine: a, left_min: 0.5}"
    model = parse_plant(plant)
    scenario = parse_scenario(f"{day}start_from: {{work: [{here}]}}\n", model)
    assert precheck(model, scenario).warnings == ()
    assert precheck(model, scenario).capacity.stations[0].work == 330.0
    assert simulate(model, scenario).kpis["makespan"].value == 330.0

"""What no schedule can beat is told as certain only where nothing of it is drawn."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.precheck import precheck

ONE = """
plant: p
machines: [{id: a}]
products:
  - {id: X, route: [{operation: one, machines: [a], duration_min: 10}]}
"""

MILL = """
plant: p
machines:
  - {id: m, preset: generic-vmc-40, magazine: [{tool: em, edges: 5}]}
tools: [{id: em, preset: end-mill-16-steel}]
programs:
  - id: pr
    material: P1
    steps:
      - mill: {tool: em, speed_m_min: 100, feed_mm: 0.05, depth_mm: 3, width_mm: 3,
               path_mm: 9000}
products:
  - {id: X, route: [{operation: one, machines: [m], program: pr}]}
"""

TWO = """
  - {id: X, route: [{operation: one, machines: [a], duration_min: 10, scrap: 0.5},
                    {operation: two, machines: [b], duration_min: 30}]}
"""

DAY = """
scenario: s
plant: p
start: 2026-03-02 06:00
orders: [{id: o, product: X, quantity: 1, due: "06:55"}]
"""


def checked(plant, day):
    """Return plant, scenario, and what is told of them before a run."""
    model = parse_plant(plant)
    scenario = parse_scenario(day, model)
    return model, scenario, precheck(model, scenario)


def rows(found):
    """Return what stands in the JSON of the bounds: value, kind and source."""
    return {
        row["what"]: (row["value"], row["kind"], row["source"])
        for row in found.as_dict()["expected"]
    }


def test_a_drawn_duration_makes_no_order_late_for_certain():
    """One piece of 60 min on average, due after 55: four runs of ten are late."""
    drawn = ONE.replace("duration_min: 10", "duration: {exponential: {mean_min: 60}}")
    *_, found = checked(drawn, DAY)
    said = found.text()
    assert (
        "o is late by mean durations: due 06:55; alone on all machines it would be done at "
        "07:00 on average"
    ) in found.warnings
    assert "whatever is done" not in said
    assert "all orders take at least 1 h by mean durations\n" in said
    assert "from its release, on average, by mean durations\n" in said
    source = "no schedule is faster, by mean durations"
    assert rows(found)["makespan"] == (3600.0, "at least", source)
    assert rows(found)["lead time"] == (3600.0, "at least", source)


def test_what_is_due_before_its_release_is_late_whatever_is_drawn():
    """Released at 08:00, due at 06:50; the same where it is due before the run begins."""
    drawn = ONE.replace("duration_min: 10", "duration: {exponential: {mean_min: 10}}")
    for dates, due, done in (
        ("release_min: 120, due_min: 50", "06:50", "08:10"),
        ("due_min: -5", "05:55", "06:10"),
    ):
        *_, found = checked(drawn, DAY.replace('due: "06:55"', dates))
        assert (
            f"o will be late whatever is done: due {due}; alone on all machines it would be "
            f"done at {done} on average"
        ) in found.warnings


def test_what_is_fixed_stays_certain():
    """Six pieces of ten minutes take an hour, whatever is done."""
    *_, found = checked(ONE, DAY.replace("quantity: 1", "quantity: 6"))
    assert (
        "o will be late whatever is done: due 06:55; alone on all machines it would be done at "
        "07:00"
    ) in found.warnings
    assert rows(found)["makespan"] == (3600.0, "at least", "no schedule is faster")


def test_an_uncertain_duration_is_one_that_is_drawn():
    """The file says 60 min; what it is nobody knows exactly."""
    text = ONE.replace("duration_min: 10", "duration_min: 60")
    text += "spread: {products.X.operations.one.steps.*.duration: {percent: 20}}\n"
    *_, found = checked(text, DAY)
    assert "o is late by mean uncertain values" in found.text()


@pytest.mark.parametrize(
    ("act", "told", "least"),
    [
        ("feed override, value: 200", "", "1 h 8 min"),
        ("feed override, value: 110", " at the fastest feed planned", "2 h 3 min"),
        ("feed override, value: 50", "", "2 h 16 min"),
        ("spindle override, value: 120", "", "2 h 16 min"),
    ],
)
def test_bounds_are_told_at_the_fastest_feed_that_is_planned(act, told, least):
    """Six pieces of 22.6 min are done in 68 at twice the feed, and in time then."""
    day = DAY.replace("quantity: 1", "quantity: 6").replace("06:55", "07:20")
    day += f'events: [{{at: "06:01", machine: m, do: {act}}}]\n'
    model, scenario, found = checked(MILL, day)
    said = found.text()
    assert f"all orders take at least {least}\n" in said
    assert rows(found)["makespan"][0] <= simulate(model, scenario).kpis["makespan"].value
    late = f"o will be late whatever is done: due 07:20; alone on all machines{told} it would"
    assert (late in said) == ("200" not in act)


def test_scrap_before_the_end_makes_bounds_those_of_means():
    """A piece in two is scrapped after ten minutes: 20 min of work, 25 min in the shop."""
    text = ONE[: ONE.index("  - {id")].replace("{id: a}", "{id: a}, {id: b}") + TWO
    model, scenario, found = checked(text, DAY.replace("quantity: 1", "quantity: 9"))
    source = "no schedule is faster, by mean scrap"
    assert rows(found)["lead time"] == (1500.0, "at least", source)
    assert "at least 25 min from its release, on average, by mean scrap" in found.text()
    many = replicate(model, scenario, 30, workers=1)
    assert many.kpis["lead_time"].value.value >= 1500.0
    # Nine times 30 min and the way there bind, and for a good piece scrap shortens neither.
    assert rows(found)["makespan"] == (16800.0, "at least", "no schedule is faster")


def test_work_of_replacements_is_that_of_mean_scrap():
    """Six good pieces are 8.6 pieces of ten minutes on average, and six at least."""
    text = ONE.replace("duration_min: 10", "duration_min: 10, scrap: 0.3")
    model, scenario, found = checked(text, DAY.replace("quantity: 1", "quantity: 6"))
    assert "all orders take at least 1 h 26 min by mean scrap" in found.text()
    assert "o will be late whatever is done" in found.text()
    value, *_ = rows(found)["makespan"]
    runs = [simulate(model, scenario, seed=seed).kpis["makespan"].value for seed in range(9)]
    assert min(runs) < value


def test_machines_of_a_group_count_each_by_its_own_feed():
    """One piece goes to the machine at 200 %: it takes half as long as at the other."""
    text = ONE.replace("{id: a}", "{id: a, group: g}, {id: c, group: g, feed_override: 200}")
    model, scenario, found = checked(text.replace("[a]", "[g]"), DAY)
    assert rows(found)["lead time"][0] == 300.0
    book = DAY.replace("quantity: 1", "quantity: 4")
    scenario = parse_scenario(book, model)
    assert (
        rows(precheck(model, scenario))["makespan"][0]
        <= simulate(model, scenario).kpis["makespan"].value
    )


def test_pieces_that_wait_need_the_operation_in_which_they_stand():
    """Ten of ten minutes wait for their only operation; one more has half a minute left."""
    work = "{order: o, pieces: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], operation: one, station: a}"
    day = DAY.replace("quantity: 1", "quantity: 10") + f"start_from: {{work: [{work}]}}\n"
    model, scenario, found = checked(ONE, day)
    assert rows(found)["makespan"][0] == 6000.0
    assert rows(found)["lead time"][0] == 600.0
    assert simulate(model, scenario).kpis["makespan"].value == 6000.0
    in_hand = "{order: o, piece: 11, operation: one, machine: a, left_min: 0.5}"
    day = day.replace("quantity: 10", "quantity: 11").replace(work, f"{work}, {in_hand}")
    model, scenario, found = checked(ONE, day)
    assert rows(found)["makespan"][0] == pytest.approx(6030.0)
    assert simulate(model, scenario).kpis["makespan"].value == pytest.approx(6030.0)

"""Tests of alternatives that take their own times: files, Python, lists, runs, before a run."""

from __future__ import annotations

import pytest

import simtwin as st
from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.capacity import capacity
from simtwin.plant.check import understand
from simtwin.plant.erp.intake import Wishes, take_in
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import PlantModel
from simtwin.plant.plain import from_plain, to_plain

PLANT = """
plant: p
machines: [{id: new}, {id: old}]
products:
  - id: a
    route:
      - {operation: cut, machines: [new, old], duration_min: 3, durations_min: {old: 9}}
"""
SHIFT = "scenario: s\nplant: p\norders: [{id: one, product: a, quantity: 8}]\n"


def test_a_piece_takes_the_time_of_its_machine():
    """Eight pieces: three of four go to the machine that is three times as fast."""
    plant = parse_plant(PLANT)
    run = simulate(plant, parse_scenario(SHIFT, plant))
    rows = run.frame("operations")
    assert set(rows[rows.machine == "new"].eval("end_s - start_s")) == {180.0}
    assert set(rows[rows.machine == "old"].eval("end_s - start_s")) == {540.0}
    assert list(rows.machine.value_counts()[["new", "old"]]) == [6, 2]
    assert run.end == 6 * 180.0 == 2 * 540.0


def test_loads_are_shared_by_their_own_times():
    """Before a run: 6 x 3 min and 2 x 9 min are the smallest largest load."""
    plant = parse_plant(PLANT)
    loads = capacity(plant, parse_scenario(SHIFT + "horizon: 1 h\n", plant)).stations
    assert {load.station: round(load.work) for load in loads} == {"new": 1080, "old": 1080}
    said = "a/cut on new or old: 3.00 min (new 3.00, old 9.00)"
    assert said in understand(plant).text()
    first = PLANT.replace("[new, old]", "[old, new]").replace("{old: 9}", "{new: 1}")
    assert (
        "a/cut on old or new: 1.00 min (new 1.00, old 3.00)"
        in understand(parse_plant(first)).text()
    )


def test_the_same_plant_in_python():
    """``st.job_shop`` takes one time for each alternative; the wrong number is refused."""
    plant, scenario = st.job_shop([[((0, 1), (180.0, 540.0))]] * 8)
    assert simulate(plant, scenario).end == 1080.0
    with pytest.raises(InvalidInput, match=r"needs one time, or 2 \(got 3\)"):
        st.job_shop([[((0, 1), (1.0, 2.0, 3.0))]])


def test_a_graph_a_saved_plant_and_a_change_keep_them():
    """Round trips, and what is left when a machine goes."""
    plant = parse_plant(PLANT)
    assert plant == from_plain(to_plain(plant)) == PlantModel.from_topology(plant.topology)
    (operation,) = plant.without_machine("old").products[0].operations
    assert operation.elsewhere == ()
    more = plant.with_machine("old-2", like="old")
    assert more.products == plant.products


def test_a_branch_goes_on_with_the_time_of_its_machine():
    """A run that is cut in the middle of both pieces ends as the whole one."""
    plant = parse_plant(PLANT)
    shift = parse_scenario(SHIFT, plant)
    half = simulate(plant, shift, until=200.0)
    rest = simulate(plant, shift, snapshot=half.snapshot)
    assert rest.end == simulate(plant, shift).end


def test_left_work_is_held_against_the_machine_it_is_in():
    """Five minutes may be left on the old machine, not on the new one."""
    plant = parse_plant(PLANT)
    begun = "start_from: {{work: [{{order: one, piece: 1, operation: cut, "
    begun += "machine: {}, left_min: 5}}]}}\n"
    assert parse_scenario(SHIFT + begun.format("old"), plant).start_from.work
    with pytest.raises(FileProblems, match="takes 3 min in all"):
        parse_scenario(SHIFT + begun.format("new"), plant)


def test_what_is_wrong_in_a_file_is_said():
    """A machine that is none of the operation's, and a program, which has its own times."""
    with pytest.raises(FileProblems, match=r"durations_min\.odl.*did you mean 'old'"):
        parse_plant(PLANT.replace("{old: 9}", "{odl: 9}"))


@pytest.mark.parametrize(
    ("machines", "times", "told"),
    [
        (
            "[g, b]",
            "{a1: 9}",
            ["durations_min.a1: 'a1' shares the queue of group 'g'; name the group"],
        ),
        (
            "[a1, b]",
            "{a1: 9}",
            ["machines[0]: 'a1' shares the queue of group 'g'; name the group"],
        ),
        (
            "[a1]",
            "{a1: 9}",
            ["machines[0]: 'a1' shares the queue of group 'g'; name the group"],
        ),
        (
            "[g, c]",
            "{c: 9}",
            ["machines[1]: no machine or group 'c'; machines and groups: g, b, a1, a2"],
        ),
        (
            "[c]",
            "{d: 9}",
            [
                "machines[0]: no machine or group 'c'; machines and groups: g, b, a1, a2",
                "durations_min.d: no machine or group of the operation 'd'; machines and "
                "groups of the operation: c",
            ],
        ),
    ],
)
def test_a_time_elsewhere_is_wrong_once(machines, times, told):
    """A member of a group is not named by itself; what is wrong in `machines` is told there."""
    text = PLANT.replace(
        "{id: new}, {id: old}", "{id: a1, group: g}, {id: a2, group: g}, {id: b}"
    )
    text = text.replace("[new, old]", machines).replace("{old: 9}", times)
    with pytest.raises(FileProblems) as problems:
        parse_plant(text)
    said = [line.split("route[0].", 1)[-1] for line in str(problems.value).splitlines()]
    assert [line for line in said if "no route leads" not in line] == told


def test_rows_of_one_operation_are_alternatives_with_their_times(tmp_path):
    """A;10;M1;5;3 and A;10;M3;5;9 are 3 min here and 9 min there; another setup is doubted."""
    routing = "part;op;machine;setup_min;run_min\n"
    routing += "A;10;M1;5;3\nA;10;M3;5;9\nB;10;M1;5;3\nB;10;M3;6;3\n"
    (tmp_path / "r.csv").write_text(routing, "utf-8")
    (tmp_path / "o.csv").write_text("order;part;qty\n1;A;3\n2;B;1\n", "utf-8")
    intake = take_in(tmp_path / "r.csv", tmp_path / "o.csv", "p", Wishes(), schemas=".")
    first, second = (p.operations[0] for p in parse_plant(intake.files["plant.yaml"]).products)
    times = [first.at(name).steps[0].duration.mean for name in ("M1", "M3")]
    assert times == [180.0, 540.0]
    assert second.elsewhere == ()
    (doubt,) = intake.doubtful
    assert "alternatives share one setup; that of line 4 is taken, 5 min" in doubt

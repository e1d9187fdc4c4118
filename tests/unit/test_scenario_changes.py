"""What a scenario changes in its plant, in files and in Python, and where problems are told."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Normal
from simtwin.plant.check import understand
from simtwin.plant.files import (
    examples,
    load_plant,
    load_scenario,
    load_with_plant,
    parse_plant,
    parse_scenario,
)
from simtwin.plant.measures import MEASURES
from simtwin.plant.model import Intervention, Scenario
from simtwin.plant.plain import KINDS
from simtwin.units import RPM
from tests.unit.test_files_scenario import PLANT

TWO = parse_plant(PLANT)
HEAD = "scenario: s\nplant: two\nhorizon: 8 h\norders: [{id: o1, product: part, quantity: 3}]\n"


def changed(text: str):
    """Return the small plant as changed by a scenario that says *text* under ``changes``."""
    return parse_scenario(f"{HEAD}changes: {text}", TWO).changes.applied(TWO)


def problems_of(text: str) -> list[str]:
    """Return what the loader says about *text* after the head of a scenario, from line 5."""
    with pytest.raises(FileProblems) as caught:
        parse_scenario(HEAD + text, TWO)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("ambient_c: 34", "ambient", 34.0),
        ("machines.m1.refit_min: 6", "machines.m1.refit", 360.0),
        ("machines.m1.refit: 6 min", "machines.m1.refit", 360.0),
        ('machines.m1.refit_s: "6 min"', "machines.m1.refit", 360.0),
        ("machines.m1.feed_override: 85", "machines.m1.feed_override", 85.0),
        ("machines.m1.spindle.max_speed_rpm: 9000", "machines.m1.spindle.max_speed",
         9000 * RPM),
        ("machines.m1.bearings.front.rating_kn: 20", "machines.m1.bearings.front.rating", 2e4),
        ("machines.m1.failures.pump.life.value_h: 50", "machines.m1.failures.pump.life.value",
         180000.0),
        ("machines.m1.failures.chuck.life.value_cycles: 9",
         "machines.m1.failures.chuck.life.value", 9.0),
        ("machines.m1.failures.pump.crew: false", "machines.m1.failures.pump.crew", False),
        ("machines.m1.magazine.0.edges: 5", "machines.m1.magazine.0.edges", 5),
        ("tools.t.change: at limit", "tools.t.change", "at limit"),
        ("stations.mills.capacity: null", "stations.mills.capacity", None),
        ("crew: 2", "crew", 2),
    ],
)  # fmt: skip
def test_a_value_is_set_under_its_name_and_unit(key: str, name: str, value: object):
    """The last word of a key says the unit, once, as in a plant file; inside all is SI."""
    scenario = parse_scenario(f"{HEAD}changes: {{set: {{{key}}}}}", TWO)
    assert scenario.changes.values == {name: value}
    assert type(scenario.changes.values[name]) is type(value)
    assert scenario.changes.applied(TWO) == TWO.with_changes({name: value})


def test_a_star_stands_for_any_name_in_a_list():
    """``machines.*`` are all machines, those that come in too; where the rest exists."""
    plant = changed(
        "{add_machines: [{id: m3, like: m2}], set: {machines.*.refit_min: 6, "
        "machines.*.bearings.*.preload_n: 700}}"
    )
    assert [machine.refit for machine in plant.machines] == [360.0] * 4
    preloads = [[b.preload for b in machine.bearings] for machine in plant.machines]
    assert preloads == [[700.0, 700.0], [700.0, 700.0], [], [700.0, 700.0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("set: {machines.m1.refit: 6}",
         "5:17 changes.set.machines.m1.refit: machines.m1.refit is a time: its unit is "
         "missing; give refit_s, refit_min, refit_h or refit_d"),
        ("set: {machines.m1.refit_kw: 6}",
         "5:17 changes.set.machines.m1.refit_kw: machines.m1.refit is a time: give refit_s, "
         "refit_min, refit_h or refit_d"),
        ("set: {machines.m1.refit_min: -6}",
         "5:17 changes.set.machines.m1.refit_min: machines.m1.refit: must be >= 0 min "
         "(got -6 min)"),
        ("set: {machines.m1.feed_override: 0}", "must be >= 1 (got 0)"),
        ("set: {machines.m1.feed_override_pct: 90}",
         "has no unit: give feed_override and a plain number"),
        ("set: {machines.m1.refitt_min: 6}",
         "machines.m1 has no 'refitt_min'; did you mean 'refit_min'?"),
        ("set: {machines.*.refitt_min: 6}",
         "machines.m1 has no 'refitt_min'; did you mean 'refit_min'?"),
        ("set: {machines.m9.refit_min: 6}", "machines has no 'm9'; there are: m1, m2, plain"),
        ("set: {machines.m1.refit_min: lots}", "must be a number (got 'lots')"),
        ("set: {machines.m1.refit_min: true}", "must be a number (got True)"),
        ("set: {machines.m1.refit_min: [1]}", "must be one number, text, true, false or null"),
        ("set: {machines.m1.station: m2}", "is no number that could be changed here"),
        ("set: {machines.m1.failures.*.life.value_h: 5}",
         "machines.m1.failures.chuck.life.value is a count: give value_cycles"),
        ("set: {machines.m2.*: 5}", "machines.m2 has no '*'"),
        ("set: {stations.*.capacity: true}", "must be a number (got True)"),
        ("set: {machines.m1.magazine.0.edges: 2.5}", "must be a whole number (got 2.5)"),
        ("set: {tools.t.change: never}", "must be planned or at limit (got 'never')"),
        ("set: {machines.m1.spindle.base_speed_rpm: 90000}",
         "machines.m1.spindle: base_speed 90000 rpm lies above max_speed 8000 rpm"),
        ("add_machines: [{id: m3, like: m9}]",
         "5:26 changes.add_machines[0]: machines has no 'm9'; there are: m1, m2, plain"),
        ("add_machines: [{id: m2, like: m1}]", "'m2' is the name of a machine or group"),
        ("add_machines: [{id: mills, like: m1}]", "is the name of a machine or group"),
        ("remove_machines: [m9]", "5:29 changes.remove_machines[0]: machines has no 'm9'"),
        ("remove_machines: [plain]",
         "'plain' is the last machine of 'plain', where part/b is done; give that operation "
         "another machine first, or add one like it"),
    ],
)  # fmt: skip
def test_a_wrong_change_is_told_where_it_stands(text: str, said: str):
    """One line for each problem: file, line, column, key, and what would be right (UX 4.2)."""
    (problem,) = problems_of(f"changes: {{{text}}}")
    assert said in problem
    assert problem.startswith("scenario.yaml:5:")


def test_all_problems_are_told_at_once():
    """Changes and what hangs on the changed plant are read in one go (UX 4.2)."""
    found = problems_of(
        "changes:\n  set: {crwe: 1, machines.m1.refit: 2}\n  remove_machines: [m2]\n"
        "events: [{at: +1 h, machine: m2, do: stop}]\n"
    )
    assert [problem.split()[0] for problem in found] == [
        "scenario.yaml:6:9", "scenario.yaml:6:18", "scenario.yaml:8:30",
    ]  # fmt: skip


def test_the_rest_of_a_scenario_is_read_for_the_changed_plant():
    """Events, sequences and the start may speak of a machine that comes in."""
    scenario = parse_scenario(
        HEAD + "changes: {add_machines: [{id: m3, like: m1}]}\n"
        "events: [{at: +1 h, machine: m3, do: stop}]\n"
        "start_from: {machines: [{id: m3, bearings: {front: {damage: 1}}}]}\n",
        TWO,
    )
    run = simulate(TWO, scenario)
    assert run.machines["m3"].shares["down"] == pytest.approx(7 / 8)
    assert [machine.name for machine in run.plant.machines] == ["m1", "m2", "plain", "m3"]


def test_a_machine_is_added_beside_the_one_it_is_like():
    """What hangs on it is its own, it joins the queue, and the first plant stays as it is."""
    more = TWO.with_machine("m3", like="m1")
    assert replace(more.machines[-1], name="m1") == TWO.machines[0]
    assert more.stations[0].machines == ("m1", "m2", "m3")
    assert len(TWO.machines) == 3
    assert more.without_machine("m3") == TWO
    for odd in ("", "a/b", "m*"):
        with pytest.raises(InvalidInput, match="a machine needs a name without"):
            TWO.with_machine(odd, like="m1")
    alone = TWO.with_machine("plain-2", like="plain")
    assert next(s for s in alone.stations if s.name == "plain").machines == ("plain", "plain-2")
    assert alone.without_machine("plain").stations[-1].machines == ("plain-2",)


def test_the_last_machine_of_an_alternative_can_go():
    """An operation that can be done elsewhere goes there; the empty station is gone."""
    text = PLANT.replace("machines: [mills]", "machines: [mills, plain]")
    other = parse_plant(text.replace("program: prog}", "duration_min: 4}"))
    less = other.without_machine("m1").without_machine("m2")
    assert [o.stations for o in less.products[0].operations] == [("plain",), ("plain",)]
    assert [station.name for station in less.stations] == ["plain"]


def test_a_change_made_in_python_is_checked_likewise():
    """with_changes knows bounds and stars, and laws whose constructor has other names."""
    with pytest.raises(InvalidInput, match=r"machines\.m1\.refit: must be >= 0 s"):
        TWO.with_changes({"machines.*.refit": -1.0})
    law = TWO.with_changes({"machines.m1.failures.pump.repair": Normal(900.0, 60.0)})
    wider = law.with_changes({"machines.m1.failures.pump.repair.sd": 90.0})
    assert wider.machines[0].failures[0].repair == Normal(900.0, 90.0)


def test_a_scenario_that_speaks_of_a_machine_it_takes_away_is_refused():
    """In Python nothing has been read against the changed plant; the run looks itself."""
    base = parse_scenario(HEAD, TWO)
    acts = (Intervention(60.0, "m2", "stop"),)
    scenario = replace(base, changes=replace(base.changes, remove=("m2",)))
    simulate(TWO, scenario)
    with pytest.raises(InvalidInput, match="an event at 60 s, stop, is of 'm2'"):
        simulate(TWO, replace(scenario, interventions=acts))


def test_an_override_of_the_plant_holds_from_the_start():
    """85 % feed in the plant is an override of 85 % at second 0: the same work, longer."""
    slow = TWO.with_changes({"machines.*.feed_override": 50.0})
    base = parse_scenario(HEAD.replace("horizon: 8 h\n", ""), TWO)
    acts = tuple(Intervention(0.0, m.name, "feed override", 50.0) for m in TWO.machines)
    mine = simulate(slow, base)
    theirs = simulate(TWO, replace(base, interventions=acts))
    assert mine.kpis["makespan"].value == pytest.approx(theirs.kpis["makespan"].value)
    assert mine.kpis["makespan"].value > 1.5 * simulate(TWO, base).kpis["makespan"].value  # type: ignore[operator]
    assert mine.machines["plain"].performance == pytest.approx(0.5)
    text = PLANT.replace("  - {id: plain}", "  - {id: plain, feed_override: 0.5}")
    with pytest.raises(FileProblems, match=r"feed_override: must be >= 1\.0 \(got 0\.5\)"):
        parse_plant(text)


def test_check_says_what_a_scenario_changes():
    """``check`` names each change and tells the rest of the changed plant."""
    scenario = parse_scenario(
        HEAD + "changes: {add_machines: [{id: m3, like: m1}], remove_machines: [m2], set: "
        "{machines.*.refit_min: 6, machines.m3.feed_override: 85, ambient_c: 30}}", TWO
    )  # fmt: skip
    understood = understand(TWO, scenario)
    assert understood.changes == (
        "m3 comes in, like m1",
        "m2 is taken away",
        "machines.*.refit: 5 min -> 6 min",
        "machines.m3.feed_override: nothing -> 85",
        "ambient: 22 degC -> 30 degC",
    )
    assert [note.name for note in understood.machines] == ["m1", "plain", "m3"]
    assert "m3 of mills, feed at 85 %: " in understood.text()
    assert "Changed by the scenario" in understood.text()
    assert understand(TWO, parse_scenario(HEAD, TWO)).changes == ()


def test_every_number_of_a_model_has_a_measure():
    """No number can be changed whose unit and bounds nobody wrote down."""
    homes = ("simtwin.plant.model", "simtwin.parts", "simtwin.physics")
    for name, kind in KINDS.items():
        if is_dataclass(kind) and kind.__module__.startswith(homes):
            declared = {field.name: str(field.type) for field in fields(kind) if field.init}
            numbers = {
                k for k, words in declared.items() if re.search(r"\b(float|int)\b", words)
            }
            assert numbers <= set(MEASURES.get(name, ())), name


SHARED = "scenario: base\nplant: two.yaml\nstart: 2026-01-05 06:00\nuntil: '14:00'\nseed: 7\n"
SHARED += "orders: jobs.csv\nstart_from:\n  work: [{order: o1, piece: 1, operation: a}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a plant, a scenario with its orders, and others that extend it."""
    for name, text in {
        "two.yaml": PLANT,
        "jobs.csv": "id,product,quantity,due\no1,part,3,09:00\n",
        "base.yaml": SHARED,
        "hot.yaml": "scenario: hot\nextends: base.yaml\nchanges: {set: {ambient_c: 34}}\n",
        "hotter.yaml": "extends: hot.yaml\nscenario: hotter\nhorizon: 2 h\n"
        "changes: {set: {coolant_c: 30, orders.o1.due: 90 min}}\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_scenario_can_extend_another(folder: Path):
    """Own keys win, mappings are joined, the plant and the orders come along."""
    plant, hotter = load_with_plant(folder / "hotter.yaml")
    base = load_scenario(folder / "base.yaml")
    assert plant.name == "two"
    assert (hotter.name, hotter.seed, hotter.horizon) == ("hotter", 7, 7200.0)
    assert hotter.changes.values == {"ambient": 34.0, "coolant": 30.0}
    assert hotter.orders == (replace(base.orders[0], due=5400.0),)
    assert hotter.start_from == base.start_from
    (folder / "less.yaml").write_text(
        "scenario: less\nextends: base.yaml\norders: [{id: x, product: part}]\n"
        "start_from: {work: []}\n"
    )
    less = load_scenario(folder / "less.yaml")
    assert [order.name for order in less.orders] == ["x"]
    assert less.start_from.work == ()


def test_problems_are_told_in_the_file_where_they_stand(folder: Path):
    """A key that came along has the place that it has in its own file."""
    (folder / "wrong.yaml").write_text(
        "scenario: wrong\nextends: base.yaml\nseed: x\norders: [{id: a, product: part}]\n"
    )
    with pytest.raises(FileProblems) as caught:
        load_scenario(folder / "wrong.yaml")
    own, other = sorted((str(p) for p in caught.value.problems), key=lambda p: "base" in p)
    assert own.endswith("wrong.yaml:3:7 seed: must be a number (got 'x')")
    assert other.startswith("base.yaml:8:18 start_from.work[0].order: no order 'o1'")
    (folder / "wrong.yaml").write_text(
        "scenario: wrong\nextends: base.yaml\norders: [{id: a, product: part}]\n"
    )
    with pytest.raises(FileProblems) as caught:
        load_scenario(folder / "wrong.yaml")
    (first,) = [str(p) for p in caught.value.problems]
    assert first.startswith("base.yaml:8:18 start_from.work[0].order: no order 'o1'")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.yaml", "no file 'nothing.yaml' beside this one"),
        ("../x.yaml", "must be a file beside this one, or a bundled name"),
        ("loop.yaml", "'loop.yaml' extends this file in turn"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(folder: Path, name: str, said: str):
    """A missing file, a file elsewhere and a circle are told at the key."""
    (folder / "loop.yaml").write_text(f"scenario: loop\nextends: {name}\n")
    with pytest.raises(FileProblems, match=rf"loop.yaml:2:10 extends: {said}"):
        load_scenario(folder / "loop.yaml")


def test_a_text_can_extend_a_bundled_scenario():
    """Without a folder, only the bundled ones are there to extend."""
    plant = load_plant("job_shop")
    text = "scenario: mine\nextends: day_shift\nseed: 9\n"
    mine, base = parse_scenario(text, plant), load_scenario("day_shift", plant)
    assert replace(mine, name=base.name, seed=base.seed, origin=base.origin) == base
    with pytest.raises(FileProblems, match="bundled scenario 'day_shfit'; did you mean"):
        parse_scenario("scenario: mine\nextends: day_shfit\n", plant)


@pytest.mark.parametrize("name", ["hot_hall", "worn_spindle", "extra_machine", "feed_minus_15"])
def test_a_shipped_variant_is_the_day_shift_but_for_what_it_says(name: str):
    """The shipped what-ifs share plant, orders and, but for the worn spindle, the start."""
    assert name in [example for kind, example, _ in examples() if kind == "scenarios"]
    plant, scenario = load_with_plant(name)
    base = load_scenario("day_shift", plant)
    assert plant == load_plant("job_shop")
    assert scenario.changes
    assert scenario.orders == base.orders
    if name != "worn_spindle":
        assert scenario.start_from == base.start_from or name == "hot_hall"


@pytest.mark.parametrize(
    "times", [{"horizon": -1.0}, {"horizon": float("nan")}, {"measure_from": -5.0}]
)
def test_times_before_the_start_are_refused(times):
    """A scenario made in Python is held to what a file is held to."""
    with pytest.raises(InvalidInput, match=r"must be a time after the start \[s\]"):
        Scenario(**times)


def test_what_counts_from_after_the_end_is_refused():
    """Nothing would be measured; other changes may come before."""
    late = replace(parse_scenario(HEAD, TWO), horizon=3600.0, measure_from=7200.0)
    with pytest.raises(InvalidInput, match=r"measure_from must lie .*\(got 7200 s of 3600 s\)"):
        simulate(TWO, late)

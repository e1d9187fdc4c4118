"""What cannot work is refused by the loader; what can is said in words and numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from simtwin.errors import FileProblems
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Weibull
from simtwin.plant.check import say_law, understand
from simtwin.plant.cut import operation_time, piece_damage, run_ups_time
from simtwin.plant.files import (
    examples,
    load_plant,
    load_with_plant,
    parse_plant,
    parse_scenario,
)
from simtwin.plant.precheck import precheck
from simtwin.plant.topology import loops, station_depth, topology, unreached

TEXT = """\
plant: shop
machines:
  - id: mill
    preset: generic-vmc-40
    magazine: [{tool: face}, {tool: drill}]
  - {id: bench}
tools:
  - {id: face, preset: face-mill-63-steel}
  - {id: drill, preset: drill-8.5-carbide}
  - {id: spare, preset: drill-12-carbide}
programs:
  - id: prog
    material: P6
    steps:
      - mill:
          {tool: face, speed_m_min: 200, feed_mm: 0.2, depth_mm: 3, width_mm: 50, path_mm: 1010}
products:
  - id: part
    route:
      - {operation: a, machines: [mill], program: prog}
      - {operation: b, machines: [bench], duration_min: 3}
"""


def problems_of(old: str, new: str) -> list[str]:
    """Return what the loader says when *old* in the plant is replaced by *new*."""
    assert old in TEXT
    with pytest.raises(FileProblems) as caught:
        parse_plant(TEXT.replace(old, new, 1))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("depth_mm: 3", "depth_mm: 9",
         "16:11 programs[0].steps[0].mill: needs 22.3 kW; mill gives at most 16.5 kW"),
        ("depth_mm: 3, width_mm: 50", "depth_mm: 7, width_mm: 16",
         "programs[0].steps[0].mill: peaks at "),
        ("speed_m_min: 200", "speed_m_min: 2000",
         "16:11 programs[0].steps[0].mill: needs 10105 rpm; mill turns at most 8000 rpm"),
        ("width_mm: 50", "width_mm: 70", "width_mm: must be at most the tool's 63 mm (got 70)"),
        ("tool: face, speed", "tool: drill, speed", "'drill' is for drilling, not for milling"),
        ("tool: face, speed", "tool: spare, speed",
         "'spare' is missing in the magazine of mill"),
        ("tool: face, speed", "tool: fase, speed", "no tool 'fase'; did you mean 'face'?"),
        ("machines: [mill]", "machines: [bench]",
         "a cut needs a spindle, and 'bench' is plain"),
        ("machines: [bench]", "machines: [bensh]",
         "21:35 products[0].route[1].machines[0]: no machine or group 'bensh'; did you mean "
         "'bench'?"),
        ("machines: [bench]", "machines: [bench, bench]", "'bench' stands twice"),
        ("machines: [bench]", "machines: []", "needs at least 1 (got a list of 0)"),
        ("machines: [bench]", "machines: [mill]", "6:5 machines[1]: no route leads to 'bench'"),
        ("program: prog", "program: prag", "no program 'prag'; did you mean 'prog'?"),
        ("program: prog", "program: prog, load: light",
         "'program' and 'load' exclude each other"),
        ("material: P6", "material: P99", "no material 'P99'"),
        ("    material: P6\n", "", "needs a material, here or in its program"),
        ("duration_min: 3", "duration_min: 3, load: light", "a load means nothing"),
        ("duration_min: 3", "duration_min: 3, after: [c]", "no operation 'c'"),
        ("program: prog}", "program: prog, after: [b]}\n", "operations wait for each other: "),
        ("operation: b", "operation: a", "a second operation 'a' of 'part'"),
        ("id: bench", "id: mill", "a second machine 'mill'"),
        ("{id: spare", "{id: face", "a second tool 'face'"),
        ("preset: generic-vmc-40", "preset: generic-vmc",
         "no machine preset 'generic-vmc'; did"),
        ("preset: drill-12-carbide", "preset: x", "no tool preset 'x'"),
        ("[{tool: face}, ", "[{tool: face}, {tool: face}, ", "'face' stands twice"),
        ("[{tool: face}, ", "[{tool: face, edges: 0}, ", "edges: must be >= 1 (got 0)"),
        ("{id: bench}", "{id: bench, bearings: {}}", "bearings need a spindle or a preset"),
        ("{id: bench}", "{id: bench, group: mill}", "'mill' is the name of a machine"),
        ("{id: bench}", "{id: bench, failures: [{preset: x}]}", "no failure preset 'x'"),
        ("{id: bench}", "{id: bench, failures: [{preset: control, id: a}, {id: a, clock: "
         "cycles, life_cycles: 3, repair_h: 1}]}", "a second failure mode 'a' of 'bench'"),
        ("preset: generic-vmc-40", "spindle: {base_rpm: 9000}", "lies above max_rpm 8000"),
        ("plant: shop", "plant: shop\ncrew: {members: 0}",
         "crew.members: must be >= 1 (got 0)"),
        ("plant: shop", "plant: shop\nsources: [{id: s, product: x, every_min: 3}]",
         "no product 'x'"),
        ("plant: shop", "plant: shop\nsources: [{id: s, product: part, every_min: 0}]",
         "the mean time between two must be > 0"),
        ("plant: shop", "plant: shop\nsources: [{id: s, product: part}]",
         "needs one of every, every_s, every_min, every_h"),
        ("plant: shop", "plant: shop\nsources: [{id: s, product: part, every_s: 1, saturating: "
         "true}]", "'saturating' and 'every' exclude each other"),
        ("spare, preset: drill-12-carbide", "spare, kind: milling",
         "required key 'diameter_mm' is missing for milling"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_one_clear_line(old, new, expected):
    """Infeasible cuts, dangling names, cycles and duplicates are refused with a place."""
    problems = problems_of(old, new)
    assert any(expected in problem for problem in problems), problems
    assert all(int(problem.split(":")[1]) >= 2 for problem in problems)


def test_a_tool_for_anything_in_a_mill_step_is_one_problem():
    """That it is not for milling is the cause; a diameter of 0 mm is none of its own."""
    (problem,) = problems_of("preset: face-mill-63-steel", "kind: any")
    assert "mill.tool: 'face' is for any, not for milling; give it a preset, or" in problem


def test_a_load_must_fit_its_spindles():
    """Above 100 % of the rating is an error of input (PHYSICS 5.7)."""
    old, base = "program: prog", "duration_min: 3, "
    assert "must be <= 100.0" in problems_of(old, base + "spindle_load_pct: 101")[0]
    assert "continuous rating of 11 kW" in problems_of(old, base + "power_kw: 11.5")[0]
    assert "spindle's 8000 rpm" in problems_of(old, base + "power_kw: 1, rpm: 8001")[0]
    assert "exclude" in problems_of(old, base + "power_kw: 1, load: light")[0]
    assert "brings its own" in problems_of(old, base + "rpm: 500, load: light")[0]


def test_loads_of_plain_durations_are_shares():
    """kW, % and words become shares of rating and top speed; nothing said is medium (A)."""

    def shares(keys: str) -> tuple[float, float, bool]:
        model = parse_plant(TEXT.replace("program: prog", f"duration_min: 3{keys}"))
        step = model.products[0].operations[0].steps[0]
        return step.share, step.speed_share, step.assumed

    assert shares("") == (0.35, 0.5, True)
    assert shares(", load: heavy") == (0.70, 0.40, False)
    assert shares(", spindle_load_pct: 20") == (pytest.approx(0.2), 0.5, False)
    assert shares(", power_kw: 5.5, rpm: 2000") == (0.5, pytest.approx(0.25), False)


def test_a_group_shares_one_queue_and_one_buffer():
    """The buffer belongs to the station: given once or equal; routes name the group."""
    group = (
        "  - {id: m1, group: g, buffer: 3}\n  - {id: m2, group: g}\n"
        "  - {id: m3, group: g, buffer: 3}\n"
    )
    text = TEXT.replace("  - {id: bench}\n", group).replace(
        "machines: [bench]", "machines: [g]"
    )
    station = parse_plant(text).stations[1]
    assert (station.name, station.machines, station.capacity) == ("g", ("m1", "m2", "m3"), 3)
    with pytest.raises(FileProblems, match="shares the queue of group 'g'; name the group"):
        parse_plant(text.replace("machines: [g]", "machines: [m1]"))
    with pytest.raises(FileProblems, match="the buffer of group 'g' is 3 elsewhere"):
        parse_plant(text.replace("id: m2, group: g", "id: m2, group: g, buffer: 0"))


def test_times_follow_from_cutting_data():
    """A5: 1010 mm at 1010.5 mm/min take a minute; two tools would cost two changes."""
    model = parse_plant(TEXT)
    tools = {tool.name: tool for tool in model.tools}
    operation = model.products[0].operations[0]
    run_up = run_ups_time(operation, model.machines[0], tools)
    seconds = operation_time(operation, model.machines[0], tools)
    assert 0.0 < run_up < 1.0
    assert seconds - run_up == pytest.approx(59.97, abs=0.01)
    assert piece_damage(operation, tools["face"], tools) == pytest.approx(
        59.97 / (60.0 * (700.0 / 200.0) ** 4), rel=1e-4
    )


TWO_TOOLS = """
plant: cut
machines:
  - id: m
    preset: generic-vmc-40
    magazine: [{tool: fm, edges: 1}, {tool: dr, edges: 1}]
    tool_change_s: 10
tools:
  - {id: fm, preset: face-mill-63-steel}
  - {id: dr, preset: drill-8.5-carbide}
programs:
  - id: p
    material: P6
    steps:
      - handle_min: 1
      - mill: {tool: fm, speed_m_min: 200, feed_mm: 0.18, depth_mm: 2, width_mm: 45,
          path_mm: 640}
      - drill: {tool: dr, speed_m_min: 80, feed_mm: 0.15, depth_mm: 25, holes: 8}
products: [{id: x, route: [{operation: a, machines: [m], program: p}]}]
"""


def test_minutes_per_part_are_those_of_a_run():
    """A piece is told to take what it takes in a run, with changes and run-ups."""
    plant = parse_plant(TWO_TOOLS)
    day = parse_scenario(
        "scenario: s\nplant: cut\norders: [{id: o, product: x, quantity: 3}]", plant
    )
    (note,) = understand(plant).operations
    frame = simulate(plant, day).frame("operations")
    second = frame[frame["job"] == "o/2"].iloc[0]
    taken = (second["end_s"] - second["start_s"]) / 60.0
    assert note.minutes == pytest.approx(taken, abs=1e-6)


def test_depths_fall_towards_the_sink():
    """A station lies deeper than every station it feeds, loops apart (KERNEL 4)."""
    depths = station_depth(load_plant("flow_line"))
    assert depths == {"saw": 5, "mill": 4, "drill": 3, "wash": 2, "inspect": 1}
    shop = load_plant("job_shop")
    assert loops(shop) == [["five-axis", "hmcs", "lathes", "mills"]]
    assert set(station_depth(shop).values()) == {1}


def test_the_topology_carries_what_flows():
    """Orders or a source, stations, machines and the sink, with the products on the way."""
    graph = topology(load_plant("flow_line"))
    assert graph.edges["source:bar-stock", "station:saw"]["products"] == ("part",)
    assert graph.edges["station:inspect", "sink"]["kind"] == "flow"
    assert graph.nodes["station:mill"]["capacity"] == 4
    assert graph.edges["station:mill", "machine:mill"]["kind"] == "member"
    assert "orders" not in graph
    assert "orders" in topology(load_plant("job_shop"))
    assert unreached(load_plant("job_shop")) == []


def test_the_check_says_what_was_understood():
    """Machines, flow, minutes, loads, tools, failures and assumptions, as text and as data."""
    found = understand(*load_with_plant("day_shift"))
    text = found.text()
    for heading in ("Machines", "Flow", "Operations", "Before a run", "Tools", "Failures",
                    "Assumptions"):  # fmt: skip
        assert f"\n{heading}" in text
    assert "load light stands for 15 %" in text
    assert "clock powered" in text
    assert json.loads(json.dumps(found.as_dict()))["plant"] == "job_shop"
    loads = {load.station: load.rho for load in found.before.capacity.stations}
    assert 0.75 < loads["lathes"] < 1.0


def test_the_work_of_a_station_adds_up():
    """Ten pieces of three minutes are half an hour; alternatives share by machines."""
    scenario = parse_scenario(
        "scenario: s\nplant: shop\nhorizon: 20 min\norders: [{id: o, product: part, "
        "quantity: 10, due_min: 5, release_min: 6}]",
        model := parse_plant(TEXT),
    )
    found = understand(model, scenario)
    hours = {s.station: round(s.work / 3600.0, 3) for s in found.before.capacity.stations}
    assert hours == {"mill": 0.172, "bench": 0.5}
    assert found.before.warnings == (
        "rho >= 1 at bench: 30.0 min of work for 20.0 min; 10.0 min will be left over",
        "rho >= 1 at mill until 06:05: 10.3 min of work is due by then for 5.0 min; 5.3 min "
        "will be late",
        "rho >= 1 at bench until 06:05: 30.0 min of work is due by then for 5.0 min; 25.0 min "
        "will be late",
        "o will be late whatever is done: due 06:05; alone on all machines it would be done at "
        "06:37",
    )
    assert "order o is due before it is released" in found.warnings


def test_every_example_is_understood():
    """`check` has words for every shipped plant, alone and with its scenario."""
    for kind, name, _ in examples():
        model, scenario = (
            (load_plant(name), None) if kind == "plant_models" else load_with_plant(name)
        )
        assert understand(model, scenario).text().startswith(model.name)


def test_what_lies_after_the_end_is_told():
    """Nothing comes of such an event or order, but a stop may last longer than the run."""
    plant = parse_plant(TEXT)
    product = plant.products[0].name
    scenario = parse_scenario(
        "scenario: s\nplant: shop\nhorizon: 2 h\nevents:\n"
        "  - {at: '05:00', machine: bench, do: stop, for: 2 h}\n"
        "  - {at: '07:30', machine: mill, do: stop, for: 2 h}\n"
        f"orders: [{{id: o, product: {product}, release: '09:00'}}]\n",
        plant,
    )
    end = "lies after the end at 08:00: nothing comes of it"
    assert [
        line for line in understand(plant, scenario).warnings if "after the end" in line
    ] == [
        f"event stop of bench at Tue 05:00 {end}",
        f"release of order o at 09:00 {end}",
    ]


def test_a_law_is_said_in_words():
    """The name of the law, its shape and its mean."""
    assert say_law(Weibull(2.0, 7200.0)) == "Weibull of shape 2, mean 1 h 46 min"


def test_a_machine_that_stands_unused_may_say_so(tmp_path):
    """A planner lists all his machines; that one has no work is told once, and all runs."""
    text = "plant: p\nmachines: [{id: saw}, {id: old, preset: generic-vmc-40, unused: true}]\n"
    text += "products: [{id: a, route: [{operation: o, machines: [saw], duration_min: 3}]}]\n"
    plant = parse_plant(text)
    said = understand(plant)
    assert said.warnings == ()
    assert "\n  old, no route leads to it\n" in said.text()
    elsewhere = replace(plant, unused=())  # Nobody says so.
    assert understand(elsewhere).warnings == ("no route leads to old",)
    shift = parse_scenario("scenario: s\nplant: p\norders: [{id: x, product: a}]\n", plant)
    run = simulate(plant, shift)
    assert run.kpis["good_pieces"].value == 1
    assert run.machines["old"].shares["idle"] == 1.0
    run.report(tmp_path / "page.html")
    with pytest.raises(FileProblems, match=r"machines\[1\].unused: a route leads to it"):
        parse_plant(text.replace("[saw]", "[old]"))
    with pytest.raises(FileProblems, match="no route leads to 'old'; 'unused: true' says"):
        parse_plant(text.replace(", unused: true", ""))


def test_a_repair_waits_for_a_crew_only_where_one_has_the_skill():
    """Without any crew, and with one of another skill, a repair waits for nobody."""
    text = """
plant: shop
machines:
  - id: m
    failures: [{id: x, clock: processing, life: {exponential: {mean_min: 100}},
      repair: {exponential: {mean_min: 20}}}]
products: [{id: p, route: [{operation: a, machines: [m], duration_min: 10}]}]
"""
    alone = understand(parse_plant(text)).text()
    assert "no crew: a repair never waits" in alone
    assert "mean 20 min, without crew" in alone
    crew = "crews: [{id: c, members: 1, skills: [SKILL]}]\n"
    setter = understand(parse_plant(text + crew.replace("SKILL", "setup"))).text()
    assert "mean 20 min, without crew" in setter
    fitter = understand(parse_plant(text + crew.replace("SKILL", "repair"))).text()
    assert "mean 20 min, with crew" in fitter


BLUNT = """
plant: blunt
machines:
  - {id: mc, preset: generic-vmc-40, magazine: [{tool: fm, edges: 2}]}
tools: [{id: fm, preset: face-mill-63-steel, life_scatter: 0, break_rate_per_h: 0}]
programs:
  - id: p
    material: P6
    steps:
      - mill: {tool: fm, speed_m_min: 200, feed_mm: 0.2, depth_mm: DEPTH, width_mm: 50,
               path_mm: 6000}
products: [{id: a, route: [{operation: op, machines: [mc], program: p}]}]
"""


def test_an_edge_that_stalls_before_it_is_worn_is_named():
    """The peak is told of a sharp edge and of a worn one; a run stalls where `check` says."""
    plant = parse_plant(BLUNT.replace("DEPTH", "3"))
    found = understand(plant)
    note = found.operations[0]
    assert note.worn_load_pct > 1.2 * note.peak_load_pct
    assert f"(peak {note.peak_load_pct:.0f} % sharp, {note.worn_load_pct:.0f} % worn)" in (
        found.text()
    )
    said = next(line for line in found.warnings if "stalls" in line)
    assert said.startswith("a/op: fm stalls mc at some 60 % of its life; worn further")
    scenario = parse_scenario(
        "scenario: s\nplant: blunt\norders: [{id: o, product: a, quantity: 18}]\n", plant
    )
    run = simulate(plant, scenario)
    stall = next(row.time for row in run.log.events if row.kind == "overload")
    wear = run.frame("wear")
    before = wear[wear.time_s <= stall]["damage"].max()
    assert 0.55 < before < 0.65
    light = understand(parse_plant(BLUNT.replace("DEPTH", "1.5")))
    assert not any("stalls" in line for line in light.warnings)


ENDLESS = """
plant: endless
calendars: [{id: day, week: {mon-fri: ["06:00-14:00"]}}]
crews: [{id: fitters, members: 1, calendar: CALENDAR}]
machines:
  - {id: m, failures: [{id: f, clock: processing, life_h: 20, repair_h: 1, skill: repair}]}
products: [{id: a, route: [{operation: o, machines: [m], duration_min: 10}]}]
sources: [{id: s, product: a, saturating: true}]
"""


@pytest.mark.parametrize(("hours", "kind"), [("day", "approximation"), ("always", "at most")])
def test_what_an_endless_source_brings_is_no_bound_where_repairs_wait(hours: str, kind: str):
    """How long a repair waits for the shift of its crew depends on when the run begins."""
    plant = parse_plant(ENDLESS.replace("CALENDAR", hours))
    scenario = parse_scenario("scenario: s\nplant: endless\nhorizon: 100 h\n", plant)
    (most,) = precheck(plant, scenario).expected
    assert (most.what, most.kind) == ("throughput", kind)


def test_a_window_that_opens_once_is_no_period():
    """An hour on a Wednesday of a run of twelve days: it is kept, and told without a period."""
    text = ENDLESS.replace("CALENDAR", "day").replace(
        "calendars: [",
        'calendars: [{id: window, week: {}, other: {2026-01-14: ["10:00-11:00"]}}, ',
    )
    plant = parse_plant(text.replace("repair_h: 1,", "repair_h: 1, maintenance_h: 0.5,"))
    head = "scenario: s\nplant: endless\nhorizon: 300 h\n"
    scenario = parse_scenario(
        f"{head}maintenance: [{{policy: calendar, calendar: window}}]\n", plant
    )
    (station,) = precheck(plant, scenario).capacity.stations
    assert station.repairs > 0.0
    assert simulate(plant, scenario).kpis["planned_tasks"].value == 1

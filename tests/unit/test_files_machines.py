"""Machines, tools and failures of a plant file: presets, overrides, the catalogue behind."""

from __future__ import annotations

import math

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.physics.bearing import friction_heat
from simtwin.physics.duration import WORDS, assumed_loads, spindle_input
from simtwin.plant.catalogue import MACHINES
from simtwin.plant.failure_catalogue import SUBSYSTEMS, subsystem_failure
from simtwin.plant.files import load_plant, parse_plant
from simtwin.plant.materials import MATERIALS
from simtwin.plant.model import MachineSpec
from simtwin.plant.tool_catalogue import TOOLS
from simtwin.units import HOUR, RPM

TAIL = "products: [{id: p, route: [{operation: a, machines: [m], duration_min: 1}]}]\n"


def machine(keys: str, rest: str = "") -> MachineSpec:
    """Return the machine that these *keys* describe."""
    return parse_plant(f"plant: p\nmachines: [{{id: m, {keys}}}]\n{rest}{TAIL}").machines[0]


def problems(keys: str, rest: str = "") -> str:
    """Return what the loader says about a machine with these *keys*."""
    with pytest.raises(FileProblems) as caught:
        machine(keys, rest)
    return str(caught.value)


@pytest.mark.parametrize(
    ("preset", "word", "rpm", "power", "motor", "front", "rear", "drawn"),
    [
        ("generic-vmc-40", "light", 4800, 1650, 528, 305, 211, 2694),
        ("generic-vmc-40", "medium", 4000, 3850, 792, 250, 163, 5055),
        ("generic-vmc-40", "heavy", 3200, 7700, 1254, 207, 122, 9282),
        ("generic-lathe-8in", "light", 2400, 1650, 528, 221, 168, 2568),
        ("generic-lathe-8in", "medium", 2000, 3850, 792, 177, 129, 4948),
        ("generic-lathe-8in", "heavy", 1600, 7700, 1254, 142, 94, 9190),
    ],
)
def test_presets_give_the_table_of_plain_durations(
    preset, word, rpm, power, motor, front, rear, drawn
):
    """Presets and the laws of plain durations make PHYSICS 5.7's table, to the watt."""
    chosen = MACHINES[preset]
    share, speed_share = WORDS[word]
    speed = speed_share * chosen.spindle.max_speed
    loads = assumed_loads(
        share,
        rated_power=chosen.spindle.rated_power,
        cutting_speed=chosen.spindle.cutting_speed,
    )
    heats = [
        bearing.rows
        * friction_heat(
            speed,
            bearing.mean_diameter,
            bearing.viscosity,
            bearing.f0,
            bearing.f1,
            bearing.preload + bearing.load_share * loads.force,
        )
        for bearing in chosen.bearings
    ]
    found = [speed / RPM, loads.power, loads.motor, *heats, spindle_input(loads, *heats)]
    assert [rpm, power, motor, front, rear, drawn] == [round(value) for value in found]


def test_every_preset_is_generic_and_sound():
    """No vendor names; resets below limits; base speed below the top; two bearings each."""
    for preset in MACHINES.values():
        assert preset.name.startswith("generic-")
        assert preset.spindle.base_speed < preset.spindle.max_speed
        assert all(trip.reset < trip.limit for trip in preset.spindle.trips)
        assert tuple(bearing.name for bearing in preset.bearings) == ("front", "rear")
        rated = preset.spindle.rated_torque * preset.spindle.base_speed
        assert rated == pytest.approx(preset.spindle.rated_power, rel=0.02)


def test_all_subsystems_together_have_the_mtbf_of_the_machine():
    """Shares sum to 1: all modes make one failure in 800 operating hours (PHYSICS 9)."""
    assert math.fsum(s.share for s in SUBSYSTEMS.values()) == pytest.approx(1.0)
    modes = machine("failures: [{preset: all-subsystems}]").failures
    assert [mode.name for mode in modes] == list(SUBSYSTEMS)
    assert 1.0 / sum(1.0 / mode.life.mean for mode in modes) == pytest.approx(800.0 * HOUR)
    twice = machine("failures: [{preset: all-subsystems, mtbf_h: 1600}]").failures
    assert twice[0].life.mean == pytest.approx(2.0 * modes[0].life.mean)
    assert subsystem_failure("coolant").repair.mean == pytest.approx(1.5 * HOUR)


def test_a_failure_preset_can_be_changed():
    """Clock, repair and name of a subsystem can be given; its life cannot."""
    (mode,) = machine(
        "failures: [{preset: coolant, id: pump, clock: calendar, repair_h: 1, crew: false}]"
    ).failures
    assert (mode.name, mode.clock, mode.repair.mean, mode.crew) == (
        "pump", "calendar", 3600.0, False,
    )  # fmt: skip
    assert "'life' and 'preset' exclude" in problems("failures: [{preset: coolant, life_h: 3}]")
    cycles = "failures: [{preset: coolant, repair: {fixed: {value_cycles: 3}}}]"
    assert "takes time, not cycles" in problems(cycles)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("{id: a, clock: powered, life_h: 1}", "needs one of repair, repair_s"),
        ("{id: a, clock: powered, repair_h: 1}", "needs one of life, life_min, life_h"),
        ("{id: a, life_h: 1, repair_h: 1}", "needs a clock: calendar, on_shift, powered"),
        ("{clock: powered, life_h: 1, repair_h: 1}", "needs an id, or a preset"),
        ("{id: a, clock: powered, mtbf_h: 1, repair_h: 1}", "mtbf_h belongs to a preset"),
    ],
)
def test_a_failure_mode_names_its_clock_life_and_repair(keys, message):
    """Nothing of a failure mode is defaulted silently (KERNEL 24)."""
    assert message in problems(f"failures: [{keys}]")


def test_every_key_of_a_spindle_overrides_its_preset():
    """Keys come in vendor units and arrive in SI; what is not given stays."""
    spindle = machine(
        "preset: generic-vmc-40, spindle: {power_kw: 15, max_rpm: 12000, base_rpm: 2000, "
        "torque_nm: 72, short_time: 1.4, inertia_kg_m2: 0.1, cutting_speed_m_min: 180, "
        "torque_constant_nm_a: 1.1, resistance_ohm: 0.05, idle_current_a: 18, "
        "iron_linear_ws_rad: 0.4, iron_square_ws2_rad2: 0.001, additional_loss: 0.15, "
        "trips: [{node: front, limit_c: 65, reset_c: 50}]}"
    ).spindle
    assert (spindle.rated_power, spindle.rated_torque, spindle.short_time) == (15e3, 72.0, 1.4)
    assert spindle.max_speed == pytest.approx(1256.637, rel=1e-6)
    assert (spindle.cutting_speed, spindle.inertia, spindle.additional_loss) == (3.0, 0.1, 0.15)
    assert [(t.node, t.limit, t.reset) for t in spindle.trips] == [("front", 65.0, 50.0)]
    assert machine("preset: generic-vmc-40, spindle: {trips: []}").spindle.trips == ()


def test_a_spindle_without_preset_says_where_the_rest_comes_from():
    """Keys that are not given come from generic-vmc-40, and the assumptions say so."""
    model = parse_plant(f"plant: p\nmachines: [{{id: m, spindle: {{power_kw: 7}}}}]\n{TAIL}")
    assert model.machines[0].spindle.rated_power == 7000.0
    assert "m: spindle and bearings as generic-vmc-40, but for power_kw" in model.assumptions


def test_bearings_can_be_changed_one_by_one():
    """The oil makes friction follow the temperature; front and rear are apart."""
    front, rear = machine(
        "preset: generic-vmc-40, bearings: {front: {kind: roller, rows: 1, rating_kn: 50, "
        "preload_n: 1, viscosity_mm2_s: 30, oil_40c_mm2_s: 68, oil_100c_mm2_s: 8.7, "
        "repair_h: 12}}"
    ).bearings
    assert (front.kind, front.rows, front.rating, front.preload) == ("roller", 1, 50e3, 1.0)
    assert front.viscosity == pytest.approx(30e-6)
    assert front.oil.viscosity(40.0) == pytest.approx(68e-6)
    assert front.repair.mean == 12 * HOUR
    assert rear == MACHINES["generic-vmc-40"].bearings[1]


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("oil_40c_mm2_s: 68", "belong together"),
        ("oil_40c_mm2_s: 8, oil_100c_mm2_s: 68", "must be below oil_40c_mm2_s"),
        ("oil_40c_mm2_s: 68, oil_100c_mm2_s: 0.9", "needs 1 < nu100 < nu40"),
        ("repair_h: 1, repair: {fixed: {value_h: 1}}", "exclude each other"),
        ("repair: {fixed: {value_cycles: 1}}", "takes time, not cycles"),
        ("contamination: 2", "must be <= 1.0 (got 2)"),
    ],
)
def test_a_bearing_that_cannot_be_is_refused(front, message):
    """Oil, repair and cleanliness within their bounds."""
    assert message in problems(f"preset: generic-vmc-40, bearings: {{front: {{{front}}}}}")


NETWORK = """\
network:
  nodes: [{id: motor, capacity_j_k: 18000}, {id: front, capacity_j_k: 1},
    {id: rear, capacity_j_k: 1},
    {id: shaft, capacity_j_k: 1}, {id: housing, capacity_j_k: 1}]
  links: [{node: motor, to: ambient, conductance_w_k: 10}, {node: housing, to: coolant,
    conductance_w_k: 1}, {node: front, to: housing, conductance_w_k: 1},
    {node: shaft, to: housing, conductance_w_k: 1}, {node: rear, to: shaft,
    conductance_w_k: 1}, {node: housing, to: ambient, conductance_w_k: 1}]
"""


def flow_style(text: str) -> str:
    """Return a block of YAML as it may stand between braces."""
    text = text.replace("network:\n", "network: {").replace("]\n  links", "], links")
    return " ".join(text.split()) + "}"


def test_a_thermal_network_can_be_replaced():
    """ORACLES F1 wants one node of 10 W/K and 18 kJ/K: a file can say that."""
    network = machine(
        f"preset: generic-vmc-40, spindle: {{{flow_style(NETWORK)}}}"
    ).spindle.network
    assert network.nodes == ("motor", "front", "rear", "shaft", "housing")
    assert network.capacities[0] == 18000.0
    assert network.sinks == (
        ("motor", "ambient", 10.0),
        ("housing", "coolant", 1.0),
        ("housing", "ambient", 1.0),
    )
    assert network.links[0] == ("front", "housing", 1.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: rear", "id: back", "must be motor, front, rear, shaft, housing"),
        ("node: front", "node: nose", "no node 'nose'"),
        ("to: ambient", "to: moon", "no node 'moon'"),
        ("node: front, to: housing", "node: front, to: front", "front-front"),
        ("housing, to: ambient", "housing, to: coolant", "no path from front, rear, shaft"),
        ("node: rear, to: shaft", "node: front, to: shaft", "no path from rear to ambient"),
    ],
)
def test_a_network_that_cannot_be_is_refused(old, new, message):
    """Nodes are the five of a spindle; links join two of them, or one to a boundary."""
    text = flow_style(NETWORK).replace(old, new)
    assert message in problems(f"preset: generic-vmc-40, spindle: {{{text}}}")


def test_a_trip_lies_on_a_node_and_above_its_reset():
    """A trip on an unknown node, or one that could never reset, is refused."""
    spindle = "preset: generic-vmc-40, spindle: {trips: [{node: %s, limit_c: 60, reset_c: %s}]}"
    assert "no node 'nose'" in problems(spindle % ("nose", 40))
    assert "reset_c must lie below limit_c" in problems(spindle % ("front", 60))


def test_power_and_times_of_a_plain_machine():
    """A plain machine has power and times of its own, in SI."""
    found = machine(
        "power: {standby_kw: 0.5, processing_kw: 3}, tool_change_s: 5, refit_min: 8, "
        "overload_reset_min: 2, coolant_loss_life: 0.4"
    )
    assert (found.power.standby, found.power.ready, found.power.processing) == (500.0, 0.0, 3e3)
    times = (found.tool_change, found.refit, found.overload_reset, found.coolant_loss_life)
    assert times == (5.0, 480.0, 120.0, 0.4)


def test_tools_have_a_life_after_taylor_or_in_minutes():
    """C 400, n .25 at 200 m/min is 16 min (ORACLES F3); `life_min` holds at any speed."""
    tools = (
        "tools:\n  - {id: a, kind: turning, taylor: {c_m_min: 400, n: 0.25}}\n"
        "  - {id: b, kind: any, life_min: 40, change: at limit}\n  - {id: c}\n"
    )
    model = parse_plant(f"plant: p\nmachines: [{{id: m}}]\n{tools}{TAIL}")
    a, b, c = model.tools
    assert a.life.at(200.0 / 60.0, 1e-4, 1e-3) == pytest.approx(16.0 * 60.0)
    assert b.life.at(9.0, 1e-4, 1e-3) == 2400.0
    assert (b.change, c.life, c.break_rate) == ("at limit", None, 0.0)
    bad = tools.replace("n: 0.25", "n: 0.25, feed_exponent: 1")
    assert "feed_exponent needs reference_feed_mm" in problems("preset: generic-vmc-40", bad)
    bad = tools.replace("n: 0.25", "n: 0.25, depth_exponent: 1")
    assert "depth_exponent needs reference_depth_mm" in problems("preset: generic-vmc-40", bad)
    bad = tools.replace("life_min: 40", "life_min: 40, taylor: {c_m_min: 400, n: 0.25}")
    assert "exclude each other" in problems("preset: generic-vmc-40", bad)


def test_the_catalogue_of_tools_is_plausible():
    """Carbide n from .20 to .30, HSS from .08 to .20 (taylor_n_ranges); lives of minutes."""
    for tool in TOOLS.values():
        n = 1.0 / tool.life.speed_exponent
        assert 0.08 <= n <= 0.30
        assert 3.0 <= math.degrees(tool.approach) <= 90.0


def test_the_catalogue_of_materials_has_every_group():
    """39 VDI 3323 groups; the first is non-alloy steel with 1350 N/mm2 (materials_kc)."""
    assert len(MATERIALS) == 39
    assert (MATERIALS["P1"].kc11, MATERIALS["P1"].mc, MATERIALS["P1"].drilling) == (
        1350.0, 0.21, 2000.0,
    )  # fmt: skip


def test_own_materials_go_before_the_catalogue():
    """A material of the file may be cut; without a drilling force it cannot be drilled."""
    text = """\
plant: p
machines: [{id: m, preset: generic-vmc-40, magazine: [{tool: t}, {tool: d}]}]
tools: [{id: t, preset: end-mill-16-steel}, {id: d, preset: drill-8.5-carbide}]
materials: [{id: wax, kc11_n_mm2: 50, mc: 0.2}]
programs:
  - id: a
    material: wax
    steps:
      - mill: {tool: t, speed_m_min: 90, feed_mm: 0.1, depth_mm: 5, width_mm: 5, path_mm: 100}
products: [{id: p, route: [{operation: a, machines: [m], program: a}]}]
"""
    step = parse_plant(text).products[0].operations[0].steps[0]
    assert (step.material, step.kc11) == ("wax", 50e6)
    drill = "      - drill: {tool: d, speed_m_min: 60, feed_mm: 0.1, depth_mm: 20}\n"
    with pytest.raises(FileProblems, match="'wax' has no specific force for drilling"):
        parse_plant(text.replace("products", drill + "products"))
    twice = text.replace("mc: 0.2}]", "mc: 0.2}, {id: wax, kc11_n_mm2: 5, mc: 0}]")
    with pytest.raises(FileProblems, match="a second material 'wax'"):
        parse_plant(twice)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """Bytes that are not UTF-8 and folders are answered in words."""
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"plant: \xff\xfe")
    with pytest.raises(InvalidInput, match=r"bad.yaml:\d+:\d+ is not UTF-8 text"):
        load_plant(path)


def test_what_a_plant_leaves_unsaid_is_assumed_aloud():
    """Hours, people and setups that no key names are told where assumptions are."""
    failing = "{id: f, clock: powered, life_h: 9, repair_h: 1}"
    text = f"plant: p\nmachines: [{{id: m, failures: [{failing}]}}]\n"
    two = "products: [{id: p, route: [{operation: a, machines: [m], duration_min: 1}]},\n"
    two += "  {id: q, route: [{operation: a, machines: [m], duration_min: 1}]}]\n"
    assert parse_plant(text + two).assumptions[-4:] == (
        "machines: no calendar, they work round the clock",
        "repairs: no crew, they begin at once",
        "setups: no times, a change of work takes none",
        "queues: no limits, whatever comes may wait",
    )
    timed = two.replace("duration_min: 1", "duration_min: 1, setup_min: 2")
    assert "setups: no setter, they begin at once" in parse_plant(text + timed).assumptions
    setter = "crews: [{id: s, members: 1, skills: [setup]}]\n"
    assert not [a for a in parse_plant(text + setter + timed).assumptions if "setter" in a]
    day = "{id: day, week: {mon: [06:00-14:00]}}"
    said = f"crew: {{members: 1}}\ncalendar: day\ncalendars: [{day}]\n"
    text = text.replace("id: m", "id: m, buffer: 2")
    assert not [a for a in parse_plant(text + said + TAIL).assumptions if ": no " in a]


def test_a_misspelt_skill_of_a_crew_is_refused():
    """A crew that nobody waits for would be no crew at all."""
    crews = "crews: [{id: c, members: 1, skills: [repaire]}]\n"
    failing = "failures: [{id: f, clock: powered, life_h: 9, repair_h: 1}]"
    assert "crews[0].skills" in problems(failing, crews)
    assert "'repaire'; did you mean 'repair'?" in problems(failing, crews)


def test_a_misspelt_preset_is_the_only_problem_of_it():
    """Who uses the tool or the machine is not told that it is missing, or plain."""
    text = """
plant: a
machines:
  - {id: m1, preset: generic-vmc-4O, magazine: [{tool: e}]}
tools:
  - {id: e, preset: end-mill-16-stell}
programs:
  - id: g
    material: K18
    steps:
      - mill: {tool: e, speed_m_min: 140, feed_mm: 0.08, depth_mm: 12, width_mm: 5,
               path_mm: 3120}
products:
  - {id: x, route: [{operation: o1, machines: [m1], program: g}]}
"""
    with pytest.raises(FileProblems) as found:
        parse_plant(text)
    assert [problem.key for problem in found.value.problems] == [
        "machines[0].preset",
        "tools[0].preset",
    ]

"""Scenario files: clock times, orders as CSV, events with an end, a state to start from."""

from __future__ import annotations

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.tool import land
from simtwin.plant.cut import piece_damage
from simtwin.plant.files import (
    load_plant,
    load_scenario,
    load_with_plant,
    parse_plant,
    parse_scenario,
)
from simtwin.plant.model import Intervention

PLANT = """\
plant: two
machines:
  - id: m1
    preset: generic-vmc-40
    group: mills
    buffer: 2
    magazine: [{tool: t, edges: 2}]
    failures:
      - {id: pump, clock: powered, life_h: 100, repair_h: 1}
      - {id: chuck, clock: cycles, life_cycles: 50, repair_h: 1}
  - {id: m2, preset: generic-vmc-40, group: mills, magazine: [{tool: t}]}
  - {id: plain}
tools: [{id: t, preset: end-mill-16-steel}]
programs:
  - id: prog
    material: P6
    steps:
      - mill:
          {tool: t, speed_m_min: 140, feed_mm: 0.07, depth_mm: 12, width_mm: 4, path_mm: 900}
products:
  - id: part
    route:
      - {operation: a, machines: [mills], program: prog}
      - {operation: b, machines: [plain], duration_min: 5}
"""
TWO = parse_plant(PLANT)
HEAD = "scenario: s\nplant: two\nstart: 2026-01-05 06:00\nhorizon: 8 h\n"
ORDERS = "orders: [{id: o1, product: part, quantity: 3}]\n"


def read(text: str):
    """Return the scenario in *text* for the small plant."""
    return parse_scenario(HEAD + text, TWO)


def problems_of(text: str) -> list[str]:
    """Return what the loader says about a scenario *text* for the small plant."""
    with pytest.raises(FileProblems) as caught:
        parse_scenario(text, TWO)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("release", "seconds"), [("2026-01-05", 0.0), ("2026-01-06", 18 * 3600.0)]
)
def test_a_release_on_a_day_is_when_the_day_begins(release, seconds):
    """On the day of the start it is the start itself, not a time before it."""
    scenario = read(f"orders: [{{id: o1, product: part, release: {release}}}]")
    assert scenario.orders[0].release == seconds


@pytest.mark.parametrize(
    ("due", "seconds"),
    [
        ('due: "14:00"', 8 * 3600.0),
        ('due: "14:00:30"', 8 * 3600.0 + 30.0),
        ('due: "05:00"', 23 * 3600.0),
        ("due: 06:00", 0.0),
        ('due: "2026-01-06 10:00"', 28 * 3600.0),
        ("due: 2026-01-05T07:00", 3600.0),
        ("due: 2026-01-06", 41.0 * 3600.0 + 59 * 60.0),
        ("due: +90 min", 5400.0),
        ("due_min: 90", 5400.0),
        ("due_h: -2", -7200.0),
        ("due_s: 55", 55.0),
    ],
)
def test_times_of_day_become_seconds_after_the_start(due, seconds):
    """A time of day is the first one from the start on; dates and offsets are plain."""
    scenario = read(f"orders: [{{id: o1, product: part, {due}}}]")
    assert scenario.orders[0].due == seconds


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("due: soon", 'orders[0].due: must be a time as in "14:00"'),
        ('due: "25:00"', "orders[0].due: must be a time of day from 00:00 to 23:59"),
        ("due: 2026-01-05T14:00+01:00", "without a zone"),
        ('due: "+90"', "text with a unit"),
        ("release: 2026-01-05 05:00", "orders[0].release: lies before the start"),
        ("release_min: 5, release: 07:00", "'release' and 'release_min' exclude each other"),
        ("quantity: 0", "orders[0].quantity: must be >= 1 (got 0)"),
        ("quantity: 1.5", "orders[0].quantity: must be a whole number (got 1.5)"),
        ("quantity: 1e400", "orders[0].quantity: must be a whole number (got inf)"),
        ("due_h: 1e8", "orders[0].due_h: must lie within the years 1 to 9999"),
        ("release_min: 1e12", "orders[0].release_min: must lie within the years 1 to 9999"),
        ("prodct: part", "unknown key"),
    ],
)
def test_wrong_orders_are_refused_at_their_place(line, message):
    """Every problem of an order has its line, column and key (UX 4.2)."""
    problems = problems_of(HEAD + f"orders:\n  - {{id: o1, product: part, {line}}}\n")
    assert any(message in problem for problem in problems)
    assert all(problem.startswith("scenario.yaml:6:") for problem in problems)


def test_the_length_of_a_run_is_given_in_one_way():
    """A horizon with a unit, a number with the unit in its key, or a time of day."""
    base = "scenario: s\nplant: two\nstart: 2026-01-05 06:00\n" + ORDERS
    assert parse_scenario(base, TWO).horizon is None
    for line in ("horizon: 8 h", "horizon_h: 8", "horizon_min: 480 min", 'until: "14:00"'):
        assert parse_scenario(base + line, TWO).horizon == 28800.0
    assert any("exclude" in p for p in problems_of(base + 'until: "14:00"\nhorizon: 8 h'))
    assert any("must be > 0" in p for p in problems_of(base + "horizon: 0 h"))
    assert any("with a unit" in p for p in problems_of(base + "horizon: '8'"))
    far = "scenario.yaml:5:12 horizon_h: must end before the year 10000"
    assert problems_of(base + "horizon_h: 1e9") == [far]


def test_a_for_makes_a_second_act_that_ends_the_first():
    """An override goes back to 100, coolant comes on, a stop ends with a start (DESIGN 6)."""
    scenario = read(
        ORDERS
        + """\
events:
  - {at: 07:00, machine: m1, do: feed override, value: 80, for: 30 min}
  - {at_min: 30, machine: m1, do: coolant off, for_min: 15}
  - {at: +2 h, machine: plain, do: stop, for_h: 1}
  - {at: +1 h, machine: m2, do: breakdown, for: 2 h}
  - {at: +1 h, machine: m2, do: force tool change, value: t}
"""
    )
    assert scenario.interventions == (
        Intervention(1800.0, "m1", "coolant off", until=2700.0),
        Intervention(2700.0, "m1", "coolant on", undoes=True),
        Intervention(3600.0, "m1", "feed override", 80.0, until=5400.0),
        Intervention(3600.0, "m2", "breakdown", 7200.0),
        Intervention(3600.0, "m2", "force tool change", "t"),
        Intervention(5400.0, "m1", "feed override", 100.0, undoes=True),
        Intervention(7200.0, "plain", "stop", until=10800.0),
        Intervention(10800.0, "plain", "start", undoes=True),
    )


def test_a_rush_order_is_an_order_with_priority():
    """It is released at its event and goes first."""
    scenario = read(
        "events: [{at: 10:00, do: rush order, order: {id: r, product: part, quantity: 2, "
        "due: 12:00}}]"
    )
    (order,) = scenario.orders
    assert (order.release, order.due, order.priority) == (14400.0, 21600.0, 1)
    assert scenario.interventions == ()


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("do: breakdown, machine: m1", "'breakdown' needs 'for', its duration"),
        ("do: explode, machine: m1", "events[0].do: no act 'explode'"),
        ("do: stop", "'stop' needs a machine"),
        ("do: stop, machine: m9", "events[0].machine: no machine 'm9'"),
        ("do: coolant off, machine: plain, for: 1 h", "plain has neither spindle nor magazine"),
        ("do: coolant on, machine: plain", "events[0].do: 'coolant on' changes nothing: plain"),
        ("do: inspect, machine: plain", "plain has no failure mode whose level can be seen"),
        ("do: spindle override, machine: plain, value: 50", "neither spindle nor magazine"),
        ("do: force tool change, machine: plain", "changes nothing: plain has no magazine"),
        ("do: start, machine: m1, for: 1 h", "'for' means nothing"),
        ("do: feed override, machine: m1", "1 to 200 (none is given)"),
        ("do: feed override, machine: m1, value: 0.9", "1 to 200 (got 0.9); is 90 % meant?"),
        ("do: spindle override, machine: m1, value: 0", "1 to 200 (got 0)"),
        ("do: feed override, machine: m1, value: 201", "1 to 200 (got 201)"),
        ("do: feed override, machine: m1, value: 900", "needs a value in percent"),
        ("do: feed override, machine: m1, value: fast", "needs a value in percent"),
        ("do: stop, machine: m1, value: 3", "'stop' takes no value"),
        ("do: force tool change, machine: m1, value: drill", "no tool 'drill'"),
        ("do: rush order", "a rush order needs 'order'"),
        ("do: rush order, machine: m1, order: {id: r, product: part}", "takes no machine"),
        ("do: rush order, order: {id: r, product: part, release: 07:00}", "drop 'release'"),
        ("do: stop, machine: m1, order: {id: r, product: part}", "belongs to a rush order"),
        ("do: stop, machine: m1, for: 3", "needs a unit, as in '3 min' (got 3)"),
        ("do: stop, machine: m1, for: 3 kg", "must be a time in s, min, h"),
        ("do: stop, machine: m1, for: 0 h", "must be > 0"),
        ("do: stop, machine: m1, for: 1e300 h", "[0].for: must end within the years 1 to 9999"),
        ("do: stop, machine: m1, for_h: 1e200", "[0].for_h: must end within the years"),
        ("do: stop, machine: m1, for: 1 h, for_h: 1", "exclude each other"),
    ],
)
def test_an_intervention_on_nothing_is_refused(event, message):
    """Unknown machines, acts and tools, and values that mean nothing, are problems."""
    text = HEAD + ORDERS + f"events:\n  - {{at: 07:00, {event}}}\n"
    problems = problems_of(text)
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("scenario.yaml:7:") for problem in problems)


def test_an_event_before_the_start_is_refused():
    """The past cannot be changed."""
    text = HEAD + ORDERS + "events:\n  - {at: 2026-01-05 05:00, machine: m1, do: stop}\n"
    assert "lies before the start" in problems_of(text)[0]


def test_a_person_can_write_the_present_state():
    """Work, temperatures, wear and ages become the start state in SI (DESIGN 6)."""
    start = read(
        ORDERS
        + """\
start_from:
  work:
    - {order: o1, piece: 1, operation: b, machine: plain, left_min: 2}
    - {order: o1, pieces: [2, 3], operation: a, station: mills}
  machines:
    - id: m1
      temperatures: {front_c: 50}
      bearings: {front: {damage: 2.5}, rear: {damage: 1}}
      tools: [{tool: t, edge: 1, vb_mm: 0.15}, {tool: t, edge: 2, damage: 0.25}]
      failures: [{id: pump, age_h: 40}, {id: chuck, age_cycles: 12}]
      stopped: true
    - {id: m2, temperatures: {steady: prog}, tools: [{tool: t, used_min: 20}], down_min: 25}
"""
    ).start_from
    assert [(w.piece, w.operation, w.machine, w.left) for w in start.work] == [
        (1, "b", "plain", 120.0), (2, "a", None, None), (3, "a", None, None),
    ]  # fmt: skip
    assert start.temperatures == {"m1": (22.0, 50.0, 22.0, 22.0, 22.0), "m2": "prog"}
    assert start.bearings == {("m1", "front"): 2.5, ("m1", "rear"): 1.0}
    assert land(start.lands["m1", "t", 1]) == pytest.approx(0.5)
    assert start.edges["m1", "t", 2] == 0.25
    assert 0.1 < start.edges["m2", "t", 1] < 1.0
    assert start.ages == {("m1", "pump"): 144000.0, ("m1", "chuck"): 12.0}
    assert start.stopped == ("m1",)
    assert start.repairs == {"m2": 1500.0}


def test_an_edge_may_be_told_by_the_parts_that_it_has_cut():
    """As a tool counter shows them; each as hard on it as the hardest operation here is."""
    text = ORDERS + "start_from: {machines: [{id: m1, tools: [{tool: t, %s}]}]}"
    by_parts = read(text % "used_parts: 10").start_from.edges["m1", "t", 1]
    tools = {tool.name: tool for tool in TWO.tools}
    worn = [
        piece_damage(operation, tools["t"], tools)
        for product in TWO.products
        for operation in product.operations
        if "m1" in {m.name for m in TWO.machines if m.station in operation.stations}
    ]
    assert by_parts == pytest.approx(10 * max(worn))


def test_ambient_is_a_word():
    """``temperatures: ambient`` is as cold as the hall, at every node."""
    start = read(
        ORDERS + "start_from: {machines: [{id: m1, temperatures: ambient}]}"
    ).start_from
    assert start.temperatures == {"m1": (22.0,) * 5}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("work: [{order: o9, piece: 1, operation: a}]", "no order 'o9'"),
        ("work: [{order: o1, piece: 1, operation: z}]", "no operation 'z'"),
        ("work: [{order: o1, piece: 9, operation: a}]", "order 'o1' has 3 pieces (got 9)"),
        ("work: [{order: o1, operation: a}]", "needs one of piece, pieces"),
        ("work: [{order: o1, piece: 1, operation: a, machine: plain}]", "cannot do 'a'"),
        ("work: [{order: o1, piece: 1, operation: a, station: plain}]", "'plain'"),
        ("work: [{order: o1, piece: 1, operation: a, left_min: 2}]", "left needs a machine"),
        ("work: [{order: o1, piece: 1, operation: b, machine: plain, left_min: 6}]",
         "left_min: 'b' takes 5 min in all (got 6)"),
        ("work: [{order: o1, piece: 1, operation: a, machine: m1, left_s: 1e4}]",
         "left_s: 'a' takes"),
        ("work: [{order: o1, pieces: [1, 1], operation: a}]", "stands twice"),
        ("work: [{order: o1, piece: 1, operation: a, machine: m1}, "
         "{order: o1, piece: 2, operation: a, machine: m1}]", "'m1' already holds a piece"),
        ("machines: [{id: m9}]", "no machine 'm9'"),
        ("machines: [{id: m1}, {id: m1}]", "'m1' stands twice"),
        ("machines: [{id: plain, temperatures: ambient}]", "has no spindle"),
        ("machines: [{id: plain, bearings: {front: {damage: 1}}}]", "has no bearings"),
        ("machines: [{id: m1, temperatures: {steady: prag}}]", "did you mean 'prog'?"),
        ("machines: [{id: m1, temperatures: {steady: prog, front_c: 3}}]", "must be ambient,"),
        ("machines: [{id: m1, temperatures: {}}]", "must be ambient, steady: PROGRAM"),
        ("machines: [{id: m1, tools: [{tool: x, damage: 1}]}]", "no tool 'x'"),
        (
            "machines: [{id: m1, tools: [{tool: t, damage: 9}]}]",
            "tools[0].damage: an edge is worn out after 1 nominal life, or after its own; 5.5",
        ),
        ("machines: [{id: m1, tools: [{tool: t, vb_mm: 50}]}]", "vb_mm: an edge is worn out"),
        ("machines: [{id: m1, tools: [{tool: t, used_min: 1e9}]}]", "used_min: an edge is w"),
        (
            "machines: [{id: m1, bearings: {front: {damage: 1000000}}}]",
            "must be <= 100 (got 1000000): half of all bearings outlive 3.4 nominal lives",
        ),
        ("machines: [{id: m1, down_min: 1e8}]", "down_min: must be <= 10000000"),
        ("machines: [{id: m1, failures: [{id: f, age_h: 1e10}]}]", "age_h: must be <= 1000000"),
        ("machines: [{id: m1, tools: [{tool: t, edge: 3, damage: 1}]}]", "holds 2 of 't'"),
        ("machines: [{id: m1, tools: [{tool: t}]}]",
         "needs one of damage, vb_mm, used_min, used_parts"),
        ("machines: [{id: m1, tools: [{tool: t, damage: 1}, {tool: t, damage: 1}]}]", "twice"),
        ("machines: [{id: m1, failures: [{id: belt, age_h: 1}]}]", "no failure mode 'belt'"),
        ("machines: [{id: m1, failures: [{id: chuck, age_h: 1}]}]", "needs age_cycles"),
        ("machines: [{id: m1, failures: [{id: pump, age_cycles: 1}]}]", "needs age_h"),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_is_refused(entry, message):
    """The start state is checked against plant and orders, each problem at its place."""
    problems = problems_of(HEAD + ORDERS + f"start_from:\n  {entry}\n")
    assert any(message in problem for problem in problems), problems
    assert all(int(problem.split(":")[1]) >= 6 for problem in problems)


def test_bulky_orders_stand_in_a_csv_beside_the_file(tmp_path):
    """The columns are the keys; quotes, a semicolon and a byte order mark are fine."""
    (tmp_path / "two.yaml").write_text(PLANT)
    scenario = tmp_path / "s.yaml"
    scenario.write_text(HEAD.replace("plant: two", "plant: two.yaml") + "orders: jobs.csv\n")
    jobs = tmp_path / "jobs.csv"
    for text in (
        'id,product,quantity,due\n0012,part,3,14:00\n"a, b",part,,\n\n',
        "\ufeffid;product;quantity;due\r\n0012;part;3;14:00\r\na, b;part\r\n",
    ):
        jobs.write_text(text, encoding="utf-8")
        plant, read_back = load_with_plant(scenario)
        assert plant.name == "two"
        first, second = read_back.orders
        assert (first.name, first.quantity, first.due) == ("0012", 3, 28800.0)
        assert (second.name, second.quantity, second.due) == ("a, b", 1, None)


@pytest.mark.parametrize(
    ("csv", "expected"),
    [
        ("id,product,quantity\no1,part,3\no2,part,many\n",
         "jobs.csv:3:9 orders[1].quantity: must be a number (got 'many')"),
        ("id,product\no1,pert\n",
         "jobs.csv:2:4 orders[0].product: no product 'pert'; did you mean 'part'? (products: "
         "part)"),
        ("id,prodct\no1,part\n", "jobs.csv:2:4 orders[0].prodct: unknown key; did you mean "
         "'product'? (required key 'product' is missing)"),
        ("id,product\no1,part,3\n", "jobs.csv:2:9 more cells than the 2 columns of the header"),
        ('id,product\n"o1,part\n', "jobs.csv:2:1 a quote is never closed"),
        ('id,product\n"o1"x,part\n', "jobs.csv:2:5 expected ',' after a closing quote"),
        ("id,id\n", "jobs.csv:1:4 column 2 needs a name of its own (got 'id')"),
        ("", "jobs.csv:1:1 file is empty"),
    ],
)  # fmt: skip
def test_problems_in_a_csv_have_its_line_and_column(tmp_path, csv, expected):
    """CSV errors are ``jobs.csv:17:4`` in the same form (UX 4.2)."""
    (tmp_path / "s.yaml").write_text(HEAD + "orders: jobs.csv\n")
    (tmp_path / "jobs.csv").write_text(csv)
    with pytest.raises(FileProblems) as caught:
        load_scenario(tmp_path / "s.yaml", TWO)
    assert expected in [str(problem) for problem in caught.value.problems]


def test_a_time_that_is_none_is_told_beside_a_wrong_number(tmp_path):
    """All problems of a list of orders at once: the time of one, the quantity of another."""
    (tmp_path / "s.yaml").write_text(HEAD + "orders: jobs.csv\n")
    rows = "id,product,quantity,due\no1,part,3,25:00\no2,part,-3,09:00\n"
    (tmp_path / "jobs.csv").write_text(rows)
    with pytest.raises(FileProblems) as caught:
        load_scenario(tmp_path / "s.yaml", TWO)
    assert [one.line for one in caught.value.problems] == [2, 3]
    assert "time of day from 00:00 to 23:59" in caught.value.problems[0].message


def test_only_the_horizon_is_wrong_where_the_horizon_is():
    """A warm-up that nobody asked for is not told to lie outside a run of no length."""
    base = "scenario: s\nplant: two\nstart: 2026-01-05 06:00\n" + ORDERS
    for line in ("horizon: 0 h", 'until: "2026-01-05 05:00"'):
        assert len(problems_of(base + line)) == 1


@pytest.mark.parametrize("name", ["../jobs.csv", "/etc/hosts.csv", "jobs.txt", "nowhere.csv"])
def test_a_csv_stands_beside_its_file(tmp_path, name):
    """A scenario reaches for no file outside its folder."""
    (tmp_path / "s.yaml").write_text(HEAD + f"orders: {name}\n")
    with pytest.raises(FileProblems, match="beside this one"):
        load_scenario(tmp_path / "s.yaml", TWO)


def test_a_scenario_without_work_is_refused():
    """No orders and no source: nothing would ever happen."""
    assert problems_of(HEAD) == [
        "scenario.yaml:1:1 nothing to make: no orders here and no source in the plant"
    ]


def test_a_source_needs_a_horizon():
    """Pieces without end need an end of the run."""
    with pytest.raises(FileProblems, match="needs a horizon"):
        parse_scenario("scenario: s\nplant: flow_line\n", load_plant("flow_line"))


def test_the_plant_of_a_scenario_must_exist():
    """An unknown plant is a problem at the key; a text reaches for bundled plants only."""
    text = HEAD.replace("plant: two", "plant: job_shpo") + ORDERS
    with pytest.raises(
        InvalidInput, match=r"scenario.yaml:2:8 plant: .*did you mean 'job_shop'"
    ):
        parse_scenario(text)


def test_a_sequence_names_known_machines_and_orders():
    """``dispatching: sequence`` lists orders per machine (ORACLES D1)."""
    lines = "dispatching: sequence\nsequence: {plain: [o1]}\n"
    assert read(ORDERS + lines).sequence == {"plain": ("o1",)}
    wrong = "dispatching: sequence\nsequence: {plan: [o2]}\n"
    problems = problems_of(HEAD + ORDERS + wrong)
    assert any("no machine 'plan'; did you mean 'plain'?" in p for p in problems)
    assert any("no order 'o2'" in p for p in problems)
    assert "needs dispatching" in problems_of(HEAD + ORDERS + "sequence: {plain: [o1]}\n")[0]


def test_a_sequence_in_python_names_known_machines_and_orders_too():
    """What a file would refuse, a run refuses, before its first event."""
    plant = parse_plant(PLANT)
    asked = parse_scenario(HEAD + ORDERS, plant)
    for sequence, message in (
        ({"plain": ("o1", "o2")}, "sequence.plain: no order 'o2'; "),
        ({"plan": ("o1",)}, r"sequence.plan: no machine 'plan'; did you mean 'plain'\?"),
    ):
        wrong = asked.with_changes({"dispatching": "sequence", "sequence": sequence})
        with pytest.raises(InvalidInput, match=message):
            simulate(plant, wrong)


def test_an_order_has_an_end_before_it_begins():
    """A quantity that no shop could ever make is a slip of the pen, not a long wait."""
    problems = problems_of(HEAD + "orders: [{id: o1, product: part, quantity: 99999999999}]\n")
    assert any("quantity: must be <= 100000" in problem for problem in problems), problems


def test_parts_per_tool_need_time_to_wear_it():
    """A tool that lasts five parts of no length has no rate of wear; the line says so."""
    text = PLANT.replace("duration_min: 5}", "duration_min: 0, tool: t, parts_per_tool: 5}")
    text = text.replace("{id: plain}", "{id: plain, magazine: [{tool: t}]}")
    with pytest.raises(FileProblems, match="parts_per_tool: needs a duration above 0"):
        parse_plant(text)


def test_a_spread_in_percent_is_no_sigma():
    """40 % written as 40 has a mean that no float holds."""
    text = """
plant: p
crew: {members: 1}
machines:
  - id: m
    failures:
      - {id: f, clock: calendar, life_h: 10, repair: {lognormal: {median_h: 1, sigma: 40}}}
products: [{id: p, route: [{operation: o, machines: [m], duration_min: 5}]}]
"""
    with pytest.raises(InvalidInput, match=r":7:\d+ .*sigma must be <= 5.* is near 0.4"):
        parse_plant(text)


@pytest.mark.parametrize("text", ["5 h", "+5 h", "300 min", "11:00"])
def test_the_warm_up_is_a_length_as_the_horizon_is(text):
    """``horizon: 8 h`` beside ``measure_from: 5 h``, with or without a plus; or clock time."""
    assert read(f"{ORDERS}measure_from: '{text}'\n").measure_from == 18000.0
    problems = problems_of(f"{HEAD}{ORDERS}measure_from: 3 kg\n")
    assert any("measure_from: must be a time as in" in problem for problem in problems)


@pytest.mark.parametrize(
    ("rest", "place"),
    [
        ("orders: []", ":1:1 orders: nothing to make"),
        ("until: 14:00\nhorizon: 8 h", ":1:1 until: 'until' and 'horizon' exclude each other"),
        (
            "orders: [{id: a, product: part, quantity: 3}]\n"
            "start_from: {work: [{order: a, pieces: [1, 4, 1], operation: o}]}",
            ":2:44 start_from.work[0].pieces[1]: order 'a' has 3 pieces (got 4)",
        ),
        (
            "orders: [{id: a, product: part, quantity: 3}]\n"
            "start_from: {work: [{order: a, pieces: [1, 2, 1], operation: o}]}",
            ":2:47 start_from.work[0].pieces[2]: piece 1 of 'a' stands twice",
        ),
        (
            "orders: [{id: a, product: part, quantity: 3}]\n"
            "start_from: {work: [{order: a, piece: 4, operation: o}]}",
            ":2:39 start_from.work[0].piece: order 'a' has 3 pieces (got 4)",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_own_key(rest, place):
    """Not at the beginning of the file or of the item (UX 4.2)."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: m}]\nproducts: [{id: part, route: "
        "[{operation: o, machines: [m], duration_min: 3}]}]\n"
    )
    with pytest.raises(FileProblems) as caught:
        parse_scenario(rest + "\nscenario: s\nplant: p\n", plant)
    assert place in str(caught.value)

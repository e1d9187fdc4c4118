"""Tests of shifts: what machines do at their ends, what counts, and what a file must say."""

from __future__ import annotations

import pytest

from simtwin.errors import Deadlock, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario

PLANT = """
plant: two
calendars:
  - {id: early, week: {mon-fri: ["06:00-14:00"]}, breaks: ["09:00-09:15"]}
calendar: early
at_shift_end: HABIT
machines:
  - id: m
    failures: [{id: f, clock: on_shift, life_h: 10, repair_min: 30}]
  - {id: n, calendar: always}
products:
  - {id: w, route: [{operation: a, machines: [m], duration_min: 100},
     {operation: b, machines: [n], duration_min: 30}]}
"""

FRIDAY = """
scenario: friday
plant: two
start: 2026-01-09 06:00
orders: [{id: a, product: w, quantity: 8}]
"""


def run(habit: str, plant: str = PLANT, scenario: str = FRIDAY):
    """Return a run of eight pieces of 100 minutes that begins on a Friday."""
    model = parse_plant(plant.replace("HABIT", habit))
    return simulate(model, parse_scenario(scenario, model))


def told(result, machine: str = "m"):
    """Return (state, from, to) of a machine [min], as far as to the first hour of Monday."""
    rows = [row for row in result.log.states if row.machine == machine]
    return [(row.mode, row.start / 60, row.end / 60) for row in rows]


MONDAY = 72 * 60.0


def test_a_pause_keeps_the_work_that_is_left():
    """The piece in hand at the break, and on Friday at two, is gone on with later."""
    rows = told(run("pause"))
    assert rows[1:4] == [("producing", 100, 180), ("off shift", 180, 195),
                         ("producing", 195, 215)]  # fmt: skip
    assert ("producing", 415, 480) in rows
    assert ("off shift", 480, MONDAY) in rows
    assert ("producing", MONDAY, MONDAY + 35) in rows


def test_who_finishes_takes_no_notice_until_the_piece_is_done():
    """Nothing begins after the end; the overtime counts as producing."""
    rows = told(run("finish"))
    assert rows[4:6] == [("producing", 400, 500), ("off shift", 500, MONDAY)]


def test_who_scraps_makes_another():
    """Eight good pieces need more than eight."""
    result = run("scrap")
    assert result.window.machines["m"].counts["scrap"] > 0
    assert result.kpis["good_pieces"].value == 8
    assert ("off shift", 180, 195) in told(result)


def test_who_holds_releases_starts_nothing_that_would_end_later():
    """100 minutes do not fit into the 80 before the break, nor into the 65 before two."""
    rows = told(run("hold release"))
    assert rows[:3] == [("producing", 0, 100), ("idle", 100, 180), ("off shift", 180, 195)]
    assert ("idle", 395, 480) in rows
    assert ("producing", MONDAY, MONDAY + 100) in rows


def test_who_holds_a_release_begins_what_another_feed_makes_short_enough():
    """100 minutes do not fit into the 80 before the break; at 150 % from 01:50 on they do."""
    faster = FRIDAY + "events: [{at: +110 min, machine: m, do: feed override, value: 150}]"
    rows = told(run("hold release", scenario=faster))
    assert rows[1:3] == [("idle", 100, 110), ("producing", 110, pytest.approx(110 + 100 / 1.5))]


SHARED = """
plant: shared
calendars: [{id: early, week: {mon-fri: ["06:00-07:00"]}}]
machines:
  - {id: m, group: pair, calendar: early, at_shift_end: hold release}
  - {id: n, group: pair}
products:
  - {id: long, route: [{operation: a, machines: [pair], duration_min: 90}]}
  - {id: short, route: [{operation: a, machines: [pair], duration_min: 20}]}
"""


def test_who_holds_a_release_begins_what_another_uncovers_in_the_queue():
    """M holds the long piece back; when n takes it, the short one fits into m's shift."""
    model = parse_plant(SHARED)
    orders = "orders: [{id: a, product: long}, {id: b, product: short}]"
    friday = f"scenario: friday\nplant: shared\nstart: 2026-01-09 06:00\n{orders}\n"
    result = simulate(model, parse_scenario(friday, model))
    assert told(result, "m")[0] == ("producing", 0, 20)
    assert told(result, "n")[0] == ("producing", 0, 90)


def test_the_clock_on_shift_stands_still_off_shift():
    """Ten hours of shift are over on Monday at 08:15: 7.75 h on Friday, then 2.25."""
    rows = told(run("pause"))
    assert ("down", MONDAY + 135, MONDAY + 165) in rows


def test_shares_add_up_and_oee_leaves_the_night_out():
    """The machine produced 800 of its 915 minutes on shift; the rest is off shift."""
    result = run("pause")
    totals = result.window.machines["m"]
    assert sum(totals.time) == result.window.elapsed
    table = result.frame("machines").set_index("machine")
    assert 0.8 < table.loc["m", "availability"] <= 1.0


def test_a_machine_of_another_calendar_works_on():
    """Pieces go on at night where somebody works, and the queue waits where nobody does."""
    rows = told(run("pause"), "n")
    assert all(mode != "off shift" for mode, _, _ in rows)


def test_a_repair_goes_on_after_the_shift():
    """Down at two stays down until it is repaired, and is off shift then."""
    text = FRIDAY + "events: [{at_min: 470, machine: m, do: breakdown, for_min: 60}]\n"
    rows = told(run("pause", scenario=text))
    assert rows[rows.index(("down", 470, 530)) + 1] == ("off shift", 530, MONDAY)


def test_nobody_who_ever_works_is_a_deadlock():
    """Open orders and a calendar without shifts can never end."""
    never = PLANT.replace('{mon-fri: ["06:00-14:00"]}', "{}")
    with pytest.raises(Deadlock, match="m is off shift"):
        run("pause", plant=never)


LONG = """
plant: p
calendars: [{id: c, week: {mon-fri: ["06:00-14:00"]}, breaks: ["09:00-09:30"]}]
calendar: c
at_shift_end: HABIT
machines: [{id: m}]
products: [{id: x, route: [{operation: o, machines: [m], duration_min: 290, setup_min: 10}]}]
"""


@pytest.mark.parametrize(
    ("habit", "at", "told", "checked"),
    [
        ("hold release", "0 s, 06:00", "m never begins x/o: it takes 5 h,", "is never begun"),
        (
            "scrap",
            "10800 s, 09:00",
            "m never ends x/o: it takes 4 h 50 min,",
            "is scrapped every time",
        ),
    ],
)
def test_work_that_fits_no_shift_is_named(habit: str, at: str, told: str, checked: str):
    """Before the run and at once in it; 4 h 30 min is the longest stretch."""
    plant = parse_plant(LONG.replace("HABIT", habit))
    text = "scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{id: a, product: x}]\n"
    scenario = parse_scenario(text, plant)
    longest = f"the longest stretch of c is 4 h 30 min (at_shift_end: {habit})"
    with pytest.raises(Deadlock) as caught:
        simulate(plant, scenario)
    assert str(caught.value).startswith(f"deadlock at {at}: 1 piece is open")
    assert told in str(caught.value)
    assert longest in str(caught.value)
    (warning,) = understand(plant, scenario).warnings
    assert warning.startswith(f"x/o {checked}")
    assert longest in warning
    assert understand(plant).warnings == (warning,)


FASTER = """
plant: p
calendars: [{id: early, week: {mon-fri: ["06:00-07:20"]}}]
machines:
  - {id: m, calendar: early, at_shift_end: hold release}
  - {id: n, unused: true}
programs: [{id: by-hand, steps: [{handle_min: 40}, {timed: {duration_min: 60}}]}]
products: [{id: w, route: [{operation: a, machines: [m], program: by-hand}]}]
"""


@pytest.mark.parametrize(
    ("machine", "feeds", "takes"),
    [
        ("m", (80, 150, 120), ""),
        ("m", (150.1,), ""),
        ("m", (149,), "1 h 20 min at 149 % feed"),
        ("m", (80,), "1 h 40 min"),
        ("n", (150,), "1 h 40 min"),
    ],
)
def test_what_fits_is_judged_at_the_fastest_feed_that_is_planned(machine, feeds, takes):
    """40 minutes by hand are as long under any feed; 60 of the machine are 40 at 150 %."""
    plant = parse_plant(FASTER)
    acts = ", ".join(
        f"{{at: +{k} min, machine: {machine}, do: feed override, value: {feed}, for: 1 min}}"
        for k, feed in enumerate(feeds, start=5)
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: 80 min\n"
        f"orders: [{{id: a, product: w}}]\nevents: [{acts}]\n",
        plant,
    )
    told = [line for line in understand(plant, scenario).warnings if "never begun" in line]
    assert len(told) == bool(takes)
    assert not takes or f"it takes {takes}, and the longest stretch" in told[0]


@pytest.mark.parametrize(
    ("act", "horizon", "denied"),
    [
        ("at: 20:00, value: 150, for: 5 min", "48 h", True),
        ("at: 20:00, value: 150, for: 12 h", "48 h", False),
        ("at: 20:00, value: 150", "48 h", False),
        ("at: 20:00, value: 150", "10 h", True),
        ("at: +5 h, value: 150", "4 h", True),
        ("at: +13 min, value: 150, for: 1 min", "48 h", False),
        ("at: +80 min, value: 150, for: 1 min", "48 h", True),
    ],
)
def test_a_feed_that_never_meets_work_makes_nothing_fit(act, horizon, denied):
    """While the shop is closed nothing is begun at any feed, nor after the end."""
    plant = parse_plant(FASTER.replace("program: by-hand", "duration_min: 100"))
    scenario = parse_scenario(
        f"scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: {horizon}\n"
        "orders: [{id: a, product: w}]\n"
        f"events: [{{machine: m, do: feed override, {act}}}]\n",
        plant,
    )
    told = [line for line in understand(plant, scenario).warnings if "never begun" in line]
    assert bool(told) is denied
    if not denied:
        assert "started" in {step.kind for step in simulate(plant, scenario).log.pieces}


def test_what_another_feed_makes_fit_is_begun_and_not_denied():
    """100 minutes do not fit into 80; at 150 % they do, and the run is done at 07:12."""
    plant = parse_plant(FASTER.replace("program: by-hand", "duration_min: 100"))
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{id: a, product: w}]\n"
        "events: [{at: +5 min, machine: m, do: feed override, value: 150}]\n",
        plant,
    )
    assert not any("never begun" in line for line in understand(plant, scenario).warnings)
    finish = simulate(plant, scenario).window.orders[0].finish
    assert finish == pytest.approx(300 + 4000)


@pytest.mark.parametrize(("set_up_for", "denied"), [("f", False), ("g", True)])
def test_what_a_machine_is_set_up_for_at_the_start_needs_no_setup(set_up_for, denied):
    """75 minutes fit into 80, with a setup of ten they do not."""
    other = "{operation: b, machines: [n], duration_min: 1, setup_family: g}"
    plant = parse_plant(
        FASTER.replace(", unused: true", "")
        .replace("program: by-hand", "duration_min: 75, setup_min: 10, setup_family: f")
        .replace("route: [", f"route: [{other}, ")
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{id: a, product: w}]\n"
        f"start_from: {{machines: [{{id: m, set_up_for: {set_up_for}}}]}}\n",
        plant,
    )
    told = [line for line in understand(plant, scenario).warnings if "never begun" in line]
    assert bool(told) is denied
    if not denied:
        assert simulate(plant, scenario).window.orders[0].finish is not None


BLUNT = """
plant: p
calendars: [{id: early, week: {mon-sun: ["06:00-07:20"]}}]
machines:
  - {id: m, preset: generic-vmc-40, feed_override: 90, calendar: early,
     at_shift_end: hold release, magazine: [{tool: fm, edges: 2}]}
tools: [{id: fm, preset: face-mill-63-steel, life_scatter: 0, break_rate_per_h: 0}]
programs:
  - id: p
    material: P6
    steps: [mill: {tool: fm, speed_m_min: 200, feed_mm: 0.2, depth_mm: DEPTH, width_mm: 50,
                   path_mm: 6000}]
products:
  - {id: a, route: [{operation: o, machines: [m], program: p}]}
  - {id: w, route: [{operation: long, machines: [m], duration_min: 78, load: light}]}
"""


@pytest.mark.parametrize(("depth", "denied"), [("3", False), ("2", True)])
def test_an_overload_puts_the_feed_to_100_percent(depth, denied):
    """78 minutes are 87 at the machine's own 90 %, until a worn edge has stalled it."""
    plant = parse_plant(BLUNT.replace("DEPTH", depth))
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: 48 h\n"
        "orders: [{id: o, product: a, quantity: 3}, {id: z, product: w}]\n"
        "start_from: {machines: [{id: m, tools: [{tool: fm, edge: 1, damage: 0.9}]}]}\n",
        plant,
    )
    told = [line for line in understand(plant, scenario).warnings if "never begun" in line]
    assert bool(told) is denied
    if not denied:
        result = simulate(plant, scenario)
        assert result.window.machines["m"].counts["overloads"] > 0
        assert all(order.finish is not None for order in result.window.orders)


def test_a_piece_as_long_as_the_shift_is_begun_whatever_the_spindle_takes_to_run_up():
    """80 minutes and a run-up: the run looks at the 80 minutes, and so does check."""
    plant = parse_plant(
        FASTER.replace("id: m,", "id: m, preset: generic-vmc-40,").replace(
            "program: by-hand", "duration_min: 80, load: light"
        )
    )
    text = "scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{id: a, product: w}]\n"
    scenario = parse_scenario(text, plant)
    assert not any("never begun" in line for line in understand(plant, scenario).warnings)
    log = simulate(plant, scenario).log
    assert [step.time for step in log.pieces if step.kind == "started"] == [0.0]


@pytest.mark.parametrize(
    ("habit", "preset", "work", "told"),
    [
        ("hold release", "", "program: thirds", "begins"),
        ("scrap", "", "program: thirds", "ends"),
        ("scrap", "preset: generic-vmc-40, ", "duration_min: 80, load: light", "ends"),
    ],
)
def test_check_and_run_judge_work_as_long_as_the_shift_alike(habit, preset, work, told):
    """Three steps of 80 min in all, each rounded up to the grid, or 80 min and a run-up."""
    steps = ", ".join(f"{{timed: {{duration_s: {s}}}}}" for s in (1600.1, 1600.1, 1599.8))
    plant = parse_plant(
        FASTER.replace("programs: [", f"programs: [{{id: thirds, steps: [{steps}]}}, ")
        .replace("hold release", habit)
        .replace("{id: m, ", f"{{id: m, {preset}")
        .replace("program: by-hand", work)
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{id: a, product: w}]\n",
        plant,
    )
    warned = [line for line in understand(plant, scenario).warnings if "longest" in line]
    assert len(warned) == 1
    with pytest.raises(Deadlock, match=f"m never {told} w/a: it takes 1 h 20 min"):
        simulate(plant, scenario)


def test_a_long_shift_to_come_is_waited_for():
    """A Saturday without a break in ten hours is long enough for five."""
    days = 'calendars: [{id: c, other: {2026-01-10: ["10:00-20:00"]}, '
    plant = parse_plant(
        LONG.replace("HABIT", "hold release").replace("calendars: [{id: c, ", days)
    )
    text = "scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{id: a, product: x}]\n"
    scenario = parse_scenario(text, plant)
    assert understand(plant, scenario).warnings == ()
    saturday = 5 * 24 * 3600.0 + 4 * 3600.0
    assert simulate(plant, scenario).kpis["makespan"].value == saturday + 5 * 3600.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('mon-fri: ["06:00-25:00"]', r'must be from and to, as "06:00-14:00"'),
        ('mon-fry: ["06:00-14:00"]', "must be a day or days, as mon or mon-fri"),
        ('fri-mon: ["06:00-14:00"]', "must go forward in the week"),
        ('mon-fri: ["06:00-14:00"], fri: ["15:00-16:00"]', "fri stands twice"),
    ],
)
def test_wrong_weeks_are_refused(wrong: str, said: str):
    """Each with what would be right."""
    with pytest.raises(InvalidInput, match=said):
        parse_plant(PLANT.replace("HABIT", "pause").replace('mon-fri: ["06:00-14:00"]', wrong))


def test_wrong_dates_and_names_are_refused():
    """A date that is none, a calendar that is none, a habit that is none."""
    plant = PLANT.replace("HABIT", "pause")
    with pytest.raises(InvalidInput, match=r"closed\[0\]: must be a date as 2026-12-25"):
        parse_plant(plant.replace("breaks:", 'closed: ["25.12.2026"], breaks:'))
    with pytest.raises(InvalidInput, match=r'over midnight for 23 h 45 min .*"09:00-09:15"\?'):
        parse_plant(plant.replace("09:00-09:15", "09:15-09:00"))
    parse_plant(plant.replace("09:00-09:15", "23:45-00:15"))
    with pytest.raises(InvalidInput, match=r"calendar: no calendar 'late'; .*early, always"):
        parse_plant(plant.replace("calendar: always", "calendar: late"))
    with pytest.raises(InvalidInput, match="at_shift_end"):
        parse_plant(PLANT.replace("HABIT", "stop"))


CREWS = """
plant: crews
calendars:
  - {id: crew, week: {mon-sun: ["06:00-14:00"]}, breaks: ["06:20-06:30"]}
crews:
  - {id: fitter, members: 1, calendar: crew}
  - {id: electrician, members: 1, skills: [electric]}
  - {id: setter, members: 1, skills: [setup], calendar: crew}
machines:
  - id: a
    failures:
      - {id: f, clock: calendar, life_min: 10, repair: {uniform: {low_min: 12, high_min: 20}}}
  - id: b
    failures: [{id: f, clock: calendar, life_min: 12, repair_min: 30}]
  - id: c
    failures: [{id: f, clock: calendar, life_min: 12, repair_min: 30, skill: electric}]
  - {id: d}
  - {id: e}
products:
  - {id: p, route: [{operation: o, machines: [a, b, c], duration_min: 1}]}
  - {id: q, route: [{operation: o, machines: [d], duration_min: 10, setup_min: 18}]}
  - {id: r, route: [{operation: o, machines: [e], duration_min: 10, setup_min: 5}]}
"""

MORNING = """
scenario: morning
plant: crews
start: 2026-01-09 06:00
horizon: 2 h
orders: [{id: q, product: q}, {id: r, product: r}]
"""


def test_repairs_follow_the_shift_of_their_crew_and_skills_have_their_own():
    """A repair is laid down for the break; who waits for the same fitter waits on."""
    model = parse_plant(CREWS)
    result = simulate(model, parse_scenario(MORNING, model))
    a, b, c = (told(result, name) for name in "abc")
    assert a[1:3] == [("down", 10, 20), ("waiting for crew", 20, 30)]
    assert a[3][:2] == ("down", 30)
    assert 12 <= 10 + a[3][2] - 30 <= 20
    assert b[1] == ("waiting for crew", 12, a[3][2])
    assert c[1] == ("down", 12, 42)


def test_setups_wait_for_a_setter():
    """The setup of e waits its turn, and is laid down when the break comes."""
    model = parse_plant(CREWS)
    result = simulate(model, parse_scenario(MORNING, model))
    assert told(result, "d")[:2] == [("setup", 0, 18), ("producing", 18, 28)]
    assert told(result, "e")[:4] == [
        ("waiting for crew", 0, 18),
        ("setup", 18, 20),
        ("waiting for crew", 20, 30),
        ("setup", 30, 33),
    ]


def test_who_finishes_a_setup_off_shift_waits_for_no_setter():
    """KERNEL 27: its setter leaves at 06:10 and so would it; off shift, it waits from 06:30.

    So does e, whose turn has not come. Off shift both draw standby power, else ready power.
    """
    power = "power: {standby_kw: 0.3, ready_kw: 0.7}"
    text = CREWS.replace("machines:\n", "at_shift_end: finish\nmachines:\n")
    for name in "de":
        text = text.replace(f"{{id: {name}}}", f"{{id: {name}, calendar: crew, {power}}}")
    model = parse_plant(text.replace('breaks: ["06:20-06:30"]', 'breaks: ["06:10-06:30"]'))
    result = simulate(model, parse_scenario(MORNING, model))
    assert told(result, "d")[:4] == [
        ("setup", 0, 10),
        ("off shift", 10, 30),
        ("waiting for crew", 30, 35),  # E is served first: it has waited from the start.
        ("setup", 35, 43),
    ]
    assert result.kpis["setter_wait"].value == (10 + 5) * 60.0
    assert told(result, "e")[:3] == [
        ("waiting for crew", 0, 10),
        ("off shift", 10, 30),
        ("setup", 30, 35),
    ]
    for name, waited in (("d", 5), ("e", 10)):
        energies = result.machines[name].energies
        assert energies["off shift"] == pytest.approx(20 * 60 * 300.0)
        assert energies["waiting for crew"] == pytest.approx(waited * 60 * 700.0)


def test_a_forecast_draws_what_is_left_of_a_repair_that_was_laid_down():
    """After ten minutes of work at most ten of the twenty are left, and two at least."""
    model = parse_plant(CREWS)
    scenario = parse_scenario(MORNING, model)
    snapshot = simulate(model, scenario, until=25 * 60.0).snapshot
    ends = set()
    for replication in range(30):
        ahead = simulate(
            model, scenario, snapshot=snapshot, forecast=True, seed=5, replication=replication
        )
        row = next(r for r in ahead.log.states if (r.machine, r.mode) == ("a", "down"))
        ends.add((row.end - row.start) / 60)
    assert len(ends) == 30
    assert 2 <= min(ends) < 3
    assert 9 < max(ends) <= 10


def test_crews_that_contradict_each_other_are_refused():
    """Two kinds of crew, a name twice, a skill that nobody has."""
    with pytest.raises(InvalidInput, match="'crew' and 'crews' exclude each other"):
        parse_plant(CREWS + "crew: {members: 1}\n")
    with pytest.raises(InvalidInput, match="a second crew 'fitter'"):
        parse_plant(CREWS.replace("id: electrician", "id: fitter"))
    with pytest.raises(InvalidInput, match=r"skill: no skill of a crew 'elektrik'; .*electric"):
        parse_plant(CREWS.replace("skill: electric", "skill: elektrik"))


HOT = """
plant: hot
calendars: [{id: day, week: {mon-sun: ["06:00-07:00", "08:00-09:00"]}}]
machines: [{id: m, preset: generic-vmc-40, calendar: day}]
products: [{id: p, route: [{operation: o, machines: [m], duration_min: 5, load: heavy}]}]
"""


def test_a_machine_cools_off_shift_and_draws_standby():
    """At seven it is hot and an hour later nearly cold; off shift it draws standby power."""
    model = parse_plant(HOT)
    text = "scenario: s\nplant: hot\nstart: 2026-01-05 06:00\nhorizon: 4 h\n"
    scenario = parse_scenario(text + "orders: [{id: a, product: p, quantity: 20}]", model)
    evening, morning = (
        max(simulate(model, scenario, until=at).snapshot.states["m"].temperatures)
        for at in (3600.0, 7210.0)
    )
    assert evening > 50
    assert model.ambient < morning < 30
    machine = simulate(model, scenario).machines["m"]
    off = machine.shares["off shift"] * 4 * 3600.0
    standby = model.machines[0].power.standby
    assert machine.energies["off shift"] == pytest.approx(off * standby)


def test_a_machine_that_is_closed_while_it_rests_has_drawn_what_rest_draws():
    """With one piece due late it is ready for two hours of shift, and on standby for two."""
    model = parse_plant(HOT)
    text = "scenario: s\nplant: hot\nstart: 2026-01-05 06:00\nhorizon: 4 h\n"
    late = "orders: [{id: a, product: p, release_h: 5}]"
    energies = simulate(model, parse_scenario(text + late, model)).machines["m"].energies
    power = model.machines[0].power
    assert energies["starved"] + energies["idle"] == pytest.approx(7200.0 * power.ready)
    assert energies["off shift"] == pytest.approx(7200.0 * power.standby)


def test_who_holds_releases_says_so():
    """It is idle, not starved, for it lacks no piece; and ``why`` names what it holds back."""
    result = run("hold release")
    assert "idle since" in result.why("m", 7200.0)
    assert "in front of it, but would end after the shift or a break" in result.why("m", 7200.0)


@pytest.mark.parametrize(
    ("habit", "told"), [("scrap", "scraps the piece in hand"), ("pause", "pauses")]
)
def test_check_says_that_breaks_are_ends_of_a_shift_too(habit: str, told: str):
    """What a machine does at the end of its shift it does before each break."""
    text = LONG.replace("HABIT", habit)
    assert (
        f"works c, at the end and at each break {told}" in understand(parse_plant(text)).text()
    )
    without = text.replace(', breaks: ["09:00-09:30"]', "")
    assert f"works c, at the end {told}" in understand(parse_plant(without)).text()


OVERHEATED = """
plant: cell
calendars: [{id: early, week: {mon-sun: ["06:00-06:30"]}}]
machines:
  - {id: m, preset: generic-vmc-40, magazine: [{tool: t}], calendar: early, at_shift_end: HABIT}
tools: [{id: t, kind: any, life_min: 3000, life_scatter: 0, break_rate_per_h: 0}]
products:
  - id: x
    route: [{operation: o, machines: [m], duration_min: 200, load: heavy, tool: t}]
"""

DRY = """
scenario: dry
plant: cell
start: 2026-01-05 06:00
horizon: 9 h
orders: [{id: a, product: x, quantity: 2}]
events: [{at: +1 min, machine: m, do: coolant off}]
"""


def test_a_branch_cools_down_after_the_shift_as_its_original():
    """A spindle that trips in overtime goes on when it has cooled, in a branch too."""
    plant = parse_plant(OVERHEATED.replace("HABIT", "finish"))
    scenario = parse_scenario(DRY, plant)
    whole = simulate(plant, scenario)
    assert whole.log is not None
    hold = next(row for row in whole.log.states if row.mode == "thermal hold")
    assert hold.start > 30 * 60.0
    assert whole.window.orders[0].finished == 1
    for cut in (hold.start - 1.0, hold.start, (hold.start + hold.end) / 2, hold.end):
        half = simulate(plant, scenario, until=cut)
        rest = simulate(plant, scenario, snapshot=half.snapshot)
        assert rest.snapshot == whole.snapshot


EARLY = """
plant: p
calendars: [{id: early, week: {mon-sun: ["06:00-07:20"]}}]
machines: [{id: m, calendar: early, at_shift_end: HABIT}]
products:
"""
MADE = "  - {id: NAME, route: [{operation: o, machines: [m], HOW}]}\n"
OF_F = "duration_min: MIN, setup_min: 10, setup_family: f"


def checked_and_run(plant: str, scenario: str) -> tuple[list[str], str]:
    """Return what `check` says of what fits into a shift, and what the run says to that."""
    model = parse_plant(plant)
    asked = parse_scenario(
        f"scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: 96 h\n{scenario}", model
    )
    told = [line for line in understand(model, asked).warnings if "longest" in line]
    try:
        done = simulate(model, asked).window.orders
    except Deadlock as error:
        return told, str(error)
    return told, "finished" if all(one.finish is not None for one in done) else "open"


@pytest.mark.parametrize("habit", ["hold release", "scrap"])
def test_what_is_in_hand_at_the_start_need_not_begin(habit: str):
    """100 minutes do not fit into 80, but only five of the one piece are left."""
    plant = EARLY.replace("HABIT", habit)
    plant += MADE.replace("NAME", "w").replace("HOW", "duration_min: 100")
    scenario = (
        "orders: [{id: a, product: w, quantity: NUMBER}]\nstart_from: {work: "
        "[{order: a, piece: 1, operation: o, machine: m, left_min: 5}]}\n"
    )
    assert checked_and_run(plant, scenario.replace("NUMBER", "1")) == ([], "finished")
    told, _ = checked_and_run(plant, scenario.replace("NUMBER", "2"))
    assert len(told) == 1


@pytest.mark.parametrize(("short", "denied"), [("10", False), ("71", True)])
def test_another_of_its_family_may_do_the_setup(short: str, denied: bool):
    """75 minutes and a setup of 10 do not fit into 80; after the shorter none is needed."""
    plant = EARLY.replace("HABIT", "hold release")
    for name, minutes in (("y", short), ("w", "75")):
        plant += MADE.replace("NAME", name).replace("HOW", OF_F.replace("MIN", minutes))
    told, ran = checked_and_run(plant, "orders: [{id: a, product: y}, {id: b, product: w}]\n")
    assert any(line.startswith("w/o") for line in told) is denied
    assert (ran == "finished") is not denied


@pytest.mark.parametrize(
    ("end", "denied"), [("", True), (", for: 90 h", True), (", for: 1 h", False)]
)
def test_the_feed_of_a_machine_that_never_meets_work_makes_nothing_fit(end: str, denied: bool):
    """60 minutes are two hours at the 50 % from the start on; 90 h end in the last night."""
    plant = EARLY.replace("HABIT", "hold release")
    plant += MADE.replace("NAME", "w").replace("HOW", "duration_min: 60")
    act = f"{{at: +0 min, machine: m, do: feed override, value: 50{end}}}"
    told, ran = checked_and_run(plant, f"orders: [{{id: a, product: w}}]\nevents: [{act}]\n")
    assert bool(told) is denied
    assert not told or "it takes 2 h" in told[0]
    assert (ran == "finished") is not denied


@pytest.mark.parametrize(
    ("own", "minutes", "acts", "denied"),
    [
        (120, 90, "FEED, value: 50, for: 60 min}", False),
        (80, 70, "FEED, value: 50, for: 60 min}", True),
        (100, 70, "FEED, value: 50, for: 2 h}, LATER, value: 60, for: 90 h}", True),
        (100, 70, "FEED, value: 50, for: 26 h}, LATER, value: 60, for: 2 h}", False),
        (80, 70, "FEED, value: 50}, LATER, value: 100, for: 48 h}", False),
    ],
)
def test_what_a_planned_feed_is_undone_to_counts(
    own: int, minutes: int, acts: str, denied: bool
):
    """That is the own feed of the machine, or what lasts on below; never a flat 100 %."""
    plant = EARLY.replace("HABIT", f"hold release, feed_override: {own}")
    plant += MADE.replace("NAME", "w").replace("HOW", f"duration_min: {minutes}")
    acts = acts.replace("FEED", "{at: +0 min, machine: m, do: feed override")
    acts = acts.replace("LATER", "{at: +1 h, machine: m, do: feed override")
    told, ran = checked_and_run(plant, f"orders: [{{id: a, product: w}}]\nevents: [{acts}]\n")
    assert bool(told) is denied
    assert (ran == "finished") is not denied


@pytest.mark.parametrize("habit", ["hold release", "scrap"])
@pytest.mark.parametrize("law", ["rework: {share: 0.9, to: o}", "scrap: 0.9"])
def test_a_piece_that_may_come_again_is_to_begin(habit: str, law: str):
    """It is past the operation of 100 minutes in a shift of 80, and sent back to it."""
    plant = EARLY.replace("HABIT", habit).replace("}]\nproducts", "}, {id: k}]\nproducts")
    plant += (
        "  - {id: w, route: [{operation: o, machines: [m], duration_min: 100}, "
        f"{{operation: t, machines: [k], duration_min: 5, {law}}}]}}\n"
    )
    scenario = (
        "orders: [{id: a, product: w}]\nstart_from: {work: "
        "[{order: a, piece: 1, operation: t, machine: k, left_min: 5}]}\n"
    )
    told, ran = checked_and_run(plant, scenario)
    assert len(told) == 1
    assert f"never {'begins' if habit == 'hold release' else 'ends'} w/o" in ran
    told, ran = checked_and_run(plant.replace(f", {law}", ""), scenario)
    assert (told, ran) == ([], "finished")


@pytest.mark.parametrize(
    ("left", "feed", "denied"), [(95, 100, True), (70, 80, True), (60, 80, False)]
)
def test_a_piece_in_hand_that_the_shift_scraps_is_to_begin_anew(
    left: int, feed: int, denied: bool
):
    """What is left of it must end within the first 80 minutes, at the feed that holds."""
    plant = EARLY.replace("HABIT", f"scrap, feed_override: {feed}")
    plant += MADE.replace("NAME", "w").replace("HOW", "duration_min: 100")
    told, ran = checked_and_run(
        plant,
        "orders: [{id: a, product: w}]\nstart_from: {work: "
        f"[{{order: a, piece: 1, operation: o, machine: m, left_min: {left}}}]}}\n",
    )
    assert bool(told) is denied
    assert ("never ends w/o" in ran) is denied


def test_another_of_its_family_that_is_past_does_no_setup():
    """75 minutes and a setup of 10 do not fit into 80; the shorter one is done already."""
    plant = EARLY.replace("HABIT", "hold release")
    plant = plant.replace("}]\nproducts", "}, {id: k}]\nproducts")
    short = OF_F.replace("MIN", "10") + "}, {operation: q, machines: [k], duration_min: 5"
    plant += MADE.replace("NAME", "y").replace("HOW", short)
    plant += MADE.replace("NAME", "w").replace("HOW", OF_F.replace("MIN", "75"))
    told, ran = checked_and_run(
        plant,
        "orders: [{id: a, product: y}, {id: b, product: w}]\nstart_from: {work: "
        "[{order: a, piece: 1, operation: q, machine: k, left_min: 5}]}\n",
    )
    assert len(told) == 1
    assert "never begins w/o: it takes 1 h 25 min" in ran


def test_what_nobody_asks_for_stalls_no_machine():
    """78 minutes at 90 % do not fit; the operation that might stall it is never made."""
    told, ran = checked_and_run(BLUNT.replace("DEPTH", "3"), "orders: [{id: z, product: w}]\n")
    assert len(told) == 1
    assert "never begins w/long: it takes 1 h 27 min" in ran

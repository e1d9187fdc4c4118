"""Laws: heat, wear, fatigue and energy inside a running shop, event times exact (ORACLES F)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import log, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.orchestrator.simulate import simulate
from simtwin.parts.alarm import instant
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import Intervention
from simtwin.result.record import MODES
from simtwin.shop.capture import from_json, to_json
from tests.theory.plants import exponential, line, share, window

MINUTE, HOUR = 60.0, 3600.0

HOT = """
plant: hot
ambient_c: 20
crew: {members: 1}
machines:
  - id: mill
    spindle:
      power_kw: 10
      inertia_kg_m2: 1.0e-12         # runs up within one tick of the clock
      trips: [{node: motor, limit_c: 60, reset_c: 40}]
      network:
        nodes:
          - {id: motor, capacity_j_k: 18000}
          - {id: front, capacity_j_k: 1000}
          - {id: rear, capacity_j_k: 1000}
          - {id: shaft, capacity_j_k: 1000}
          - {id: housing, capacity_j_k: 1000}
        links:
          - {node: motor, to: ambient, conductance_w_k: 10}
          - {node: front, to: ambient, conductance_w_k: 500}
          - {node: rear, to: coolant, conductance_w_k: 500}
          - {node: rear, to: ambient, conductance_w_k: 500}
          - {node: shaft, to: ambient, conductance_w_k: 5}
          - {node: housing, to: ambient, conductance_w_k: 5}
  - id: other
    failures:
      - {id: stop, clock: calendar, life: {exponential: {mean_min: 5}}, repair_min: 1}
products:
  - id: long
    route:
      - {operation: heat, machines: [mill], duration_h: 2, power_kw: POWER, rpm: 3000}
  - id: short
    route:
      - {operation: op, machines: [other], duration: {exponential: {mean_s: 30}}}
sources: [{id: stream, product: short, every: {exponential: {mean_s: 40}}}]
""".replace("POWER", repr((500.0 - 0.03 * 10e3) / 0.12 / 1e3))
"""One node that matters: 500 W into 18 kJ/K with .1 K/W to a hall of 20 degC, tau 30 min."""

TRIP = 30.0 * MINUTE * log(5.0)
"""When 500 W have brought the motor from 20 to 60 degC [s]."""


def hot_shift(plant, acts=()):
    """Return an hour of one long cut, with *acts* on the machines."""
    scenario = parse_scenario(
        "scenario: hour\nplant: hot\nhorizon_h: 1\norders: [{id: cut, product: long}]\n", plant
    )
    return replace(scenario, interventions=tuple(sorted(acts, key=lambda act: act.at)))


def trips(run):
    """Return the instants at which the spindle of a run tripped."""
    return [row.time for row in run.log.events if row.kind == "trip"]


def test_one_node_trips_when_its_exponential_reaches_the_limit():
    """T = 70 - 50 exp(-t/30 min) is 60 degC after 30 ln 5 = 48.283137 min (ORACLES F1)."""
    plant = parse_plant(HOT)
    run = simulate(plant, hot_shift(plant))
    assert trips(run)[0] / MINUTE == pytest.approx(48.283137, abs=5e-7)
    assert trips(run) == pytest.approx([TRIP], rel=1e-9)
    assert run.at(TRIP)["mill"]["temperature_c"]["motor"] == pytest.approx(60.0, abs=1e-6)
    half = run.at(0.5 * TRIP)["mill"]["temperature_c"]["motor"]
    assert half == pytest.approx(70.0 - 50.0 / 5.0**0.5, abs=1e-6)


WARMING = """
plant: warming
machines:
  - id: mc
    preset: generic-vmc-40
    magazine: [{tool: fm, edges: 2}]
tools: [{id: fm, preset: face-mill-63-steel, life_scatter: 0, break_rate_per_h: 0}]
programs:
  - id: p
    material: P6
    steps:
      - handle_min: 2
      - mill:
          {tool: fm, speed_m_min: 200, feed_mm: 0.2, depth_mm: 3, width_mm: 50, path_mm: 600}
products: [{id: a, route: [{operation: op, machines: [mc], program: p}]}]
"""


def from_hot(nodes, *, compiled=True, steps="", at_min=0.0):
    """Return the run of two pieces that begins with *nodes* hot, its program at rest first."""
    handling = "      - handle_min: 2\n"
    plant = parse_plant(WARMING.replace(handling, steps or handling))
    scenario = parse_scenario(
        "scenario: hot\nplant: warming\nhorizon_h: 4\n"
        f"orders: [{{id: o, product: a, quantity: 2, release_min: {at_min}}}]\n"
        f"start_from: {{machines: [{{id: mc, temperatures: {{{nodes}}}}}]}}\n",
        plant,
    )
    return simulate(plant, scenario, compiled=compiled)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_spindle_at_rest_that_is_too_hot_trips_at_once(compiled):
    """Front at 75 of 70 degC when handling begins: thermal hold from 0 s, then all anew.

    A guard that is met when a hold begins takes its transition at once (KERNEL 5); so does
    a tool change, and a start after a wait in which nothing could be stopped.
    """
    hot = "motor_c: 100, front_c: 75, rear_c: 60, shaft_c: 65, housing_c: 50"
    run = from_hot(hot, compiled=compiled)
    first, second = run.log.states[:2]
    assert trips(run)[0] == 0.0
    assert (first.mode, first.start, first.cause) == ("thermal hold", 0.0, "trip front")
    assert (second.mode, second.start) == ("producing", first.end)
    changed = from_hot(hot, compiled=compiled, steps="      - handle_min: 0.001\n")
    assert trips(changed)[0] == 0.0
    waited = from_hot(hot, compiled=compiled, at_min=0.1)
    assert [row.mode for row in waited.log.states[:2]] == ["idle", "thermal hold"]
    assert trips(waited)[0] == 6.0


@pytest.mark.parametrize("compiled", [True, False])
def test_a_limit_that_is_reached_at_rest_trips_there(compiled):
    """A hot motor warms the front bearings past 70 degC while a piece is handled (KERNEL 7)."""
    nodes = "motor_c: 138, front_c: 69.5, rear_c: 69, shaft_c: 90, housing_c: 80"
    run = from_hot(nodes, compiled=compiled)
    at = trips(run)[0]
    assert 0.0 < at < 120.0
    assert run.at(at)["mc"]["temperature_c"]["front"] == pytest.approx(70.0, abs=1e-6)
    assert run.at(at - 0.01)["mc"]["temperature_c"]["front"] < 70.0
    assert run.at(at + 1.0)["mc"]["state"] == "thermal hold"
    again = next(row for row in run.log.states if row.start > at and row.mode == "producing")
    assert again.end - again.start == pytest.approx(120.0 - at, abs=1e-6)


minutes = st.floats(0.0, 48.0)
others = st.lists(
    st.tuples(
        minutes,
        st.sampled_from(
            [("feed override", 50.0), ("stop", None), ("start", None), ("breakdown", 90.0)]
        ),
    ),
    max_size=8,
    unique_by=lambda one: instant(one[0] * MINUTE),  # At one they may contradict.
)
own = st.lists(
    st.tuples(
        minutes,
        st.sampled_from(
            [("feed override", 70.0), ("feed override", 100.0), ("coolant off", None)]
        ),
    ),
    max_size=8,
    unique_by=lambda one: instant(one[0] * MINUTE),  # At one they may contradict.
)


@settings(max_examples=20)
@given(others=others, own=own, looks=st.lists(minutes, max_size=5), seed=st.integers(0, 10**6))
def test_nothing_unrelated_moves_the_trip(others, own, looks, seed):
    """Failures and acts elsewhere, readings, cuts of the hold: the same trip (ORACLES F1).

    What happens to other machines leaves it bit for bit; what cuts the hold without changing
    the heat leaves it to 1e-9.
    """
    plant = parse_plant(HOT)
    plain = trips(simulate(plant, hot_shift(plant), seed=1))
    acts = [Intervention(at * MINUTE, "other", do, value) for at, (do, value) in others]
    run = simulate(plant, hot_shift(plant, acts), seed=seed)
    for look in looks:
        run.at(look * MINUTE)
    assert trips(run) == plain
    stopped = None
    for look in sorted(looks):
        stopped = simulate(
            plant,
            hot_shift(plant, acts),
            seed=seed,
            until=look * MINUTE,
            snapshot=None if stopped is None else stopped.snapshot,
        )
    if stopped is not None:
        gone_on = simulate(plant, hot_shift(plant, acts), snapshot=stopped.snapshot)
        assert trips(gone_on) == plain
    acts += [Intervention(at * MINUTE, "mill", do, value) for at, (do, value) in own]
    assert trips(simulate(plant, hot_shift(plant, acts), seed=seed)) == pytest.approx(
        plain, rel=1e-9
    )


def test_a_branch_trips_when_its_parent_does():
    """Gone on with from 20 min: same trip, same future, the parent as it was (ORACLES F6)."""
    plant = parse_plant(HOT)
    whole = simulate(plant, hot_shift(plant))
    parent = simulate(plant, hot_shift(plant), until=20.0 * MINUTE)
    before = to_json(parent.snapshot)
    branches = [
        simulate(plant, hot_shift(plant), snapshot=snapshot)
        for snapshot in (parent.snapshot, parent.snapshot, from_json(before))
    ]
    for branch in branches:
        assert trips(branch) == pytest.approx([TRIP], rel=1e-9)
        assert trips(branch) == trips(whole)
        assert to_json(branch.snapshot) == to_json(whole.snapshot)
        later = [row for row in whole.log.events if row.time > 20.0 * MINUTE]
        assert branch.log.events == later
    assert to_json(parent.snapshot) == before


LATHE = """
plant: turning
machines:
  - id: lathe
    preset: generic-lathe-8in
    spindle: {{inertia_kg_m2: 1.0e-12, trips: []}}
    tool_change_s: 0
    magazine: [{{tool: insert, edges: 3}}]
  - {{id: bench, buffer: 0}}
tools:
  - id: insert
    kind: turning
    taylor: {{c_m_min: 400, n: 0.25}}
    change: at limit
programs:
  - id: turn
    material: P6
    steps:
{steps}
products:
  - id: shaft
    route:
      - {{operation: turn, machines: [lathe], program: turn}}
      - operation: look
        machines: [bench]
        duration: {{uniform: {{low_s: 10, high_s: 200}}}}
sources: [{{id: bars, product: shaft, every: {{exponential: {{mean_s: 100}}}}}}]
"""


def turning(*cuts: tuple[float, float]):
    """Return the lathe whose program cuts at (speed [m/min], minutes) one after another."""
    feed, diameter = 0.1, 50.0
    pace = 1e3 / (pi * diameter) * feed
    steps = "".join(
        f"      - turn: {{tool: insert, speed_m_min: {speed!r}, feed_mm: {feed}, "
        f"depth_mm: 0.5, diameter_mm: {diameter}, path_mm: {pace * speed * time!r}}}\n"
        for speed, time in cuts
    )
    return parse_plant(LATHE.format(steps=steps))


def worn(run):
    """Return the instant at which the first edge was worn, and its time in cut by then [s]."""
    at = next(row.time for row in run.log.events if row.kind == "worn")
    cutting = sum(
        row.end - row.start
        for row in run.log.states
        if row.machine == "lathe" and row.mode == "producing" and row.end <= at
    )
    return at, cutting


@pytest.mark.parametrize(
    ("cuts", "life"),
    [
        ([(200.0, 60.0)], 16.0),
        ([(250.0, 60.0)], 6.5536),
        ([(200.0, 8.0), (250.0, 60.0)], 11.2768),
    ],
)
def test_an_edge_lasts_as_long_as_taylor_says(cuts, life):
    """V T^.25 = 400: 16 min at 200, 6.5536 at 250; 8 min at 200 leave half (ORACLES F3)."""
    spent, expected = 0.0, 0.0
    for speed, time in cuts:
        whole = (400.0 / speed) ** 4
        step = min(time, (1.0 - spent) * whole)
        spent, expected = spent + step / whole, expected + step
    assert expected == pytest.approx(life, rel=1e-9)
    plant = turning(*cuts)
    run = simulate(plant, window(plant, 2.0 * HOUR))
    assert worn(run)[1] == pytest.approx(life * MINUTE, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_only_time_in_cut_wears_an_edge(seed):
    """Cuts of 1.5 min at 200: ten whole parts, worn in the eleventh at 16 min (ORACLES F4).

    The lathe starves before and blocks behind it all the while; that time does not count.
    """
    plant = turning((200.0, 1.5))
    run = simulate(plant, window(plant, 3.0 * HOUR), seed=seed)
    at, cutting = worn(run)
    assert cutting == pytest.approx(16.0 * MINUTE, rel=1e-9)
    assert at > cutting + MINUTE
    assert {"starved", "blocked"} <= {
        row.mode for row in run.log.states if row.machine == "lathe" and row.end <= at
    }
    finished = [
        row
        for row in run.log.pieces
        if (row.kind, row.place) == ("finished", "lathe") and row.time <= at
    ]
    assert len(finished) == 10
    assert run.at(at)["lathe"]["job"] == "bars/11"


SPEED, LOAD, RATING = 6000.0, 5e3, 20e3

FATIGUE = """
plant: bearing
machines:
  - id: mill
    spindle: {{inertia_kg_m2: 1.0e-12, max_rpm: 12000, trips: []}}
    bearings:
      front:
        kind: ball
        mean_diameter_mm: {diameter}
        rating_kn: 20
        preload_n: 5000
        load_share: 0
        viscosity_mm2_s: {viscosity}
        contamination: 1
        fatigue_load_kn: {fatigue_load!r}
      rear: {{rating_kn: 1000}}
products:
  - id: long
    route: [{{operation: spin, machines: [mill], duration_h: 20000, power_kw: 1, rpm: 6000}}]
"""


def spinning():
    """Return a spindle at 6000 rpm whose front bearing has aISO = 1, after ISO 281.

    The fatigue load is that of the bracket 1 - film^.83 (eC Cu/P)^(1/3) = 10^(-1/9.3), at
    twice the reference viscosity 45 000/sqrt(n dm).
    """
    diameter = 60.0
    reference = 4500.0 / (SPEED * diameter) ** 0.5
    film = 2.5671 - 1.9987 / 2.0**0.071739
    ratio = ((1.0 - 10.0 ** (-1.0 / 9.3)) / film**0.83) ** 3
    return parse_plant(
        FATIGUE.format(
            diameter=diameter, viscosity=2.0 * reference, fatigue_load=ratio * LOAD / 1e3
        )
    )


def long_spin(plant):
    """Return 20 000 hours of turning."""
    return parse_scenario(
        "scenario: long\nplant: bearing\nhorizon_h: 20000\n"
        "orders: [{id: spin, product: long}]\n",
        plant,
    )


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_bearing_spalls_at_its_strength_times_its_rating_life(seed):
    """C 20 kN, P 5 kN, 6000 rpm: L10 is 64e6 turns or 177.7778 h, damage 1 (ORACLES F5).

    A bearing of drawn strength s spalls at s L10.
    """
    turns = (RATING / LOAD) ** 3 * 1e6
    life = turns / SPEED * MINUTE
    assert turns == pytest.approx(64e6, rel=1e-12)
    assert life / HOUR == pytest.approx(177.7778, abs=5e-5)
    plant = spinning()
    strength = (
        simulate(plant, long_spin(plant), seed=seed, until=1.0)
        .snapshot.states["mill/front bearing"]
        .strength
    )
    run = simulate(plant, long_spin(plant), seed=seed)
    spall = next(row.time for row in run.log.events if row.kind == "failure")
    assert spall == pytest.approx(strength * life, rel=1e-9)
    assert strength > 1.0
    assert run.at(life)["mill"]["bearing_damage"]["front"] == pytest.approx(1.0, rel=1e-9)


def test_energy_is_power_times_time_by_state():
    """The energy of a plain machine is the sum of time in state x power (ORACLES F7)."""
    plant = line(
        [exponential(10.0)] * 2,
        buffers=[1],
        failures=[
            "{id: stop, clock: powered, life: {exponential: {mean_s: 90}}, repair_s: 20}"
        ],
    )
    watts = replace(plant.machines[0].power, standby=300.0, ready=1100.0, processing=2500.0)
    plant = replace(plant, machines=tuple(replace(m, power=watts) for m in plant.machines))
    run = simulate(plant, window(plant, 4000.0, warm_up=200.0))
    power = dict.fromkeys(MODES, watts.ready)
    power |= {"producing": watts.processing, "down": watts.standby}
    for name, machine in run.machines.items():
        for mode, joule in machine.energies.items():
            expected = share(run, name, mode) * 4000.0 * power[mode]
            assert joule == pytest.approx(expected, rel=1e-9, abs=1e-6)
        assert machine.energy == pytest.approx(sum(machine.energies.values()), rel=1e-12)
    assert {mode for mode, part in run.machines["m1"].shares.items() if part} == {
        "down",
        "producing",
        "blocked",
    }


def test_energy_is_the_integral_of_the_power_that_is_read():
    """Power between two load changes times the time, summed, is the energy (ORACLES F7)."""
    plant = parse_plant(HOT)
    acts = [
        Intervention(700.0, "mill", "stop", None),
        Intervention(900.0, "mill", "start", None),
        Intervention(1100.0, "mill", "coolant off", None),
    ]
    run = simulate(plant, hot_shift(plant, acts))
    instants = [*run.log.history["mill"].instants, run.end]
    total = 0.0
    for begin, end in pairwise(instants):
        total += 1e3 * run.at(0.5 * (begin + end))["mill"]["power_kw"] * (end - begin)
    assert run.machines["mill"].energy == pytest.approx(total, rel=1e-9)
    assert {"producing", "down", "thermal hold"} <= {
        mode for mode, joule in run.machines["mill"].energies.items() if joule
    }

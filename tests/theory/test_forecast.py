"""Forecasts of `check` against the books and against runs: rework, setups, ways, priorities."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.verify import verify
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.precheck import precheck

MINUTE = 60.0
T9 = 2.262

REWORK = """
plant: p
machines: [{id: m}, {id: n}]
products:
  - id: a
    route:
      - {operation: x, machines: [m], duration: {exponential: {mean_min: 4}}}
      - {operation: y, machines: [n], duration: {exponential: {mean_min: 5}}, rework: REWORK}
sources: [{id: s, product: a, every: {exponential: {mean_min: 10}}}]
"""


def near(row) -> bool:
    """Tell whether a row of ten runs agrees within 4 standard errors."""
    error = (row.found.high - row.found.low) / 2.0 / T9
    return abs(row.found.value - row.expected) <= 4.0 * error + 1e-9 * abs(row.expected)


def window(hours: float, text: str = ""):
    """Return the text of a scenario that leaves the filling out."""
    return (
        f"scenario: s\nplant: p\nhorizon_h: {hours}\nmeasure_from_h: {hours / 10}\n"
        f"replications: 10\n{text}"
    )


def test_rework_to_the_first_operation_is_no_arrival():
    """Jackson: 8 visits an hour to both, L = .5333/.4667 + .6667/.3333, 6 leave an hour."""
    plant = parse_plant(REWORK.replace("REWORK", "{share: 0.25, to: x}"))
    found = verify(plant, parse_scenario(window(2000), plant), workers=1)
    present = 8 / 7 + 2.0
    expected = {"throughput": 6.0, "present": present, "lead time": present / 6.0 * 3600.0}
    for what, value in expected.items():
        assert found.row(what).expected == pytest.approx(value, rel=1e-6)
        assert near(found.row(what))
    ((_, lead),) = precheck(plant).forecast.network.leads
    assert lead == pytest.approx(present / 6.0 * 3600.0, rel=1e-6)


SETUPS = """
plant: p
machines: [{id: m}]
products:
  - {id: a, route: [{operation: x, machines: [m], duration_min: 5, setup_min: 10}]}
  - {id: b, route: [{operation: x, machines: [m], duration_min: 5, setup_min: 10}]}
sources:
  - {id: sa, product: a, every: {exponential: {mean_min: EVERY}}}
  - {id: sb, product: b, every: {exponential: {mean_min: EVERY}}}
"""


def test_setups_of_sources_follow_from_chance():
    """Half of all follow the other kind, 10 min for each: a load of 8/6 is named."""
    full = parse_plant(SETUPS.replace("EVERY", "15"))
    (said,) = precheck(full).warnings
    assert said.startswith("rho >= 1 at m: 80.0 min of work for 60.0 min in every hour")
    plant = parse_plant(SETUPS.replace("EVERY", "26"))
    scenario = parse_scenario(window(4000), plant)
    found = verify(plant, scenario, workers=1)
    (load,) = precheck(plant, scenario).capacity.stations
    assert load.rho == pytest.approx(10.0 / 13.0)
    row = found.row("present", "m")
    assert row.kind == "approximation"
    assert row.found.value == pytest.approx(row.expected, rel=0.08)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "", "dispatching: least_setup"),
        ("every: {exponential: {mean_min: 26}}}", "every: {fixed: {value_min: 26}}}", ""),
        ("product: a,", "product: a, priority: 2,", ""),
    ],
)
def test_setups_that_the_sequence_decides_make_loads_the_least(old, new, rule):
    """Another rule, regular arrivals or priorities: at least 38 %, and no forecast."""
    plant = parse_plant(SETUPS.replace("EVERY", "26").replace(old, new))
    said = precheck(plant, parse_scenario(window(100, rule), plant)).text()
    assert "at least 38 %" in said
    assert "no forecast of queues: who follows whom decides the setups at m" in said


WAYS = """
plant: p
transport: TRANSPORT
machines: [{id: m}, {id: n}]
products:
  - id: a
    route:
      - {operation: x, machines: [m], duration_min: 5}
      - {operation: y, machines: [n], duration: {exponential: {mean_min: 5}}}
sources: [{id: s, product: a, SOURCE}]
"""


def ways(transport: str, source: str = "every: {exponential: {mean_min: 12}}"):
    """Return the plant of two machines with ways between them."""
    return parse_plant(WAYS.replace("TRANSPORT", transport).replace("SOURCE", source))


def test_movers_that_are_asked_too_much_are_named():
    """Three ways of 7 min each 12 min: rho 1.75 for one mover, at most 60/21 pieces an hour."""
    plant = ways("{movers: 1, time_min: 7}")
    scenario = parse_scenario(window(500), plant)
    before = precheck(plant, scenario)
    assert before.capacity.bottleneck.station == "the movers"
    assert before.warnings == (
        "rho >= 1 at the movers: 875.0 h of work for 500.0 h; 375.0 h will be left over",
    )
    assert before.as_dict()["movers"]["rho"] == pytest.approx(1.75)
    (row,) = verify(plant, scenario, 4, workers=1).rows
    assert (row.what, row.kind, row.verdict) == ("throughput", "at most", "holds")
    assert row.expected == pytest.approx(60.0 / 21.0)
    hourly = precheck(plant).warnings
    assert hourly[0].endswith("in every hour; pieces wait for them")


def test_movers_with_time_enough_have_a_load_and_no_queue():
    """Three ways of 2 min each 12 min: half of one mover's time, and queues are not told."""
    said = precheck(ways("{movers: 1, time_min: 2}")).text()
    assert "the movers  30.0 min  60.0 min  50 %" in said
    assert "pieces wait in their machines, and before the first, until a mover is free" in said


def test_movers_limit_a_source_that_never_ends():
    """Three ways of 4 min: five pieces an hour, whatever the machines could do."""
    endless = precheck(ways("{movers: 1, time_min: 4}", "saturating: true"))
    assert endless.expected[0].value == pytest.approx(5.0)
    assert "the movers limit it" in endless.text()


def test_ways_are_in_the_lead_time():
    """Nobody waits for a mover: P-K at m, 5 min at n and three ways of 7 min, within 6 %."""
    plant = ways("{time_min: 7}")
    found = verify(plant, parse_scenario(window(2000), plant), workers=1)
    assert found.row("lead time").found.value == pytest.approx(
        found.row("lead time").expected, rel=0.06
    )
    assert found.row("present").found.value == pytest.approx(
        found.row("present").expected, rel=0.06
    )
    lead = precheck(plant).forecast.network.leads[0][1]
    still = WAYS.replace("transport: TRANSPORT\n", "")
    still = still.replace("SOURCE", "every: {exponential: {mean_min: 12}}")
    plain = precheck(parse_plant(still)).forecast.network.leads[0][1]
    assert lead - plain == pytest.approx(21.0 * MINUTE)


PRIORITIES = """
plant: p
machines: [{id: m1, group: m}, {id: m2, group: m}]
products:
  - {id: a, route: [{operation: x, machines: [m], duration: {exponential: {mean_min: 10}}}]}
  - id: b
    route: [{operation: x, machines: [m], duration: {exponential: {mean_min: SERVICE}}}]
sources:
  - {id: sa, product: a, every: {exponential: {mean_min: 20}}, priority: 2}
  - {id: sb, product: b, every: {exponential: {mean_min: 10}}}
"""


def test_lead_times_follow_the_priorities():
    """Cobham, M/M/2 with 10 min: a 14.286 min, b 27.143 min; all of them as Erlang says."""
    plant = parse_plant(PRIORITIES.replace("SERVICE", "10"))
    leads = dict(precheck(plant).forecast.network.leads)
    assert leads["a"] / MINUTE == pytest.approx(10.0 + 30.0 / 7.0)
    assert leads["b"] / MINUTE == pytest.approx(10.0 + 120.0 / 7.0)
    found = verify(plant, parse_scenario(window(3000), plant), workers=1)
    assert near(found.row("lead time"))
    assert found.row("lead time").expected / MINUTE == pytest.approx(10.0 + 90.0 / 7.0)


def test_who_goes_first_moves_the_mean_where_services_differ():
    """The short pieces wait behind the long ones: Cobham's mean, within 8 % of runs."""
    text = PRIORITIES.replace("SERVICE", "5").replace(", {id: m2, group: m}", "")
    text = text.replace(
        "every: {exponential: {mean_min: 10}}", "every: {exponential: {mean_min: 20}}"
    )
    plant = parse_plant(text)
    leads = dict(precheck(plant).forecast.network.leads)
    rest = (100.0 + 25.0) / 20.0  # lam E[S^2] / 2 of both, exponential [min]
    assert leads["a"] / MINUTE == pytest.approx(10.0 + rest / 0.5)
    assert leads["b"] / MINUTE == pytest.approx(5.0 + rest / (0.5 * 0.25))
    found = verify(plant, parse_scenario(window(3000), plant), workers=1)
    assert near(found.row("lead time"))
    assert near(found.row("present"))


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ("plant: p\n", "plant: p\n", "dispatching: spt", "(spt) serves in another order"),
        ("{id: m1, group: m}, {id: m2, group: m}", "{id: m, preempt: true}", "",
         "at m the more urgent interrupts"),
    ],
)  # fmt: skip
def test_what_other_orders_of_service_leave_is_the_whole(old, new, rule, said):
    """Lead times of single products are not told where others serve otherwise."""
    text = PRIORITIES.replace("SERVICE", "4").replace("mean_min: 10}", "mean_min: 11}")
    plant = parse_plant(text.replace(old, new))
    told = precheck(plant, parse_scenario(window(100, rule), plant))
    assert told.forecast.network.leads == ()
    assert said in told.text()

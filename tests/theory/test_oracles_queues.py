"""Laws: a plant file with one machine is the queue that theory solves (ORACLES A)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import PlantModel
from tests.theory.plants import (
    assert_agrees,
    breakdown,
    exponential,
    fixed,
    line,
    observe,
    present,
    rate,
    share,
    sojourn,
    steady,
    window,
)

WIDTHS = [(1.0, 0.08), pytest.param(10.0, 0.04, marks=pytest.mark.slow)]
"""Run length over the fast one, and the width of 4 standard errors."""

P, R = 0.01, 0.1
"""Failure and repair rate of A9 to A11."""


def assert_queue(
    plant: PlantModel,
    *,
    arrivals: float,
    busy: tuple[float, float],
    length: tuple[float, float],
    expected: dict[str, float],
    within: float,
) -> None:
    """Compare L, W, Lq and Wq; the runs' own arrivals, work and stops are control variates.

    *busy* are the known shares of time producing and down, *length* the window and warm-up.
    """

    def figures(result):
        producing, down = share(result, "m1", "producing"), share(result, "m1", "down")
        arrived = result.window.plant.entered / result.window.elapsed
        return present(result), sojourn(result), rate(result), arrived, producing, down

    seen = observe(plant, window(plant, length[0], warm_up=length[1]), 20, figures)
    known = 3 if busy[1] > 0.0 else 2
    controls = seen[:, 3 : 3 + known], (arrivals, *busy)[:known]
    assert_agrees(expected["L"], seen[:, 0], within=within, controls=controls)
    assert_agrees(expected["W"], seen[:, 1], within=within, controls=controls)
    assert_agrees(arrivals, seen[:, 2], within=within)
    assert_agrees(busy[0], seen[:, 4], within=within)
    if "Lq" in expected:
        waiting = seen[:, 0] - seen[:, 4] - seen[:, 5]
        assert_agrees(expected["Lq"], waiting, within=1.3 * within, controls=controls)


@pytest.mark.parametrize(("longer", "within"), WIDTHS)
def test_mm1(longer, within):
    """M/M/1, lam .8, mu 1: rho .8, L 4, Lq 3.2, W 5, Wq 4 (ORACLES A1, Gross & Harris)."""
    lam, mu = 0.8, 1.0
    rho = lam / mu
    expected = {"L": rho / (1 - rho), "Lq": rho**2 / (1 - rho), "W": 1 / (mu - lam)}
    assert expected == pytest.approx({"L": 4.0, "Lq": 3.2, "W": 5.0}, rel=1e-9)
    assert expected["Lq"] / lam == pytest.approx(4.0, rel=1e-9)
    assert_queue(
        line([exponential(1 / mu)], every=exponential(1 / lam)),
        arrivals=lam,
        busy=(rho, 0.0),
        length=(9000.0 * longer, 500.0),
        expected=expected,
        within=within,
    )


def pollaczek(lam: float, mean: float, second: float) -> float:
    """Return Wq of M/G/1 from the first two moments of service (Pollaczek-Khinchine)."""
    return lam * second / (2.0 * (1.0 - lam * mean))


def completion(mean: float, second: float) -> tuple[float, float]:
    """Return E[C] and E[C^2] of the completion time under breakdowns in operation."""
    slower = 1.0 + P / R
    return mean * slower, second * slower**2 + 2.0 * P * mean / R**2


def test_three_servers_on_one_queue():
    """M/M/3, lam 2.4, mu 1: Erlang C .647191, W 2.078652, L 4.988764 (ORACLES A4).

    Three machines of one group serve one queue, first come first served.
    """
    load, term, total = 2.4, 1.0, 0.0
    for k in range(3):
        total += term
        term *= load / (k + 1)
    waits = term / 0.2 / (total + term / 0.2)
    assert waits == pytest.approx(0.647191, abs=5e-7)
    expected = 1.0 + waits / (3.0 - load)
    assert expected == pytest.approx(2.078652, abs=5e-7)
    plant = parse_plant(
        "plant: three\nmachines: [{id: a, group: g}, {id: b, group: g}, {id: c, group: g}]\n"
        "products:\n  - id: part\n    route:\n"
        f"      - {{operation: op, machines: [g], duration: {exponential(1.0)}}}\n"
        f"sources: [{{id: source, product: part, every: {exponential(1 / load)}}}]\n"
    )

    def figures(run):
        busy = sum(share(run, name, "producing") for name in "abc")
        return sojourn(run), present(run), run.window.plant.entered / run.window.elapsed, busy

    seen = observe(plant, window(plant, 4000.0, warm_up=200.0), 20, figures)
    controls = seen[:, 2:], (load, load)
    assert_agrees(expected, seen[:, 0], controls=controls)
    assert_agrees(load * expected, seen[:, 1], controls=controls)


@pytest.mark.parametrize(("longer", "within"), WIDTHS)
@pytest.mark.parametrize(
    ("law", "second", "variance", "printed"),
    [
        pytest.param(fixed(1.0), 1.0, 2.0, (4.884783, 5.984783, 4.189348), id="A9"),
        pytest.param(exponential(1.0), 2.0, 3.21, (6.726087, 7.826087, 5.478261), id="A10"),
    ],
)
def test_mg1_whose_machine_breaks_down_in_operation(
    law, second, variance, printed, longer, within
):
    """M/G/1 with failures while producing is M/G/1 with a longer service (ORACLES A9, A10).

    lam .7, service exactly 1 or exponential, MTTF 100 and MTTR 10: E[C] = E[S](1 + p/r),
    E[C2] = E[S2](1 + p/r)2 + 2 p E[S]/r2, into Pollaczek-Khinchine. Availability while
    working .909091.
    """
    lam = 0.7
    mean, square = completion(1.0, second)
    waiting = pollaczek(lam, mean, square)
    figures = (waiting, waiting + mean, lam * (waiting + mean))
    assert (mean, square - mean**2) == pytest.approx((1.1, variance), rel=1e-9)
    assert figures == pytest.approx(printed, abs=5e-7)
    assert 1.0 / mean == pytest.approx(0.909091, abs=5e-7)
    plant = line(
        [law], failures=[breakdown("processing", 1 / P, 1 / R)], every=exponential(1 / lam)
    )
    assert_queue(
        plant,
        arrivals=lam,
        busy=(lam, lam * P / R),
        length=(9000.0 * longer if second == 1.0 else 18000.0 * longer, 1000.0),
        expected={"Lq": lam * waiting, "W": figures[1], "L": figures[2]},
        within=within,
    )


def interrupted(lam: float, mu: float) -> float:
    """Return L of M/M/1 whose machine fails by the calendar (White & Christie)."""
    return lam * ((P + R) ** 2 + P * mu) / ((P + R) * (R * mu - lam * (P + R)))


@pytest.mark.parametrize(("longer", "within"), WIDTHS)
def test_mm1_whose_machine_breaks_down_by_the_calendar(longer, within):
    """M/M/1 that fails while idle too: L 6.114625, W 8.735178 (ORACLES A11).

    L = lam((p + r)^2 + p mu)/((p + r)(r mu - lam(p + r))); the chain of (number, up) agrees.
    """
    lam, mu, most = 0.7, 1.0, 400

    def moves(state):
        number, up = state
        steps = [((number, not up), P if up else R)]
        if number < most:
            steps.append(((number + 1, up), lam))
        if up and number:
            steps.append(((number - 1, up), mu))
        return steps

    expected = interrupted(lam, mu)
    chain = sum(number * p for (number, _), p in steady((0, True), moves).items())
    assert (expected, expected / lam) == pytest.approx((6.114625, 8.735178), abs=5e-7)
    assert chain == pytest.approx(expected, rel=1e-9)
    plant = line(
        [exponential(1 / mu)],
        failures=[breakdown("calendar", 1 / P, 1 / R)],
        every=exponential(1 / lam),
    )
    assert_queue(
        plant,
        arrivals=lam,
        busy=(lam / mu, P / (P + R)),
        length=(18000.0 * longer, 1000.0),
        expected={"L": expected, "W": expected / lam},
        within=within,
    )


SHOP = """
plant: shop
crew: {{members: 1}}
machines:
  - id: a
    buffer: {buffer}
    failures: [{{id: stop, clock: processing, life: {{weibull: {{shape: 2, scale_s: 40}}}},
                repair: {{lognormal: {{median_s: 5, sigma: 1}}}}}}]
  - id: b1
    group: b
    failures:
      - {{id: stop, clock: calendar, life: {{exponential: {{mean_s: 30}}}}, repair_s: 7}}
  - {{id: b2, group: b}}
  - {{id: c, buffer: {buffer}}}
products:
  - id: p
    route:
      - {{operation: one, machines: [a], duration: {{exponential: {{mean_s: 3}}}}}}
      - {{operation: two, machines: [b, c], duration_s: 5}}
      - {{operation: three, machines: [b], duration: {{uniform: {{low_s: 1, high_s: 4}}}}}}
  - id: q
    route:
      - {{operation: one, machines: [b], duration_s: 2}}
      - {{operation: two, machines: [b], duration: {{gamma: {{shape: 2, scale_s: 1}}}}}}
"""


@settings(max_examples=25)
@given(
    buffer=st.integers(0, 3),
    pieces=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    seed=st.integers(0, 10**6),
    rule=st.sampled_from(["fifo", "spt"]),
)
def test_little_holds_exactly_between_two_empty_instants(buffer, pieces, seed, rule):
    """L = throughput x W for every station and the plant, empty to empty (ORACLES A17)."""
    plant = parse_plant(SHOP.format(buffer=buffer))
    scenario = parse_scenario(
        f"""
        scenario: all done
        plant: shop
        dispatching: {rule}
        orders:
          - {{id: one, product: p, quantity: {pieces[0]}}}
          - {{id: two, product: q, quantity: {pieces[1]}, release_s: 11}}
        """,
        plant,
    )
    seen = simulate(plant, scenario, seed=seed, history=False).window
    assert seen.plant.entered == seen.plant.left == sum(pieces)
    for place in (seen.plant, *seen.places.values()):
        assert place.present == 0
        assert place.entered == place.left
        assert place.area == pytest.approx(place.sojourn, rel=1e-9)
    assert sum(place.area for place in seen.places.values()) == pytest.approx(seen.plant.area)

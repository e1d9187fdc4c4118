"""Laws: derivatives agree with closed forms, chains and paired differences."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest

from simtwin.errors import InvalidInput
from simtwin.oracles.chain import LineChain
from simtwin.orchestrator.explain import explain
from simtwin.orchestrator.sensitivity import sensitivity
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.result.result import Result
from simtwin.streams import Streams
from tests.theory.plants import breakdown, exponential, fixed, line, window
from tests.theory.test_oracles_physics import HOT, hot_shift, trips

SERVICE = "products.part.operations.op1.steps.0.duration.mean"
REPAIR = "machines.m1.failures.breakdown.repair.mean"


def first_trip(run: Result) -> float:
    """Return when the first spindle tripped [s]."""
    return trips(run)[0]


def test_the_time_of_a_trip_moves_as_the_closed_form_says() -> None:
    """From t = tau ln(P R/(P R - dT)), so dt/dP and dt/dTa are known (ORACLES F1)."""
    tau, power, resistance, rise = 1800.0, 500.0, 0.1, 40.0
    plant = parse_plant(HOT)
    plant = replace(plant, machines=tuple(replace(m, failures=()) for m in plant.machines))
    share, ambient = sensitivity(
        plant,
        hot_shift(plant),
        first_trip,
        ["products.long.operations.heat.steps.0.share", "ambient"],
        replications=2,
    )
    by_power = tau * (1.0 / power - resistance / (power * resistance - rise))
    assert by_power == pytest.approx(-14.4)
    assert share.method == ambient.method == "pathwise"
    assert share.derivative.value == pytest.approx(by_power * 0.12 * 10e3, rel=1e-4)
    assert ambient.derivative.value == pytest.approx(-tau / 10.0, rel=1e-4)
    assert tau * log(5.0) == pytest.approx(first_trip(simulate(plant, hot_shift(plant))))


def waiting(mean: float, repair: float) -> float:
    """Return W of A10, arrivals .7, failures .01, at mean service and mean repair."""
    lam, p, r = 0.7, 0.01, 1.0 / repair
    slower = 1.0 + p / r
    first, second = mean * slower, 2.0 * mean**2 * slower**2 + 2.0 * p * mean / r**2
    return lam * second / (2.0 * (1.0 - lam * first)) + first


@pytest.mark.slow
def test_a_queue_that_breaks_down_moves_as_its_formula_says() -> None:
    """dW/d(mean service) and dW/d(mean repair) of M/G/1 with breakdowns (ORACLES A10)."""
    assert waiting(1.0, 10.0) == pytest.approx(7.826087, abs=5e-7)
    plant = line(
        [exponential(1.0)],
        failures=[breakdown("processing", 100.0, 10.0)],
        every=exponential(1.0 / 0.7),
    )
    found = sensitivity(
        plant,
        window(plant, 20000.0, warm_up=500.0),
        "lead_time",
        [SERVICE, REPAIR],
        replications=40,
        step=0.04,
    )
    step = 1e-6
    exact = (
        (waiting(1.0 + step, 10.0) - waiting(1.0 - step, 10.0)) / (2.0 * step),
        (waiting(1.0, 10.0 + step) - waiting(1.0, 10.0 - step)) / (2.0 * step),
    )
    for one, expected in zip(found, exact, strict=True):
        assert "from one piece to the next" in one.method
        half = 0.5 * (one.derivative.high - one.derivative.low)
        assert abs(one.derivative.value - expected) <= 2.0 * half
        assert 2.0 * half <= 0.5 * expected


@pytest.mark.slow
def test_a_line_moves_with_its_repairs_as_the_chain_does() -> None:
    """d(throughput)/d(mean repair) of two unreliable machines, five slots (ORACLES B5)."""

    def chain(repair: float) -> float:
        return LineChain(
            (1.0, 1.0), (5,), failure=(0.01, 0.01), repair=(1.0 / repair, 0.1)
        ).throughput

    assert chain(10.0) == pytest.approx(0.756197, abs=5e-7)
    modes = [breakdown("processing", 100.0, 10.0)] * 2
    plant = line([exponential(1.0)] * 2, buffers=[5], failures=modes)
    (found,) = sensitivity(
        plant,
        window(plant, 20000.0, warm_up=200.0),
        "throughput",
        [REPAIR],
        replications=40,
        step=0.1,
    )
    expected = 3600.0 * (chain(11.0) - chain(9.0)) / 2.0
    half = 0.5 * (found.derivative.high - found.derivative.low)
    assert found.method.startswith("paired differences")
    assert abs(found.derivative.value - expected) <= 2.0 * half
    assert 2.0 * half <= 0.2 * abs(expected)


def random_line(number: int) -> tuple[Any, Any, str]:
    """Return a line of two or three stations, an order, and the name of a duration in it."""
    draw = Streams(7, number)["plant", "shape"]
    machines = 2 + int(2 * draw())
    laws = [
        fixed(20.0 + 80.0 * draw()) if draw() < 0.3 else exponential(20.0 + 80.0 * draw())
        for _ in range(machines)
    ]
    buffers = [int(4 * draw()) for _ in range(machines - 1)]
    which = int(machines * draw())
    plant = line(laws, buffers=buffers, every=exponential(30.0 + 90.0 * draw()))
    kind = "mean" if "exponential" in laws[which] else "value"
    scenario = parse_scenario("scenario: s\nplant: line\nhorizon_s: 3000\n", plant)
    return plant, scenario, f"products.part.operations.op{which + 1}.steps.0.duration.{kind}"


def test_paths_agree_with_paired_differences_on_random_plants() -> None:
    """A hundred random lines: the mean number present, along the path and 0.1 % apart."""
    off = []
    for number in range(100):
        plant, scenario, name = random_line(number)
        (found,) = sensitivity(
            plant, scenario, "work_in_progress", [name], replications=2, step=0.001
        )
        assert found.method == "pathwise"
        up, down = (
            sum(
                simulate(
                    plant.with_changes({name: factor * found.value}),
                    scenario,
                    replication=r,
                    history=False,
                )
                .kpis["work_in_progress"]
                .value
                for r in range(2)
            )
            / 2.0
            for factor in (1.001, 0.999)
        )
        paired = (up - down) / (0.002 * found.value)
        off.append(abs(paired - found.derivative.value) / max(abs(paired), 1e-4))
    assert float(np.median(off)) < 1e-3
    assert sum(one > 0.05 for one in off) <= 5


def test_a_count_is_never_differentiated_along_the_path() -> None:
    """The derivative of a count along one path is 0 and says nothing: it is not taken."""
    plant, scenario, name = random_line(1)
    (found,) = sensitivity(plant, scenario, "good_pieces", [name], replications=5)
    assert "counts" in found.method
    assert found.derivative.value < 0.0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("machines.m9.refit", "m9"),
        ("machines.m1.magazine", "number|nothing|no "),
        ("machines.m1.tool_change", "is 0"),
    ],
)
def test_what_cannot_be_a_little_more_is_refused(name: str, message: str) -> None:
    """Unknown names, what is no number, and 0 are refused in words."""
    plant, scenario, _ = random_line(1)
    with pytest.raises(InvalidInput, match=message):
        sensitivity(plant, scenario, "lead_time", [name], replications=2)


SHOP = """
plant: shop
spread:
  machines.m.tool_change: {percent: 1}
  products.p.operations.o.steps.0.duration: {percent: 20}
machines:
  - id: m
    tool_change_s: 5
products:
  - {id: p, route: [{operation: o, machines: [m], duration: $LAW}]}
"""

ORDER = "scenario: s\nplant: shop\norders: [{id: o, product: p, quantity: 50}]\n"


def explained(law: str) -> Any:
    """Return why the makespan of 50 pieces of this duration is uncertain."""
    plant = parse_plant(SHOP.replace("$LAW", law))
    return explain(plant, parse_scenario(ORDER, plant), "makespan", replications=200)


def test_ignorance_alone_is_told_as_ignorance() -> None:
    """A fixed duration that nobody knows: all variance is parameters; measure it first."""
    found = explained("{fixed: {value_s: 60}}")
    assert found.parameters.value == pytest.approx(1.0)
    assert (found.luck.value, found.state.value) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert found.measure_first == "products.p.operations.o.steps.0.duration"
    assert found.hinges[0].share == pytest.approx(1.0, abs=0.2)
    assert found.hinges[1].effect.value == 0.0


def test_luck_and_ignorance_share_the_variance_as_theory_says() -> None:
    """50 exponential pieces of mean 60 s, the mean known to 20 %: what luck keeps is known.

    Given the mean m, Var = n m2; over m, Var(E) = n2 Var(m): shares n E[m2] : n2 Var(m).
    """
    found = explained("{exponential: {mean_s: 60}}")
    spread = 0.2**2
    first = np.exp(0.5 * np.log1p(spread))  # mean of the lognormal factor of median 1
    square = first**2 * (1.0 + spread)
    luck = 50.0 * square / (50.0 * square + 2500.0 * (square - first**2))
    assert luck == pytest.approx(0.342, abs=2e-3)
    assert found.luck.low <= luck <= found.luck.high
    assert found.luck.value + found.parameters.value + found.state.value == pytest.approx(1.0)
    assert "measure products.p" in found.sentence

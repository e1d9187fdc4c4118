"""Laws: lines with finite buffers, against chains, renewal arguments and counts (ORACLES B)."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import gamma, poisson, t

from simtwin.oracles.chain import EMPTY, FINISHED, LineChain
from simtwin.oracles.chain import exact_pair as pair_in_closed_form
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_plant, load_with_plant
from tests.theory.plants import (
    assert_agrees,
    breakdown,
    exponential,
    fixed,
    line,
    observe,
    rate,
    share,
    window,
)

slow = pytest.mark.slow

P, R = 0.01, 0.1
"""Failure and repair rate of B5, B6 and B19."""


def throughputs(plant, length, warm_up, n=20):
    """Return the pieces per second of *n* replications."""
    return observe(plant, window(plant, length, warm_up=warm_up), n, lambda run: (rate(run),))[
        :, 0
    ]


def roomy(row, buffer, *stations):
    """Return the bundled plant of a *row* with so many slots before each of *stations*."""
    changes = {f"stations.{name}.capacity": buffer for name in stations}
    return load_plant(f"oracles/{row}").with_changes(changes)


@pytest.mark.parametrize(
    ("buffer", "printed"), [(0, 0.666667), (1, 0.75), (2, 0.8), (3, 0.833333)]
)
def test_two_exponential_stations(buffer, printed):
    """A saturated exponential pair gives (B + 2)/(B + 3) (ORACLES B1)."""
    expected = (buffer + 2) / (buffer + 3)
    assert expected == pytest.approx(printed, abs=5e-7)
    assert LineChain((1.0, 1.0), (buffer,)).throughput == pytest.approx(expected, rel=1e-9)
    plant = roomy("b1", buffer, "m2")
    assert_agrees(expected, throughputs(plant, 1000.0, 50.0), within=0.04)


@pytest.mark.parametrize(("buffer", "printed"), [(0, 0.564103), (1, 0.670466), (2, 0.734017)])
def test_three_exponential_stations(buffer, printed):
    """Three saturated exponential stations give 22/39 and more (ORACLES B2, Hunt 1956)."""
    expected = LineChain((1.0,) * 3, (buffer,) * 2).throughput
    assert expected == pytest.approx(printed, abs=5e-7)
    if buffer == 0:
        assert expected == pytest.approx(22 / 39, rel=1e-9)
    plant = roomy("b2", buffer, "m2", "m3")
    assert_agrees(expected, throughputs(plant, 1000.0, 50.0), within=0.04)


def unreliable(clock, buffer, *, rates=(1.0, 1.0), failure=(P, P), repair=(R, R)):
    """Return a line of two unreliable exponential machines, and the chain that it is."""
    plant = roomy("b5" if clock == "processing" else "b6", buffer, "m2")
    if (rates, failure, repair) != ((1.0, 1.0), (P, P), (R, R)):
        plant = line(
            [exponential(1 / mu) for mu in rates],
            buffers=[buffer],
            failures=[
                breakdown(clock, 1 / p, 1 / r) for p, r in zip(failure, repair, strict=True)
            ],
        )
    chain = LineChain(
        rates, (buffer,), failure=failure, repair=repair, calendar=clock == "calendar"
    )
    return plant, chain


B5 = [
    (0, 0.589955, 0.351050),
    (1, 0.655882, 0.278530),
    (2, 0.695386, 0.235075),
    (5, 0.756197, 0.168184),
    (10, 0.799026, 0.121071),
    (50, 0.870618, 0.042320),
]


@pytest.mark.parametrize(("buffer", "printed", "waiting"), B5)
def test_chain_of_two_machines_that_fail_in_operation(buffer, printed, waiting):
    """The chain gives Gershwin & Berman's figures; P(down) is .1 x throughput (ORACLES B5)."""
    _, chain = unreliable("processing", buffer)
    assert chain.throughput == pytest.approx(printed, abs=5e-7)
    assert chain.where(1, EMPTY) == pytest.approx(waiting, abs=5e-7)
    assert chain.where(0, FINISHED) == pytest.approx(waiting, abs=5e-7)
    for machine in (0, 1):
        assert chain.down(machine) == pytest.approx(P / R * chain.throughput, rel=1e-9)


@pytest.mark.parametrize(
    ("clock", "buffer", "length", "within"),
    [
        ("processing", 0, 2500.0, 0.08),
        ("calendar", 0, 2500.0, 0.08),
        *(
            pytest.param(clock, buffer, 36000.0, 0.08 if buffer == 10 else 0.04, marks=slow)
            for clock in ("processing", "calendar")
            for buffer in (0, 1, 2, 5, 10)
        ),
        pytest.param("processing", 50, 240000.0, 0.08, marks=slow),
    ],
)
def test_waiting_in_a_line_of_two_unreliable_machines(clock, buffer, length, within):
    """Throughput, second up and starved, first up and blocked: the chain (ORACLES B5, B6)."""
    plant, chain = unreliable(clock, buffer)

    def figures(run):
        return rate(run), share(run, "m2", "starved"), share(run, "m1", "blocked")

    seen = observe(plant, window(plant, length, warm_up=150.0 + 10.0 * buffer), 20, figures)
    assert_agrees(chain.throughput, seen[:, 0], within=0.02 if length > 3e4 else 0.04)
    assert_agrees(chain.where(1, EMPTY), seen[:, 1], within=within)
    assert_agrees(chain.where(0, FINISHED), seen[:, 2], within=within)


@pytest.mark.parametrize("clock", ["processing", "calendar"])
def test_throughput_of_two_unreliable_machines(clock):
    """Five slots: .756197 with failures in operation, .742118 by calendar (ORACLES B5, B6)."""
    plant, chain = unreliable(clock, 5)
    assert_agrees(chain.throughput, throughputs(plant, 1500.0, 200.0), within=0.06)


@pytest.mark.parametrize("clock", ["processing", "calendar"])
def test_time_down_in_a_line_of_two_unreliable_machines(clock):
    """P(down) is p/r x P(producing) in operation, p/(p + r) by calendar (ORACLES B5, B6).

    It does not hang on mu; twenty times longer pieces make the run as much cheaper.
    """
    mu = 0.05
    plant, chain = unreliable(clock, 0, rates=(mu, mu))
    expected = P / (P + R) if clock == "calendar" else P / R * chain.throughput / mu
    assert chain.down(0) == pytest.approx(expected, rel=1e-9)

    def figures(run):
        down = share(run, "m1", "down") + share(run, "m2", "down")
        producing = share(run, "m1", "producing") + share(run, "m2", "producing")
        return down / 2.0, down / producing

    seen = observe(plant, window(plant, 25000.0, warm_up=500.0), 20, figures)
    assert_agrees(expected, seen[:, 0])
    if clock == "processing":
        assert_agrees(P / R, seen[:, 1])


B6 = [(0, 0.558129), (5, 0.742118), (10, 0.790777)]


@pytest.mark.parametrize(("buffer", "printed"), B6)
def test_chain_of_two_machines_that_fail_by_the_calendar(buffer, printed):
    """The chain of the pair that fails while idle too; P(down) .090909 (ORACLES B6)."""
    _, chain = unreliable("calendar", buffer)
    assert chain.throughput == pytest.approx(printed, abs=5e-7)
    for machine in (0, 1):
        assert chain.down(machine) == pytest.approx(P / (P + R), rel=1e-9)
        assert chain.down(machine) == pytest.approx(0.090909, abs=5e-7)


@pytest.mark.parametrize(
    ("row", "expected"), [("b15-one", 1000), ("b15-warm", 500), ("b15-two", 999)]
)
def test_pieces_of_an_exact_cycle(row, expected):
    """Cycle 1 to 1000, end included: 1000, 500 after warm-up, two 999 (ORACLES B15)."""
    run = simulate(*load_with_plant(f"oracles/{row}"))
    assert expected == run.window.plant.left == run.kpis["good_pieces"].value
    assert run.end == 1000.0


@pytest.mark.parametrize(("row", "expected"), [("b16-one", 100), ("b16-two", 200)])
def test_pieces_of_parallel_machines(row, expected):
    """A source and one machine make 100 pieces in 100, two machines 200 (ORACLES B16)."""
    run = simulate(*load_with_plant(f"oracles/{row}"))
    assert expected == run.kpis["good_pieces"].value


UNLIKE = {"rates": (1.0, 1.3), "failure": (0.02, 0.01), "repair": (0.2, 0.05)}


@pytest.mark.parametrize(("clock", "buffer"), [("processing", 0), ("calendar", 3)])
def test_a_line_and_its_mirror_image_give_the_same(clock, buffer):
    """A pair of unlike machines gives as much as the pair turned round (ORACLES B17, Muth)."""
    mirrored = {key: values[::-1] for key, values in UNLIKE.items()}
    plant, chain = unreliable(clock, buffer, **UNLIKE)
    mirror, other = unreliable(clock, buffer, **mirrored)
    expected = chain.throughput
    assert other.throughput == pytest.approx(expected, rel=1e-9)
    for line_ in (plant, mirror):
        assert_agrees(expected, throughputs(line_, 1000.0, 100.0), within=0.08)


laws = st.sampled_from(
    [
        exponential,
        fixed,
        lambda mean: f"{{gamma: {{shape: 3, scale_s: {mean / 3!r}}}}}",
        lambda mean: f"{{uniform: {{low_s: {mean / 2!r}, high_s: {1.5 * mean!r}}}}}",
    ]
)


def exits(plant, horizon, seed):
    """Return the instants at which pieces left the plant."""
    scenario = window(plant, horizon, seed=seed)
    return [row.time for row in simulate(plant, scenario).log.pieces if row.kind == "done"]


@settings(max_examples=40)
@given(
    law=laws,
    means=st.lists(st.floats(0.2, 3.0), min_size=2, max_size=4),
    buffers=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    arrivals=st.one_of(st.none(), st.floats(0.5, 3.0)),
    better=st.integers(0, 3),
    seed=st.integers(0, 10**6),
)
def test_no_piece_is_later_with_a_slot_more_or_a_faster_machine(
    law, means, buffers, arrivals, better, seed
):
    """Without failures a line is max-plus: more room or speed delays no piece (ORACLES B18)."""
    assume(better < len(means))
    buffers = buffers[: len(means) - 1]
    every = None if arrivals is None else exponential(arrivals)

    def finished(means, buffers):
        plant = line([law(mean) for mean in means], buffers=buffers, every=every)
        return exits(plant, 60.0, seed)

    before = finished(means, buffers)
    roomier = [slots + (k == better) for k, slots in enumerate(buffers)]
    faster = [mean * (0.8 if k == better else 1.0) for k, mean in enumerate(means)]
    for after in (finished(means, roomier), finished(faster, buffers)):
        assert len(after) >= len(before)
        assert all(now <= then for now, then in zip(after, before, strict=False))


@pytest.mark.parametrize(
    "change", [{"buffer": 3}, {"rates": (1.0, 1.1)}, {"failure": (P, 0.008)}]
)
def test_the_mean_does_not_fall_when_an_unreliable_line_gets_better(change):
    """With failures it is the mean of paired runs that does not fall (ORACLES B18).

    One more slot, a faster second machine, a longer life: the 95 % interval of the paired
    difference does not lie wholly below zero.
    """
    base = {"clock": "processing", "buffer": 2, "rates": (1.0, 1.0), "failure": (P, P)}
    worse, _ = unreliable(**base)
    better, _ = unreliable(**{**base, **change})
    gain = throughputs(better, 600.0, 100.0) - throughputs(worse, 600.0, 100.0)
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / sqrt(len(gain))
    assert gain.mean() + half >= 0.0


def exact_pair(cycle: float) -> float:
    """Return the share of time that a bufferless pair of exact *cycle* works, ODF clocks.

    Both machines begin each cycle together, so it lasts as long as the slower of the two:
    work plus a Poisson number of exponential repairs. As the cycle shrinks, two stops never
    meet in one, and the share goes to 1/(1 + sum of p/r).
    """

    def beyond(stop: float) -> float:
        counts = np.arange(1, 60)
        tails = gamma.sf(stop, counts, scale=1 / R)
        return float(poisson.pmf(counts, P * cycle) @ tails)

    both = quad(lambda stop: beyond(stop) ** 2, 0.0, 400.0, limit=400)[0]
    return cycle / (cycle * (1.0 + 2.0 * P / R) - both)


@pytest.mark.parametrize(
    ("cycle", "length"), [(8.0, 10000.0), pytest.param(1.0, 60000.0, marks=slow)]
)
def test_clocks_of_use_and_of_the_calendar_part_ways(cycle, length):
    """A pair without buffer: ODF 1/(1 + sum p/r), TDF the product r/(r + p) (ORACLES B19).

    .833333 and .826446 for short cycles. Clocks in operation age the same pair by its work,
    calendar clocks by its time up, blocked and starved included: failures per hour of work
    are p, or p (1 - P(down)) / throughput.
    """
    in_operation, by_calendar = 1 / (1 + 2 * P / R), (R / (R + P)) ** 2
    assert (in_operation, by_calendar) == pytest.approx((0.833333, 0.826446), abs=5e-7)
    assert exact_pair(1e-3) == pytest.approx(in_operation, rel=1e-5)
    assert pair_in_closed_form(cycle, p=P, r=R) == pytest.approx(exact_pair(cycle), rel=1e-9)
    assert exact_pair(1.0) > exact_pair(0.1) > in_operation

    def figures(run):
        producing = [share(run, name, "producing") for name in ("m1", "m2")]
        stops = sum(m.counts.get("failures", 0.0) for m in run.window.machines.values())
        return sum(producing) / 2, stops / sum(producing) / run.window.elapsed

    seen = {}
    for clock in ("processing", "calendar"):
        plant = line(
            [fixed(cycle)] * 2, buffers=[0], failures=[breakdown(clock, 1 / P, 1 / R)] * 2
        )
        seen[clock] = observe(plant, window(plant, length, warm_up=50.0), 20, figures)
    use, calendar = seen["processing"], seen["calendar"]
    assert_agrees(exact_pair(cycle), use[:, 0], within=0.04)
    assert_agrees(by_calendar, calendar[:, 0], within=0.04)
    assert_agrees(P, use[:, 1], within=0.08)
    assert_agrees(P * (P + R) / R, calendar[:, 1], within=0.08)
    lost = use[:, 0] - calendar[:, 0]
    assert lost.mean() > 2.0 * lost.std(ddof=1) / sqrt(len(lost))

"""The baselines compute what they claim: a race against a wrong answer proves nothing."""

from __future__ import annotations

from itertools import repeat

import pytest

from tests.benchmarks.baselines import bare, plain_line, stepper, workload
from tests.benchmarks.baselines.workload import Segment, rows


@pytest.fixture(scope="module")
def shift():
    """Two hours of the workload, and their reference."""
    segments = workload.workload(2)
    return segments, rows(segments), stepper.reference(rows(segments))


def test_the_reference_integrates_the_model_of_the_house():
    """PHYSICS D11: a fresh edge worn to D = 1 in 960 s ends at these five temperatures."""
    cut = Segment(
        "D11", 960.0, (500, 100, 300), (200, 50), (150, 0), tool=0, life=960.0, renewed=0
    )
    found = stepper.reference(rows([cut]), start=(45.0, 47.0, 44.0, 41.0, 33.0))
    expected = (51.653423, 52.828014, 49.074712, 46.281992, 36.424380)
    assert found.temperatures[0] == pytest.approx(expected, abs=6e-7)


def test_the_workload_is_what_it_says():
    """DESIGN 9: 60 segments an hour, on the grid, the same for the same seed, tools renewed."""
    segments = workload.workload(50)
    hours = sum(segment.duration for segment in segments) / 3600
    assert len(segments) == 3000
    assert hours == pytest.approx(50, rel=0.01)
    assert all((segment.duration / workload.GRID).is_integer() for segment in segments)
    assert len({segment.name for segment in segments}) == 12
    assert {segment.renewed for segment in segments} == {-1, 0, 1, 2}
    assert workload.workload(50) == segments
    assert workload.workload(1, seed=2) != segments[:60]


def test_ramps_cover_their_segments():
    """PHYSICS 1 rule 6: cutting at the bends of the wear land loses and adds no time."""
    segments = workload.workload(30)
    spans = list(workload.ramps(rows(segments)))
    assert sum(ramp[11] for ramp in spans) == len(segments)
    assert len(spans) > len(segments)
    total = sum(segment.duration for segment in segments)
    assert sum(ramp[0] for ramp in spans) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(
    ("method", "step", "bound"),
    [
        (stepper.euler, 1.0, 0.05),
        (stepper.rk4, 5.0, 2e-6),
        (stepper.rk4, 1.0, 5e-9),
        (stepper.lsoda, 1e-8, 1e-7),
    ],
)
def test_steppers_meet_the_reference(shift, method, step, bound):
    """DESIGN P1: each baseline converges to the one solution of the model."""
    _, table, true = shift
    found = method(table, step)
    assert stepper.error(found, true) < bound
    assert found.fatigue == pytest.approx(true.fatigue, rel=1e-12)


def test_steppers_have_their_order(shift):
    """DESIGN P1: halving the step divides the error by 2 (Euler) and by about 16 (order 4)."""
    _, table, true = shift
    for method, step, order in ((stepper.euler, 1.0, 2), (stepper.rk4, 8.0, 16)):
        whole, half = (stepper.error(method(table, s), true) for s in (step, step / 2))
        assert whole / half == pytest.approx(order, rel=0.35)


def test_the_sketch_errs_by_its_step(shift):
    """DESIGN P1: the loop of the first sketch is the same model, wrong by its step."""
    segments, _, true = shift
    part = segments[:24]
    found = stepper.sketch(part, step=1.0)
    first = stepper.Outcome(true.temperatures[:24], true.fatigue)
    assert stepper.error(found, first) < 0.3
    closer = stepper.sketch(part, step=0.25)
    assert stepper.error(closer, first) < stepper.error(found, first) / 2.5


def test_compiled_steppers_equal_the_plain_ones(shift):
    """DESIGN P1: numba compiles the same code, so it finds the same numbers."""
    pytest.importorskip("numba", reason="numba is an extra: no compiled baselines")
    _, table, _ = shift
    for kernel, plain in (
        (stepper.euler_kernel, stepper.euler),
        (stepper.rk4_kernel, stepper.rk4),
    ):
        expected, found = plain(table, 5.0), stepper.compiled(kernel)(table, 5.0)
        assert stepper.error(found, expected) < 1e-9
        assert found.fatigue == pytest.approx(expected.fatigue, rel=1e-12)


def test_the_plain_line_starves_blocks_and_fails():
    """DESIGN P7: the pace of a line is its slowest machine's, failures included."""
    times = [1.0, 1.0, 2.0, 1.0, 1.0]
    line = [plain_line.Station(repeat(time)) for time in times]
    assert plain_line.run_line(line, slots=2, horizon=1006.5).parts == 501
    line[2] = plain_line.Station(repeat(2.0), lives=repeat(9.0), repairs=repeat(1.0))
    # Two seconds of work a part and one of repair in nine: 10 s for 4.5 parts.
    made = plain_line.run_line(line, slots=2, horizon=10_000.0).parts
    assert made == pytest.approx(4500, abs=2)


def test_lives_of_the_plain_line_run_only_while_it_works():
    """DESIGN P7: a machine that waits does not grow older, and keeps the work left of its part.

    The second of two waits half of its time: of 1,000 s it works 500, and fails after each 100.
    """
    feed = plain_line.Station(repeat(2.0))
    lives, repairs = repeat(100.5), iter(range(1, 10))
    line = [feed, plain_line.Station(repeat(1.0), lives, repairs)]
    assert plain_line.run_line(line, slots=10, horizon=1000.5).parts == 499
    assert next(repairs) == 5


def test_bare_timeouts_all_come():
    """DESIGN P2: the unit of account is a timeout and nothing else."""
    assert bare.timeouts(1200, processes=12) == 1200

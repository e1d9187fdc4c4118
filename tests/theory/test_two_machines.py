"""Laws: two machines and a buffer, as chains, fluids and slots (ORACLES B, code C)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.errors import OutOfRange
from simtwin.oracles.chain import EMPTY, FINISHED, LineChain, steady
from simtwin.plant.two_machines import (
    bernoulli,
    exponential,
    fluid,
    reliable,
    slotted,
    unbuffered,
)

P, R = 0.01, 0.1
PAIR = {"failure": (P, P), "repair": (R, R)}
rates = st.floats(0.02, 0.5)


@pytest.mark.parametrize(
    ("buffer", "printed"), [(0, 0.666667), (1, 0.75), (2, 0.8), (3, 0.833333)]
)
def test_reliable_pair(buffer, printed):
    """(B + 2)/(B + 3), by formula and by the chain without failures (ORACLES B1)."""
    expected = (buffer + 2) / (buffer + 3)
    assert expected == pytest.approx(printed, abs=5e-7)
    assert reliable(buffer) == pytest.approx(expected, rel=1e-9)
    assert exponential(buffer, rate=(1.0, 1.0)).throughput == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("buffer", "printed", "waiting"),
    [
        (0, 0.589955, 0.351050),
        (1, 0.655882, 0.278530),
        (2, 0.695386, 0.235075),
        (5, 0.756197, 0.168184),
        (10, 0.799026, 0.121071),
        (50, 0.870618, 0.042320),
    ],
)
def test_pair_that_fails_in_operation(buffer, printed, waiting):
    """Throughput, starved and blocked, P(down) = .1 x throughput (ORACLES B5)."""
    found = exponential(buffer, rate=(1.0, 1.0), **PAIR)
    assert found.throughput == pytest.approx(printed, abs=5e-7)
    assert (found.starved, found.blocked) == pytest.approx((waiting, waiting), abs=5e-7)
    assert found.down == pytest.approx((0.1 * found.throughput,) * 2, rel=1e-9)
    assert found.level == pytest.approx(buffer / 2, rel=1e-6)


@pytest.mark.parametrize(("buffer", "printed"), [(0, 0.558129), (5, 0.742118), (10, 0.790777)])
def test_pair_that_fails_by_the_calendar(buffer, printed):
    """The same with clocks that run while idle too; P(down) 1/11 (ORACLES B6)."""
    found = exponential(buffer, rate=(1.0, 1.0), calendar=True, **PAIR)
    assert found.throughput == pytest.approx(printed, abs=5e-7)
    assert found.down == pytest.approx((1 / 11, 1 / 11), rel=1e-9)


@settings(max_examples=25)
@given(
    buffer=st.integers(0, 4),
    rate=st.tuples(st.floats(0.5, 2.0), st.floats(0.5, 2.0)),
    failure=st.tuples(rates, rates),
    repair=st.tuples(rates, rates),
    calendar=st.booleans(),
)
def test_the_chain_is_that_of_the_rules_of_the_shop(buffer, rate, failure, repair, calendar):
    """Another chain, of contents and moves one by one, has the same figures (B5, B6, B17)."""
    found = exponential(buffer, rate=rate, failure=failure, repair=repair, calendar=calendar)
    chain = LineChain(rate, (buffer,), failure=failure, repair=repair, calendar=calendar)
    assert found.throughput == pytest.approx(chain.throughput, rel=1e-9)
    assert found.starved == pytest.approx(chain.where(1, EMPTY), rel=1e-8)
    assert found.blocked == pytest.approx(chain.where(0, FINISHED), rel=1e-8)
    assert found.down == pytest.approx((chain.down(0), chain.down(1)), rel=1e-8)
    mirror = exponential(
        buffer, rate=rate[::-1], failure=failure[::-1], repair=repair[::-1], calendar=calendar
    )
    assert mirror.throughput == pytest.approx(found.throughput, rel=1e-9)


def symmetric(volume: float, *, calendar: bool) -> float:
    """Return the throughput of two like fluid machines: the level is uniform but for atoms."""
    one = 2 / (R + P) if calendar else 2 / R
    both = R / (P * (R + P)) if calendar else 1 / P
    none = P / (R * (R + P)) if calendar else 0.0
    made = volume * (1 + R / P) + 2 * both
    return made / (volume * (2 + R / P + P / R) + 2 * (one + both + none))


B8 = {0: 0.833333, 1: 0.836969, 5: 0.848586, 10: 0.858726, 20: 0.871369, 50: 0.887574,
      100: 0.896552, 1000: 0.907618}  # fmt: skip
B10 = {0: 0.826446, 1: 0.830755, 5: 0.844272, 10: 0.855772, 20: 0.869736, 50: 0.887052,
       100: 0.896376}  # fmt: skip


@pytest.mark.parametrize(
    ("volume", "printed", "calendar"),
    [
        *((n, value, False) for n, value in B8.items()),
        *((n, value, True) for n, value in B10.items()),
    ],
)
def test_fluid_pair(volume, printed, calendar):
    """Closed form of the fluid, failures in operation or by calendar (ORACLES B8, B10)."""
    expected = symmetric(volume, calendar=calendar)
    assert expected == pytest.approx(printed, abs=5e-7)
    found = fluid(volume, speed=1.0, calendar=calendar, **PAIR)
    assert found.throughput == pytest.approx(expected, rel=1e-9)
    assert found.level == pytest.approx(volume / 2, rel=1e-9)


def test_limits_of_the_fluid():
    """No buffer: renewal or product; a boundless one: the machine alone (B8, B10, B19)."""
    stops = ((P, R), (P, R))
    for calendar in (False, True):
        found = fluid(0.0, speed=1.0, calendar=calendar, **PAIR).throughput
        assert found == pytest.approx(unbuffered(stops, calendar=calendar), rel=1e-9)
        wide = fluid(1e6, speed=1.0, calendar=calendar, **PAIR).throughput
        assert wide == pytest.approx(1 / (1 + P / R), rel=1e-4)
    assert unbuffered(stops) == pytest.approx(0.833333, abs=5e-7)
    assert unbuffered(stops, calendar=True) == pytest.approx(0.826446, abs=5e-7)


@given(
    volume=st.floats(0.0, 50.0),
    failure=st.tuples(rates, rates),
    repair=st.tuples(rates, rates),
    calendar=st.booleans(),
)
def test_what_flows_into_a_fluid_line_flows_out(volume, failure, repair, calendar):
    """Both machines pass the same; a clock in operation fails p times the time at work."""
    found = fluid(volume, speed=2.0, failure=failure, repair=repair, calendar=calendar)
    first = 2.0 * (1.0 - found.down[0] - found.blocked)
    assert first == pytest.approx(found.throughput, rel=1e-9)
    for k in (0, 1):
        p, r = failure[k], repair[k]
        expected = p / (p + r) if calendar else p / r * found.throughput / 2.0
        assert found.down[k] == pytest.approx(expected, rel=1e-9)
    mirror = fluid(
        volume, speed=2.0, failure=failure[::-1], repair=repair[::-1], calendar=calendar
    )
    assert mirror.throughput == pytest.approx(found.throughput, rel=1e-9)
    assert mirror.level == pytest.approx(volume - found.level, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("places", "printed"),
    [
        (2, 0.833699),
        (4, 0.840936),
        (5, 0.844058),
        (6, 0.846906),
        (10, 0.856175),
        (100, 0.896937),
    ],
)
def test_slotted_pair(places, printed):
    """Slots of one piece, states first; the mean level is N/2 (ORACLES B11)."""
    found = slotted(places, failure=(P, P), repair=(R, R))
    assert found.throughput == pytest.approx(printed, abs=5e-7)
    assert found.level == pytest.approx(places / 2, rel=1e-6)


def test_short_slots_are_a_fluid():
    """Unlike machines in ever shorter slots go to the fluid (B8, B11)."""
    failure, repair, fine = (0.02, 0.01), (0.1, 0.08), 40
    expected = fluid(5.0, speed=1.0, failure=failure, repair=repair)
    found = slotted(
        5 * fine,
        failure=tuple(p / fine for p in failure),
        repair=tuple(r / fine for r in repair),
    )
    assert found.throughput == pytest.approx(expected.throughput, rel=2e-3)
    assert found.level / fine == pytest.approx(expected.level, rel=1e-2)


@pytest.mark.parametrize(
    ("places", "printed"), [(1, 0.818182), (2, 0.857143), (5, 0.882353), (10, 0.891089)]
)
def test_bernoulli_pair(places, printed):
    """With p .9 both, PR = p2(1 - Q), Q = (1 - p1)/(N + 1 - p1) (ORACLES B14)."""
    expected = 0.9 * (1 - 0.1 / (places + 0.1))
    assert expected == pytest.approx(printed, abs=5e-7)
    assert bernoulli(places, up=(0.9, 0.9)) == pytest.approx(expected, rel=1e-9)


@given(places=st.integers(1, 6), up=st.tuples(st.floats(0.2, 0.95), st.floats(0.2, 0.95)))
def test_unlike_bernoulli_machines(places, up):
    """The chain of a buffer that is looked at before each slot has the same rate (B14)."""
    p1, p2 = up

    def moves(state):
        (n,) = state
        down = p2 * (1 - p1) if n else 0.0
        rise = p1 if not n else (p1 * (1 - p2) if n < places else 0.0)
        return [((n - 1,), down)] * (n > 0) + [((n + 1,), rise)] * (n < places)

    empty = steady((0,), moves)[(0,)]
    assert bernoulli(places, up=up) == pytest.approx(p2 * (1 - empty), rel=1e-6)


@pytest.mark.parametrize("places", [1, 2, 5, 10])
def test_tries_without_room_set_aside_are_a_blocked_machine(places):
    """The chain of the files of B14 has its rate: a try in vain is as good as none (B14)."""

    def moves(state):
        (n,) = state
        found = []
        for second in (0, 1) if n else (0,):
            for first in (0, 1):
                after = n - second + (first if n - second < places else 0)
                chance = (0.9 if first else 0.1) * (1.0 if not n else 0.9 if second else 0.1)
                found.append(((after,), chance))
        return [move for move in found if move[0] != state]

    made = 0.9 * (1 - steady((0,), moves)[(0,)])
    assert made == pytest.approx(bernoulli(places, up=(0.9, 0.9)), rel=1e-6)


def test_what_is_no_line_is_refused():
    """A speed of 0 and a chance of 1 have no steady state that these laws know."""
    with pytest.raises(OutOfRange, match="a fluid line needs"):
        fluid(1.0, speed=0.0, **PAIR)
    with pytest.raises(OutOfRange, match="needs chances inside 0 to 1"):
        bernoulli(1, up=(1.0, 0.5))

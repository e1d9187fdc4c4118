"""Laws: the queueing functions are the formulae of the books (ORACLES A, code C)."""

from __future__ import annotations

from math import factorial, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.errors import OutOfRange
from simtwin.oracles.chain import steady
from simtwin.plant.precheck import precheck
from simtwin.plant.queueing import (
    Service,
    completed,
    departing,
    effective,
    erlang_c,
    finite,
    interrupted,
    markovian,
    pollaczek_khinchine,
    preemptive,
    variable,
)
from tests.theory.plants import breakdown, exponential, fixed, line

EXACTLY_ONE = Service(1.0, 0.0)
EXPONENTIAL = Service(1.0, 1.0)
REPAIR = Service(10.0, 100.0)
P, R = 0.01, 0.1


def exact(expected, printed):
    """Return what to compare with: the formula to 1e-9, after a look at the printed digits."""
    assert expected == pytest.approx(printed, abs=5e-7)
    return pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("lam", "printed"),
    [
        pytest.param(0.8, (4.0, 3.2, 5.0, 4.0), id="A1"),
        pytest.param(0.9, (9.0, 8.1, 10.0, 9.0), id="A2"),
    ],
)
def test_one_server(lam, printed):
    """M/M/1: L = rho/(1 - rho), Lq = rho L, W = 1/(mu - lam), Wq = rho W (ORACLES A1, A2)."""
    formula = (lam / (1 - lam), lam**2 / (1 - lam), 1 / (1 - lam), lam / (1 - lam))
    found = markovian(lam, 1.0)
    assert (found.present, found.waiting, found.lead, found.wait) == exact(formula, printed)
    assert found.utilisation == lam


def test_three_servers():
    """M/M/3, lam 2.4: C .647191, Lq 2.588764, Wq 1.078652, W 2.078652, L 4.988764 (A4).

    ORACLES A4, by the sum of Erlang's formula.
    """
    a, c = 2.4, 3
    last = a**c / factorial(c) / (1 - a / c)
    wait = last / (sum(a**k / factorial(k) for k in range(c)) + last)
    lq = wait * a / (c - a)
    formula = (wait, lq, lq / a, lq / a + 1.0, lq + a)
    found = markovian(a, 1.0, c)
    printed = (0.647191, 2.588764, 1.078652, 2.078652, 4.988764)
    assert (
        erlang_c(a, c),
        found.waiting,
        found.wait,
        found.lead,
        found.present,
    ) == exact(formula, printed)


@pytest.mark.parametrize(
    ("variance", "printed"), [(0.0, 2.0), (0.5, 3.0), (1.0 / 12.0, 2.166667)]
)
def test_any_law_of_service(variance, printed):
    """M/D/1, M/E2/1, M/U(.5, 1.5)/1 at lam .8: Wq 2, 3, 2.166667 (ORACLES A6)."""
    formula = 0.8 * (1.0 + variance) / (2 * (1 - 0.8))
    service = Service(1.0, variance)
    assert pollaczek_khinchine(0.8, service).wait == exact(formula, printed)
    assert variable(0.8, 1.0, service).wait == pytest.approx(formula, rel=1e-12)


@pytest.mark.parametrize(
    ("lam", "places", "printed"),
    [(0.8, 5, (0.088819, 1.868332, 0.728944)), (1.0, 10, (1 / 11, 5.0, 10 / 11))],
)
def test_finite_room(lam, places, printed):
    """M/M/1/K: loss, L and accepted rate of birth and death (ORACLES A7)."""

    def moves(state):
        (n,) = state
        up = [((n + 1,), lam)] if n < places else []
        return up + ([((n - 1,), 1.0)] if n else [])

    chance = steady((0,), moves)
    loss = chance[(places,)]
    formula = (loss, sum(n * p for (n,), p in chance.items()), lam * (1 - loss))
    queue, lost = finite(lam, 1.0, places)
    assert (lost, queue.present, queue.arrivals) == exact(formula, printed)
    assert queue.utilisation == pytest.approx(1.0 - chance[(0,)], rel=1e-9)


@pytest.mark.parametrize(
    ("work", "printed"),
    [
        pytest.param(EXACTLY_ONE, (2.0, 4.884783, 5.984783, 4.189348), id="A9"),
        pytest.param(EXPONENTIAL, (3.21, 6.726087, 7.826087, 5.478261), id="A10"),
    ],
)
def test_breakdowns_in_operation(work, printed):
    """Completion time into Pollaczek-Khinchine: var C, Wq, W, L (ORACLES A9, A10)."""
    lam, slower = 0.7, 1 + P / R
    square = work.second * slower**2 + 2 * P / R**2
    wait = lam * square / (2 * (1 - lam * slower))
    formula = (square - slower**2, wait, wait + slower, lam * (wait + slower))
    done = completed(work, P, REPAIR)
    queue = pollaczek_khinchine(lam, done)
    assert (done.variance, queue.wait, queue.lead, queue.present) == exact(formula, printed)
    assert done.mean == pytest.approx(1.1, rel=1e-9)


def test_breakdowns_by_the_calendar():
    """M/M/1 that fails while idle too: L 6.114625, W 8.735178 (ORACLES A11)."""
    lam, mu = 0.7, 1.0
    present = lam * ((P + R) ** 2 + P * mu) / ((P + R) * (R * mu - lam * (P + R)))
    queue = interrupted(lam, 1.0 / mu, 1.0 / P, 1.0 / R)
    assert (queue.present, queue.lead) == exact((present, present / lam), (6.114625, 8.735178))


def test_effective_process_time():
    """t0 1 exactly, MTTF 100, MTTR 10 exponential: te 1.1, ce^2 1.652893 (ORACLES A12)."""
    up = 100 / 110
    formula = (1 / up, 2 * up * (1 - up) * 10)
    te = effective(EXACTLY_ONE, 100.0, REPAIR)
    assert (te.mean, te.cv2) == exact(formula, (1.1, 1.652893))


@given(
    mean=st.floats(0.1, 10.0),
    cv2=st.floats(0.0, 4.0),
    life=st.floats(1.0, 1000.0),
    repair=st.floats(0.1, 100.0),
    spread=st.floats(0.0, 4.0),
)
def test_two_words_for_one_thing(mean, cv2, life, repair, spread):
    """Gaver's completion time and Hopp & Spearman's effective one are equal (A9, A12)."""
    work, stop = Service(mean, cv2 * mean**2), Service(repair, spread * repair**2)
    one, other = completed(work, 1.0 / life, stop), effective(work, life, stop)
    assert (one.mean, one.cv2) == pytest.approx((other.mean, other.cv2), rel=1e-9)


def test_two_classes():
    """Preemptive resume, lam (.3, .4), mean 1: W 1.428571, 4.761905 (ORACLES A14)."""
    first = 1 / (1 - 0.3)
    formula = (first, first / (1 - 0.7))
    found = preemptive([(0.3, EXPONENTIAL), (0.4, EXPONENTIAL)])
    assert tuple(queue.lead for queue in found) == exact(formula, (1.428571, 4.761905))
    together = sum(queue.present for queue in found)
    assert together == pytest.approx(markovian(0.7, 1.0).present, rel=1e-9)


@pytest.mark.parametrize("servers", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("rho", [0.5, 0.8, 0.95])
def test_sakasegawa_is_near_erlang(servers, rho):
    """For M/M/c the wait is within 15 % of Erlang's C from .8 on, .04 of a service always."""
    lam = rho * servers
    expected = markovian(lam, 1.0, servers).wait
    near = {"rel": 0.15} if rho >= 0.8 else {"abs": 0.04}
    assert variable(lam, 1.0, EXPONENTIAL, servers).wait == pytest.approx(expected, **near)


def test_departures():
    """Burke: M/M/c passes Poisson on; a full station passes its own variability on."""
    assert departing(1.0, 1.0, 0.8, 4) == 1.0
    assert departing(0.0, 0.3, 1.0) == pytest.approx(0.3)
    assert departing(2.0, 0.0, 1.0, 4) == pytest.approx(1.0 - 1.0 / sqrt(4))


@pytest.mark.parametrize("lam", [1.0, 1.2, float("inf")])
def test_a_full_station_has_no_steady_state(lam):
    """Every law with a steady state refuses a utilisation of 1 and more, and says it."""
    for law in (
        lambda: markovian(lam, 1.0),
        lambda: pollaczek_khinchine(lam, EXACTLY_ONE),
        lambda: variable(lam, 1.0, EXACTLY_ONE),
        lambda: interrupted(lam, 1.0, 100.0, 10.0),
        lambda: preemptive([(lam, EXPONENTIAL)]),
    ):
        with pytest.raises(OutOfRange, match="below a utilisation of 1"):
            law()


@pytest.mark.parametrize(
    ("law", "clock", "printed"),
    [
        pytest.param(fixed(1.0), "processing", (4.189348, 5.984783), id="A9"),
        pytest.param(exponential(1.0), "processing", (5.478261, 7.826087), id="A10"),
        pytest.param(exponential(1.0), "calendar", (6.114625, 8.735178), id="A11"),
    ],
)
def test_the_pre_check_of_a_plant_file(law, clock, printed):
    """L and W of a machine with breakdowns, from its file, exactly (ORACLES A9, A10, A11)."""
    plant = line([law], failures=[breakdown(clock, 1 / P, 1 / R)], every=exponential(1 / 0.7))
    found = {row.what: row for row in precheck(plant).expected if not row.place}
    assert found["present"].kind == "exact"
    assert (found["present"].value, found["lead time"].value) == pytest.approx(
        printed, abs=5e-7
    )
    assert precheck(plant).capacity.bottleneck.rho == pytest.approx(0.7 * 1.1, rel=1e-9)

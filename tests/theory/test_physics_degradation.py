"""First passages of gamma and Wiener processes against textbooks, mpmath and recursions."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from simtwin.errors import OutOfRange
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.physics.mills import mills, mills_fall
from simtwin.physics.quadrature import gauss
from simtwin.physics.root import root
from simtwin.streams import Streams

WEAR = GammaProcess(0.5, 2.0, 50.0)
SIGNAL = WienerProcess(0.1, 0.5, 10.0)

uniforms = st.floats(0.0, 1.0, exclude_max=True)
positive = st.floats(0.01, 100.0)
gamma_processes = st.builds(GammaProcess, positive, positive, positive)
wiener_processes = st.builds(WienerProcess, positive, positive, positive)
processes = st.one_of(gamma_processes, wiener_processes)


def test_gamma_wear():
    """.5 per min, .02 mm, limit .3 mm: P .22429 .46566 .70813, median 30.664 (PHYSICS 8 G1)."""
    wear = GammaProcess(0.5, 0.02, 0.3)
    found = [wear.cdf(t) for t in (25.0, 30.0, 35.0)]
    assert found == pytest.approx([0.22429, 0.46566, 0.70813], abs=1e-5)
    assert wear.cdf(30.0) == pytest.approx(0.4656537, abs=5e-8)  # Q(15, 15)
    assert found == pytest.approx(special.gammaincc(0.5 * np.array([25, 30, 35]), 15.0))
    assert wear.ppf(0.5) == pytest.approx(30.664, abs=5e-4)


def test_wiener_signal():
    """Drift .01, sigma .02, limit .3: mean 30, sd 10.954, P(25) .37061 (PHYSICS 8 G2)."""
    signal = WienerProcess(0.01, 0.02, 0.3)
    assert signal.mean == pytest.approx(30.0)
    assert math.sqrt(signal.variance) == pytest.approx(10.954, abs=5e-4)
    assert signal.cdf(25.0) == pytest.approx(0.37061, abs=5e-6)


def test_first_passage_of_gamma_wear():
    """.5 per h, scale 2, limit 50: P(T <= 30, 50, 80), E[T] 51.0 (ORACLES J5)."""
    found = [WEAR.cdf(t) for t in (30.0, 50.0, 80.0)]
    assert found == pytest.approx([0.01240206, 0.47339847, 0.99655643], abs=5e-9)
    assert found == pytest.approx([special.gammaincc(0.5 * t, 25.0) for t in (30, 50, 80)])
    assert WEAR.mean == pytest.approx(51.0, abs=0.05)
    assert WEAR.mean == pytest.approx(float(mean_passage(25.0)) / 0.5, rel=1e-12)


def test_first_passage_of_a_wiener_process():
    """Drift .1, sigma .5, limit 10: P(T <= 60, 100) .20464152 .59441064 (ORACLES J7)."""
    assert SIGNAL.cdf(60.0) == pytest.approx(0.20464152, abs=5e-9)
    assert SIGNAL.cdf(100.0) == pytest.approx(0.59441064, abs=5e-9)
    assert [SIGNAL.cdf(t) for t in (60.0, 100.0)] == pytest.approx(
        [textbook(60), textbook(100)]
    )


def textbook(t: float) -> float:
    """Return P(T <= t) of J7 as STATISTICS 7 writes it."""
    phi, spread = stats.norm.cdf, 0.5 * math.sqrt(t)
    return phi((0.1 * t - 10.0) / spread) + math.exp(8.0) * phi(-(10.0 + 0.1 * t) / spread)


def mean_passage(x: float) -> mpmath.mpf:
    """Return the mean shape at which a unit gamma process passes *x*.

    By Ramanujan's integral for ``int y^a/Gamma(1 + a) da`` (Hardy, Ramanujan, 1940, ch. 11).
    """
    far = mpmath.quad(
        lambda s: (
            mpmath.exp(-x * (1 + mpmath.exp(s)) + s)
            / ((1 + mpmath.exp(s)) * (mpmath.pi**2 + s * s))
        ),
        [-60, -10, -2, 0, 2, 6, 20],
    )
    return x + mpmath.mpf(1) / 2 - far


@pytest.mark.parametrize("x", [1e-4, 0.1, 1.0, 25.0, 1e4])
def test_mean_of_a_gamma_passage(x):
    """It is (x + 1/2)/rate far out, and Ramanujan's integral everywhere (PHYSICS 8)."""
    assert GammaProcess(2.0, 3.0, 3.0 * x).mean == pytest.approx(
        float(mean_passage(x)) / 2.0, rel=1e-11
    )


CASES = [
    GammaProcess(0.5, 2.0, 50.0), GammaProcess(1.0, 1.0, 1e-3), GammaProcess(3.0, 1.0, 1e4),
    WienerProcess(0.1, 0.5, 10.0), WienerProcess(1.0, 100.0, 1.0),
    WienerProcess(1.0, 0.01, 1.0), WienerProcess(1.0, 1e4, 1.0),
]  # fmt: skip


def exactly(law: GammaProcess | WienerProcess, t: float) -> mpmath.mpf:
    """Return ln P(T > t) with sixty digits to spare."""
    with mpmath.workdps(60):
        t, limit = mpmath.mpf(t), mpmath.mpf(law.limit)
        if isinstance(law, GammaProcess):
            x = limit / mpmath.mpf(law.scale)
            return mpmath.log(mpmath.gammainc(law.rate * t, 0, x, regularized=True))
        drift, sigma = mpmath.mpf(law.drift), mpmath.mpf(law.sigma)
        spread = sigma * mpmath.sqrt(t)

        def tail(z: mpmath.mpf) -> mpmath.mpf:
            return mpmath.erfc(z / mpmath.sqrt(2)) / 2

        image = mpmath.exp(2 * drift * limit / sigma**2)
        free, other = (drift * t - limit) / spread, (drift * t + limit) / spread
        return mpmath.log(tail(free) - image * tail(other))


@pytest.mark.parametrize("law", CASES, ids=str)
def test_log_survival_keeps_its_digits(law):
    """From P(T <= t) of 1e-12 to survival of e^-5000, to 1e-12 relative (PHYSICS 8)."""
    targets = [math.log1p(-u) for u in (1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 1 - 1e-12)]
    for target in (*targets, -100.0, -700.0, -5000.0):
        t = law.reach(target)
        assert law.log_survival(t) == pytest.approx(target, rel=1e-12)
        assert float(exactly(law, t)) == pytest.approx(target, rel=1e-12)
    assert law.reach(-math.inf) == math.inf
    assert law.log_survival(math.inf) == -math.inf
    assert (law.ppf(0.0), law.log_survival(0.0), law.log_survival(-1.0)) == (0.0, 0.0, 0.0)


@given(processes, uniforms)
def test_a_quantile_inverts_its_law(law, u):
    """The cdf of the quantile is the uniform, for any parameters (KERNEL 22)."""
    t = law.ppf(u)
    if t == 0.0:
        assert u < 1e-290
    else:
        assert law.cdf(t) == pytest.approx(u, rel=1e-9, abs=1e-300)


@given(processes, uniforms, uniforms)
def test_the_rest_of_a_passage_lies_ahead(law, u, lived):
    """A life that has reached an age never ends before it (KERNEL 18)."""
    age = law.ppf(lived)
    assert law.conditional(u, age) >= age
    assert law.conditional(u, 0.0) == law.ppf(u)


@given(processes, st.floats(0.0, 0.999), st.floats(0.01, 1000.0))
def test_what_was_seen_shortens_the_rest(law, share, t):
    """Level 0 is a new part; a higher level fails sooner; looks chain (van Noortwijk 2009)."""
    assert law.seen(0.0) == law
    high = share * law.limit
    assert law.seen(high).survival(t) <= law.survival(t) * (1.0 + 1e-9)
    assert law.seen(0.5 * high).seen(high - 0.5 * high).limit == pytest.approx(
        law.seen(high).limit, rel=1e-9
    )


@given(processes, uniforms, uniforms, st.floats(1e-3, 1e3))
def test_a_level_rises_with_its_uniform_and_stays_below_the_limit(law, one, other, t):
    """The quantiles of the level of a life that goes on are in order (KERNEL 22)."""
    t *= law.mean / 100.0
    low, high = sorted((one, other))
    assert law.level(low, t) <= law.level(high, t) + 1e-9 * law.limit
    assert law.level(high, t) < law.limit
    if isinstance(law, GammaProcess):
        assert law.level(low, t, begin=0.4 * law.limit) >= 0.4 * law.limit


@pytest.mark.parametrize("t", [1e-6, 5.0, 40.0, 60.0, 120.0, 5000.0])
@pytest.mark.parametrize("u", [1e-9, 0.2, 0.7, 1.0 - 1e-9])
def test_level_of_wear_that_has_not_passed(t, u):
    """The gamma law cut off at the limit, also where survival underflows (PHYSICS 8)."""
    level = WEAR.level(u, t)
    with mpmath.workdps(60):
        below, whole = (
            mpmath.gammainc(mpmath.mpf(0.5) * mpmath.mpf(t), 0, x, regularized=True)
            for x in (mpmath.mpf(level) / 2, mpmath.mpf(25))
        )
        if level > 0.0:
            assert float(below / whole) == pytest.approx(u, rel=1e-9)
        else:
            assert float(whole) > u  # A jump is still to come: the level is below all floats.


@pytest.mark.parametrize("t", [1e-6, 1.0, 60.0, 100.0, 400.0, 50000.0])
@pytest.mark.parametrize("u", [0.01, 0.2, 0.7, 0.99])
def test_level_of_a_signal_that_has_not_touched(t, u):
    """The law of images inside an absorbing barrier (Cox & Miller 1965, 5.7)."""
    level = SIGNAL.level(u, t)
    with mpmath.workdps(60):

        def alive(y: float) -> mpmath.mpf:
            spread = mpmath.mpf(0.5) * mpmath.sqrt(mpmath.mpf(t))
            mean = mpmath.mpf(0.1) * mpmath.mpf(t)
            free = mpmath.ncdf((mpmath.mpf(y) - mean) / spread)
            image = mpmath.ncdf((mpmath.mpf(y) - 20 - mean) / spread)
            drift = 2 * mpmath.mpf(0.1) * 10 / mpmath.mpf(0.25)
            return free - mpmath.exp(drift) * image

        assert float(alive(level) / alive(10.0)) == pytest.approx(u, rel=1e-7)


def test_a_level_at_once_is_the_one_it_began_with():
    """No time, no growth; a uniform of 0 has a level too (KERNEL 22)."""
    assert WEAR.level(0.4, 0.0, begin=7.0) == 7.0
    assert SIGNAL.level(0.4, 0.0, begin=-7.0) == -7.0
    assert WEAR.level(0.0, 30.0, begin=7.0) == 7.0
    assert WEAR.level(0.0, 5000.0) == 0.0
    assert math.isfinite(SIGNAL.level(0.0, 30.0))
    assert SIGNAL.level(1.0 - 2**-53, 1e-9, begin=9.99999) < 10.0


@pytest.mark.parametrize(("law", "at"), [(WEAR, 45.0), (SIGNAL, 60.0)], ids=["gamma", "wiener"])
@pytest.mark.parametrize("t", [3.0, 20.0])
def test_a_level_is_all_that_a_process_remembers(law, at, t):
    """Survival to s + t is survival to s times that of the rest from the level then (Markov).

    The mean over the level of the exact law, on 4000 equally likely quantiles.
    """
    n = 4000
    rest = [law.seen(law.level((k + 0.5) / n, at)).survival(t) for k in range(n)]
    assert math.fsum(rest) / n == pytest.approx(
        law.survival(at + t) / law.survival(at), rel=2e-4
    )


@pytest.mark.parametrize("law", [WEAR, SIGNAL], ids=["gamma", "wiener"])
def test_another_clock_counts_the_same_life(law):
    """A scaled law is the law in other units, seen from any level (PHYSICS 8)."""
    seconds = law.scaled(3600.0)
    assert seconds.ppf(0.3) == pytest.approx(3600.0 * law.ppf(0.3), rel=1e-12)
    assert seconds.level(0.3, 3600.0 * 20.0) == pytest.approx(law.level(0.3, 20.0), rel=1e-9)
    assert seconds.seen(4.0) == law.seen(4.0).scaled(3600.0)


# -- looks (ORACLES J9) ------------------------------------------------------------------------

END = 100.0
MISSED = {5.0: 0.548759, 1.0: 0.571768}
"""P(seen above the limit at some look until 100) by the time between two looks."""


def recursion(every: float, *, bridge: bool) -> float:
    """Return P(passed until 100) by the density of the level at looks that saw no passage."""
    far, panels = 40.0, 40
    width = far / panels
    nodes = [
        (10.0 - far + width * (k + x), width * w) for k in range(panels) for x, w in gauss(16)
    ]
    level, weight = np.array(nodes).T
    spread = 0.5 * math.sqrt(every)

    def kernel(after: np.ndarray, before: np.ndarray) -> np.ndarray:
        density = stats.norm.pdf(after, before + 0.1 * every, spread)
        if bridge:
            gaps = (10.0 - before) * (10.0 - after)
            density = density * -np.expm1(-2.0 * gaps / (0.25 * every))
        return density

    density = kernel(level, np.array(0.0))
    step = kernel(level[:, None], level[None, :]) * weight
    for _ in range(round(END / every) - 1):
        density = step @ density
    return 1.0 - float(density @ weight)


@pytest.mark.parametrize("every", [5.0, 1.0])
def test_looks_miss_passages_and_the_bridge_finds_them(every):
    """Looks every 5 h see .548759, every 1 h .571768; bridged .594411 (ORACLES J9)."""
    assert recursion(every, bridge=False) == pytest.approx(MISSED[every], rel=1e-4)
    assert recursion(every, bridge=True) == pytest.approx(0.594411, rel=1e-4)
    assert SIGNAL.cdf(END) == pytest.approx(0.594411, abs=5e-7)


@pytest.mark.parametrize("every", [5.0, 1.0])
def test_simulated_looks_miss_passages_and_the_bridge_finds_them(every):
    """Paths seen at looks only, and with the crossing probability between them (ORACLES J9)."""
    paths, looks = 4000, round(END / every)
    stream = Streams(9)["signal", "looks"]
    seen, bridged = np.zeros(paths), np.zeros(paths)
    for path in range(paths):
        level, safe = 0.0, 1.0
        for _ in range(looks):
            step = normal(stream())
            after = level + 0.1 * every + 0.5 * math.sqrt(every) * step
            safe *= 1.0 - SIGNAL.crossing(level, after, every)
            level = after
            if level >= 10.0:
                seen[path] = 1.0
                break
        bridged[path] = 1.0 - safe
    for expected, found in ((MISSED[every], seen), (0.594411, bridged)):
        error = float(found.std(ddof=1)) / math.sqrt(paths)
        assert 4.0 * error <= 0.08 * expected
        assert abs(float(found.mean()) - expected) <= 4.0 * error


def normal(u: float) -> float:
    """Return the standard normal quantile of *u*, 0 included."""
    return float(special.ndtri(max(u, 2.0**-54)))


# -- what they are made of ---------------------------------------------------------------------


@pytest.mark.parametrize("z", [-3.0, 0.0, 3.9, 4.0, 30.0, 1e4, 1e8])
def test_ratio_of_mills(z):
    """Tail over density, and its fall over any step, to 1e-12 (Mills 1926)."""
    with mpmath.workdps(80):

        def ratio(x: mpmath.mpf) -> mpmath.mpf:
            return mpmath.erfc(x / mpmath.sqrt(2)) / 2 / mpmath.npdf(x)

        exact = mpmath.mpf(z)
        if z < 1e4:
            assert mills(z) == pytest.approx(float(ratio(exact)), rel=1e-13)
            for step in (1e-9, 0.3, 1.0, 2.0, 50.0):
                if z + step > 0.0 and z >= -step:
                    fall = float(ratio(exact) - ratio(exact + mpmath.mpf(step)))
                    assert mills_fall(z, step) == pytest.approx(fall, rel=1e-12)
        assert mills_fall(max(z, 0.0), 1e-9) > 0.0


def test_roots():
    """A rising function crosses zero where it says, even at a jump or in a far corner."""
    assert root(lambda t: t * t - 2.0, 50.0) == pytest.approx(math.sqrt(2.0), rel=1e-15)
    assert root(lambda t: t - 3.0, 3.0) == 3.0
    assert root(lambda t: -1.0 if t < 7.0 else 1.0, 1.0) == pytest.approx(7.0, rel=1e-15)
    assert root(lambda t: -math.inf if t < 1.1 else t - 1.3, 9.0) == pytest.approx(1.3)
    assert root(lambda t: math.inf if t > 1.1 else t - 0.9, 9.0) == pytest.approx(0.9)
    assert root(lambda t: t - 1e-200, 5.0) == pytest.approx(1e-200, rel=1e-15)
    assert root(lambda t: t - 1e299, 5.0) == pytest.approx(1e299, rel=1e-15)
    assert (root(lambda _: -1.0, 5.0), root(lambda _: 1.0, 5.0)) == (math.inf, 0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GammaProcess(0.0, 1.0, 1.0), "gamma process: rate must be positive"),
        (lambda: GammaProcess.growing(1.0, 0.0, 1.0), "gamma process: scale must be positive"),
        (lambda: GammaProcess(1.0, 1e-90, 1e90), r"limit_over_scale must be .* got 1e\+180"),
        (lambda: WienerProcess(-0.1, 1.0, 1.0), "wiener process: drift must be positive"),
        (lambda: WEAR.seen(50.0), "must be >= 0 and below the limit 50, got 50"),
        (lambda: WEAR.seen(-1.0), "must be >= 0 and below the limit 50, got -1"),
        (lambda: WEAR.seen(math.nan), "below the limit 50, got nan"),
        (lambda: SIGNAL.seen(11.0), "must be below the limit 10, got 11"),
        (lambda: WEAR.level(0.5, -1.0), r"clock of a level must be >= 0 and finite, got -1\.0"),
        (lambda: SIGNAL.level(0.5, math.inf), "clock of a level must be >= 0 and finite"),
        (lambda: SIGNAL.crossing(1.0, 2.0, 0.0), "between two looks must be positive, got 0"),
    ],
)
def test_what_no_process_can_be_is_refused(make, message):
    """The message names the process, the value and the bound (STYLE, Errors)."""
    with pytest.raises(OutOfRange, match=message):
        make()

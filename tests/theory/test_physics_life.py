"""The laws of life against textbooks, scipy and their own hazards."""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
import pytest
from scipy import integrate, special, stats

from simtwin.errors import OutOfRange
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.physics.fit import fit_weibull
from simtwin.physics.hazard import (
    arrhenius,
    availability,
    failure_probability,
    proportional_hazard,
)
from simtwin.physics.life import (
    Exponential,
    Fixed,
    Gamma,
    Geometric,
    Lognormal,
    NegativeBinomial,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)
from simtwin.physics.slots import SUMMED
from simtwin.physics.survival import log_normal_tail, normal_at


def names(cases: list[tuple[object, object]]) -> list[str]:
    """Return the laws as names of test cases: the same in every process."""
    return [str(law) for law, _ in cases]


class FirstPassage(stats.rv_continuous):
    """First passage of a gamma process as scipy integrates and inverts it by itself."""

    def __init__(self, rate: float, x: float) -> None:
        super().__init__(a=0.0)
        self.rate, self.x = rate, x

    def _cdf(self, t):
        return special.gammaincc(self.rate * t, self.x)

    def _sf(self, t):
        return special.gammainc(self.rate * t, self.x)

    def _stats(self):
        mean = integrate.quad(self._sf, 0.0, math.inf, epsabs=0.0, epsrel=1e-12)[0]
        half = integrate.quad(
            lambda t: t * self._sf(t), 0.0, math.inf, epsabs=0.0, epsrel=1e-12
        )[0]
        return mean, 2.0 * half - mean**2, None, None


CONTINUOUS = [
    (Exponential(3.0), stats.expon(scale=3.0)),
    (Weibull(2.5, 7.0), stats.weibull_min(2.5, scale=7.0)),
    (Weibull(0.5, 5000.0), stats.weibull_min(0.5, scale=5000.0)),
    (Lognormal(3.0, 1.0), stats.lognorm(1.0, scale=3.0)),
    (Normal(2.0, 1.5), stats.truncnorm(-2.0 / 1.5, math.inf, loc=2.0, scale=1.5)),
    (Uniform(2.0, 6.0), stats.uniform(2.0, 4.0)),
    (Triangular(1.0, 2.0, 6.0), stats.triang(0.2, loc=1.0, scale=5.0)),
    (Triangular(1.0, 1.0, 6.0), stats.triang(0.0, loc=1.0, scale=5.0)),
    (Triangular(1.0, 6.0, 6.0), stats.triang(1.0, loc=1.0, scale=5.0)),
    (Gamma(2.5, 4.0), stats.gamma(2.5, scale=4.0)),
    (Gamma(3.0, 1.0), stats.erlang(3)),
    (WienerProcess(0.1, 0.5, 10.0), stats.invgauss(0.25, scale=400.0)),
    (WienerProcess(1.0, 3.0, 2.0), stats.invgauss(4.5, scale=4.0 / 9.0)),
    (GammaProcess(0.5, 2.0, 50.0), FirstPassage(0.5, 25.0)),
    (GammaProcess(2.0, 3.0, 0.6), FirstPassage(2.0, 0.2)),
]
DISCRETE = [
    (NegativeBinomial(5, 0.1), stats.nbinom(5, 0.1, loc=5)),
    (NegativeBinomial(1, 0.3), stats.geom(0.3)),
    (Geometric(0.3), stats.geom(0.3)),
]


@pytest.mark.parametrize(("law", "reference"), CONTINUOUS, ids=names(CONTINUOUS))
def test_continuous_law_agrees_with_scipy(law, reference):
    """Moments, quantiles, tails and hazards are those of scipy.stats (PHYSICS 9.2)."""
    assert law.mean == pytest.approx(reference.mean(), rel=1e-10)
    assert law.variance == pytest.approx(reference.var(), rel=1e-8)
    for u in (0.0, 1e-9, 0.01, 0.3, 0.5, 0.9, 1.0 - 1e-9):
        t = law.ppf(u)
        assert t == pytest.approx(reference.ppf(u), rel=1e-7, abs=1e-12)
        assert law.cdf(t) == pytest.approx(u, rel=1e-7, abs=1e-15)
        assert law.survival(t) == pytest.approx(reference.sf(t), rel=1e-7)
    early, late = law.ppf(0.2), law.ppf(0.7)
    assert law.hazard(early, late) == pytest.approx(math.log(0.8 / 0.3), rel=1e-12)
    assert law.survival(-1.0) == 1.0
    assert law.cdf(0.0) == 0.0


@pytest.mark.parametrize(("law", "reference"), DISCRETE, ids=names(DISCRETE))
def test_counting_law_agrees_with_scipy(law, reference):
    """Slots until k steps: probabilities, moments, first count with F > u (ORACLES E4)."""
    assert law.mean == pytest.approx(reference.mean(), rel=1e-12)
    assert law.variance == pytest.approx(reference.var(), rel=1e-12)
    for count in (1, 4, 5, 6, 7.5, 20, 100, 300):
        assert law.survival(count) == pytest.approx(reference.sf(count), rel=1e-11)
        if law.cdf(count) > 0.0 and count in (1, 5, 6, 20):
            assert law.ppf(law.cdf(count) * (1.0 - 1e-9)) == count
            assert law.ppf(law.cdf(count) * (1.0 + 1e-9)) == count + 1
    assert law.ppf(0.0) == law.ppf(1e-15) >= 1.0
    assert law.survival(-3.0) == 1.0


@pytest.mark.parametrize("law", [law for law, _ in (*CONTINUOUS, *DISCRETE)], ids=str)
def test_scaled_law_is_the_law_of_the_multiple(law):
    """A factor on the quantity is a factor on every quantile and the mean (PHYSICS 7.4)."""
    tripled = law.scaled(3.0)
    for u in (0.0, 0.1, 0.5, 0.99):
        assert tripled.ppf(u) == pytest.approx(3.0 * law.ppf(u), rel=1e-12)
    assert tripled.mean == pytest.approx(3.0 * law.mean)
    assert tripled.variance == pytest.approx(9.0 * law.variance)
    assert tripled.survival(3.0 * law.mean) == pytest.approx(law.survival(law.mean))


FAR = [
    (Exponential(1.0), 5000.0),
    (Weibull(2.0, 1.0), 100.0),
    (Weibull(0.5, 1.0), 1e8),
    (Lognormal(1.0, 0.3), 1e6),
    (Normal(5.0, 1.0), 60.0),
    (Gamma(3.0, 1.0), 5000.0),
    (Gamma(0.5, 1.0), 800.0),
    (GammaProcess(0.5, 2.0, 50.0), 2000.0),
    (GammaProcess(2.0, 1.0, 0.1), 400.0),
    (WienerProcess(0.1, 0.5, 10.0), 80000.0),
    (WienerProcess(1.0, 3.0, 2.0), 20000.0),
    (NegativeBinomial(4, 0.1), 20000.0),
    (Geometric(0.1), 20000.0),
]


@pytest.mark.parametrize(("law", "age"), FAR, ids=names(FAR))
def test_rest_of_a_life_that_has_outlived_its_law(law, age):
    """Where survival underflows, the rest of a life keeps its hazard (KERNEL 18)."""
    assert law.survival(age) < 1e-290
    rest = [law.conditional(u, age) for u in (0.0, 0.1, 0.5, 0.9, 0.999)]
    assert rest == sorted(rest)
    assert rest[0] >= age
    for u, t in zip((0.1, 0.5, 0.9), rest[1:4], strict=True):
        if isinstance(law, NegativeBinomial | Geometric):
            assert law.hazard(age, t) > -math.log1p(-u) >= law.hazard(age, t - 1.0)
        else:
            assert law.hazard(age, t) == pytest.approx(-math.log1p(-u), rel=1e-6)
            assert law.age_at(-math.log1p(-u), age) == pytest.approx(t, rel=1e-12)


def test_conditional_at_birth_is_the_quantile_bit_for_bit():
    """A unit that has not lived yet draws as a new one, in every bit (KERNEL 18, 20)."""
    for law, _ in (*CONTINUOUS, *DISCRETE, (Fixed(4.0), None)):
        for u in (0.0, 0.123456789, 0.987654321):
            assert law.conditional(u, 0.0) == law.ppf(u)


def test_fixed_life():
    """A fixed life ends on its value: certain there, impossible before (PHYSICS 9.3)."""
    law = Fixed(12.0)
    assert (law.mean, law.variance, law.ppf(0.3)) == (12.0, 0.0, 12.0)
    assert (law.cdf(11.9), law.cdf(12.0)) == (0.0, 1.0)
    assert law.hazard(0.0, 11.9) == 0.0
    assert law.hazard(0.0, 12.0) == math.inf
    assert law.hazard(13.0, 14.0) == math.inf
    assert (law.conditional(0.5, 3.0), law.conditional(0.5, 15.0)) == (12.0, 15.0)
    assert law.age_at(0.1) == 12.0
    assert law.scaled(2.0) == Fixed(24.0)


def test_bounded_laws_end():
    """Beyond their upper end nothing lives: the rest is over at once (PHYSICS 9.3)."""
    for law in (Uniform(2.0, 6.0), Triangular(1.0, 2.0, 6.0)):
        assert law.survival(6.0) == 0.0
        assert law.hazard(0.0, 7.0) == math.inf
        assert law.conditional(0.5, 6.5) == 6.5
        assert 5.0 <= law.conditional(0.5, 5.0) <= 6.0
        assert law.age_at(math.inf) == 6.0
    assert Gamma(2.0, 1.0).age_at(math.inf) == math.inf
    assert Lognormal(2.0, 1.0).age_at(math.inf) == math.inf
    assert NegativeBinomial(2, 0.5).age_at(math.inf) == math.inf
    assert Geometric(0.5).age_at(math.inf) == math.inf


def test_certain_steps():
    """With a step in every slot, k steps take k slots (PHYSICS 9.2)."""
    law = NegativeBinomial(4, 1.0)
    assert (law.ppf(0.0), law.ppf(0.9), law.variance) == (4.0, 4.0, 0.0)
    assert (law.survival(3.0), law.survival(4.0)) == (1.0, 0.0)
    one = Geometric(1.0)
    assert (one.ppf(0.0), one.ppf(0.9)) == (1.0, 1.0)
    assert (one.survival(0.0), one.survival(1.0)) == (1.0, 0.0)


def test_many_steps_do_not_overflow():
    """Thousands of steps keep their probabilities (PHYSICS 9.2)."""
    law = NegativeBinomial(3000, 0.3)
    for count in (9500, 10000, 10500):
        assert law.survival(count) == pytest.approx(stats.binom(count, 0.3).cdf(2999), rel=1e-8)


def test_a_million_steps_are_drawn_at_once():
    """The incomplete beta function is the sum of the probabilities, also where it is least."""
    law = NegativeBinomial(10**6, 0.5)
    begin = perf_counter()
    drawn = [law.ppf(u) for u in (0.0, 0.001, 0.4, 0.999, 1.0 - 2.0**-53)]
    assert perf_counter() - begin < 1.0
    assert drawn[1:4] == list(stats.nbinom(10**6, 0.5, loc=10**6).ppf([0.001, 0.4, 0.999]))
    few, many = NegativeBinomial(SUMMED, 0.3), NegativeBinomial(SUMMED + 1, 0.3)
    for count in (3000, 3334, 4000, 9000):
        more = many.log_survival(count)
        assert few.log_survival(count) < more < 0.0
        exact = np.logaddexp(few.log_survival(count), stats.binom(count, 0.3).logpmf(SUMMED))
        assert more == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("size", [1e-100, 1.0, 1e100])
@pytest.mark.parametrize(
    "make",
    [
        Exponential,
        lambda size: Weibull(0.1, size),
        lambda size: Weibull(1e9, size),
        lambda size: Lognormal(size, 5.0),
        lambda size: Gamma(0.1, size),
        lambda size: Gamma(1e6, size),
        lambda size: Normal(size, 1e100),
        lambda size: Normal(size, 1e-100),
        lambda size: NegativeBinomial(10**6, 1e-12, size),
        lambda size: NegativeBinomial(10**6, 1.0 - 1e-12, size),
    ],
)
def test_every_law_answers_at_its_bounds(make, size):
    """What is within the bounds never leaves the floats: a number, or infinity at the end."""
    law = make(size)
    assert 0.0 <= law.variance < math.inf
    for factor in (0.0, 1e-9, 1.0, 1e9):
        t = factor * law.mean
        assert 0.0 <= law.survival(t) <= 1.0
        assert law.conditional(0.5, t) >= t
        assert law.age_at(factor) >= 0.0
    assert 0.0 <= law.ppf(0.5) <= law.ppf(1.0 - 2.0**-53) < math.inf


def test_weibull_of_wear():
    """B 2, eta 4000 h: p .0060178 in 24 h at age 2000; B10 1298.4; mean 3544.9 (PHYSICS H1)."""
    law = Weibull(2.0, 4000.0)
    p = failure_probability([law.hazard(2000.0, 2024.0)])
    assert p == pytest.approx(0.0060178, abs=5e-8)
    assert law.ppf(0.1) == pytest.approx(1298.4, abs=0.05)
    assert law.mean == pytest.approx(3544.9, abs=0.05)
    assert law.age_at(0.25) == pytest.approx(2000.0)
    assert law.age_at(0.25, 2000.0) == pytest.approx(math.sqrt(2.0) * 2000.0)


def test_weibull_of_early_failures():
    """Shape .5, scale 5000: mean 10000, P(> 6000) .33439 (PHYSICS H2)."""
    law = Weibull(0.5, 5000.0)
    assert law.mean == pytest.approx(10000.0, rel=1e-12)
    assert law.survival(6000.0) == pytest.approx(0.33439, abs=5e-6)


def test_proportional_hazards():
    """Covariate 0, 1, 2 with weight .9: H .0625, .192156, .027441, p .027068 (PHYSICS H3)."""
    law = Weibull(2.0, 4000.0)
    stretches = [(0.0, 1000.0, 0.0), (1000.0, 1500.0, 0.9), (1500.0, 1524.0, 1.8)]
    found = [proportional_hazard(law, [stretch]) for stretch in stretches]
    assert found == pytest.approx([0.0625, 0.192156, 0.027441], abs=5e-7)
    assert proportional_hazard(law, stretches) == pytest.approx(sum(found))
    assert failure_probability(found[2:]) == pytest.approx(0.027068, abs=1e-6)


def test_constant_rate():
    """Total rate 1/800 h: P(failure within 24 h) .029554 (PHYSICS H4)."""
    assert Exponential(800.0).cdf(24.0) == pytest.approx(0.029554, abs=5e-7)


def test_availability():
    """MTBF 800, MTTR 6: .992556 (PHYSICS H5)."""
    assert availability(800.0, 6.0) == pytest.approx(0.992556, abs=5e-7)
    with pytest.raises(OutOfRange, match=r"not both 0, got 0\.0 and 0\.0"):
        availability(0.0, 0.0)


def test_competing_rates():
    """Rates 1/2000, 1/4000, 1/1600: total 1/727.27, share .363636, p .032461 (PHYSICS H6)."""
    rates = [1 / 2000, 1 / 4000, 1 / 1600]
    assert 1.0 / sum(rates) == pytest.approx(727.27, abs=5e-3)
    assert rates[0] / sum(rates) == pytest.approx(0.363636, abs=5e-7)
    hazards = [Exponential(1.0 / rate).hazard(0.0, 24.0) for rate in rates]
    assert failure_probability(hazards) == pytest.approx(0.032461, abs=5e-7)
    assert failure_probability([*hazards, math.inf]) == 1.0


def test_arrhenius():
    """1.095 eV has the slope of 10 K per halving at 155 degC (PHYSICS 6.6)."""
    slope = math.log(arrhenius(1.095, 155.0, 155.001)) / 0.001
    assert slope == pytest.approx(math.log(2.0) / 10.0, rel=1e-3)
    assert arrhenius(0.7, 50.0, 40.0) * arrhenius(0.7, 40.0, 50.0) == pytest.approx(1.0)
    with pytest.raises(OutOfRange, match=r"above -273\.15 degC, got 20\.0 and -300\.0"):
        arrhenius(0.7, 20.0, -300.0)


def test_repair_times():
    """Lognormal, median 3 h, sigma 1: mean 4.95 h (PHYSICS 9.1)."""
    assert Lognormal(3.0, 1.0).mean == pytest.approx(4.95, abs=5e-3)


def test_ball_bearings_of_lieblein_and_zelen():
    """Maximum likelihood of 23 lives: shape 2.1021, scale 81.878, B10 28.069 (PHYSICS E12)."""
    lives = (
        17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80,
        68.64, 68.64, 68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40,
    )  # fmt: skip
    fit = fit_weibull(lives)
    assert fit.shape == pytest.approx(2.1021, abs=5e-5)
    assert fit.scale == pytest.approx(81.878, abs=5e-4)
    assert fit.ppf(0.1) == pytest.approx(28.069, abs=5e-4)
    with pytest.raises(OutOfRange, match="two or more different positive lives, got 1"):
        fit_weibull([3.0])


def test_normal_tail_is_smooth_where_its_branches_meet():
    """The log tail and its inverse agree across every branch (Abramowitz & Stegun 26.2.12)."""
    for z in (-9.0, -1.0, 0.0, 1.0, 5.0, 36.9, 37.0, 37.1, 60.0, 1e3):
        if z > -8.0:
            assert normal_at(log_normal_tail(z)) == pytest.approx(z, abs=1e-9)
    assert log_normal_tail(37.0) == pytest.approx(log_normal_tail(37.0 - 1e-9), rel=1e-9)
    assert normal_at(-math.inf) == math.inf
    assert normal_at(0.0) == -math.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fixed(-1.0), r"value must be >= 0 and finite, got -1\.0"),
        (lambda: Exponential(0.0), r"mean must be positive and finite, got 0\.0"),
        (lambda: Weibull(-2.0, 1.0), r"shape must be positive and finite, got -2\.0"),
        (lambda: Lognormal(1.0, math.inf), "sigma must be positive and finite, got inf"),
        (lambda: Normal(1.0, 0.0), "sd must be positive"),
        (lambda: Uniform(3.0, 2.0), r"needs 0 <= low < high, got low 3\.0 and high 2\.0"),
        (lambda: Triangular(1.0, 0.5, 2.0), "needs 0 <= low <= mode <= high"),
        (lambda: Gamma(math.nan, 1.0), "shape must be positive and finite, got nan"),
        (lambda: NegativeBinomial(0, 0.5), "steps must be a whole number of at least 1"),
        (lambda: NegativeBinomial(2, 1.5), r"p must be in \(0, 1\], got 1\.5"),
        (lambda: NegativeBinomial(1000001, 0.5), "steps must be at most 1000000, got"),
        (lambda: Geometric(1e-13), "p must be at least 1e-12, got 1e-13"),
        (lambda: Weibull(0.05, 1.0), r"shape must be >= 0\.1, got 0\.05"),
        (lambda: Gamma(0.05, 1.0), r"shape must be 0\.1 to 1e\+06, got 0\.05"),
        (lambda: Gamma(1e7, 1.0), r"shape must be 0\.1 to 1e\+06, got 1e\+07"),
        (lambda: Exponential(1e101), r"mean must be 1e-100 to 1e\+100, got 1e\+101"),
        (lambda: Geometric(0.0), r"p must be in \(0, 1\], got 0\.0"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    """The message names law, parameter, value and bound (STYLE, Errors)."""
    with pytest.raises(OutOfRange, match=message):
        make()

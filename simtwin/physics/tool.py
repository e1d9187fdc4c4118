"""This module holds tool wear: Taylor's life, the wear land, scatter and breakage.

Damage D is the life used, 1 at the wear limit; the land is ``VB = VB_lim w(D)`` (PHYSICS 7).
w is piecewise linear on fixed knots: that is the model, and everything here is exact for it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from simtwin.errors import OutOfRange
from simtwin.physics.survival import NORMAL

KNOTS: tuple[float, ...] = (
    0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.22, 0.5, 0.65, 0.75, 0.83, 0.9, 0.95, 1.0,
)  # fmt: skip
"""Damages between which the wear land is straight (PHYSICS 7.3, A)."""
BEYOND = 2.5
"""Slope of w beyond D = 1."""
_LARGEST = 700.0
"""exp(700) is near the end of the floats; such a hazard is certain."""
_LEAST = 2.0**-54
"""Stands for a uniform of 0, so that no edge has a life of 0."""


def smooth_land(damage: float) -> float:
    """Return the wear land over its limit as a smooth curve: break-in, steady, run-away.

    ``w = .25 (1 - e^(-D/.05))/(1 - e^-20) + .5 D + .25 D^8``; the reference for `land`, within
    .081 % of K_VB. Assumption, PHYSICS 7.3.

    >>> smooth_land(0.0), smooth_land(1.0)
    (0.0, 1.0)
    """
    settling = 0.25 * math.expm1(-damage / 0.05) / math.expm1(-20.0)
    return settling + 0.5 * damage + 0.25 * float(damage**8)


_LANDS = tuple(smooth_land(knot) for knot in KNOTS)
_SLOPES = (
    *(
        (w1 - w0) / (d1 - d0)
        for d0, d1, w0, w1 in zip(KNOTS, KNOTS[1:], _LANDS, _LANDS[1:], strict=False)
    ),
    BEYOND,
)


@dataclass(frozen=True, slots=True)
class TaylorLife:
    """Tool life against speed, feed and depth, about a reference point.

    ``T = T_ref (V_ref/V)^(1/n) (f_ref/f)^(1/n1) (ap_ref/ap)^(1/n2)``. An exponent of 0 leaves
    its quantity out. Holds for one tool-work pair, not near a built-up edge.
    Source: F. W. Taylor, Trans. ASME 28, 1907; ISO 3685.

    >>> TaylorLife(900.0, 3.0, 0.2e-3, 2e-3, 4.0, 1.0, 0.0).at(6.0, 0.1e-3, 1e-3)
    112.5
    """

    reference: float
    """Life at the reference [s]."""
    speed: float
    """[m/s]"""
    feed: float
    """[m]"""
    depth: float
    """[m]"""
    speed_exponent: float
    """1/n: 4 to 5 for carbide on steel (M)."""
    feed_exponent: float = 0.0
    """1/n1: 1.25 to 2.5 (M)."""
    depth_exponent: float = 0.0
    """1/n2: .5 to .75 (M)."""

    def __post_init__(self) -> None:
        pairs = (
            ("speed", self.speed, self.speed_exponent),
            ("feed", self.feed, self.feed_exponent),
            ("depth", self.depth, self.depth_exponent),
        )
        if not 0.0 < self.reference < math.inf:
            raise OutOfRange(f"reference life must be positive, got {self.reference} s")
        for name, value, exponent in pairs:
            if exponent < 0.0 or (exponent > 0.0 and not value > 0.0):
                raise OutOfRange(
                    f"Taylor: {name} needs an exponent >= 0 and a positive reference, got "
                    f"exponent {exponent} and reference {value}"
                )

    @property
    def constant(self) -> bool:
        """Whether it is the same whatever the cutting data.

        >>> TaylorLife(900.0, 1.0, 1.0, 1.0, 0.0).constant
        True
        """
        return not (self.speed_exponent or self.feed_exponent or self.depth_exponent)

    @classmethod
    def from_constant(cls, constant: float, exponent: float) -> TaylorLife:
        """Return the law ``V T^n = C`` with *constant* C [m/min], T in min, *exponent* n [vu].

        C is the cutting speed that wears a tool out in one minute.

        >>> round(TaylorLife.from_constant(300.0, 0.25).at(200.0 / 60.0) / 60.0, 4)
        5.0625
        """
        if not (constant > 0.0 and 0.0 < exponent < 1.0):
            raise OutOfRange(
                f"Taylor: C must be positive and n in (0, 1), got C {constant} m/min "
                f"and n {exponent}"
            )
        return cls(60.0, constant / 60.0, 0.0, 0.0, 1.0 / exponent)

    def at(self, speed: float, feed: float = 0.0, depth: float = 0.0) -> float:
        """Return the life [s] at *speed* [m/s], *feed* [m] and *depth* [m]."""
        given = (
            ("speed", speed, self.speed, self.speed_exponent),
            ("feed", feed, self.feed, self.feed_exponent),
            ("depth", depth, self.depth, self.depth_exponent),
        )
        life = self.reference
        for name, value, reference, exponent in given:
            if exponent > 0.0:
                if not value > 0.0:
                    raise OutOfRange(f"tool life: {name} must be positive, got {value}")
                life *= (reference / value) ** exponent
        return life


def land(damage: float) -> float:
    """Return the wear land over its limit at *damage* >= 0: straight between knots.

    >>> land(0.0), land(1.0), land(1.2)
    (0.0, 1.0, 1.5)
    """
    i = bisect_right(KNOTS, damage) - 1
    return _LANDS[i] + _SLOPES[i] * (damage - KNOTS[i])


def land_slope(damage: float) -> float:
    """Return dw/dD on the stretch that begins at or before *damage*.

    >>> land_slope(1.0)
    2.5
    """
    return _SLOPES[bisect_right(KNOTS, damage) - 1]


def damage_at(wear: float) -> float:
    """Return the damage at which the land over its limit is *wear* >= 0, exactly.

    >>> damage_at(0.0), damage_at(1.5)
    (0.0, 1.2)
    """
    i = max(0, bisect_left(_LANDS, wear) - 1)
    if wear > 1.0:
        i = len(KNOTS) - 1
    return KNOTS[i] + (wear - _LANDS[i]) / _SLOPES[i]


def next_knot(damage: float) -> float:
    """Return the first knot after *damage*; `math.inf` from D = 1 on.

    >>> next_knot(0.1), next_knot(1.0)
    (0.15, inf)
    """
    i = bisect_right(KNOTS, damage)
    return KNOTS[i] if i < len(KNOTS) else math.inf


_MOST = 1.0 - 2.0**-53
"""The largest uniform below 1."""


def life_factor(u: float, cv: float) -> float:
    """Return the factor on the life of one edge: lognormal, mean 1, of a uniform *u*.

    *cv* is the coefficient of variation, .25 to .35 (PHYSICS 7.4, A); 0 is no scatter.

    >>> life_factor(0.9, 0.0), round(life_factor(0.5, 0.3), 4)
    (1.0, 0.9578)
    """
    if cv == 0.0:
        return 1.0
    square = math.log1p(cv * cv)
    return math.exp(math.sqrt(square) * NORMAL.inv_cdf(max(u, _LEAST)) - 0.5 * square)


def life_factor_beyond(u: float, cv: float, used: float) -> float:
    """Return the life factor of an edge that has survived *used* of its nominal life.

    The quantile of *u* scaled to survival so far: the factor is above *used*. Without scatter
    it is 1, and an edge beyond its life stands right at its limit.

    >>> life_factor_beyond(0.5, 0.3, 0.0) == life_factor(0.5, 0.3)
    True
    >>> round(life_factor_beyond(0.5, 0.3, 1.2), 4)
    1.3716
    """
    if cv == 0.0:
        return max(1.0, used)
    if used <= 0.0:
        return life_factor(u, cv)
    square = math.log1p(cv * cv)
    gone = NORMAL.cdf((math.log(used) + 0.5 * square) / math.sqrt(square))
    return max(used, life_factor(min(gone + u * (1.0 - gone), _MOST), cv))


def hazard_over(damage: float, rate: float, h0: float, growth: float, dt: float) -> float:
    """Return the breakage hazard that builds up in *dt* [s]: ``int h0 exp(b w(D)) dt``.

    D goes from *damage* at *rate* [1/s]; *h0* [1/s], *growth* b. Exact, knot by knot.
    Source: PHYSICS 7.4, A.

    >>> hazard_over(0.0, 0.001, 1e-4, 0.0, 100.0)
    0.01
    """
    total = 0.0
    while True:
        piece, level, climb = _stretch(damage, rate, h0, growth, dt)
        total += level * _risen(climb * piece) * piece
        if piece >= dt:
            return total
        dt -= piece
        damage = next_knot(damage)


def hazard_crossing(
    damage: float, rate: float, h0: float, growth: float, target: float, horizon: float
) -> float | None:
    """Return when the breakage hazard has grown by *target* [s], or None within *horizon*.

    The exact inverse of `hazard_over`; 0 when *target* is not positive.

    >>> round(hazard_crossing(0.0, 0.001, 1e-4, 0.0, 0.01, 200.0), 9)
    100.0
    """
    if target <= 0.0:
        return 0.0
    passed = 0.0
    while True:
        left = horizon - passed
        piece, level, climb = _stretch(damage, rate, h0, growth, left)
        gained = math.inf if piece == math.inf else level * _risen(climb * piece) * piece
        if gained >= target and level > 0.0:
            wait = target / level
            risen = climb * wait
            return passed + (wait * (math.log1p(risen) / risen) if risen > 0.0 else wait)
        if piece >= left:
            return None
        target -= gained
        passed += piece
        damage = next_knot(damage)


def edge_stress(force: float, *, overhang: float, diameter: float) -> float:
    """Return the bending stress of a shank tool [Pa]: ``32 F L/(pi (.8 D)^3)`` (PHYSICS 2.5).

    *force* with K_VB [N], *overhang* L and *diameter* D [m].

    >>> round(edge_stress(1000.0, overhang=0.04, diameter=0.01) / 1e6, 2)
    795.77
    """
    return 32.0 * force * overhang / (math.pi * (0.8 * diameter) ** 3)


def overload_probability(
    stress: float, *, strength: float = 3.75e9, modulus: float = 10.0
) -> float:
    """Return the chance that a tool breaks when it enters a cut at *stress* [Pa].

    Weibull: ``1 - exp(-(sigma/sigma0)^m)``; carbide sigma0 3.5 to 4 GPa, m 8 to 12 (M/A). One
    uniform decides per engagement.

    >>> round(overload_probability(3.75e9), 6)
    0.632121
    """
    return -math.expm1(-((max(0.0, stress) / strength) ** modulus))


def _stretch(
    damage: float, rate: float, h0: float, growth: float, dt: float
) -> tuple[float, float, float]:
    """Return the time to the next knot or *dt*, the hazard rate now, and its growth [1/s]."""
    i = bisect_right(KNOTS, damage) - 1
    level = h0 * math.exp(growth * (_LANDS[i] + _SLOPES[i] * (damage - KNOTS[i])))
    if rate <= 0.0 or i == len(KNOTS) - 1:
        return dt, level, growth * _SLOPES[i] * rate
    return min(dt, (KNOTS[i + 1] - damage) / rate), level, growth * _SLOPES[i] * rate


def _risen(x: float) -> float:
    """Return the mean of ``e^y`` for y from 0 to *x*."""
    if x > _LARGEST:
        return math.inf
    return math.expm1(x) / x if x != 0.0 else 1.0

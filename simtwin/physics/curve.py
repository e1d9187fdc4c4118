"""This module holds the curve of one node between two events, and where it meets a level.

``T(t) = s0 + s1 t + s2 t^2 + sum c_k e^(-lam_k t)``: what a linear network draws under a heat
that is constant or a ramp (PHYSICS 5.4); s2 is there for networks without a boundary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

LOCATED = 1e-11
"""Width of the last bracket of a crossing [s]."""
_NEWTON_STEPS = 16
_UNDERFLOW = 750.0
"""exp(-750) is 0 in floats."""

Exponentials = tuple[float, ...]


@dataclass(frozen=True)
class Curve:
    """A sum of decaying exponentials and a parabola, in closed form.

    *rates* [1/s] are positive; *amplitudes* [K] belong to them.

    >>> warming = Curve((0.001,), (-30.0,), 50.0)
    >>> warming.at(0.0), round(warming.at(1000.0), 6)
    (20.0, 38.963617)
    >>> round(warming.first_rise(35.0, 0.0, 2000.0), 6)
    693.147181
    """

    rates: tuple[float, ...]
    amplitudes: tuple[float, ...]
    constant: float = 0.0
    """s0 [K]"""
    slope: float = 0.0
    """s1 [K/s]"""
    square: float = 0.0
    """s2 [K/s2]"""

    def at(self, t: float) -> float:
        """Return the temperature at *t* [s]."""
        value = self.constant + t * (self.slope + t * self.square)
        for rate, amplitude in zip(self.rates, self.amplitudes, strict=True):
            value += amplitude * math.exp(-rate * t)
        return value

    def first_rise(self, level: float, start: float, end: float) -> float | None:
        """Return the first instant in (*start*, *end*] at which the curve reaches *level*.

        Only from below: an interval that begins at or above the level has no rise until the
        curve has fallen below it. *end* may be infinite unless the curve is a parabola.
        Rigorous: pieces are refused by interval bounds, the left half first, so that no peak
        between the ends is missed; the curve is at or above the level at the instant given.
        """
        if end == math.inf:
            end = self._last_chance(level)
        pieces = [(start, self._decays(start), end, self._decays(end))] if end > start else []
        while pieces:
            a, at_a, b, at_b = pieces.pop()
            if self._highest(a, at_a, b, at_b) < level:
                continue
            slowest, fastest = self._slopes(a, at_a, b, at_b)
            narrow = b - a <= LOCATED + 4.0 * math.ulp(b)
            if slowest >= 0.0 or fastest <= 0.0 or narrow:
                if self._value(a, at_a) < level <= self._value(b, at_b):
                    return self._bracket(level, a, b)
                continue
            m = 0.5 * (a + b)
            at_m = self._decays(m)
            pieces.append((m, at_m, b, at_b))
            pieces.append((a, at_a, m, at_m))  # Popped first: the left half.
        return None

    def first_fall(self, level: float, start: float, end: float) -> float | None:
        """Return the first instant in (*start*, *end*] at which it comes down to *level*.

        >>> round(Curve((0.001,), (30.0,), 20.0).first_fall(35.0, 0.0, math.inf), 6)
        693.147181
        """
        return self._mirror.first_rise(-level, start, end)

    def crossings(self, level: float, start: float, end: float) -> tuple[float, ...]:
        """Return every instant in (*start*, *end*] at which the curve passes *level*.

        >>> peak = Curve((0.001, 0.01), (30.0, -40.0), 20.0)
        >>> [round(t, 3) for t in peak.crossings(38.0, 0.0, math.inf)]
        [169.946, 495.245]
        """
        found: list[float] = []
        here = self.at(start)
        rising = here < level or (here == level and self.slope_at(start) < 0.0)
        at = (self.first_rise if rising else self.first_fall)(level, start, end)
        while at is not None:
            found.append(at)
            rising = not rising
            at = (self.first_rise if rising else self.first_fall)(level, at, end)
        return tuple(found)

    def slope_at(self, t: float) -> float:
        """Return the rate of change at *t* [K/s]."""
        value = self.slope + 2.0 * t * self.square
        for rate, amplitude in zip(self.rates, self.amplitudes, strict=True):
            value -= rate * amplitude * math.exp(-rate * t)
        return value

    def bounds(self, a: float, b: float) -> tuple[float, float]:
        """Return a lower and an upper bound of the curve on [*a*, *b*], rigorous but not tight.

        >>> low, high = Curve((0.001,), (30.0,), 20.0).bounds(0.0, 1000.0)
        >>> round(low, 6), high
        (31.036383, 50.0)
        """
        at_a, at_b = self._decays(a), self._decays(b)
        return -self._mirror._highest(a, at_a, b, at_b), self._highest(a, at_a, b, at_b)

    @cached_property
    def _mirror(self) -> Curve:
        amplitudes = tuple([-amplitude for amplitude in self.amplitudes])
        return Curve(self.rates, amplitudes, -self.constant, -self.slope, -self.square)

    def _decays(self, t: float) -> Exponentials:
        return tuple([math.exp(-rate * t) for rate in self.rates])

    def _value(self, t: float, decays: Exponentials) -> float:
        value = self.constant + t * (self.slope + t * self.square)
        for amplitude, decay in zip(self.amplitudes, decays, strict=True):
            value += amplitude * decay
        return value

    def _highest(self, a: float, at_a: Exponentials, b: float, at_b: Exponentials) -> float:
        """Return an upper bound on [*a*, *b*]: each term at the end where it is larger."""
        bound = self.constant + self.slope * (b if self.slope > 0.0 else a)
        bound += self.square * (b * b if self.square > 0.0 else a * a)
        for amplitude, early, late in zip(self.amplitudes, at_a, at_b, strict=True):
            bound += amplitude * (early if amplitude > 0.0 else late)
        return bound

    def _slopes(
        self, a: float, at_a: Exponentials, b: float, at_b: Exponentials
    ) -> tuple[float, float]:
        """Return a lower and an upper bound of the slope on [*a*, *b*]."""
        early, late = 2.0 * self.square * a, 2.0 * self.square * b
        low, high = self.slope + min(early, late), self.slope + max(early, late)
        terms = zip(self.rates, self.amplitudes, at_a, at_b, strict=True)
        for rate, amplitude, before, after in terms:
            pull = -rate * amplitude
            if pull > 0.0:
                low += pull * after
                high += pull * before
            else:
                low += pull * before
                high += pull * after
        return low, high

    def _last_chance(self, level: float) -> float:
        """Return an instant after which the curve stays on one side of *level*."""
        rest = self.constant - level
        swing = sum([abs(amplitude) for amplitude in self.amplitudes])
        if self.square != 0.0:
            bend = abs(self.square)
            chance = abs(self.slope) / bend + math.sqrt((abs(rest) + swing) / bend)
        elif self.slope != 0.0:
            chance = (abs(rest) + swing) / abs(self.slope)
        elif swing <= abs(rest) or swing == 0.0:
            return 0.0
        elif rest == 0.0:
            return _UNDERFLOW / min(self.rates)
        else:
            chance = math.log(swing / abs(rest)) / min(self.rates)
        return 2.0 * chance + 1.0

    def _bracket(self, level: float, low: float, high: float) -> float:
        """Close in on the crossing in (*low*, *high*] and return its right end.

        Newton, aimed a quarter bracket past the root so that both ends move; halves when it
        leaves the bracket or takes too long.
        """
        width = max(LOCATED, 4.0 * math.ulp(high))
        t, step = high, 0
        while high - low > width:
            value = self.at(t) - level
            if value >= 0.0:
                high = t
            else:
                low = t
            slope = self.slope_at(t)
            step += 1
            if step < _NEWTON_STEPS and slope > 0.0:
                t -= value / slope + math.copysign(0.25 * width, value)
            if not (low < t < high):
                t = 0.5 * (low + high)
        return high

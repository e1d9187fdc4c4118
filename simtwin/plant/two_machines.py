"""This module holds the lines of two machines with a buffer, of which the answer is known.

The first machine never lacks a piece, the last never lacks room; a finished piece stays in its
machine until there is room (blocking after service). Any unit of time. Rates: *rate* mu,
*failure* p, *repair* r, one of each for each machine; lives and repairs are exponential.
*calendar* clocks run whenever a machine is up, also while it is starved or blocked (TDF);
otherwise only while it works (ODF).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, isclose
from typing import TYPE_CHECKING, Any

from simtwin.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable

Pair = tuple[float, float]

STATES = ((True, True), (True, False), (False, True), (False, False))
"""Which of the two machines are up."""


@dataclass(frozen=True, slots=True)
class Line:
    """Two machines in steady state."""

    throughput: float
    """Pieces per unit of time."""
    starved: float
    """P(the second is up and has no piece) [-]."""
    blocked: float
    """P(the first is up and has no room) [-]."""
    down: Pair
    """P(down) of each [-]."""
    level: float
    """Mean number in the buffer between them."""


def reliable(buffer: int) -> float:
    """Return the throughput of two equal exponential machines that never fail, over their rate.

    ``(B + 2)/(B + 3)``, *buffer* B without the pieces in the machines. Source: birth and death;
    G. C. Hunt, "Sequential arrays of waiting lines", Oper. Res. 4, 1956.

    >>> [round(reliable(slots), 6) for slots in range(4)]
    [0.666667, 0.75, 0.8, 0.833333]
    """
    return (buffer + 2.0) / (buffer + 3.0)


def exponential(
    buffer: int,
    *,
    rate: Pair,
    failure: Pair = (0.0, 0.0),
    repair: Pair = (1.0, 1.0),
    calendar: bool = False,
) -> Line:
    """Return the line of two unreliable machines with exponential service, exactly.

    The Markov chain of (pieces beyond the first machine's own, which are up), solved. A
    finished piece leaves a machine that is down, and an empty one that is down takes a piece.
    Source: S. B. Gershwin & O. Berman, AIIE Trans. 13, 1981; any B, rates that differ.

    >>> found = exponential(5, rate=(1.0, 1.0), failure=(0.01, 0.01), repair=(0.1, 0.1))
    >>> round(found.throughput, 6), round(found.starved, 6)
    (0.756197, 0.168184)
    """
    most = buffer + 2

    def moves(n: int, up: tuple[bool, bool]) -> list[tuple[int, tuple[bool, bool], float]]:
        works = (n < most, n > 0)
        found = [
            (n, (up[0] ^ (k == 0), up[1] ^ (k == 1)), failure[k] if up[k] else repair[k])
            for k in (0, 1)
            if not up[k] or calendar or works[k]
        ]
        found += [(n + 1, up, rate[0])] if up[0] and works[0] else []
        found += [(n - 1, up, rate[1])] if up[1] and works[1] else []
        return found

    chance = _steady(most, moves, continuous=True)
    ups = [(sum(p[k] for k in (0, 2)), sum(p[k] for k in (0, 1))) for p in chance]
    return Line(
        throughput=rate[1] * sum(second for second, _ in ups[1:]),
        starved=ups[0][0],
        blocked=ups[-1][1],
        down=(1.0 - sum(first for _, first in ups), 1.0 - sum(second for second, _ in ups)),
        level=sum(min(max(n - 1, 0), buffer) * sum(p) for n, p in enumerate(chance)),
    )


def fluid(
    volume: float, *, speed: float, failure: Pair, repair: Pair, calendar: bool = False
) -> Line:
    """Return the line of two machines of one *speed* that move a fluid, in closed form.

    Inside, the density of the level grows as ``exp(lambda x)``; at the ends stand atoms.
    Sources: S. B. Gershwin & I. C. Schick, continuous model, 1980 (ODF); J. Li & S. M. Meerkov,
    Production Systems Engineering, 2009, ch. 11 (TDF). For discrete pieces of exact cycle it is
    an approximation: within 0.2 % at B = 5, p .01, r .1 (ORACLES B12).

    >>> found = fluid(5.0, speed=1.0, failure=(0.01, 0.01), repair=(0.1, 0.1))
    >>> round(found.throughput, 6), round(found.level, 6)
    (0.848586, 2.5)
    """
    (p1, p2), (r1, r2) = failure, repair
    if not (speed > 0.0 and min(*failure, *repair) > 0.0 and volume >= 0.0):
        raise OutOfRange(
            "a fluid line needs speed and rates above 0 and a volume of at least 0, got "
            f"{speed}, {failure}, {repair}, {volume}"
        )
    p, r = p1 + p2, r1 + r2
    growth = (p2 * r / p + r1 * p / r - p1 - r2) / speed
    # Everything is told in units of the density at the empty end, where only one is up.
    mass, moment = _integrals(growth, volume)
    full = exp(growth * volume)
    inside = {(True, True): r / p, (True, False): 1.0, (False, True): 1.0,
              (False, False): p / r}  # fmt: skip
    empty = speed / (p2 * r1 / p + (r1 * p2 / r if calendar else 0.0))
    brim = full * speed / (p1 * r2 / p + (r2 * p1 / r if calendar else 0.0))
    both = empty * r1 / p + brim * r2 / p
    none = (empty * p2 / r + brim * p1 / r) if calendar else 0.0
    atoms = {(True, True): both, (True, False): brim, (False, True): empty,
             (False, False): none}  # fmt: skip
    weight = {up: mass * inside[up] + atoms[up] for up in STATES}
    total = sum(weight.values())
    up_second = weight[True, True] + weight[False, True]
    up_first = weight[True, True] + weight[True, False]
    at_brim = brim * (1.0 + r2 / p + (p1 / r if calendar else 0.0))
    return Line(
        throughput=speed * (up_second - empty) / total,
        starved=empty / total,
        blocked=brim / total,
        down=(1.0 - up_first / total, 1.0 - up_second / total),
        level=(moment * sum(inside.values()) + volume * at_brim) / total,
    )


def slotted(places: int, *, failure: Pair, repair: Pair) -> Line:
    """Return the line in slots of one piece: states change first, then pieces move.

    *failure* and *repair* are chances per slot; nothing fails while blocked or starved, judged
    at the begin of a slot; 0 to *places* N pieces between the machines. Source: S. B. Gershwin,
    Manufacturing Systems Engineering, 1994, ch. 3; the chain solved.

    >>> found = slotted(10, failure=(0.01, 0.01), repair=(0.1, 0.1))
    >>> round(found.throughput, 6), round(found.level, 6)
    (0.856175, 5.0)
    """

    def moves(n: int, up: tuple[bool, bool]) -> list[tuple[int, tuple[bool, bool], float]]:
        works = (n < places, n > 0)
        found = []
        for after in STATES:
            chance = 1.0
            for k in (0, 1):
                flips = (failure[k] if works[k] else 0.0) if up[k] else repair[k]
                chance *= flips if up[k] != after[k] else 1.0 - flips
            at = n + (after[0] and works[0]) - (after[1] and works[1])
            found.append((at, after, chance))
        return [move for move in found if move[2] > 0.0]

    chance = _steady(places, moves, continuous=False)
    made = sum(
        p * move[2]
        for n in range(1, places + 1)
        for up, p in zip(STATES, chance[n], strict=True)
        for move in moves(n, up)
        if move[1][1]
    )
    ups = [(p[0] + p[1], p[0] + p[2]) for p in chance]
    return Line(
        throughput=made,
        starved=ups[0][1],
        blocked=ups[-1][0],
        down=(1.0 - sum(up for up, _ in ups), 1.0 - sum(up for _, up in ups)),
        level=sum(n * sum(p) for n, p in enumerate(chance)),
    )


def bernoulli(places: int, *, up: Pair) -> float:
    """Return the pieces per slot of machines that work in a slot with the chances *up*.

    ``PR = p2 (1 - Q)``, Q the chance of an empty buffer of *places* N. Source: Li & Meerkov
    2009, 4.2.

    >>> [round(bernoulli(places, up=(0.9, 0.9)), 6) for places in (1, 2, 5, 10)]
    [0.818182, 0.857143, 0.882353, 0.891089]
    """
    p1, p2 = up
    if not (0.0 < p1 < 1.0 and 0.0 < p2 < 1.0 and places >= 1):
        raise OutOfRange(f"needs chances inside 0 to 1 and a place, got {up}, {places}")
    ratio = p1 * (1.0 - p2) / (p2 * (1.0 - p1))
    if isclose(ratio, 1.0, rel_tol=1e-9):
        empty = (1.0 - p1) / (places + 1.0 - p1)
    else:
        empty = (1.0 - p1) * (1.0 - ratio) / (1.0 - p1 / p2 * ratio**places)
    return p2 * (1.0 - empty)


def unbuffered(stops: tuple[Pair, ...], *, calendar: bool = False) -> float:
    """Return the share of time that machines in a row without buffer work, short cycles.

    *stops* are (failure, repair) rates. In operation ``1/(1 + sum p/r)``, by the calendar the
    product of r/(r + p). Source: renewal argument; J. A. Buzacott, Int. J. Prod. Res. 5, 1967.

    >>> pair = ((0.01, 0.1), (0.01, 0.1))
    >>> round(unbuffered(pair), 6), round(unbuffered(pair, calendar=True), 6)
    (0.833333, 0.826446)
    """
    if not calendar:
        return 1.0 / (1.0 + sum(p / r for p, r in stops))
    share = 1.0
    for p, r in stops:
        share *= r / (r + p)
    return share


def _integrals(growth: float, volume: float) -> tuple[float, float]:
    """Return the integrals of ``exp(growth x)`` and of x times it, from 0 to *volume*."""
    z = growth * volume
    if abs(z) < 1e-5:  # Series: the closed form loses its digits here.
        return volume * (1.0 + z / 2.0), volume**2 * (0.5 + z / 3.0)
    return expm1(z) / growth, (volume * exp(z) - expm1(z) / growth) / growth


def _steady(
    most: int,
    moves: Callable[[int, tuple[bool, bool]], list[tuple[int, tuple[bool, bool], float]]],
    *,
    continuous: bool,
) -> list[list[float]]:
    """Return the steady state by level 0 to *most* and by STATES.

    Of rates when *continuous*, of chances per slot otherwise. States that are never reached
    come out as 0: one equation is replaced by the sum of all chances.
    """
    import numpy as np
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import spsolve

    place = {up: k for k, up in enumerate(STATES)}
    reached = [(1 if most > 1 else 0, STATES[0])]
    seen: dict[Any, int] = {reached[0]: 0}
    rows, columns, values = [], [], []
    for here, (n, up) in enumerate(reached):
        out = 0.0
        for at, after, pace in moves(n, up):
            if pace <= 0.0:
                continue
            there = seen.setdefault((at, after), len(seen))
            if there == len(reached):
                reached.append((at, after))
            rows.append(there)
            columns.append(here)
            values.append(pace)
            out += pace
        rows.append(here)
        columns.append(here)
        values.append(-out if continuous else -1.0)
    count = len(reached)
    kept = [k for k, row in enumerate(rows) if row > 0]
    system = csc_array(
        (
            [values[k] for k in kept] + [1.0] * count,
            (
                [rows[k] for k in kept] + [0] * count,
                [columns[k] for k in kept] + [*range(count)],
            ),
        ),
        shape=(count, count),
    )
    right = np.zeros(count)
    right[0] = 1.0
    solved = spsolve(system, right)
    chance = [[0.0] * len(STATES) for _ in range(most + 1)]
    for (n, up), share in zip(reached, solved.tolist(), strict=True):
        chance[n][place[up]] = share
    return chance

"""This module holds the chains: steady states of Markov chains, and of lines with buffers."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import comb, exp, factorial
from typing import TypeVar

import numpy as np

State = TypeVar("State", bound=Hashable)

LineState = tuple[tuple[int, ...], tuple[bool, ...], tuple[int, ...]]
"""Contents of the machines, which of them are up, levels of the buffers."""

EMPTY, WORKING, FINISHED = 0, 1, 2


def steady(
    start: State, moves: Callable[[State], list[tuple[State, float]]]
) -> dict[State, float]:
    """Return the steady-state probabilities of the chain that is reached from *start*.

    *moves* gives the states that follow one, each with its rate.

    >>> chances = steady(True, lambda up: [(not up, 0.01 if up else 0.1)])
    >>> round(chances[True], 6)
    0.909091
    """
    states, rows = {start: 0}, []
    frontier = [start]
    for state in frontier:
        for following, pace in moves(state):
            if following not in states:
                states[following] = len(states)
                frontier.append(following)
            rows.append((states[state], states[following], pace))
    n = len(states)
    generator = np.zeros((n, n))
    for here, there, pace in rows:
        generator[here, there] += pace
        generator[here, here] -= pace
    # One balance equation follows from the others; that they sum to 1 stands in its place.
    equations = generator.T.copy()
    equations[-1, :] = 1.0
    answer = np.linalg.solve(equations, np.eye(n)[-1])
    return dict(zip(states, answer.tolist(), strict=True))


class LineChain:
    """A saturated exponential line with blocking after service, solved as a Markov chain.

    A finished piece leaves a machine that is down, and an empty machine that is down takes a
    piece. Clocks of failures run while producing, or by the *calendar*. The same model as
    Gershwin & Berman, AIIE Transactions 13, 1981, doi 10.1080/05695558108974530.

    >>> round(LineChain((1.0, 1.0), (2,)).throughput, 9)
    0.8
    """

    def __init__(
        self,
        rates: tuple[float, ...],
        buffers: tuple[int, ...],
        *,
        failure: tuple[float, ...] = (),
        repair: tuple[float, ...] = (),
        calendar: bool = False,
    ) -> None:
        n = len(rates)
        self.rates, self.buffers, self.calendar = rates, buffers, calendar
        self.failure, self.repair = failure or (0.0,) * n, repair or (0.0,) * n
        start = self._settled([EMPTY] * n, (True,) * n, [0] * (n - 1))
        self.probability = steady(start, self._moves)

    def where(self, machine: int, content: int, up: bool = True) -> float:
        """Return the probability of a *content* in a *machine* that is *up* or down."""
        return sum(
            p
            for (contents, ups, _), p in self.probability.items()
            if contents[machine] == content and ups[machine] == up
        )

    @property
    def throughput(self) -> float:
        """Pieces per unit of time."""
        return self.rates[-1] * self.where(len(self.rates) - 1, WORKING)

    def down(self, machine: int) -> float:
        """Return the probability that a *machine* is down."""
        return sum(p for (_, ups, _), p in self.probability.items() if not ups[machine])

    def _moves(self, state: LineState) -> list[tuple[LineState, float]]:
        contents, ups, levels = state
        moves: list[tuple[LineState, float]] = []
        for k, content in enumerate(contents):
            flipped = (*ups[:k], not ups[k], *ups[k + 1 :])
            if not ups[k]:
                moves.append(((contents, flipped, levels), self.repair[k]))
                continue
            if content == WORKING:
                after = [*contents[:k], FINISHED, *contents[k + 1 :]]
                moves.append((self._settled(after, ups, list(levels)), self.rates[k]))
            if self.failure[k] and (self.calendar or content == WORKING):
                moves.append(((contents, flipped, levels), self.failure[k]))
        return moves

    def _settled(
        self, contents: list[int], ups: tuple[bool, ...], levels: list[int]
    ) -> LineState:
        """Move pieces on until nothing moves, from downstream to upstream."""
        last = len(contents) - 1
        moved = True
        while moved:
            moved = False
            for k in range(last, -1, -1):
                if contents[k] == FINISHED and (k == last or levels[k] < self.buffers[k]):
                    contents[k], moved = EMPTY, True
                    if k < last:
                        levels[k] += 1
                if contents[k] == FINISHED and k < last and contents[k + 1] == EMPTY:
                    contents[k], contents[k + 1], moved = EMPTY, WORKING, True
                if contents[k] == EMPTY and (k == 0 or levels[k - 1] > 0):
                    contents[k], moved = WORKING, True
                    if k > 0:
                        levels[k - 1] -= 1
        return tuple(contents), ups, tuple(levels)


def exact_pair(cycle: float, *, p: float, r: float) -> float:
    """Return the share of time that a bufferless pair of exact *cycle* [s] works, ODF clocks.

    Both machines begin each cycle together, so it lasts as long as the slower of the two: work
    plus a Poisson number N of exponential repairs. P(stop > s) is the sum over i of
    exp(-rs)(rs)^i/i! P(N > i), and the mean of the longer of two stops follows term by term. As
    the cycle shrinks two stops never meet in one, and the share goes to 1/(1 + 2 p/r).

    >>> round(exact_pair(1e-6, p=0.01, r=0.1), 6), round(exact_pair(1.0, p=0.01, r=0.1), 6)
    (0.833333, 0.833679)
    """
    mean, most = p * cycle, 30
    chances = [exp(-mean) * mean**k / factorial(k) for k in range(most)]
    beyond = [sum(chances[k + 1 :]) for k in range(most)]
    both = sum(
        a * b * comb(i + j, i) / 2.0 ** (i + j + 1)
        for i, a in enumerate(beyond)
        for j, b in enumerate(beyond)
    )
    return cycle / (cycle * (1.0 + 2.0 * p / r) - both / r)

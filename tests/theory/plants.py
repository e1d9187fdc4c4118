"""This module holds what the oracle tests share: plants as texts, runs, agreement, chains."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

import numpy as np

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import PlantModel, Scenario
from simtwin.result.result import Result

State = tuple[Any, ...]
Figures = Callable[[Result], tuple[float, ...]]


def exponential(mean: float) -> str:
    """Return the exponential law of *mean* [s] as a file writes it."""
    return f"{{exponential: {{mean_s: {mean!r}}}}}"


def fixed(value: float) -> str:
    """Return the law that is always *value* [s] as a file writes it."""
    return f"{{fixed: {{value_s: {value!r}}}}}"


def breakdown(clock: str, up: float, down: float) -> str:
    """Return a failure mode with exponential life and repair of these means [s]."""
    return (
        f"{{id: breakdown, clock: {clock}, life: {exponential(up)}, "
        f"repair: {exponential(down)}}}"
    )


def line(
    durations: Iterable[str],
    *,
    buffers: Iterable[int] = (),
    failures: Iterable[str] = (),
    every: str | None = None,
) -> PlantModel:
    """Return a line of machines m1, m2 ... with *buffers* between them.

    *every* is the law of the time between two arrivals; None: the line is saturated.
    """
    laws, slots, modes = list(durations), ["", *buffers], list(failures)
    machines = "".join(
        f"  - id: m{k + 1}\n"
        + (f"    buffer: {slots[k]}\n" if k and k < len(slots) else "")
        + (f"    failures: [{modes[k]}]\n" if k < len(modes) else "")
        for k in range(len(laws))
    )
    route = "".join(
        f"      - {{operation: op{k + 1}, machines: [m{k + 1}], duration: {law}}}\n"
        for k, law in enumerate(laws)
    )
    pace = "saturating: true" if every is None else f"every: {every}"
    return parse_plant(
        f"plant: line\nmachines:\n{machines}products:\n  - id: part\n    route:\n{route}"
        f"sources: [{{id: source, product: part, {pace}}}]\n"
    )


def window(
    plant: PlantModel, length: float, *, warm_up: float = 0.0, seed: int = 1
) -> Scenario:
    """Return the scenario that measures *length* seconds after a *warm_up*."""
    return parse_scenario(
        f"scenario: window\nplant: {plant.name}\nseed: {seed}\n"
        f"horizon_s: {warm_up + length!r}\nmeasure_from_s: {warm_up!r}\n",
        plant,
    )


def observe(plant: PlantModel, scenario: Scenario, n: int, figures: Figures) -> np.ndarray:
    """Return *figures* of replications 0 to n - 1 : ndarray, shape (n, figures)."""
    return np.array(
        [
            figures(simulate(plant, scenario, replication=replication, history=False))
            for replication in range(n)
        ]
    )


def rate(result: Result) -> float:
    """Return the pieces that left the plant per second."""
    return result.window.plant.left / result.window.elapsed


def present(result: Result) -> float:
    """Return the mean number of pieces in the plant."""
    return result.window.plant.area / result.window.elapsed


def sojourn(result: Result) -> float:
    """Return the mean time that a piece was in the plant [s]."""
    return result.window.plant.sojourn / result.window.plant.left


def share(result: Result, machine: str, mode: str) -> float:
    """Return the share of time that *machine* spent in *mode*."""
    return result.machines[machine].shares[mode]


def assert_agrees(
    expected: float,
    values: np.ndarray,
    *,
    within: float = 0.08,
    controls: tuple[np.ndarray, tuple[float, ...]] | None = None,
) -> None:
    """Assert that the mean of *values* agrees with *expected* (ORACLES, code S).

    Four standard errors hold it, and they are at most *within* of the expected value.
    *controls* are other figures of the same runs with their known means (control variates,
    Law & Kelton 11.4): what they explain of the noise is taken off.
    """
    n = len(values)
    assert n >= 20
    known = 0
    mean, rest = float(values.mean()), values - values.mean()
    if controls is not None:
        seen, means = controls
        known = len(means)
        off = seen - seen.mean(axis=0)
        weights = np.linalg.lstsq(off, rest, rcond=None)[0]
        mean -= float((seen.mean(axis=0) - np.array(means)) @ weights)
        rest = rest - off @ weights
    error = sqrt(float(rest @ rest) / (n - 1 - known) / n)
    assert 4.0 * error <= within * expected, f"4 s.e. are {4 * error / expected:.1%}"
    assert abs(mean - expected) <= 4.0 * error, f"{mean:.6g} +- {error:.2g}, not {expected}"


def steady(
    start: State, moves: Callable[[State], list[tuple[State, float]]]
) -> dict[State, float]:
    """Return the steady-state probabilities of the Markov chain reached from *start*.

    *moves* gives the states that follow one, each with its rate.
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
    equations = np.vstack([generator.T, np.ones(n)])
    answer = np.linalg.lstsq(equations, np.r_[np.zeros(n), 1.0], rcond=None)[0]
    return dict(zip(states, answer.tolist(), strict=True))


EMPTY, WORKING, FINISHED = 0, 1, 2


class LineChain:
    """A saturated exponential line with blocking after service, solved as a Markov chain.

    A state is (contents of the machines, which are up, levels of the buffers). A finished
    piece leaves a machine that is down, and an empty machine that is down takes a piece.
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

    def _moves(self, state: State) -> list[tuple[State, float]]:
        contents, ups, levels = state
        moves: list[tuple[State, float]] = []
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

    def _settled(self, contents: list[int], ups: tuple[bool, ...], levels: list[int]) -> State:
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

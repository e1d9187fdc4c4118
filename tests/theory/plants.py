"""This module holds what the oracle tests share: plants as texts, runs, agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt

import numpy as np

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import PlantModel, Scenario
from simtwin.result.result import Result

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

"""This module holds the closed systems: machines and their fitters, a line with constant work.

Any unit of time; steady state.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Repairmen:
    """Machines that share a crew."""

    availability: float
    """Share of the machines' time that they are up [-]."""
    down: float
    """Mean number down, in repair or waiting for it."""
    use: float
    """Share of the crew's time that it repairs [-]."""
    wait: float
    """Mean time that a failed machine waits for a fitter."""
    all_up: float
    """P(no machine is down) [-]."""
    failures: float
    """Of all machines, per unit of time."""


def repairmen(machines: int, life: float, repair: float, crew: int = 1) -> Repairmen:
    """Return *machines* with mean *life* and *repair*, mended by *crew* fitters.

    Lives run while a machine is up (TDF); lives and repairs exponential, first come, first
    served. Source: birth and death; C. Palm 1947; Gross & Harris 2.7.

    >>> found = repairmen(5, 10.0, 1.0)
    >>> round(found.availability, 6), round(found.wait, 6)
    (0.872096, 0.466632)
    """
    if machines < 1 or crew < 1 or not (life > 0.0 and repair > 0.0):
        raise OutOfRange(
            f"needs a machine, a fitter, a life and a repair, got {machines}, {crew}, {life}, "
            f"{repair}"
        )
    weights = [1.0]
    for count in range(1, machines + 1):
        ratio = (machines - count + 1) / life * repair / min(count, crew)
        weights.append(weights[-1] * ratio)
    total = fsum(weights)
    chance = [weight / total for weight in weights]
    down = fsum(k * p for k, p in enumerate(chance))
    busy = fsum(min(k, crew) * p for k, p in enumerate(chance))
    failures = busy / repair
    return Repairmen(
        availability=1.0 - down / machines,
        down=down,
        use=busy / crew,
        wait=(down - busy) / failures,
        all_up=chance[0],
        failures=failures,
    )


@dataclass(frozen=True, slots=True)
class Loop:
    """A line in which as many pieces are let in as leave (CONWIP)."""

    throughput: float
    lead: float
    """Mean time of a piece in the line."""
    present: tuple[float, ...]
    """Mean number at each station."""


def mean_values(services: Sequence[float], pieces: int) -> Loop:
    """Return a line with *pieces* always in it, by exact mean value analysis.

    *services* are the mean times of single machines, exponential, first come, first served.
    With equal ones the throughput is ``w/(w + n - 1)`` over the time of one: the practical
    worst case. Sources: M. Reiser & S. S. Lavenberg, J. ACM 27, 1980; Hopp & Spearman 7.

    >>> found = mean_values([1.0] * 4, 4)
    >>> round(found.throughput, 6), round(found.lead, 6)
    (0.571429, 7.0)
    """
    _check_loop(services, pieces)
    present = [0.0] * len(services)
    throughput = lead = 0.0
    for count in range(1, pieces + 1):
        times = [service * (1.0 + n) for service, n in zip(services, present, strict=True)]
        lead = fsum(times)
        throughput = count / lead
        present = [throughput * time for time in times]
    return Loop(throughput, lead, tuple(present))


def best_case(services: Sequence[float], pieces: int) -> Loop:
    """Return the same line when nothing varies: no line of these means makes more.

    ``TH = min(w/T0, rb)``, ``CT = max(T0, w/rb)``, T0 the sum of the times and rb the rate of
    the slowest. What waits stands at the slowest. Source: Hopp & Spearman 7.3.

    >>> [round(best_case([1.0, 2.0, 3.0], w).lead, 9) for w in (1, 2, 3)]
    [6.0, 6.0, 9.0]
    """
    _check_loop(services, pieces)
    slowest = max(services)
    lead = max(fsum(services), pieces * slowest)
    throughput = pieces / lead
    present = [throughput * service for service in services]
    present[list(services).index(slowest)] += pieces - fsum(present)
    return Loop(throughput, lead, tuple(present))


def _check_loop(services: Sequence[float], pieces: int) -> None:
    if not services or min(services) <= 0.0 or pieces < 1:
        raise OutOfRange(f"needs times above 0 and a piece, got {list(services)}, {pieces}")

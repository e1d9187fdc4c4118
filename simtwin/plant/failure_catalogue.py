"""This module holds the failure modes of the catalogue: subsystems with their shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simtwin.parts.failure import Clock, FailureSpec
from simtwin.physics.life import Exponential, Lognormal, Weibull
from simtwin.units import HOUR

MTBF_HOURS = 800.0
"""Operating hours between failures of a whole machine; range 300 to 2000 and more (A, 9.1)."""


REPAIR_SIGMA = 1.0
"""Standard deviation of the logarithm of a repair time (A, PHYSICS 9.1)."""


def lognormal_of_mean(mean: float, sigma: float) -> Lognormal:
    """Return the lognormal law with this *mean*: median = mean exp(-sigma^2 / 2).

    >>> round(lognormal_of_mean(4.946, 1.0).median, 2)
    3.0
    """
    return Lognormal(mean * math.exp(-0.5 * sigma * sigma), sigma)


@dataclass(frozen=True, slots=True)
class Subsystem:
    """A share of a machine's failures (A: no published table of shares could be confirmed)."""

    share: float
    beta: float
    """1: exponential; else the Weibull shape."""
    repair_hours: float
    """Mean."""
    clock: Clock


SUBSYSTEMS: dict[str, Subsystem] = {
    "control": Subsystem(0.24, 1.0, 2.5, "powered"),
    "tool-changer": Subsystem(0.17, 1.0, 2.5, "processing"),
    "spindle-other": Subsystem(0.06, 1.3, 10.0, "processing"),
    "feed-axes": Subsystem(0.10, 1.3, 6.0, "processing"),
    "hydraulics": Subsystem(0.14, 1.0, 2.5, "powered"),
    "coolant": Subsystem(0.12, 1.0, 1.5, "processing"),
    "lubrication": Subsystem(0.07, 1.0, 2.0, "powered"),
    "guards": Subsystem(0.10, 1.0, 1.5, "powered"),
}


ALL_SUBSYSTEMS = "all-subsystems"


def subsystem_failure(name: str, *, mtbf_hours: float = MTBF_HOURS) -> FailureSpec:
    """Return the failure mode of the subsystem *name* of a machine with this MTBF.

    The mode's own mean life is the machine's over its share; with all subsystems a machine
    that always produces fails once in *mtbf_hours*. Bearings and tools are not among them.

    >>> round(subsystem_failure("control").life.mean / HOUR, 1)
    3333.3
    """
    subsystem = SUBSYSTEMS[name]
    mean = mtbf_hours / subsystem.share * HOUR
    if subsystem.beta == 1.0:
        life: Exponential | Weibull = Exponential(mean)
    else:
        life = Weibull(subsystem.beta, mean / math.gamma(1.0 + 1.0 / subsystem.beta))
    repair = lognormal_of_mean(subsystem.repair_hours * HOUR, REPAIR_SIGMA)
    return FailureSpec(name, subsystem.clock, life, repair)

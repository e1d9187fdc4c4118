"""This module holds the oracle: a problem with a known answer, and what is run to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal, Protocol

from simtwin.errors import InvalidInput

Kind = Literal["exact", "closed form", "statistical", "range", "at least"]
"""How found is held against expected; see :class:`Expected`."""

Role = Literal["answer", "plain answer", "control", "input"]
"""An answer is estimated with the help of controls, a plain one without: that is for ratios of
controls, to which control would leave no noise and all their bias. The known mean of a control
takes noise off the answers (`simtwin.oracles.control`); an input is a control that the problem
itself gives, such as the rate of arrivals. Its interval may be of any width, and it is told
only where it does not agree."""

Guard = Callable[[], None] | None

EXACT = 1e-9
"""What a deterministic answer may be off, relative and near 0 absolute (ORACLES, code X)."""


SLACK = 1.5
"""What intervals of runs shorter than shipped may be wider than the root law says: the width of
an interval of 20 runs scatters by a sixth, and with few failures in each run by more."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One figure of a problem, and what is known of it.

    *value* is exact to *tolerance* (relative, near 0 absolute); in closed form to *tolerance*
    (absolute, the digits printed by the source); statistical, where *tolerance* is how wide
    half the interval may be, relative to the value, to mean something; the middle of a
    published range of *tolerance* to both sides; or the least that a mean may be, its interval
    at most *tolerance* wide to both sides.

    >>> Expected("L", 4.0).tolerance, Expected("pieces", 999.0, "exact").tolerance
    (0.02, 1e-09)
    """

    name: str
    value: float
    kind: Kind = "statistical"
    tolerance: float | None = None
    unit: str = ""
    role: Role = "answer"
    """What its known mean is good for beside."""

    def __post_init__(self) -> None:
        if self.tolerance is None:
            usual = {"exact": EXACT, "statistical": inf if self.role == "input" else 0.02}
            if self.kind not in usual:
                raise InvalidInput(f"{self.name}: {self.kind!r} needs a tolerance")
            object.__setattr__(self, "tolerance", usual[self.kind])

    @property
    def controls(self) -> bool:
        """Whether its known mean takes noise off the answers."""
        return self.role in ("control", "input")

    @property
    def random(self) -> bool:
        """Whether it is estimated from replications."""
        return self.kind in ("statistical", "range", "at least")

    def width(self, length: float = 1.0) -> float:
        """Return how wide half the interval may be, in the unit of the value.

        *length* is how much longer than shipped the runs are: widths go with its root. Shorter
        runs are allowed SLACK beside.

        >>> Expected("L", 4.0).width(4.0), Expected("L", 4.0).width(0.25)
        (0.04, 0.24)
        """
        assert self.tolerance is not None
        reach = abs(self.value) if self.kind == "statistical" else 1.0
        return self.tolerance * reach / sqrt(length) * (SLACK if length < 1.0 else 1.0)


class Trial(Protocol):
    """How the figures of a case are found; frozen, to be sent to another process."""

    def replications(self, length: float) -> int:
        """Return how many runs it takes when runs are *length* times as long as shipped."""
        ...

    def run(self, replication: int, *, seed: int, length: float, guard: Guard) -> list[float]:
        """Return the figures of one run, in the order in which they are expected."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One plant of a problem, as ``B = 2`` of two stations with a buffer."""

    name: str
    trial: Trial
    expected: tuple[Expected, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the bundled scenarios that are run; each names its plant."""
        return tuple(getattr(self.trial, "files", ()))


@dataclass(frozen=True, slots=True)
class Oracle:
    """A problem with a known answer."""

    id: str
    """As ORACLES numbers it; never changes."""
    title: str
    """The model in words."""
    source: str
    """Who found the answer, and by what formula."""
    cases: tuple[Case, ...]

"""This module holds the dispatching rules: how urgent a piece that waits for a machine is.

A rule gives a number; the smallest goes first, ties go to the lowest name. Orders without a due
date are never urgent, their weight is 1 unless they say another.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Protocol

from simtwin.errors import OutOfRange
from simtwin.plant.hook import takes, told

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_AHEAD = 2.0
"""k of ATC, in mean operations: 2 for static, 3 for dynamic shops (Vepsalainen & Morton 1987,
doi:10.1287/mnsc.33.8.1035)."""

SHORTEST = 1e-9
"""Work below which a ratio takes this instead [s]: a piece without work is most urgent."""


class Waiting(Protocol):
    """A piece that waits for a machine, as a rule sees it; times in seconds of the run."""

    @property
    def name(self) -> str:
        """The piece."""
        ...

    @property
    def order(self) -> str:
        """Its order or source."""
        ...

    @property
    def product(self) -> str:
        """What it becomes."""
        ...

    @property
    def now(self) -> float:
        """The present instant [s]."""
        ...

    @property
    def since(self) -> float:
        """When it joined this queue [s]."""
        ...

    @property
    def released(self) -> float:
        """When it came into the shop [s]."""
        ...

    @property
    def work(self) -> float:
        """Mean work of the operation it waits for, on this machine [s]."""
        ...

    @property
    def setup(self) -> float:
        """Time to set this machine up for it [s]."""
        ...

    @property
    def left(self) -> float:
        """Mean work of that operation and all later ones [s]."""
        ...

    @property
    def done(self) -> float:
        """Mean work of the operations before that one [s]."""
        ...

    @property
    def operations(self) -> int:
        """Operations left, that one included."""
        ...

    @property
    def due(self) -> float:
        """When its order should be finished [s]; inf where nobody waits."""
        ...

    @property
    def weight(self) -> float:
        """What a second of it is worth beside others [-]."""
        ...

    @property
    def mean(self) -> float:
        """Mean work of the operations that wait in this queue [s]."""
        ...


Urgency = float | tuple[float, ...]
"""The smallest goes first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A dispatching rule of your own: ``Rule("longest wait", lambda piece: piece.released)``.

    The smallest *urgency* goes first. It must depend on the piece alone; to be sent to worker
    processes it must be a function at the top of a module.
    """

    name: str
    urgency: Callable[[Waiting], Urgency]

    def __post_init__(self) -> None:
        if not takes(self.urgency, 1):
            raise OutOfRange(
                f"rule {self.name}: urgency must take one argument, the piece that waits "
                f"(got {told(self.urgency)})"
            )

    def __repr__(self) -> str:
        function = self.urgency
        return f"Rule({self.name!r}, {function.__module__}.{function.__qualname__})"


def fifo(piece: Waiting) -> float:
    """First come, first served."""
    return piece.since


def lifo(piece: Waiting) -> float:
    """Last come, first served."""
    return -piece.since


def spt(piece: Waiting) -> float:
    """Shortest processing time."""
    return piece.work


def lpt(piece: Waiting) -> float:
    """Longest processing time."""
    return -piece.work


def edd(piece: Waiting) -> float:
    """Earliest due date."""
    return piece.due


def mdd(piece: Waiting) -> float:
    """Modified due date: the due date, or when it could be done if that is later.

    Source: K. R. Baker, J. W. M. Bertrand, J. Operations Management 3 (1982) 37,
    doi:10.1016/0272-6963(82)90020-1.
    """
    return max(piece.due, piece.now + piece.left)


def cr(piece: Waiting) -> float:
    """Critical ratio: time until due over work left."""
    return (piece.due - piece.now) / max(piece.left, SHORTEST)


def slack_per_operation(piece: Waiting) -> float:
    """Time until due that its work does not need, per operation left."""
    return (piece.due - piece.now - piece.left) / piece.operations


def wspt(piece: Waiting) -> float:
    """Weighted shortest processing time: most weight per second of work."""
    return -piece.weight / max(piece.work, SHORTEST)


def atc(piece: Waiting) -> float:
    """Apparent tardiness cost, (w/p) exp(-max(0, d - t - work left) / (k mean p)), largest.

    It is compared by its logarithm: the exponential is zero to a computer from a slack of 745
    k mean p on, a day and night of minutes, and pieces due in a week or in a month would tie.
    Source: Vepsalainen & Morton 1987, doi:10.1287/mnsc.33.8.1035; their d - t - p with all of
    the work left, so that a piece of many operations is urgent in time.
    """
    if piece.weight <= 0.0:
        return inf
    slack = max(0.0, piece.due - piece.now - piece.left)
    fading = slack / (LOOK_AHEAD * max(piece.mean, SHORTEST))
    return fading + log(max(piece.work, SHORTEST) / piece.weight)


def mwkr(piece: Waiting) -> float:
    """Most work remaining."""
    return -piece.left


def lwkr(piece: Waiting) -> float:
    """Least work remaining."""
    return piece.left


def mopnr(piece: Waiting) -> float:
    """Most operations remaining."""
    return -piece.operations


def fdd_mwkr(piece: Waiting) -> float:
    """Flow due date over most work remaining: work up to and with this operation, per left.

    Source: Sels, Gheysen & Vanhoucke 2012, doi:10.1080/00207543.2011.611539.
    """
    return (piece.done + piece.work) / max(piece.left, SHORTEST)


def least_setup(piece: Waiting) -> tuple[float, float]:
    """Least time to set the machine up; among equals first come, first served."""
    return piece.setup, piece.since


RULES: dict[str, Callable[[Waiting], Urgency]] = {
    rule.__name__: rule
    for rule in (
        fifo, lifo, spt, lpt, edd, mdd, cr, slack_per_operation, wspt, atc, mwkr, lwkr, mopnr,
        fdd_mwkr, least_setup,
    )
}  # fmt: skip
"""By the name that a scenario gives."""

SEQUENCE = "sequence"
"""The name of the rule that follows a given sequence of orders on each machine."""

BY_ARRIVAL = frozenset({"fifo", "lifo", SEQUENCE})
"""Rules whose choice does not hang on any duration."""


def refuse_unknown(rule: object) -> None:
    """Raise OutOfRange where *rule* is neither one of simtwin's nor of your own."""
    if not isinstance(rule, Rule) and rule not in RULES and rule != SEQUENCE:
        names = ", ".join([*RULES, SEQUENCE])
        raise OutOfRange(f"must be a Rule or one of {names} (got {rule!r})")

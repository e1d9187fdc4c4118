"""This module holds the gate: a bound on one figure, at which an answer is refused."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite, isnan

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.result.estimate import Estimate
from simtwin.result.metric import OF_ONE, Metric

ANY_FAILURE = "p_failure"
"""Beside every metric: the probability that anything fails on any machine."""

COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

_WRITTEN = re.compile(r"\s*([^<>=]+?)\s*(>=|<=|>|<)\s*([^<>=%\s]+)\s*(%?)\s*")


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that trips where a figure is on one side of a bound; its value decides.

    >>> gate = Gate.parse("p_failure(mill-1) > 20 %")
    >>> gate.bound, gate.judged(0.25).tripped, gate.judged(0.2).tripped
    (0.2, True, False)
    >>> str(gate)
    'p_failure(mill-1) > 20 %'
    """

    figure: str
    sign: str
    bound: float
    metric: Metric | None
    """The figure; None: that anything fails."""

    @classmethod
    def parse(cls, text: str) -> Gate:
        """Return the gate that *text* says: a figure, one of > >= < <=, and a number.

        Raises InvalidInput for what is no such text, for a figure that is not known, saying
        which are, and for a bound that a probability can never pass.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise InvalidInput(
                f"gate {text!r}: must be a figure, one of {', '.join(COMPARED)} and a number, "
                "as in 'p_failure(mill-1) > 0.2'"
            )
        figure, sign = found[1], found[2]
        metric = None if figure == ANY_FAILURE else _metric(figure, text)
        unit = "share" if metric is None else metric.unit
        bound = _bound(found[3], text)
        if found[4] and unit != "share":
            raise InvalidInput(f"gate {text!r}: {figure} is in {unit}, not in per cent")
        bound = bound / 100.0 if found[4] else bound
        if unit == "share" and not 0.0 <= bound <= 1.0:
            raise InvalidInput(
                f"gate {text!r}: {figure} lies between 0 and 1 (got {bound:g}); in per cent it "
                f"is '{found[3]} %'"
            )
        return cls(figure if metric is None else str(metric), sign, bound, metric)

    def __str__(self) -> str:
        bound = f"{100 * self.bound:.9g} %" if self.unit == "share" else f"{self.bound:.9g}"
        return f"{self.figure} {self.sign} {bound}"

    @property
    def unit(self) -> str:
        """The unit of its figure; "share" for a probability."""
        return "share" if self.metric is None else self.metric.unit

    def check(self, *, machines: Sequence[str], orders: Sequence[str]) -> None:
        """Refuse the name of a machine or an order that does not exist, before any run."""
        if self.metric is None or not self.metric.of_which:
            return
        kind = OF_ONE[self.metric.name][0]
        names = machines if kind == "machine" else orders
        name = self.metric.of_which
        if name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            listed = ", ".join(sorted(names, key=natural)[:10]) or "none"
            raise InvalidInput(f"gate {self}: no {kind} {name!r}; {hint}(there are: {listed})")

    def judged(self, found: Estimate | float, of: str = "") -> Judged:
        """Return what the gate says of the value *found*, that of the plan *of*."""
        return Judged(self, found, of)


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate, and the value that it was held against."""

    gate: Gate
    found: Estimate | float
    of: str = ""
    """The plan whose value it is, where there are several."""

    def __post_init__(self) -> None:
        if isnan(self.value):
            raise InvalidInput(f"gate {self.gate}: {self.gate.figure} has no value here")

    @property
    def value(self) -> float:
        """The value that decides; what is not known counts against the gate."""
        if not isinstance(self.found, Estimate):
            return self.found
        more = self.gate.sign in (">", ">=")
        return self.found.value + (self.found.unsettled / self.found.n if more else 0.0)

    @property
    def tripped(self) -> bool:
        """Whether the value is on the refused side of the bound."""
        return COMPARED[self.gate.sign](self.value, self.gate.bound)

    @property
    def sentence(self) -> str:
        """What it came to, with the interval."""
        share = self.gate.unit == "share"
        if isinstance(self.found, Estimate):
            alike = self.found.low == self.found.high
            unit = _counted_in(self.gate.unit, self.value if alike else 2.0)
            told = str(self.found) if share else self.found.said(unit)
        else:
            unit = "" if share else f" {_counted_in(self.gate.unit, self.value)}"
            told = f"{self.found:.4g}{unit} (one run, no interval)"
        where = f" in {self.of}" if self.of else ""
        how = "tripped" if self.tripped else "held"
        return f"--fail-if {self.gate} {how}{where}: it is {told}"


def _counted_in(unit: str, value: float) -> str:
    """Return *unit* as one of it is called, where *value* is 1.

    >>> _counted_in("orders", 1.0), _counted_in("orders", 2.0), _counted_in("s", 1.0)
    ('order', 'orders', 's')
    """
    return unit[:-1] if value == 1.0 and len(unit) > 2 and unit.endswith("s") else unit


def _metric(figure: str, text: str) -> Metric:
    try:
        return Metric.parse(figure)
    except InvalidInput as error:
        raise InvalidInput(f"gate {text!r}: {error}") from None


def _bound(written: str, text: str) -> float:
    try:
        bound = float(written)
    except ValueError:
        bound = float("nan")
    if not isfinite(bound):
        raise InvalidInput(f"gate {text!r}: the bound must be a number (got {written!r})")
    return bound

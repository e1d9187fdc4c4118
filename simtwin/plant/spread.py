"""This module holds the spread: how uncertain a number of a plant or scenario is.

It is ignorance, not luck: one number holds for a whole run, and nobody knows it exactly. Each
number is drawn by itself, one uniform of the stream of its own name, so what is uncertain of
one machine changes nothing for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p, sqrt
from typing import TYPE_CHECKING, Any, TypeVar

from simtwin.errors import InvalidInput
from simtwin.physics.life import Lognormal, Triangular, Uniform
from simtwin.physics.survival import NORMAL, Survival
from simtwin.plant.changes import put
from simtwin.plant.places import places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simtwin.plant.measures import Measure
    from simtwin.plant.places import Place
    from simtwin.streams import Streams

Root = TypeVar("Root")

PURPOSE = "spread"
"""Of the streams from which uncertain numbers are drawn."""

TAIL = 0.001
"""Quantile, and its mirror, at which a spread must still be within the bounds of its number."""

_SMALLEST = 2.0**-54
"""Taken for the uniform 0, at which a normal quantile would be infinite."""

OF_SCENARIO = frozenset(
    ("start_from", "orders", "interventions", "horizon", "measure_from", "dispatching")
)
"""First words of names that belong to a scenario; all others belong to its plant."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Something normal of mean 0 that is added.

    >>> round(Shift(3.0).ppf(0.975), 2)
    5.88
    """

    sd: float
    """Standard deviation, in the unit of the number [SI]."""

    def __post_init__(self) -> None:
        if not 0.0 < self.sd < float("inf"):
            raise InvalidInput(f"sd: must be > 0 and finite (got {self.sd})")

    def ppf(self, u: float) -> float:
        """Return the quantile of a uniform *u* in [0, 1)."""
        return self.sd * NORMAL.inv_cdf(max(u, _SMALLEST))


@dataclass(frozen=True, slots=True)
class Spread:
    """The uncertainty of what *name* stands for: a factor on it, or a shift of it.

    >>> Spread.percent("machines.mill-1.refit", 20.0).drawn(360.0, 0.5)
    360.0
    >>> Spread.between("crew_wage", 0.8, 1.2).drawn(10.0, 0.75)
    11.0
    """

    name: str
    """Dotted; ``*`` stands for any name in a list, and each is drawn for itself."""
    law: Lognormal | Uniform | Triangular | Shift
    """Of the factor [-], or a shift."""

    @classmethod
    def percent(cls, name: str, cv: float) -> Spread:
        """Return a lognormal factor of median 1 and coefficient of variation *cv* [%]."""
        if not 0.0 < cv < float("inf"):
            raise InvalidInput(f"{name}: percent must be > 0 and finite (got {cv})")
        return cls(name, Lognormal(1.0, sqrt(log1p((0.01 * cv) ** 2))))

    @classmethod
    def between(cls, name: str, low: float, high: float) -> Spread:
        """Return a factor that is anything from *low* to *high*, equally likely."""
        return cls(name, Uniform(low, high))

    @classmethod
    def shift(cls, name: str, sd: float) -> Spread:
        """Return a normal shift of standard deviation *sd* [SI; temperatures: K]."""
        return cls(name, Shift(sd))

    def drawn(self, value: Any, u: float) -> Any:
        """Return *value*, a number or a law of durations, at the quantile *u* in [0, 1)."""
        if isinstance(self.law, Shift):
            return value + self.law.ppf(u)
        factor = self.law.ppf(u)
        return value * factor if isinstance(value, float) else value.scaled(factor)

    def say(self, measure: Measure | None = None) -> str:
        """Return the uncertainty in words.

        >>> Spread.percent("a", 20.0).say(), Spread.between("a", 0.8, 1.2).say()
        ('factor of median 1, CV 20 %', 'factor between 0.8 and 1.2')
        """
        law = self.law
        if isinstance(law, Shift):
            sd = f"{law.sd:g}" if measure is None else measure.say(law.sd)
            return f"normal about it, sd {sd}"
        if isinstance(law, Lognormal):
            cv = 100.0 * sqrt(law.variance) / law.mean
            return f"factor of median {law.median:g}, CV {cv:.3g} %"
        most = f", most likely {law.mode:g}" if isinstance(law, Triangular) else ""
        return f"factor between {law.low:g} and {law.high:g}{most}"


def spreads_at(
    root: object, spreads: Iterable[Spread], bounds: Mapping[str, Measure] | None = None
) -> dict[str, tuple[Place, Spread]]:
    """Return each uncertain place of *root* and its spread; of two spreads the last one wins.

    *bounds* are the measures of places, by name, that *root* alone does not know.

    Raises InvalidInput for a name that does not exist, for something that cannot be uncertain
    so, and where a spread reaches beyond the bounds of its number.
    """
    found: dict[str, tuple[Place, Spread]] = {}
    for spread in spreads:
        for place in bounded(places(root, spread.name), bounds or {}):
            wrong = unfit(spread, place)
            if wrong is not None:
                raise InvalidInput(f"spread of {place.name}: {wrong}")
            found[place.name] = place, spread
    for name in found:
        whole = next((other for other in found if name.startswith(f"{other}.")), None)
        if whole is not None:
            raise InvalidInput(f"spread of {name}: {whole} is uncertain as a whole already")
    return found


def bounded(found: Iterable[Place], bounds: Mapping[str, Measure]) -> list[Place]:
    """Return the places *found*, those that *bounds* name with their measures there."""
    return [one._replace(measure=bounds.get(one.name, one.measure)) for one in found]


def unfit(spread: Spread, place: Place) -> str | None:
    """Return why what stands at *place* cannot be uncertain as *spread* says, or None."""
    value, measure = place.value, place.measure
    shifted = isinstance(spread.law, Shift)
    if isinstance(value, Survival):
        return "a law is scaled as a whole; give percent, or a factor" if shifted else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must name a number (got {str(value)[:60]})"
    if isinstance(value, int) or (measure is not None and measure.whole):
        return f"{value} is a count, of which a part means nothing"
    if measure is not None and measure.suffix == "c" and not shifted:
        return "percent of a temperature in degC means nothing; give sd_c"
    for u in (TAIL, 1.0 - TAIL):
        wrong = _wrong(spread, place, u)
        if wrong is not None:
            return f"at its {100.0 * u:.4g} % point it {wrong}"
    return None


def draw(root: Root, uncertain: Mapping[str, tuple[Place, Spread]], streams: Streams) -> Root:
    """Return *root* with each *uncertain* number drawn from the stream of its own name.

    Raises InvalidInput for a number outside its bounds.
    """
    for name, (place, spread) in uncertain.items():
        u = streams[name, PURPOSE]()
        wrong = _wrong(spread, place, u)
        if wrong is not None:
            raise InvalidInput(f"spread of {name}, replication {streams.replication}: {wrong}")
        root = put(root, name, spread.drawn(place.value, u))
    return root


def _wrong(spread: Spread, place: Place, u: float) -> str | None:
    if place.measure is None or isinstance(place.value, Survival):
        return None
    return place.measure.wrong(spread.drawn(place.value, u))

"""This module holds the supposition: one thing that might be otherwise in a scenario.

It is what a planner says in a line, ``stop mill-3 10:00 2h``, and becomes the same changes and
interventions that a scenario file would have.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.overtime import says_a_shift
from simtwin.plant.supposed import KINDS, Supposed
from simtwin.plant.worn import refuse_overworn
from simtwin.result.day import with_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simtwin.plant.model import PlantModel, Scenario


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed: its *kind*, and the words that the kind takes.

    >>> Supposition.parse("stop mill-3 10:00 2h")
    Supposition(kind='stop', words=('mill-3', '10:00', '2h'))
    >>> str(Supposition("crew", ("3",)))
    'crew 3'
    """

    kind: str
    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Supposition:
        """Return what *text* supposes; a name may have blanks, a duration none.

        A time may have its day: ``stop mill-3 Tue 10:00 2h``.

        Raises InvalidInput for a kind that there is not, and for too few words.
        """
        kind, _, rest = text.strip().partition(" ")
        if kind not in KINDS:
            close = difflib.get_close_matches(kind, KINDS, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise InvalidInput(
                f"{text!r}: nothing is supposed by {kind!r}; {hint}"
                f"(there are: {', '.join(KINDS)})"
            )
        takes = KINDS[kind].takes
        words = with_days(rest.split())
        first = len(words) - len(takes) + 1
        words = [" ".join(words[:first]), *words[first:]] if first > 0 else words
        if len(words) != len(takes):
            raise InvalidInput(f"{text!r}: must be {kind} {' '.join(takes)}")
        return cls(kind, tuple(words))

    def __str__(self) -> str:
        return " ".join((self.kind, *self.words))


def suppose(
    plant: PlantModel,
    scenario: Scenario,
    suppositions: Iterable[str | Supposition],
    *,
    continued: bool = False,
) -> tuple[Scenario, tuple[str, ...]]:
    """Return *scenario* with all *suppositions* made in it, and each of them in words.

    The scenario comes back under the name of what is supposed; *plant* is the one that it is
    asked of, before its own changes. Asked of runs that are *continued* from a snapshot, which
    do not begin with ``start_from``, what the tools can do is no bound of that.

    Raises InvalidInput for a name, a time or a value that does not fit, naming the supposition.
    """
    steps = list(_steps(plant, scenario, suppositions))
    name = " and ".join(str(step.one) for step in steps)
    made = steps[-1].after
    if not continued:
        try:
            refuse_overworn(made.changes.applied(plant), made.start_from)
        except InvalidInput as error:
            raise InvalidInput(f"{name}: {error}") from None
    return replace(made, name=name), tuple(step.words for step in steps)


def beside(
    plant: PlantModel, scenario: Scenario, suppositions: Iterable[str | Supposition]
) -> Scenario:
    """Return *scenario* as long as its *suppositions* need it, to be looked at beside them.

    A shift that is supposed after the end makes both plans go on to the end of that shift: else
    the ordinary work in between would be told as its work. ``overtime 2h`` is work after the
    end by its own words, and makes nothing longer.
    """
    horizon = scenario.horizon
    for step in _steps(plant, scenario, suppositions):
        shift = step.one.kind == "overtime" and says_a_shift(*step.one.words)
        if shift and step.after.horizon != step.before.horizon:
            horizon = step.after.horizon
    return replace(scenario, horizon=horizon)


@dataclass(frozen=True, slots=True)
class _Step:
    """One supposition, the scenario before and after it, and what it does in words."""

    one: Supposition
    before: Scenario
    after: Scenario
    words: str


def _steps(
    plant: PlantModel, scenario: Scenario, suppositions: Iterable[str | Supposition]
) -> Iterator[_Step]:
    """Yield what each of *suppositions* makes of what those before it have made."""
    given = [one if isinstance(one, Supposition) else Supposition.parse(one)
             for one in suppositions]  # fmt: skip
    if not given:
        raise InvalidInput(f"nothing is supposed; there are: {', '.join(KINDS)}")
    for one in given:
        try:
            made, words = KINDS[one.kind].make(Supposed(plant, scenario), *one.words)
            made.changes.applied(plant)
        except InvalidInput as error:
            raise InvalidInput(f"{one}: {error}") from None
        yield _Step(one, scenario, made, words)
        scenario = made

"""This module holds the headings: what columns of exported lists mean, and their units."""

from __future__ import annotations

import re
from typing import NamedTuple

from simtwin.plant.erp.measure import NONE, Measure, measure_in, split_measure
from simtwin.plant.erp.spelling import fold
from simtwin.plant.erp.vocabulary import ENDINGS, RATES, WORDS

ROUTING = (
    "part", "operation", "text", "machine", "setup", "run", "base", "setup_unit", "run_unit"
)  # fmt: skip
"""What a column of a routing may mean; ``text`` is for people, ``base`` divides run,
and the units are those of the times of each row."""
ORDERS = ("order", "position", "part", "quantity", "due", "release", "priority", "weight")
"""What a column of an order list may mean."""
MACHINES = ("machine", "group", "count")
"""What a column of a list of machines may mean."""

_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")
_WORD = re.compile(r"[a-z]+\d*|\d+")
_PIECES = frozenset(("stuck", "stk", "piece"))
"""Words that mean how long a piece takes only with a unit of time, as in ``Stück (min)``."""
PER_PIECE = "minstuck"
"""Words of a heading that is a measure alone, as ``min/Stk`` or ``pcs/h``."""
LOT_SIZES = frozenset(
    ("los", "lot", "losgrosse", "lotsize", "lotqty", "batch", "batchsize", "batchqty", "runqty")
) | {"menge", "qty", "quantity", "stuckzahl", "stuck", "stk", "pcs", "pieces", "per", "je"}
"""Words of columns that may say for how many pieces a run time holds."""
_MASS = frozenset(("kg", "g", "t", "lb", "lbs", "to"))


class Heading(NamedTuple):
    """What one heading says."""

    words: str
    """Its folded words, run together, without the unit."""
    measure: Measure
    """What the numbers below it are, where it names a time, a number of pieces or a rate."""
    bracket: str | None
    """What stands in brackets and says nothing of the kind."""


def read_heading(text: str) -> Heading:
    """Return what the heading *text* says: words, measure, and what else is in brackets.

    >>> read_heading("Stückzeit [sec/Stk]").words, read_heading("CycleTime_min").words
    ('stuckzeit', 'cycletime')
    >>> read_heading("CycleTime_min").measure.unit, read_heading("Gewicht (kg)").bracket
    ('min', 'kg')
    """
    measure, bracket = NONE, None
    for inside in _BRACKETS.findall(text):
        found = measure_in(inside)
        measure = measure.also(found)
        if found == NONE:
            bracket = fold(inside).strip()
    bare = _CAMEL.sub(" ", _BRACKETS.sub(" ", text))
    before, found = split_measure(bare)
    words = _WORD.findall(before)
    if not words:
        alone = _WORD.findall(fold(bare))
        words = [PER_PIECE] if len(alone) > 1 and found.unit else alone
        found = found if len(alone) > 1 else NONE
    return Heading("".join(words), measure.also(found), bracket)


def rank(heading: Heading, meaning: str) -> int | None:
    """Return how surely *heading* has this *meaning*, 0 the surest; None where it has not."""
    if meaning == "weight" and heading.bracket in _MASS:
        return None
    if meaning == "run" and heading.measure.unit is None and heading.words in _PIECES:
        return None
    if meaning in ("quantity", "count") and heading.measure.unit is not None:
        return None
    if heading.words in RATES and not heading.measure.rate:
        return None
    return _RANKS[meaning].get(heading.words)


def rank_of_sides(text: str, meaning: str) -> int | None:
    """Return how surely the words beside a stroke have this *meaning*; less than a heading.

    None where there is no stroke, or where they mean two things.

    >>> rank_of_sides("Kostenstelle/Maschine", "machine") is None
    False
    >>> rank_of_sides("Rüstzeit/Stückzeit", "setup") is None
    True
    """
    sides = _BRACKETS.sub(" ", text).split("/")
    ranks = _RANKS[meaning]
    words = [read_heading(side).words for side in sides] if len(sides) > 1 else []
    known = [word for word in words if any(word in other for other in _RANKS.values())]
    if not known or not all(word in ranks for word in known):
        return None
    return len(ranks) + min(ranks[word] for word in known)


def _ranks(meaning: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for stem in WORDS[meaning].split(","):
        for end in (*ENDINGS.get(meaning, "").split(","), ""):
            found.setdefault("".join(_WORD.findall(fold(f"{stem} {end}"))), len(found))
    return found


_RANKS = {meaning: _ranks(meaning) for meaning in WORDS}

"""This module holds the headings: what columns of exported lists mean, and their units."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from simtwin.plant.erp.vocabulary import ENDINGS, UNITS, WORDS

ROUTING = ("part", "operation", "text", "machine", "setup", "run", "base")
"""What a column of a routing may mean; ``text`` is for people, ``base`` divides run."""
ORDERS = ("order", "position", "part", "quantity", "due", "release", "priority", "weight")
"""What a column of an order list may mean."""
MACHINES = ("machine", "group", "count")
"""What a column of a list of machines may mean."""

_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")
_WORD = re.compile(r"[a-z]+\d*|\d+")
_UMLAUT = re.compile(r"([aou])e")
_PIECES = frozenset(("stuck", "stk", "piece"))
"""Words that mean how long a piece takes only with a unit of time, as in ``Stück (min)``."""
_MASS = frozenset(("kg", "g", "t", "lb", "lbs", "to"))


class Heading(NamedTuple):
    """What one heading says."""

    words: str
    """Its folded words, run together, without the unit."""
    unit: str | None
    """Unit of time in it: s, min, h, hh:mm or mm:ss."""
    bracket: str | None
    """What stands in brackets and is no unit of time."""


def fold(text: str) -> str:
    """Return *text* in small letters without accents, spelt alike with and without umlauts.

    >>> fold("Rüstzeit") == fold("RUESTZEIT") == "rustzeit"
    True
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _UMLAUT.sub(r"\1", bare)


def read_heading(text: str) -> Heading:
    """Return what the heading *text* says: words, unit, and what else stands in brackets.

    >>> read_heading("Stückzeit [sec/Stk]")
    Heading(words='stuckzeit', unit='s', bracket=None)
    >>> read_heading("CycleTime_min").unit, read_heading("Gewicht (kg)").bracket
    ('min', 'kg')
    """
    unit = bracket = None
    for inside in _BRACKETS.findall(text):
        found = unit_in(inside)
        unit, bracket = (unit or found, bracket) if found else (unit, fold(inside).strip())
    bare = _BRACKETS.sub(" ", text)
    words = _WORD.findall(fold(_CAMEL.sub(" ", bare)))
    while len(words) > 1 and words[-1] in UNITS and unit is None:
        unit = UNITS[words.pop()]
        if words[-1] in ("in", "je", "per"):
            words.pop()
    return Heading("".join(words), unit, bracket)


def unit_in(text: str) -> str | None:
    """Return the unit of time that *text* begins with, as in ``min/Stk``; None without one.

    >>> unit_in("Sek."), unit_in("in min"), unit_in("hh:mm"), unit_in("kg")
    ('s', 'min', 'hh:mm', None)
    """
    folded = fold(text).strip().strip(".").removeprefix("in ")
    first = re.split(r"[\s/]", folded, maxsplit=1)[0].strip(".")
    return UNITS.get(first)


def rank(heading: Heading, meaning: str) -> int | None:
    """Return how surely *heading* has this *meaning*, 0 the surest; None where it has not."""
    if meaning == "weight" and heading.bracket in _MASS:
        return None
    if meaning == "run" and heading.unit is None and heading.words in _PIECES:
        return None
    return _RANKS[meaning].get(heading.words)


def _ranks(meaning: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for stem in WORDS[meaning].split(","):
        for end in (*ENDINGS.get(meaning, "").split(","), ""):
            found.setdefault("".join(_WORD.findall(fold(f"{stem} {end}"))), len(found))
    return found


_RANKS = {meaning: _ranks(meaning) for meaning in WORDS}

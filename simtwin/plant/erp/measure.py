"""This module holds the measure: what numbers below a heading are, and of how many pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simtwin.plant.erp.spelling import fold
from simtwin.plant.erp.vocabulary import LOTS, NUMBERS, PIECES, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable


class Measure(NamedTuple):
    """What the numbers of a column of times are: times of so many pieces, or a rate."""

    unit: str | None = None
    """Unit of time: s, min, h, hh:mm or mm:ss; None: the heading names none."""
    pieces: float = 1.0
    """For how many pieces a time holds, or what one of a rate stands for."""
    rate: bool = False
    """Whether it counts pieces in a unit of time."""
    lot: bool = False
    """Whether a time holds for a whole lot or order."""
    ratio: str = ""
    """Words of a ratio that is not understood, as ``min/kg``."""

    def also(self, other: Measure) -> Measure:
        """Return what both say together, this one first.

        >>> measure_in("min").also(measure_in("je 100"))
        Measure(unit='min', pieces=100.0, rate=False, lot=False, ratio='')
        """
        return Measure(
            self.unit or other.unit,
            self.pieces * other.pieces,
            self.rate or other.rate,
            self.lot or other.lot,
            self.ratio or other.ratio,
        )


NONE = Measure()
"""A heading that says nothing of the kind."""


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_PER = r"(?:/|(?<![a-z])(?:je|per|pro|for|fur)(?![a-z]))"
_NUMBER = rf"(?P<number>\d+(?:[.,' ]\d{{3}})*|{_any(NUMBERS)})(?![\d.,])"
_TIME = rf"(?P<time>{_any(UNITS)})(?![a-z:])\.?"
_PERIOD = rf"(?P<time>{_any(word for word in UNITS if ':' not in word)})(?![a-z:])\.?"
_OF = rf"(?:(?P<piece>{_any(PIECES)})|(?P<lot>{_any(LOTS)}))(?![a-z])\.?"
_TIMES = (
    rf"(?:in )?{_TIME}(?:\s*{_PER}\s*(?:{_NUMBER}(?:\s*{_OF})?|{_OF.replace('<', '<a_')}))?"
)
_RATE = rf"(?:{_NUMBER}\s*)?(?:(?P<piece>{_any(PIECES)})(?![a-z])\.?)?\s*{_PER}\s*{_PERIOD}"
_BASE = rf"(?:{_PER}\s*{_NUMBER}(?:\s*{_OF})?|{_PER}\s*(?P<a_lot>{_any(LOTS)})(?![a-z])\.?)"
_LOTS_OF = rf"{_NUMBER}\s*{_OF}"
_FORMS = tuple(re.compile(form) for form in (_RATE, _TIMES, _BASE, _LOTS_OF))
_LAST = (
    *(re.compile(rf"(?<![a-z\d]){form}\s*$") for form in (_RATE, _TIMES)),
    re.compile(rf"{_BASE}\s*$"),
)
_RATIO = re.compile(rf"{_PER}(?!\s*(?:{_any(PIECES)})(?![a-z]))")
_DANGLING = re.compile(rf"{_PER}\s*$")
_IN = re.compile(r"(?:/|(?<![a-z])(?:in|je|per|pro))\s*$")


def measure_in(text: str) -> Measure:
    """Return what *text* says as a whole, as ``min/Stk``; all empty where it says nothing.

    >>> measure_in("Sek.").unit, measure_in("in min").unit, measure_in("kg").unit
    ('s', 'min', None)
    >>> measure_in("min/100 Stk").pieces, measure_in("Std/1.000").pieces
    (100.0, 1000.0)
    >>> measure_in("pcs/h")
    Measure(unit='h', pieces=1.0, rate=True, lot=False, ratio='')
    >>> measure_in("min/Los").lot, measure_in("min/kg").ratio
    (True, 'min/kg')
    """
    folded = " ".join(fold(text).replace("_", " ").split()).strip(" .")
    for form in _FORMS:
        match = form.fullmatch(folded)
        if match and (form is not _FORMS[0] or _counts(match)):
            return _measured(match, rate=form is _FORMS[0])
    if _RATIO.search(folded):
        return Measure(ratio=" ".join(text.split()))
    first = re.match(rf"(?:in )?{_TIME}", folded)
    return Measure(UNITS[first["time"]]) if first else NONE


def split_measure(text: str) -> tuple[str, Measure]:
    """Return the words of *text* before a measure at its end, and the measure.

    >>> split_measure("Run Time min/100 pcs")
    ('run time', Measure(unit='min', pieces=100.0, rate=False, lot=False, ratio=''))
    >>> split_measure("Stück/Std")[0], split_measure("Zeit je Stück / min")[1].unit
    ('', 'min')
    """
    folded = " ".join(fold(text).replace("_", " ").split()).strip(" .")
    for form in _LAST:
        match = form.search(folded)
        if match is None:
            continue
        before = folded[: match.start()].rstrip()
        rate = form is _LAST[0]
        if rate and (not _counts(match) or _DANGLING.search(before)):
            continue
        return _IN.sub("", before).strip(), _measured(match, rate=rate)
    return folded, NONE


def _counts(match: re.Match[str]) -> bool:
    """Whether a rate says what is counted, pieces or a number of them."""
    return bool(match["number"] or match["piece"])


def _measured(match: re.Match[str], *, rate: bool) -> Measure:
    found = match.groupdict()
    unit = UNITS[found["time"]] if found.get("time") else None
    lot = bool(found.get("lot") or found.get("a_lot"))
    number = found.get("number")
    return Measure(unit, _value(number) if number else 1.0, rate, lot)


def _value(text: str) -> float:
    return NUMBERS.get(text) or float(re.sub(r"\D", "", text))

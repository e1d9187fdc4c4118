"""This module holds the amounts in exported lists: numbers of any decimal mark, and times."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.plant.erp.spelling import fold
from simtwin.plant.erp.vocabulary import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.table import Value

MOST = 1e9
"""The largest number that a list may hold."""

_BLANKS = re.compile(r"[\s'’]")
_NUMBER = re.compile(r"[-+]?\d[\d.,]*|[-+]?[.,]\d+")
_FLOAT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_WITH_WORD = re.compile(r"([-+]?[\d.,]+)\s*(\D*)")
_PIECE = re.compile(r"(\d[\d.,]*)\s*([a-z]+)\.?")
_CLOCK = re.compile(r"(\d+):(\d{2})(?::(\d{2}))?\s*([a-z]*)\.?")
_PIECES = frozenset(("", "st", "stk", "stuck", "pc", "pcs", "piece", "pieces", "ea", "x", "%"))


class Span(NamedTuple):
    """A length of time as its list gives it."""

    value: float
    unit: str
    """s, min or h."""

    @property
    def minutes(self) -> float:
        """The same in minutes."""
        return self.value * {"s": 1.0 / 60.0, "min": 1.0, "h": 60.0}[self.unit]


_SECONDS = {"h": 3600.0, "min": 60.0, "s": 1.0}


def period(rate: float, unit: str) -> Span:
    """Return the time of a piece at a *rate* of pieces per *unit*, short to write if it can be.

    Raises InvalidInput unless the rate is positive.

    >>> period(60.0, "h"), period(45.0, "h"), round(period(7.0, "h").value, 9)
    (Span(value=1.0, unit='min'), Span(value=80.0, unit='s'), 514.285714286)
    """
    if rate <= 0.0:
        raise InvalidInput(f"must be > 0, as a rate (got {rate:g})")
    units = list(_SECONDS)
    spans = [
        Span(_SECONDS[unit] / _SECONDS[smaller] / rate, smaller)
        for smaller in units[units.index(unit) :]
    ]
    return next((span for span in spans if span.value == round(span.value, 3)), spans[-1])


def decimal_marks(texts: Iterable[str]) -> set[str]:
    """Return the decimal marks that *texts* show beyond doubt: ``,``, ``.``, both or none.

    >>> decimal_marks(["1,5", "1.234,0", "1.234", "7"]), decimal_marks(["1,234", "1 000"])
    ({','}, set())
    """
    found: set[str] = set()
    for text in texts:
        number = _BLANKS.sub("", text)
        if "," in number and "." in number:
            found.add(max(",.", key=number.rfind))
        elif number.count(",") > 1 or number.count(".") > 1:
            found.add("." if "," in number else ",")
        elif ("," in number or "." in number) and not is_doubtful(text):
            found.add("," if "," in number else ".")
    return found


def is_doubtful(text: str) -> bool:
    """Tell whether *text* is one number with a decimal comma and another without.

    >>> is_doubtful("1,234"), is_doubtful("0,234"), is_doubtful("1,23"), is_doubtful("1,234.5")
    (True, False, False, False)
    """
    return re.fullmatch(r"[-+]?[1-9]\d{0,2}[.,]\d{3}", _BLANKS.sub("", text)) is not None


def read_number(value: Value, mark: str) -> float:
    """Return the number in a cell whose list has the decimal *mark*.

    >>> read_number("1.234,5", ","), read_number("1,234", "."), read_number("40 Stk", ",")
    (1234.5, 1234.0, 40.0)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(float(value), str(value))
    if not isinstance(value, str):
        raise InvalidInput(f"must be a number (got {value})")
    match = _WITH_WORD.fullmatch(_BLANKS.sub("", value))
    if match is None or fold(match[2]).strip(".") not in _PIECES:
        raise InvalidInput(f"must be a number (got {value.strip()!r})")
    return _number(match[1], mark, value)


def read_span(value: Value, unit: str, mark: str) -> Span:
    """Return the time in a cell whose heading names *unit*; a unit in the cell wins.

    >>> read_span("1:30", "hh:mm", "."), read_span("90 s", "h", ".")
    (Span(value=90.0, unit='min'), Span(value=90.0, unit='s'))
    >>> read_span("1 h 20 min", "min", ",").minutes
    80.0
    """
    if isinstance(value, time):
        return Span(60.0 * value.hour + value.minute + value.second / 60.0, "min")
    if isinstance(value, timedelta):
        return Span(value.total_seconds() / 60.0, "min")
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _bounded(float(value), str(value))
        return Span(number, _needs_number(unit, str(value)))
    if not isinstance(value, str):
        raise InvalidInput(f"must be a time (got {value})")
    text = fold(value).strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _from_clock(clock, unit, value)
    if has_unit(value):
        pieces = _PIECE.findall(text)
        spans = [Span(_number(number, mark, value), UNITS[word]) for number, word in pieces]
        return spans[0] if len(spans) == 1 else Span(sum(s.minutes for s in spans), "min")
    if not _NUMBER.fullmatch(_BLANKS.sub("", text)):
        raise InvalidInput(f"must be a time such as '12', '90 s' or '1:30 h' (got {value!r})")
    return Span(_number(_BLANKS.sub("", text), mark, value), _needs_number(unit, value))


def has_unit(value: Value) -> bool:
    """Tell whether the time in a cell says its own unit, as a text or a time of Excel.

    >>> has_unit("90 s"), has_unit("0:45 h"), has_unit("1 h 20 min"), has_unit("1:30")
    (True, True, True, False)
    """
    if not isinstance(value, str):
        return isinstance(value, time | timedelta)
    text = fold(value).strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        return clock[4] in UNITS
    pieces = _PIECE.findall(text)
    return bool(pieces) and all(word in UNITS for _, word in pieces) and _only(text, pieces)


def _only(text: str, pieces: list[tuple[str, str]]) -> bool:
    """Whether *text* holds nothing but *pieces*."""
    joined = "".join(number + word for number, word in pieces)
    return _BLANKS.sub("", text).replace(".", "") == joined.replace(".", "")


def _needs_number(unit: str, text: str) -> str:
    if unit in ("hh:mm", "mm:ss"):
        raise InvalidInput(f"must be {unit}, as the heading says (got {text})")
    return unit


def _from_clock(match: re.Match[str], unit: str, text: str) -> Span:
    first, second, third = int(_bounded(float(match[1]), text)), int(match[2]), match[3]
    kind = UNITS.get(match[4], "") if match[4] else unit
    if second > 59 or int(third or 0) > 59:
        raise InvalidInput(f"must have less than 60 behind a colon (got {text!r})")
    if third is not None:
        return Span(60.0 * first + second + int(third) / 60.0, "min")
    if kind in ("hh:mm", "h"):
        return Span(60.0 * first + second, "min")
    if kind == "mm:ss" or (kind == "min" and match[4]):
        return Span(60.0 * first + second, "s")
    raise InvalidInput(
        f"{text!r} may be hours and minutes or minutes and seconds; write [hh:mm] or [mm:ss] "
        "into the heading"
    )


def _number(text: str, mark: str, whole: str) -> float:
    """Return the number that *text* spells in a list with this decimal *mark*.

    *whole* is what stands in the cell, for the message.
    """
    marks = [letter for letter in text if letter in ".,"]
    if len(set(marks)) == 2:
        mark = max(",.", key=text.rfind)
    elif len(marks) > 1:
        mark = "." if marks[0] == "," else ","
    elif marks and not is_doubtful(text):
        mark = marks[0]
    other = "," if mark == "." else "."
    groups = text.partition(mark)[0].split(other)
    plain = text.replace(other, "").replace(mark, ".")
    if any(len(group) != 3 for group in groups[1:]) or not _FLOAT.fullmatch(plain):
        raise InvalidInput(f"must be a number (got {whole.strip()!r})")
    return _bounded(float(plain), whole.strip())


def _bounded(value: float, text: str) -> float:
    """Return *value*; refuse what no shop can mean, and what is no number to a computer."""
    if not abs(value) <= MOST:
        shown = text if len(text) < 20 else f"{text[:17]}..."
        raise InvalidInput(f"must be a number up to {MOST:g} (got {shown!r})")
    return value

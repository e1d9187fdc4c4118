"""This module holds the wording of numbers: digits that mean something, and intervals."""

from __future__ import annotations

import math

MINUTE, HOUR = 60.0, 3600.0


def number(value: float, spread: float = 0.0) -> str:
    """Return *value* with the digits that mean something, never in powers of ten by accident.

    With a *spread* (the width of its interval) the last digit shown is one that the interval
    leaves open, and four digits count at most; without, three.

    >>> number(1234.5), number(0.12345), number(12.3), number(12.3456, spread=2.0)
    ('1,234', '0.123', '12.3', '12.3')
    >>> number(3.0), number(float("nan"))
    ('3', '–')
    >>> number(-0.0), number(-0.04, spread=3.0)
    ('0', '0')
    """
    if not math.isfinite(value):
        return "–"
    scale = max(spread / 3.0, abs(value) / 1000.0) if spread > 0 else abs(value) / 100.0
    places = 0 if scale <= 0 else max(0, min(6, -math.floor(math.log10(scale))))
    text = f"{value:z,.{places}f}"
    if spread <= 0 and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def percent(share: float) -> str:
    """Return a share as a percentage with its sign.

    >>> percent(0.425), percent(0.004), percent(1.0)
    ('42 %', '0.4 %', '100 %')
    >>> percent(1 / 3000), percent(2e-7), percent(0.0)
    ('0.03 %', 'below 0.001 %', '0 %')
    """
    if not math.isfinite(share):
        return "–"
    value = 100.0 * share
    if 0.0 < value < 0.05:
        return f"{value:.1g} %" if value >= 0.001 else "below 0.001 %"
    return f"{value:.1f} %" if 0.0 < value < 1.0 or 99.0 < value < 100.0 else f"{value:z.0f} %"


def lasting(seconds: float) -> str:
    """Return a duration in the units in which people say it.

    >>> lasting(42), lasting(42 * 60), lasting(65 * 60), lasting(26.5 * 3600)
    ('42 s', '42 min', '1 h 05 min', '26 h 30 min')
    """
    if not math.isfinite(seconds):
        return "–"
    if abs(seconds) < 90:
        return f"{seconds:z.0f} s"
    minutes = round(seconds / MINUTE)
    if abs(minutes) < 60:
        return f"{minutes} min"
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60} h {abs(minutes) % 60:02d} min"


def known(value: object) -> bool:
    """Return whether *value* says anything: not None, not NaN, not empty.

    >>> known(float("nan")), known(""), known(0.0)
    (False, False, True)
    """
    return value is not None and value != "" and value == value


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, in the plural where that is right.

    >>> counted(1, "order"), counted(3, "order"), counted(2, "piece of work", "pieces of work")
    ('1 order', '3 orders', '2 pieces of work')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: list[str], most: int = 4) -> str:
    """Return *words* as a person lists them, at most *most* of them.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=2), listed([])
    ('a, b and c', 'a, b and 1 more', 'none')
    """
    if not words:
        return "none"
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

"""This module holds the names in exported lists: one spelling for each, and likely slips."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from simtwin.plant.erp.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 80
LONG = 4
"""Letters of a word in which one letter more or less is hardly meant."""
FREQUENT = 2
"""Rows in which a name stands to be taken for the right one of two that are alike."""

_LIKE_DIGITS = str.maketrans("lio|", "1101")
_WHOLE = re.compile(r"[/#]")
_BETWEEN = re.compile(r"(?<=\d)[^a-z0-9]+(?=\d)")
_COUNTING = re.compile(r"\d|(?<![a-z])[a-z](?![a-z])")
_REST = re.compile(r"[^a-z0-9-]|(?<!\d)-|-(?!\d)")


def cleaned(name: str) -> str:
    """Return *name* as simtwin can have it: ``/`` and ``#`` stand between whole and part there.

    >>> cleaned("4711/10"), cleaned("Welle  A")
    ('4711-10', 'Welle A')
    """
    return " ".join(_WHOLE.sub("-", name).split())


def key_of(name: str) -> str:
    """Return what is left of *name* without case, accents, blanks and signs.

    >>> key_of("Mill-2") == key_of("MILL 2") == key_of("mill2"), key_of("M1-2") == key_of("M12")
    (True, False)
    """
    return _REST.sub("", _BETWEEN.sub("-", fold(name))) or name


def number_key(name: str) -> str:
    """Return the key of a part number; zeros in front get lost on the way through Excel.

    >>> number_key("000123") == number_key("123")
    True
    """
    return key_of(name).lstrip("0") or "0"


def spellings(names: Iterable[str]) -> dict[str, str]:
    """Return, for each of *names*, the spelling that is used most for the same thing.

    >>> spellings(["Mill-2", "mill 2", "Mill-2", "Saw"])
    {'Mill-2': 'Mill-2', 'mill 2': 'Mill-2', 'Saw': 'Saw'}
    """
    counts = Counter(names)
    best: dict[str, str] = {}
    for name in counts:
        key = key_of(name)
        if key not in best or counts[name] > counts[best[key]]:
            best[key] = name
    return {name: best[key_of(name)] for name in counts}


def slips(counts: Counter[str]) -> dict[str, str]:
    """Return names that are probably another one, with that one.

    A name that stands once and is one letter from a frequent one is; so is one that only looks
    like another, with the letter l for the digit 1, however often either stands. Names that
    differ by a digit are different machines.

    >>> slips(Counter({"Mill-2": 9, "Mil-2": 1, "Mill-3": 1, "Saw": 4}))
    {'Mil-2': 'Mill-2'}
    >>> slips(Counter({"FRÄS-1": 1, "FRÄS-l": 1, "CNC-10": 2, "CNC-1O": 2, "Saw": 1}))
    {'FRÄS-l': 'FRÄS-1', 'CNC-1O': 'CNC-10'}
    """
    alike: dict[str, list[str]] = {}
    for name in counts:
        alike.setdefault(looks(name), []).append(name)
    frequent = [name for name, count in counts.items() if count >= FREQUENT]
    found: dict[str, str] = {}
    for name, count in counts.items():
        near = [other for other in frequent if count == 1 and one_letter_apart(name, other)]
        best = max(alike[looks(name)], key=lambda other: (digits(other), counts[other]))
        if best != name:
            found[name] = best
        elif near:
            found[name] = max(near, key=lambda other: counts[other])
    return found


def twins(counts: Counter[str]) -> dict[str, str]:
    """Return names that are one letter from another in words of four letters, with that one.

    Nobody can tell which one is right, if either is wrong: the rarer of two, or the later, is
    given with the other. Names that differ by a digit or a letter that stands alone are
    different machines; so may be short ones.

    >>> twins(Counter({"Drehen 1": 1, "Drehn 1": 1, "Drehen 2": 1}))
    {'Drehn 1': 'Drehen 1'}
    >>> twins(Counter({"Linie A": 1, "Linie B": 1, "BAZ-1": 1, "BAR-1": 1}))
    {}
    """
    shelves: dict[str, list[str]] = {}
    for name in counts:
        folded = fold(name)
        cuts = [k for k, letter in enumerate(folded) if not letter.isdigit()]
        for key in {folded, *(folded[:k] + folded[k + 1 :] for k in cuts)}:
            shelves.setdefault(key, []).append(name)
    order = {name: at for at, name in enumerate(counts)}
    near: dict[str, list[str]] = {}
    for shelf in shelves.values():
        for first, second in combinations(shelf, 2):
            if one_letter_apart(first, second) and _differ_in_long_words(first, second):
                rare, other = sorted((first, second), key=lambda n: (counts[n], -order[n]))
                near.setdefault(rare, []).append(other)
    return {
        name: max(near[name], key=lambda other: (counts[other], -order[other]))
        for name in counts
        if name in near
    }


def looks(name: str) -> str:
    """Return what *name* looks like: letters that are taken for digits are those digits.

    >>> looks("FRÄS-l") == looks("Fräs-1"), looks("CNC-1O") == looks("CNC-10")
    (True, True)
    """
    return fold(name).translate(_LIKE_DIGITS)


def digits(name: str) -> int:
    """Return how many digits *name* has."""
    return sum(letter.isdigit() for letter in name)


def one_letter_apart(first: str, second: str) -> bool:
    """Tell whether one letter is missing, wrong or swapped with the next.

    Digits must agree, and so must letters that stand alone: they count machines too.

    >>> one_letter_apart("Dreh-1", "Derh-1"), one_letter_apart("Mill-1", "Mill-2")
    (True, False)
    >>> one_letter_apart("Linie A", "Linie B")
    False
    """
    a, b = sorted((fold(first), fold(second)), key=len)
    if a == b or len(b) - len(a) > 1 or _COUNTING.findall(a) != _COUNTING.findall(b):
        return False
    at = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    return a[at + 1 :] == b[at + 1 :] or swapped


def _differ_in_long_words(first: str, second: str) -> bool:
    """Whether the words of which one is spelt otherwise have at least four letters."""
    words = [Counter(re.findall(r"[a-z]+", fold(name))) for name in (first, second)]
    differing = [*(words[0] - words[1]), *(words[1] - words[0])]
    return max(map(len, differing), default=0) >= LONG

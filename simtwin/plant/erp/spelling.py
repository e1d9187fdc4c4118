"""This module holds the spelling: words of lists without case, accents and umlauts."""

from __future__ import annotations

import re
import unicodedata

_UMLAUT = re.compile(r"([aou])e")


def fold(text: str) -> str:
    """Return *text* in small letters without accents, spelt alike with and without umlauts.

    >>> fold("Rüstzeit") == fold("RUESTZEIT") == "rustzeit"
    True
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _UMLAUT.sub(r"\1", bare)

"""This module holds the assumed: what an answer hangs on because no file said it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def assumed(*files: Any) -> tuple[str, ...]:
    """Return the assumptions of *files*, plants and scenarios or None, each of them once.

    >>> from types import SimpleNamespace as File
    >>> assumed(File(assumptions=("a", "b")), None, File(assumptions=("b", "c")))
    ('a', 'b', 'c')
    """
    found: Iterable[str] = (line for file in files if file for line in file.assumptions)
    return tuple(dict.fromkeys(found))

"""This module holds the extension: a file that says only what differs from another one.

Its own keys win, mapping by mapping; a list is replaced as a whole. Problems are told where
their key stands, in whichever file that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.plant.document import Document, Path

KEY = "extends"

_END = frozenset(("until", "horizon", "horizon_s", "horizon_min", "horizon_h"))
_WARM_UP = frozenset(("measure_from", "measure_from_s", "measure_from_min", "measure_from_h"))
DISPLACED = (
    (_END, _END),
    (_WARM_UP, _WARM_UP),
    (frozenset(("dispatching",)), frozenset(("sequence",))),
)
"""Who gives one of the first keys takes none of the second ones from the other file."""


def extend(own: Document, base: Document) -> None:
    """Put into *own* what only *base* says.

    >>> from simtwin.plant.document import read_yaml
    >>> own = read_yaml("{start: {b: 2}, orders: [9]}", "own.yaml")
    >>> extend(own, read_yaml("{start: {a: 1, b: 1}, orders: [1, 2], seed: 7}", "base.yaml"))
    >>> own.data
    {'start': {'b': 2, 'a': 1}, 'orders': [9], 'seed': 7}
    >>> own.place(("seed",)).file
    'base.yaml'
    """
    given = set(own.data)
    for keys, displaced in DISPLACED:
        if not given.isdisjoint(keys):
            for key in displaced:
                base.data.pop(key, None)
    base.data.pop(KEY, None)
    _extend(own.data, base.data, (), own, base)


def _extend(
    mine: dict[str, Any], others: dict[str, Any], path: Path, own: Document, base: Document
) -> None:
    for key, value in others.items():
        here = (*path, key)
        if key not in mine:
            mine[key] = value
            _take_places(here, own, base)
        elif isinstance(mine[key], dict) and isinstance(value, dict):
            _extend(mine[key], value, here, own, base)


def _take_places(path: Path, own: Document, base: Document) -> None:
    """Let *own* know where *path* and all that is in it stand in *base*."""
    depth = len(path)
    for mine, others in (
        (own.keys, base.keys),
        (own.values, base.values),
        (own.sources, base.sources),
    ):
        mine.update((p, place) for p, place in others.items() if p[:depth] == path)  # type: ignore[misc]

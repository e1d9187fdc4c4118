"""This module holds the extension: a file that says only what differs from another one.

Its own keys win, mapping by mapping. A list is replaced as a whole; in a plant, one whose items
have an id is completed item by item. Assumptions of both hold. Problems are told where their
key stands, in whichever file that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.plant.document import Document, Path

KEY = "extends"
JOINED = "assumptions"
"""What the other file assumes holds for both."""

_END = frozenset(("until", "horizon", "horizon_s", "horizon_min", "horizon_h"))
_WARM_UP = frozenset(("measure_from", "measure_from_s", "measure_from_min", "measure_from_h"))
DISPLACED = (
    (_END, _END),
    (_WARM_UP, _WARM_UP),
    (frozenset(("dispatching",)), frozenset(("sequence",))),
    (frozenset(("crew",)), frozenset(("crews",))),
    (frozenset(("crews",)), frozenset(("crew",))),
)
"""Who gives one of the first keys takes none of the second ones from the other file."""


def extend(own: Document, base: Document, *, by_id: bool = False) -> None:
    """Put into *own* what only *base* says; *by_id* also into the items of its lists.

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
    for key, others in base.data.items():
        mine = own.data.get(key)
        joined = by_id or key == JOINED
        if joined and isinstance(mine, list) and isinstance(others, list):
            _complete(mine, others, key, own, base)
    _extend(own.data, base.data, (), own, base)


def _complete(
    mine: list[Any], others: list[Any], key: str, own: Document, base: Document
) -> None:
    """Complete the items of the list *mine* by those *others* of their id.

    All others come first, in their order, then those that only the list itself has.
    """
    left = dict(enumerate(mine))
    found: list[Any] = []
    moved: dict[int, int] = {}
    for index, other in enumerate(others):
        name = other.get("id") if isinstance(other, dict) else None
        place = next((k for k, item in left.items() if _is(item, name)), None)
        if place is None:
            found.append(other)
            continue
        found.append(left.pop(place))
        moved[place] = index
    moved |= {place: len(found) + k for k, place in enumerate(left)}
    found += left.values()
    _move(key, moved, own)
    for index, other in enumerate(others):
        if found[index] is other:
            _take_places((key, index), own, base)
        else:
            _extend(found[index], other, (key, index), own, base)
    mine[:] = found


def _is(item: Any, name: Any) -> bool:
    return name is not None and isinstance(item, dict) and item.get("id") == name


def _move(key: str, moved: dict[int, int], own: Document) -> None:
    """Let *own* know that the items of the list *key* stand at other places in it."""

    def there(path: Path) -> Path:
        if path[:1] != (key,) or len(path) == 1:
            return path
        place = path[1]
        assert isinstance(place, int), "items of a list are called by their places"
        return (key, moved[place], *path[2:])

    own.keys = {there(path): place for path, place in own.keys.items()}
    own.values = {there(path): place for path, place in own.values.items()}
    own.sources = {there(path): text for path, text in own.sources.items()}


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

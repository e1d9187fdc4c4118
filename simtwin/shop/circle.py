"""This module holds the circle: what comes round and round in a series of events."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from simtwin.names import natural

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 12
"""Steps of a circle that are told; of a longer one the first."""


def circle(seen: Sequence[str]) -> list[str]:
    """Return the shortest circle that *seen* goes round in, its first step again at the end.

    What happens several times running is one step. Where nothing repeats exactly, as where
    chance decides, it is the last stretch between two of the rarest step that came twice.

    >>> circle(["c", "b", "a", "a", "b", "a", "b", "a"])
    ['a', 'b', 'a']
    >>> circle(["a", "a", "a"])
    ['a', 'a']
    >>> circle(["a", "b", "c", "a", "c", "b", "a"])
    ['b', 'c', 'a', 'c', 'b']
    """
    steps = [step for step, _ in groupby(seen)]
    if len(steps) < 2:
        return steps * 2
    found = _repeated(steps) or _between(steps)
    if not found:
        return steps[:MOST]
    if len(found) > MOST:
        return [*found[:MOST], f"... ({len(found)} steps)", found[0]]
    return [*found, found[0]]


def _repeated(steps: list[str]) -> list[str]:
    """Return the shortest period of the last half of *steps*, its first by name in front."""
    size = len(steps)
    for length in range(1, size // 2 + 1):
        since = min(size - length, size // 2)
        if all(steps[at] == steps[at - length] for at in range(since, size)):
            found = steps[-length:]
            first = min(range(length), key=lambda at: natural(found[at]))
            return found[first:] + found[:first]
    return []


def _between(steps: list[str]) -> list[str]:
    """Return the last stretch from one of the rarest step that came twice to the next."""
    counted = Counter(steps)
    again = [step for step in counted if counted[step] > 1]
    if not again:
        return []
    rarest = min(again, key=lambda step: (counted[step], natural(step)))
    last, before, *_ = (at for at in range(len(steps) - 1, -1, -1) if steps[at] == rarest)
    return steps[before:last]

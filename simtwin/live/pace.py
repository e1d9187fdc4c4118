"""This module holds the pace: what happened once happens again, so many times as fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def paced(
    items: Iterable[Item],
    factor: float,
    *,
    when: Callable[[Item], float],
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Item]:
    """Give *items* when they are due, *factor* times faster than they happened.

    *when* an item happened is in seconds. Each is due by itself: what one comes late, the next
    does not. A factor below 1 is slower than real.

    >>> slept: list[float] = []
    >>> due = paced([100.0, 160.0], 60.0, when=float, now=lambda: 0.0, sleep=slept.append)
    >>> len(list(due)), slept
    (2, [1.0])
    """
    began, first = now(), None
    for item in items:
        at = when(item)
        first = at if first is None else first
        ahead = (at - first) / factor - (now() - began)
        if ahead > 0.0:
            sleep(ahead)
        yield item

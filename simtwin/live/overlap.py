"""This module holds the overlap: where two clocks of one device were heard at the same time.

A reboot ends one clock before the next begins. Two that are heard at once are two boards with
one id, or messages that were held up: a delay only adds to the boot instant that a message
tells, so one that came late by more than clocks are told apart by looks like a clock of its
own. What is short or sparse beside a clock that goes on is taken for that, and alone doubted;
of two that both go on, what both tell is doubted while they do, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simtwin.live.chain import Chain, Key, Run

OWN = 30.0
"""A clock that is heard for less than this [s] beside another is none of its own."""
SPARSE = 0.5
"""Nor is one heard in less than this share of the minutes in which the other is [-]."""


class Stretch(NamedTuple):
    """Minutes of one boot that are doubted, from the first to the last."""

    first: Key
    last: Key

    def holds(self, minute: Key) -> bool:
        """Whether *minute* is one of them."""
        return self.first <= minute <= self.last


class Overlap(NamedTuple):
    """Two boots heard at the same time."""

    begin: float
    """[s, UTC]"""
    end: float
    boots: tuple[int, int]
    doubted: tuple[tuple[Stretch, ...], tuple[Stretch, ...]]
    """Of each of the two."""

    @property
    def two(self) -> bool:
        """Whether both go on, so that there are two boards."""
        return all(self.doubted)


def overlaps(chains: Sequence[Chain]) -> Iterator[Overlap]:
    """Give every stretch of time in which two of *chains* were heard, in order."""
    runs = sorted(
        ((run, index) for index, chain in enumerate(chains) for run in chain.runs),
        key=lambda pair: (pair[0].begin, pair[0].end),
    )
    going: list[tuple[Run, int]] = []
    for run, index in runs:
        going = [(other, i) for other, i in going if other.end >= run.begin]
        for other, i in going:
            if i != index:
                yield _overlap(chains, (other, run), (i, index))
        going.append((run, index))


def _overlap(chains: Sequence[Chain], runs: tuple[Run, Run], boots: tuple[int, int]) -> Overlap:
    begin = max(run.begin for run in runs)
    end = min(run.end for run in runs)
    places = [chains[i].within(run, begin, end) for run, i in zip(runs, boots, strict=True)]
    lengths = [run.end - run.begin for run in runs]
    counts = [len(heard) for heard in places]
    mine, yours = (
        lengths[a] >= min(OWN, lengths[b]) and counts[a] >= SPARSE * counts[b]
        for a, b in ((0, 1), (1, 0))
    )
    stretches = [
        (Stretch(chains[i].minute(heard[0]), chains[i].minute(heard[-1])),) if heard else ()
        for heard, i in zip(places, boots, strict=True)
    ]
    first = stretches[0] if yours or not mine else ()
    second = stretches[1] if mine or not yours else ()
    return Overlap(begin, end, boots, (first, second))


def merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Return *stretches* of one boot in order, those that meet as one.

    >>> merged([Stretch((0, 5), (0, 9)), Stretch((0, 1), (0, 5))])
    (Stretch(first=(0, 1), last=(0, 9)),)
    """
    found: list[Stretch] = []
    for one in sorted(stretches):
        if found and one.first <= found[-1].last:
            found[-1] = Stretch(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return tuple(found)

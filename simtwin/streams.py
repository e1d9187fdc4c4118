"""This module holds the random streams: one for each cause, a pure function of its names.

A stream belongs to (seed, replication, entity, purpose) and to nothing else, so adding a
machine changes nobody's luck. Its state is the number of draws taken, one integer.
Construction: STATISTICS 1; the numbers are pinned by ORACLES G1 and G2b.
"""

from __future__ import annotations

from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING

from numpy.random import Generator, Philox

from simtwin.errors import InvalidInput
from simtwin.seeding import philox_key
from simtwin.whole import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

SEPARATOR = "\x1f"
"""Between entity and purpose in the key of a count; no name may contain it."""

_PHILOX_WORDS = 4
"""64-bit words that one step of the counter yields."""

_FIRST_BLOCK = 4
_LARGEST_BLOCK = 512


class Streams:
    """All streams of one run, made when first asked for and kept until the run ends.

    *counts* are the draws already taken, as :meth:`counts` gives them; a stream then goes
    on where it stopped. The generator behind all of them is made at the first draw.

    >>> streams = Streams(20260)
    >>> streams["M3", "failure"](), streams["M3", "failure"]()
    (0.3205592040247952, 0.6587703706196851)
    >>> Streams(20260, counts=streams.counts())["M3", "failure"]()
    0.8354921678764055
    """

    __slots__ = ("_counts", "_ordered", "_source", "_streams", "replication", "seed")

    def __init__(
        self, seed: int, replication: int = 0, *, counts: Mapping[str, int] | None = None
    ) -> None:
        self.seed = whole("seed", seed)
        self.replication = whole("replication", replication)
        self._counts = dict(counts or {})
        self._streams: dict[tuple[str, str], Stream] = {}
        self._ordered: list[Stream] = []  # by key, as of the last count
        self._source = Source()
        _refuse_wrong(self._counts)

    def __getitem__(self, names: tuple[str, str]) -> Stream:
        """Return the stream of (entity, purpose), the same object at every call."""
        stream = self._streams.get(names)
        if stream is None:
            entity, purpose = names
            if SEPARATOR in entity or SEPARATOR in purpose:
                raise InvalidInput(f"stream {names!r}: names may not contain \\x1f")
            key = f"{entity}{SEPARATOR}{purpose}"
            count = self._counts.get(key, 0)
            stream = Stream(self._source, self.seed, self.replication, key, count)
            self._streams[names] = stream
        return stream

    def __repr__(self) -> str:
        return f"Streams(seed={self.seed}, replication={self.replication})"

    def counts(self) -> dict[str, int]:
        r"""Return the draws taken from each stream so far [-], sorted by key.

        Makes no generator, and leaves out streams that were never drawn from. A key is
        ``entity + SEPARATOR + purpose``.

        >>> streams = Streams(1)
        >>> _ = streams["mill-1", "repair"](), streams["mill-1", "life"]
        >>> streams.counts()
        {'mill-1\x1frepair': 1}
        """
        if len(self._ordered) < len(self._streams):
            self._ordered = sorted(self._streams.values(), key=attrgetter("key"))
        drawn = {s.key: n for s in self._ordered if (n := s._made - len(s._block))}
        unopened = self._counts.keys() - drawn.keys()
        if not unopened:
            return drawn
        drawn.update((key, self._counts[key]) for key in unopened)
        return {key: drawn[key] for key in sorted(drawn) if drawn[key]}


class Stream:
    """One stream of uniform numbers in [0, 1); call it for the next one.

    Draws are made in blocks that grow, which changes no number: element k is a function of
    the names and k alone. A call costs about 0.1 us.
    """

    __slots__ = ("_block", "_made", "_replication", "_seed", "_size", "_source", "key")

    def __init__(
        self, source: Source, seed: int, replication: int, key: str, count: int = 0
    ) -> None:
        self.key = key
        self._source = source
        self._seed = seed
        self._replication = replication
        self._made = count  # elements taken or waiting in the block
        self._block: list[float] = []  # backwards: the next element is the last
        self._size = _FIRST_BLOCK

    def __call__(self) -> float:
        """Return the next uniform number, 0 <= u < 1."""
        try:
            return self._block.pop()
        except IndexError:
            self._fill()
            return self._block.pop()

    def __repr__(self) -> str:
        entity, purpose = self.key.split(SEPARATOR)
        return f"Stream({entity!r}, {purpose!r}, count={self.count})"

    @property
    def count(self) -> int:
        """The number of draws taken so far, those before a restart included."""
        return self._made - len(self._block)

    def _fill(self) -> None:
        words = philox_key(self._seed, self.key, self._replication)
        self._block = self._source.elements(words, self._made, self._size)
        self._made += self._size
        self._size = min(2 * self._size, _LARGEST_BLOCK)


class Source:
    """One Philox that is set to whatever stream is drawn from, at whatever count.

    Setting it costs 1 us, making one for each stream 10 us; most streams of a run are drawn
    from once.
    """

    __slots__ = ("_counter", "_generator", "_key", "_state")

    def __init__(self) -> None:
        self._generator: Generator | None = None

    def elements(self, key: tuple[int, int], first: int, size: int) -> list[float]:
        """Return *size* elements of the stream of *key* from the *first* on, backwards."""
        if self._generator is None:
            self._generator = self._made()
        steps, rest = divmod(first, _PHILOX_WORDS)
        self._counter[0] = steps
        self._key[:] = key
        self._generator.bit_generator.state = self._state
        found: list[float] = self._generator.random(rest + size).tolist()
        return found[rest:][::-1]

    def _made(self) -> Generator:
        bits = Philox(key=0)
        self._state = bits.state
        self._counter, self._key = (self._state["state"][name] for name in ("counter", "key"))
        return Generator(bits)


def _refuse_wrong(counts: dict[str, int]) -> None:
    """Refuse counts that no streams have given."""
    separators = set(map(str.count, counts, repeat(SEPARATOR)))
    if separators <= {1} and min(counts.values(), default=0) >= 0:
        return
    for key, count in counts.items():
        if key.count(SEPARATOR) != 1:
            raise InvalidInput(f"stream {key!r}: must be entity and purpose around \\x1f")
        if count < 0:
            raise InvalidInput(f"stream {key!r}: count must be at least 0 (got {count})")

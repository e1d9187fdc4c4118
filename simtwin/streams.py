"""This module holds the random streams: one for each cause, a pure function of its names.

A stream belongs to (seed, replication, entity, purpose) and to nothing else, so adding a
machine changes nobody's luck. Its state is the number of draws taken, one integer.
Construction: STATISTICS 1; the numbers are pinned by ORACLES G1 and G2b.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from numpy.random import Generator, Philox, SeedSequence

from simtwin.errors import InvalidInput

SEPARATOR = "\x1f"
"""Between entity and purpose in the key of a count; no name may contain it."""

_PHILOX_WORDS = 4
"""64-bit words that one step of the counter yields."""

_FIRST_BLOCK = 4
_LARGEST_BLOCK = 512


class Streams:
    """All streams of one run, made when first asked for and kept until the run ends.

    *counts* are the draws already taken, as :meth:`counts` gives them; a stream then goes
    on where it stopped. The generators behind the streams are made at the first draw.

    >>> streams = Streams(20260)
    >>> streams["M3", "failure"](), streams["M3", "failure"]()
    (0.3205592040247952, 0.6587703706196851)
    >>> Streams(20260, counts=streams.counts())["M3", "failure"]()
    0.8354921678764055
    """

    __slots__ = ("_counts", "_streams", "replication", "seed")

    def __init__(
        self, seed: int, replication: int = 0, *, counts: Mapping[str, int] | None = None
    ) -> None:
        if seed < 0:
            raise InvalidInput(f"seed must be at least 0 (got {seed})")
        if replication < 0:
            raise InvalidInput(f"replication must be at least 0 (got {replication})")
        self.seed = seed
        self.replication = replication
        self._counts = dict(counts or {})
        self._streams: dict[tuple[str, str], Stream] = {}
        for key, count in self._counts.items():
            if key.count(SEPARATOR) != 1:
                raise InvalidInput(f"stream {key!r}: must be entity and purpose around \\x1f")
            if count < 0:
                raise InvalidInput(f"stream {key!r}: count must be at least 0 (got {count})")

    def __getitem__(self, names: tuple[str, str]) -> Stream:
        """Return the stream of (entity, purpose), the same object at every call."""
        stream = self._streams.get(names)
        if stream is None:
            entity, purpose = names
            if SEPARATOR in entity or SEPARATOR in purpose:
                raise InvalidInput(f"stream {names!r}: names may not contain \\x1f")
            key = f"{entity}{SEPARATOR}{purpose}"
            count = self._counts.get(key, 0)
            stream = Stream(self.seed, self.replication, key, count)
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
        now = dict(self._counts)
        now.update((stream.key, stream.count) for stream in self._streams.values())
        return {key: now[key] for key in sorted(now) if now[key]}


class Stream:
    """One stream of uniform numbers in [0, 1); call it for the next one.

    Draws are made in blocks that grow, which changes no number: element k is a function of
    the names and k alone. A call costs about 0.1 us.
    """

    __slots__ = ("_block", "_generator", "_made", "_replication", "_seed", "_size", "key")

    def __init__(self, seed: int, replication: int, key: str, count: int = 0) -> None:
        self.key = key
        self._seed = seed
        self._replication = replication
        self._made = count  # elements taken or waiting in the block
        self._block: list[float] = []  # backwards: the next element is the last
        self._size = _FIRST_BLOCK
        self._generator: Generator | None = None

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
        generator = self._generator
        if generator is None:
            generator = _generator(self._seed, self._replication, self.key)
            steps, rest = divmod(self._made, _PHILOX_WORDS)
            if steps:
                _advance(generator, steps)
            generator.random(rest)
            self._generator = generator
        self._block = generator.random(self._size).tolist()[::-1]
        self._made += self._size
        self._size = min(2 * self._size, _LARGEST_BLOCK)


def _generator(seed: int, replication: int, key: str) -> Generator:
    """Return the generator of one stream at its first element (about 14 us)."""
    digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return Generator(Philox(SeedSequence(seed, spawn_key=(*words, replication))))


def _advance(generator: Generator, steps: int) -> None:
    bits = generator.bit_generator
    assert isinstance(bits, Philox)
    bits.advance(steps)

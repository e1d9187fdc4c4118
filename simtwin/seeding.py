"""This module holds the seeding: a key of Philox from a seed, a name and a replication.

It is numpy's SeedSequence with ``spawn_key=(*words of the name, replication)``, bit for bit,
taken apart: what depends on seed and name, or on seed and replication, is worked out once.
Source: M. E. O'Neill, "Developing a seed_seq Alternative", 2015, as numpy has it.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Pool = tuple[int, int, int, int]
"""Four words of entropy, into which further words are stirred."""

WORD = 0xFFFFFFFF
"""The largest word of 32 bits; all arithmetic is modulo 2^32."""

_SIZE = 4

_HASH, _HASH_FACTOR = 0x43B0D7E5, 0x931E8875
_LEFT, _RIGHT = 0xCA01F9DD, 0x4973F715
_OUT = (0x8B51F9DD, 0x464A0A99, 0x819D14A5, 0xD369FDC1, 0x501638AD)
"""Constants of the words given out: each is the one before times 0x58F38DED."""


def philox_key(seed: int, name: str, replication: int) -> tuple[int, int]:
    """Return the two 64-bit words of the Philox key of one stream (about 2 us).

    >>> from numpy.random import SeedSequence
    >>> numpys = SeedSequence(1, spawn_key=(*name_words("M3"), 0)).generate_state(2, "u8")
    >>> philox_key(1, "M3", 0) == (int(numpys[0]), int(numpys[1]))
    True
    """
    pool = _stirred(_named(seed, name), _replicated(seed, replication))
    out = []
    for place, word in enumerate(pool):
        hashed = (word ^ _OUT[place]) * _OUT[place + 1] & WORD
        out.append(hashed ^ hashed >> 16)
    return out[0] | out[1] << 32, out[2] | out[3] << 32


def name_words(name: str) -> tuple[int, ...]:
    """Return the four words that stand for *name*: its BLAKE2b hash of 128 bits."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))


def words_of(number: int) -> list[int]:
    """Return a whole *number* >= 0 in words, the lowest first.

    >>> words_of(0), words_of(2**32 + 7)
    ([0], [7, 1])
    """
    words = [number & WORD]
    while number := number >> 32:
        words.append(number & WORD)
    return words


@lru_cache(maxsize=4096)
def _named(seed: int, name: str) -> Pool:
    """Return the pool of *seed* with *name* stirred in: the same for every replication."""
    pool, taken = _seeded(seed)
    return _stirred(pool, _hashes(_four_times(name_words(name)), taken))


@lru_cache(maxsize=64)
def _replicated(seed: int, replication: int) -> list[int]:
    """Return the words of *replication* as they are stirred into every name of *seed*."""
    taken = _seeded(seed)[1] + _SIZE * _SIZE  # those of a name
    return _hashes(_four_times(words_of(replication)), taken)


@lru_cache(maxsize=64)
def _seeded(seed: int) -> tuple[Pool, int]:
    """Return the pool of *seed* alone, and how many hashes it has taken."""
    words = words_of(seed)
    words += [0] * (_SIZE - len(words))
    pool = _hashes(words[:_SIZE], 0)
    taken = _SIZE
    for source in range(_SIZE):
        for target in range(_SIZE):
            if source != target:
                (hashed,) = _hashes([pool[source]], taken)
                pool[target] = _mixed(pool[target], hashed)
                taken += 1
    more = _four_times(words[_SIZE:])
    a, b, c, d = pool
    return _stirred((a, b, c, d), _hashes(more, taken)), taken + len(more)


def _four_times(words: Iterable[int]) -> list[int]:
    return [word for word in words for _ in range(_SIZE)]


def _hashes(words: list[int], taken: int) -> list[int]:
    """Return a hash of each of *words*, when so many hashes have been *taken* before."""
    constant = _HASH * pow(_HASH_FACTOR, taken, WORD + 1) & WORD
    found = []
    for word in words:
        following = constant * _HASH_FACTOR & WORD
        hashed = (word ^ constant) * following & WORD
        found.append(hashed ^ hashed >> 16)
        constant = following
    return found


def _stirred(pool: Pool, hashes: list[int]) -> Pool:
    """Return *pool* with *hashes* mixed in, four of each word: one into each of the pool."""
    a, b, c, d = pool
    for first in range(0, len(hashes), _SIZE):
        p, q, r, s = hashes[first : first + _SIZE]
        a, b, c, d = _mixed(a, p), _mixed(b, q), _mixed(c, r), _mixed(d, s)
    return a, b, c, d


def _mixed(one: int, other: int) -> int:
    """Return two words as one."""
    word = one * _LEFT - other * _RIGHT & WORD
    return word ^ word >> 16

"""This module holds redundancy: k of n equal units that must work."""

from __future__ import annotations

import math

from simtwin.errors import OutOfRange


def k_of_n(k: int, n: int, share: float) -> float:
    """Return the probability that at least *k* of *n* independent units work.

    *share* is the probability, or the availability, of each: a binomial tail. Each needs its
    own repairer; a shared crew makes units depend on each other.

    >>> round(k_of_n(1, 2, 0.9), 9), round(k_of_n(2, 3, 0.9), 9)
    (0.99, 0.972)
    """
    _check(k, n)
    if not 0.0 <= share <= 1.0:
        raise OutOfRange(f"k of n: the share of each must be in [0, 1], got {share}")
    return math.fsum(
        math.comb(n, up) * share**up * (1.0 - share) ** (n - up) for up in range(k, n + 1)
    )


def k_of_n_life(k: int, n: int, mean: float) -> float:
    """Return the mean time until fewer than *k* of *n* exponential units of *mean* are left.

    No repair: ``mean (1/k + ... + 1/n)``, with i units left the next fails after mean/i.

    >>> round(k_of_n_life(2, 3, 6.0), 9)
    5.0
    """
    _check(k, n)
    if not 0.0 < mean < math.inf:
        raise OutOfRange(f"k of n: the mean life must be positive and finite, got {mean}")
    return mean * math.fsum(1.0 / left for left in range(k, n + 1))


def _check(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise OutOfRange(f"k of n: needs 1 <= k <= n, got k {k} of n {n}")

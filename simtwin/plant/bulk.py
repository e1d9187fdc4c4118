"""This module holds the bulk queue: its server takes several at once, as a furnace does."""

from __future__ import annotations

from math import fsum

from simtwin.errors import OutOfRange
from simtwin.plant.queueing import Queue

HALVINGS = 60
"""After which an interval of length 1 is shorter than a float can tell."""


def bulk(arrivals: float, service: float, most: int, least: int = 1) -> Queue:
    """Return M/M(a,b)/1: a server that takes *least* a to *most* b at once, for one service.

    It begins as soon as a are there, with up to b of them; who comes while it works waits. With
    n in the queue behind a batch the chance is ``P0 r^n``, r the root in (0, 1) of ``mu r^(b+1)
    - (lam + mu) r + lam = 0``; with q waiting for a first one it is ``P0 (mu/lam)(1 - r^(q+1))/
    (1 - r)``. a = 1 takes whatever is there, a = b full batches only. Utilisation is
    lam/(b mu), the least that it can be. Sources: M. F. Neuts, Ann. Math. Stat. 38, 1967; J.
    Medhi, Management Science 21, 1975; Gross & Harris 3.2.

    >>> round(bulk(0.8, 1.0, most=1).present, 9)  # M/M/1
    4.0
    >>> round(bulk(1.0, 1.0, most=2).wait, 6)  # r is the golden section
    1.17082
    >>> round(bulk(1.0, 1.0, most=2, least=2).wait, 6)  # 1/2 to form, the rest in the queue
    1.118034
    """
    if not 1 <= least <= most:
        raise OutOfRange(f"least must be 1 to 'most', {most} (got {least})")
    rate = 1.0 / service
    if not 0.0 < arrivals < most * rate:
        raise OutOfRange(
            f"a bulk queue settles only below {most * rate:.4g}, what its server can take in a "
            f"unit of time (got {arrivals:.4g})"
        )
    r = bulk_root(arrivals, rate, most)
    busy = [1.0 / (1.0 - r), r / (1.0 - r) ** 2]
    idle = [rate / arrivals * (1.0 - r ** (q + 1)) / (1.0 - r) for q in range(least)]
    first = 1.0 / (busy[0] + fsum(idle))
    waiting = first * (busy[1] + fsum(q * weight for q, weight in enumerate(idle)))
    return Queue(arrivals, arrivals / (most * rate), waiting, waiting + arrivals * service)


def bulk_root(arrivals: float, rate: float, most: int) -> float:
    """Return r in (0, 1) with ``mu r^(b+1) - (lam + mu) r + lam = 0``, b = *most*, mu = *rate*.

    While a server works, n wait with a chance that falls as r^n. Source: Gross & Harris 3.2.

    >>> round(bulk_root(1.0, 1.0, most=2), 6), round(bulk_root(0.8, 1.0, most=1), 6)
    (0.618034, 0.8)
    """
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        # mu (r + ... + r^b) = lam; the left side grows from 0 to b mu.
        if rate * fsum(middle**k for k in range(1, most + 1)) < arrivals:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)

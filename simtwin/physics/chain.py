"""This module holds the chain: holds in a row composed into one affine map (PHYSICS 5.6).

Each hold maps the temperatures it starts with to those it ends with, and adds to accounts
(an integral of temperatures, an energy) what is affine in them. So does the whole chain.
"""

from __future__ import annotations

from typing import NamedTuple

from simtwin.physics.modal import Matrix

Vector = tuple[float, ...]


class Link(NamedTuple):
    """One hold of a chain: ``T' = phi T + ..``, and ``account += row T + ..`` at its start."""

    phi: Matrix
    rows: tuple[tuple[int, Vector], ...] = ()
    """Number of an account, and what each kelvin at the start adds to it."""


def outlooks(links: tuple[Link, ...], nodes: int, accounts: int) -> tuple[Matrix, ...]:
    """Return what the temperatures at each point of the chain do to its end.

    Entry j belongs to the start of link j, the last entry to the end of the chain. Each is a
    matrix with *nodes* columns; its rows are the *nodes* temperatures at the end, then the
    *accounts*. What a hold adds from within, say psi, arrives at the end as
    ``outlooks[j + 1] psi``.

    >>> cooling = Link(((0.5,),), ((0, (10.0,)),))
    >>> outlooks((cooling, cooling), 1, 1)
    (((0.25,), (15.0,)), ((0.5,), (10.0,)), ((1.0,), (0.0,)))
    """
    rows = [[1.0 if i == j else 0.0 for j in range(nodes)] for i in range(nodes)]
    rows += [[0.0] * nodes for _ in range(accounts)]
    found = [tuple(map(tuple, rows))]
    for link in reversed(links):
        columns = tuple(zip(*link.phi, strict=True))
        rows = [
            [sum([a * b for a, b in zip(row, column, strict=True)]) for column in columns]
            for row in rows
        ]
        for account, gains in link.rows:
            row = rows[nodes + account]
            rows[nodes + account] = [a + b for a, b in zip(row, gains, strict=True)]
        found.append(tuple(map(tuple, rows)))
    return tuple(reversed(found))

"""This module holds the registry: every oracle by its id, in natural order."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from functools import cache

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.oracles import (
    batches,
    crews,
    job_shops,
    lines,
    logistics,
    renewal,
    stations,
    topology,
    upkeep,
)
from simtwin.oracles.oracle import Oracle

_BUILDERS: dict[str, Callable[[], Oracle]] = {
    row: build
    for room in (
        stations,
        batches,
        lines,
        crews,
        logistics,
        job_shops,
        upkeep,
        renewal,
        topology,
    )
    for row, build in room.ROWS.items()
}


def ids() -> list[str]:
    """Return the ids of all oracles in natural order.

    >>> ids()[:3]
    ['A1', 'A2', 'A4']
    """
    return sorted(_BUILDERS, key=natural)


@cache
def oracle(id: str) -> Oracle:
    """Return the oracle of that *id*, its expected numbers computed from their formulas.

    >>> oracle("A1").title
    'M/M/1, lam 0.8, mu 1'
    """
    return _BUILDERS[_known(id)]()


def chosen(wanted: Iterable[str] | None = None) -> list[Oracle]:
    """Return the oracles *wanted*, in natural order and each once; None: all of them.

    Raises InvalidInput for an id that does not exist, naming the closest one.
    """
    names = ids() if wanted is None else {_known(name.strip()) for name in wanted}
    if not names:
        raise InvalidInput(f"no oracle is asked for (there are: {', '.join(ids())})")
    return [oracle(name) for name in sorted(names, key=natural)]


def _known(id: str) -> str:
    """Return *id* as it is written here, whatever its case."""
    if id.upper() in _BUILDERS:
        return id.upper()
    close = difflib.get_close_matches(id.upper(), _BUILDERS, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise InvalidInput(f"no oracle {id!r}; {hint}(there are: {', '.join(ids())})")

"""This module holds the carrying: how long pieces are on their way, and what movers do."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from simtwin.names import EXIT, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simtwin.plant.model import OperationSpec, PlantModel, TransportSpec

Coming = tuple[str, int, str, float]
"""Product, operation, station, and how many pieces come there from elsewhere."""


@dataclass(frozen=True, slots=True)
class Carrying:
    """Ways of all pieces of one product."""

    product: str
    ways: float
    """Ways that take time."""
    time: float
    """On all of them [s]."""


def carryings(model: PlantModel, coming: Iterable[Coming]) -> tuple[Carrying, ...]:
    """Return the ways of the pieces *coming* to operations, by product.

    Each comes from where the operation before it is done, in proportion; the first from the
    release, rework from where it is sent back, and what is good goes to the exit. Scrap is
    not carried.

    >>> from simtwin.physics.life import Fixed
    >>> from simtwin.plant.model import OperationSpec, PlantModel, ProductSpec, TransportSpec
    >>> route = tuple(OperationSpec(s, (s,), ()) for s in "mn")
    >>> shop = PlantModel("shop", (), (), (), (ProductSpec("p", route),),
    ...                   transport=TransportSpec(time=Fixed(7.0)))
    >>> carryings(shop, [("p", 0, "m", 10.0), ("p", 1, "n", 10.0)])
    (Carrying(product='p', ways=30.0, time=210.0),)
    """
    if model.transport is None:
        return ()
    rows = list(coming)
    found = []
    for product in model.products:
        there: dict[int, dict[str, float]] = {}
        for name, operation, station, pieces in rows:
            if name == product.name:
                here = there.setdefault(operation, {})
                here[station] = here.get(station, 0.0) + pieces
        ways = time = 0.0
        for begin, end, pieces in _legs(product.operations, there):
            law = None if pieces <= 0.0 else model.transport.leg(begin, end)
            if law is not None:
                ways, time = ways + pieces, time + pieces * law.mean
        if ways > 0.0:
            found.append(Carrying(product.name, ways, time))
    return tuple(found)


def takes_time(transport: TransportSpec | None) -> bool:
    """Tell whether any way takes time."""
    return transport is not None and (
        transport.time is not None or any(time > 0.0 for time in transport.times.values())
    )


def _legs(
    route: tuple[OperationSpec, ...], there: Mapping[int, Mapping[str, float]]
) -> list[tuple[str, str, float]]:
    """Return from where to where how many pieces are carried."""
    legs: list[tuple[str, str, float]] = []
    for k, stations in sorted(there.items()):
        total = fsum(stations.values())
        if total <= 0.0:
            continue
        origins: dict[tuple[int, str], float] = {}
        for j, operation in enumerate(route):
            rework = operation.rework
            if rework is not None and rework.to == k:
                for station, pieces in there.get(j, {}).items():
                    origins[j, station] = pieces * rework.share
        back = fsum(origins.values())
        ahead = max(0.0, total - back)
        before = there.get(k - 1, {}) if k else {RELEASE: 1.0}
        known = fsum(before.values()) or 1.0
        for station, pieces in before.items():
            key = -1, station
            origins[key] = origins.get(key, 0.0) + ahead * pieces / known
        legs += [
            (begin, end, pieces * part / total)
            for (_, begin), pieces in origins.items()
            for end, part in stations.items()
        ]
    last = route[-1]
    good = 1.0 - last.scrap - (0.0 if last.rework is None else last.rework.share)
    return legs + [(s, EXIT, good * n) for s, n in there.get(len(route) - 1, {}).items()]

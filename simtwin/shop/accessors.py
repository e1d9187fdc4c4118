"""This module holds ``snapshot.onto`` and ``snapshot.moves``, as they hang on snapshots.

``simtwin`` attaches them when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.result.accessors import register

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.moves import Moves


def onto(snapshot: Snapshot, plant: PlantModel, *, old: PlantModel | None = None) -> Snapshot:
    """Return this snapshot as a state of another *plant*; onto the same it is itself.

    *old* is the plant that it was taken of; a snapshot from a file has to be told. What becomes
    of each machine, piece and part is told by ``snapshot.moves(plant)``, and what cannot go on
    is refused with all its reasons.
    """
    from simtwin.shop import onto as other

    return other.onto(snapshot, plant, old=_old(snapshot, old)).snapshot


def moves(snapshot: Snapshot, plant: PlantModel, *, old: PlantModel | None = None) -> Moves:
    """Return in words what ``snapshot.onto(plant)`` keeps, maps, renews, drops or refuses."""
    from simtwin.shop import onto as other

    return other.moves(snapshot, plant, old=_old(snapshot, old))


def _old(snapshot: Snapshot, given: PlantModel | None) -> PlantModel:
    if given is not None:
        return given
    known: PlantModel | None = snapshot.model
    if known is None:
        raise InvalidInput(
            f"this snapshot of {snapshot.plant!r} comes from a file, which has no plant in it; "
            "say which one it was taken of: snapshot.onto(plant, old=...)"
        )
    return known


def attach(*hosts: type) -> None:
    """Give the type of snapshots ``onto`` and ``moves``."""
    register("onto", *hosts)(onto)
    register("moves", *hosts)(moves)

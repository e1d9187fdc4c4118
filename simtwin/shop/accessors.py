"""This module holds ``snapshot.onto``, ``.moves`` and ``.handover``, as they hang on snapshots.

``simtwin`` attaches them when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.result.accessors import register

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.handover import Handover
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


def handover(
    snapshot: Snapshot, scenario: Scenario, *, plant: PlantModel | None = None
) -> Handover:
    """Return the present state as ``start_from`` tells it, and the scenario that goes on.

    *scenario* is the one that was run, *plant* the plant that it was run on; a snapshot from a
    file has to be told. ``handover.start`` is the state, ``handover.scenario`` begins with it,
    and ``handover.lost`` says in words what such a state has no key for.
    """
    from simtwin.shop import handover as other

    return other.handover(snapshot, _old(snapshot, plant), scenario)


def _old(snapshot: Snapshot, given: PlantModel | None) -> PlantModel:
    if given is not None:
        return given
    known: PlantModel | None = snapshot.model
    if known is None:
        raise InvalidInput(
            f"this snapshot of {snapshot.plant!r} comes from a file, which has no plant in it; "
            "say which one it was taken of: onto(plant, old=...), handover(scenario, plant=...)"
        )
    return known


def attach(*hosts: type) -> None:
    """Give the type of snapshots ``onto``, ``moves`` and ``handover``."""
    register("onto", *hosts)(onto)
    register("moves", *hosts)(moves)
    register("handover", *hosts)(handover)

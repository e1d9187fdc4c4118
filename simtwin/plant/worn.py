"""This module holds the bound of wear: how many lives an edge may have done at the start."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from simtwin.physics.tool import life_factor
from simtwin.plant.measures import Measure, refuse
from simtwin.plant.places import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import PlantModel, StartState

LEAST_BOUND = 3.0
"""Nominal lives that any edge may have done: what is written down is seldom exact [-]."""
WORN_OUT = "an edge is worn out after 1 nominal life, or after its own"


@cache
def wear_measure(life_scatter: float) -> Measure:
    """Return the bounds of the nominal lives that an edge of a tool may have done [-].

    Of a thousand million edges one lasts longer, by how much lives scatter.

    >>> wear_measure(0.0).most, wear_measure(0.3).most
    (3.0, 5.57)
    """
    most = max(LEAST_BOUND, life_factor(1.0 - 1e-9, life_scatter))
    return Measure(least=0.0, most=float(f"{most:.3g}"), why=WORN_OUT)  # As it is told.


def wear_measures(plant: PlantModel, start: StartState) -> dict[str, Measure]:
    """Return the bounds of each worn edge of *start* in *plant*, by its dotted name."""
    return {name: measure for name, _, measure in _worn(plant, start)}


def refuse_overworn(plant: PlantModel, start: StartState) -> None:
    """Raise InvalidInput where an edge of *start* has done more than its tool in *plant* can.

    A scenario alone cannot say so: the bound is that of the tool.
    """
    for name, used, measure in _worn(plant, start):
        refuse(measure, used, name)


def _worn(plant: PlantModel, start: StartState) -> Iterator[tuple[str, float, Measure]]:
    if not (start.edges or start.lands):
        return
    scatters = {tool.name: tool.life_scatter for tool in plant.tools}
    for kind, edges in (("edges", start.edges), ("lands", start.lands)):
        for key, used in edges.items():
            if key[1] in scatters:
                name = f"start_from.{kind}.{text(key)}"
                yield name, used, wear_measure(scatters[key[1]])

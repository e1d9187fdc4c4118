"""This module holds the paths: where the axes of machines were, as somebody knows it.

No path is simulated. A path comes from a recording or an NC program, and is shown between its
first and its last instant; before and after, nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.viewer.layout import form
from simtwin.viewer.packing import numbers

if TYPE_CHECKING:
    from simtwin.plant.model import Form, PlantModel

Paths = Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]]
"""Machine -> axis (X, Y, Z in mm; A, B, C in degrees) -> instants [s] and positions."""

AXES: dict[Form, tuple[str, ...]] = {
    "vertical mill": ("X", "Y", "Z"),
    "horizontal mill": ("X", "Y", "Z", "B"),
    "five-axis mill": ("X", "Y", "Z", "A", "C"),
    "lathe": ("X", "Z", "C"),
}
"""The axes that a drawn machine has; other forms have none."""


def paths_of_runs(paths: object, runs: int) -> list[Paths]:
    """Return the paths of each run: given as one per run, or alone for the first.

    >>> paths_of_runs({"mill": {}}, 2)
    [{'mill': {}}, {}]
    >>> paths_of_runs([{}, {"mill": {}}], 2)
    [{}, {'mill': {}}]
    """
    if paths is None or isinstance(paths, Mapping):
        return [paths or {}, *({} for _ in range(runs - 1))]
    if isinstance(paths, Sequence) and len(paths) == runs and not isinstance(paths, str):
        each = [one or {} for one in paths]
        if all(isinstance(one, Mapping) for one in each):
            return each
    raise InvalidInput(
        f"paths: must be machine -> axis -> (instants, positions), or a list of such for each "
        f"of {runs} runs (got {paths!r:.80})"
    )


def packed_axes(plant: PlantModel, paths: Paths) -> dict[str, dict[str, Any]]:
    """Return the axes of each machine that has a path, as the viewer reads them.

    Raises InvalidInput for a machine, an axis or a column that cannot be shown.
    """
    machines = {spec.name: spec for spec in plant.machines}
    told: dict[str, dict[str, Any]] = {}
    for machine, axes in paths.items():
        if machine not in machines:
            raise InvalidInput(
                f"paths: no machine is called {machine!r}; there are {', '.join(machines)}"
            )
        if not isinstance(axes, Mapping):
            raise InvalidInput(f"paths[{machine!r}]: must be axis -> path (got {axes!r:.80})")
        drawn = form(plant, machines[machine])
        known = AXES.get(drawn, ())
        told[machine] = {}
        for axis, path in axes.items():
            if axis not in known:
                there = f"its axes are {', '.join(known)}" if known else "it has no axes"
                raise InvalidInput(
                    f"paths[{machine!r}]: {machine} is drawn as {drawn}; {there} (got {axis!r})"
                )
            times, positions = _columns(path, f"paths[{machine!r}][{axis!r}]")
            told[machine][axis] = {"t": numbers(times, exact=True), "v": numbers(positions)}
    return told


def _columns(path: object, where: str) -> tuple[list[float], list[float]]:
    """Return instants and positions of a path; raise InvalidInput where it is none."""
    try:
        times, positions = ([float(value) for value in column] for column in path)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{where}: must be (instants [s], positions), two columns of numbers "
            f"(got {path!r:.80})"
        ) from None
    if not all(map(isfinite, (*times, *positions))):
        raise InvalidInput(f"{where}: every instant and position must be a finite number")
    if not times or len(times) != len(positions):
        raise InvalidInput(
            f"{where}: needs as many positions as instants, at least one "
            f"(got {len(times)} and {len(positions)})"
        )
    if any(after < before for before, after in pairwise(times)):
        raise InvalidInput(f"{where}: needs rising instants")
    return times, positions

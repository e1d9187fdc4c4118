"""This module holds the question what if: something supposed, beside the plan as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.orchestrator.compare import compare
from simtwin.plant.supposition import Supposition, beside, suppose
from simtwin.result.what_if import WhatIf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.plant.model import PlantModel, Scenario

AS_IT_IS, AS_SUPPOSED = "as it is", "as supposed"


def what_if(
    plant: PlantModel,
    scenario: Scenario,
    suppositions: str | Supposition | Sequence[str | Supposition],
    *,
    replications: int | None = None,
    **options: Any,
) -> WhatIf:
    """Say what becomes of *scenario* if something were otherwise, run by run on the same luck.

    Each supposition is a line such as ``"stop mill-3 10:00 2h"``, ``"rush order-17"``,
    ``"add-machine mill-1"`` or ``"crew 3"``; several hold together. They are turned into the
    changes and interventions that a scenario file has. Both plans go on to the end of a shift
    that is supposed after that of the scenario. *options* are those of :func:`compare`.

    Raises InvalidInput for a name, a time or a value that does not fit.
    """
    given = [suppositions] if isinstance(suppositions, str | Supposition) else suppositions
    continued = options.get("snapshot") is not None
    supposed, said = suppose(plant, scenario, given, continued=continued)
    as_long = beside(plant, scenario, given)
    plans = [replace(as_long, name=AS_IT_IS), replace(supposed, name=AS_SUPPOSED)]
    metric = "late_orders" if scenario.orders else "good_pieces"
    study = compare(plant, plans, metric=metric, replications=replications, **options)
    longer = options.get("until") is None and as_long.horizon != scenario.horizon
    ended = scenario.horizon if longer else None
    return WhatIf(study, said, tuple(map(str, given)), scenario.name, ended)

"""This module holds the own life of tools: minutes in cut, whatever the cutting data.

A plain duration has no cutting data, so only such a life says how it wears its tool. The whole
duration counts as in cut (A, PHYSICS 5.7).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.model import OperationSpec, PlantModel, Step


def own_rate(tool: ToolSpec) -> float:
    """Return the damage that a second in cut does to *tool* [1/s]; 0 where cutting data say.

    >>> from simtwin.plant.tool_catalogue import TOOLS
    >>> own_rate(TOOLS["end-mill-16-steel"])
    0.0
    """
    life = tool.life
    return 1.0 / life.reference if life is not None and life.constant else 0.0


def with_own_lives(model: PlantModel) -> PlantModel:
    """Return *model* with plain durations that follow the lives of its tools as they are."""
    rates = {tool.name: own_rate(tool) for tool in model.tools}

    def step_with(step: Any) -> Step:
        # By its attribute: the module of steps imports that of changes, which imports this one.
        follows = getattr(step, "own_life", False)
        made: Step = replace(step, damage_rate=rates[step.tool]) if follows else step
        return made

    def operation_with(operation: OperationSpec) -> OperationSpec:
        return replace(operation, steps=tuple(map(step_with, operation.steps)))

    products = tuple(
        replace(product, operations=tuple(map(operation_with, product.operations)))
        for product in model.products
    )
    return replace(model, products=products)

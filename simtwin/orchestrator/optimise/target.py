"""This module holds the target: the operation to be optimised, its machine, and its cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.cut import cut_of, step_time
from simtwin.plant.model import (
    CutStep,
    OperationSpec,
    PlantModel,
    ProductSpec,
    StationSpec,
)
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, Step

PART = "part"
"""What a trial makes."""


@dataclass(frozen=True, slots=True)
class Target:
    """One operation on one machine, and everything else that a change of it touches."""

    plant: PlantModel
    machine: MachineSpec
    operation: OperationSpec
    places: tuple[tuple[str, str], ...]
    """Product and operation of each that takes the parameters."""
    others: tuple[MachineSpec, ...]
    """Machines that may do it too, in the order of the plant."""
    scrap_on_breakage: float

    @property
    def name(self) -> str:
        """What people call it: its program, or product and operation."""
        product, operation = self.places[0]
        return self.operation.program or f"{product}/{operation}"

    @property
    def cuts(self) -> dict[str, int]:
        """Name of each cut -> its step: its tool, and its number where there are more."""
        used = [step.tool for step in self.operation.steps if isinstance(step, CutStep)]
        names: dict[str, int] = {}
        for index, step in enumerate(self.operation.steps):
            if isinstance(step, CutStep):
                number = sum(name.partition("/")[0] == step.tool for name in names) + 1
                several = used.count(step.tool) > 1
                names[f"{step.tool}/{number}" if several else step.tool] = index
        return names

    def step(self, cut: str) -> CutStep:
        """Return the step of a cut."""
        found = self.operation.steps[self.cuts[cut]]
        assert isinstance(found, CutStep)
        return found

    def bench(self, steps: tuple[Step, ...]) -> PlantModel:
        """Return the machine alone, with nothing to do but this operation by *steps*.

        It works day and night, its repairs wait for nobody, and parts come without transport.
        """
        machine = replace(self.machine, calendar=None)
        operation = replace(
            self.operation, stations=(machine.station,), steps=steps, scrap=0.0, rework=None
        )
        tools = [slot.tool for slot in machine.magazine]
        return replace(
            self.plant,
            machines=(machine,),
            stations=(StationSpec(machine.station, (machine.name,)),),
            tools=tuple(tool for tool in self.plant.tools if tool.name in tools),
            products=(ProductSpec(PART, (operation,), self.scrap_on_breakage),),
            sources=(),
            setup_matrix={},
            calendars=(),
            crew=None,
            crews=(),
            flow=type(self.plant.flow)(),
            transport=None,
            spread=(),
        )

    def changes(self, steps: tuple[Step, ...]) -> dict[str, object]:
        """Return what *steps* change in the plant: dotted name -> value [SI]."""
        found: dict[str, object] = {}
        for index, (old, new) in enumerate(zip(self.operation.steps, steps, strict=True)):
            if not (isinstance(old, CutStep) and isinstance(new, CutStep)):
                continue
            for field in ("cutting_speed", "feed", "depth", "path"):
                if getattr(old, field) != getattr(new, field):
                    for product, operation in self.places:
                        place = f"products.{product}.operations.{operation}.steps.{index}"
                        found[f"{place}.{field}"] = getattr(new, field)
        return found


def target_of(
    plant: PlantModel, machine: str, *, program: str | None = None, operation: str | None = None
) -> Target:
    """Return what is to be optimised: a program, an operation, or the heaviest one.

    *operation* is ``product/operation``, or its name where one product has it. A program is
    changed wherever it runs. Without either it is the operation of *machine* whose cuts need
    most energy at the tool. Raises InvalidInput where there is no such thing to optimise.
    """
    if program is not None and operation is not None:
        raise InvalidInput("program and operation both say what to optimise; give one of them")
    specs = {spec.name: spec for spec in plant.machines}
    if machine not in specs:
        raise InvalidInput(unknown("machine", machine, specs))
    spec = specs[machine]
    able = [
        (product, one)
        for product in plant.products
        for one in product.operations
        if spec.station in one.stations
    ]
    chosen = _chosen(plant, spec, able, program, operation)
    first_product, first = chosen[0]
    if not any(isinstance(step, CutStep) for step in first.steps):
        raise InvalidInput(
            f"{first_product.name}/{first.name} has no cutting data, only durations: there is "
            "no feed and no speed to optimise"
        )
    stations = {name for _, one in chosen for name in one.stations}
    others = [one for one in plant.machines if one.station in stations and one is not spec]
    return Target(
        plant,
        spec,
        first,
        tuple((product.name, one.name) for product, one in chosen),
        tuple(others),
        max(product.scrap_on_breakage for product, _ in chosen),
    )


Found = list[tuple[ProductSpec, OperationSpec]]


def _chosen(
    plant: PlantModel,
    machine: MachineSpec,
    able: Found,
    program: str | None,
    operation: str | None,
) -> Found:
    if program is not None:
        chosen = [
            (product, one)
            for product in plant.products
            for one in product.operations
            if one.program == program
        ]
        names = [one.program for _, one in able if one.program]
        if program not in names:
            raise InvalidInput(f"{machine.name}: {unknown('program', program, names)}")
        return chosen
    if operation is not None:
        chosen = [
            (product, one)
            for product, one in able
            if operation in (f"{product.name}/{one.name}", one.name)
        ]
        names = [f"{product.name}/{one.name}" for product, one in able]
        if not chosen:
            raise InvalidInput(f"{machine.name}: {unknown('operation', operation, names)}")
        if len(chosen) > 1:
            told = " or ".join(f"{product.name}/{one.name}" for product, one in chosen)
            raise InvalidInput(f"{machine.name}: operation {operation!r} is that of {told}")
        return chosen
    tools = {tool.name: tool for tool in plant.tools}

    def weight(item: tuple[ProductSpec, OperationSpec]) -> float:
        cuts = [step for step in item[1].steps if isinstance(step, CutStep)]
        return sum(cut_of(s, tools[s.tool]).power * step_time(s, tools) for s in cuts)

    cutting = [item for item in able if weight(item) > 0.0]
    if not cutting:
        raise InvalidInput(f"{machine.name} does nothing that has cutting data")
    heaviest = max(cutting, key=weight)
    if not heaviest[1].program:
        return [heaviest]
    return [
        (product, one)
        for product in plant.products
        for one in product.operations
        if one.program == heaviest[1].program
    ]

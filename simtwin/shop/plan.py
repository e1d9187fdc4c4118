"""This module holds the plan: a plant model compiled once, for every run and branch of it."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.parts.heat import heating
from simtwin.plant.soundness import refuse_batches
from simtwin.plant.topology import rings, station_depth
from simtwin.shop.machine_plan import MachinePlan
from simtwin.shop.repertoire import Repertoire

if TYPE_CHECKING:
    from simtwin.plant.model import (
        OperationSpec,
        PlantModel,
        StationSpec,
    )


class Plan:
    """A plant model compiled: machines, stations, routes."""

    def __init__(self, model: PlantModel) -> None:
        self.model = model
        refuse_batches(model)
        repertoire = Repertoire(model)
        self.machines = {
            spec.name: MachinePlan(spec, model, repertoire) for spec in model.machines
        }
        self.products = repertoire.products
        self.stations: dict[str, StationSpec] = {s.name: s for s in model.stations}
        self.routes = {product.name: product.operations for product in model.products}
        self.operation_names = {
            product: tuple(operation.name for operation in route)
            for product, route in self.routes.items()
        }
        self.order = entity_order(model)
        self.depth = station_depth(model)
        """Steps from a station to the way out."""
        self.rings = rings(model)
        """Stations that can come to wait for each other in a circle, each for room."""
        self.judging = frozenset(
            name
            for product in model.products
            for operation in product.operations
            if operation.judged
            for name in operation.stations
        )
        """Stations where a finished piece may be scrap or go back."""
        self.preempts = any(station.preempt for station in model.stations)
        """Whether a more urgent piece may interrupt another anywhere."""
        self.batches = any(station.batch is not None for station in model.stations)
        """Whether some machine works on several pieces at once."""
        self.flowing = frozenset(
            name
            for source in model.sources
            for operation in self.products[source.product].operations
            for name in operation.stations
        )
        """Stations to which a source sends pieces."""
        self._work_from: dict[tuple[str, int], float] = {}

    @cached_property
    def digest(self) -> str:
        """A short hash of the model."""
        return digest(self.model)

    @cached_property
    def matter_digest(self) -> str:
        """A short hash of all in the model that a state depends on."""
        return digest(matter(self.model))

    def operation(self, product: str, index: int) -> OperationSpec:
        """Return one operation of one product."""
        return self.products[product].operations[index]

    def nominal(self, station: str, product: str, operation: int) -> float:
        """Return the mean work of one operation at *station* [s]."""
        machine = self.stations[station].machines[0]
        return self.machines[machine].nominal(product, operation)

    def work_from(self, product: str, operation: int) -> float:
        """Return the mean work of *operation* and all later ones, at first choices [s]."""
        key = product, operation
        found = self._work_from.get(key)
        if found is None:
            later = self.routes[product][operation:]
            found = self._work_from[key] = sum(
                self.nominal(one.stations[0], product, operation + index)
                for index, one in enumerate(later)
            )
        return found

    def steady_program(self, machine: str, program: str) -> tuple[float, ...]:
        """Return the node temperatures after repeating *program* for ever [degC].

        Taken at the time-weighted mean heat of its steps, with sharp tools and cooling on.
        """
        for product in self.model.products:
            for index, operation in enumerate(product.operations):
                if operation.program == program or operation.name == program:
                    return self._steady(machine, product.name, index)
        raise InvalidInput(f"no operation of the plant runs the program {program!r}")

    def _steady(self, machine: str, product: str, operation: int) -> tuple[float, ...]:
        plan = self.machines[machine]
        spindle = plan.spec.spindle
        assert spindle is not None, "only a spindle has temperatures"
        steps = plan.steps(product, operation)
        total = sum(step.mean for step in steps)
        mean = [0.0] * len(spindle.network.nodes)
        for index, step in enumerate(steps):
            load = plan.load(("cut", product, operation, index, 1.0, 1.0, True))
            duty = heating(spindle, load, (), self.model.ambient, self.model.coolant)
            heat = duty.in_interval(0)[0]
            for node, steady in enumerate(duty.mode.steady(heat)):
                mean[node] += step.mean / total * steady
        return tuple(mean)


def entity_order(model: PlantModel) -> dict[str, int]:
    """Return the natural order of everything in the plant that sets alarms or breaks ties."""
    names = {"orders", "interventions", "crew", "transport", "upkeep"}
    names.update(calendar_name(calendar.name) for calendar in model.calendars)
    names.update(station.name for station in model.stations)
    names.update(source.name for source in model.sources)
    for machine in model.machines:
        names.add(machine.name)
        names.update(f"{machine.name}/{failure.name}" for failure in machine.failures)
    return {name: index for index, name in enumerate(sorted(names, key=natural))}


def calendar_name(name: str) -> str:
    """Return what the process of the calendar *name* is called; nothing else can be."""
    return f" calendar {name}"


def matter(model: PlantModel) -> tuple[object, ...]:
    """Return all in *model* that a state depends on: not its name, nor the order of a file."""
    kinds = model.machines, model.stations, model.tools, model.products, model.sources
    parts = (tuple(sorted(kind, key=lambda part: part.name)) for kind in kinds)
    limits = model.flow.conwip, tuple(sorted(model.flow.conwip_of.items()))
    ways = model.transport
    carried = ways and (ways.movers, ways.time, tuple(sorted(ways.times.items())))
    people = model.all_crews, model.calendars
    around = model.ambient, model.coolant
    return (*parts, limits, carried, *people, *around, model.setup_matrix)


def digest(value: object) -> str:
    """Return a short hash of a model or a scenario: equal ones have equal hashes."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


_PLANS: dict[int, Plan] = {}


def plan_of(model: PlantModel) -> Plan:
    """Return the plan of *model*, compiled once per model object."""
    plan = _PLANS.get(id(model))
    if plan is None or plan.model is not model:
        if len(_PLANS) >= 16:
            _PLANS.pop(next(iter(_PLANS)), None)  # Another thread may be quicker.
        plan = _PLANS[id(model)] = Plan(model)
    return plan

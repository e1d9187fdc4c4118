"""Random changes of the small shops: machines more or less, groups, buffers, crews, parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from simtwin.errors import InvalidInput
from simtwin.parts.failure import FailureSpec
from simtwin.physics.life import Exponential, Fixed
from simtwin.plant.batch import BatchSpec, refused
from simtwin.plant.model import FlowSpec, TransportSpec
from simtwin.shop.transfer import able

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, PlantModel, Scenario, StationSpec

KINDS = (
    "add", "remove", "capacity", "crew", "strange", "fewer", "law", "group", "bearing",
    "slots", "trips", "feed", "ambient", "steps", "hard", "cards", "limit",
    "ways", "urgent", "together",
)  # fmt: skip


BATCHES = (
    None,
    BatchSpec(2),
    BatchSpec(5, 3, 60.0, "any"),
    BatchSpec(3, 2, 90.0, "family"),
)


Change = tuple[str, int, int]
"""Kind of change, place of a machine, and a small number that says how."""

changes = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 3)),
    min_size=1,
    max_size=4,
)


def changed(plant: PlantModel, asked: list[Change]) -> PlantModel:
    """Return *plant* with each of the changes that are *asked*."""
    for kind, place, number in asked:
        machine = plant.machines[place % len(plant.machines)]
        other = _change(plant, kind, machine, number)
        if all(refused(s, _members(other, s)) is None for s in other.stations):
            plant = other
    return plant


def _members(plant: PlantModel, station: StationSpec) -> list[MachineSpec]:
    return [machine for machine in plant.machines if machine.name in station.machines]


def _change(plant: PlantModel, kind: str, machine: MachineSpec, number: int) -> PlantModel:
    match kind:
        case "add":
            names = {known.name for known in plant.machines}
            name = next(f"extra-{k}" for k in range(9) if f"extra-{k}" not in names)
            return plant.with_machine(name, like=machine.name)
        case "remove":
            try:
                return plant.without_machine(machine.name)
            except InvalidInput:
                return plant
        case "capacity" | "cards" | "limit" | "ways" | "urgent" | "together":
            return _pulled(plant, kind, machine, number)
        case "crew":
            return replace(plant, crew=(None, 1, 2, 4)[number])
        case "ambient":
            return replace(plant, ambient=18.0 + 4.0 * number)
        case "group":
            return regrouped(plant, machine, plant.stations[number % len(plant.stations)].name)
        case "steps":
            return _stepped(plant, number)
        case "hard":
            tools = tuple(replace(tool, break_rate=number / 3600.0) for tool in plant.tools)
            return replace(plant, tools=tools)
    return with_spec(plant, _refitted(machine, kind, number))


def _pulled(plant: PlantModel, kind: str, machine: MachineSpec, number: int) -> PlantModel:
    """Return *plant* with other room at one station, or another limit on what is in it."""
    if kind == "ways":
        ways = (
            None,
            TransportSpec(),
            TransportSpec(1, Fixed(9.0)),
            TransportSpec(2, Exponential(5.0)),
        )
        return replace(plant, transport=ways[number])
    if kind == "limit":
        product = plant.products[number % len(plant.products)].name
        flows = FlowSpec(), FlowSpec(2), FlowSpec(9), FlowSpec(conwip_of={product: 3})
        return replace(plant, flow=flows[number])
    home = next(s for s in plant.stations if s.name == machine.station)
    if kind == "together":
        return with_station(plant, replace(home, batch=BATCHES[number]))
    if kind == "urgent":
        return with_station(plant, replace(home, preempt=number > 1))
    room: dict[str, Any] = (
        {"capacity": (None, 0, 1, 5)[number], "kanban": None}
        if kind == "capacity"
        else {"capacity": None, "kanban": (None, 1, 2, 9)[number]}
    )
    return with_station(plant, replace(home, **room))


def with_station(plant: PlantModel, station: StationSpec) -> PlantModel:
    """Return *plant* with *station* in place of the one of its name."""
    others = tuple(station if s.name == station.name else s for s in plant.stations)
    return replace(plant, stations=others)


def _refitted(machine: MachineSpec, kind: str, number: int) -> MachineSpec:
    """Return *machine* with other parts."""
    match kind:
        case "strange":
            clock: Any = ("calendar", "powered", "processing", "cycles")[number]
            life = Exponential(8.0 if clock == "cycles" else 400.0)
            more = FailureSpec("strange", clock, life, Fixed(45.0), number < 2)
            others = tuple(f for f in machine.failures if f.name != "strange")
            return replace(machine, failures=(more, *others))
        case "fewer":
            return replace(machine, failures=machine.failures[number:])
        case "law":
            failures = tuple(replace(f, life=f.life.scaled(0.5)) for f in machine.failures)
            return replace(machine, failures=failures)
        case "bearing":
            return replace(machine, bearings=machine.bearings[::-1][number % 2 :])
        case "slots":
            slots = tuple(replace(slot, edges=1 + number) for slot in machine.magazine)
            return replace(machine, magazine=slots)
        case "trips" if machine.spindle is not None:
            trips = machine.spindle.trips[number:]
            return replace(machine, spindle=replace(machine.spindle, trips=trips))
        case "feed":
            return replace(machine, tool_change=3.0 + number)
    return machine


def with_spec(plant: PlantModel, spec: MachineSpec) -> PlantModel:
    """Return *plant* with *spec* for the machine of its name."""
    machines = tuple(spec if m.name == spec.name else m for m in plant.machines)
    return replace(plant, machines=machines)


def regrouped(plant: PlantModel, machine: MachineSpec, station: str) -> PlantModel:
    """Return *plant* with *machine* at another *station*, if its own is not left alone."""
    home = next(s for s in plant.stations if s.name == machine.station)
    work = [o for p in plant.products for o in p.operations if station in o.stations]
    fits = all(able(machine, operation) for operation in work)
    if len(home.machines) == 1 or home.name == station or not fits:
        return plant
    rest = tuple(name for name in home.machines if name != machine.name)
    stations = tuple(
        replace(s, machines=rest)
        if s.name == home.name
        else replace(
            s, machines=(*s.machines, machine.name) if s.name == station else s.machines
        )
        for s in plant.stations
    )
    return with_spec(replace(plant, stations=stations), replace(machine, station=station))


def _stepped(plant: PlantModel, number: int) -> PlantModel:
    """Return *plant* with its last operations cut short, or done faster."""
    products = tuple(
        replace(
            product,
            operations=tuple(
                replace(
                    operation,
                    steps=operation.steps[:-1] or operation.steps
                    if number == 0
                    else tuple(_faster(step, number) for step in operation.steps),
                )
                for operation in product.operations
            ),
        )
        for product in plant.products
    )
    return replace(plant, products=products)


def _faster(step: Any, number: int) -> Any:
    if hasattr(step, "feed"):
        return replace(step, feed=step.feed * (1.0 - 0.1 * number))
    if isinstance(step.duration, float):
        return replace(step, duration=step.duration * (1.0 + number))
    return replace(step, duration=step.duration.scaled(1.0 / (1.0 + number)))


def fitting(scenario: Scenario, plant: PlantModel) -> Scenario:
    """Return *scenario* as the machines of *plant* can do it.

    Acts on others are left out, and a sequence for each machine that says who waits for whom.
    """
    here = {machine.name for machine in plant.machines}
    return replace(
        scenario,
        dispatching="spt" if scenario.dispatching == "spt" else "fifo",
        interventions=tuple(act for act in scenario.interventions if act.machine in here),
    )

"""This module holds the check: what simtwin understood of a plant, in words and numbers.

What is wrong is refused by the loader; here stands what is right but worth a second look.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simtwin.plant.cut import cut_of, operation_time, piece_damage, step_time, tool_changes
from simtwin.plant.model import CutStep, HandleStep, TimedStep
from simtwin.plant.topology import SINK, flow, loops, topology
from simtwin.units import HOUR, KILOWATT, MINUTE, RPM, clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.parts.failure import FailureSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.physics.life import Law
    from simtwin.plant.model import MachineSpec, OperationSpec, PlantModel, Scenario, Step


@dataclass(frozen=True, slots=True)
class MachineNote:
    """A machine as it was understood."""

    name: str
    station: str
    power_kw: float | None
    """Continuous rating; None for a plain machine [kW]."""
    max_rpm: float | None
    trips: str
    tools: tuple[str, ...]
    """As "drill x 2"."""


@dataclass(frozen=True, slots=True)
class FlowNote:
    """A station, what feeds it and what it feeds."""

    station: str
    machines: tuple[str, ...]
    buffer: int | None
    """Slots in front; None: without limit."""
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationNote:
    """An operation: where, how long and how heavy."""

    product: str
    operation: str
    stations: tuple[str, ...]
    program: str
    minutes: float
    """Mean per piece, tool changes included, run-ups not [min]."""
    cuts: int
    mean_load_pct: float | None
    """Cutting power over the continuous rating, mean over the operation [%]."""
    peak_load_pct: float | None
    """That of the heaviest step [%]."""


@dataclass(frozen=True, slots=True)
class LoadNote:
    """What the orders ask of a station."""

    station: str
    hours: float
    """Work of all orders; alternatives share an operation by their machines [h]."""
    offered_hours: float | None
    """Machines x horizon; None without a horizon [h]."""
    saturated: bool = False
    """Whether a source feeds it that never ends."""

    @property
    def share(self) -> float | None:
        """Work over what the station offers."""
        return self.hours / self.offered_hours if self.offered_hours else None


@dataclass(frozen=True, slots=True)
class ToolNote:
    """How long an edge lasts in one operation."""

    tool: str
    product: str
    operation: str
    parts_per_edge: float | None
    """Mean; None: nothing wears."""


@dataclass(frozen=True, slots=True)
class FailureNote:
    """A failure mode and the machines that have it."""

    mode: str
    machines: tuple[str, ...]
    clock: str
    life: str
    repair: str
    crew: bool


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of a plant and its scenario."""

    plant: str
    scenario: str | None
    crew: int | None
    horizon_hours: float | None
    machines: tuple[MachineNote, ...]
    flows: tuple[FlowNote, ...]
    circling: tuple[tuple[str, ...], ...]
    """Stations between which pieces can circle."""
    operations: tuple[OperationNote, ...]
    loads: tuple[LoadNote, ...]
    tools: tuple[ToolNote, ...]
    failures: tuple[FailureNote, ...]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the same facts as plain values, for JSON."""
        return asdict(self)

    def text(self) -> str:
        """Return the same facts as text, section by section."""
        title = f"{self.plant}" + (f", scenario {self.scenario}" if self.scenario else "")
        sections = (
            ("Machines", map(_machine_line, self.machines)),
            ("Flow", self._flow_lines()),
            ("Operations, min per part", map(_operation_line, self.operations)),
            ("Work per station", map(_load_line, self.loads)),
            ("Tools", map(_tool_line, self.tools)),
            ("Failures", map(_failure_line, self.failures)),
            ("Look again", iter(self.warnings)),
            ("Assumptions", iter(self.assumptions)),
        )
        blocks = [title]
        for heading, lines in sections:
            body = "\n".join(f"  {line}" for line in lines)
            if body:
                blocks.append(f"{heading}\n{body}")
        return "\n\n".join(blocks)

    def _flow_lines(self) -> list[str]:
        lines = [_flow_line(note) for note in self.flows]
        lines += [f"pieces can circle: {', '.join(names)}" for names in self.circling]
        crew = "no crew: a repair never waits" if self.crew is None else f"crew of {self.crew}"
        return [*lines, crew]


def understand(model: PlantModel, scenario: Scenario | None = None) -> Understanding:
    """Return what *model* and *scenario* mean: times, loads, tools, failures, assumptions."""
    tools = {tool.name: tool for tool in model.tools}
    operations = tuple(
        _operation_note(product.name, operation, model, tools)
        for product in model.products
        for operation in product.operations
    )
    horizon = scenario.horizon if scenario else None
    loads = _loads(model, scenario, tools) if scenario else ()
    return Understanding(
        plant=model.name,
        scenario=scenario.name if scenario else None,
        crew=model.crew,
        horizon_hours=None if horizon is None else horizon / HOUR,
        machines=tuple(_machine_note(machine) for machine in model.machines),
        flows=_flows(model),
        circling=tuple(tuple(part) for part in loops(model)),
        operations=operations,
        loads=loads,
        tools=_tools(model, tools),
        failures=_failures(model),
        warnings=_warnings(operations, loads, model, scenario),
        assumptions=model.assumptions,
    )


def say_law(law: Law, *, cycles: bool = False) -> str:
    """Return a probability law in words.

    >>> from simtwin.physics.life import Exponential
    >>> say_law(Exponential(7200.0))
    'Exponential, mean 2 h'
    """
    name = type(law).__name__
    mean = f"{law.mean:.4g} cycles" if cycles else clock(law.mean)
    if name == "Fixed":
        return f"always {mean}"
    shape = getattr(law, "shape", None)
    return f"{name}{'' if shape is None else f' of shape {shape:g}'}, mean {mean}"


def _machine_note(machine: MachineSpec) -> MachineNote:
    spindle = machine.spindle
    return MachineNote(
        name=machine.name,
        station=machine.station,
        power_kw=spindle.rated_power / KILOWATT if spindle else None,
        max_rpm=spindle.max_speed / RPM if spindle else None,
        trips=", ".join(
            f"{trip.node} {trip.limit:g} degC" for trip in (spindle.trips if spindle else ())
        ),
        tools=tuple(f"{slot.tool} x {slot.edges}" for slot in machine.magazine),
    )


def _flows(model: PlantModel) -> tuple[FlowNote, ...]:
    graph = flow(topology(model))
    return tuple(
        FlowNote(
            station.name,
            station.machines,
            station.capacity,
            tuple(_plain(node) for node in graph.predecessors(f"station:{station.name}")),
            tuple(_plain(node) for node in graph.successors(f"station:{station.name}")),
        )
        for station in model.stations
    )


def _plain(node: str) -> str:
    if node == SINK:
        return "done"
    return node.removeprefix("station:").replace("source:", "source ")


def _candidates(model: PlantModel, operation: OperationSpec) -> list[MachineSpec]:
    return [machine for machine in model.machines if machine.station in operation.stations]


def _operation_note(
    product: str, operation: OperationSpec, model: PlantModel, tools: dict[str, ToolSpec]
) -> OperationNote:
    machine = _candidates(model, operation)[0]
    seconds = operation_time(operation, machine, tools)
    work, peak = 0.0, 0.0
    for step in operation.steps:
        power = _power(step, machine, tools)
        work += power * step_time(step, tools)
        peak = max(peak, power)
    rated = machine.spindle.rated_power if machine.spindle else None
    return OperationNote(
        product=product,
        operation=operation.name,
        stations=operation.stations,
        program=operation.program,
        minutes=seconds / MINUTE,
        cuts=sum(isinstance(step, CutStep) for step in operation.steps),
        mean_load_pct=100.0 * work / seconds / rated if rated and seconds else None,
        peak_load_pct=100.0 * peak / rated if rated else None,
    )


def _power(step: Step, machine: MachineSpec, tools: dict[str, ToolSpec]) -> float:
    if isinstance(step, CutStep):
        return cut_of(step, tools[step.tool]).power
    if isinstance(step, TimedStep) and machine.spindle is not None:
        return step.share * machine.spindle.rated_power
    return 0.0


def _loads(
    model: PlantModel, scenario: Scenario, tools: dict[str, ToolSpec]
) -> tuple[LoadNote, ...]:
    pieces: dict[str, float] = {}
    for order in scenario.orders:
        pieces[order.product] = pieces.get(order.product, 0.0) + order.quantity
    for source in model.sources:
        if source.interarrival is not None and scenario.horizon is not None:
            expected = scenario.horizon / source.interarrival.mean
            pieces[source.product] = pieces.get(source.product, 0.0) + expected
    work = {station.name: 0.0 for station in model.stations}
    for product in model.products:
        for operation in product.operations:
            candidates = _candidates(model, operation)
            for machine in candidates:
                seconds = operation_time(operation, machine, tools) / len(candidates)
                work[machine.station] += pieces.get(product.name, 0.0) * seconds
    horizon = scenario.horizon
    endless = {source.product for source in model.sources if source.interarrival is None}
    saturated = {
        name
        for product in model.products
        if product.name in endless
        for operation in product.operations
        for name in operation.stations
    }
    return tuple(
        LoadNote(
            station.name,
            work[station.name] / HOUR,
            None if horizon is None else len(station.machines) * horizon / HOUR,
            station.name in saturated,
        )
        for station in model.stations
    )


def _tools(model: PlantModel, tools: dict[str, ToolSpec]) -> tuple[ToolNote, ...]:
    notes: list[ToolNote] = []
    for product in model.products:
        for operation in product.operations:
            steps = (step for step in operation.steps if not isinstance(step, HandleStep))
            for name in dict.fromkeys(step.tool for step in steps if step.tool is not None):
                damage = piece_damage(operation, tools[name], tools)
                parts = 1.0 / damage if damage else None
                notes.append(ToolNote(name, product.name, operation.name, parts))
    return tuple(notes)


def _failures(model: PlantModel) -> tuple[FailureNote, ...]:
    owners: dict[FailureSpec, list[str]] = {}
    for machine in model.machines:
        for mode in machine.failures:
            owners.setdefault(mode, []).append(machine.name)
    return tuple(
        FailureNote(
            mode.name,
            tuple(names),
            mode.clock,
            say_law(mode.life, cycles=mode.clock == "cycles"),
            say_law(mode.repair),
            mode.crew,
        )
        for mode, names in owners.items()
    )


def _warnings(
    operations: tuple[OperationNote, ...],
    loads: tuple[LoadNote, ...],
    model: PlantModel,
    scenario: Scenario | None,
) -> tuple[str, ...]:
    found = [
        f"{note.product}/{note.operation}: its heaviest step takes {note.peak_load_pct:.0f} % "
        "of the continuous rating; a spindle bears that for minutes only"
        for note in operations
        if note.peak_load_pct is not None and note.peak_load_pct > 100.0
    ]
    found += [
        f"{note.station}: {note.hours:.1f} h of work for {note.offered_hours:.1f} h of machines"
        for note in loads
        if note.offered_hours is not None and note.hours > note.offered_hours
    ]
    changes = sum(
        tool_changes(operation)
        for product in model.products
        for operation in product.operations
    )
    plain = [m.name for m in model.machines if m.magazine and not m.tool_change]
    if changes and plain:
        found.append(f"tool changes take no time on {', '.join(plain)}: tool_change_s is 0")
    if scenario is not None:
        found += [
            f"order {order.name} is due before it is released"
            for order in scenario.orders
            if order.due is not None and order.due < order.release
        ]
    return tuple(found)


def _machine_line(note: MachineNote) -> str:
    group = "" if note.station == note.name else f" of {note.station}"
    if note.power_kw is None:
        return f"{note.name}{group}: plain, no physics"
    trips = f"; stops at {note.trips}" if note.trips else ""
    tools = f"; magazine {', '.join(note.tools)}" if note.tools else ""
    return f"{note.name}{group}: {note.power_kw:g} kW, {note.max_rpm:.0f} rpm{trips}{tools}"


def _flow_line(note: FlowNote) -> str:
    machines = "" if note.machines == (note.station,) else f" ({', '.join(note.machines)})"
    slots = "no limit" if note.buffer is None else f"{note.buffer} slots"
    before, after = ", ".join(note.before), ", ".join(note.after)
    return f"{before} -> {note.station}{machines}, {slots} in front -> {after}"


def _operation_line(note: OperationNote) -> str:
    load = ""
    if note.mean_load_pct is not None and note.peak_load_pct is not None:
        load = f", load {note.mean_load_pct:.0f} % (peak {note.peak_load_pct:.0f} %)"
    where = " or ".join(note.stations)
    return f"{note.product}/{note.operation} on {where}: {note.minutes:.2f} min{load}"


def _load_line(note: LoadNote) -> str:
    if note.saturated:
        return f"{note.station}: all that a saturating source can bring"
    if note.share is None:
        return f"{note.station}: {note.hours:.1f} h"
    return (
        f"{note.station}: {note.hours:.1f} h of {note.offered_hours:.1f} h, "
        f"{100.0 * note.share:.0f} %"
    )


def _tool_line(note: ToolNote) -> str:
    where = f"{note.tool} in {note.product}/{note.operation}"
    if note.parts_per_edge is None:
        return f"{where}: does not wear"
    return f"{where}: some {note.parts_per_edge:.0f} parts per edge"


def _failure_line(note: FailureNote) -> str:
    crew = "with crew" if note.crew else "without crew"
    return (
        f"{note.mode} ({_some(note.machines)}): clock {note.clock}; life {note.life}; "
        f"repair {note.repair}, {crew}"
    )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed) if len(listed) <= 4 else f"{len(listed)} machines"

"""This module holds the check: what simtwin understood of a plant, in words and numbers.

What is wrong is refused by the loader; here stands what is right but worth a second look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.plant.cut import (
    cut_of,
    operation_time,
    piece_damage,
    stalls,
    step_time,
    tool_changes,
    wear_gain,
)
from simtwin.plant.dead_ends import never_reset, spent_edges, unplannable
from simtwin.plant.differences import changes_said, spreads_said
from simtwin.plant.model import CutStep, HandleStep, TimedStep
from simtwin.plant.no_effect import groundless, too_late
from simtwin.plant.precheck import precheck
from simtwin.plant.shift_fit import misfits
from simtwin.plant.topology import SINK, flow, loops, topology, unreached
from simtwin.plant.understanding import (
    FailureNote,
    FlowNote,
    MachineNote,
    OperationNote,
    ToolNote,
    Understanding,
)
from simtwin.result.assumed import assumed
from simtwin.units import HOUR, KILOWATT, MINUTE, RPM, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.parts.failure import FailureSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.physics.life import Law
    from simtwin.plant.model import (
        CrewSpec,
        MachineSpec,
        OperationSpec,
        PlantModel,
        ProductSpec,
        Scenario,
        Step,
        TransportSpec,
    )
    from simtwin.plant.policy import PolicySpec


def understand(model: PlantModel, scenario: Scenario | None = None) -> Understanding:
    """Return what *model* and *scenario* mean: times, loads, tools, failures, assumptions.

    What the scenario changes in the plant is named, and the rest told of the changed plant.
    """
    before = precheck(model, scenario)
    changes: tuple[str, ...] = ()
    if scenario is not None and scenario.changes:
        changes, model = changes_said(model, scenario), scenario.changes.applied(model)
    tools = {tool.name: tool for tool in model.tools}
    operations = tuple(
        _operation_note(product, operation, model, tools)
        for product in model.products
        for operation in product.operations
    )
    horizon = scenario.horizon if scenario else None
    return Understanding(
        plant=model.name,
        scenario=scenario.name if scenario else None,
        crews=tuple(_crew_note(crew) for crew in model.all_crews),
        upkeep=tuple(_policy_note(one, model) for one in scenario.maintenance)
        if scenario
        else (),
        ways=_ways(model.transport),
        conwip=model.flow.conwip,
        conwip_of=dict(model.flow.conwip_of),
        horizon_hours=None if horizon is None else horizon / HOUR,
        machines=tuple(_machine_note(machine, model) for machine in model.machines),
        flows=_flows(model),
        circling=tuple(tuple(part) for part in loops(model)),
        operations=operations,
        before=before,
        tools=_tools(model, tools),
        failures=_failures(model),
        changes=changes,
        uncertain=spreads_said(model, scenario),
        warnings=_warnings(operations, model, scenario),
        assumptions=assumed(model, scenario),
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


def _crew_note(crew: CrewSpec) -> str:
    """Return a crew in words."""
    hours = f", works {crew.calendar}" if crew.calendar else ""
    skills = "" if crew.skills == ("repair",) else f" for {' and '.join(crew.skills)}"
    name = "crew" if crew.name == "crew" else f"crew {crew.name}"
    return f"{name} of {crew.members}{skills}{hours}"


def _machine_note(machine: MachineSpec, model: PlantModel) -> MachineNote:
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
        feed_pct=machine.feed_override,
        speed_pct=machine.spindle_override,
        hours=_hours(machine, model),
    )


def _hours(machine: MachineSpec, model: PlantModel) -> str:
    """Return when *machine* works, in words; empty: day and night."""
    if machine.calendar is None:
        return ""
    habit = {
        "finish": "finishes the piece in hand",
        "pause": "pauses",
        "scrap": "scraps the piece in hand",
        "hold release": "begins nothing that would end later",
    }[machine.at_shift_end]
    breaks = any(spec.breaks for spec in model.calendars if spec.name == machine.calendar)
    when = "at the end and at each break" if breaks else "at the end"
    return f"works {machine.calendar}, {when} {habit}"


def _policy_note(policy: PolicySpec, model: PlantModel) -> str:
    """Return a policy of planned maintenance in words."""
    parts = ", ".join(policy.failures) or "every failure mode"
    of = ", ".join(policy.machines) or "every machine"
    if policy.age is not None:
        counts = any(
            mode.clock == "cycles" and policy.covers(machine.name, mode.name)
            for machine in model.machines
            for mode in machine.failures
        )
        when = f"at an age of {f'{policy.age:g} cycles' if counts else clock(policy.age)}"
    elif policy.calendar is not None:
        when = f"whenever {policy.calendar} opens"
    elif policy.decide is not None:
        when = f"as {policy.name} decides, asked every {policy.every or 0.0:g} s"
    else:
        when = f"every {(policy.every or 0.0) / HOUR:g} h"
    takes = "" if policy.duration is None else f", {policy.duration / MINUTE:g} min each"
    return f"{parts} of {of}: {when}{takes}; by {policy.skill}"


def _flows(model: PlantModel) -> tuple[FlowNote, ...]:
    graph = flow(topology(model))
    return tuple(
        FlowNote(
            station.name,
            station.machines,
            station.capacity,
            station.kanban,
            station.preempt,
            "" if station.batch is None else station.batch.words(),
            tuple(_plain(node) for node in graph.predecessors(f"station:{station.name}")),
            tuple(_plain(node) for node in graph.successors(f"station:{station.name}")),
        )
        for station in model.stations
    )


def _ways(transport: TransportSpec | None) -> tuple[str, ...]:
    """Return in words how long pieces are on their way, and who carries them."""
    if transport is None:
        return ()
    who = "nobody waits to be carried"
    if transport.movers is not None:
        who = f"at most {transport.movers} carried at once"
    other = "no time" if transport.time is None else say_law(transport.time)
    named = tuple(
        f"from {origin} to {to}: {clock(seconds)}"
        for (origin, to), seconds in transport.times.items()
    )
    rest = f"every {'other ' if named else ''}way between stations: {other}"
    return (f"transport: {who}", *named, rest)


def _plain(node: str) -> str:
    if node == SINK:
        return "done"
    return node.removeprefix("station:").replace("source:", "source ")


def _candidates(model: PlantModel, operation: OperationSpec) -> list[MachineSpec]:
    return [machine for machine in model.machines if machine.station in operation.stations]


def _operation_note(
    product: ProductSpec,
    operation: OperationSpec,
    model: PlantModel,
    tools: dict[str, ToolSpec],
) -> OperationNote:
    able = _candidates(model, operation)
    machine = able[0]
    minutes_at = {one.station: operation_time(operation, one, tools) / MINUTE for one in able}
    elsewhere = operation.elsewhere
    operation = operation.at(machine.station)
    seconds = operation_time(operation, machine, tools)
    feed = machine.feed_override / 100.0
    work, peak, worn = 0.0, 0.0, 0.0
    for step in operation.steps:
        power = _power(step, machine, tools)
        work += power * step_time(step, tools, feed)
        peak = max(peak, power)
        gain = wear_gain(tools[step.tool]) if isinstance(step, CutStep) else 0.0
        worn = max(worn, power * (1.0 + gain))
    rated = machine.spindle.rated_power if machine.spindle else None
    return OperationNote(
        product=product.name,
        operation=operation.name,
        stations=operation.stations,
        program=operation.program,
        minutes=seconds / MINUTE,
        cuts=sum(isinstance(step, CutStep) for step in operation.steps),
        mean_load_pct=100.0 * work / seconds / rated if rated and seconds else None,
        peak_load_pct=100.0 * peak / rated if rated else None,
        worn_load_pct=100.0 * worn / rated if rated else None,
        setup_min=operation.setup / MINUTE,
        scrap_pct=100.0 * operation.scrap,
        rework=_rework(product, operation),
        together=next(
            1 if station.batch is None else station.batch.most
            for station in model.stations
            if station.name == machine.station
        ),
        minutes_at=minutes_at if elsewhere else {},
    )


def _rework(product: ProductSpec, operation: OperationSpec) -> str:
    rework = operation.rework
    if rework is None:
        return ""
    most = "" if rework.most is None else f", at most {rework.most} times, then scrap"
    back = product.operations[rework.to].name
    return f"{100.0 * rework.share:g} % back to {back}{most}"


def _power(step: Step, machine: MachineSpec, tools: dict[str, ToolSpec]) -> float:
    if isinstance(step, CutStep):
        return cut_of(step, tools[step.tool]).power
    if isinstance(step, TimedStep) and machine.spindle is not None:
        return step.share * machine.spindle.rated_power
    return 0.0


def _tools(model: PlantModel, tools: dict[str, ToolSpec]) -> tuple[ToolNote, ...]:
    notes: list[ToolNote] = []
    for product in model.products:
        for operation in product.operations:
            steps = (step for step in operation.steps if not isinstance(step, HandleStep))
            for name in dict.fromkeys(step.tool for step in steps if step.tool is not None):
                damage = piece_damage(operation, tools[name], tools)
                parts = 1.0 / damage if damage else None
                rate = tools[name].break_rate * HOUR
                notes.append(ToolNote(name, product.name, operation.name, parts, rate))
    return tuple(notes)


def _failures(model: PlantModel) -> tuple[FailureNote, ...]:
    owners: dict[FailureSpec, list[str]] = {}
    for machine in model.machines:
        for mode in machine.failures:
            owners.setdefault(mode, []).append(machine.name)
    skills = {skill for crew in model.all_crews for skill in crew.skills}
    return tuple(
        FailureNote(
            mode.name,
            tuple(names),
            mode.clock,
            say_law(mode.life, cycles=mode.clock == "cycles"),
            say_law(mode.repair),
            mode.crew and mode.skill in skills,
        )
        for mode, names in owners.items()
    )


def _warnings(
    operations: tuple[OperationNote, ...],
    model: PlantModel,
    scenario: Scenario | None,
) -> tuple[str, ...]:
    idle = [name for name in unreached(model) if name not in model.unused]
    found = [f"no route leads to {', '.join(idle)}"] if idle else []
    found += [
        f"{note.product}/{note.operation}: its heaviest step takes {note.peak_load_pct:.0f} % "
        "of the continuous rating; a spindle bears that for minutes only"
        for note in operations
        if note.peak_load_pct is not None and note.peak_load_pct > 100.0
    ]
    found += _stalls(model)
    found += unplannable(model)
    found += never_reset(model)
    changes = sum(
        tool_changes(operation)
        for product in model.products
        for operation in product.operations
    )
    plain = [m.name for m in model.machines if m.magazine and not m.tool_change]
    if changes and plain:
        found.append(f"tool changes take no time on {', '.join(plain)}: tool_change_s is 0")
    skills = {skill for crew in model.all_crews for skill in crew.skills}
    alone = [
        f"{machine.name}/{mode.name}"
        for machine in model.machines
        for mode in machine.failures
        if skills and mode.crew and mode.skill not in skills
    ]
    found += misfits(model, scenario)
    if alone:
        found.append(f"no crew can repair {', '.join(alone)}: it waits for nobody")
    if scenario is not None:
        found += [
            f"order {order.name} is due before it is released"
            for order in scenario.orders
            if order.due is not None and order.due < order.release
        ]
        found += spent_edges(model, scenario)
        found += too_late(scenario)
        found += groundless(scenario)
    return tuple(found)


def _stalls(model: PlantModel) -> Iterator[str]:
    """Say which edges stall their spindle before they are worn out."""
    tools = {tool.name: tool for tool in model.tools}
    for product in model.products:
        for operation in product.operations:
            for machine in _candidates(model, operation):
                for name, damage in stalls(operation, machine, tools).items():
                    yield (
                        f"{product.name}/{operation.name}: {name} stalls {machine.name} at "
                        f"some {100.0 * damage:.0f} % of its life; worn further, its peak "
                        "torque is above what the spindle gives for a short time"
                    )

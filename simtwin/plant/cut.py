"""This module holds the cut of a plant: what one step asks of a spindle, and whether it can."""

from __future__ import annotations

from math import inf, pi
from typing import TYPE_CHECKING

from simtwin.physics import cutting
from simtwin.physics.spindle import run_up_time, torque_limit
from simtwin.physics.tool import damage_at
from simtwin.plant.model import CutStep, HandleStep
from simtwin.units import KILOWATT, RPM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.parts.spindle import SpindleSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.physics.cutting import Cut
    from simtwin.plant.model import MachineSpec, OperationSpec, Step, TimedStep


def cut_of(step: CutStep, tool: ToolSpec, *, feed: float = 1.0, spindle: float = 1.0) -> Cut:
    """Return force, torque and power of *step* with a sharp *tool*.

    *feed* and *spindle* are the overrides, 1 at 100 %: the feed per minute follows the feed
    override alone, so a faster spindle makes thinner chips.
    """
    speed = 2.0 * step.cutting_speed / step.diameter * spindle
    teeth = tool.teeth if step.kind == "milling" else 1
    nominal = step.cutting_speed / (pi * step.diameter) * step.feed * teeth
    feed_speed = nominal * feed
    if step.kind == "milling":
        return cutting.milling_at(
            speed=speed,
            feed_speed=feed_speed,
            depth=step.depth,
            width=step.width,
            diameter=step.diameter,
            teeth=tool.teeth,
            approach=tool.approach,
            rake=tool.rake,
            kc11=step.kc11,
            mc=step.mc,
        )
    if step.kind == "turning":
        return cutting.turning_at(
            speed=speed,
            feed_speed=feed_speed,
            depth=step.depth,
            diameter=step.diameter,
            approach=tool.approach,
            rake=tool.rake,
            kc11=step.kc11,
            mc=step.mc,
        )
    return cutting.drilling_at(
        speed=speed,
        feed_speed=feed_speed,
        diameter=step.diameter,
        approach=tool.approach,
        kc11=step.kc11,
    )


def torque_envelope(spec: SpindleSpec, speed: float) -> float:
    """Return the short-time (S6-40 %) torque of a spindle at *speed* [N m]."""
    return torque_limit(
        speed,
        rated_torque=spec.rated_torque,
        rated_power=spec.rated_power,
        base_speed=spec.base_speed,
        short_time=spec.short_time,
    )


def objection(step: CutStep, tool: ToolSpec, machine: str, spindle: SpindleSpec) -> str | None:
    """Return why *spindle* cannot make this cut even for a short time, or None.

    The envelope is S6-40 % (PHYSICS 2.5, 4.1), the tool sharp.
    """
    cut = cut_of(step, tool)
    at = f"{cut.speed / RPM:.0f} rpm"
    if cut.speed > spindle.max_speed:
        return f"needs {at}; {machine} turns at most {spindle.max_speed / RPM:.0f} rpm"
    power = spindle.short_time * spindle.rated_power
    if cut.power > power:
        return (
            f"needs {cut.power / KILOWATT:.1f} kW; {machine} gives at most "
            f"{power / KILOWATT:.1f} kW for a short time"
        )
    limit = torque_envelope(spindle, cut.speed)
    if cut.peak_torque > limit:
        return (
            f"peaks at {cut.peak_torque:.1f} Nm at {at}; {machine} gives at most {limit:.1f} "
            "Nm there for a short time"
        )
    return None


def wear_gain(tool: ToolSpec) -> float:
    """Return by how much force, torque and power have grown at the wear limit [-], 0: not."""
    return 0.0 if tool.life is None else tool.force_per_wear * tool.wear_limit


def stall_damage(step: CutStep, tool: ToolSpec, spindle: SpindleSpec) -> float:
    """Return the damage [-] at which *spindle* stalls in this cut; inf: a worn edge never does.

    Below 1 the edge does not reach the end of its life.
    """
    gain = wear_gain(tool)
    cut = cut_of(step, tool)
    room = torque_envelope(spindle, cut.speed) / cut.peak_torque - 1.0
    return damage_at(max(0.0, room) / gain) if gain > 0.0 else inf


def stalls(
    operation: OperationSpec, machine: MachineSpec, tools: Mapping[str, ToolSpec]
) -> dict[str, float]:
    """Return at which damage [-] a tool of *operation* stalls *machine* before it is worn."""
    least: dict[str, float] = {}
    for step in operation.at(machine.station).steps:
        if isinstance(step, CutStep) and machine.spindle is not None:
            damage = stall_damage(step, tools[step.tool], machine.spindle)
            least[step.tool] = min(damage, least.get(step.tool, damage))
    return {name: damage for name, damage in least.items() if damage < 1.0}


def run_up_seconds(spindle: SpindleSpec, speed: float) -> float:
    """Return the time from rest to *speed* [s]; 1.2 x the short-time rating (PHYSICS 4.2)."""
    return run_up_time(
        inertia=spindle.inertia,
        base_speed=spindle.base_speed,
        speed0=0.0,
        speed1=speed,
        power=1.2 * spindle.short_time * spindle.rated_power,
    )


def held_override(speed: float, override: float, spindle: SpindleSpec) -> float:
    """Return the *override* (1 is 100 %) that acts on a programmed *speed* [rad/s].

    A control holds the speed at the maximum of the *spindle*, whatever the override asks for.
    A program that is itself too fast is refused elsewhere and stays as it is here.

    >>> from dataclasses import replace
    >>> from simtwin.plant.catalogue import MACHINES
    >>> vmc = replace(MACHINES["generic-vmc-40"].spindle, max_speed=800.0)
    >>> held_override(500.0, 1.2, vmc), held_override(500.0, 2.0, vmc)
    (1.2, 1.6)
    """
    return min(override, max(1.0, spindle.max_speed / speed)) if speed > 0.0 else override


def step_speed(step: Step, spindle: SpindleSpec, tools: Mapping[str, ToolSpec]) -> float:
    """Return how fast the *spindle* turns in *step* [rad/s], override at 100 %."""
    if isinstance(step, CutStep):
        return cut_of(step, tools[step.tool]).speed
    return 0.0 if isinstance(step, HandleStep) else step.speed_share * spindle.max_speed


def pace(step: Step, feed: float) -> float:
    """Return the nominal work per second of *step* under a *feed* override (1: 100 %).

    What is done by hand, with the spindle at rest, takes as long under any.

    >>> pace(HandleStep(60.0), 0.5)
    1.0
    """
    return 1.0 if isinstance(step, HandleStep) else feed


def step_time(step: Step, tools: Mapping[str, ToolSpec], feed: float = 1.0) -> float:
    """Return the mean time of *step* for one piece [s] under a *feed* override (1: 100 %)."""
    if isinstance(step, CutStep):
        return step.path / cut_of(step, tools[step.tool]).feed_speed / feed
    return step.duration if isinstance(step, HandleStep) else step.duration.mean / feed


def steps_time(
    operation: OperationSpec, tools: Mapping[str, ToolSpec], feed: float = 1.0
) -> float:
    """Return the mean time of all steps of *operation* for one piece [s], run-ups left out."""
    return sum(step_time(step, tools, feed) for step in operation.steps)


def nominal_life(step: CutStep, tool: ToolSpec) -> float | None:
    """Return the mean life of an edge in *step* [s]; None where nothing wears.

    The depth of a hole is no depth of cut: it does not count for a drill.
    """
    if tool.life is None:
        return None
    depth = tool.life.depth if step.kind == "drilling" else step.depth
    return tool.life.at(step.cutting_speed, step.feed, depth)


def step_damage(
    step: CutStep | TimedStep, tool: ToolSpec, tools: Mapping[str, ToolSpec]
) -> float:
    """Return the part of a nominal life that *step* costs its *tool* [-]."""
    if isinstance(step, CutStep):
        life = nominal_life(step, tool)
        return step_time(step, tools) / life if life else 0.0
    return step.damage + step.damage_rate * step.duration.mean


def piece_damage(
    operation: OperationSpec, tool: ToolSpec, tools: Mapping[str, ToolSpec]
) -> float:
    """Return the part of a nominal life that one piece costs *tool* in *operation* [-]."""
    damage = 0.0
    for step in operation.steps:
        if not isinstance(step, HandleStep) and step.tool == tool.name:
            damage += step_damage(step, tool, tools)
    return damage


def tool_changes(operation: OperationSpec) -> int:
    """Return how often one piece changes the tool, when piece follows piece."""
    used = [step.tool for step in operation.steps if not isinstance(step, HandleStep)]
    used = [tool for tool in used if tool is not None]
    return sum(one != other for one, other in zip(used, used[1:] + used[:1], strict=True))


def operation_time(
    operation: OperationSpec, machine: MachineSpec, tools: Mapping[str, ToolSpec]
) -> float:
    """Return the mean time of one piece in *operation* on *machine* [s], piece after piece.

    With tool changes and run-ups, as its feed and speed are set at the start.
    """
    operation, feed = operation.at(machine.station), machine.feed_override / 100.0
    changes = tool_changes(operation) * machine.tool_change
    cutting = steps_time(operation, tools, feed)
    return changes + cutting + run_ups_time(operation, machine, tools)


def run_ups_time(
    operation: OperationSpec, machine: MachineSpec, tools: Mapping[str, ToolSpec]
) -> float:
    """Return how long the spindle runs up for one piece in *operation* [s].

    It stands still at the begin of a piece, for a tool change and while a part is handled.
    """
    if machine.spindle is None:
        return 0.0
    seconds = speed = 0.0
    mounted = _last_tool(operation)
    for step in operation.steps:
        tool = None if isinstance(step, HandleStep) else step.tool
        if tool is not None and tool != mounted:
            mounted, speed = tool, 0.0
        wanted = step_speed(step, machine.spindle, tools)
        if wanted not in (0.0, speed):
            override = machine.spindle_override / 100.0
            override = held_override(wanted, override, machine.spindle)
            seconds += run_up_seconds(machine.spindle, wanted * override)
        speed = wanted
    return seconds


def _last_tool(operation: OperationSpec) -> str | None:
    used = [step.tool for step in operation.steps if not isinstance(step, HandleStep)]
    return next((tool for tool in reversed(used) if tool is not None), None)

"""This module holds the programs of a plant file: cuts, plain durations and handling in SI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.physics.duration import SPEED_SHARE, WORDS
from simtwin.plant.cut import objection
from simtwin.plant.law_schema import time_law, time_value
from simtwin.plant.materials import MATERIALS, Material
from simtwin.plant.model import CutStep, HandleStep, TimedStep
from simtwin.plant.own_life import own_rate
from simtwin.plant.wording import unknown
from simtwin.units import (
    KILOWATT,
    METRE_PER_MINUTE,
    MILLIMETRE,
    MINUTE,
    NEWTON_PER_MM2,
    PERCENT,
    RPM,
)

if TYPE_CHECKING:
    from simtwin.parts.spindle import SpindleSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.assumptions import Assumptions
    from simtwin.plant.document import Document, Path
    from simtwin.plant.model import MachineSpec, StationSpec, Step
    from simtwin.plant.plant_schema import PlantFile
    from simtwin.plant.work_schema import (
        DrillFile,
        DurationFile,
        MillFile,
        ProgramFile,
        StepFile,
        TurnFile,
    )


DEFAULT_LOAD = "medium"
"""Of an operation that says nothing about its load (A, PHYSICS 5.7)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What routes stand on: everything that their names can mean."""

    tools: dict[str, ToolSpec]
    machines: dict[str, MachineSpec]
    stations: dict[str, StationSpec]
    materials: dict[str, Material]
    programs: dict[str, tuple[Path, ProgramFile]]
    document: Document
    assumptions: Assumptions


def read_materials(file: PlantFile, document: Document) -> dict[str, Material]:
    """Return the materials that cuts may name: those of *file* before the catalogue's."""
    own: dict[str, Material] = {}
    for index, item in enumerate(file.materials):
        if item.id in own:
            document.complain(("materials", index, "id"), f"a second material {item.id!r}")
        own[item.id] = Material(
            item.id, item.id, item.kc11_n_mm2, item.mc, item.drilling_kc_n_mm2
        )
    return MATERIALS | own


def read_programs(file: PlantFile, document: Document) -> dict[str, tuple[Path, ProgramFile]]:
    """Return the programs of *file* by name, each with its place."""
    programs: dict[str, tuple[Path, ProgramFile]] = {}
    for index, item in enumerate(file.programs):
        if item.id in programs:
            document.complain(("programs", index, "id"), f"a second program {item.id!r}")
        programs[item.id] = (("programs", index), item)
    return programs


def read_step(
    item: StepFile,
    path: Path,
    program: ProgramFile,
    machines: list[MachineSpec],
    ground: Ground,
) -> Step:
    """Return one *item* of *program*; every one of *machines* must be able to do it."""
    if item.timed is not None:
        return read_timed(item.timed, (*path, "timed"), program.id, machines, ground)
    handling = time_value(item, "handle")
    if handling is not None:
        return HandleStep(handling)
    for machine in machines:
        if machine.spindle is None and machine.name not in ground.document.unread:
            message = f"a cut needs a spindle, and {machine.name!r} is plain"
            ground.document.complain(path, message)
    if item.mill is not None:
        return _mill(item.mill, (*path, "mill"), program, machines, ground)
    if item.turn is not None:
        return _turn(item.turn, (*path, "turn"), program, machines, ground)
    assert item.drill is not None
    return _drill(item.drill, (*path, "drill"), program, machines, ground)


def _mill(
    item: MillFile,
    path: Path,
    program: ProgramFile,
    machines: list[MachineSpec],
    ground: Ground,
) -> CutStep:
    tool = _cutting_tool(item.tool, "milling", path, machines, ground)
    material = _material(item.material, path, program, ground)
    diameter = tool.diameter if tool else 0.0
    if tool and tool.kind == "milling" and item.width_mm * MILLIMETRE > diameter:
        message = (
            f"must be at most the tool's {diameter / MILLIMETRE:g} mm (got {item.width_mm:g})"
        )
        ground.document.complain((*path, "width_mm"), message)
    step = CutStep(
        kind="milling",
        tool=item.tool,
        material=material.name,
        kc11=material.kc11 * NEWTON_PER_MM2,
        mc=material.mc,
        cutting_speed=item.speed_m_min * METRE_PER_MINUTE,
        feed=item.feed_mm * MILLIMETRE,
        depth=item.depth_mm * MILLIMETRE,
        width=item.width_mm * MILLIMETRE,
        path=item.path_mm * MILLIMETRE,
        diameter=diameter,
    )
    _check_cut(step, tool, path, machines, ground)
    return step


def _turn(
    item: TurnFile,
    path: Path,
    program: ProgramFile,
    machines: list[MachineSpec],
    ground: Ground,
) -> CutStep:
    tool = _cutting_tool(item.tool, "turning", path, machines, ground)
    material = _material(item.material, path, program, ground)
    step = CutStep(
        kind="turning",
        tool=item.tool,
        material=material.name,
        kc11=material.kc11 * NEWTON_PER_MM2,
        mc=material.mc,
        cutting_speed=item.speed_m_min * METRE_PER_MINUTE,
        feed=item.feed_mm * MILLIMETRE,
        depth=item.depth_mm * MILLIMETRE,
        width=0.0,
        path=item.path_mm * MILLIMETRE,
        diameter=item.diameter_mm * MILLIMETRE,
    )
    _check_cut(step, tool, path, machines, ground)
    return step


def _drill(
    item: DrillFile,
    path: Path,
    program: ProgramFile,
    machines: list[MachineSpec],
    ground: Ground,
) -> CutStep:
    tool = _cutting_tool(item.tool, "drilling", path, machines, ground)
    material = _material(item.material, path, program, ground)
    if material.drilling is None:
        message = f"material {material.name!r} has no specific force for drilling"
        ground.document.complain((*path, "material"), message)
    step = CutStep(
        kind="drilling",
        tool=item.tool,
        material=material.name,
        kc11=(material.drilling or 0.0) * NEWTON_PER_MM2,
        mc=0.0,
        cutting_speed=item.speed_m_min * METRE_PER_MINUTE,
        feed=item.feed_mm * MILLIMETRE,
        depth=item.depth_mm * MILLIMETRE,
        width=0.0,
        path=item.holes * item.depth_mm * MILLIMETRE,
        diameter=tool.diameter if tool else 0.0,
    )
    _check_cut(step, tool, path, machines, ground)
    return step


def _check_cut(
    step: CutStep,
    tool: ToolSpec | None,
    path: Path,
    machines: list[MachineSpec],
    ground: Ground,
) -> None:
    """Refuse a cut that a candidate's spindle cannot make even for a short time."""
    if tool is None or tool.kind != step.kind or not step.kc11 or step.diameter < step.width:
        return
    for machine in machines:
        if machine.spindle is not None:
            message = objection(step, tool, machine.name, machine.spindle)
            if message is not None:
                ground.document.complain(path, message)
                return


def _cutting_tool(
    name: str, kind: str, path: Path, machines: list[MachineSpec], ground: Ground
) -> ToolSpec | None:
    tool = _held_tool(name, path, machines, ground)
    if tool is not None and tool.kind != kind:
        message = f"{name!r} is for {tool.kind}, not for {kind}"
        if tool.kind == "any":
            message += f"; give it a preset, or kind: {kind} with its diameter_mm and teeth"
        ground.document.complain((*path, "tool"), message)
    return tool


def _held_tool(
    name: str, path: Path, machines: list[MachineSpec], ground: Ground
) -> ToolSpec | None:
    here = (*path, "tool")
    if name not in ground.tools:
        if name not in ground.document.unread:
            ground.document.complain(here, unknown("tool", name, ground.tools))
        return None
    without = [
        machine.name
        for machine in machines
        if all(slot.tool != name for slot in machine.magazine)
    ]
    if without:
        holders = "the magazine of" if len(without) == 1 else "the magazines of"
        message = f"{name!r} is missing in {holders} {', '.join(without)}"
        ground.document.complain(here, message)
    return ground.tools[name]


def _material(name: str | None, path: Path, program: ProgramFile, ground: Ground) -> Material:
    chosen = name or program.material
    if chosen is None:
        ground.document.complain(path, "needs a material, here or in its program")
        return MATERIALS["P6"]
    if chosen not in ground.materials:
        place = (*path, "material") if name else (*ground.programs[program.id][0], "material")
        ground.document.complain(place, unknown("material", chosen, ground.materials))
        return MATERIALS["P6"]
    if chosen in MATERIALS:
        ground.assumptions.note(
            "cutting force of a VDI 3323 group, known to some 15 %", f"material {chosen}"
        )
    return ground.materials[chosen]


def read_timed(
    item: DurationFile, path: Path, label: str, machines: list[MachineSpec], ground: Ground
) -> TimedStep:
    """Return a plain duration with its load; *label* names it among the assumptions."""
    duration = time_law(item, "duration")
    assert duration is not None
    if duration.cycles:
        ground.document.complain((*path, "duration"), "must be a time, not cycles")
    if item.parts_per_tool and duration.law.mean == 0.0:
        ground.document.complain((*path, "parts_per_tool"), "needs a duration above 0")
    tool = None if item.tool is None else _held_tool(item.tool, path, machines, ground)
    given = bool(item.parts_per_tool or item.tool_life_min)
    own = 0.0 if tool is None or given else own_rate(tool)
    if own > 0.0:
        ground.assumptions.note(
            f"the whole duration counts as in cut: it wears {item.tool}, an edge of which "
            f"lasts {1.0 / own / MINUTE:g} min",
            label,
        )
    share, speed_share, assumed = _load(item, path, label, machines, ground)
    return TimedStep(
        duration=duration.law,
        share=share,
        speed_share=speed_share,
        tool=item.tool,
        damage=1.0 / item.parts_per_tool if item.parts_per_tool else 0.0,
        damage_rate=1.0 / (item.tool_life_min * MINUTE) if item.tool_life_min else own,
        assumed=assumed,
        own_life=own > 0.0,
    )


def _load(
    item: DurationFile, path: Path, label: str, machines: list[MachineSpec], ground: Ground
) -> tuple[float, float, bool]:
    """Return share, speed share, and whether the default load was taken (PHYSICS 5.7)."""
    spindles = [machine.spindle for machine in machines if machine.spindle is not None]
    keys = ("load", "spindle_load_pct", "power_kw", "rpm")
    given = next((key for key in keys if getattr(item, key) is not None), None)
    if not spindles:
        if given is not None and machines:
            message = "none of its machines has a spindle; a load means nothing"
            ground.document.complain((*path, given), message, key=True)
        return 0.0, 0.0, False
    if item.load is not None:
        share, speed_share = WORDS[item.load]
        ground.assumptions.note(
            f"load {item.load} stands for {100 * share:.0f} % of the continuous rating at "
            f"{100 * speed_share:.0f} % of the top speed",
            label,
        )
        return *WORDS[item.load], False
    speed_share = _speed_share(item, path, spindles, ground)
    if item.spindle_load_pct is not None or item.power_kw is not None:
        if item.spindle_load_pct is not None:
            share, told = item.spindle_load_pct * PERCENT, f"{item.spindle_load_pct:g} %"
        else:
            assert item.power_kw is not None
            share = _power_share(item.power_kw, path, spindles, ground)
            told = f"{item.power_kw:g} kW"
        ground.assumptions.note(
            f"a load of {told}, {100 * share:.0f} % of the continuous rating, holds all the "
            f"while at {100 * speed_share:.0f} % of the top speed; its losses and its force on "
            "the bearings follow from it",
            label,
        )
        return share, speed_share, False
    share = WORDS[DEFAULT_LOAD][0]
    ground.assumptions.note(
        f"no load given; {DEFAULT_LOAD} taken, {100 * share:.0f} % of the continuous rating",
        label,
    )
    return share, speed_share, True


def _speed_share(
    item: DurationFile, path: Path, spindles: list[SpindleSpec], ground: Ground
) -> float:
    if item.rpm is None:
        return SPEED_SHARE
    limits = {spindle.max_speed for spindle in spindles}
    share = item.rpm * RPM / min(limits)
    if len(limits) > 1:
        message = "its machines have different top speeds; leave rpm out or split the operation"
        ground.document.complain((*path, "rpm"), message)
    elif share > 1.0:
        message = f"must be at most the spindle's {min(limits) / RPM:g} rpm (got {item.rpm:g})"
        ground.document.complain((*path, "rpm"), message)
    return share


def _power_share(
    power: float, path: Path, spindles: list[SpindleSpec], ground: Ground
) -> float:
    ratings = {spindle.rated_power for spindle in spindles}
    share = power * KILOWATT / min(ratings)
    if len(ratings) > 1:
        message = "its machines have different ratings; give spindle_load_pct instead"
        ground.document.complain((*path, "power_kw"), message)
    elif share > 1.0:
        rating = min(ratings) / KILOWATT
        message = f"must be at most the continuous rating of {rating:g} kW (got {power:g})"
        ground.document.complain((*path, "power_kw"), message)
    return share

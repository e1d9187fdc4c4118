"""This module holds the tooling of a plant file: tools and magazines in SI units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.parts.tool import ToolSpec
from simtwin.physics.tool import TaylorLife
from simtwin.plant.model import MagazineSlot
from simtwin.plant.tool_catalogue import TOOLS
from simtwin.plant.wording import unknown
from simtwin.units import DEGREE, HOUR, METRE_PER_MINUTE, MILLIMETRE, MINUTE, PER_MILLIMETRE

if TYPE_CHECKING:
    from simtwin.plant.assumptions import Assumptions
    from simtwin.plant.document import Document, Path
    from simtwin.plant.machine_schema import MachineFile
    from simtwin.plant.plant_schema import PlantFile
    from simtwin.plant.work_schema import TaylorFile, ToolFile


def read_tools(
    file: PlantFile, document: Document, assumptions: Assumptions
) -> dict[str, ToolSpec]:
    """Return the tools of *file* by name; lives out of the catalogue join *assumptions*."""
    tools: dict[str, ToolSpec] = {}
    for index, item in enumerate(file.tools):
        path = ("tools", index)
        if item.id in tools:
            document.complain((*path, "id"), f"a second tool {item.id!r}")
            continue
        tool = _tool(item, path, document)
        if tool is not None:
            tools[item.id] = tool
            if item.preset is not None and item.taylor is None and item.life_min is None:
                assumptions.note(
                    "tool life, scatter and breakage out of the catalogue, from textbooks",
                    item.id,
                )
    return tools


def read_magazine(
    item: MachineFile, path: Path, tools: dict[str, ToolSpec], document: Document
) -> tuple[MagazineSlot, ...]:
    """Return the magazine of the machine *item*."""
    slots: dict[str, MagazineSlot] = {}
    for index, slot in enumerate(item.magazine):
        here = (*path, "magazine", index, "tool")
        if slot.tool not in tools and slot.tool not in document.unread:
            document.complain(here, unknown("tool", slot.tool, tools))
        if slot.tool in slots:
            document.complain(here, f"{slot.tool!r} stands twice; give it more edges")
        slots[slot.tool] = MagazineSlot(slot.tool, slot.edges)
    return tuple(slots.values())


def _tool(item: ToolFile, path: Path, document: Document) -> ToolSpec | None:
    base = _PLAIN_TOOL
    if item.preset is not None:
        if item.preset not in TOOLS:
            document.complain((*path, "preset"), unknown("tool preset", item.preset, TOOLS))
            document.unread.add(item.id)
            return None
        base = TOOLS[item.preset]
    factors = {
        "diameter_mm": ("diameter", MILLIMETRE),
        "teeth": ("teeth", 1),
        "approach_deg": ("approach", DEGREE),
        "rake_deg": ("rake", DEGREE),
        "life_scatter": ("life_scatter", 1.0),
        "wear_limit_mm": ("wear_limit", MILLIMETRE),
        "nose_radius_mm": ("nose_radius", MILLIMETRE),
        "force_per_wear_per_mm": ("force_per_wear", PER_MILLIMETRE),
        "break_rate_per_h": ("break_rate", 1.0 / HOUR),
        "break_growth": ("break_growth", 1.0),
    }
    changes: dict[str, object] = {
        name: getattr(item, key) * factor
        for key, (name, factor) in factors.items()
        if getattr(item, key) is not None
    }
    for key in ("kind", "change"):
        if getattr(item, key) is not None:
            changes[key] = getattr(item, key)
    if item.taylor is not None:
        changes["life"] = _taylor(item.taylor)
    elif item.life_min is not None:
        changes["life"] = TaylorLife(item.life_min * MINUTE, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    tool: ToolSpec = replace(base, name=item.id, **changes)  # type: ignore[arg-type]
    if tool.kind in ("milling", "drilling") and not tool.diameter:
        document.complain(path, f"required key 'diameter_mm' is missing for {tool.kind}")
    return tool


def _taylor(item: TaylorFile) -> TaylorLife:
    return TaylorLife(
        reference=MINUTE,
        speed=item.c_m_min * METRE_PER_MINUTE,
        feed=(item.reference_feed_mm or 1.0) * MILLIMETRE,
        depth=(item.reference_depth_mm or 1.0) * MILLIMETRE,
        speed_exponent=1.0 / item.n,
        feed_exponent=item.feed_exponent,
        depth_exponent=item.depth_exponent,
    )


_PLAIN_TOOL = ToolSpec(
    name="",
    kind="any",
    diameter=0.0,
    teeth=1,
    approach=90.0 * DEGREE,
    rake=0.0,
    life=None,
    life_scatter=0.0,
    wear_limit=0.3 * MILLIMETRE,
    force_per_wear=0.9 * PER_MILLIMETRE,
    break_rate=0.0,
    break_growth=3.0,
    change="planned",
)

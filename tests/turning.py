"""One lathe that turns one part with one tool, the textbook's problem as a plant file."""

from __future__ import annotations

from simtwin.plant.files import parse_plant
from simtwin.plant.model import PlantModel


def lathe(
    *,
    constant: float = 300.0,
    n: float = 0.25,
    speed: float = 180.0,
    feed: float = 0.25,
    depth: float = 1.0,
    kc11: float = 100.0,
    edges: int = 60,
    tool: str = "",
    more: str = "",
) -> PlantModel:
    """Return Groover's example: D 100 and L 500 mm, 5 min of handling, 2 min a tool change.

    The spindle is at speed at once, so that a part takes what the formulas say; edges do not
    scatter or break, and their wear changes no force, unless *tool* says otherwise.
    """
    life = f"taylor: {{c_m_min: {constant!r}, n: {n!r}}}"
    plain = "life_scatter: 0, break_rate_per_h: 0, force_per_wear_per_mm: 0"
    return parse_plant(
        f"""
plant: textbook
machines:
  - id: lathe
    preset: generic-lathe-8in
    spindle: {{inertia_kg_m2: 1.0e-9}}
    tool_change_s: 120
    refit_min: 0
    magazine: [{{tool: insert, edges: {edges}}}]
tools: [{{id: insert, kind: turning, {tool or f"{life}, {plain}"}}}]
materials: [{{id: soft, kc11_n_mm2: {kc11!r}, mc: 0.2}}]
programs:
  - id: turn
    material: soft
    steps:
      - handle_min: 5
      - turn:
          {{tool: insert, speed_m_min: {speed!r}, feed_mm: {feed!r}, depth_mm: {depth!r},
          diameter_mm: 100, path_mm: 500}}
{more}
products: [{{id: shaft, route: [{{operation: op10, machines: [lathe], program: turn}}]}}]
"""
    )

"""This module holds the tool: its specification, its edges, wear, breakage and life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simtwin.physics.tool import TaylorLife


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One kind of tool (PHYSICS 2 and 7). Its sisters are edges with lives of their own."""

    name: str
    kind: Literal["milling", "turning", "drilling", "any"]
    diameter: float
    """[m]; 0 for a turning insert."""
    teeth: int
    approach: float
    """kappa [rad]; for a drill half the point angle."""
    rake: float
    """gamma [rad]"""
    life: TaylorLife | None
    """None: wears only by parts_per_tool or tool_life_min of a plain duration, or not at all."""
    life_scatter: float
    """Coefficient of variation of the life factor, lognormal with mean 1; 0: none."""
    wear_limit: float
    """VB at damage 1 [m]."""
    force_per_wear: float
    """K_VB - 1 per m of wear land [1/m]; 900 is .9 per mm."""
    break_rate: float
    """h0 of the breakage hazard [1/s]; 0: never."""
    break_growth: float
    """b: hazard h0 exp(b VB/VB_lim)."""
    change: Literal["planned", "at limit"]
    """Planned: before a cut that the nominal life no longer covers. At limit: only when worn."""

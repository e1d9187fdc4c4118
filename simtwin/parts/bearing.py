"""This module holds the spindle bearing: its specification, friction, damage and life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simtwin.physics.bearing import Oil
    from simtwin.physics.life import Law


@dataclass(frozen=True, slots=True)
class BearingSpec:
    """One bearing position (a pair counts as one), after PHYSICS 5.1, 5.7 and 6."""

    name: str
    """Also the node of the thermal network that it heats: "front" or "rear"."""
    kind: Literal["ball", "roller"]
    mean_diameter: float
    """dm [m]"""
    rating: float
    """C, dynamic load rating of the position [N]."""
    fatigue_load: float
    """Cu [N]"""
    preload: float
    """Constant part of the equivalent load [N]."""
    load_share: float
    """Equivalent load over cutting force [-]."""
    f0: float
    f1: float
    viscosity: float
    """Of the oil at running temperature [m2/s]; constant unless `oil` is given."""
    contamination: float
    """eC [-]"""
    oil: Oil | None = None
    """Viscosity against temperature: friction falls and aISO moves with the node."""
    oil_reference: float = 40.0
    """Temperature at which friction is linearised when `oil` is given [degC]."""
    repair: Law | None = None
    """Duration of a replacement [s]."""

"""This module holds the load of one segment, and the course of tool wear over a hold."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simtwin.parts.heat import ThermalDuty


@dataclass(frozen=True, slots=True)
class Heat:
    """Friction heat of a part in a node: constant + per_wear k + slope (T - reference)."""

    node: str
    constant: float
    """[W]"""
    per_wear: float = 0.0
    """[W] per unit of k"""
    slope: float = 0.0
    """[W/K]; negative where friction falls as the oil warms."""
    reference: float = 0.0
    """[degC]"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one segment asks of a machine and its parts, constant while it lasts.

    Cutting figures are those of a sharp tool; with wear they grow by K_VB = 1 + k.
    """

    turning: bool = False
    """Whether the spindle turns."""
    speed: float = 0.0
    """[rad/s]"""
    power: float = 0.0
    """At the tool [W]."""
    torque: float = 0.0
    """Mean, at the spindle [N m]."""
    peak_torque: float = 0.0
    """Highest in a turn of the spindle [N m]."""
    torque_limit: float = inf
    """Short-time envelope of the spindle at this speed [N m]."""
    force: float = 0.0
    """Cutting force that the bearings carry [N]."""
    spinning_up: float = 0.0
    """Mean power that goes into the rotor during run-up [W]."""
    share: float | None = None
    """Cutting power over S1 for a plain duration (PHYSICS 5.7); None: computed losses."""
    coolant: bool = True
    """Whether the spindle is cooled."""
    auxiliary: float = 0.0
    """What the machine draws beside its spindle [W]."""
    tool_life: float | None = None
    """Of the mounted tool at these conditions [s]; None: nothing wears."""
    wear_gain: float = 0.0
    """k at the wear limit [-]: force_per_wear x wear_limit; 0: no feedback."""
    durations: tuple[float, ...] = ()
    """Planned durations with which the segment comes again and again [s]."""
    progress: float = 1.0
    """Nominal work done per second [-], the feed override as a fraction."""
    powered: bool = False
    """Whether the clock ``powered`` runs."""
    processing: bool = False
    """Whether the clock ``processing`` runs."""
    heats: tuple[Heat, ...] = ()
    """Friction that the parts put into the thermal network."""


class Piece(NamedTuple):
    """A stretch of a hold between two knots of the wear land: k = k0 + slope t."""

    begin: float
    """[s] from the start of the hold"""
    duration: float
    """[s]"""
    interval: int
    """Which interval of the wear land."""
    k0: float
    slope: float
    """[1/s]"""


class Course(NamedTuple):
    """How a hold goes: its length, the pieces of tool wear, and where the heat began."""

    dt: float
    """[s]"""
    pieces: tuple[Piece, ...] = ()
    """Empty: k is 0 throughout."""
    thermal: ThermalDuty | None = None
    """The spindle's law in this hold, for parts whose rate follows a temperature."""
    start: tuple[float, ...] = ()
    """Node temperatures at the start of the hold [degC]."""

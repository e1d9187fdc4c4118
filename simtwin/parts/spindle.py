"""This module holds the motor spindle: its specification, its heat, its trips and its life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.physics.thermal import Network


@dataclass(frozen=True, slots=True)
class Trip:
    """A temperature that stops the machine, and the one below which it may go on."""

    node: str
    limit: float
    """[degC]"""
    reset: float
    """[degC], lower than the limit."""


@dataclass(frozen=True, slots=True)
class SpindleSpec:
    """One motor spindle: rating, losses, thermal network, trips (PHYSICS 4, 5.3, 5.7)."""

    rated_power: float
    """S1 [W]"""
    max_speed: float
    """[rad/s]"""
    base_speed: float
    """End of constant torque [rad/s]"""
    rated_torque: float
    """S1, up to the base speed [N m]; a stored point, not derived from the power."""
    short_time: float
    """S6-40 % over S1 [-], 1.3 to 1.7."""
    inertia: float
    """Rotor and holder [kg m2]."""
    cutting_speed: float
    """v_c of the plain-duration table [m/s]."""
    torque_constant: float
    """Kt [N m per A rms]."""
    resistance: float
    """Per phase [ohm]."""
    idle_current: float
    """I0 [A rms]."""
    iron_linear: float
    """k_h [W s/rad]."""
    iron_square: float
    """k_e [W s2/rad2]."""
    additional_loss: float
    """a_add [-], .10 to .20 of the cutting power."""
    network: Network
    """Nodes motor, front, rear, shaft, housing."""
    trips: tuple[Trip, ...] = ()
    motor_reference: float = 53.0
    """Temperature at which copper is linearised [degC]."""

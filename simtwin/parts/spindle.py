"""This module holds the motor spindle: its specification, its heat, its trips and its life."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct

from simtwin.parts.alarm import Rank

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.heat import ThermalDuty
    from simtwin.parts.load import Course
    from simtwin.parts.part import Host
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


class SpindleState(Struct, frozen=True, gc=False):
    """What the life of a spindle knows; its temperatures stand in the machine's state."""

    tripped: bool = False
    """Whether it waits to fall below its reset levels."""


class Spindle:
    """A spindle as a process: it sleeps until it trips or has cooled down."""

    __slots__ = ("asleep", "host", "name", "process", "resets", "spec", "state")

    repair = None

    def __init__(
        self,
        spec: SpindleSpec,
        host: Host,
        state: SpindleState,
        resets: tuple[float, ...],
    ) -> None:
        self.name = f"{host.name}/spindle"
        self.spec = spec
        self.host = host
        self.state = state
        self.resets = resets
        """Reset level of every node [degC], inf without one."""
        self.asleep = host.asleep
        self.process = host.start(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Trip, cool down, go on; for ever."""
        while True:
            alarm = yield self.asleep
            self.host.settle()
            if alarm.guard == "reset":
                self.state = SpindleState()
                self.host.cooled()
            else:
                self.state = SpindleState(tripped=True)
                self.host.cool(alarm.guard)

    def first_event(self, duty: ThermalDuty, course: Course) -> tuple[float, int, str] | None:
        """Return the trip or the reset within the hold, if one comes: when, rank, guard."""
        if self.state.tripped:
            cooled = duty.first_cooled(course.start, course.dt, self.resets)
            return None if cooled is None else (cooled, Rank.REPAIR, "reset")
        trip = duty.first_trip(course)
        if trip is None:
            return None
        return trip[0], Rank.TRIP, f"trip {self.spec.network.nodes[trip[1]]}"

    def watches(self) -> tuple[()]:
        """A spindle has no meters: its guards are temperatures."""
        return ()

    def renew(self) -> None:
        """A spindle has no repair of its own: its bearings have."""


def levels(spec: SpindleSpec, which: str) -> tuple[float, ...]:
    """Return the *which* ("limit" or "reset") level of every node [degC], inf without one."""
    of_node = {trip.node: getattr(trip, which) for trip in spec.trips}
    return tuple(of_node.get(node, inf) for node in spec.network.nodes)

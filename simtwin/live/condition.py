"""This module holds the condition of a machine as telemetry tells it, and what load it means.

The load is that of the plant's own laws, so a twin and a simulation that see the same spindle
agree: PHYSICS 4.3 for the losses at the torque that load meter and speed give, or the assumed
losses of 5.7 where the plant knows the machine's programs by their durations only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.load import Load
from simtwin.plant.cut import torque_envelope
from simtwin.plant.model import TimedStep

if TYPE_CHECKING:
    from simtwin.live.envelope import Value
    from simtwin.plant.model import MachineSpec, PlantModel

TURNING = 1.0
"""Below this speed a spindle counts as standing [rad/s]."""

OFF = frozenset({"OFF", "off", "false", "0"})
"""Words with which a source says that the coolant is off."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a control tells of its spindle."""

    speed: float = 0.0
    """[rad/s], without sign."""
    share: float = 0.0
    """Load meter: cutting power over the S1 rating [-]."""
    coolant: bool = True
    """Whether the spindle is cooled."""

    def told(self, signal: str, value: Value) -> Condition | None:
        """Return the condition after *signal*, None where that tells nothing about it.

        >>> Condition().told("spindle_speed", -200.0)
        Condition(speed=200.0, share=0.0, coolant=True)
        """
        if signal == "coolant" and value is not None:
            off = value in OFF if isinstance(value, str) else not value
            return replace(self, coolant=not off)
        if isinstance(value, str) or value is None:
            return None
        if signal == "spindle_speed":
            return replace(self, speed=abs(value))
        if signal == "spindle_load":
            return replace(self, share=abs(value))
        return None


REST = Condition()
"""A cooled spindle that stands."""

SIGNALS = frozenset({"coolant", "spindle_load", "spindle_speed"})
"""Signals that tell the condition."""


def is_timed(plant: PlantModel, machine: MachineSpec) -> bool:
    """Whether the plant knows what *machine* does by durations only (PHYSICS 5.7)."""
    steps = [
        step
        for product in plant.products
        for operation in product.operations
        if machine.station in operation.stations
        for step in operation.steps
    ]
    return any(isinstance(step, TimedStep) for step in steps)


@lru_cache(maxsize=8192)
def load_of(machine: MachineSpec, condition: Condition, *, timed: bool) -> Load:
    """Return what *machine* bears in *condition*, friction of its bearings included.

    The torque is what load meter and speed give, up to what the motor can (PHYSICS 4.1).
    With *timed*, the motor has the assumed losses of plain durations, else those of its torque.
    """
    spindle = machine.spindle
    assert spindle is not None, "only a machine with a spindle is followed"
    speed = condition.speed
    if speed < TURNING:
        return Load(coolant=condition.coolant, powered=True)
    share = min(condition.share, 1.0) if timed else condition.share
    # Running up, a meter shows torque, not power: no motor gives more than its envelope.
    power = min(share * spindle.rated_power, speed * torque_envelope(spindle, speed))
    load = Load(
        turning=True,
        speed=speed,
        power=power,
        torque=power / speed,
        torque_limit=inf,
        force=power / spindle.cutting_speed,
        share=share if timed else None,
        coolant=condition.coolant,
        powered=True,
        processing=True,
    )
    return replace(load, heats=tuple(h for b in machine.bearings for h in b.heats(load)))

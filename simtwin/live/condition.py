"""This module holds the condition of a machine as telemetry tells it, and what load it means.

The load is that of the plant's own laws, so a twin and a simulation that see the same spindle
agree: PHYSICS 4.3 for the losses at the torque that load meter and speed give, or the assumed
losses of 5.7 where the plant knows what runs by its duration only. A machine may do both, and
then speed and load meter tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.load import Load
from simtwin.plant.cut import torque_envelope
from simtwin.plant.model import TimedStep
from simtwin.shop.plan import plan_of

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


SAME_SPEED = 0.5
"""A told speed this close to a planned one is that [rad/s]; controls round to 1/min."""
SAME_SHARE = 0.006
"""A told load this close to a planned one is that [-]; load meters round to 1 %."""


class Assumed(NamedTuple):
    """Work of a machine that the plant knows by durations only: losses of PHYSICS 5.7."""

    points: tuple[tuple[float, float], ...]
    """Speed [rad/s] and share of the rated power [-] of every such step."""
    alone: bool
    """Whether it knows nothing else of the machine."""

    def holds(self, condition: Condition) -> bool:
        """Whether the assumed losses of plain durations hold in *condition*.

        >>> mixed = Assumed(((100.0, 0.15),), alone=False)
        >>> mixed.holds(Condition(100.1, 0.15)), mixed.holds(Condition(100.1, 0.3))
        (True, False)
        """
        return (self.alone and bool(self.points)) or any(
            abs(condition.speed - speed) <= SAME_SPEED
            and abs(condition.share - share) <= SAME_SHARE
            for speed, share in self.points
        )


def assumed_work(plant: PlantModel, machine: MachineSpec) -> Assumed:
    """Return what the plant knows by durations only of what *machine* does."""
    spindle, compiled = machine.spindle, plan_of(plant).machines[machine.name]
    assert spindle is not None, "only a machine with a spindle is followed"
    points, alone = set(), True
    for product in plant.products:
        for index, operation in enumerate(product.operations):
            if machine.station not in operation.stations:
                continue
            for place, step in enumerate(operation.steps):
                load = compiled.load(("cut", product.name, index, place, 1.0, 1.0, True))
                if load.turning and isinstance(step, TimedStep):
                    points.add((load.speed, load.power / spindle.rated_power))
                elif load.turning:
                    alone = False
    return Assumed(tuple(sorted(points)), alone)


def load_of(machine: MachineSpec, condition: Condition, *, timed: bool) -> Load:
    """Return what *machine* bears in *condition*, friction of its bearings included.

    The torque is what load meter and speed give, up to what the motor can (PHYSICS 4.1).
    With *timed*, the motor has the assumed losses of plain durations, else those of its torque.
    Beyond the continuous rating a spindle accelerates: it cuts nothing meanwhile.
    """
    spindle = machine.spindle
    assert spindle is not None, "only a machine with a spindle is followed"
    speed = condition.speed
    if speed < TURNING:
        return Load(coolant=condition.coolant, powered=True)
    # Running up, a meter shows torque, not power: no motor gives more than its envelope.
    power = min(condition.share * spindle.rated_power, speed * torque_envelope(spindle, speed))
    faster = condition.share > 1.0
    load = Load(
        turning=True,
        speed=speed,
        power=0.0 if faster else power,
        torque=power / speed,
        torque_limit=inf,
        force=0.0 if faster else power / spindle.cutting_speed,
        spinning_up=power if faster else 0.0,
        share=condition.share if timed and not faster else None,
        coolant=condition.coolant,
        powered=True,
        processing=True,
    )
    return replace(load, heats=tuple(h for b in machine.bearings for h in b.heats(load)))

"""This module holds the state of a machine as a value: all that it needs to go on (KERNEL 15).

Values are frozen structs of msgspec: compared and copied as values, made and read in a third
of the time of named tuples, and changed in one call, whatever the number of their fields.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from simtwin.parts.tool import FRESH

if TYPE_CHECKING:
    from simtwin.parts.tool import Stowed, Wear

KNOWN = inf
"""Work done of a step whose work left somebody has told: nothing of it is open."""

DONE = -1
"""Step of a piece that is finished here and has not left yet."""

ABLE = frozenset({"open", "done"})
"""Phases in which an empty machine may begin a piece."""

CHANGES = frozenset({"change", "refit"})
"""Phases of a tool change; in a refit all edges of the tool are exchanged by hand, too."""

LoadKey = tuple[Any, ...]
"""What a segment is: ("cut", product, operation, step, feed, spindle, coolant), ("run-up",
speed, coolant), ("ready", coolant), ("standby", coolant), or ("program", product, operation,
tool in the spindle, first step, step after the last or -1)."""

READY: LoadKey = ("ready", True)
READY_DRY: LoadKey = ("ready", False)
"""Spindle at rest, with and without coolant."""


Clocks = tuple[float, ...]
"""Three readings: powered and processing [s], completed cycles."""


class Mode(Struct, frozen=True, gc=False):
    """What a machine is doing, as people count it (KERNEL 27)."""

    name: str
    cause: str
    since: float
    job: str = ""
    operation: str = ""


class Work(Struct, frozen=True, gc=False):
    """The piece in the machine and how far it is."""

    job: str
    product: str
    operation: int
    step: int
    """Index of the step in hand, or DONE."""
    left: float | None = None
    """Nominal work left of the step at the anchor [s]; None: not begun."""
    spent: float = 0.0
    """Nominal work of the step done at the anchor [s], what a forecast is conditioned on; KNOWN
    where what is left is known."""


class Lasting(Struct, frozen=True, gc=False):
    """What holds on a machine for a time: an act that will be undone, or what is under it."""

    what: str
    """Field of the setting: feed, spindle, coolant or stopped."""
    value: float | bool
    until: float
    """When it is undone [s]; inf: it is what held before all that will be."""


class Setting(Struct, frozen=True, gc=False):
    """How the machine is set: edge in the spindle, its speed, overrides, cooling."""

    edge: str | None = None
    speed: float = 0.0
    """Nominal speed for which the spindle is turning [rad/s]; 0: at rest."""
    feed: float = 1.0
    spindle: float = 1.0
    coolant: bool = True
    stopped: bool = False
    """Whether an operator has stopped it."""
    family: str | None = None
    """What it is set up for, or is being set up for; None: nothing yet."""
    unset: float = 0.0
    """Work that its setup still needs at the anchor [s]."""
    lasting: tuple[Lasting, ...] = ()
    """Acts that will be undone, in the order in which they began, over what held before."""


UNTOUCHED = Setting()
"""No edge, spindle at rest, nothing overridden."""


def is_as_planned(setting: Setting) -> bool:
    """Tell whether the spindle is at rest and nothing is overridden."""
    return (
        setting.speed == 0.0
        and setting.feed == 1.0
        and setting.spindle == 1.0
        and setting.coolant
        and not setting.stopped
    )


def at_speed(setting: Setting, speed: float) -> Setting:
    """Return *setting* with the spindle turning for *speed* [rad/s]."""
    return structs.replace(setting, speed=speed)


class Fault(Struct, frozen=True, gc=False):
    """Something that waits for repair, or is being repaired."""

    part: str
    cause: str
    since: float
    duration: float | None = None
    """Given by an intervention [s]; None: drawn from the part's repair law."""
    begun: float | None = None
    """When its repair began, time laid down left out [s]; None: it waits."""
    left: float | None = None
    """Repair that is left, where it was laid down [s]; None: it was not begun, or goes on."""
    worked: float = 0.0
    """Repair that was done when it was laid down [s]."""


class MachineState(Struct, frozen=True, gc=False):
    """The machine at its anchor, the instant of its last load change."""

    mode: Mode
    phase: str
    """What the hold is for; names the transition at its planned end."""
    anchor: float
    until: float
    """Planned end of the hold, inf while open."""
    load: LoadKey
    work: Work | None
    setting: Setting
    faults: tuple[Fault, ...]
    magazine: dict[str, Stowed]
    """Edges that are not in the spindle; never changed in place."""
    temperatures: tuple[float, ...]
    """One per node of the spindle's network [degC]."""
    clocks: Clocks
    damages: tuple[float, ...]
    """Of the bearings, in order [-]; hidden."""
    wear: Wear
    """Of the edge in the spindle."""


def new_machine(
    temperatures: tuple[float, ...],
    damages: tuple[float, ...],
    *,
    stopped: bool,
    family: str | None = None,
    feed: float = 1.0,
    spindle: float = 1.0,
) -> MachineState:
    """Return a machine at rest at instant 0, overridden to *feed* and *spindle* (1: 100 %)."""
    return MachineState(
        mode=Mode("idle", "", 0.0),
        phase="open",
        anchor=0.0,
        until=inf,
        load=("ready", True),
        work=None,
        setting=Setting(feed=feed, spindle=spindle, stopped=stopped, family=family),
        faults=(),
        magazine={},
        temperatures=temperatures,
        clocks=(0.0, 0.0, 0.0),
        damages=damages,
        wear=FRESH,
    )

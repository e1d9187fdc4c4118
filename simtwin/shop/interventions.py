"""This module holds the interventions: timed acts of people, from a file or on a branch."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.parts.alarm import Rank, instant, waker
from simtwin.parts.failure import FailureMode
from simtwin.shop import stops, tooling
from simtwin.shop.states import Fault

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.plant.model import Intervention
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class InterventionState(Struct, frozen=True, gc=False):
    """Everything up to and at this instant has been done.

    At a snapshot that is its own instant, so nothing of it is saved, and an act that a branch
    is given for the time before it never happens.
    """

    done_until: float = -1.0


class Interventions:
    """The acts of a scenario as a process: it sleeps until the next one.

    What is still to come is read from the scenario, so a branch may be given other acts: an
    act in the file and the same act on a branch are the same thing.
    """

    __slots__ = ("acts", "alarm", "asleep", "instants", "name", "process", "shop", "state")

    def __init__(
        self, shop: Shop, acts: tuple[Intervention, ...], state: InterventionState
    ) -> None:
        self.name = "interventions"
        self.shop = shop
        self.acts = sorted(acts, key=lambda act: (instant(act.at), natural(act.machine)))
        self.instants = [instant(act.at) for act in self.acts]
        self.state = state
        self.alarm: Alarm | None = None
        self.asleep = shop.env.asleep
        self.process = shop.env.process(self.life())

    @property
    def pending(self) -> bool:
        """Whether an act is still to come."""
        return self.alarm is not None

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Do what is due, sleep until the next act."""
        while True:
            yield self.asleep
            now = self.shop.env.now
            first = bisect_right(self.instants, self.state.done_until)
            due = self.acts[first : bisect_right(self.instants, now)]
            self.state = InterventionState(now)
            for act in due:
                intervene(self.shop.machines[act.machine], act)
            self.arm()

    def arm(self) -> None:
        """Set the alarm of the next act, if one is left."""
        self.alarm = None
        following = bisect_right(self.instants, self.state.done_until)
        if following < len(self.acts):
            self.alarm = self.shop.env.arm(
                self.instants[following],
                Rank.INTERVENTION,
                self.shop.orders[self.name],
                self.name,
                self.acts[following].do,
                waker(self.process),
            )


def intervene(machine: Machine, act: Intervention) -> None:
    """Do one act on one machine, now."""
    machine.note("machine", act.do, "" if act.value is None else str(act.value))
    machine.settle()
    setting = machine.state.setting
    match act.do:
        case "feed override":
            machine.change_load(structs.replace(setting, feed=_percent(act)))
        case "spindle override":
            machine.change_load(structs.replace(setting, spindle=_percent(act)))
        case "coolant off" | "coolant on":
            machine.change_load(structs.replace(setting, coolant=act.do == "coolant on"))
        case "stop":
            stops.halt(machine)
        case "start":
            stops.release(machine)
        case "force tool change":
            tooling.discard(machine, act.value if isinstance(act.value, str) else None)
        case "maintenance":
            stops.maintain(machine, _seconds(act))
        case "breakdown":
            stops.fault(machine, Fault("", "breakdown", machine.now, _seconds(act)))
        case "inspect":
            inspect(machine)


def inspect(machine: Machine) -> None:
    """Look at every part of *machine* that wears to a limit, and go on from what was seen."""
    lives = machine.shop.lives
    visible = [part for part in machine.parts if isinstance(part, FailureMode) and part.visible]
    for mode in sorted(visible, key=lambda mode: natural(mode.name)):
        if lives is not None:
            lives.closing(mode)
        level = mode.look()
        if lives is not None:
            lives.opening(mode)
        machine.note(mode.name, "inspected", f"{level:.4g}")
    if visible:
        machine.watch_again()
        machine.go_on(machine.state.until)
    else:
        machine.note("machine", "nothing to inspect", "")


def _percent(act: Intervention) -> float:
    if not isinstance(act.value, int | float) or not 1.0 <= act.value <= 200.0:
        raise InvalidInput(f"{act.do} must be 1 to 200 % (got {act.value!r})")
    return act.value / 100.0


def _seconds(act: Intervention) -> float:
    if not isinstance(act.value, int | float) or act.value <= 0:
        raise InvalidInput(f"{act.do} needs a positive duration [s] (got {act.value!r})")
    return float(act.value)

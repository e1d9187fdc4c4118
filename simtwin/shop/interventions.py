"""This module holds the interventions: timed acts of people, from a file or on a branch."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.parts.alarm import Rank, instant, waker
from simtwin.parts.failure import FailureMode
from simtwin.plant.acts import SETS, ordered
from simtwin.plant.measures import wrong_override
from simtwin.shop import stops, tooling
from simtwin.shop.states import Fault, Lasting

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.plant.model import Intervention
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class ActsState(Struct, frozen=True, gc=False):
    """What a snapshot keeps of the acts before it: a branch does none of them again.

    An act that a branch is given for an earlier instant never happens; one for the very
    instant that had not been done is done there.
    """

    done: tuple[str, ...] = ()
    """In words, as `in_words` has them, in the order in which they were done."""
    moved: bool = False
    """Whether pieces may have moved at the instant: what is done there now comes after."""


class InterventionState(Struct, frozen=True, gc=False):
    """How many of the acts to come have been done."""

    count: int = 0


class Interventions:
    """The acts of a scenario as a process: it sleeps until the next one.

    What is still to come is read from the scenario, so a branch may be given other acts: an
    act in the file and the same act on a branch are the same thing.
    """

    __slots__ = (
        "acts", "alarm", "asleep", "before", "instants", "name", "process", "shop", "state",
    )  # fmt: skip

    def __init__(
        self, shop: Shop, acts: tuple[Intervention, ...], before: ActsState | None
    ) -> None:
        self.name = "interventions"
        self.shop = shop
        self.before = () if before is None else before.done
        """What had been done when the shop was built, in words."""
        self.acts = ordered(acts)
        if before is not None:
            self.acts = left_of(self.acts, before.done, shop.env.now)
        self.instants = [instant(act.at) for act in self.acts]
        self.state = InterventionState()
        self.alarm: Alarm | None = None
        self.asleep = shop.env.asleep
        self.process = shop.env.begin(self.life())

    @property
    def pending(self) -> bool:
        """Whether an act is still to come."""
        return self.alarm is not None

    @property
    def done(self) -> tuple[str, ...]:
        """All acts that have been done, in words."""
        return (*self.before, *map(in_words, self.acts[: self.state.count]))

    @property
    def to_come(self) -> list[Intervention]:
        """The acts that have not been done yet, in order."""
        return self.acts[self.state.count :]

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Do what is due, sleep until the next act."""
        while True:
            yield self.asleep
            first = self.state.count
            self.state = InterventionState(bisect_right(self.instants, self.shop.env.now))
            for act in self.acts[first : self.state.count]:
                intervene(self.shop.machines[act.machine], act)
            self.arm()

    def arm(self) -> None:
        """Set the alarm of the next act, if one is left."""
        self.alarm = None
        following = self.state.count
        if following < len(self.acts):
            self.alarm = self.shop.env.arm(
                self.instants[following],
                Rank.INTERVENTION,
                self.shop.orders[self.name],
                self.name,
                self.acts[following].do,
                waker(self.process),
            )


def in_words(act: Intervention) -> str:
    """Return what tells *act* from any other.

    >>> from simtwin.plant.model import Intervention
    >>> in_words(Intervention(600.0, "mill-1", "feed override", 80.0))
    'feed override of mill-1 at 600.0 s, 80.0'
    """
    words = f"{act.do} of {act.machine} at {instant(act.at)!r} s"
    if act.value is not None:
        words += f", {act.value}"
    if act.until is not None:
        words += f", until {instant(act.until)!r} s"
    return f"{words}, undone" if act.undoes else words


def left_of(
    acts: Sequence[Intervention], done: tuple[str, ...], now: float
) -> list[Intervention]:
    """Return the *acts* that are to come: those after *now*, those at it that were not *done*.

    The same act may have been done twice at one instant.
    """
    had = Counter(done)
    left = []
    for act in acts:
        at = instant(act.at)
        words = in_words(act) if at == now else ""
        if at == now and had[words] > 0:
            had[words] -= 1
        elif at >= now:
            left.append(act)
    return left


def intervene(machine: Machine, act: Intervention) -> None:
    """Do one act on one machine, now."""
    if act.do in SETS:
        set_to(machine, act)
        return
    machine.note("machine", act.do, "" if act.value is None else str(act.value))
    machine.settle()
    match act.do:
        case "force tool change":
            tooling.discard(machine, act.value if isinstance(act.value, str) else None)
        case "maintenance":
            stops.maintain(machine, _seconds(act))
        case "breakdown":
            stops.fault(machine, Fault("", "breakdown", machine.now, _seconds(act)))
        case "inspect":
            inspect(machine)


def set_to(machine: Machine, act: Intervention) -> None:
    """Set what *act* sets, or put back what holds without the acts that end with it."""
    what, setting = SETS[act.do], machine.state.setting
    now: float | bool = getattr(setting, what)
    mine = tuple(one for one in setting.lasting if one.what == what)
    value, mine = _undone(mine, act, now) if act.undoes else _begun(mine, act, now)
    others = tuple(one for one in setting.lasting if one.what != what)
    lasting = (*others, *mine)
    if act.undoes and value == now:
        setting = structs.replace(setting, lasting=lasting)
        machine.state = structs.replace(machine.state, setting=setting)
        return
    told = round(100.0 * value, 9) if act.undoes else act.value
    machine.note("machine", act.do, "" if act.value is None else str(told))
    machine.settle()
    setting = structs.replace(machine.state.setting, lasting=lasting)
    if what != "stopped":
        machine.change_load(structs.replace(setting, **{what: value}))
        return
    machine.state = structs.replace(machine.state, setting=setting)
    if value:
        stops.halt(machine)
    else:
        stops.release(machine)


def _begun(
    mine: tuple[Lasting, ...], act: Intervention, now: float | bool
) -> tuple[float | bool, tuple[Lasting, ...]]:
    """Return what holds once *act* has begun, and what lasts then; *now* holds before it."""
    what = SETS[act.do]
    value = _percent(act) if what in ("feed", "spindle") else act.do in ("stop", "coolant on")
    if act.until is None:
        return value, ()  # It holds until another act, so nothing is put back under it.
    under = mine or (Lasting(what, now, inf),)
    return value, (*under, Lasting(what, value, instant(act.until)))


def _undone(
    mine: tuple[Lasting, ...], act: Intervention, now: float | bool
) -> tuple[float | bool, tuple[Lasting, ...]]:
    """Return what holds without the acts that end with *act*, and what lasts on."""
    left = tuple(one for one in mine if one.until > instant(act.at))
    if left == mine:
        return now, mine  # Nothing that ends now has begun, or something else has ended it.
    value = left[-1].value if left[0].what != "stopped" else any(a.value for a in left)
    return value, left if len(left) > 1 else ()


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
    lacks = wrong_override(act.value)
    if lacks:
        raise InvalidInput(f"{act.do} needs {lacks}")
    assert isinstance(act.value, int | float)
    return act.value / 100.0


def _seconds(act: Intervention) -> float:
    if not isinstance(act.value, int | float) or act.value <= 0:
        raise InvalidInput(f"{act.do} needs a positive duration [s] (got {act.value!r})")
    return float(act.value)

"""This module holds the stops of a machine: faults and repairs, halts, maintenance, cooling."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.parts.alarm import instant
from simtwin.parts.failure import FailureMode
from simtwin.physics.life import drawn
from simtwin.result.record import STOPPED
from simtwin.shop.states import CHANGES, DONE, Fault

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine

INTERRUPTIBLE = CHANGES | {
    "open", "done", "setup", "unset", "cut", "run-up", "cooling", "off", "pending",
}  # fmt: skip
"""Phases that an operator's stop or planned maintenance may end."""


UNSET = frozenset({"setup", "unset"})
"""Phases of a setup: in hand, or waiting for a setter."""


UPKEEP = frozenset({"pending", "upkeep"})
"""Phases of planned tasks: waiting for somebody, or in hand."""


LINED_UP = frozenset({"waiting", "pending"})
"""Phases in which a machine waits for a crew to come to it."""


def stop(
    machine: Machine, mode: str, cause: str, phase: str, until: float, *, ready: bool = False
) -> None:
    """Leave whatever the machine was doing, spindle at rest, work left kept."""
    state = machine.state
    if state.phase in UNSET and machine.shop.crew.serves("setup"):
        machine.shop.crew.release(machine)
    elif state.phase in UPKEEP and phase not in UPKEEP:
        machine.shop.upkeep.lay_down(machine)
        machine.shop.crew.release(machine)
    setting = state.setting
    edge = setting.edge
    if state.phase in CHANGES:
        edge = None
    if setting.speed != 0.0 or edge != setting.edge:
        setting = structs.replace(setting, speed=0.0, edge=edge)
    key = ("ready" if ready else "standby", setting.coolant)
    machine.enter(mode, cause, phase, until, key, state.work, setting)


def fault(machine: Machine, what: Fault) -> None:
    """Stop for *what* and ask for its repair; while stopped already, wait in line."""
    machine.totals.count("failures")
    machine.note(what.part, "failure", what.cause)
    if machine.state.phase == "maintenance":
        left = machine.state.until - machine.env._now
        machine.note("machine", "maintenance cut short", f"{left:.1f} s left, {what.cause}")
    before = machine.state.faults
    machine.state = structs.replace(machine.state, faults=(*before, what))
    if not before:
        ask_for_repair(machine)


def ask_for_repair(machine: Machine) -> None:
    """Begin the repair of the first fault in line, or wait for the crew to begin it."""
    first = machine.state.faults[0]
    skill = skill_for(machine, first)
    if skill is None:
        repair(machine)
        return
    line_up(machine, first.cause, "waiting")
    machine.shop.crew.ask(machine, first.since, skill)


def line_up(machine: Machine, cause: str, phase: str) -> None:
    """Wait for a crew to come, in the first state by rank that holds meanwhile (KERNEL 27).

    A machine that an operator has stopped is down, off shift it is that, and one that is still
    hot cools down, before it waits.
    """
    if machine.state.setting.stopped:
        stop(machine, "down", STOPPED, phase, inf)
    elif machine.closed:
        stop(machine, "off shift", cause, phase, inf)
    elif is_hot(machine):
        mode = machine.state.mode
        why = mode.cause if mode.name == "thermal hold" else "still hot"
        stop(machine, "thermal hold", why, phase, inf, ready=phase == "pending")
    else:
        stop(machine, "waiting for crew", cause, phase, inf, ready=phase == "pending")


def line_up_again(machine: Machine) -> None:
    """Go on waiting for a crew: what comes before it by rank has begun or ended."""
    machine.settle()
    state = machine.state
    if state.phase == "waiting":
        line_up(machine, state.faults[0].cause, "waiting")
    else:
        line_up(machine, machine.shop.upkeep.awaited(machine), "pending")


def is_hot(machine: Machine) -> bool:
    """Tell whether the spindle has tripped and not cooled below its reset yet."""
    spindle = machine.spindle
    return spindle is not None and spindle.state.tripped


def skill_for(machine: Machine, what: Fault) -> str | None:
    """Return the skill of the crew that must repair *what*; None: it waits for nobody."""
    if what.duration is not None:
        return None
    skill: str | None = machine.shop.parts[what.part].skill
    return skill if skill is not None and machine.shop.crew.serves(skill) else None


def repair(machine: Machine) -> None:
    """Begin the repair of the first fault in line."""
    machine.settle()
    first = machine.state.faults[0]
    seconds = first.duration if first.left is None else first.left
    if seconds is None:
        law = machine.shop.parts[first.part].repair
        assert law is not None, f"{first.part} has no repair"
        seconds = drawn(law, lambda: machine.draw(first.part, "repair"))
    now = machine.env._now
    going = structs.replace(first, begun=now - first.worked, left=None, worked=0.0)
    faults = (going, *machine.state.faults[1:])
    machine.state = structs.replace(machine.state, faults=faults)
    stop(machine, "down", first.cause, "repair", now + instant(seconds))


def lay_down(machine: Machine) -> None:
    """Leave the repair in hand, and wait for the crew to go on with it."""
    machine.settle()
    state, now = machine.state, machine.env._now
    first = state.faults[0]
    assert first.begun is not None, "only a repair that has begun is laid down"
    rest = structs.replace(first, begun=None, left=state.until - now, worked=now - first.begun)
    machine.state = structs.replace(state, faults=(rest, *state.faults[1:]))
    machine.shop.crew.release(machine)
    ask_for_repair(machine)


def repaired(machine: Machine) -> None:
    """Renew the part; repair the next fault in the same stop, or go on."""
    state = machine.state
    done, rest = state.faults[0], state.faults[1:]
    skill = skill_for(machine, done)
    machine.state = structs.replace(state, faults=rest)
    machine.note(done.part, "repaired", done.cause)
    if done.duration is None:
        part = machine.shop.parts[done.part]
        machine.shop.upkeep.repaired(machine, part)
        part.renew()
        machine.watch_again()
        if machine.shop.lives is not None:
            machine.shop.lives.opening(part)
    if rest and skill is not None and skill_for(machine, rest[0]) == skill:
        repair(machine)  # The member who is here goes on with the next fault.
        return
    if skill is not None:
        machine.shop.crew.release(machine)
    if rest:
        ask_for_repair(machine)
    else:
        recover(machine)


def leave_shift(machine: Machine) -> None:
    """Be off shift, whatever is in hand."""
    stop(machine, "off shift", "", "off", inf)


def stays_off(machine: Machine) -> bool:
    """Tell whether it is off shift and does nothing that it would finish then."""
    if not machine.closed or machine.state.setting.stopped:
        return False
    work = machine.state.work
    if work is None or work.step == DONE:
        return True
    return machine.plan.spec.at_shift_end in ("pause", "scrap")


def recover(machine: Machine) -> None:
    """Go on with what a stop has interrupted."""
    state = machine.state
    work, setting = state.work, state.setting
    if stays_off(machine):
        leave_shift(machine)
        machine.shop.touch(machine)
    elif setting.stopped:
        stop(machine, "down", STOPPED, "stopped", inf)
    elif is_hot(machine):
        stop(machine, "thermal hold", "still hot", "cooling", inf, ready=True)
    elif work is None:
        machine.stand("idle", None, setting)
        machine.shop.touch(machine)
    elif work.step == DONE:
        machine.stand("blocked", work, setting)
        machine.shop.touch(machine)
    else:
        machine.next_step(work, setting)


def halt(machine: Machine) -> None:
    """Stop by an operator, until released."""
    state = machine.state
    machine.state = structs.replace(state, setting=structs.replace(state.setting, stopped=True))
    if state.phase in INTERRUPTIBLE:
        recover(machine)
    elif state.phase == "waiting":
        line_up_again(machine)


def release(machine: Machine) -> None:
    """Go on after an operator's stop."""
    state = machine.state
    machine.state = structs.replace(
        state, setting=structs.replace(state.setting, stopped=False)
    )
    if state.phase == "stopped":
        recover(machine)
    elif state.phase == "waiting":
        line_up_again(machine)


def maintain(machine: Machine, seconds: float) -> None:
    """Begin planned maintenance now, unless the machine is already down."""
    phase = machine.state.phase
    if phase in INTERRUPTIBLE or phase == "stopped":
        until = machine.env._now + instant(seconds)
        stop(machine, "maintenance", "planned", "maintenance", until)
    else:
        machine.note("machine", "maintenance skipped", machine.state.mode.name)


def maintained(machine: Machine) -> None:
    """End planned maintenance: every failure mode that has not struck begins a new life."""
    lives = machine.shop.lives
    for part in machine.parts:
        if isinstance(part, FailureMode) and not part.state.failed:
            if lives is not None:
                lives.closing(part)
            part.restart()
            if lives is not None:
                lives.opening(part)
    machine.watch_again()
    machine.note("machine", "maintained", "")
    recover(machine)


def cleared(machine: Machine) -> None:
    """Go on after an overload, at 100 % and with another edge."""
    state = machine.state
    setting = structs.replace(
        state.setting,
        feed=1.0,
        spindle=1.0,
        lasting=tuple(a for a in state.setting.lasting if a.what not in ("feed", "spindle")),
    )
    machine.state = structs.replace(state, setting=setting)
    recover(machine)

"""This module holds the stops of a machine: faults and repairs, halts, maintenance, cooling."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.alarm import instant
from simtwin.parts.failure import FailureMode
from simtwin.shop.states import DONE, Fault

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine

INTERRUPTIBLE = frozenset(
    {"open", "done", "setup", "cut", "run-up", "change", "cooling", "off"}
)
"""Phases that an operator's stop or planned maintenance may end."""


def stop(
    machine: Machine, mode: str, cause: str, phase: str, until: float, *, ready: bool = False
) -> None:
    """Leave whatever the machine was doing, spindle at rest, work left kept."""
    state = machine.state
    setting = state.setting
    edge = setting.edge if state.phase != "change" else None
    if setting.speed != 0.0 or edge != setting.edge:
        setting = setting._replace(speed=0.0, edge=edge)
    key = ("ready" if ready else "standby", setting.coolant)
    machine.enter(mode, cause, phase, until, key, state.work, setting)


def fault(machine: Machine, what: Fault) -> None:
    """Stop for *what* and ask for its repair; while stopped already, wait in line."""
    machine.totals.count("failures")
    machine.note(what.part, "failure", what.cause)
    before = machine.state.faults
    machine.state = machine.state._replace(faults=(*before, what))
    if not before:
        ask_for_repair(machine)


def ask_for_repair(machine: Machine) -> None:
    """Begin the repair of the first fault in line, or wait for the crew to begin it."""
    first = machine.state.faults[0]
    crew = machine.shop.crew
    if crew.members is None or not needs_crew(machine, first):
        repair(machine)
        return
    mode = "off shift" if machine.closed else "waiting for crew"
    stop(machine, mode, first.cause, "waiting", inf)
    crew.ask(machine, first.since)
    machine.shop.call_dispatch()


def needs_crew(machine: Machine, what: Fault) -> bool:
    """Tell whether a member of the crew must repair *what*."""
    if what.duration is not None:
        return False
    return bool(machine.shop.parts[what.part].crew)


def repair(machine: Machine) -> None:
    """Begin the repair of the first fault in line."""
    machine.settle()
    first = machine.state.faults[0]
    seconds = first.duration
    if seconds is None:
        law = machine.shop.parts[first.part].repair
        assert law is not None, f"{first.part} has no repair"
        seconds = law.ppf(machine.draw(first.part, "repair"))
    now = machine.env._now
    faults = (first._replace(begun=now), *machine.state.faults[1:])
    machine.state = machine.state._replace(faults=faults)
    stop(machine, "down", first.cause, "repair", now + instant(seconds))


def repaired(machine: Machine) -> None:
    """Renew the part; repair the next fault in the same stop, or go on."""
    state = machine.state
    done, rest = state.faults[0], state.faults[1:]
    crewed = needs_crew(machine, done)
    machine.state = state._replace(faults=rest)
    machine.note(done.part, "repaired", done.cause)
    if done.duration is None:
        part = machine.shop.parts[done.part]
        part.renew()
        machine.watch_again()
        if machine.shop.lives is not None:
            machine.shop.lives.opening(part)
    if rest and crewed and needs_crew(machine, rest[0]):
        repair(machine)  # The member who is here goes on with the next fault.
        return
    if crewed:
        machine.shop.crew.release(machine)
        machine.shop.call_dispatch()
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
    spindle = machine.spindle
    if stays_off(machine):
        leave_shift(machine)
        machine.shop.touch(machine)
    elif spindle is not None and spindle.state.tripped:
        stop(machine, "thermal hold", "still hot", "cooling", inf, ready=True)
    elif setting.stopped:
        stop(machine, "down", "stopped by operator", "stopped", inf)
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
    machine.state = state._replace(setting=state.setting._replace(stopped=True))
    if state.phase in INTERRUPTIBLE:
        recover(machine)


def release(machine: Machine) -> None:
    """Go on after an operator's stop."""
    state = machine.state
    machine.state = state._replace(setting=state.setting._replace(stopped=False))
    if state.phase == "stopped":
        recover(machine)


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
    machine.state = state._replace(setting=state.setting._replace(feed=1.0, spindle=1.0))
    recover(machine)

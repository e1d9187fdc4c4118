"""This module holds the setup: a machine is made ready for another kind of work.

A machine remembers the family that it is set up for and, until it is, the work that this still
takes. A stop in the midst of it keeps what is left.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.shop.preemption import taken_up
from simtwin.shop.states import Work, at_speed

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine
    from simtwin.shop.states import Setting

SKILL = "setup"
"""Of the crew that sets up, if one does."""


def begin(machine: Machine, job: str, product: str, operation: int) -> bool:
    """Set *machine* up for a piece if it must be; tell whether it must."""
    state, plan = machine.state, machine.plan
    setting = state.setting
    family = plan.family(product, operation)
    if setting.family != family:
        seconds = plan.setup(setting.family, product, operation)
        setting = structs.replace(setting, family=family, unset=seconds)
        machine.state = structs.replace(state, setting=setting)
        if seconds > 0.0:
            machine.totals.count("setups")
    if setting.unset == 0.0:
        return False
    machine.steps = plan.steps(product, operation)
    fresh = Work(job, product, operation, 0)
    go_on(machine, taken_up(machine.shop, job) or fresh, setting)
    return True


def needed(machine: Machine, product: str, operation: int) -> float:
    """Return how long *machine* would be set up for an operation, were it next [s]."""
    if not machine.plan.sets_up:
        return 0.0
    setting = machine.state.setting
    if setting.family == machine.plan.family(product, operation):
        return setting.unset
    return machine.plan.setup(setting.family, product, operation)


def go_on(machine: Machine, work: Work, setting: Setting) -> None:
    """Begin what is left of the setup in hand, spindle at rest, or wait for a setter."""
    if setting.speed != 0.0:
        setting = at_speed(setting, 0.0)
    now, crew = machine.env._now, machine.shop.crew
    if crew.serves(SKILL) and crew.with_(machine) is None:
        lack_setter(machine, work, setting)
        crew.ask(machine, now, SKILL)
        return
    until, key = now + setting.unset, ("ready", setting.coolant)
    machine.enter("setup", setting.family or "", "setup", until, key, work, setting)


def lack_setter(machine: Machine, work: Work, setting: Setting) -> None:
    """Wait for a setter; off shift the machine is that, in standby, before it waits."""
    mode, power = ("off shift", "standby") if machine.closed else ("waiting for crew", "ready")
    machine.enter(mode, "setup", "unset", inf, (power, setting.coolant), work, setting)


def attended(machine: Machine) -> None:
    """Begin the setup, for which somebody has come."""
    machine.settle()
    work = machine.state.work
    assert work is not None, "a setup is for a piece"
    go_on(machine, work, machine.state.setting)


def wait(machine: Machine) -> None:
    """Wait for another setter, whose shift has not ended."""
    machine.settle()
    machine.shop.crew.release(machine)
    attended(machine)


def ended(machine: Machine) -> None:
    """Begin the piece that the machine was set up for, or go on with it."""
    state = machine.state
    work = state.work
    assert work is not None, "a setup is for a piece"
    if machine.shop.crew.serves(SKILL):
        machine.shop.crew.release(machine)
    setting = structs.replace(state.setting, unset=0.0)
    machine.state = structs.replace(state, setting=setting)
    if work.step or work.left is not None:
        machine.next_step(work, setting)
        return
    machine.begin_work(work.job, work.product, work.operation)
    if machine.station.spec.preempt:
        machine.shop.call_dispatch()


def left(machine: Machine, now: float) -> float:
    """Return the work that the setup in hand still needs [s]."""
    state = machine.state
    unset = state.setting.unset
    return unset - (now - state.anchor) if state.phase == "setup" else unset

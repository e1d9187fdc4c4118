"""This module holds the setup: a machine is made ready for another kind of work.

A machine remembers the family that it is set up for and, until it is, the work that this still
takes. A stop in the midst of it keeps what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.shop.states import READY, READY_DRY, Work, at_speed, new

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine
    from simtwin.shop.states import Setting


def begin(machine: Machine, job: str, product: str, operation: int) -> bool:
    """Set *machine* up for a piece if it must be; tell whether it must."""
    state, plan = machine.state, machine.plan
    setting = state.setting
    family = plan.family(product, operation)
    if setting.family != family:
        seconds = plan.setup(setting.family, product, operation)
        setting = setting._replace(family=family, unset=seconds)
        machine.state = state._replace(setting=setting)
        if seconds > 0.0:
            machine.totals.count("setups")
    if setting.unset == 0.0:
        return False
    machine.steps = plan.steps(product, operation)
    go_on(machine, new(Work, (job, product, operation, 0, None, 0.0)), setting)
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
    """Begin what is left of the setup in hand, spindle at rest."""
    if setting.speed != 0.0:
        setting = at_speed(setting, 0.0)
    key = READY if setting.coolant else READY_DRY
    until = machine.env._now + setting.unset
    machine.enter("setup", setting.family or "", "setup", until, key, work, setting)


def ended(machine: Machine) -> None:
    """Begin the piece that the machine was set up for."""
    state = machine.state
    work = state.work
    assert work is not None, "a setup is for a piece"
    machine.state = state._replace(setting=state.setting._replace(unset=0.0))
    machine.begin_work(work.job, work.product, work.operation)


def left(machine: Machine, now: float) -> float:
    """Return the work that the setup in hand still needs [s]."""
    state = machine.state
    unset = state.setting.unset
    return unset - (now - state.anchor) if state.phase == "setup" else unset

"""This module holds the shifts: a calendar as a process that opens and closes machines.

What a machine does when its shift ends is its own: it finishes the piece in hand, pauses, or
scraps it. Nothing begins off shift. A stopped machine that is repaired meanwhile stays off.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.alarm import Rank, instant, waker
from simtwin.shop import setup, stops
from simtwin.shop.states import CHANGES

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.plant.calendar import Hours
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop

AT_WORK = CHANGES | {"setup", "unset", "cut", "run-up", "program"}
"""Phases in which a machine has a piece in hand."""


class Shifts:
    """One calendar as a process: it sleeps until work begins or ends.

    It has no state: whether it is open follows from the time.
    """

    __slots__ = ("alarm", "asleep", "crews", "hours", "machines", "name", "process", "shop")

    def __init__(
        self,
        shop: Shop,
        name: str,
        hours: Hours,
        machines: tuple[Machine, ...],
        crews: tuple[str, ...],
    ) -> None:
        self.name = name
        self.shop = shop
        self.hours = hours
        self.machines = machines
        self.crews = crews
        self.alarm: Alarm | None = None
        self.asleep = shop.env.asleep
        self.process = shop.env.begin(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Open or close, sleep until the next change."""
        while True:
            yield self.asleep
            self.change()
            self.arm()

    def arm(self) -> None:
        """Set the alarm of the next change, if there is one."""
        at = instant(self.hours.next_change(self.shop.env.now))
        self.alarm = None
        if at < inf:
            order = self.shop.orders[self.name]
            self.alarm = self.shop.env.arm(
                at, Rank.CALENDAR, order, self.name, "calendar", waker(self.process)
            )

    def change(self) -> None:
        """Open or close every machine and crew that works by it, as the time says."""
        is_open = self.hours.is_open(self.shop.env.now)
        for machine in self.machines:
            machine.closed = not is_open
            if is_open:
                opened(machine)
            else:
                closed(machine)
        if not is_open:
            for crew in self.crews:
                self.shop.crew.leave(crew)
        self.shop.call_dispatch()


def opened(machine: Machine) -> None:
    """Begin the shift: go on with what the end of the last one has interrupted."""
    state = machine.state
    if state.phase == "off":
        machine.settle()
        stops.recover(machine)
    elif state.phase in stops.LINED_UP:
        stops.line_up_again(machine)
    elif state.phase == "unset":
        wait_on(machine)


def closed(machine: Machine) -> None:
    """End the shift, as the machine does at that."""
    phase, habit = machine.state.phase, machine.plan.spec.at_shift_end
    if phase in ("open", "cooling"):
        machine.settle()
        stops.leave_shift(machine)
    elif phase in stops.LINED_UP:
        stops.line_up_again(machine)
    elif phase in AT_WORK and habit in ("pause", "scrap"):
        machine.settle()
        scraps = habit == "scrap" and machine.state.phase not in stops.UNSET
        while scraps and machine.state.work is not None:  # All that it works on together.
            machine.totals.count("scrap")
            machine.shop.scrap(machine)
        stops.leave_shift(machine)
    elif phase == "unset":
        wait_on(machine)


def wait_on(machine: Machine) -> None:
    """Go on waiting for a setter as the shift begins or ends."""
    machine.settle()
    work = machine.state.work
    assert work is not None, "a setup is for a piece"
    setup.lack_setter(machine, work, machine.state.setting)


def settle_in(machine: Machine) -> None:
    """Have *machine* do what its calendar says, where another one said otherwise before."""
    phase = machine.state.phase
    if phase == "cooling" and not stops.stays_off(machine):
        return  # It was at work after its shift, and goes on with that.
    lined_up = phase in stops.LINED_UP or phase == "unset"
    if not machine.closed:
        if phase == "off" or (lined_up and machine.state.mode.name == "off shift"):
            opened(machine)
    elif not lined_up or machine.state.mode.name not in ("off shift", "down"):
        closed(machine)

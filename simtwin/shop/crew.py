"""This module holds the repair crew: who is busy, and who waits, first come first served."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.names import natural
from simtwin.shop import stops

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class CrewState(NamedTuple):
    """The crew: machines being served, and requests in line."""

    busy: tuple[str, ...] = ()
    waiting: tuple[tuple[float, str], ...] = ()
    """(instant of the request, machine), in the order of service."""


class Crew:
    """The repair crew. None members: a repair never waits."""

    __slots__ = ("members", "name", "shop", "state")

    def __init__(self, shop: Shop, members: int | None, state: CrewState) -> None:
        self.name = "crew"
        self.shop = shop
        self.members = members
        self.state = state

    def ask(self, machine: Machine, since: float) -> None:
        """Put *machine* in line; earlier requests first, then natural order of names."""
        waiting = (*self.state.waiting, (since, machine.name))
        ordered = tuple(sorted(waiting, key=lambda item: (item[0], natural(item[1]))))
        self.state = CrewState(self.state.busy, ordered)

    def release(self, machine: Machine) -> None:
        """Take the member back from *machine*."""
        if self.members is not None:
            busy = tuple(name for name in self.state.busy if name != machine.name)
            self.state = CrewState(busy, self.state.waiting)

    def assign(self) -> None:
        """Send free members to the machines in line."""
        assert self.members is not None, "an unlimited crew has no line"
        while self.state.waiting and len(self.state.busy) < self.members:
            (_, name), *rest = self.state.waiting
            self.state = CrewState((*self.state.busy, name), tuple(rest))
            stops.repair(self.shop.machines[name])

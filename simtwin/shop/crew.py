"""This module holds the crews: who is busy, and who waits, first come first served.

A request names a skill; the first crew that has it, is on shift and has somebody free, comes:
the one of fewest skills before others. What no crew can do at all never waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from simtwin.names import natural
from simtwin.shop import setup, stops

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.calendar import Hours
    from simtwin.plant.model import CrewSpec
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class CrewState(Struct, frozen=True, gc=False):
    """The crews: machines being served, and requests in line."""

    busy: tuple[tuple[str, str], ...] = ()
    """(machine, crew)"""
    waiting: tuple[tuple[float, str, str], ...] = ()
    """(instant of the request, machine, skill), in the order of service."""


class Crew:
    """All crews of the plant."""

    __slots__ = ("crews", "name", "shop", "skills", "state")

    def __init__(self, shop: Shop, crews: Iterable[CrewSpec], state: CrewState) -> None:
        self.name = "crew"
        self.shop = shop
        self.crews = sorted(crews, key=lambda spec: (len(spec.skills), natural(spec.name)))
        self.skills = frozenset(skill for spec in self.crews for skill in spec.skills)
        self.state = state

    def serves(self, skill: str) -> bool:
        """Tell whether work of this *skill* waits for a crew at all."""
        return skill in self.skills

    def ask(self, machine: Machine, since: float, skill: str) -> None:
        """Put *machine* in line; earlier requests first, then natural order of names."""
        waiting = (*self.state.waiting, (since, machine.name, skill))
        ordered = tuple(sorted(waiting, key=lambda item: (item[0], natural(item[1]))))
        self.state = CrewState(self.state.busy, ordered)
        self.shop.call_dispatch()

    def with_(self, machine: Machine) -> CrewSpec | None:
        """Return the crew that is with *machine*, if one is."""
        name = dict(self.state.busy).get(machine.name)
        return next((spec for spec in self.crews if spec.name == name), None)

    def release(self, machine: Machine) -> None:
        """Take back from *machine* whoever is there, and its request."""
        state = self.state
        self.state = CrewState(
            tuple(pair for pair in state.busy if pair[0] != machine.name),
            tuple(item for item in state.waiting if item[1] != machine.name),
        )
        self.shop.call_dispatch()

    def assign(self) -> None:
        """Send whoever is free to the machines in line."""
        for request in self.state.waiting:
            _, name, skill = request
            spec = self._free(skill)
            if spec is None:
                continue
            rest = tuple(item for item in self.state.waiting if item != request)
            self.state = CrewState((*self.state.busy, (name, spec.name)), rest)
            machine = self.shop.machines[name]
            if machine.state.phase == "unset":
                setup.attended(machine)
            elif machine.state.phase == "pending":
                machine.settle()
                self.shop.upkeep.begin(machine)
            else:
                stops.repair(machine)

    def leave(self, crew: str) -> None:
        """End the shift of *crew*: what its members are at waits for them, or for others."""
        for name, whose in self.state.busy:
            if whose == crew:
                machine = self.shop.machines[name]
                if machine.state.phase == "setup":
                    setup.wait(machine)
                elif machine.state.phase == "upkeep":
                    self.shop.upkeep.wait(machine)
                else:
                    stops.lay_down(machine)

    def free(self) -> dict[str, int]:
        """Return how many of each crew are on shift and free now."""
        now = self.shop.env.now
        busy = [crew for _, crew in self.state.busy]
        return {
            spec.name: (spec.members - busy.count(spec.name)) if self._hours(spec, now) else 0
            for spec in self.crews
        }

    def _free(self, skill: str) -> CrewSpec | None:
        """Return a crew on shift that has the *skill* and somebody free."""
        now = self.shop.env.now
        for spec in self.crews:
            if skill in spec.skills and self._hours(spec, now):
                busy = sum(crew == spec.name for _, crew in self.state.busy)
                if busy < spec.members:
                    return spec
        return None

    def _hours(self, spec: CrewSpec, now: float) -> bool:
        hours: Hours | None = self.shop.hours.get(spec.calendar) if spec.calendar else None
        return hours is None or hours.is_open(now)

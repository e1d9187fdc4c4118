"""This module holds the pace of shifts: when work is done at best that needs somebody there."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from simtwin.plant.calendar import Hours
from simtwin.plant.setups import setup_times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.capacity import Capacity
    from simtwin.plant.model import MachineSpec, PlantModel


@dataclass(frozen=True, slots=True)
class ShiftPace:
    """Work of machines that follow one calendar, and may finish a piece after each end."""

    hours: Hours
    overhang: float = 0.0
    """Longest piece that may be finished after the end of a shift [s]."""

    def done(self, begin: float, work: float) -> float:
        """Return when *work* [s] that begins at *begin* can be done first [s]; inf: never.

        >>> from simtwin.plant.calendar import CalendarSpec
        >>> early = CalendarSpec("early", (((6 * 3600.0, 14 * 3600.0),),) * 7)
        >>> pace = ShiftPace(Hours(early, "2026-01-05T06:00:00"))
        >>> pace.done(0.0, 8 * 3600.0) / 3600.0, pace.done(0.0, 9 * 3600.0) / 3600.0
        (8.0, 25.0)
        """
        at, left = begin, work
        while left > 0.0:
            if not self.hours.is_open(at):
                at = self.hours.next_change(at)
            if at == inf:
                return inf
            close = self.hours.next_change(at)
            if left <= close - at + self.overhang:
                return at + left
            left -= close - at + self.overhang
            at = close
        return at

    def closings(self, until: float) -> int:
        """Return how many shifts, or parts of them, end from instant 0 to before *until*."""
        at, count = 0.0, 0
        while (at := self.hours.next_change(at)) < until:
            count += not self.hours.is_open(at)
        return count


class ShiftPaces:
    """The paces of the stations of a plant, where all their machines have the same."""

    def __init__(self, model: PlantModel, start: str, found: Capacity) -> None:
        self._hours = {spec.name: Hours(spec, start) for spec in model.calendars}
        self._members: dict[str, list[MachineSpec]] = {}
        for machine in model.machines:
            self._members.setdefault(machine.station, []).append(machine)
        self._longest = _longest(model, found)

    def of(self, stations: Iterable[str]) -> ShiftPace | None:
        """Return the pace of all machines of *stations*; None: day and night, or not one."""
        names = tuple(stations)
        machines = [machine for name in names for machine in self._members[name]]
        calendars = {machine.calendar for machine in machines}
        if len(calendars) != 1 or None in calendars:
            return None
        finishing = any(machine.at_shift_end == "finish" for machine in machines)
        longest = max((self._longest.get(name, 0.0) for name in names), default=0.0)
        return ShiftPace(self._hours[str(calendars.pop())], longest if finishing else 0.0)

    def done(self, stations: Iterable[str], begin: float, work: float) -> float:
        """Return when *work* at *stations* can be done first, or as if they never closed [s].

        The second where they follow several calendars, or theirs never opens again.
        """
        pace = self.of(stations)
        at = begin + work if pace is None else pace.done(begin, work)
        return at if at < inf else begin + work


def overhangs(model: PlantModel, start: str, found: Capacity, until: float) -> dict[str, float]:
    """Return the time in which each station may finish pieces after shifts [s]."""
    hours = {spec.name: Hours(spec, start) for spec in model.calendars}
    longest = _longest(model, found)
    more = dict.fromkeys((station.name for station in model.stations), 0.0)
    for machine in model.machines:
        if machine.calendar is not None and machine.at_shift_end == "finish":
            pace = ShiftPace(hours[machine.calendar])
            more[machine.station] += pace.closings(until) * longest.get(machine.station, 0.0)
    return more


def _longest(model: PlantModel, found: Capacity) -> dict[str, float]:
    """Return the mean time of the longest piece or batch of each station, with its setup."""
    products = {product.name: product for product in model.products}
    longest: dict[str, float] = {}
    for flow in found.flows:
        setup = max(setup_times(model, products[flow.product], flow.operation))
        whole = flow.taken.service.mean * flow.together + setup
        longest[flow.station] = max(longest.get(flow.station, 0.0), whole)
    return longest

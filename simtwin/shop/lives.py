"""This module holds the lives: how much hazard each part of a shop has met, what struck first.

A look-ahead asks for it (`Shop.lives`); other runs keep none. It only listens: processes tell
it what ends a life, and it reads meters without moving them. The hazard that a part has met
until it first fails is the compensator of that failure, so both have the same mean, and a
look-ahead averages hazards instead of counting failures (STATISTICS 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.names import natural
from simtwin.parts.bearing import Bearing
from simtwin.parts.failure import FailureMode
from simtwin.result.foresight import BREAKAGE, FAILURE, OVERLOAD, REFIT, TRIP, Risk
from simtwin.shop.exposure import BearingScale, BreakScale, Exposure, ModeScale
from simtwin.shop.present import Present, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.parts.part import Part
    from simtwin.shop.exposure import Lasting, Scale
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop

Row = tuple[float, ...]
"""One number per risk."""


class Met(NamedTuple):
    """Hazard met by each risk until now, or until something struck first."""

    by_part: Row
    """Until the risk itself struck."""
    by_machine: Row
    """Until the first of its kind struck on its machine."""
    by_plant: Row
    """Until the first of its kind struck anywhere."""


class Lives:
    """What every part with a hazard has met since now, and when anything struck first."""

    __slots__ = ("_exposures", "_index", "_machines", "_plant", "_shown", "firsts", "shop")

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        pairs = [
            Exposure(machine, risk, scale)
            for machine in shop.machines.values()
            for risk, scale in risks_of(machine)
        ]
        self._exposures = tuple(sorted(pairs, key=lambda one: natural(one.risk.part)))
        self._index = {
            (one.risk.part, one.risk.kind): index for index, one in enumerate(self._exposures)
        }
        self._machines: dict[tuple[str, str], Row] = {}
        """(machine, kind) -> what all had met when the first of them struck."""
        self._plant: dict[str, Row] = {}
        """The same for the first of a kind in the plant."""
        self.firsts: dict[Risk, float] = {}
        """When each risk, and each event without a hazard, struck first [s]."""
        self._shown: dict[str, Present] = {}
        for one in self._exposures:
            one.open(self._look(one.machine))

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Everything that has a hazard, in the order of all rows."""
        return tuple(one.risk for one in self._exposures)

    @property
    def laws(self) -> tuple[Lasting, ...]:
        """Of the life of each risk over its age."""
        return tuple(one.scale.law for one in self._exposures)

    # -- what processes tell -----------------------------------------------------------------

    def failed(self, part: Part) -> None:
        """Note that *part* fails now."""
        self._strike(self._index[part.name, FAILURE])

    def broke(self, machine: Machine, tool: str) -> None:
        """Note that an edge of *tool* breaks now; the others live on."""
        index = self._index[f"{machine.name}/{tool}", BREAKAGE]
        self._strike(index)
        self._exposures[index].open(self._look(machine))

    def tripped(self, machine: Machine, cause: str) -> None:
        """Note a thermal trip."""
        self._first(Risk(machine.name, f"{machine.name}/spindle", cause, TRIP))

    def stalled(self, machine: Machine, tool: str) -> None:
        """Note a cut above the torque of the spindle."""
        self._first(Risk(machine.name, f"{machine.name}/spindle", tool, OVERLOAD))

    def used_up(self, machine: Machine, tool: str) -> None:
        """Note that the exchange by hand of all edges of *tool* begins."""
        self._first(Risk(machine.name, f"{machine.name}/{tool}", "edges used up", REFIT))

    def refitted(self, machine: Machine, tool: str, hazard: float) -> None:
        """Note that all edges of *tool*, which have met *hazard*, are new now."""
        index = self._index.get((f"{machine.name}/{tool}", BREAKAGE))
        if index is not None:
            self._exposures[index].shift(hazard)

    def closing(self, part: Part) -> None:
        """Note that the life of *part* is about to be ended, not by a failure."""
        index = self._index.get((part.name, FAILURE))
        if index is not None:
            one = self._exposures[index]
            one.close(self._look(one.machine))

    def opening(self, part: Part) -> None:
        """Note that *part* has begun another life."""
        index = self._index.get((part.name, FAILURE))
        if index is not None:
            one = self._exposures[index]
            one.open(self._look(one.machine))

    # -- what is read ------------------------------------------------------------------------

    def met(self) -> Met:
        """Return what each risk has met, up to the first strike that it shares."""
        row = self._row()
        parts = [
            now if one.until_first is None else one.until_first
            for one, now in zip(self._exposures, row, strict=True)
        ]
        machines = [
            self._machines.get((one.risk.machine, one.risk.kind), row)[index]
            for index, one in enumerate(self._exposures)
        ]
        plant = [
            self._plant.get(one.risk.kind, row)[index]
            for index, one in enumerate(self._exposures)
        ]
        return Met(tuple(parts), tuple(machines), tuple(plant))

    @property
    def total(self) -> Row:
        """Hazard met over all lives, those after repairs too: strikes to be expected [-]."""
        return self._row()

    @property
    def strikes(self) -> tuple[int, ...]:
        """How often each risk has struck."""
        return tuple(one.strikes for one in self._exposures)

    @property
    def worn(self) -> Row:
        """How far each has aged over all its lives [s, cycles, or damage]."""
        return tuple(one.worn(self._look(one.machine)) for one in self._exposures)

    @property
    def ages(self) -> Row:
        """Age or damage of each that lives; 0 for what waits for its repair."""
        return tuple(
            one.scale.age(self._look(one.machine)) if one.scale.lives else 0.0
            for one in self._exposures
        )

    def _row(self, struck: Exposure | None = None) -> Row:
        """Return what each has met; what is asked after *struck* has not met this cycle yet."""
        return tuple(
            one.met(self._look(one.machine), less=1.0 if _comes_later(one, struck) else 0.0)
            for one in self._exposures
        )

    def _look(self, machine: Machine) -> Present:
        """Return what the meters of *machine* show now, looked up once an instant and state."""
        shown = self._shown.get(machine.name)
        if shown is None or shown.time != self.shop.env.now or shown.state is not machine.state:
            shown = self._shown[machine.name] = present(machine)
        return shown

    def _strike(self, index: int) -> None:
        one = self._exposures[index]
        risk = one.risk
        one.strike(self._look(one.machine))
        self._first(risk)
        if (risk.machine, risk.kind) not in self._machines:
            row = self._machines[risk.machine, risk.kind] = self._row(one)
            self._plant.setdefault(risk.kind, row)

    def _first(self, risk: Risk) -> None:
        self.firsts.setdefault(risk, self.shop.env.now)


def risks_of(machine: Machine) -> Iterator[tuple[Risk, Scale]]:
    """Yield everything in *machine* that has a hazard, and what it grows old by."""
    place = 0
    for part in machine.parts:
        if isinstance(part, FailureMode):
            yield Risk(machine.name, part.name, part.spec.name, FAILURE), ModeScale(part)
        elif isinstance(part, Bearing):
            cause = part.name.rpartition("/")[2]
            yield Risk(machine.name, part.name, cause, FAILURE), BearingScale(part, place)
            place += 1
    for slot in machine.plan.spec.magazine:
        if machine.plan.tools[slot.tool].break_rate > 0.0:
            part_name = f"{machine.name}/{slot.tool}"
            yield Risk(machine.name, part_name, "breakage", BREAKAGE), BreakScale(slot.tool)


def _comes_later(one: Exposure, struck: Exposure | None) -> bool:
    """Tell whether *one* is asked after *struck* at the end of the same cycle."""
    if struck is None or one is struck or one.machine is not struck.machine:
        return False
    if not (_counts(one) and _counts(struck)):
        return False
    order = [mode.name for mode in one.machine.cycle_modes]
    return order.index(one.risk.part) > order.index(struck.risk.part)


def _counts(one: Exposure) -> bool:
    return isinstance(one.scale, ModeScale) and one.scale.counts

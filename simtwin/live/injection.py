"""This module holds what goes wrong in an emulated plant, at an instant, through the kernel.

Nothing is bent in the readings. A coolant failure is an act on the machine; a change of
friction is another plant, onto which the run goes on from its snapshot (KERNEL 19).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.model import Intervention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.record import StateRow
    from simtwin.result.result import Result
    from simtwin.shop.reading import Reading


@dataclass(frozen=True, slots=True)
class CoolantFailure:
    """The spindle of *machine* is cooled no longer, from *at* [s] on."""

    at: float
    machine: str


@dataclass(frozen=True, slots=True)
class FrictionChange:
    """From *at* [s] on all bearings of *machine* have *factor* times their friction."""

    at: float
    machine: str
    factor: float


Injection = CoolantFailure | FrictionChange


@dataclass(frozen=True, slots=True)
class Stretch:
    """One run of the plant as it was from *begin* [s] on."""

    begin: float
    run: Result


@dataclass(frozen=True, slots=True)
class Lived:
    """What an emulated plant went through: one run, or one after each change of the plant."""

    stretches: tuple[Stretch, ...]

    @property
    def end(self) -> float:
        """Instant at which it stopped [s]."""
        return self.stretches[-1].run.end

    @property
    def start(self) -> str:
        """The date and time of second 0."""
        start: str = self.stretches[0].run.scenario.start
        return start

    @property
    def machines(self) -> tuple[str, ...]:
        """All machines, in the order of the plant."""
        return tuple(spec.name for spec in self.stretches[0].run.plant.machines)

    def at(self, machine: str, time: float) -> Reading | None:
        """Return the physics of *machine* at *time* [s]; None before its first load change."""
        for stretch in reversed(self.stretches):
            if stretch.begin <= time:
                log = stretch.run.log
                assert log is not None, "an emulated plant keeps its log"
                reading: Reading | None = log.history[machine].at(time)
                if reading is not None:
                    return reading
        return None


class Modes:
    """The modes of one machine in time, for asking again and again."""

    __slots__ = ("_begins", "_rows")

    def __init__(self, lived: Lived, machine: str) -> None:
        from simtwin.result.machine_states import state_rows

        self._rows: list[StateRow] = []
        for stretch, end in zip(
            lived.stretches,
            [*(later.begin for later in lived.stretches[1:]), lived.end],
            strict=True,
        ):
            log = stretch.run.log
            assert log is not None, "an emulated plant keeps its log"
            self._rows += [
                row
                for row in state_rows(stretch.run, log)
                if row.machine == machine and row.start < end and row.end > stretch.begin
            ]
        self._rows.sort(key=lambda row: (row.start, row.end))
        self._begins = [row.start for row in self._rows]

    def at(self, time: float) -> str:
        """Return the mode at *time* [s]; "idle" where nothing is recorded."""
        index = bisect_right(self._begins, time) - 1
        return self._rows[index].mode if index >= 0 else "idle"


def live(
    plant: PlantModel,
    scenario: Scenario,
    injections: Sequence[Injection] = (),
    *,
    seed: int,
    until: float | None = None,
) -> Lived:
    """Run *scenario* on *plant*, with what is injected at its instants, and keep all of it."""
    end = until if until is not None else scenario.horizon
    _check(plant, injections, inf if end is None else end)
    failures = [
        Intervention(one.at, one.machine, "coolant off")
        for one in injections
        if isinstance(one, CoolantFailure)
    ]
    acts = tuple(sorted([*scenario.interventions, *failures], key=lambda act: act.at))
    asked = replace(scenario, interventions=acts)
    changes = sorted(
        (one for one in injections if isinstance(one, FrictionChange)), key=lambda one: one.at
    )
    first = changes[0].at if changes else until
    run = simulate(plant, asked, seed=seed, until=first)
    stretches = [Stretch(0.0, run)]
    for number, change in enumerate(changes):
        last = number + 1 == len(changes)
        run = simulate(
            with_friction(run.plant, change.machine, change.factor),
            run.scenario,
            seed=seed,
            until=until if last else changes[number + 1].at,
            snapshot=run.snapshot,
        )
        stretches.append(Stretch(change.at, run))
    return Lived(tuple(stretches))


def with_friction(plant: PlantModel, machine: str, factor: float) -> PlantModel:
    """Return *plant* with *factor* times the friction of all bearings of *machine*."""
    (spec,) = (one for one in plant.machines if one.name == machine)
    return plant.with_changes(
        {
            f"machines.{machine}.bearings.{bearing.name}.{name}": factor
            * getattr(bearing, name)
            for bearing in spec.bearings
            for name in ("f0", "f1")
        }
    )


def _check(plant: PlantModel, injections: Sequence[Injection], end: float) -> None:
    """Refuse what names no such thing, or would not happen before the *end* [s]."""
    specs = {spec.name: spec for spec in plant.machines}
    for one in injections:
        if one.machine not in specs:
            raise InvalidInput(
                f"no machine is called {one.machine!r}; there are {', '.join(specs)}"
            )
        if one.at <= 0.0:
            raise InvalidInput(f"{one.machine}: must be after the start (got {one.at:g} s)")
        if one.at >= end:
            raise InvalidInput(
                f"{one.machine}: what goes wrong at {one.at:g} s never does, for the emulation "
                f"ends at {end:g} s"
            )
        if isinstance(one, CoolantFailure) and specs[one.machine].spindle is None:
            raise InvalidInput(f"{one.machine}: has no spindle that coolant could fail")
        if isinstance(one, FrictionChange):
            if not specs[one.machine].bearings:
                raise InvalidInput(
                    f"{one.machine}: has no bearings whose friction could change"
                )
            if not 0.1 <= one.factor <= 10.0:
                raise InvalidInput(
                    f"{one.machine}: friction must be 0.1 to 10 times its own "
                    f"(got {one.factor:g})"
                )

"""This module holds the result of one run: its figures, its frames, its story."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result import chain, frames, machine_states, reason
from simtwin.result.assumed import assumed
from simtwin.result.hours import hours_of
from simtwin.result.kpi import Kpi, MachineKpis, machine_kpis, plant_kpis
from simtwin.result.moment import moment, seconds_of
from simtwin.units import TICKS

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.hours import Hours, Waits
    from simtwin.result.kpi import Window
    from simtwin.result.record import Log
    from simtwin.result.snapshot import Snapshot


@dataclass(frozen=True, repr=False)
class Result:
    """One observation of a scenario on a plant, without an interval.

    Times are seconds since the start of the scenario; `at` and `why` also take clock times.
    """

    plant: Any
    scenario: Any
    seed: int
    replication: int
    window: Window
    snapshot: Snapshot
    log: Log | None
    provenance: dict[str, Any] = field(default_factory=dict)
    drawn: bool = True
    """Whether anything in it was drawn: luck, or a number that is uncertain.

    False says more than that this run had no luck: a run is a function of its files and of
    what is drawn, and two runs of the same files are the same up to the first draw. Where one
    run has none, no run of any seed has.
    """
    partial: bool = False
    """Whether it was ended before its time: what is here is what there was until then."""
    waits: Waits | None = field(default=None, compare=False)
    """When machines waited; None in a run that was opened, whose hours stand in `window`."""

    @property
    def end(self) -> float:
        """Instant at which the run stopped [s]."""
        return self.window.end

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it."""
        return assumed(self.plant, self.scenario)

    @cached_property
    def hours(self) -> Hours | None:
        """How busy the machines were in each clock hour, and who bound them; None: not kept."""
        return self.window.hours if self.waits is None else hours_of(self.waits)

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """The key figures of the plant, by name."""
        return plant_kpis(self.window)

    @cached_property
    def machines(self) -> dict[str, MachineKpis]:
        """The figures of each machine, by name."""
        return {
            name: machine_kpis(name, totals) for name, totals in self.window.machines.items()
        }

    def frame(self, name: str, every: float | str | None = None) -> pd.DataFrame:
        """Return one table of the run.

        *name* is states, operations, temperatures, wear, orders, energy, events (a rush order
        is of no machine), queues, machines, stations, hours (how busy each machine was in each
        clock hour), bottleneck (which station bound in it), damage (what wore each part) or
        downtime (what stopped each machine); *every* [s, or "1 min"] samples temperatures and
        wear (of every edge, also in the magazine, and whether it is in use, worn, broken or set
        aside until its refit), two million readings of a machine at most, and is refused of
        other tables. A run that goes on
        from a snapshot tells what has been since: a piece that was in work then starts in
        operations where the record begins, as one does that the scenario begins with.
        """
        return frames.frame(self, name, every)

    def at(self, time: float | str) -> dict[str, dict[str, Any]]:
        """Return every machine's state and physics at *time* ([s], or a clock time "10:30").

        A change at that very instant counts as made. All machines have the same keys: what one
        does not have is None, such as temperatures without a spindle, and all of physics where
        only time passes (without bearings `bearing_damage` is empty). Before its snapshot a run
        that goes on from one tells nothing; asked, `at`, `why` and `chain` raise InvalidInput.
        """
        log, seconds = self._log(), self._recorded(time)
        rows = machine_states.standing(self, log)
        return {
            machine.name: frames.machine_at(self, rows, machine, seconds)
            for machine in self.plant.machines
        }

    def why(self, machine: str, time: float | str) -> str:
        """Return in words why *machine* was in its state at *time*, back to the first cause."""
        log, seconds = self._log(), self._recorded(time)
        self._known(machine)
        return reason.why(self, log, machine, seconds)

    def chain(
        self,
        machine: str | None = None,
        time: float | str | None = None,
        *,
        order: str | None = None,
    ) -> chain.Chain:
        """Return the events that led to the stop of *machine* at *time*, and what came of it.

        Without a *time*: its first unplanned stop. Or what made an *order* late.
        """
        if order is not None and machine is None and time is None:
            return chain.chain_of_order(self, self._log(), order)
        if machine is None or order is not None:
            raise InvalidInput("a chain is asked of one machine, or of one order")
        self._known(machine)
        log, seconds = self._log(), None if time is None else self._recorded(time)
        return chain.chain_of_machine(self, log, machine, seconds)

    def _known(self, machine: str) -> None:
        names = [spec.name for spec in self.plant.machines]
        if machine not in names:
            raise InvalidInput(
                f"no machine is called {machine!r}; there are {', '.join(names)}"
            )

    def seconds(self, time: float | str) -> float:
        """Return *time* as seconds since the start of the scenario.

        Raises InvalidInput when it is no time, or outside the run.
        """
        value = seconds_of(time, self.scenario.start)
        if not 0.0 <= value <= self.end < inf:
            raise InvalidInput(
                f"{time!r} is {value:.6g} s after the start; the run goes from 0 to "
                f"{self.end:.6g} s"
            )
        return value

    def _recorded(self, time: float | str) -> float:
        """Return *time* as `seconds` does; raise InvalidInput where the log is silent."""
        seconds, began = self.seconds(time), self._began
        # The snapshot was taken at the first tick from there on.
        if seconds <= began - 1.0 / TICKS:
            raise InvalidInput(
                f"{time!r} is {seconds:.6g} s after the start; this run goes on from a "
                f"snapshot and can be read from {moment(self.scenario.start, began)} "
                f"({began:.6g} s) on"
            )
        return seconds

    @cached_property
    def _began(self) -> float:
        return frames.began(self)

    def __repr__(self) -> str:
        return (
            f"Result({self.scenario.name!r} on {self.plant.name!r}, one run, seed {self.seed}, "
            f"replication {self.replication}, to {self.end:.6g} s)"
        )

    def _log(self) -> Log:
        if self.log is None:
            raise InvalidInput("this run kept no log; simulate it with history=True")
        return self.log

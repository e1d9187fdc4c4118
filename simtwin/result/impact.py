"""This module holds the impact: what a breakdown costs, by runs with it and without."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result import estimate, pairing
from simtwin.result.assumed import assumed
from simtwin.result.ensemble import random
from simtwin.result.estimate import Estimate
from simtwin.result.kpi import Kpi
from simtwin.result.metric import FIGURES
from simtwin.result.moment import long, moment
from simtwin.result.record import INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simtwin.result.ensemble import Outcome
    from simtwin.result.record import StateRow
    from simtwin.result.starvation import Clock, Stood

STOOD: tuple[Stood, ...] = ("starved", "blocked")

TABLES = ("machines", "kpis")


@dataclass(frozen=True, slots=True)
class Pair:
    """One replication without the breakdown and with it, on the same luck."""

    replication: int
    without: Outcome
    struck: Outcome
    longer: dict[str, tuple[float, ...]]
    """Machine -> time more in each mode with the breakdown [s], in the order of MODES."""
    firsts: dict[Stood, dict[str, float]]
    """Starved or blocked -> machine -> first instant at which it is so by the breakdown [s]."""
    clocks: tuple[Clock, ...]
    """The same by hand, for neighbours of the machine."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a breakdown reaches another machine; one observation where there is one replication.

    Instants are means of the replications that they are of [s].
    """

    machine: str
    state: Stood
    share: Estimate | float
    """Of replications in which it is starved or blocked by the breakdown [-]."""
    first: Estimate | float | None
    """When first; None where that is in no replication, or in one of several."""
    clock: Estimate | float | None
    """When the starvation clock says; None where no clock is told (`shop.neighbours`)."""


@dataclass(frozen=True, repr=False)
class Impact:
    """What a breakdown of *machine* costs: paired differences, and whom it reaches when.

    From two replications on, numbers are Estimates; one replication is an observation.
    """

    plant: Any
    scenario: Any
    """Without the breakdown."""
    machine: str
    at: float
    """[s]"""
    duration: float
    """Of the repair [s]; the machine is down for longer where it was down already."""
    seed: int
    asked: int
    """Replications asked for."""
    pairs: tuple[Pair, ...]
    partial: bool = False
    provenance: dict[str, Any] = field(default_factory=dict)
    """What the numbers can be reproduced from."""

    def __repr__(self) -> str:
        return f"Impact({self.sentence})"

    @property
    def n(self) -> int:
        """Replications that are complete."""
        return len(self.pairs)

    @property
    def drawn(self) -> bool:
        """Whether what it costs depends on chance; if not, one replication says it all."""
        return random([p.without for p in self.pairs]) or random([p.struck for p in self.pairs])

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it."""
        return assumed(self.plant, self.scenario)

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """By how much the breakdown changes each key figure: with it less without.

        A figure that some replication does not have is left out.
        """
        told = {}
        for name, (unit, _) in FIGURES.items():
            struck = [pair.struck.kpis.get(name, nan) for pair in self.pairs]
            without = [pair.without.kpis.get(name, nan) for pair in self.pairs]
            if all(map(isfinite, (*struck, *without))):
                told[name] = Kpi(_difference(struck, without), unit, "with it less without")
        return told

    @cached_property
    def lost_pieces(self) -> Estimate | float:
        """Good pieces that the breakdown costs by the end of the run."""
        return _difference(
            [pair.without.kpis["good_pieces"] for pair in self.pairs],
            [pair.struck.kpis["good_pieces"] for pair in self.pairs],
        )

    @cached_property
    def late_orders(self) -> Estimate | float:
        """Orders that are late by the breakdown, less those that are not late by it."""
        return _difference(
            [_late(pair.struck) for pair in self.pairs],
            [_late(pair.without) for pair in self.pairs],
        )

    def longer(self, machine: str, mode: str) -> Estimate | float:
        """Return how much longer *machine* is in *mode* for the breakdown [s]."""
        self._known(machine)
        if mode not in INDEX:
            raise InvalidInput(f"no mode is called {mode!r}; there are {', '.join(INDEX)}")
        return _mean([pair.longer[machine][INDEX[mode]] for pair in self.pairs])

    def lost(self, machine: str) -> Estimate | float:
        """Return the producing time that *machine* loses for the breakdown [s]."""
        self._known(machine)
        return _mean([-pair.longer[machine][INDEX["producing"]] for pair in self.pairs])

    @cached_property
    def reached(self) -> tuple[Reach, ...]:
        """Machines that are starved or blocked by the breakdown, the first one first.

        Those for which a clock is told stand here too, even where the stop never comes so far.
        """
        found = []
        for state in STOOD:
            names = {name for pair in self.pairs for name in pair.firsts[state]}
            names |= {c.machine for pair in self.pairs for c in pair.clocks if c.state == state}
            found += [self._reach(name, state) for name in sorted(names)]
        return tuple(sorted(found, key=lambda reach: (_value(reach.first), reach.machine)))

    def reach(self, machine: str, state: Stood = "starved") -> Reach:
        """Return when and how often *machine* is starved or blocked by the breakdown."""
        self._known(machine)
        if state not in STOOD:
            raise InvalidInput(f"state must be starved or blocked (got {state!r})")
        return self._reach(machine, state)

    @cached_property
    def sentence(self) -> str:
        """What it costs and whom it reaches when, in words."""
        start = self.scenario.start
        parts = [
            f"{self.machine} down for {long(self.duration)} at {moment(start, self.at)} costs "
            f"{_told(self.lost_pieces, 'good pieces')}"
        ]
        if self.scenario.orders:
            parts[0] += f" and makes {_told(self.late_orders, 'more orders late')}"
            parts[0] += " by the end of the run" if self._leaves_open else ""
        for state, verb in (("starved", "starves"), ("blocked", "blocks")):
            told = [r for r in self.reached if r.state == state and r.first is not None]
            parts += [f"{told[0].machine} {verb} first, {self._when(told[0])}"] if told else []
        if len(parts) == 1:
            parts.append("no other machine is starved or blocked by it")
        how = "one run, no interval" if self.n == 1 else f"{self.n} replications"
        return f"{'; '.join(parts)} ({how}{', partial' if self.partial else ''})"

    @property
    def _leaves_open(self) -> bool:
        """Whether some run ends with an order open that is due later."""
        runs = (one for pair in self.pairs for one in (pair.struck, pair.without))
        return any(row.is_open(one.end) for one in runs for row in one.orders)

    def frame(self, name: str = "machines") -> pd.DataFrame:
        """Return a line for each machine, or each of the "kpis", with the difference."""
        import pandas as pd

        if name == "kpis":
            rows = [
                {"kpi": kpi, "unit": told.unit, **_cells("difference", told.value)}
                for kpi, told in self.kpis.items()
            ]
        elif name == "machines":
            rows = [self._row(spec.name) for spec in self.plant.machines]
        else:
            raise InvalidInput(f"no table {name!r}; there are {', '.join(TABLES)}")
        return pd.DataFrame(rows)

    def _reach(self, machine: str, state: Stood) -> Reach:
        firsts = [pair.firsts[state].get(machine, inf) for pair in self.pairs]
        times = [first for first in firsts if first < inf]
        clocks = [
            told.at
            for pair in self.pairs
            for told in pair.clocks
            if (told.machine, told.state) == (machine, state)
        ]
        share = (
            float(len(times))
            if self.n == 1
            else estimate.chance(len(times), self.n, drawn=self.drawn)
        )
        return Reach(machine, state, share, self._instant(times), self._instant(clocks))

    def _instant(self, times: Sequence[float]) -> Estimate | float | None:
        """Return the mean of *times*; a single one of several replications is no estimate."""
        if len(times) >= 2:
            return estimate.mean(times)
        return times[0] if times and self.n == 1 else None

    def _when(self, reach: Reach) -> str:
        """Return when a machine is reached, as a clock time and by hand."""
        start = self.scenario.start
        told = f"at {moment(start, _value(reach.first))}"
        if isinstance(reach.share, Estimate) and reach.share.value < 1.0:
            told = f"in {reach.share} of runs, {told} on average"
        if reach.clock is None:
            return told
        return f"{told} (by hand {moment(start, _value(reach.clock))})"

    def _row(self, machine: str) -> dict[str, Any]:
        row: dict[str, Any] = {"machine": machine, **_cells("lost_s", self.lost(machine))}
        for state in STOOD:
            reach = self._reach(machine, state)
            row |= {
                f"{state}_longer_s": _value(self.longer(machine, state)),
                f"{state}_share": _value(reach.share),
                f"{state}_first_s": _cell(reach.first),
                f"{state}_clock_s": _cell(reach.clock),
            }
        return row

    def _known(self, machine: str) -> None:
        names = [spec.name for spec in self.plant.machines]
        if machine not in names:
            raise InvalidInput(
                f"no machine is called {machine!r}; there are {', '.join(names)}"
            )


def first_beyond(
    struck: Sequence[StateRow], without: Sequence[StateRow], mode: str, since: float
) -> float:
    """Return when one machine is first in *mode* with the breakdown and not without it [s].

    Both are its states in order of time; infinite where that never happens after *since*.

    >>> from simtwin.result.record import StateRow
    >>> def starved(start, end):
    ...     return StateRow("m5", "starved", start, end, "", "", "")
    >>> first_beyond([starved(50.0, 90.0)], [starved(40.0, 60.0)], "starved", 0.0)
    60.0
    """
    calm = [(row.start, row.end) for row in without if row.mode == mode]
    for row in struck:
        if row.mode != mode or row.end <= since:
            continue
        first = max(row.start, since)
        for start, end in calm:
            if start <= first < end:
                first = end
        if first < row.end:
            return first
    return inf


def _late(outcome: Outcome) -> float:
    return float(sum(row.late(outcome.end) for row in outcome.orders))


def _difference(first: Sequence[float], second: Sequence[float]) -> Estimate | float:
    return first[0] - second[0] if len(first) == 1 else pairing.difference(first, second)


def _mean(values: Sequence[float]) -> Estimate | float:
    return values[0] if len(values) == 1 else estimate.mean(values)


def _value(number: Estimate | float | None) -> float:
    """Return the number itself; infinite where there is none."""
    if number is None:
        return inf
    return number.value if isinstance(number, Estimate) else number


def _cell(number: Estimate | float | None) -> float:
    return nan if number is None else _value(number)


def _cells(name: str, number: Estimate | float) -> dict[str, float]:
    """Return value and interval; an observation has none."""
    if isinstance(number, Estimate):
        return {name: number.value, f"{name}_low": number.low, f"{name}_high": number.high}
    return {name: number, f"{name}_low": nan, f"{name}_high": nan}


def _told(number: Estimate | float, unit: str) -> str:
    return number.said(unit) if isinstance(number, Estimate) else f"{number:.4g} {unit}"

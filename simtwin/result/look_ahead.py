"""This module holds the look-ahead: what may strike until when, how surely, at what cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.physics.life import Fixed
from simtwin.result import estimate, extremes
from simtwin.result.assumed import assumed
from simtwin.result.compensated import compensated, values, weights
from simtwin.result.ensemble import random
from simtwin.result.estimate import CONDITIONAL, Estimate
from simtwin.result.followed import followed_of
from simtwin.result.foresight import BREAKAGE, FAILURE, KINDS, Future, Risk
from simtwin.result.metric import FIGURES, bounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from simtwin.result.followed import Followed
    from simtwin.result.remaining import Remaining

LEVELS: dict[str, float] = {"low": 0.0, "moderate": 0.01, "high": 0.05, "critical": 0.2}
"""Level of risk, and the least probability of a failure that has it."""

HAZARDOUS = (FAILURE, BREAKAGE)
"""Kinds that have a hazard; what is of another kind is counted."""

NOT_NEGATIVE = (0.0, inf)

FEWEST = 5
"""Futures with a failure, fewer of which do not tell what failures cost."""


@dataclass(frozen=True, repr=False)
class LookAhead:
    """Many futures from one snapshot: probabilities with intervals, by machine, part and cause.

    A question for which no future has a hazard is answered by counting; else hazards are
    averaged (`simtwin.result.compensated`).
    """

    plant: Any
    scenario: Any
    seed: int
    start: float
    """Instant of the snapshot [s]."""
    looks: tuple[float, ...]
    """Instants at which probabilities are known, the last is the end [s]."""
    risks: tuple[Risk, ...]
    """What has a hazard, in the order of the columns of futures."""
    futures: tuple[Future, ...]
    asked: int
    partial: bool = False
    instead: LookAhead | None = None
    """The same futures under another plan, if one was asked for."""
    levels: Mapping[str, float] | None = None
    snapshot: Any = None
    """The state from which it looks; None: the beginning of the scenario."""

    def __repr__(self) -> str:
        hours = self.horizon / 3600.0
        partial = ", partial" if self.partial else ""
        return (
            f"LookAhead({self.scenario.name!r} on {self.plant.name!r}, {hours:g} h from "
            f"{self.start:g} s, {self.n} futures, seed {self.seed}{partial})"
        )

    @property
    def n(self) -> int:
        """Futures that are complete."""
        return len(self.futures)

    @property
    def drawn(self) -> bool:
        """Whether the futures depend on chance; if not, one says it all."""
        return random(self.futures)

    @property
    def horizon(self) -> float:
        """How far it looks [s]."""
        return self.looks[-1] - self.start

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it."""
        return assumed(self.plant, self.scenario)

    @cached_property
    def followed(self) -> Followed | None:
        """On which model, parameter versions and instant it rests, where a twin was asked."""
        return followed_of(self.snapshot)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why its start may not be what it seems: a stale or diverged twin."""
        return () if self.followed is None else self.followed.warnings

    # -- probabilities -----------------------------------------------------------------------

    def failure(
        self,
        machine: str | None = None,
        *,
        part: str | None = None,
        cause: str | None = None,
        kind: str = FAILURE,
        look: int = -1,
    ) -> Estimate:
        """Return P(it strikes by the end of the horizon), or by an earlier *look*.

        Without *part* and *cause*: that anything of the *kind* strikes on *machine*, or
        anywhere. With a *part*: that this part does, whatever struck before. With a *cause*
        alone: that it is what strikes first on the machine, or in the plant; such
        probabilities of competing causes add up to that of any (cumulative incidence).
        """
        if kind not in KINDS:
            raise InvalidInput(f"no kind is called {kind!r}; there are {', '.join(KINDS)}")
        if not -len(self.looks) <= look < len(self.looks):
            raise InvalidInput(f"look must be one of {len(self.looks)}, from 0 (got {look})")
        if machine is not None:
            self._check("machine", machine, [spec.name for spec in self.plant.machines])
        if kind not in HAZARDOUS:
            self._check_counted(machine, part, cause, kind)
            return self._counted(machine, part, cause, kind, look)
        if part is not None:
            index = self._part(machine, part, kind)
            if cause is not None:
                self._check("cause", cause, [self.risks[index].cause])
            return self._of_part(index, look)
        return self._of_first(machine, cause, kind, look)

    def _of_part(self, index: int, look: int) -> Estimate:
        risk, at = self.risks[index], self.looks[look]
        struck = [future.firsts.get(risk, at + 1.0) <= at for future in self.futures]
        if self._is_certain([index], at):
            return self._certain()
        met = self._by_part[:, look, index].tolist()
        return compensated(struck, met, open_to_chance=self._is_open([index]))

    def _is_certain(self, columns: Sequence[int], at: float) -> bool:
        """Tell whether a fixed life among *columns* ends at the same instant in all futures."""
        for i in columns:
            ends = {future.firsts.get(self.risks[i]) for future in self.futures}
            end = ends.pop()
            if self._is_fixed(i) and not ends and end is not None and end <= at:
                return True
        return False

    def _is_open(self, columns: Sequence[int]) -> bool:
        """Tell whether a fixed life among *columns* may end in time or not, by chance.

        It may not where all futures age it alike, to the bit.
        """
        return any(
            self._is_fixed(i) and len({future.worn[i] for future in self.futures}) > 1
            for i in columns
        )

    def _is_fixed(self, index: int) -> bool:
        return isinstance(self.futures[0].laws[index], Fixed)

    def _certain(self) -> Estimate:
        return Estimate(1.0, 1.0, 1.0, self.n, f"{CONDITIONAL}: certain")

    def _of_first(
        self, machine: str | None, cause: str | None, kind: str, look: int
    ) -> Estimate:
        at = self.looks[look]
        columns = [i for i, r in enumerate(self.risks) if _is(r, machine, kind)]
        met = self._by_plant if machine is None else self._by_machine
        together = met[:, look, columns].sum(axis=1)
        firsts = [self._first(future, machine, kind) for future in self.futures]
        struck = [first is not None and first[0] <= at for first in firsts]
        if cause is None:
            if self._is_certain(columns, at):
                return self._certain()
            return compensated(struck, together.tolist(), open_to_chance=self._is_open(columns))
        causes = list(dict.fromkeys(self.risks[i].cause for i in columns))
        self._check("cause", cause, causes)
        own = [i for i in columns if self.risks[i].cause == cause]
        shares = weights(struck, together.tolist())
        by_cause = [
            first is not None and first[0] <= at and first[1].cause == cause for first in firsts
        ]
        own_met = met[:, look, own].sum(axis=1).tolist()
        return compensated(by_cause, own_met, shares=shares, open_to_chance=self._is_open(own))

    def _counted(
        self, machine: str | None, part: str | None, cause: str | None, kind: str, look: int
    ) -> Estimate:
        """Return the share of futures in which something without a hazard has happened.

        The same instant in all of them, and nothing that could have come before: it is certain.
        """
        at = self.looks[look]
        times = self.first_times(machine, part=part, cause=cause, kind=kind)
        count = sum(time <= at for time in times)
        if count == self.n and len(set(times)) == 1 and not self._by_plant[:, look, :].any():
            return self._certain()
        return estimate.chance(count, self.n)

    def _check_counted(
        self, machine: str | None, part: str | None, cause: str | None, kind: str
    ) -> None:
        """Refuse a part that no machine has, and a cause that nothing seen had."""
        if part is not None:
            parts = [
                f"{spec.name}/{name}"
                for spec in self.plant.machines
                if machine in (None, spec.name)
                for name in ("spindle", *(slot.tool for slot in spec.magazine))
            ]
            self._check("part", part if "/" in part else f"{machine}/{part}", parts)
        seen = {risk.cause for f in self.futures for risk in f.firsts if risk.kind == kind}
        if cause is not None and seen:
            self._check("cause", cause, sorted(seen))

    @staticmethod
    def _first(future: Future, machine: str | None, kind: str) -> tuple[float, Risk] | None:
        """Return when and what was the first of its kind on *machine*, or anywhere."""
        best: tuple[float, Risk] | None = None
        for risk, time in future.firsts.items():  # In the order in which they struck.
            if _is(risk, machine, kind) and (best is None or time < best[0]):
                best = time, risk
        return best

    def first_times(
        self,
        machine: str | None = None,
        *,
        part: str | None = None,
        cause: str | None = None,
        kind: str = FAILURE,
    ) -> tuple[float, ...]:
        """Return when it first strikes in each future [s]; infinite where it does not."""
        return tuple(
            min(
                (
                    time
                    for risk, time in future.firsts.items()
                    if _is(risk, machine, kind)
                    and part in (None, risk.part, _within(risk))
                    and cause in (None, risk.cause)
                ),
                default=inf,
            )
            for future in self.futures
        )

    def expected(self, machine: str | None = None, *, kind: str = FAILURE) -> Estimate:
        """Return how many strikes are to be expected, those after repairs too [-]."""
        columns = [i for i, risk in enumerate(self.risks) if _is(risk, machine, kind)]
        sums = [sum(future.total[i] for i in columns) for future in self.futures]
        return estimate.mean(sums, within=NOT_NEGATIVE)

    # -- what it comes to --------------------------------------------------------------------

    def level(self, machine: str | None = None) -> str:
        """Return the level of risk: that of the upper end of P(failure)'s interval."""
        high = self.failure(machine).high
        levels = LEVELS if self.levels is None else self.levels
        return max((least, name) for name, least in levels.items() if high >= least)[1]

    def limiting(self, machine: str) -> Risk | None:
        """Return what most likely fails first on *machine*; None where nothing can."""
        best: tuple[float, Risk] | None = None
        for risk in self.risks:
            if _is(risk, machine, FAILURE):
                found = self.failure(machine, cause=risk.cause).value
                if found > 0.0 and (best is None or found > best[0]):
                    best = found, risk
        return None if best is None else best[1]

    def late(self, order: str) -> Estimate:
        """Return P(*order* is late), with its interval; settled, it is 0 or 1.

        A future that ends with it open and due later does not tell: the interval has both ways.
        """
        index = self._order(order)
        rows = [(future.orders[index], future.end) for future in self.futures]
        if rows[0][0].due is not None and self.settled(order):
            late = float(rows[0][0].late(rows[0][1]))
            return Estimate(late, late, late, self.n, f"{CONDITIONAL}: settled before")
        return extremes.late(rows, drawn=self.drawn)

    def settled(self, order: str) -> bool:
        """Return whether the state already says if *order* is late: finished, or was due."""
        return self.futures[0].orders[self._order(order)].settled(self.start)

    def _order(self, order: str) -> int:
        names = [row.order for row in self.futures[0].orders]
        self._check("order", order, names)
        return names.index(order)

    @cached_property
    def late_orders(self) -> Estimate:
        """How many orders are late by the end; what is open then and due later is not."""
        return estimate.mean(
            [float(sum(row.late(f.end) for row in f.orders)) for f in self.futures],
            within=bounds("late_orders", "orders", self.futures[0].orders),
        )

    @cached_property
    def lost_pieces(self) -> Estimate | None:
        """Good pieces that failures cost: the same futures without them, less those with.

        None where it was not asked for, or fewer than 5 futures have a failure.
        """
        failed = sum(bool(future.failures) for future in self.futures)
        if failed < FEWEST or any(future.spared is None for future in self.futures):
            return None
        return estimate.mean([(f.spared or 0.0) - f.kpis["good_pieces"] for f in self.futures])

    def kpi(self, name: str) -> Estimate:
        """Return the mean of a key figure, counted from the snapshot on."""
        self._check("key figure", name, list(self.futures[0].kpis))
        within = bounds(name, FIGURES[name][0], self.futures[0].orders)
        return estimate.mean([future.kpis[name] for future in self.futures], within=within)

    def gain(self, name: str) -> Estimate:
        """Return by how much the plan *instead* raises a figure, or P(failure) of a machine.

        Paired, future by future: *name* is a key figure, ``late_orders``, or a machine.
        """
        other = self.instead
        if other is None:
            raise InvalidInput("nothing to compare with: look ahead with instead=")
        names = [m.name for ahead in (self, other) for m in ahead.plant.machines]
        if name not in self.futures[0].kpis:
            self._check("machine or key figure", name, names)
        mine, theirs = self._values(name), other._values(name)
        return estimate.mean([b - a for a, b in zip(mine, theirs, strict=True)])

    def _values(self, name: str) -> list[float]:
        if name in self.futures[0].kpis:
            return [future.kpis[name] for future in self.futures]
        columns = [i for i, risk in enumerate(self.risks) if _is(risk, name, FAILURE)]
        met = self._by_machine[:, -1, columns].sum(axis=1).tolist()
        struck = [self._first(f, name, FAILURE) is not None for f in self.futures]
        return values(struck, met)

    def remaining(self, part: str) -> Remaining:
        """Return the remaining useful life of *part*: P10, P50 and P90, censored or not."""
        from simtwin.result.remaining import remaining

        return remaining(self, self._part(None, part, FAILURE))

    def frame(self, name: str = "risks") -> pd.DataFrame:
        """Return one table: risks, machines, incidence, remaining or orders."""
        from simtwin.result import outlook

        return outlook.frame(self, name)

    @property
    def sentence(self) -> str:
        """What to take away, in one sentence."""
        from simtwin.result import outlook

        return outlook.sentence(self)

    # -- columns -----------------------------------------------------------------------------

    @cached_property
    def _by_part(self) -> Any:
        return self._stacked("by_part")

    @cached_property
    def _by_machine(self) -> Any:
        return self._stacked("by_machine")

    @cached_property
    def _by_plant(self) -> Any:
        return self._stacked("by_plant")

    def _stacked(self, field: str) -> Any:
        import numpy as np

        return np.stack([getattr(future, field) for future in self.futures])

    def _part(self, machine: str | None, part: str, kind: str) -> int:
        """Return the column of *part*, called in full or as within its *machine*."""
        for index, risk in enumerate(self.risks):
            if risk.kind == kind and (
                risk.part == part or (risk.machine == machine and _within(risk) == part)
            ):
                return index
        names = [
            risk.part
            for risk in self.risks
            if risk.kind == kind and machine in (None, risk.machine)
        ]
        self._check("part", part, names)
        raise AssertionError("a name that is known was found")

    @staticmethod
    def _check(what: str, name: str, names: Sequence[str]) -> None:
        if name not in names:
            from difflib import get_close_matches

            close = get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            listed = ", ".join(sorted(names, key=natural)[:20]) or "none"
            raise InvalidInput(f"no {what} is called {name!r}; {hint}(there are: {listed})")

    def with_instead(self, other: LookAhead) -> LookAhead:
        """Return the same with the futures of another plan beside it."""
        return replace(self, instead=other)


def _is(risk: Risk, machine: str | None, kind: str) -> bool:
    return risk.kind == kind and machine in (None, risk.machine)


def _within(risk: Risk) -> str:
    """Return the name of the part within its machine."""
    return risk.part.removeprefix(f"{risk.machine}/")

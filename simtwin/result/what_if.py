"""This module holds the what-if: a plan with something otherwise, beside the plan as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result import extremes, pairing
from simtwin.result.effect import Effect, clear, in_minutes
from simtwin.result.ensemble import finish_at, finish_of, random
from simtwin.result.estimate import ROUNDING
from simtwin.result.extremes import Extremes
from simtwin.result.metric import Metric
from simtwin.result.moment import moment
from simtwin.result.study import NOT_KNOWN, TOO_FEW

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.ensemble import Outcome
    from simtwin.result.estimate import Estimate
    from simtwin.result.kpi import OrderRow
    from simtwin.result.study import Paired, Study

TABLES = ("orders", "kpis", "effect")


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What becomes of one order in both plans, paired run by run."""

    order: str
    product: str
    due: float | None
    """[s]"""
    before: Estimate | None
    """P(late) as it is; None for an order that comes in, and without a due time."""
    after: Estimate | None
    """P(late) as supposed."""
    difference: Estimate | None
    """Of P(late), paired."""
    finish_before: float
    """Median [s]; NaN where it is open or not there."""
    finish_after: float
    later: Estimate | None
    """By how much it is finished later, paired [s]; None where some run leaves it open."""
    reading: str
    """What is clear of it, allowing for how many orders are looked at (Holm); or nothing is.

    A run that leaves it open has it finished after its end: where there are some, "finished
    later" or "sooner" is of the pairs that tell, by a sign test. Where P(late) hangs on runs
    that end with it open and due later, it is not known. What was the same in all runs is said
    too, where they are too few to rule out chance."""


@dataclass(frozen=True, repr=False)
class WhatIf:
    """A *study* of two plans: as it is, and as supposed, which *said* has in words."""

    study: Study
    said: tuple[str, ...]
    suppositions: tuple[str, ...]
    """The same as they were asked."""
    scenario: str
    """What the scenario is called in which it is supposed."""
    ended: float | None = None
    """Where that scenario ends [s], if both plans go on to a shift that is supposed later."""

    def __repr__(self) -> str:
        partial = ", partial" if self.partial else ""
        return f"WhatIf({'; '.join(self.suppositions)!r}, {self.n} paired runs{partial})"

    def __str__(self) -> str:
        return self.sentence

    @property
    def n(self) -> int:
        """Replications of each plan."""
        return self.study.n

    @property
    def seed(self) -> int:
        """Of all replications."""
        return self.study.seed

    @property
    def plant(self) -> Any:
        """The plant that it is asked of."""
        return self.study.plants[0]

    @property
    def start(self) -> str:
        """The date and time of second 0."""
        return str(self.study.scenarios[0].start)

    @property
    def end(self) -> float:
        """The latest end of a run [s]."""
        return max(outcome.end for plan in self.study.outcomes for outcome in plan)

    @property
    def partial(self) -> bool:
        """Whether somebody stopped it before all replications were made."""
        return self.study.partial

    @property
    def drawn(self) -> bool:
        """Whether one of both plans depends on chance."""
        return self.study.drawn

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it."""
        return self.study.assumptions

    @cached_property
    def effect(self) -> Effect:
        """What it changes in late orders, minutes of tardiness, parts, and the finish."""
        return Effect.of(*self._plans)

    @property
    def kpis(self) -> dict[str, Paired]:
        """Every key figure that all replications have, paired."""
        return self.study.kpis

    @property
    def sentence(self) -> str:
        """What a planner takes away."""
        early = "Stopped early: " if self.partial else ""
        runs = f"{self.n} paired runs"
        hit = "".join(f". {one}" for one in map(_hit, self._most()))
        late = "".join(f". Every run was over before {one}" for one in self._unmet)
        told = f"{self.effect.text} ({runs}){hit}{self._not_known}{late}{self._further}"
        return f"{early}If {' and '.join(self.said)}: {told}."

    @property
    def _not_known(self) -> str:
        """Of which orders runs of either plan end too early; without those due far later."""
        rows = [row for row in self.orders if row.reading.endswith(NOT_KNOWN) and not _far(row)]
        if not rows:
            return ""
        most = max(rows, key=lambda row: row.difference.unsettled if row.difference else 0)
        others = f" and {len(rows) - 1} more" if rows[1:] else ""
        chances = f"{most.before} now, and {most.after} then"
        return f". Not known of {most.order}{others}: P(late) is {chances}"

    @property
    def _further(self) -> str:
        """Until when both plans go on, where the scenario itself ends before."""
        if self.ended is None:
            return ""
        begin, end = (moment(self.start, at) for at in (self.ended, self.end))
        return f". Both plans go on from {begin}, the end of {self.scenario}, to {end}"

    @property
    def _unmet(self) -> list[str]:
        """When what was supposed would have begun, where every run had ended by then."""
        end = max(outcome.end for outcome in self.study.outcomes[1])
        before, after = (plan.interventions for plan in self.study.scenarios)
        late = (act.at for act in after if act not in before and act.do != "start")
        return [moment(self.start, at) for at in dict.fromkeys(late) if at >= end]

    @cached_property
    def orders(self) -> tuple[OrderChange, ...]:
        """What becomes of every order, the most changed first."""
        after, before = self._plans
        known = [row.order for row in before[0].orders]
        both = [place for place, row in enumerate(after[0].orders) if row.order in known]
        found = [_Pair.of(after, before, place, known) for place in both]
        readings = _readings(found)
        rows = [pair.change(said) for pair, said in zip(found, readings, strict=True)]
        new = [p for p, row in enumerate(after[0].orders) if row.order not in known]
        rows += [_alone(after, place) for place in new]
        order = {row.order: place for place, row in enumerate(after[0].orders)}
        return tuple(sorted(rows, key=lambda row: (-_size(row), order[row.order])))

    def frame(self, name: str = "orders") -> pd.DataFrame:
        """Return a table: "orders", "kpis" of both plans, or the "effect"."""
        import pandas as pd

        if name == "kpis":
            return self.study.frame("kpis")
        if name == "orders":
            return pd.DataFrame([_row(one) for one in self.orders])
        if name == "effect":
            return pd.DataFrame(
                [
                    {"figure": key, "difference": one.value, "low": one.low, "high": one.high}
                    for key, one in self.effect.figures
                ]
            )
        raise InvalidInput(f"no table {name!r}; there are {', '.join(TABLES)}")

    @property
    def _plans(self) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
        """The outcomes as supposed, and as it is."""
        before, after = self.study.outcomes
        return after, before

    def _most(self) -> list[OrderChange]:
        """Return the order that clearly is hit most, and the one that is helped most."""
        ways = ("late more often", "late less often")
        found = (
            next((row for row in self.orders if row.reading.startswith(way)), None)
            for way in ways
        )
        return [row for row in found if row is not None]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One order in all replications of both plans."""

    after: tuple[OrderRow, ...]
    before: tuple[OrderRow, ...]
    late_after: Extremes
    late_before: Extremes
    drawn: tuple[bool, bool]
    """Whether the plan as supposed, and as it is, depends on chance."""
    ends: tuple[tuple[float, ...], tuple[float, ...]]
    """When the runs as supposed end, and those as it is [s]."""

    @classmethod
    def of(
        cls,
        after: tuple[Outcome, ...],
        before: tuple[Outcome, ...],
        place: int,
        known: list[str],
    ) -> _Pair:
        name = after[0].orders[place].order
        own, late = known.index(name), Metric("p_late", name)
        one = tuple(outcome.orders[place] for outcome in after)
        other = tuple(outcome.orders[own] for outcome in before)
        return cls(
            one,
            other,
            Extremes.of(late, after),
            Extremes.of(late, before),
            (random(after), random(before)),
            (tuple(one.end for one in after), tuple(one.end for one in before)),
        )

    @property
    def finishes(self) -> tuple[list[float], list[float]]:
        return [*map(finish_of, self.after)], [*map(finish_of, self.before)]

    @property
    def done(self) -> bool:
        return all(isfinite(one) for plan in self.finishes for one in plan)

    @property
    def later(self) -> Estimate | None:
        """Return by how much it is finished later [s]; None where some run leaves it open."""
        return pairing.difference(*self.finishes) if self.done else None

    @property
    def ways(self) -> tuple[int, int, int]:
        """Return in how many pairs it is finished later, sooner, and may be either."""
        found = [_later(*pair) for pair in zip(*self.finishes, *self.ends, strict=True)]
        return found.count(1), found.count(-1), found.count(None)

    @property
    def p_values(self) -> tuple[float, float]:
        """Return how likely such differences of P(late) and of the finish are by chance."""
        drawn = any(self.drawn)
        late = extremes.p_value(self.late_after, self.late_before, drawn=drawn)
        if self.done:
            return late, pairing.p_value(*self.finishes, drawn=drawn)
        return late, pairing.sign_test(*self.ways, drawn=drawn)

    @property
    def finish_is_clear(self) -> bool:
        """Tell whether it is finished later or sooner, if it were the only order."""
        later = self.later
        return clear(later) if later is not None else self.p_values[1] <= pairing.ALPHA

    @property
    def undecided(self) -> bool:
        """Tell whether a difference of P(late) hangs on how runs go on after their end."""
        late = self.late_after, self.late_before
        return extremes.undecided(*late, counted=True, drawn=any(self.drawn))

    def change(self, reading: str) -> OrderChange:
        row = self.after[0]
        asked = row.due is not None
        first, second = self.late_after, self.late_before
        return OrderChange(
            row.order,
            row.product,
            row.due,
            second.chance(drawn=self.drawn[1]) if asked else None,
            first.chance(drawn=self.drawn[0]) if asked else None,
            extremes.difference(first, second, counted=True, drawn=any(self.drawn))
            if asked
            else None,
            finish_at(self.before, 0.5),
            finish_at(self.after, 0.5),
            self.later,
            reading,
        )


def _readings(pairs: list[_Pair]) -> list[str]:
    """Return in words what is clear of each order, allowing for how many are looked at."""
    late = pairing.holm([pair.p_values[0] for pair in pairs])
    finish = pairing.holm([pair.p_values[1] for pair in pairs])
    found = []
    for pair, p_late, p_finish in zip(pairs, late, finish, strict=True):
        words = []
        more = sum(pair.late_after.least) - sum(pair.late_before.least)
        if p_late <= pairing.ALPHA and more:
            words.append("late more often" if more > 0.0 else "late less often")
        if way := _finish_reading(pair, p_finish):
            words.append(way)
        elif not words and pair.finish_is_clear and not pair.undecided:
            words.append(f"{TOO_FEW} of {len(pairs)} orders")
        nothing = NOT_KNOWN if pair.undecided else "no clear difference"
        if words and pair.undecided and not words[0].startswith("late"):
            words[-1] += f"; P(late) {NOT_KNOWN}"
        found.append(", ".join(words) or nothing)
    return found


def _finish_reading(pair: _Pair, p_value: float) -> str:
    """Return whether it is finished later or sooner, by the adjusted *p_value*; or nothing."""
    if not pair.finish_is_clear:
        return ""
    later = pair.later
    more, fewer, _ = pair.ways
    is_later = more > fewer if later is None else later.value > 0.0
    way = "finished later" if is_later else "finished sooner"
    if p_value <= pairing.ALPHA:
        return way
    if later is not None and later.low == later.high:  # Few runs, and no chance seen.
        return f"{way} in all {later.n} runs"
    return ""


def _later(finish: float, other: float, end: float, other_end: float) -> int | None:
    """Return 1 where it is finished later than in the *other* run, -1 sooner; None: not known.

    A run that ends with it open, infinite, has it finished after its end.

    >>> _later(9.0, 5.0, 10.0, 10.0), _later(inf, 5.0, 10.0, 10.0), _later(9.0, inf, 20.0, 10.0)
    (1, 1, -1)
    >>> _later(inf, inf, 10.0, 10.0), _later(15.0, inf, 20.0, 10.0), _later(5.0, 5.0, 9.0, 9.0)
    (None, None, 0)
    """
    if isfinite(finish) and isfinite(other):
        grain = ROUNDING * max(abs(finish), abs(other))
        return 0 if abs(finish - other) <= grain else 1 if finish > other else -1
    if isfinite(other) and other < end:
        return 1
    return -1 if isfinite(finish) and finish < other_end else None


def _alone(after: tuple[Outcome, ...], place: int) -> OrderChange:
    """Return what becomes of an order that only comes in as supposed."""
    rows = [outcome.orders[place] for outcome in after]
    row = rows[0]
    late = Extremes.of(Metric("p_late", row.order), after)
    chance = None if row.due is None else late.chance(drawn=random(after))
    return OrderChange(
        row.order,
        row.product,
        row.due,
        None,
        chance,
        None,
        nan,
        finish_at(rows, 0.5),
        None,
        "comes in",
    )


def _far(row: OrderChange) -> bool:
    """Tell whether an order is due later and open at the end in most runs of both plans."""
    plans = ((row.before, row.finish_before), (row.after, row.finish_after))
    return all(late is None or (late.value == 0.0 and isnan(at)) for late, at in plans)


def _size(row: OrderChange) -> float:
    """Return how much an order is changed, for the order of the table."""
    if row.reading == "comes in":
        return inf
    late = abs(row.difference.value) if row.difference is not None else 0.0
    if row.later is None and "finished" in row.reading:
        medians = abs(row.finish_after - row.finish_before)
        return 1e9 * late + (medians if isfinite(medians) else 0.0)
    later = abs(row.later.value) if row.later is not None and clear(row.later) else 0.0
    return 1e9 * late + later


def _hit(row: OrderChange) -> str:
    more = "hit" if row.difference is not None and row.difference.value > 0.0 else "helped"
    said = (
        f"Most {more} is {row.order}, late with probability {row.after} instead of {row.before}"
    )
    if row.later is None or not clear(row.later):
        return said
    way = "later" if row.later.value > 0.0 else "sooner"
    by = in_minutes(row.later)
    value = by if by.value > 0.0 else _turned(by)
    return f"{said}, finished {way} by {value.said('min')}"


def _turned(found: Estimate) -> Estimate:
    return replace(found, value=-found.value, low=-found.high, high=-found.low)


def _row(one: OrderChange) -> dict[str, Any]:
    return {
        "order": one.order,
        "product": one.product,
        "due_s": nan if one.due is None else one.due,
        **_four("p_late_before", one.before),
        **_four("p_late_after", one.after),
        **_four("difference", one.difference),
        "finish_before_s": one.finish_before,
        "finish_after_s": one.finish_after,
        **_three("later_s", one.later),
        "reading": one.reading,
    }


def _three(name: str, found: Estimate | None) -> dict[str, float]:
    value, low, high = (nan,) * 3 if found is None else (found.value, found.low, found.high)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _four(name: str, found: Estimate | None) -> dict[str, float]:
    """Return the same, and how many runs end before it is known."""
    return {**_three(name, found), f"{name}_open": 0 if found is None else found.unsettled}

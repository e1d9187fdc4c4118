"""This module holds the lateness: where the time of a late order went, from the log.

The time of a piece, from the release of its order to its end, is split into its stays, and the
stays in a machine by what that did meanwhile. Work is a reason of its own only where it alone
takes longer than there was from release to due time; stops are one while a piece stood there.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from math import inf
from typing import TYPE_CHECKING

from simtwin.result import machine_states, reason, stay
from simtwin.result.belonging import order_of, products_of
from simtwin.result.machine_states import STOPS, began, state_rows
from simtwin.result.moment import long, moment
from simtwin.result.replacement import replaced, replacement, replacements
from simtwin.result.stay import stays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simtwin.result.kpi import OrderRow
    from simtwin.result.record import PieceRow, StateRow
    from simtwin.result.replacement import Replacement
    from simtwin.result.result import Result
    from simtwin.result.stay import Stay

RELEASE, WORK = "release", "work"

WAYS = {
    RELEASE: "waited {} at the release{}",
    stay.QUEUE: "waited {} at {}",
    stay.HELD: "stood {} blocked in {}",
    stay.STORE: "stood {} in the store of {}",
    stay.WAY: "travelled {} to {}",
    "off shift": "stood {} off shift in {}",
    "setup": "stood {} in the setup of {}",
    "tool change": "stood {} in tool changes of {}",
}
"""How a piece may spend its time, but for work and stops: how long, and where."""

SHORT = 60.0
"""What takes less [s] is told only where nothing else is to tell."""

Spent = dict[tuple[str, str], float]
"""How, and where -> how long [s]."""
Span = tuple[float, float]


class Lateness:
    """Where the time of the orders of a *result* went."""

    def __init__(self, result: Result) -> None:
        log = result.log
        assert log is not None, "asked only of a run with a log"
        self.result, self.log, self.begin = result, log, began(result, log)
        products = products_of(result)
        self._rows: dict[str, list[PieceRow]] = {}
        self._entered: dict[str, float] = {}
        for row in log.pieces:
            self._rows.setdefault(order_of(row.job, products), []).append(row)
            self._entered.setdefault(row.job, row.time)
        self._stays: dict[str, list[Stay]] = {}
        for one in stays(result, self.begin):
            self._stays.setdefault(order_of(one.job, products), []).append(one)
        self._states: dict[str, list[StateRow]] = {}
        for state in state_rows(result, log):
            self._states.setdefault(state.machine, []).append(state)
        self._starts = {
            name: [row.start for row in rows] for name, rows in self._states.items()
        }
        flow, ways = result.plant.flow, result.plant.transport
        cards = flow.conwip is not None or bool(flow.conwip_of)
        movers = ways is not None and ways.movers is not None
        self._for_what = "" if cards == movers else " for a card" if cards else " for a mover"
        self._members = {s.name: s.machines for s in result.plant.stations}

    # -- in words ------------------------------------------------------------------------------

    def why(self, order: OrderRow) -> str:
        """Return in one sentence where the time of a late *order* went."""
        instead = self.instead(order)
        if instead is not None:
            return f"{self._scrapping(instead)}; {self.replacing(order, instead)}"
        spent = self.spent(order)
        told = [self._own_work(order, spent), self._waits(order, spent), self._stops(order)]
        parts = [words for words, seconds in told if seconds >= SHORT]
        known = [*self._dates(order), *parts, *self._unknown(order)]
        if not known:
            known = [max(told, key=lambda one: one[1])[0]]
        return "; ".join([*known, *self._missing(order)])

    def instead(self, order: OrderRow) -> Replacement | None:
        """Return the piece that made *order* late in place of scrap, if one did."""
        return replacement(self.log, order, self._rows.get(order.order, []))

    def replacing(self, order: OrderRow, instead: Replacement) -> str:
        """Return in words what became of the replacement of a piece of *order*."""
        told = f"its replacement {instead.job}"
        if instead.done is None:
            told += " was still open at the end"
        else:
            told += f" was finished {long(instead.done - instead.scrapped.time)} later"
        own = [one for one in self._stays.get(order.order, []) if one.job == instead.job]
        (how, where), seconds = _longest(
            self._of_piece(instead.job, own, instead.scrapped.time)
        )
        if seconds > 0.0:
            told += f", having {WAYS[how].format(long(seconds), where)}"
        if instead.others is not None:
            told += f", the others by {self._at(instead.others)}"
        return told

    def _scrapping(self, instead: Replacement) -> str:
        """Return in words what was scrapped, when, where and by what."""
        scrap = instead.scrapped
        at = self._at(scrap.time)
        if instead.edge:
            return f"{instead.edge} broke at {at} and scrapped {scrap.job}"
        return f"{scrap.job} was scrapped at {scrap.place} at {at}"

    def _dates(self, order: OrderRow) -> Iterator[str]:
        """Yield what the dates of *order* themselves say: that it never could be in time."""
        assert order.due is not None, "only what is due is late"
        if order.due <= 0.0:
            when = "before" if order.due < 0.0 else "when"
            yield f"it was due at {self._at(order.due)}, {when} the run begins"
        elif order.release >= order.due:
            after = order.release - order.due
            told = f", {long(after)} after its due time" if after >= SHORT else ", its due time"
            yield f"it is only released at {self._at(order.release)}{told}"

    def _unknown(self, order: OrderRow) -> Iterator[str]:
        """Yield from when on *order* is known, where it was released before that."""
        if order.release >= self.begin:
            return
        if order.finish is not None and order.finish <= self.begin:
            yield f"it was finished at {self._at(order.finish)}, before what is known here"
        else:
            yield f"what was before {self._at(self.begin)} is not known here"

    def _missing(self, order: OrderRow) -> Iterator[str]:
        """Yield how much of *order* is open at the end."""
        if order.finish is None:
            missing = order.quantity - order.finished
            if order.quantity == 1:
                yield "its piece was still open at the end"
                return
            were = "was" if missing == 1 else "were"
            yield f"{missing} of {order.quantity} pieces {were} still open at the end"

    def _waits(self, order: OrderRow, spent: list[Spent]) -> tuple[str, float]:
        """Return how the pieces spent most time but for work and stops, and how long each."""
        total: Spent = {}
        for one in spent:
            for key, seconds in one.items():
                total[key] = total.get(key, 0.0) + seconds
        (how, where), seconds = _longest(total)
        if seconds <= 0.0:
            return "", 0.0
        each = seconds / len(spent)
        told = f"{WAYS[how].format('longest', where)} ({long(each)}"
        if order.quantity == len(spent) == 1:
            return f"its piece {told})", each
        return f"its pieces {told} each)", each

    def _own_work(self, order: OrderRow, spent: list[Spent]) -> tuple[str, float]:
        """Return that *order* is more work than it was given time for, if it is, and how long.

        It is so where a piece, or all pieces at one station, shared out at best over its
        machines, is worked on for longer than from release to due time. What only just is has
        no other reason.
        """
        assert order.due is not None, "only what is due is late"
        given = order.due - max(order.release, 0.0)
        if given <= 0.0:
            return "", 0.0
        loads = self._loads(order)
        loads[" a piece" if order.quantity > 1 else ""] = max(map(_work, spent), default=0.0)
        where, most = max(loads.items(), key=lambda load: load[1])
        work, allowed = long(most), long(given)
        much = f" {work}{where}," if most > given and work != allowed else ""
        told = f"its own work takes{much} longer than the {allowed} it was given"
        return told, most if most > given else 0.0

    def _loads(self, order: OrderRow) -> dict[str, float]:
        """Return how long each machine had to work on *order* at least, by where, in words [s].

        What might have been done at another station is left out: who does how much of it is
        how the shift went, and no work that the order brings.
        """
        (product,) = (one for one in self.result.plant.products if one.name == order.product)
        free = {s for op in product.operations if len(op.stations) > 1 for s in op.stations}
        worked = self._worked(order)
        found = {}
        for station, machines in self._members.items():
            spent = [b - a for name in machines for a, b in _union(worked.get(name, ()))]
            if spent and station not in free:
                where = machines[0] if len(machines) == 1 else f"each machine of {station}"
                found[f" on {where}"] = sum(spent) / len(machines)
        return found

    def _stops(self, order: OrderRow) -> tuple[str, float]:
        """Return which stops, on or before which pieces stood, took most of their time.

        Stops of one machine for one cause are told together; one that goes on in another state,
        as from waiting for a crew to the repair, or after a night off shift, is one.
        """
        stops: dict[tuple[str, str], list[list[Span]]] = {}
        for machine, present in self._present(order).items():
            for cause, spans in _by_cause(self._states.get(machine, ())):
                parts = [part for span in spans for part in _overlap(present, span)]
                if parts:
                    stops.setdefault((machine, cause), []).append(parts)
        total = {key: sum(b - a for one in each for a, b in one) for key, each in stops.items()}
        key = max(total, key=lambda each: total[each], default=("", ""))
        if not total.get(key):
            return "", 0.0
        (machine, cause), often = key, len(stops[key])
        told = f"{often} times, {long(total[key])} in all" if often > 1 else long(total[key])
        return f"{machine} was stopped {told} ({cause})", total[key]

    def _at(self, time: float) -> str:
        return moment(self.result.scenario.start, time)

    # -- in seconds ----------------------------------------------------------------------------

    def waited(self, order: str, machine: str, span: Span) -> float:
        """Return how long at most a piece of *order* hung on *machine* within a *span* [s]."""
        each: dict[str, float] = {}
        for one in self._stays.get(order, ()):
            if machine in self._machines_of(one):
                within = _overlap([(one.since, one.until)], span)
                each[one.job] = each.get(one.job, 0.0) + sum(b - a for a, b in within)
        return max(each.values(), default=0.0)

    def spent(self, order: OrderRow) -> list[Spent]:
        """Return how each piece of *order* spent its time, also those not yet let in."""
        own: dict[str, list[Stay]] = {row.job: [] for row in self._rows.get(order.order, ())}
        for one in self._stays.get(order.order, ()):
            own.setdefault(one.job, []).append(one)
        scraps = [row for row in self._rows.get(order.order, ()) if row.kind == "scrapped"]
        found = []
        for job, spans in own.items():
            scrap = replaced(job, order, scraps)
            came = order.release if scrap is None else scrap.time
            found.append(self._of_piece(job, spans, came))
        inside = sum(spans[-1].until == inf for spans in own.values() if spans)
        outside = order.quantity - order.finished - inside
        for came in self._kept_out(order, scraps, outside):
            waited = self.result.end - max(came, self.begin)
            if waited > 0.0:
                found.append({(RELEASE, self._for_what): waited})
        return found

    def _kept_out(self, order: OrderRow, scraps: list[PieceRow], count: int) -> list[float]:
        """Return when each of *count* pieces came to be [s] that nobody has let in.

        One that replaces scrap comes with it, the others at the release.
        """
        seen = {row.job for row in self._rows.get(order.order, ())}
        unseen = [scrap.time for job, scrap in replacements(order, scraps) if job not in seen]
        return [*[order.release] * (count - len(unseen)), *unseen]

    def _of_piece(self, job: str, spans: list[Stay], came: float) -> Spent:
        """Return how a piece that *came* [s] to be spent its time; it may be done at once."""
        entered = spans[0].since if spans else self._entered[job]
        waited = max(0.0, entered - max(came, self.begin))
        found: Spent = {(RELEASE, self._for_what): waited}
        for one in spans:
            for how, since, until in self._inside(one):
                found[how, one.place] = found.get((how, one.place), 0.0) + until - since
        return found

    def _inside(self, one: Stay) -> Iterator[tuple[str, float, float]]:
        """Yield what was done to a piece in a stay, from when to when."""
        until = min(one.until, self.result.end)
        if one.kind != stay.MACHINE:
            yield one.kind, one.since, until
            return
        if one.since >= until:
            return  # At the very end of a run that may have no state of its machine before.
        first = max(0, bisect_right(self._starts[one.place], one.since) - 1)
        for row in islice(self._states[one.place], first, None):
            if row.start >= until:
                return
            how = row.mode if row.mode in WAYS or row.mode in STOPS else WORK
            yield how, max(row.start, one.since), min(row.end, until)

    def _worked(self, order: OrderRow) -> dict[str, list[Span]]:
        """Return when each machine worked on pieces of *order*."""
        found: dict[str, list[Span]] = {}
        for one in self._stays.get(order.order, ()):
            for how, since, until in self._inside(one):
                if how == WORK:
                    found.setdefault(one.place, []).append((since, until))
        return found

    def _present(self, order: OrderRow) -> dict[str, list[Span]]:
        """Return when pieces of *order* were in or before each machine, or bound for it."""
        found: dict[str, list[Span]] = {}
        for one in self._stays.get(order.order, ()):
            span = one.since, min(one.until, self.result.end)
            for name in self._machines_of(one):
                found.setdefault(name, []).append(span)
        return {name: _union(spans) for name, spans in found.items()}

    def _machines_of(self, one: Stay) -> tuple[str, ...]:
        """Return the machines that a piece in a stay hangs on."""
        if one.kind == stay.MACHINE:
            return (one.place,)
        if one.kind != stay.HELD:
            return tuple(self._members.get(one.place, ()))
        row = machine_states.state_at(self._states.get(one.place, []), one.place, one.since)
        held = row is not None and row.job == one.job
        return tuple(reason.bound_for(self.result, row)) if row is not None and held else ()


def _by_cause(rows: Iterable[StateRow]) -> list[tuple[str, list[Span]]]:
    """Return the stops of one machine in *rows*, each with its cause and its spans."""
    found: list[tuple[str, list[Span]]] = []
    last: dict[str, tuple[float, list[Span]]] = {}
    for row in rows:
        if row.mode == "off shift":
            for cause, (end, spans) in last.items():
                if end == row.start:
                    last[cause] = row.end, spans
        elif row.mode in STOPS:
            cause = row.cause or row.mode
            end, spans = last.get(cause, (-inf, []))
            if end != row.start:
                spans = []
                found.append((cause, spans))
            spans.append((row.start, row.end))
            last[cause] = row.end, spans
    return found


def _work(spent: Spent) -> float:
    return sum(seconds for (how, _), seconds in spent.items() if how == WORK)


def _longest(spent: Spent) -> tuple[tuple[str, str], float]:
    """Return what took longest of all but work and stops, where, and how long [s]."""
    ways = {key: seconds for key, seconds in spent.items() if key[0] in WAYS}
    return max(ways.items(), key=lambda item: (item[1], item[0]), default=(("", ""), 0.0))


def _union(spans: Iterable[Span]) -> list[Span]:
    """Return spans that overlap or touch as one.

    >>> _union([(5.0, 7.0), (0.0, 2.0), (2.0, 3.0)])
    [(0.0, 3.0), (5.0, 7.0)]
    """
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found


def _overlap(spans: list[Span], within: Span) -> list[Span]:
    """Return the parts of *spans* that are *within* another.

    >>> _overlap([(0.0, 3.0), (5.0, 7.0)], (2.0, 6.0))
    [(2.0, 3.0), (5.0, 6.0)]
    """
    clipped = ((max(a, within[0]), min(b, within[1])) for a, b in spans)
    return [(a, b) for a, b in clipped if a < b]

"""This module holds the chain of events: what led to a stop, and whom it starved and made late.

It says only what the log shows. A machine is linked to a stop when it starves or blocks before
the stopped one has delivered again and no other feeder was at work; an order when one of its
pieces stood in the stopped machine or waited for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.result import machine_states, reason
from simtwin.result.lateness import SHORT, Lateness
from simtwin.result.machine_states import STOPS
from simtwin.result.moment import long, moment
from simtwin.result.onset import onset
from simtwin.result.record import StateRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.result.kpi import OrderRow
    from simtwin.result.record import Log, PieceRow
    from simtwin.result.result import Result

AT_WORK = frozenset({"producing", "tool change", "setup"})

WORDS = {
    "down": "stops",
    "waiting for crew": "stops and waits for the crew",
    "thermal hold": "cools down",
    "maintenance": "is in maintenance",
    "tool change": "changes its tool",
    "setup": "is set up",
    "blocked": "blocked",
    "starved": "starved",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One event of a chain."""

    time: float
    """[s]"""
    who: str
    """A machine, a part, or an order."""
    what: str


@dataclass(frozen=True, slots=True, repr=False)
class Chain:
    """Events that led to each other, in order of time."""

    links: tuple[Link, ...]
    start: str
    """The date and time of second 0."""

    def text(self) -> str:
        """Return the chain in one line; the weekday is told of other days than the first."""
        return " -> ".join(
            f"{link.who} {link.what} {moment(self.start, link.time)}" for link in self.links
        )

    def __iter__(self) -> Iterator[Link]:
        return iter(self.links)

    def __len__(self) -> int:
        return len(self.links)

    def __repr__(self) -> str:
        return self.text()


def chain_of_machine(result: Result, log: Log, machine: str, time: float | None) -> Chain:
    """Return what led to the stop that *machine* hangs on at *time* [s], and what it did.

    A machine that is starved or blocked hangs on another. Without a *time* it is the first
    stop that nobody planned.
    """
    story = _Story(result, log)
    if time is None:
        first = next(
            (row for row in story.of(machine) if row.mode in STOPS and row.mode != STOPS[-1]),
            None,
        )
        if first is None:
            return story.told([Link(result.end, machine, "has had no unplanned stop")])
        time = first.start
    path = story.path(machine, time)
    if not path:
        return story.told([Link(time, machine, "has nothing recorded")])
    root = path[-1]
    links = [Link(row.start, row.machine, _words(row)) for row in path[:-1]]
    if root.mode not in STOPS:
        return story.told([*links, Link(root.start, root.machine, _words(root))])
    stop = story.stop(root)
    return story.told([*links, *story.around(stop), *story.orders(stop)])


def chain_of_order(result: Result, log: Log, order: str) -> Chain:
    """Return what made *order* late: the stop that its pieces waited for longest."""
    rows = {row.order: row for row in result.window.orders}
    if order not in rows:
        raise InvalidInput(f"no order is called {order!r}; there are {', '.join(rows)}")
    story, row = _Story(result, log), rows[order]
    if not row.late(result.end):
        when = result.end if row.finish is None else row.finish
        return story.told([Link(when, order, "is not late")])
    instead = story.lateness.instead(row)
    if instead is not None:
        scrap = instead.scrapped
        because = f": {instead.edge} broke" if instead.edge else ""
        words = f"{_late(row, result.end)}: {story.lateness.replacing(row, instead)}"
        return story.told(
            [
                Link(scrap.time, scrap.place, f"scraps {scrap.job}{because}"),
                Link(_finish(row, result.end), order, words),
            ]
        )
    waited: tuple[float, list[StateRow]] | None = None
    for stop in story.stops():
        seconds = story.waited(order, stop)
        if seconds >= SHORT and (waited is None or seconds > waited[0]):
            waited = seconds, stop
    if waited is None:
        words = f"{_late(row, result.end)}: {story.lateness.why(row)}"
        return story.told([Link(_finish(row, result.end), order, words)])
    return story.told([*story.around(waited[1]), *story.orders(waited[1], only=order)])


class _Story:
    """The log of a run, by machine."""

    def __init__(self, result: Result, log: Log) -> None:
        self.result, self.log = result, log
        self.rows = machine_states.standing(result, log)
        self.stations = {m.name: m.station for m in result.plant.machines}
        self.lateness = Lateness(result)
        self.of_machine: dict[str, list[StateRow]] = {}
        for row in self.rows:
            self.of_machine.setdefault(row.machine, []).append(row)

    def of(self, machine: str) -> list[StateRow]:
        """Return the states of *machine* in order of time."""
        return self.of_machine.get(machine, [])

    def told(self, links: list[Link]) -> Chain:
        """Return *links* in order of time, each machine's state and each event once."""
        unique = dict.fromkeys(sorted(links, key=lambda link: link.time))
        return Chain(tuple(unique), self.result.scenario.start)

    def path(self, machine: str, time: float) -> list[StateRow]:
        """Return the states from *machine* back to the one that all others hang on."""
        path: list[StateRow] = []
        subject: str | None = machine
        while subject is not None and subject not in [row.machine for row in path]:
            row = machine_states.state_at(self.rows, subject, time)
            if row is None:
                break
            path.append(row)
            if row.mode in STOPS:
                break
            subject = reason.hangs_on(self.result, self.rows, row, time)
        return path

    def stop(self, row: StateRow) -> list[StateRow]:
        """Return the states of one machine that are one stop together with *row*."""
        return next(stop for stop in self.stops(row.machine) if row in stop)

    def stops(self, *machines: str) -> Iterator[list[StateRow]]:
        """Yield every stop of *machines*, or of all; a night off shift parts none."""
        for name in machines or self.of_machine:
            stop: list[StateRow] = []
            night: list[StateRow] = []
            for row in self.of(name):
                meets = bool(stop) and [*stop, *night][-1].end == row.start
                if meets and row.mode == "off shift":
                    night.append(row)
                elif meets and row.mode in STOPS and (not night or row.cause == stop[-1].cause):
                    stop += [*night, row]
                    night = []
                else:
                    if stop:
                        yield stop
                    stop, night = [row] if row.mode in STOPS else [], []
            if stop:
                yield stop

    def around(self, stop: list[StateRow]) -> list[Link]:
        """Return what led to *stop*, the stop itself, and the machines that it stopped."""
        first, last = stop[0], stop[-1]
        links = [Link(*told) for told in onset(self.result, self.log, first)]
        links += [
            Link(row.start, row.machine, _words(row, before))
            for before, row in zip((None, *stop), stop, strict=False)
        ]
        if last.end < self.result.end:
            then = machine_states.state_at(self.of(last.machine), last.machine, last.end)
            off = then is not None and then.mode == "off shift"
            links.append(Link(last.end, last.machine, "is off shift" if off else "goes on"))
        return links + self._spread(first.machine, first.start, last.end)

    def _spread(self, machine: str, start: float, end: float) -> list[Link]:
        """Return who starved or blocked until the machine had delivered again; and so on."""
        links: list[Link] = []
        seen = {machine}
        todo = [(machine, start, end)]
        while todo:
            name, since, until = todo.pop(0)
            for row in (*self._starved(name, since, until), *self._blocked(name, since, until)):
                if row.machine not in seen:
                    seen.add(row.machine)
                    links.append(Link(row.start, row.machine, _words(row)))
                    todo.append((row.machine, row.start, row.end))
        return links

    def _starved(self, machine: str, since: float, until: float) -> Iterator[StateRow]:
        delivered = min(
            (p.time for p in self.log.pieces if self._ends(p, machine) and p.time >= until),
            default=until,
        )
        for name in self.of_machine:
            for row in self.of(name):
                if row.mode == "starved" and since < row.start <= delivered:
                    if reason.hangs_on(self.result, self.rows, row, row.start) == machine:
                        yield row
                    break

    def _ends(self, piece: PieceRow, machine: str) -> bool:
        return piece.kind == "finished" and piece.place == machine

    def _blocked(self, machine: str, since: float, until: float) -> Iterator[StateRow]:
        for name in self.of_machine:
            for row in self.of(name):
                if row.mode == "blocked" and since < row.start < until:
                    if reason.hangs_on(self.result, self.rows, row, row.start) == machine:
                        yield row
                    break

    def orders(self, stop: list[StateRow], *, only: str | None = None) -> list[Link]:
        """Return the late orders whose pieces *stop* kept waiting."""
        links = []
        end = self.result.end
        for row in self.result.window.orders:
            if only not in (None, row.order) or not row.late(end):
                continue
            waited = self.waited(row.order, stop)
            if waited > 0.0:
                words = f"{_late(row, end)} (waited {long(waited)} for it)"
                links.append(Link(_finish(row, end), row.order, words))
        return links

    def waited(self, order: str, stop: list[StateRow]) -> float:
        """Return how long a piece of *order* stood in *stop* or waited for its end [s]."""
        return self.lateness.waited(order, stop[0].machine, (stop[0].start, stop[-1].end))


def _words(row: StateRow, before: StateRow | None = None) -> str:
    lined_up = before is not None and before.mode in ("waiting for crew", "off shift")
    if lined_up and row.mode == "down" and before is not None and before.cause == row.cause:
        return f"is repaired: {row.cause}"
    told = WORDS.get(row.mode, f"is {row.mode}")
    return f"{told}: {row.cause}" if row.mode in STOPS and row.cause else told


def _finish(row: OrderRow, end: float) -> float:
    return end if row.finish is None else row.finish


def _late(row: OrderRow, end: float) -> str:
    late = row.tardiness(end)
    if late == 0.0:
        return "still open when it is due"
    still = "" if row.finish is not None else "still open, "
    return f"{still}late by {long(late)}"

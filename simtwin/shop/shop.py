"""This module holds the shop: the environment and the living processes of one run."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from simtwin.errors import Deadlock
from simtwin.result.record import PieceRow
from simtwin.shop.flow import Piece
from simtwin.shop.states import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.record import Record
    from simtwin.shop.crew import Crew
    from simtwin.shop.environment import ShopEnvironment
    from simtwin.shop.flow import OrderBook, Source, Station
    from simtwin.shop.interventions import Interventions
    from simtwin.shop.machine import Machine
    from simtwin.shop.plan import Plan
    from simtwin.streams import Streams

Rule = "Callable[[Station, Machine], int | None]"


class Shop:
    """One run: never copied, never pickled, never reused. `build` makes it."""

    def __init__(
        self,
        plan: Plan,
        scenario: Scenario,
        env: ShopEnvironment,
        streams: Streams,
        record: Record,
        orders: dict[str, int],
    ) -> None:
        self.plan = plan
        self.scenario = scenario
        self.env = env
        self.streams = streams
        self.record = record
        self.orders = orders
        """Natural order of every entity that sets alarms."""
        self.machines: dict[str, Machine] = {}
        self.stations: dict[str, Station] = {}
        self.sources: dict[str, Source] = {}
        self.parts: dict[str, Any] = {}
        """Spindles, bearings and failure modes by name; edges live in their machines."""
        self.pieces: dict[str, Piece] = {}
        self.flowing: frozenset[str] = frozenset()
        """Stations that a source routes to."""
        self.depth: dict[str, int] = {}
        """Steps from a station to the way out; unblocking begins with the smallest."""
        self.book: OrderBook
        self.crew: Crew
        self.interventions: Interventions
        self.rule: Callable[[Station, Machine], int | None]
        self.by_holds = False
        """Whether every hold is done for itself, although a program would do."""
        self.busy = 0
        """Machines whose hold has a planned end (derived)."""
        self._leaving: set[Machine] = set()
        self._empty: set[Machine] = set()

    @property
    def model(self) -> PlantModel:
        """The plant model that this run is built from."""
        return self.plan.model

    # -- pieces ------------------------------------------------------------------------------

    def arrive(self, piece: Piece) -> None:
        """Let a new piece in: it joins the station with the least work ahead."""
        operation = self.plan.operation(piece.product, 0)
        station = self._least(operation.stations)
        self.admit(piece, station)
        station.push(piece)
        self.env.dispatch_pending = True

    def admit(self, piece: Piece, station: Station) -> None:
        """Count a new piece in the plant and at its first station."""
        self.pieces[piece.name] = piece
        now = self.env._now
        self.record.plant.enter(now)
        self.record.places[station.name].enter(now)
        if piece.order in self.book.specs:
            self.expect(piece, 1)
        if self.record.log is not None:
            self.log_piece(piece.name, "released", station.name, 0)

    def expect(self, piece: Piece, by: int) -> None:
        """Count the operations that *piece* may still bring to each station up or down."""
        operations = self.plan.products[piece.product].operations
        for operation in operations[piece.operation :]:
            for name in operation.stations:
                self._expect_at(self.stations[name], by)

    def _expect_at(self, station: Station, by: int) -> None:
        before = station.expected
        station.expected = before + by
        if (before == 0) != (station.expected == 0):
            for machine in station.machines:
                self.touch(machine)

    def _least(self, names: tuple[str, ...]) -> Station:
        if len(names) == 1:
            return self.stations[names[0]]
        stations = [self.stations[name] for name in names]
        order = self.orders
        return min(stations, key=lambda s: (s.work_ahead(), order[s.name]))

    def leave(self, machine: Machine) -> bool:
        """Move the finished piece of *machine* on, if there is room; tell whether it moved."""
        work = machine.state.work
        assert work is not None, "only a machine with a piece can let it go"
        piece = self.pieces[work.job]
        now = self.env._now
        operations = self.plan.routes[piece.product]
        following = piece.operation + 1
        if following == len(operations):
            self._exit(machine, piece, now)
            return True
        names = operations[following].stations
        station = self._open(names)
        if station is None:
            for name in names:
                self.stations[name].upstream[machine.name] = machine
            return False
        self._depart(machine, piece, names, now)
        moved = Piece(
            piece.name,
            piece.order,
            piece.product,
            following,
            piece.released,
            now,
            piece.priority,
        )
        self.pieces[piece.name] = moved
        if piece.order in self.book.specs:
            for name in operations[piece.operation].stations:
                self._expect_at(self.stations[name], -1)
        self.record.places[station.name].enter(now)
        station.push(moved)
        if self.record.log is not None:
            self.log_piece(piece.name, "queued", station.name, following)
        return True

    def _open(self, names: tuple[str, ...]) -> Station | None:
        """Return the station among *names* that a piece joins now, if one has room."""
        if len(names) == 1:
            station = self.stations[names[0]]
            return station if station.has_room() else None
        having_room = tuple(name for name in names if self.stations[name].has_room())
        return self._least(having_room) if having_room else None

    def _depart(
        self, machine: Machine, piece: Piece, waited_for: tuple[str, ...], now: float
    ) -> None:
        """Take *piece* out of *machine* and its station, and tell who waits for the place."""
        station = machine.station
        self.record.places[station.name].leave(now, piece.since)
        for name in waited_for:
            self.stations[name].upstream.pop(machine.name, None)
        machine.depart()
        self._empty.add(machine)
        if station.upstream:
            station.freed()

    def _exit(self, machine: Machine, piece: Piece, now: float) -> None:
        self._depart(machine, piece, (), now)
        self._gone(piece, now)
        self.book.finished(piece)
        if self.record.log is not None:
            self.log_piece(piece.name, "done", machine.name, piece.operation)

    def scrap(self, machine: Machine) -> None:
        """Throw the piece of *machine* away; an order gets another in its place."""
        work = machine.state.work
        assert work is not None, "only a piece can be scrapped"
        piece = self.pieces[work.job]
        now = self.env._now
        self._depart(machine, piece, (), now)
        self._gone(piece, now)
        if self.record.log is not None:
            self.log_piece(piece.name, "scrapped", machine.name, piece.operation)
        self.book.scrapped(piece)

    def _gone(self, piece: Piece, now: float) -> None:
        if piece.order in self.book.specs:
            self.expect(piece, -1)
        del self.pieces[piece.name]
        self.record.plant.leave(now, piece.released)

    # -- dispatch ----------------------------------------------------------------------------

    def touch(self, machine: Machine) -> None:
        """Look at *machine* in this instant's dispatch: something about it has changed."""
        work = machine.state.work
        if work is None:
            self._empty.add(machine)
        elif work.step == DONE:
            self._leaving.add(machine)
        self.env.dispatch_pending = True

    def vacant(self, machine: Machine) -> None:
        """Look at the empty *machine* in this instant's dispatch."""
        self._empty.add(machine)
        self.env.dispatch_pending = True

    def leaving(self, machine: Machine) -> None:
        """Look at *machine* in this instant's dispatch: its piece is finished."""
        self._leaving.add(machine)
        self.env.dispatch_pending = True

    def call_dispatch(self) -> None:
        """Ask for this instant's dispatch."""
        self.env.dispatch_pending = True

    def dispatch(self) -> None:
        """Move everything that can move: crew first, then unblocking, then loading (KERNEL 4).

        Only machines that something has happened to are looked at; the order is that of
        passes over all of them.
        """
        if self.crew.state.waiting:
            self.crew.assign()
        resting: list[Machine] = []
        while self._leaving or self._empty:
            if self._leaving:
                self._unblock()
            if self._empty:
                self._load(resting)
        if len(resting) > 1:
            resting.sort(key=_order)
        for machine in resting:
            if machine.able:
                machine.rest()
        if self.busy == 0 and self.pieces:
            self._stuck()

    def _unblock(self) -> None:
        """Let finished pieces leave, from downstream to upstream."""
        leaving = self._leaving
        if len(leaving) == 1:
            heap = [leaving.pop().upstream_place]
        else:
            heap = [machine.upstream_place for machine in leaving]
            leaving.clear()
            heapify(heap)
        later: list[Machine] = []
        while heap:
            place = heappop(heap)
            machine = place[2]
            work = machine.state.work
            if work is None or work.step != DONE:
                continue
            if not self.leave(machine):
                machine.block()
            if leaving:
                for other in leaving:
                    if other.upstream_place > place:
                        heappush(heap, other.upstream_place)
                    else:
                        later.append(other)
                leaving.clear()
        leaving.update(later)

    def _load(self, resting: list[Machine]) -> None:
        """Give empty machines their next piece, in the order of names."""
        empty = self._empty
        if len(empty) == 1:
            heap = [empty.pop().place]
        else:
            heap = [machine.place for machine in empty]
            empty.clear()
            heapify(heap)
        later: list[Machine] = []
        while heap:
            place = heappop(heap)
            machine = place[1]
            if not machine.able:
                continue
            station = machine.station
            piece = station.pick(machine)
            if piece is None:
                resting.append(machine)
                continue
            if self.record.log is not None:
                self.log_piece(piece.name, "started", machine.name, piece.operation)
            machine.take(piece.name, piece.product, piece.operation)
            if station.upstream:
                station.freed()
            if empty:
                for other in empty:
                    if other.place > place:
                        heappush(heap, other.place)
                    else:
                        later.append(other)
                empty.clear()
        empty.update(later)

    # -- what can never go on ------------------------------------------------------------------

    def _stuck(self) -> None:
        """Raise when pieces are open and no pending event can ever release one (KERNEL 29)."""
        if self.interventions.pending or self.book.alarm is not None:
            return
        if any(source.alarm is not None for source in self.sources.values()):
            return
        for machine in self.machines.values():
            state = machine.state
            if state.phase == "cooling" and machine.alarm is not None:
                return
            if state.phase == "stopped" and self.scenario.horizon is not None:
                return
        raise Deadlock(stuck_message(self))

    # -- the log -----------------------------------------------------------------------------

    def log_piece(self, job: str, kind: str, place: str, operation: int) -> None:
        """Note a step in the life of a piece."""
        log = self.record.log
        assert log is not None, "asked only when a log is kept"
        piece = self.pieces.get(job)
        name = ""
        if piece is not None:
            name = self.plan.operation(piece.product, operation).name
        log.pieces.append(PieceRow(self.env._now, job, kind, place, name))


def _order(machine: Machine) -> int:
    return machine.order


def stuck_message(shop: Shop) -> str:
    """Say who waits for whom, with the cycle if there is one."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    stories = []
    for machine in shop.machines.values():
        state = machine.state
        work = state.work
        if work is not None and work.step == DONE:
            piece = shop.pieces[work.job]
            names = shop.plan.operation(piece.product, piece.operation + 1).stations
            for name in names:
                for other in shop.stations[name].machines:
                    graph.add_edge(machine.name, other.name)
            stories.append(f"{machine.name} is blocked by {' and '.join(names)}")
        elif state.phase != "open":
            stories.append(f"{machine.name} is in {state.mode.name} ({state.mode.cause})")
    try:
        cycle = [one for one, _ in nx.find_cycle(graph)]
    except nx.NetworkXNoCycle:
        cycle = []
    circle = f"; cycle: {' -> '.join([*cycle, cycle[0]])}" if cycle else ""
    waiting = sum(len(station.state.queue) for station in shop.stations.values())
    return (
        f"deadlock at {shop.env.now:.6g} s: {len(shop.pieces)} pieces are open ({waiting} in "
        f"queues) and no pending event can release one; {'; '.join(stories) or 'all idle'}"
        f"{circle}"
    )

"""This module holds the shop: the environment and the living processes of one run."""

from __future__ import annotations

from array import array
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simtwin.names import EXIT, RELEASE
from simtwin.shop import batch, deadlock
from simtwin.shop.flow_states import Piece
from simtwin.shop.kanban import KanbanStation
from simtwin.shop.preemption import interrupt
from simtwin.shop.states import ABLE, DONE
from simtwin.shop.transport import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.calendar import Hours
    from simtwin.plant.model import OrderSpec, PlantModel, Scenario
    from simtwin.plant.policy import PolicySpec
    from simtwin.result.record import Record
    from simtwin.shop.backlog import Backlog
    from simtwin.shop.batch import Batch
    from simtwin.shop.batch_station import BatchStation
    from simtwin.shop.calendar import Shifts
    from simtwin.shop.crew import Crew
    from simtwin.shop.environment import ShopEnvironment
    from simtwin.shop.flow import OrderBook, Source, Station
    from simtwin.shop.interventions import Interventions
    from simtwin.shop.lives import Lives
    from simtwin.shop.machine import Machine
    from simtwin.shop.plan import Plan
    from simtwin.shop.quality import Loop
    from simtwin.shop.states import Work
    from simtwin.shop.transport import Transport
    from simtwin.shop.upkeep import Policies, Upkeep
    from simtwin.streams import Streams

ASKED = 64
"""Pieces that come at one instant between two looks at the caller's guard."""

Place = tuple[int, int, "Machine"]
"""Where a machine stands in a pass of the dispatch."""

Rule = "Callable[[Station, Machine], int | None]"


class Shop:
    """One run: never copied, never pickled, never reused. `build` makes it."""

    __slots__ = (
        "backlog", "batches", "batching", "book", "busy", "by_age", "by_holds", "comings",
        "crew", "depth", "direct", "empty", "entries", "env", "flowing", "hours", "interrupted",
        "interventions", "kanban", "leaving", "lives", "log", "loops", "machines", "movers",
        "orders", "parts", "pieces", "plan", "policies", "preemptive", "pull", "puts_off",
        "record", "rings", "routes", "rule", "scenario", "shifts", "sources", "special",
        "specs", "stations", "streams", "suspects", "transport", "upkeep",
    )  # fmt: skip

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
        self.routes = plan.routes
        """Operations of each product."""
        self.record = record
        self.log = record.log
        self.orders = orders
        """Natural order of every entity that sets alarms."""
        self.machines: dict[str, Machine] = {}
        self.stations: dict[str, Station] = {}
        self.entries: dict[str, Station | None] = {}
        """What `_entry` has found for each product."""
        self.sources: dict[str, Source] = {}
        self.parts: dict[str, Any] = {}
        """Spindles, bearings and failure modes by name; edges live in their machines."""
        self.pieces: dict[str, Piece] = {}
        self.loops: dict[str, Loop] = {}
        """Pieces that were sent back for rework."""
        self.specs: dict[str, OrderSpec] = {}
        """Orders by name; a piece of none of them is of a source."""
        self.flowing: frozenset[str] = frozenset()
        """Stations that a source routes to."""
        self.depth: dict[str, int] = {}
        """Steps from a station to the way out; unblocking begins with the smallest."""
        self.book: OrderBook
        self.crew: Crew
        self.hours: dict[str, Hours] = {}
        """Calendars on the clock of this run."""
        self.shifts: tuple[Shifts, ...] = ()
        self.upkeep: Upkeep
        self.by_age: dict[str, PolicySpec] = {}
        """Failure mode -> the policy that renews it at an age."""
        self.policies: Policies
        self.interventions: Interventions
        self.rule: Callable[[Station, Machine], int | None]
        self.backlog: Backlog | None = None
        """The door, where work in progress is limited."""
        self.kanban: tuple[KanbanStation, ...] = ()
        """Stations with cards, from downstream to upstream."""
        self.preemptive: tuple[Station, ...] = ()
        """Stations at which the more urgent interrupts, from downstream to upstream."""
        self.interrupted: dict[str, Work] = {}
        """How far the pieces are that were interrupted and wait to go on."""
        self.batches: dict[str, Batch] = {}
        """Machine -> the pieces in it beside the one that leads, where it works on several."""
        self.batching: tuple[BatchStation, ...] = ()
        """Stations whose machines work on several pieces at once."""
        self.transport: Transport | None = None
        """The ways between stations, where they take time."""
        self.special = False
        """Whether pieces may go back, into stores, together, or are carried."""
        self.movers = False
        """Whether a piece may have to wait for somebody to carry it."""
        self.pull: Callable[[], bool] | None = None
        """Moves on what cards and movers let go, and tells whether anything went; None where
        pieces only go from machine to machine, one by one."""
        self.direct = False
        """Whether all pieces go from machine to machine, one by one, and nobody pulls them."""
        self.lives: Lives | None = None
        """What every part meets and suffers; kept only where somebody looks ahead."""
        self.by_holds = False
        """Whether every hold is done for itself, although a program would do."""
        self.puts_off = True
        """Whether record and log may be behind, until `Machine.catch_up`."""
        self.busy = 0
        """Machines whose hold has a planned end (derived)."""
        self.rings = plan.rings
        """Stations that can come to wait for each other in a circle."""
        self.suspects: set[str] = set()
        """Those of them at which a piece has found no room in this instant."""
        self.leaving: list[Place] = []
        """Machines to be looked at, their pieces finished, in any order and perhaps twice."""
        self.empty: list[Place] = []
        """The same for machines without a piece."""
        self.comings = array("d")
        """When the first piece came into the empty shop and the last went, in turn [s]."""

    @property
    def model(self) -> PlantModel:
        """The plant model that this run is built from."""
        return self.plan.model

    # -- pieces ------------------------------------------------------------------------------

    def arrive(self, *pieces: Piece) -> None:
        """Let new pieces of a product in, or have them wait where work in progress is limited.

        The caller's guard is asked on the way: an order may have a hundred thousand of them.
        """
        product = pieces[0].product
        try:
            station = self.entries[product]
        except KeyError:
            station = self.entries[product] = self._entry(product)
        if station is None:
            for number, piece in enumerate(pieces):
                if number % ASKED == 0:
                    self.env.ask_guard()
                self._arrive(piece)
            return
        # Only one queue may take them, so that nobody need look at it between two of them.
        self.env.dispatch_pending = True
        for piece in pieces:
            self.admit(piece, station)
        if len(pieces) == 1:
            station.push(pieces[0])
        else:
            station.push_all(pieces)

    def _entry(self, product: str) -> Station | None:
        """Return the station whose queue takes every new piece of *product* at once, if any."""
        stations = self.routes[product][0].stations
        limited = self.backlog is not None and self.backlog.limits(product)
        if limited or len(stations) > 1 or self.transport is not None:
            return None
        return self.stations[stations[0]]

    def _arrive(self, piece: Piece) -> None:
        if self.backlog is not None and self.backlog.limits(piece.product):
            self.backlog.arrive(piece)
        else:
            self.let_in(piece)

    def let_in(self, piece: Piece) -> None:
        """Let a new piece join the station with the least work ahead."""
        self.env.dispatch_pending = True
        if self.transport is not None:
            self.admit(piece, None)
            self._send_in(piece)
            return
        station = self._least(self.routes[piece.product][0].stations)
        self.admit(piece, station)
        station.push(piece)

    def admit(self, piece: Piece, station: Station | None) -> None:
        """Count a new piece in the plant and at its first *station*; None: it is carried."""
        now = self.env._now
        if not self.pieces:
            self.comings.append(now)
        self.pieces[piece.name] = piece
        self.record.plant.enter(now)
        if station is not None:
            station.totals.enter(now)
        if piece.order in self.specs:
            self.expect(piece, 1)
        if self.log is not None and station is not None:
            self.log.tell(now, piece.name, "released", station.name, piece.product)

    def _send_in(self, piece: Piece) -> None:
        """Send a new piece to its first station, or have it call a mover."""
        station = self._least(self.routes[piece.product][0].stations)
        if not (self.movers and self._calls(piece, None, station.name)):
            self.bring_in(piece)

    def bring_in(self, piece: Piece) -> None:
        """Bring a new piece to the station with the least work ahead."""
        assert self.transport is not None, "only what is carried is brought"
        station = self._least(self.routes[piece.product][0].stations)
        if not self.transport.carry(piece, RELEASE, station.name):
            self.welcome(piece, station, "released")

    def welcome(self, piece: Piece, station: Station, kind: str = "queued") -> None:
        """Put *piece* into the queue of *station*, where it arrives now."""
        now = self.env._now
        arrived = piece if piece.since == now else structs.replace(piece, since=now)
        self.pieces[piece.name] = arrived
        station.totals.enter(now)
        station.push(arrived)
        self.suspect(station)
        if self.log is not None:
            self.log_piece(arrived, kind, station.name)

    def _calls(
        self,
        piece: Piece,
        home: Station | None,
        to: str,
        machine: Machine | None = None,
        having_room: tuple[str, ...] = (),
    ) -> bool:
        """Have *piece* call a mover if it needs one on its way; tell whether it waits for one.

        It is in *machine* or the store of *home*, or at the release, and chose the station *to*
        among those *having_room*.
        """
        assert self.transport is not None, "there are movers"
        if self.transport.is_called(piece.name, having_room):
            return True
        if not self.transport.holds(RELEASE if home is None else home.name, to):
            return False
        store = "" if home is None or machine is not None else home.name
        inside = "" if machine is None else machine.name
        self.transport.call(Call(self.env._now, piece.name, inside, store, having_room))
        return True

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
        order, routing = self.orders, self.scenario.routing
        if routing == "in order":
            return next((s for s in stations if s.has_room()), stations[0])
        if routing == "shortest queue":
            return min(stations, key=lambda s: (s.pieces_ahead(), order[s.name]))
        return min(stations, key=lambda s: (s.work_ahead(), order[s.name]))

    def leave(self, machine: Machine) -> bool:
        """Move the finished piece of *machine* on, if there is room; tell whether it moved."""
        if self.special:
            if machine.name in self.batches:
                return batch.leave(self, machine)
            return self.leave_by_rules(machine)
        state = machine.outline
        work = state.work
        assert work is not None, "only a machine with a piece can let it go"
        piece = self.pieces[work.job]
        if not self.pass_on(machine, piece):
            return False
        if state.phase != "done":  # It is blocked.
            self._wait_no_more(machine, piece)
        machine.outline = structs.replace(machine.outline, work=None)
        self.empty.append(machine.place)
        return True

    def pass_on(self, machine: Machine, piece: Piece) -> bool:
        """Move *piece*, finished in *machine*, to the next station or out, if there is room.

        The common way of `leave_by_rules` written out: most of a plain line's time is here.
        What the machine holds then is the caller's to write.
        """
        operations = self.routes[piece.product]
        home, now = machine.station, self.env._now
        following = piece.operation + 1
        station = None
        if following < len(operations):
            names = operations[following].stations
            station = self.stations[names[0]] if len(names) == 1 else self._open(names)
            if station is None or (
                len(station.state.queue) >= station.capacity and not station.has_room()
            ):
                if home.name not in names:
                    self._waits_for(machine, names)
                    return False
                station = home  # It takes the place that its leaving frees.
        totals = home.totals
        totals.area += now
        totals.left += 1
        totals.sojourn += now - piece.since
        if home.upstream:
            home.freed()
        if station is None:
            self.finished(piece, machine.name)
            return True
        moved = structs.replace(piece, operation=following, since=now)
        self.pieces[piece.name] = moved
        if piece.order in self.specs:
            for visited in operations[piece.operation].stations:
                self._expect_at(self.stations[visited], -1)
        totals = station.totals
        totals.area -= now
        totals.entered += 1
        station.push(moved)
        if self.log is not None:
            self.log_piece(moved, "queued", station.name)
        return True

    def _wait_no_more(self, machine: Machine, piece: Piece) -> None:
        """Have no station know *machine* as waiting for room there."""
        operations = self.routes[piece.product]
        following = piece.operation + 1
        if following < len(operations):
            for name in operations[following].stations:
                self.stations[name].upstream.pop(machine.name, None)

    def leave_by_rules(self, machine: Machine, *, carried: bool = False) -> bool:
        """Do as `leave` where pieces go back, into stores, or are carried.

        Where it needs a mover it calls one, unless it is *carried* by one already.
        """
        work = machine.state.work
        assert work is not None, "only a machine with a piece can let it go"
        piece = self.pieces[work.job]
        operations = self.routes[piece.product]
        following = self.following(piece)
        home = machine.station
        if following == len(operations):
            if self.movers and not carried and self._calls(piece, home, EXIT, machine):
                return False
            self._exit(machine, piece)
            return True
        names = operations[following].stations
        if home.cards is not None:
            self._put_away(machine, piece, names)
            return True
        open_ = self._having_room(names)
        station = self._least(open_) if open_ else None
        if station is None:
            station = self._without_room(machine, names)
            if station is None:
                return False
        if (
            self.movers
            and not carried
            and self._calls(piece, home, station.name, machine, open_)
        ):
            self._waits_for(machine, names)  # Other ways may come to be open.
            return False
        self._let_go(machine, piece, names)
        self._join(piece, following, station, home.name)
        return True

    def _without_room(self, machine: Machine, names: tuple[str, ...]) -> Station | None:
        """Have *machine* wait for one of the stations *names*, none of which has room.

        A piece that stays at its station takes the place that comes free by its leaving.
        """
        home = machine.station
        if home.name in names:
            return home
        self._waits_for(machine, names)
        return None

    def _waits_for(self, machine: Machine, names: tuple[str, ...]) -> None:
        """Have the stations *names* tell *machine* when a place comes free."""
        for name in names:
            self.stations[name].upstream[machine.name] = machine
        if self.rings:
            self.suspect(machine.station)

    def suspect(self, station: Station) -> None:
        """Ask at the end of this instant whether what is at *station* can ever go on."""
        if station.name in self.rings:
            self.suspects.add(station.name)

    def hand_on(self, home: KanbanStation, piece: Piece, *, carried: bool = False) -> bool:
        """Move a finished *piece* on out of the store of *home*, if there is room for it."""
        following = self.following(piece)
        operations = self.routes[piece.product]
        station = None
        open_: tuple[str, ...] = ()
        if following < len(operations):
            names = operations[following].stations
            open_ = self._having_room(names)
            if not open_ and home.name not in names:
                return False
            station = self._least(open_) if open_ else home
        to = EXIT if station is None else station.name
        if self.movers and not carried and self._calls(piece, home, to, having_room=open_):
            return False
        home.totals.leave(self.env._now, piece.since)
        home.taken(piece.name)
        if station is None:
            self._out(piece, home.name, home.name)
        else:
            self._join(piece, following, station, home.name)
        return True

    def _join(self, piece: Piece, following: int, station: Station, origin: str) -> None:
        """Send *piece*, which has left *origin*, to its next *station*."""
        name, done, now = piece.name, piece.operation, self.env._now
        moved = structs.replace(piece, operation=following, since=now)
        self.pieces[name] = moved
        if piece.order in self.specs:
            for visited in self.routes[piece.product][done].stations:
                self._expect_at(self.stations[visited], -1)
            if following <= done:
                self._expect_again(moved, done)
        if self.loops and name in self.loops:
            self.loops[name] = structs.replace(self.loops[name], to=None)
        if self.transport is not None:
            self.transport.forget(name)
            if self.transport.carry(moved, origin, station.name):
                return
        station.totals.enter(now)
        station.push(moved)
        if self.log is not None:
            self.log_piece(moved, "queued", station.name)

    def following(self, piece: Piece) -> int:
        """Return the operation that finished *piece* goes to: the next, or back to one."""
        loop = self.loops.get(piece.name)
        return piece.operation + 1 if loop is None or loop.to is None else loop.to

    def _expect_again(self, piece: Piece, last: int) -> None:
        """Count the operations up to the *last* that *piece*, sent back, brings once more."""
        for operation in self.routes[piece.product][piece.operation : last + 1]:
            for name in operation.stations:
                self._expect_at(self.stations[name], 1)

    def _open(self, names: tuple[str, ...]) -> Station | None:
        """Return the station among *names* that a piece joins now, if one has room."""
        having_room = self._having_room(names)
        return self._least(having_room) if having_room else None

    def _having_room(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if self.stations[name].has_room())

    def _depart(self, machine: Machine, piece: Piece, waited_for: tuple[str, ...]) -> None:
        """Take *piece* out of *machine* and its station, and tell who waits for the place."""
        station = machine.station
        station.totals.leave(self.env._now, piece.since)
        for name in waited_for:
            self.stations[name].upstream.pop(machine.name, None)
        machine.state = structs.replace(machine.state, work=None)
        self.empty.append(machine.place)
        if station.upstream:
            station.freed()

    def _let_go(self, machine: Machine, piece: Piece, waited_for: tuple[str, ...]) -> None:
        """Do as `_depart`; the next of a batch that *piece* was of is then to leave."""
        self._depart(machine, piece, waited_for)
        if machine.name in self.batches:
            batch.bring_forward(machine)

    def _put_away(self, machine: Machine, piece: Piece, waited_for: tuple[str, ...]) -> None:
        """Put the finished *piece* of *machine* into the store of its kanban station."""
        station = machine.station
        assert isinstance(station, KanbanStation), "only such a station has cards"
        for name in waited_for:
            self.stations[name].upstream.pop(machine.name, None)
        machine.state = structs.replace(machine.state, work=None)
        self.empty.append(machine.place)
        station.put_away(piece.name)
        station.let_go()
        self.suspect(station)

    def _exit(self, machine: Machine, piece: Piece) -> None:
        self._let_go(machine, piece, ())
        if machine.station.cards is not None:
            machine.station.tell(machine)
        self._out(piece, machine.station.name, machine.name)

    def _out(self, piece: Piece, origin: str, place: str) -> None:
        """Send *piece*, which is done at *place* of the station *origin*, out of the plant."""
        if self.transport is not None:
            self.transport.forget(piece.name)
            if self.transport.carry(piece, origin, EXIT):
                return
        self.finished(piece, place)

    def finished(self, piece: Piece, place: str) -> None:
        """Count *piece*, which is done and has left *place*, out of the plant."""
        if piece.name in self.loops:
            self._last_seen(place).totals.count("good after rework")
        self._gone(piece)
        if piece.order in self.specs:
            self.book.finished(piece)
        if self.log is not None:
            self.log.tell(self.env._now, piece.name, "done", place)

    def _last_seen(self, place: str) -> Machine:
        """Return the machine of *place*, or the first of that station.

        A station that another plant has not any more is told of by the first machine of all.
        """
        if place in self.machines:
            return self.machines[place]
        station = self.stations.get(place)
        return next(iter(self.machines.values())) if station is None else station.machines[0]

    def scrap(self, machine: Machine) -> None:
        """Throw the piece of *machine* away; an order gets another in its place."""
        work = machine.state.work
        assert work is not None, "only a piece can be scrapped"
        piece = self.pieces[work.job]
        self._let_go(machine, piece, ())
        machine.station.tell(machine)
        self._gone(piece)
        if self.log is not None:
            self.log.tell(self.env._now, piece.name, "scrapped", machine.name)
        self.book.scrapped(piece)

    def _gone(self, piece: Piece) -> None:
        if piece.order in self.specs:
            self.expect(piece, -1)
        del self.pieces[piece.name]
        if self.loops:
            self.loops.pop(piece.name, None)
        now = self.env._now
        if not self.pieces:
            self.comings.append(now)
        self.record.plant.leave(now, piece.released)

    # -- dispatch ----------------------------------------------------------------------------

    def touch(self, machine: Machine) -> None:
        """Look at *machine* in this instant's dispatch: something about it has changed."""
        work = machine.outline.work
        if work is None:
            self.empty.append(machine.place)
        elif work.step == DONE:
            self.leaving.append(machine.upstream_place)
        self.env.dispatch_pending = True

    def call_dispatch(self) -> None:
        """Ask for this instant's dispatch."""
        self.env.dispatch_pending = True

    def dispatch(self) -> None:
        """Move everything that can move: crew first, then unblocking, then loading (KERNEL 4).

        Only machines that something has happened to are looked at; the order is that of
        passes over all of them.
        """
        crew = self.crew
        if crew.state.waiting:
            crew.assign()
        resting: list[Machine] = []
        if self.pull is not None:
            self._pass_on(self.pull, resting)
        while self.leaving or self.empty:
            if self.leaving:
                self._unblock()
            if self.empty:
                self._load(resting)
            if crew.state.waiting:
                crew.assign()
        self.env.dispatch_pending = False
        if len(resting) > 1:
            resting.sort(key=_order)
        for machine in resting:
            machine.rest()
        if self.suspects or (self.busy == 0 and self.pieces):
            deadlock.look(self)

    def _pass_on(self, pull: Callable[[], bool], resting: list[Machine]) -> None:
        """Unblock, pull and load until nothing moves: a load may let cards and places go.

        Only then does the more urgent interrupt, where it may.
        """
        again = True
        while again or self.leaving:
            if self.leaving:
                self._unblock()
            pull()
            again = bool(self.empty)
            if again:
                self._load(resting)
            if self.crew.state.waiting:
                self.crew.assign()
            if self.preemptive and not again and not self.leaving:
                again = interrupt(self)
        if self.batching and batch.starves(self):
            deadlock.stuck(self)

    def _unblock(self) -> None:
        """Let finished pieces leave, from downstream to upstream."""
        heap = self.leaving
        more: list[Place] = []
        self.leaving = more
        if len(heap) > 1:
            heapify(heap)
        while heap:
            place = heappop(heap)
            machine = place[2]
            state = machine.outline
            work = state.work
            if work is None or work.step != DONE:
                continue
            if not self.leave(machine) and state.phase == "done":
                machine.stand("blocked", machine.outline.work, state.setting)
            if more:
                self.leaving = more = _sorted_in(heap, place, more)

    def _load(self, resting: list[Machine]) -> None:
        """Give empty machines their next piece, in the order of names."""
        heap = self.empty
        more: list[Place] = []
        self.empty = more
        if len(heap) > 1:
            heapify(heap)
        while heap:
            place = heappop(heap)
            machine = place[2]
            state = machine.outline
            if state.work is not None or state.phase not in ABLE:
                continue
            if machine.closed or machine.wanted:
                machine.stand("idle", None, state.setting)
                continue
            station = machine.station
            piece = station.pick(machine)
            if piece is None:
                resting.append(machine)
                continue
            if self.log is not None:
                self.log_piece(piece, "started", machine.name)
            machine.take(piece.name, piece.product, piece.operation)
            if station.upstream:
                station.freed()
            if more:
                self.empty = more = _sorted_in(heap, place, more)

    def pull_on(self) -> bool:
        """Move on what cards and movers let go until nothing goes; tell whether any went."""
        moved = False
        while self._pull():
            moved = True
        return moved

    def _pull(self) -> bool:
        """Let go what waits in stores, carry what called, let in what waits outside."""
        moved = False
        for station in self.kanban:
            if station.state.finished:
                moved = station.let_go() or moved
        if self.transport is not None:
            moved = self.transport.serve() or moved
        if self.backlog is not None:
            moved = self.backlog.release() or moved
        return moved

    # -- the log -----------------------------------------------------------------------------

    def log_piece(self, piece: Piece, kind: str, place: str) -> None:
        """Note a step in the life of a piece."""
        log = self.log
        assert log is not None, "asked only when a log is kept"
        log.tell(self.env._now, piece.name, kind, place, piece.product, piece.operation)


def _sorted_in(heap: list[Place], place: Place, more: list[Place]) -> list[Place]:
    """Put those of *more* that come after *place* into this pass; return the others."""
    later = []
    for other in more:
        if other > place:
            heappush(heap, other)
        elif other not in later:
            later.append(other)
    return later


def _order(machine: Machine) -> int:
    return machine.order

"""This module holds the batch station: a queue from which machines take pieces together.

An empty machine looks at what waits: pieces that go together are ready when they are as many as
a batch needs at least, or the oldest of them has waited long enough. The rule picks the first
of those that are ready, then the others of its kind, as many as go in. That with the longest
operation leads. Sources: Neuts, Ann. Math. Stat. 38, 1967 (bulk service); Hopp & Spearman,
"Factory Physics", ch. 9; the longest operation decides: Brucker et al., "Scheduling a batching
machine", J. Scheduling 1, 1998.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from simtwin.parts.alarm import Rank, instant, waker
from simtwin.shop.batch import Batch, in_hand
from simtwin.shop.dispatch import plain_fifo
from simtwin.shop.flow import Station
from simtwin.shop.flow_states import StationState

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterator

    import networkx as nx
    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.plant.batch import BatchSpec
    from simtwin.plant.model import StationSpec
    from simtwin.shop.flow import Source
    from simtwin.shop.flow_states import Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class BatchStation(Station):
    """A station whose machines take pieces together.

    Its alarm stands where the first piece that has not waited long enough will have; that
    follows from the queue, so no snapshot keeps it.
    """

    __slots__ = ("alarm", "asleep", "batch", "most", "process", "wait")

    def __init__(self, shop: Shop, spec: StationSpec, state: StationState) -> None:
        super().__init__(shop, spec, state)
        assert spec.batch is not None, "only a station with batches is one"
        self.batch: BatchSpec = spec.batch
        self.most = spec.batch.most
        self.wait = None if spec.batch.wait is None else instant(spec.batch.wait)
        """How long the oldest piece of a batch waits for more [s]; None: for ever."""
        self.alarm: Alarm | None = None
        self.asleep = shop.env.asleep
        self.process = None if self.wait is None else shop.env.begin(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Have the empty machines look again when a piece has waited long enough; for ever."""
        while True:
            yield self.asleep
            self.alarm = None
            for machine in self.machines:
                self.shop.touch(machine)
            self.watch()

    def watch(self) -> None:
        """Have the alarm stand where the next piece will have waited long enough."""
        if self.wait is None or self.process is None:
            return
        env, pieces, queue = self.shop.env, self.shop.pieces, self.state.queue
        since = env._now - self.wait
        first = bisect_right(queue, since, key=lambda name: pieces[name].since)
        at = pieces[queue[first]].since + self.wait if first < len(queue) else None
        if self.alarm is not None:
            if self.alarm.at == at:
                return
            env.void(self.alarm)
            self.alarm = None
        if at is not None:
            order = self.shop.orders[self.name]
            self.alarm = env.arm(
                at, Rank.ARRIVAL, order, self.name, "waited", waker(self.process)
            )

    # -- the queue ---------------------------------------------------------------------------

    def has_room(self) -> bool:
        """Whether one more piece may come: a slot, or one of the places in an empty machine."""
        empty = sum(machine.state.work is None for machine in self.machines)
        return len(self.state.queue) < self.capacity + self.most * empty

    def has_work(self) -> bool:
        """Whether a batch could begin now."""
        return bool(self.fed or self._ready())

    def pieces_ahead(self) -> float:
        """Return the pieces that wait here and are in hand, per machine."""
        inside = sum(len(in_hand(machine)) for machine in self.machines)
        return (len(self.state.queue) + inside) / len(self.machines)

    def push(self, piece: Piece) -> None:
        """Put *piece* at its place in the queue and tell the machines."""
        super().push(piece)
        self.watch()

    def pick(self, machine: Machine) -> Piece | None:
        """Take the next batch for *machine* out of the queue; return the piece that leads."""
        pieces, names = self.shop.pieces, self._gathered(machine)
        source = self._filling(names)
        kinds = [(pieces[name].product, pieces[name].operation) for name in names]
        if source is not None:
            kinds.append((source.spec.product, 0))
        if not kinds or (machine.holds and machine.is_too_late(*max(kinds, key=self._work))):
            return None
        while source is not None and len(names) < self.most:
            names.append(source.create_here(self).name)
        self._take_out(names)
        lead = max(names, key=lambda n: self._work((pieces[n].product, pieces[n].operation)))
        self._put_in(machine, tuple(name for name in names if name != lead))
        self.call_holding(machine)
        return pieces[lead]

    def _filling(self, names: list[str]) -> Source | None:
        """Return the source that never ends whose pieces go with *names*, if there is one."""
        if not self.fed or (names and self._kind(names[0]) != self._kind_of_source()):
            return None
        return self.fed[0]

    def _put_in(self, machine: Machine, others: tuple[str, ...]) -> None:
        """Note the *others* of the batch that *machine* begins now."""
        shop = self.shop
        if others:
            shop.batches[machine.name] = Batch(others)
        if shop.log is not None:
            for name in others:
                shop.log_piece(shop.pieces[name], "started", machine.name)

    def _gathered(self, machine: Machine) -> list[str]:
        """Return the pieces of the next batch for *machine*, in the order of the rule."""
        ready = self._ready()
        first = self._chosen(machine, ready)
        found: list[str] = []
        kind = None if first is None else self._kind(first)
        alike = tuple(name for name in ready if self._kind(name) == kind)
        while first is not None:
            found.append(first)
            alike = tuple(name for name in alike if name != first)
            first = self._chosen(machine, alike) if len(found) < self.most else None
        return found

    def _chosen(self, machine: Machine, names: tuple[str, ...]) -> str | None:
        """Return which of *names* the rule takes, as if no other waited."""
        rule = self.shop.rule
        if not names or rule is plain_fifo:
            return names[0] if names else None
        whole, self.state = self.state, StationState(names)
        index = rule(self, machine)
        self.state = whole
        return None if index is None else names[index]

    def _ready(self) -> tuple[str, ...]:
        """Return the pieces of which a batch may begin now, in order of arrival."""
        queue, batch = self.state.queue, self.batch
        if batch.least == 1:
            return queue
        if len(queue) < batch.least and self.wait is None and not self.fed:
            return ()
        kinds = [self._kind(name) for name in queue]
        counts = Counter(kinds)
        ready = {kind for kind, count in counts.items() if count >= batch.least}
        if self.wait is not None:
            pieces, since = self.shop.pieces, self.shop.env._now - self.wait
            waited = (k for k, name in enumerate(queue) if pieces[name].since <= since)
            ready.update(kinds[k] for k in waited)
        if self.fed:  # It never lacks a piece of this kind.
            ready.add(self._kind_of_source())
        return tuple(name for name, kind in zip(queue, kinds, strict=True) if kind in ready)

    def _kind(self, name: str) -> Hashable:
        """Return what pieces have in common that go together with the piece *name*."""
        piece = self.shop.pieces[name]
        return self._kind_of(piece.product, piece.operation)

    def _kind_of_source(self) -> Hashable:
        return self._kind_of(self.fed[0].spec.product, 0)

    def _kind_of(self, product: str, operation: int) -> Hashable:
        match self.batch.same:
            case "operation":
                return product, operation
            case "family":
                return self.machines[0].plan.family(product, operation)
            case "any":
                return None

    def _work(self, kind: tuple[str, int]) -> float:
        return self.shop.plan.nominal(self.name, *kind)

    def _take_out(self, names: list[str]) -> None:
        taken = frozenset(names)
        rest = tuple(name for name in self.state.queue if name not in taken)
        self.state = StationState(rest)
        self.watch()

    # -- who waits for what ------------------------------------------------------------------

    def lacking(self, graph: nx.DiGraph[str]) -> Iterator[str]:
        """Yield what batches lack that cannot begin; draw in *graph* for whom machines wait."""
        counts = Counter(self._kind(name) for name in self.state.queue)
        if all(machine.state.work is not None for machine in self.machines):
            return
        for kind, count in counts.items():
            if count < self.batch.least:
                first = next(n for n in self.state.queue if self._kind(n) == kind)
                piece = self.shop.pieces[first]
                operation = self.shop.plan.operation(piece.product, piece.operation).name
                yield (
                    f"{self.name} lacks {self.batch.least - count} more for a batch of "
                    f"{operation} ({count} of at least {self.batch.least} wait, "
                    f"{first} first; wait_min would let it begin)"
                )
        graph.add_edges_from(
            (machine.name, other) for machine in self.machines for other in self.upstream
        )

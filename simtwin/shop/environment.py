"""This module holds the environment of a shop: heap of instants, run loop, guards."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from math import inf, nextafter
from typing import TYPE_CHECKING, Any

import simpy

from simtwin.errors import GuardExceeded, Zeno
from simtwin.parts.alarm import Alarm, Asleep, Rank, priority
from simtwin.shop.circle import circle

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from simtwin.parts.alarm import Resume

COLLECT_EVERY = 100_000
"""Values made between two searches for cyclic garbage."""

CHECK_EVERY = 256
"""Events between two looks at the caller's guard."""

SWEEP = 64
"""Fewer voided alarms than this are not worth a sweep of the heap."""

WATCHED = 2000
"""Events that are watched to name the circle of a Zeno run."""

FIRST = tuple(priority(rank, 0) for rank in Rank)
"""Priority of the first entity of each rank."""

LAST = priority(Rank.DISPATCH, 0)
"""After all events of an instant."""

FOREVER = nextafter(inf, 0.0)
"""The last instant that an event can have; the end of the heap lies behind it."""


def nobody() -> None:
    """Move nothing: an environment without a shop."""


def always() -> bool:
    """Be done: with this instant the run ends."""
    return True


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for cyclic garbage rarely: a run makes many values and no cycles.

    At the usual threshold the search would take a third of the time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


class Sleeper(simpy.Process):
    """A process that goes to sleep as soon as it begins, as every story on the floor opens.

    Process.__init__ is left out, which begins a process by an event of its own: half the cost
    of one that is never woken, as most of a branch are.
    """

    def __init__(self, env: simpy.Environment, life: Generator[simpy.Event, Any, None]) -> None:
        self.env = env
        self.callbacks = []
        self._generator = life
        self._target = next(life)


class ShopEnvironment(simpy.Environment):
    """A SimPy environment whose events stand at absolute instants, in one total order.

    Windows are closed on the right: `advance(t)` handles everything at t (KERNEL 2).
    """

    def __init__(self, start: float, burst_limit: int) -> None:
        super().__init__(start)
        self.burst_limit = burst_limit
        self.handled = 0
        """Events handled so far in this run."""
        self.voided = 0
        """Alarms that had been voided when their turn came, or were swept off the heap."""
        self.silent = 0
        """Voided alarms that are still on the heap."""
        self.place: int = LAST
        """Priority of the event that is being handled; LAST: all of the instant have been."""
        self.dispatch: Callable[[], None] = nobody
        """What moves pieces; called once an instant, after everything else in it."""
        self.dispatch_pending = False
        """Whether it is to be called; it takes that back itself, when nothing more moves."""
        self.moved_at = -1.0
        """The last instant that had a dispatch [s]: what is done there now comes after it."""
        self.guard: Callable[[], object] | None = None
        """The caller's, while the run loop runs."""
        self.stopped = False
        """Whether the caller's guard has ended the run before its time."""
        self.ends: Callable[[str, str], str] = "{} ({})".format
        """Says what ends with an alarm of a part and guard, for the message of a Zeno run."""
        self.asleep = Asleep(self)
        """What every process yields while it sleeps."""
        self._end = Asleep(self)
        self._queue.append((inf, simpy.events.NORMAL, next(self._eid), self._end))

    def begin(self, life: Generator[simpy.Event, Any, None]) -> Sleeper:
        """Begin the process whose story *life* is; it sleeps until an alarm wakes it."""
        return Sleeper(self, life)

    def arm(
        self,
        at: float,
        rank: int,
        order: int,
        part: str,
        guard: str,
        resume: Resume,
    ) -> Alarm:
        """Set an alarm at the instant *at* for the entity that is *order*-th by name."""
        alarm = Alarm(at, rank, part, guard, resume)
        queue: list[Any] = self._queue
        heappush(queue, (at, FIRST[rank] + order, next(self._eid), alarm))
        return alarm

    def void(self, alarm: Alarm) -> None:
        """Make *alarm* say nothing when its instant comes; sweep when most are silent."""
        if not alarm.callbacks:
            return  # It has happened already.
        alarm.callbacks = []
        self.silent += 1
        if self.silent > SWEEP and 2 * self.silent > len(self._queue):
            self._sweep()

    def _sweep(self) -> None:
        """Take the voided alarms off the heap; what is left keeps its order."""
        queue: list[Any] = self._queue
        kept = [item for item in queue if item[3].callbacks or item[3] is self._end]
        self.voided += len(queue) - len(kept)
        queue[:] = kept
        heapify(queue)
        self.silent = 0

    def advance(
        self,
        until: float,
        *,
        max_events: int | None = None,
        guard: Callable[[], object] | None = None,
        done: Callable[[], bool] | None = None,
    ) -> None:
        """Handle all events up to and at *until*, then stand at *until*.

        *done* is asked after each instant's dispatch and ends the run there when true. The
        caller's *guard* is called now and then and may raise; where it returns True the run
        ends with the instant, and `stopped` says so.
        """
        self.guard = guard
        try:
            with few_collections():
                self._move()
                # Where all was done before the run began, no event comes to end it.
                if not self.handled and done is not None and self._over(done):
                    return
                self._run(min(until, FOREVER), max_events, guard, done)
        finally:
            self.guard = None
        if not self.stopped and (done is None or not done()):
            self._now = until if until < inf else self._now

    def _run(
        self,
        last: float,
        max_events: int | None,
        guard: Callable[[], object] | None,
        done: Callable[[], bool] | None,
    ) -> None:
        queue = self._queue
        event: Any  # An alarm has a tuple for SimPy's list of callbacks.
        burst, before, handled = 0, self._now, self.handled
        look = self._next_look(max_events)
        while queue[0][0] <= last:
            now, self.place, _, event = heappop(queue)
            if now != before:
                self._now = before = now
                burst = 0
            else:
                burst += 1
                if burst > self.burst_limit:
                    self._zeno(burst, event)
            handled += 1
            callbacks, event.callbacks = event.callbacks, None
            if callbacks:
                for callback in callbacks:
                    callback(event)
            else:
                self._pass_over(event)
            if self.dispatch_pending and queue[0][0] > now:
                self.moved_at = now
                self.dispatch()
            if handled >= look:
                self.handled = handled
                look = self._next_look(max_events)
                done = self._look(max_events, guard) or done
            if done is not None and self._over(done):
                break
        self.place, self.handled = LAST, handled

    def _pass_over(self, event: simpy.Event) -> None:
        """Count an alarm that was voided; raise what has ended a process."""
        self.voided += 1
        self.silent -= 1
        if not event._ok and not event.defused:
            raise event._value

    def _move(self) -> None:
        """Let the shop move its pieces if everything else of the instant has happened."""
        if self.dispatch_pending and self._queue[0][0] > self._now:
            self.moved_at = self._now
            self.dispatch()

    def _over(self, done: Callable[[], bool]) -> bool:
        """Tell whether the caller is done, asked when the instant is over."""
        return self._queue[0][0] > self._now and done()

    def ask_guard(self) -> None:
        """Call the caller's guard in the midst of an event that takes long."""
        if self.guard is not None:
            self.guard()

    def _next_look(self, max_events: int | None) -> int:
        look = self.handled + CHECK_EVERY
        return look if max_events is None else max(self.handled + 1, min(look, max_events))

    def _look(
        self, max_events: int | None, guard: Callable[[], object] | None
    ) -> Callable[[], bool] | None:
        """Look at both guards; return what ends the run if the caller's asks for that."""
        if max_events is not None and self.handled >= max_events:
            raise GuardExceeded(
                f"{self.handled} events were handled by {self._now:.6g} s, more than "
                f"max_events allows ({max_events})"
            )
        self.stopped = guard is not None and guard() is True
        return always if self.stopped else None

    def _zeno(self, burst: int, event: Any) -> None:
        """Watch *event* and some more, and raise with those that come round and round."""
        queue, now = self._queue, self._now
        seen: list[str] = []
        while len(seen) < WATCHED:
            callbacks, event.callbacks = event.callbacks, None
            if callbacks and isinstance(event, Alarm):
                seen.append(self.ends(event.part, event.guard))
            for callback in callbacks or ():
                callback(event)
            self._move()
            if queue[0][0] > now:
                break
            _, self.place, _, event = heappop(queue)
        raise Zeno(
            f"{burst} events at the one instant {now:.6g} s: time does not go on; what comes "
            f"round at that instant: {' -> '.join(circle(seen)) or 'nothing known'}"
        )

"""This module holds the environment of a shop: its heap of instants, its run loop, its guards."""

from __future__ import annotations

import gc
from heapq import heappop, heappush
from math import inf, nextafter
from typing import TYPE_CHECKING

import simpy

from simtwin.errors import GuardExceeded, Zeno
from simtwin.parts.alarm import ORDER_BITS, Alarm, Asleep, Label

if TYPE_CHECKING:
    from collections.abc import Callable

COLLECT_EVERY = 100_000
"""Values made between two searches for cyclic garbage."""

CHECK_EVERY = 4096
"""Events between two looks at the caller's guard."""

FOREVER = nextafter(inf, 0.0)
"""The last instant that an event can have; the end of the heap lies behind it."""


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
        """Alarms among them that had been voided."""
        self.dispatch: Callable[[], None] | None = None
        """What moves pieces; called once an instant, after everything else in it."""
        self.dispatch_pending = False
        self.names: Callable[[], str] = str
        """Says who was busy, for the message of a Zeno run."""
        self._end = Asleep(self)
        heappush(self._queue, (inf, 0, next(self._eid), self._end))

    def arm(
        self,
        at: float,
        rank: int,
        order: int,
        part: str,
        guard: str,
        resume: Callable[[simpy.Event], None],
    ) -> Alarm:
        """Set an alarm at the instant *at* for the entity that is *order*-th by name."""
        alarm = Alarm(Label(at, rank, part, guard), resume)
        heappush(
            self._queue, (at, 2 + (rank << ORDER_BITS) + order, next(self._eid), alarm)
        )
        return alarm

    def advance(
        self,
        until: float,
        *,
        max_events: int | None = None,
        guard: Callable[[], None] | None = None,
        done: Callable[[], bool] | None = None,
    ) -> None:
        """Handle all events up to and at *until*, then stand at *until*.

        *done* is asked after each instant's dispatch and ends the run there when true. The
        caller's *guard* is called now and then and may raise.
        """
        queue = self._queue
        handled = self.handled
        look = self._next_look(handled, max_events)
        burst = 0
        last = min(until, FOREVER)
        thresholds = gc.get_threshold()
        # A run makes many values and no cycles: looking for cycles in them every 700th value
        # would take a third of the time.
        gc.set_threshold(COLLECT_EVERY, *thresholds[1:])
        try:
            if self.dispatch_pending and queue[0][0] > self._now:
                self.dispatch_pending = False
                self.dispatch()
            while queue[0][0] <= last:
                now, _, _, event = heappop(queue)
                if now != self._now:
                    self._now = now
                    burst = 0
                else:
                    burst += 1
                    if burst > self.burst_limit:
                        self._zeno(burst)
                handled += 1
                callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
                if callbacks:
                    for callback in callbacks:
                        callback(event)
                else:
                    self.voided += 1
                if not event._ok and not event.defused:
                    raise event._value
                if self.dispatch_pending and queue[0][0] > now:
                    self.dispatch_pending = False
                    self.dispatch()
                if handled >= look:
                    look = self._next_look(handled, max_events)
                    self._look(handled, max_events, guard)
                if done is not None and queue[0][0] > now and done():
                    return
        finally:
            gc.set_threshold(*thresholds)
            self.handled = handled
        if until < inf:
            self._now = until

    def _next_look(self, handled: int, max_events: int | None) -> int:
        look = handled + CHECK_EVERY
        return look if max_events is None else max(handled + 1, min(look, max_events))

    def _look(
        self, handled: int, max_events: int | None, guard: Callable[[], None] | None
    ) -> None:
        if max_events is not None and handled >= max_events:
            raise GuardExceeded(
                f"{handled} events were handled by {self._now:.6g} s, more than max_events "
                f"allows ({max_events})"
            )
        if guard is not None:
            guard()

    def _zeno(self, burst: int) -> None:
        raise Zeno(
            f"{burst} events at the one instant {self._now:.6g} s: time does not go on; "
            f"busy at that instant: {self.names()}"
        )

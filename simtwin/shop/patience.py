"""This module holds the patience: a run without an end that comes no nearer to it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import Deadlock
from simtwin.plant.calendar import DAY
from simtwin.result.moment import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.shop.shop import Shop

YEAR = 365 * DAY
"""So long a run that ends with its orders goes on while none of their pieces is finished."""


class Patience:
    """A guard that raises once no piece of an order has been finished for a year.

    Time goes on in such a shop and something happens all the while, so that it is no deadlock
    of pieces that wait for each other: what is made is scrapped, or a machine fails whenever
    it has been repaired (KERNEL 29). *guard* is the caller's, asked each time.
    """

    def __init__(self, shop: Shop, guard: Callable[[], object] | None) -> None:
        self.shop = shop
        self.guard = guard
        self.finished = -1
        awaited = [order.release for order in shop.scenario.orders]
        awaited += [act.at for act in shop.scenario.interventions]
        self.since = max([shop.env.now, *awaited])

    def __call__(self) -> object:
        """Raise Deadlock when that is so; else return what the caller's guard does."""
        now = self.shop.env.now
        finished = sum(order.finished for order in self.shop.book.state.orders.values())
        if finished != self.finished:
            self.finished, self.since = finished, max(now, self.since)
        elif now - self.since > YEAR:
            raise Deadlock(self._told())
        return None if self.guard is None else self.guard()

    def _told(self) -> str:
        shop, start = self.shop, self.shop.scenario.start
        states = shop.book.state.orders
        open_ones = [spec for spec in shop.scenario.orders if states[spec.name].finish is None]
        first = open_ones[0]
        state = states[first.name]
        told = f"{state.finished} of {first.quantity} pieces finished"
        if state.scrapped:
            told += f", {state.scrapped} scrapped"
        others = f" and {len(open_ones) - 1} more" if open_ones[1:] else ""
        modes = [(name, machine.mode) for name, machine in shop.machines.items()]
        stand = [f"{name} is {mode.name} ({mode.cause})" for name, mode in modes if mode.cause]
        return (
            f"the orders would never be finished: no piece was from "
            f"{moment(start, self.since)} to {moment(start, shop.env.now)}; open are "
            f"{first.name} ({told}){others}"
            + ("; " + ", ".join(stand[:3]) if stand else "")
            + "; with a horizon the run ends there"
        )

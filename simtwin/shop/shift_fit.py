"""This module holds the fit: whether what waits for a machine fits into any shift to come.

A machine that holds releases begins nothing that would end after its shift, and one that scraps
ends nothing that goes on beyond it: work that is longer than every shift is never done there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.plant.cut import run_ups_time
from simtwin.shop.dispatch import plain_fifo
from simtwin.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.shop.machine import Machine


def misfit(machine: Machine) -> bool:
    """Tell whether work waits for *machine*, all of it longer than any shift to come."""
    waiting = _waiting(machine)
    return bool(waiting) and not any(_fits(machine, *one) for one in waiting)


def misfits(machine: Machine) -> Iterator[str]:
    """Say what waits for *machine* and fits into no shift to come: length and longest shift."""
    for product, operation in _waiting(machine):
        if not _fits(machine, product, operation):
            hours = machine.hours
            assert hours is not None, "day and night everything fits"
            name = machine.shop.plan.operation(product, operation).name
            never = f"{machine.name} never {'begins' if machine.holds else 'ends'}"
            length = clock(_length(machine, product, operation))
            longest = clock(hours.longest(machine.shop.env.now))
            yield (
                f"{never} {product}/{name}: it takes {length}, and the longest stretch of "
                f"{hours.spec.name} is {longest} "
                f"(at_shift_end: {machine.plan.spec.at_shift_end})"
            )


def _waiting(machine: Machine) -> list[tuple[str, int]]:
    """Return product and operation of what an empty *machine* might take next."""
    if machine.hours is None or machine.state.work is not None:
        return []
    station, shop = machine.station, machine.shop
    queue = station.state.queue
    if not queue:
        return [(source.spec.product, 0) for source in station.fed]
    pieces = [shop.pieces[name] for name in queue]
    first = pieces[:1] if shop.rule is plain_fifo else pieces
    return list(dict.fromkeys((piece.product, piece.operation) for piece in first))


def _fits(machine: Machine, product: str, operation: int) -> bool:
    """Tell whether a piece fits into some shift to come of *machine*, or might by chance."""
    hours, habit = machine.hours, machine.plan.spec.at_shift_end
    if hours is None or habit not in ("hold release", "scrap"):
        return True
    if habit == "scrap" and any(
        s.fixed is None for s in machine.plan.steps(product, operation)
    ):
        return True
    return hours.fits(machine.shop.env.now, _length(machine, product, operation))


def _length(machine: Machine, product: str, operation: int) -> float:
    """Return what must fit into one shift [s]: a setup alone is not scrapped, a run-up is."""
    if machine.holds:
        return machine.needs(product, operation)
    plan, setting = machine.plan, machine.state.setting
    asked = machine.shop.plan.operation(product, operation).at(machine.station.name)
    turning = replace(plan.spec, spindle_override=100.0 * setting.spindle)
    return plan.mean(product, operation, setting.feed) + run_ups_time(
        asked, turning, plan.tools
    )

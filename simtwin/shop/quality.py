"""This module holds the quality of finished operations: good, scrap, or back for rework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine

Verdict = Literal["good", "scrap", "rework"]


class Loop(Struct, frozen=True, gc=False):
    """How often a piece was sent back, and where it goes if it is to go back now."""

    sent: tuple[int, ...] = ()
    """Operations from which it was sent back, once for each time."""
    to: int | None = None
    """Operation that it goes back to when it leaves where it is; None: on along its route."""


def judge(machine: Machine) -> Verdict:
    """Decide on the piece that is done on *machine*, and note where it goes.

    One uniform for one decision, of the stream (machine, "quality"): scrap below the share of
    scrap, rework up to both shares, good above. What was sent back from this operation as often
    as it may be is scrap.
    """
    work, shop = machine.outline.work, machine.shop
    assert work is not None, "only a piece can be judged"
    spec = shop.routes[work.product][work.operation]
    if not spec.judged:
        return "good"
    uniform = machine.draw(machine.name, "quality")
    if uniform < spec.scrap:
        return "scrap"
    rework = spec.rework
    if rework is None or uniform >= spec.scrap + rework.share:
        return "good"
    sent = shop.loops.get(work.job, Loop()).sent
    if rework.most is not None and sent.count(work.operation) >= rework.most:
        return "scrap"
    shop.loops[work.job] = Loop((*sent, work.operation), rework.to)
    return "rework"

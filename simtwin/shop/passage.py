"""This module holds the passage: a piece on its way through a program, and how to unfold it.

A compiled piece is kept as the state it began with. Its holds follow from that, by the code
that does them one by one: for the log, for a reading in the midst, and for going on hold by
hold from there.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.parts.tool import FRESH, EdgeState, Wear, wear_pieces
from simtwin.result.record import INDEX
from simtwin.shop.hold import advanced
from simtwin.shop.program import AS_FOUND, Hold
from simtwin.shop.program_states import Found, Passage
from simtwin.shop.states import Clocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simtwin.parts.load import Piece
    from simtwin.parts.tool import ToolSpec
    from simtwin.result.record import MachineTotals
    from simtwin.shop.hold import Meters
    from simtwin.shop.program import Program
    from simtwin.shop.program_states import Used
    from simtwin.shop.states import MachineState


def told(
    program: Program,
    piece: tuple[str, str, float],
    state: MachineState,
    used: tuple[Used, ...],
    found: Found | None,
    holds: int,
    until: float,
) -> tuple[list[Any], list[float]]:
    """Return the passage of a *piece* that finds the meters of *state*, as things and numbers.

    The piece is its job, its operation and when it began.
    """
    job, operation, begin = piece
    things: list[Any] = [program, job, operation, holds]
    numbers = [begin, until]
    numbers += state.temperatures
    numbers += state.clocks
    numbers += state.damages
    for name, life, wear in used:
        things.append(name)
        things.append(life)
        numbers += wear
    if found is not None:
        things += (found.name, found.life)
        numbers += found.wear
    return things, numbers


def retold(things: Sequence[Any], numbers: Sequence[float], nodes: int) -> Passage:
    """Return the passage that was `told`, of a machine with a spindle of so many *nodes*."""
    program, job, operation, holds, *edges = things
    begin, until, *rest = numbers
    powered, processing, cycles = rest[nodes : nodes + 3]
    first = len(rest) - 3 * (len(edges) // 2)  # There the wears of the edges begin.
    wears = zip(*[iter(rest[first:])] * 3, strict=True)
    used = list(zip(edges[::2], edges[1::2], wears, strict=True))
    found = used.pop() if len(used) > len(program.score.tools) else None
    return Passage(
        program, begin, job, operation, tuple(rest[:nodes]), (powered, processing, cycles),
        tuple(rest[nodes + 3 : first]), tuple(used), found and Found(*found), holds, until,
    )  # fmt: skip


class Stage(NamedTuple):
    """One hold of a passage, from its beginning."""

    hold: Hold
    begin: float
    edge: str
    life: EdgeState | None
    temperatures: tuple[float, ...]
    clocks: Clocks
    damages: tuple[float, ...]
    wear: Wear
    wears: tuple[Wear, ...]
    """Of all edges that the program uses."""
    energy: float
    """Drawn in it until it ends or the passage has come no further [J]."""


def stages(passage: Passage) -> Iterator[Stage]:
    """Yield the holds that *passage* tells of, each with the state it begins with."""
    for stage, _ in _steps(passage):
        yield stage


def arrived(passage: Passage) -> tuple[Stage, Meters]:
    """Return the hold that *passage* has come to, and the meters as they stand in it now."""
    *_, last = _steps(passage)
    return last


def _steps(passage: Passage) -> Iterator[tuple[Stage, Meters]]:
    """Yield each hold with the state it begins with, and the meters at its end or until now."""
    program, used = passage.program, passage.used
    temperatures, clocks, damages = passage.temperatures, passage.clocks, passage.damages
    wears = [wear for _, _, wear in used]
    for hold in program.holds[: passage.holds]:
        begin = passage.begin + hold.begin
        name, life, wear, number = "", None, FRESH, hold.tool
        spec: ToolSpec | None = None
        if number >= 0:
            name, life, _ = used[number]
            wear, spec = wears[number], program.score.tools[number].spec
        elif number == AS_FOUND:
            found = passage.found
            assert found is not None, "an edge is in the spindle"
            name, life, wear = found.name, found.life, found.wear
        dt = max(0.0, min(hold.seconds, passage.until - begin))
        cut = hold.duty.edge
        pieces: tuple[Piece, ...] = ()
        if cut is not None and cut.gain > 0.0:
            assert life is not None, "an edge wears"
            pieces = wear_pieces(wear[1], cut.rate / life.factor, cut.gain, dt)
        meters = temperatures, clocks, damages, wear
        after = advanced(hold.duty, spec, life, pieces, meters, dt)
        yield Stage(hold, begin, name, life, *meters, tuple(wears), after[4]), after
        temperatures, clocks, damages = after[:3]
        if number >= 0:
            wears[number] = after[3]


def count_up(totals: MachineTotals, passage: Passage) -> None:
    """Add to *totals* what *passage* has done so far, the mode that goes on left out."""
    modes, passed = passage.program.score.modes, passage.until - passage.begin
    for (begin, name, _), (end, _, _) in pairwise(modes):
        if end <= passed:
            totals.time[INDEX[name]] += end - begin
    for stage in stages(passage):
        hold = stage.hold
        totals.energy[INDEX[hold.mode]] += stage.energy
        done = min(hold.seconds, passage.until - stage.begin)
        if hold.phase == "cut":
            totals.work += done
        if hold.phase == "change" and stage.begin + hold.seconds <= passage.until:
            totals.count("tool changes")

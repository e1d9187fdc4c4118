"""This module holds the arrears: what a machine has been through and nobody has asked about.

Pieces that began without a look and the rests between them leave nothing to be decided by the
meters of the machine: temperatures, clocks, damages, wear, energy. These are put off, and
brought up to date in one go when somebody reads the state of the machine. The sums are the same
in the same order, so nobody can tell when it was done; done together they find what they work
on in the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.parts.tool import Stowed
from simtwin.result.record import INDEX
from simtwin.shop.hold import advanced
from simtwin.shop.passage import told
from simtwin.shop.program import ACCOUNTS
from simtwin.shop.program_states import Found, Outcome
from simtwin.shop.states import READY

if TYPE_CHECKING:
    from simtwin.parts.tool import Edge, Wear
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine import Machine
    from simtwin.shop.program import Program
    from simtwin.shop.states import MachineState

PIECE = -1.0
"""A stretch that is a piece in its program; a rest is told by the index of its mode."""


def put_off_piece(machine: Machine) -> None:
    """Put off what the piece that ends now has done to the meters."""
    state, reserve = machine.outline, machine.reserve
    reserve.put_off.extend((PIECE, state.anchor, 0.0))
    reserve.jobs.append(state.mode.job)


def put_off_rest(machine: Machine) -> bool:
    """Put off the rest that ends now: its note, and what it has done to the meters.

    Tell whether the meters need not be brought to the present: so it is with no rest, too, if
    no time has passed. The rest is told as done, or who catches up would note it as one that
    goes on.
    """
    state, now = machine.outline, machine.env._now
    if not is_rest(state):
        return state.anchor == now
    stretch = INDEX[state.mode.name], state.anchor, now - state.anchor
    machine.reserve.put_off.extend(stretch)
    machine.outline = structs.replace(state, phase="done", anchor=now)
    return True


def is_rest(state: MachineState) -> bool:
    """Tell whether *state* is of a rest that nothing can end but what comes from outside."""
    return state.load is READY and state.phase == "open"


def catch_up(machine: Machine) -> None:
    """Bring the meters of *machine* up to the beginning of its hold."""
    reserve, edge, program = machine.reserve, machine.edge, machine.reserve.program
    assert program is not None, "what is put off began with a program"
    stretches, jobs = reserve.take()
    state, pieces = machine.outline, iter(jobs)
    rest = machine.plan.duty(READY, "" if edge is None else edge.spec.name)
    operation = program.steps[0].operation
    triples = [iter(stretches)] * 3
    for what, begin, seconds in zip(*triples, strict=True):
        if what == PIECE:
            outcome = program.outcome(edge, state)
            assert isinstance(outcome, Outcome), "a reserve is sure"
            state = settled(machine, program, state, outcome, (next(pieces), operation, begin))
        else:
            _note(machine, state, begin, rest)
            state = _rested(machine, state, rest, int(what), seconds)
    outline = machine.outline = structs.replace(
        machine.outline, magazine=state.magazine, temperatures=state.temperatures,
        clocks=state.clocks, damages=state.damages, wear=state.wear,
    )  # fmt: skip
    reserve.end(edge, state.magazine, state.wear)
    if is_rest(outline):
        _note(machine, outline, outline.anchor, rest)


def _note(machine: Machine, state: MachineState, begin: float, rest: Duty) -> None:
    """Note a rest that begins with the meters of *state*."""
    if machine.history is not None:
        machine.history.add(machine.edge, state, begin, rest)


def _rested(
    machine: Machine, state: MachineState, rest: Duty, index: int, seconds: float
) -> MachineState:
    """Return *state* with the meters as a rest leaves them; count what it drew."""
    if seconds == 0.0:
        return state
    meters = state.temperatures, state.clocks, state.damages, state.wear
    temperatures, clocks, damages, _, energy = advanced(rest, None, None, (), meters, seconds)
    machine.totals.energy[index] += energy
    return structs.replace(state, temperatures=temperatures, clocks=clocks, damages=damages)


def settled(
    machine: Machine,
    program: Program,
    state: MachineState,
    outcome: Outcome,
    piece: tuple[str, str, float],
) -> MachineState:
    """Return *state* with the meters as a *piece* leaves them; count and note what it did.

    The piece is told as its job, its operation and when it began.
    """
    score, totals, edge = program.score, machine.totals, machine.edge
    if machine.history is not None:
        end, found = piece[2] + score.seconds, found_in(edge, program, state)
        things, numbers = told(
            program, piece, state, outcome.used, found, len(score.begins), end
        )
        machine.history.pass_through(things, numbers)
    for account, energy in enumerate(outcome.energies):
        totals.energy[ACCOUNTS[account]] += energy
    totals.work += score.work
    if score.changes:
        totals.count("tool changes", score.changes)
    magazine, wear, last = state.magazine, state.wear, score.ends_with
    if last >= 0:
        wear = outcome.wears[last]
        if score.changes:
            magazine = stowed(edge, state, outcome, outcome.wears)
            del magazine[outcome.used[last][0]]
    powered, processing, cycles = state.clocks
    clocks = (
        powered + score.powered,
        processing + score.processing,
        cycles + 1.0 if score.beyond is None else cycles,
    )
    return structs.replace(
        state, magazine=magazine, temperatures=outcome.temperatures, clocks=clocks,
        damages=outcome.damages, wear=wear,
    )  # fmt: skip


def stowed(
    edge: Edge | None, state: MachineState, outcome: Outcome, wears: tuple[Wear, ...]
) -> dict[str, Stowed]:
    """Return the magazine with every edge of the program in it, worn as *wears* says."""
    magazine = dict(state.magazine)
    if edge is not None:
        magazine[edge.name] = Stowed(edge.state, state.wear)
    for number, (name, life, _) in enumerate(outcome.used):
        magazine[name] = Stowed(life, wears[number])
    return magazine


def found_in(edge: Edge | None, program: Program, state: MachineState) -> Found | None:
    """Return the *edge* in the spindle, if *program* begins with one that it does not use."""
    if edge is None or not program.score.finds:
        return None
    return Found(edge.name, edge.state, state.wear)

"""This module holds the way through a program: a machine begins one, ends it, or leaves it.

It begins one when nothing can come between as far as its own state tells: that is looked at,
or known from a look before an earlier piece, which would tell the same, so a run and its branch
do the same. It leaves it when something does come between, and goes on hold by hold from where
it is (PHYSICS 5.6).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.parts.alarm import Rank, priority
from simtwin.shop.arrears import found_in, put_off_piece, settled, stowed
from simtwin.shop.hold import is_calm, look_ahead
from simtwin.shop.passage import count_up, stages, told
from simtwin.shop.program_states import Outcome, Passage
from simtwin.shop.states import (
    DONE,
    READY,
    MachineState,
    Mode,
    Work,
    at_speed,
    is_as_planned,
)
from simtwin.shop.tooling import mount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.shop.machine import Machine
    from simtwin.shop.passage import Stage
    from simtwin.shop.program import Program
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Setting
    from simtwin.shop.step_plan import StepPlan


def begin(machine: Machine, job: str, product: str, operation: int) -> bool:
    """Send a piece through a program, if it has one and nothing can come between."""
    setting = machine.outline.setting
    return is_as_planned(setting) and _enter(machine, Work(job, product, operation, 0), setting)


def go_on(machine: Machine, state: MachineState, work: Work, step: StepPlan) -> bool:
    """Send the rest of a piece through a program, from a *step* that changes the tool."""
    edge = machine.edge
    if step.tool is None or (edge is not None and edge.spec.name == step.tool):
        return False
    setting = at_speed(state.setting, 0.0)
    rest = Work(work.job, work.product, work.operation, step.place[2])
    return is_as_planned(setting) and _enter(machine, rest, setting)


def _enter(machine: Machine, work: Work, setting: Setting) -> bool:
    if machine.shop.by_holds:
        return False
    edge = machine.edge
    mounted = "" if edge is None else edge.spec.name
    program = machine.plan.program(work.product, work.operation, mounted, work.step)
    if program is None:
        return False
    score, mode = program.score, machine.outline.mode
    if mode.job == work.job and mode.name == score.modes[0][1]:
        return False  # Sent back to where it is, its stretch of this mode goes on.
    until = machine.env._now + score.seconds
    if until > machine.calm or machine.calm_version != machine.plan.version:
        look_ahead(machine)
        if until > machine.calm and not is_calm(machine, score.worst, score.seconds):
            return False
    spindle = machine.spindle
    if spindle is not None and spindle.state.tripped:
        return False
    if not machine.reserve.covers(program, edge, machine.outline):
        looked = _looked_at(machine, program, work, mounted)
        if looked is None:
            return False
        if looked is not program:
            program, score = looked, looked.score
            until = machine.env._now + score.seconds
    machine.program, machine.steps = program, program.steps
    _, name, cause = score.modes[0]
    machine.enter(name, cause, "program", until, program.key, work, setting)
    return True


def _looked_at(machine: Machine, program: Program, work: Work, mounted: str) -> Program | None:
    """Return *program*, or its steps until the one in which something may come between.

    None where these are no program.
    """
    state = machine.state
    outcome = program.outcome(machine.edge, state)
    if isinstance(outcome, int):
        steps = work.product, work.operation, mounted, work.step, outcome
        before = machine.plan.program(*steps)
        if before is None:
            return None
        program, outcome = before, before.outcome(machine.edge, state)
        if isinstance(outcome, int):
            return None
    machine.outcome = outcome
    pieces = program.lasts(outcome.used)
    steady = machine.shop.puts_off and pieces > 0 and program.is_steady
    machine.reserve.begin(program, pieces, steady=steady)
    return program


def resume(machine: Machine) -> None:
    """Take up the program or the hold that a snapshot was taken in; a log begins with it."""
    state = machine.state
    if state.phase == "program":
        _, product, operation, mounted, *span = state.load
        machine.program = machine.plan.program(product, operation, mounted, *span)
        if machine.history is not None:
            machine.history.stowed.update(_worn(so_far(machine)))
    elif machine.history is not None and not machine.plain:
        machine.history.add(machine.edge, state, state.anchor, machine.current())


def _outcome(machine: Machine, program: Program) -> Outcome:
    outcome = machine.outcome
    if outcome is None:
        found = program.outcome(machine.edge, machine.state)
        assert isinstance(found, Outcome), "a program begins when nothing can come between"
        outcome = machine.outcome = found
    return outcome


def finish(machine: Machine) -> None:
    """End the program: be done with the piece, or go on with it hold by hold."""
    program = machine.program
    assert program is not None, "only a program ends"
    score, totals = program.score, machine.totals
    if machine.outcome is None and machine.reserve.may_put_off:
        put_off_piece(machine)
        state, setting = machine.outline, machine.outline.setting
    else:
        outcome = _outcome(machine, program)
        state = machine.outline
        piece = state.mode.job, state.mode.operation, state.anchor
        state = settled(machine, program, state, outcome, piece)
        setting = _remounted(machine, program, outcome)
        machine.reserve.end(machine.edge, state.magazine, state.wear)
    for index, seconds in score.closed:
        totals.time[index] += seconds
    machine.program = machine.outcome = machine.duty = None
    since, name, cause = score.modes[-1]
    work, now, beyond = state.work, machine.env._now, score.beyond
    assert work is not None, "a program has a piece"
    phase, until = ("done", inf) if beyond is None else ("cut", now)
    mode = Mode(name, cause, state.anchor + since, work.job, state.mode.operation)
    work = Work(work.job, work.product, work.operation, DONE if beyond is None else beyond)
    machine.outline = MachineState(
        mode, phase, now, until, READY, work, setting, state.faults, state.magazine,
        state.temperatures, state.clocks, state.damages, state.wear,
    )  # fmt: skip
    if beyond is None:
        machine.completed(work.job, work.operation)
    else:
        machine.next_step(work, at_speed(setting, score.ends_at))


def _remounted(machine: Machine, program: Program, outcome: Outcome) -> Setting:
    """Have the edge in the spindle with which the program ends; return the setting then."""
    setting, score = machine.outline.setting, program.score
    last = score.ends_with
    if last >= 0 and score.changes:
        name, life, _ = outcome.used[last]
        mount(machine, name, life)
        if setting.edge != name:
            return structs.replace(setting, edge=name)
    return setting


def leave(machine: Machine) -> None:
    """Leave the program, and be in the hold that it has come to."""
    program, state = machine.program, machine.state
    assert program is not None, "only a program can be left"
    outcome = _outcome(machine, program)
    ended = machine.env.place > priority(Rank.COMPLETION, machine.order)
    number = program.score.hold_at(machine.env._now - state.anchor, ended=ended)
    hold = program.holds[number]
    passage = _passage(machine, program, outcome, number, state.anchor + hold.begin)
    _note(machine, passage)
    count_up(machine.totals, passage)
    *_, stage = stages(structs.replace(passage, holds=number + 1))
    machine.program = machine.outcome = None
    _go_on(machine, program, outcome, stage)
    machine.announce()


def _go_on(machine: Machine, program: Program, outcome: Outcome, stage: Stage) -> None:
    """Be in the hold of *stage*, as if every hold until then had been done for itself."""
    state, work, hold = machine.state, machine.state.work, stage.hold
    assert work is not None, "a program has a piece"
    machine.steps = machine.plan.steps(work.product, work.operation)
    machine.duty = hold.duty
    magazine, name = state.magazine, state.setting.edge
    if any(one.phase == "change" for one in program.holds if one.begin <= hold.begin):
        magazine = stowed(machine.edge, state, outcome, stage.wears)
        name, life, _ = outcome.used[hold.coming]
        if hold.phase == "change":
            machine.edge = None
        else:
            del magazine[name]
            mount(machine, name, life)
    since, mode, cause = program.score.mode_at(hold.begin)
    machine.state = MachineState(
        Mode(mode, cause, state.anchor + since, work.job, state.mode.operation),
        hold.phase, stage.begin, stage.begin + hold.seconds, hold.duty.key,
        Work(work.job, work.product, work.operation, hold.step, machine.steps[hold.step].fixed),
        structs.replace(state.setting, edge=name, speed=hold.speed), state.faults, magazine,
        stage.temperatures, stage.clocks, stage.damages, stage.wear,
    )  # fmt: skip


def so_far(machine: Machine) -> Passage:
    """Return the way of the machine's piece through its program until now; nothing changes."""
    program, state = machine.program, machine.state
    assert program is not None, "asked of a machine in a program only"
    now = machine.env._now
    holds = program.score.hold_at(now - state.anchor) + 1
    return _passage(machine, program, _outcome(machine, program), holds, now)


def _passage(
    machine: Machine, program: Program, outcome: Outcome, holds: int, until: float
) -> Passage:
    state, mode = machine.state, machine.state.mode
    return Passage(
        program, state.anchor, mode.job, mode.operation, state.temperatures, state.clocks,
        state.damages, outcome.used, found_in(machine.edge, program, state), holds, until,
    )  # fmt: skip


def _note(machine: Machine, passage: Passage) -> None:
    """Note how far *passage*, of the machine's piece, has come."""
    if machine.history is not None:
        things, numbers = told(
            passage.program, (passage.job, passage.operation, passage.begin), machine.state,
            passage.used, passage.found, passage.holds, passage.until,
        )  # fmt: skip
        machine.history.pass_through(things, numbers)


def _worn(passage: Passage) -> Iterator[tuple[str, float]]:
    """Yield each edge of *passage* and its damage as its last hold begins [-]."""
    if passage.found is not None:
        yield passage.found.name, passage.found.wear[1]
    *_, stage = stages(passage)
    for (name, _, _), wear in zip(passage.used, stage.wears, strict=True):
        yield name, wear[1]


def close_log(shop: Shop) -> None:
    """Note how far the pieces in programs have come, when a run is over."""
    for machine in shop.machines.values():
        machine.catch_up()
        if machine.program is not None:
            _note(machine, so_far(machine))

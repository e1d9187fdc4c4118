"""This module holds the tooling: which edge a machine takes, and how it gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.parts.tool import FRESH, Edge, Stowed, new_edge, tool_of

if TYPE_CHECKING:
    from simtwin.parts.tool import EdgeState, ToolSpec, Wear
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine import Machine
    from simtwin.shop.states import Setting, Work
    from simtwin.shop.step_plan import StepPlan

ROUNDING = 1e-9
"""A cut that uses the last of a life, to rounding, is covered."""


def is_ready(machine: Machine, step: StepPlan, work: Work, duty: Duty) -> bool:
    """Tell whether the edge in the spindle may do the rest of the step.

    In the midst of a cut no edge is changed by plan (PHYSICS 7.4): what comes between, and goes
    on with it, finds the edge as ready as it was.
    """
    edge, state, left = machine.edge, machine.state, work.left
    assert left is not None, "a step that begins is planned"
    if edge is None or edge.spec.name != step.tool or edge.state.spent:
        return False
    begun = work.spent > 0.0 and state.work is not None
    return begun or covers(edge.spec, left, duty, state.wear)


def is_over(duty: Duty, work: Work) -> bool:
    """Tell whether a cut uses nothing more of its edge, to rounding."""
    left, cut = work.left, duty.edge
    assert left is not None, "a cut has work left"
    assert cut is not None, "an edge wears in it"
    return left / duty.load.progress * cut.rate <= ROUNDING


def covers(spec: ToolSpec, left: float, duty: Duty, wear: Wear) -> bool:
    """Tell whether the nominal life left covers the cut, where the tool is changed by plan."""
    used = wear[0]
    cut = duty.edge
    if used == 0.0 or cut is None or spec.change != "planned":
        return True
    return used + left / duty.load.progress * cut.rate <= 1.0 + ROUNDING


def change(machine: Machine, step: StepPlan, work: Work, setting: Setting, duty: Duty) -> None:
    """Put the edge away and fetch a sister; begin a refit when none is left.

    Its edges are new, and it counts, at its end: whatever cuts it short, it begins anew.
    """
    magazine = stowed(machine)
    plan = machine.plan
    tool, left = step.tool, work.left
    assert tool is not None, "a change is for a step with a tool"
    assert left is not None, "a change is for a cut that is planned"
    spec, names = plan.tools[tool], plan.sisters[tool]
    phase, seconds = "change", plan.changes[0]
    for name in names:
        stored = magazine[name]
        if not stored.edge.spent and covers(spec, left, duty, stored.wear):
            chosen = name
            break
    else:
        phase, seconds = "refit", plan.changes[1]
        chosen = names[0]
        if machine.shop.lives is not None:
            machine.shop.lives.used_up(machine, tool)
    machine.state = structs.replace(machine.state, magazine=magazine, wear=FRESH)
    setting = structs.replace(setting, edge=chosen, speed=0.0)
    until = machine.env._now + seconds
    machine.enter("tool change", tool, phase, until, ("ready", setting.coolant), work, setting)


def stowed(machine: Machine) -> dict[str, Stowed]:
    """Return the magazine with the edge from the spindle put back; none is mounted then."""
    magazine = dict(machine.state.magazine)
    edge = machine.edge
    if edge is not None:
        magazine[edge.name] = Stowed(edge.state, machine.state.wear)
        machine.edge = None
    return magazine


def changed(machine: Machine) -> None:
    """Take the chosen edge into the spindle, after a refit a new one."""
    name = machine.state.setting.edge
    assert name is not None, "a change has a chosen edge"
    if machine.state.phase == "refit":
        _refit(machine, tool_of(name))
    state = machine.state
    magazine = dict(state.magazine)
    taken = magazine.pop(name)
    machine.state = structs.replace(state, magazine=magazine, wear=taken.wear)
    mount(machine, name, taken.edge)
    machine.totals.count("tool changes")
    machine.note(name, "tool change", "")


def _refit(machine: Machine, tool: str) -> None:
    """Put in new edges for all of *tool*; they are in the magazine."""
    magazine, names = dict(machine.state.magazine), machine.plan.sisters[tool]
    if machine.shop.lives is not None:
        hazard = sum([magazine[name].wear[2] for name in names])
        machine.shop.lives.refitted(machine, tool, hazard)
    for name in names:
        magazine[name] = Stowed(new_edge(machine, machine.plan.tools[tool], name))
    machine.state = structs.replace(machine.state, magazine=magazine)
    machine.totals.count("edges used", len(names))
    machine.note(tool, "tool refit", f"{len(names)} new edge{'s' * (len(names) != 1)}")


def mount(machine: Machine, name: str, state: EdgeState) -> None:
    """Put the edge *name* into the spindle; its process starts when it is first loaded."""
    edge = machine.edges.get(name)
    if edge is None:
        edge = Edge(machine.plan.tools[tool_of(name)], machine, name, state)
        machine.edges[name] = edge
    edge.state = state
    machine.edge = edge


def discard(machine: Machine, tool: str | None) -> None:
    """Set the edge in the spindle aside, or the first of *tool*; a sister follows."""
    edge = machine.edge
    state = machine.state
    if edge is not None and tool in (None, edge.spec.name):
        edge.spend()
        machine.note(edge.name, "set aside", "")
        if state.work is not None and state.phase in ("cut", "run-up"):
            machine.next_step(state.work, structs.replace(state.setting, speed=0.0))
        return
    if tool is None:
        return
    magazine = dict(state.magazine)
    for name in machine.plan.sisters[tool]:
        stored = magazine.get(name)
        if stored is not None and not stored.edge.spent:
            magazine[name] = Stowed(structs.replace(stored.edge, spent=True), stored.wear)
            machine.note(name, "set aside", "")
            break
    machine.state = structs.replace(state, magazine=magazine)

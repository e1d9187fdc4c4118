"""This module holds the answer: what a search has found, as an optimum with units and names."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

from simtwin.orchestrator.optimise.edges import ROUNDING
from simtwin.orchestrator.optimise.search import NEAR
from simtwin.orchestrator.optimise.variables import FACTORS, UNITS
from simtwin.orchestrator.simulate import provenance
from simtwin.physics.constrained import REACHED
from simtwin.physics.cutting import THICKEST, THINNEST
from simtwin.plant.cut import cut_of
from simtwin.plant.model import CutStep, Scenario
from simtwin.result.optimum import Constraint, Figure, FrontPoint, Optimum, Parameter
from simtwin.units import MILLIMETRE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.orchestrator.optimise.cycle import Figures
    from simtwin.orchestrator.optimise.found import Found
    from simtwin.orchestrator.optimise.parameters import Task
    from simtwin.orchestrator.optimise.search import Search
    from simtwin.result.optimum import Goal, Trial
    from simtwin.result.study import Study

SEEN = 1e-6
"""Relative difference of figures of whole cuts and of fractions that a reader may find."""
FEW = 0.25
"""Share of starts below which an optimum is said to be perhaps a local one."""


def answered(
    task: Task,
    best: Found,
    front: Sequence[Found],
    search: Search,
    *,
    priced: Goal,
    trial: Trial | None,
    study: Study | None,
    stopped: bool,
    searched: bool,
    seed: int,
    points: int,
) -> Optimum:
    """Return what *search* has found for *task*, in the units that people use.

    *points* were asked for of a front.
    """
    target, cycle = task.target, task.cycle
    today = cycle.figures(target.operation.steps, exact=True)
    feasible = best.kept
    notes = _notes(task, best) if feasible else _broken(best)
    if feasible and searched:
        notes = [*_lost(front, points), *notes, *_few(search)]
    return Optimum(
        plant=target.plant,
        machine=target.machine.name,
        operation=target.name,
        goals=task.goals,
        priced=priced,
        feasible=feasible,
        parameters=_parameters(task, best),
        constraints=_constraints(task, best, today),
        figures=_figures(task, best, today),
        parts_per_edge={tool: use.parts for tool, use in best.figures.uses.items()},
        whole=_made(best),
        passes={
            cut: (task.variables.passes_today[cut], count) for cut, count in best.choice.passes
        },
        coolant=best.choice.coolant,
        changes=target.changes(best.steps) if feasible else {},
        front=tuple(
            FrontPoint(
                task.values(found),
                _in_units(task, found),
                dict(found.choice.passes),
                found.choice.coolant,
                found is best,
            )
            for found in front
            if feasible
        ),
        evaluations=search.evaluations,
        starts=search.starts,
        hits=search.hits if feasible else 0,
        seed=seed,
        trial=trial,
        study=study,
        stopped=stopped,
        searched=searched,
        notes=tuple(notes),
        provenance=provenance(target.plant, Scenario(name=target.name), seed, 0),
    )


def _made(best: Found) -> dict[str, float]:
    """Return the parts that edges make in whole cuts, where these hold the optimum."""
    made = {tool: best.figures.uses[tool].parts for tool, _ in best.choice.parts}
    return {
        tool: round(parts) if abs(parts - round(parts)) < ROUNDING * parts else parts
        for tool, parts in made.items()
    }


def _in_units(task: Task, found: Found) -> tuple[float, ...]:
    return tuple(
        value / FACTORS[variable.quantity]
        for variable, value in zip(task.variables.free, found.minimum.place, strict=True)
    )


def _parameters(task: Task, best: Found) -> tuple[Parameter, ...]:
    minimum = best.minimum
    told = best.kept or not minimum.feasible
    found = []
    for i, (variable, value) in enumerate(zip(task.variables.free, minimum.place, strict=True)):
        factor = FACTORS[variable.quantity]
        rpm = None
        if variable.quantity == "speed":
            rpm = 60.0 * value / (pi * task.target.step(variable.cut).diameter)
        found.append(
            Parameter(
                variable.name,
                UNITS[variable.quantity],
                variable.today / factor,
                value / factor,
                variable.low / factor,
                variable.high / factor,
                minimum.lower[i] + minimum.upper[i] if told else 0.0,
                rpm,
            )
        )
    return tuple(found)


def _constraints(task: Task, best: Found, today: Figures) -> tuple[Constraint, ...]:
    minimum, steps = best.minimum, task.target.operation.steps
    shares, broken = minimum.prices, best.broken
    if minimum.feasible and broken:
        shares = tuple((limit in broken) / len(broken) for limit in best.limits)
    return tuple(
        Constraint(
            limit.name,
            limit.unit,
            limit.bound,
            limit.lower,
            limit.own,
            limit.value(today, steps),
            limit.value(best.figures, best.steps),
            room <= 10.0 * REACHED,
            share * minimum.cost / (limit.bound - limit.base) if best.kept else 0.0,
            share,
        )
        for limit, room, share in zip(best.limits, minimum.rooms, shares, strict=False)
    )


def _figures(task: Task, best: Found, today: Figures) -> tuple[Figure, ...]:
    names = ["time", "energy", "tool wear", "spindle wear", "bearing wear"]
    names += ["cost"] if task.prices else []
    found = []
    for name in names:
        goal = task.goal(name)
        score = task.score(goal)
        found.append(Figure(name, goal.unit, score(today), score(best.figures)))
    found.append(Figure("time in cut", "s", today.cutting, best.figures.cutting))
    both = {node: (peak, best.figures.peaks[node]) for node, peak in today.peaks.items()}
    hottest = max(both, key=lambda node: max(both[node]))
    found.append(Figure(f"hottest node, {hottest}, at most", "degC", *both[hottest]))
    return tuple(found)


def _broken(best: Found) -> list[str]:
    """Return that whole cuts alone break a limit: edges used by fractions keep them all."""
    if not best.minimum.feasible:
        return []
    told = ", ".join(
        f"{limit.name} ({limit.value(best.figures, best.steps):.4g} {limit.unit})"
        for limit in best.broken
    )
    return [
        "edges used to the last of their lives, by fractions, would keep all limits; whole "
        f"cuts do not: {told}"
    ]


def _lost(front: Sequence[Found], points: int) -> list[str]:
    """Return why a front has fewer points than were asked for."""
    if not 1 < len(front) < points:
        return []
    return [
        f"{points} points of the front were asked for and {len(front)} are left: the others "
        "met the same whole numbers of parts, edges or passes, or were beaten by one of these"
    ]


def _notes(task: Task, best: Found) -> list[str]:
    """Return what a reader would ask next."""
    target, found = task.target, []
    thin = [
        (name, cut.chip)
        for name, index in target.cuts.items()
        for step in [best.steps[index]]
        if isinstance(step, CutStep) and step.kind != "drilling"
        for cut in [cut_of(step, task.cycle.tools[step.tool])]
        if not THINNEST <= cut.chip <= THICKEST
    ]
    if thin:
        told = ", ".join(f"{name} {chip / MILLIMETRE:.3g} mm" for name, chip in thin)
        found.append(
            f"chips thinner than .05 mm or thicker than 1.5 mm, for which Kienzle's table does "
            f"not hold; the force of its end is taken: {told}"
        )
    for tool, use in best.figures.uses.items():
        if use.parts < 1.0 - 1e-9 and task.cycle.tools[tool].change == "planned":
            found.append(
                f"no edge of {tool} lasts for a part: one takes {use.edges:.4g}, and they are "
                "exchanged between its cuts, and inside those that are longer than a life"
            )
    minimum = best.minimum
    priced = any((*minimum.prices[: len(best.limits)], *minimum.lower, *minimum.upper))
    seen = NEAR if best.choice.parts else SEEN
    if priced and abs(best.cost / minimum.cost - 1.0) > seen:
        found.append(
            "prices of limits and bounds are those of edges used to the last of their lives, "
            "by fractions; figures are those of whole cuts, which step: a small change of a "
            "limit may be worth more or less. Ask again with another limit to know"
        )
    elif priced and best.choice.parts:
        whole = all(parts == int(parts) for parts in _made(best).values())
        found.append(
            f"prices of limits and bounds hold for as many {'whole ' * whole}parts an edge; "
            "where others become better, ask again with another limit to know what it is worth"
        )
    if not best.choice.coolant:
        found.append(
            f"the coolant of {target.machine.name} is off for all that it does, and edges live "
            f"{target.machine.coolant_loss_life:g} times as long"
        )
    elsewhere = [f"{product}/{operation}" for product, operation in target.places[1:]]
    if elsewhere:
        found.append(f"the program runs in {', '.join(elsewhere)} too, and is changed there")
    if target.others:
        names = ", ".join(machine.name for machine in target.others)
        found.append(f"it may also run on {names}: what those bear is kept; figures are of one")
    return found


def _few(search: Search) -> list[str]:
    """Return that few starts agree, where they are few."""
    if search.hits >= FEW * search.starts:
        return []
    return [
        f"only {search.hits} of {search.starts} starts ended here: there may be a better "
        "place; ask for more starts"
    ]

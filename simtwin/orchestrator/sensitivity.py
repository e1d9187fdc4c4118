"""This module holds the sensitivity: how fast an answer moves with a number, same luck."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.probe import Asked, Probe
from simtwin.orchestrator.realise import prepared
from simtwin.orchestrator.work import ask, enough
from simtwin.physics.strength import LEAST
from simtwin.plant.changes import changed
from simtwin.plant.places import places
from simtwin.plant.rules import BY_ARRIVAL
from simtwin.plant.spread import OF_SCENARIO
from simtwin.result import estimate
from simtwin.result.explanation import Sensitivity
from simtwin.result.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.estimate import Estimate
    from simtwin.result.snapshot import Snapshot

CONTINUOUS = frozenset(
    {
        "lead_time",
        "work_in_progress",
        "mean_tardiness",
        "makespan",
        "sum_of_completion_times",
        "energy",
        "energy_per_piece",
        "unplanned_downtime",
        "tardiness",
        "finish",
        "damage",
        "downtime",
        "availability",
    }
)
"""Figures that are times, energies or damages: they move a little when a number does. A count
jumps; its derivative along one path is 0 and says nothing."""

TINY = 1e-5
"""Relative step of a derivative along the path: far above the grid of time, too small to move
events past each other but rarely."""

CLOSER = 10.0
"""How much closer than a step the paired differences lie that a path is held against."""

BEND = 0.02
"""By how much those may differ from the path because the answer bends, relative."""

WIDER = 1.5
"""How much wider the interval along a path that does not jump may be, by luck."""


def sensitivity(
    plant: PlantModel,
    scenario: Scenario,
    metric: str | Asked,
    names: Sequence[str],
    *,
    replications: int = 20,
    step: float = 0.1,
    snapshot: Snapshot | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> tuple[Sensitivity, ...]:
    """Return how fast *metric* moves with each of *names*: its derivative, with an interval.

    Names are dotted, as in ``plant.with_changes``; ``*`` moves all that it stands for together,
    by the same factor. A figure that is a time, an energy or a damage, in a plant where nothing
    strikes by chance and no piece chooses its way, is differentiated along the path: two runs
    of the same luck, a hundred-thousandth apart. Everywhere else, and where paired differences
    over a tenth of *step* contradict it, the derivative of a path is biased: then paired
    differences over the whole *step* (0.1: 10 % up and down) are the answer.

    *metric* may be a function of a `Result` with its log; it counts as a time.
    """
    if isinstance(names, str):
        raise InvalidInput(f"names must be a list of dotted names (got {names!r})")
    if not 0.0 < step < 1.0:
        raise InvalidInput(f"step must lie between 0 and 1 (got {step})")
    replications = enough(replications, 2)
    figure: Figure | Asked = Figure.parse(metric) if isinstance(metric, str) else metric
    plant, scenario = prepared(plant, scenario)
    seed = seed_of(seed, scenario)
    probe = Probe(plant, scenario, seed, figure, snapshot)
    factors = [f for width in (TINY, step / CLOSER, step) for f in (1.0 + width, 1.0 - width)]
    values = [_value(plant, scenario, name) for name in names]
    questions = [probe, *(_moved(probe, name, f) for name in names for f in factors)]
    found, partial = ask(
        questions,
        [(q, r) for r in range(replications) for q in range(len(questions))],
        executor=executor,
        workers=workers,
        progress=progress,
        guard=guard,
    )
    if partial:
        raise KeyboardInterrupt("sensitivities need all their runs")
    columns = [[found[q, r] for r in range(replications)] for q in range(len(questions))]
    counts = isinstance(figure, Figure) and figure.name not in CONTINUOUS
    why = "the figure counts" if counts else _jumps(plant, scenario)
    return tuple(
        _judged(name, value, columns[0], columns[1 + 6 * k : 7 + 6 * k], step, why)
        for k, (name, value) in enumerate(zip(names, values, strict=True))
    )


def _value(plant: PlantModel, scenario: Scenario, name: str) -> float:
    """Return the number that *name* stands for, the first where it stands for many."""
    root = scenario if name.partition(".")[0] in OF_SCENARIO else plant
    value = places(root, name)[0].value
    if isinstance(value, bool) or not isinstance(value, float):
        raise InvalidInput(
            f"{name}: must be a number that can be a little more (got {value!r})"
        )
    if value == 0.0:
        raise InvalidInput(f"{name}: is 0, of which a share is nothing; give it a value first")
    return value


def _moved(probe: Probe, name: str, factor: float) -> Probe:
    if name.partition(".")[0] in OF_SCENARIO:
        found = {p.name: factor * p.value for p in places(probe.scenario, name)}
        return replace(probe, scenario=changed(probe.scenario, found))
    found = {place.name: factor * place.value for place in places(probe.plant, name)}
    return replace(probe, plant=changed(probe.plant, found))


def _jumps(plant: PlantModel, scenario: Scenario) -> str:
    """Return why a path may jump when a number moves a little; empty: it does not.

    A failure that comes before or after the end of a piece, a shift or an order, an edge that
    breaks, a piece that goes to another station: a small step hardly ever sees it, and where it
    does not, says nothing of it.
    """
    worn = any(damage > LEAST for damage in scenario.start_from.bearings.values())
    if worn or any(machine.failures for machine in plant.machines):
        return "what fails by chance moves from one piece to the next"
    slots = [slot.tool for machine in plant.machines for slot in machine.magazine]
    if any(tool.break_rate > 0.0 and tool.name in slots for tool in plant.tools):
        return "edges break by chance"
    ways = [len(op.stations) for product in plant.products for op in product.operations]
    if max(ways, default=1) > 1 or scenario.dispatching not in BY_ARRIVAL:
        return "pieces choose their way"
    return ""


def _judged(
    name: str,
    value: float,
    base: list[float],
    columns: Sequence[list[float]],
    step: float,
    why: str,
) -> Sensitivity:
    """Return the derivative along the path, or by paired differences where that is biased."""
    up, down, near_up, near_down, far_up, far_down = columns
    path = _slope(up, down, 2.0 * TINY * value)
    near = _slope(near_up, near_down, 2.0 * step / CLOSER * value)
    found = _slope(far_up, far_down, 2.0 * step * value)
    method = f"paired differences, {100 * step:g} %: {why}"
    if not why:
        bend = BEND * abs(near.value)
        steady = path.high - path.low <= max(WIDER * (found.high - found.low), 2.0 * bend)
        if steady and path.low <= near.high + bend and path.high >= near.low - bend:
            found, method = path, "pathwise"
        else:
            method = f"paired differences, {100 * step:g} %: the path jumps"
    mean = sum(base) / len(base)
    elasticity = found.value * value / mean if mean != 0.0 else nan
    return Sensitivity(name, value, found, elasticity, method)


def _slope(above: list[float], below: list[float], width: float) -> Estimate:
    return estimate.mean([(a - b) / width for a, b in zip(above, below, strict=True)])

"""This module holds the precision: what an error costs (P1), and how large ours is (P3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from scipy.linalg import expm

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.model import PlantModel, Scenario
from simtwin.shop.build import build
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams
from tests.benchmarks.baselines import stepper
from tests.benchmarks.baselines.stepper import START, Nodes, Outcome
from tests.benchmarks.baselines.workload import ramps, rows
from tests.benchmarks.exported import Exported, exported
from tests.benchmarks.measure import Line, race
from tests.benchmarks.plants import for_hours, workload

TOLERANCES = (1e-3, 1e-6)
"""Largest error of any node at the end of any segment [K]."""
MACHINE = "mill-1"

Stepper = Callable[[Any, float], Outcome]

STEPS: dict[str, tuple[float, ...]] = {
    "RK4": (60, 40, 30, 27, 26, 25, 24, 20, 15, 10, 7, 5, 4.9, 4.8, 4.7, 4.6, 4.5, 4),
    "Euler": (5, 1, 0.2, 0.05),
    "LSODA": (1e-3, 3e-4, 1e-4, 1e-5, 1e-6, 3e-7, 1e-7, 1e-8),
    "sketch": (0.1,),
}
"""Steps [s] that are tried, dear ones last; for LSODA tolerances [K]."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the work-precision plot."""

    method: str
    step: float
    """[s]; a tolerance [K] for LSODA, 0 for us."""
    error: float
    """[K]"""
    work: float
    """Processor time per machine-hour [ms]."""
    scaled: bool = False
    """Not run: scaled by the order of the method."""


@lru_cache(maxsize=4)
def run_of(hours: float) -> tuple[PlantModel, Scenario, Exported, Outcome]:
    """Return the plant, the scenario, our run, and the reference of the same equations."""
    plant = workload(1)
    scenario = for_hours(plant, hours)
    run = exported(simulate(plant, scenario), MACHINE)
    return plant, scenario, run, stepper.reference(rows(run.segments))


def methods() -> dict[str, tuple[Stepper, tuple[float, ...], bool]]:
    """Return the baselines by name: stepper, steps to try, whether it is compiled."""
    found: dict[str, tuple[Stepper, tuple[float, ...], bool]] = {
        "RK4": (stepper.rk4, STEPS["RK4"], False),
        "Euler": (stepper.euler, STEPS["Euler"], False),
        "LSODA": (stepper.lsoda, STEPS["LSODA"], False),
    }
    try:
        kernels = (("RK4", stepper.rk4_kernel), ("Euler", stepper.euler_kernel))
        for name, kernel in kernels:
            found[f"numba {name}"] = stepper.compiled(kernel), STEPS[name], True
    except ImportError:
        pass
    return found


@lru_cache(maxsize=4)
def work_precision(
    *, hours: float = 100.0, rounds: int = 3, sketch: bool = True
) -> tuple[Point, ...]:
    """Return the points of all methods; ours, with full logic and log, comes first.

    Ours has the whole of a run in it, its shop built and its result gathered: 1 ms, once.
    """
    plant, scenario, run, true = run_of(hours)
    table = rows(run.segments)
    points = []
    (mine,) = race(lambda: simulate(plant, scenario), rounds=2 * rounds)
    ours = Point("simtwin", 0.0, stepper.error(run.ours, true), mine / hours * 1e3)
    for name, (method, steps, fast) in methods().items():
        given = np.asarray(table) if fast else table
        for step in steps:
            error = stepper.error(method(given, step), true)

            mine, theirs = race(
                lambda: simulate(plant, scenario), partial(method, given, step), rounds=rounds
            )
            ours = replace(ours, work=min(ours.work, mine / hours * 1e3))
            points.append(Point(name, step, error, theirs / hours * 1e3))
    points += [
        _scaled(_last(points, name))
        for name in ("Euler", "numba Euler")
        if any(point.method == name for point in points)
    ]
    if sketch:
        points.append(_sketch(run, true))
    return ours, *points


def _last(points: list[Point], method: str) -> Point:
    return [point for point in points if point.method == method][-1]


def _scaled(point: Point) -> Point:
    """Return what order 1 promises for the smallest tolerance: too slow to be run."""
    factor = point.error / TOLERANCES[-1]
    return Point(point.method, point.step / factor, TOLERANCES[-1], point.work * factor, True)


def _sketch(run: Exported, true: Outcome) -> Point:
    """Return the loop of the first sketch, over its first part only: it is slow."""
    part = run.segments[:26]
    found: list[Outcome] = []
    (seconds,) = race(lambda: found.append(stepper.sketch(part)), rounds=1)
    wrong = stepper.error(found[0], Outcome(true.temperatures[:26], true.fatigue))
    hours = sum(segment.duration for segment in part) / 3600.0
    return Point("sketch", 0.1, wrong, seconds / hours * 1e3)


def cost(points: Sequence[Point] | None = None) -> list[Line]:
    """Return P1: our time per machine-hour over that of each method at its best step."""
    points = work_precision() if points is None else points
    ours, others = points[0], points[1:]
    lines = []
    for tolerance, least in zip(TOLERANCES, (1.0, 0.1), strict=True):
        for name in dict.fromkeys(point.method for point in others):
            best = cheapest([p for p in others if p.method == name], tolerance)
            if best is None:
                continue
            fast = name.startswith("numba")
            note = f"step {best.step:.3g}, error {best.error:.2g} K; ours {ours.error:.1g} K"
            lines.append(Line(
                "P1", f"{name}, {tolerance:g} K, per machine-hour", ours.work, "ms", best.work,
                None if fast else least, 1.0 if fast and tolerance < 1e-5 else None,
                note=f"{note}, scaled" if best.scaled else note,
            ))  # fmt: skip
    return lines


def cheapest(points: Sequence[Point], tolerance: float) -> Point | None:
    """Return the cheapest of *points* that keeps to *tolerance* [K]; none if none does.

    >>> points = [Point("a", 9.0, 1e-2, 1.0), Point("a", 3.0, 1e-4, 2.0)]
    >>> cheapest(points, 1e-3).step
    3.0
    """
    good = [point for point in points if point.error <= tolerance * (1.0 + 1e-9)]
    return min(good, key=lambda point: point.work, default=None)


def errors(*, hours: float = 20.0) -> list[Line]:
    """Return P3: temperatures and damages against references, and against a split run."""
    plant, scenario, run, true = run_of(hours)
    exact = by_exponential(run)
    away = max(abs(a / b - 1.0) for a, b in zip(run.ours.fatigue, true.fatigue, strict=True))
    hot, worn = split(plant, scenario)
    found = (
        ("temperature against expm", stepper.error(run.ours, exact), "K", 1e-9),
        ("temperature against DOP853", stepper.error(run.ours, true), "K", 1e-7),
        ("bearing damage against Simpson", away, "-", 1e-6),
        ("temperature, holds split", hot, "K", 1e-9),
        ("damage, holds split", worn, "-", 1e-9),
    )
    return [Line("P3", name, error, unit, None, bound) for name, error, unit, bound in found]


def by_exponential(run: Exported) -> Outcome:
    """Return the temperatures by matrix exponentials of each ramp, the time a sixth state."""
    nodes = np.array([*START, 0.0, 1.0])
    capacity = (20000.0, 1500.0, 1000.0, 10000.0, 60000.0)
    seen: list[Nodes] = []
    for ramp in ramps(rows(run.segments)):
        span, qm, am, qf, af, qr, ar, slope, coolant = ramp[:9]
        loss = (
            (slope - 68.0, 0.0, 0.0, 8.0, 60.0, am, qm),
            (0.0, -21.0, 0.0, 9.0, 12.0, af, qf),
            (0.0, 0.0, -17.0, 7.0, 10.0, ar, qr),
            (8.0, 9.0, 7.0, -27.0, 0.0, 0.0, 66.0),
            (60.0, 12.0, 10.0, 0.0, -94.0 - coolant, 0.0, 22.0 * (coolant + 12.0)),
        )
        system = np.zeros((7, 7))
        system[:5] = np.array(loss) / np.array(capacity)[:, None]
        system[5, 6] = 1.0
        nodes[5], nodes[6] = 0.0, 1.0
        nodes = expm(system * span) @ nodes
        if ramp[11]:
            m, f, r, s, h = map(float, nodes[:5])
            seen.append((m, f, r, s, h))
    return Outcome(seen, (0.0, 0.0))


def split(plant: PlantModel, scenario: Scenario, every: float = 97.0) -> tuple[float, float]:
    """Return how far a run moves when its holds are cut by loads that are set as they are.

    The largest difference of any node [K] and of any damage [relative], at the end. Run-ups
    are left whole: a load that is set within one begins it again.
    """
    whole = _end(plant, scenario, None)
    cut = _end(plant, scenario, every)
    hot = max(abs(a - b) for a, b in zip(whole[0], cut[0], strict=True))
    worn = max(abs(a / b - 1.0) for a, b in zip(whole[1], cut[1], strict=True) if b)
    return hot, worn


def _end(
    plant: PlantModel, scenario: Scenario, every: float | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return temperatures and damages at the horizon, every hold cut *every* seconds."""
    assert scenario.horizon is not None
    shop = build(plan_of(plant), scenario, Streams(scenario.seed))
    machine = shop.machines[MACHINE]
    if every is not None:
        for number in range(1, int(scenario.horizon / every)):
            shop.env.advance(number * every)
            machine.settle()
            if machine.state.phase != "run-up":
                machine.change_load(machine.state.setting)
    shop.env.advance(scenario.horizon)
    machine.settle()
    state = machine.state
    return state.temperatures, (*state.damages, *state.wear)


def plot(points: Sequence[Point], path: str) -> None:
    """Write the work-precision plot of *points* to *path* as a page of its own."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name in dict.fromkeys(point.method for point in points):
        mine = [point for point in points if point.method == name]
        figure.add_scatter(
            x=[point.error for point in mine], y=[point.work for point in mine], name=name,
            mode="lines+markers", text=[f"step {point.step:.3g}" for point in mine],
        )  # fmt: skip
    figure.update_layout(title="Work and precision, one machine, 60 segments an hour")
    figure.update_xaxes(type="log", title="largest error of a node temperature [K]")
    figure.update_yaxes(type="log", title="processor time per machine-hour [ms]")
    figure.write_html(path, include_plotlyjs="cdn")


def points_table(points: Sequence[Point]) -> str:
    """Return *points* as text in columns.

    >>> print(points_table([Point("RK4", 5.0, 1e-6, 1.5)]))
    method             step   error [K]   ms per machine-hour
    RK4                   5       1e-06                   1.5
    """
    head = f"{'method':<12} {'step':>10} {'error [K]':>11} {'ms per machine-hour':>21}"
    body = (
        f"{p.method:<12} {p.step:>10.3g} {p.error:>11.3g} {p.work:>21.4g}"
        f"{'  scaled' if p.scaled else ''}"
        for p in points
    )
    return "\n".join([head, *body])

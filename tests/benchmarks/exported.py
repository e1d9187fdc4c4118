"""This module holds the export: a run of simtwin as rows that the baselines can march through.

Heats, damage rates, durations and edges are those of our own compiled loads, so a baseline
integrates the same equations; the temperatures that we found stand beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from simtwin.parts.heat import motor_losses
from simtwin.parts.load import Load
from simtwin.parts.spindle import SpindleSpec
from simtwin.result.result import Result
from simtwin.shop.duty import Duty
from simtwin.shop.reading import FIXED, History
from tests.benchmarks.baselines.stepper import Nodes, Outcome
from tests.benchmarks.baselines.workload import FORCE_BY_WEAR, Segment

NODES = 5
TOOLS = ("face", "end", "drill")


@dataclass(frozen=True, slots=True)
class Exported:
    """One machine's run: its segments, and what we say about them."""

    segments: list[Segment]
    ours: Outcome

    @property
    def hours(self) -> float:
        """How long it lasts [h]."""
        return sum(segment.duration for segment in self.segments) / 3600.0


def exported(result: Result, machine: str) -> Exported:
    """Return the run of *machine* in *result*, which has kept its log.

    Holds of no length are left out. The machine has one edge of each tool at a time, so that
    an edge without damage is a new one.
    """
    assert result.log is not None, "the segments stand in the log"
    history = result.log.history[machine]
    width = history.width
    rows = [history.rows[i * width : (i + 1) * width] for i in range(len(history))]
    damage = dict.fromkeys(TOOLS, 0.0)
    segments, nodes = [], []
    first = last = rows[0]
    for row, following in pairwise(rows):
        duration = following[0] - row[0]
        if duration > 0.0:
            duty = history.duties[int(row[1])]
            edge = history.edges[int(row[2])]
            segments.append(_segment(history, duty, edge, row[3], row[4], duration, damage))
            nodes.append(_nodes(following))
            last = following
    places = FIXED + NODES, FIXED + NODES + 1
    front, rear = (last[place] - first[place] for place in places)
    return Exported(segments, Outcome(nodes, (front, rear)))


def _nodes(row: object) -> Nodes:
    m, f, r, s, h = row[FIXED : FIXED + NODES]  # type: ignore[index]
    return m, f, r, s, h


def _segment(
    history: History,
    duty: Duty,
    edge: str,
    worn: float,
    rate: float,
    duration: float,
    damage: dict[str, float],
) -> Segment:
    spindle = history.plan.spec.spindle
    assert spindle is not None, "the benchmark is of machines with physics"
    motor, slope = _motor(spindle, duty.load)
    front, rear = (bearing.growth(duty.load) for bearing in history.plan.spec.bearings)
    assert front.exponent == rear.exponent == 3.0, "the baselines know ball bearings only"
    tool, renewed, life = -1, -1, float("inf")
    if edge and rate > 0.0:
        assert abs(duty.load.wear_gain - FORCE_BY_WEAR) < 1e-12
        name = edge.rpartition("/")[2].rpartition("#")[0]
        tool = TOOLS.index(name)
        if worn == 0.0 and damage[name] > 0.0:
            renewed = tool
        damage[name] = worn + rate * duration
        life = 1.0 / rate
    return Segment(
        str(duty.key[0]),
        duration,
        motor,
        _friction(duty.load, "front"),
        _friction(duty.load, "rear"),
        coolant=60.0 if duty.load.coolant else 0.0,
        tool=tool,
        life=life,
        renewed=renewed,
        fatigue=(front.rate, rear.rate),
        growth=(front.per_wear, rear.per_wear),
        given_slope=slope,
    )


def _motor(spec: SpindleSpec, load: Load) -> tuple[tuple[float, float, float], float]:
    """Return the motor heat as a + b K + c K^2 at the reference, and its slope [W/K]."""
    if not load.turning:
        return (0.0, 0.0, 0.0), 0.0
    (constant, per_k, square), slope = motor_losses(spec, load)
    return (constant - per_k, per_k, square), slope


def _friction(load: Load, node: str) -> tuple[float, float]:
    """Return the heat of the bearing at *node* as a + b K."""
    heats = [heat for heat in load.heats if heat.node == node]
    assert not any(heat.slope for heat in heats), "the baselines know no oil"
    per_k = sum(heat.per_wear for heat in heats)
    return sum(heat.constant for heat in heats) - per_k, per_k

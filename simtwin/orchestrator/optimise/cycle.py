"""This module holds the cycle: one operation repeated for ever on one machine, evaluated.

Loads, holds, heat, wear and friction are those of the simulation: the same plan compiles them,
and the same rehearsal goes through them. What is added here is their mean over the life of an
edge, and the temperatures at which a repeated cycle ends as it began (PHYSICS 5.6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from simtwin.orchestrator.optimise.edges import Cutting, Use, use_of
from simtwin.orchestrator.optimise.steady import Thermal, fatigue_of, thermal_of
from simtwin.physics.finish import roughness
from simtwin.plant.cut import held_override
from simtwin.plant.model import CutStep
from simtwin.shop.machine_plan import MachinePlan
from simtwin.shop.rehearsal import Rehearsal
from simtwin.shop.states import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from simtwin.orchestrator.optimise.target import Target
    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.model import Step
    from simtwin.shop.duty import Duty
    from simtwin.shop.program import Hold
    from simtwin.shop.step_plan import StepPlan

    Array = NDArray[np.float64]

SYSTEM = 1.5
"""Exponent of bearings in series, ``L^-e = sum L_i^-e`` (PHYSICS 6.4)."""


class CutFigures(NamedTuple):
    """What one cut asks at the end of the life of its edge, when it asks most."""

    speed: float
    """Of the spindle [rad/s]."""
    seconds: float
    power: float
    """At the tool [W]."""
    torque: float
    """Highest in a turn of the spindle [N m]."""
    torque_limit: float
    """What the spindle gives for a short time at this speed [N m]."""
    force: float
    """[N]"""
    gain: float
    """By what share force, torque and power have grown with wear [-]."""
    life: float | None
    """Nominal life of its edge at these conditions [s]; None: nothing wears."""
    roughness: float | None
    """Ra that the shape of the edge leaves [m]; None: not known, or a hole."""


@dataclass(frozen=True)
class Figures:
    """One good part of an operation that is repeated for ever, on average."""

    seconds: float
    energy: float
    """Electrical, of the whole machine [J]."""
    cutting: float
    """Time in cut [s]."""
    cuts: tuple[CutFigures | None, ...]
    """By step; None for a step that is no cut with cutting data."""
    uses: dict[str, Use]
    """By tool that wears."""
    bearings: dict[str, float]
    """Damage, in lives L10 [-]."""
    peaks: dict[str, float]
    """Highest temperature of each node in a cycle, all edges at their wear limit [degC]."""
    ends: tuple[float, ...]
    """Temperatures with which a cycle ends and begins [degC]."""
    good: float
    """Parts that no broken tool spoils, of all [-]."""
    coolant: bool
    """Whether it is on."""

    @property
    def edges(self) -> float:
        """Edges of all tools used for one part [-]."""
        return sum(use.edges for use in self.uses.values())

    @property
    def spindle_wear(self) -> float:
        """Damage of all bearings in series, in lives of the spindle [-]."""
        return in_series(self.bearings)

    @property
    def bearing_wear(self) -> float:
        """Damage of the bearing that wears most [-]."""
        return max(self.bearings.values(), default=0.0)


class Cycle:
    """The operation of a target under changing parameters; remembers what it has compiled."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.spec = replace(target.machine, calendar=None)
        self.plan = MachinePlan(self.spec, target.bench(target.operation.steps))
        self.tools: dict[str, ToolSpec] = self.plan.tools
        self._steps: dict[tuple[int, Step], StepPlan] = {}
        self._thermal: dict[tuple[Duty, float, float], Thermal] = {}
        self._uses: dict[tuple[object, ...], Use] = {}

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Nodes of the spindle."""
        spindle = self.spec.spindle
        assert spindle is not None, "a cut needs a spindle"
        return spindle.network.nodes

    @cached_property
    def mounted(self) -> str:
        """The tool with which a cycle ends, and so begins."""
        used = [getattr(step, "tool", None) for step in self.target.operation.steps]
        return next((tool for tool in reversed(used) if tool is not None), "")

    def figures(
        self,
        steps: tuple[Step, ...],
        *,
        coolant: bool = True,
        parts: Mapping[str, float] | None = None,
        exact: bool = False,
    ) -> Figures:
        """Return what one good part takes and does when *steps* are repeated for ever.

        An edge is used to the last of its nominal life, or for the *parts* of its tool.
        *exact*: for as many whole cuts as a run lets it make, which is no smooth function.
        Raises OutOfRange where heat runs away.
        """
        setting = Setting(
            feed=self.spec.feed_override / 100.0,
            spindle=self.spec.spindle_override / 100.0,
            coolant=coolant,
        )
        rehearsal = Rehearsal(self.plan, self.mounted, setting)
        for number, step in enumerate(steps):
            rehearsal.go_through(number, self._step(number, step))
        holds = tuple(hold for hold in rehearsal.holds if hold.seconds > 0.0)
        uses = self._used(holds, setting, parts or {}, exact)
        depths = [self._depth(hold, uses) for hold in holds]
        starts, ends, energy, peaks = self._heat(holds, depths)
        good = 1.0 - sum(use.breaks for use in uses.values()) * self.target.scrap_on_breakage
        extra = sum(use.extra for use in uses.values())
        ready = self.spec.power.ready
        return Figures(
            (sum(hold.seconds for hold in holds) + extra) / good,
            (energy + ready * extra) / good,
            sum(hold.seconds for hold in holds if hold.phase == "cut" and _turns(hold)) / good,
            tuple(
                self._cut(number, step, setting) if isinstance(step, CutStep) else None
                for number, step in enumerate(steps)
            ),
            {name: use.over(good) for name, use in uses.items()},
            {
                bearing.name: sum(
                    fatigue_of(hold, place, depth, start)
                    for hold, depth, start in zip(holds, depths, starts, strict=True)
                )
                / good
                for place, bearing in enumerate(self.spec.bearings)
            },
            dict(zip(self.nodes, peaks, strict=True)),
            ends,
            good,
            coolant,
        )

    def _step(self, number: int, step: Step) -> StepPlan:
        """Return one step compiled by itself; equal ones are one object."""
        key = number, step
        found = self._steps.get(key)
        if found is None:
            plan = MachinePlan(self.spec, self.target.bench((step,)))
            (found,) = plan.steps("part", 0)
            self._steps[key] = found
        return found

    def _cut(self, number: int, step: CutStep, setting: Setting) -> CutFigures:
        plan = self._step(number, step)
        load = plan.duty(setting).load
        worn = 1.0 + load.wear_gain
        return CutFigures(
            load.speed,
            plan.mean / setting.feed,
            load.power * worn,
            load.peak_torque * worn,
            load.torque_limit,
            load.force * worn,
            load.wear_gain,
            load.tool_life,
            finish(step, self.tools[step.tool], setting.feed / plan.override(setting.spindle)),
        )

    def _override(self, speed: float, setting: Setting) -> float:
        """Return what acts of the spindle override on a programmed *speed* [rad/s]."""
        spindle = self.spec.spindle
        assert spindle is not None, "a cut needs a spindle"
        return held_override(speed, setting.spindle, spindle)

    def _used(
        self, holds: tuple[Hold, ...], setting: Setting, parts: Mapping[str, float], exact: bool
    ) -> dict[str, Use]:
        """Return what each tool that wears is used for one part."""
        cuts: dict[str, list[Cutting]] = {}
        fetched = ran_up = False
        for hold in holds:
            edge = hold.duty.edge
            if edge is not None:
                run_up = self.plan.run_up_time(hold.speed * self._override(hold.speed, setting))
                cuts.setdefault(self._tool(hold), []).append(
                    Cutting(
                        edge.rate * hold.seconds,
                        hold.seconds,
                        fetched,
                        0.0 if ran_up else run_up,
                        run_up,
                    )
                )
            fetched = hold.phase == "change" or (fetched and hold.phase == "run-up")
            ran_up = hold.phase == "run-up"
        found = {}
        for tool, own in cuts.items():
            key = (tool, tuple(own), parts.get(tool), exact)
            use = self._uses.get(key)
            if use is None:
                use = self._uses[key] = use_of(
                    self.tools[tool],
                    tuple(own),
                    sisters=len(self.plan.sisters[tool]),
                    change=self.spec.tool_change,
                    refit=self.spec.refit,
                    parts=parts.get(tool),
                    exact=exact,
                )
            found[tool] = use
        return found

    def _depth(self, hold: Hold, uses: dict[str, Use]) -> float:
        """Return the damage to which the edge in *hold* is used on average; 0: none wears."""
        return 0.0 if hold.duty.edge is None else uses[self._tool(hold)].worn

    def _tool(self, hold: Hold) -> str:
        tool = getattr(self.target.operation.steps[hold.step], "tool", None)
        assert tool is not None, "only a tool wears"
        return str(tool)

    def _heat(
        self, holds: tuple[Hold, ...], depths: list[float]
    ) -> tuple[list[tuple[float, ...]], tuple[float, ...], float, tuple[float, ...]]:
        """Return temperatures at each start and at the end, the energy [J], and the peaks."""
        import numpy as np

        maps = [self._map(hold, depth) for hold, depth in zip(holds, depths, strict=True)]
        n = len(self.nodes)
        phi, mean, worst = np.eye(n), np.zeros(n), np.zeros(n)
        for one in maps:
            phi, mean, worst = (
                one.phi @ phi,
                one.phi @ mean + one.mean,
                one.phi @ worst + one.worst,
            )
        back = np.eye(n) - phi
        now, hot = np.linalg.solve(back, mean), np.linalg.solve(back, worst)
        ends = tuple(now.tolist())
        starts, peaks, energy = [], hot, 0.0
        for one in maps:
            starts.append(tuple(now.tolist()))
            energy += one.energy + float(one.row @ now)
            now, hot = one.phi @ now + one.mean, one.phi @ hot + one.worst
            peaks = np.maximum(peaks, hot)
        return starts, ends, energy, tuple(peaks.tolist())

    def _map(self, hold: Hold, depth: float) -> Thermal:
        key = hold.duty, hold.seconds, depth
        found = self._thermal.get(key)
        if found is None:
            found = self._thermal[key] = thermal_of(hold.duty, hold.seconds, depth)
        return found


def in_series(damages: Mapping[str, float]) -> float:
    """Return the damage of bearings in series, in lives of them all [-] (PHYSICS 6.4).

    >>> round(in_series({"front": 1.0, "rear": 1.0}), 4)
    1.5874
    """
    return float(sum(damage**SYSTEM for damage in damages.values()) ** (1.0 / SYSTEM))


def finish(step: CutStep, tool: ToolSpec, slower: float = 1.0) -> float | None:
    """Return the ideal roughness Ra of a cut [m]; None for a hole, or an unknown corner.

    The marks are those of the corner, or of the periphery of a mill that has none. *slower* is
    the feed per tooth over the programmed one.
    """
    radius = tool.nose_radius
    if step.kind == "milling" and radius == 0.0:
        radius = 0.5 * step.diameter
    if step.kind == "drilling" or radius == 0.0:
        return None
    return roughness(step.feed * slower, radius)


def _turns(hold: Hold) -> bool:
    return hold.duty.turning

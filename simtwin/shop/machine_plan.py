"""This module holds the plan of one machine: its steps, loads and programs, compiled."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.parts.alarm import instant
from simtwin.parts.bearing import bearing_name
from simtwin.parts.heat import heating
from simtwin.parts.load import Load
from simtwin.parts.spindle import levels
from simtwin.parts.tool import edge_duty, edge_name
from simtwin.physics.life import Fixed
from simtwin.plant.cut import (
    cut_of,
    run_up_seconds,
)
from simtwin.plant.model import CutStep, HandleStep, PowerSpec, TimedStep
from simtwin.plant.routing import ANY
from simtwin.shop.duty import Duty
from simtwin.shop.named_load import named_load
from simtwin.shop.program import Program
from simtwin.shop.rehearsal import rehearsed
from simtwin.shop.repertoire import Repertoire
from simtwin.shop.step_plan import StepPlan

if TYPE_CHECKING:
    from simtwin.physics.cutting import Cut
    from simtwin.plant.model import (
        MachineSpec,
        PlantModel,
        ProductSpec,
        Step,
    )
    from simtwin.shop.program import Hold
    from simtwin.shop.states import LoadKey


class MachinePlan:
    """One machine compiled: its steps and its loads."""

    __slots__ = (
        "_duties", "_families", "_loads", "_nominal", "_products", "_programs",
        "_repertoire", "_run_ups", "_sorts", "_steps", "bare", "changes", "kind", "meters",
        "model", "plain", "resets", "sets_up", "sisters", "spec", "tools", "version", "worst",
    )  # fmt: skip

    def __init__(
        self, spec: MachineSpec, model: PlantModel, repertoire: Repertoire | None = None
    ) -> None:
        self.spec = spec
        self.model = model
        self._repertoire = Repertoire(model) if repertoire is None else repertoire
        self.kind = self._repertoire.number(_alike(spec))
        """What it is but for its name and where, when and how reliably it works."""
        self.tools = self._repertoire.tools
        self._products: dict[str, ProductSpec] = {}
        self._families: dict[str, tuple[str, ...]] = {}
        self._steps: dict[tuple[str, int], tuple[StepPlan, ...]] = {}
        self._sorts: dict[tuple[str, int], int] = {}
        self._nominal: dict[tuple[str, int], float] = {}
        self._loads: dict[LoadKey, Load] = {}
        self._programs: dict[tuple[str, int, str, int, int], Program | None] = {}
        self._run_ups: dict[float, float] = {}
        self._duties: dict[tuple[LoadKey, str], Duty] = {}
        self.resets = levels(spec.spindle, "reset") if spec.spindle is not None else ()
        """Reset level of every node of the spindle [degC]."""
        self.bare = (
            spec.spindle is None
            and not spec.bearings
            and not spec.magazine
            and spec.power == PowerSpec()
        )
        """Whether nothing wears, heats or draws power in it: it has clocks only."""
        self.plain = self.bare and not spec.failures
        """Whether nothing in it grows."""
        self.meters = {
            name: index
            for index, name in enumerate(
                (
                    "powered",
                    "processing",
                    "cycles",
                    *(bearing_name(spec.name, bearing) for bearing in spec.bearings),
                )
            )
        }
        """Name of each meter of the machine and where it stands."""
        self.worst = (0.0,) * len(spec.bearings)
        """Fastest growth of each damage under any load compiled so far [1/s]."""
        self.version = 0
        """Counts how often `worst` has risen."""
        self.sisters = {
            slot.tool: tuple(
                edge_name(spec.name, slot.tool, number) for number in range(1, slot.edges + 1)
            )
            for slot in spec.magazine
        }
        """Edges of each tool in the magazine, in the order in which they are taken."""
        self.sets_up = model.needs_setups
        """Whether anything in the plant needs a setup."""
        self.changes = (instant(spec.tool_change), instant(spec.tool_change + spec.refit))

    def product(self, name: str) -> ProductSpec:
        """Return the product *name* with its operations as they are done on this machine.

        Looked up when it is asked for: a machine of a large plant sees few of its products.
        """
        found = self._products.get(name)
        if found is None:
            known = self._repertoire.products[name]
            found = self._products[name] = known.at(self.spec.station)
        return found

    def steps(self, product: str, operation: int) -> tuple[StepPlan, ...]:
        """Return the steps of one operation of *product* on this machine."""
        key = product, operation
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = self._compiled(product, operation)
        return found

    def _compiled(self, product: str, operation: int) -> tuple[StepPlan, ...]:
        spec = self.product(product).operations[operation]
        final = len(spec.steps) - 1
        found = tuple(
            self._step(step, (product, operation, index), last=index == final)
            for index, step in enumerate(spec.steps)
        )
        for step, after in reversed(tuple(pairwise(found))):
            step.later = after.mean + after.later
        return found

    def program(
        self, product: str, operation: int, mounted: str, first: int = 0, beyond: int = -1
    ) -> Program | None:
        """Return steps of one operation compiled, the tool *mounted* in the spindle.

        From *first* until *beyond*; -1: to the end. None: they cannot be.
        """
        key = product, operation, mounted, first, beyond
        try:
            return self._programs[key]
        except KeyError:
            score = self._repertoire.score(self, *key)
            found = None if score is None else Program(self, ("program", *key), score)
            if score is not None:
                self._withstand(score.worst)
            self._programs[key] = found
            return found

    def holds(
        self, product: str, operation: int, mounted: str, first: int, beyond: int
    ) -> tuple[Hold, ...]:
        """Return the holds of a program, with the loads of this machine."""
        return tuple(rehearsed(self, product, operation, mounted, first, beyond).holds)

    def sort(self, product: str, operation: int) -> int:
        """Return what an operation is but for its name: of a sort are those of equal steps."""
        key = product, operation
        found = self._sorts.get(key)
        if found is None:
            steps = self.product(product).operations[operation].steps
            found = self._sorts[key] = self._repertoire.number(steps)
        return found

    def _withstand(self, worst: tuple[float, ...]) -> None:
        """Know that damage may grow as fast as *worst* [1/s]."""
        risen = tuple(map(max, self.worst, worst))
        if risen != self.worst:
            self.worst = risen
            self.version += 1

    def nominal(self, product: str, operation: int) -> float:
        """Return the mean duration of the operation without tool changes and run-ups [s]."""
        key = product, operation
        found = self._nominal.get(key)
        if found is None:
            found = self._nominal[key] = sum([s.mean for s in self.steps(product, operation)])
        return found

    def mean(self, product: str, operation: int, feed: float) -> float:
        """Return how long an operation takes on average under a *feed* override [s].

        Without tool changes and run-ups.
        """
        if feed == 1.0:
            return self.nominal(product, operation)
        return sum([s.mean / s.pace(feed) for s in self.steps(product, operation)])

    def family(self, product: str, operation: int) -> str:
        """Return the family of an operation, for which a machine is set up."""
        found = self._families.get(product)
        if found is None:
            found = self._families[product] = self.product(product).families
        return found[operation]

    def setup(self, present: str | None, product: str, operation: int) -> float:
        """Return the time from being set up for *present* to being so for an operation [s].

        On the grid; *present* is None where a machine is set up for nothing yet.
        """
        family, matrix = self.family(product, operation), self.model.setup_matrix
        if present == family:
            return 0.0
        for row in (matrix.get(present or ANY, {}), matrix.get(ANY, {})):
            if family in row:
                return instant(row[family])
        return instant(self.product(product).operations[operation].setup)

    def load(self, key: LoadKey) -> Load:
        """Return the load that *key* names, friction of the bearings included."""
        found = self._loads.get(key)
        if found is None:
            load = named_load(self, key)
            heats = tuple(h for b in self.spec.bearings for h in b.heats(load))
            found = self._loads[key] = replace(load, heats=heats) if heats else load
        return found

    def duty(self, key: LoadKey, tool: str) -> Duty:
        """Return the load *key* compiled for this machine with *tool* in the spindle."""
        found = self._duties.get((key, tool))
        if found is None:
            found = self._duties[key, tool] = self._repertoire.duty(self, key, tool)
            self._withstand(tuple(growth.worst for growth in found.growths))
        return found

    def compile_load(self, key: LoadKey, tool: str) -> Duty:
        """Compile the load *key* with *tool* in the spindle, for all machines of the kind."""
        load = self.load(key)
        spindle = self.spec.spindle
        thermal = None
        if spindle is not None:
            thermal = heating(
                spindle, load, levels(spindle, "limit"), self.model.ambient, self.model.coolant
            )
        growths = tuple(bearing.growth(load) for bearing in self.spec.bearings)
        edge = edge_duty(self.tools[tool], load) if tool else None
        return Duty(key, load, thermal, growths, edge)

    def cut(self, step: CutStep, feed: float, speed: float) -> Cut:
        """Return force, torque and power of *step* at overrides (1 is 100 %)."""
        return cut_of(step, self.tools[step.tool], feed=feed, spindle=speed)

    def _step(self, step: Step, place: tuple[str, int, int], *, last: bool) -> StepPlan:
        if isinstance(step, HandleStep):
            return StepPlan(self, place, step, Fixed(step.duration), 0.0, last=last)
        if isinstance(step, TimedStep):
            spindle = self.spec.spindle
            speed = step.speed_share * spindle.max_speed if spindle is not None else 0.0
            return StepPlan(self, place, step, step.duration, speed, last=last)
        cut = self.cut(step, 1.0, 1.0)
        law = Fixed(step.path / cut.feed_speed)
        return StepPlan(self, place, step, law, cut.speed, last=last)

    def run_up_time(self, speed: float) -> float:
        """Return the time from rest to *speed* [rad/s], on the grid [s]."""
        spec = self.spec.spindle
        if spec is None:
            return 0.0
        found = self._run_ups.get(speed)
        if found is None:
            found = self._run_ups[speed] = instant(run_up_seconds(spec, speed))
        return found


def _alike(spec: MachineSpec) -> MachineSpec:
    """Return *spec* without all that no load and no score depends on."""
    return replace(
        spec, name="", station="", failures=(), calendar=None, at_shift_end="pause", form=None
    )

"""This module holds the inheritance: what a machine takes over from its state in another plant.

Everything goes by name. What was drawn and has not struck stays drawn; what is new, or lives
by another law now, stands here without a draw and is drawn when the machine lives again.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from simtwin.parts.alarm import instant
from simtwin.parts.bearing import BearingState, bearing_name
from simtwin.parts.failure import BY_TIME, FailureState
from simtwin.parts.spindle import SpindleState
from simtwin.parts.tool import FRESH, EdgeState, Stowed, tool_of
from simtwin.physics.degradation import Degradation
from simtwin.shop.moves import Move
from simtwin.shop.states import CHANGES, DONE, Mode, new_machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.parts.failure import FailureSpec
    from simtwin.parts.tool import Wear
    from simtwin.plant.model import MachineSpec, PlantModel
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.moves import What
    from simtwin.shop.states import Fault, MachineState, Setting, Work

UNDRAWN = EdgeState(0.0, inf)
"""An edge whose life is still to be drawn."""

CLOCK = {"powered": 0, "processing": 1, "cycles": 2}
"""Where the clocks of a machine stand."""


class Heir(NamedTuple):
    """A machine of the new plant before it lives again."""

    state: MachineState
    parts: dict[str, Any]
    """States of its parts and of the edge in the spindle, by name."""
    draws: tuple[str, ...]
    """Parts and edges that are still to be drawn."""
    again: bool = False
    """Whether the run-up or the tool change in hand begins again."""
    freed: bool = False
    """Whether the fault that it stood for is gone."""


def is_same(
    before: MachinePlan, after: MachinePlan, work: Work | None, operation: int | None
) -> bool:
    """Tell whether nothing is other that the hold of a machine and its parts depend on."""
    if _as_set(before.spec) != _as_set(after.spec):
        return False
    if after.spec.spindle is not None and _around(before.model) != _around(after.model):
        return False
    if any(before.tools.get(tool) != after.tools.get(tool) for tool in after.sisters):
        return False
    if work is None:
        return True
    if operation is None:
        return False
    here = before.product(work.product).operations[work.operation]
    return here.steps == after.product(work.product).operations[operation].steps


def _as_set(spec: MachineSpec) -> MachineSpec:
    """Return *spec* without its group and what it was set to when the run began."""
    return replace(spec, station="", feed_override=100.0, spindle_override=100.0)


def _around(model: PlantModel) -> tuple[float, float]:
    return model.ambient, model.coolant


def renumbered(state: MachineState, operation: int | None) -> MachineState:
    """Return *state* with the number that its operation has on the new route."""
    work = state.work
    if work is None or operation is None or operation == work.operation:
        return state
    load = state.load
    if load[0] in ("cut", "program"):
        load = (load[0], load[1], operation, *load[3:])
    return structs.replace(state, work=structs.replace(work, operation=operation), load=load)


def newcomer(plan: MachinePlan, now: float) -> Heir:
    """Return a machine that was not there before: cold, empty, its parts new."""
    spec = plan.spec
    parts: dict[str, Any] = {}
    nodes: tuple[str, ...] = ()
    if spec.spindle is not None:
        parts[f"{spec.name}/spindle"] = SpindleState()
        nodes = spec.spindle.network.nodes
    parts |= {bearing_name(spec.name, bearing): BearingState(inf) for bearing in spec.bearings}
    for failure in spec.failures:
        begun = now if failure.clock in BY_TIME else 0.0
        parts[f"{spec.name}/{failure.name}"] = FailureState(inf, begun)
    edges = [name for names in plan.sisters.values() for name in names]
    state = new_machine(
        (plan.model.ambient,) * len(nodes),
        (0.0,) * len(spec.bearings),
        stopped=False,
        feed=spec.feed_override / 100.0,
        spindle=spec.spindle_override / 100.0,
    )
    state = structs.replace(
        state,
        mode=Mode("idle", "", now),
        anchor=now,
        magazine={name: Stowed(UNDRAWN) for name in edges},
    )
    draws = (*(name for name in parts if not name.endswith("/spindle")), *edges)
    return Heir(state, parts, draws)


class Inheritance:
    """What one machine that is other now takes over; its old state stands at the present."""

    def __init__(
        self,
        before: MachinePlan,
        after: MachinePlan,
        states: Mapping[str, Any],
        moves: list[Move],
    ) -> None:
        self.before = before
        self.after = after
        self.name = after.spec.name
        self.states = states
        self.state: MachineState = states[self.name]
        self.moves = moves
        self.parts: dict[str, Any] = {}
        self.draws: list[str] = []

    def heir(self, operation: int | None) -> Heir:
        """Return the machine under the new plant; *operation* is that of the piece in it."""
        state = self.state
        self._note("mapped", self.name, "goes on from its state under other data")
        temperatures = self._spindle()
        damages = self._bearings()
        self._failures()
        faults = self._faults()
        magazine, setting, wear = self._tools()
        work = None if operation is None else self._progress(operation)
        again = self._begins_again(work, setting)
        if state.phase in CHANGES and (again or work is None):
            setting = structs.replace(
                setting, edge=None, speed=0.0
            )  # It never came to the spindle.
        state = structs.replace(renumbered(state, operation),
            work=work, setting=setting, faults=faults, magazine=magazine,
            temperatures=temperatures, damages=damages, wear=wear,
        )  # fmt: skip
        freed = (
            self.state.phase in ("repair", "waiting") and faults[:1] != self.state.faults[:1]
        )
        return Heir(state, self.parts, tuple(self.draws), again, freed)

    def _note(self, what: What, entity: str, why: str) -> None:
        self.moves.append(Move(what, entity, why))

    def _spindle(self) -> tuple[float, ...]:
        """Return the temperatures, by node; a node that was not there is at ambient."""
        was, spindle, name = self.before.spec.spindle, self.after.spec.spindle, self.name
        if spindle is None:
            if was is not None:
                self._note("dropped", f"{name}/spindle", "the machine has none any more")
            return ()
        ambient = self.after.model.ambient
        if was is None:
            self._note("new", f"{name}/spindle", "at ambient temperature")
            self.parts[f"{name}/spindle"] = SpindleState()
            return (ambient,) * len(spindle.network.nodes)
        hot = bool(spindle.trips) and self.states[f"{name}/spindle"].tripped
        self.parts[f"{name}/spindle"] = SpindleState(hot)
        known = dict(zip(was.network.nodes, self.state.temperatures, strict=True))
        if was.network.nodes != spindle.network.nodes:
            why = "each node keeps its temperature; a new one is at ambient"
            self._note("mapped", f"{name}/spindle", why)
        return tuple(known.get(node, ambient) for node in spindle.network.nodes)

    def _bearings(self) -> tuple[float, ...]:
        """Return the damages, by name; a bearing that was not there is new."""
        olds = {bearing.name: bearing for bearing in self.before.spec.bearings}
        known = dict(zip(olds, self.state.damages, strict=True))
        damages = []
        for bearing in self.after.spec.bearings:
            name = bearing_name(self.name, bearing)
            old = olds.pop(bearing.name, None)
            damages.append(known.get(bearing.name, 0.0))
            self.parts[name] = BearingState(inf) if old is None else self.states[name]
            if old is None:
                self.draws.append(name)
                self._note("new", name, "without damage")
            elif old != bearing:
                self._note("mapped", name, "keeps damage and strength, and wears by other data")
        for old in olds.values():
            name = bearing_name(self.name, old)
            self._note("dropped", name, "the machine has it no more")
        return tuple(damages)

    def _failures(self) -> None:
        """Take over the failure modes, by name; one by another law keeps its age."""
        olds = {failure.name: failure for failure in self.before.spec.failures}
        for failure in self.after.spec.failures:
            name = f"{self.name}/{failure.name}"
            old = olds.pop(failure.name, None)
            known = FailureState(inf) if old is None else self.states[name]
            if old is None or old.clock != failure.clock:
                begun = self._reading(failure.clock)
                self.parts[name] = FailureState(inf, begun, known.failed)
                why = "of age 0" if old is None else f"of age 0 on the clock {failure.clock}"
                self._note("new" if old is None else "mapped", name, why)
            elif old.life != failure.life and not known.failed:
                self.parts[name] = structs.replace(known, due=inf)
                self._note(*_by_new_law(name, failure, known))
            else:
                self.parts[name] = known
            if old is None or (self.parts[name] != known and not known.failed):
                self.draws.append(name)
        for name in olds:
            self._note("dropped", f"{self.name}/{name}", "the machine has it no more")

    def _reading(self, clock: str) -> float:
        if clock in BY_TIME:
            return self.state.anchor
        return self.state.clocks[CLOCK[clock]]

    def _faults(self) -> tuple[Fault, ...]:
        """Return the faults of parts that are still there; a given stop is of no part."""
        kept = tuple(fault for fault in self.state.faults if fault.part in ("", *self.parts))
        for fault in self.state.faults:
            if fault not in kept:
                self._note("dropped", f"{self.name}: {fault.cause}", "its fault goes with it")
        return kept

    def _tools(self) -> tuple[dict[str, Stowed], Setting, Wear]:
        """Return magazine, setting and wear in the spindle; edges go by tool and number."""
        state, setting = self.state, self.state.setting
        known = dict(state.magazine)
        mounted = setting.edge if state.phase not in CHANGES else None
        if mounted is not None:
            known[mounted] = Stowed(self.states[mounted], state.wear)
        magazine = {}
        added = []
        for name in [name for names in self.after.sisters.values() for name in names]:
            if name in known:
                magazine[name] = known.pop(name)
                self._threaten(name, magazine[name])
            else:
                magazine[name] = Stowed(UNDRAWN)
                self.draws.append(name)
                added.append(name)
        if added:
            self._note("new", f"{self.name} edges", f"{', '.join(added)} are put in, new")
        if known:
            why = f"{', '.join(known)} have no place in the magazine"
            self._note("dropped", f"{self.name} edges", why)
        if setting.edge in known:
            setting = structs.replace(setting, edge=None, speed=0.0)
        if mounted is None or mounted in known:
            return magazine, setting, FRESH
        taken = magazine.pop(mounted)
        self.parts[mounted] = taken.edge
        return magazine, setting, taken.wear

    def _threaten(self, name: str, edge: Stowed) -> None:
        """Have it drawn when an edge breaks that could not break before."""
        tool = tool_of(name)
        could, can = (plan.tools[tool].break_rate for plan in (self.before, self.after))
        if could == 0.0 < can and not edge.edge.spent:
            self.draws.append(name)

    def _progress(self, operation: int) -> Work | None:
        """Return how far the piece is; a step by another law keeps the share that is done."""
        was = self.state.work
        assert was is not None, "only a piece in the machine has an operation"
        now = structs.replace(was, operation=operation)
        if was.step == DONE:
            return now
        olds = self.before.steps(was.product, was.operation)
        news = self.after.steps(was.product, operation)
        if len(olds) != len(news):
            self._note("mapped", was.job, "its operation has other steps, and begins again")
            return structs.replace(now, step=0, left=None, spent=0.0)
        old, new = olds[was.step], news[was.step]
        if was.left is None or old.law == new.law:
            return now
        if old.mean == 0.0:
            return structs.replace(now, left=None, spent=0.0)
        scale = new.mean / old.mean
        self._note("mapped", was.job, "keeps the share of its step that is done")
        return structs.replace(
            now, left=instant(was.left * scale), spent=instant(was.spent * scale)
        )

    def _begins_again(self, work: Work | None, setting: Setting) -> bool:
        """Tell whether a run-up or a tool change in hand is for another step or spindle now."""
        phase = self.state.phase
        if work is None or phase not in CHANGES | {"run-up"}:
            return False
        was = self.state.work
        assert was is not None, "they are for a piece"
        if work.step != was.step:
            return True
        new = self.after.steps(work.product, work.operation)[work.step]
        if phase in CHANGES:
            return setting.edge is None or tool_of(setting.edge) != new.tool
        old = self.before.steps(was.product, was.operation)[was.step]
        other = self.before.spec.spindle != self.after.spec.spindle
        return other or (old.speed, old.tool) != (new.speed, new.tool) or setting.edge is None


def _by_new_law(name: str, failure: FailureSpec, known: FailureState) -> Move:
    """Return what becomes of a life that has another law now."""
    life = failure.life
    if isinstance(life, Degradation) and known.seen >= life.limit:
        why = f"its level was seen at {known.seen:g}, which the limit {life.limit:g} excludes"
        return Move("refused", name, why)
    return Move("mapped", name, "keeps its age; the rest of its life is drawn by the new law")

"""This module holds the limits: what a part may ask of machine, tools and surface at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, log
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.cut import cut_of, torque_envelope
from simtwin.plant.model import CutStep
from simtwin.plant.wording import unknown
from simtwin.units import KILOWATT, MINUTE, RPM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.orchestrator.optimise.cycle import CutFigures, Cycle, Figures
    from simtwin.orchestrator.optimise.target import Target
    from simtwin.parts.spindle import SpindleSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.model import Step

MICROMETRE = 1e-6
COVERED = 1e-6
"""By what share less than its life an edge is used for whole parts: a run covers them."""
FREE = 50.0
"""Room of a limit that nothing is near to."""

Value = Callable[["Figures", "tuple[Step, ...]"], float]


@dataclass(frozen=True)
class Limit:
    """One bound on one figure of a part."""

    name: str
    unit: str
    bound: float
    """In its unit."""
    value: Value
    """In its unit."""
    lower: bool = False
    """Whether the figure must be at least the bound."""
    own: bool = True
    """Whether the call asks for it; else the machine does."""
    base: float = 0.0
    """From where a share of it is counted: the hall, for a temperature."""
    margin: float = 0.0
    """By what share it is kept more than it must be, where parts need not be whole."""
    tool: str = ""
    """Whose edges it is about."""

    def room(self, figures: Figures, steps: tuple[Step, ...], *, whole: bool = False) -> float:
        """Return what is left of it, as a logarithm; negative where it is broken.

        *whole*: of figures with whole parts, which need no margin.
        """
        value, bound = self.value(figures, steps) - self.base, self.bound - self.base
        if value == inf or (value <= 0.0 and not self.lower):
            return FREE if self.lower or value <= 0.0 else -FREE
        return (log(value / bound) if self.lower else log(bound / value)) - (
            0.0 if whole else self.margin
        )


OF_CUT: dict[str, tuple[str, str, bool, Callable[[CutFigures], float | None]]] = {
    "power_kw": ("power", "kW", False, lambda cut: cut.power / KILOWATT),
    "torque_nm": ("torque", "Nm", False, lambda cut: cut.torque),
    "force_n": ("force", "N", False, lambda cut: cut.force),
    "tool_life_min": ("tool life", "min", True, lambda cut: _over(cut.life, MINUTE)),
    "roughness_um": ("roughness", "um", False, lambda cut: _over(cut.roughness, MICROMETRE)),
}
"""Limits of single cuts: name, unit, whether it is a lower one, and the figure."""
OF_NODE = "temperature_c"
OF_TOOL = "parts_per_tool"
OF_PART = {
    "time_s": ("time", 1.0, "s"),
    "time_min": ("time", MINUTE, "min"),
    "energy_kwh": ("energy", 1.0, "kWh"),
    "cost": ("cost", 1.0, "money"),
    "tool_wear": ("tool wear", 1.0, "edges"),
    "spindle_wear": ("spindle wear", 1.0, "lives"),
    "bearing_wear": ("bearing wear", 1.0, "lives"),
}
"""Limits of the whole part: a goal, by what it is divided, and its unit."""
KEYS = (*OF_CUT, OF_NODE, OF_TOOL, *OF_PART)


def _over(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def machine_limits(target: Target, cycle: Cycle) -> tuple[Limit, ...]:
    """Return what the machines themselves bear: speed, short-time torque, trips.

    Every machine that may do the operation must be able to, with an edge at its wear limit.
    """
    found: list[Limit] = []
    kinds: dict[SpindleSpec, str] = {}
    for machine in (target.machine, *target.others):
        if machine.spindle is not None:
            kinds.setdefault(machine.spindle, machine.name)
    for spindle, name in kinds.items():
        for cut, index in target.cuts.items():
            tool = cycle.tools[target.step(cut).tool]
            own = spindle == target.machine.spindle
            where = "" if own else f" on {name}"
            found.append(_speed(cut, index, spindle, where))
            found.append(_stall(cut, index, spindle, tool, where, own=own))
    its = target.machine.spindle
    assert its is not None, "a cut needs a spindle"
    found += [
        Limit(
            f"temperature of the {trip.node}, where it trips", "degC", trip.limit,
            _node(trip.node), own=False, base=target.plant.ambient,
        )
        for trip in its.trips
    ]  # fmt: skip
    return tuple(found)


def _speed(cut: str, index: int, spindle: SpindleSpec, where: str) -> Limit:
    return Limit(
        f"spindle speed of {cut}{where}", "rpm", spindle.max_speed / RPM,
        lambda figures, steps: _of(figures, index).speed / RPM, own=False,
    )  # fmt: skip


def _stall(
    cut: str, index: int, spindle: SpindleSpec, tool: ToolSpec, where: str, *, own: bool
) -> Limit:
    """Return the limit at which the spindle stalls: peak over short-time torque [%]."""

    def share(figures: Figures, steps: tuple[Step, ...]) -> float:
        found = _of(figures, index)
        if own:
            return 100.0 * found.torque / found.torque_limit
        step = steps[index]
        assert isinstance(step, CutStep)
        cut = cut_of(step, tool)
        worn = 1.0 + found.gain
        return 100.0 * cut.peak_torque * worn / torque_envelope(spindle, cut.speed)

    return Limit(
        f"torque of {cut} at which the spindle stalls{where}", "%", 100.0, share, own=False
    )


def asked_limits(
    given: Mapping[str, object],
    target: Target,
    cycle: Cycle,
    goal: Callable[[str], Value],
) -> tuple[Limit, ...]:
    """Return the limits of a call, each for every cut or node that it is about.

    *goal* gives the figure of a goal by its name. Raises InvalidInput for a key or a name that
    is not known, and for a roughness where nothing says which corner leaves the surface.
    """
    found: list[Limit] = []
    for key, value in given.items():
        if key not in KEYS:
            raise InvalidInput(f"constraints: {unknown('limit', key, KEYS)}")
        if key in OF_CUT:
            found += _of_cuts(key, value, target, cycle)
        elif key == OF_NODE:
            for node, bound in _bounds(key, value, cycle.nodes).items():
                ambient = target.plant.ambient
                if bound <= ambient:
                    raise InvalidInput(
                        f"constraints: {key}: must be above the {ambient:g} degC of the hall "
                        f"(got {bound:g})"
                    )
                found.append(
                    Limit(
                        f"temperature of the {node}", "degC", bound, _node(node), base=ambient
                    )
                )
        elif key == OF_TOOL:
            tools = list(dict.fromkeys(target.step(cut).tool for cut in target.cuts))
            found += [
                Limit(
                    f"parts per edge of {tool}",
                    "parts",
                    bound,
                    _parts(tool),
                    lower=True,
                    margin=COVERED,
                    tool=tool,
                )
                for tool, bound in _bounds(key, value, tools).items()
            ]
        else:
            name, over, unit = OF_PART[key]
            (bound,) = _bounds(key, value, [""]).values()
            found.append(Limit(name, unit, bound, _scaled(goal(name), over)))
    return tuple(found)


def _of_cuts(key: str, value: object, target: Target, cycle: Cycle) -> list[Limit]:
    name, unit, lower, figure = OF_CUT[key]
    cuts = target.cuts
    tools = {target.step(cut).tool for cut in cuts}
    today = cycle.figures(target.operation.steps)
    told = {cut: figure(_of(today, index)) for cut, index in cuts.items()}
    able = [cut for cut, there in told.items() if there is not None]
    found = {}
    for called, bound in _bounds(key, value, able, {*cuts, *tools}).items():
        named = [cut for cut in cuts if called in (cut, target.step(cut).tool)]
        for cut in named:
            if told[cut] is None:
                raise InvalidInput(f"constraints: {key}: {cut}: {_not_known(key, target, cut)}")
            found[cut] = bound
    if not able:
        cut = next(iter(cuts))
        raise InvalidInput(f"constraints: {key}: {cut}: {_not_known(key, target, cut)}")
    return [
        Limit(f"{name} of {cut}", unit, bound, _cut(cuts[cut], figure), lower)
        for cut, bound in found.items()
    ]


def _not_known(key: str, target: Target, cut: str) -> str:
    if key == "tool_life_min":
        return "its tool has no life: nothing wears"
    if target.step(cut).kind == "drilling":
        return "no law tells the roughness of a drilled hole"
    return "its roughness needs the corner of the tool: give the tool nose_radius_mm"


def _bounds(
    key: str, value: object, every: Sequence[str], known: set[str] | None = None
) -> dict[str, float]:
    """Return the bound of each name: of *every* one where *value* is a single number."""
    if not isinstance(value, Mapping):
        return {name: _number(key, value) for name in every}
    if not value:
        raise InvalidInput(f"constraints: {key}: names nothing; give a number, or one by name")
    names = sorted(known if known is not None else set(every))
    for name in value:
        if name not in names:
            raise InvalidInput(f"constraints: {key}: {unknown('name', str(name), names)}")
    return {str(name): _number(f"{key} of {name}", bound) for name, bound in value.items()}


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InvalidInput(f"constraints: {name}: must be a number (got {value!r})")
    if value <= 0.0:
        raise InvalidInput(f"constraints: {name}: must be above 0 (got {value:g})")
    return float(value)


def _of(figures: Figures, index: int) -> CutFigures:
    found = figures.cuts[index]
    assert found is not None, "a limit of a cut is about a cut"
    return found


def _cut(index: int, figure: Callable[[CutFigures], float | None]) -> Value:
    def value(figures: Figures, steps: tuple[Step, ...]) -> float:
        found = figure(_of(figures, index))
        return inf if found is None else found

    return value


def _node(node: str) -> Value:
    return lambda figures, steps: figures.peaks[node]


def _parts(tool: str) -> Value:
    return lambda figures, steps: figures.uses[tool].parts if tool in figures.uses else inf


def _scaled(value: Value, over: float) -> Value:
    return lambda figures, steps: value(figures, steps) / over

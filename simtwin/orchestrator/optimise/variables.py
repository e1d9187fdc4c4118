"""This module holds the variables: which numbers of an operation are free, and how far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import floor, inf, pi
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.model import CutStep
from simtwin.plant.wording import unknown
from simtwin.units import METRE_PER_MINUTE, MILLIMETRE
from simtwin.whole import whole

if TYPE_CHECKING:
    from simtwin.orchestrator.optimise.target import Target
    from simtwin.plant.model import Step

QUANTITIES = ("speed", "feed", "depth", "coolant")
"""What can be free."""
USUAL = ("speed", "feed")
WITHIN = (0.5, 1.5)
"""How far a number goes from what it is today where nothing else is said."""
UNITS = {"speed": "m/min", "feed": "mm", "depth": "mm"}
FACTORS = {"speed": METRE_PER_MINUTE, "feed": MILLIMETRE, "depth": MILLIMETRE}
KEYS = ("speed_m_min", "speed_rpm", "feed_mm", "depth_mm")
COMBINATIONS = 64
"""Of passes that are tried at most."""

Passes = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """One free number of one cut [SI]."""

    cut: str
    quantity: str
    """speed or feed."""
    today: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """Cut and quantity."""
        return f"{self.cut}.{self.quantity}"


@dataclass(frozen=True)
class Variables:
    """The free numbers of a target, in the order of its steps."""

    target: Target
    free: tuple[Variable, ...]
    passes_today: dict[str, int]
    """Cut whose depth is free -> passes that its path is made of."""
    combinations: tuple[Passes, ...]
    """Passes by cut that are tried; one without any where no depth is free."""
    coolants: tuple[bool, ...]

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Of each free number [SI]."""
        return [(one.low, one.high) for one in self.free]

    @property
    def today(self) -> tuple[float, ...]:
        """Each as it is today, or at the bound that is nearest [SI]."""
        return tuple(min(max(one.today, one.low), one.high) for one in self.free)

    @property
    def tools(self) -> tuple[str, ...]:
        """Tools of which something is free."""
        return tuple(dict.fromkeys(self.target.step(one.cut).tool for one in self.free))

    def speeds_of(self, tool: str) -> list[int]:
        """Return where the free speeds of *tool* stand."""
        return [
            i
            for i, one in enumerate(self.free)
            if one.quantity == "speed" and self._is_of(one, tool)
        ]

    def steps(self, x: Sequence[float], passes: Passes) -> tuple[Step, ...]:
        """Return the steps of the operation at *x* [SI], in so many passes.

        The work stays the same: more passes are shallower, and their path is longer.
        """
        steps = list(self.target.operation.steps)
        cuts = self.target.cuts
        for cut, n in passes:
            step = self.target.step(cut)
            ratio = n / self.passes_today[cut]
            steps[cuts[cut]] = replace(step, depth=step.depth / ratio, path=step.path * ratio)
        for variable, value in zip(self.free, x, strict=True):
            index = cuts[variable.cut]
            field = "cutting_speed" if variable.quantity == "speed" else "feed"
            steps[index] = replace(steps[index], **{field: value})  # type: ignore[arg-type]
        return tuple(steps)

    def _is_of(self, one: Variable, tool: str) -> bool:
        return self.target.step(one.cut).tool == tool


def variables_of(
    target: Target,
    *,
    vary: Sequence[str],
    bounds: Mapping[str, object],
    passes: Mapping[str, int],
) -> Variables:
    """Return what is free: the quantities in *vary*, within *bounds*.

    A key of *bounds* is a quantity with its unit (``feed_mm``), for all cuts, or one of a cut
    or a tool (``face-iron.feed_mm``), which goes first; else a number goes from half to one and
    a half times what it is. *passes* says of how many passes the path of a cut is made.
    """
    for quantity in vary:
        if quantity not in QUANTITIES:
            raise InvalidInput(f"vary: {unknown('quantity', quantity, QUANTITIES)}")
    if not {*vary} & {"speed", "feed"}:
        raise InvalidInput("vary: at least speed or feed must be free")
    for key in bounds:
        _check_key(key, target, vary)
        if key.endswith("speed_rpm") and key.replace("speed_rpm", "speed_m_min") in bounds:
            raise InvalidInput(f"bounds: {key}: speed_m_min says the same; give one of them")
    if passes and "depth" not in vary:
        raise InvalidInput("passes: are of a depth that is free: let vary have 'depth'")
    free = [
        Variable(cut, quantity, now, *_range(cut, quantity, now, target, bounds))
        for cut in target.cuts
        for quantity in USUAL
        if quantity in vary
        for now in [_now(target.step(cut), quantity)]
    ]
    today, combinations = (
        _combinations(target, bounds, passes) if "depth" in vary else ({}, ((),))
    )
    coolants = (True, False) if "coolant" in vary else (True,)
    return Variables(target, tuple(free), today, combinations, coolants)


def _now(step: CutStep, quantity: str) -> float:
    return step.cutting_speed if quantity == "speed" else step.feed


def _check_key(key: str, target: Target, vary: Sequence[str]) -> None:
    cut, _, last = key.rpartition(".")
    if last not in KEYS:
        raise InvalidInput(f"bounds: {key}: {unknown('key', last, KEYS)}")
    names = [*target.cuts, *(target.step(name).tool for name in target.cuts)]
    if cut and cut not in names:
        raise InvalidInput(f"bounds: {key}: {unknown('cut', cut, names)}")
    quantity = last.partition("_")[0]
    if quantity not in vary:
        raise InvalidInput(f"bounds: {key}: is not free; let vary have {quantity!r}")


def _range(
    cut: str, quantity: str, now: float, target: Target, bounds: Mapping[str, object]
) -> tuple[float, float]:
    """Return the bounds of one number [SI], the most special key of *bounds* first."""
    step = target.step(cut)
    keys = {"speed": ("speed_m_min", "speed_rpm"), "feed": ("feed_mm",), "depth": ("depth_mm",)}
    for prefix in (f"{cut}.", f"{step.tool}.", ""):
        for key in keys[quantity]:
            if f"{prefix}{key}" in bounds:
                low, high = _pair(f"{prefix}{key}", bounds[f"{prefix}{key}"])
                factor = FACTORS[quantity]
                if key == "speed_rpm":
                    factor = pi * step.diameter / 60.0
                return low * factor, high * factor
    return WITHIN[0] * now, WITHIN[1] * now


def _pair(key: str, value: object) -> tuple[float, float]:
    """Return the two numbers of a bound."""
    ends = list(value) if isinstance(value, tuple | list) else []
    if len(ends) != 2 or any(
        isinstance(end, bool) or not isinstance(end, int | float) for end in ends
    ):
        raise InvalidInput(f"bounds: {key}: must be two numbers, low and high (got {value!r})")
    low, high = map(float, ends)
    if not 0.0 < low <= high < inf:
        raise InvalidInput(
            f"bounds: {key}: must be above 0 and in order (got {low:g} to {high:g})"
        )
    return low, high


def _combinations(
    target: Target, bounds: Mapping[str, object], passes: Mapping[str, int]
) -> tuple[dict[str, int], tuple[Passes, ...]]:
    """Return of how many passes each cut is made today, and the numbers of them to try."""
    able = [cut for cut in target.cuts if target.step(cut).kind != "drilling"]
    for cut, count in passes.items():
        if cut not in able:
            raise InvalidInput(f"passes: {unknown('cut', cut, able)}")
        whole(f"passes: {cut}:", count, 1)
    if not able:
        raise InvalidInput("vary: no cut has a depth that could be free: holes are drilled")
    today = {cut: passes.get(cut, 1) for cut in able}
    choices = []
    for cut in able:
        step = target.step(cut)
        low, high = _range(cut, "depth", step.depth, target, bounds)
        stock = step.depth * today[cut]
        fewest = max(1, -floor(-stock / high * (1.0 - 1e-9)))
        most = floor(stock / low * (1.0 + 1e-9))
        if most < fewest:
            raise InvalidInput(
                f"bounds: {cut}: no whole number of passes takes {stock / MILLIMETRE:g} mm in "
                f"depths from {low / MILLIMETRE:g} to {high / MILLIMETRE:g} mm"
            )
        choices.append([(cut, n) for n in range(fewest, most + 1)])
    found = tuple(product(*choices))
    if len(found) > COMBINATIONS:
        raise InvalidInput(
            f"depth: {len(found)} combinations of passes are too many (at most "
            f"{COMBINATIONS}); bound depth_mm of some cuts"
        )
    return today, found

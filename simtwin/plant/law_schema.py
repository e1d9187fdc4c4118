"""This module holds how files write durations and lives: plain numbers or probability laws.

``duration_min: 12``, ``duration: {exponential: {mean_min: 1}}``, ``life: {weibull: {shape: 2,
scale_h: 4000}}`` and ``life: {negative_binomial: {steps: 5, p: .1}}`` all become a law of
:mod:`simtwin.physics.life` in seconds or in cycles.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import model_validator

from simtwin.physics import life, slots
from simtwin.plant.fields import (
    Cycles,
    FileModel,
    Hours,
    Minutes,
    PositiveHours,
    PositiveMinutes,
    PositiveRatio,
    Quantity,
    Seconds,
    wrong,
)
from simtwin.units import SUFFIXES

if TYPE_CHECKING:
    from simtwin.physics.life import Law

_UNITS = ("s", "min", "h", "cycles")
_COUNTED = ("cycles", "cycle")
_PER_UNITS = ("s", "min", "h", "cycle")


class Timed(NamedTuple):
    """A law and whether it counts cycles instead of seconds."""

    law: Law
    cycles: bool


class Parameters(FileModel):
    """The parameters of one law; each time among them carries its unit in its key."""

    made: ClassVar[Any] = None
    order: ClassVar[tuple[str, ...]] = ()
    """The parameters as the law takes them."""

    @model_validator(mode="after")
    def _one_unit_each(self) -> Self:
        for name in self._times():
            given = self._units(name)
            if len(given) != 1:
                keys = ", ".join(f"{name}_{unit}" for unit in _units_of(name))
                raise wrong(f"needs exactly one of {keys}")
        if len({self._units(name)[0] in _COUNTED for name in self._times()}) > 1:
            raise wrong("mixes cycles and time")
        self.timed()
        return self

    def timed(self) -> Timed:
        """Return the law in SI."""
        units = {name: self._units(name)[0] for name in self._times()}
        written = [
            getattr(self, f"{name}_{units[name]}" if name in units else name)
            for name in self.order
        ]
        values = [
            value * _factor(name, units[name]) if name in units else value
            for name, value in zip(self.order, written, strict=True)
        ]
        try:
            return Timed(self.made(*values), set(units.values()) <= set(_COUNTED))
        except ValueError as error:
            raise wrong(self._worded(str(error), written, set(units.values()))) from None

    def _worded(self, message: str, written: list[float], units: set[str]) -> str:
        """Return the *message* of the law with the numbers *written*, if they have one unit.

        The key names the law.
        """
        if len(units) > 1:
            message += " [s]"
        try:
            if len(units) == 1:
                self.made(*written)
        except ValueError as error:
            if str(error) != message:
                message = f"{error} [{min(units)}]"
        return message.partition(": ")[2] or message

    def _times(self) -> list[str]:
        return [name for name in self.order if name not in type(self).model_fields]

    def _units(self, name: str) -> list[str]:
        units = _units_of(name)
        return [unit for unit in units if getattr(self, f"{name}_{unit}") is not None]


def _units_of(name: str) -> tuple[str, ...]:
    """Return the units of a time, or of something per time or per its square root."""
    return _PER_UNITS if name.endswith(("_per", "_per_sqrt")) else _UNITS


def _factor(name: str, unit: str) -> float:
    """Return the number *name* in this *unit* in SI."""
    factor = 1.0 if unit in _COUNTED else SUFFIXES[unit].factor
    if name.endswith("_per_sqrt"):
        return 1.0 / sqrt(factor)
    return 1.0 / factor if name.endswith("_per") else factor


class _Value(Parameters):
    value_s: Seconds | None = None
    """The value [s]."""
    value_min: Minutes | None = None
    """The value [min]."""
    value_h: Hours | None = None
    """The value [h]."""
    value_cycles: Cycles | None = None
    """The value [cycles]."""


class _Mean(Parameters):
    mean_s: Seconds | None = None
    """The mean [s]."""
    mean_min: Minutes | None = None
    """The mean [min]."""
    mean_h: Hours | None = None
    """The mean [h]."""
    mean_cycles: Cycles | None = None
    """The mean [cycles]."""


class _Sd(Parameters):
    sd_s: Seconds | None = None
    """The standard deviation [s]."""
    sd_min: Minutes | None = None
    """The standard deviation [min]."""
    sd_h: Hours | None = None
    """The standard deviation [h]."""
    sd_cycles: Cycles | None = None
    """The standard deviation [cycles]."""


class _Median(Parameters):
    median_s: Seconds | None = None
    """The median [s]."""
    median_min: Minutes | None = None
    """The median [min]."""
    median_h: Hours | None = None
    """The median [h]."""
    median_cycles: Cycles | None = None
    """The median [cycles]."""


class _Scale(Parameters):
    scale_s: Seconds | None = None
    """The scale [s]."""
    scale_min: Minutes | None = None
    """The scale [min]."""
    scale_h: Hours | None = None
    """The scale [h]."""
    scale_cycles: Cycles | None = None
    """The scale [cycles]."""


class _Low(Parameters):
    low_s: Seconds | None = None
    """The least [s]."""
    low_min: Minutes | None = None
    """The least [min]."""
    low_h: Hours | None = None
    """The least [h]."""
    low_cycles: Cycles | None = None
    """The least [cycles]."""


class _Mode(Parameters):
    mode_s: Seconds | None = None
    """The most likely [s]."""
    mode_min: Minutes | None = None
    """The most likely [min]."""
    mode_h: Hours | None = None
    """The most likely [h]."""
    mode_cycles: Cycles | None = None
    """The most likely [cycles]."""


class _High(Parameters):
    high_s: Seconds | None = None
    """The most [s]."""
    high_min: Minutes | None = None
    """The most [min]."""
    high_h: Hours | None = None
    """The most [h]."""
    high_cycles: Cycles | None = None
    """The most [cycles]."""


class Fixed(_Value):
    """Always the same."""

    made: ClassVar[Any] = life.Fixed
    order: ClassVar[tuple[str, ...]] = ("value",)


class Exponential(_Mean):
    """No memory; one parameter."""

    made: ClassVar[Any] = life.Exponential
    order: ClassVar[tuple[str, ...]] = ("mean",)


class Weibull(_Scale):
    """A shape above 1 wears out, below 1 fails early."""

    shape: Annotated[float, Quantity(least=life.FLATTEST)]
    """The slope beta, 0.1 at least."""
    made: ClassVar[Any] = life.Weibull
    order: ClassVar[tuple[str, ...]] = ("shape", "scale")


class Lognormal(_Median):
    """Repair times; the mean is median exp(sigma^2 / 2)."""

    sigma: PositiveRatio
    """Standard deviation of the logarithm, 5 at most."""
    made: ClassVar[Any] = life.Lognormal
    order: ClassVar[tuple[str, ...]] = ("median", "sigma")


class Normal(_Mean, _Sd):
    """Normal, cut off at zero."""

    made: ClassVar[Any] = life.Normal
    order: ClassVar[tuple[str, ...]] = ("mean", "sd")


class Uniform(_Low, _High):
    """Anything between, equally likely."""

    made: ClassVar[Any] = life.Uniform
    order: ClassVar[tuple[str, ...]] = ("low", "high")


class Triangular(_Low, _Mode, _High):
    """Least, most likely, most."""

    made: ClassVar[Any] = life.Triangular
    order: ClassVar[tuple[str, ...]] = ("low", "mode", "high")


class Gamma(_Scale):
    """A sum of phases; Erlang for a whole shape."""

    shape: Annotated[float, Quantity(least=life.FLATTEST, most=life.MOST_PHASES)]
    """Number of phases, 0.1 to a million."""
    made: ClassVar[Any] = life.Gamma
    order: ClassVar[tuple[str, ...]] = ("shape", "scale")


class NegativeBinomial(Parameters):
    """Cycles, or slots of time, until *steps* random steps, each with chance *p* in one."""

    steps: Annotated[int, Quantity(least=1, most=slots.MOST_STEPS, whole=True)]
    """Steps until the end, a million at most."""
    p: Annotated[float, Quantity(least=slots.RAREST, most=1.0)]
    """Chance of one step in one cycle, 1e-12 at least."""
    slot_s: Annotated[float, Quantity("s", above=0.0)] | None = None
    """Length of a slot of time in place of a cycle [s]."""
    slot_min: PositiveMinutes | None = None
    """Length of a slot of time in place of a cycle [min]."""
    slot_h: PositiveHours | None = None
    """Length of a slot of time in place of a cycle [h]."""
    made: ClassVar[Any] = life.NegativeBinomial
    order: ClassVar[tuple[str, ...]] = ("steps", "p")

    @model_validator(mode="after")
    def _one_slot(self) -> NegativeBinomial:
        at_most_one(self, "slot")
        return self

    def timed(self) -> Timed:
        """Return the law in SI, or in cycles where no slot is given."""
        slot = time_value(self, "slot")
        counted = 1.0 if slot is None else slot
        try:
            return Timed(life.NegativeBinomial(self.steps, self.p, counted), slot is None)
        except ValueError as error:
            raise wrong(self._worded(str(error), [], set())) from None


class LawFile(FileModel):
    """A probability law, named by its only key."""

    fixed: Fixed | None = None
    """Always the same value."""
    exponential: Exponential | None = None
    """Exponential: a mean, no memory."""
    weibull: Weibull | None = None
    """Weibull: shape and scale."""
    lognormal: Lognormal | None = None
    """Lognormal: median and sigma."""
    normal: Normal | None = None
    """Normal, cut off at zero: mean and standard deviation."""
    uniform: Uniform | None = None
    """Uniform between low and high."""
    triangular: Triangular | None = None
    """Triangular: low, mode, high."""
    gamma: Gamma | None = None
    """Gamma or Erlang: shape and scale."""
    negative_binomial: NegativeBinomial | None = None
    """Cycles until a number of random steps."""

    @model_validator(mode="after")
    def _one(self) -> LawFile:
        if len(self._given()) != 1:
            raise wrong(f"needs exactly one of {', '.join(type(self).model_fields)}")
        return self

    def timed(self) -> Timed:
        """Return the law in SI and whether it counts cycles."""
        (parameters,) = self._given()
        return parameters.timed()

    def _given(self) -> list[Parameters]:
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value for value in values if value is not None]


def keys_given(model: FileModel, name: str) -> list[str]:
    """Return which keys of the family *name* (``repair``, ``repair_h`` ...) *model* gives."""
    keys = (name, *(f"{name}_{unit}" for unit in _UNITS))
    return [key for key in keys if getattr(model, key, None) is not None]


def at_most_one(model: FileModel, name: str) -> None:
    """Refuse a *model* that gives one time twice, as ``repair`` and ``repair_h``."""
    given = keys_given(model, name)
    if len(given) > 1:
        raise wrong(f"{' and '.join(repr(key) for key in given)} exclude each other")


def exactly_one(model: FileModel, name: str) -> None:
    """Refuse a *model* that does not give the time *name* once."""
    at_most_one(model, name)
    if not keys_given(model, name):
        fields = type(model).model_fields
        keys = [key for key in (name, *(f"{name}_{unit}" for unit in _UNITS)) if key in fields]
        raise wrong(f"needs one of {', '.join(keys)}")


def time_law(model: FileModel, name: str) -> Timed | None:
    """Return the law of the family *name* in *model*, in SI, or None where it gives none."""
    given = keys_given(model, name)
    if not given:
        return None
    value = getattr(model, given[0])
    if isinstance(value, LawFile):
        return value.timed()
    unit = given[0].removeprefix(name + "_")
    return Timed(life.Fixed(value * SUFFIXES[unit].factor), unit == "cycles")


def time_value(model: FileModel, name: str) -> float | None:
    """Return the plain time of the family *name* in *model* [s], or None."""
    for unit in _UNITS:
        value: float | None = getattr(model, f"{name}_{unit}", None)
        if value is not None:
            return value * SUFFIXES[unit].factor
    return None

"""This module holds how files write changes and uncertainty: every key and its hover text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PlainValidator, model_validator

from simtwin.errors import InvalidInput
from simtwin.physics.life import Lognormal, Triangular, Uniform
from simtwin.plant import fields as f
from simtwin.plant.fields import FileModel, Name, wrong
from simtwin.plant.spread import Shift, Spread
from simtwin.units import SUFFIXES

if TYPE_CHECKING:
    from typing import Any

Factor = Annotated[float, f.Quantity(above=0.0)]


def _single(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind = "mapping" if isinstance(value, dict) else "list"
    raise wrong(f"must be one number, text, true, false or null (got a {kind})")


Single = Annotated[
    float | bool | str | None,
    PlainValidator(_single, json_schema_input_type=float | bool | str | None),
]
"""What may stand for one value."""


class AddedMachineFile(FileModel):
    """A machine that the plant file does not have."""

    id: Name
    """What it is called."""
    like: Name
    """The machine of the plant that it is a copy of, at the same station."""


class ChangesFile(FileModel):
    """What differs from the plant file: machines first, then other values, then overtime."""

    set_: dict[str, Single] = Field(default_factory=dict, alias="set")
    """Dotted name with its unit: value, as machines.mill-1.refit_min: 6; * is any name."""
    add_machines: tuple[AddedMachineFile, ...] = ()
    """Machines that come in, each like another."""
    remove_machines: tuple[Name, ...] = ()
    """Machines that are taken away."""
    overtime: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    """Calendar of the plant: shifts that it has beside its own, as "Sat 06:00-14:00" or
    "2026-01-10 06:00-14:00"."""


class UniformFactorFile(FileModel):
    """Anything between, equally likely."""

    low: Factor
    """The least."""
    high: Factor
    """The most."""
    made: ClassVar[Any] = Uniform
    order: ClassVar[tuple[str, ...]] = ("low", "high")


class TriangularFactorFile(FileModel):
    """Least, most likely, most."""

    low: Factor
    """The least."""
    mode: Factor
    """The most likely."""
    high: Factor
    """The most."""
    made: ClassVar[Any] = Triangular
    order: ClassVar[tuple[str, ...]] = ("low", "mode", "high")


class LognormalFactorFile(FileModel):
    """Above and below the median by the same factor."""

    median: Factor = 1.0
    """The median."""
    sigma: Factor
    """Standard deviation of the logarithm."""
    made: ClassVar[Any] = Lognormal
    order: ClassVar[tuple[str, ...]] = ("median", "sigma")


class FactorFile(FileModel):
    """A law of the factor, named by its only key."""

    uniform: UniformFactorFile | None = None
    """Uniform between low and high."""
    triangular: TriangularFactorFile | None = None
    """Triangular: low, mode, high."""
    lognormal: LognormalFactorFile | None = None
    """Lognormal: median and sigma."""

    @model_validator(mode="after")
    def _sound(self) -> FactorFile:
        if len(self._given()) != 1:
            raise wrong(f"needs exactly one of {', '.join(type(self).model_fields)}")
        self.law()
        return self

    def law(self) -> Lognormal | Uniform | Triangular:
        """Return the law of the factor."""
        (given,) = self._given()
        law: Lognormal | Uniform | Triangular = _law(
            given.made, [getattr(given, name) for name in given.order]
        )
        return law

    def _given(self) -> list[Any]:
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value for value in values if value is not None]


class SpreadFile(FileModel):
    """How uncertain a number is: by a factor, or by a shift of it."""

    percent: Annotated[float, f.Quantity(above=0.0, most=1000.0)] | None = None
    """Lognormal factor of median 1 with this coefficient of variation [%], 1000 at most."""
    low: Factor | None = None
    """With high: a factor that is anything between, equally likely; its least."""
    high: Factor | None = None
    """Its most."""
    factor: FactorFile | None = None
    """The law of a factor."""
    sd: Factor | None = None
    """Standard deviation of a normal shift, of a number without unit."""
    sd_c: Annotated[float, f.Quantity("c", above=0.0)] | None = None
    """Standard deviation of a normal shift, of a temperature [K]."""
    sd_s: Annotated[float, f.Quantity("s", above=0.0)] | None = None
    """Standard deviation of a normal shift, of a time [s]."""
    sd_min: f.PositiveMinutes | None = None
    """Standard deviation of a normal shift, of a time [min]."""
    sd_h: f.PositiveHours | None = None
    """Standard deviation of a normal shift, of a time [h]."""

    @model_validator(mode="after")
    def _one(self) -> SpreadFile:
        if (self.low is None) != (self.high is None):
            raise wrong("low and high belong together")
        given = self.model_fields_set - {"low"}
        if len(given) != 1:
            shifts = ", ".join(key for key in type(self).model_fields if key.startswith("sd"))
            raise wrong(f"needs exactly one of percent, low and high, factor, {shifts}")
        self.spread("")
        return self

    @property
    def suffix(self) -> str | None:
        """The unit of the shift that is given, or None."""
        given = next((key for key in self.model_fields_set if key.startswith("sd_")), None)
        return None if given is None else given.removeprefix("sd_")

    def spread(self, name: str) -> Spread:
        """Return the spread of *name* in SI."""
        if self.percent is not None:
            return Spread.percent(name, self.percent)
        if self.low is not None:
            return Spread(name, _law(Uniform, [self.low, self.high]))
        if self.factor is not None:
            return Spread(name, self.factor.law())
        key = "sd" if self.suffix is None else f"sd_{self.suffix}"
        unit = 1.0 if self.suffix is None else SUFFIXES[self.suffix].factor
        return Spread(name, Shift(getattr(self, key) * unit))


def _law(made: Any, values: list[Any]) -> Any:
    try:
        return made(*values)
    except (InvalidInput, ValueError) as error:
        raise wrong(str(error)) from None

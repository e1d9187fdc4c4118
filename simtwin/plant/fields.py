"""This module holds the kinds of values that files are made of: names and quantities.

A key says its unit in its last words (``power_kw``); its type here checks the number, accepts
the text form ``"12 kW"`` and tells editors about both.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, core_schema

from simtwin.errors import InvalidInput, brief
from simtwin.plant.measures import (
    MOST_DOWN,
    MOST_LIVES,
    MOST_PRIORITY,
    MOST_SCATTER,
    OVERRIDE_LEAST,
    OVERRIDE_MOST,
)
from simtwin.units import MINUTE, SUFFIXES, read_quantity
from simtwin.whole import MOST_RUNS

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


_ENDLESS = 1e300
"""Numbers of this size are taken for infinite."""


class FileModel(BaseModel):
    """A mapping in a file: frozen, unknown keys refused, docstrings as hover texts."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True, slots=True)
class Quantity:
    """A finite number, or text with a unit where *suffix* names one, within its bounds."""

    suffix: str | None = None
    above: float | None = None
    least: float | None = None
    most: float | None = None
    whole: bool = False
    why: str = ""
    """Said of a number beyond its bounds: what they come from."""

    def check(self, value: object) -> float:
        """Return *value* as a number in the unit of the key, or say what would be right."""
        number = self._number(value)
        if not abs(number) < _ENDLESS:
            raise wrong(f"must be a finite number (got {brief(value)})")
        for bound, holds, sign in (
            (self.above, self.above is None or number > self.above, ">"),
            (self.least, self.least is None or number >= self.least, ">="),
            (self.most, self.most is None or number <= self.most, "<="),
        ):
            if not holds:
                why = f": {self.why}" if self.why else ""
                raise wrong(f"must be {sign} {bound} (got {_show(value)}){why}")
        return number

    def _number(self, value: object) -> float:
        if isinstance(value, str) and self.suffix is not None:
            try:
                return read_quantity(value, self.suffix)
            except InvalidInput as error:
                raise wrong(str(error)) from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(f"must be a number (got {_show(value)})")
        if not self.whole:
            return float(value) if abs(value) < _ENDLESS else math.inf
        if not abs(value) < _ENDLESS or value != int(value):
            raise wrong(f"must be a whole number (got {brief(value)})")
        return int(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        if self.above is not None:
            number["exclusiveMinimum"] = self.above
        if self.least is not None:
            number["minimum"] = self.least
        if self.most is not None:
            number["maximum"] = self.most
        if self.suffix is None:
            return number
        text = {"type": "string", "pattern": r"^\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*\S.*$"}
        return {"anyOf": [number, text], "examples": [f"10 {SUFFIXES[self.suffix].symbol}"]}


def wrong(message: str, key: str = "") -> PydanticCustomError:
    """Return the error that says *message* about the value or the mapping being read.

    With a *key* it stands at that key of the mapping.
    """
    # As a parameter: braces in the text itself would be taken for places to fill in.
    return PydanticCustomError("simtwin", "{message}", {"message": message, "key": key})


def _check_name(value: object) -> object:
    if not isinstance(value, str):
        raise wrong("must be text; write it in quotes")
    if not value:
        raise wrong("must not be empty")
    for mark in "/#":
        if mark in value:
            # They join machine and part, order and piece, tool and edge in names we make.
            raise wrong(f"must not contain {mark!r}, which stands between a whole and its part")
    for letter in value:
        if unicodedata.category(letter) in ("Cf", "Zl", "Zp"):
            called = unicodedata.name(letter, "a mark")
            raise wrong(f"must not contain U+{ord(letter):04X} ({called}), which is invisible")
    return value


def _show(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return brief(value)


NAME_PATTERN = r"^[^\s/#\x00-\x1f\x7f](?:[^/#\x00-\x1f\x7f]*[^\s/#\x00-\x1f\x7f])?$"

Name = Annotated[
    str,
    BeforeValidator(_check_name),
    StringConstraints(min_length=1, max_length=80, pattern=NAME_PATTERN),
]
"""What something is called; text, never a number: ``"0012"`` keeps its zeros."""


def _check_length(value: object) -> object:
    said = str(value).strip()
    if not isinstance(value, bool | list | dict) and said.replace(".", "", 1).isdigit():
        raise wrong(f"needs a unit, as in '{said[:20]} min' (got {brief(value)})")
    return value


Length = Annotated[str, BeforeValidator(_check_length)]
"""A length of time as text with its unit: ``"90 min"``."""


def _number_or_name(value: object) -> object:
    if isinstance(value, str):
        return value
    return Quantity().check(value)


NumberOrName = Annotated[
    float | str, PlainValidator(_number_or_name, json_schema_input_type=float | str)
]
"""A plain number, or a name."""

Count = Annotated[int, Quantity(least=1, whole=True)]
PieceCount = Annotated[int, Quantity(least=1, most=100_000, whole=True)]
"""Pieces of one order: each of them goes through the shop by itself."""
EdgeCount = Annotated[int, Quantity(least=1, most=1000, whole=True)]
RunCount = Annotated[int, Quantity(least=1, most=MOST_RUNS, whole=True)]
"""Runs of one answer."""
Whole = Annotated[int, Quantity(whole=True)]
Priority = Annotated[int, Quantity(least=-MOST_PRIORITY, most=MOST_PRIORITY, whole=True)]
NotNegativeCount = Annotated[int, Quantity(least=0, whole=True)]
Number = Annotated[float, Quantity()]
Ratio = Annotated[float, Quantity(least=0.0)]
PositiveRatio = Annotated[float, Quantity(above=0.0)]
Fraction = Annotated[float, Quantity(least=0.0, most=1.0)]

Seconds = Annotated[float, Quantity("s", least=0.0)]
Minutes = Annotated[float, Quantity("min", least=0.0)]
Hours = Annotated[float, Quantity("h", least=0.0)]
Cycles = Annotated[float, Quantity("cycles", least=0.0)]
DownMinutes = Annotated[float, Quantity("min", above=0.0, most=MOST_DOWN / MINUTE)]
PositiveMinutes = Annotated[float, Quantity("min", above=0.0)]
PositiveHours = Annotated[float, Quantity("h", above=0.0)]
AnySeconds = Annotated[float, Quantity("s")]
AnyMinutes = Annotated[float, Quantity("min")]
AnyHours = Annotated[float, Quantity("h")]
Kilowatts = Annotated[float, Quantity("kw", least=0.0)]
PositiveKilowatts = Annotated[float, Quantity("kw", above=0.0)]
Rpm = Annotated[float, Quantity("rpm", above=0.0)]
Millimetres = Annotated[float, Quantity("mm", above=0.0)]
MetresPerMinute = Annotated[float, Quantity("m_min", above=0.0)]
Newtons = Annotated[float, Quantity("n", least=0.0)]
Kilonewtons = Annotated[float, Quantity("kn", above=0.0)]
NewtonMetres = Annotated[float, Quantity("nm", above=0.0)]
Celsius = Annotated[float, Quantity("c", least=-50.0, most=200.0)]
Degrees = Annotated[float, Quantity("deg")]
ApproachDegrees = Annotated[float, Quantity("deg", above=0.0, most=90.0)]
CuttingForce = Annotated[float, Quantity("n_mm2", above=0.0)]
Viscosity = Annotated[float, Quantity("mm2_s", above=0.0)]
Inertia = Annotated[float, Quantity("kg_m2", above=0.0)]
Ohms = Annotated[float, Quantity("ohm", least=0.0)]
Amperes = Annotated[float, Quantity("a", least=0.0)]
NewtonMetresPerAmpere = Annotated[float, Quantity("nm_a", above=0.0)]
HeatCapacity = Annotated[float, Quantity("j_k", above=0.0)]
Conductance = Annotated[float, Quantity("w_k", least=0.0)]
PerHour = Annotated[float, Quantity("per_h", least=0.0)]
PerMillimetre = Annotated[float, Quantity("per_mm", least=0.0)]
Override = Annotated[float, Quantity(least=OVERRIDE_LEAST, most=OVERRIDE_MOST)]
Scatter = Annotated[
    float, Quantity(least=0.0, most=MOST_SCATTER, why="a share of the mean life, as 0.3")
]
"""Coefficient of variation of lives."""
BearingLives = Annotated[
    float,
    Quantity(least=0.0, most=MOST_LIVES, why="half of all bearings outlive 3.4 nominal lives"),
]
Percent = Annotated[float, Quantity("pct", least=0.0, most=100.0)]
LossPerSpeed = Annotated[float, Quantity("ws_rad", least=0.0)]
LossPerSquare = Annotated[float, Quantity("ws2_rad2", least=0.0)]

Names = Annotated[tuple[Name, ...], Field(min_length=1)]

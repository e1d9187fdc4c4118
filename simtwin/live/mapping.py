"""This module holds the mappings: which name of which source is which signal, in which unit.

Data, not code (TELEMETRY 3). What a source tells and no mapping knows is stored under its own
name and not used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE, Kind
from simtwin.live.envelope import Envelope, Quality, Value
from simtwin.units import Unit

_COUNTED = {"1": 1.0}
"""The unit of what is counted, and of a share as a fraction."""


@dataclass(frozen=True, slots=True)
class Route:
    """From a name of a source to a signal: ``scale * reading + offset``, in *unit*."""

    path: str
    signal: str
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.signal not in CATALOGUE:
            raise InvalidInput(f"{self.path}: signal {self.signal!r} is not in the catalogue")
        if self.unit:
            factor_of(self.unit, CATALOGUE[self.signal].quantity)

    def read(self, reading: float | str | None) -> tuple[Value, Quality]:
        """Return a *reading* in the canonical unit of the signal, and how far to trust it.

        >>> Route("Srpm", "spindle_speed", "rpm").read("60000")  # beyond any spindle
        (6283.185307179586, <Quality.BAD: 'BAD'>)
        >>> Route("execution", "execution").read("UNAVAILABLE")
        ('UNAVAILABLE', <Quality.BAD: 'BAD'>)
        """
        row = CATALOGUE[self.signal]
        if row.kind not in (Kind.SAMPLE, Kind.COUNTER):
            word = None if reading is None else _word(reading)
            lost = word is None or word.upper() == "UNAVAILABLE"
            return word, Quality.BAD if lost else row.judge(word)
        number = _number(reading)
        if number is None:
            return None, Quality.BAD
        factor = factor_of(self.unit, row.quantity) if self.unit else 1.0
        value = (self.scale * number + self.offset) * factor
        return (value, row.judge(value)) if math.isfinite(value) else (None, Quality.BAD)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the readings of a recording in lines come from."""

    source: str
    epoch: str

    def envelope(
        self,
        device: str,
        name: str,
        route: Route | None,
        text: str,
        *,
        when: float,
        seq: int,
        number: int,
    ) -> Envelope:
        """Return what line *number* says in *text* of *name*; without a *route*, as it stands.

        It was received when it was said: a recording knows no later time.
        """
        value: Value
        if route is None:
            lost = text.upper() == "UNAVAILABLE"
            value, quality, signal, unit = text, Quality.BAD if lost else Quality.GOOD, name, ""
        else:
            value, quality = route.read(text)
            signal, unit = route.signal, CATALOGUE[route.signal].unit
        return Envelope(
            device,
            signal,
            value,
            unit,
            quality,
            when,
            t_received=when,
            epoch=self.epoch,
            seq=seq,
            source=self.source,
            raw_ref=f"line {number}",
        )


@cache
def factor_of(unit: str, quantity: str) -> float:
    """Return one *unit* of a *quantity* in the canonical unit; refuse another dimension.

    >>> factor_of("%", "share"), factor_of("mm", "length")
    (0.01, 0.001)
    >>> factor_of("mm", "temperature")
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: 'mm' is no unit of temperature
    """
    if quantity in ("share", "count") and unit in _COUNTED:
        return _COUNTED[unit]
    try:
        return Unit(unit, quantity).factor
    except KeyError:
        raise InvalidInput(f"{unit!r} is no unit of {quantity}") from None


def of_keys(keys: Iterable[str], routes: Mapping[str, Route]) -> Mapping[str, Route]:
    """Return the *routes* of one source that has these *keys*, no two of them to one signal.

    Of two keys that mean the same signal the one that stands first in *routes* is it; the other
    is stored under its own name, or the two would overwrite each other.

    >>> list(of_keys({"S1speed", "Srpm", "x"}, MTCONNECT))
    ['Srpm']
    """
    known = set(keys)
    found: dict[str, Route] = {}
    for path, route in routes.items():
        if path in known:
            found.setdefault(route.signal, route)
    return {route.path: route for route in found.values()}


def _word(reading: float | str) -> str:
    return reading if isinstance(reading, str) else f"{reading:g}"


def _number(reading: float | str | None) -> float | None:
    try:
        number = float(reading) if reading is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _table(*routes: Route) -> Mapping[str, Route]:
    return MappingProxyType({route.path: route for route in routes})


V0 = _table(
    Route("motor_currents[0]", "motor_current_1", "A"),
    Route("motor_currents[1]", "motor_current_2", "A"),
    Route("vibration.x", "vibration_x", "m/s2"),
    Route("vibration.y", "vibration_y", "m/s2"),
    Route("vibration.z", "vibration_z", "m/s2"),
    Route("vibration.magnitude", "vibration_magnitude", "m/s2"),
    Route("temperatures[0]", "temperature_1", "degC"),
    Route("emergency_stop", "emergency_stop"),
    Route("door_closed", "door_closed"),
    Route("overload_detected", "overload_detected"),
    Route("temperature_ok", "temperature_ok"),
)
"""The boards of the field layer (TELEMETRY 1)."""


def _mazak_axis(axis: str) -> list[Route]:
    turning = axis in "BC"
    return [
        Route(
            f"{axis}deg" if turning else f"{axis}abs",
            f"{axis.lower()}_position",
            "deg" if turning else "mm",
        ),
        Route(f"{axis}load", f"{axis.lower()}_load", "%"),
        Route(f"{axis}travel", f"{axis.lower()}_travel_condition"),
        *([] if turning else [Route(f"{axis}frt", f"{axis.lower()}_speed", "mm/s")]),
    ]


def _okuma_axis(key: str, axis: str, unit: str) -> list[Route]:
    return [
        Route(f"{key}actm", f"{axis}_position", unit),
        Route(f"{key}load", f"{axis}_load", "%"),
    ]


MTCONNECT = _table(
    # Mazak, as the adapters of the NIST test bed name it
    *(route for axis in "XYZBC" for route in _mazak_axis(axis)),
    Route("Srpm", "spindle_speed", "rpm"),
    Route("Sload", "spindle_load", "%"),
    Route("Stemp", "spindle_temperature", "degC"),
    Route("Sovr", "spindle_override", "%"),
    Route("S2rpm", "spindle_2_speed", "rpm"),
    Route("S2load", "spindle_2_load", "%"),
    Route("S2temp", "spindle_2_temperature", "degC"),
    Route("S2ovr", "spindle_2_override", "%"),
    Route("Fact", "feed_rate", "mm/min"),
    Route("Fovr", "feed_override", "%"),
    Route("Frapidovr", "rapid_override", "%"),
    Route("mode", "controller_mode"),
    Route("execution", "execution"),
    Route("program", "program"),
    Route("subprogram", "subprogram"),
    Route("Tool_number", "tool_number"),
    Route("PartCountAct", "part_count", "1"),
    Route("auto_time", "auto_time", "s"),
    Route("cut_time", "cutting_time", "s"),
    Route("total_time", "total_time", "s"),
    Route("line", "line"),
    Route("power", "power"),
    Route("servo_cond", "servo_condition"),
    Route("comms_cond", "communications_condition"),
    Route("logic_cond", "logic_condition"),
    Route("system_cond", "system_condition"),
    Route("pneu_cond", "pneumatic_condition"),
    Route("hydra_cond", "hydraulic_condition"),
    Route("coolant_level", "coolant_level_condition"),
    Route("coolant_temp", "coolant_temperature_condition"),
    Route("coolant_pres", "coolant_pressure_condition"),
    Route("electric_temp", "electrical_temperature_condition"),
    Route("motion_cond", "motion_condition"),
    Route("path_system", "path_condition"),
    Route("Sload_cond", "spindle_load_condition"),
    Route("Stemp_cond", "spindle_temperature_condition"),
    Route("S2load_cond", "spindle_2_load_condition"),
    Route("S2temp_cond", "spindle_2_temperature_condition"),
    # Okuma, as the recording that comes with the reference agent names it
    *_okuma_axis("X1", "x", "mm"),
    *_okuma_axis("YI1", "y", "mm"),
    *_okuma_axis("Z1", "z", "mm"),
    *_okuma_axis("B1", "b", "deg"),
    *_okuma_axis("C3", "c", "deg"),
    Route("S1speed", "spindle_speed", "rpm"),
    Route("S1load", "spindle_load", "%"),
    Route("S1ovr", "spindle_override", "%"),
    Route("S2speed", "spindle_2_speed", "rpm"),
    Route("pFovr", "feed_override", "%"),
    Route("p1Fact", "feed_rate", "mm/min"),
    Route("pexecution", "execution"),
    Route("pprogram", "program"),
    Route("pmode", "controller_mode"),
    Route("p1CurrentTool", "tool_number"),
    Route("p1block", "block"),
    Route("p1linelabel", "line"),
    Route("ppartcount", "part_count", "1"),
    Route("pCuttingTime", "cutting_time", "s"),
    # Both, and most others
    Route("avail", "availability"),
    Route("estop", "estop"),
    Route("coolant", "coolant"),
    Route("fmode", "functional_mode"),
    Route("system", "system_condition"),
    Route("CoolantSystem1_cond", "coolant_condition"),
    Route("ElectricSystem1_cond", "electrical_condition"),
    Route("HydraulicSystem1_cond", "hydraulic_condition"),
    Route("LubricationSystem1_cond", "lubrication_condition"),
    Route("PneumaticSystem1_cond", "pneumatic_condition"),
    Route("LoaderSystem1_cond", "loader_condition"),
    Route("WasteDisposalSystem1_cond", "chips_condition"),
    Route("ToolingDeliverySystem1_cond", "tool_delivery_condition"),
    Route("BarFeederSystem1_cond", "bar_feeder_condition"),
)
"""Keys of SHDR adapters. Their units are those of the device files they came with."""

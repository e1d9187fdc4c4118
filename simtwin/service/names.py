"""This module holds the names: how a body calls a signal of the catalogue, and in which unit.

There is one catalogue, that of telemetry (:mod:`simtwin.live.catalogue`). A name of it comes
with its unit beside it; a name below has the unit in it, as keys of files do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE, Kind, Signal
from simtwin.live.envelope import Quality, Value
from simtwin.live.mapping import Route, factor_of
from simtwin.plant.wording import unknown

TEMPERATURE, CELSIUS = "temperature_", "_c"

TRUTHS: tuple[tuple[str, str], ...] = (("true", "false"), ("ON", "OFF"))
"""Words of states that a body may also tell by true and false."""


@dataclass(frozen=True, slots=True)
class Name:
    """A signal as it is told: in which unit, and what a run of the plan has of the same."""

    route: Route
    simulated: str | None = None
    """Where the state of a machine has the same in that unit; None: nowhere."""


NAMES: Mapping[str, Name] = MappingProxyType(
    {
        name.route.path: name
        for name in (
            Name(Route("feed_override_pct", "feed_override", "%")),
            Name(Route("spindle_override_pct", "spindle_override", "%")),
            Name(Route("coolant_on", "coolant")),
            Name(Route("stopped", "stopped")),
            Name(Route("power_kw", "motor_power", "kW"), "power_kw"),
            Name(Route("spindle_speed_rpm", "spindle_speed", "rpm"), "speed_rpm"),
            Name(Route("spindle_load_pct", "spindle_load", "%")),
            Name(Route("motor_current_a", "motor_current_1", "A"), "motor_current_a"),
            Name(Route("ambient_temperature_c", "ambient_temperature", "degC")),
        )
    }
)
"""What a body may call a signal, beside ``temperature_<node>_c`` and the catalogue's names."""

TOLD: Mapping[str, Name] = MappingProxyType({one.route.signal: one for one in NAMES.values()})
"""Signal -> how its reports are told again; others in the unit of the catalogue."""


def route_of(name: str, unit: str | None, sensors: Mapping[str, str]) -> Route:
    """Return which signal *name* is, for a machine whose *sensors* are at those nodes.

    >>> route_of("temperature_front_c", None, {"temperature_1": "front"}).signal
    'temperature_1'
    >>> route_of("spindle_speed", "rpm", {}).signal
    'spindle_speed'
    >>> route_of("spindle_speed", None, {})
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: unit: must be given with spindle_speed, as in 'rad/s'
    """
    nodes = {f"{TEMPERATURE}{node}{CELSIUS}": signal for signal, node in sensors.items()}
    if name in NAMES or name in nodes:
        if unit is not None:
            raise InvalidInput(f"unit: {name} has it in its name")
        return NAMES[name].route if name in NAMES else Route(name, nodes[name], "degC")
    if name not in CATALOGUE:
        raise InvalidInput(f"signal: {unknown('signal', name, [*NAMES, *nodes, *CATALOGUE])}")
    row = CATALOGUE[name]
    if row.unit and unit is None:
        raise InvalidInput(f"unit: must be given with {name}, as in {row.unit!r}")
    if unit is not None:
        if not row.unit:
            raise InvalidInput(f"unit: {name} is told in words")
        try:
            factor_of(unit, row.quantity)
        except InvalidInput as error:
            raise InvalidInput(f"unit: {error}") from None
    return Route(name, name, unit or "")


def read(route: Route, value: float | str | bool | None) -> tuple[Value, Quality]:
    """Return *value* in the unit of the catalogue, and how far to trust it by itself.

    What cannot be is refused: in a body it is an error of the sender, not of a sensor.

    >>> read(NAMES["coolant_on"].route, False)
    ('OFF', <Quality.GOOD: 'GOOD'>)
    >>> read(NAMES["power_kw"].route, 8900.0)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: power_kw: must be from 0 to 1000 (got 8900)
    """
    row = CATALOGUE[route.signal]
    if value is None:
        return None, Quality.BAD
    if row.kind in (Kind.SAMPLE, Kind.COUNTER):
        if isinstance(value, bool | str):
            raise InvalidInput(f"{route.path}: must be a number (got {value!r})")
        found, quality = route.read(value)
        if quality is Quality.BAD:
            factor = factor_of(route.unit, row.quantity)
            low, high = row.low / factor, row.high / factor
            raise InvalidInput(
                f"{route.path}: must be from {low:.6g} to {high:.6g} (got {value:g})"
            )
        return found, quality
    word = value if isinstance(value, str) else _truth(row, value)
    if word is None:
        raise InvalidInput(f"{route.path}: must be told in words (got {value!r})")
    if row.states and word not in row.states:
        raise InvalidInput(
            f"{route.path}: must be {' or '.join(map(repr, row.states))} (got {value!r})"
        )
    return route.read(word)


def told(signal: str, value: Value) -> tuple[float | str | None, str]:
    """Return *value* of *signal* as it is told again, and in which unit.

    >>> told("feed_override", 0.85)
    (85.0, '%')
    """
    row = CATALOGUE[signal]
    unit = TOLD[signal].route.unit if signal in TOLD else row.unit
    if isinstance(value, str) or value is None or not row.unit:
        return value, unit
    return round(value / factor_of(unit, row.quantity), 9), unit


def _truth(row: Signal, value: float | bool) -> str | None:
    """Return the word of *row* that a truth is, None where it has none for it."""
    words = next((pair for pair in TRUTHS if set(pair) == set(row.states)), None)
    if words is None or not isinstance(value, bool):
        return None
    return words[0] if value else words[1]

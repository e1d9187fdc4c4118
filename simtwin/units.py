"""This module holds the units of files and reports, and the one way between them and SI.

Inside, every number is SI (temperatures degC). A file names the unit in the key
(``power_kw: 11``) or in the value (``power_kw: "11000 W"``); both end here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from simtwin.errors import InvalidInput, brief

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
KILOWATT = 1e3
KILONEWTON = 1e3
MILLIMETRE = 1e-3
PER_MILLIMETRE = 1e3
METRE_PER_MINUTE = 1.0 / 60.0
RPM = math.tau / 60.0
DEGREE = math.pi / 180.0
NEWTON_PER_MM2 = 1e6
MM2_PER_SECOND = 1e-6
PERCENT = 0.01

TICKS = 2.0**24
"""Instants per second: the grid on which sums and differences of times are exact (KERNEL 1)."""

_SYMBOLS: dict[str, dict[str, float]] = {
    "time": {
        "s": 1.0,
        "sec": 1.0,
        "min": MINUTE,
        "h": HOUR,
        "hr": HOUR,
        "d": DAY,
        "day": DAY,
        "days": DAY,
        "hours": HOUR,
        "hour": HOUR,
        "minutes": MINUTE,
    },
    "power": {"W": 1.0, "kW": KILOWATT, "MW": 1e6},
    "speed of rotation": {"rpm": RPM, "1/min": RPM, "rad/s": 1.0, "Hz": math.tau},
    "length": {"m": 1.0, "mm": MILLIMETRE, "um": 1e-6, "µm": 1e-6, "in": 0.0254},
    "speed": {"m/min": METRE_PER_MINUTE, "m/s": 1.0, "mm/min": 1e-3 / 60.0, "mm/s": 1e-3},
    "force": {"N": 1.0, "kN": KILONEWTON},
    "torque": {"Nm": 1.0, "N m": 1.0},
    "temperature": {"C": 1.0, "degC": 1.0, "°C": 1.0},
    "angle": {"deg": DEGREE, "°": DEGREE, "rad": 1.0},
    "pressure": {"N/mm2": NEWTON_PER_MM2, "N/mm²": NEWTON_PER_MM2, "MPa": 1e6, "GPa": 1e9},
    "kinematic viscosity": {"mm2/s": 1e-6, "mm²/s": 1e-6, "cSt": 1e-6, "m2/s": 1.0},
    "moment of inertia": {"kg m2": 1.0, "kgm2": 1.0, "kg m²": 1.0},
    "resistance": {"ohm": 1.0, "Ω": 1.0},
    "current": {"A": 1.0},
    "acceleration": {"m/s2": 1.0, "m/s²": 1.0},
    "torque per current": {"Nm/A": 1.0, "N m/A": 1.0},
    "heat capacity": {"J/K": 1.0, "kJ/K": 1e3},
    "conductance": {"W/K": 1.0},
    "rate": {"1/h": 1.0 / HOUR, "1/s": 1.0, "1/min": 1.0 / MINUTE},
    "inverse length": {"1/mm": PER_MILLIMETRE, "1/m": 1.0},
    "share": {"%": PERCENT, "pct": PERCENT},
    "loss per speed": {"W s/rad": 1.0},
    "loss per squared speed": {"W s2/rad2": 1.0},
    "count": {"cycles": 1.0},
}


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit that a key's suffix names: its symbol and its dimension."""

    symbol: str
    dimension: str

    @property
    def factor(self) -> float:
        """The unit in SI (temperatures: degC)."""
        return _SYMBOLS[self.dimension][self.symbol]


SUFFIXES: dict[str, Unit] = {
    "s": Unit("s", "time"),
    "min": Unit("min", "time"),
    "h": Unit("h", "time"),
    "d": Unit("d", "time"),
    "kw": Unit("kW", "power"),
    "rpm": Unit("rpm", "speed of rotation"),
    "mm": Unit("mm", "length"),
    "m_min": Unit("m/min", "speed"),
    "n": Unit("N", "force"),
    "kn": Unit("kN", "force"),
    "nm": Unit("Nm", "torque"),
    "c": Unit("degC", "temperature"),
    "deg": Unit("deg", "angle"),
    "n_mm2": Unit("N/mm2", "pressure"),
    "mm2_s": Unit("mm2/s", "kinematic viscosity"),
    "kg_m2": Unit("kg m2", "moment of inertia"),
    "ohm": Unit("ohm", "resistance"),
    "a": Unit("A", "current"),
    "nm_a": Unit("Nm/A", "torque per current"),
    "j_k": Unit("J/K", "heat capacity"),
    "w_k": Unit("W/K", "conductance"),
    "per_h": Unit("1/h", "rate"),
    "per_mm": Unit("1/mm", "inverse length"),
    "pct": Unit("%", "share"),
    "ws_rad": Unit("W s/rad", "loss per speed"),
    "ws2_rad2": Unit("W s2/rad2", "loss per squared speed"),
    "cycles": Unit("cycles", "count"),
}
"""What the last words of a key mean: ``power_kw`` is in kW."""

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(\s+\S.*|\D.*)?")

_COMMA = re.compile(r"\s*[-+]?\d+,\d")


def suffix_of(key: str) -> str | None:
    """Return the unit suffix of a file *key*, the longest that fits, or None.

    >>> suffix_of("speed_m_min"), suffix_of("cycle_min"), suffix_of("teeth")
    ('m_min', 'min', None)
    """
    words = key.split("_")
    for start in range(1, len(words)):
        suffix = "_".join(words[start:])
        if suffix in SUFFIXES:
            return suffix
    return None


def read_quantity(text: str, suffix: str) -> float:
    """Return the number in *text* in the unit that *suffix* names.

    >>> read_quantity("45 min", "h"), read_quantity("11000 W", "kw")
    (0.75, 11.0)
    >>> read_quantity("3 kg", "min")
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: must be a time in s, min, h, ... (got '3 kg')
    """
    unit = SUFFIXES[suffix]
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise InvalidInput(f"must be a number (got {brief(text)})")
    if _COMMA.match(text):
        raise InvalidInput(f"needs a point where it has a comma, as in 3.5 (got {brief(text)})")
    number, symbol = float(match.group(1)), (match.group(2) or "").strip()
    if not math.isfinite(number):
        raise InvalidInput(f"must be a finite number (got {brief(text)})")
    if not symbol:
        raise InvalidInput(
            f"must be a number, or text with a unit as in '{match.group(1)[:20]} "
            f"{unit.symbol}' (got {brief(text)})"
        )
    known = _SYMBOLS[unit.dimension]
    if symbol not in known:
        raise InvalidInput(
            f"must be {_article(unit.dimension)} in {_some(known)} (got {brief(text)})"
        )
    if symbol == unit.symbol:
        return number
    return number * known[symbol] / unit.factor


def read_seconds(text: str) -> float:
    """Return the time [s] in *text*, which must carry a unit.

    >>> read_seconds("1.5 h")
    5400.0
    """
    return read_quantity(text, "s")


def clock(seconds: float) -> str:
    """Return a duration [s] as people write it, hours and minutes.

    >>> clock(29700.0), clock(90.0)
    ('8 h 15 min', '1.5 min')
    """
    if abs(seconds) < HOUR:
        return f"{seconds / MINUTE:.3g} min" if abs(seconds) >= MINUTE else f"{seconds:.3g} s"
    if abs(seconds) >= 100.0 * HOUR:
        return f"{seconds / HOUR:.0f} h"
    hours, rest = divmod(round(seconds / MINUTE), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _article(dimension: str) -> str:
    return f"{'an' if dimension[0] in 'aeiou' else 'a'} {dimension}"


def _some(symbols: dict[str, float]) -> str:
    kept = [symbol for symbol in symbols if symbol.isascii()]
    shown = [symbol for symbol in kept if symbol not in ("sec", "hr")][:3]
    return ", ".join(shown) + (", ..." if len(kept) > len(shown) else "")

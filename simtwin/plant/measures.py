"""This module holds the measures: in which unit and between which bounds a number must lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from simtwin.errors import InvalidInput
from simtwin.physics.life import FLATTEST, MOST_PHASES
from simtwin.physics.slots import MOST_STEPS, RAREST
from simtwin.units import SUFFIXES, clock
from simtwin.whole import MOST_RUNS

OVERRIDE_LEAST, OVERRIDE_MOST = 1.0, 200.0
"""Bounds of a feed or spindle override [%]."""

MOST_WORN = 1000.0
"""Most nominal lives behind any edge at the start, however much lives scatter [-]."""
MOST_LIVES = 100
"""Most nominal lives L10 behind a bearing at the start: half of all bearings outlive 3.4."""
MOST_DOWN = 6e8
"""Longest that a machine is down still at the start [s]: 1e7 min."""
MOST_SCATTER = 2
"""Largest coefficient of variation of the lives of edges [-]."""
MOST_PRIORITY = 1_000_000
"""Highest priority of an order, and with a minus sign the lowest."""


def wrong_override(value: object) -> str:
    """Return why *value* is no override; empty: it is one.

    >>> wrong_override(0.9)
    'a value in percent, 1 to 200 (got 0.9); is 90 % meant?'
    >>> wrong_override(90.0)
    ''
    """
    must = f"a value in percent, {OVERRIDE_LEAST:g} to {OVERRIDE_MOST:g}"
    if value is None:
        return f"{must} (none is given)"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{must} (got {value!r})"
    if OVERRIDE_LEAST <= value <= OVERRIDE_MOST:
        return ""
    hint = f"; is {100 * value:g} % meant?" if 0.0 < value < OVERRIDE_LEAST else ""
    return f"{must} (got {value:g}){hint}"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a number of a plant or scenario is measured in, and its bounds in SI."""

    suffix: str | None = None
    """The unit of its key in a file, such as ``kw``; None: a plain number."""
    above: float | None = None
    least: float | None = None
    most: float | None = None
    whole: bool = False
    why: str = ""
    """Said of a number beyond its bounds: what they come from."""

    @property
    def dimension(self) -> str | None:
        """What it is: a time, a power; None for a plain number."""
        return None if self.suffix is None else SUFFIXES[self.suffix].dimension

    @property
    def keys(self) -> tuple[str, ...]:
        """Every suffix that names a unit of it.

        >>> Measure("kn").keys
        ('n', 'kn')
        """
        return tuple(key for key, unit in SUFFIXES.items() if unit.dimension == self.dimension)

    def wrong(self, value: float, suffix: str | None = None) -> str | None:
        """Return what is wrong with *value* [SI] and what would be right, or None.

        It is told in the unit *suffix*, or in that of files.

        >>> Measure("kw", above=0.0).wrong(-500.0), Measure("s", least=0.0).wrong(-90.0, "min")
        ('must be > 0 kW (got -0.5 kW)', 'must be >= 0 min (got -1.5 min)')
        """
        told = self if suffix is None else replace(self, suffix=suffix)
        if not isfinite(value):
            return f"must be finite (got {value})"
        if self.whole and value != int(value):
            return f"must be a whole number (got {value:g})"
        for bound, holds, sign in (
            (self.above, self.above is None or value > self.above, ">"),
            (self.least, self.least is None or value >= self.least, ">="),
            (self.most, self.most is None or value <= self.most, "<="),
        ):
            if not holds:
                assert bound is not None
                why = f": {self.why}" if self.why else ""
                return (
                    f"must be {sign} {told._in_unit(bound)} (got {told._in_unit(value)}){why}"
                )
        return None

    def say(self, value: object) -> str:
        """Return *value* [SI] for a reader, in the unit of files.

        >>> Measure("s").say(360.0), Measure("c").say(34.0), Measure().say(0.05)
        ('6 min', '34 degC', '0.05')
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return clock(value) if self.suffix == "s" else self._in_unit(value)

    def _in_unit(self, value: float) -> str:
        if self.suffix is None:
            return f"{value:g}"
        unit = SUFFIXES[self.suffix]
        return f"{value / unit.factor:g} {unit.symbol}"


PLAIN = Measure()
COUNT = Measure(least=1, whole=True)
SLOTS = Measure(least=0, whole=True)
WHOLE = Measure(whole=True)
RATIO = Measure(least=0.0)
POSITIVE = Measure(above=0.0)
SHARE = Measure(least=0.0, most=1.0)
WORN = Measure(least=0.0, most=MOST_WORN)
CHANCE = Measure(least=RAREST, most=1.0)
OVERRIDE = Measure(least=OVERRIDE_LEAST, most=OVERRIDE_MOST)
TIME = Measure("s", least=0.0)
INSTANT = Measure("s")
CYCLES = Measure("cycles", least=0.0)
TEMPERATURE = Measure("c", least=-50.0, most=200.0)
POWER = Measure("kw", least=0.0)
RATING = Measure("kw", above=0.0)
ROTATION = Measure("rpm", above=0.0)
SPEED = Measure("m_min", above=0.0)
LENGTH = Measure("mm", above=0.0)
SIZE = Measure("mm", least=0.0)
ANGLE = Measure("deg")
FORCE = Measure("n", least=0.0)
BEARING_LOAD = Measure("kn", above=0.0)
TORQUE = Measure("nm", above=0.0)
VISCOSITY = Measure("mm2_s", above=0.0)
RATE = Measure("per_h", least=0.0)

MEASURES: dict[str, dict[str, Measure]] = {
    "PlantModel": {
        "crew": COUNT,
        "ambient": TEMPERATURE,
        "coolant": TEMPERATURE,
        "setup_matrix": TIME,
    },
    "CrewSpec": {"members": COUNT},
    "MachineSpec": {
        "tool_change": TIME,
        "refit": TIME,
        "overload_reset": TIME,
        "coolant_loss_life": SHARE,
        "feed_override": OVERRIDE,
        "spindle_override": OVERRIDE,
    },
    "PowerSpec": {"standby": POWER, "ready": POWER, "processing": POWER},
    "StationSpec": {"capacity": SLOTS, "kanban": COUNT},
    "BatchSpec": {"most": COUNT, "least": COUNT, "wait": TIME},
    "SourceSpec": {"priority": WHOLE},
    "TransportSpec": {"movers": COUNT, "times": TIME},
    "FlowSpec": {"conwip": COUNT, "conwip_of": COUNT},
    "MagazineSlot": {"edges": Measure(least=1, most=1000, whole=True)},
    "Trip": {"limit": TEMPERATURE, "reset": TEMPERATURE},
    "SpindleSpec": {
        "rated_power": RATING,
        "max_speed": ROTATION,
        "base_speed": ROTATION,
        "rated_torque": TORQUE,
        "short_time": POSITIVE,
        "inertia": Measure("kg_m2", above=0.0),
        "cutting_speed": SPEED,
        "torque_constant": Measure("nm_a", above=0.0),
        "resistance": Measure("ohm", least=0.0),
        "idle_current": Measure("a", least=0.0),
        "iron_linear": Measure("ws_rad", least=0.0),
        "iron_square": Measure("ws2_rad2", least=0.0),
        "additional_loss": SHARE,
        "motor_reference": TEMPERATURE,
    },
    "Network": {
        "capacities": Measure("j_k", above=0.0),
        "links": Measure("w_k", least=0.0),
        "sinks": Measure("w_k", least=0.0),
    },
    "BearingSpec": {
        "mean_diameter": LENGTH,
        "rating": BEARING_LOAD,
        "fatigue_load": BEARING_LOAD,
        "preload": FORCE,
        "load_share": RATIO,
        "f0": RATIO,
        "f1": RATIO,
        "viscosity": VISCOSITY,
        "contamination": SHARE,
        "oil_reference": TEMPERATURE,
        "rows": COUNT,
    },
    # As on the data sheet, in mm2/s already: the one number of a model that is not SI.
    "Oil": {"nu40": POSITIVE, "nu100": POSITIVE},
    "ToolSpec": {
        "diameter": SIZE,
        "teeth": COUNT,
        "approach": ANGLE,
        "rake": ANGLE,
        "life_scatter": Measure(least=0.0, most=MOST_SCATTER),
        "wear_limit": LENGTH,
        "nose_radius": SIZE,
        "force_per_wear": Measure("per_mm", least=0.0),
        "break_rate": RATE,
        "break_growth": PLAIN,
    },
    "TaylorLife": {
        "reference": Measure("s", above=0.0),
        "speed": SPEED,
        "feed": SIZE,
        "depth": SIZE,
        "speed_exponent": RATIO,
        "feed_exponent": RATIO,
        "depth_exponent": RATIO,
    },
    "CutStep": {
        "kc11": Measure("n_mm2", above=0.0),
        "mc": RATIO,
        "cutting_speed": SPEED,
        "feed": LENGTH,
        "depth": LENGTH,
        "width": SIZE,
        "path": LENGTH,
        "diameter": SIZE,
    },
    "TimedStep": {
        "share": RATIO,
        "speed_share": SHARE,
        "damage": RATIO,
        "damage_rate": RATE,
    },
    "HandleStep": {"duration": TIME},
    "OperationSpec": {"scrap": SHARE, "setup": TIME},
    "ReworkSpec": {"share": SHARE, "to": SLOTS, "most": COUNT},
    "ProductSpec": {"scrap_on_breakage": SHARE},
    "Fixed": {"value": TIME},
    "Exponential": {"mean": TIME},
    "Weibull": {"shape": Measure(least=FLATTEST), "scale": TIME},
    "Lognormal": {"median": TIME, "sigma": POSITIVE},
    "Normal": {"location": TIME, "sd": TIME},
    "Uniform": {"low": TIME, "high": TIME},
    "Triangular": {"low": TIME, "mode": TIME, "high": TIME},
    "Gamma": {"shape": Measure(least=FLATTEST, most=MOST_PHASES), "scale": TIME},
    "NegativeBinomial": {
        "steps": Measure(least=1, most=MOST_STEPS, whole=True),
        "p": CHANCE,
        "slot": TIME,
    },
    "Geometric": {"p": CHANCE, "slot": TIME},
    "GammaProcess": {"rate": RATE, "scale": POSITIVE, "limit": POSITIVE},
    "WienerProcess": {"drift": RATE, "sigma": POSITIVE, "limit": POSITIVE},
    "Scenario": {
        "horizon": Measure("s", above=0.0),
        "measure_from": TIME,
        "replications": Measure(least=1, most=MOST_RUNS, whole=True),
        "seed": SLOTS,
    },
    "FailureSpec": {"maintenance": TIME, "planned_cost": RATIO, "failure_cost": RATIO},
    "OrderSpec": {
        "quantity": Measure(least=1, most=100_000, whole=True),
        "release": TIME,
        "due": INSTANT,
        "priority": Measure(least=-MOST_PRIORITY, most=MOST_PRIORITY, whole=True),
        "weight": RATIO,
    },
    "Intervention": {"at": TIME, "value": PLAIN, "until": TIME},
    "WorkInProgress": {"piece": COUNT, "left": TIME},
    "StartState": {
        "temperatures": TEMPERATURE,
        "bearings": Measure(least=0.0, most=MOST_LIVES),
        "edges": WORN,
        "lands": WORN,
        "ages": TIME,
        "levels": PLAIN,
        "repairs": Measure("s", above=0.0, most=MOST_DOWN),
    },
}
"""Type, field, measure. A field that is no number has none; parts of a list have that of it."""


def measure_of(kind: str, field: str, *, cycles: bool = False) -> Measure | None:
    """Return the measure of a *field* of the type *kind*; lives may count *cycles*."""
    measure = MEASURES.get(kind, {}).get(field)
    if cycles and measure is not None and measure.dimension == "time":
        return CYCLES
    return RATIO if cycles and measure is RATE else measure


def refuse(
    measure: Measure | None, value: object, name: str, suffix: str | None = None
) -> None:
    """Raise InvalidInput where the number *value* [SI] is out of bounds, told in *suffix*."""
    if measure is None or isinstance(value, bool) or not isinstance(value, int | float):
        return
    wrong = measure.wrong(value, suffix)
    if wrong is not None:
        raise InvalidInput(f"{name}: {wrong}")

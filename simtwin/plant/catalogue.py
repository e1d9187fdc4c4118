"""This module holds the catalogue: generic machines, tools and failure modes to start from.

Every preset is illustrative and of the order of magnitude of its class, never a vendor's
machine: numbers tagged A (assumption) or M (memory) in PHYSICS are meant to be calibrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simtwin.parts.bearing import BearingSpec
from simtwin.parts.failure import Clock, FailureSpec
from simtwin.parts.spindle import SpindleSpec, Trip
from simtwin.parts.tool import ToolSpec
from simtwin.physics.life import Exponential, Lognormal, Weibull
from simtwin.physics.thermal import DEFAULT_NETWORK
from simtwin.physics.tool import TaylorLife
from simtwin.plant.model import PowerSpec
from simtwin.units import (
    DEGREE,
    HOUR,
    KILONEWTON,
    KILOWATT,
    METRE_PER_MINUTE,
    MILLIMETRE,
    MINUTE,
    MM2_PER_SECOND,
    PER_MILLIMETRE,
    RPM,
)

DEFAULT_PRESET = "generic-vmc-40"
"""Where the keys come from that a spindle without a preset does not give."""

MTBF_HOURS = 800.0
"""Operating hours between failures of a whole machine; range 300 to 2000 and more (A, 9.1)."""

REPAIR_SIGMA = 1.0
"""Standard deviation of the logarithm of a repair time (A, PHYSICS 9.1)."""

TRIPS = (Trip("front", 70.0, 55.0), Trip("rear", 70.0, 55.0), Trip("motor", 140.0, 110.0))
"""Outer rings 70 degC, winding class F (A, PHYSICS 5.3)."""


@dataclass(frozen=True, slots=True)
class MachinePreset:
    """A class of machines: spindle, bearings, power and the times of its operators."""

    name: str
    description: str
    spindle: SpindleSpec
    bearings: tuple[BearingSpec, BearingSpec]
    power: PowerSpec
    tool_change: float
    """Chip to chip [s]."""


def _spindle(
    *,
    power: float,
    max_rpm: float,
    base_rpm: float,
    torque: float,
    inertia: float,
    cutting_speed: float,
) -> SpindleSpec:
    """Return a motor spindle; losses of some .85 efficiency at the rating (A, PHYSICS 4.3)."""
    return SpindleSpec(
        rated_power=power * KILOWATT,
        max_speed=max_rpm * RPM,
        base_speed=base_rpm * RPM,
        rated_torque=torque,
        short_time=1.5,
        inertia=inertia,
        cutting_speed=cutting_speed,
        torque_constant=1.2,
        resistance=0.06,
        idle_current=20.0,
        iron_linear=0.5,
        iron_square=6e-4,
        additional_loss=0.12,
        network=DEFAULT_NETWORK,
        trips=TRIPS,
    )


def _bearing(
    name: str, mean_diameter: float, rating: float, fatigue: float, share: float
) -> BearingSpec:
    """Return a pair of angular contact bearings with oil-air lubrication.

    f0 and f1 for oil-air from the friction table (confirmed), nu 20 mm2/s fixed and shares of
    the cutting force after PHYSICS 5.7 (A); cleanliness normal (E5); replaced in some 24 h (A).
    """
    return BearingSpec(
        name=name,
        kind="ball",
        mean_diameter=mean_diameter * MILLIMETRE,
        rating=rating * KILONEWTON,
        fatigue_load=fatigue * KILONEWTON,
        preload=800.0,
        load_share=share,
        f0=1.65,
        f1=0.00046,
        viscosity=20.0 * MM2_PER_SECOND,
        contamination=0.5,
        repair=lognormal_of_mean(24.0 * HOUR, 0.5),
    )


def lognormal_of_mean(mean: float, sigma: float) -> Lognormal:
    """Return the lognormal law with this *mean*: median = mean exp(-sigma^2 / 2).

    >>> round(lognormal_of_mean(4.946, 1.0).median, 2)
    3.0
    """
    return Lognormal(mean * math.exp(-0.5 * sigma * sigma), sigma)


MACHINES: dict[str, MachinePreset] = {
    preset.name: preset
    for preset in (
        MachinePreset(
            "generic-vmc-40",
            "vertical machining centre, taper 40, 11 kW, 8000 rpm",
            _spindle(
                power=11.0,
                max_rpm=8000.0,
                base_rpm=1500.0,
                torque=70.0,
                inertia=0.12,
                cutting_speed=2.5,
            ),
            # A pair has 1.62 C (PHYSICS 6.2) of a 70 x 110 bearing, C 48.8 kN (M); Cu (A).
            (_bearing("front", 90.0, 79.0, 3.7, 0.65), _bearing("rear", 80.0, 63.0, 2.8, 0.15)),
            PowerSpec(600.0, 1800.0, 2800.0),
            4.5,
        ),
        MachinePreset(
            "generic-vmc-50",
            "heavy vertical machining centre, taper 50, 18.5 kW, 6000 rpm",
            _spindle(
                power=18.5,
                max_rpm=6000.0,
                base_rpm=1000.0,
                torque=177.0,
                inertia=0.25,
                cutting_speed=2.5,
            ),
            (
                _bearing("front", 115.0, 100.0, 5.0, 0.65),
                _bearing("rear", 100.0, 82.0, 4.0, 0.15),
            ),
            PowerSpec(800.0, 2400.0, 3800.0),
            6.0,
        ),
        MachinePreset(
            "generic-lathe-8in",
            "turning centre with an 8 inch chuck, 11 kW, 4000 rpm",
            _spindle(
                power=11.0,
                max_rpm=4000.0,
                base_rpm=750.0,
                torque=140.0,
                inertia=0.35,
                cutting_speed=3.0,
            ),
            (
                _bearing("front", 120.0, 107.0, 5.4, 0.65),
                _bearing("rear", 110.0, 95.0, 4.8, 0.15),
            ),
            PowerSpec(500.0, 1800.0, 2600.0),
            1.5,
        ),
        MachinePreset(
            "generic-hmc-500",
            "horizontal machining centre, 500 mm pallet, 15 kW, 10000 rpm",
            _spindle(
                power=15.0,
                max_rpm=10000.0,
                base_rpm=1200.0,
                torque=119.0,
                inertia=0.15,
                cutting_speed=3.0,
            ),
            (_bearing("front", 90.0, 79.0, 3.7, 0.65), _bearing("rear", 80.0, 63.0, 2.8, 0.15)),
            PowerSpec(800.0, 3000.0, 4800.0),
            3.5,
        ),
        MachinePreset(
            "generic-5axis",
            "five-axis machining centre with motor spindle, 20 kW, 15000 rpm",
            _spindle(
                power=20.0,
                max_rpm=15000.0,
                base_rpm=2200.0,
                torque=87.0,
                inertia=0.05,
                cutting_speed=3.5,
            ),
            (_bearing("front", 80.0, 63.0, 2.8, 0.65), _bearing("rear", 70.0, 50.0, 2.2, 0.15)),
            PowerSpec(800.0, 2800.0, 4500.0),
            4.0,
        ),
    )
}
"""Orders of magnitude from the machine, bearing and power tables (M and A throughout)."""


def _tool(
    name: str,
    kind: str,
    *,
    diameter: float,
    teeth: int,
    approach: float,
    constant: float,
    exponent: float,
    feed: float,
    depth: float,
    rake: float = 0.0,
) -> ToolSpec:
    """Return a tool whose life follows Taylor at its reference feed and depth.

    Feed and depth exponents 1.5 and .6, scatter .3, breakage one in 200 h for a fresh edge
    growing by e^3 to the wear limit: A, after PHYSICS 7.1, 7.3, 7.4.
    """
    return ToolSpec(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        diameter=diameter * MILLIMETRE,
        teeth=teeth,
        approach=approach * DEGREE,
        rake=rake * DEGREE,
        life=TaylorLife(
            reference=MINUTE,
            speed=constant * METRE_PER_MINUTE,
            feed=feed * MILLIMETRE,
            depth=depth * MILLIMETRE,
            speed_exponent=1.0 / exponent,
            feed_exponent=1.5,
            depth_exponent=0.6,
        ),
        life_scatter=0.3,
        wear_limit=0.3 * MILLIMETRE,
        force_per_wear=0.9 * PER_MILLIMETRE,
        break_rate=1.0 / (200.0 * HOUR),
        break_growth=3.0,
        change="planned",
    )


TOOLS: dict[str, ToolSpec] = {
    tool.name: tool
    for tool in (
        # C and n: "cemented carbide, steel" 500 and .25, "coated carbide, steel" 700 and .25,
        # "cemented carbide, non-steel" 900 and .25, "HSS, steel" 70 and .125 (Groover, M);
        # austenitic stainless lies between (A). Feed and depth of reference are A.
        _tool(
            "face-mill-63-steel",
            "milling",
            diameter=63.0,
            teeth=5,
            approach=45.0,
            constant=700.0,
            exponent=0.25,
            feed=0.2,
            depth=3.0,
        ),
        _tool(
            "face-mill-63-iron",
            "milling",
            diameter=63.0,
            teeth=6,
            approach=45.0,
            constant=600.0,
            exponent=0.25,
            feed=0.2,
            depth=3.0,
        ),
        _tool(
            "face-mill-80-aluminium",
            "milling",
            diameter=80.0,
            teeth=6,
            approach=45.0,
            constant=1800.0,
            exponent=0.25,
            feed=0.2,
            depth=3.0,
        ),
        _tool(
            "end-mill-12-steel",
            "milling",
            diameter=12.0,
            teeth=4,
            approach=90.0,
            constant=500.0,
            exponent=0.25,
            feed=0.06,
            depth=12.0,
        ),
        _tool(
            "end-mill-16-steel",
            "milling",
            diameter=16.0,
            teeth=4,
            approach=90.0,
            constant=500.0,
            exponent=0.25,
            feed=0.08,
            depth=12.0,
        ),
        _tool(
            "end-mill-16-stainless",
            "milling",
            diameter=16.0,
            teeth=4,
            approach=90.0,
            constant=330.0,
            exponent=0.25,
            feed=0.06,
            depth=12.0,
        ),
        _tool(
            "end-mill-16-aluminium",
            "milling",
            diameter=16.0,
            teeth=3,
            approach=90.0,
            constant=900.0,
            exponent=0.25,
            feed=0.12,
            depth=16.0,
        ),
        _tool(
            "drill-8.5-carbide",
            "drilling",
            diameter=8.5,
            teeth=2,
            approach=70.0,
            constant=260.0,
            exponent=0.25,
            feed=0.15,
            depth=25.0,
        ),
        _tool(
            "drill-12-carbide",
            "drilling",
            diameter=12.0,
            teeth=2,
            approach=70.0,
            constant=260.0,
            exponent=0.25,
            feed=0.2,
            depth=30.0,
        ),
        _tool(
            "drill-10-hss",
            "drilling",
            diameter=10.0,
            teeth=2,
            approach=59.0,
            constant=70.0,
            exponent=0.125,
            feed=0.18,
            depth=30.0,
        ),
        _tool(
            "turning-insert-steel",
            "turning",
            diameter=0.0,
            teeth=1,
            approach=90.0,
            constant=700.0,
            exponent=0.25,
            feed=0.3,
            depth=2.5,
        ),
        _tool(
            "turning-insert-finish",
            "turning",
            diameter=0.0,
            teeth=1,
            approach=90.0,
            constant=600.0,
            exponent=0.25,
            feed=0.12,
            depth=0.5,
        ),
        _tool(
            "turning-insert-stainless",
            "turning",
            diameter=0.0,
            teeth=1,
            approach=90.0,
            constant=480.0,
            exponent=0.25,
            feed=0.25,
            depth=2.0,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Subsystem:
    """A share of a machine's failures (A: no published table of shares could be confirmed)."""

    share: float
    beta: float
    """1: exponential; else the Weibull shape."""
    repair_hours: float
    """Mean."""
    clock: Clock


SUBSYSTEMS: dict[str, Subsystem] = {
    "control": Subsystem(0.24, 1.0, 2.5, "powered"),
    "tool-changer": Subsystem(0.17, 1.0, 2.5, "processing"),
    "spindle-other": Subsystem(0.06, 1.3, 10.0, "processing"),
    "feed-axes": Subsystem(0.10, 1.3, 6.0, "processing"),
    "hydraulics": Subsystem(0.14, 1.0, 2.5, "powered"),
    "coolant": Subsystem(0.12, 1.0, 1.5, "processing"),
    "lubrication": Subsystem(0.07, 1.0, 2.0, "powered"),
    "guards": Subsystem(0.10, 1.0, 1.5, "powered"),
}
ALL_SUBSYSTEMS = "all-subsystems"


def subsystem_failure(name: str, *, mtbf_hours: float = MTBF_HOURS) -> FailureSpec:
    """Return the failure mode of the subsystem *name* of a machine with this MTBF.

    The mode's own mean life is the machine's over its share; with all subsystems a machine
    that always produces fails once in *mtbf_hours*. Bearings and tools are not among them.

    >>> round(subsystem_failure("control").life.mean / HOUR, 1)
    3333.3
    """
    subsystem = SUBSYSTEMS[name]
    mean = mtbf_hours / subsystem.share * HOUR
    if subsystem.beta == 1.0:
        life: Exponential | Weibull = Exponential(mean)
    else:
        life = Weibull(subsystem.beta, mean / math.gamma(1.0 + 1.0 / subsystem.beta))
    repair = lognormal_of_mean(subsystem.repair_hours * HOUR, REPAIR_SIGMA)
    return FailureSpec(name, subsystem.clock, life, repair)

"""This module holds the catalogue: generic machines, tools and failure modes to start from.

Every preset is illustrative and of the order of magnitude of its class, never a vendor's
machine: numbers tagged A (assumption) or M (memory) in PHYSICS are meant to be calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtwin.parts.bearing import BearingSpec
from simtwin.parts.spindle import SpindleSpec, Trip
from simtwin.physics.thermal import DEFAULT_NETWORK, Network
from simtwin.plant.failure_catalogue import lognormal_of_mean
from simtwin.plant.model import Form, PowerSpec
from simtwin.units import (
    HOUR,
    KILONEWTON,
    KILOWATT,
    MILLIMETRE,
    MM2_PER_SECOND,
    RPM,
)

DEFAULT_PRESET = "generic-vmc-40"
"""Where the keys come from that a spindle without a preset does not give."""


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
    form: Form = "vertical mill"
    """How it is drawn."""


def _spindle(
    *,
    power: float,
    max_rpm: float,
    base_rpm: float,
    torque: float,
    inertia: float,
    cutting_speed: float,
    network: Network = DEFAULT_NETWORK,
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
        network=network,
        trips=TRIPS,
    )


def _bearing(
    name: str,
    mean_diameter: float,
    rating: float,
    fatigue: float,
    share: float,
    viscosity: float = 20.0,
) -> BearingSpec:
    """Return a pair of angular contact bearings (two rows) with oil-air lubrication.

    f0 and f1 for oil-air from the friction table (confirmed), *viscosity* [mm2/s] fixed, and
    shares of the cutting force after PHYSICS 5.7 (A); cleanliness normal (E5); replaced in
    some 24 h (A).
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
        viscosity=viscosity * MM2_PER_SECOND,
        contamination=0.5,
        repair=lognormal_of_mean(24.0 * HOUR, 0.5),
    )


JACKETED = replace(
    DEFAULT_NETWORK,
    links=tuple(
        (a, b, conductance * (2.0 if "housing" in (a, b) else 1.0))
        for a, b, conductance in DEFAULT_NETWORK.links
    ),
    sinks=tuple(
        (node, sink, conductance * (2.0 if sink == "coolant" else 1.0))
        for node, sink, conductance in DEFAULT_NETWORK.sinks
    ),
)
"""A fast spindle with cooling jackets at motor and bearing seats: twice the conductance (A)."""


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
            "lathe",
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
            "horizontal mill",
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
                network=JACKETED,
            ),
            (
                _bearing("front", 80.0, 63.0, 2.8, 0.65, viscosity=10.0),
                _bearing("rear", 70.0, 50.0, 2.2, 0.15, viscosity=10.0),
            ),
            PowerSpec(800.0, 2800.0, 4500.0),
            4.0,
            "five-axis mill",
        ),
    )
}
"""Orders of magnitude from the machine, bearing and power tables (M and A throughout)."""

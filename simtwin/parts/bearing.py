"""This module holds the spindle bearing: its specification, friction, damage and life."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from simtwin.parts.alarm import Rank
from simtwin.parts.load import Heat
from simtwin.parts.meter import AT_REST, Growth, Watch
from simtwin.physics import bearing as physics
from simtwin.physics.friction import friction_slope, friction_terms
from simtwin.physics.strength import strength_conditional

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Course, Load
    from simtwin.parts.part import Host
    from simtwin.physics.life import Law
    from simtwin.physics.oil import Oil


@dataclass(frozen=True, slots=True)
class BearingSpec:
    """One bearing position (a pair counts as one), after PHYSICS 5.1, 5.7 and 6."""

    name: str
    """Also the node of the thermal network that it heats: "front" or "rear"."""
    kind: Literal["ball", "roller"]
    mean_diameter: float
    """dm [m]"""
    rating: float
    """C, dynamic load rating of the position [N]."""
    fatigue_load: float
    """Cu [N]"""
    preload: float
    """Constant part of the equivalent load [N]."""
    load_share: float
    """Equivalent load over cutting force [-]."""
    f0: float
    f1: float
    viscosity: float
    """Of the oil at running temperature [m2/s]; constant unless `oil` is given."""
    contamination: float
    """eC [-]"""
    oil: Oil | None = None
    """Viscosity against temperature: friction falls and aISO moves with the node."""
    oil_reference: float = 40.0
    """Temperature at which friction is linearised when `oil` is given [degC]."""
    repair: Law | None = None
    """Duration of a replacement [s]."""
    rows: int = 2
    """Bearings in the set, each with the friction of 5.1 (PHYSICS 5.7: a pair)."""

    def heats(self, load: Load) -> tuple[Heat, ...]:
        """Return the friction heat of the bearing under *load* (PHYSICS 5.1)."""
        if not load.turning:
            return ()
        viscosity = self.viscosity
        slope = 0.0
        if self.oil is not None:
            viscosity = self.oil.viscosity(self.oil_reference)
            slope = friction_slope(
                load.speed, self.mean_diameter, self.oil, self.oil_reference, self.f0
            )
        constant, per_newton = friction_terms(
            load.speed, self.mean_diameter, viscosity, self.f0, self.f1
        )
        own = self.preload + self.load_share * load.force
        return (
            Heat(
                self.name,
                self.rows * (constant + per_newton * own),
                self.rows * per_newton * self.load_share * load.force,
                self.rows * slope,
                self.oil_reference,
            ),
        )

    def growth(self, load: Load) -> Growth:
        """Return the damage rate under *load* (PHYSICS 6.1 to 6.3), in lives L10 per second."""
        if not load.turning or load.speed <= 0.0:
            return AT_REST
        own = self.preload + self.load_share * load.force
        exponent = 3.0 if self.kind == "ball" else 10.0 / 3.0
        ratio = self.contamination * self.fatigue_load / own
        per_wear = self.load_share * load.force / own
        worst = (1.0 + per_wear * load.wear_gain) ** exponent
        if self.oil is not None:
            rate = physics.damage_rate(load.speed, own, self.rating, exponent, 1.0)
            law = partial(_oiled, self, load.speed, ratio, rate, per_wear, exponent)
            return Growth(rate, per_wear, exponent, rate * worst / LEAST_A_ISO, law)
        kappa = physics.viscosity_ratio(self.viscosity, load.speed, self.mean_diameter)
        factor = physics.a_iso(ratio, kappa, self.kind)
        rate = physics.damage_rate(load.speed, own, self.rating, exponent, factor)
        return Growth(rate, per_wear, exponent, rate * worst)


LEAST_A_ISO = 0.1
"""aISO is never smaller (ISO 281)."""


def _oiled(
    spec: BearingSpec,
    speed: float,
    ratio: float,
    rate: float,
    per_wear: float,
    exponent: float,
    course: Course,
    seconds: float,
) -> float:
    """Return the damage where the oil, and with it aISO, follows the node's temperature.

    aISO is taken at the load of a sharp tool: a linearisation point of the mode.
    """
    assert spec.oil is not None, "only an oiled bearing asks for its temperature"
    assert course.thermal is not None, "an oiled bearing needs a spindle with a network"
    damage = 0.0
    for stretch in course.thermal.stretches(course, seconds, spec.name):
        damage += physics.oiled_damage(
            stretch.trajectory,
            stretch.node,
            stretch.duration,
            oil=spec.oil,
            speed=speed,
            mean_diameter=spec.mean_diameter,
            ratio=ratio,
            kind=spec.kind,
            rate=rate,
            wear=(per_wear, exponent, stretch.k0, stretch.slope),
        )
    return damage


class BearingState(Struct, frozen=True, gc=False):
    """What was drawn for the life of a bearing; its damage is a meter of the machine."""

    strength: float
    """Damage at which it spalls [-], drawn once per installed bearing; hidden."""
    spalled: bool = False


class Bearing:
    """A bearing as a process: it sleeps until it spalls, is replaced, and sleeps again."""

    __slots__ = ("asleep", "host", "name", "process", "spec", "state")

    skill = "repair"

    def __init__(self, spec: BearingSpec, host: Host, state: BearingState) -> None:
        self.name = bearing_name(host.name, spec)
        self.spec = spec
        self.host = host
        self.state = state
        self.asleep = host.asleep
        self.process = host.start(self.life())

    @property
    def repair(self) -> Law | None:
        """Duration of a replacement [s]."""
        return self.spec.repair

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Spall, ask for the crew; `renew` puts a new bearing in, and it sleeps again."""
        while True:
            yield self.asleep
            self.host.settle()
            self.state = BearingState(self.state.strength, spalled=True)
            self.host.fail(self, f"{self.spec.name} bearing")

    def watches(self) -> tuple[Watch, ...]:
        """Wake when the damage reaches the strength."""
        if self.state.spalled:
            return ()
        meter = self.host.meter_index(self.name)
        return (Watch(meter, self.state.strength, Rank.FAILURE, "spall"),)

    def renew(self) -> None:
        """Put in a new bearing with a strength of its own."""
        self.host.reset_meter(self.name, 0.0)
        self.state = new_bearing(self.host, self.name)


def bearing_name(machine: str, spec: BearingSpec) -> str:
    """Return the name of a bearing, as results and snapshots show it."""
    return f"{machine}/{spec.name} bearing"


def new_bearing(host: Host, name: str, damage: float = 0.0) -> BearingState:
    """Draw a bearing that has lived to *damage* (PHYSICS 6.4)."""
    return BearingState(strength_conditional(host.draw(name, "life"), damage))

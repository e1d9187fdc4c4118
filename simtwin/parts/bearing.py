"""This module holds the spindle bearing: its specification, friction, damage and life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from simtwin.parts.alarm import Asleep, Rank
from simtwin.parts.load import Heat
from simtwin.physics import bearing as physics
from simtwin.physics.friction import friction_slope, friction_terms
from simtwin.physics.strength import strength_conditional

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Course, Load
    from simtwin.parts.part import Guard, Host
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
                constant + per_newton * own,
                per_newton * self.load_share * load.force,
                slope,
                self.oil_reference,
            ),
        )

    def damage_over(self, duty: BearingDuty, course: Course, seconds: float) -> float:
        """Return the damage that the first *seconds* of *course* do."""
        if self.oil is not None:
            return self._oiled(duty, course, seconds)
        if not course.pieces:
            return duty.rate * seconds
        damage = 0.0
        for piece in course.pieces:
            inside = min(piece.duration, seconds - piece.begin)
            if inside <= 0.0:
                break
            damage += physics.duty_integral(
                duty.rate, duty.per_wear, duty.exponent, piece.k0, piece.slope, inside
            )
        return damage

    def _oiled(self, duty: BearingDuty, course: Course, seconds: float) -> float:
        """Damage where the oil, and with it aISO, follows the node's temperature.

        aISO is taken at the load of a sharp tool: a linearisation point of the mode.
        """
        oil, thermal = self.oil, course.thermal
        assert oil is not None, "only an oiled bearing asks for its temperature"
        assert thermal is not None, "an oiled bearing needs a spindle with a network"
        damage = 0.0
        for stretch in thermal.stretches(course, seconds, self.name):
            damage += physics.oiled_damage(
                stretch.trajectory,
                stretch.node,
                stretch.duration,
                oil=oil,
                speed=duty.speed,
                mean_diameter=self.mean_diameter,
                ratio=duty.ratio,
                kind=self.kind,
                rate=duty.rate,
                wear=(duty.per_wear, duty.exponent, stretch.k0, stretch.slope),
            )
        return damage


@dataclass(frozen=True, slots=True)
class BearingState:
    """The bearing at the machine's anchor instant."""

    damage: float
    """Consumed life over L10 [-] (ISO 281, Palmgren-Miner)."""
    strength: float
    """Damage at which it spalls [-], drawn once per installed bearing; hidden."""
    spalled: bool = False


@dataclass(frozen=True, slots=True)
class BearingDuty:
    """What a load does to a bearing: damage per second, and how it grows with tool wear."""

    rate: float
    """With a sharp tool and, where the oil moves, at aISO = 1 [1/s]."""
    per_wear: float
    """Relative growth of the equivalent load per unit of k [-]."""
    exponent: float
    worst: float
    """No larger rate is possible within the wear limit [1/s]."""
    speed: float
    ratio: float
    """eC Cu/P at k = 0 [-], for aISO where the oil moves with temperature."""


class Bearing:
    """A bearing as a process: it sleeps until it spalls, is replaced, and sleeps again."""

    __slots__ = ("asleep", "host", "name", "process", "spec", "state")

    def __init__(self, spec: BearingSpec, host: Host, state: BearingState) -> None:
        self.name = f"{host.name}/{spec.name} bearing"
        self.spec = spec
        self.host = host
        self.state = state
        self.asleep: simpy.Event = Asleep(host.env)
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
            self.state = replace(self.state, spalled=True)
            self.host.fail(self, f"{self.spec.name} bearing")

    def compile(self, load: Load) -> BearingDuty | None:
        """Return the damage rate under *load* (PHYSICS 6.1 to 6.3)."""
        if not load.turning or load.speed <= 0.0:
            return None
        spec = self.spec
        own = spec.preload + spec.load_share * load.force
        exponent = 3.0 if spec.kind == "ball" else 10.0 / 3.0
        ratio = spec.contamination * spec.fatigue_load / own
        factor = 1.0
        if spec.oil is None:
            kappa = physics.viscosity_ratio(spec.viscosity, load.speed, spec.mean_diameter)
            factor = physics.a_iso(ratio, kappa, spec.kind)
        rate = physics.damage_rate(load.speed, own, spec.rating, exponent, factor)
        per_wear = spec.load_share * load.force / own
        worst = rate * (1.0 + per_wear * load.wear_gain) ** exponent
        if spec.oil is not None:
            worst *= 10.0  # aISO is never below .1
        return BearingDuty(rate, per_wear, exponent, worst, load.speed, ratio)

    def advance(self, duty: BearingDuty | None, course: Course) -> float:
        """Add the damage of *course*; bearings draw no energy of their own."""
        if duty is None:
            return 0.0
        state = self.state
        self.state = BearingState(
            state.damage + self.spec.damage_over(duty, course, course.dt),
            state.strength,
            state.spalled,
        )
        return 0.0

    def first_event(self, duty: BearingDuty | None, course: Course) -> Guard | None:
        """Return the spall within the hold, if the damage reaches the strength in it."""
        if duty is None:
            return None
        state = self.state
        room = state.strength - state.damage
        if state.spalled or duty.worst * course.dt < room:
            return None
        if room <= 0.0:
            return 0.0, Rank.FAILURE, "spall"
        if self.spec.oil is None and not course.pieces:
            dt = room / duty.rate
            return (dt, Rank.FAILURE, "spall") if dt <= course.dt else None
        return self._locate(duty, course, room)

    def _locate(self, duty: BearingDuty, course: Course, room: float) -> Guard | None:
        """Bisect on the monotone damage."""
        if self.spec.damage_over(duty, course, course.dt) < room:
            return None
        low, high = 0.0, course.dt
        while high - low > 1e-9 and low < (middle := 0.5 * (low + high)) < high:
            if self.spec.damage_over(duty, course, middle) < room:
                low = middle
            else:
                high = middle
        return high, Rank.FAILURE, "spall"

    def renew(self) -> None:
        """Put in a new bearing with a strength of its own."""
        self.state = new_bearing(self.host, self.name)


def new_bearing(host: Host, name: str, damage: float = 0.0) -> BearingState:
    """Draw a bearing that has lived to *damage* (PHYSICS 6.4)."""
    return BearingState(damage, strength_conditional(host.draw(name, "life"), damage))

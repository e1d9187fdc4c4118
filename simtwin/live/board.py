"""This module holds the board of an emulated machine: sensors, their faults, and the firmware.

The physics is the plant's; what is added is what sensors add. Payloads are printed as the
firmware prints them (TELEMETRY 1), with ``%lu`` and ``%.2f``, ``nan`` for a failed reading.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE
from simtwin.live.chain import WRAP
from simtwin.live.message import Message
from simtwin.live.v0 import AXES, DATA, SAFETY

if TYPE_CHECKING:
    from simtwin.live.injection import Lived, Modes
    from simtwin.plant.model import MachineSpec
    from simtwin.shop.reading import Reading
    from simtwin.streams import Stream, Streams

GRAVITY = 9.80665
"""[m/s2]"""
SAFETY_PERIOD = 1.05
"""Once more than 1000 ms have passed, looked at every 50 ms [s]."""
SATURATED = 16.5
"""What the current sensor shows at most [A]."""
OPEN_DOOR = {"setup", "maintenance", "down", "waiting for crew", "idle", "starved"}
"""Modes in which somebody may stand in the machine (assumption)."""
_CENTRE = NormalDist()
_SMALLEST = 2.0**-53


@dataclass(frozen=True, slots=True)
class Sensors:
    """What the sensors of a board are, and how far from ideal; all of it may be changed.

    Channel 1 is the spindle motor's current, channel 2 that of one phase of the machine's
    supply, ``P / (sqrt(3) U cos phi)``. The accelerometer sits on the spindle nose and shows
    gravity and the unbalance of a rotor of grade G, ``a = G omega`` (ISO 21940-11), at a phase
    that 10 Hz cannot tell. The thermistor sits at *node*.
    """

    period: float = 0.1
    """Between two messages, nominal [s]."""
    node: str = "front"
    noise: float = 1.0
    """Of all sensors, in parts of the catalogue's [-]."""
    drift: float = 0.0
    """Of the thermistor [K/h]."""
    failed: float = 0.0
    """Share of readings that fail and are printed as nan [-]."""
    lost: float = 0.0
    """Share of messages lost on the way [-]."""
    outage_every: float = math.inf
    """Mean time between two outages of the broker [s]; a board keeps nothing meanwhile."""
    outage: float = 30.0
    """Mean length of an outage [s]."""
    skew: float = 20e-6
    """How much the crystal is off [-]."""
    delay: float = 0.02
    """Mean delay of a message beyond the least, which is 2 ms [s]."""
    supply: float = 400.0
    """Between two lines [V]."""
    power_factor: float = 0.85
    balance_grade: float = 2.5e-3
    """G [m/s], of ISO 21940-11."""
    overload: float = 15.0
    """Current above which the board tells overload [A]."""
    hot: float = 80.0
    """Temperature above which the board tells so [degC]."""

    def __post_init__(self) -> None:
        bounds = {
            "period": (0.05, 3600.0), "noise": (0.0, 100.0), "failed": (0.0, 1.0),
            "lost": (0.0, 1.0), "skew": (-1e-3, 1e-3), "delay": (0.0, 60.0),
            "drift": (-1000.0, 1000.0),
        }  # fmt: skip
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidInput(f"{name} must be {low:g} to {high:g} (got {value:g})")


class Board:
    """One board at one machine: it lives with the plant and prints what it sees."""

    __slots__ = (
        "_streams", "boot", "device", "lived", "modes", "node", "sensors", "spec", "start",
    )  # fmt: skip

    def __init__(
        self,
        spec: MachineSpec,
        lived: Lived,
        modes: Modes,
        sensors: Sensors,
        streams: Streams,
        *,
        start: float,
    ) -> None:
        self.spec = spec
        self.device = spec.name
        self.lived = lived
        self.modes = modes
        self.sensors = sensors
        self.start = start
        self._streams = streams
        self.boot = -60.0 - 3600.0 * self._draw("boot")()
        """When it was switched on, before the run [s]."""
        nodes = spec.spindle.network.nodes if spec.spindle is not None else ()
        if nodes and sensors.node not in nodes:
            raise InvalidInput(
                f"{spec.name}: no node is called {sensors.node!r}; there are {', '.join(nodes)}"
            )
        self.node = nodes.index(sensors.node) if nodes else None

    def messages(self, end: float) -> Iterator[Message]:
        """Give what arrives of this board until *end* [s], in the order in which it is sent."""
        data, safety = (
            self._beat("data", self.sensors.period),
            self._beat("safety", SAFETY_PERIOD),
        )
        silent, heard = self._outages(), self._draw("lost")
        now, later = next(data), next(safety)
        begin, back = next(silent)
        received = -math.inf
        while min(now, later) <= end:
            at = min(now, later)
            topic = DATA if now <= later else SAFETY
            if topic == DATA:
                now = next(data)
            else:
                later = next(safety)
            while back < at:
                begin, back = next(silent)
            if begin <= at or heard() < self.sensors.lost:
                continue
            payload = self._data(at) if topic == DATA else self._safety(at)
            received = max(received, self._received(at))  # one connection keeps the order
            yield Message(topic, payload, received)

    def _draw(self, purpose: str) -> Stream:
        return self._streams[self.device, purpose]

    def _beat(self, name: str, period: float) -> Iterator[float]:
        """Give the instants of a loop that polls: a little late each time, and never early."""
        stream, at = self._draw(f"beat {name}"), 0.0
        while True:
            at += period + 0.01 * stream()
            yield at

    def _outages(self) -> Iterator[tuple[float, float]]:
        stream, at = self._draw("outage"), 0.0
        while math.isfinite(self.sensors.outage_every):
            begin = at - self.sensors.outage_every * math.log(1.0 - stream())
            at = begin - self.sensors.outage * math.log(1.0 - stream())
            yield begin, at
        while True:
            yield math.inf, math.inf

    def _received(self, at: float) -> float:
        wait = -self.sensors.delay * math.log(1.0 - self._draw("delay")())
        return self.start + at + 0.002 + wait

    def _stamp(self, at: float) -> int:
        uptime = (at - self.boot) / (1.0 + self.sensors.skew)
        return int((uptime % WRAP) * 1e3)

    def _data(self, at: float) -> bytes:
        reading = self.lived.at(self.device, at)
        swing = [
            self._seen(f"vibration_{axis}", value)
            for axis, value in zip(AXES, self._acceleration(reading), strict=False)
        ]
        vibration = ",".join(
            f'"{axis}":{value:.2f}'
            for axis, value in zip(AXES, [*swing, math.hypot(*swing)], strict=True)
        )
        currents = ",".join(
            f"{min(abs(self._seen(f'motor_current_{number}', value)), SATURATED):.2f}"
            for number, value in enumerate(self._currents(reading), 1)
        )
        temperature = f"{self._seen('temperature_1', self._temperature(reading, at)):.2f}"
        return (
            f'{{"timestamp":{self._stamp(at)},"device_id":"{self.device}",'
            f'"motor_currents":[{currents}],"vibration":{{{vibration}}},'
            f'"temperatures":[{temperature}]}}'
        ).encode()

    def _safety(self, at: float) -> bytes:
        reading = self.lived.at(self.device, at)
        states = {
            "emergency_stop": False,
            "door_closed": self.modes.at(at) not in OPEN_DOOR,
            "overload_detected": max(self._currents(reading)) > self.sensors.overload,
            "temperature_ok": self._temperature(reading, at) < self.sensors.hot,
        }
        parts = ",".join(f'"{name}":{str(value).lower()}' for name, value in states.items())
        return (
            f'{{"timestamp":{self._stamp(at)},"device_id":"{self.device}",{parts}}}'
        ).encode()

    def _currents(self, reading: Reading | None) -> tuple[float, float]:
        if reading is None:
            return 0.0, 0.0
        root = math.sqrt(3.0) * self.sensors.supply * self.sensors.power_factor
        supply = reading.power / root
        spindle = self.spec.spindle
        if spindle is None or reading.speed <= 0.0:
            return 0.0, supply
        torque = reading.torque or reading.cutting_power / reading.speed
        return math.hypot(spindle.idle_current, torque / spindle.torque_constant), supply

    def _acceleration(self, reading: Reading | None) -> tuple[float, float, float]:
        speed = 0.0 if reading is None else reading.speed
        phase = math.tau * self._draw("phase")()
        swing = self.sensors.balance_grade * speed
        return swing * math.cos(phase), swing * math.sin(phase), GRAVITY

    def _temperature(self, reading: Reading | None, at: float) -> float:
        plant = self.lived.stretches[0].run.plant
        true: float = plant.ambient
        if reading is not None and self.node is not None:
            true = reading.temperatures[self.node]
        return true + self.sensors.drift * at / 3600.0

    def _seen(self, signal: str, value: float) -> float:
        """Return *value* as the sensor shows it: with noise, or nan where the reading fails."""
        if self._draw(f"failed {signal}")() < self.sensors.failed:
            return math.nan
        deviation = self.sensors.noise * (CATALOGUE[signal].noise or 0.0)
        return value + deviation * _normal(self._draw(signal))


def _normal(stream: Stream) -> float:
    return _CENTRE.inv_cdf(max(stream(), _SMALLEST))

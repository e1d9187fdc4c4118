"""This module holds the emulation: a plant sends what its boards and controls would send."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.board import Board, Sensors
from simtwin.live.injection import Lived, Modes, live
from simtwin.live.instants import utc_seconds, utc_text
from simtwin.live.mapping import MTCONNECT
from simtwin.live.message import Message
from simtwin.names import natural
from simtwin.streams import Streams
from simtwin.units import RPM

if TYPE_CHECKING:
    from simtwin.live.injection import Injection
    from simtwin.plant.model import PlantModel, Scenario

_EXECUTION = {"producing": "ACTIVE", "tool change": "ACTIVE", "blocked": "PROGRAM_STOPPED",
              "down": "INTERRUPTED", "thermal hold": "FEED_HOLD"}  # fmt: skip
"""Modes in which a control says something else than READY."""
SITE = "emulated"
"""Site in the topics of what is emulated."""
DELAY = 0.002
"""From a control to the broker [s]."""


@dataclass(frozen=True, slots=True)
class Emulation:
    """A plant that has lived, and what is heard of it; the same seed, the same bytes."""

    lived: Lived
    seed: int
    sensors: Sensors = field(default_factory=Sensors)
    machines: tuple[str, ...] = ()
    """Those with a board; empty: all."""

    @property
    def start(self) -> float:
        """Second 0 of the scenario, taken as UTC [s]."""
        return utc_seconds(self.lived.start)

    @property
    def devices(self) -> tuple[str, ...]:
        """The machines that are heard, in natural order."""
        known = self.lived.machines
        wrong = [name for name in self.machines if name not in known]
        if wrong:
            raise InvalidInput(
                f"no machine is called {wrong[0]!r}; there are {', '.join(known)}"
            )
        return tuple(sorted(self.machines or known, key=natural))

    def messages(self) -> Iterator[Message]:
        """Give the v0 messages of all boards, in the order of their receipt as far as sent."""
        streams = Streams(self.seed)
        specs = {spec.name: spec for spec in self.lived.stretches[0].run.plant.machines}
        boards = [
            Board(
                specs[name],
                self.lived,
                Modes(self.lived, name),
                self.sensors,
                streams,
                start=self.start,
            )
            for name in self.devices
        ]
        end = self.lived.end
        yield from merge(
            *(board.messages(end) for board in boards), key=lambda message: message.t_received
        )

    def heard(self, every: float = 1.0) -> Iterator[Message]:
        """Give all that a broker hears: v0 messages of boards, v1 messages of controls."""
        yield from merge(
            self.messages(), self._told(every), key=lambda message: message.t_received
        )

    def control(self, every: float = 1.0) -> Iterator[str]:
        """Give the SHDR lines of the controls: speed, load meter, coolant, execution.

        Looked at *every* so many seconds, written on change, as an adapter does it.
        """
        for at, name, fresh in self._changes(every):
            pairs = "|".join(f"{name}:{key}|{text}" for key, text in fresh.items())
            yield f"{utc_text(self.start + at)}|{pairs}"

    def _told(self, every: float) -> Iterator[Message]:
        """Give the same as v1 messages, as a gateway at each control sends them."""
        numbers = dict.fromkeys(self.devices, 0)
        for at, name, fresh in self._changes(every):
            signals = {
                route.signal: {"v": _plain(text), "u": route.unit}
                if route.unit
                else {"v": _plain(text)}
                for route, text in ((MTCONNECT[key], text) for key, text in fresh.items())
            }
            payload = {
                "v": 1, "boot": f"emulated-{self.seed}", "seq": numbers[name],
                "t_ms": round(1000.0 * at), "clock": "uptime", "signals": signals,
            }  # fmt: skip
            numbers[name] += 1
            yield Message(
                f"simtwin/v1/{SITE}/{name}/telemetry",
                json.dumps(payload).encode(),
                self.start + at + DELAY,
                qos=1,
            )

    def _changes(self, every: float) -> Iterator[tuple[float, str, dict[str, str]]]:
        """Give what each control tells anew: when [s], whose, and by which key."""
        told: dict[str, dict[str, str]] = {name: {} for name in self.devices}
        modes = {name: Modes(self.lived, name) for name in self.devices}
        for step in range(math.floor(self.lived.end / every) + 1):
            at = step * every
            for name in self.devices:
                items = self._items(name, modes[name], at)
                fresh = {k: text for k, text in items.items() if told[name].get(k) != text}
                if fresh:
                    told[name] |= fresh
                    yield at, name, fresh

    def _items(self, name: str, modes: Modes, at: float) -> dict[str, str]:
        reading = self.lived.at(name, at)
        spec = next(
            one for one in self.lived.stretches[0].run.plant.machines if one.name == name
        )
        items = {"execution": _EXECUTION.get(modes.at(at), "READY")}
        if reading is not None and spec.spindle is not None:
            power = reading.cutting_power or reading.torque * reading.speed
            items |= {
                "Srpm": f"{reading.speed / RPM:.0f}",
                "Sload": f"{100.0 * power / spec.spindle.rated_power:.1f}",
                "coolant": "ON" if reading.coolant else "OFF",
            }
        return items


def emulate(
    plant: PlantModel,
    scenario: Scenario,
    injections: Sequence[Injection] = (),
    *,
    seed: int | None = None,
    until: float | None = None,
    sensors: Sensors | None = None,
    machines: Sequence[str] = (),
) -> Emulation:
    """Let *scenario* happen on *plant* and return what boards and controls send of it.

    *injections* go wrong at their instants, through the kernel. Messages are made one by one
    as they are asked for, so a year needs no more memory than an hour.
    """
    chosen = scenario.seed if seed is None else seed
    lived = live(plant, scenario, injections, seed=chosen, until=until)
    return Emulation(lived, chosen, sensors or Sensors(), tuple(machines))


def _plain(text: str) -> float | str:
    """Return *text* of a control as a v1 message has it: a number, or a word."""
    try:
        return float(text)
    except ValueError:
        return text

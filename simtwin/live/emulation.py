"""This module holds the emulation: a plant sends what its boards and controls would send."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.board import Board, Sensors
from simtwin.live.injection import Lived, Modes, live
from simtwin.live.instants import utc_seconds, utc_text
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

    def control(self, every: float = 1.0) -> Iterator[str]:
        """Give the SHDR lines of the controls: speed, load meter, coolant, execution.

        Looked at *every* so many seconds, written on change, as an adapter does it.
        """
        told: dict[str, str] = {}
        modes = {name: Modes(self.lived, name) for name in self.devices}
        for step in range(math.floor(self.lived.end / every) + 1):
            at = step * every
            for name in self.devices:
                items = self._items(name, modes[name], at)
                fresh = {key: text for key, text in items.items() if told.get(key) != text}
                if fresh:
                    told |= fresh
                    pairs = "|".join(f"{key}|{text}" for key, text in fresh.items())
                    yield f"{utc_text(self.start + at)}|{pairs}"

    def _items(self, name: str, modes: Modes, at: float) -> dict[str, str]:
        reading = self.lived.at(name, at)
        spec = next(
            one for one in self.lived.stretches[0].run.plant.machines if one.name == name
        )
        items = {f"{name}:execution": _EXECUTION.get(modes.at(at), "READY")}
        if reading is not None and spec.spindle is not None:
            power = reading.cutting_power or reading.torque * reading.speed
            items |= {
                f"{name}:Srpm": f"{reading.speed / RPM:.0f}",
                f"{name}:Sload": f"{100.0 * power / spec.spindle.rated_power:.1f}",
                f"{name}:coolant": "ON" if reading.coolant else "OFF",
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


def paced(
    messages: Iterator[Message],
    factor: float,
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Message]:
    """Give *messages* when they are due, *factor* times faster than they happened.

    >>> slept: list[float] = []
    >>> due = [Message("t", b"", 100.0), Message("t", b"", 160.0)]
    >>> len(list(paced(iter(due), 60.0, now=lambda: 0.0, sleep=slept.append))), slept
    (2, [1.0])
    """
    began, first = now(), None
    for message in messages:
        first = message.t_received if first is None else first
        ahead = (message.t_received - first) / factor - (now() - began)
        if ahead > 0.0:
            sleep(ahead)
        yield message

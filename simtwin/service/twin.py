"""This module holds the twin: plant and plan of a device, where its log stands, its state.

What was observed is the truth and stands in the log; the state follows from it and is computed
anew. What is kept of it on the disk is a cache, known by the digest of what it follows from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from simtwin.civil import local, read_zero
from simtwin.errors import InvalidInput
from simtwin.live.instants import begun
from simtwin.live.settings import AMBIENT
from simtwin.plant.shift import Clock
from simtwin.service.verbs import Question

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin at one instant. It is never changed, only followed by another."""

    device: str
    machine: str | None
    """The machine that the device is; None: it is the whole plant."""
    begin: float
    """From when it is followed: its state before the first observation [s]."""
    seed: int
    ground: dict[str, Any]
    """Plant and plan as plain texts, and a few facts of them."""
    sensors: dict[str, str]
    """Signal -> node that it measures, or "ambient"."""
    stale_after: float | None = None
    """Age from which a reading is stale [s]; None: as the catalogue says."""
    log: str = ""
    """Path of the log of what was observed."""
    id: str = ""
    """Its own, also where another of the same device was before it."""
    waited: float = 0.0
    """Until when it is known that nothing else was heard [s]."""
    present: dict[str, Any] = field(default_factory=dict)
    """What a worker found: instant, machines, reports, where forecasts begin."""

    @property
    def time(self) -> float:
        """The instant of its state [s after the start of the plan]."""
        found: float = self.present.get("time", max(self.begin, self.waited))
        return found

    def utc(self, seconds: float) -> float:
        """Return the instant *seconds* after the start of the plan [s since 1970, UTC]."""
        return begun(self.ground["start"]) + seconds

    def sensors_of(self, machine: str) -> dict[str, str]:
        """Return the sensors of *machine*: those at a node that it has, or in the hall."""
        nodes = {*self.ground["machines"][machine], AMBIENT}
        return {signal: node for signal, node in self.sensors.items() if node in nodes}

    def asks(self, verb: str, arguments: dict[str, Any]) -> Question:
        """Return the question *verb* of this twin as it is."""
        return Question(
            verb,
            self.present.get("plant") or self.ground["plant"],
            self.ground["scenario"],
            self.present.get("snapshot"),
            self.present.get("acts", ()),
            {"seed": self.seed, **arguments},
            self.present.get("warnings", ()),
        )

    def asks_for_itself(self) -> Question:
        """Return the question what its state is, by the plan and the log."""
        return Question(
            "place",
            self.ground["plant"],
            self.ground["scenario"],
            arguments={
                "seed": self.seed,
                "begin": max(self.begin, self.waited),
                "log": self.log,
                "id": self.id,
                "sensors": self.sensors,
                "stale_after": self.stale_after,
            },
        )

    def asks_to_be_seen(self) -> Question:
        """Return the question what a viewer shows of the plan until now.

        Where no time has passed yet, that is its first second.
        """
        return Question(
            "view",
            self.ground["plant"],
            self.ground["scenario"],
            acts=self.present["acts"],
            arguments={
                "seed": self.seed,
                "until": max(self.time, 1.0),
                "silent": self.present["silent"],
            },
        )

    def made(self) -> dict[str, Any]:
        """Return what it was made of, as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "device": self.device,
            "id": self.id,
            "machine": self.machine,
            "begin": self.begin,
            "seed": self.seed,
            "sensors": self.sensors,
            "stale_after": self.stale_after,
            "waited": self.waited,
            "ground": self.ground,
        }

    def state(self) -> dict[str, Any]:
        """Return its state as it is told: reported, estimated, simulated, never mixed."""
        ground, present = self.ground, self.present
        return {
            "schema_version": SCHEMA_VERSION,
            "device": self.device,
            "machine": self.machine,
            "plant": ground["name"],
            "scenario": ground["plan"],
            "start": ground["start"],
            "time": moment(ground["start"], self.time),
            "time_s": self.time,
            "seed": self.seed,
            "basis": f"one run (seed {self.seed}), no interval; what operators were seen to do "
            "is done at its instant; what was measured corrects the estimate, and changes "
            "nothing that is simulated",
            "machines": [
                {**row, "reported": [self._dated(report) for report in row["reported"]]}
                for row in present["machines"]
                if self.machine in (None, row["machine"])
            ],
            "forecasts_begin": {"followed": present["plant"] is not None,
                                "warnings": present["warnings"]},
            "observations": {"kept": present["kept"], "digest": present["digest"]},
            "assumptions": [*ground["assumptions"], *present["assumptions"]],
        }  # fmt: skip

    def _dated(self, report: dict[str, Any]) -> dict[str, Any]:
        return {**report, "at": moment(self.ground["start"], report["at_s"])}


def instant_of(ground: dict[str, Any], text: str, key: str) -> float:
    """Return the instant [s after the start] that *text* names, within the plan."""
    try:
        found = Clock(read_zero(ground["start"])).seconds(text)
    except (InvalidInput, OverflowError) as error:
        raise InvalidInput(f"{key}: {error}") from None
    end = ground["end"]
    if not (isfinite(found) and 0.0 <= found <= end):
        raise InvalidInput(
            f"{key}: must lie between the start {ground['start']} and the end of the plan "
            f"{moment(ground['start'], end)} (got {text!r})"
        )
    return found


def moment(start: str, seconds: float) -> str:
    """Return the date and time *seconds* after *start*, to the millisecond.

    >>> moment("2026-01-05T06:00:00", 90.5)
    '2026-01-05T06:01:30.500'
    """
    return (
        local(read_zero(start), seconds).isoformat(timespec="milliseconds").removesuffix(".000")
    )

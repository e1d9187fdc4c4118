"""This module holds the twin: plant and plan of a device, what was observed, its present state.

The observations are the truth; the state follows from them and is computed anew from all of
them. What is kept of it on the disk is a cache, known by the digest of what it follows from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from simtwin.errors import InvalidInput
from simtwin.plant.shift import Clock
from simtwin.service.observations import Observations
from simtwin.service.signals import signal_of
from simtwin.service.verbs import Question

SCHEMA_VERSION = 1


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
    observations: Observations = field(default_factory=Observations)
    present: dict[str, Any] = field(default_factory=dict)
    """Machines, readings and snapshot, as a worker found them."""

    @property
    def time(self) -> float:
        """The instant of its state [s after the start of the plan]."""
        return max(self.begin, self.observations.time)

    def asks(self, verb: str, arguments: dict[str, Any]) -> Question:
        """Return the question *verb* of this twin as it is."""
        return Question(
            verb,
            self.ground["plant"],
            self.ground["scenario"],
            self.present.get("snapshot"),
            self.observations.acts,
            {"seed": self.seed, **arguments},
        )

    def asks_for_itself(self) -> Question:
        """Return the question what its state is, from the start of the plan."""
        looks = [[one.time, one.machine, one.signal] for one in self.observations.newest]
        question = self.asks("place", {"until": self.time, "looks": looks})
        return replace(question, snapshot=None)

    def made(self) -> dict[str, Any]:
        """Return what it was made of, as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "device": self.device,
            "machine": self.machine,
            "begin": self.begin,
            "seed": self.seed,
            "ground": self.ground,
        }

    def state(self) -> dict[str, Any]:
        """Return its state as it is told: simulated beside reported, never mixed."""
        ground = self.ground
        reported = self._reported()
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
            "is done at its instant, measurements stand beside and change nothing",
            "machines": [
                {**state, "reported": reported.get(state["machine"], [])}
                for state in self.present["machines"]
                if self.machine in (None, state["machine"])
            ],
            "observations": {
                "kept": len(self.observations),
                "contradictory": self.observations.contradicted,
                "digest": self.observations.digest,
            },
            "assumptions": ground["assumptions"],
        }

    def _reported(self) -> dict[str, list[dict[str, Any]]]:
        """Return the newest of each signal by machine, beside what the twin had then."""
        found: dict[str, list[dict[str, Any]]] = {}
        pairs = zip(self.observations.newest, self.present["readings"], strict=True)
        for one, own in sorted(pairs, key=lambda pair: pair[0].signal):
            signal = signal_of(one.signal, self.ground["machines"][one.machine])
            assert not isinstance(signal, str), "it was checked when it came in"
            age = self.time - one.time
            known = own is not None and one.value is not None and not signal.truth
            found.setdefault(one.machine, []).append(
                {
                    "signal": one.signal,
                    "value": one.value,
                    "quality": one.quality,
                    "at": moment(self.ground["start"], one.time),
                    "at_s": one.time,
                    "age_s": age,
                    "freshness": "FRESH" if age <= signal.stale_after else "STALE",
                    "simulated": own,
                    "difference": float(one.value) - own if known else None,  # type: ignore[arg-type]
                }
            )
        return found


def instant_of(ground: dict[str, Any], text: str, key: str) -> float:
    """Return the instant [s after the start] that *text* names, within the plan."""
    try:
        found = Clock(datetime.fromisoformat(ground["start"])).seconds(text)
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
    at = datetime.fromisoformat(start) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").removesuffix(".000")

"""This module holds the twin: plant and plan of a device, what was observed, its present state.

The observations are the truth; the state follows from them and is computed anew from all of
them. What is kept of it on the disk is a cache, known by the digest of what it follows from.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.plant.shift import Clock
from simtwin.plant.wording import unknown
from simtwin.service.durable import append, read_json, write_json
from simtwin.service.observations import (
    LATENESS,
    Observation,
    Observations,
    line_of,
    observation_of,
)
from simtwin.service.problem import Refused
from simtwin.service.signals import signal_of
from simtwin.service.verbs import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.service.desk import Desk
    from simtwin.service.limits import Limits
    from simtwin.service.schemas import Batch, ObservationIn

MADE, HEARD, PRESENT = "twin.json", "observations.jsonl", "present.json"

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


class Twins:
    """The twins of one service, each in a folder; one process has them all."""

    def __init__(self, folder: Path, desk: Desk, limits: Limits) -> None:
        self._folder = folder
        self._desk = desk
        self._limits = limits
        self._twins: dict[str, Twin] = {}
        self._states: dict[str, bytes] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def __len__(self) -> int:
        return len(self._twins)

    async def open(self) -> None:
        """Take up the twins on the disk; a state that is no longer theirs is computed anew."""
        for path in sorted(self._folder.glob(f"*/{MADE}")):
            made = read_json(path)
            twin = Twin(
                made["device"], made["machine"], made["begin"], made["seed"], made["ground"],
                _heard(path.parent / HEARD),
            )  # fmt: skip
            kept = path.parent / PRESENT
            cached = read_json(kept) if kept.is_file() else {}
            if cached.get("digest") == twin.observations.digest:
                self._put(replace(twin, present=cached["present"]))
            else:
                self._put(await self._placed(twin))

    def all(self) -> list[Twin]:
        """Return the twins by name."""
        return sorted(self._twins.values(), key=lambda twin: natural(twin.device))

    def twin(self, device: str) -> Twin:
        """Return the twin of *device* as it is."""
        if device not in self._twins:
            raise Refused(404, unknown("twin of a device", device, sorted(self._twins)))
        return self._twins[device]

    def state(self, device: str) -> bytes:
        """Return the state of the twin of *device* as JSON, made when it came to be."""
        self.twin(device)
        return self._states[device]

    async def create(self, twin: Twin) -> None:
        """Keep a new *twin*, its state computed."""
        async with self._locks.setdefault(twin.device, asyncio.Lock()):
            if twin.device in self._twins:
                raise Refused(409, f"device {twin.device!r} has a twin already")
            if len(self._twins) >= self._limits.twins:
                raise Refused(429, f"{len(self._twins)} twins are kept; delete some",
                              headers={"Retry-After": "60"})  # fmt: skip
            placed = await self._placed(twin)
            write_json(self._place(twin) / MADE, twin.made())
            self._put(placed)

    async def drop(self, device: str) -> None:
        """Delete the twin of *device* and what was observed of it."""
        async with self._locks.setdefault(device, asyncio.Lock()):
            twin = self.twin(device)
            # First what makes it a twin: half a folder is none.
            (self._place(twin) / MADE).unlink(missing_ok=True)
            shutil.rmtree(self._place(twin), ignore_errors=True)
            del self._twins[device], self._states[device]

    async def synchronize(self, device: str, batch: Batch) -> dict[str, Any]:
        """Take a *batch* of observations in; say how many of them are what."""
        async with self._locks.setdefault(device, asyncio.Lock()):
            twin = self.twin(device)
            taken = await asyncio.to_thread(_taken, twin, batch.observations)
            grown = taken.grown
            if len(grown) > self._limits.observations:
                raise Refused(
                    409, f"{len(grown)} observations; a twin keeps {self._limits.observations}"
                )
            if taken.new:
                twin = await self._placed(replace(twin, observations=grown), taken.new)
                self._put(twin)
        return {
            "received": len(batch.observations),
            **taken.counts,
            "errors": taken.errors,
            "time": moment(twin.ground["start"], twin.time),
            "time_s": twin.time,
            "digest": twin.observations.digest,
        }

    async def _placed(self, twin: Twin, new: Sequence[Observation] = ()) -> Twin:
        """Return *twin* with its state, *new* observations being on the disk."""
        present = await self._desk.ask(twin.asks_for_itself())
        place = self._place(twin)
        place.mkdir(parents=True, exist_ok=True)
        if new:
            append(place / HEARD, [line_of(one) for one in new])
        digest = twin.observations.digest
        write_json(place / PRESENT, {"digest": digest, "present": present})
        return replace(twin, present=present)

    def _put(self, twin: Twin) -> None:
        self._states[twin.device] = json.dumps(
            twin.state(), ensure_ascii=False, allow_nan=False
        ).encode("utf-8")
        self._twins[twin.device] = twin

    def _place(self, twin: Twin) -> Path:
        return self._folder / twin.device


@dataclass(frozen=True, slots=True)
class _Taken:
    """A batch that was taken in: the set with it, what is new of it, and how it counts."""

    grown: Observations
    new: list[Observation]
    counts: dict[str, int]
    errors: list[dict[str, Any]]


def _taken(twin: Twin, batch: Sequence[ObservationIn]) -> _Taken:
    """Return what *batch* makes of the observations of *twin*; each counts in one place."""
    counts = {"accepted": 0, "late": 0, "duplicate": 0, "rejected": 0}
    errors: list[dict[str, Any]] = []
    understood: dict[int, Observation] = {}
    for index, sent in enumerate(batch):
        try:
            understood[index] = _understood(twin, sent)
        except InvalidInput as error:
            errors.append({"index": index, "message": str(error)})
    grown, said = twin.observations.taking(understood.values())
    new = []
    for (index, one), says in zip(understood.items(), said, strict=True):
        if says != "duplicate":
            new.append(one)
        if says == "contradiction":
            errors.append({"index": index, "message": _contradiction(one)})
        elif says == "new":
            late = one.time < twin.observations.time - LATENESS
            counts["late" if late else "accepted"] += 1
        else:
            counts["duplicate"] += 1
    counts["rejected"] = len(errors)
    _ = grown.digest, grown.acts, grown.newest  # Here, where nobody waits for the process.
    return _Taken(grown, new, counts, sorted(errors, key=lambda error: error["index"]))


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


def _understood(twin: Twin, sent: ObservationIn) -> Observation:
    """Return what was *sent* as an observation of *twin*, or raise what is wrong with it."""
    machine = sent.machine or twin.machine
    machines = twin.ground["machines"]
    if machine is None:
        raise InvalidInput("machine: must be given, as the device is a whole plant")
    if machine not in machines:
        raise InvalidInput(f"machine: {unknown('machine', machine, machines)}")
    signal = signal_of(sent.signal, machines[machine])
    if isinstance(signal, str):
        raise InvalidInput(f"signal: {signal}")
    wrong = None if sent.value is None else signal.wrong(sent.value)
    if wrong is not None:
        raise InvalidInput(wrong)
    time = instant_of(twin.ground, sent.at, "at")
    quality = sent.quality if sent.value is not None else "BAD"
    return Observation(time, machine, signal.name, sent.value, quality, sent.boot, sent.seq)


def _contradiction(one: Observation) -> str:
    return (
        f"boot {one.boot!r}, seq {one.seq}, {one.signal} of {one.machine} has said something "
        "else before; neither is used"
    )


def _heard(path: Path) -> Observations:
    """Return the observations in the log *path*; half a line at its end was never answered."""
    if not path.is_file():
        return Observations()
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    lines = whole.decode("utf-8").splitlines()
    return Observations().taking(observation_of(line) for line in lines)[0]


def moment(start: str, seconds: float) -> str:
    """Return the date and time *seconds* after *start*, to the millisecond.

    >>> moment("2026-01-05T06:00:00", 90.5)
    '2026-01-05T06:01:30.500'
    """
    at = datetime.fromisoformat(start) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").removesuffix(".000")

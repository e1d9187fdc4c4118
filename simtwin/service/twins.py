"""This module holds the twins of a service: each in a folder, one process has them all."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simtwin
from simtwin.errors import UnknownSnapshot
from simtwin.names import natural
from simtwin.plant.wording import unknown
from simtwin.service.durable import append, read_json, write_json
from simtwin.service.intake import taken
from simtwin.service.observations import (
    Observation,
    Observations,
    line_of,
    observation_of,
)
from simtwin.service.problem import Refused
from simtwin.service.twin import SCHEMA_VERSION, Twin, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.service.desk import Desk
    from simtwin.service.limits import Limits
    from simtwin.service.schemas import Batch

MADE, HEARD, PRESENT = "twin.json", "observations.jsonl", "present.json"


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
            if made["schema_version"] != SCHEMA_VERSION:
                raise UnknownSnapshot(
                    f"{path}: has schema_version {made['schema_version']!r}; this simtwin "
                    f"reads {SCHEMA_VERSION}"
                )
            twin = Twin(
                made["device"], made["machine"], made["begin"], made["seed"], made["ground"],
                _heard(path.parent / HEARD),
            )  # fmt: skip
            kept = path.parent / PRESENT
            cached = read_json(kept) if kept.is_file() else {}
            if cached.get("follows_from") == _source(twin):
                self._put(replace(twin, present=cached["present"]))
            else:
                self._put(await self._placed(twin))

    def all(self) -> list[Twin]:
        """Return the twins by name."""
        return sorted(self._twins.values(), key=lambda twin: natural(twin.device))

    def twin(self, device: str) -> Twin:
        """Return the twin of *device* as it is."""
        if device not in self._twins:
            raise Refused(404, unknown("device", device, sorted(self._twins)))
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
            found = await asyncio.to_thread(taken, twin, batch.observations)
            grown = found.grown
            if len(grown) > self._limits.observations:
                raise Refused(
                    409, f"{len(grown)} observations; a twin keeps {self._limits.observations}"
                )
            if found.new:
                twin = await self._placed(replace(twin, observations=grown), found.new)
                self._put(twin)
        return {
            "received": len(batch.observations),
            **found.counts,
            "errors": found.errors,
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
        write_json(place / PRESENT, {"follows_from": _source(twin), "present": present})
        return replace(twin, present=present)

    def _put(self, twin: Twin) -> None:
        self._states[twin.device] = json.dumps(
            twin.state(), ensure_ascii=False, allow_nan=False
        ).encode("utf-8")
        self._twins[twin.device] = twin

    def _place(self, twin: Twin) -> Path:
        return self._folder / twin.device


def _source(twin: Twin) -> list[str]:
    """Return what a state follows from: the observations, and who computes it."""
    return [twin.observations.digest, simtwin.__version__]


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

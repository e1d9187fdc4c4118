"""This module holds the twins of a service: each in a folder, one process has them all."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import simtwin
from simtwin.errors import SimtwinError, UnknownSnapshot
from simtwin.live.store import Store
from simtwin.names import natural
from simtwin.plant.wording import unknown
from simtwin.service.durable import read_json, write_json
from simtwin.service.intake import Taken, taken
from simtwin.service.jobs import HEARTBEAT
from simtwin.service.problem import Refused, refused
from simtwin.service.twin import SCHEMA_VERSION, Twin, instant_of, moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from simtwin.service.desk import Desk
    from simtwin.service.limits import Limits
    from simtwin.service.schemas import Batch

MADE, LOG, PRESENT = "twin.json", "observations.db", "present.json"


T = TypeVar("T")


class Twins:
    """The twins of one service, each in a folder; one process has them all."""

    def __init__(self, folder: Path, desk: Desk, limits: Limits) -> None:
        self._folder = folder
        self._desk = desk
        self._limits = limits
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="log")
        """The one that writes: a log is opened, written and closed by the same thread."""
        self._logs: dict[str, Store] = {}
        self._moved: dict[str, asyncio.Event] = {}
        self._seen: dict[str, tuple[Twin, bytes]] = {}
        self._seeing: dict[str, asyncio.Lock] = {}
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
                made["sensors"], made["stale_after"], str(path.with_name(LOG)), made["id"],
                made["waited"],
            )  # fmt: skip
            log = await self._write(self._log, twin)
            digest = await self._write(log.digest)
            kept = path.with_name(PRESENT)
            cached = read_json(kept) if kept.is_file() else {}
            if cached.get("follows_from") == _source(twin, digest):
                self._put(replace(twin, present=cached["present"]))
            else:
                self._put(await self._placed(twin))

    async def close(self) -> None:
        """Close the logs."""
        for log in self._logs.values():
            await self._write(log.close)
        self._logs.clear()
        self._hand.shutdown()

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

    async def states(self, device: str, seconds: float) -> AsyncIterator[bytes | None]:
        """Give the state of *device* as it is, and again whenever it has moved, for *seconds*.

        None is a sign of life. Of what moves faster than it is read only the newest is given.
        It ends with the twin.
        """
        end, told = time.monotonic() + seconds, None
        while device in self._states:
            moved = self._moved.setdefault(device, asyncio.Event())
            if self._states[device] is not told:
                told = self._states[device]
                yield told
                continue
            left = end - time.monotonic()
            if left <= 0.0:
                return
            try:
                await asyncio.wait_for(moved.wait(), min(HEARTBEAT, left))
            except TimeoutError:
                yield None

    async def view(self, device: str, desk: Desk) -> bytes:
        """Return what the viewer shows of the run to the present of *device*, as JSON.

        It is made by *desk* once for each state, however many look.
        """
        self.twin(device)
        async with self._seeing.setdefault(device, asyncio.Lock()):
            twin = self.twin(device)
            known, content = self._seen.get(device, (None, b""))
            if known is not twin:
                found = await desk.ask(twin.asks_to_be_seen())
                content = json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
                self._seen[device] = twin, content
            return content

    async def create(self, twin: Twin) -> None:
        """Keep a new *twin*, its state computed."""
        async with self._locks.setdefault(twin.device, asyncio.Lock()):
            if twin.device in self._twins:
                raise Refused(409, f"device {twin.device!r} has a twin already")
            if len(self._twins) >= self._limits.twins:
                raise Refused(429, f"{len(self._twins)} twins are kept; delete some",
                              headers={"Retry-After": "60"})  # fmt: skip
            place = self._place(twin)
            await self._clear(twin.device)  # What a creation left that did not come to its end.
            place.mkdir(parents=True)
            twin = replace(twin, log=str(place / LOG), id=secrets.token_hex(8))
            await self._write(self._log, twin)
            placed = await self._placed(twin)
            write_json(place / MADE, twin.made())
            self._put(placed)

    async def drop(self, device: str) -> None:
        """Delete the twin of *device* and what was observed of it."""
        async with self._locks.setdefault(device, asyncio.Lock()):
            twin = self.twin(device)
            # First what makes it a twin: half a folder is none.
            (self._place(twin) / MADE).unlink(missing_ok=True)
            del self._twins[device], self._states[device]
            self._seen.pop(device, None)
            self._tell(device)
            await self._clear(device)

    async def synchronize(self, device: str, batch: Batch) -> dict[str, Any]:
        """Take a *batch* of observations in; say how many of them are what."""
        async with self._locks.setdefault(device, asyncio.Lock()):
            twin = self.twin(device)
            if batch.until is not None:
                until = instant_of(twin.ground, batch.until, "until")
                twin = replace(twin, waited=max(twin.waited, until))
            kept = twin.present["kept"] + len(batch.observations)
            if kept > self._limits.observations:
                raise Refused(
                    409, f"{kept} observations; a twin keeps {self._limits.observations}"
                )
            log = await self._write(self._log, twin)
            found = await self._write(taken, twin, batch.observations, log, time.time())
            if batch.until is not None:
                write_json(self._place(twin) / MADE, twin.made())
            if found.moved or batch.until is not None:
                twin = await self._after(twin, found)
                self._put(twin)
        return {
            **found.counts,
            "errors": found.errors,
            "time": moment(twin.ground["start"], twin.time),
            "time_s": twin.time,
            "digest": twin.present["digest"],
        }

    async def _after(self, twin: Twin, found: Taken) -> Twin:
        """Return *twin* as it is after what was *found*; should that fail, that is kept."""
        try:
            return await self._placed(twin)
        except Refused as error:
            counts = ", ".join(f"{number} {word}" for word, number in found.counts.items())
            error.detail = (
                f"the observations are kept ({counts}); the state is not computed: "
                f"{error.detail}"
            )
            raise

    async def _placed(self, twin: Twin) -> Twin:
        """Return *twin* with the state that follows from its log."""
        present = await self._desk.ask(twin.asks_for_itself())
        write_json(
            self._place(twin) / PRESENT,
            {"follows_from": _source(twin, present["digest"]), "present": present},
        )
        return replace(twin, present=present)

    def _put(self, twin: Twin) -> None:
        self._states[twin.device] = json.dumps(
            twin.state(), ensure_ascii=False, allow_nan=False
        ).encode("utf-8")
        self._twins[twin.device] = twin
        self._tell(twin.device)

    def _tell(self, device: str) -> None:
        """Wake whoever follows *device*."""
        moved = self._moved.pop(device, None)
        if moved is not None:
            moved.set()

    def _place(self, twin: Twin) -> Path:
        return self._folder / twin.device

    def _log(self, twin: Twin) -> Store:
        """Return the log of *twin*, open."""
        if twin.device not in self._logs:
            self._logs[twin.device] = Store(twin.log)
        return self._logs[twin.device]

    async def _clear(self, device: str) -> None:
        """Remove the folder of *device*, its log closed."""
        log = self._logs.pop(device, None)
        if log is not None:
            await self._write(log.close)
        await self._write(partial(shutil.rmtree, self._folder / device, ignore_errors=True))

    async def _write(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what *work* gives in the thread that writes; its errors are refusals."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._hand, partial(work, *arguments))
        except SimtwinError as error:
            raise refused(error) from None


def _source(twin: Twin, digest: str) -> list[Any]:
    """Return what a state follows from: what was observed, until when, and who computes it."""
    return [digest, twin.waited, simtwin.__version__]

"""This module holds the service: what its routes share, opened and closed as one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from simtwin.live.settings import SENSORS
from simtwin.service.desk import Desk
from simtwin.service.durable import locked
from simtwin.service.event_streams import EventStreams
from simtwin.service.jobs import Jobs
from simtwin.service.keys import Key, Keys, Role
from simtwin.service.limits import Limits
from simtwin.service.problem import Refused
from simtwin.service.shelf import Shelf
from simtwin.service.twin import Twin
from simtwin.service.twins import Twins

MINUTE = 60.0

DEMO = "demo"
"""The device whose twin a new service has."""


class Service:
    """The twins, files, jobs and keys in one folder. One process owns them."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self.keys = Keys(folder / "keys.json")
        self.desk = Desk(self.limits)
        self.outlooks = Desk(self.limits)
        """For what takes longer, so that files and observations do not wait for it."""
        self.shelf = Shelf(folder, self.desk, self.limits)
        self.twins = Twins(folder / "twins", self.desk, self.limits)
        self.jobs = Jobs(folder / "jobs", self.limits)
        self.streams = EventStreams(self.limits.streams)
        self._lock: IO[bytes] | None = None
        self._wrong: dict[str, deque[float]] = {}

    def hold(self) -> None:
        """Take the folder, unless this service has it; one that is another's is refused."""
        if self._lock is None:
            self._lock = locked(self.folder / "lock")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have the folder while the block lasts, also before this is open."""
        self.hold()
        try:
            yield
        finally:
            self._release()

    async def open(self, *, demo: bool = True) -> None:
        """Take up what is in the folder; a new one gets a twin of the job shop."""
        self.hold()
        new = not (self.folder / "twins").is_dir()
        await self.twins.open()
        if new and demo:
            await self.twins.create(await self.grounded(DEMO, "job_shop", "day_shift"))
        self.jobs.open()

    async def close(self) -> None:
        """End what runs; it goes on at the next start."""
        await self.jobs.close()
        await self.twins.close()
        self.desk.close()
        self.outlooks.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def grounded(self, device: str, plant: str, scenario: str) -> Twin:
        """Return a twin of *device* that follows *scenario* on *plant* from its start."""
        ground = await self.shelf.ground(plant, scenario)
        end = ground["horizon"]
        if end is not None and end > self.limits.horizon:
            raise Refused(
                422,
                f"scenario {scenario!r} is {end / 86400.0:g} days long; this service follows "
                f"at most {self.limits.horizon / 86400.0:g}",
            )
        ground["end"] = self.limits.horizon if end is None else end
        return Twin(device, None, 0.0, ground["seed"], ground, dict(SENSORS))

    def holder(self, header: str | None, address: str) -> Key:
        """Return whose key is in the *header* of a call; guessing from one address is slow.

        A key that is known always passes, whatever others at its address sent: behind a proxy
        all have one.
        """
        scheme, _, secret = (header or "").partition(" ")
        asks = {"WWW-Authenticate": "Bearer"}
        if scheme.lower() != "bearer" or not secret:
            detail = "send the header 'Authorization: Bearer stk_...'"
            raise Refused(401, detail, headers=asks)
        key = self.keys.holder(secret.strip())
        if key is not None:
            return key
        now = time.monotonic()
        wrong = self._wrong.setdefault(address, deque())
        while wrong and now - wrong[0] > MINUTE:
            wrong.popleft()
        if len(wrong) >= self.limits.guesses:
            raise Refused(429, "too many wrong keys; wait", headers={"Retry-After": "60"})
        wrong.append(now)
        raise Refused(401, "nobody has this key", headers=asks)

    def first_key(self) -> str | None:
        """Return the secret of a first key; None where there are keys already."""
        return None if len(self.keys) else self.keys.make("first", Role.ADMIN)[1]

"""This module holds the event streams: answers that go on, each event as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from simtwin.service.problem import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Event = tuple[str, bytes]
"""What it is called, and its data."""

Events = AsyncGenerator[Event | None, None]
"""As they come; None is a sign of life."""

LAST: Event = "", b""
"""What comes after the last event."""

ALIVE = b": nothing new\n\n"


class EventStreams:
    """Server-sent events of a service: so many streams at once, and none when it stops."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.open = 0
        """How many there are now."""
        self._left = asyncio.Event()

    def answer(self, events: Events) -> StreamingResponse:
        """Return the answer that gives *events* as they come.

        Refused where too many are open.
        """
        if self.open >= self._most:
            raise Refused(429, f"{self.open} streams are open", headers={"Retry-After": "5"})
        return StreamingResponse(self._written(events), media_type="text/event-stream")

    def leave(self) -> None:
        """End all of them, and those that are asked for from now on."""
        self._left.set()

    async def _written(self, events: Events) -> AsyncIterator[bytes]:
        self.open += 1
        left = asyncio.create_task(self._left.wait())
        number = 0
        try:
            while (event := await _first(events, left)) != LAST:
                if event is None:
                    yield ALIVE
                    continue
                number += 1
                name, data = event
                yield b"id: %d\nevent: %b\ndata: %b\n\n" % (number, name.encode(), data)
        finally:
            self.open -= 1
            left.cancel()
            await events.aclose()


async def _first(events: Events, left: asyncio.Task[Any]) -> Event | None:
    """Return the next of *events*; LAST if there is none, or if *left* comes first."""
    coming = asyncio.create_task(_next(events))
    try:
        await asyncio.wait((coming, left), return_when=asyncio.FIRST_COMPLETED)
        return coming.result() if coming.done() else LAST
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.wait((coming,))


async def _next(events: Events) -> Event | None:
    async for event in events:
        return event
    return LAST

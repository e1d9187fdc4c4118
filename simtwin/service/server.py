"""This module holds the server: it answers until it is told to stop, and then ends in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from fastapi import FastAPI

PATIENCE = 5
"""How long answers that are being given may still take when it stops [s]."""


class Server(uvicorn.Server):
    """A server that Ctrl-C and SIGTERM stop: what is kept is written, whoever presses again."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=PATIENCE)
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams of events, which would go on, and then all else in order."""
        self._app.state.service.streams.leave()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; pressed again, it goes on with that."""
        self.should_exit = True


def answer(app: FastAPI, door: socket.socket) -> None:
    """Answer whoever comes through *door* with *app*, until Ctrl-C or SIGTERM."""
    Server(app).run(sockets=[door])

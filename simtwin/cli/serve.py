"""This module holds the verb serve: the service on this machine, with a twin to look at."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli.console import note, say
from simtwin.cli.options import Debug
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from simtwin.service.limits import Limits

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    folder: Annotated[
        Path, typer.Option("--folder", help="Twins, jobs, files and keys are kept here.")
    ] = Path("simtwin-service"),
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; others cannot reach this one.")
    ] = LOOPBACK[0],
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8000,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Jobs that run at once.")
    ] = None,
    bare: Annotated[bool, typer.Option("--bare", help="Make no twin to look at.")] = False,
    debug: Debug = False,
) -> None:
    """Serve twins over HTTP; a new folder has the twin 'demo', and prints its first key."""
    check_installed()
    from simtwin.service.app import application
    from simtwin.service.listen import listening
    from simtwin.service.server import answer

    # What may be refused comes first: nothing is told, and no key made, by who cannot serve.
    with listening(host, port) as door:
        app = application(folder, _limits(workers), demo=not bare)
        service = app.state.service
        with service.held(), suppress(KeyboardInterrupt):
            _tell(folder, host, door.getsockname()[1], service.first_key())
            answer(app, door)


def _tell(folder: Path, host: str, port: int, secret: str | None) -> None:
    """Say where the service is, its first key, and who can reach it."""
    shown = f"[{host}]" if ":" in host else host
    say(f"simtwin serves {folder} at http://{shown}:{port}/")
    if secret is not None:
        say(f"The first key, shown this once; its role is admin: {secret}")
    sys.stdout.flush()  # Whoever reads a pipe waits for the key.
    if host not in LOOPBACK:
        note("others can reach this address, and what they send is not encrypted: put a proxy")
        note("with TLS before it")


def check_installed() -> None:
    """Refuse to go on where what the service is made of is not there."""
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn")):
        raise InvalidInput('simtwin serve needs FastAPI: pip install -e ".[serve]"')


def _limits(workers: int | None) -> Limits:
    from dataclasses import replace

    from simtwin.service.limits import Limits

    return Limits() if workers is None else replace(Limits(), jobs_running=workers)

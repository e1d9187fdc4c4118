"""The command line: parse, one verb, say the answer. No decisions are made here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.cli.program import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the program on the arguments of the process.

    The verbs are loaded in here, so that Ctrl-C while they are is told in a line as well.
    """
    try:
        from simtwin.cli.program import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was finished\n")
        raise SystemExit(130) from None


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(name)
    from simtwin.cli.program import app

    return app

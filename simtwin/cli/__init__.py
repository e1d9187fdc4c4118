"""The command line: parse, one verb, say the answer. No decisions are made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.cli.interruption import leave_at_ctrl_c

if TYPE_CHECKING:
    from simtwin.cli.program import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the program on the arguments of the process.

    The verbs are loaded in here, so that Ctrl-C while they are is told in a line as well.
    """
    leave_at_ctrl_c()
    from simtwin.cli.program import app

    app()


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(name)
    from simtwin.cli.program import app

    return app

"""This module holds the start of the command ``simtwin``: Ctrl-C is heard before all else.

It stands beside the package, because the import of the package itself takes long enough for
somebody to change their mind.
"""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the program on the arguments of the process."""
    if callable(signal.getsignal(signal.SIGINT)):  # Who is told to ignore it, does.
        signal.signal(signal.SIGINT, _leave)
    from simtwin.cli import main as program

    program()


def _leave(_signal: int, _frame: object) -> None:
    """End the process as `simtwin.cli.interruption` does, of which nothing is loaded yet."""
    os.write(2, b"interrupted: nothing was finished\n")
    os._exit(130)

"""This module holds the interruption: what Ctrl-C does, from the start of a call to its end.

Before the verb it ends the process. The first one in a verb raises KeyboardInterrupt, or is
noted where work is done that looks for it and keeps what it has. After such work it is noted
too: what there is is told and written to its end. Every further one is ignored.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
"""Exit code."""

NOTHING = b"interrupted: nothing was finished\n"
STOPPING = b"stopping, to keep what is finished; further Ctrl-C is ignored\n"
WRITING = b"stopping once all is written; further Ctrl-C is ignored\n"


def leave(_signal: int, _frame: object) -> None:
    """End the process, in which nothing has begun yet.

    Nothing is raised: modules that are being loaded would tell of it in their own ways.
    """
    _write(NOTHING)
    os._exit(INTERRUPTED)


def leave_at_ctrl_c() -> None:
    """Let Ctrl-C end the process in a line until a verb hears it; ignored, it stays so."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.signal(signal.SIGINT, leave)


@contextmanager
def heard() -> Iterator[None]:
    """Hear Ctrl-C as a verb does; a process whose verb is done ignores it."""
    hearing = _Hearing()
    _HEARING.set(hearing)
    before = signal.getsignal(signal.SIGINT)
    try:
        if callable(before):
            signal.signal(signal.SIGINT, hearing)
    except ValueError:  # Only the main thread hears of Ctrl-C.
        before = None
    try:
        yield
    finally:
        if callable(before):
            after = signal.SIG_IGN if before is leave else before
            signal.signal(signal.SIGINT, after)


@contextmanager
def kept() -> Iterator[None]:
    """Note Ctrl-C inside, instead of raising it, for work that looks at `pressed` at times.

    It is not raised after that work either: what is left is to tell and to write, which takes
    seconds and would lose the answer.
    """
    hearing = _HEARING.get()
    if hearing is None:
        yield
        return
    hearing.noting = STOPPING
    try:
        yield
    finally:
        finished()


def finished() -> None:
    """Note Ctrl-C from here on: the answer is there, and what is left is to tell and write."""
    hearing = _HEARING.get()
    if hearing is not None:
        hearing.noting = WRITING


def pressed() -> bool:
    """Tell whether somebody has pressed Ctrl-C in this verb."""
    hearing = _HEARING.get()
    return hearing is not None and hearing.pressed


class _Hearing:
    """Hears Ctrl-C while a verb is at work."""

    def __init__(self) -> None:
        self.pressed = False
        self.noting: bytes | None = None
        """What is said where it is noted, by whoever looks at it; None: it is raised."""

    def __call__(self, _signal: int, _frame: object) -> None:
        if self.pressed:
            return
        self.pressed = True
        if self.noting is None:
            raise KeyboardInterrupt
        _write(self.noting)


_HEARING: ContextVar[_Hearing | None] = ContextVar("_HEARING", default=None)


def _write(line: bytes) -> None:
    """Write *line* to stderr as it is: a signal may come amid a line of somebody else."""
    with suppress(OSError):
        clear = b"\r\x1b[2K" if os.isatty(2) else b""
        os.write(2, clear + line)

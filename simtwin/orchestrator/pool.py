"""This module holds the pool: processes that do runs, and what Ctrl-C does to them.

A terminal sends Ctrl-C to all of them. The parent notes it and raises it where nothing is half
done; its workers are deaf, stop when the parent says so, and end when it is gone.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def pool(count: int, begin: Callable[..., None], *given: Any) -> Iterator[Executor]:
    """Give a pool of *count* processes, and stop them at once when left.

    Each of them begins with *begin*, called with *given* and an event: whether to stop.
    """
    context = get_context()
    stop = context.Event()
    processes = ProcessPoolExecutor(
        count, mp_context=context, initializer=_begin, initargs=(begin, *given, stop)
    )
    try:
        yield processes
    finally:
        # Raised while it waits for its workers, Ctrl-C would lose what they have done, and
        # leave them for ever.
        with ctrl_c_noted():
            stop.set()
            processes.shutdown(wait=True, cancel_futures=True)


@contextmanager
def ctrl_c_noted() -> Iterator[Callable[[], None]]:
    """Note Ctrl-C; what is given raises it, where nothing is half done.

    Raised amid the locks of many futures it would leave some of them closed for ever. What is
    noted too late to be raised is told to whoever handles Ctrl-C, and loses nothing any more.
    """
    noted: list[tuple[int, Any]] = []
    usual = signal.getsignal(signal.SIGINT)
    if not callable(usual) or current_thread() is not main_thread():
        yield lambda: None  # Ignored, or somebody else's to see to.
        return

    def raise_noted() -> None:
        if noted:
            first = noted[0]
            noted.clear()
            usual(*first)

    signal.signal(signal.SIGINT, lambda *given: noted.append(given))
    try:
        yield raise_noted
    finally:
        signal.signal(signal.SIGINT, usual)
        with suppress(KeyboardInterrupt):
            raise_noted()


@contextmanager
def ctrl_c_blocked() -> Iterator[None]:
    """Start processes inside that hear no Ctrl-C, not even before they can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def attend() -> None:
    """In a worker: leave Ctrl-C to the parent, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_stay_while_asked, daemon=True).start()


def _begin(begin: Callable[..., None], *given: Any) -> None:
    attend()
    begin(*given)


def _stay_while_asked() -> None:
    """End this process when the parent is gone, even where it was killed without a word."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

"""This module holds the desk: workers that answer a short question while the caller waits."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from simtwin.errors import GuardExceeded, SimtwinError
from simtwin.orchestrator.pool import attend
from simtwin.service import verbs
from simtwin.service.problem import Refused, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.service.limits import Limits
    from simtwin.service.verbs import Question

WAITING = 8
"""Questions that wait for a worker; more are refused until one is answered."""


class Desk:
    """A worker process that lives as long as the service; jobs have others of their own."""

    def __init__(self, limits: Limits, workers: int = 1) -> None:
        self._limits = limits
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._open = 0

    def close(self) -> None:
        """Send the workers home."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    async def ask(self, question: Question) -> dict[str, Any]:
        """Return the answer to *question*, in plain data."""
        return await self.do(_answer, question, self._limits.read_seconds)

    async def do(self, work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
        """Return what *work* gives in a worker; its errors are refusals."""
        if self._open >= WAITING + self._workers:
            raise Refused(
                429, f"{self._open} questions wait already", headers={"Retry-After": "5"}
            )
        self._open += 1
        try:
            kind, value = await asyncio.wrap_future(
                self._others().submit(_guarded, work, *arguments)
            )
        except BrokenProcessPool:
            self._pool = None
            raise Refused(503, "the worker was ended from outside; ask again") from None
        finally:
            self._open -= 1
        if kind == "refused":
            status, detail, errors = value
            raise Refused(status, detail, errors)
        return dict(value)

    def _others(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=attend
            )
        return self._pool


def deadline(seconds: float) -> Callable[[], None]:
    """Return what raises once *seconds* are over."""
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise GuardExceeded(f"the {seconds:g} s that this may take are over")

    return check


def _guarded(work: Callable[..., dict[str, Any]], *arguments: Any) -> tuple[str, Any]:
    """Return what *work* gives, or its refusal: values, which go from process to process."""
    try:
        return "answer", work(*arguments)
    except GuardExceeded as error:
        return "refused", (503, f"{error}; ask for less, or as a job", [])
    except SimtwinError as error:
        found = refused(error)
        return "refused", (found.status, found.detail, found.errors)


def _answer(question: Question, seconds: float) -> dict[str, Any]:
    return verbs.answer(question, None, deadline(seconds)).plain

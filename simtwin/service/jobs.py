"""This module holds the jobs: long questions, each in a folder and a process of its own.

What stands on the disk is true: a job is done when its results are there. So a service that is
killed and started again loses no finished job, and begins the others anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simtwin
from simtwin.service.durable import read_json, write_json
from simtwin.service.problem import Refused
from simtwin.service.worker import ANSWER, QUESTION, RESULTS

if TYPE_CHECKING:
    from simtwin.service.limits import Limits
    from simtwin.service.verbs import Question

STATUS = "job.json"

QUEUED, RUNNING = "queued", "running"
SUCCEEDED, FAILED, CANCELLED, LOST = "succeeded", "failed", "cancelled", "lost"
ACTIVE = frozenset({QUEUED, RUNNING})

HEARTBEAT = 15.0
"""Between two signs of life in a stream in which nothing happens [s]."""

GRACE = 5.0
"""That a worker has to end when it is asked to [s]."""


@dataclass(slots=True)
class Job:
    """One job: what was asked, by whom, how far it is, and what has become of it."""

    id: str
    verb: str
    device: str
    by: str
    """Id of the key."""
    asked: dict[str, Any]
    status: str = QUEUED
    created: str = ""
    ended: str | None = None
    done: int = 0
    total: int | None = None
    partial: bool = False
    attempts: int = 0
    results: list[str] = field(default_factory=list)
    """Names of the files that the answer consists of."""
    problem: dict[str, Any] | None = None
    seconds: float = 0.0
    """That it may take [s]."""

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.status in ACTIVE

    def as_plain(self) -> dict[str, Any]:
        """Return the job as plain data."""
        told = asdict(self)
        for name in ("attempts", "seconds"):
            del told[name]
        return told


class Jobs:
    """The jobs of one service: a queue, so many workers, and everything on the disk."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._jobs: dict[str, Job] = {}
        self._moved: dict[str, asyncio.Event] = {}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def open(self) -> None:
        """Take up the jobs on the disk: done ones are done, the others begin anew."""
        for path in sorted(self._folder.glob(f"*/{STATUS}")):
            job = Job(**read_json(path))
            self._jobs[job.id] = job
            if not job.active:
                continue
            if (path.parent / RESULTS / ANSWER).is_file():
                self._succeed(job)
            elif job.attempts >= self._limits.attempts:
                self._end(job, LOST)
            else:
                job.status, job.done, job.total = QUEUED, 0, None
                self._keep(job)
        self._pump()

    async def close(self) -> None:
        """End all workers; what they did not finish waits for the next start."""
        self._stopping = True
        for process in list(self._processes.values()):
            await _ended(process)
        await asyncio.gather(*list(self._tasks.values()), return_exceptions=True)

    def start(self, question: Question, asked: dict[str, Any], device: str, by: str) -> Job:
        """Return a new job that asks *question*; it runs as soon as a worker is free."""
        waiting = sum(job.status == QUEUED for job in self._jobs.values())
        if waiting >= self._limits.jobs_waiting:
            raise Refused(429, f"{waiting} jobs wait already", headers={"Retry-After": "10"})
        if len(self._jobs) >= self._limits.jobs_kept:
            raise Refused(
                429, f"{len(self._jobs)} jobs are kept; delete some that are done",
                headers={"Retry-After": "10"},
            )  # fmt: skip
        job = Job(
            secrets.token_hex(8), question.verb, device, by, asked,
            created=_now(), seconds=self._limits.job_seconds,
        )  # fmt: skip
        write_json(self._place(job) / QUESTION, question.as_plain())
        self._keep(job)
        self._jobs[job.id] = job
        self._pump()
        return job

    def all(self, device: str | None = None) -> list[Job]:
        """Return the jobs, the latest first."""
        chosen = [job for job in self._jobs.values() if device in (None, job.device)]
        return sorted(chosen, key=lambda job: (job.created, job.id), reverse=True)

    def job(self, id_: str) -> Job:
        """Return the job *id_*."""
        found = self._jobs.get(id_)
        if found is None:
            raise Refused(404, f"no job {id_!r}")
        return found

    async def cancel(self, job: Job) -> None:
        """End *job* before it is done."""
        if not job.active:
            raise Refused(409, f"job {job.id} is {job.status} already")
        process = self._processes.get(job.id)
        self._end(job, CANCELLED)
        if process is not None:
            await _ended(process)

    def delete(self, job: Job) -> None:
        """Remove *job*, which is over, and what it found."""
        if job.active:
            raise Refused(409, f"job {job.id} is {job.status}; cancel it first")
        del self._jobs[job.id]
        shutil.rmtree(self._place(job), ignore_errors=True)

    def result(self, job: Job, name: str) -> Path:
        """Return the file *name* of what *job* found."""
        if job.status != SUCCEEDED:
            raise Refused(409, f"job {job.id} is {job.status}, and has no results")
        if name not in job.results:
            listed = ", ".join(job.results)
            raise Refused(404, f"no result {name!r} in job {job.id} (results: {listed})")
        return self._place(job) / RESULTS / name

    async def changes(self, job: Job) -> AsyncIterator[dict[str, Any] | None]:
        """Give *job* as it is, and again whenever it has moved; None as a sign of life."""
        while True:
            moved = self._moved.setdefault(job.id, asyncio.Event())
            yield job.as_plain()
            if not job.active:
                return
            while not moved.is_set():
                try:
                    await asyncio.wait_for(moved.wait(), HEARTBEAT)
                except TimeoutError:
                    yield None

    def _place(self, job: Job) -> Path:
        return self._folder / job.id

    def _keep(self, job: Job) -> None:
        write_json(self._place(job) / STATUS, asdict(job))

    def _tell(self, job: Job) -> None:
        moved = self._moved.pop(job.id, None)
        if moved is not None:
            moved.set()

    def _end(self, job: Job, status: str) -> None:
        job.status, job.ended = status, _now()
        self._keep(job)
        self._tell(job)

    def _succeed(self, job: Job) -> None:
        results = self._place(job) / RESULTS
        names = sorted(path.name for path in results.iterdir())
        job.results = [ANSWER, *(name for name in names if name != ANSWER)]
        answer = read_json(results / ANSWER)
        job.partial = bool(answer.get("partial", False))
        self._end(job, SUCCEEDED)

    def _pump(self) -> None:
        """Start the jobs that waited longest while workers are free."""
        if self._stopping:
            return
        waiting = [job for job in reversed(self.all()) if job.status == QUEUED]
        free = self._limits.jobs_running - len(self._tasks)
        for job in waiting[: max(0, free)]:
            job.status, job.attempts = RUNNING, job.attempts + 1
            self._keep(job)
            self._tasks[job.id] = asyncio.create_task(self._run(job))

    async def _run(self, job: Job) -> None:
        """Have a process do *job*, and note what becomes of it."""
        try:
            process = await self._begun(job)
            self._processes[job.id] = process
            if self._stopping or job.status != RUNNING:  # Cancelled before it was there.
                await _ended(process)
            problem = await self._heard(job, process)
            await process.wait()
            if job.status == RUNNING:
                self._conclude(job, problem)
        except OSError as error:
            job.problem = Refused(503, f"no worker can be started: {error.strerror}").plain()
            self._end(job, FAILED)
        finally:
            self._processes.pop(job.id, None)
            self._tasks.pop(job.id, None)
            self._pump()

    async def _begun(self, job: Job) -> asyncio.subprocess.Process:
        package = str(Path(simtwin.__file__).parents[1])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simtwin.service.worker", str(self._place(job).absolute()),
            str(job.seconds), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip

    async def _heard(
        self, job: Job, process: asyncio.subprocess.Process
    ) -> dict[str, Any] | None:
        """Follow what the worker says; return the problem that it tells of."""
        assert process.stdout is not None, "it was asked to say how far it is"
        async for line in process.stdout:
            word = json.loads(line)
            if "problem" in word:
                return dict(word["problem"])
            if "progress" in word:
                job.done, job.total = word["progress"]
                self._tell(job)
        return None

    def _conclude(self, job: Job, problem: dict[str, Any] | None) -> None:
        """Note what the end of its worker means for a *job* that was running."""
        if (self._place(job) / RESULTS / ANSWER).is_file():
            self._succeed(job)
        elif problem is not None:
            job.problem = problem
            self._end(job, FAILED)
        elif self._stopping:
            job.status, job.attempts = QUEUED, job.attempts - 1
            self._keep(job)
        elif job.attempts < self._limits.attempts:
            job.status, job.done, job.total = QUEUED, 0, None
            self._keep(job)
        else:
            self._end(job, LOST)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End *process*, kindly first."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

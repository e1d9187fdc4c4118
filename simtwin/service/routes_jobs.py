"""This module holds the routes of jobs: how far they are, what they found, their end."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, Path
from starlette.responses import FileResponse, JSONResponse, Response

from simtwin.service import told
from simtwin.service.keys import Role
from simtwin.service.request import JSON, query
from simtwin.service.schemas import Of
from simtwin.service.service import Service
from simtwin.service.surface import Surface

JOBS = "/v1/jobs"
JOB = JOBS + "/{job_id}"

JobId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{16}$", description="Id of a job", examples=["0123456789abcdef"]),
]
Result = Annotated[
    str, Path(pattern="^[a-z]{1,20}[.](json|csv|html)$", description="Name of a result",
              examples=["result.json"]),
]  # fmt: skip
OfQuery = Annotated[Of, Depends(query(Of))]

KINDS = {"json": JSON, "csv": "text/csv", "html": "text/html"}
"""Of results, by the end of their names."""

ALONE = {"Content-Security-Policy": "sandbox allow-scripts allow-downloads"}
"""A page that a job made is of no origin: it reads nothing else of this service."""


def add(surface: Surface, service: Service) -> None:
    """Add the routes of jobs."""
    _add_reads(surface, service)
    _add_ends(surface, service)


def _add_reads(surface: Surface, service: Service) -> None:
    async def jobs(asked: OfQuery) -> Response:
        """List the jobs, the latest first."""
        return JSONResponse(
            {"jobs": [job.as_plain() for job in service.jobs.all(asked.device)]}
        )

    async def job(job_id: JobId) -> Response:
        """Return how far a job is, and what has become of it."""
        return JSONResponse(service.jobs.job(job_id).as_plain())

    async def events(job_id: JobId) -> Response:
        """Follow a job: server-sent events, each with the job as it is, until it is over.

        The first one comes at once, so that whoever lost the connection just asks again.
        """
        found = service.jobs.job(job_id)
        changes = service.jobs.changes(found)
        return service.streams.answer(
            None if now is None else (now["status"], _json(now)) async for now in changes
        )

    async def result(job_id: JobId, name: Result) -> Response:
        """Return what a job found: result.json, one of its tables as CSV, or view.html.

        The latter is the shop in 3D, of the last day of a single run; it needs no net.
        """
        path = service.jobs.result(service.jobs.job(job_id), name)
        kind = name.rpartition(".")[2]
        return FileResponse(
            path, media_type=KINDS[kind], headers=ALONE if kind == "html" else None
        )

    surface.add(
        "GET", JOBS, jobs, role=Role.VIEWER, summary="Jobs", gives={200: told.Jobs}, query=Of
    )
    surface.add(
        "GET", JOB, job, role=Role.VIEWER, summary="A job", gives={200: told.Job},
        refuses=(404,),
    )  # fmt: skip
    surface.add(
        "GET", f"{JOB}/events", events, role=Role.VIEWER, summary="Progress of a job",
        gives={200: "text/event-stream"}, refuses=(404,),
    )  # fmt: skip
    surface.add(
        "GET", f"{JOB}/results/{{name}}", result, role=Role.VIEWER, summary="Result of a job",
        gives={200: (told.Answer, KINDS["csv"], KINDS["html"])}, refuses=(404, 409),
    )  # fmt: skip


def _add_ends(surface: Surface, service: Service) -> None:
    async def cancel(job_id: JobId) -> Response:
        """End a job before it is done."""
        found = service.jobs.job(job_id)
        await service.jobs.cancel(found)
        return JSONResponse(found.as_plain())

    async def delete_job(job_id: JobId) -> Response:
        """Delete a job that is over, and what it found."""
        service.jobs.delete(service.jobs.job(job_id))
        return Response(status_code=204)

    surface.add(
        "POST", f"{JOB}/cancel", cancel, role=Role.OPERATOR, summary="Cancel a job",
        gives={200: told.Job}, refuses=(404, 409),
    )  # fmt: skip
    surface.add(
        "DELETE", JOB, delete_job, role=Role.OPERATOR, summary="Delete a job",
        gives={204: ""}, refuses=(404, 409),
    )  # fmt: skip


def _json(job: dict[str, Any]) -> bytes:
    return json.dumps(job, ensure_ascii=False, allow_nan=False).encode("utf-8")

"""This module holds the routes of a twin: the six of the first sketch, list and delete."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE
from simtwin.live.settings import AMBIENT
from simtwin.plant.wording import unknown
from simtwin.service import told
from simtwin.service.keys import Role
from simtwin.service.live_page import page, policy
from simtwin.service.problem import Refused
from simtwin.service.request import JSON, body, pointed, query
from simtwin.service.schemas import NAME, Ahead, Batch, Create, Optimize, Simulate
from simtwin.service.service import DEMO, Service
from simtwin.service.surface import Surface
from simtwin.service.twin import Twin, instant_of, moment
from simtwin.service.verbs import Question
from simtwin.units import HOUR, read_seconds

DEVICES = "/digital-twin/devices"
TWIN = DEVICES + "/{device_id}/twin"

Device = Annotated[
    str,
    Path(pattern=NAME, description="Name of the device that the twin is of", examples=[DEMO]),
]
CreateBody = Annotated[Create, Depends(body(Create))]
OptimizeBody = Annotated[Optimize, Depends(body(Optimize))]
SimulateBody = Annotated[Simulate, Depends(body(Simulate))]
BatchBody = Annotated[Batch, Depends(body(Batch))]
AheadQuery = Annotated[Ahead, Depends(query(Ahead))]

CREATED = {"plant": "job_shop", "scenario": "day_shift", "machine": "mill-1", "at": "06:30"}
SIMULATED = {"replications": 8, "seed": 1}
BETTER = {
    "machine": "mill-1",
    "objective": ["energy"],
    "constraints": {"power_kw": 9.0},
    "replications": 4,
}
SEEN = {
    "observations": [
        {
            "boot": "9f3c0a7e51d2", "seq": 1, "at": "07:00", "machine": "mill-1",
            "signal": "feed_override_pct", "value": 85,
        },
        {
            "boot": "9f3c0a7e51d2", "seq": 2, "at": "07:05", "machine": "mill-1",
            "signal": "temperature_front_c", "value": 33.5,
        },
    ]
}  # fmt: skip


def add(surface: Surface, service: Service) -> None:
    """Add the routes of twins."""
    _add_reads(surface, service)
    _add_live(surface, service)
    _add_writes(surface, service)
    _add_jobs(surface, service)


def _add_reads(surface: Surface, service: Service) -> None:
    async def devices() -> Response:
        """List the devices that have a twin."""
        return JSONResponse({"devices": [_made(twin) for twin in service.twins.all()]})

    async def state(device_id: Device) -> Response:
        """Return what was reported of the device, what is estimated and what is simulated.

        It changes nothing and waits for nothing: it was computed when the last batch came.
        """
        return Response(service.twins.state(device_id), media_type=JSON)

    async def predict_failure(device_id: Device, asked: AheadQuery) -> Response:
        """Look ahead from the present: what may fail until when, which orders are at risk.

        A safe read: nothing changes, and the same question has the same answer. It is the JSON
        of `simtwin look-ahead --json`.
        """
        twin = service.twins.twin(device_id)
        arguments = {**_given(asked), "most": service.limits.futures}
        if asked.horizon is not None:
            arguments["horizon"] = _length("horizon", asked.horizon, service.limits.horizon)
        found = await service.outlooks.ask(twin.asks("predict-failure", arguments))
        return JSONResponse(found)

    surface.add(
        "GET", DEVICES, devices, role=Role.VIEWER, summary="Twins", gives={200: told.Devices}
    )
    surface.add(
        "GET", f"{TWIN}/state", state, role=Role.VIEWER, summary="State of a twin",
        gives={200: told.State}, refuses=(404,),
    )  # fmt: skip
    surface.add(
        "GET", f"{TWIN}/predict-failure", predict_failure, role=Role.VIEWER,
        summary="What may fail", gives={200: told.Answer}, refuses=(404, 409, 503),
        query=Ahead,
    )  # fmt: skip


def _add_live(surface: Surface, service: Service) -> None:
    async def view(device_id: Device) -> Response:
        """Show a twin as it moves, in 3D and in words.

        The page has no data in it and is the same for every device; it asks for a key.
        """
        return HTMLResponse(page(), headers={"Content-Security-Policy": policy()})

    async def view_data(device_id: Device) -> Response:
        """Return what the viewer shows of a twin: the run of its plan, the last 8 h until now.

        A machine that is not heard any more is stale from its last report on.
        """
        content = await service.twins.view(device_id, service.outlooks)
        return Response(content, media_type=JSON)

    async def twin_events(device_id: Device) -> Response:
        """Follow a twin: server-sent events, each with its state, whenever that has moved.

        The first one comes at once. It ends after some minutes, so that the key is looked at
        again; who lost it just asks again.
        """
        service.twins.twin(device_id)
        states = service.twins.states(device_id, service.limits.stream_seconds)
        return service.streams.answer(
            None if state is None else ("state", state) async for state in states
        )

    surface.add(
        "GET", f"{TWIN}/view", view, role=None, summary="A twin as it moves",
        gives={200: "text/html"},
    )  # fmt: skip
    surface.add(
        "GET", f"{TWIN}/view/data", view_data, role=Role.VIEWER,
        summary="What the viewer shows of a twin", gives={200: JSON}, refuses=(404, 409, 503),
    )  # fmt: skip
    surface.add(
        "GET", f"{TWIN}/events", twin_events, role=Role.VIEWER,
        summary="The state of a twin as it moves", gives={200: "text/event-stream"},
        refuses=(404,),
    )  # fmt: skip


def _add_writes(surface: Surface, service: Service) -> None:
    async def create(device_id: Device, asked: CreateBody) -> Response:
        """Make a twin of a device: a plant, what is to be made in it, and from when."""
        twin = await service.grounded(device_id, asked.plant, asked.scenario)
        machines = twin.ground["machines"]
        if asked.machine is not None and asked.machine not in machines:
            message = unknown("machine", asked.machine, machines)
            raise Refused(404, f"machine: {message}")
        begin = 0.0
        if asked.at is not None:
            begin = instant_of(twin.ground, asked.at, "at")
        stale_after = None
        if asked.stale_after is not None:
            stale_after = _length("stale_after", asked.stale_after, service.limits.horizon)
        seed = twin.seed if asked.seed is None else asked.seed
        twin = replace(
            twin, machine=asked.machine, begin=begin, seed=seed,
            sensors=twin.sensors | _sensors(twin, asked.sensors or {}),
            stale_after=stale_after,
        )  # fmt: skip
        await service.twins.create(twin)
        where = {"Location": f"{DEVICES}/{device_id}/twin/state"}
        return JSONResponse(_made(twin), 201, where)

    async def synchronize(device_id: Device, asked: BatchBody) -> Response:
        """Take a batch of observations in, and compute the state anew that follows from all.

        When it is answered, they are on the disk. Whatever order they come in, and however
        often: the state is that of the set. What an operator set is done at its instant; what
        was measured corrects the estimate, and overwrites nothing.
        """
        return JSONResponse(await service.twins.synchronize(device_id, asked))

    async def delete_twin(device_id: Device) -> Response:
        """Delete a twin, and what was observed of its device."""
        await service.twins.drop(device_id)
        return Response(status_code=204)

    surface.add(
        "POST", f"{TWIN}/create", create, role=Role.ENGINEER, summary="Make a twin",
        gives={201: told.Made}, refuses=(404, 409, 503), body=Create, example=CREATED,
    )  # fmt: skip
    surface.add(
        "POST", f"{TWIN}/synchronize", synchronize, role=Role.OPERATOR,
        summary="Take observations in", gives={200: told.Synchronized},
        refuses=(404, 409, 503), body=Batch, example=SEEN,
    )  # fmt: skip
    surface.add(
        "DELETE", TWIN, delete_twin, role=Role.ENGINEER, summary="Delete a twin",
        gives={204: ""}, refuses=(404,),
    )  # fmt: skip


def _add_jobs(surface: Surface, service: Service) -> None:
    async def simulate(request: Request, device_id: Device, asked: SimulateBody) -> Response:
        """Start a job that simulates from the present state on, under different luck.

        Its result is the JSON of `simtwin run --json`.
        """
        twin = service.twins.twin(device_id)
        arguments = _given(asked)
        if asked.until is not None:
            until = instant_of(twin.ground, asked.until, "until")
            if until <= twin.time:
                raise Refused(
                    422, f"until: must lie after the state at "
                    f"{moment(twin.ground['start'], twin.time)} (got {asked.until!r})",
                )  # fmt: skip
            arguments["until"] = until
        planned = twin.ground["replications"]
        if asked.replications is None and planned > service.limits.replications:
            raise Refused(422, f"replications: the scenario says {planned}; at most "
                          f"{service.limits.replications} are made here")  # fmt: skip
        return started(service, request, twin, "simulate", arguments, _given(asked))

    async def optimize(request: Request, device_id: Device, asked: OptimizeBody) -> Response:
        """Start a job that makes the parameters of an operation best, and proves it.

        Its result is the JSON of `simtwin optimise --json`: the best, the limits that hold it
        with their prices, and the paired runs against today's parameters; or the limits at
        fault where nothing keeps them all. It changes nothing in the twin.
        """
        twin = service.twins.twin(device_id)
        machine = asked.machine or twin.machine
        machines = twin.ground["machines"]
        if machine is None:
            raise Refused(422, "machine: must be given, as the device is a whole plant")
        if machine not in machines:
            raise Refused(422, f"machine: {unknown('machine', machine, machines)}")
        arguments = {**_given(asked), "machine": machine}
        await _check(service, twin.asks("check-optimize", arguments))
        return started(service, request, twin, "optimize", arguments, _given(asked))

    surface.add(
        "POST", f"{TWIN}/simulate", simulate, role=Role.OPERATOR, summary="Simulate, as a job",
        gives={202: told.Job}, refuses=(404, 409), body=Simulate, example=SIMULATED,
    )  # fmt: skip
    surface.add(
        "POST", f"{TWIN}/optimize", optimize, role=Role.OPERATOR,
        summary="Optimise parameters, as a job", gives={202: told.Job}, refuses=(404, 409, 503),
        body=Optimize, example=BETTER,
    )  # fmt: skip


def started(
    service: Service,
    request: Request,
    twin: Twin,
    verb: str,
    arguments: dict[str, object],
    asked: dict[str, object],
) -> Response:
    """Return the answer to who starts a job: it is accepted, and where to look for it."""
    question = twin.asks(verb, arguments)
    job = service.jobs.start(question, asked, twin.device, request.state.key.id)
    return JSONResponse(job.as_plain(), 202, {"Location": f"/v1/jobs/{job.id}"})


def _sensors(twin: Twin, asked: dict[str, str]) -> dict[str, str]:
    """Return the sensors that are *asked* for, each a temperature at a node that there is."""
    signals = [name for name, row in CATALOGUE.items() if row.quantity == "temperature"]
    own = twin.ground["machines"].values()
    nodes = [AMBIENT, *dict.fromkeys(node for known in own for node in known)]
    for signal, node in asked.items():
        if signal not in signals:
            raise Refused(422, f"sensors: {unknown('temperature', signal, signals)}")
        if node not in nodes:
            raise Refused(422, f"sensors.{signal}: {unknown('node', node, nodes)}")
    return asked


def _made(twin: Twin) -> dict[str, object]:
    return {
        "device": twin.device,
        "plant": twin.ground["name"],
        "scenario": twin.ground["plan"],
        "machine": twin.machine,
        "start": twin.ground["start"],
        "time": moment(twin.ground["start"], twin.time),
        "time_s": twin.time,
    }


def _given(asked: Ahead | Optimize | Simulate) -> dict[str, object]:
    """Return what a call gives, without what it leaves to others."""
    return {key: value for key, value in asked.model_dump().items() if value is not None}


async def _check(service: Service, question: Question) -> None:
    """Refuse what a job would be refused for before it begins, and tell where that stands."""
    try:
        await service.desk.ask(question)
    except Refused as error:
        if error.status == 422 and not error.errors:
            pointer = pointed(question.arguments, error.detail)
            error.errors = [{"pointer": pointer, "message": error.detail}]
        raise


def _length(key: str, text: str, most: float) -> float:
    try:
        found = read_seconds(text)
    except InvalidInput:
        found = nan
    if not 0.0 < found <= most:
        message = (
            f"must be a time with its unit, above 0 and at most {most / HOUR:g} h, as in "
            f"'90 min' or '8 h' (got {text!r})"
        )
        raise Refused(422, f"{key}: {message}", [{"key": key, "message": message}])
    return found

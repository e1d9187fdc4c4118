"""This module holds what the service gives, as it stands in its description."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Error(Told):
    """One thing that is wrong."""

    message: str
    key: str | None = None
    """The key, as in 'observations[2].value'."""
    pointer: str | None = None
    """The same as a JSON pointer into the body."""
    file: str | None = None
    line: int | None = None
    column: int | None = None


class Problem(Told):
    """Why a call was refused, after RFC 9457, in the words of the command line."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Error] = []
    """All that is wrong, each with its place."""


class Made(Told):
    """A twin that was made."""

    device: str
    plant: str
    scenario: str
    machine: str | None
    start: str
    time: str
    time_s: float


class Report(Told):
    """The newest report of a signal, beside what the twin had at that instant."""

    signal: str
    value: float | bool | None
    quality: Literal["GOOD", "SUSPECT", "BAD"]
    at: str
    at_s: float
    age_s: float
    freshness: Literal["FRESH", "STALE"]
    simulated: float | None
    """What the twin itself had; none where it has nothing like it, or does what was set."""
    difference: float | None
    """Reported less simulated: to be looked at; nothing is decided on it."""


class Machine(Told):
    """A machine as its sensors and counters would show it now."""

    machine: str
    state: str
    cause: str
    job: str
    operation: str
    power_kw: float | None = None
    speed_rpm: float | None = None
    torque_nm: float | None = None
    motor_current_a: float | None = None
    tool: str | None = None
    temperature_c: dict[str, float] | None = None
    reported: list[Report]


class Counted(Told):
    """The observations that a state follows from."""

    kept: int
    contradictory: int
    """Identities of which two contents were sent; neither is used."""
    digest: str
    """Of the set: two twins with the same plan and digest have the same state, bit for bit."""


class State(Told):
    """The state of a twin: simulated, and beside it what was reported."""

    schema_version: int
    device: str
    machine: str | None
    plant: str
    scenario: str
    start: str
    time: str
    time_s: float
    seed: int
    basis: str
    machines: list[Machine]
    observations: Counted
    assumptions: list[str]


class Rejected(Told):
    """An observation that was not taken, and why."""

    index: int
    """Its place in the batch, from 0."""
    message: str


class Synchronized(Told):
    """What became of a batch; received = accepted + late + duplicate + rejected."""

    received: int
    accepted: int
    late: int
    """Taken as well, and behind what was known; the state was computed anew."""
    duplicate: int
    rejected: int
    errors: list[Rejected]
    time: str
    time_s: float
    digest: str


class Job(Told):
    """A job: what was asked, how far it is, and what has become of it."""

    id: str
    verb: str
    device: str
    by: str
    """Id of the key that asked for it."""
    asked: dict[str, Any]
    status: Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
    created: str
    ended: str | None
    done: int
    total: int | None
    partial: bool
    """Whether its time was over before all was done."""
    results: list[str]
    """Names of what it found."""
    problem: Problem | None


class Jobs(Told):
    """Jobs, the latest first."""

    jobs: list[Job]


class Devices(Told):
    """Twins by device."""

    devices: list[Made]


class File(Told):
    """A plant or a scenario on the shelf."""

    name: str
    bundled: bool
    """Whether it came with simtwin, and stays."""
    about: str


class Files(Told):
    """What stands on the shelf."""

    files: list[File]


class Kept(Told):
    """A file that was kept, and what was found in it."""

    name: str
    title: str
    machines: list[str] | None = None
    orders: list[str] | None = None


class Key(Told):
    """A key, without its secret."""

    id: str
    name: str
    role: str


class Keys(Told):
    """The keys of the service."""

    keys: list[Key]


class Secret(Key):
    """A key with its secret, which is shown once."""

    secret: str


class Healthy(Told):
    """A sign of life."""

    status: str


class Answer(Told):
    """An answer, the same JSON as ``--json`` of the command line gives."""

    model_config = ConfigDict(extra="allow")

    schema_version: int = Field(examples=[1])

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


class Interval(Told):
    """A value and its interval of 95 %."""

    value: float
    low: float
    high: float


class Report(Told):
    """The newest report of a signal, beside what is estimated and simulated of the same."""

    signal: str
    """Its name in the catalogue."""
    node: str | None
    """Of a temperature, what it measures."""
    unit: str
    value: float | str | None
    quality: Literal["GOOD", "SUSPECT", "BAD"]
    at: str
    at_s: float
    age_s: float | None
    """Of the newest report that can be used; none where there is none."""
    freshness: Literal["FRESH", "STALE", "GAP"]
    estimated: Interval | None
    """What is believed now, by filter, after all reports."""
    simulated: float | None
    """What a run of the plan has at that instant, which no measurement touches; none where it
    has nothing like it, or does what was set."""
    difference: float | None
    """Reported less simulated: to be looked at; nothing is decided on it."""


class Estimate(Told):
    """What is believed of a machine, by filter, from everything reported of it."""

    temperature_c: dict[str, Interval]
    ambient_c: Interval
    friction: Interval
    """Over its law: 1 is as the plant says."""
    uncorrected_c: dict[str, Interval]
    """What the model has under the loads that were reported, never corrected since the first
    temperature."""
    readings: dict[str, int]
    """Used, thinned, gated, suspect, bad, unknown, not followed."""


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
    status: Literal["IN_SYNC", "STALE", "DRIFTING", "DIVERGED", "UNCALIBRATED"]
    """How far its estimate may be trusted."""
    reason: str
    """Of the status."""
    estimate: Estimate | None
    """None until a temperature is reported."""
    reported: list[Report]


class Counted(Told):
    """The observations that a state follows from."""

    kept: int
    digest: str
    """Of the set: two twins with the same plan and digest have the same state, bit for bit."""


class Beginning(Told):
    """The state that look-aheads and simulations begin with."""

    followed: bool
    """Whether it is the one that is believed, drawn anew for each future, on the plant as it is
    believed to be; else that of the run."""
    warnings: list[str]
    """Machines that are not in sync, and why."""


class State(Told):
    """The state of a twin: what was reported, is estimated, and is simulated, kept apart."""

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
    forecasts_begin: Beginning
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
    """Taken as well, more than 5 s behind the newest of its machine."""
    duplicate: int
    """Known already; of two contents under one identity one stays, whichever came first."""
    rejected: int
    """Kept aside, with the reason."""
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

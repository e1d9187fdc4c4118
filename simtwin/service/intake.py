"""This module holds the intake: what a batch of observations makes of those of a twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.plant.wording import unknown
from simtwin.service.observations import LATENESS, Observation, Observations
from simtwin.service.signals import signal_of
from simtwin.service.twin import Twin, instant_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.service.schemas import ObservationIn


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch that was taken in: the set with it, what is new of it, and how it counts."""

    grown: Observations
    new: list[Observation]
    counts: dict[str, int]
    errors: list[dict[str, Any]]


def taken(twin: Twin, batch: Sequence[ObservationIn]) -> Taken:
    """Return what *batch* makes of the observations of *twin*; each counts in one place."""
    counts = {"accepted": 0, "late": 0, "duplicate": 0, "rejected": 0}
    errors: list[dict[str, Any]] = []
    understood: dict[int, Observation] = {}
    for index, sent in enumerate(batch):
        try:
            understood[index] = _understood(twin, sent)
        except InvalidInput as error:
            errors.append({"index": index, "message": str(error)})
    grown, said = twin.observations.taking(understood.values())
    new = []
    for (index, one), says in zip(understood.items(), said, strict=True):
        if says != "duplicate":
            new.append(one)
        if says == "contradiction":
            errors.append({"index": index, "message": _contradiction(one)})
        elif says == "new":
            late = one.time < twin.observations.time - LATENESS
            counts["late" if late else "accepted"] += 1
        else:
            counts["duplicate"] += 1
    counts["rejected"] = len(errors)
    _ = grown.digest, grown.acts, grown.newest  # Here, where nobody waits for the process.
    return Taken(grown, new, counts, sorted(errors, key=lambda error: error["index"]))


def _understood(twin: Twin, sent: ObservationIn) -> Observation:
    """Return what was *sent* as an observation of *twin*, or raise what is wrong with it."""
    machine = sent.machine or twin.machine
    machines = twin.ground["machines"]
    if machine is None:
        raise InvalidInput("machine: must be given, as the device is a whole plant")
    if machine not in machines:
        raise InvalidInput(f"machine: {unknown('machine', machine, machines)}")
    signal = signal_of(sent.signal, machines[machine])
    if isinstance(signal, str):
        raise InvalidInput(f"signal: {signal}")
    wrong = None if sent.value is None else signal.wrong(sent.value)
    if wrong is not None:
        raise InvalidInput(wrong)
    time = instant_of(twin.ground, sent.at, "at")
    quality = sent.quality if sent.value is not None else "BAD"
    return Observation(time, machine, signal.name, sent.value, quality, sent.boot, sent.seq)


def _contradiction(one: Observation) -> str:
    return (
        f"boot {one.boot!r}, seq {one.seq}, {one.signal} of {one.machine} has said something "
        "else before; neither is used"
    )

"""This module holds the intake: what a batch of observations adds to the log of a twin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.live.account import Counts
from simtwin.live.catalogue import CATALOGUE
from simtwin.live.envelope import Envelope, Quality
from simtwin.plant.wording import unknown
from simtwin.service.names import read, route_of
from simtwin.service.twin import Twin, instant_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.live.store import Store
    from simtwin.service.schemas import ObservationIn

SOURCE = "synchronize"
"""What the log says that a reading came by."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch that was taken in: how many of it were what, and why some were not taken."""

    counts: dict[str, int]
    errors: list[dict[str, Any]]

    @property
    def moved(self) -> bool:
        """Whether the set of readings may be another one now."""
        return self.counts["received"] > self.counts["rejected"]


def taken(twin: Twin, batch: Sequence[ObservationIn], store: Store, heard: float) -> Taken:
    """Add *batch*, heard at *heard* [s, UTC], to the *store* of *twin*, on the disk.

    Each observation counts in one place. All of a batch are received at one instant, which is
    never before what they tell, nor before what was received earlier.
    """
    errors: list[dict[str, Any]] = []
    understood: dict[int, Envelope] = {}
    for index, sent in enumerate(batch):
        try:
            understood[index] = _understood(twin, sent)
        except InvalidInput as error:
            errors.append({"index": index, "message": str(error)})
    received = max(heard, twin.utc(twin.time), *(e.t_source for e in understood.values()))
    # By time, so that what came together is not late against itself.
    rows = sorted(understood.values(), key=lambda envelope: envelope.t_source)
    with store.batch() as write:
        (counts,) = write.add([[replace(envelope, t_received=received) for envelope in rows]])
        for wrong in errors:
            raw = batch[wrong["index"]].model_dump_json().encode("utf-8")
            write.keep(SOURCE, wrong["message"], raw, received)
        write.count(
            received=len(batch),
            stored=counts.accepted,
            duplicate=counts.duplicate,
            quarantined=len(errors),
        )
    assert counts.quarantined == 0, "what the log refuses is refused before"
    return Taken(_counted(len(batch), counts, len(errors)), errors)


def _counted(received: int, counts: Counts, rejected: int) -> dict[str, int]:
    return {
        "received": received,
        "accepted": counts.accepted - counts.late,
        "late": counts.late,
        "duplicate": counts.duplicate,
        "rejected": rejected,
    }


def _understood(twin: Twin, sent: ObservationIn) -> Envelope:
    """Return what was *sent* as a reading of a machine of *twin*, or raise what is wrong."""
    machine = sent.machine or twin.machine
    machines = twin.ground["machines"]
    if machine is None:
        raise InvalidInput("machine: must be given, as the device is a whole plant")
    if machine not in machines:
        raise InvalidInput(f"machine: {unknown('machine', machine, machines)}")
    route = route_of(sent.signal, sent.unit, twin.sensors_of(machine))
    value, quality = read(route, sent.value)
    time = instant_of(twin.ground, sent.at, "at")
    if quality is Quality.GOOD or sent.quality == Quality.BAD:
        quality = Quality(sent.quality)
    return Envelope(
        machine,
        route.signal,
        value,
        CATALOGUE[route.signal].unit,
        Quality.BAD if value is None else quality,
        t_source=twin.utc(time),
        epoch=sent.boot,
        seq=sent.seq,
        source=SOURCE,
    )

"""This module holds the capture: a shop becomes a snapshot, a snapshot JSON, and back."""

from __future__ import annotations

import hashlib
import json
from math import inf
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from simtwin.errors import InvalidInput, UnknownSnapshot
from simtwin.names import natural
from simtwin.parts.alarm import Label
from simtwin.parts.bearing import BearingState
from simtwin.parts.failure import FailureState
from simtwin.parts.spindle import SpindleState
from simtwin.parts.tool import EdgeState, Stowed
from simtwin.result.record import FlowTotals, MachineTotals, Opening
from simtwin.result.snapshot import SCHEMA_VERSION, Snapshot
from simtwin.shop.backlog import BacklogState
from simtwin.shop.batch import Batch
from simtwin.shop.crew import CrewState
from simtwin.shop.flow_states import (
    BookState,
    KanbanState,
    OrderState,
    Piece,
    SourceState,
    StationState,
)
from simtwin.shop.interventions import ActsState
from simtwin.shop.plan import plan_of
from simtwin.shop.quality import Loop
from simtwin.shop.states import Fault, Lasting, MachineState, Mode, Setting, Work
from simtwin.shop.transport import Call, Delivery, TransportState
from simtwin.shop.upkeep import TaskState, UpkeepState

if TYPE_CHECKING:
    from simtwin.shop.shop import Shop

VALUES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        MachineState,
        Mode,
        Work,
        Setting,
        Lasting,
        Fault,
        SpindleState,
        BearingState,
        EdgeState,
        Stowed,
        FailureState,
        StationState,
        SourceState,
        OrderState,
        BookState,
        Piece,
        CrewState,
        ActsState,
        TaskState,
        UpkeepState,
        KanbanState,
        Batch,
        BacklogState,
        Loop,
        TransportState,
        Delivery,
        Call,
    )
}

CHECKSUM = "checksum"
"""Key of what tells that nothing was edited: SHA-256 of all else, its keys sorted."""

KIND = " is"
"""Key that names the type of a value; no piece, order or edge can be called so."""

SEALED: dict[str, frozenset[str]] = {
    "BearingState": frozenset({"strength"}),
    "EdgeState": frozenset({"factor", "threshold"}),
    "Stowed": frozenset({"wear"}),
    "FailureState": frozenset({"due"}),
    "Work": frozenset({"left"}),
    "Fault": frozenset({"left"}),
    "MachineState": frozenset({"until", "damages", "wear"}),
    "SourceState": frozenset({"next"}),
    "Delivery": frozenset({"at"}),
}
"""What no sensor, inspection or counter shows: drawn strengths, true damage, drawn ends."""


def capture(shop: Shop) -> Snapshot:
    """Return the state of *shop* now. Nothing is advanced, so nothing changes (KERNEL 16).

    Machines and their parts stand under their own names; whatever else might be called the
    same stands behind a space, with which no name in a file begins.
    """
    states: dict[str, Any] = {}
    alarms = {}
    machine_totals = {}
    for name, machine in shop.machines.items():
        state = machine.state
        states[name] = (
            state if machine.program is None else structs.replace(state, mode=machine.mode)
        )
        for part in machine.parts:
            states[part.name] = part.state
        if machine.edge is not None:
            states[machine.edge.name] = machine.edge.state
        alarm = machine.alarm
        if alarm is not None:
            alarms[name] = alarm.label
        machine_totals[name] = machine.totals.copy()
    for name, station in shop.stations.items():
        states[f" station {name}"] = station.state
    for name, source in shop.sources.items():
        states[f" source {name}"] = source.state
    states[" crew"] = shop.crew.state
    if shop.upkeep.state != UpkeepState({}, {}):
        states[" upkeep"] = shop.upkeep.state
    states[" orders"] = shop.book.state
    states[" acts"] = ActsState(shop.interventions.done, shop.env.moved_at == shop.env.now)
    states[" pieces"] = dict(shop.pieces)
    states |= _if_any(shop)
    # Nobody in the midst of a run; in a shop just built, whom its first dispatch looks at.
    touched = {place[2].name for place in (*shop.leaving, *shop.empty)}
    if touched:
        states[" touched"] = tuple(sorted(touched, key=natural))
    return Snapshot(
        time=shop.env.now,
        plant=shop.plan.model.name,
        seed=shop.streams.seed,
        replication=shop.streams.replication,
        states=states,
        alarms=alarms,
        counts=shop.streams.counts(),
        machine_totals=machine_totals,
        place_totals={name: place.copy() for name, place in shop.record.places.items()},
        plant_totals=shop.record.plant.copy(),
        opening=shop.record.opening,
        model=shop.plan.model,
        start=shop.scenario.start,
    )


def _if_any(shop: Shop) -> dict[str, Any]:
    """Return the states of what only some shops have: a door, ways, batches, rework, ..."""
    states: dict[str, Any] = {}
    if shop.backlog is not None:
        states[" backlog"] = shop.backlog.state
    ways = shop.transport
    if ways is not None and (ways.spec is not None or ways.state != TransportState({})):
        states[" transport"] = ways.state
    if shop.plan.preempts or shop.interrupted:
        states[" interrupted"] = dict(shop.interrupted)
    if shop.plan.batches or shop.batches:
        states[" batches"] = dict(shop.batches)
    if shop.plan.judging:
        states[" loops"] = dict(shop.loops)
    return states


def to_json(snapshot: Snapshot) -> str:
    """Return *snapshot* as JSON: repr floats, null for open, sorted keys, two parts.

    It begins with the checksum of the rest, so that what has been edited is no snapshot.
    """
    content = json.dumps(_plain(snapshot), sort_keys=True, allow_nan=False)
    return f'{{"{CHECKSUM}": "{_checksum(content)}", {content[1:]}'


def _checksum(content: str) -> str:
    return hashlib.sha256(content.encode("ascii")).hexdigest()


def _plain(snapshot: Snapshot) -> dict[str, Any]:
    """Return *snapshot* as plain data, in its two parts."""
    public: dict[str, Any] = {}
    sealed: dict[str, Any] = {}
    for name, state in snapshot.states.items():
        seen, hidden = _split(state)
        public[name] = seen
        if hidden is not None:
            sealed[name] = hidden
    return {
        "schema_version": snapshot.schema_version,
        "time": snapshot.time,
        "plant": snapshot.plant,
        "plant_digest": digest_of(snapshot),
        "seed": snapshot.seed,
        "replication": snapshot.replication,
        "start": snapshot.start,
        "public": public,
        "sealed": {
            "states": sealed,
            "alarms": {
                name: [a.instant, a.rank, a.part, a.guard]
                for name, a in snapshot.alarms.items()
            },
            "counts": snapshot.counts,
            "opening": _opening(snapshot.opening),
        },
        "totals": _totals(
            snapshot.machine_totals, snapshot.place_totals, snapshot.plant_totals
        ),
    }


def from_json(text: str) -> Snapshot:
    """Return the snapshot that *text* holds; it goes on bit for bit as the original.

    Raises InvalidInput for what is no snapshot, or not as it was saved, UnknownSnapshot for one
    of another version.
    """
    try:
        data = json.loads(text)
        if isinstance(data, dict):
            return _snapshot(data)
        why = f"it holds a {type(data).__name__}"
    except InvalidInput:
        raise
    except KeyError as error:
        why = f"{error} is missing"
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        why = str(error)
    raise InvalidInput(f"is no snapshot of simtwin: {why}")


def _snapshot(data: dict[str, Any]) -> Snapshot:
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UnknownSnapshot(
            f"snapshot has schema_version {version!r}; this simtwin reads {SCHEMA_VERSION}"
        )
    told = data.pop(CHECKSUM)
    if told != _checksum(json.dumps(data, sort_keys=True)):
        raise InvalidInput("its content is not what was saved: take the snapshot again")
    hidden = data["sealed"]["states"]
    states = {name: _join(value, hidden.get(name)) for name, value in data["public"].items()}
    machines, places, plant = _untotals(data["totals"])
    return Snapshot(
        time=data["time"],
        plant=data["plant"],
        seed=data["seed"],
        replication=data["replication"],
        states=states,
        alarms={name: Label(*row) for name, row in data["sealed"]["alarms"].items()},
        counts=data["sealed"]["counts"],
        machine_totals=machines,
        place_totals=places,
        plant_totals=plant,
        opening=_unopening(data["sealed"]["opening"]),
        digest=data.get("plant_digest", ""),
        start=data.get("start", ""),
    )


def digest_of(snapshot: Snapshot) -> str:
    """Return the digest of the plant that *snapshot* was taken of."""
    return snapshot.digest if snapshot.model is None else plan_of(snapshot.model).matter_digest


def _split(value: Any) -> tuple[Any, Any]:
    """Return (public, sealed) of a value; sealed is None when nothing in it is hidden."""
    if isinstance(value, Struct):
        kind = type(value).__name__
        secret = SEALED.get(kind, frozenset())
        seen: dict[str, Any] = {KIND: kind}
        hidden: dict[str, Any] = {}
        for field in value.__struct_fields__:
            item = getattr(value, field)
            if item is None:
                continue
            if field in secret:
                hidden[field] = _split(item)[0]
            else:
                seen[field], inner = _split(item)
                if inner is not None:
                    hidden[field] = inner
        return seen, hidden or None
    if isinstance(value, dict):
        pairs = {key: _split(item) for key, item in value.items()}
        inner = {key: pair[1] for key, pair in pairs.items() if pair[1] is not None}
        return {key: pair[0] for key, pair in pairs.items()}, inner or None
    if isinstance(value, tuple):
        split = [_split(item) for item in value]
        inner = {str(k): pair[1] for k, pair in enumerate(split) if pair[1] is not None}
        return [pair[0] for pair in split], inner or None
    if value == inf:
        return None, None
    return value, None


def _join(seen: Any, hidden: Any) -> Any:
    """Return the value whose public and sealed part these are."""
    if isinstance(seen, list):
        inside = hidden or {}
        return tuple(_join(item, inside.get(str(k))) for k, item in enumerate(seen))
    if not isinstance(seen, dict):
        return inf if seen is None else seen
    hidden = hidden or {}
    if KIND not in seen:
        return {key: _join(item, hidden.get(key)) for key, item in seen.items()}
    kind = VALUES[seen[KIND]]
    values: dict[str, Any] = {}
    for field in kind.__struct_fields__:
        if field in SEALED.get(seen[KIND], ()) and field in hidden:
            values[field] = _join(hidden[field], None)
        elif field in seen:
            values[field] = _join(seen[field], hidden.get(field))
        else:
            values[field] = None
    return kind(**values)


def _opening(opening: Opening | None) -> dict[str, Any] | None:
    """Return an opening as plain data; it is sealed, for it counts the life used up by then."""
    return None if opening is None else {"at": opening.at} | _totals(*opening[1:])


def _unopening(data: dict[str, Any] | None) -> Opening | None:
    return None if data is None else Opening(data["at"], *_untotals(data))


def _totals(
    machines: dict[str, MachineTotals], places: dict[str, FlowTotals], plant: FlowTotals
) -> dict[str, Any]:
    return {
        "machines": {n: [t.time, t.energy, t.counts, t.work] for n, t in machines.items()},
        "places": {name: _flow(totals) for name, totals in places.items()},
        "plant": _flow(plant),
    }


def _untotals(
    data: dict[str, Any],
) -> tuple[dict[str, MachineTotals], dict[str, FlowTotals], FlowTotals]:
    machines = {name: _machine(row) for name, row in data["machines"].items()}
    places = {name: _unflow(row) for name, row in data["places"].items()}
    return machines, places, _unflow(data["plant"])


def _flow(totals: FlowTotals) -> list[float]:
    return list(totals.row)


def _unflow(row: list[Any]) -> FlowTotals:
    totals = FlowTotals()
    totals.area, totals.entered, totals.left, totals.sojourn = row
    return totals


def _machine(row: list[Any]) -> MachineTotals:
    totals = MachineTotals()
    totals.time, totals.energy, totals.counts, totals.work = row
    return totals

"""This module holds the onset of a stop: what the log shows of how it came to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.result.record import EventRow, Log, StateRow
    from simtwin.result.result import Result

Told = tuple[float, str, str]
"""When [s], of whom, and what."""

PLANNED = 100.0
"""Override at which all goes as planned [%]."""


def onset(result: Result, log: Log, stop: StateRow) -> list[Told]:
    """Return what led to *stop*: acts still in force, the state of the part, who had the crew.

    Acts are told where the stop came out of the load: a stall, a hot spindle, a bearing.
    A skipped maintenance is told before a failure.
    """
    events = [e for e in log.events if e.machine == stop.machine and e.time <= stop.start]
    last = next((e for e in reversed(events) if e.time == stop.start and _begins(e)), None)
    if last is None:
        return []
    loaded = last.kind != "failure" or last.part.endswith(" bearing")
    told = _acts(events, stop) if loaded else []
    if last.kind == "failure":
        told = [*_skipped(events), *told]
    return told + _part(result, log, events, last)


def _begins(event: EventRow) -> bool:
    return event.kind in ("failure", "overload", "trip")


def _acts(events: list[EventRow], stop: StateRow) -> list[Told]:
    """Return overrides and a missing coolant that are in force when *stop* begins.

    A slower feed takes load away and is not told; a slower spindle makes thicker chips.
    """
    force: dict[str, Told] = {}
    for event in events:
        if event.kind == "overload" and event.time < stop.start:
            force.pop("feed override", None)
            force.pop("spindle override", None)
        elif event.kind in ("feed override", "spindle override"):
            percent = float(event.detail)
            force[event.kind] = event.time, stop.machine, f"{event.kind} {percent:g} %"
            if percent == PLANNED or (event.kind == "feed override" and percent < PLANNED):
                del force[event.kind]
        elif event.kind == "coolant off":
            force["coolant"] = event.time, stop.machine, "coolant off"
        elif event.kind == "coolant on":
            force.pop("coolant", None)
    return list(force.values())


def _skipped(events: list[EventRow]) -> list[Told]:
    """Return the maintenance that was last skipped, if none has been done since."""
    for event in reversed(events):
        if event.kind == "maintained":
            break
        if event.kind == "maintenance skipped":
            return [(event.time, event.machine, f"maintenance skipped ({event.detail})")]
    return []


def _part(result: Result, log: Log, events: list[EventRow], last: EventRow) -> list[Told]:
    """Return the state of the part that began the stop, as it was then."""
    reading = log.history[last.machine].at(last.time)
    if reading is None:  # Nothing wears or warms in it.
        return []
    spec = {spec.name: spec for spec in result.plant.machines}[last.machine]
    if last.kind == "overload":
        mounted = next(
            (
                e.time
                for e in reversed(events)
                if e.kind == "tool change" and e.part == last.part
            ),
            None,
        )
        land = 1e3 * reading.wear_land
        told = [(last.time, last.part, f"worn to VB {land:.2f} mm")]
        return told if mounted is None else [(mounted, last.part, "put in"), *told]
    if last.kind == "trip":
        node = last.detail.rpartition(" ")[2]
        value = reading.temperatures[spec.spindle.network.nodes.index(node)]
        return [(last.time, f"{last.machine}/{node}", f"at {value:.1f} degC")]
    names = [f"{spec.name}/{bearing.name} bearing" for bearing in spec.bearings]
    if last.part in names:
        damage = reading.bearings[names.index(last.part)]
        return [(last.time, last.part, f"at damage {damage:.2f}")]
    return []

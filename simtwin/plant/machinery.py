"""This module holds the machinery of a plant file: machines, stations and tools in SI units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.errors import OutOfRange
from simtwin.parts.spindle import Trip
from simtwin.parts.tool import ToolSpec
from simtwin.physics.bearing import Oil
from simtwin.physics.thermal import Boundary, Network
from simtwin.plant import catalogue
from simtwin.plant.ageing import read_failures
from simtwin.plant.batch import BatchSpec, refused
from simtwin.plant.calendar_schema import calendar_named
from simtwin.plant.law_schema import time_law
from simtwin.plant.model import (
    OVERLOAD_RESET,
    REFIT,
    MachineSpec,
    PowerSpec,
    StationSpec,
)
from simtwin.plant.tooling import read_magazine
from simtwin.plant.wording import unknown
from simtwin.units import (
    KILONEWTON,
    KILOWATT,
    METRE_PER_MINUTE,
    MILLIMETRE,
    MINUTE,
    MM2_PER_SECOND,
    RPM,
)

if TYPE_CHECKING:
    from simtwin.parts.bearing import BearingSpec
    from simtwin.parts.spindle import SpindleSpec
    from simtwin.plant.assumptions import Assumptions
    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.document import Document, Path
    from simtwin.plant.machine_schema import (
        BatchFile,
        BearingFile,
        MachineFile,
        NetworkFile,
        SpindleFile,
    )
    from simtwin.plant.plant_schema import PlantFile

NODES = ("motor", "front", "rear", "shaft", "housing")
"""A spindle's thermal nodes, in the order that its heats know."""


def read_machines(
    file: PlantFile,
    tools: dict[str, ToolSpec],
    calendars: dict[str, CalendarSpec],
    document: Document,
    assumptions: Assumptions,
) -> dict[str, MachineSpec]:
    """Return the machines of *file* by name; what was taken for granted joins *assumptions*."""
    machines: dict[str, MachineSpec] = {}
    for index, item in enumerate(file.machines):
        path = ("machines", index)
        if item.id in machines:
            document.complain((*path, "id"), f"a second machine {item.id!r}")
        machine = _machine(item, path, tools, document, assumptions)
        machines.setdefault(
            item.id,
            replace(
                machine,
                calendar=_calendar(item, path, file, calendars, document),
                at_shift_end=item.at_shift_end or file.at_shift_end,
            ),
        )
    return machines


def _calendar(
    item: MachineFile,
    path: Path,
    file: PlantFile,
    calendars: dict[str, CalendarSpec],
    document: Document,
) -> str | None:
    """Return the calendar of a machine: its own, or that of the plant."""
    if item.calendar is None:
        return calendar_named(file.calendar, calendars, ("calendar",), document)
    return calendar_named(item.calendar, calendars, (*path, "calendar"), document)


def read_stations(
    file: PlantFile, machines: dict[str, MachineSpec], document: Document
) -> dict[str, StationSpec]:
    """Return the stations of *file* by name: each group, and each machine that stands alone."""
    members: dict[str, list[str]] = {}
    for machine in machines.values():
        members.setdefault(machine.station, []).append(machine.name)
    for index, item in enumerate(file.machines):
        station = item.group or item.id
        if item.group in machines and members.get(station) != [item.group]:
            document.complain(
                ("machines", index, "group"), f"{item.group!r} is the name of a machine"
            )
    slots, cards = (
        _of_stations(file, "buffer", document),
        _of_stations(file, "kanban", document),
    )
    preempts = _of_stations(file, "preempt", document)
    batches = _of_stations(file, "batch", document)
    for index, item in enumerate(file.machines):
        station = item.group or item.id
        if item.kanban is not None and station in slots:
            document.complain(
                ("machines", index, "kanban"),
                f"{station!r} has a buffer of {slots[station]}: its cards say already how many "
                "pieces may wait there",
            )
    stations = {
        name: StationSpec(
            name,
            tuple(names),
            slots.get(name),
            cards.get(name),
            bool(preempts.get(name)),
            _batch(batches.get(name)),
        )
        for name, names in members.items()
    }
    _check_batches(file, stations, machines, document)
    return stations


def _batch(item: BatchFile | None) -> BatchSpec | None:
    """Return how a station takes pieces together, if it does."""
    if item is None:
        return None
    wait = None if item.wait_min is None else item.wait_min * MINUTE
    return BatchSpec(item.most, item.least, wait, item.same)


def _check_batches(
    file: PlantFile,
    stations: dict[str, StationSpec],
    machines: dict[str, MachineSpec],
    document: Document,
) -> None:
    """Refuse what does not go with batches, where it is written."""
    for station in stations.values():
        wrong = refused(station, (machines[name] for name in station.machines))
        if wrong is None:
            continue
        key, why = wrong
        for index, item in enumerate(file.machines):
            if (item.group or item.id) == station.name and getattr(item, key) is not None:
                document.complain(("machines", index, key), why)
                break


def _of_stations(file: PlantFile, key: str, document: Document) -> dict[str, Any]:
    """Return what *key* of any machine says of its station."""
    found: dict[str, Any] = {}
    for index, item in enumerate(file.machines):
        station, given = item.group or item.id, getattr(item, key)
        if given is not None and found.setdefault(station, given) != given:
            document.complain(
                ("machines", index, key),
                f"the {key} of group {station!r} is {found[station]} elsewhere "
                f"(got {given}); give it once",
            )
    return found


def _machine(
    item: MachineFile,
    path: Path,
    tools: dict[str, ToolSpec],
    document: Document,
    assumptions: Assumptions,
) -> MachineSpec:
    preset = _preset(item, path, document, assumptions)
    spindle: SpindleSpec | None = None
    bearings: tuple[BearingSpec, ...] = ()
    if preset is not None:
        try:
            spindle = _spindle(item.spindle, preset.spindle, path, document)
        except OutOfRange as error:
            document.complain((*path, "spindle", "network"), str(error))
        if item.bearings is None:
            bearings = preset.bearings
        else:
            front, rear = preset.bearings
            here = (*path, "bearings")
            bearings = (
                _bearing(item.bearings.front, front, (*here, "front"), document),
                _bearing(item.bearings.rear, rear, (*here, "rear"), document),
            )
    elif item.bearings is not None:
        document.complain((*path, "bearings"), "bearings need a spindle or a preset", key=True)
    if item.magazine and item.refit_min is None:
        assumptions.note(f"a refit of worn edges takes {REFIT / MINUTE:g} min", item.id)
    if spindle is not None and item.overload_reset_min is None:
        stood = f"{OVERLOAD_RESET / MINUTE:g} min"
        assumptions.note(f"after an overload it stands {stood} before it goes on", item.id)
    machine = MachineSpec(
        name=item.id,
        station=item.group or item.id,
        spindle=spindle,
        bearings=bearings,
        failures=read_failures(item, path, document, assumptions),
        magazine=read_magazine(item, path, tools, document),
        power=_power(item, preset),
        tool_change=preset.tool_change if preset else 0.0,
        form=preset.form if preset else None,
    )
    given = {
        "tool_change": item.tool_change_s,
        "refit": None if item.refit_min is None else item.refit_min * MINUTE,
        "overload_reset": (
            None if item.overload_reset_min is None else item.overload_reset_min * MINUTE
        ),
        "coolant_loss_life": item.coolant_loss_life,
        "feed_override": item.feed_override,
        "spindle_override": item.spindle_override,
        "form": item.form,
    }
    return replace(machine, **{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]


def _preset(
    item: MachineFile, path: Path, document: Document, assumptions: Assumptions
) -> catalogue.MachinePreset | None:
    if item.preset is None:
        if item.spindle is None:
            return None
        given = sorted(item.spindle.model_fields_set)
        assumptions.note(
            f"spindle and bearings as {catalogue.DEFAULT_PRESET}, but for "
            f"{', '.join(given) or 'nothing'}",
            item.id,
        )
        return catalogue.MACHINES[catalogue.DEFAULT_PRESET]
    if item.preset not in catalogue.MACHINES:
        document.complain(
            (*path, "preset"), unknown("machine preset", item.preset, catalogue.MACHINES)
        )
        document.unread.add(item.id)
        return None
    assumptions.note(
        f"preset {item.preset} is illustrative, of no vendor: losses, bearings, heat paths and "
        "trips are to be calibrated",
        item.id,
    )
    return catalogue.MACHINES[item.preset]


def _spindle(
    item: SpindleFile | None, base: SpindleSpec, path: Path, document: Document
) -> SpindleSpec:
    if item is None:
        return base
    factors = {
        "power_kw": ("rated_power", KILOWATT),
        "max_rpm": ("max_speed", RPM),
        "base_rpm": ("base_speed", RPM),
        "torque_nm": ("rated_torque", 1.0),
        "short_time": ("short_time", 1.0),
        "inertia_kg_m2": ("inertia", 1.0),
        "cutting_speed_m_min": ("cutting_speed", METRE_PER_MINUTE),
        "torque_constant_nm_a": ("torque_constant", 1.0),
        "resistance_ohm": ("resistance", 1.0),
        "idle_current_a": ("idle_current", 1.0),
        "iron_linear_ws_rad": ("iron_linear", 1.0),
        "iron_square_ws2_rad2": ("iron_square", 1.0),
        "additional_loss": ("additional_loss", 1.0),
    }
    changes: dict[str, object] = {
        name: getattr(item, key) * factor
        for key, (name, factor) in factors.items()
        if getattr(item, key) is not None
    }
    if item.network is not None:
        changes["network"] = _network(item.network, (*path, "spindle", "network"), document)
    if item.trips is not None:
        changes["trips"] = tuple(Trip(t.node, t.limit_c, t.reset_c) for t in item.trips)
        for index, trip in enumerate(item.trips):
            if trip.node not in NODES:
                document.complain(
                    (*path, "spindle", "trips", index, "node"),
                    unknown("node", trip.node, NODES),
                )
    spindle: SpindleSpec = replace(base, **changes)  # type: ignore[arg-type]
    if spindle.base_speed > spindle.max_speed:
        document.complain(
            (*path, "spindle"),
            f"base_rpm {spindle.base_speed / RPM:g} lies above max_rpm "
            f"{spindle.max_speed / RPM:g}",
        )
    return spindle


def _network(item: NetworkFile, path: Path, document: Document) -> Network:
    names = [node.id for node in item.nodes]
    if sorted(names) != sorted(NODES):
        document.complain(
            (*path, "nodes"), f"must be {', '.join(NODES)} (got {', '.join(names)})"
        )
    capacities = {node.id: node.capacity_j_k for node in item.nodes}
    links: list[tuple[str, str, float]] = []
    sinks: list[tuple[str, Boundary, float]] = []
    for index, link in enumerate(item.links):
        if link.node not in names:
            document.complain(
                (*path, "links", index, "node"), unknown("node", link.node, names)
            )
        if link.to == "coolant":
            sinks.append((link.node, "coolant", link.conductance_w_k))
        elif link.to == "ambient":
            sinks.append((link.node, "ambient", link.conductance_w_k))
        elif link.to in names:
            links.append((link.node, link.to, link.conductance_w_k))
        else:
            valid = [*names, "coolant", "ambient"]
            document.complain((*path, "links", index, "to"), unknown("node", link.to, valid))
    network = Network(
        NODES, tuple(capacities.get(n, 1.0) for n in NODES), tuple(links), tuple(sinks)
    )
    shut = [node for node in NODES if node in names and node not in _airy(network)]
    if shut:
        document.complain(
            (*path, "links"),
            f"no path from {', '.join(shut)} to ambient: with the coolant off, heat could "
            "not leave",
        )
    return network


def _airy(network: Network) -> set[str]:
    """Return the nodes that lose heat to ambient, themselves or through others."""
    reached = {node for node, to, g in network.sinks if to == "ambient" and g > 0.0}
    for _ in network.nodes:
        for one, other, g in network.links:
            if g > 0.0 and (one in reached or other in reached):
                reached |= {one, other}
    return reached


def _bearing(
    item: BearingFile, base: BearingSpec, path: Path, document: Document
) -> BearingSpec:
    factors = {
        "mean_diameter_mm": ("mean_diameter", MILLIMETRE),
        "rating_kn": ("rating", KILONEWTON),
        "fatigue_load_kn": ("fatigue_load", KILONEWTON),
        "preload_n": ("preload", 1.0),
        "load_share": ("load_share", 1.0),
        "rows": ("rows", 1),
        "f0": ("f0", 1.0),
        "f1": ("f1", 1.0),
        "viscosity_mm2_s": ("viscosity", MM2_PER_SECOND),
        "oil_reference_c": ("oil_reference", 1.0),
        "contamination": ("contamination", 1.0),
    }
    changes: dict[str, object] = {
        name: getattr(item, key) * factor
        for key, (name, factor) in factors.items()
        if getattr(item, key) is not None
    }
    if item.kind is not None:
        changes["kind"] = item.kind
    if item.oil_40c_mm2_s is not None and item.oil_100c_mm2_s is not None:
        try:
            changes["oil"] = Oil(item.oil_40c_mm2_s, item.oil_100c_mm2_s)
        except OutOfRange as error:
            document.complain(path, str(error))
    repair = time_law(item, "repair")
    if repair is not None:
        if repair.cycles:
            document.complain((*path, "repair"), "a repair takes time, not cycles")
        changes["repair"] = repair.law
    result: BearingSpec = replace(base, **changes)  # type: ignore[arg-type]
    return result


def _power(item: MachineFile, preset: catalogue.MachinePreset | None) -> PowerSpec:
    base = preset.power if preset else PowerSpec()
    if item.power is None:
        return base
    given = {
        "standby": item.power.standby_kw,
        "ready": item.power.ready_kw,
        "processing": item.power.processing_kw,
    }
    return replace(base, **{key: kw * KILOWATT for key, kw in given.items() if kw is not None})

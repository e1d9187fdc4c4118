"""This module holds the understanding: what was read in a plant, as data and as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from simtwin.units import HOUR, clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.precheck import Precheck


@dataclass(frozen=True, slots=True)
class MachineNote:
    """A machine as it was understood."""

    name: str
    station: str
    power_kw: float | None
    """Continuous rating; None for a plain machine [kW]."""
    max_rpm: float | None
    trips: str
    tools: tuple[str, ...]
    """As "drill x 2"."""
    feed_pct: float
    """How its feed is set at the start [%]."""
    speed_pct: float
    """How its spindle speed is set at the start [%]."""
    hours: str
    """When it works and what it does when its shift ends; empty: day and night."""


@dataclass(frozen=True, slots=True)
class FlowNote:
    """A station, what feeds it and what it feeds."""

    station: str
    machines: tuple[str, ...]
    buffer: int | None
    """Slots in front; None: without limit."""
    kanban: int | None
    """Cards for all pieces at the station; None: it has none."""
    preempts: bool
    """Whether more urgent pieces interrupt the work on others."""
    batch: str
    """How its machines take pieces together, in words; empty: one at a time."""
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationNote:
    """An operation: where, how long and how heavy."""

    product: str
    operation: str
    stations: tuple[str, ...]
    program: str
    minutes: float
    """Mean per piece or batch at the feed that is set, with tool changes and run-ups [min]."""
    cuts: int
    mean_load_pct: float | None
    """Cutting power over the continuous rating, mean over the operation [%]."""
    peak_load_pct: float | None
    """That of the heaviest step, with a sharp edge [%]."""
    setup_min: float
    """Time to set a machine up for it, where no matrix says otherwise [min]."""
    scrap_pct: float
    """Of its finished pieces [%]."""
    rework: str
    """As "10 % back to op10"; empty: none goes back."""
    together: int
    """Pieces of a full batch that its first machine works on in that time; 1: one by one."""
    worn_load_pct: float | None = None
    """The same with edges at their wear limit [%]."""
    minutes_at: dict[str, float] = field(default_factory=dict)
    """The same minutes at each station, where they differ [min]."""


@dataclass(frozen=True, slots=True)
class ToolNote:
    """How long an edge lasts in one operation."""

    tool: str
    product: str
    operation: str
    parts_per_edge: float | None
    """Mean; None: nothing wears, and nothing breaks."""
    break_rate_per_h: float = 0.0
    """Of a sharp edge, in work that wears it [1/h]."""


@dataclass(frozen=True, slots=True)
class FailureNote:
    """A failure mode and the machines that have it."""

    mode: str
    machines: tuple[str, ...]
    clock: str
    life: str
    repair: str
    crew: bool


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of a plant and its scenario."""

    plant: str
    scenario: str | None
    crews: tuple[str, ...]
    upkeep: tuple[str, ...]
    """Policies of planned maintenance, in words; empty: run to failure."""
    ways: tuple[str, ...]
    """How long pieces are on their way, in words; empty: no time."""
    conwip: int | None
    """Pieces in the shop at most; None: without limit."""
    conwip_of: dict[str, int]
    """The same of a product."""
    horizon_hours: float | None
    machines: tuple[MachineNote, ...]
    flows: tuple[FlowNote, ...]
    circling: tuple[tuple[str, ...], ...]
    """Stations between which pieces can circle."""
    operations: tuple[OperationNote, ...]
    before: Precheck
    """Loads and a forecast, without a run."""
    tools: tuple[ToolNote, ...]
    failures: tuple[FailureNote, ...]
    changes: tuple[str, ...]
    """What the scenario changes in the plant file; all else is told of the changed plant."""
    uncertain: tuple[str, ...]
    """Numbers that every run draws."""
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the same facts as plain values, for JSON."""
        names = (field.name for field in fields(self) if field.name != "before")
        told = {name: _plain(getattr(self, name)) for name in names}
        return told | {"before": self.before.as_dict()}

    def text(self) -> str:
        """Return the same facts as text, section by section."""
        title = f"{self.plant}" + (f", scenario {self.scenario}" if self.scenario else "")
        sections = (
            ("Changed by the scenario", iter(self.changes)),
            ("Machines", map(_machine_line, self.machines)),
            ("Flow", self._flow_lines()),
            ("Operations, min per part", map(_operation_line, self.operations)),
            (self._before, self.before.lines()),
            ("Tools", map(_tool_line, self.tools)),
            ("Failures", map(_failure_line, self.failures)),
            ("Planned maintenance", iter(self.upkeep)),
            ("Uncertain, drawn by every run", iter(self.uncertain)),
            ("Look again", iter(self.warnings)),
            ("Assumptions", iter(self.assumptions)),
        )
        blocks = [title]
        for heading, lines in sections:
            body = "\n".join(f"  {line}" for line in lines)
            if body:
                blocks.append(f"{heading}\n{body}")
        return "\n\n".join(blocks)

    @property
    def _before(self) -> str:
        if self.scenario is None:
            return "Before a run, per hour"
        hours = self.horizon_hours
        return "Before a run" + ("" if hours is None else f", {clock(hours * HOUR)}")

    def _flow_lines(self) -> list[str]:
        lines = [_flow_line(note) for note in self.flows]
        lines += [f"pieces can circle: {', '.join(names)}" for names in self.circling]
        lines += self.ways
        if self.conwip is not None:
            lines.append(f"at most {self.conwip} pieces in the shop; others wait outside")
        lines += [
            f"at most {limit} pieces of {product} in the shop; others wait outside"
            for product, limit in self.conwip_of.items()
        ]
        return [*lines, *(self.crews or ("no crew: a repair never waits",))]


def _machine_line(note: MachineNote) -> str:
    group = "" if note.station == note.name else f" of {note.station}"
    words = [f"feed at {note.feed_pct:g} %"] if note.feed_pct != 100.0 else []
    words += [f"speed at {note.speed_pct:g} %"] if note.speed_pct != 100.0 else []
    words += [note.hours] if note.hours else []
    group += f", {', '.join(words)}" if words else ""
    if note.power_kw is None:
        return f"{note.name}{group}: plain, no physics"
    trips = f"; stops at {note.trips}" if note.trips else ""
    tools = f"; magazine {', '.join(note.tools)}" if note.tools else ""
    return f"{note.name}{group}: {note.power_kw:g} kW, {note.max_rpm:.0f} rpm{trips}{tools}"


def _flow_line(note: FlowNote) -> str:
    machines = "" if note.machines == (note.station,) else f" ({', '.join(note.machines)})"
    if not (note.before or note.after):
        return f"{note.station}{machines}, no route leads to it"
    room = "no limit in front" if note.buffer is None else f"{note.buffer} slots in front"
    if note.kanban is not None:
        room = f"{note.kanban} cards for all that is there"
    if note.preempts:
        room += ", the more urgent interrupts"
    room += f", {note.batch}" if note.batch else ""
    before, after = ", ".join(note.before), ", ".join(note.after)
    return f"{before} -> {note.station}{machines}, {room} -> {after}"


def _operation_line(note: OperationNote) -> str:
    load = ""
    if note.mean_load_pct is not None and note.peak_load_pct is not None:
        peak, worn = f"{note.peak_load_pct:.0f} %", f"{note.worn_load_pct or 0.0:.0f} %"
        sharp = f"peak {peak}" if worn == peak else f"peak {peak} sharp, {worn} worn"
        load = f", load {note.mean_load_pct:.0f} % ({sharp})"
    where = " or ".join(note.stations)
    others = [f"{name} {minutes:.2f}" for name, minutes in note.minutes_at.items()]
    load = f" ({', '.join(others)}){load}" if others else load
    load += f" for a batch of up to {note.together}" if note.together > 1 else ""
    load += f", setup {note.setup_min:g} min" if note.setup_min else ""
    quality = f", {note.scrap_pct:g} % scrap" if note.scrap_pct else ""
    quality += f", {note.rework}" if note.rework else ""
    return f"{note.product}/{note.operation} on {where}: {note.minutes:.2f} min{load}{quality}"


def _tool_line(note: ToolNote) -> str:
    where = f"{note.tool} in {note.product}/{note.operation}"
    if note.parts_per_edge is None and note.break_rate_per_h:
        return f"{where}: neither wears nor breaks; nothing gives its edges a life there"
    if note.parts_per_edge is None:
        return f"{where}: does not wear"
    parts = note.parts_per_edge
    return f"{where}: some {parts:{'.0f' if parts >= 1.0 else '.2g'}} parts per edge"


def _failure_line(note: FailureNote) -> str:
    crew = "with crew" if note.crew else "without crew"
    return (
        f"{note.mode} ({_some(note.machines)}): clock {note.clock}; life {note.life}; "
        f"repair {note.repair}, {crew}"
    )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed) if len(listed) <= 4 else f"{len(listed)} machines"


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value

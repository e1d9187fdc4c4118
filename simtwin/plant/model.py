"""This module holds the plant and the scenario as constants: frozen, validated, in SI units.

A :class:`PlantModel` never changes; a what-if is another model. Files become these types in
:mod:`simtwin.plant.files`; :mod:`simtwin.shop` builds living processes from them.
Times are seconds since the start of the run, speeds rad/s, lengths m, temperatures degC.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from simtwin.errors import InvalidInput
from simtwin.physics.life import Fixed
from simtwin.plant.acts import refuse_contradictions
from simtwin.plant.changes import Changes, changed
from simtwin.plant.roster import with_machine, without_machine
from simtwin.plant.rules import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from simtwin.parts.bearing import BearingSpec
    from simtwin.parts.failure import FailureSpec
    from simtwin.parts.spindle import SpindleSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.physics.life import Law
    from simtwin.plant.batch import BatchSpec
    from simtwin.plant.calendar import CalendarSpec, ShiftEnd
    from simtwin.plant.policy import PolicySpec
    from simtwin.plant.rules import Rule
    from simtwin.plant.spread import Spread

Routing = Literal["work ahead", "shortest queue", "in order"]
"""To which of several stations a piece goes: with the least work before it, with the fewest
pieces, or to the first that the route names and that has room."""

REFIT, OVERLOAD_RESET, COOLANT_LOSS_LIFE = 300.0, 300.0, 0.5
"""What is taken of a machine that does not say it: times [s], and a share of tool life [-]."""

NO_RULE = "dispatching: no rule, first come, first served (fifo)"
"""What a scenario assumes that names no rule; another rule takes its place."""

LoadWord = Literal["light", "medium", "heavy"]

Form = Literal[
    "vertical mill", "horizontal mill", "five-axis mill", "lathe", "bench", "saw",
    "drill press", "washer", "inspection", "furnace",
]  # fmt: skip
"""What a machine looks like; nothing is computed from it."""


@dataclass(frozen=True, slots=True)
class PowerSpec:
    """What a machine draws beside its spindle [W], after PHYSICS 4.4 and ``power_levels``."""

    standby: float = 0.0
    """Control on, drives off: while down or waiting for the crew."""
    ready: float = 0.0
    """Drives enabled: idle, starved, blocked, tool change, thermal hold."""
    processing: float = 0.0
    """Drives, coolant pump and conveyor: while producing; the spindle comes on top."""


@dataclass(frozen=True, slots=True)
class MagazineSlot:
    """One tool in one magazine, with its sisters."""

    tool: str
    edges: int = 1
    """Sister tools with this number, each one cutting edge with a life of its own."""


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """One machine: its parts, its magazine, and the times that its operators need."""

    name: str
    station: str
    """The group whose queue it shares; its own name when it stands alone."""
    spindle: SpindleSpec | None = None
    bearings: tuple[BearingSpec, ...] = ()
    """In order of their thermal nodes; ("front", "rear") for a spindle."""
    failures: tuple[FailureSpec, ...] = ()
    magazine: tuple[MagazineSlot, ...] = ()
    power: PowerSpec = field(default_factory=PowerSpec)
    tool_change: float = 0.0
    """Chip to chip [s]."""
    refit: float = REFIT
    """Exchange of all worn edges of one tool by hand when no sister is left [s]."""
    overload_reset: float = OVERLOAD_RESET
    """Stop after a stall until the operator has cleared it [s]."""
    coolant_loss_life: float = COOLANT_LOSS_LIFE
    """Tool life without coolant over tool life with it (PHYSICS 7.4: .4 to .7, A)."""
    feed_override: float = 100.0
    """How its feed is set when the run starts [%], 1 to 200."""
    spindle_override: float = 100.0
    """How its spindle speed is set when the run starts [%], 1 to 200."""
    calendar: str | None = None
    """When it works; None: day and night."""
    at_shift_end: ShiftEnd = "pause"
    form: Form | None = None
    """What it looks like; None: told by what it does."""


@dataclass(frozen=True, slots=True)
class StationSpec:
    """One queue and the machines that serve it."""

    name: str
    machines: tuple[str, ...]
    capacity: int | None = None
    """Slots of the buffer in front, machines not counted; None is without limit."""
    kanban: int | None = None
    """Cards: pieces in queue, machines and store at most; None: it has none."""
    preempt: bool = False
    """Whether a piece of higher priority interrupts the work on one of lower."""
    batch: BatchSpec | None = None
    """How its machines work on several pieces at once; None: on one at a time."""


@dataclass(frozen=True, slots=True)
class CutStep:
    """One cut at constant load. Fields that a kind does not use are 0."""

    kind: Literal["milling", "turning", "drilling"]
    tool: str
    material: str
    kc11: float
    """Specific cutting force at h = b = 1 mm [Pa]; for drilling the flat kc [Pa]."""
    mc: float
    cutting_speed: float
    """[m/s]"""
    feed: float
    """Per tooth for milling, per revolution else [m]."""
    depth: float
    """ap for milling and turning [m]; depth of one hole for drilling [m]."""
    width: float
    """ae for milling [m]."""
    path: float
    """Length cut with this feed [m]; for drilling holes x depth."""
    diameter: float
    """Workpiece diameter for turning [m]; the tool's own for milling and drilling."""


@dataclass(frozen=True, slots=True)
class TimedStep:
    """A stretch with a plain duration and an assumed load (PHYSICS 5.7)."""

    duration: Law
    """[s]"""
    share: float
    """Mean cutting power over the S1 rating, 0 to 1."""
    speed_share: float
    """Spindle speed over its maximum, 0 to 1."""
    tool: str | None = None
    damage: float = 0.0
    """Tool damage per part [-], from ``parts_per_tool``; or 0."""
    damage_rate: float = 0.0
    """Tool damage [1/s], from ``tool_life_min`` or the tool's own ``life_min``; or 0."""
    assumed: bool = True
    """True when the load was not given and the preset's default was taken."""
    own_life: bool = False
    """True when the damage rate is that of the tool's own life, and follows it."""


@dataclass(frozen=True, slots=True)
class HandleStep:
    """Time with the spindle at rest: loading, probing, turning over [s]."""

    duration: float


Step = CutStep | TimedStep | HandleStep


@dataclass(frozen=True, slots=True)
class ReworkSpec:
    """Pieces that an operation sends back."""

    share: float
    """P(a finished piece goes back)."""
    to: int
    """Index of the operation that it goes back to: this one, or one before it."""
    most: int | None = None
    """How often this operation may send a piece back; then it is scrap. None: without end."""


@dataclass(frozen=True, slots=True)
class ElsewhereSpec:
    """How long an operation of one plain duration takes at one of its stations."""

    station: str
    duration: Law
    """[s]"""


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation of a route: where it may be done and what is done there."""

    name: str
    stations: tuple[str, ...]
    """Alternatives; chosen at the moment of leaving, by work ahead, then name."""
    steps: tuple[Step, ...]
    program: str = ""
    scrap: float = 0.0
    """P(a finished piece is scrap)."""
    rework: ReworkSpec | None = None
    setup: float = 0.0
    """Time to set a machine up for it, whatever it was set up for [s]."""
    family: str = ""
    """Operations of one family need no setup between them; empty: it is one of its own."""
    elsewhere: tuple[ElsewhereSpec, ...] = ()
    """Stations where its one step takes another time."""

    def at(self, station: str) -> OperationSpec:
        """Return the operation as it is done at *station*."""
        for one in self.elsewhere:
            if one.station == station:
                (step,) = self.steps
                assert isinstance(step, TimedStep), "only a plain duration differs by station"
                return replace(self, steps=(replace(step, duration=one.duration),))
        return self

    @property
    def judged(self) -> bool:
        """Whether its pieces may be anything but good."""
        return self.scrap > 0.0 or self.rework is not None


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """One product and the operations that make it, in order."""

    name: str
    operations: tuple[OperationSpec, ...]
    scrap_on_breakage: float = 0.5
    """P(the piece is scrap when a tool breaks in it) (PHYSICS 7.4: .5 to 1, A)."""

    def at(self, station: str) -> ProductSpec:
        """Return the product with its operations as they are done at *station*."""
        if not any(one.elsewhere for one in self.operations):
            return self
        return replace(self, operations=tuple(one.at(station) for one in self.operations))

    @property
    def families(self) -> tuple[str, ...]:
        """Return the setup family of each operation: its own name where it is in none."""
        return tuple(one.family or f"{self.name}/{one.name}" for one in self.operations)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A stream of pieces of one product that no order asks for."""

    name: str
    product: str
    interarrival: Law | None
    """[s]; None: saturating, the first station never lacks a piece."""
    priority: int = 0
    """Of its pieces; a higher one goes first."""


@dataclass(frozen=True, slots=True)
class TransportSpec:
    """How long pieces are on their way between stations, and who carries them."""

    movers: int | None = None
    """Pieces that can be carried at once; None: none ever waits to be carried."""
    time: Law | None = None
    """Of every way that `times` does not name [s]; None: it takes no time."""
    times: dict[tuple[str, str], float] = field(default_factory=dict)
    """(from, to) -> time of that way [s], stations, the release and the exit."""

    def leg(self, origin: str, to: str) -> Law | None:
        """Return the law of the way from *origin* to *to*; None: it takes no time."""
        if origin == to:
            return None
        seconds = self.times.get((origin, to))
        if seconds is None:
            return self.time
        return Fixed(seconds) if seconds > 0.0 else None


@dataclass(frozen=True, slots=True)
class FlowSpec:
    """How pieces are let into the shop: pushed by their release, or pulled by who leaves."""

    conwip: int | None = None
    """Pieces in the shop at most, of all products; None: no such limit."""
    conwip_of: dict[str, int] = field(default_factory=dict)
    """Product -> pieces of it in the shop at most."""


@dataclass(frozen=True, slots=True)
class CrewSpec:
    """People of the same skills."""

    name: str
    members: int
    skills: tuple[str, ...] = ("repair",)
    """repair, setup, or what the skill of a failure names."""
    calendar: str | None = None
    """When they work; None: day and night."""


@dataclass(frozen=True, slots=True)
class PlantModel:
    """A machine shop: constant, validated, ready to be built."""

    name: str
    machines: tuple[MachineSpec, ...]
    stations: tuple[StationSpec, ...]
    tools: tuple[ToolSpec, ...]
    products: tuple[ProductSpec, ...]
    sources: tuple[SourceSpec, ...] = ()
    setup_matrix: dict[str, dict[str, float]] = field(default_factory=dict)
    """Family that a machine is set up for, or ``*`` for any -> family -> setup time [s]; goes
    before the setup time of the operation."""
    calendars: tuple[CalendarSpec, ...] = ()
    crew: int | None = None
    """Members of a repair crew that works day and night; None: there is none."""
    crews: tuple[CrewSpec, ...] = ()
    """Crews beside it. Work of a skill that no crew has never waits."""
    flow: FlowSpec = field(default_factory=FlowSpec)
    transport: TransportSpec | None = None
    """Ways that take time; None: a piece is at its next station at once."""
    ambient: float = 22.0
    coolant: float = 22.0
    assumptions: tuple[str, ...] = ()
    """What was taken because the file did not say; `check` and every result print it."""
    origin: str = field(default="", compare=False, repr=False)
    """The file it was read from; no part of what it is."""
    spread: tuple[Spread, ...] = ()
    """What is uncertain in it; every run draws it."""
    unused: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """Machines of which its file says that no route leads to them; no run hangs on it."""

    @property
    def topology(self) -> nx.DiGraph[str]:
        """The plant as a graph: who feeds whom, and all that it is, as attributes."""
        from simtwin.plant.topology import topology  # networkx waits until a graph is asked for

        return topology(self)

    @classmethod
    def from_topology(cls, graph: nx.DiGraph[Any]) -> PlantModel:
        """Return the plant that *graph* describes, drawn by hand or another's ``topology``.

        In a graph drawn by hand a node is a station with its ``time`` [s, or a law], its
        ``machines`` (names, or how many), ``capacity`` and perhaps ``failures``; ``orders`` and
        ``sink`` are where pieces come from and go, a node of the kind ``source`` gives
        pieces without orders. An edge carries ``products``; without, there is one, ``part``.
        See :mod:`simtwin.plant.blueprint`. Raises InvalidInput, naming node or edge.
        """
        from simtwin.plant.blueprint import plant_of  # a blueprint makes plants of this type

        return plant_of(graph)

    def with_changes(self, changes: Mapping[str, object]) -> PlantModel:
        """Return the plant with other values under dotted names, in SI units.

        ``plant.with_changes({"machines.mill-1.tool_change": 6.0})``, or ``machines.*`` for all
        of them; a name that does not exist is refused, and the message says which do. The
        original stays as it is.
        """
        return changed(self, changes)

    @property
    def needs_setups(self) -> bool:
        """Whether anything in it needs a setup."""
        times = [one.setup for product in self.products for one in product.operations]
        return bool(self.setup_matrix) or any(time > 0.0 for time in times)

    @property
    def all_crews(self) -> tuple[CrewSpec, ...]:
        """Return every crew, the plain repair crew among them."""
        return self.crews if self.crew is None else (CrewSpec("crew", self.crew), *self.crews)

    @property
    def families(self) -> tuple[str, ...]:
        """Return what a machine can be set up for: setup families, operations in none."""
        return tuple(dict.fromkeys(f for product in self.products for f in product.families))

    def with_machine(self, name: str, *, like: str) -> PlantModel:
        """Return the plant with one machine more, *name*, which is as *like* is, beside it."""
        return with_machine(self, name, like=like)

    def without_machine(self, name: str) -> PlantModel:
        """Return the plant without the machine *name*.

        Raises InvalidInput where nothing else could do an operation of some product.
        """
        return without_machine(self, name)


@dataclass(frozen=True, slots=True)
class OrderSpec:
    """Pieces of one product that somebody waits for."""

    name: str
    product: str
    quantity: int = 1
    release: float = 0.0
    due: float | None = None
    priority: int = 0
    """Higher goes first, before the dispatching rule."""
    weight: float = 1.0
    """What a second of it is worth beside other orders [-], for WSPT and ATC."""

    @property
    def rush(self) -> bool:
        """Whether it comes in during the run and goes before others."""
        return self.release > 0.0 and self.priority > 0


Doing = Literal[
    "feed override",
    "spindle override",
    "coolant off",
    "coolant on",
    "stop",
    "start",
    "force tool change",
    "maintenance",
    "breakdown",
    "inspect",
]


@dataclass(frozen=True, slots=True)
class Intervention:
    """One timed act on one machine. ``for:`` in a file becomes a second act that ends it.

    What it is undone to is what holds without it then: of acts that last at the same time the
    last one to begin counts, and a machine is stopped while any stop lasts.
    """

    at: float
    machine: str
    do: Doing
    value: float | str | None = None
    """Override [%]; tool to be changed; duration of maintenance or breakdown [s]."""
    until: float | None = None
    """When it is undone [s], by an act of its own; None: it holds until another act."""
    undoes: bool = False
    """Whether it is the end of what lasts until then; *value* is what usually holds."""


@dataclass(frozen=True, slots=True)
class WorkInProgress:
    """One piece that is in the shop when the run starts."""

    order: str
    piece: int
    """1-based number of the piece within its order."""
    operation: str
    """The operation it waits for or is in."""
    machine: str | None = None
    """The machine it is in, or None while it waits."""
    left: float | None = None
    """Work left on that machine [s at 100 % override]; None: all of it."""
    station: str | None = None
    """The station whose queue it waits in, where the operation has alternatives."""


@dataclass(frozen=True, slots=True)
class StartState:
    """A present state that a person can write; what is not given starts new and cold."""

    work: tuple[WorkInProgress, ...] = ()
    temperatures: dict[str, tuple[float, ...] | str] = field(default_factory=dict)
    """Machine -> temperature per node [degC], or the program whose steady state is meant."""
    bearings: dict[tuple[str, str], float] = field(default_factory=dict)
    """(machine, bearing) -> damage [-]."""
    edges: dict[tuple[str, str, int], float] = field(default_factory=dict)
    """(machine, tool, sister from 1) -> part of its nominal life that it has done [-]."""
    lands: dict[tuple[str, str, int], float] = field(default_factory=dict)
    """(machine, tool, sister from 1) -> damage seen at its wear land [-], instead of that."""
    ages: dict[tuple[str, str], float] = field(default_factory=dict)
    """(machine, failure mode) -> clock reading [s or cycles]."""
    levels: dict[tuple[str, str], float] = field(default_factory=dict)
    """(machine, failure mode) -> level seen now [its own unit], instead of that."""
    stopped: tuple[str, ...] = ()
    """Machines that an operator has stopped."""
    repairs: dict[str, float] = field(default_factory=dict)
    """Machine -> how long the repair that it is in goes on [s]."""
    families: dict[str, str] = field(default_factory=dict)
    """Machine -> the family that it is set up for."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A shift: what is asked of the plant, from when to when, under which rule."""

    name: str = "scenario"
    start: str = "2026-01-05T06:00:00"
    """The date and time of second 0, ISO 8601, local to the plant."""
    horizon: float | None = None
    """[s]; None: until every order is finished (there must be no source then)."""
    orders: tuple[OrderSpec, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    """In order of time; those of one instant are done in an order of their own."""
    dispatching: str | Rule = "fifo"
    """A name of `simtwin.plant.rules.RULES`, "sequence", or a rule of your own."""
    sequence: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Machine -> order names in the order of work, for ``dispatching: sequence``."""
    routing: Routing = "work ahead"
    """Where a piece goes that may go to several stations."""
    maintenance: tuple[PolicySpec, ...] = ()
    """Policies of planned maintenance; none: run to failure."""
    measure_from: float = 0.0
    """KPIs count from here [s]; what happened before is warm-up."""
    start_from: StartState = field(default_factory=StartState)
    replications: int = 30
    seed: int = 1
    origin: str = field(default="", compare=False, repr=False)
    """The file it was read from; no part of what it is."""
    changes: Changes = field(default_factory=Changes)
    """What it changes in its plant; every run applies it."""
    spread: tuple[Spread, ...] = ()
    """What is uncertain in it and, beside what the plant itself says, in its plant."""
    assumptions: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What was taken because the file did not say, beside what its plant says; no run hangs
    on the words."""

    def __post_init__(self) -> None:
        refuse_unknown(self.dispatching)
        if self.dispatching != "fifo" and NO_RULE in self.assumptions:
            rest = tuple(line for line in self.assumptions if line != NO_RULE)
            object.__setattr__(self, "assumptions", rest)
        for key, value in (("horizon", self.horizon), ("measure_from", self.measure_from)):
            if value is not None and not 0.0 <= value < inf:
                raise InvalidInput(f"{key}: must be a time after the start [s] (got {value!r})")
        refuse_contradictions(self.interventions)

    def with_changes(self, changes: Mapping[str, object]) -> Scenario:
        """Return the scenario with other values under dotted names, in SI units.

        ``shift.with_changes({"orders.order-1.due": 7200.0})``; a name that
        does not exist is refused, and the message says which do. The original stays as it is.
        """
        return changed(self, changes)

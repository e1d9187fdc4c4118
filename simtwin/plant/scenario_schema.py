"""This module holds the scenario file: every key, its unit, its bounds and its hover text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, StrictBool, model_validator

from simtwin.plant import fields as f
from simtwin.plant.change_schema import ChangesFile, SpreadFile
from simtwin.plant.fields import FileModel, Name, wrong
from simtwin.plant.law_schema import at_most_one, exactly_one
from simtwin.plant.model import Doing, Routing
from simtwin.plant.policy_schema import PolicyFile
from simtwin.plant.rules import RULES, SEQUENCE
from simtwin.plant.work_schema import only_one

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import core_schema


class OrderFile(FileModel):
    """Pieces of one product that somebody waits for."""

    id: Name
    """What it is called."""
    product: Name
    """One of the plant's products."""
    quantity: f.PieceCount = 1
    """Pieces, 100 000 at most."""
    release: str | None = None
    """When work may begin: "14:00", "2026-01-06 10:00" or "+90 min"; left out: at the start."""
    release_s: f.Seconds | None = None
    """When work may begin, after the start [s]."""
    release_min: f.Minutes | None = None
    """When work may begin, after the start [min]."""
    release_h: f.Hours | None = None
    """When work may begin, after the start [h]."""
    due: str | None = None
    """When it should be finished, as `release`; left out: nobody waits."""
    due_s: f.AnySeconds | None = None
    """When it should be finished, after the start; negative: already late [s]."""
    due_min: f.AnyMinutes | None = None
    """When it should be finished, after the start; negative: already late [min]."""
    due_h: f.AnyHours | None = None
    """When it should be finished, after the start; negative: already late [h]."""
    priority: f.Priority = 0
    """Higher goes first, before the dispatching rule."""
    weight: f.Ratio = 1.0
    """What a minute of it is worth beside other orders [-], for the rules wspt and atc."""

    @model_validator(mode="after")
    def _once(self) -> OrderFile:
        at_most_one(self, "release")
        at_most_one(self, "due")
        return self


class RushOrderFile(OrderFile):
    """An order that comes in at the time of its event and goes before all others."""

    priority: f.Priority = 1
    """Higher goes first, before the dispatching rule."""

    @model_validator(mode="after")
    def _no_release(self) -> RushOrderFile:
        if any(key.startswith("release") for key in self.model_fields_set):
            raise wrong("a rush order is released at the time of its event; drop 'release'")
        return self


class EventFile(FileModel):
    """One timed act: on a machine, or a rush order."""

    at: str | None = None
    """When: "10:00", "2026-01-06 10:00" or "+90 min"."""
    at_s: f.Seconds | None = None
    """When, after the start [s]."""
    at_min: f.Minutes | None = None
    """When, after the start [min]."""
    at_h: f.Hours | None = None
    """When, after the start [h]."""
    machine: Name | None = None
    """The machine it happens to."""
    do: str = Field(json_schema_extra={"enum": [*get_args(Doing), "rush order"]})
    """What happens."""
    value: f.NumberOrName | None = None
    """Override in percent, or the tool to be changed."""
    for_: f.Length | None = Field(default=None, alias="for")
    """How long, with a unit: "90 min"; then it is undone."""
    for_min: f.PositiveMinutes | None = None
    """How long [min]; then it is undone."""
    for_h: f.PositiveHours | None = None
    """How long [h]; then it is undone."""
    order: RushOrderFile | None = None
    """The order of a rush order."""

    @model_validator(mode="after")
    def _once(self) -> EventFile:
        exactly_one(self, "at")
        given = [key for key in ("for_", "for_min", "for_h") if getattr(self, key) is not None]
        if len(given) > 1:
            raise wrong("'for', 'for_min' and 'for_h' exclude each other")
        return self


class WorkFile(FileModel):
    """Pieces that are in the shop when the run starts."""

    order: Name
    """One of `orders`."""
    piece: f.Count | None = None
    """Number of the piece within its order, from 1."""
    pieces: tuple[f.Count, ...] | None = None
    """Numbers of several pieces that wait alike, or are in a machine with batches."""
    operation: Name
    """The operation they wait for or are in."""
    machine: Name | None = None
    """The machine that the piece is in; left out: it waits."""
    station: Name | None = None
    """The queue it waits in, where the operation has alternatives."""
    left_s: f.Seconds | None = None
    """Work left on the machine [s]; left out: all of it."""
    left_min: f.Minutes | None = None
    """Work left on the machine [min]; left out: all of it."""

    @model_validator(mode="after")
    def _once(self) -> WorkFile:
        only_one(self, "piece", "pieces")
        only_one(self, "left_s", "left_min", needed=False)
        if self.machine is None and (self.left_s is not None or self.left_min is not None):
            raise wrong("left needs a machine")
        return self


class TemperaturesFile(FileModel):
    """Temperatures at the start: ambient, the steady state of a program, or node by node."""

    ambient: StrictBool | None = Field(default=None, exclude=True)
    """As cold as the hall; the text `ambient` says the same."""
    steady: Name | None = None
    """The program whose steady state is meant."""
    motor_c: f.Celsius | None = None
    """Motor winding [degC]; nodes left out are at ambient."""
    front_c: f.Celsius | None = None
    """Front bearings [degC]."""
    rear_c: f.Celsius | None = None
    """Rear bearings [degC]."""
    shaft_c: f.Celsius | None = None
    """Shaft [degC]."""
    housing_c: f.Celsius | None = None
    """Housing [degC]."""

    @model_validator(mode="before")
    @classmethod
    def _word(cls, data: Any) -> Any:
        return {"ambient": True} if data == "ambient" else data

    @model_validator(mode="after")
    def _one_way(self) -> TemperaturesFile:
        nodes = self.nodes()
        ways = [bool(self.ambient), self.steady is not None, bool(nodes)]
        if sum(ways) != 1:
            raise wrong("must be ambient, steady: PROGRAM, or temperatures of nodes")
        return self

    def nodes(self) -> dict[str, float]:
        """Return the nodes that are given [degC]."""
        names = ("motor", "front", "rear", "shaft", "housing")
        pairs = ((name, getattr(self, f"{name}_c")) for name in names)
        return {name: value for name, value in pairs if value is not None}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"const": "ambient"}, handler(schema)]}


class WornBearingFile(FileModel):
    """How worn a bearing is."""

    damage: f.BearingLives
    """In nominal lives L10 [-], 100 at most; half of all bearings outlive 3.4."""


class WornBearingsFile(FileModel):
    """How worn the bearings are; left out: new."""

    front: WornBearingFile | None = None
    """At the tool."""
    rear: WornBearingFile | None = None
    """At the motor."""


class WornToolFile(FileModel):
    """How worn an edge is."""

    tool: Name
    """A tool in the magazine."""
    edge: f.Count = 1
    """Which sister, from 1."""
    damage: f.Ratio | None = None
    """Part of its nominal life [-]; worn out at 1, or at its own life; 3 at most."""
    vb_mm: f.Millimetres | None = None
    """Flank wear land [mm]."""
    used_min: f.Minutes | None = None
    """Minutes in cut, of the shortest nominal life among the plant's cuts [min]."""
    used_parts: f.NotNegativeCount | None = None
    """Parts that it has cut, of the operation of this machine that wears it most [-]."""

    @model_validator(mode="after")
    def _one(self) -> WornToolFile:
        only_one(self, "damage", "vb_mm", "used_min", "used_parts")
        return self


class AgedFailureFile(FileModel):
    """What the clock of a failure mode shows, or what was seen of its wear."""

    id: Name
    """A failure mode of the machine."""
    age_h: Annotated[float, f.Quantity("h", least=0.0, most=1e9)] | None = None
    """Clock reading [h], 1e9 at most."""
    age_cycles: Annotated[float, f.Quantity("cycles", least=0.0, most=1e12)] | None = None
    """Clock reading [cycles], 1e12 at most."""
    level: f.Number | None = None
    """Level seen now, of a gamma or Wiener process [unit of its limit]."""

    @model_validator(mode="after")
    def _one(self) -> AgedFailureFile:
        only_one(self, "age_h", "age_cycles", "level")
        return self


class MachineStateFile(FileModel):
    """The present state of one machine; what is left out is new and cold."""

    id: Name
    """One of the plant's machines."""
    temperatures: TemperaturesFile | None = None
    """Node temperatures."""
    bearings: WornBearingsFile | None = None
    """Damage of the bearings."""
    tools: tuple[WornToolFile, ...] = ()
    """Wear of the edges in its magazine."""
    failures: tuple[AgedFailureFile, ...] = ()
    """Ages of its failure modes."""
    stopped: StrictBool = False
    """true: an operator has stopped it."""
    down_min: f.DownMinutes | None = None
    """It is under repair, for so long still [min]."""
    set_up_for: str | None = None
    """The setup family, or product/operation, that it is set up for."""


class StartFile(FileModel):
    """The state of the shop at the start."""

    work: tuple[WorkFile, ...] = ()
    """Work in progress; or the name of a CSV or Excel file with the keys as columns."""
    machines: tuple[MachineStateFile, ...] = ()
    """States of machines; or the name of a CSV or Excel file with the keys as columns."""


class ScenarioFile(FileModel):
    """A shift as simtwin reads it."""

    scenario: Name
    """What it is called."""
    extends: str | None = None
    """A scenario beside this one, or bundled, of which only what differs stands here."""
    plant: str
    """The plant file, relative to this one, or the name of a bundled plant."""
    assumptions: tuple[str, ...] = ()
    """What was taken because nobody knew, in words: every answer says it."""
    start: str = "2026-01-05 06:00"
    """Date and time of the start, local to the plant; with its zone, as "2026-03-28 22:00
    [Europe/Berlin]", the clock is put forward and back there."""
    horizon: str | None = None
    """Length with a unit: "8 h"; left out: until every order is finished."""
    horizon_s: f.Seconds | None = None
    """Length [s]."""
    horizon_min: f.PositiveMinutes | None = None
    """Length [min]."""
    horizon_h: f.PositiveHours | None = None
    """Length [h]."""
    until: str | None = None
    """The end as a time: "14:00"."""
    dispatching: str = Field(default="fifo", json_schema_extra={"enum": [*RULES, SEQUENCE]})
    """Who goes first where several pieces wait: a rule, or sequence as `sequence` says."""
    sequence: dict[str, tuple[Name, ...]] = Field(default_factory=dict)
    """Machine: orders in the order of work, for dispatching sequence."""
    routing: Routing = "work ahead"
    """Where a piece goes that may go to several stations: to the one with the least work before
    it, with the shortest queue, or to the first of the route that has room."""
    maintenance: tuple[PolicyFile, ...] = ()
    """Policies of planned maintenance; left out: everything runs to failure."""
    measure_from: str | None = None
    """Results count from this time on: "14:00", or "50 h" after the start."""
    measure_from_s: f.Seconds | None = None
    """Results count from here, after the start [s]."""
    measure_from_min: f.Minutes | None = None
    """Results count from here, after the start [min]."""
    measure_from_h: f.Hours | None = None
    """Results count from here, after the start [h]."""
    replications: f.RunCount = 30
    """How many runs an answer with intervals takes, a million at most."""
    seed: f.NotNegativeCount = 1
    """Where the random streams begin."""
    orders: tuple[OrderFile, ...] = ()
    """What is asked for; or the name of a CSV or Excel file with the keys as columns."""
    events: tuple[EventFile, ...] = ()
    """What happens to the plant."""
    start_from: StartFile = StartFile()
    """The state at the start, or a table of it; left out: new, cold and empty."""
    changes: ChangesFile = ChangesFile()
    """What is different from the plant file."""
    spread: dict[str, SpreadFile] = Field(default_factory=dict)
    """Dotted name of a number, as start_from.bearings.mill-4/front: how uncertain it is."""

    @model_validator(mode="after")
    def _one_end(self) -> ScenarioFile:
        at_most_one(self, "horizon")
        at_most_one(self, "measure_from")
        if self.until is not None and any(
            key.startswith("horizon") for key in self.model_fields_set
        ):
            raise wrong("'until' and 'horizon' exclude each other", "until")
        if self.sequence and self.dispatching != SEQUENCE:
            raise wrong("'sequence' needs dispatching: sequence")
        return self

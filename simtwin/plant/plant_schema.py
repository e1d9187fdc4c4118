"""This module holds the plant file: every key, its unit, its bounds and its hover text."""

from __future__ import annotations

from pydantic import Field, StrictBool, model_validator

from simtwin.plant import fields as f
from simtwin.plant.calendar import ShiftEnd
from simtwin.plant.calendar_schema import CalendarFile
from simtwin.plant.change_schema import SpreadFile
from simtwin.plant.crew_schema import CrewFile, CrewOfFile
from simtwin.plant.fields import FileModel, Name, Names, wrong
from simtwin.plant.law_schema import LawFile, at_most_one, exactly_one
from simtwin.plant.machine_schema import MachineFile
from simtwin.plant.work_schema import DurationFile, MaterialFile, ProgramFile, ToolFile


class ReworkFile(FileModel):
    """Pieces that an operation sends back."""

    share: f.Fraction
    """Chance that a finished piece goes back [-]."""
    to: Name | None = None
    """Operation of the same route that it goes back to; left out: this one again."""
    most: f.Count | None = None
    """How often the operation may send one piece back; then it is scrap. Left out: no limit."""


class OperationFile(DurationFile):
    """One operation of a route: a program, or a plain duration with a load."""

    operation: Name
    """What it is called within its product."""
    machines: Names
    """Machines or groups that can do it."""
    program: Name | None = None
    """One of `programs`."""
    durations_min: dict[Name, f.Minutes] = Field(default_factory=dict)
    """Machines or groups of `machines` that take another time than `duration`: time [min]."""
    scrap: f.Fraction = 0.0
    """Chance that a finished piece is scrap [-]."""
    rework: ReworkFile | None = None
    """Which pieces go back; left out: none."""
    after: tuple[Name, ...] | None = None
    """Operations that come first; left out: the one above."""
    setup_s: f.Seconds | None = None
    """Time to set a machine up that did other work before [s]."""
    setup_min: f.Minutes | None = None
    """Time to set a machine up that did other work before [min]."""
    setup_h: f.Hours | None = None
    """Time to set a machine up that did other work before [h]."""
    setup_family: Name | None = None
    """Operations of one family need no setup between them; left out: one of its own."""

    @model_validator(mode="after")
    def _one_content(self) -> OperationFile:
        at_most_one(self, "setup")
        if self.program is None:
            exactly_one(self, "duration")
            return self
        durations = {*DurationFile.model_fields, "durations_min"}
        extra = sorted(self.model_fields_set & durations)
        if extra:
            raise wrong(f"'program' and {extra[0]!r} exclude each other")
        return self


class ProductFile(FileModel):
    """A product and its route."""

    id: Name
    """What it is called."""
    scrap_on_breakage: f.Fraction = 0.5
    """Chance that the piece is scrap when a tool breaks in it [-]."""
    route: tuple[OperationFile, ...] = Field(min_length=1)
    """Its operations."""


class SourceFile(FileModel):
    """A stream of pieces that no order asks for."""

    id: Name
    """What it is called."""
    product: Name
    """One of `products`."""
    saturating: StrictBool | None = None
    """true: the first station never lacks a piece."""
    every_s: f.Seconds | None = None
    """Time between two pieces [s]."""
    every_min: f.Minutes | None = None
    """Time between two pieces [min]."""
    every_h: f.Hours | None = None
    """Time between two pieces [h]."""
    every: LawFile | None = None
    """Time between two pieces as a law."""
    priority: f.Whole = 0
    """Of its pieces; a higher one goes first."""

    @model_validator(mode="after")
    def _one_pace(self) -> SourceFile:
        if self.saturating:
            at_most_one(self, "every")
            if any(key.startswith("every") for key in self.model_fields_set):
                raise wrong("'saturating' and 'every' exclude each other")
        else:
            exactly_one(self, "every")
        return self


class TransportFile(FileModel):
    """Ways between stations that take time, and who carries."""

    movers: f.Count | None = None
    """Pieces that can be carried at once; left out: none ever waits to be carried."""
    time_s: f.Seconds | None = None
    """Time of every way that is not named in times_min [s]."""
    time_min: f.Minutes | None = None
    """Time of every way that is not named in times_min [min]."""
    time_h: f.Hours | None = None
    """Time of every way that is not named in times_min [h]."""
    time: LawFile | None = None
    """The same as a law."""
    times_min: dict[Name, dict[Name, f.Minutes]] = Field(default_factory=dict)
    """Time of each way, from and to: stations, release and exit [min]."""

    @model_validator(mode="after")
    def _some_time(self) -> TransportFile:
        at_most_one(self, "time")
        given = any(key.startswith("time") for key in self.model_fields_set)
        if not given:
            raise wrong("needs time_s, time_min, time_h, time or times_min")
        return self


class FlowFile(FileModel):
    """How pieces are let in: CONWIP, a constant work in progress."""

    conwip: f.Count | dict[Name, f.Count]
    """Pieces in the shop at most: one number over all, or one for each product."""


class PlantFile(FileModel):
    """A machine shop as simtwin reads it."""

    plant: Name
    """What it is called."""
    extends: str | None = None
    """A plant beside this one, or bundled, of which only what differs stands here: machines,
    tools, programs, products and other lists with an id are completed one by one."""
    assumptions: tuple[str, ...] = ()
    """What was taken because nobody knew, in words: every answer says it."""
    ambient_c: f.Celsius = 22.0
    """Temperature of the hall [degC]."""
    coolant_c: f.Celsius = 22.0
    """Temperature of the coolant [degC]."""
    calendars: tuple[CalendarFile, ...] = ()
    """When machines work."""
    calendar: Name | None = None
    """The calendar of all machines that name none; left out: day and night."""
    at_shift_end: ShiftEnd = "pause"
    """What machines do that say nothing else: finish the piece in hand, pause, scrap it, or
    hold release: start nothing that would end after the shift."""
    crew: CrewFile | None = None
    """The repair crew; left out: a repair never waits."""
    crews: tuple[CrewOfFile, ...] = ()
    """Crews of different skills or shifts, instead of `crew`."""
    transport: TransportFile | None = None
    """Ways between stations that take time; left out: none does."""
    flow: FlowFile | None = None
    """A limit on work in progress; left out: every piece is let in when it comes."""
    machines: tuple[MachineFile, ...] = Field(min_length=1)
    """The machines."""
    materials: tuple[MaterialFile, ...] = ()
    """Work materials beside those of the catalogue."""
    tools: tuple[ToolFile, ...] = ()
    """Kinds of tools."""
    programs: tuple[ProgramFile, ...] = ()
    """What is done in an operation, by cutting data."""
    products: tuple[ProductFile, ...] = Field(min_length=1)
    """What is made, and how."""
    sources: tuple[SourceFile, ...] = ()
    """Streams of pieces without orders."""
    setup_matrix_s: dict[str, dict[str, f.Seconds]] = Field(default_factory=dict)
    """Family that a machine is set up for, or "*" for any: family: setup time [s]."""
    setup_matrix_min: dict[str, dict[str, f.Minutes]] = Field(default_factory=dict)
    """Family that a machine is set up for, or "*" for any: family: setup time [min]."""
    spread: dict[str, SpreadFile] = Field(default_factory=dict)
    """Dotted name of a number, as machines.*.refit: how uncertain it is."""

    @model_validator(mode="after")
    def _one_kind_of_crew(self) -> PlantFile:
        if self.crew is not None and self.crews:
            raise wrong("'crew' and 'crews' exclude each other")
        return self

"""This module holds the plant file: every key, its unit, its bounds and its hover text."""

from __future__ import annotations

from pydantic import Field, StrictBool, model_validator

from simtwin.plant import fields as f
from simtwin.plant.calendar_schema import CalendarFile
from simtwin.plant.change_schema import SpreadFile
from simtwin.plant.crew_schema import CrewFile, CrewOfFile
from simtwin.plant.fields import FileModel, Name, Names, wrong
from simtwin.plant.law_schema import LawFile, at_most_one, exactly_one
from simtwin.plant.machine_schema import MachineFile
from simtwin.plant.model import ShiftEnd
from simtwin.plant.work_schema import DurationFile, MaterialFile, ProgramFile, ToolFile


class OperationFile(DurationFile):
    """One operation of a route: a program, or a plain duration with a load."""

    operation: Name
    """What it is called within its product."""
    machines: Names
    """Machines or groups that can do it."""
    program: Name | None = None
    """One of `programs`."""
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
        extra = sorted(self.model_fields_set & set(DurationFile.model_fields))
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

    @model_validator(mode="after")
    def _one_pace(self) -> SourceFile:
        if self.saturating:
            at_most_one(self, "every")
            if any(key.startswith("every") for key in self.model_fields_set):
                raise wrong("'saturating' and 'every' exclude each other")
        else:
            exactly_one(self, "every")
        return self


class PlantFile(FileModel):
    """A machine shop as simtwin reads it."""

    plant: Name
    """What it is called."""
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

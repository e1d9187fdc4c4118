"""This module holds the crews in a plant file: their keys, hover texts, and their reading."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import Field

from simtwin.plant import fields as f
from simtwin.plant.calendar_schema import calendar_named
from simtwin.plant.fields import FileModel, Name
from simtwin.plant.model import CrewSpec
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.document import Document, Path
    from simtwin.plant.plant_schema import PlantFile


USUAL = frozenset({"repair", "setup", "maintenance"})
"""Skills that failures, setups and policies ask for unless they say another."""


class CrewFile(FileModel):
    """The repair crew."""

    members: f.Count
    """How many repairs can go on at once."""


class CrewOfFile(FileModel):
    """One of several crews."""

    id: Name
    """What it is called."""
    members: f.Count
    """How many of its members work at once."""
    skills: tuple[Name, ...] = Field(default=("repair",), min_length=1)
    """What they can do: repair, setup, or what the `skill` of a failure names."""
    calendar: Name | None = None
    """One of `calendars`, or always; left out: that of the plant."""


def read_crews(
    file: PlantFile, calendars: dict[str, CalendarSpec], document: Document
) -> tuple[CrewSpec, ...]:
    """Return the crews of *file*; problems are left in *document*."""
    found: dict[str, CrewSpec] = {}
    for index, item in enumerate(file.crews):
        path = ("crews", index)
        if item.id in found:
            document.complain((*path, "id"), f"a second crew {item.id!r}")
        place: Path = ("calendar",) if item.calendar is None else (*path, "calendar")
        name = file.calendar if item.calendar is None else item.calendar
        calendar = calendar_named(name, calendars, place, document)
        found[item.id] = CrewSpec(item.id, item.members, item.skills, calendar)
    _refuse_misspelt(file, document)
    skills = {skill for spec in found.values() for skill in spec.skills}
    for index, machine in enumerate(file.machines):
        for number, failure in enumerate(machine.failures):
            if failure.crew and failure.skill not in {*skills, "repair"}:
                message = unknown("skill of a crew", failure.skill, sorted(skills))
                document.complain(("machines", index, "failures", number, "skill"), message)
    return tuple(found.values())


def _refuse_misspelt(file: PlantFile, document: Document) -> None:
    """Refuse a skill that nothing asks for where it is nearly one that is asked for."""
    asked = {f.skill for machine in file.machines for f in machine.failures} | USUAL
    for index, item in enumerate(file.crews):
        for skill in item.skills:
            close = get_close_matches(skill, sorted(asked), n=1)
            if skill not in asked and close:
                message = f"nothing asks for the skill {skill!r}; did you mean {close[0]!r}?"
                document.complain(("crews", index, "skills"), message)

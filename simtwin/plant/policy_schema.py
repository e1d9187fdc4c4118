"""This module holds the maintenance policies in a scenario file: keys, hover texts, reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from simtwin.plant import fields as f
from simtwin.plant.calendar_schema import ALWAYS, calendar_named
from simtwin.plant.fields import FileModel, Name, wrong
from simtwin.plant.law_schema import at_most_one, exactly_one, time_value
from simtwin.plant.policy import PolicySpec
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from simtwin.plant.document import Document, Path
    from simtwin.plant.model import PlantModel
    from simtwin.plant.scenario_schema import ScenarioFile


class PolicyFile(FileModel):
    """One policy of planned maintenance; without any, everything runs to failure."""

    policy: Literal["age", "block", "calendar"]
    """age: at an age of each part; block: at every multiple of a time; calendar: whenever a
    calendar opens, after the start: what opens at second 0 has opened before the run."""
    machines: tuple[Name, ...] = ()
    """Machines it is about; left out: all."""
    failures: tuple[Name, ...] = ()
    """Their failure modes; left out: all."""
    every_s: f.Seconds | None = None
    """Age, or time between two tasks [s]."""
    every_min: f.PositiveMinutes | None = None
    """Age, or time between two tasks [min]."""
    every_h: f.PositiveHours | None = None
    """Age, or time between two tasks [h]."""
    every_cycles: f.Cycles | None = None
    """Age of failure modes that count cycles."""
    calendar: Name | None = None
    """One of the plant's calendars."""
    duration_s: f.Seconds | None = None
    """Duration of each task [s]; left out: as the failure mode says."""
    duration_min: f.Minutes | None = None
    """Duration of each task [min]; left out: as the failure mode says."""
    duration_h: f.Hours | None = None
    """Duration of each task [h]; left out: as the failure mode says."""
    skill: Name = "maintenance"
    """Skill of the crew that does it; if no crew has it, it waits for nobody."""

    @model_validator(mode="after")
    def _one_when(self) -> PolicyFile:
        at_most_one(self, "duration")
        if self.policy == "calendar":
            if self.calendar is None:
                raise wrong("policy calendar needs 'calendar'")
            if any(key.startswith("every") for key in self.model_fields_set):
                raise wrong("'every' does not belong to policy calendar")
            return self
        if self.calendar is not None:
            raise wrong(f"'calendar' does not belong to policy {self.policy}")
        if self.every_cycles is None:
            exactly_one(self, "every")
        elif self.policy == "block":
            raise wrong("policy block counts time, not cycles")
        return self


def read_policies(
    file: ScenarioFile, model: PlantModel, document: Document
) -> tuple[PolicySpec, ...]:
    """Return the policies of *file*; problems are left in *document*."""
    found = (
        _policy(item, ("maintenance", index), f"maintenance[{index}]", model, document)
        for index, item in enumerate(file.maintenance)
    )
    return tuple(policy for policy in found if policy is not None)


def _policy(
    item: PolicyFile, path: Path, name: str, model: PlantModel, document: Document
) -> PolicySpec | None:
    machines = {machine.name: machine for machine in model.machines}
    for index, machine in enumerate(item.machines):
        if machine not in machines:
            document.complain((*path, "machines", index), unknown("machine", machine, machines))
    chosen = [m for m in model.machines if not item.machines or m.name in item.machines]
    modes = [mode for machine in chosen for mode in machine.failures]
    names = dict.fromkeys(mode.name for mode in modes)
    for index, failure in enumerate(item.failures):
        if failure not in names:
            document.complain((*path, "failures", index), unknown("failure", failure, names))
    modes = [mode for mode in modes if not item.failures or mode.name in item.failures]
    every, duration = time_value(item, "every"), time_value(item, "duration")
    if not modes:
        document.complain(path, "is about no failure mode: the machines have none")
    if duration is None and any(mode.maintenance is None for mode in modes):
        lacking = next(mode.name for mode in modes if mode.maintenance is None)
        message = f"needs a duration: {lacking!r} does not say how long its maintenance takes"
        document.complain(path, message)
    counts = item.every_cycles is not None
    if item.policy == "age" and any((mode.clock == "cycles") is not counts for mode in modes):
        document.complain(path, "failures on the clock cycles need every_cycles, others a time")
    if 0.0 in (every, item.every_cycles):
        document.complain(path, "'every' must be > 0")
    calendar = _calendar(item, (*path, "calendar"), model, document)
    age = item.every_cycles if counts else every
    if calendar is None and not age:
        return None  # Which is told.
    return PolicySpec(
        name,
        item.machines,
        item.failures,
        age if item.policy == "age" else None,
        every if item.policy == "block" else None,
        calendar,
        duration,
        item.skill,
    )


def _calendar(
    item: PolicyFile, path: Path, model: PlantModel, document: Document
) -> str | None:
    if item.calendar == ALWAYS:
        document.complain(path, f"{ALWAYS!r} never opens: it is always open")
    calendars = {calendar.name: calendar for calendar in model.calendars}
    return calendar_named(item.calendar, calendars, path, document)

"""This module holds the scenario alone: what is wrong with one whatever its plant is.

Where the plant cannot be read, its scenario is still read for a plant that has nothing. Of the
complaints only texts that cannot be read are kept, and names that no plant gives.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.model import PlantModel
from simtwin.plant.shift import read_scenario
from simtwin.plant.wording import Unknown, Unreadable, in_file_order

if TYPE_CHECKING:
    from simtwin.errors import Problem
    from simtwin.plant.document import Document
    from simtwin.plant.scenario_schema import ScenarioFile

NOTHING = PlantModel("", (), (), (), ())

OF_NO_PLANT = frozenset(("rule", "act"))
"""Kinds of names that are the same for every plant."""


def wrong_alone(file: ScenarioFile, document: Document) -> tuple[Problem, ...]:
    """Return what is wrong with a scenario whose keys are sound, in the order of the file."""
    look_alone(file, document)
    return in_file_order(document.problems)


def look_alone(file: ScenarioFile, document: Document) -> None:
    """Read what of *file* needs no plant; problems are left in *document*."""
    before = len(document.problems)
    with suppress(InvalidInput):  # What follows from the plant waits for it.
        read_scenario(file, NOTHING, document)
    document.problems[before:] = [
        problem for problem in document.problems[before:] if _sure(problem.message)
    ]


def _sure(message: str) -> bool:
    if isinstance(message, Unknown):
        return message.kind in OF_NO_PLANT
    return isinstance(message, Unreadable)

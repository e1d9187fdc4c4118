"""This module holds the scenario alone: what is wrong with one whatever its plant is.

Where the plant cannot be read, its scenario is still read for a plant that has nothing. Of the
complaints only texts that cannot be read are kept, and names that no plant gives, or that the
wrong plant does not give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.plant.model import PlantModel
from simtwin.plant.shift import read_scenario
from simtwin.plant.wording import Unknown, Unreadable, in_file_order, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.errors import Problem
    from simtwin.plant.document import Document
    from simtwin.plant.scenario_schema import ScenarioFile

NOTHING = PlantModel("", (), (), (), ())

OF_NO_PLANT = frozenset(("rule", "act"))
"""Kinds of names that are the same for every plant."""


Given = Mapping[str, Sequence[str]]
"""What a plant gives, by the kind of name, though other parts of it are wrong."""


def given_by(data: Any) -> Given:
    """Return what a plant file gives names to, of its *data*: nothing where some have none.

    >>> given_by({"machines": [{"id": "m1", "bufer": 3}], "products": [{"di": "p"}]})
    {'machine': ['m1']}
    """
    found = {}
    for kind, key in (("machine", "machines"), ("product", "products")):
        items = data.get(key) if isinstance(data, dict) else None
        if isinstance(items, list) and items and all(_named(item) for item in items):
            found[kind] = [item["id"] for item in items]
    return found


def _named(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str)


def wrong_alone(
    file: ScenarioFile, document: Document, given: Given | None = None
) -> tuple[Problem, ...]:
    """Return what is wrong with a scenario whose keys are sound, in the order of the file."""
    look_alone(file, document, given)
    return in_file_order(document.problems)


def look_alone(file: ScenarioFile, document: Document, given: Given | None = None) -> None:
    """Read what of *file* needs no plant but what is *given*; problems stay in *document*."""
    if given is None or "changes" in file.model_fields_set:  # They may give other names.
        given = {}
    before = len(document.problems)
    with suppress(InvalidInput):  # What follows from the plant waits for it.
        read_scenario(file, NOTHING, document)
    document.problems[before:] = _sure(document.problems[before:], given)


def _sure(problems: Sequence[Problem], given: Given) -> Iterator[Problem]:
    """Yield those of *problems* that are there whatever the plant is, of which is *given*."""
    for problem in problems:
        message = problem.message
        if not isinstance(message, Unknown):
            if isinstance(message, Unreadable):
                yield problem
        elif message.kind in OF_NO_PLANT:
            yield problem
        elif message.name not in given.get(message.kind, (message.name,)):
            said = unknown(message.kind, message.name, given[message.kind])
            yield replace(problem, message=said)

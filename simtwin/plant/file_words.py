"""This module holds the file words: what files call things that the model calls otherwise.

So that ``products.housing.route.mill.duration_min`` names what stands in the file there.
"""

from __future__ import annotations

from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "ProductSpec": {"route": "operations"},
    "OperationSpec": {"setup_family": "family", "duration": "steps.0.duration"},
    "SourceSpec": {"every": "interarrival"},
    "StationSpec": {"buffer": "capacity"},
}
"""Type of the model -> word of the file -> what it is in the model."""

OF_STATION = {"buffer": "capacity", "kanban": "kanban", "preempt": "preempt"}
"""Word of a machine in the file -> what it is of its station in the model."""


def in_model(value: Any, rest: str) -> str | None:
    """Return the dotted *rest* that begins with a word of the file, in those of the model.

    >>> from simtwin.plant.model import ProductSpec
    >>> in_model(ProductSpec("p", ()), "route.mill.setup"), in_model(3, "route")
    ('operations.mill.setup', None)
    """
    word, dot, inner = rest.partition(".")
    known = WORDS.get(type(value).__name__, {}).get(word)
    if known is None or (word == "duration" and len(value.steps) != 1):
        return None  # Several steps have a duration each.
    return f"{known}{dot}{inner}"


def elsewhere(value: Any, word: str) -> str | None:
    """Return where in the model the *word* of a machine stands, if it is of its station."""
    if type(value).__name__ != "MachineSpec" or word not in OF_STATION:
        return None
    return f"stations.{value.station}.{OF_STATION[word]}"

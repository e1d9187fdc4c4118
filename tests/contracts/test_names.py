"""The public surface is a decision, not an accident (STYLE, Surface)."""

from __future__ import annotations

import inspect

import simtwin

PUBLIC: list[str] = []
"""What users may rely on; a name comes and goes with a line in the changelog."""


def test_the_public_names_are_those_decided():
    """STYLE, Surface: ``simtwin.__all__`` is the product, sorted, and nothing else."""
    names = list(getattr(simtwin, "__all__", []))
    assert names == PUBLIC
    assert sorted(names) == names


def test_every_public_name_exists_and_is_described():
    """STYLE, Surface: each name resolves, and says what it gives."""
    for name in PUBLIC:
        thing = getattr(simtwin, name)
        assert not callable(thing) or inspect.getdoc(thing), f"{name} has no docstring"

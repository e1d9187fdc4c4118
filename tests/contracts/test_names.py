"""The public surface is a decision, not an accident (STYLE, Surface)."""

from __future__ import annotations

import importlib
import inspect

import pytest

import simtwin

PUBLIC = [
    "Actions",
    "Cause",
    "Changes",
    "Criticality",
    "Ensemble",
    "Estimate",
    "Explanation",
    "Impact",
    "InvalidInput",
    "Kpi",
    "LookAhead",
    "Optimum",
    "Oracles",
    "Orchestrator",
    "OrderSpec",
    "PlantModel",
    "PolicySpec",
    "Precheck",
    "Result",
    "Rule",
    "RunFailed",
    "Scenario",
    "SelfCheck",
    "Sensitivity",
    "SimtwinError",
    "Snapshot",
    "Spread",
    "Study",
    "Task",
    "Twin",
    "UnknownSnapshot",
    "Verification",
    "WhatIf",
    "__version__",
    "actions",
    "cause",
    "compare",
    "criticality",
    "examples",
    "explain",
    "impact",
    "job_shop",
    "laws",
    "line",
    "load_plant",
    "load_scenario",
    "load_snapshot",
    "look_ahead",
    "network_of",
    "open",
    "optimise_parameters",
    "precheck",
    "replicate",
    "run_oracles",
    "self_check",
    "sensitivity",
    "simulate",
    "sobol",
    "sweep",
    "understand",
    "verify",
    "what_if",
]
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


def test_a_name_that_does_not_exist_is_refused():
    """STYLE, Surface: a name outside the surface is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'digital_twin'"):
        _ = simtwin.digital_twin
    assert dir(simtwin) == PUBLIC


def test_results_carry_their_accessors_from_the_first_import():
    """DESIGN 3: ``run.plot`` and ``run.report`` hang on results when simtwin is imported."""
    for host in (simtwin.Result, simtwin.Ensemble):
        for name in ("plot", "report", "save", "view", "_repr_html_"):
            assert hasattr(host, name)
    assert hasattr(simtwin.Snapshot, "save")


def test_simtwin_can_be_loaded_again():
    """UX 8: a notebook that reloads simtwin attaches the same accessors, and no second ones."""
    importlib.reload(simtwin)
    assert list(simtwin.__all__) == PUBLIC

"""A digital twin of CNC machine shops, as a discrete-event simulation.

Load a plant and a scenario, run it once or many times, and ask the result::

    import simtwin as st

    plant = st.load_plant("job_shop")
    shift = st.load_scenario("day_shift", plant)
    run = st.simulate(plant, shift, seed=1)
    run.why("mill-2", "10:20")
    st.replicate(plant, shift, 30).kpis

Names are loaded when they are first used; the import itself takes no heavy library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput, RunFailed, SimtwinError, UnknownSnapshot
from simtwin.orchestrator.accessors import attach as attach_explain
from simtwin.orchestrator.accessors import attach_actions
from simtwin.report.accessors import attach, write_snapshot
from simtwin.result.accessors import register
from simtwin.result.ensemble import Ensemble
from simtwin.result.look_ahead import LookAhead
from simtwin.result.result import Result
from simtwin.result.snapshot import Snapshot
from simtwin.result.study import Study
from simtwin.result.what_if import WhatIf
from simtwin.shop.accessors import attach as attach_moves
from simtwin.viewer.accessors import attach as attach_view
from simtwin.viewer.accessors import attach_studies

if TYPE_CHECKING:
    from simtwin.live.twin import Twin
    from simtwin.oracles.check import Oracles, run_oracles
    from simtwin.orchestrator.actions import actions
    from simtwin.orchestrator.cause import cause
    from simtwin.orchestrator.compare import compare
    from simtwin.orchestrator.design import sobol
    from simtwin.orchestrator.explain import explain
    from simtwin.orchestrator.impact import impact
    from simtwin.orchestrator.look_ahead import look_ahead
    from simtwin.orchestrator.network import network_of
    from simtwin.orchestrator.optimise.parameters import optimise_parameters
    from simtwin.orchestrator.orchestrator import Orchestrator
    from simtwin.orchestrator.replicate import replicate
    from simtwin.orchestrator.self_check import self_check
    from simtwin.orchestrator.sensitivity import sensitivity
    from simtwin.orchestrator.simulate import simulate
    from simtwin.orchestrator.sweep import sweep
    from simtwin.orchestrator.verify import verify
    from simtwin.orchestrator.what_if import what_if
    from simtwin.physics import life as laws
    from simtwin.plant.changes import Changes
    from simtwin.plant.check import understand
    from simtwin.plant.criticality import Criticality, criticality
    from simtwin.plant.files import examples, load_plant, load_scenario
    from simtwin.plant.job_shop import job_shop
    from simtwin.plant.line import line
    from simtwin.plant.model import OrderSpec, PlantModel, Scenario
    from simtwin.plant.policy import PolicySpec, Task
    from simtwin.plant.precheck import Precheck, precheck
    from simtwin.plant.rules import Rule
    from simtwin.plant.spread import Spread
    from simtwin.report.folder import load_snapshot
    from simtwin.report.folder import open_folder as open
    from simtwin.result.actions import Actions
    from simtwin.result.cause import Cause
    from simtwin.result.estimate import Estimate
    from simtwin.result.explanation import Explanation, Sensitivity
    from simtwin.result.impact import Impact
    from simtwin.result.kpi import Kpi
    from simtwin.result.optimum import Optimum
    from simtwin.result.self_check import SelfCheck
    from simtwin.result.verification import Verification

    __version__: str

__all__ = [
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

_HOMES = {
    "Actions": ("simtwin.result.actions", "Actions"),
    "Cause": ("simtwin.result.cause", "Cause"),
    "Changes": ("simtwin.plant.changes", "Changes"),
    "Criticality": ("simtwin.plant.criticality", "Criticality"),
    "Estimate": ("simtwin.result.estimate", "Estimate"),
    "Explanation": ("simtwin.result.explanation", "Explanation"),
    "Impact": ("simtwin.result.impact", "Impact"),
    "Kpi": ("simtwin.result.kpi", "Kpi"),
    "Optimum": ("simtwin.result.optimum", "Optimum"),
    "Oracles": ("simtwin.oracles.check", "Oracles"),
    "Orchestrator": ("simtwin.orchestrator.orchestrator", "Orchestrator"),
    "OrderSpec": ("simtwin.plant.model", "OrderSpec"),
    "PlantModel": ("simtwin.plant.model", "PlantModel"),
    "PolicySpec": ("simtwin.plant.policy", "PolicySpec"),
    "Precheck": ("simtwin.plant.precheck", "Precheck"),
    "Rule": ("simtwin.plant.rules", "Rule"),
    "Scenario": ("simtwin.plant.model", "Scenario"),
    "SelfCheck": ("simtwin.result.self_check", "SelfCheck"),
    "Sensitivity": ("simtwin.result.explanation", "Sensitivity"),
    "Spread": ("simtwin.plant.spread", "Spread"),
    "Task": ("simtwin.plant.policy", "Task"),
    "Twin": ("simtwin.live.twin", "Twin"),
    "Verification": ("simtwin.result.verification", "Verification"),
    "actions": ("simtwin.orchestrator.actions", "actions"),
    "cause": ("simtwin.orchestrator.cause", "cause"),
    "compare": ("simtwin.orchestrator.compare", "compare"),
    "criticality": ("simtwin.plant.criticality", "criticality"),
    "examples": ("simtwin.plant.files", "examples"),
    "explain": ("simtwin.orchestrator.explain", "explain"),
    "impact": ("simtwin.orchestrator.impact", "impact"),
    "job_shop": ("simtwin.plant.job_shop", "job_shop"),
    "laws": ("simtwin.physics.life", ""),
    "line": ("simtwin.plant.line", "line"),
    "load_plant": ("simtwin.plant.files", "load_plant"),
    "load_scenario": ("simtwin.plant.files", "load_scenario"),
    "load_snapshot": ("simtwin.report.folder", "load_snapshot"),
    "look_ahead": ("simtwin.orchestrator.look_ahead", "look_ahead"),
    "network_of": ("simtwin.orchestrator.network", "network_of"),
    "optimise_parameters": (
        "simtwin.orchestrator.optimise.parameters",
        "optimise_parameters",
    ),
    "open": ("simtwin.report.folder", "open_folder"),
    "precheck": ("simtwin.plant.precheck", "precheck"),
    "replicate": ("simtwin.orchestrator.replicate", "replicate"),
    "run_oracles": ("simtwin.oracles.check", "run_oracles"),
    "self_check": ("simtwin.orchestrator.self_check", "self_check"),
    "sensitivity": ("simtwin.orchestrator.sensitivity", "sensitivity"),
    "simulate": ("simtwin.orchestrator.simulate", "simulate"),
    "sobol": ("simtwin.orchestrator.design", "sobol"),
    "sweep": ("simtwin.orchestrator.sweep", "sweep"),
    "understand": ("simtwin.plant.check", "understand"),
    "verify": ("simtwin.orchestrator.verify", "verify"),
    "what_if": ("simtwin.orchestrator.what_if", "what_if"),
}
"""Public name -> module and name it lives under, none for the module; loaded when asked for."""

attach(Result, Ensemble)
attach_explain(Ensemble, LookAhead)
attach_actions(Ensemble)
attach_moves(Snapshot)
attach_view(Result, Ensemble)
attach_studies(Study, WhatIf)
register("save", Snapshot)(write_snapshot)


def __getattr__(name: str) -> Any:
    """Return a public name from where it lives, and keep it."""
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        module, own = _HOMES[name]
        value = getattr(import_module(module), own) if own else import_module(module)
    else:
        raise AttributeError(f"module 'simtwin' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("simtwin-plant")
    except PackageNotFoundError:
        return "from the checkout"

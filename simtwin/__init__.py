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
from simtwin.report.accessors import attach, write_snapshot
from simtwin.result.accessors import register
from simtwin.result.ensemble import Ensemble
from simtwin.result.result import Result
from simtwin.result.snapshot import Snapshot

if TYPE_CHECKING:
    from simtwin.orchestrator.replicate import replicate
    from simtwin.orchestrator.simulate import simulate
    from simtwin.plant.check import understand
    from simtwin.plant.files import examples, load_plant, load_scenario
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.report.folder import load_snapshot
    from simtwin.report.folder import open_folder as open
    from simtwin.result.estimate import Estimate
    from simtwin.result.kpi import Kpi

    __version__: str

__all__ = [
    "Ensemble",
    "Estimate",
    "InvalidInput",
    "Kpi",
    "PlantModel",
    "Result",
    "RunFailed",
    "Scenario",
    "SimtwinError",
    "Snapshot",
    "UnknownSnapshot",
    "__version__",
    "examples",
    "load_plant",
    "load_scenario",
    "load_snapshot",
    "open",
    "replicate",
    "simulate",
    "understand",
]

_HOMES = {
    "Estimate": ("simtwin.result.estimate", "Estimate"),
    "Kpi": ("simtwin.result.kpi", "Kpi"),
    "PlantModel": ("simtwin.plant.model", "PlantModel"),
    "Scenario": ("simtwin.plant.model", "Scenario"),
    "examples": ("simtwin.plant.files", "examples"),
    "load_plant": ("simtwin.plant.files", "load_plant"),
    "load_scenario": ("simtwin.plant.files", "load_scenario"),
    "load_snapshot": ("simtwin.report.folder", "load_snapshot"),
    "open": ("simtwin.report.folder", "open_folder"),
    "replicate": ("simtwin.orchestrator.replicate", "replicate"),
    "simulate": ("simtwin.orchestrator.simulate", "simulate"),
    "understand": ("simtwin.plant.check", "understand"),
}
"""Public name -> module and name it lives under; loaded when it is first asked for."""

attach(Result, Ensemble)
register("save", Snapshot)(write_snapshot)


def __getattr__(name: str) -> Any:
    """Return a public name from where it lives, and keep it."""
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        module, own = _HOMES[name]
        value = getattr(import_module(module), own)
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

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
from simtwin.report.accessors import attach
from simtwin.result.ensemble import Ensemble
from simtwin.result.result import Result

if TYPE_CHECKING:
    from simtwin.orchestrator.replicate import replicate
    from simtwin.orchestrator.simulate import simulate
    from simtwin.plant.check import understand
    from simtwin.plant.files import examples, load_plant, load_scenario
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.estimate import Estimate
    from simtwin.result.kpi import Kpi
    from simtwin.result.snapshot import Snapshot

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
    "replicate",
    "simulate",
    "understand",
]

_HOMES = {
    "Estimate": "simtwin.result.estimate",
    "Kpi": "simtwin.result.kpi",
    "PlantModel": "simtwin.plant.model",
    "Scenario": "simtwin.plant.model",
    "Snapshot": "simtwin.result.snapshot",
    "examples": "simtwin.plant.files",
    "load_plant": "simtwin.plant.files",
    "load_scenario": "simtwin.plant.files",
    "replicate": "simtwin.orchestrator.replicate",
    "simulate": "simtwin.orchestrator.simulate",
    "understand": "simtwin.plant.check",
}
"""Public name -> the module it lives in; loaded when it is first asked for."""

attach(Result, Ensemble)


def __getattr__(name: str) -> Any:
    """Return a public name from where it lives, and keep it."""
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
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

"""This module holds what a report is told: a run or an ensemble, as far as it is read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.estimate import Estimate
    from simtwin.result.kpi import Window


class Figured(Protocol):
    """One number of a result: what it is worth, in which unit, said in words."""

    @property
    def value(self) -> float | Estimate:
        """The number, or its estimate from replications."""
        ...

    @property
    def unit(self) -> str:
        """Its unit."""
        ...

    @property
    def text(self) -> str:
        """What it says."""
        ...


class Told(Protocol):
    """What a run and an ensemble have in common."""

    @property
    def plant(self) -> PlantModel:
        """The plant that was run."""
        ...

    @property
    def scenario(self) -> Scenario:
        """What was asked of it."""
        ...

    @property
    def seed(self) -> int:
        """The seed of all replications."""
        ...

    @property
    def drawn(self) -> bool:
        """Whether the answer depends on chance; if not, one run says it all."""
        ...

    @property
    def kpis(self) -> Mapping[str, Figured]:
        """The numbers of the result by name."""
        ...

    @property
    def assumptions(self) -> Sequence[str]:
        """What was taken because no file said it."""
        ...

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Seeds, hashes and versions."""
        ...

    def frame(self, name: str, every: float | str | None = None) -> pd.DataFrame:
        """Return one table of the result."""
        ...


class Run(Told, Protocol):
    """One run: an observation."""

    @property
    def replication(self) -> int:
        """Its number among the replications, from 0."""
        ...

    @property
    def end(self) -> float:
        """The last instant of the run [s]."""
        ...

    @property
    def window(self) -> Window:
        """From when to when the key figures count."""
        ...


class Ensemble(Told, Protocol):
    """Replications of the same question."""

    @property
    def n(self) -> int:
        """How many there are."""
        ...

    @property
    def first(self) -> Run:
        """The first replication, with its history."""
        ...

    @property
    def partial(self) -> bool:
        """True when somebody stopped it before all replications were made."""
        ...


class _Remembered:
    """A run or an ensemble whose tables are made once."""

    def __init__(self, told: Run | Ensemble) -> None:
        self._told = told
        self._frames: dict[tuple[str, float | str | None], pd.DataFrame] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._told, name)
        if name == "first":
            value = self.first = _Remembered(value)
        return value

    def frame(self, name: str, every: float | str | None = None) -> pd.DataFrame:
        """Return one table of the result, the same one each time."""
        if (name, every) not in self._frames:
            self._frames[name, every] = self._told.frame(name, every)
        return self._frames[name, every]


def remembering(told: Run | Ensemble) -> Run | Ensemble:
    """Return *told* so that each table is made once: a page asks for many of them twice."""
    return cast("Run | Ensemble", _Remembered(told))


def replications(told: Run | Ensemble) -> int:
    """Return the number of replications; 1 for a run, which is an observation (KERNEL 25)."""
    return int(getattr(told, "n", 1))


def observed(told: Run | Ensemble) -> Run:
    """Return the run whose history is drawn: itself, or the first of the ensemble."""
    run: Run = getattr(told, "first", told)  # type: ignore[arg-type]
    return run


def outcomes(told: Run | Ensemble) -> Sequence[Any]:
    """Return what is kept of each replication; nothing for a run."""
    found: Sequence[Any] = getattr(told, "outcomes", ())
    return found


def answering(told: Run | Ensemble) -> Run | Ensemble:
    """Return what gives the numbers: an ensemble of one, stopped early, is but its one run."""
    return told if replications(told) > 1 else observed(told)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of *table*, each as column name to value."""
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return rows

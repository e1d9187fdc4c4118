"""This module holds the state of a run as a file: a table, or a scenario that goes on."""

from __future__ import annotations

from math import isclose
from os import fdopen
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any

from simtwin.cli.console import note
from simtwin.cli.given import check_targets, moment, writing
from simtwin.errors import FileProblems, InvalidInput
from simtwin.plant.acts import said
from simtwin.plant.places import parts_of
from simtwin.plant.spread import OF_SCENARIO

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.result import Result
    from simtwin.shop.handover import Handover

TABLE, GOING_ON = ".csv", (".yaml", ".yml")


def check(path: Path | None, at: str | None, source: str, *, once: bool, force: bool) -> None:
    """Refuse a *path* that cannot be written, or that could not name the scenario *source*."""
    if path is None:
        if at is not None:
            raise InvalidInput("--at says when --state-out is written, which is not given")
        return
    if not once:
        raise InvalidInput("--state-out is the state of one run; it needs --once")
    if path.suffix not in (TABLE, *GOING_ON):
        raise InvalidInput(
            f"--state-out {path}: must be .csv, the state, or .yaml, a scenario that goes on"
        )
    check_targets(_files(path), force=force)
    if path.suffix in GOING_ON:
        _extended(path, source)


def targets(path: Path | None) -> list[tuple[str, Path | None]]:
    """Return what is written for *path*, by the option that says so."""
    return [] if path is None else [("--state-out", file) for file in _files(path)]


def until_of(scenario: Scenario, at: str | None) -> float | None:
    """Return the instant *at* [s after the start]; None: the end."""
    if at is None:
        return None
    found = moment("--at", at, scenario.start)
    if scenario.horizon is not None and found > scenario.horizon:
        raise InvalidInput(f"--at {at}: lies after the end of {scenario.name}")
    return found


def hand_over(
    run: Result, plant: PlantModel, scenario: Scenario, path: Path, source: str
) -> None:
    """Write the state at the end of *run* to *path*, and say what it does not hold."""
    from simtwin.plant.state_table import state_table
    from simtwin.shop.handover import handover

    handed = handover(run.snapshot, plant, scenario)
    again = _set_again(path, handed, plant, source)
    table = path.with_suffix(TABLE)
    with writing(table):
        table.write_text(state_table(handed.start, plant), "utf-8")
    if path.suffix in GOING_ON:
        with writing(path):
            path.write_text(_text(path, handed, table, source), "utf-8")
    note(f"state at {handed.scenario.start.replace('T', ' ')} in {path}")
    for line in (*handed.lost, *_set_now(path, handed), *again):
        note(f"  not in it: {line}")


def _set_now(path: Path, handed: Handover) -> list[str]:
    """Return in words how machines are set by events, which a table at *path* does not have."""
    if path.suffix != TABLE:
        return []
    return [
        f"{act.machine}: {said(act)} (a .yaml has it)"
        for act in handed.scenario.interventions
        if act.at == 0.0
        and not act.undoes
        and not (act.do == "stop" and act.machine in handed.start.stopped)
    ]


def _set_again(path: Path, handed: Handover, plant: PlantModel, source: str) -> list[str]:
    """Return in words what ``changes: set:`` of *source* makes of the scenario at *path*."""
    if path.suffix == TABLE:
        return []
    try:
        read = _read(path, handed, plant, source)
    except FileProblems as error:
        raise InvalidInput(
            f"--state-out {path}: would not go on from {source}; write a .csv\n{error}"
        ) from None
    if all(_same(getattr(read, one), getattr(handed.scenario, one)) for one in OF_SCENARIO):
        return []
    return [f"what `changes: set:` of {source} sets in a scenario, it sets again"]


def _read(path: Path, handed: Handover, plant: PlantModel, source: str) -> Scenario:
    """Return the scenario that *path* will hold, read with a draft of its table."""
    from simtwin.plant.files import parse_scenario
    from simtwin.plant.state_table import state_table

    with writing(path.with_suffix(TABLE)):
        number, name = mkstemp(TABLE, f".{path.stem}.", path.parent, text=True)
    draft = path.with_name(Path(name).name)
    try:
        with writing(path.with_suffix(TABLE)), fdopen(number, "w", encoding="utf-8") as file:
            file.write(state_table(handed.start, plant))
        text = _text(path, handed, draft, source)
        return parse_scenario(text, name=str(path), base=path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _text(path: Path, handed: Handover, table: Path, source: str) -> str:
    """Return the scenario at *path*, which extends *source* and begins as *table* says."""
    from simtwin.plant.scenario_text import scenario_text

    other = _extended(path, source)
    return scenario_text(handed.scenario, name=path.stem, extends=other, state=table.name)


def _same(told: Any, meant: Any) -> bool:
    """Tell whether two values are the same, numbers but for the units that a file has them in.

    >>> _same({"mill-1": (60.0, "a")}, {"mill-1": (60.0 + 1e-12, "a")}), _same((1.0,), (1.1,))
    (True, False)
    """
    if isinstance(told, float) and isinstance(meant, float):
        return isclose(told, meant, rel_tol=1e-9, abs_tol=1e-9)
    mine, other = parts_of(told), parts_of(meant)
    if mine or other:
        return mine.keys() == other.keys() and all(_same(mine[k], other[k]) for k in mine)
    return bool(told == meant)


def _files(path: Path) -> tuple[Path, ...]:
    return (path,) if path.suffix == TABLE else (path, path.with_suffix(TABLE))


def _extended(path: Path, source: str) -> str:
    """Return how a scenario at *path* names *source*, which it extends."""
    file = Path(source)
    if not file.is_file():
        return source
    if file.resolve().parent != path.resolve().parent:
        raise InvalidInput(
            f"--state-out {path}: must stand beside {source}, whose orders and rules it takes"
        )
    return file.name

"""This module holds the folder of a saved run: written whole or not at all, read back equal."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from simtwin.errors import InvalidInput, UnknownSnapshot
from simtwin.plant.plain import from_plain, to_plain
from simtwin.report.answer import answer
from simtwin.report.archive import packed, unpacked
from simtwin.report.plain import plain
from simtwin.report.sheets import sheets
from simtwin.result.ensemble import Ensemble
from simtwin.result.result import Result
from simtwin.shop.capture import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot

Made = TypeVar("Made")

SCHEMA_VERSION = 1

MANIFEST = "manifest.json"
FIGURES = "kpis.json"
PLANT, SCENARIO, TOTALS = "plant.json", "scenario.json", "totals.json"
SNAPSHOT, TRACES = "snapshot.json", "traces.npz"


def save(
    told: Result | Ensemble, folder: str | os.PathLike[str], *, force: bool = False
) -> Path:
    """Save this result in *folder* and return it; :func:`simtwin.open` gives it back, equal.

    For programs there are JSON files and ``traces.npz``, for planners a CSV file of each
    table. The folder appears whole or not at all. With *force* a saved run that stands there
    is replaced; any other folder that has something in it never is.
    """
    target = Path(folder)
    if target.exists() and not force:
        raise InvalidInput(f"{target}: exists already; --force (force=True) overwrites it")
    refuse_other(target)
    draft = target.with_name(f".{target.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    try:
        contents = _contents(told)
        for name, content in contents.items():
            (draft / name).write_bytes(content)
        (draft / MANIFEST).write_bytes(_json(_manifest(told, contents)))
        if target.exists():
            shutil.rmtree(target)
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def check(plant: PlantModel, scenario: Scenario) -> None:
    """Refuse a *plant* or *scenario* that no folder can hold, before any run of it."""
    for kind, asked in (("plant", plant), ("scenario", scenario)):
        try:
            _json(to_plain(asked))
        except (InvalidInput, ValueError) as error:
            raise InvalidInput(f"{kind} {asked.name}: cannot be saved: {error}") from error


def refuse_other(target: Path) -> None:
    """Refuse what stands at *target* and is neither a saved run nor an empty folder."""
    if target.is_dir():
        replaceable = (target / MANIFEST).is_file() or not any(target.iterdir())
    else:
        replaceable = not target.exists()
    if not replaceable:
        raise InvalidInput(f"{target}: is no saved run, and is not overwritten")


def open_folder(folder: str | os.PathLike[str]) -> Result | Ensemble:
    """Return the run or the ensemble that was saved in *folder*, equal to what it was.

    Raises InvalidInput naming a file that is missing or has been changed, but for the CSV
    files, which are not read; and UnknownSnapshot for a folder of another schema version.
    """
    source = Path(folder)
    manifest = _manifest_of(source)
    read = _reader(source, manifest)
    if manifest["files"].get(FIGURES) is not None:
        read(FIGURES, bytes)  # Nothing is taken from it, but it would contradict what is told.
    plant = read(PLANT, _value)
    scenario = read(SCENARIO, _value)
    totals = read(TOTALS, _value)
    logged = TRACES in manifest["files"]
    result = Result(
        plant=plant,
        scenario=scenario,
        seed=totals["seed"],
        replication=totals["replication"],
        window=totals["window"],
        snapshot=read(SNAPSHOT, lambda data: from_json(data.decode("utf-8"))),
        log=read(TRACES, lambda data: unpacked(data, plant)) if logged else None,
        provenance=totals["provenance"],
        drawn=totals.get("drawn", True),
        partial="outcomes" not in totals and totals.get("partial", False),
    )
    if "outcomes" not in totals:
        return result
    return Ensemble(
        plant, scenario, result.seed, totals["asked"], totals["outcomes"], result,
        totals["partial"], totals.get("converged"),
    )  # fmt: skip


def save_snapshot(
    snapshot: Snapshot, path: str | os.PathLike[str], *, force: bool = False
) -> Path:
    """Save this snapshot as one JSON file and return it; an existing one only with *force*.

    :func:`simtwin.load_snapshot` gives it back, and a run goes on from it bit for bit.
    """
    target = Path(path)
    if target.exists() and not force:
        raise InvalidInput(f"{target}: exists already; --force (force=True) overwrites it")
    draft = target.with_name(f".{target.name}.draft")
    draft.write_text(to_json(snapshot), encoding="utf-8")
    draft.replace(target)
    return target


def load_snapshot(path: str | os.PathLike[str]) -> Snapshot:
    """Return the snapshot in the file *path*.

    Raises InvalidInput when it is missing or damaged, UnknownSnapshot for another version.
    """
    source = Path(path)
    return _understood(source, lambda: from_json(_bytes(source).decode("utf-8")))


def _contents(told: Result | Ensemble) -> dict[str, bytes]:
    """Return the files of the folder but the manifest."""
    run = told.first if isinstance(told, Ensemble) else told
    contents = {
        FIGURES: _json(answer(told)),
        PLANT: _json(to_plain(told.plant)),
        SCENARIO: _json(to_plain(told.scenario)),
        TOTALS: _json(to_plain(_totals(told, run))),
        SNAPSHOT: to_json(run.snapshot).encode("utf-8"),
    }
    if run.log is not None:
        contents[TRACES] = packed(run.log)
    for name, text in sheets(told, log=run.log is not None).items():
        contents[f"{name}.csv"] = text.encode("utf-8")
    return contents


def _totals(told: Result | Ensemble, run: Result) -> dict[str, Any]:
    totals: dict[str, Any] = {
        "seed": run.seed,
        "replication": run.replication,
        "window": replace(run.window, hours=run.hours),
        "provenance": run.provenance,
        "drawn": run.drawn,
        "partial": run.partial,
    }
    if isinstance(told, Ensemble):
        totals |= {
            "asked": told.asked,
            "partial": told.partial,
            "converged": told.converged,
            "outcomes": told.outcomes,
        }
    return totals


def _manifest(told: Result | Ensemble, contents: dict[str, bytes]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "replications" if isinstance(told, Ensemble) else "run",
        "plant": told.plant.name,
        "scenario": told.scenario.name,
        "start": told.scenario.start,
        "seed": told.seed,
        "provenance": plain(told.provenance),
        # A planner may edit a sheet and keep it: nothing is read from there.
        "files": {
            name: None if name.endswith(".csv") else hashlib.sha256(content).hexdigest()
            for name, content in contents.items()
        },
    }


def _manifest_of(source: Path) -> dict[str, Any]:
    if not source.is_dir():
        raise InvalidInput(f"{source}: no such folder")
    path = source / MANIFEST
    manifest = _understood(path, lambda: json.loads(_bytes(path)))
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version != SCHEMA_VERSION:
        raise UnknownSnapshot(
            f"{path}: has schema_version {version!r}; this simtwin reads {SCHEMA_VERSION}"
        )
    if not isinstance(manifest.get("files"), dict):
        raise InvalidInput(f"{path}: is damaged: it lists no files")
    known: dict[str, Any] = manifest
    return known


def _reader(
    source: Path, manifest: dict[str, Any]
) -> Callable[[str, Callable[[bytes], Any]], Any]:
    """Return what reads one file of the folder, refusing one that has changed."""

    def read(name: str, understand: Callable[[bytes], Any]) -> Any:
        path = source / name
        data = _bytes(path)
        if hashlib.sha256(data).hexdigest() != manifest["files"].get(name):
            raise InvalidInput(f"{path}: is damaged: it is not the file that was saved")
        return _understood(path, lambda: understand(data))

    return read


def _understood(path: Path, understand: Callable[[], Made]) -> Made:
    """Return what *understand* gives; whatever it finds wrong names the file."""
    try:
        return understand()
    except UnknownSnapshot as error:
        raise UnknownSnapshot(f"{path}: {error}") from error
    except (InvalidInput, ValueError, KeyError, TypeError, AttributeError) as error:
        said = str(error)
        if said.startswith(str(path)):
            raise
        raise InvalidInput(f"{path}: is damaged: {said}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InvalidInput(f"{path}: is missing") from None
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}") from None


def _value(data: bytes) -> Any:
    return from_plain(json.loads(data))


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")

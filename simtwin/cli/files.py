"""This module holds the verbs about files: check, examples, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simtwin.cli.console import (
    heading,
    note,
    progress,
    say,
    say_json,
    say_table,
)
from simtwin.cli.gates import end
from simtwin.cli.given import check_targets, deadline, luck, writing
from simtwin.cli.options import Debug, Force, Json, Replications, Seed, Workers
from simtwin.cli.serve import check_installed
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.verification import Verification


def check(
    plant: Annotated[
        str, typer.Argument(help="A plant file, a scenario file, or the name of an example.")
    ],
    scenario: Annotated[
        str | None, typer.Argument(help="A scenario file or example to check with the plant.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hold what is expected before a run against runs.")
    ] = False,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what was understood of a plant and its scenario, what was assumed, what to expect.

    With --verify the loads, bounds and forecasts are held against simulated runs.
    """
    from simtwin.plant.check import understand
    from simtwin.plant.files import load_both, load_either

    model, asked = load_either(plant) if scenario is None else load_both(plant, scenario)
    if verify and asked is None:
        raise InvalidInput(
            f"--verify needs a scenario, as in: simtwin check {plant} SCENARIO --verify"
        )
    understanding = understand(model, asked)
    if not verify or asked is None:
        if as_json:
            say_json({"schema_version": 1, **understanding.as_dict()})
        else:
            say(understanding.text())
        return
    found = _verified(
        model, asked, scenario or plant, replications, seed, workers, quiet=as_json
    )
    from simtwin.report import verification

    if as_json:
        told = {"verified": verification.as_plain(found)}
        say_json({"schema_version": 1, **understanding.as_dict(), **told})
    else:
        say(understanding.text())
        say()
        heading("Expected against found")
        say_table(verification.table(found))
    end(found)


def _verified(
    model: PlantModel,
    asked: Scenario,
    source: str,
    replications: int | None,
    seed: int | None,
    workers: int | None,
    *,
    quiet: bool,
) -> Verification:
    """Return what theory expects of the scenario, held against runs of it."""
    from simtwin.orchestrator.verify import verify

    n, seed = luck(asked, source, replications, seed)
    with progress("verifying", quiet=quiet) as moved:
        return verify(
            model,
            asked,
            n,
            seed=seed,
            workers=workers,
            progress=moved,
            guard=deadline(None),
        )


def examples(
    copy: Annotated[
        Path | None, typer.Option("--copy", help="Copy all examples into this folder.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the bundled plants and scenarios; their names stand wherever a file may stand."""
    from simtwin.plant.files import examples as bundled

    found = bundled()
    if as_json:
        listed = [{"kind": kind, "name": name, "about": about} for kind, name, about in found]
        say_json({"schema_version": 1, "examples": listed})
    else:
        width = max((len(name) for _, name, _ in found), default=0)
        for of_kind, title in _TITLES.items():
            heading(title)
            for kind, name, about in found:
                if kind == of_kind:
                    say(f"  {name:<{width}}  {about}".rstrip())
    if copy is not None:
        _copy(copy, force=force)
        note(f"copied to {copy}")


SERVICE = "service"


def schema(
    kind: Annotated[
        str,
        typer.Argument(help="plant, scenario or service", metavar="plant|scenario|service"),
    ],
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of a plant or scenario file, or the OpenAPI of the service."""
    from simtwin.plant.schema import schemas

    known = schemas()
    if kind == SERVICE:
        check_installed()
        from simtwin.service.app import description

        known[kind] = description()
    if kind not in known:
        listed = " or ".join([*sorted(known), SERVICE])
        raise InvalidInput(f"schema: must be {listed} (got {kind!r})")
    say(json.dumps(known[kind], indent=2, ensure_ascii=False))


_TITLES: dict[Literal["plant_models", "scenarios"], str] = {
    "plant_models": "plants",
    "scenarios": "scenarios",
}


def _copy(folder: Path, *, force: bool) -> None:
    """Copy all examples and oracles, CSV files beside them too, in folders named as ours."""
    from simtwin.plant.files import example_folder

    pairs = [
        (path, folder / kind / path.relative_to(example_folder(kind)))
        for kind in _TITLES
        for path in sorted(example_folder(kind).rglob("*"))
        if path.suffix in {".yaml", ".csv"}
    ]
    check_targets([target for _, target in pairs], force=force, made=True)
    for path, target in pairs:
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())

"""This module holds the verbs about files: check, examples, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from simtwin.cli.console import heading, note, say, say_json
from simtwin.cli.options import Debug, Force, Json
from simtwin.errors import InvalidInput


def check(
    plant: Annotated[str, typer.Argument(help="A plant file, or the name of an example.")],
    scenario: Annotated[
        str | None, typer.Argument(help="A scenario file or example to check with it.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what was understood of a plant and its scenario, and what was assumed."""
    from simtwin.plant.check import understand
    from simtwin.plant.files import load_plant, load_scenario

    model = load_plant(plant)
    asked = None if scenario is None else load_scenario(scenario, model)
    understanding = understand(model, asked)
    if as_json:
        say_json({"schema_version": 1, **understanding.as_dict()})
    else:
        say(understanding.text())


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


def schema(
    kind: Annotated[str, typer.Argument(help="plant or scenario", metavar="plant|scenario")],
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of a plant or scenario file, for editors."""
    from simtwin.plant.schema import schemas

    known = schemas()
    if kind not in known:
        raise InvalidInput(f"schema: must be {' or '.join(sorted(known))} (got {kind!r})")
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
    present = [target for _, target in pairs if target.exists()]
    if present and not force:
        raise InvalidInput(f"{present[0]}: exists already; --force overwrites it")
    for path, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())

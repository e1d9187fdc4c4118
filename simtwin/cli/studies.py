"""This module holds the verbs that ask about several plans: compare, sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simtwin.cli import gates, options
from simtwin.cli.console import heading, note, progress, say, say_json, say_table
from simtwin.cli.given import check_target, deadline, load, luck, note_winning, writing
from simtwin.cli.keeping import in_turn
from simtwin.errors import InvalidInput
from simtwin.names import natural

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.report.tables import Table
    from simtwin.result.study import Study

SUFFIXES = frozenset({".yaml", ".yml"})
"""Of files that are taken from a folder."""

Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", help="A figure, as in 'late_orders', 'p_late(order-1)'."),
]


def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Scenario files, examples, or folders of such files.")
    ],
    metric: Annotated[
        str, typer.Option("--metric", help="By which figure, as in 'tardiness(order-1)'.")
    ] = "late_orders",
    better: Annotated[
        Literal["smaller", "larger"] | None,
        typer.Option("--better", help="Where the figure does not say so itself."),
    ] = None,
    replications: options.Replications = None,
    delta: Annotated[
        float | None,
        typer.Option(
            "--delta",
            help="Smallest difference that matters: begin with -n (20) replications of each, "
            "drop what is clearly behind, end at one or at --most.",
        ),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=2, help="With --delta: replications of each at most.")
    ] = 1000,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Name of the scenario compared with.")
    ] = None,
    seed: options.Seed = None,
    plant: options.Plant = None,
    workers: options.Workers = None,
    max_events: options.MaxEvents = None,
    max_seconds: options.MaxSeconds = None,
    fail_if: options.FailIf = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Compare scenarios on the same luck: by how much, how surely, and which could be best.

    A gate of --fail-if is held against every scenario.
    """
    from simtwin.orchestrator.compare import compare as asked
    from simtwin.result.metric import Metric

    Metric.parse(metric)
    files = [file for source in scenarios for file in _files(source)]
    plans = _plans(files, plant)
    read = [(plan, file) for (_, plan), file in zip(plans, files, strict=True)]
    note_winning("--replications", replications, read)
    note_winning("--seed", seed, read)
    judges = gates.read(fail_if, plans)
    with progress("replications", quiet=as_json) as moved:
        study = asked(
            plans[0][0],
            plans,
            metric=metric,
            replications=replications,
            baseline=0 if baseline is None else baseline,
            better=better,
            delta=delta,
            max_replications=most,
            seed=seed,
            workers=workers,
            max_events=max_events,
            progress=moved,
            guard=deadline(max_seconds),
        )
    gates.conclude(study, judges, lambda: _say_study(study), as_json=as_json)


def sweep(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or an example.")],
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=VALUES",
            help="'machines.mill-1.feed_override=80,90,100'; repeat it to combine names.",
        ),
    ],
    sobol: Annotated[
        int | None,
        typer.Option(
            "--sobol", min=1, help="So many points that fill the box of 'NAME=LOW..HIGH'."
        ),
    ] = None,
    metric: Metrics = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    plant: options.Plant = None,
    workers: options.Workers = None,
    max_seconds: options.MaxSeconds = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the whole table to this file.")
    ] = None,
    force: options.Force = False,
    fail_if: options.FailIf = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Ask a scenario at many points: the same luck at each, every number with its interval.

    A gate of --fail-if is held against every point.
    """
    from simtwin.orchestrator.sweep import sweep as asked
    from simtwin.report import sweep as told
    from simtwin.result.judgement import judged_points

    check_target(csv, force=force)
    model, plan = load(scenario, plant)
    n, seed = luck(plan, scenario, replications, seed)
    judges = gates.read(fail_if, [(model, plan)])
    grid = _grid(settings) if sobol is None else _box(settings, sobol, seed)
    with progress("runs", quiet=as_json) as moved:
        frame = asked(
            model,
            plan,
            grid,
            replications=n,
            metrics=metric,
            seed=seed,
            workers=workers,
            progress=moved,
            guard=deadline(max_seconds),
        )
    partial = bool(frame.attrs["partial"])
    found = judged_points(judges, frame)

    def tell() -> None:
        if as_json:
            plain = told.as_plain(model, plan, frame, n=n, seed=seed)
            say_json(plain | gates.as_plain(found))
        else:
            made = told.Made.of_frame(frame) if partial else n
            basis = told.basis(made, seed, partial=partial, drawn=frame.attrs["drawn"])
            heading(f"{plan.name} on {model.name} at {_counted(frame)}: {basis}")
            say_table(told.points(frame, metric))

    in_turn([tell] if csv is None else [tell, lambda: _write(frame, csv, plan.start)])
    gates.end(frame, found, partial=partial)


def _plans(files: list[str], plant: str | None) -> list[tuple[PlantModel, Scenario]]:
    """Return the plans of files and examples; equal plants are one object."""
    plans: list[tuple[PlantModel, Scenario]] = []
    for file in files:
        model, asked = load(file, plant)
        known = next((own for own, _ in plans if own == model), model)
        plans.append((known, asked))
    return plans


def _files(source: str) -> list[str]:
    """Return *source*, or the scenarios in the folder of that name in natural order.

    Where no folder is called so, a bundled one may be.
    """
    from simtwin.plant.files import example_folder, is_plant

    folder = Path(source)
    if not folder.is_dir():
        folder = example_folder("scenarios") / source
    if not folder.is_dir():
        return [source]
    files = [path for path in folder.iterdir() if path.suffix in SUFFIXES]
    found = [path for path in files if not is_plant(path)]
    for plant in sorted(set(files) - set(found)):
        note(f"{plant} is a plant; its scenarios are compared")
    if not found:
        raise InvalidInput(f"{source}: has no scenario files (*.yaml)")
    return [str(path) for path in sorted(found, key=lambda path: natural(path.name))]


def _say_study(study: Study) -> None:
    from simtwin.report import study as told

    heading(told.heading(study))
    say(study.sentence)
    say()
    say_table(told.plans(study))
    others: Table = told.others(study)
    if others.rows:
        say()
        say_table(others)
    elif others.note:
        say(others.note)


def _grid(settings: list[str]) -> dict[str, list[object]]:
    """Return the lists of values of ``NAME=VALUE,VALUE`` by name."""
    grid: dict[str, list[object]] = {}
    for name, values in _settings(settings):
        if ".." in values:
            raise InvalidInput(f"--set {name}: {values!r} is a range, which needs --sobol N")
        grid[name] = [_value(text) for text in values.split(",")]
    return grid


def _box(settings: list[str], n: int, seed: int) -> Any:
    """Return *n* points within ``NAME=LOW..HIGH``."""
    from simtwin.orchestrator.design import sobol

    bounds = {}
    for name, values in _settings(settings):
        low, _, high = values.partition("..")
        try:
            bounds[name] = float(low), float(high)
        except ValueError:
            raise InvalidInput(
                f"--set {name}: --sobol needs a range as in '80..120' (got {values!r})"
            ) from None
    return sobol(bounds, n, seed)


def _settings(settings: list[str]) -> list[tuple[str, str]]:
    """Return name and values of each of *settings*, each name once."""
    found: dict[str, str] = {}
    for setting in settings:
        name, equals, values = (part.strip() for part in setting.partition("="))
        if not (name and equals and values):
            raise InvalidInput(f"--set: must be NAME=VALUE,VALUE (got {setting!r})")
        if name in found:
            raise InvalidInput(f"--set {name}: is given twice; write its values in one list")
        found[name] = values
    return list(found.items())


def _value(text: str) -> object:
    """Return a value as a file would have it: a number, true or false, or a text.

    >>> [_value(text) for text in ("80", " 0.5", "true", "spt", "12 kW")]
    [80.0, 0.5, True, 'spt', '12 kW']
    """
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _counted(frame: pd.DataFrame) -> str:
    from simtwin.report.sweep import names
    from simtwin.report.wording import counted

    return counted(len(frame.drop_duplicates(names(frame))), "point")


def _write(frame: pd.DataFrame, path: Path, start: str) -> None:
    """Write the table as CSV, whole or not at all."""
    from simtwin.civil import read_zero
    from simtwin.report.sheets import sheet

    draft = path.with_name(f".{path.name}.draft")
    with writing(path):
        draft.write_text(sheet(frame, (), read_zero(start)), encoding="utf-8", newline="")
        draft.replace(path)
    note(f"table in {path}")

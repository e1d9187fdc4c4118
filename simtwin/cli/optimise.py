"""This module holds the verb that makes the parameters of an operation best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simtwin.cli import options
from simtwin.cli.console import FAILED, heading, note, progress, say, say_json
from simtwin.cli.console import say_table as table
from simtwin.cli.gates import end
from simtwin.cli.given import check_target, deadline, load, writing
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.optimum import Optimum


def optimise(
    plant: Annotated[str, typer.Argument(help="A plant file, or an example.")],
    machine: Annotated[str, typer.Argument(help="The machine.")],
    program: Annotated[
        str | None, typer.Option("--program", help="The program; else the heaviest operation.")
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option("--operation", help="Instead: an operation, as 'housing/op10'."),
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            help="time, energy, cost, 'tool wear', 'spindle wear' or 'bearing wear', of a "
            "part; twice for the front between two.",
            show_default="time",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="NAME=NUMBER",
            help="'power_kw=9', 'tool_life_min=30', or of one cut 'roughness_um@finish=1.6'. "
            "Repeatable.",
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", help="speed, feed, depth, coolant.", show_default="speed, feed"),
    ] = None,
    bound: Annotated[
        list[str] | None,
        typer.Option(
            "--bound",
            metavar="NAME=LOW..HIGH",
            help="'feed_mm=0.1..0.3', of one cut 'face-iron.speed_m_min=100..250'. Repeatable.",
        ),
    ] = None,
    passes: Annotated[
        list[str] | None,
        typer.Option(
            "--passes", metavar="CUT=NUMBER", help="Of how many passes a path is made."
        ),
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(
            "--price",
            metavar="NAME=NUMBER",
            help="machine_per_h, energy_per_kwh, edge (or edge@TOOL), coolant_per_min, "
            "spindle, scrap. Repeatable.",
        ),
    ] = None,
    points: Annotated[int, typer.Option("--points", min=3, help="Of a front.")] = 9,
    starts: Annotated[int, typer.Option("--starts", min=1, help="Of the search.")] = 8,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", help="Show what it does to this whole plan, too."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="By which figure of that plan.",
            show_default="late_orders, or good_pieces without orders",
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Run the best beside today, paired.")
    ] = True,
    replications: Annotated[
        int, typer.Option("--replications", "-n", min=2, help="Of the paired runs.")
    ] = 20,
    parts: Annotated[
        int | None, typer.Option("--parts", min=1, help="That each of them makes.")
    ] = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    max_seconds: options.MaxSeconds = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write the front, or the limits, as HTML.")
    ] = None,
    force: options.Force = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Make feeds and speeds of an operation best within limits, and prove it by paired runs.

    Leaves with 1 where no parameters keep all limits; those at fault are named.
    """
    from simtwin.orchestrator.optimise.parameters import optimise_parameters as asked

    check_target(plot, force=force)
    model, plan = _asked(plant, scenario)
    with progress("replications", quiet=as_json) as moved:
        found = asked(
            model,
            machine,
            program=program,
            operation=operation,
            objective=objective or "time",
            constraints=_numbers("--limit", limit),
            vary=_words(vary) or ("speed", "feed"),
            bounds=_ranges(bound),
            passes=_whole(passes),
            prices=_numbers("--price", price),
            points=points,
            starts=starts,
            seed=seed,
            verify=verify,
            replications=replications,
            parts=parts,
            scenario=plan,
            metric=metric,
            workers=workers,
            progress=moved,
            guard=deadline(max_seconds),
        )
    if as_json:
        from simtwin.report.answer import answer

        say_json(answer(found))
    else:
        _say(found)
    if plot is not None:
        _draw(found, plot)
    end(found)
    if not found.feasible:
        raise typer.Exit(FAILED)


def _asked(plant: str, scenario: str | None) -> tuple[PlantModel, Scenario | None]:
    """Return the plant, and the scenario on it if one is asked for."""
    from simtwin.plant.files import load_plant

    if scenario is None:
        return load_plant(plant), None
    return load(scenario, plant)


def _say(found: Optimum) -> None:
    from simtwin.report import optimum as told
    from simtwin.report import study as studies

    heading(told.heading(found))
    say(found.sentence)
    tables = [told.parameters(found), told.figures(found), told.constraints(found)]
    tables += [told.front(found), told.trial(found)]
    for one in tables:
        if one.rows:
            say()
            table(one)
        elif one.note:
            say()
            say(one.note)
    for line in found.notes:
        say(f"Note: {line}.")
    if found.study is not None:
        say()
        heading(studies.heading(found.study))
        say(found.study.sentence)
        table(studies.plans(found.study))


def _draw(found: Optimum, path: Path) -> None:
    """Write the plot as one offline HTML file."""
    from simtwin.report.figure_page import figure_page
    from simtwin.report.plots_optimum import front, limits

    figure = front(found) if found.front else limits(found)
    draft = path.with_name(f".{path.name}.draft")
    with writing(path):
        draft.write_text(figure_page(figure, f"{found.operation} on {found.machine}"), "utf-8")
        draft.replace(path)
    note(f"plot in {path}")


def _words(given: list[str] | None) -> tuple[str, ...]:
    """Return the words of options that take several, apart by commas."""
    return tuple(word.strip() for one in given or () for word in one.split(","))


def _numbers(option: str, given: list[str] | None) -> dict[str, object]:
    """Return ``NAME=NUMBER`` and ``NAME@PART=NUMBER`` as a call has them.

    >>> _numbers("--limit", ["power_kw=9", "roughness_um@finish=1.6"])
    {'power_kw': 9.0, 'roughness_um': {'finish': 1.6}}
    """
    found: dict[str, Any] = {}
    for name, text in _pairs(option, given):
        key, at, part = name.partition("@")
        number = _number(option, name, text)
        if not at:
            if key in found:
                part = next(iter(found[key]))
                raise InvalidInput(f"{option} {key}: is given for all and for {part}")
            found[key] = number
        elif isinstance(found.setdefault(key, {}), dict):
            found[key][part] = number
        else:
            raise InvalidInput(f"{option} {key}: is given for all and for {part}")
    return found


def _ranges(given: list[str] | None) -> dict[str, object]:
    """Return ``NAME=LOW..HIGH`` as a call has them."""
    found: dict[str, object] = {}
    for name, text in _pairs("--bound", given):
        low, dots, high = text.partition("..")
        if not dots:
            raise InvalidInput(f"--bound {name}: must be as in '0.1..0.3' (got {text!r})")
        found[name] = (_number("--bound", name, low), _number("--bound", name, high))
    return found


def _whole(given: list[str] | None) -> dict[str, int]:
    found = {}
    for name, text in _pairs("--passes", given):
        if not text.isdigit():
            raise InvalidInput(f"--passes {name}: must be a whole number (got {text!r})")
        found[name] = int(text)
    return found


def _pairs(option: str, given: list[str] | None) -> list[tuple[str, str]]:
    """Return names and what they are to be; no name may stand twice."""
    found: list[tuple[str, str]] = []
    for one in given or ():
        name, equals, text = (part.strip() for part in one.partition("="))
        if not (name and equals and text):
            raise InvalidInput(f"{option}: must be NAME=VALUE (got {one!r})")
        before = dict(found).get(name)
        if before is not None:
            raise InvalidInput(
                f"{option} {name}: is given twice, {before} and {text}; give the one that holds"
            )
        found.append((name, text))
    return found


def _number(option: str, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"{option} {name}: must be a number (got {text!r})") from None

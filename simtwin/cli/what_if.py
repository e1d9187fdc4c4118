"""This module holds the verb what-if: a scenario as it is, and with something otherwise."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from simtwin.cli import gates, options
from simtwin.cli.console import heading, note, progress, say, say_table
from simtwin.cli.given import check_target, deadline, load, luck
from simtwin.errors import InvalidInput
from simtwin.result.day import is_day

if TYPE_CHECKING:
    from simtwin.result.what_if import WhatIf

WORDS = {
    "--stop": 3, "--maintain": 3, "--move": 3, "--feed": 2, "--skip": 2, "--coolant-off": 2,
    "--friction": 3, "--overtime": 1,
}  # fmt: skip
"""Options that take several words, with or without quotes around them."""


RUSH = "--rush"
"""Takes one word, but for the days before its times."""

_OPTION = re.compile(r"-(?![\d.])")
"""How an option begins; a number below 0 is none."""


class Spoken(TyperCommand):
    """A command whose options may take several words: ``--stop mill-3 10:00 2h``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse *args*, the words of each option put together."""
        return super().parse_args(ctx, joined(args))


def joined(args: list[str]) -> list[str]:
    """Return *args* with the words that belong to one option as one of them.

    The day before a time is not counted, and a name may have blanks.

    >>> joined(["day", "--stop", "mill-3", "10:00", "2h", "--rush", "order-1"])
    ['day', '--stop', 'mill-3 10:00 2h', '--rush', 'order-1']
    >>> joined(["--stop", "DMU 50", "Tue", "10:00", "2h", "day"])
    ['--stop', 'DMU 50 Tue 10:00 2h', 'day']
    >>> joined(["--feed", "DMU", "50", "85", "day"])
    ['--feed', 'DMU 50 85', 'day']
    >>> joined(["--rush", "part:5@Mon", "-n", "4"])
    ['--rush', 'part:5@Mon', '-n', '4']
    >>> joined(["--rush", "housing:5@Tue", "10:00,Wed", "12:00", "day"])
    ['--rush', 'housing:5@Tue 10:00,Wed 12:00', 'day']
    """
    found: list[str] = []
    at = 0
    while at < len(args):
        arg = args[at]
        found.append(arg)
        at += 1
        if arg in (*WORDS, RUSH):
            own = list(takewhile(lambda word: not _OPTION.match(word), args[at:]))
            count = _spoken(arg, own)
            found += [" ".join(own[:count])] if count else []
            at += count
    return found


def _spoken(option: str, args: list[str]) -> int:
    """Return how many of *args* belong to *option*: a name, then times or a number."""
    if option == RUSH:  # PRODUCT:QUANTITY@Tue 10:00,Wed 12:00
        days = (is_day(re.split("[@,]", arg)[-1]) for arg in args)
        return min(len(args), 1 + sum(takewhile(bool, days)))
    wanted, begun, found = WORDS[option] - 1, False, 0
    for place, arg in enumerate(args):
        for word in arg.split():
            if option == "--feed":
                following = args[place + 1 : place + 2]
                begun = word.isdecimal() and not any(map(str.isdecimal, following))
            else:
                begun = begun or ":" in word or word.startswith("+")
            found += begun and not is_day(word)
        if found >= wanted:
            return place + 1
    return min(len(args), WORDS[option])  # Too few, as its own parser says.


def what_if(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or an example.")],
    overtime: Annotated[
        list[str] | None,
        typer.Option(
            metavar="2h|FROM-TO",
            help="Work goes on for so long; or a shift more: Sat 06:00-14:00.",
        ),
    ] = None,
    add_machine: Annotated[
        list[str] | None, typer.Option(metavar="MACHINE", help="One more like this one.")
    ] = None,
    remove_machine: Annotated[
        list[str] | None, typer.Option(metavar="MACHINE", help="One machine less.")
    ] = None,
    stop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MACHINE TIME DURATION",
            help="It stands: mill-3 10:00 2h, or Tue 10:00 2h.",
        ),
    ] = None,
    maintain: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE TIME DURATION", help="Maintenance: mill-1 14:00 90min."),
    ] = None,
    move: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE TIME TIME", help="Planned maintenance at another time."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE TIME", help="Planned maintenance is not done."),
    ] = None,
    rush: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORDER", help="It goes first; or a new one, PRODUCT:QUANTITY@TIME[,DUE]."
        ),
    ] = None,
    feed: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE PERCENT", help="Feed override: mill-1 85."),
    ] = None,
    crew: Annotated[
        list[str] | None, typer.Option(metavar="MEMBERS", help="So many fitters.")
    ] = None,
    dispatching: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Another rule who goes next.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other value, as in a file."),
    ] = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    plant: options.Plant = None,
    workers: options.Workers = None,
    max_events: options.MaxEvents = None,
    max_seconds: options.MaxSeconds = None,
    report: options.Report = None,
    force: options.Force = False,
    fail_if: options.FailIf = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Say what becomes of a scenario if something were otherwise; flags may be repeated.

    All that is supposed holds together, and is run beside the plan as it is on the same luck.
    A gate of --fail-if is held against the plan as supposed.
    """
    from simtwin.orchestrator.what_if import what_if as asked
    from simtwin.plant.supposition import suppose

    check_target(report, force=force)
    given = {
        "overtime": overtime, "add-machine": add_machine, "remove-machine": remove_machine,
        "stop": stop, "maintain": maintain, "move": move, "skip": skip, "rush": rush,
        "feed": feed, "crew": crew, "dispatching": dispatching, "set": set_,
    }  # fmt: skip
    suppositions = [f"{kind} {words}" for kind, each in given.items() for words in each or ()]
    if not suppositions:
        flags = ", ".join(f"--{kind}" for kind in given)
        raise InvalidInput(f"what-if: nothing is supposed; give one or more of {flags}")
    model, plan = load(scenario, plant)
    n, seed = luck(plan, scenario, replications, seed)
    judges = gates.read(fail_if, [(model, suppose(model, plan, suppositions)[0])])
    with progress("replications", quiet=as_json) as moved:
        told = asked(
            model,
            plan,
            suppositions,
            replications=n,
            seed=seed,
            workers=workers,
            max_events=max_events,
            progress=moved,
            guard=deadline(max_seconds),
        )
    if report is not None:
        from simtwin.report.page import report as write

        note(f"report in {write(told, report, force=force)}")
    gates.conclude(told, judges, lambda: _say(told), as_json=as_json)


def _say(told: WhatIf) -> None:
    from simtwin.report import what_if as tables

    heading(tables.heading(told))
    say(told.sentence)
    if told.orders:
        say()
        say_table(tables.orders(told))
    say()
    say_table(tables.kpis(told))

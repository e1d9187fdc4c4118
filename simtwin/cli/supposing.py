"""This module holds supposing: the options that say what is otherwise, and their words."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from simtwin.result.day import is_day

Overtime = Annotated[
    list[str] | None,
    typer.Option(
        metavar="2h|FROM-TO",
        help="Work goes on for so long; or a shift more: Sat 06:00-14:00, or "
        "'Sat 06:00-14:00 CALENDAR'.",
    ),
]
AddMachine = Annotated[
    list[str] | None, typer.Option(metavar="MACHINE", help="One more like this one.")
]
RemoveMachine = Annotated[
    list[str] | None, typer.Option(metavar="MACHINE", help="One machine less.")
]
Stop = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MACHINE TIME DURATION",
        help="It stands: mill-3 10:00 2h, or Tue 10:00 2h.",
    ),
]
Maintain = Annotated[
    list[str] | None,
    typer.Option(metavar="MACHINE TIME DURATION", help="Maintenance: mill-1 14:00 90min."),
]
Move = Annotated[
    list[str] | None,
    typer.Option(metavar="MACHINE TIME TIME", help="Planned maintenance at another time."),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(metavar="MACHINE TIME", help="Planned maintenance is not done."),
]
Rush = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORDER", help="It goes first; or a new one, PRODUCT:QUANTITY@TIME[,DUE]."
    ),
]
Feed = Annotated[
    list[str] | None,
    typer.Option(metavar="MACHINE PERCENT", help="Feed override: mill-1 85."),
]
Crew = Annotated[list[str] | None, typer.Option(metavar="MEMBERS", help="So many fitters.")]
Dispatching = Annotated[
    list[str] | None, typer.Option(metavar="RULE", help="Another rule who goes next.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any other value, as in a file."),
]

KINDS = (
    "overtime", "add-machine", "remove-machine", "stop", "maintain", "move", "skip", "rush",
    "feed", "crew", "dispatching", "set",
)  # fmt: skip
"""What may be supposed, in the order of the options."""


def lines(*given: list[str] | None) -> list[str]:
    """Return the suppositions, a line each; *given* are the options in the order of `KINDS`.

    >>> lines(["2h"], None, None, ["mill-3 10:00 2h", "mill-4 11:00 1h"], *[None] * 8)
    ['overtime 2h', 'stop mill-3 10:00 2h', 'stop mill-4 11:00 1h']
    """
    kinds = zip(KINDS, given, strict=True)
    return [f"{kind} {words}" for kind, each in kinds for words in each or ()]


WORDS = {
    "--stop": 3, "--maintain": 3, "--move": 3, "--feed": 2, "--skip": 2, "--coolant-off": 2,
    "--friction": 3,
}  # fmt: skip
"""Options that take several words, with or without quotes around them."""


RUSH, OVERTIME = "--rush", "--overtime"
"""Take one word, but for the days before their times."""

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
    >>> joined(["--overtime", "Sat", "06:00-14:00", "day"])
    ['--overtime', 'Sat 06:00-14:00', 'day']
    """
    found: list[str] = []
    at = 0
    while at < len(args):
        arg = args[at]
        found.append(arg)
        at += 1
        if arg in (*WORDS, RUSH, OVERTIME):
            own = list(takewhile(lambda word: not _OPTION.match(word), args[at:]))
            count = _spoken(arg, own)
            found += [" ".join(own[:count])] if count else []
            at += count
    return found


def _spoken(option: str, args: list[str]) -> int:
    """Return how many of *args* belong to *option*: a name, then times or a number."""
    if option in (RUSH, OVERTIME):  # PRODUCT:QUANTITY@Tue 10:00,Wed 12:00; Sat 06:00-14:00
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

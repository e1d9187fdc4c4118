"""This module holds the table beside other tools: the same line, the same answers, the time.

Their models are in `tools`, as a user would write them. None of them is needed: install those
that you want to see into an environment of their own and name its interpreter.

    python -m venv .tools
    .tools/bin/pip install simpy prodsys simantha salabim ciw
    .venv/bin/python -m tests.benchmarks.beside --python .tools/bin/python

This file runs under either interpreter, so it needs nothing but Python itself.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib.metadata
import importlib.util
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from time import process_time

TOOLS = Path(__file__).parent / "tools"
NAMES = ("simtwin", "simpy", "salabim", "simantha", "ciw", "prodsys")
FAILING = ("simtwin", "simpy", "salabim")
"""Tools whose machines can grow older only while they work, and keep their piece."""
TIMES = (60, 55, 62, 50, 58)
"""Of the stations [s]."""
SLOTS = 4
MTBF, MTTR = 3600.0, 300.0
"""Work between failures, and repair [s], both exponential."""
T_90 = 1.86
"""Student's t to 95 % on one side, 8 degrees of freedom: two tools with five runs each."""
ENDS = 2
"""Pieces by which a line may differ that is fed a little later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool made of the line, and how long it took."""

    tool: str
    version: str
    lines: int
    """Of user code."""
    cost: float
    """Processor time per 1,000 pieces [s]."""
    made: tuple[int, ...]
    """Pieces, one figure a seed."""


def ask(name: str, python: str, *, hours: float, seeds: int, fails: bool) -> Answer | None:
    """Return what tool *name* answers under the interpreter *python*; None: not installed."""
    call = [python, "-P", __file__, "--one", name, "--hours", str(hours), "--seeds", str(seeds)]
    done = subprocess.run(
        call + ["--fails"] * fails, capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        return None
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    version, cost, made = json.loads(done.stdout)
    return Answer(name, version, user_lines(name), cost, tuple(made))


def answer(name: str, hours: float, seeds: int, fails: bool) -> tuple[str, float, list[int]]:
    """Run the line of tool *name* here: its version, its cost, what it made by each seed."""
    spec = importlib.util.spec_from_file_location(name + "_line", _file(name))
    assert spec is not None, "the file of a tool is there"
    assert spec.loader is not None, "the file of a tool is Python"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    given = (MTBF, MTTR) if fails else (None, None)
    made, spent = [], []
    # The first run is for warming up: what a tool imports late is no part of its pace.
    for seed in [0, *range(1, seeds + 1)]:
        gc.collect()
        begin = process_time()
        with contextlib.redirect_stderr(io.StringIO()):  # Some draw bars.
            count = module.made(list(TIMES), SLOTS, hours * 3600.0 + 0.5, seed, *given)
        spent.append((process_time() - begin) / count * 1e3)
        made.append(count)
    version = getattr(sys.modules[name], "__version__", None)
    return version or importlib.metadata.version(name), min(spent[1:]), made[1:]


def user_lines(name: str) -> int:
    """Return the logical lines that a user writes for the line, without docstrings.

    >>> user_lines("simtwin") <= 12
    True
    """
    tree = ast.parse(_file(name).read_text(encoding="utf-8"))
    tree.body = tree.body[1:]
    return sum(1 for line in ast.unparse(tree).splitlines() if line.strip())


def _file(name: str) -> Path:
    return TOOLS / f"{name}_line.py"


def agrees(mine: Answer, other: Answer) -> bool:
    """Tell whether two tools answer alike: to the piece, or within the 90 % interval."""
    apart = fmean(other.made) - fmean(mine.made)
    if len({*mine.made}) == 1 == len({*other.made}):
        return abs(apart) <= ENDS
    count = len(mine.made)
    width = T_90 * sqrt((stdev(mine.made) ** 2 + stdev(other.made) ** 2) / count)
    return abs(apart) <= width + ENDS


def rows(answers: list[Answer]) -> list[str]:
    """Return *answers*, ours first, as rows of a table in Markdown."""
    head = ["| tool | version | s per 1,000 pieces | times ours | lines | pieces | agrees |"]
    head.append("|---|---|---|---|---|---|---|")
    ours = answers[0]
    return head + [
        f"| {a.tool} | {a.version} | {a.cost:.3f} | {a.cost / ours.cost:.2g} | {a.lines} | "
        f"{fmean(a.made):.1f} | {'yes' if agrees(ours, a) else 'NO'} |"
        for a in answers
    ]


def main(arguments: list[str] | None = None) -> None:
    """Print a table for the line without and one for the line with breakdowns."""
    parser = argparse.ArgumentParser(description="The same line in simtwin and in other tools.")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the others")
    parser.add_argument("--hours", type=float, default=20.0, help="that the line runs")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each")
    parser.add_argument("--one", choices=NAMES, help=argparse.SUPPRESS)
    parser.add_argument("--fails", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one is not None:
        try:
            found = answer(given.one, given.hours, given.seeds, given.fails)
        except ModuleNotFoundError:
            sys.exit(3)
        print(json.dumps(found))
        return
    for title, names, fails in (
        ("Without breakdowns", NAMES, False),
        ("With breakdowns", FAILING, True),
    ):
        print(f"{title}:", flush=True)
        answers = []
        for name in names:
            python = sys.executable if name in ("simtwin", "simpy") else given.python
            found_one = ask(name, python, hours=given.hours, seeds=given.seeds, fails=fails)
            if found_one is None:
                print(f"{name} is not installed beside {python}: left out")
            else:
                answers.append(found_one)
        print("\n".join(rows(answers)))


if __name__ == "__main__":
    main()

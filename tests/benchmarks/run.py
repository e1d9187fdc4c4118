"""This module holds the run of the benchmarks of DESIGN 9: one command, one table.

All rows: ``.venv/bin/python -m tests.benchmarks.run``; some: add ``P2 P7``; in a minute
instead of ten: add ``--short``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.machinery import ExtensionFileLoader

from simtwin.shop import machine
from tests.benchmarks import branching, foresight, ingest, line, precision, segment, serving
from tests.benchmarks.measure import Line, table

Row = Callable[[], list[Line]]

FULL: dict[str, Row] = {
    "P1": precision.cost,
    "P2": segment.cost,
    "P3": precision.errors,
    "P4": segment.growth,
    "P5": branching.rebuild,
    "P6": branching.ensemble,
    "P7": line.cost,
    "P8": segment.memory,
    "P9": segment.waste,
    "P10": segment.year,
    "L1": foresight.branches,
    "L2": foresight.chances,
    "S1": serving.reads,
    "N1": ingest.durable,
    "N2": ingest.visible,
}
SHORT: dict[str, Row] = {
    "P1": lambda: precision.cost(short_points()),
    "P2": lambda: segment.cost(hours=10.0, rounds=3),
    "P3": lambda: precision.errors(hours=3.0),
    "P4": lambda: segment.growth(sizes=(10, 30, 100), total=100.0, rounds=2),
    "P5": lambda: branching.rebuild(machines=10, rounds=3),
    "P6": lambda: branching.ensemble(hours=20.0, replications=17, rounds=1),
    "P7": lambda: line.cost(hours=60.0, slots=(2,), rounds=3),
    "P8": lambda: segment.memory(hours=10.0),
    "P9": lambda: segment.waste(hours=20.0, acts=100_000),
    "P10": lambda: segment.year(days=0.25),
    "L1": lambda: foresight.branches(count=50),
    "L2": lambda: foresight.chances(rounds=1),
    "S1": lambda: serving.reads(count=1000, replications=200),
    "N1": lambda: ingest.durable(4000),
    "N2": lambda: ingest.visible(1000),
}


def built() -> str:
    """Return how the simtwin that is measured was built."""
    compiled = isinstance(machine.__spec__.loader, ExtensionFileLoader)
    return "the compiled build (docs/speed.md)" if compiled else "plain Python"


def short_points() -> tuple[precision.Point, ...]:
    """Return the work-precision points of the short form."""
    return precision.work_precision(hours=3.0, rounds=1)


def main(arguments: list[str] | None = None) -> int:
    """Run the rows that are asked for and print the table; 1 when a bound is not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(FULL)}")
    parser.add_argument("--short", action="store_true", help="smaller workloads, fewer rounds")
    parser.add_argument("--plot", metavar="FILE", help="write the work-precision plot of P1")
    options = parser.parse_args(arguments)
    unknown = [row for row in options.rows if row not in FULL]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}")
    chosen = SHORT if options.short else FULL
    rows = options.rows or list(FULL)
    lines = [line for row in rows for line in chosen[row]()]
    print(f"simtwin: {built()}\n{table(lines)}")
    if "P1" in rows or options.plot is not None:
        points = short_points() if options.short else precision.work_precision()
        print(f"\n{precision.points_table(points)}")
        if options.plot is not None:
            precision.plot(points, options.plot)
    return int(any(line.verdict == "NOT met" for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())

"""This module holds the measure: how long one thing takes beside another, and the table."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import process_time

Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of benchmarks."""

    row: str
    """P1 to P10 (DESIGN 9)."""
    measure: str
    ours: float
    unit: str
    baseline: float | None = None
    """In the same unit; None where the bounds are on our figure itself."""
    least: float | None = None
    """Bound that must be met; None: for information."""
    aim: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def figure(self) -> float:
        """What is held against the bounds: the ratio to the baseline, or ours without one."""
        return self.ours if self.baseline is None else self.ours / self.baseline

    @property
    def verdict(self) -> str:
        """How the figure stands: aim met, met, NOT met, or nothing where nothing was asked."""
        if self.aim is not None and self._meets(self.aim):
            return "aim met"
        if self.least is None:
            return "" if self.aim is None else "aim missed"
        return "met" if self._meets(self.least) else "NOT met"

    def _meets(self, bound: float) -> bool:
        return self.figure >= bound if self.more_is_better else self.figure <= bound


def race(*actions: Action, rounds: int = 3) -> tuple[float, ...]:
    """Return the least processor time [s] of each of *actions* over *rounds*.

    They take turns, so that a machine that slows down slows all of them.
    """
    best = [inf] * len(actions)
    for _ in range(rounds):
        for index, action in enumerate(actions):
            gc.collect()
            begin = process_time()
            action()
            best[index] = min(best[index], process_time() - begin)
    return tuple(best)


def table(lines: list[Line]) -> str:
    """Return *lines* as text in columns.

    >>> print(table([Line("P7", "line", 3.0, "us", 2.0, least=2.0, aim=1.0)]))
    row   measure            ours  baseline   ratio  at least     aim
    P7    line               3 us         2     1.5         2       1  met
    """
    width = max(8, *(len(line.measure) for line in lines))
    head = (
        f"{'row':<5} {'measure':<{width}} {'ours':>14} {'baseline':>9} {'ratio':>7} "
        f"{'at least':>9} {'aim':>7}"
    )
    return "\n".join([head, *(_text(line, width) for line in lines)])


def _text(line: Line, width: int) -> str:
    def plain(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    ratio = None if line.baseline is None else line.figure
    ours = f"{line.ours:.4g} {line.unit}"
    text = (
        f"{line.row:<5} {line.measure:<{width}} {ours:>14} {plain(line.baseline, '.4g'):>9} "
        f"{plain(ratio, '.4g'):>7} {plain(line.least, 'g'):>9} {plain(line.aim, 'g'):>7}  "
        f"{line.verdict}"
    )
    return f"{text}  {line.note}".rstrip()

"""This module holds the findings: what was wrong, assumed or doubtful in exported lists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from simtwin.errors import FileProblems, Problem
from simtwin.plant.wording import in_file_order

SHOWN = 6
"""Lines that a remark on many rows names."""

MOST_TOLD = 200
"""Problems that are told; who has more has given the wrong file."""


@dataclass(slots=True)
class Findings:
    """Problems stop the way in; the rest is said and goes on."""

    problems: list[Problem] = field(default_factory=list)
    assumed: list[Problem] = field(default_factory=list)
    """What was taken because the lists do not say."""
    doubtful: list[Problem] = field(default_factory=list)
    """What may be a mistake, and was taken as it stands."""

    def raise_problems(self) -> None:
        """Raise all problems at once, in the order of the files; of very many the first."""
        if not self.problems:
            return
        ordered = in_file_order(self.problems)
        if len(ordered) > MOST_TOLD:
            last = ordered[MOST_TOLD]
            message = f"this and {len(ordered) - MOST_TOLD - 1} more problems are not shown"
            ordered = (*ordered[:MOST_TOLD], replace(last, key="", message=message))
        raise FileProblems(ordered)


def gathered(remarks: list[Problem]) -> list[str]:
    """Return *remarks* as sentences, one for all rows of a file of which the same is said.

    >>> same = [Problem("r.csv", line, 9, "setup", "missing; 0 taken") for line in (3, 4, 8)]
    >>> gathered(same)
    ['r.csv:3:9 setup: missing; 0 taken (3 rows: 3, 4, 8)']
    """
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for remark in remarks:
        groups.setdefault((remark.file, remark.key, remark.message), []).append(remark)
    return [_said(group) for group in groups.values()]


def _said(group: list[Problem]) -> str:
    lines = list(dict.fromkeys(remark.line for remark in group))
    if len(lines) == 1:
        return str(group[0])
    named = ", ".join(map(str, lines[:SHOWN])) + (", ..." if len(lines) > SHOWN else "")
    return f"{group[0]} ({len(lines)} rows: {named})"

"""This module holds the problems of an error as plain values: where, which key, what is wrong.

The command line and the service tell them alike.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from simtwin.errors import FileProblems


def problems(error: BaseException) -> list[dict[str, Any]]:
    """Return what is wrong in files, in their order; nothing where *error* is of none.

    >>> from simtwin.errors import Problem
    >>> problems(FileProblems((Problem("a.yaml", 3, 7, "crew", "is missing"),)))
    [{'file': 'a.yaml', 'line': 3, 'column': 7, 'key': 'crew', 'message': 'is missing'}]
    """
    return [asdict(one) for one in error.problems] if isinstance(error, FileProblems) else []

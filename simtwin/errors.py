"""This module holds the errors that simtwin raises: broad to catch, narrow to recover.

::

    SimtwinError
    ├── InvalidInput        a file, a key or an argument is wrong; exit code 2
    │   ├── FileProblems    all problems of one file at once, each with line and column
    │   └── OutOfRange      a physical law was asked outside its range of validity
    ├── RunFailed           a run cannot go on; exit code 1
    │   ├── Deadlock        parts are open and nothing can ever release one
    │   ├── Zeno            more events at one instant than any shop can mean
    │   ├── GuardExceeded   the event or wall-time guard of the caller was reached
    │   ├── StoreFailed     the log cannot be written or read: no rights, file damaged
    │   │   └── DiskFull    there is no room to write it; with room it goes on
    │   └── SourceFailed    a broker refuses or does not answer
    └── UnknownSnapshot     a snapshot of another schema version, or of another plant
"""

from __future__ import annotations

from dataclasses import dataclass


def brief(value: object) -> str:
    """Return *value* as Python writes it, cut short where a line has no room for it.

    >>> brief("wide"), brief(10**100)
    ("'wide'", '100000000000000000000000000000000000000000000000000000000...')
    """
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4300 digits.
        return "a number of thousands of digits"
    return text if len(text) < 60 else f"{text[:57]}..."


class SimtwinError(Exception):
    """Anything that simtwin raises on purpose."""


class InvalidInput(SimtwinError):
    """A file, a key or an argument is wrong; the message says where and what would be right."""


class OutOfRange(InvalidInput, ValueError):
    """A physical law was asked outside its range of validity."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file: where, which key, and what would be right.

    >>> str(Problem("plant.yaml", 18, 16, "machines[2].id", "must not be empty"))
    'plant.yaml:18:16 machines[2].id: must not be empty'
    """

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        subject = f" {self.key}:" if self.key else ""
        return f"{self.file}:{self.line}:{self.column}{subject} {self.message}"


class FileProblems(InvalidInput):
    """All problems of the files read, in file order, one line each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class RunFailed(SimtwinError):
    """A run cannot go on."""


class Deadlock(RunFailed):
    """Parts or orders are open and no pending event can ever release one."""


class Zeno(RunFailed):
    """More events at one instant than any shop can mean; the cycle of modes is named."""


class GuardExceeded(RunFailed):
    """The guard of the caller (events or wall time) was reached before the horizon."""


class StoreFailed(RunFailed):
    """The log cannot be written or read; what was not committed was not acknowledged."""


class DiskFull(StoreFailed):
    """There is no room to write the log; once there is, writing goes on."""


class SourceFailed(RunFailed):
    """A source of telemetry refuses, or does not answer."""


class UnknownSnapshot(SimtwinError):
    """A snapshot of another schema version, or of another plant."""

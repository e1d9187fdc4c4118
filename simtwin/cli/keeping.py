"""This module holds the keeping: what is written after the runs, and checked before them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtwin.cli.console import note
from simtwin.cli.given import check_target, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where an answer is kept: a folder, an HTML page, an Excel file; None: not there."""

    folder: Path | None = None
    page: Path | None = None
    excel: Path | None = None
    force: bool = False

    def targets(self) -> list[tuple[str, Path | None]]:
        """Return what is written, by the option that says so."""
        return [("--save", self.folder), ("--report", self.page), ("--excel", self.excel)]

    def check_targets(self) -> None:
        """Refuse what could not be written."""
        check_target(self.page, force=self.force)
        if self.folder is not None:
            from simtwin.report.folder import refuse_other

            with writing(self.folder):
                refuse_other(self.folder)
            check_target(self.folder, force=self.force, folder=True)
        if self.excel is not None:
            from simtwin.report.workbook import check

            check(self.excel, force=True)  # What is there already is told below, as of others.
            check_target(self.excel, force=self.force)

    def check(self, plant: PlantModel, scenario: Scenario) -> None:
        """Refuse, before any run, what a folder could not hold."""
        if self.folder is not None:
            from simtwin.report.folder import check

            check(plant, scenario)

    def keep(
        self,
        answer: Any,
        *,
        actions: Actions | None,
        because: tuple[Because, ...],
        also: Callable[[], None] | None = None,
    ) -> None:
        """Write what was asked for, and *also* do another thing; one failure stops no other."""
        told = {"force": self.force, "actions": actions, "because": because}
        wanted: list[Callable[[], None]] = []
        if self.page is not None:
            wanted.append(lambda: _page(answer, self.page, told))
        if self.excel is not None:
            wanted.append(lambda: _sheets(answer, self.excel, told))
        if self.folder is not None:
            wanted.append(lambda: _folder(answer, self.folder, force=self.force))
        if also is not None:
            wanted.append(also)
        in_turn(wanted)


def in_turn(wanted: list[Callable[[], None]]) -> None:
    """Do each of *wanted*, whatever becomes of those before; raise the first failure then.

    >>> in_turn([lambda: print(1 / 0), lambda: print("done")])
    Traceback (most recent call last):
    ...
    ZeroDivisionError: division by zero
    """
    failures = []
    for do in wanted:
        try:
            do()
        except Exception as failure:  # noqa: BLE001 It is raised below, once all is done.
            failures.append(failure)
    for other in failures[1:]:
        note(str(other))
    if failures:
        raise failures[0]


def _page(answer: Any, path: Any, told: dict[str, Any]) -> None:
    from simtwin.report.page import report

    with writing(path):
        note(f"report in {report(answer, path, **told)}")


def _sheets(answer: Any, path: Any, told: dict[str, Any]) -> None:
    from simtwin.report.workbook import write

    with writing(path):
        note(f"sheets in {write(answer, path, **told)}")


def _folder(answer: Any, path: Any, *, force: bool) -> None:
    with writing(path):
        answer.save(path, force=force)
    note(f"saved in {path}")

"""This module holds what `run` and `demo` say: the answer, what helps, why it is unsure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.cli.console import heading, note, say, say_table

if TYPE_CHECKING:
    from simtwin.cli.question import Question
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because
    from simtwin.result.explanation import Explanation


def _say_actions(helpful: Actions) -> None:
    from simtwin.report import actions

    say()
    say(helpful.sentence)
    if helpful.tried:
        say_table(actions.table(helpful))


def say_answer(
    answer: Run | Ensemble, because: tuple[Because, ...], helpful: Actions | None = None
) -> None:
    """Say the verdict, the orders, what would help, who binds, and the key figures."""
    from simtwin.report import hours, tables
    from simtwin.report.told import observed
    from simtwin.report.verdict import verdict

    said = verdict(answer)
    run = observed(answer)
    heading(f"{run.scenario.name} on {run.plant.name}: {said.basis}")
    say(said.sentence)
    orders = tables.orders(answer, because)
    if orders.rows:
        say()
        say_table(orders)
    if helpful is not None:
        _say_actions(helpful)
    bound = hours.bottlenecks(answer)
    if bound.rows:
        say()
        say_table(bound)
    say()
    say_table(tables.kpis(answer))


def say_why(asked: Question, why: Explanation | None) -> None:
    """Say why the figure is uncertain, or that it can be asked where numbers have a spread."""
    if why is None:
        from simtwin.report.wording import counted

        spreads = len(asked.plant.spread) + len(asked.scenario.spread)
        if spreads:
            said = counted(spreads, "number has a spread", "numbers have a spread")
            note(f"{said}: --explain FIGURE says which to measure first")
        return
    from simtwin.report import explanation

    say()
    say(why.sentence)
    say_table(explanation.shares(why))
    if why.hinges:
        say()
        say_table(explanation.hinges(why))

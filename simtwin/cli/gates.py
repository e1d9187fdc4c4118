"""This module holds the gates of a call: read before the work, judged and said after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from simtwin.cli.console import FAILED, ended_early, note, say_json
from simtwin.cli.interruption import INTERRUPTED, finished, pressed
from simtwin.cli.keeping import in_turn

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.gate import Gate, Judged

    Plan = tuple[PlantModel, Scenario]


def read(texts: Sequence[str] | None, plans: Sequence[Plan]) -> tuple[Gate, ...]:
    """Return the gates of ``--fail-if``, refusing names that one of *plans* has not."""
    if not texts:
        return ()
    from simtwin.orchestrator.realise import prepared
    from simtwin.result.gate import Gate

    gates = tuple(Gate.parse(text) for text in texts)
    for plant, scenario in plans:
        machines = [spec.name for spec in prepared(plant, scenario)[0].machines]
        orders = [order.name for order in scenario.orders]
        for gate in gates:
            gate.check(machines=machines, orders=orders)
    return gates


def judge(gates: Sequence[Gate], answer: Any) -> tuple[Judged, ...]:
    """Return what *gates* say of *answer*."""
    if not gates:
        return ()
    from simtwin.result.judgement import judged

    return judged(gates, answer)


def as_plain(found: Sequence[Judged]) -> dict[str, Any]:
    """Return what gates came to, as a part of the one object of ``--json``."""
    if not found:
        return {}
    from simtwin.report.answer import gates

    return {"gates": gates(found)}


def conclude(
    answer: Any,
    gates: Sequence[Gate],
    tell: Callable[[], None],
    *,
    as_json: bool,
    keep: Callable[[], None] | None = None,
) -> None:
    """Tell *answer* and what *gates* say of it, *keep* it, and leave as both ask."""

    def told() -> None:
        if as_json:
            from simtwin.report.answer import answer as plain

            say_json(plain(answer) | as_plain(found))
        else:
            tell()

    finished()
    found = judge(gates, answer)
    in_turn([told] if keep is None else [told, keep])
    end(answer, found)


def end(answer: Any, found: Sequence[Judged] = (), *, partial: bool = False) -> None:
    """Leave as the answer asks: stopped where it is a part, failed where a gate tripped."""
    for one in found:
        note(one.sentence)
    if partial or getattr(answer, "partial", False):
        why, code = ended_early()
        note(f"{why}: what was finished until then is shown, marked partial")
        raise typer.Exit(code)
    if pressed():
        note("interrupted: the answer was whole by then")
        raise typer.Exit(INTERRUPTED)
    if any(one.tripped for one in found):
        raise typer.Exit(FAILED)

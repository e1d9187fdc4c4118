"""This module holds the acts of one instant: their order, and which of them contradict."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.names import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simtwin.plant.model import Intervention

SETS = {
    "feed override": "feed",
    "spindle override": "spindle",
    "coolant off": "coolant",
    "coolant on": "coolant",
    "stop": "stopped",
    "start": "stopped",
}
"""Acts that set something, and what: a field of the machine's setting."""

Subject = tuple[float, str, str]
"""The instant of an act, its machine, and what it sets or does."""

ONE = "of one machine at one instant only one can hold"


def ordered(acts: Iterable[Intervention]) -> list[Intervention]:
    """Return *acts* in the order in which they are done: never that of a file (KERNEL 4).

    By time, machine, what is undone before what begins, and what they set; of those that set
    the same the one that lasts longest comes first, so that the others count while they last.
    """
    return sorted(acts, key=_place)


def _place(act: Intervention) -> tuple[object, ...]:
    at, machine, what = subject(act)
    return at, natural(machine), not act.undoes, what, -ending(act), act.do, str(act.value)


def subject(act: Intervention) -> Subject:
    """Return when *act* does what to which machine."""
    return _instant(act.at), act.machine, SETS.get(act.do, act.do)


def ending(act: Intervention) -> float:
    """Return the instant at which *act* ends by itself; infinite: it never does."""
    return inf if act.until is None else _instant(act.until)


def _instant(time: float) -> float:
    from simtwin.parts.alarm import instant  # With it comes SimPy, which no help text needs.

    return instant(time)


def contradictions(acts: Sequence[Intervention]) -> Iterator[tuple[int, int]]:
    """Yield the places in *acts* of two that cannot both hold: an earlier and a later one."""
    begun: dict[Subject, list[int]] = {}
    for index, act in enumerate(acts):
        if act.do not in SETS or act.undoes:
            continue
        others = begun.setdefault(subject(act), [])
        other = next((one for one in others if _contradict(acts[one], act)), None)
        if other is not None:
            yield other, index
        others.append(index)


def _contradict(one: Intervention, other: Intervention) -> bool:
    """Tell whether two acts set one thing to two values, of which neither outlasts the other.

    A stop and a start contradict however long the stop is to last.
    """
    if (one.do, one.value) == (other.do, other.value):
        return False
    return SETS[one.do] == "stopped" or ending(one) == ending(other)


def with_seen(
    planned: Iterable[Intervention], seen: Iterable[Intervention]
) -> tuple[Intervention, ...]:
    """Return the acts that were *planned* and those that were *seen*, in order of time.

    Where two set the same at one instant, what was seen counts, and of that the last report.
    """
    last = {subject(act): act for act in seen}
    kept = [act for act in planned if act.undoes or subject(act) not in last]
    return tuple(sorted([*kept, *last.values()], key=lambda act: act.at))


def refuse_contradictions(acts: Sequence[Intervention]) -> None:
    """Refuse two acts of which only one can hold."""
    for first, second in contradictions(acts):
        act = acts[second]
        raise InvalidInput(
            f"interventions[{second}]: {said(act)} of {act.machine} at {act.at:.6g} s "
            f"contradicts interventions[{first}], {said(acts[first])}: {ONE}"
        )


def said(act: Intervention) -> str:
    """Return what *act* does, with its value.

    >>> from simtwin.plant.model import Intervention
    >>> said(Intervention(600.0, "mill-1", "feed override", 80.0))
    'feed override 80'
    """
    value = act.value
    shown = f"{value:g}" if isinstance(value, int | float) else value or ""
    return f"{act.do} {shown}".rstrip()

"""This module holds the reading of a study: its sentence and its table, in words."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.result.estimate import Estimate
    from simtwin.result.study import Study

HEAD = (
    "scenario", "mean [95 %]", "difference to the baseline", "", "gain", "could be best"
)  # fmt: skip


def sentence(study: Study) -> str:
    """Return what *study* says, in one sentence; no winner where the runs cannot tell."""
    said = _chosen(study) if study.left is not None else _screened(study)
    early = "Stopped early: " if study.partial else ""
    return f"{early}{said}{_open(study)}"


def rows(study: Study) -> list[tuple[str, ...]]:
    """Return the table of *study* as text, its head first."""
    mark = {True: "yes", False: "no"}
    table: list[tuple[str, ...]] = [HEAD]
    for plan in study.names:
        difference = study.differences.get(plan)
        table.append(
            (
                plan,
                _told(study.means[plan], study.metric.unit),
                _signed(difference, study.metric.unit) if difference else "",
                study.reading(plan),
                _times(study.gain[plan]) if plan in study.gain else "",
                mark[plan in study.could_be_best],
            )
        )
    return table


def _screened(study: Study) -> str:
    """Return what equally many replications of each plan say."""
    if _alike(study):
        return (
            f"{_listed(study.names)} have the same {study.metric} in each of {study.n} "
            "replications."
        )
    best = [name for name in study.names if name in study.could_be_best]
    rest = [name for name in study.names if name not in study.could_be_best]
    word = _extreme(study)
    if len(best) == 1:
        return (
            f"{best[0]} has the {word} {study.metric}: {_against(study, best[0])} "
            f"({study.n} replications on the same luck)."
        )
    out = f"; {_listed(rest)} {_is(rest)} not among them" if rest else ""
    return (
        f"The runs cannot tell which of {_listed(best)} has the {word} {study.metric} "
        f"({study.n} replications on the same luck){out}."
    )


def _chosen(study: Study) -> str:
    """Return what the selection with a difference that matters says."""
    matters = f"{study.delta:g} {study.metric.unit}"
    left = [name for name in study.names if name in study.best]
    most = max(map(len, study.outcomes))
    if not study.over:
        return (
            f"After {most} replications the runs cannot yet tell which of {_listed(left)} has "
            f"the {_extreme(study)} {study.metric} to {matters}."
        )
    if len(left) > 1:
        return f"{_listed(left)} have the same mean {study.metric} in {most} replications."
    near = [name for name in study.names if name in study.could_be_best - study.best]
    though = f", though the runs cannot tell it from {_listed(near)}" if near else ""
    return (
        f"{left[0]} is chosen by {study.metric}: with {100 * (1 - study.alpha):.3g} % "
        f"confidence no other is better by {matters} or more{though} (at most {most} "
        "replications on the same luck)."
    )


def _open(study: Study) -> str:
    """Return what stands beside late orders where runs end with some open and due later."""
    if not study.open:
        return ""
    if study.metric.name == "late_orders":
        return " Orders that are open at the end of a run and due later count as not late."
    return f" Runs that end with {study.metric.of_which} open and due later do not tell."


def _against(study: Study, best: str) -> str:
    """Return the mean of *best* and that of the plan that comes next."""
    order = sorted(
        (name for name in study.names if name != best),
        key=lambda name: study.means[name].value,
        reverse=study.better == "larger",
    )
    own, other = (_told(study.means[name], study.metric.unit) for name in (best, order[0]))
    return f"{own} against {other} of {order[0]}"


def _alike(study: Study) -> bool:
    """Tell whether no replication tells any two plans apart."""
    known = study.metric.name == "late_orders" or not study.open
    return known and all(values == study.values[0] for values in study.values)


def _extreme(study: Study) -> str:
    return "smallest" if study.better == "smaller" else "largest"


def _told(value: Estimate, unit: str) -> str:
    return value.said(unit)


def _signed(value: Estimate, unit: str) -> str:
    text = _told(value, unit)
    return f"+{text}" if value.value > 0.0 and not value.unsettled else text


def _times(gain: float) -> str:
    """Return a gain as people say it; where nothing varies there is none.

    >>> _times(1234.5), _times(0.81), _times(float("inf")), _times(float("nan"))
    ('1,234 times', '0.81 times', 'always alike', '')
    """
    if isnan(gain):
        return ""
    if not isfinite(gain):
        return "always alike"
    return f"{gain:,.0f} times" if gain >= 10.0 else f"{gain:.2g} times"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    *front, last = names
    return f"{', '.join(front)} and {last}" if front else last


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"

"""This module holds a study as it is told: its tables, and the same as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report.figures import clear, signed, told
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.tables import Table, label
from simtwin.report.verdict import based
from simtwin.report.wording import counted
from simtwin.result.reading import HEAD, rows

if TYPE_CHECKING:
    from simtwin.result.study import Paired, Study


def heading(study: Study) -> str:
    """Return what was compared, by what, and on what it rests."""
    plants = " and ".join(dict.fromkeys(plant.name for plant in study.plants))
    rests = based(study.n, study.seed, partial=study.partial, drawn=study.drawn)
    return f"{len(study.names)} scenarios on {plants} by {study.metric}: {rests}"


def plans(study: Study) -> Table:
    """Return the metric of every plan, its paired difference, and who could be best."""
    gains = [row[HEAD.index("gain")] for row in rows(study)[1:]]
    lines = tuple(
        (
            name,
            told(study.means[name], study.metric.unit),
            _difference(study, name),
            study.reading(name),
            gain,
            "yes" if name in study.could_be_best else "no",
        )
        for name, gain in zip(study.names, gains, strict=True)
    )
    columns = (
        "scenario",
        f"{label(str(study.metric))} [95 %]",
        f"less {study.names[study.baseline]} [95 %]",
        "reading",
        "gain of pairing",
        "could be best",
    )
    best = frozenset(i for i, name in enumerate(study.names) if name in study.could_be_best)
    return Table(columns, lines, marked=best, note=_allowing(study))


def _allowing(study: Study) -> str:
    """Return which figure the readings are about, and what they allow for."""
    others = len(study.names) - 1
    several = f" and allows for {others} being compared (Holm)" if others > 1 else ""
    return (
        f"The reading is about {label(str(study.metric))}{several}; "
        "two that could both be best are not called different, whatever their interval: where "
        "it is clear of 0 there are too few runs to tell."
    )


def others(study: Study) -> Table:
    """Return the other key figures in which some plan clearly differs from the baseline."""
    lines, left_out = [], 0
    for name, paired in study.kpis.items():
        if name == str(study.metric):
            continue
        if any(clear(found) for found in paired.differences.values()):
            lines.append((label(name), *(_cell(study, paired, plan) for plan in study.names)))
        else:
            left_out += 1
    note = f"In {counted(left_out, 'more key figure')} no scenario clearly differs."
    return Table(
        ("key figure [95 %]", *study.names), tuple(lines), note=note if left_out else ""
    )


def as_plain(study: Study) -> dict[str, Any]:
    """Return a study as plain values: means, paired differences, and who could be best."""
    plant, scenario = study.plants[study.baseline], study.scenarios[study.baseline]
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": plant.name,
        "scenario": scenario.name,
        "seed": study.seed,
        "replications": study.n,
        "asked": study.asked,
        "partial": study.partial,
        "basis": based(study.n, study.seed, partial=study.partial, drawn=study.drawn),
        "verdict": study.sentence,
        "metric": str(study.metric),
        "better": study.better,
        "delta": study.delta,
        "alpha": study.alpha,
        "baseline": study.names[study.baseline],
        "could_be_best": [name for name in study.names if name in study.could_be_best],
        "best": [name for name in study.names if name in study.best],
        "scenarios": [
            {
                "scenario": name,
                "plant": own.name,
                **_paired(study.paired(study.metric), name),
                "p_holm": study.p_values.get(name),
                "reading": study.reading(name),
                "could_be_best": name in study.could_be_best,
                "replications": study.means[name].n,
            }
            for name, own in zip(study.names, study.plants, strict=True)
        ],
        "kpis": {
            name: {plan: _paired(paired, plan) for plan in study.names}
            for name, paired in study.kpis.items()
        },
        "assumptions": list(study.assumptions),
        "provenance": plain(study.provenance),
    }


def _difference(study: Study, name: str) -> str:
    if name not in study.differences:
        return "baseline"
    return signed(study.differences[name], study.metric.unit)


def _cell(study: Study, paired: Paired, plan: str) -> str:
    """Return the mean of the baseline, or the difference of another plan to it."""
    if plan in paired.differences:
        return signed(paired.differences[plan], paired.unit)
    return told(paired.means[plan], paired.unit)


def _paired(paired: Paired, plan: str) -> dict[str, Any]:
    difference = paired.differences.get(plan)
    return {
        "mean": figure(paired.means[plan], paired.unit),
        "difference": None if difference is None else figure(difference, paired.unit),
        "gain": plain(paired.gain.get(plan)),
    }

"""This module holds an explanation as it is told: what a figure hangs on, and plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report.figures import signed, told
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.tables import Table, label

if TYPE_CHECKING:
    from simtwin.result.explanation import Explanation


def shares(found: Explanation) -> Table:
    """Return where the variance of the figure comes from."""
    rows = (
        ("luck", "what differs from run to run though every number is known", found.luck),
        ("parameters", "numbers of plant and plan that nobody knows", found.parameters),
        ("state", "the state at the start", found.state),
    )
    return Table(
        ("of", "which is", "part of the variance [95 %]"),
        tuple((name, what, told(share, "-")) for name, what, share in rows),
        note=f"{label(found.metric)}: {told(found.value, found.unit)}.",
    )


def hinges(found: Explanation) -> Table:
    """Return what the figure hangs on, the strongest first."""
    return Table(
        ("number", "known as", "one sd up less one down [95 %]"),
        tuple((one.name, one.says, signed(one.effect, found.unit)) for one in found.hinges),
    )


def as_plain(found: Explanation) -> dict[str, Any]:
    """Return the explanation as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "metric": found.metric,
        "sentence": found.sentence,
        "measure_first": found.measure_first,
        "value": figure(found.value, found.unit),
        "sd": plain(found.sd),
        "variance": {
            name: figure(share, "share")
            for name, share in (
                ("luck", found.luck),
                ("parameters", found.parameters),
                ("state", found.state),
            )
        },
        "hinges": [
            {
                "name": one.name,
                "spread": one.says,
                "of": "state" if one.of_state else "parameters",
                "effect": figure(one.effect, found.unit),
                "share": plain(one.share),
            }
            for one in found.hinges
        ],
        "partial": found.partial,
    }

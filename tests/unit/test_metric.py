"""Tests of the metric: what its text means, what it is of an outcome, what it refuses."""

from __future__ import annotations

from math import nan

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant
from simtwin.result.ensemble import Outcome
from simtwin.result.kpi import OrderRow
from simtwin.result.metric import FIGURES, Metric

OUTCOME = Outcome(
    7,
    1000.0,
    {"late_orders": 1.0, "lead_time": nan},
    (
        OrderRow("order-1", "part", 5, 0.0, 600.0, 5, 0, 700.0),
        OrderRow("order-2", "part", 5, 0.0, 1200.0, 3, 0, None),
    ),
    {"mill-1": 2.0, "mill-2": 0.0},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("late_orders", 1.0),
        ("p_late(order-1)", 1.0),
        ("p_late(order-2)", 0.0),
        ("tardiness(order-1)", 100.0),
        ("finish(order-1)", 700.0),
        ("p_failure(mill-1)", 1.0),
        (" p_failure( mill-2 ) ", 0.0),
    ],
)
def test_what_it_is_of_an_outcome(text: str, value: float) -> None:
    """UX: a figure of the plant, of an order, or of a machine; a probability is 0 or 1."""
    assert Metric.parse(text).of(OUTCOME) == value


def test_every_key_figure_is_known_with_its_unit() -> None:
    """A figure that is added to the result has its unit and direction here, and no other."""
    for name in ("job_shop", "one_machine"):
        plant, scenario = load_with_plant("day_shift" if name == "job_shop" else name)
        kpis = simulate(plant, scenario, history=False).kpis
        assert {name: kpi.unit for name, kpi in kpis.items()} == {
            name: FIGURES[name][0] for name in kpis
        }
    assert set(FIGURES) == set(kpis)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "late_order",
            r"did you mean 'late_orders'\? there are: good_pieces, .*p_late\(order\)",
        ),
        ("", r"no such figure; there are: good_pieces"),
        ("p_late", r"must name the order, as in p_late\(order-1\)"),
        ("p_failure()", r"must name the machine, as in p_failure\(machine-1\)"),
        ("throughput(mill-1)", r"is of the whole plant; write throughput"),
        ("throughput()", r"is of the whole plant; write throughput"),
    ],
)
def test_what_is_no_metric_is_refused(text: str, message: str) -> None:
    """STYLE, Errors: the message has the text, what is near, and what there is."""
    with pytest.raises(InvalidInput, match=message):
        Metric.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lead_time", r"metric lead_time: replication 7 has no such number; no piece is"),
        ("finish(order-2)", r"replication 7 has no such number; the order is open at its end"),
        ("makespan", r"replication 7 has no such number; orders are open"),
        ("energy", r"replication 7 has no such number; its key figures leave it out"),
        ("oee", r"replication 7 has no such number; no machine has planned busy time in it"),
        ("p_late(order-3)", r"no order 'order-3'; did you mean '.*there are: order-1, order-2"),
        ("p_failure(turret)", r"no machine 'turret'; there are: mill-1, mill-2"),
    ],
)
def test_what_an_outcome_has_not_is_refused(text: str, message: str) -> None:
    """STYLE, Errors: the metric and the replication are named, and what to ask instead."""
    with pytest.raises(InvalidInput, match=message):
        Metric.parse(text).of(OUTCOME)


def test_which_is_better() -> None:
    """DESIGN 8: more pieces, less tardiness; of energy alone a shop at rest would win."""
    assert Metric.parse("good_pieces").better == "larger"
    assert Metric.parse("tardiness(order-1)").better == "smaller"
    assert Metric.parse("energy").better is None
    assert Metric.parse("p_late(order-1)").unit == "share"

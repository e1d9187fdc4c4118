"""Laws: a predictor passes its own futures, and fails those of another truth (ORACLES J18)."""

from __future__ import annotations

from typing import Any

import pytest

from simtwin.orchestrator.self_check import self_check
from simtwin.plant.files import parse_plant, parse_scenario

SHOP = """
plant: shop
crew: {members: 1}
machines:
  - id: a
    failures:
      - id: wear
        clock: processing
        life: {weibull: {shape: 2.5, scale_h: $SCALE}}
        repair_h: 2
  - id: b
    failures:
      - id: wear
        clock: processing
        life: {weibull: {shape: 2.5, scale_h: $SCALE}}
        repair_h: 2
      - {id: power, clock: calendar, life: {exponential: {mean_h: 90}}, repair_h: 1}
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration: {exponential: {mean_min: 30}}}
      - {operation: two, machines: [b], duration: {exponential: {mean_min: 25}}}
sources:
  - {id: s, product: p, every: {exponential: {mean_min: 40}}}
"""


def shop(scale: float) -> Any:
    """Return the plant whose wear-out lives have this scale [h]."""
    return parse_plant(SHOP.replace("$SCALE", repr(scale)))


PLANT = shop(40.0)
SCENARIO = parse_scenario("scenario: s\nplant: shop\nhorizon_h: 200\n", PLANT)


def test_a_predictor_is_reliable_on_futures_of_its_own() -> None:
    """The reliability term is near 0 and intervals cover as they say (ORACLES J18)."""
    found = self_check(PLANT, SCENARIO, at="60 h", horizon="30 h", cases=60)
    assert found.ok, found.sentence
    assert found.brier.reliability < 0.02
    assert found.coverage.right
    assert 0.2 < sum(row.failed for row in found.rows) / len(found.rows) < 0.8
    assert "nothing shows" in found.sentence


def test_a_wear_parameter_off_by_half_is_found() -> None:
    """Lives half as long again in truth: the check fails, and says how (ORACLES J18)."""
    found = self_check(PLANT, SCENARIO, at="60 h", horizon="30 h", cases=60, truth=shop(60.0))
    assert not found.ok
    assert "off" in found.sentence or "unevenly" in found.sentence


@pytest.mark.slow
def test_a_right_predictor_is_rarely_called_wrong() -> None:
    """Over 20 checks of right forecasts, the alarm stays as rare as its alpha says."""
    alarms = sum(
        not self_check(PLANT, SCENARIO, at="60 h", horizon="30 h", cases=25, seed=seed).ok
        for seed in range(100, 120)
    )
    assert alarms <= 3

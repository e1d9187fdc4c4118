"""Laws: age replacement through plant files and renewal reward (ORACLES E1, E2, H1, H5)."""

from __future__ import annotations

from math import inf

import pytest

from simtwin.physics.life import Exponential, Weibull
from simtwin.physics.replacement import age_availability, age_cost_rate, optimal_age
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import PlantModel, Scenario
from tests.theory.plants import assert_agrees, observe, share


def unit(
    life: str, *, repair: float = 0.0, planned: float = 0.0, costs=(1.0, 5.0)
) -> PlantModel:
    """Return a machine that nothing comes to, and that ages all the same."""
    return parse_plant(
        "plant: unit\nmachines:\n  - id: m\n    failures:\n"
        f"      - {{id: f, clock: calendar, life: {life}, repair_s: {repair!r}, "
        f"maintenance_s: {planned!r}, planned_cost: {costs[0]!r}, "
        f"failure_cost: {costs[1]!r}}}\n"
        "products: [{id: p, route: [{operation: o, machines: [m], duration_s: 1}]}]\n"
        "sources: [{id: s, product: p, every_s: 1000000000}]\n"
    )


def replaced(plant: PlantModel, age: float, length: float) -> Scenario:
    """Return *length* seconds in which the unit is renewed at *age*; inf: never."""
    policy = "" if age == inf else f"maintenance: [{{policy: age, every_s: {age!r}}}]\n"
    return parse_scenario(f"scenario: s\nplant: unit\nhorizon_s: {length!r}\n{policy}", plant)


def cost(run):
    """Return what maintenance and failures have cost."""
    return (run.kpis["maintenance_cost"].value,)


@pytest.mark.parametrize(
    ("shape", "scale", "costs", "printed"),
    [
        pytest.param(2.5, 1000.0, (1.0, 5.0), (493.0470, 0.00346204, 0.00563530), id="E1"),
        pytest.param(2.0, 100.0, (1.0, 10.0), (33.6451, 0.06056121, 0.11283792), id="H1"),
    ],
)
def test_cost_rate_of_age_replacement(shape, scale, costs, printed):
    """The best age, its cost rate, and that of running to failure (ORACLES E1, H1)."""
    life = Weibull(shape, scale)
    planned, failure = costs
    age = optimal_age(life, planned=planned, failure=failure)
    assert age == pytest.approx(printed[0], rel=1e-6)
    plant = unit(f"{{weibull: {{shape: {shape}, scale_s: {scale}}}}}", costs=costs)
    for at, digits in ((age, printed[1]), (inf, printed[2])):
        expected = (
            age_cost_rate(life, planned=planned, failure=failure, age=at)
            if at < inf
            else failure / life.mean
        )
        assert expected == pytest.approx(digits, abs=5e-9)
        length = 1200.0 * scale
        seen = observe(plant, replaced(plant, at, length), 20, cost)
        assert_agrees(expected, seen[:, 0] / length)


def test_availability_with_age_replacement():
    """Renewed at 500, planned 2, failure 10: availability .993123 (ORACLES E2)."""
    life = Weibull(2.5, 1000.0)
    expected = age_availability(life, planned=2.0, failure=10.0, age=500.0)
    assert expected == pytest.approx(0.993123, abs=5e-7)
    plant = unit("{weibull: {shape: 2.5, scale_s: 1000}}", repair=10.0, planned=2.0)

    def up(run):
        return (1.0 - share(run, "m", "down") - share(run, "m", "maintenance"),)

    seen = observe(plant, replaced(plant, 500.0, 1e6), 20, up)
    assert_agrees(expected, seen[:, 0])


def test_what_has_no_memory_is_never_replaced_early():
    """Run to failure costs least where failures come by chance alone (ORACLES H5)."""
    assert optimal_age(Exponential(100.0), planned=1.0, failure=10.0) == inf
    plant = unit("{exponential: {mean_s: 100}}", costs=(1.0, 10.0))
    ages = (30.0, 100.0, inf)
    costs = {age: observe(plant, replaced(plant, age, 5e4), 20, cost)[:, 0] for age in ages}
    for age in (30.0, 100.0):
        gain = costs[age] - costs[inf]
        assert gain.mean() > 4.0 * gain.std(ddof=1) / 20**0.5

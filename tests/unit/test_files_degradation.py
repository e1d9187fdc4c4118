"""Lives that end at a limit in files: units, mistakes, levels that were seen, inspections."""

from __future__ import annotations

import pytest

from simtwin.errors import FileProblems
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.plant.check import say_law
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import Intervention, PlantModel

WEAR = "gamma_process: {growth_per_h: 1, scale: 2, limit: 50}"


def plant(life: str, clock: str = "calendar") -> PlantModel:
    """Return one machine with a failure mode of this *life*, and one that just ages."""
    return parse_plant(
        f"""\
plant: one
machines:
  - id: m
    failures:
      - {{id: wear, clock: {clock}, life: {{{life}}}, repair_h: 1}}
      - {{id: lamp, clock: calendar, life_h: 9, repair_h: 1}}
products: [{{id: p, route: [{{operation: o, machines: [m], duration_h: 1}}]}}]
sources: [{{id: s, product: p, saturating: true}}]
""",
        name="plant.yaml",
    )


def read(events: str = "", failures: str = ""):
    """Return a scenario with these events and this present state."""
    return parse_scenario(
        f"scenario: s\nplant: one\nhorizon_h: 8\nevents: [{events}]\n"
        f"start_from: {{machines: [{{id: m, failures: [{failures}]}}]}}\n",
        plant(WEAR),
        name="scenario.yaml",
    )


@pytest.mark.parametrize(
    ("life", "clock", "expected"),
    [
        (WEAR, "calendar", GammaProcess(0.5 / 3600.0, 2.0, 50.0)),
        (
            "gamma_process: {growth_per_min: 0.01, scale: 0.02, limit: 0.3}",
            "processing",
            GammaProcess(0.5 / 60.0, 0.02, 0.3),
        ),
        (
            "gamma_process: {growth_per_cycle: 3, scale: 2, limit: 50}",
            "cycles",
            GammaProcess(1.5, 2.0, 50.0),
        ),
        (
            "wiener_process: {drift_per_h: 0.1, sigma_per_sqrt_h: 0.6, limit: 10}",
            "powered",
            WienerProcess(0.1 / 3600.0, 0.01, 10.0),
        ),
        (
            "wiener_process: {drift_per_h: 0.1, sigma_per_sqrt_s: 0.01, limit: 10}",
            "calendar",
            WienerProcess(0.1 / 3600.0, 0.01, 10.0),
        ),
        (
            "wiener_process: {drift_per_cycle: 1, sigma_per_sqrt_cycle: 2, limit: 9}",
            "cycles",
            WienerProcess(1.0, 2.0, 9.0),
        ),
    ],
)
def test_a_life_to_a_limit(life, clock, expected):
    """Growth, drift and sigma say per what part of the clock; SI inside (UX 4.3)."""
    law = plant(life, clock).machines[0].failures[0].life
    assert type(law) is type(expected)
    for name in type(expected).__slots__:
        assert getattr(law, name) == pytest.approx(getattr(expected, name), rel=1e-12)


@pytest.mark.parametrize(
    ("life", "clock", "message"),
    [
        (
            "gamma_process: {scale: 2, limit: 50}",
            "calendar",
            "needs exactly one of growth_per_s, growth_per_min, growth_per_h, growth_per_cycle",
        ),
        (
            "gamma_process: {growth_per_h: 1, growth_per_min: 2, scale: 2, limit: 50}",
            "calendar",
            "needs exactly one of growth_per_s",
        ),
        (
            "wiener_process: {drift_per_h: 1, sigma_per_sqrt_cycle: 2, limit: 50}",
            "calendar",
            "mixes cycles and time",
        ),
        ("gamma_process: {growth_per_h: 0, scale: 2, limit: 50}", "calendar", "must be > 0"),
        ("gamma_process: {growth_per_h: 1, scale: 2}", "calendar", "'limit' is missing"),
        ("wiener_process: {drift_per_h: 1, limit: 2}", "calendar", "one of sigma_per_sqrt_s"),
        (
            "gamma_process: {growth_per_h: 1e-200, scale: 1e200, limit: 1}",
            "calendar",
            r"growth must be 1e-100 to 1e\+100, got 1e-200 \[h\]",
        ),
        (WEAR, "cycles", "the clock cycles counts cycles; the life must too"),
    ],
)
def test_mistakes_in_a_life_to_a_limit(life, clock, message):
    """Each mistake is one line with its place and what would be right (UX 4.4)."""
    with pytest.raises(FileProblems, match=message) as caught:
        plant(life, clock)
    assert str(caught.value).startswith("plant.yaml:5:")


def test_only_a_life_ends_at_a_limit():
    """A repair is no process; the key is unknown there (UX 4.4)."""
    text = "plant: p\nmachines: [{id: m}]\nproducts: [{id: a, route: [{operation: o, "
    with pytest.raises(FileProblems, match="gamma_process: unknown key"):
        parse_plant(f"{text}machines: [m], duration: {{{WEAR}}}}}]}}]\n")


def test_a_life_to_a_limit_in_words():
    """The check says the mean life (UX 4.2)."""
    law = plant(WEAR).machines[0].failures[0].life
    assert say_law(law) == "GammaProcess, mean 51 h"


def test_a_level_that_was_seen():
    """A present state may give the level instead of an age (KERNEL 17)."""
    start = read(failures="{id: wear, level: 12.5}, {id: lamp, age_h: 2}").start_from
    assert start.levels == {("m", "wear"): 12.5}
    assert start.ages == {("m", "lamp"): 7200.0}


@pytest.mark.parametrize(
    ("failures", "place", "message"),
    [
        ("{id: wear, level: 50}", "5:62", "below the limit 50, got 50"),
        ("{id: wear, level: -1}", "5:62", "a level must be >= 0"),
        ("{id: lamp, level: 3}", "5:55", "'lamp' has no level: its life is no gamma_process"),
        ("{id: wear, level: 3, age_h: 2}", "5:44", "'age_h' and 'level' exclude each other"),
        ("{id: wear}", "5:44", "needs one of age_h, age_cycles, level"),
        ("{id: wear, level: 3}, {id: wear, age_h: 3}", "5:71", "'wear' stands twice"),
        ("{id: wear, level: much}", "5:62", "must be a number"),
    ],
)
def test_mistakes_in_a_level(failures, place, message):
    """Line and column of the mistake, the value and the bound (UX 4.4)."""
    with pytest.raises(FileProblems, match=message) as caught:
        read(failures=failures)
    assert str(caught.value).startswith(f"scenario.yaml:{place} ")


def test_an_inspection():
    """It is an act of an instant on one machine (KERNEL 9)."""
    found = read("{at_h: 2, machine: m, do: inspect}").interventions
    assert found == (Intervention(7200.0, "m", "inspect"),)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("{at_h: 2, do: inspect}", "'inspect' needs a machine"),
        ("{at_h: 2, machine: m, do: inspect, value: 3}", "'inspect' takes no value"),
        ("{at_h: 2, machine: m, do: inspect, for: 5 min}", "'inspect' is over at once"),
        ("{at_h: 2, machine: m, do: inspekt}", "did you mean 'inspect'"),
    ],
)
def test_mistakes_in_an_inspection(event, message):
    """What an act does not take is refused, and a misspelt one is guessed (UX 4.4)."""
    with pytest.raises(FileProblems, match=message):
        read(event)

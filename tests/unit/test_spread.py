"""Uncertain numbers: how files write them, how they are drawn, and what a run is given."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt
from statistics import NormalDist, fmean, stdev

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.realise import realised
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Uniform, Weibull
from simtwin.plant.check import understand
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.plant.spread import Shift, Spread
from simtwin.streams import Streams
from tests.unit.test_files_scenario import PLANT

LIFE = "life: {weibull: {shape: 2, scale_h: 100}}"
TEXT = PLANT.replace("life_h: 100", LIFE)
TWO = parse_plant(TEXT)
HEAD = "scenario: s\nplant: two\nhorizon: 8 h\norders: [{id: o1, product: part, quantity: 3}]\n"
BASE = parse_scenario(HEAD, TWO)


def drawn(plant, scenario, parameters: int, state: int = 0, seed: int = 1):
    """Return plant and scenario of one run."""
    return realised(plant, scenario, seed, parameters=parameters, state=state)


def problems_of(text: str) -> list[str]:
    """Return what the loader says about *text* after the head of a scenario, from line 5."""
    with pytest.raises(FileProblems) as caught:
        parse_scenario(HEAD + text, TWO)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "spread"),
    [
        ("ambient: {sd_c: 3}", Spread("ambient", Shift(3.0))),
        ("machines.*.refit: {percent: 20}", Spread.percent("machines.*.refit", 20.0)),
        ("machines.*.refit: {low: 0.8, high: 1.2}",
         Spread.between("machines.*.refit", 0.8, 1.2)),
        ("machines.m1.refit: {factor: {uniform: {low: 0.5, high: 2}}}",
         Spread("machines.m1.refit", Uniform(0.5, 2.0))),
        ("machines.m1.refit: {sd_min: 1}", Spread.shift("machines.m1.refit", 60.0)),
        ("machines.m1.bearings.*.f0: {sd: 0.1}",
         Spread.shift("machines.m1.bearings.*.f0", 0.1)),
        ("machines.*.failures.*.life: {percent: 10}",
         Spread.percent("machines.*.failures.*.life", 10.0)),
    ],
)  # fmt: skip
def test_a_spread_is_read_in_plants_and_scenarios(text: str, spread: Spread):
    """A factor or a shift, under the dotted name of the number; the same in both files."""
    assert parse_plant(f"{TEXT}spread: {{{text}}}\n").spread == (spread,)
    assert parse_scenario(f"{HEAD}spread: {{{text}}}\n", TWO).spread == (spread,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ambient: {percent: 3}", "percent of a temperature in degC means nothing; give sd_c"),
        ("ambient: {sd_min: 3}", "sd_min does not fit: ambient is a temperature"),
        ("ambient: {sd: 3}", "has a unit: give sd_c"),
        ("ambeint: {sd_c: 3}", "nothing is called 'ambeint'; did you mean 'ambient'?"),
        ("machines.*.refitt: {percent: 3}", "m1 has no 'refitt'; did you mean 'refit'?"),
        ("machines.m1.refit: {}", "needs exactly one of percent, low and high, factor, sd"),
        ("machines.m1.refit: {factor: {}}", "needs exactly one of uniform, triangular, log"),
        ("machines.m1.refit: {low: 1}", "low and high belong together"),
        ("machines.m1.refit: {low: 2, high: 1}", "uniform: needs 0 <= low < high"),
        ("machines.m1.refit: {percent: 0}", "must be > 0.0 (got 0)"),
        ("machines.m1.refit: {sd_h: 1}", "at its 0.1 % point it must be >= 0 s"),
        ("machines.m1.coolant_loss_life: {percent: 40}", "at its 99.9 % point it must be <= 1"),
        ("machines.m1.magazine.0.edges: {percent: 5}", "is a count, of which a part means"),
        ("machines.m1.refit: {percent: 1000000000}", "must be <= 1000.0 (got 1000000000)"),
        ("machines.m1.station: {percent: 5}", "must name a number (got mills)"),
        ("machines.m1.failures.pump.life: {sd_h: 5}", "a law is scaled as a whole"),
        ("start_from.bearings.m1/front: {percent: 5}",
         "start_from.bearings has no 'm1/front'; there are: no parts"),
        ("machines.m1.failures.pump.life.scale: {percent: 5}, "
         "machines.m1.failures.pump.life: {percent: 5}",
         "machines.m1.failures.pump.life is uncertain as a whole already"),
    ],
)  # fmt: skip
def test_a_wrong_spread_is_told_where_it_stands(text: str, said: str):
    """One line for each problem, with what would be right (UX 4.2)."""
    (problem,) = problems_of(f"spread: {{{text}}}")
    assert said in problem
    assert problem.startswith("scenario.yaml:5:")


def test_percent_is_a_lognormal_factor_of_median_one():
    """20 % is the coefficient of variation; half of the draws lie below the number."""
    spread = Spread.percent("refit", 20.0)
    sigma = sqrt(log(1.0 + 0.2**2))
    assert spread.drawn(100.0, 0.5) == pytest.approx(100.0)
    assert spread.drawn(100.0, NormalDist().cdf(1.0)) == pytest.approx(100.0 * exp(sigma))
    values = [spread.drawn(1.0, (k + 0.5) / 4000) for k in range(4000)]
    assert stdev(values) / fmean(values) == pytest.approx(0.2, rel=0.01)
    law = spread.drawn(Weibull(2.0, 50.0), 0.9)
    assert law == Weibull(2.0, spread.drawn(50.0, 0.9))


def test_each_number_is_one_uniform_of_the_stream_of_its_name():
    """STATISTICS 1: (seed, replication, name), so anybody can draw it again."""
    plant = replace(TWO, spread=(Spread.between("machines.*.refit", 0.5, 1.5),))
    found, _ = drawn(plant, BASE, 7, seed=3)
    for machine in found.machines:
        u = Streams(3, 7)[f"machines.{machine.name}.refit", "spread"]()
        assert machine.refit == pytest.approx(300.0 * (0.5 + u), rel=1e-12)
    assert len({machine.refit for machine in found.machines}) == 3
    assert found.spread == ()
    assert drawn(plant, BASE, 7, seed=3)[0] is found
    assert drawn(plant, BASE, 8, seed=3)[0] != found


def test_adding_a_machine_changes_nobody_elses_spread():
    """A name of its own is a stream of its own; the new machine is as uncertain, for itself."""
    plant = replace(
        TWO,
        spread=(
            Spread.percent("machines.*.refit", 20.0),
            Spread.percent("machines.m1.bearings.front.rating", 10.0),
        ),
    )
    few, _ = drawn(plant, BASE, 5)
    many, _ = drawn(plant.with_machine("m0", like="m1"), BASE, 5)
    assert many.machines[:3] == few.machines
    new, old = many.machines[3], few.machines[0]
    assert new.refit != old.refit
    assert new.bearings[0].rating not in (old.bearings[0].rating, TWO.machines[0].bearings[0])
    less, _ = drawn(plant.without_machine("m2"), BASE, 5)
    assert less.machines == (few.machines[0], few.machines[2])
    assert plant.without_machine("m1").spread == plant.spread[:1]


def test_without_changes_and_spread_a_run_gets_the_same_objects():
    """What nobody asked for costs nothing: no copy, no second compiled plant."""
    plant, scenario = drawn(TWO, BASE, 3)
    assert plant is TWO
    assert scenario is BASE


def test_a_changed_plant_is_one_object_for_all_replications():
    """A plant is compiled once per object; changes make one, whatever is uncertain at start."""
    text = HEAD + (
        "changes: {set: {ambient_c: 30}}\n"
        "start_from: {machines: [{id: m1, bearings: {front: {damage: 2}}}]}\n"
        "spread: {start_from.bearings.m1/front: {percent: 25}}\n"
    )
    scenario = parse_scenario(text, TWO)
    first, one = drawn(TWO, scenario, 1, 1)
    second, two = drawn(TWO, scenario, 2, 2)
    assert first is second
    assert first.ambient == 30.0
    key = ("m1", "front")
    assert one.start_from.bearings[key] != two.start_from.bearings[key]
    assert drawn(TWO, scenario, 9, 2)[1] == two
    assert (one.spread, bool(one.changes)) == ((), False)
    assert drawn(first, one, 4) == (first, one)


def test_parameters_and_state_are_drawn_apart():
    """Ignorance of the plant and of its state have replication numbers of their own."""
    plant = replace(TWO, spread=(Spread.percent("machines.*.refit", 20.0),))
    text = "start_from: {machines: [{id: m1, bearings: {front: {damage: 2}}}]}\n"
    scenario = parse_scenario(
        HEAD + text + "spread: {start_from.bearings.*: {percent: 25}}\n", plant
    )
    runs = [simulate(plant, scenario, replication=0, ignorance=p) for p in ((1, 1), (1, 2))]
    assert runs[0].plant == runs[1].plant
    assert runs[0].scenario != runs[1].scenario
    own = simulate(plant, scenario, replication=1)
    assert (own.plant, own.scenario) == (runs[0].plant, runs[0].scenario)
    again = simulate(own.plant, own.scenario, replication=1)
    assert again.kpis == own.kpis


def test_a_run_goes_on_under_the_numbers_it_began_with():
    """Resumed from a snapshot, an uncertain plant is the one that was drawn at the start."""
    plant = replace(
        TWO, spread=(Spread.percent("products.*.operations.b.steps.0.duration", 30),)
    )
    whole = simulate(plant, BASE, replication=4)
    half = simulate(plant, BASE, replication=4, until=3000.0)
    rest = simulate(plant, BASE, snapshot=half.snapshot)
    assert rest.plant == whole.plant
    assert rest.kpis == whole.kpis


def test_the_scenario_has_the_last_word_about_a_spread():
    """Of two spreads of one number the later one wins; the scenario comes after its plant."""
    plant = replace(TWO, spread=(Spread.percent("machines.*.refit", 20.0),))
    scenario = replace(BASE, spread=(Spread.between("machines.m1.refit", 2.0, 3.0),))
    found, _ = drawn(plant, scenario, 1)
    assert 600.0 <= found.machines[0].refit <= 900.0
    assert found.machines[1].refit < 600.0


def test_numbers_of_what_is_asked_can_be_uncertain():
    """A due time is drawn like a parameter of the plant, by the number of the parameters."""
    text = HEAD.replace("quantity: 3", "quantity: 3, due_min: 60")
    scenario = parse_scenario(text + "spread: {orders.o1.due: {sd_min: 5}}\n", TWO)
    dues = [drawn(TWO, scenario, p, s)[1].orders[0].due for p, s in ((1, 1), (1, 2), (2, 1))]
    assert dues[0] == dues[1] != dues[2]
    assert abs(dues[0] - 3600.0) < 1500.0


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        (Spread.percent("machines.m1.refitt", 5.0), "machines.m1 has no 'refitt'"),
        (Spread.percent("ambient", 5.0), "spread of ambient: percent of a temperature"),
    ],
)
def test_a_spread_made_in_python_is_checked_by_the_run(spread: Spread, said: str):
    """Nobody has read it; the run looks itself, and names the spread."""
    with pytest.raises(InvalidInput, match=said):
        simulate(replace(TWO, spread=(spread,)), BASE)


def test_a_spread_needs_some_width():
    """No spread at all is written by leaving it out."""
    for wrong in (0.0, -1.0, float("inf")):
        with pytest.raises(InvalidInput, match="must be > 0"):
            Spread.percent("refit", wrong)
        with pytest.raises(InvalidInput, match="must be > 0"):
            Spread.shift("refit", wrong)


def test_a_triangular_factor_says_its_mode():
    """Least, most likely and most, in words."""
    spread = parse_plant(
        TEXT + "spread: {machines.m1.refit: "
        "{factor: {triangular: {low: 0.5, mode: 1, high: 3}}}}"
    ).spread[0]
    assert spread.say() == "factor between 0.5 and 3, most likely 1"


def test_a_draw_outside_its_bounds_names_its_spread():
    """What the tails of a law reach in one of a thousand runs is no silent nonsense."""
    plant = replace(TWO, spread=(Spread.shift("machines.m1.refit", 97.0),))
    # 300 s less 97 s times 3.09 is just above 0 at the quantile where a spread is checked.
    name = "machines.m1.refit"
    deep = next(r for r in range(9000) if Streams(1, r)[name, "spread"]() < 0.0009)
    with pytest.raises(InvalidInput, match=f"spread of {name}, replication {deep}: must be >="):
        drawn(plant, BASE, deep)


def test_draws_that_contradict_each_other_are_refused():
    """A trip that resets above its limit is refused as in a file, though the number is fine."""
    plant = replace(TWO, spread=(Spread.shift("machines.m1.spindle.trips.0.reset", 12.0),))
    name = "machines.m1.spindle.trips.0.reset"
    high = next(r for r in range(999) if Streams(1, r)[name, "spread"]() > 0.95)
    with pytest.raises(InvalidInput, match="must reset below its limit"):
        drawn(plant, BASE, high)


def test_any_number_of_workers_draws_the_same():
    """KERNEL 20: an uncertain plant gives the same outcomes from one process and from two."""
    plant, scenario = load_with_plant("worn_spindle")
    plant = replace(plant, spread=(Spread.percent("machines.*.failures.*.life", 30.0),))
    short = replace(scenario, horizon=1800.0)
    alone, two = (replicate(plant, short, 6, workers=workers) for workers in (1, 2))
    assert repr(alone.outcomes) == repr(two.outcomes)


def test_check_says_what_is_uncertain():
    """``check`` lists each spread with what it means and how many numbers it draws."""
    plant = parse_plant(TEXT + "spread: {ambient: {sd_c: 3}, machines.*.refit: {percent: 20}}")
    scenario = parse_scenario(HEAD + "spread: {machines.m1.refit: {sd_min: 0.5}}", plant)
    assert understand(plant, scenario).uncertain == (
        "ambient: 22 degC, normal about it, sd 3 degC",
        "machines.*.refit: factor of median 1, CV 20 %, for each of 3 by itself",
        "machines.m1.refit: 5 min, normal about it, sd 30 s",
    )
    assert "Uncertain, drawn by every run" in understand(plant, scenario).text()

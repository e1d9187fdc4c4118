"""Acts of one instant: an order of their own, and which of them contradict."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import pytest

from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.acts import ordered, with_seen
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import Intervention, Scenario
from simtwin.shop.handover import handover
from tests.laws.branches import begin, finish, story
from tests.laws.shops import shop

if TYPE_CHECKING:
    from simtwin.plant.model import Doing

NOW = 1500.0

ACTS: tuple[tuple[Doing, float | str | None, float | None], ...] = (
    ("feed override", 50.0, None),
    ("feed override", 120.0, None),
    ("feed override", 70.0, 200.0),
    ("feed override", 90.0, 400.0),
    ("spindle override", 80.0, None),
    ("coolant off", None, 300.0),
    ("coolant on", None, None),
    ("stop", None, 250.0),
    ("start", None, None),
    ("force tool change", None, None),
    ("force tool change", "rough", None),
    ("maintenance", 200.0, None),
    ("breakdown", 500.0, None),
    ("breakdown", 100.0, None),
    ("inspect", None, None),
)


def acts_of(
    do: Doing, value: float | str | None, length: float | None
) -> tuple[Intervention, ...]:
    """Return the act, and the one that ends it."""
    if length is None:
        return (Intervention(NOW, "mill-2", do, value),)
    back: Doing = {"stop": "start", "coolant off": "coolant on"}.get(do, do)  # type: ignore[assignment]
    usual = 100.0 if isinstance(value, float) else None
    until = NOW + length
    return (
        Intervention(NOW, "mill-2", do, value, until=until),
        Intervention(until, "mill-2", back, usual, undoes=True),
    )


@pytest.mark.parametrize("pair", list(combinations(ACTS, 2)))
def test_the_order_of_the_file_decides_nothing(pair) -> None:
    """Two acts at one instant on one machine are done alike in either order, or refused."""
    model, scenario = shop("workshop")
    others = [act for act in scenario.interventions if act.at > NOW + 500.0]
    told = []
    for one, other in (pair, pair[::-1]):
        acts = sorted((*acts_of(*one), *acts_of(*other), *others), key=lambda act: act.at)
        try:
            given = replace(scenario, interventions=tuple(acts), horizon=2 * NOW)
        except InvalidInput:
            told.append(None)
        else:
            told.append(story(finish(begin(model, given, 6))))
    assert told[0] == told[1]
    names = [do for do, _, _ in pair]
    assert (told[0] is None) == (
        names == ["stop", "start"] or {pair[0], pair[1]} == {*ACTS[:2]}
    )


PLANT = """
plant: one
machines: [{id: m}]
products: [{id: a, route: [{operation: o, machines: [m], duration_min: 10}]}]
"""

FILE = """scenario: s
plant: one
horizon_min: 120
orders: [{id: x, product: a, quantity: 4}]
events:
  - {at_min: 5, machine: m, do: %s}
  - {at: "06:05", machine: m, do: %s}
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("feed override, value: 50", "feed override, value: 200"),
        ("feed override, value: 50, for_min: 5", "feed override, value: 60, for: 300 s"),
        ("stop", "start"),
        ("start", "stop, for_min: 10"),
    ],
)
def test_contradicting_events_are_refused_at_the_second(first: str, second: str) -> None:
    """Nobody can say which of the two should hold, so the file is refused, with the place."""
    plant = parse_plant(PLANT)
    said = second.partition(",")[0]
    with pytest.raises(FileProblems) as raised:
        parse_scenario(FILE % (first, second), plant, name="s.yaml")
    (problem,) = raised.value.problems
    told = str(problem)
    assert told.startswith(f"s.yaml:7:35 events[1].do: {said}")
    assert "contradicts events[0], " in told
    assert told.endswith("of one machine at one instant only one can hold")
    assert parse_scenario(FILE % (first, first), plant).interventions, "twice is once"


def test_contradicting_acts_are_refused_from_python() -> None:
    """A scenario with two acts of which one must lose cannot be written down."""
    acts = (
        Intervention(300.0, "m", "feed override", 50.0),
        Intervention(300.0, "other", "feed override", 60.0),
        Intervention(300.0, "m", "feed override", 200.0),
    )
    told = (
        r"interventions\[2\]: feed override 200 of m at 300 s contradicts interventions\[0\], "
        "feed override 50: of one machine"
    )
    with pytest.raises(InvalidInput, match=told):
        Scenario(interventions=acts)
    assert Scenario(interventions=acts[:2]).interventions == acts[:2]


def test_of_overrides_that_begin_at_once_the_shortest_counts_first() -> None:
    """Each holds until its end, then the one that lasts longer, wherever it stands."""
    plant = parse_plant(PLANT)
    long, short = (
        "feed override, value: 50, for_min: 20",
        "feed override, value: 200, for_min: 5",
    )
    for first, second in permutations((long, short)):
        living = begin(plant, parse_scenario(FILE % (first, second), plant))
        for minute, feed in ((6.0, 2.0), (11.0, 0.5), (26.0, 1.0)):
            living.env.advance(60.0 * minute)
            assert living.machines["m"].state.setting.feed == feed


def test_acts_come_by_time_and_machine_and_ends_come_first() -> None:
    """Names in natural order; what ends makes way for what begins (KERNEL 4)."""
    acts = [
        Intervention(60.0, "m-10", "stop"),
        Intervention(60.0, "m-2", "stop", until=90.0),
        Intervention(60.0, "m-2", "feed override", 80.0, until=90.0),
        Intervention(60.0, "m-2", "feed override", 70.0),
        Intervention(60.0, "m-2", "start", undoes=True),
        Intervention(30.0, "m-99", "breakdown", 5.0),
    ]
    order = [5, 4, 3, 2, 1, 0]
    for given in permutations(acts):
        assert ordered(given) == [acts[place] for place in order]


def test_what_was_seen_counts_before_what_was_planned() -> None:
    """An operator who did other than the plan at its very instant did what was seen."""
    plan = (
        Intervention(60.0, "m", "feed override", 80.0, until=90.0),
        Intervention(60.0, "n", "feed override", 80.0),
        Intervention(90.0, "m", "feed override", 100.0, undoes=True),
    )
    seen = (
        Intervention(60.0, "m", "feed override", 50.0),
        Intervention(60.0, "m", "feed override", 60.0),
        Intervention(90.0, "m", "feed override", 70.0),
    )
    assert with_seen(plan, seen) == (plan[1], seen[1], plan[2], seen[2])
    assert Scenario(interventions=with_seen(plan, seen))


def test_a_handover_tells_no_override_that_counts_no_more() -> None:
    """Of what lasts it tells that which outlasts what began later, all as if it began now."""
    plant = parse_plant(PLANT)
    text = FILE % ("feed override, value: 50, for_min: 20", "stop, for_min: 1")
    text += "  - {at_min: 8, machine: m, do: feed override, value: 80, for_min: 60}\n"
    text += "  - {at_min: 9, machine: m, do: feed override, value: 120, for_min: 4}\n"
    scenario = parse_scenario(text, plant)
    run = simulate(plant, scenario, until=600.0)
    given = handover(run.snapshot, plant, scenario).scenario
    now = [(act.value, act.until) for act in given.interventions if act.at == 0.0]
    assert now == [(80.0, 58 * 60.0), (120.0, 3 * 60.0)]
    whole, rest = begin(plant, scenario), begin(plant, given)
    for minute in (11, 14, 26, 70):
        whole.env.advance(60.0 * minute)
        rest.env.advance(60.0 * (minute - 10))
        assert rest.machines["m"].state.setting.feed == whole.machines["m"].state.setting.feed

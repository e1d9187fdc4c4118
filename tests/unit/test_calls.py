"""Calls from Python: times are read as everywhere, and wrong numbers raise errors of ours."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

import simtwin as st
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.shop.capture import from_json, to_json

PLANT = parse_plant("""
plant: small
machines: [{id: saw}, {id: mill}]
products:
  - id: part
    route:
      - {operation: o1, machines: [saw], duration: {exponential: {mean_min: 5}}}
      - {operation: o2, machines: [mill], duration_min: 4}
sources: [{id: bars, product: part, every_min: 8}]
""")
SCENARIO = parse_scenario(
    "{scenario: day, plant: small, start: 2026-01-05 06:00, horizon: 2 h}", PLANT
)
STATE = st.simulate(PLANT, SCENARIO, until=3000.0).snapshot


@pytest.mark.parametrize(
    ("until", "end"),
    [(3600, 3600.0), ("1 h", 3600.0), ("07:00", 3600.0), ("Mon 06:30", 1800.0), (None, 7200.0)],
)
def test_the_end_of_a_run_is_read_as_every_time_is(until: Any, end: float) -> None:
    """Seconds, "1 h" and a clock time: as `run.at` and ``frame(every=)`` take them."""
    assert st.simulate(PLANT, SCENARIO, until=until).end == end
    if until is not None:
        ensemble = st.replicate(PLANT, SCENARIO, 2, until=until, workers=1)
        assert {one.end for one in ensemble.outcomes} == {end}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"until": nan}, "nan is no time"),
        ({"until": "nan min"}, "'nan min' is no time"),
        ({"until": "soon"}, "'soon' is no time"),
        ({"until": [1]}, r"\[1\] is no time"),
        ({"until": -5}, r"until must not lie before the start \(got -5\)"),
        ({"until": inf}, "horizon is missing"),
        ({"until": "40 min", "snapshot": STATE}, "cannot end before it"),
        ({"seed": 1.5}, r"seed must be a whole number \(got 1.5\)"),
        ({"seed": "a"}, "seed must be a whole number"),
        ({"seed": -1}, r"seed must be at least 0 \(got -1\)"),
        ({"replication": 0.5}, "replication must be a whole number"),
        ({"ignorance": 3}, r"ignorance must be two whole numbers.*\(got 3\)"),
        ({"ignorance": (1, 2, 3)}, "ignorance must be two whole numbers"),
        ({"ignorance": (1, 0.5)}, r"ignorance must be a whole number \(got 0.5\)"),
        ({"ignorance": (-1, 0)}, r"ignorance must be at least 0 \(got -1\)"),
        ({"max_events": "many"}, "max_events must be a whole number"),
        ({"max_events": 0}, "max_events must be at least 1"),
    ],
)
def test_a_run_refuses_what_is_no_number_or_time(options: dict[str, Any], told: str) -> None:
    """STYLE: wrong input raises ours, with the value and the bound."""
    with pytest.raises(st.InvalidInput, match=told):
        st.simulate(PLANT, SCENARIO, **options)


OWN: Any = {"mine": lambda plant, scenario: (plant, scenario)}
QUESTIONS: dict[str, Any] = {
    "replicate": lambda **o: st.replicate(PLANT, SCENARIO, o.pop("replications", 2), **o),
    "what_if": lambda **o: st.what_if(PLANT, SCENARIO, "stop saw 06:30 10min", **o),
    "compare": lambda **o: st.compare(PLANT, [SCENARIO] * 2, metric="good_pieces", **o),
    "actions": lambda **o: st.actions(PLANT, SCENARIO, tries=["stop saw 06:30 1min"], **o),
    "look_ahead": lambda **o: st.look_ahead(PLANT, STATE, SCENARIO, **o),
    "sweep": lambda **o: st.sweep(PLANT, SCENARIO, {"sources.bars.every_min": [8, 9]}, **o),
    "impact": lambda **o: st.impact(PLANT, SCENARIO, "saw", at=600, duration=60, **o),
    "cause": lambda **o: st.cause(PLANT, SCENARIO, outcome="good_pieces", groups=OWN, **o),
    "explain": lambda **o: st.explain(PLANT, SCENARIO, "good_pieces", **o),
    "sensitivity": lambda **o: st.sensitivity(PLANT, SCENARIO, "good_pieces", [], **o),
    "verify": lambda **o: st.verify(PLANT, SCENARIO, o.pop("replications", 2), **o),
    "self_check": lambda **o: st.self_check(PLANT, SCENARIO, at=600, horizon=60, **o),
    "orchestrator": lambda **o: st.Orchestrator(PLANT, SCENARIO, **o),
    "sobol": lambda **o: st.sobol({"a": (0, 1)}, 4, **o),
}
WITH_END = ("replicate", "what_if", "compare", "actions")
WITHOUT_NUMBER = ("self_check", "orchestrator", "sobol")


@pytest.mark.parametrize("verb", QUESTIONS)
@pytest.mark.parametrize("seed", [1.5, "a", -1])
def test_every_question_refuses_a_seed_that_is_none(verb: str, seed: Any) -> None:
    """Before any run, in the same words as a single run."""
    with pytest.raises(st.InvalidInput, match="seed must be"):
        QUESTIONS[verb](seed=seed)


@pytest.mark.parametrize("verb", [verb for verb in QUESTIONS if verb not in WITHOUT_NUMBER])
@pytest.mark.parametrize("replications", [1.5, "a", 0])
def test_every_question_refuses_replications_that_are_none(
    verb: str, replications: Any
) -> None:
    """A number of runs is whole, and large enough for the answer."""
    with pytest.raises(st.InvalidInput, match=r"replications? |at least"):
        QUESTIONS[verb](replications=replications)


@pytest.mark.parametrize("verb", [verb for verb in QUESTIONS if verb != "sobol"])
@pytest.mark.parametrize("workers", [1.5, "a", True, 0])
def test_every_question_refuses_workers_that_cannot_be_counted(verb: str, workers: Any) -> None:
    """Half a worker is refused where the question is asked, not by whoever hires him."""
    with pytest.raises(st.InvalidInput, match="workers must be"):
        QUESTIONS[verb](workers=workers)


@pytest.mark.parametrize("verb", WITH_END)
@pytest.mark.parametrize("until", [nan, "soon"])
def test_every_question_refuses_an_end_that_is_none(verb: str, until: Any) -> None:
    """The end is read where the question is asked, not in each of its runs."""
    with pytest.raises(st.InvalidInput, match="is no time"):
        QUESTIONS[verb](replications=2, until=until)


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("look_ahead", {"horizon": nan}),
        ("look_ahead", {"horizon": inf}),
        ("look_ahead", {"looks": 1.5}),
        ("look_ahead", {"most": "a"}),
        ("compare", {"delta": 1.0, "max_replications": 20.5}),
        ("replicate", {"target": {"good_pieces": 1.0}, "most": "a"}),
        ("actions", {"most": 1.5}),
    ],
)
def test_other_numbers_of_questions_are_looked_at_too(verb: str, options: Any) -> None:
    """Whatever the call gives is refused by name before any run."""
    with pytest.raises(st.InvalidInput):
        QUESTIONS[verb](**options)


def test_one_name_is_no_list_of_names() -> None:
    """A word would be taken letter by letter."""
    with pytest.raises(st.InvalidInput, match="names must be a list"):
        st.sensitivity(PLANT, SCENARIO, "good_pieces", "sources.bars.every_min")


@pytest.mark.parametrize(
    "options",
    [{"at": nan, "horizon": 60}, {"at": 600, "horizon": inf}, {"cases": 20.5}, {"futures": 0}],
)
def test_a_self_check_refuses_what_it_cannot_score(options: dict[str, Any]) -> None:
    """Instants are finite, and cases and futures are counted."""
    with pytest.raises(st.InvalidInput):
        st.self_check(PLANT, SCENARIO, **{"at": 600, "horizon": 60, **options})


def test_times_asked_of_a_run_are_times() -> None:
    """``run.at`` and ``frame(every=)`` refuse what is none by the same code."""
    run = st.simulate(PLANT, SCENARIO)
    for time in (nan, "soon", None, inf):
        with pytest.raises(st.InvalidInput):
            run.at(time)  # type: ignore[arg-type]
    hot = parse_plant(
        "{plant: hot, machines: [{id: m, preset: generic-vmc-40}], products: [{id: part, "
        "route: [{operation: o, machines: [m], duration_min: 5}]}]}"
    )
    order = "{scenario: s, plant: hot, orders: [{id: o, product: part}]}"
    with pytest.raises(st.InvalidInput, match="is no time"):
        st.simulate(hot, parse_scenario(order, hot)).frame("temperatures", every=nan)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "is no snapshot of simtwin: it holds a list"),
        ("7", "it holds a int"),
        ("{", "is no snapshot of simtwin: "),
        ('{"schema_version": VERSION}', "'checksum' is missing"),
        ('{"schema_version": VERSION, "sealed": []}', "is no snapshot"),
        ('{"schema_version": VERSION, "checksum": ""}', "its content is not what was saved"),
    ],
)
def test_what_is_no_snapshot_is_refused(text: str, told: str) -> None:
    """Any text may come; a snapshot of another version is its own error."""
    with pytest.raises(st.InvalidInput, match=told):
        from_json(text.replace("VERSION", str(STATE.schema_version)))
    with pytest.raises(st.UnknownSnapshot):
        from_json("{}")
    assert from_json(to_json(STATE)).time == STATE.time


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: st.replicate(PLANT, SCENARIO, 10**9), "replications must be at most 1000000"),
        (lambda: st.compare(PLANT, [SCENARIO] * 2, replications=10**9), "replications must be"),
        (
            lambda: st.replicate(PLANT, SCENARIO, target={"wip": "1 %"}, most=10**9),
            r"most must be at most 1000000 \(got 1000000000\)",
        ),
        (lambda: st.look_ahead(PLANT, None, SCENARIO, most=10**5000), "most must be at most"),
        (
            lambda: parse_scenario("{scenario: s, plant: p, replications: 1000000000}", PLANT),
            "scenario.yaml:1:39 replications: must be <= 1000000 ",
        ),
    ],
)
def test_no_more_than_a_million_runs_are_asked_for(ask: Any, message: str) -> None:
    """A thousand million would fill the memory before anybody could stop them."""
    with pytest.raises(st.InvalidInput, match=message):
        ask()

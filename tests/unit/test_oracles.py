"""Tests of the room of oracles: verdicts, controls, names, what the command prints."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.errors import InvalidInput, OutOfRange
from simtwin.names import natural
from simtwin.oracles import check, figure, registry, stations
from simtwin.oracles.control import controlled
from simtwin.oracles.oracle import Expected
from simtwin.oracles.trial import simulated
from simtwin.oracles.verdict import equal, held, judged
from simtwin.plant.files import examples, load_plant, load_with_plant
from simtwin.streams import Streams

SHORT = "B15,D1,K1"
"""Problems that take no time."""


def invoke(*arguments: str) -> Any:
    """Run the program in this process."""
    return CliRunner().invoke(app, list(arguments))


def normals(n: int, seed: int) -> np.ndarray:
    """Return *n* sums of twelve uniforms less six, which are nearly normal."""
    draw = Streams(seed, 0)["test", "noise"]
    return np.array([sum(draw() for _ in range(12)) - 6.0 for _ in range(n)])


def test_without_controls_it_is_the_plain_mean():
    """No control variate: the mean with its t interval (ORACLES G3)."""
    found = controlled([4.1, 5.3, 3.8, 6.0, 4.9])
    assert found.estimate == st.Estimate(
        found.estimate.value, found.estimate.low, found.estimate.high, 5, "mean, t 95 %"
    )
    assert found.estimate.value == pytest.approx(4.82)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((3.711506, 5.928494))


def test_controls_take_their_noise_off():
    """What a control explains is taken off, and the interval covers as often as it says."""
    inside, narrower, trials = 0, 0, 200
    for trial in range(trials):
        noise, rest = normals(20, 2 * trial), normals(20, 2 * trial + 1)
        values = 5.0 + 2.0 * noise + 0.5 * rest
        found = controlled(values.tolist(), [noise.tolist()], [0.0]).estimate
        plain = controlled(values.tolist()).estimate
        inside += found.low <= 5.0 <= found.high
        narrower += found.high - found.low < 0.5 * (plain.high - plain.low)
    assert abs(inside / trials - 0.95) <= 4 * (0.95 * 0.05 / trials) ** 0.5
    assert narrower >= 0.95 * trials


def test_controls_off_their_means_make_the_interval_wide():
    """Runs with a wrong input are no agreement: leverage widens what is extrapolated."""
    noise, rest = normals(20, 1), normals(20, 2)
    values = (5.0 + 2.0 * noise + 0.5 * rest).tolist()
    right = controlled(values, [noise.tolist()], [0.0])
    wrong = controlled(values, [noise.tolist()], [3.0])
    assert wrong.error > 3.0 * right.error


def test_controls_need_replications():
    """Two controls and three replications leave nothing to judge by."""
    with pytest.raises(InvalidInput, match=r"2 control variates need at least 4 .*got 3"):
        controlled([1.0, 2.0, 3.0], [[1.0, 2.0, 1.0], [0.0, 1.0, 1.0]], [0.0, 0.0])


def test_a_wide_interval_never_agrees():
    """Within 4 standard errors but wide: undecided; narrow and near: agrees; far: disagrees."""
    near = controlled([3.9, 4.2, 4.1, 3.8])
    assert held(Expected("L", 4.0), near)[0] == "undecided"
    assert held(Expected("L", 4.0, tolerance=0.1), near)[0] == "agrees"
    assert held(Expected("L", 4.0), near, length=0.04)[0] == "agrees"
    assert held(Expected("L", 5.0), near)[0] == "disagrees"


def test_the_same_in_all_runs_agrees_only_with_itself():
    """A figure without any scatter is held against expected exactly."""
    same = controlled([2.0, 2.0, 2.0])
    assert held(Expected("x", 2.0), same) == ("agrees", "off by 0, ± 0 %")
    assert held(Expected("x", 2.001), same)[0] == "disagrees"


def test_ranges_and_bounds():
    """An interval meets a published range or lies outside; a mean is not wholly below."""
    found = controlled([0.84, 0.85, 0.86, 0.85])
    assert held(Expected("x", 0.8474, "range", 0.02), found)[0] == "agrees"
    assert held(Expected("x", 0.8474, "range", 0.001), found)[0] == "undecided"
    assert held(Expected("x", 0.7, "range", 0.01), found)[0] == "disagrees"
    gain = controlled([0.01, -0.02, 0.02, 0.01])
    assert held(Expected("gain", 0.0, "at least", 0.05), gain)[0] == "agrees"
    assert held(Expected("gain", 0.0, "at least", 0.01), gain)[0] == "undecided"
    assert held(Expected("gain", 0.1, "at least", 0.05), gain)[0] == "disagrees"


def test_what_is_exact_is_equal():
    """An integer is met or not; what is not known never agrees."""
    assert equal(Expected("pieces", 999.0, "exact"), 999.0) == ("agrees", "exactly")
    assert equal(Expected("pieces", 999.0, "exact"), 1000.0) == ("disagrees", "off by 1")
    assert equal(Expected("pieces", 999.0, "exact"), float("nan"))[0] == "disagrees"
    with pytest.raises(InvalidInput, match="'range' needs a tolerance"):
        Expected("x", 1.0, "range")


def test_a_wrong_simulation_disagrees():
    """M/M/1 held against the answer of another load: the room says so, inputs first."""
    oracle = registry.oracle("A1")
    (case,) = oracle.cases
    runs = [case.trial.run(r, seed=1, length=0.3, guard=None) for r in range(20)]
    right = judged(oracle, case, runs, length=0.3)
    assert {verdict.reading for verdict in right} == {"agrees"}
    wrong = tuple(
        replace(one, value=0.75 if one.controls else one.value) for one in case.expected
    )
    verdicts = judged(oracle, replace(case, expected=wrong), runs, length=0.3)
    assert [v.reading for v in verdicts if v.expected.controls] == ["disagrees"] * 2
    assert "agrees" not in {v.reading for v in verdicts if v.expected.name == "L"}


def test_ids_are_in_natural_order_and_found_in_any_case():
    """A2 comes before A10; an unknown id names the closest."""
    assert registry.ids() == sorted(registry.ids(), key=natural)
    assert [one.id for one in registry.chosen(["k1", "A10", "a2", "A2"])] == ["A2", "A10", "K1"]
    with pytest.raises(InvalidInput, match="no oracle 'B7'; did you mean 'B1"):
        registry.chosen(["B7"])
    with pytest.raises(InvalidInput, match="no oracle is asked for"):
        registry.chosen([])


def test_every_oracle_says_what_and_whence():
    """Title, source and figures are there; a file that is named can be loaded and run."""
    for id in registry.ids():
        oracle = registry.oracle(id)
        assert oracle.id == id
        assert oracle.title
        assert oracle.source
        assert oracle.cases
        for case in oracle.cases:
            assert case.expected
            for file in case.files:
                plant, scenario = load_with_plant(file)
                assert plant.products
                assert scenario.orders or plant.sources


def test_files_of_oracles_stand_wherever_a_name_may_stand():
    """``oracles/a1`` loads and runs, and the list of examples stays short."""
    assert load_plant("oracles/a1").name == "a1"
    run = st.simulate(*load_with_plant("oracles/d1"))
    assert run.kpis["makespan"].value == 55
    assert not any("oracles" in name for _, name, _ in examples())
    with pytest.raises(InvalidInput, match="did you mean 'oracles/a11'"):
        load_plant("oracles/a111")


def test_the_answer_is_the_same_on_two_workers():
    """Verdicts depend on seed and length alone."""
    alone = st.run_oracles(["B1", "D4"], length=0.1, workers=1)
    shared = st.run_oracles(["B1", "D4"], length=0.1, workers=2)
    assert alone.verdicts == shared.verdicts
    assert st.run_oracles(["B1"], length=0.1, seed=2).verdicts != alone.verdicts[:4]


def test_the_sentence_counts_problems():
    """What agrees, disagrees, is undecided, and was not finished, each named."""
    found = st.run_oracles(SHORT.split(","))
    assert found.ok
    assert found.sentence == "3 of 3 agree (26 figures, all without chance)"
    bad = replace(found.verdicts[0], reading="disagrees")
    odd = replace(found.verdicts[3], reading="undecided")
    rest = tuple(v for v in found.verdicts[4:] if v.oracle != "K1")
    other = replace(found, verdicts=(bad, odd, *rest))
    assert not other.ok
    assert other.sentence.startswith(
        "0 of 2 agree; B15 disagrees; D1 is undecided; 1 were not finished"
    )
    assert other.reading("K1") == "not run"


def test_the_frame_has_a_line_for_each_figure():
    """Expected, found and verdict stand in columns; inputs are among them."""
    found = st.run_oracles(["C1"], length=0.1)
    frame = found.frame()
    assert len(frame) == len(found.verdicts) > len(found.told)
    assert set(frame["verdict"]) == {"agrees"}
    assert (frame["low"] <= frame["found"]).all()


def test_interrupted_it_keeps_the_problems_that_are_complete():
    """A guard that stops leaves what is finished, and says that it is a part."""
    calls = []

    def guard() -> None:
        calls.append(1)
        if len(calls) > 30:
            raise KeyboardInterrupt

    found = st.run_oracles(["A1", "B1"], length=0.02, workers=1, guard=guard)
    assert found.partial
    done = {verdict.oracle for verdict in found.verdicts}
    assert done <= {"A1", "B1"}
    assert "not finished" in found.sentence


def test_lengths_are_positive():
    """A run of no length finds nothing."""
    with pytest.raises(OutOfRange, match="length must be above 0"):
        st.run_oracles(["B15"], length=0.0)


def test_the_command_prints_a_table_and_a_reading():
    """Id, figure, expected, found, verdict; the last line is what to take away."""
    done = invoke("oracles", "--only", "B15,d4,K1")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    header = "id figure expected found [95 %] verdict how surely problem"
    assert " ".join(lines[0].split()) == header
    row = next(line for line in lines if line.startswith("D4"))
    assert "makespan" in row
    assert "65" in row
    assert "agrees" in row
    assert "yes" in next(line for line in lines if "min cut is M4, M5" in line)
    assert lines[-1].startswith("3 of 3 agree")


def test_the_command_gives_one_object():
    """--json: problems with their figures, expected, found, interval and verdict."""
    told = json.loads(invoke("oracles", "--only", "B1,D1", "--quick", "--json").stdout)
    assert told["schema_version"] == 1
    assert [one["id"] for one in told["oracles"]] == ["B1", "D1"]
    assert told["oracles"][0]["files"] == [f"oracles/b1-{slots}" for slots in range(4)]
    (first, *_) = told["oracles"][0]["figures"]
    assert first["low"] <= first["found"] <= first["high"]
    assert first["verdict"] == told["oracles"][0]["verdict"] == "agrees"


def test_an_input_of_any_width_is_told_without_a_tolerance():
    """An interval that may be of any width has no number in the object: null."""
    told = json.loads(invoke("oracles", "--only", "B14", "--quick", "--json").stdout)
    (one,) = told["oracles"]
    assert {row["tolerance"] for row in one["figures"] if row["role"] == "input"} == {None}
    assert {row["tolerance"] for row in one["figures"] if row["role"] != "input"} == {
        0.02,
        0.1,
        0.15,
    }


def test_the_command_lists_without_running():
    """--list says what there is and how to run it; --json as one object."""
    listed = invoke("oracles", "--list").stdout
    assert "simtwin run oracles/a1" in listed
    assert "Gross & Harris" in listed
    told = json.loads(invoke("oracles", "--list", "--only", "A1", "--json").stdout)
    assert [one["id"] for one in told["oracles"]] == ["A1"]


def test_the_command_leaves_as_the_verdicts_ask(monkeypatch: pytest.MonkeyPatch):
    """1 where one disagrees, 130 where somebody stopped it, 2 for a wrong id."""
    found = st.run_oracles(["D1"])
    wrong = replace(found, verdicts=(replace(found.verdicts[0], reading="disagrees"),))
    assert invoke("oracles", "--only", "Z9").exit_code == 2
    assert invoke("oracles", "--quick", "--length", "2").exit_code == 2
    for answer, code in ((found, 0), (wrong, 1), (replace(found, partial=True), 130)):
        monkeypatch.setattr(check, "run_oracles", lambda *_, answer=answer, **__: answer)
        assert invoke("oracles", "--only", "D1").exit_code == code


def test_a_case_needs_a_figure_for_each_expected():
    """Expected and figures go in pairs, whatever stands in a row."""
    case = simulated(
        "d1", (Expected("makespan", 55.0, "exact"), partial(figure.kpi, name="makespan"))
    )
    assert case.trial.replications(4.0) == 1
    assert case.trial.run(0, seed=1, length=1.0, guard=None) == [55.0]


def test_formulas_of_a_single_server_agree():
    """M/M/1 by Pollaczek-Khinchine, by Erlang C and by birth and death is one queue."""
    lam = 0.8
    waits = stations.pollaczek(lam, 1.0, 2.0)
    assert stations.erlang_c(1, lam) / (1.0 - lam) == pytest.approx(waits)
    chances = stations.limited(lam, 1.0, 400)
    assert sum(k * p for k, p in enumerate(chances)) == pytest.approx(lam * (waits + 1.0))
    assert stations.completion(1.0, 2.0, p=0.0, r=1.0) == (1.0, 2.0)
    assert stations.interrupted(lam, 1.0, p=0.0, r=1.0) == pytest.approx(4.0)

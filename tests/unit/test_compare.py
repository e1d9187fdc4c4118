"""Tests of the comparison: the same luck for all plans, and no winner that is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.replicate import replicate
from simtwin.plant.files import load_with_plant
from simtwin.report.study import plans
from simtwin.result.ensemble import Outcome
from simtwin.result.metric import Metric
from simtwin.result.study import Study
from tests.theory import plants

HOUR = 3600.0


@pytest.fixture(scope="module")
def shop() -> tuple[Any, Any]:
    """Ten minutes of a line of two machines that fail."""
    plant = plants.line(
        [plants.exponential(20.0), plants.exponential(22.0)],
        every=plants.exponential(30.0),
        failures=[plants.breakdown("processing", 300.0, 60.0)] * 2,
    )
    return plant, plants.window(plant, 600.0)


@pytest.fixture(scope="module")
def quicker(shop: tuple[Any, Any]) -> tuple[Any, Any]:
    """The same with a second machine that is a third faster."""
    plant, window = shop
    duration = "products.part.operations.op2.steps.0.duration.mean"
    return plant.with_changes({duration: 15.0}), replace(window, name="quicker")


def told(study: Any) -> str:
    """Return all that a study keeps, every bit of its numbers."""
    return repr((study.outcomes, study.left, study.over, study.differences, study.best))


def test_a_plan_meets_the_luck_that_it_meets_alone(
    shop: tuple[Any, Any], quicker: tuple[Any, Any]
) -> None:
    """STATISTICS 1: replication r of each plan is the one that replicate makes of it."""
    study = compare(shop[0], [shop[1], quicker], metric="lead_time", replications=5, workers=1)
    for plan, outcomes in zip((shop, quicker), study.outcomes, strict=True):
        assert repr(replicate(*plan, 5, workers=1).outcomes) == repr(outcomes)
    assert study.provenance["quicker"]["seed"] == study.seed == 1


@pytest.mark.parametrize("delta", [None, 20.0])
def test_the_same_on_any_executor(
    shop: tuple[Any, Any], quicker: tuple[Any, Any], delta: float | None
) -> None:
    """KERNEL 20: a study is equal to the bit on any executor and any number of workers."""
    asked: dict[str, Any] = {"metric": "lead_time", "delta": delta, "replications": 10}
    serial = compare(shop[0], [shop[1], quicker], workers=1, **asked)
    assert told(compare(shop[0], [shop[1], quicker], workers=2, **asked)) == told(serial)
    with ThreadPoolExecutor(2) as executor:
        threads = compare(shop[0], [shop[1], quicker], executor=executor, **asked)
    assert told(threads) == told(serial)


def test_equal_plans_are_a_tie(shop: tuple[Any, Any]) -> None:
    """STATISTICS 4: a plan compared with itself has a difference of 0 and no winner."""
    study = compare(shop[0], [shop[1], shop[1]], metric="lead_time", replications=8, workers=1)
    assert study.names == ("window", "window (2)")
    assert study.best == study.could_be_best == {"window", "window (2)"}
    assert study.tie
    assert study.differences["window (2)"].value == 0.0
    assert study.reading("window (2)") == "no clear difference"
    assert plans(study).note.startswith("The reading is about lead time; two that could both")
    assert study.sentence == (
        "window and window (2) have the same lead_time in each of 8 replications."
    )
    three = compare(shop[0], [shop[1]] * 3, metric="lead_time", replications=2, workers=1)
    assert "allows for 2 being compared (Holm)" in plans(three).note
    chosen = compare(shop[0], [shop[1]] * 3, metric="lead_time", delta=5.0, workers=1)
    assert chosen.tie
    assert chosen.over
    assert "have the same mean lead_time in 2" in chosen.sentence
    assert chosen.n >= 200


def test_a_clear_winner_is_named(shop: tuple[Any, Any], quicker: tuple[Any, Any]) -> None:
    """UX 111: the sentence names it with both intervals; the table says better or worse."""
    study = compare(shop[0], [shop[1], quicker], metric="lead_time", replications=40)
    assert study.best == {"quicker"}
    assert not study.tie
    assert study.sentence.startswith("quicker has the smallest lead_time: ")
    assert "40 replications on the same luck" in study.sentence
    table = study.frame()
    assert list(table["reading"]) == ["baseline", "better"]
    assert list(table["could_be_best"]) == [False, True]
    assert table["difference_high"][1] < 0.0
    assert study.gain["quicker"] == table["gain"][1]
    assert len(study.frame("replications")) == 80
    kpis = study.frame("kpis")
    assert set(kpis["kpi"]) == set(study.kpis)
    assert study.kpis["lead_time"].differences == study.differences
    for text in (str(study), study._repr_html_()):
        assert "better" in text
        assert study.sentence in text
    with pytest.raises(InvalidInput, match=r"no table 'orders'; there are metric, kpis"):
        study.frame("orders")


def test_what_the_runs_cannot_tell_is_a_set(shop: tuple[Any, Any]) -> None:
    """STATISTICS 4: with few runs of much luck, best is a set, and a sentence says so."""
    plant, window = shop
    near = plant.with_changes({"products.part.operations.op2.steps.0.duration.mean": 21.9})
    far = plant.with_changes({"products.part.operations.op2.steps.0.duration.mean": 60.0})
    plans = [window, (near, replace(window, name="near")), (far, replace(window, name="far"))]
    study = compare(plant, plans, metric="failures", better="smaller", replications=10)
    assert study.tie
    study = compare(plant, plans, metric="throughput", replications=15, baseline="far")
    assert study.best == {"window", "near"}
    assert study.sentence == (
        "The runs cannot tell which of window and near has the largest throughput "
        "(15 replications on the same luck); far is not among them."
    )
    assert study.reading("far") == "baseline"
    assert {study.reading("window"), study.reading("near")} == {"better"}


def test_kn_stops_when_it_knows(shop: tuple[Any, Any], quicker: tuple[Any, Any]) -> None:
    """STATISTICS 4: with a difference that matters it drops a plan, and stops at one."""
    study = compare(shop[0], [shop[1], quicker], metric="lead_time", delta=10.0, workers=1)
    assert study.best == {"quicker"}
    assert study.over
    assert study.sentence.startswith(
        "quicker is chosen by lead_time: with 95 % confidence no other is better by 10 s or "
    )
    assert study.n >= 20


def test_kn_gives_up_at_the_most(shop: tuple[Any, Any]) -> None:
    """STATISTICS 2: at max_replications the selection is not over, and the sentence says so."""
    plant, window = shop
    near = plant.with_changes({"products.part.operations.op2.steps.0.duration.mean": 21.9})
    study = compare(
        plant,
        [window, (near, replace(window, name="near"))],
        metric="lead_time",
        delta=1e-3,
        max_replications=24,
        workers=1,
    )
    assert (study.n, study.over, study.tie) == (24, False, True)
    assert study.sentence == (
        "After 24 replications the runs cannot yet tell which of window and near has the "
        "smallest lead_time to 0.001 s."
    )


def test_figures_of_one_order_and_one_machine(shop: tuple[Any, Any]) -> None:
    """UX: a probability has its interval, what is alike in all runs is not sure."""
    study = compare(shop[0], [shop[1]] * 2, metric="p_failure(m1)", replications=10, workers=1)
    assert study.means["window"].method == "share, one-sided 95 %"
    assert study.differences["window (2)"].high > 0.2
    plant, day = load_with_plant("one_machine")
    study = compare(plant, [day, day], metric="late_orders", replications=2, workers=1)
    name = day.orders[0].name
    assert study.paired(f"tardiness({name})").unit == "s"


def test_interrupted_it_keeps_what_all_have(
    shop: tuple[Any, Any], quicker: tuple[Any, Any]
) -> None:
    """UX 3: stopped by its guard, the study has the replications complete in all plans."""
    whole = compare(shop[0], [shop[1], quicker], metric="lead_time", replications=20, workers=1)
    for delta in (None, 1e-6):
        done: list[int] = []

        def guard(done: list[int] = done) -> None:
            if done and done[-1] >= 9:
                raise KeyboardInterrupt

        study = compare(
            shop[0], [shop[1], quicker], metric="lead_time", replications=20, delta=delta,
            workers=1, guard=guard, progress=lambda n, _, done=done: done.append(n),
        )  # fmt: skip
        assert study.partial
        assert study.n == 4
        assert "partial" in repr(study)
        assert study.sentence.startswith("Stopped early: ")
        assert repr(study.outcomes) == repr(tuple(plan[:4] for plan in whole.outcomes))


@pytest.mark.parametrize("runs", [1, 2])
def test_what_is_stopped_before_two_are_complete_raises(
    shop: tuple[Any, Any], runs: int
) -> None:
    """KERNEL 25: one run each is no study, not even a partial one."""
    done: list[int] = []

    def guard() -> None:
        if len(done) >= runs:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="before two replications of every plan"):
        compare(
            shop[0], [shop[1]] * 2, metric="lead_time", replications=5, workers=1, guard=guard,
            progress=lambda n, _: done.append(n),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"replications": 1},
            r"one run each is a coin toss: .* at least 2 replications .got 1",
        ),
        ({"metric": "energy"}, r'metric energy: say which is better, better="smaller"'),
        ({"better": "less"}, r'better must be "smaller" or "larger" .got \'less\''),
        ({"baseline": 2}, r"place from 0 to 1 or one of window, window \(2\) .got 2"),
        ({"baseline": "night"}, r"got 'night'"),
        ({"delta": 0.0}, r"delta must be a difference above 0 .got 0.0"),
        ({"delta": 1.0, "replications": 9, "max_replications": 5}, r"at least 9 .got 5"),
        ({"metric": "p_late(order-1)"}, r"no order 'order-1'; there are: none"),
        (
            {"metric": "late_orders"},
            r"replication 0 has no such number; the scenario has no "
            "orders; metrics that it has: good_pieces, .*upkeep_cost",
        ),
    ],
)
def test_nonsense_is_refused(
    shop: tuple[Any, Any], options: dict[str, Any], message: str
) -> None:
    """STYLE, Errors: the value, the bound, and what would be right."""
    asked: dict[str, Any] = {"metric": "lead_time", "workers": 1, **options}
    with pytest.raises(InvalidInput, match=message):
        compare(shop[0], [shop[1]] * 2, **asked)


def test_one_plan_is_no_comparison(shop: tuple[Any, Any]) -> None:
    """STYLE, Errors: there must be something to compare with."""
    with pytest.raises(InvalidInput, match=r"at least 2 scenarios .got 1"):
        compare(shop[0], [shop[1]])


def test_a_parameter_change_is_seen_through_the_luck() -> None:
    """STATISTICS 1: of a duration 2 % shorter the difference varies 20 times less, or more."""
    plant = plants.line(
        [plants.exponential(50.0), plants.exponential(55.0), plants.exponential(50.0)],
        every=plants.exponential(70.0),
        failures=[plants.breakdown("processing", 2000.0, 200.0)] * 3,
    )
    window = plants.window(plant, 4 * HOUR)
    change = {"products.part.operations.op2.steps.0.duration.mean": 0.98 * 55.0}
    quick = plant.with_changes(change), replace(window, name="quick")
    study = compare(plant, [window, quick], metric="lead_time", replications=60)
    assert study.gain["quick"] >= 20.0
    assert study.best == {"quick"}


def test_a_feed_change_is_seen_through_the_luck() -> None:
    """STATISTICS 1: of feeds 3 % higher the difference varies 20 times less, or more."""
    plant, day = load_with_plant("one_machine")
    product, operation = plant.products[0], plant.products[0].operations[0]
    base = f"products.{product.name}.operations.{operation.name}.steps"
    quick = plant.with_changes(
        {
            f"{base}.{place}.feed": 1.03 * step.feed
            for place, step in enumerate(operation.steps)
            if hasattr(step, "feed")
        }
    )
    study = compare(
        plant, [day, (quick, replace(day, name="quick"))], metric="makespan", replications=40
    )
    assert study.gain["quick"] >= 20.0
    assert study.best == {"quick"}
    assert study.kpis["mean_tardiness"].gain["quick"] >= 20.0


@pytest.mark.slow
def test_two_equal_plans_have_no_false_winner() -> None:
    """STATISTICS 4: of two plans equal in law, at most 5 % of 100 studies name a winner.

    The machine of the other plan has another name, and so other luck. The means of the two
    metrics are skewed and not.
    """
    one = plants.line([plants.exponential(20.0)], every=plants.exponential(25.0))
    machine, station = one.machines[0], one.stations[0]
    two = replace(
        one,
        machines=(replace(machine, name="other", station="other"),),
        stations=(replace(station, name="other", machines=("other",)),),
        products=tuple(
            replace(
                product,
                operations=tuple(
                    replace(operation, stations=("other",)) for operation in product.operations
                ),
            )
            for product in one.products
        ),
    )
    window = plants.window(one, 0.5 * HOUR)
    plans = [window, (two, replace(window, name="other"))]
    for metric in ("throughput", "lead_time"):
        winners = 0
        for seed in range(100):
            study = compare(one, plans, metric=metric, replications=20, seed=seed, workers=1)
            assert study.differences["other"].low < study.differences["other"].high
            winners += not study.tie
        assert winners <= 5


def made(*plans: list[float]) -> Study:
    """Return a study of *plans* by their makespans, run by run; the first is the baseline."""
    outcomes = tuple(
        tuple(Outcome(r, value, {"makespan": value}, ()) for r, value in enumerate(values))
        for values in plans
    )
    names = tuple("abcdef"[: len(plans)])
    metric = Metric.parse("makespan")
    none = (None,) * len(plans)
    return Study(metric, "smaller", names, none, none, outcomes, 1, len(plans[0]))


def test_a_difference_alike_in_six_runs_tells_two_plans_apart() -> None:
    """A sign test of six alike runs has p = 1/32: the same verdict as a what-if's."""
    base = [100.0, 120.0, 90.0, 130.0, 80.0, 110.0]
    later = [value + 5.0 for value in base]
    two = made(base, later)
    assert (two.reading("b"), two.could_be_best) == ("worse", {"a"})
    assert made(base[:5], later[:5]).reading("b") == "too few runs to tell of 2 plans"
    three = made(base, later, later)
    assert three.reading("b") == "too few runs to tell of 3 plans"
    assert three.could_be_best == {"a", "b", "c"}


def test_a_reading_does_not_deny_an_interval_without_zero() -> None:
    """Clear beside one plan and not among four: the runs are too few."""
    base = [100.0, 120.0, 90.0, 130.0, 80.0, 110.0]
    apart = [value + step for value, step in zip(base, [1, 4, 2, 5, 1, 0], strict=True)]
    across = [value + step for value, step in zip(base, [1, -4, 2, -5, 1, 0], strict=True)]
    study = made(base, apart, across, base)
    assert study.differences["b"].low > 0.0
    assert study.reading("b") == "too few runs to tell of 4 plans"
    assert study.reading("c") == "no clear difference"

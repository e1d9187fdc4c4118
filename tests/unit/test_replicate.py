"""Tests of replications: equal on any executor, partial when stopped, named when they fail."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from simtwin.errors import Deadlock, GuardExceeded, InvalidInput, OutOfRange, RunFailed
from simtwin.orchestrator import pool, work
from simtwin.orchestrator import replicate as module
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.work import chunk
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.result.ensemble import Outcome

ROOT = Path(__file__).parents[2]
HOUR = 3600.0


@pytest.fixture(scope="module")
def question() -> tuple[Any, Any]:
    """Half an hour of the bundled job shop, with its breakages and failures."""
    plant, scenario = load_with_plant("day_shift")
    return plant, replace(scenario, horizon=0.5 * HOUR)


@pytest.fixture(scope="module")
def serial(question: tuple[Any, Any]) -> Any:
    """Eight replications, one after the other in this process."""
    return replicate(*question, 8, workers=1)


def told(ensemble: Any) -> str:
    """Return all that an ensemble keeps, every bit of its numbers."""
    return repr(ensemble.outcomes)


def test_replications_differ(serial: Any) -> None:
    """UX 5: each replication has its own luck; none is run twice under two numbers."""
    assert [outcome.replication for outcome in serial.outcomes] == list(range(8))
    assert len({repr(sorted(outcome.kpis.items())) for outcome in serial.outcomes}) == 8


def test_two_processes_give_the_same_as_one(question: tuple[Any, Any], serial: Any) -> None:
    """KERNEL 20: outcomes are equal to the bit for any number of workers."""
    assert told(replicate(*question, 8, workers=2)) == told(serial)


def test_threads_give_the_same(question: tuple[Any, Any], serial: Any) -> None:
    """DESIGN 7: any executor serves; one that shares memory gives the same bits."""
    with ThreadPoolExecutor(2) as executor:
        assert told(replicate(*question, 8, executor=executor)) == told(serial)
        assert executor.submit(int, "7").result() == 7  # it is left open: it is not ours


def test_fresh_interpreters_give_the_same(question: tuple[Any, Any], serial: Any) -> None:
    """A worker that starts from nothing (spawn, a cluster) is sent the question, once."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        assert told(replicate(*question, 8, executor=executor)) == told(serial)


def test_spawned_workers_of_our_own_work(
    question: tuple[Any, Any], serial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool honours the start method: the question reaches spawned workers too."""
    monkeypatch.setattr(pool, "get_context", lambda: get_context("spawn"))
    assert told(replicate(*question, 8, workers=2)) == told(serial)


def test_chunks_are_worth_sending_and_cheap_to_lose() -> None:
    """Work per chunk stays within 0.05 and 1 s, and no worker waits long for the last one."""
    for count in (1, 29, 1000, 10**6):
        for workers in (1, 2, 64):
            for duration in (1e-9, 1e-4, 0.02, 0.7, 60.0):
                left = count
                while left:
                    size = chunk(left, workers, duration)
                    assert size >= 1
                    assert size == 1 or size * duration <= 1.0
                    if size > left / workers + 1:
                        assert (size - 1) * max(duration, 1e-6) <= 0.05
                    left -= min(size, left)


@dataclass(frozen=True)
class Slept:
    """A question that takes a while, so that chunks can be told from each other."""

    seconds: float
    seed: int = 1

    def run(self, replication: int, guard: Any) -> tuple[int, int]:
        """Return who did it."""
        time.sleep(self.seconds)
        return replication, threading.get_ident()


def test_others_begin_while_the_caller_does_the_first_run() -> None:
    """What was begun ahead is not done twice, and comes back with the rest."""
    items = [(0, replication) for replication in range(40)]
    with ThreadPoolExecutor(2) as pool, work.Work([Slept(0.03)], executor=pool) as asked:
        asked.ahead(items[1:])
        time.sleep(0.2)
        assert asked.found == {}
        asked.note(items[0], (0, threading.get_ident()), 0.03, len(items))
        begin = time.perf_counter()
        found = asked.ask(items)
        spent = time.perf_counter() - begin
    assert [found[item][0] for item in items] == list(range(40))
    assert len({thread for _, thread in found.values()}) == 3
    assert spent < 0.03 * 39  # The others had begun, and they are two.


def test_a_task_gives_back_what_its_budget_leaves() -> None:
    """A worker told to be brief does at least one run, and begins none after its time."""
    packed = pickle.dumps((Slept(0.03),))
    items = tuple((0, replication) for replication in range(9))
    outcomes, each = work.run_task(work.Task("brief", items, packed, budget=0.05))
    assert [item for item, _ in outcomes] == list(items[: len(outcomes)])
    assert len(outcomes) in (1, 2)
    assert each >= 0.03


@pytest.mark.parametrize("stop", [KeyboardInterrupt, GuardExceeded])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_guard_keeps_what_is_complete(
    question: tuple[Any, Any], serial: Any, workers: int, stop: type[BaseException]
) -> None:
    """UX 3: stopped by its guard, the answer has the complete replications and is partial."""
    done: list[int] = []

    def guard() -> None:
        if done and done[-1] >= 3:
            raise stop("enough")

    ensemble = replicate(
        *question, 10_000, workers=workers, guard=guard, progress=lambda n, _: done.append(n)
    )
    assert ensemble.partial
    assert 3 <= ensemble.n < 10_000
    assert ensemble.provenance["partial"]
    mine = {outcome.replication: repr(outcome) for outcome in ensemble.outcomes}
    for outcome in serial.outcomes:
        assert mine.get(outcome.replication, repr(outcome)) == repr(outcome)


def test_orders_name_the_run_of_what_is_told_of_one_run(question: tuple[Any, Any]) -> None:
    """Beside P(late) stand ``late`` and ``why`` of one run, whose number is in the row."""
    from simtwin.report.answer import answer

    ensemble = replicate(*question, 3, workers=1)
    frame = ensemble.frame("orders")
    assert set(frame["replication"]) == {0}
    assert list(frame).index("replication") < list(frame).index("late")
    assert {row["replication"] for row in answer(ensemble)["orders"]} == {0}
    assert "replication" not in ensemble.first.frame("orders")


def test_one_complete_replication_is_kept(question: tuple[Any, Any], tmp_path: Any) -> None:
    """Interrupted after the first, the answer is one observation: saved, without P(late)."""
    import simtwin

    done: list[int] = []

    def guard() -> None:
        if done:
            raise KeyboardInterrupt

    ensemble = replicate(
        *question, 50, workers=1, guard=guard, progress=lambda n, _: done.append(n)
    )
    assert (ensemble.n, ensemble.partial) == (1, True)
    assert "p_late" not in ensemble.frame("orders")
    opened = simtwin.open(ensemble.save(tmp_path / "kept"))
    assert (opened.n, opened.partial) == (1, True)


def test_what_is_stopped_before_the_first_is_complete_raises(
    question: tuple[Any, Any],
) -> None:
    """Without one complete replication there is no answer, not even a partial one."""

    def guard() -> None:
        raise GuardExceeded("--max-seconds 0.001 is over")

    with pytest.raises(GuardExceeded, match=r"^--max-seconds 0\.001 is over"):
        replicate(question[0], replace(question[1], horizon=8 * HOUR), 30, guard=guard)


STORY = """
import sys, time
import simtwin
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate

def moved(done, asked):
    if done > 1:
        print("going", flush=True)

plant = simtwin.load_plant("job_shop")
shift = simtwin.load_scenario("day_shift", plant)
made = replicate(plant, shift, 100_000, workers=2, progress=moved)
print("partial", made.partial, made.n, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="a signal to a group is a POSIX thing")
def test_ctrl_c_keeps_what_is_complete_and_ends_at_once() -> None:
    """UX 3: Ctrl-C goes to all processes; the parent answers, and no worker says a word."""
    story = subprocess.Popen(
        [sys.executable, "-c", STORY], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert story.stdout is not None
    assert story.stdout.readline() == "going\n"
    begin = time.monotonic()
    os.killpg(story.pid, signal.SIGINT)
    out, err = story.communicate(timeout=60)
    assert time.monotonic() - begin < 10.0  # about 0.3 s where nobody else works
    assert story.returncode == 0, err
    assert err == ""
    last = out.splitlines()[-1].split()
    assert last[:2] == ["partial", "True"]
    assert int(last[2]) > 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_replication_that_fails_is_named(question: tuple[Any, Any], workers: int) -> None:
    """RunFailed says which replication of which seed failed, so that it can be run alone."""
    with pytest.raises(GuardExceeded, match=r"replication \d+, seed 7: .*max_events"):
        replicate(*question, 4, seed=7, workers=workers, max_events=50)


TWO_WAYS = """
plant: two ways
machines: [{id: a, buffer: 1}, {id: b, buffer: 1}]
products:
  - id: x
    route:
      - {operation: one, machines: [a], duration: {exponential: {mean_min: 4}}}
      - {operation: two, machines: [b], duration: {exponential: {mean_min: 4}}}
  - id: y
    route:
      - {operation: one, machines: [b], duration: {exponential: {mean_min: 4}}}
      - {operation: two, machines: [a], duration: {exponential: {mean_min: 4}}}
sources:
  - {id: xs, product: x, every: {exponential: {mean_min: 30}}}
  - {id: ys, product: y, every: {exponential: {mean_min: 30}}}
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_the_share_that_fails_is_told_and_the_others_are_no_answer(workers: int) -> None:
    """How many of all deadlock is what a planner asks; each of them can be run alone."""
    plant = parse_plant(TWO_WAYS)
    scenario = parse_scenario("scenario: s\nplant: two ways\nhorizon: 12 h\n", plant)
    failed = []
    for replication in range(12):
        with suppress(Deadlock):
            simulate(plant, scenario, seed=3, replication=replication)
            continue
        failed.append(replication)
    first, count = failed[0], len(failed)
    assert 0 < count < 12
    with pytest.raises(Deadlock) as caught:
        replicate(plant, scenario, 12, seed=3, workers=workers)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"replication {first}, seed 3: deadlock at")
    assert lines[1].startswith(
        f"{count} of 12 replications failed ({count} in a deadlock); no answer is made of "
        f"the other {12 - count}, in which"
    )
    assert lines[-1].endswith(f"or: run --once --replication {first} --seed 3")


def test_failures_are_counted_by_sort_up_to_where_it_was_stopped() -> None:
    """Where all that were made failed nothing is said of others, but of those not made."""
    made = [module.Failure(0, Deadlock, "why"), module.Failure(1, GuardExceeded, "why")]
    said = str(module._failed(made, 1, done=2, left=8)).splitlines()[1]
    assert said == (
        "2 of 2 replications failed (1 in a deadlock, 1 at max_events), "
        "and 8 more were not done"
    )


def test_a_defect_is_named_too(
    question: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is no RunFailed keeps its type, and a note says where it happened."""

    def broken(*args: Any, **options: Any) -> Any:
        raise OutOfRange("speed must be positive (got -1)")

    monkeypatch.setattr(module, "simulate", broken)
    with pytest.raises(OutOfRange, match="got -1") as caught:
        replicate(*question, 4, seed=7)
    assert caught.value.__notes__ == ["in replication 0, seed 7"]


def test_a_worker_that_dies_is_said(question: tuple[Any, Any]) -> None:
    """A worker killed from outside (memory) is a failed run in words, not a broken pool."""
    killed: list[int] = []

    def guard() -> None:
        children = get_context().active_children()
        if children and not killed:
            killed.append(children[0].pid or 0)
            children[0].kill()

    with pytest.raises(RunFailed, match="a worker process died"):
        replicate(*question, 10_000, workers=2, guard=guard)


@pytest.mark.parametrize(("n", "workers"), [(1, None), (0, 2), (5, 0)])
def test_nonsense_is_refused(question: tuple[Any, Any], n: int, workers: int | None) -> None:
    """KERNEL 25: an interval needs two replications; and work needs a worker."""
    with pytest.raises(InvalidInput, match=r"at least [12] .*\(got \d\)|at least 1 \(got 0\)"):
        replicate(*question, n, workers=workers)


LOTTERY = """
plant: lottery
machines: [{id: m}]
products:
  - {id: p, route: [{operation: o, machines: [m], duration: {exponential: {mean_min: 1}}}]}
sources:
  - {id: s, product: p, saturating: true}
"""


@pytest.fixture(scope="module")
def lottery() -> tuple[Any, Any]:
    """One machine with exponential work for two hours: the mean has a known spread."""
    plant = parse_plant(LOTTERY)
    return plant, parse_scenario("scenario: l\nplant: lottery\nhorizon_h: 2\n", plant)


@pytest.mark.parametrize("wish", [0.5, "1 %"])
def test_replications_go_on_until_the_interval_is_narrow(lottery: Any, wish: Any) -> None:
    """STATISTICS 2: until half the width is at most the target, absolute or of the mean."""
    ensemble = replicate(*lottery, target={"throughput": wish}, most=5000)
    figure = ensemble.kpis["throughput"].value
    goal = wish if isinstance(wish, float) else 0.01 * figure.value
    assert ensemble.converged
    assert 0.5 * (figure.high - figure.low) <= goal
    assert ensemble.n > 20
    again = replicate(*lottery, target={"throughput": wish}, most=5000, workers=2)
    assert told(again) == told(ensemble)


def test_a_target_out_of_reach_is_said(lottery: Any) -> None:
    """At the most replications allowed, the answer says that it did not converge."""
    ensemble = replicate(*lottery, 10, target={"throughput": 0.001}, most=40)
    assert (ensemble.n, ensemble.converged) == (40, False)
    assert replicate(*lottery, 10).converged is None


@pytest.mark.parametrize("target", [{"speed": 1.0}, {"throughput": -1.0}, {"throughput": "5"}])
def test_a_target_is_a_half_width_of_a_key_figure(lottery: Any, target: Any) -> None:
    """Anything else is refused in words."""
    with pytest.raises(InvalidInput, match="target"):
        replicate(*lottery, 5, target=target)


def test_one_replication_can_be_run_alone(question: tuple[Any, Any], serial: Any) -> None:
    """Replication 5 by itself is replication 5 of the ensemble, every bit (KERNEL 20)."""
    alone = Outcome.of(simulate(*question, replication=5, history=False))
    assert repr(alone) == repr(serial.outcomes[5])


def test_an_ensemble_tells_quantiles_tails_and_probabilities(lottery: Any) -> None:
    """STATISTICS 2: order statistics, CVaR, Wilson; of any figure of its replications."""
    ensemble = replicate(*lottery, 200)
    values = sorted(ensemble.values("good_pieces"))
    median = ensemble.quantile("good_pieces", 0.5)
    assert median.value == values[99]
    assert median.low <= median.value <= median.high
    worst = ensemble.cvar("good_pieces", 0.9)
    assert worst.value == pytest.approx(sum(values[-20:]) / 20)
    over = ensemble.probability(f"good_pieces > {median.value}")
    assert over.value == sum(value > median.value for value in values) / 200
    assert str(ensemble.probability("failures > 0")) == "at most 1.5 %"


def test_an_ensemble_can_be_asked_why_it_is_uncertain(lottery: Any) -> None:
    """Without a spread anywhere, all variance is luck, and it says so."""
    import simtwin

    assert simtwin.Ensemble is not None
    found = replicate(*lottery, 10).explain("good_pieces", replications=20)
    assert found.luck.value == 1.0
    assert "all of it by luck" in found.sentence

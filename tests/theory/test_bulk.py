"""Laws: the bulk queue in closed form, and a run of an oven that is one (ORACLES A20, A21)."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simtwin.errors import OutOfRange
from simtwin.oracles.batches import forming, full_batches
from simtwin.oracles.control import controlled
from simtwin.physics.life import Exponential, Fixed
from simtwin.plant.batch import BatchSpec
from simtwin.plant.bulk import bulk, bulk_root
from simtwin.plant.model import (
    MachineSpec,
    OperationSpec,
    PlantModel,
    ProductSpec,
    Scenario,
    SourceSpec,
    StationSpec,
    TimedStep,
)
from tests.theory.plants import observe

if TYPE_CHECKING:
    from simtwin.physics.life import Law
    from simtwin.result.result import Result


def chain(lam: float, mu: float, least: int, most: int, room: int = 400) -> tuple[float, float]:
    """Return mean number waiting and P(busy) of M/M(a,b)/1 from all its states, *room* at most.

    States 0 to a - 1: so many wait, idle; then busy with n waiting.
    """
    size = least + room
    rates = np.zeros((size, size))
    for q in range(least):
        rates[q, min(least, q + 1)] = lam
    for n in range(room):
        if n + 1 < room:
            rates[least + n, least + n + 1] = lam
        to = n if n < least else least + max(0, n - most)
        rates[least + n, to] = mu
    np.fill_diagonal(rates, rates.diagonal() - rates.sum(axis=1))
    share = np.linalg.lstsq(
        np.vstack([rates.T, np.ones(size)]), np.r_[np.zeros(size), 1.0], rcond=None
    )[0]
    waiting = [*range(least), *range(room)]
    return float(share @ waiting), float(share[least:].sum())


@pytest.mark.parametrize("least", [1, 2, 4])
@pytest.mark.parametrize("lam", [0.5, 2.4, 3.4])
def test_the_closed_form_is_that_of_all_states(least: int, lam: float):
    """Lq of M/M(a,4)/1 is that of its Markov chain, for greedy, mixed and full batches."""
    waiting, busy = chain(lam, 1.0, least, 4)
    assert bulk(lam, 1.0, 4, least).waiting == pytest.approx(waiting, rel=1e-6)
    if least == 1:
        assert lam / (lam + 1.0 - bulk_root(lam, 1.0, 4)) == pytest.approx(busy, rel=1e-6)


@pytest.mark.parametrize(("lam", "most"), [(0.4, 1), (2.4, 4), (7.0, 8)])
def test_full_batches_form_and_then_queue(lam: float, most: int):
    """W of a = b is (k - 1)/(2 lam), the wait of E_k/M/1, and a service (Hopp & Spearman 9)."""
    queue = bulk(lam, 1.0, most, most)
    assert queue.lead == pytest.approx(full_batches(lam, 1.0, most), rel=1e-9)
    assert queue.present == pytest.approx(lam * queue.lead)


def test_an_overloaded_oven_has_no_long_run():
    """Beyond b mu the queue grows for ever, and least must not exceed most."""
    with pytest.raises(OutOfRange, match=r"settles only below 4, .*got 4\)"):
        bulk(4.0, 1.0, 4)
    with pytest.raises(OutOfRange, match=r"least must be 1 to 'most', 4 \(got 5\)"):
        bulk(1.0, 1.0, 4, 5)


def oven(lam: float, service: Law, batch: BatchSpec) -> PlantModel:
    """Return an oven with Poisson arrivals."""
    step = TimedStep(service, 0.0, 0.0)
    return PlantModel(
        "oven",
        (MachineSpec("oven", "oven"),),
        (StationSpec("oven", ("oven",), batch=batch),),
        (),
        (ProductSpec("p", (OperationSpec("heat", ("oven",), (step,)),)),),
        (SourceSpec("s", "p", Exponential(1.0 / lam)),),
    )


def seen(run: Result) -> tuple[float, float, float]:
    """Return arrivals [1/s], share of time at work, and W [s] of a run."""
    window = run.window
    plant = window.plant
    share = run.machines["oven"].shares["producing"]
    return plant.entered / window.elapsed, share, plant.sojourn / plant.left


@pytest.mark.parametrize("least", [1, 2, 4])
def test_an_oven_waits_as_the_bulk_queue_does(least: int):
    """W of M/M(1,4)/1, M/M(2,4)/1 and M/M[4]/1 within 4 s.e. (ORACLES A20, A21)."""
    lam = 2.4
    model = oven(lam, Exponential(1.0), BatchSpec(4, least))
    scenario = Scenario(horizon=3200.0, measure_from=200.0, seed=1)
    found = observe(model, scenario, 20, seen)
    expected = bulk(lam, 1.0, 4, least)
    _, busy = chain(lam, 1.0, least, 4)
    stays = controlled(found[:, 2].tolist(), [found[:, 0].tolist()], [lam])
    works = controlled(found[:, 1].tolist(), [found[:, 0].tolist()], [lam])
    assert abs(stays.estimate.value - expected.lead) <= 4.0 * stays.error
    assert stays.error <= 0.02 * expected.lead
    assert abs(works.estimate.value - busy) <= 4.0 * works.error
    assert works.error <= 0.02


def test_a_batch_forms_as_fast_as_its_pieces_come():
    """Of k in an oven that takes no time a piece waits (k - 1)/(2 lam) (Hopp & Spearman 9)."""
    model = oven(2.0, Fixed(0.0), BatchSpec(5, 5))
    values = observe(model, Scenario(horizon=2000.0, seed=3), 10, lambda run: (seen(run)[2],))
    error = values.std(ddof=1) / sqrt(len(values))
    assert abs(values.mean() - forming(2.0, 5)) <= 4.0 * error
    assert error <= 0.02


def test_nobody_waits_longer_than_the_wait_says_for_an_idle_oven():
    """Pieces come once in 100 s on average and wait 7 s for a second one, then go alone."""
    model = oven(0.01, Fixed(1.0), BatchSpec(2, 2, 7.0))
    values = observe(model, Scenario(horizon=50_000.0, seed=2), 10, lambda run: (seen(run)[2],))
    # A pair waits Exp(lam) cut at 7 s for the first, nothing for the second; 1 s in the oven.
    lam, wait = 0.01, 7.0
    alone = np.exp(-lam * wait)
    first = (1.0 - alone) / lam
    expected = 1.0 + first / (alone + 2.0 * (1.0 - alone))
    error = values.std(ddof=1) / sqrt(len(values))
    assert abs(values.mean() - expected) <= 4.0 * error + 0.02  # Some find the oven at work.
    assert error <= 0.05

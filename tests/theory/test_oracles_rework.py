"""Laws: operations that make scrap and send pieces back, against chains and queues."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.visits import visits
from tests.theory.plants import assert_agrees, observe, present, rate, sojourn, window


def reworked(operations, pace="saturating: true"):
    """Return a line of one machine per operation, given as keys of a file."""
    machines = "".join(f"  - id: m{k}\n" for k in range(1, len(operations) + 1))
    route = "".join(
        f"      - {{operation: op{k}, machines: [m{k}], {keys}}}\n"
        for k, keys in enumerate(operations, start=1)
    )
    return parse_plant(
        f"plant: line\nmachines:\n{machines}products:\n  - id: part\n    route:\n{route}"
        f"sources: [{{id: source, product: part, {pace}}}]\n"
    )


def made(run, machine):
    """Return how many operations *machine* has finished, whatever became of the piece."""
    counts = run.window.machines[machine].counts
    return sum(counts.get(what, 0.0) for what in ("good", "scrap", "rework"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_piece_visits_an_operation_until_it_is_good(share):
    """Visits are geometric with mean 1/(1 - p), and the pace is (1 - p)/s."""
    plant = reworked([f"duration_s: 1, rework: {{share: {share}}}"])
    assert visits(plant.products[0]) == pytest.approx((1 / (1 - share),), rel=1e-12)
    scenario = window(plant, 4000.0)

    def figures(run):
        return made(run, "m1") / run.window.plant.left, rate(run)

    seen = observe(plant, scenario, 20, figures)
    assert_agrees(1 / (1 - share), seen[:, 0], within=0.04)
    assert_agrees(1 - share, seen[:, 1], within=0.04)


def test_pieces_go_back_over_two_operations_and_some_are_scrap():
    """Visits for one good piece solve a linear system (absorbing chain, Kemeny & Snell 1960).

    op1 scraps .1; op2 scraps .05 and sends .25 back to op1. From v1 = 1 + .25 v2, v2 = .9 v1:
    v1 = 1/.775, v2 = .9/.775, good .7 v2 of each released; first-pass yield .9 x .7.
    """
    plant = reworked(
        ["duration_s: 1, scrap: 0.1",
         "duration_s: 1, scrap: 0.05, rework: {share: 0.25, to: op1}"],
        "every: {exponential: {mean_s: 2.5}}",
    )  # fmt: skip
    good = 0.7 * 0.9 / 0.775
    expected = (1 / 0.775 / good, 0.9 / 0.775 / good)
    assert visits(plant.products[0]) == pytest.approx(expected, rel=1e-12)

    def figures(run):
        kpis = run.kpis
        pieces = kpis["good_pieces"].value
        return (
            made(run, "m1") / pieces,
            made(run, "m2") / pieces,
            kpis["first_pass_yield"].value,
            run.machines["m2"].quality,
        )

    seen = observe(plant, window(plant, 20000.0, warm_up=100.0), 20, figures)
    for column, value in enumerate((*expected, 0.63, 0.7)):
        assert_agrees(value, seen[:, column], within=0.04)


@pytest.mark.parametrize("most", [1, 3])
def test_a_piece_that_went_back_often_enough_is_scrap(most):
    """At most n times back: scrap is p^(n + 1) of all, visits (1 - p^(n + 1))/(1 - p)."""
    share = 0.5
    plant = reworked([f"duration_s: 1, rework: {{share: {share}, most: {most}}}"])
    lost = share ** (most + 1)

    def figures(run):
        left = run.window.plant.left
        return run.kpis["scrapped_pieces"].value / left, made(run, "m1") / left

    seen = observe(plant, window(plant, 6000.0), 20, figures)
    assert_agrees(lost, seen[:, 0], within=0.06)
    assert_agrees((1 - lost) / (1 - share), seen[:, 1], within=0.04)


def test_a_queue_with_feedback_is_that_of_its_total_rate():
    """M/M/1 with feedback p is M/M/1 with the rate lam/(1 - p) (Jackson, Oper. Res. 5, 1957).

    lam .4, mu 1, p .3: rho .571429, L 1.333333, W = L/lam 3.333333.
    """
    rho = 0.4 / 0.7
    plant = reworked(
        ["duration: {exponential: {mean_s: 1}}, rework: {share: 0.3}"],
        "every: {exponential: {mean_s: 2.5}}",
    )
    scenario = window(plant, 10000.0, warm_up=200.0)
    seen = observe(plant, scenario, 20, lambda run: (present(run), sojourn(run)))
    assert_agrees(rho / (1 - rho), seen[:, 0])
    assert_agrees(rho / (1 - rho) / 0.4, seen[:, 1])


def test_an_order_ends_with_all_its_good_pieces():
    """Scrap is replaced: 40 good pieces at 20 % scrap, one for each scrapped piece."""
    plant = reworked(["duration_s: 10, scrap: 0.2"])
    scenario = parse_scenario(
        "{scenario: day, plant: line, horizon: 1 h, "
        "orders: [{id: o, product: part, quantity: 40}]}",
        plant,
    )
    run = simulate(plant, scenario)
    (order,) = run.window.orders
    assert order.finished == 40
    assert order.scrapped > 0
    assert order.finish == 10.0 * (40 + order.scrapped)

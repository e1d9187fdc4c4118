"""Laws: shops with a limit on work in progress or with cards (ORACLES C5, C7)."""

from __future__ import annotations

import pytest

from simtwin.oracles.chain import steady
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from tests.theory.plants import (
    assert_agrees,
    exponential,
    fixed,
    observe,
    present,
    rate,
    sojourn,
    window,
)


def pulled(laws, *, conwip=None, cards=(), every=None):
    """Return a line of one machine per law, with a limit over all or cards at its stations."""
    machines = "".join(
        f"  - {{id: m{k}{f', kanban: {cards[k - 1]}' if cards else ''}}}\n"
        for k in range(1, len(laws) + 1)
    )
    route = "".join(
        f"      - {{operation: op{k}, machines: [m{k}], duration: {law}}}\n"
        for k, law in enumerate(laws, start=1)
    )
    flow = "" if conwip is None else f"flow: {{conwip: {conwip}}}\n"
    pace = "saturating: true" if every is None else f"every: {every}"
    return parse_plant(
        f"plant: line\n{flow}machines:\n{machines}products:\n  - id: part\n    route:\n{route}"
        f"sources: [{{id: source, product: part, {pace}}}]\n"
    )


@pytest.mark.parametrize("w", [1, 2, 4, 8, 16])
def test_conwip_of_four_exponential_stations(w):
    """Throughput w/(w + 3), cycle time w + 3: the practical worst case (ORACLES C5).

    Hopp & Spearman, Factory Physics; mean value analysis gives it exactly. What waits outside
    is no work in progress, so that is w all the time.
    """
    expected = w / (w + 3)
    plant = pulled([exponential(1.0)] * 4, conwip=w)
    scenario = window(plant, 3000.0, warm_up=100.0)
    seen = observe(plant, scenario, 20, lambda run: (rate(run), sojourn(run), present(run)))
    assert_agrees(expected, seen[:, 0], within=0.04)
    assert_agrees(w / expected, seen[:, 1], within=0.04)
    assert set(seen[:, 2]) == {float(w)}


@pytest.mark.parametrize(
    ("w", "throughput", "cycle"), [(1, 1 / 6, 6.0), (2, 1 / 3, 6.0), (3, 1 / 3, 9.0)]
)
def test_conwip_of_fixed_times(w, throughput, cycle):
    """Times 1, 2, 3 with w = 1, 2, 3: Hopp & Spearman's best case, exactly (ORACLES C7)."""
    plant = pulled([fixed(1.0), fixed(2.0), fixed(3.0)], conwip=w)
    run = simulate(plant, window(plant, 600.0, warm_up=60.0), history=False)
    assert throughput == rate(run)
    assert cycle == sojourn(run)
    assert w == present(run)


def test_an_order_is_let_in_by_priority_when_somebody_has_left():
    """Who waits outside comes in by priority, then by release, then by name (ORACLES C7).

    Each piece takes 6 s alone in the shop. Urgent comes at 1 s and goes before b.
    """
    plant = pulled(
        [fixed(1.0), fixed(2.0), fixed(3.0)], conwip=1, every="{fixed: {value_h: 9}}"
    )
    scenario = parse_scenario(
        "scenario: day\nplant: line\nhorizon_s: 60\norders:\n"
        "  - {id: b, product: part, quantity: 2}\n"
        "  - {id: a, product: part}\n"
        "  - {id: urgent, product: part, release_s: 1, priority: 5}\n",
        plant,
    )
    run = simulate(plant, scenario)
    assert {row.order: row.finish for row in run.window.orders} == {
        "a": 6.0,
        "urgent": 12.0,
        "b": 24.0,
    }
    assert run.window.plant.left == 4
    assert 24.0 == run.window.plant.sojourn == run.window.plant.area


@pytest.mark.parametrize("cards", [(1, 1), (1, 3), (2, 2), (3, 2)])
def test_two_exponential_kanban_stations(cards):
    """Cards k1 and k2 give n/(n + 1) with n = k1 + k2 pieces between the machines.

    The first machine works while not all of n are done there and not here: a birth and death
    process on 0 .. n. A buffer of B slots has n = B + 2 (ORACLES B1): cards count also the
    pieces in the machines. Buzacott & Shanthikumar 1993, ch. 4.
    """
    n = sum(cards)
    plant = pulled([exponential(1.0)] * 2, cards=cards)
    seen = observe(plant, window(plant, 1500.0, warm_up=50.0), 20, lambda run: (rate(run),))
    assert_agrees(n / (n + 1), seen[:, 0], within=0.04)


def chain_throughput(cards):
    """Return the throughput of three kanban stations of rate 1 from their Markov chain.

    A state is (store 1, queue and machine 2, store 2, queue and machine 3).
    """

    def settled(one, two, store, three):
        while (store and three < cards[2]) or (one and two + store < cards[1]):
            if store and three < cards[2]:
                store, three = store - 1, three + 1
            else:
                one, two = one - 1, two + 1
        return one, two, store, three

    def moves(state):
        one, two, store, three = state
        found = []
        if one < cards[0]:
            found.append((settled(one + 1, two, store, three), 1.0))
        if two:
            found.append((settled(one, two - 1, store + 1, three), 1.0))
        if three:
            found.append((settled(one, two, store, three - 1), 1.0))
        return found

    return sum(p for state, p in steady((0, 0, 0, 0), moves).items() if state[3])


@pytest.mark.parametrize("cards", [(1, 1, 1), (2, 1, 2), (2, 3, 2)])
def test_three_exponential_kanban_stations(cards):
    """Three kanban stations against their chain; one card each is blocking without a buffer.

    That is 22/39 (ORACLES B2). With two cards a machine goes on while its finished piece waits
    in the store (Mitra & Mitrani 1990).
    """
    expected = chain_throughput(cards)
    if cards == (1, 1, 1):
        assert expected == pytest.approx(22 / 39, rel=1e-9)
    plant = pulled([exponential(1.0)] * 3, cards=cards)
    seen = observe(plant, window(plant, 1500.0, warm_up=50.0), 20, lambda run: (rate(run),))
    assert_agrees(expected, seen[:, 0], within=0.04)

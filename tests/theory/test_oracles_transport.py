"""Laws: pieces that are carried between stations (ORACLES A16), and by how many movers."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant
from tests.theory.plants import (
    assert_agrees,
    exponential,
    fixed,
    observe,
    present,
    rate,
    share,
    sojourn,
    window,
)


def carried(transport, laws, *, every=None, buffers=()):
    """Return a line of one machine per law with ways between them."""
    machines = "".join(
        f"  - {{id: m{k}{f', buffer: {buffers[k - 1]}' if buffers else ''}}}\n"
        for k in range(1, len(laws) + 1)
    )
    route = "".join(
        f"      - {{operation: op{k}, machines: [m{k}], duration: {law}}}\n"
        for k, law in enumerate(laws, start=1)
    )
    pace = "saturating: true" if every is None else f"every: {every}"
    return parse_plant(
        f"plant: line\ntransport: {transport}\nmachines:\n{machines}products:\n  - id: part\n"
        f"    route:\n{route}sources: [{{id: source, product: part, {pace}}}]\n"
    )


def test_one_machine_between_two_ways():
    """Output, utilisation, WIP and throughput time of a published test (ORACLES A16).

    The row's bounds hold for the mean of 20 runs; the machine alone is M/D/1 with L = W = 2.4.
    """
    plant = carried(
        "{time: {normal: {mean_s: 0.1, sd_s: 0.01}}}", [fixed(0.8)], every=exponential(1.0)
    )
    station = plant.stations[0].name

    def figures(run):
        there = run.window.places[station]
        return (
            float(run.window.plant.left),
            share(run, "m1", "producing"),
            present(run),
            sojourn(run),
            there.sojourn / there.left,
        )

    output, busy, wip, through, _ = observe(plant, window(plant, 2000.0), 20, figures).T
    assert 1950 <= output.mean() <= 2050
    assert 0.78 <= busy.mean() <= 0.82
    assert 2 <= wip.mean() <= 4
    assert 2 <= through.mean() <= 4
    long = observe(plant, window(plant, 8000.0, warm_up=300.0), 20, figures)
    assert_agrees(2.4, long[:, 4])
    assert_agrees(2.6, long[:, 3])


def test_ways_without_limit_are_a_pure_delay():
    """Three ways of 5 s add 15 s to each stay and nothing to the pace."""
    plant = carried("{time_s: 5}", [fixed(2.0), fixed(3.0)], every="{fixed: {value_s: 4}}")
    run = simulate(plant, window(plant, 400.0, warm_up=100.0))
    assert sojourn(run) == 20.0
    assert rate(run) == 0.25
    assert run.window.plant.area / run.window.elapsed == 5.0


@pytest.mark.parametrize("movers", [1, 2, 3])
def test_movers_are_servers_of_a_closed_form(movers):
    """One way of mean 1 before a fast machine: the movers are M/M/c (Erlang C; ORACLES A4).

    lam = .5 c, mu = 1. The queue for movers stands at the release, so W of the plant is that
    of M/M/c and the machine adds its .001 s.
    """
    lam = 0.5 * movers
    plant = carried(
        f"{{movers: {movers}, time: {exponential(1.0)}, times_min: {{m1: {{exit: 0}}}}}}",
        [fixed(0.001)],
        every=exponential(1 / lam),
    )
    rho, term, total = 0.5, 1.0, 0.0
    for k in range(movers):
        total += term
        term *= lam / (k + 1)
    waits = term / (1 - rho) / (total + term / (1 - rho))
    expected = 1.0 + waits / (movers - lam)
    seen = observe(
        plant, window(plant, 2000.0 / lam, warm_up=50.0), 20, lambda run: (sojourn(run),)
    )
    assert_agrees(expected, seen[:, 0] - 0.001)


def test_a_place_is_kept_for_a_piece_on_its_way():
    """One slot, a way of 10 s, machines of 1 and 4 s (KERNEL 26).

    Reserved and present are at most the slot and the machine, so two pieces are past m1 at any
    time; a place is free again when its piece is done, at least 14 s after it was taken.
    """
    plant = carried(
        "{times_min: {m1: {m2: 0.16666666666666666}}}", [fixed(1.0), fixed(4.0)], buffers=(9, 1)
    )
    run = simulate(plant, window(plant, 1400.0, warm_up=140.0))
    assert rate(run) == pytest.approx(2 / 14, rel=0.01)
    log = run.log
    assert log is not None
    there = 0
    for row in log.pieces:
        there += (row.kind == "sent") - (row.kind == "done")
        assert there <= 2

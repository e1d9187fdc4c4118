from __future__ import annotations

import json

import pytest

from simtwin.errors import UnknownSnapshot
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.streams import Streams
from tests.laws.branches import (
    after,
    begin,
    cuts_for_pairs,
    finish,
    first_difference,
    resume,
    snapshots,
    story,
    stretches,
)
from tests.laws.shops import LINE, TEXTS, shop

EVERY_GUARD = {
    "open", "plan", "trip", "reset", "worn", "break", "stall", "spall", "life", "age",
}  # fmt: skip
EVERY_PHASE = {
    "cut", "run-up", "change", "refit", "open", "cooling", "repair", "waiting", "maintenance",
    "stopped", "overload", "program", "setup", "off", "unset",
    "pending", "upkeep",
}  # fmt: skip


def part_ways(
    name: str, seed: int, wanted: int
) -> tuple[list[str], dict[tuple[str, str], int]]:
    """Return where branches part from the original, and the cuts in each pair."""
    model, scenario = shop(name)
    chance = Streams(seed)[name, "cuts"]
    cuts, covered = cuts_for_pairs(stretches(model, scenario, seed), wanted, chance)
    taken, whole = snapshots(model, scenario, seed, cuts)
    wrong = []
    for cut, text in taken:
        branch = story(finish(resume(model, scenario, text)), cut)
        difference = first_difference(branch, after(whole, cut))
        if difference:
            wrong.append(f"cut at {cut!r}: {difference}")
    return wrong, covered


@pytest.mark.parametrize(("name", "seed"), [(name, seed) for name in TEXTS for seed in (1, 11)])
def test_a_branch_goes_on_as_the_original(name: str, seed: int):
    """A shop rebuilt from JSON tells what the original tells, bit for bit (KERNEL 20, 21).

    Log rows, history rows, totals and the final snapshot; cuts in every pair of mode and
    pending alarm that the run reaches, half of them exactly on event instants.
    """
    wrong, covered = part_ways(name, seed, wanted=4)
    assert wrong == []
    assert min(covered.values()) >= 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "seed"), [(name, seed) for name in TEXTS for seed in range(3)]
)
def test_a_branch_goes_on_as_the_original_at_twenty_cuts_in_every_pair(name: str, seed: int):
    """No pair of mode and pending alarm parts a branch from its original (KERNEL 20, 21)."""
    wrong, covered = part_ways(name, seed, wanted=20)
    assert wrong == []
    assert min(covered.values()) >= 20


def test_the_shops_of_these_tests_reach_every_guard_and_every_phase():
    """The branch law is tried in all that a machine can do and wait for (KERNEL 21)."""
    pairs = {
        pair
        for name in TEXTS
        for seed in (1, 11)
        for stretch in stretches(*shop(name), seed)
        for pair in stretch.pairs
    }
    assert {guard for _, guard in pairs} == EVERY_GUARD
    assert {mode.partition("(")[2][:-1] for mode, _ in pairs} == EVERY_PHASE


@pytest.mark.parametrize("name", TEXTS)
def test_a_branch_of_a_branch_goes_on_as_the_original(name: str):
    """A snapshot taken on a branch is the original's snapshot of that instant (KERNEL 16)."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    chance = Streams(3)[name, "cuts of cuts"]
    for _ in range(6):
        cuts = sorted(chance() * scenario.horizon for _ in range(3))
        taken, whole = snapshots(model, scenario, 3, cuts)
        branch = resume(model, scenario, taken[0][1])
        for cut, text in taken[1:]:
            branch.env.advance(cut)
            assert to_json(capture(branch)) == text
            branch = resume(model, scenario, text)
        final = story(finish(branch), cuts[-1])
        assert first_difference(final, after(whole, cuts[-1])) == ""


@pytest.mark.parametrize("name", TEXTS)
def test_a_rebuilt_shop_has_the_snapshot_it_was_built_from(name: str):
    """To build and to capture are inverse, and so are to_json and from_json (KERNEL 16)."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    cuts = [scenario.horizon * k / 8 for k in range(9)]
    for _, text in snapshots(model, scenario, 2, cuts)[0]:
        assert to_json(from_json(text)) == text
        assert to_json(capture(resume(model, scenario, text))) == text


def test_names_that_the_snapshot_uses_itself_are_names_like_others():
    """A piece may be called "is" and an order "orders": names are data (KERNEL 16)."""
    from dataclasses import replace

    model, scenario = shop("cell")
    orders = tuple(
        replace(order, name=name, quantity=1)
        for order, name in zip(scenario.orders, ("is", "pieces", "crew", "o", "q"), strict=True)
    )
    scenario = replace(scenario, orders=orders, sequence={}, dispatching="fifo")
    taken, whole = snapshots(model, scenario, 1, [20.0, 60.0])
    for cut, text in taken:
        branch = story(finish(resume(model, scenario, text)), cut)
        assert first_difference(branch, after(whole, cut)) == ""


@pytest.mark.parametrize("name", ["crew", "orders", "pieces", "station pair", "a"])
def test_a_machine_and_a_source_may_be_called_anything(name: str):
    """Names of entities of different kinds never meet in a snapshot (KERNEL 16)."""
    text = LINE.replace("id: d,", f"id: {name}d,").replace("[d, e]", f"[{name}d, e]")
    text = text.replace("id: f,", f"id: {name if name != 'a' else 'f'},")
    text = text.replace("machines: [f]", f"machines: [{name if name != 'a' else 'f'}]")
    text = text.replace("id: bars", f"id: {name}")
    model = parse_plant(text)
    scenario = parse_scenario("{scenario: s, plant: line, horizon: 30 min}", model)
    taken, whole = snapshots(model, scenario, 1, [500.0, 1100.0])
    for cut, saved in taken:
        branch = story(finish(resume(model, scenario, saved)), cut)
        assert first_difference(branch, after(whole, cut)) == ""


def test_a_snapshot_of_another_schema_or_plant_is_refused():
    """An unknown version is refused, and so is another plant's snapshot (KERNEL 16, 19)."""
    model, scenario = shop("cell")
    text = to_json(capture(begin(model, scenario)))
    with pytest.raises(UnknownSnapshot, match="schema_version 99"):
        from_json(json.dumps(json.loads(text) | {"schema_version": 99}))
    with pytest.raises(UnknownSnapshot, match="'cell', not of 'line'"):
        resume(*shop("line"), text)

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from msgspec import Struct, structs

from simtwin.result.record import FlowTotals, MachineTotals
from simtwin.result.snapshot import Snapshot
from simtwin.shop.capture import VALUES, from_json
from simtwin.streams import Streams
from tests.laws.branches import (
    Story,
    after,
    cuts_for_pairs,
    finish,
    first_difference,
    resume,
    snapshots,
    story,
    stretches,
)
from tests.laws.shops import shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simtwin.plant.model import PlantModel, Scenario

FORESEEN = [("SourceState", "last"), ("Fault", "worked"), ("Delivery", "begun")]
"""What only a forecast needs: see test_shop_forecast."""

REFUSING = [("ActsState", "moved")]
"""What only says whether a branch may be given an act: see test_shop_acts."""

FIELDS = [
    (kind, field)
    for kind, value in VALUES.items()
    for field in value.__struct_fields__
    if (kind, field) not in (*FORESEEN, *REFUSING)
]

LABEL = ("instant", "rank", "part", "guard")
"""What a snapshot keeps of an alarm."""


class Cut(NamedTuple):
    """One snapshot of a run, and what the run told after it."""

    model: PlantModel
    scenario: Scenario
    time: float
    text: str
    rest: Story


@cache
def pool() -> tuple[Cut, ...]:
    """Return cuts of lively runs, in an order that mixes them."""
    found = []
    for name, seed in (
        ("line", 11),
        ("workshop", 11),
        ("cell", 1),
        ("queue", 1),
        ("workshop", 3),
        ("presses", 3),
        ("shifts", 11),
        ("pulled", 1),
        ("rework", 1),
        ("carried", 1),
        ("carried", 11),
        ("urgent", 1),
        ("together", 1),
    ):
        model, scenario = shop(name)
        seen = stretches(model, scenario, seed)
        cuts, _ = cuts_for_pairs(seen, 2, Streams(seed)[name, "mutations"])
        if name == "queue":
            cuts = [stretch.begin for stretch in seen]
        if name == "shifts":  # Few repairs are laid down when a shift ends.
            lying = [s.begin for s in seen if any("(waiting)" in mode for mode, _ in s.pairs)]
            cuts += lying[::3]
        if name == "carried":
            cuts.append(100.0)  # A piece that has called could go another way without a mover.
        taken, whole = snapshots(model, scenario, seed, cuts)
        found += [Cut(model, scenario, t, text, after(whole, t)) for t, text in taken]
    chance = Streams(1)["pool", "order"]
    return tuple(cut for _, cut in sorted((chance(), cut) for cut in found))


def goes_wrong(cut: Cut, snapshot: Snapshot) -> bool:
    """Tell whether a branch from the changed *snapshot* breaks down or goes another way."""
    try:
        branch = story(finish(resume(cut.model, cut.scenario, snapshot)), cut.time)
    except Exception:  # noqa: BLE001 (whatever breaks down shows that the field is needed)
        return True
    return bool(first_difference(branch, cut.rest))


def neutral(value: Any) -> Any:
    """Return what a field would hold if it had been forgotten."""
    if isinstance(value, Struct):
        return type(value)(*map(neutral, structs.astuple(value)))
    return type(value)() if value is not None else None


def without(value: Any, kind: str, field: str) -> Any:
    """Return *value* with *field* forgotten in every value of *kind* inside."""
    if isinstance(value, Struct):
        items = structs.astuple(value)
        value = type(value)(*(without(item, kind, field) for item in items))
        if type(value).__name__ == kind:
            names, known = value.__struct_fields__, value.__struct_defaults__
            defaults = dict(zip(reversed(names), reversed(known), strict=False))
            default = defaults.get(field, neutral(getattr(value, field)))
            value = structs.replace(value, **{field: default})
        return value
    if isinstance(value, dict):
        return {key: without(item, kind, field) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(without(item, kind, field) for item in value)
    return value


def caught(change: Callable[[Snapshot], Snapshot]) -> Iterator[bool]:
    """Tell for every cut that *change* touches whether the branch law notices it."""
    for cut in pool():
        snapshot = from_json(cut.text)
        changed = change(snapshot)
        if changed != snapshot:
            yield goes_wrong(cut, changed)


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_no_field_of_a_state_can_be_forgotten(kind: str, field: str):
    """A snapshot without any one field of its states breaks the branch law (KERNEL 21)."""

    def change(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, states=without(snapshot.states, kind, field))

    assert any(caught(change)), f"{kind}.{field} is dead, or no cut here needs it"


@pytest.mark.parametrize("field", LABEL)
def test_no_field_of_an_alarm_can_be_forgotten(field: str):
    """A snapshot whose alarms lack a field breaks the branch law (KERNEL 16, 21)."""

    def change(snapshot: Snapshot) -> Snapshot:
        alarms = {
            name: type(alarm)(
                **{
                    label: neutral(getattr(alarm, label))
                    if label == field
                    else getattr(alarm, label)
                    for label in LABEL
                }
            )
            for name, alarm in snapshot.alarms.items()
        }
        return replace(snapshot, alarms=alarms)

    assert any(caught(change)), f"alarms need no {field}"


@pytest.mark.parametrize("field", MachineTotals.FIELDS)
def test_no_total_of_a_machine_can_be_forgotten(field: str):
    """A snapshot without one kind of total breaks the branch law (KERNEL 21, 30)."""

    def change(snapshot: Snapshot) -> Snapshot:
        twins = {name: totals.copy() for name, totals in snapshot.machine_totals.items()}
        for twin in twins.values():
            setattr(twin, field, getattr(MachineTotals(), field))
        return replace(snapshot, machine_totals=twins)

    assert any(caught(change))


@pytest.mark.parametrize("where", ["place", "plant"])
@pytest.mark.parametrize("field", FlowTotals.FIELDS)
def test_no_total_of_a_flow_can_be_forgotten(field: str, where: str):
    """A snapshot without one count or integral of a place breaks the branch law (KERNEL 21)."""

    def forgotten(totals: FlowTotals) -> FlowTotals:
        twin = totals.copy()
        setattr(twin, field, getattr(FlowTotals(), field))
        return twin

    def change(snapshot: Snapshot) -> Snapshot:
        if where == "plant":
            return replace(snapshot, plant_totals=forgotten(snapshot.plant_totals))
        places = {name: forgotten(totals) for name, totals in snapshot.place_totals.items()}
        return replace(snapshot, place_totals=places)

    assert any(caught(change))


@pytest.mark.parametrize("field", ["seed", "states", "alarms", "counts"])
def test_no_field_of_the_snapshot_can_be_forgotten(field: str):
    """A snapshot without its seed, states, alarms or draw counts breaks the law."""

    def change(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, **{field: neutral(getattr(snapshot, field))})

    assert any(caught(change))


def test_no_draw_count_can_be_forgotten():
    """A stream whose count is lost gives other luck on the branch (KERNEL 22)."""
    purposes = {
        key.partition("\x1f")[2] for cut in pool() for key in from_json(cut.text).counts
    }
    for purpose in sorted(purposes):

        def change(snapshot: Snapshot, purpose: str = purpose) -> Snapshot:
            kept = {
                k: n for k, n in snapshot.counts.items() if not k.endswith(f"\x1f{purpose}")
            }
            return replace(snapshot, counts=kept)

        assert any(caught(change)), f"the counts of {purpose!r} are not needed"

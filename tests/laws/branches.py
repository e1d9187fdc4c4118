"""How a test cuts a run and compares what follows: bit for bit, or not at all."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.shop.build import build
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop

Pair = tuple[str, str]
"""Mode and phase of a machine, and the guard of its pending alarm ("open" without one)."""


class Story(NamedTuple):
    """All that a run tells about the time after an instant."""

    states: list[Any]
    events: list[Any]
    pieces: list[Any]
    history: dict[str, list[tuple[Any, ...]]]
    final: str
    """The last snapshot as JSON, totals included; without checksum and digest of its plant."""


def begin(model: PlantModel, scenario: Scenario, seed: int | None = None) -> Shop:
    """Return a shop at its start, with a log."""
    streams = Streams(scenario.seed if seed is None else seed)
    return build(plan_of(model), scenario, streams, log=True)


def resume(model: PlantModel, scenario: Scenario, snapshot: Snapshot | str) -> Shop:
    """Return the shop that goes on from *snapshot*, with a log of its own."""
    if isinstance(snapshot, str):
        snapshot = from_json(snapshot)
    streams = Streams(snapshot.seed, snapshot.replication, counts=snapshot.counts)
    return build(plan_of(model), scenario, streams, snapshot=snapshot, log=True)


def finish(shop: Shop) -> Shop:
    """Run *shop* to the horizon of its scenario."""
    horizon = shop.scenario.horizon
    assert horizon is not None
    shop.env.advance(horizon)
    return shop


def story(shop: Shop, since: float = -1.0) -> Story:
    """Return what *shop* has told of the time after *since*."""
    log = shop.record.log
    assert log is not None
    for machine in shop.machines.values():
        machine.catch_up()
    return Story(
        [row for row in log.states if row.end > since],
        [row for row in log.events if row.time > since],
        [row for row in log.pieces if row.time > since],
        {name: _rows(history, since) for name, history in log.history.items()},
        re.sub(r'"(checksum|plant_digest)": "\w*", ', "", to_json(capture(shop))),
    )


def _rows(history: Any, since: float) -> list[tuple[Any, ...]]:
    """Return the rows of a history after *since*, loads and edges by value."""
    width, rows = history.width, history.rows
    first = bisect_right(history.instants, since)
    return [
        (
            rows[at],
            history.duties[int(rows[at + 1])].load,
            history.edges[int(rows[at + 2])],
            *rows[at + 3 : at + width],
        )
        for at in range(first * width, len(history) * width, width)
    ]


def pair(machine: Machine) -> Pair:
    """Return what a machine does and what it waits for."""
    alarm = machine.alarm
    guard = "open" if alarm is None else alarm.guard.partition(" ")[0]
    state = machine.state
    return f"{state.mode.name} ({state.phase})", guard


class Stretch(NamedTuple):
    """A stretch of the run between two instants with events, and the pairs in it."""

    begin: float
    end: float
    pairs: frozenset[Pair]


def stretches(model: PlantModel, scenario: Scenario, seed: int) -> list[Stretch]:
    """Run once, event by event, and note which pairs hold between the instants."""
    shop = begin(model, scenario, seed)
    horizon = scenario.horizon
    assert horizon is not None
    found = []
    while (upcoming := shop.env._queue[0][0]) <= horizon:
        shop.env.advance(upcoming)
        pairs = frozenset(map(pair, shop.machines.values()))
        found.append(Stretch(upcoming, min(horizon, shop.env._queue[0][0]), pairs))
    return found


def cuts_for_pairs(
    found: list[Stretch], wanted: int, chance: Callable[[], float]
) -> tuple[list[float], dict[Pair, int]]:
    """Return instants of which *wanted* fall into each pair, half of them on events.

    *chance* gives uniform numbers.
    """
    places: dict[Pair, list[Stretch]] = {}
    for stretch in found:
        for one in stretch.pairs:
            places.setdefault(one, []).append(stretch)
    covered = dict.fromkeys(places, 0)
    cuts = []
    for one in sorted(places, key=lambda p: len(places[p])):
        while covered[one] < wanted:
            stretch = places[one][int(chance() * len(places[one]))]
            on_event = covered[one] % 2 == 0
            cut = stretch.begin
            if not on_event:
                cut += chance() * (stretch.end - stretch.begin)
            cuts.append(cut)
            for other in stretch.pairs:
                covered[other] += 1
    return sorted(cuts), covered


def snapshots(
    model: PlantModel, scenario: Scenario, seed: int, cuts: Iterable[float]
) -> tuple[list[tuple[float, str]], Story]:
    """Run once, cutting on the way; return (instant, snapshot as JSON) and the whole story."""
    shop = begin(model, scenario, seed)
    taken = []
    for cut in cuts:
        shop.env.advance(cut)
        taken.append((cut, to_json(capture(shop))))
    finish(shop)
    return taken, story(shop)


def after(whole: Story, since: float) -> Story:
    """Return the part of *whole* after *since*."""
    return Story(
        [row for row in whole.states if row.end > since],
        [row for row in whole.events if row.time > since],
        [row for row in whole.pieces if row.time > since],
        {name: [row for row in rows if row[0] > since] for name, rows in whole.history.items()},
        whole.final,
    )


def first_difference(branch: Story, original: Story) -> str:
    """Return where two stories part, for the message of a failing test; "" when they agree."""
    found: list[tuple[float, str]] = []
    for name in ("states", "events", "pieces"):
        found += _parting(name, getattr(branch, name), getattr(original, name))
    for machine, rows in original.history.items():
        found += _parting(f"history of {machine}", branch.history[machine], rows)
    if found:
        return min(found)[1]
    return "" if branch.final == original.final else _snapshot_difference(branch, original)


def _parting(name: str, mine: list[Any], theirs: list[Any]) -> list[tuple[float, str]]:
    if mine == theirs:
        return []
    for a, b in zip(mine, theirs, strict=False):
        if a != b:
            return [(min(_when(a), _when(b)), f"{name}: branch {a}, original {b}")]
    rest = mine[len(theirs) :] or theirs[len(mine) :]
    return [(_when(rest[0]), f"{name}: {len(mine)} rows, original {len(theirs)}: {rest[0]}")]


def _when(row: Any) -> float:
    if hasattr(row, "_fields"):
        return float(row.end if hasattr(row, "end") else row.time)
    return float(row[0])


def _snapshot_difference(branch: Story, original: Story) -> str:
    at = next(
        (
            i
            for i, (a, b) in enumerate(zip(branch.final, original.final, strict=False))
            if a != b
        ),
        0,
    )
    low = max(0, at - 120)
    return f"final snapshot: {branch.final[low : at + 80]} / {original.final[low : at + 80]}"

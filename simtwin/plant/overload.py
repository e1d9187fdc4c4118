"""This module holds the overload: what flows through a shop that is asked more than it can do.

Before a station whose work is more than its time a queue grows as long as that lasts: how many
pieces are there, and how long one takes, settles nowhere. What settles is what flows: such a
station works all its time and passes on the same part of all that comes, and what is behind it
gets no more than that. Source: the fluid limit of a queueing network, H. Chen & D. D. Yao,
"Fundamentals of Queueing Networks", Springer 2001, doi 10.1007/978-1-4757-5301-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from simtwin.plant.expected import Expected
from simtwin.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simtwin.plant.capacity import Capacity, Flow
    from simtwin.plant.model import PlantModel
    from simtwin.result.verification import Kind

ROUNDS = 500
SETTLED = 1e-12
ROUNDING = 1e-9

NEAR = 0.95
"""Part served above which a queue that grows is hard to tell from one that does not."""

SOURCE = "all its time at work or in repair, and what that leaves for those behind"

HELD = (
    "not held against runs: pieces present and lead times, which settle nowhere; held are what "
    "comes out, the share of time at work, and how fast pieces gather"
)
BOUND_ONLY = (
    "not held against runs: pieces present and lead times, which settle nowhere; with {why} "
    "held is nothing but the most that can come out"
)


@dataclass(frozen=True, slots=True)
class Passing:
    """What passes a shop in the long run, beside what is asked of it."""

    served: Mapping[str, float]
    """Part of what comes to a station that it passes on [-]; below 1 its queue grows."""
    coming: Mapping[tuple[str, int, str], float]
    """Product, operation and station: pieces that come [1/h]."""

    @property
    def full(self) -> list[str]:
        """Stations before which pieces gather."""
        return [name for name, part in self.served.items() if part < 1.0 - ROUNDING]

    def growth(self, station: str) -> float:
        """Return how fast pieces gather at *station* [1/h]."""
        lost = 1.0 - self.served[station]
        return lost * fsum(rate for key, rate in self.coming.items() if key[2] == station)


def unlike(model: PlantModel) -> str:
    """Return what keeps the flow through *model* from being told; empty: nothing does."""
    if model.flow.conwip is not None or model.flow.conwip_of:
        return "a limit on work in progress"
    if any(station.kanban is not None for station in model.stations):
        return "cards"
    if any(station.capacity is not None for station in model.stations):
        return "buffers that run full and block"
    if any(op.judged for product in model.products for op in product.operations):
        return "scrap and rework"
    return ""


def passing(found: Capacity) -> Passing | None:
    """Return what passes in the long run; None where it does not settle.

    What comes to a station is what those before it pass on; where that is more than its time
    allows it passes on a like part of each, as first come first served does.
    """
    assert found.span is not None, "asked of a plant with sources"
    asked = {(f.product, f.operation, f.station): f for f in found.flows if f.pieces > 0.0}
    time = {s.station: s.offered or 0.0 for s in found.stations}
    per_hour = HOUR / found.span
    served = dict.fromkeys(time, 1.0)
    for _ in range(ROUNDS):
        coming = _coming(asked, served)
        after = {
            name: min(1.0, time[name] / work) if (work := _work(asked, coming, name)) else 1.0
            for name in time
        }
        if max(abs(after[name] - served[name]) for name in time) <= SETTLED:
            rates = {key: pieces * per_hour for key, pieces in coming.items()}
            return Passing(after, rates)
        served = after
    return None


def _coming(
    asked: Mapping[tuple[str, int, str], Flow], served: Mapping[str, float]
) -> dict[tuple[str, int, str], float]:
    """Return the pieces that come to each operation and station if *served* is passed on."""
    whole: dict[tuple[str, int], float] = {}
    left: dict[tuple[str, int], float] = {}
    coming = {}
    for key in sorted(asked, key=lambda key: key[:2]):
        product, operation, station = key
        step = product, operation
        if step not in whole:
            whole[step] = fsum(f.pieces for k, f in asked.items() if k[:2] == step)
        before = (product, operation - 1)
        come = left[before] if before in left else whole[step]
        coming[key] = come * asked[key].pieces / whole[step]
        left[step] = left.get(step, 0.0) + coming[key] * served[station]
    return coming


def _work(
    asked: Mapping[tuple[str, int, str], Flow],
    coming: Mapping[tuple[str, int, str], float],
    station: str,
) -> float:
    """Return the time that all that comes to *station* would take there [s]."""
    return fsum(
        pieces * (asked[key].taken.service.mean + asked[key].setup)
        for key, pieces in coming.items()
        if key[2] == station
    )


def expected(model: PlantModel, found: Capacity, flow: Passing) -> Iterator[Expected]:
    """Return what runs of *model* can be held against, with the *flow* that passes.

    Means of the long run where nothing is left out that counts; approximations where a crew
    may be waited for, setups depend on the sequence, something is renewed by plan, products
    share a station that is full, or it is hardly full. A station whose batches need not be
    full is left out.
    """
    last = {p.name: len(p.operations) - 1 for p in model.products}
    full = flow.full
    # Near its capacity a station takes long to show that it is full.
    loose = not full or max(flow.served[name] for name in full) > NEAR
    loose = loose or any(s.setups > 0.0 for s in found.stations) or bool(model.all_crews)
    loose = loose or bool(found.upkeep.policies)
    loose = loose or any(len(_kinds(flow, name)) > 1 for name in full)
    loose = loose or any(len(op.stations) > 1 for p in model.products for op in p.operations)
    kind: Kind = "approximation" if loose else "mean"
    together = {station.name for station in model.stations if station.batch is not None}
    out = 0.0
    taken = {(f.product, f.operation, f.station): f.taken.producing for f in found.flows}
    for load in found.stations:
        name = load.station
        keys = _kinds(flow, name)
        passed = {key: flow.coming[key] * flow.served[name] for key in keys}
        out += fsum(rate for key, rate in passed.items() if key[1] == last[key[0]])
        if name not in together or name in full:
            share = fsum(rate * taken[key] for key, rate in passed.items())
            share /= len(load.machines) * HOUR
            yield Expected("producing", name, share, "share", kind, SOURCE)
        if name in full:
            rate = fsum(passed.values())
            yield Expected("throughput", name, rate, "pieces/h", kind, SOURCE)
            yield Expected("growth", name, flow.growth(name), "pieces/h", kind, SOURCE)
    gathered = fsum(flow.growth(name) for name in full)
    yield Expected("throughput", "", out, "pieces/h", kind, SOURCE)
    yield Expected("growth", "", gathered, "pieces/h", kind, SOURCE)


def _kinds(flow: Passing, station: str) -> list[tuple[str, int, str]]:
    return [key for key in flow.coming if key[2] == station]

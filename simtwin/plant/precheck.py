"""This module holds the pre-check: what theory says of a plan before anybody runs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import fsum, inf, isfinite
from typing import TYPE_CHECKING, Any

from simtwin.plant.capacity import capacity
from simtwin.plant.crew_load import crew_load
from simtwin.plant.due_load import busiest, due_loads, overloaded
from simtwin.plant.expected import SHARED, Expected, loads_expected, tardiness_expected
from simtwin.plant.fastest_feed import quickened
from simtwin.plant.forecast import forecast
from simtwin.plant.setups import followed_by_chance, most_setups, undecided
from simtwin.plant.stoppage import awaited
from simtwin.result.digits import rounded_percent
from simtwin.result.moment import moment
from simtwin.units import HOUR, MINUTE, clock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from simtwin.plant.capacity import Capacity, StationLoad
    from simtwin.plant.crew_load import CrewLoad
    from simtwin.plant.decomposition import StationQueue
    from simtwin.plant.due_load import DueLoad
    from simtwin.plant.forecast import Forecast
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.order_bounds import LateOrder

SETUPS = (
    "setups are the least that there can be, one for each family of work and not for sources; "
    "with one for each piece they would take {most}: the dispatching decides"
)

BY_CHANCE = (
    "setups count as if any piece of the sources might follow any other, first come, first "
    "served; waiting for setters is left out"
)
LEFT_OUT = (
    "loads leave out waiting for the crew, heat, edges that break and the pieces they cost; "
    "repairs and refits count as often as in the long run, whatever the present age and wear"
)

PLANNED = (
    "planned maintenance counts: renewals at an age as often as the clock gets there, at fixed "
    "times with what they prevent; that a task waits for the end of a piece is left out"
)
NIGHTS = (
    "stops wait for the shift of {crews}: as long as on a machine that works whenever it can, "
    "an approximation"
)
DECIDED = "the tasks of {policy} are left out of the loads: what it decides only a run knows"

DATES_SHOWN = 7
"""Due dates in the table: those with the largest loads."""


@dataclass(frozen=True, slots=True)
class Precheck:
    """Loads and a forecast, without a run; :meth:`text` is what `check` prints."""

    capacity: Capacity
    forecast: Forecast
    expected: tuple[Expected, ...]
    """Numbers that `verify` holds against runs."""
    alternatives: bool
    """Whether some operation may be done at several stations."""
    crew: CrewLoad | None
    """None without a crew, or without work for it."""
    most_setups: float
    """Time of setups if each piece needed one; 0 where no machine must be set up [s]."""
    batches: tuple[tuple[str, int], ...]
    """Stations that take pieces together, and how many at most."""
    hourly: bool
    """Whether loads are per hour: there is no scenario."""
    start: str
    """The date and time of second 0."""
    by_chance: bool = False
    """Whether pieces of sources follow each other by chance, which tells their setups."""
    undecided: tuple[str, ...] = ()
    """Stations whose setups depend on who follows whom."""
    nights: tuple[str, ...] = ()
    """Crews whose shift stops wait for."""
    due: tuple[DueLoad, ...] = ()
    """Loads of all stations by each due date."""
    overdue: tuple[DueLoad, ...] = ()
    """The same at the fastest feed that is planned."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Stations that are asked too much, and orders that nothing can bring in time."""
        full = [s for s in self.capacity.loads if s.rho is not None and s.rho >= 1.0]
        if self.capacity.endless is not None:
            full = [s for s in full if s.left_over > 1e-6 * (s.offered or 0.0)]
        return (
            *map(self._overload, full),
            *map(self._left_by, overloaded(self.overdue)),
            *map(self._too_late, self.forecast.late),
        )

    def text(self) -> str:
        """Return loads, bounds and forecast as lines."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Return the same line by line: a table of loads, what it means, the forecast."""
        loads = [s for s in self.capacity.loads if s.work > 0.0]
        if loads:
            least = {*dict(self.batches), *self.undecided}
            yield from _aligned([*_load_rows(self.capacity, loads, self._said, least)])
        if self.due:
            yield from _aligned([*self._due_rows()])
        yield from self.warnings
        yield from self._limit()
        yield from self._bounds()
        yield from self._queues()
        yield from self._crew()
        yield from self.capacity.unknown
        yield from self.forecast.said
        if loads:
            yield from (SHARED,) if self.alternatives else ()
            if self.alternatives and self.forecast.network is not None:
                yield "in the shop a piece goes where least work lies ahead, and waits less"
            if self.most_setups > 0.0 and self.by_chance:
                yield BY_CHANCE
            elif self.most_setups > 0.0:
                yield SETUPS.format(most=_in_hours(self.most_setups))
            yield from (
                f"{name} counts as with full batches of {most}; smaller ones make it busier"
                for name, most in self.batches
            )
            if any(policy.decide is None for policy in self.capacity.upkeep.policies):
                yield PLANNED
            if self.nights:
                yield NIGHTS.format(crews=", ".join(self.nights))
            yield from (DECIDED.format(policy=p) for p in self.capacity.upkeep.decided)
            yield LEFT_OUT

    def as_dict(self) -> dict[str, Any]:
        """Return the same facts as plain values, for JSON."""
        top = self.capacity.bottleneck
        network = self.forecast.network
        return {
            "span_h": _hours(self.capacity.span),
            "stations": [_plain_load(station) for station in self.capacity.stations],
            "movers": None
            if self.capacity.movers is None
            else _plain_load(self.capacity.movers),
            "bottleneck": None if top is None else top.station,
            "endless_source": self.capacity.endless,
            "crew": None if self.crew is None else asdict(self.crew),
            "queues": [] if network is None else [_plain_queue(s) for s in network.stations],
            "lead_time_by_product_s": {} if network is None else dict(network.leads),
            "expected": [asdict(row) for row in self.expected],
            "batches": dict(self.batches),
            "due": [asdict(load) | {"rho": _finite(load.rho)} for load in self.due],
            "warnings": list(self.warnings),
            "said": [*self.capacity.unknown, *self.forecast.said],
        }

    @property
    def _said(self) -> Callable[[float], str]:
        """Return how times are said: in hours of a shift, in minutes of an hour."""
        longest = max((s.offered or s.work for s in self.capacity.stations), default=0.0)
        return _in_minutes if self.hourly or longest < 2.0 * HOUR else _in_hours

    def _overload(self, station: StationLoad) -> str:
        assert station.offered is not None
        said = f"rho >= 1 at {station.station}: "
        work = f"{self._said(station.work)} of work for {self._said(station.offered)}"
        if not station.offered:
            return f"{said}{work}: it is stopped all the time"
        if station.rho == 1.0:
            return f"{said}{work}{' in every hour' if self.hourly else ''}: no wait has room"
        rho = station.work / station.offered
        pieces = fsum(f.pieces for f in self.capacity.flows if f.station == station.station)
        if self.hourly and pieces == 0.0:
            return f"{said}{work} in every hour; pieces wait for them"
        if self.hourly:
            grows = pieces * (1.0 - 1.0 / rho)
            return f"{said}{work} in every hour; {grows:.3g} more pieces an hour wait there"
        return f"{said}{work}; {self._said(station.left_over)} will be left over"

    def _due_rows(self) -> Iterator[tuple[str, ...]]:
        """Return the table of due dates, each with the station that has most to do by then."""
        dates = busiest(self.due)
        fullest = sorted(dates, key=lambda load: load.rho, reverse=True)[:DATES_SHOWN]
        head = "due by" if len(dates) == len(fullest) else f"fullest of {len(dates)} due dates"
        yield (head, "busiest", "work due", "time", "load")
        for load in sorted(fullest, key=lambda load: load.due):
            share = f"{100 * load.rho:.0f} %" if isfinite(load.rho) else "-"
            at = moment(self.start, load.due)
            yield at, load.station, self._due(load.work), self._due(load.offered), share

    def _left_by(self, load: DueLoad) -> str:
        after = "" if not load.overhang else " beside pieces finished after the shifts"
        feed = " at the fastest feed planned" if self.overdue != self.due else ""
        late = self._due(load.too_much)
        if late.startswith("0.0 "):
            late = clock(load.too_much)
        told = f"will be late{', ' * bool(load.by)}" if load.certain else "are late "
        return (
            f"rho >= 1 at {load.station} until {moment(self.start, load.due)}: "
            f"{self._due(load.work)} of work is due by then for {self._due(load.offered)}"
            f"{feed}{after}; {late} {told}{load.by}"
        )

    @property
    def _due(self) -> Callable[[float], str]:
        """Return how times until due dates are said."""
        longest = max((max(load.work, load.offered) for load in self.due), default=0.0)
        return _in_minutes if longest < 2.0 * HOUR else _in_hours

    def _too_late(self, late: LateOrder) -> str:
        how = "will be late whatever is done" if late.late_anyway else f"is late {late.means}"
        machines = f"all machines{' at the fastest feed planned' * self.forecast.faster}"
        at = f"{moment(self.start, late.finish)}{' on average' * bool(late.means)}"
        return (
            f"{late.name} {how}: due {moment(self.start, late.due)}; alone on {machines} it "
            f"would be done at {at}"
        )

    def _limit(self) -> Iterator[str]:
        """Say what the source that never ends can bring, and who limits it."""
        source, span = self.capacity.endless, self.capacity.span
        if source is not None and span is not None:
            top = self.capacity.bottleneck
            rate = self.capacity.endless_pieces * HOUR / span
            verb = "limit" if top is self.capacity.movers else "limits"
            limits = f"; {top.station} {verb} it" if top is not None else ""
            yield f"{source} can bring at most {rate:.4g} pieces/h{limits}"
        if self.forecast.line is not None:
            found = self.forecast.line
            yield (
                f"expected {found.throughput * HOUR:.4g} pieces/h: the second machine starves "
                f"{100 * found.starved:.1f} % of the time, the first is blocked "
                f"{100 * found.blocked:.1f} %"
            )

    def _bounds(self) -> Iterator[str]:
        """Say what no schedule of the orders can beat."""
        told = {row.what: row.value for row in self.expected if row.kind == "at least"}
        if told.get("makespan") == inf:
            yield "the orders are never finished: no piece of some product ends good"
        elif "makespan" in told:
            means = f" {self.forecast.bounds_by}".rstrip()
            lead = f", {self.forecast.lead_by}".rstrip(", ")
            yield f"all orders take at least {clock(told['makespan'])}{means}"
            yield (
                f"a piece is in the shop for at least {clock(told['lead time'])} from its "
                f"release, on average{lead}"
            )

    def _crew(self) -> Iterator[str]:
        """Say how busy the crew is, and how long a repair waits for it."""
        if self.crew is None:
            return
        share = rounded_percent(self.crew.busy)
        said = f"the crew of {self.crew.members} is busy with repairs {share} of the time"
        if self.crew.busy >= 1.0:
            yield f"rho >= 1 of the crew: {said}; machines wait for it"
        elif self.crew.wait:
            yield f"{said}; a repair waits some {clock(self.crew.wait)} for it"
        else:
            yield said

    def _queues(self) -> Iterator[str]:
        """Say what waits where, and how long products take."""
        network = self.forecast.network
        if network is None:
            return
        rows = [("forecast", "wait", "pieces there")]
        rows += [(s.station, clock(s.wait), f"{s.present:.2f}") for s in network.stations]
        yield from _aligned(rows)
        end = (
            "to the exit, ways included"
            if self.capacity.carried
            else ("to the end of the last operation")
        )
        for product, lead in network.leads:
            yield f"{product}: {clock(lead)} from arrival {end}"
        yield f"plant: {network.present:.3g} pieces at a time"


def precheck(model: PlantModel, scenario: Scenario | None = None) -> Precheck:
    """Return what theory says of *scenario* on *model* before a run: loads, queues, bounds.

    Loads are of the horizon, per hour for a plant with sources and no scenario. What the
    scenario changes in the plant counts.

    >>> from simtwin.plant.files import load_with_plant
    >>> found = precheck(*load_with_plant("one_machine"))
    >>> found.capacity.bottleneck.station, f"{found.capacity.bottleneck.rho:.2f}"
    ('mill-1', '0.89')
    """
    if scenario is not None:
        model = scenario.changes.applied(model)
    found = capacity(model, scenario)
    foretold = forecast(model, scenario, found)
    due = overdue = () if scenario is None else due_loads(model, scenario)
    if scenario is not None and foretold.faster:
        overdue = due_loads(quickened(model, scenario), scenario)
    return Precheck(
        found,
        foretold,
        (
            *loads_expected(model, scenario, found),
            *foretold.expected,
            *tardiness_expected(model, overdue, foretold.late),
        ),
        any(len(op.stations) > 1 for product in model.products for op in product.operations),
        crew_load(model, found),
        most_setups(model, ((f.product, f.operation, f.pieces) for f in found.flows)),
        tuple((s.name, s.batch.most) for s in model.stations if s.batch is not None),
        scenario is None,
        "" if scenario is None else scenario.start,
        bool(model.sources) and followed_by_chance(model, scenario),
        undecided(model, scenario),
        awaited(model, found.upkeep),
        due,
        overdue,
    )


def _load_rows(
    found: Capacity,
    loads: Sequence[StationLoad],
    said: Callable[[float], str],
    bounds: Collection[str],
) -> Iterator[tuple[str, ...]]:
    """Return the table of loads, the largest marked; those of *bounds* are the least."""
    timed = found.span is not None
    setups = any(station.setups > 0.0 for station in loads)
    changes = any(station.changes > 0.0 for station in loads)
    repairs = any(station.repairs > 0.0 for station in loads)
    upkeep = any(station.upkeep > 0.0 for station in loads)
    head = ["station", "work", *["setups"] * setups, *["changes"] * changes]
    head += ["repairs"] * repairs + ["upkeep"] * upkeep
    yield (*head, *(["time", "load"] if timed else ["per machine"]))
    for station in loads:
        cells = [station.station, said(station.producing)]
        cells += [said(station.setups)] * setups + [said(station.changes)] * changes
        cells += [said(station.repairs)] * repairs + [said(station.upkeep)] * upkeep
        if station.offered is None or station.rho is None:
            cells.append(said(station.work / len(station.machines)))
        else:
            load = f"{100 * station.rho:.0f} %" if isfinite(station.rho) else "-"
            least = "at least " if station.station in bounds and load != "-" else ""
            cells += [said(station.offered), f"{least}{load}"]
        if station is found.bottleneck and len(loads) > 1:
            cells[-1] += "  the bottleneck"
        yield tuple(cells)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Return *rows* with aligned columns, the first set left, the others right."""
    pairs = [[cell.split("  ")[0] for cell in row] for row in rows]
    widths = [max(len(row[k]) for row in pairs) for k in range(len(rows[0]))]
    for row, plain in zip(rows, pairs, strict=True):
        cells = [plain[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(plain[1:], widths[1:], strict=True)]
        yield "  ".join(cells) + row[-1][len(plain[-1]) :]


def _in_hours(seconds: float) -> str:
    return f"{seconds / HOUR:.1f} h"


def _in_minutes(seconds: float) -> str:
    return f"{seconds / MINUTE:.1f} min"


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / HOUR


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _plain_load(station: StationLoad) -> dict[str, Any]:
    rho = station.rho
    return {
        "station": station.station,
        "machines": list(station.machines),
        "work_h": station.producing / HOUR,
        "setups_h": station.setups / HOUR,
        "changes_h": station.changes / HOUR,
        "repairs_h": station.repairs / HOUR,
        "upkeep_h": station.upkeep / HOUR,
        "offered_h": _hours(station.offered),
        "rho": _finite(rho),
        "left_over_h": station.left_over / HOUR,
    }


def _plain_queue(station: StationQueue) -> dict[str, Any]:
    return {
        "station": station.station,
        "wait_s": station.wait,
        "present": station.present,
        "ca2": station.ca2,
        "ce2": station.ce2,
    }

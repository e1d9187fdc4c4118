"""This module holds the forecast: work in progress and lead times that theory can tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, isclose
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.life import Exponential, Fixed
from simtwin.plant import overload
from simtwin.plant.bulk import bulk
from simtwin.plant.capacity import MOVERS
from simtwin.plant.carrying import takes_time
from simtwin.plant.decomposition import Network, StationQueue, network_queues
from simtwin.plant.expected import Expected
from simtwin.plant.model import HandleStep, TimedStep
from simtwin.plant.order_bounds import order_bounds
from simtwin.plant.setups import undecided
from simtwin.plant.stoppage import awaited
from simtwin.plant.two_machines import Line, exponential, fluid
from simtwin.plant.urgency import interrupting
from simtwin.units import HOUR

if TYPE_CHECKING:
    from simtwin.parts.failure import FailureSpec
    from simtwin.physics.life import Law
    from simtwin.plant.capacity import Capacity
    from simtwin.plant.model import MachineSpec, OperationSpec, PlantModel, Scenario
    from simtwin.plant.order_bounds import LateOrder
    from simtwin.result.verification import Kind


@dataclass(frozen=True, slots=True)
class Forecast:
    """What theory says of a plant before a run."""

    expected: tuple[Expected, ...] = ()
    network: Network | None = None
    """The stations of a plant with sources, one by one."""
    line: Line | None = None
    """A plant that is exactly a line of two machines [1/s]."""
    said: tuple[str, ...] = ()
    """How it was made, and what could not be derived, in words."""
    late: tuple[LateOrder, ...] = ()
    """Orders that no schedule can bring in time."""
    bounds_by: str = ""
    """By which means of what is drawn it holds what all orders take at least; or empty."""
    lead_by: str = ""
    """The same of the time of a piece in the shop."""
    faster: bool = False
    """Whether bounds are told at a faster feed than that at the start."""


NETWORK = "queueing network, station by station (Whitt 1983; Hopp & Spearman)"
ONE_STATION = "Pollaczek-Khinchine"
ORDERLY = frozenset({"fifo", "lifo"})
"""Rules that do not look at what a piece is: the mean wait of all is the same."""

BULK = "bulk service M/M(a,b)/1 (Neuts 1967; Gross & Harris 3.2)"


def forecast(model: PlantModel, scenario: Scenario | None, found: Capacity) -> Forecast:
    """Return what can be told of *model* with the loads *found*: queues, a line, or bounds."""
    ordered = scenario is not None and bool(scenario.orders)
    if not model.sources:
        return Forecast() if scenario is None else _of_orders(model, scenario, found)
    if found.unknown:
        return Forecast()
    why = _no_long_run(model, ordered=ordered)
    if why:
        return Forecast(said=(f"no forecast of queues: {why}",))
    if found.endless is not None:
        return _of_endless(model, found)
    full = [s.station for s in found.loads if (s.rho or 0.0) >= 1.0]
    if full:
        return _of_overload(model, scenario, found, full)
    if any(station.batch is not None for station in model.stations):
        batches = _of_batches(model, scenario, found)
        if batches is not None:
            return batches
    why = _unsettled(model, scenario, found)
    if why:
        return Forecast(said=(f"no forecast of queues: {why}",))
    try:
        network = network_queues(model, found)
    except OutOfRange:
        return Forecast(said=("no forecast of queues: with all repairs a load is 1",))
    stopped = scenario is not None and bool(scenario.interventions or scenario.maintenance)
    told = _of_network(model, network, exact=not stopped and _is_one_queue(model, network))
    return _served(told, _order_of_service(model, scenario))


def _served(told: Forecast, said: tuple[str, ...]) -> Forecast:
    """Return what is *told*, without lead times of products where more is *said* of it."""
    if not said or told.network is None:
        return told
    network = replace(told.network, leads=())
    return replace(told, network=network, said=(*told.said, *said))


def _order_of_service(model: PlantModel, scenario: Scenario | None) -> tuple[str, ...]:
    """Return what of the order in which pieces are served the queues leave out, in words."""
    said = []
    rule = "fifo" if scenario is None else scenario.dispatching
    kinds = sum(len(product.operations) for product in model.products)
    if scenario is not None and (scenario.sequence or (rule not in ORDERLY and kinds > 1)):
        name = rule if isinstance(rule, str) else "a rule of your own"
        said.append(
            f"queues are told as if first come, first served, and only over all products: "
            f"dispatching ({name}) serves in another order"
        )
    stations = interrupting(model)
    if stations:
        said.append(
            f"told over all products only: at {', '.join(stations)} the more urgent interrupts"
        )
    return tuple(said)


def _no_long_run(model: PlantModel, *, ordered: bool) -> str:
    """Return why no hour of the plant is like any other; empty: they are alike."""
    if any(machine.calendar is not None for machine in model.machines):
        return "machines have shifts"
    return "orders and sources share the stations, and orders end" if ordered else ""


def _unsettled(model: PlantModel, scenario: Scenario | None, found: Capacity) -> str:
    """Return why the queues of stations with time enough cannot be told; empty: they can."""
    together = [s.name for s in model.stations if s.batch is not None]
    if together:
        return (
            f"at {', '.join(together)} pieces wait for others to fill a batch and leave "
            "together, which the formulas for stations do not tell; runs do"
        )
    setups = undecided(model, scenario)
    if setups:
        return f"who follows whom decides the setups at {', '.join(setups)}"
    if found.upkeep.decided:
        return f"only a run knows what {', '.join(found.upkeep.decided)} decides"
    if found.movers is not None:
        return "pieces wait in their machines, and before the first, until a mover is free"
    return ""


def _of_movers(model: PlantModel, found: Capacity) -> Forecast:
    """Return what limited movers who are asked too much can bring to the exit at most."""
    assert found.movers is not None
    assert found.movers.offered is not None
    arriving = [source.interarrival for source in model.sources]
    brought = fsum(1.0 / law.mean for law in arriving if law is not None and law.mean > 0.0)
    most = brought * HOUR * found.movers.offered / found.movers.producing
    source = "movers under way all the time"
    row = Expected("throughput", "", most, "pieces/h", "at most", source)
    said = (
        "no forecast of queues: before the movers they grow as long as it lasts",
        f"movers bring at most {most:.4g} pieces/h, less where pieces wait in machines for one",
    )
    return Forecast((row,) if len(model.products) == 1 else (), said=said)


def _of_overload(
    model: PlantModel, scenario: Scenario | None, found: Capacity, full: list[str]
) -> Forecast:
    """Return what stations with too much work can put out at most, and what that means.

    A bound for any run: all machines of the station do nothing but the shortest of its work.
    """
    if MOVERS in full:
        return _of_movers(model, found)
    said = "no forecast of queues: before {} they grow as long as it lasts"
    acts = () if scenario is None else scenario.interventions
    if any(act.do in ("feed override", "spindle override") for act in acts):
        return Forecast(said=(said.format(", ".join(full)),))
    rows = []
    for station in found.stations:
        times = [flow.taken.producing for flow in found.flows
                 if flow.station == station.station and flow.pieces > 0.0]  # fmt: skip
        if station.station in full and min(times, default=0.0) > 0.0:
            most = len(station.machines) * HOUR / min(times)
            source = "its machines at work all the time"
            rows.append(
                Expected("throughput", station.station, most, "pieces/h", "at most", source)
            )
    fed = tuple(
        f"behind {row.place} come at most {row.value:.4g} pieces/h, whatever the loads of "
        "later stations say: they are told as if all that is asked came to them"
        for row in rows
    )
    why = "planned stops" if acts else overload.unlike(model)
    if undecided(model, scenario):
        why = why or "setups that the sequence decides"
    flow = None if why else overload.passing(found)
    if flow is None:
        only = overload.BOUND_ONLY.format(why=why or "work that goes in circles")
        return Forecast(tuple(rows), said=(said.format(", ".join(full)), *fed, only))
    rows += overload.expected(model, found, flow)
    gathers = tuple(
        f"{flow.growth(name):.3g} more pieces an hour gather at {name}, as long as it lasts"
        for name in flow.full
    )
    fed += tuple(
        f"{name} is asked too much, but those before it pass on no more than it can do"
        for name in full
        if name not in flow.full and flow.full
    )
    said = said.format(", ".join(flow.full or full))
    return Forecast(tuple(rows), said=(said, *fed, *gathers, overload.HELD))


def _of_batches(
    model: PlantModel, scenario: Scenario | None, found: Capacity
) -> Forecast | None:
    """Return the bulk queue that a plant is, if it is one: a machine, Poisson, exponential."""
    if len(model.machines) != 1 or len(model.products) != 1 or len(model.sources) != 1:
        return None
    machine, batch, source = model.machines[0], model.stations[0].batch, model.sources[0]
    operations = model.products[0].operations
    laws = source.interarrival, _law(operations[0], machine)
    stopped = scenario is not None and bool(scenario.interventions or scenario.maintenance)
    if batch is None or batch.wait is not None or stopped or machine.failures:
        return None
    if len(operations) != 1 or operations[0].judged or operations[0].setup > 0.0:
        return None
    if not all(isinstance(law, Exponential) for law in laws):
        return None
    rate, service = (law.mean for law in laws if law is not None)
    queue = bulk(1.0 / rate, service, batch.most, batch.least)
    station = StationQueue(machine.station, queue, 0.0, 1.0, 1.0)
    leads = ((model.products[0].name, queue.lead),)
    return _of_network(model, Network((station,), leads, 1.0 / rate), exact=True, source=BULK)


def _of_network(
    model: PlantModel, network: Network, *, exact: bool, source: str | None = None
) -> Forecast:
    """Return the queues of all stations, and of the plant."""
    kind: Kind = "exact" if exact else "approximation"
    source = source or (ONE_STATION if exact else NETWORK)
    rows = [
        Expected("throughput", "", network.throughput * HOUR, "pieces/h", "mean", "the sources")
    ]
    rows += [
        Expected("present", s.station, s.present, "pieces", kind, source)
        for s in network.stations
    ]
    rows.append(Expected("present", "", network.present, "pieces", kind, source))
    rows.append(Expected("lead time", "", network.lead, "s", kind, source))
    said = [source if exact else f"an approximation: {source}"]
    bounded = [s.name for s in model.stations if s.capacity is not None]
    if bounded and not exact:
        said.append(
            f"buffers are taken as boundless, also those of {', '.join(bounded)}: where one "
            "runs full, more waits upstream"
        )
    return Forecast(tuple(rows), network, None, tuple(said))


def _is_one_queue(model: PlantModel, network: Network) -> bool:
    """Tell whether the plant is one server with Poisson arrivals, of which all is known."""
    if len(network.stations) != 1 or len(model.products) != 1 or len(model.sources) != 1:
        return False
    law = model.sources[0].interarrival
    single = len(model.machines) == 1 and len(model.products[0].operations) == 1
    single = single and model.machines[0].spindle is None
    modes = model.machines[0].failures
    calm = all(isinstance(mode.life, Exponential) and mode.clock != "cycles" for mode in modes)
    clocks = {mode.clock for mode in modes}
    alone = len(modes) <= 1 or clocks == {"processing"}
    single = single and not model.products[0].operations[0].judged
    return single and isinstance(law, Exponential) and calm and alone and not _waits(model)


def _waits(model: PlantModel) -> bool:
    """Tell whether a repair may have to wait for a crew: for its shift, or its other work."""
    skills = {mode.skill for m in model.machines for mode in m.failures if mode.crew}
    for skill in skills:
        crews = [crew for crew in model.all_crews if skill in crew.skills]
        always = sum(crew.members for crew in crews if crew.calendar is None)
        asking = sum(any(mode.crew for mode in m.failures) for m in model.machines)
        others = model.needs_setups and any("setup" in crew.skills for crew in crews)
        if crews and (asking > always or others):
            return True
    return False


def _of_endless(model: PlantModel, found: Capacity) -> Forecast:
    """Return the most that a source that never ends can bring, or the line that it feeds.

    Where stops wait for the shift of a crew it is no bound: how long depends on their hour.
    """
    assert found.span is not None
    top = found.endless_pieces / found.span * HOUR
    most: Kind = "approximation" if awaited(model, found.upkeep) else "at most"
    limit = Expected("throughput", "", top, "pieces/h", most, "the largest load is 1")
    alone = not found.upkeep.policies and not takes_time(model.transport)
    line = _two_machines(model) if alone else None
    if line is None:
        return Forecast(
            (limit,),
            said=("blocking and starving between the stations cost some of that",),
        )
    answer, kind, source = line
    rows = (
        limit,
        Expected("throughput", "", answer.throughput * HOUR, "pieces/h", kind, source),
    )
    return Forecast(rows, None, answer, (f"a line of two machines: {source}",))


def _two_machines(model: PlantModel) -> tuple[Line, Kind, str] | None:
    """Return the line of a plant that is exactly two machines with a buffer, if it is."""
    if any(station.batch is not None for station in model.stations):
        return None
    if len(model.machines) != 2 or len(model.products) != 1 or _waits(model):
        return None
    operations = model.products[0].operations
    if len(operations) != 2 or any(len(operation.stations) != 1 for operation in operations):
        return None
    names = [operation.stations[0] for operation in operations]
    first, second = ([m for m in model.machines if m.station == name] for name in names)
    if names[0] == names[1] or len(first) != 1 or len(second) != 1:
        return None
    buffer = next(s.capacity for s in model.stations if s.name == names[1])
    laws = [_law(op, m) for op, m in zip(operations, (first[0], second[0]), strict=True)]
    stops = [_stop(machine) for machine in (first[0], second[0])]
    if buffer is None or None in laws or None in stops:
        return None
    return _line(buffer, [law for law in laws if law], [stop for stop in stops if stop])


Stop = tuple[float, float, str]
"""Rates of failure and repair [1/s], and whether they strike in use or by the calendar."""


def _line(buffer: int, laws: list[Law], stops: list[Stop]) -> tuple[Line, Kind, str] | None:
    clocks = {clock for rate, _, clock in stops if rate > 0.0}
    if len(clocks) > 1:
        return None
    calendar = clocks == {"calendar"}
    failure = stops[0][0], stops[1][0]
    repair = stops[0][1], stops[1][1]
    if all(isinstance(law, Exponential) for law in laws):
        rate = 1.0 / laws[0].mean, 1.0 / laws[1].mean
        found = exponential(
            buffer, rate=rate, failure=failure, repair=repair, calendar=calendar
        )
        return found, "exact", "the Markov chain of Gershwin & Berman 1981"
    alike = isclose(laws[0].mean, laws[1].mean, rel_tol=1e-9)
    if alike and all(isinstance(law, Fixed) for law in laws) and min(failure) > 0.0:
        speed = 1.0 / laws[0].mean
        found = fluid(
            float(buffer), speed=speed, failure=failure, repair=repair, calendar=calendar
        )
        return found, "approximation", "as if pieces flowed (Gershwin & Schick 1980)"
    return None


def _law(operation: OperationSpec, machine: MachineSpec) -> Law | None:
    """Return the law of the one step of *operation*; None where there is more to it."""
    if len(operation.steps) != 1 or machine.spindle is not None or machine.feed_override != 100:
        return None
    (step,) = operation.at(machine.station).steps
    if isinstance(step, HandleStep):
        return Fixed(step.duration)
    return step.duration if isinstance(step, TimedStep) and step.tool is None else None


def _stop(machine: MachineSpec) -> Stop | None:
    """Return how *machine* fails; None where it is not one exponential mode at most."""
    if not machine.failures:
        return 0.0, 1.0, "processing"
    if len(machine.failures) > 1:
        return None
    mode: FailureSpec = machine.failures[0]
    if not (isinstance(mode.life, Exponential) and isinstance(mode.repair, Exponential)):
        return None
    clock = {"processing": "processing", "calendar": "calendar", "powered": "calendar"}
    told = clock.get(mode.clock)
    return None if told is None else (1.0 / mode.life.mean, 1.0 / mode.repair.mean, told)


def _of_orders(model: PlantModel, scenario: Scenario, found: Capacity) -> Forecast:
    """Return what no schedule can beat: the largest load, the longest order, the mean route."""
    bounds = order_bounds(model, scenario, found)
    rows = (
        Expected("makespan", "", bounds.makespan, "s", "at least", _by(bounds.means)),
        Expected("lead time", "", bounds.lead, "s", "at least", _by(bounds.lead_means)),
    )
    said = ("bounds from work and routes alone, without waiting, changes or repairs",)
    return Forecast(
        rows,
        said=said,
        late=tuple(bounds.late(scenario.orders)),
        bounds_by=bounds.means,
        lead_by=bounds.lead_means,
        faster=bounds.faster,
    )


def _by(means: str) -> str:
    """Return why a bound is one, and by which *means*, if any."""
    return f"no schedule is faster, {means}" if means else "no schedule is faster"

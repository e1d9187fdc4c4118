"""This module holds the job shop: jobs as lists of machines and times, made in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.plant.craft import checked_name, plain_operation
from simtwin.plant.model import (
    MachineSpec,
    OrderSpec,
    PlantModel,
    ProductSpec,
    Scenario,
    StationSpec,
)
from simtwin.plant.unsaid import with_unsaid
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from simtwin.plant.craft import Time

    Machine: TypeAlias = int | str
    Route: TypeAlias = Sequence[tuple[Machine | Sequence[Machine], Time | Sequence[Time]]]


def job_shop(
    jobs: Sequence[Route] | Mapping[str, Route],
    *,
    dispatching: Any = "fifo",
    sequence: Mapping[Machine, Sequence[Machine]] | None = None,
    name: str = "job shop",
) -> tuple[PlantModel, Scenario]:
    """Return the plant and the scenario of *jobs*, each an order of one piece.

    All are released at the start.

    Parameters
    ----------
    jobs : sequence or mapping
        For each job its route: pairs of a machine and a time, seconds, or a law, as
        ``laws.Exponential(45.0)`` after ``from simtwin import laws``. A machine is a name,
        or a number n, called ``m{n}``; several in a tuple are alternatives, which may have a
        tuple of times, one for each. Jobs without names are called ``job-0``, ``job-1``, ...
    dispatching : str
        Who goes first, as in a scenario.
    sequence : mapping
        Machine -> jobs in the order of work, names or numbers; then *dispatching* follows it.
    name : str
        What plant and scenario are called.

    Examples
    --------
    >>> plant, scenario = job_shop([[(0, 3.0), (1, 2.0)], [(1, 4.0)]])
    >>> [machine.name for machine in plant.machines], [order.name for order in scenario.orders]
    (['m0', 'm1'], ['job-0', 'job-1'])
    """
    routes = (
        dict(jobs) if hasattr(jobs, "keys") else {f"job-{k}": r for k, r in enumerate(jobs)}
    )
    if not routes:
        raise InvalidInput("jobs: a shop needs a job at least")
    products = tuple(
        _product(checked_name(job, "jobs"), route) for job, route in routes.items()
    )
    used = {s for product in products for step in product.operations for s in step.stations}
    machines = sorted(used, key=natural)
    sequences = _sequence(sequence or {}, list(routes), machines)
    plant = PlantModel(
        name=checked_name(name, "name"),
        machines=tuple(MachineSpec(machine, machine) for machine in machines),
        stations=tuple(StationSpec(machine, (machine,)) for machine in machines),
        tools=(),
        products=products,
    )
    scenario = Scenario(
        name=name,
        orders=tuple(OrderSpec(job, job) for job in routes),
        dispatching="sequence" if sequence else dispatching,
        sequence=sequences,
    )
    return with_unsaid(plant), scenario


def _product(job: str, route: Any) -> ProductSpec:
    if not route:
        raise InvalidInput(f"jobs: {job!r} has no operation")
    operations = []
    for step, pair in enumerate(route):
        what = f"jobs: {job}[{step}]"
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise InvalidInput(f"{what}: must be a machine and a time (got {pair!r})")
        machine, time = pair
        places = machine if isinstance(machine, list | tuple) else (machine,)
        stations = tuple(dict.fromkeys(checked_name(_called(m, "m"), what) for m in places))
        operations.append(plain_operation(job, f"op{step}", stations, time, what))
    return ProductSpec(job, tuple(operations))


def _called(thing: Machine, prefix: str) -> str:
    return f"{prefix}{thing}" if isinstance(thing, int) else thing


def _sequence(
    sequence: Mapping[Machine, Sequence[Machine]], jobs: list[str], machines: list[str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for machine, order in sequence.items():
        place = _called(machine, "m")
        if place not in machines:
            raise InvalidInput(f"sequence: {unknown('machine', place, machines)}")
        found[place] = tuple(_called(job, "job-") for job in order)
        for job in found[place]:
            if job not in jobs:
                raise InvalidInput(f"sequence: {unknown('job', job, jobs)}")
    return found

"""This module holds the flow network of a plant: what each machine can make of one product."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.network import FlowNetwork, Visit
from simtwin.plant.wording import unknown
from simtwin.shop.plan import plan_of

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, PlantModel, ProductSpec

HOUR = 3600.0

ASSUMPTIONS = (
    "no buffers: a stop that a buffer bridges costs less",
    "a machine is up life / (life + repair) of the time, means of the plant file, for each of "
    "its failure modes, one independent of the other; clocks of use run as if it always worked",
    "waiting for a crew, bearings, heat and tool changes are left out",
)
"""What a flow network of a plant takes for granted."""


def network_of(plant: PlantModel, product: str | None = None) -> FlowNetwork:
    """Return the flow network of *product* in *plant*: its operations, each with alternatives.

    The capacity of a machine is 3600 s over the mean duration of the operation. A machine that
    does several operations shares its time among them. *product* may be left out where there
    is but one.

    Raises InvalidInput for a product that is not known, and an operation that takes no time.
    """
    spec = _product(plant, product)
    plan = plan_of(plant)
    members = {station.name: station.machines for station in plant.stations}
    places = [
        [machine for station in operation.stations for machine in members[station]]
        for operation in spec.operations
    ]
    seconds: dict[str, list[float]] = {}
    stages = []
    for index, (operation, names) in enumerate(zip(spec.operations, places, strict=True)):
        stage = []
        for name in names:
            nominal = plan.machines[name].nominal(spec.name, index)
            if not nominal > 0.0:
                raise InvalidInput(
                    f"{spec.name}/{operation.name} takes no time on {name}; a flow network "
                    "needs a duration above 0 s"
                )
            seconds.setdefault(name, []).append(nominal)
            several = sum(name in other for other in places) > 1
            stage.append(Visit(name, HOUR / nominal, operation.name if several else ""))
        stages.append(stage)
    up = {
        machine.name: availability(machine, sum(times) / len(times))
        for machine in plant.machines
        if (times := seconds.get(machine.name))
    }
    return FlowNetwork.chain(stages, up, product=spec.name, assumptions=ASSUMPTIONS)


def availability(machine: MachineSpec, cycle: float) -> float:
    """Return the share of time that *machine* is up [-], one piece every *cycle* [s].

    The product of life / (life + repair) over its failure modes; lives in cycles are of pieces.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Exponential, Fixed
    >>> from simtwin.plant.model import MachineSpec
    >>> mode = FailureSpec("belt", "cycles", Exponential(90.0), Fixed(600.0))
    >>> round(availability(MachineSpec("mill", "mill", failures=(mode,)), cycle=60.0), 6)
    0.9
    """
    share = 1.0
    for mode in machine.failures:
        life = mode.life.mean * (cycle if mode.clock == "cycles" else 1.0)
        if life < inf:
            share *= life / (life + mode.repair.mean)
    return share


def _product(plant: PlantModel, name: str | None) -> ProductSpec:
    products = {product.name: product for product in plant.products}
    if name is None and len(products) != 1:
        raise InvalidInput(
            f"product is missing: {plant.name} makes several, and each flows its own way "
            f"({', '.join(products)})"
        )
    name = next(iter(products)) if name is None else name
    if name not in products:
        raise InvalidInput(unknown("product", name, products))
    return products[name]

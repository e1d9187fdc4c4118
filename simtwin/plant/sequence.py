"""This module holds what is wrong with a given sequence: whom it names that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from simtwin.plant.model import PlantModel


def misfits(
    sequence: Mapping[str, tuple[str, ...]], plant: PlantModel, orders: Collection[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield where *sequence* does not fit the *plant* or the names of *orders*, and why.

    The place is the machine, or the machine and the number of the order in its list.
    """
    machines = [machine.name for machine in plant.machines]
    together = {name for s in plant.stations if s.batch is not None for name in s.machines}
    for machine, names in sequence.items():
        if machine not in machines:
            yield (machine,), unknown("machine", machine, machines)
        if machine in together:
            yield (
                (machine,),
                f"{machine!r} takes batches, whose pieces a rule picks: leave it out here",
            )
        for index, name in enumerate(names):
            if name not in orders:
                yield (machine, index), unknown("order", name, orders)

"""This module holds the line: stations in a row, one product, made in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from simtwin.errors import InvalidInput
from simtwin.parts.failure import Clock, FailureSpec
from simtwin.physics.life import Exponential
from simtwin.plant.craft import checked_name, law_of, plain_operation
from simtwin.plant.model import MachineSpec, PlantModel, ProductSpec, SourceSpec, StationSpec
from simtwin.plant.unsaid import with_unsaid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.physics.life import Law


def line(
    times: Sequence[float | Law],
    *,
    buffers: int | Sequence[int | None] | None = None,
    machines: int | Sequence[int] = 1,
    mtbf: float | Law | Sequence[float | Law | None] | None = None,
    mttr: float | Law | Sequence[float | Law | None] | None = None,
    clock: Clock = "processing",
    arrivals: float | Law | None = None,
    crew: int | None = None,
    name: str = "line",
) -> PlantModel:
    """Return a line of stations m1, m2, ... through which pieces of one product, part, go.

    Parameters
    ----------
    times : sequence
        Processing time of each station: seconds, or a law, as ``laws.Exponential(45.0)``
        after ``from simtwin import laws``.
    buffers : int or sequence
        Places between two stations, machines not counted; None is without limit. One number
        for all, or one for each gap, ``len(times) - 1`` of them.
    machines : int or sequence
        Machines of each station, with one queue. Several are called m1-1, m1-2, ...
    mtbf, mttr : float, law or sequence
        Time between failures and to repair: a mean [s] of an exponential law, or a law; one
        for all or one for each station, None for those that never fail.
    clock : str
        When a machine grows older: ``processing``, ``powered``, ``on_shift``, ``calendar``, or
        ``cycles``, for which *mtbf* counts pieces.
    arrivals : float or law
        Time between two pieces [s]; None: the first station never lacks one.
    crew : int
        Members of the repair crew; None: a repair never waits.
    name : str
        What the plant is called.

    Examples
    --------
    >>> from simtwin import laws
    >>> times = [60.0, laws.Exponential(45.0)]
    >>> plant = line(times, buffers=3, mtbf=[None, 7200.0], mttr=600.0)
    >>> [(station.name, station.capacity) for station in plant.stations]
    [('m1', None), ('m2', 3)]
    >>> [len(machine.failures) for machine in plant.machines]
    [0, 1]
    """
    count = len(times)
    if not count:
        raise InvalidInput("times: a line needs a station at least")
    gaps = _each(buffers, count - 1, "buffers")
    numbers = _each(machines, count, "machines")
    lives, repairs = _each(mtbf, count, "mtbf"), _each(mttr, count, "mttr")
    specs: list[MachineSpec] = []
    stations: list[StationSpec] = []
    for k in range(count):
        failures = _failures(lives[k], repairs[k], clock, f"[{k}]")
        station = f"m{k + 1}"
        number = _whole(numbers[k], f"machines[{k}]", least=1)
        names = [f"{station}-{n}" for n in range(1, number + 1)] if number > 1 else [station]
        specs += [MachineSpec(member, station, failures=failures) for member in names]
        gap = gaps[k - 1] if k else None
        capacity = None if gap is None else _whole(gap, f"buffers[{k - 1}]", least=0)
        stations.append(StationSpec(station, tuple(names), capacity))
    operations = tuple(
        plain_operation("part", f"op{k + 1}", (f"m{k + 1}",), time, f"times[{k}]")
        for k, time in enumerate(times)
    )
    if crew is not None:
        _whole(crew, "crew", least=1)
    plant = PlantModel(
        name=checked_name(name, "name"),
        machines=tuple(specs),
        stations=tuple(stations),
        tools=(),
        products=(ProductSpec("part", operations),),
        sources=(SourceSpec("source", "part", _pace(arrivals)),),
        crew=crew,
    )
    return with_unsaid(plant)


def _pace(arrivals: float | Law | None) -> Law | None:
    if arrivals is None:
        return None
    law = law_of(arrivals, "arrivals")
    if not law.mean > 0.0:
        raise InvalidInput("arrivals: pieces must not come all at once; must be > 0 [s]")
    return law


def _failures(life: Any, repair: Any, clock: Clock, where: str) -> tuple[FailureSpec, ...]:
    if life is None:
        return ()
    if repair is None:
        raise InvalidInput(f"mttr{where}: mtbf{where} needs it")
    known = get_args(Clock)
    if clock not in known:
        raise InvalidInput(f"clock: must be {', '.join(known)} (got {clock!r})")
    return (
        FailureSpec(
            "breakdown", clock, _lasting(life, f"mtbf{where}"), _lasting(repair, f"mttr{where}")
        ),
    )


def _lasting(value: Any, what: str) -> Law:
    """Return a law as it is, or the exponential one whose mean is the number *value*."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0.0 < value < 1e300:
            raise InvalidInput(f"{what}: must be > 0 (got {value})")
        return Exponential(float(value))
    return law_of(value, what)


def _each(value: Any, count: int, what: str) -> list[Any]:
    """Return one value for each of *count*: those given, or the one for all."""
    if isinstance(value, list | tuple):
        if len(value) != count:
            raise InvalidInput(f"{what}: must be one or {count} (got {len(value)})")
        return list(value)
    return [value] * count


def _whole(value: object, what: str, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"{what}: must be a whole number from {least} on (got {value!r})")
    return value

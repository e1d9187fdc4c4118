"""This module holds what plants made in Python are made of: laws from numbers, plain work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from simtwin.errors import InvalidInput
from simtwin.physics.life import Fixed
from simtwin.plant.fields import Name
from simtwin.plant.model import ElsewhereSpec, OperationSpec, TimedStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.physics.life import Law

    Time: TypeAlias = float | Law


def law_of(value: float | Law, what: str) -> Law:
    """Return a law as it is, or the one that is always the number *value* [s].

    >>> law_of(90, "time")
    Fixed(value=90.0)
    >>> law_of(-1, "times[2]")
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: times[2]: must be a time >= 0 [s] or a law (got -1)
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < 1e300:
        return Fixed(float(value))
    if not isinstance(value, bool | int | float | str) and hasattr(value, "ppf"):
        return value
    raise InvalidInput(f"{what}: must be a time >= 0 [s] or a law (got {value!r})")


def plain_operation(
    product: str, name: str, stations: Sequence[str], time: Time | Sequence[Time], what: str
) -> OperationSpec:
    """Return an operation that takes *time* [s or a law] at one of *stations*, without load.

    *time* may be one for each of them.
    """
    times: list[Any] = list(time) if isinstance(time, list | tuple) else [time]
    if len(times) not in (1, len(stations)):
        raise InvalidInput(f"{what}: needs one time, or {len(stations)} (got {len(times)})")
    laws = [law_of(one, what) for one in times]
    step = TimedStep(laws[0], share=0.0, speed_share=0.0, assumed=False)
    others = zip(stations[1:], laws[1:], strict=False)
    return OperationSpec(
        name,
        tuple(stations),
        (step,),
        f"{product}/{name}",
        elsewhere=tuple(ElsewhereSpec(station, law) for station, law in others),
    )


def checked_name(name: object, what: str) -> str:
    """Return *name* if simtwin can have it.

    >>> checked_name("a/b", "machine")
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: machine: must not contain '/', which stands between a whole
    and its part (got 'a/b')
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Name).validate_python(name)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        raise InvalidInput(f"{what}: {message} (got {name!r})") from None

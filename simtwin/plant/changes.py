"""This module holds the changes: a frozen plant or scenario with some values replaced."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.physics.life import Normal
from simtwin.plant.measures import refuse
from simtwin.plant.own_life import with_own_lives
from simtwin.plant.places import first_of, no_such, parts_of, places, text
from simtwin.plant.roster import with_machine, without_machine
from simtwin.plant.soundness import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.model import PlantModel
    from simtwin.plant.overtime import Overtime

Frozen = TypeVar("Frozen")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a scenario changes in its plant: machines first, then other values, then overtime.

    >>> bool(Changes()), bool(Changes(remove=("mill-3",)))
    (False, True)
    """

    values: dict[str, object] = field(default_factory=dict)
    """Dotted name -> value [SI]; ``*`` stands for any name in a list. The last one wins."""
    add: dict[str, str] = field(default_factory=dict)
    """New machine -> the one that it is like."""
    remove: tuple[str, ...] = ()
    """Machines that are taken away."""
    overtime: tuple[Overtime, ...] = ()
    """Shifts that calendars of the plant have beside their own."""

    def __bool__(self) -> bool:
        return bool(self.values or self.add or self.remove or self.overtime)

    def applied(self, plant: PlantModel) -> PlantModel:
        """Return *plant* with these changes; the original stays as it is.

        Raises InvalidInput for a name that does not exist, a value outside its bounds, or a
        machine that the plant cannot do without.
        """
        for name, like in self.add.items():
            plant = with_machine(plant, name, like=like)
        for name in self.remove:
            plant = without_machine(plant, name)
        plant = changed(plant, self.values)
        for shift in self.overtime:
            plant = shift.applied(plant)
        refuse_unsound(plant)
        return plant

    def also(self, values: Mapping[str, object]) -> Changes:
        """Return these changes and other *values* after them."""
        kept = {name: value for name, value in self.values.items() if name not in values}
        return replace(self, values={**kept, **values})


def changed(value: Frozen, changes: Mapping[str, object]) -> Frozen:
    """Return *value* with each dotted name in *changes* set to its new value.

    A part of a list is called by its name, ``machines.mill-1.tool_change``, or by its number
    from 0 where parts have none; ``*`` is any of them. Values are as the model keeps them: SI
    units.

    Raises InvalidInput for a name that does not exist, saying which do, and for a value of
    another kind than the one it replaces, or outside its bounds.
    """
    for name, new in changes.items():
        for place in places(value, name):
            refuse(place.measure, new, place.name)
            value = put(value, place.name, new)
    return value


def put(value: Frozen, name: str, new: object) -> Frozen:
    """Return *value* with what stands at the place *name* replaced by *new*, of its kind."""
    made: Any = _set(value, name, "", new)
    if name.startswith("tools."):
        made = with_own_lives(made)
    kept: Frozen = made
    return kept


def _set(value: Any, rest: str, done: str, new: object) -> Any:
    """Return *value* with what *rest* names in it replaced; *done* is the way to it."""
    parts = parts_of(value)
    key = first_of(parts, rest)
    if key is None:
        raise InvalidInput(no_such(rest, done, list(parts)))
    name = f"{done}.{key}" if done else key
    old = parts[key]
    inner = rest[len(key) + 1 :]
    if inner:
        made = _set(old, inner, name, new)
    else:
        made = new if _declared(value, key, new) else _checked(old, new, name)
    if is_dataclass(value) and not isinstance(value, type):
        try:
            return _remade(value, key, made)
        except OutOfRange as error:
            raise InvalidInput(f"{name}: {error}") from None
    if isinstance(value, dict):
        return {k: made if text(k) == key else part for k, part in value.items()}
    place = list(parts).index(key)
    return (*value[:place], made, *value[place + 1 :])


def _remade(value: Any, key: str, made: Any) -> Any:
    if isinstance(value, Normal):  # Made from its mean before the cut, which it calls location.
        location, sd = {"location": value.location, "sd": value.sd, key: made}.values()
        return Normal(location, sd)
    return replace(value, **{key: made})


def _declared(value: Any, key: str, new: object) -> bool:
    """Tell whether the field *key* of *value* is declared as None or the type of *new*."""
    if not is_dataclass(value) or isinstance(new, int | float | tuple | list):
        return False
    kind = "None" if new is None else type(new).__name__
    return any(
        part.name == key and kind in str(part.type).split(" | ") for part in fields(value)
    )


def _checked(old: Any, new: Any, name: str) -> Any:
    """Return *new* in the kind of *old*, which it replaces."""
    if isinstance(new, list):
        new = tuple(new)
    number = isinstance(new, int | float) and not isinstance(new, bool)
    if number and not isfinite(new):
        raise InvalidInput(f"{name}: must be finite (got {new})")
    if isinstance(old, float) and number:
        return float(new)
    fits = isinstance(new, type(old)) or (is_dataclass(old) and is_dataclass(new))
    if old is None or (fits and isinstance(new, bool) is isinstance(old, bool)):
        return new
    kind = "number" if isinstance(old, int | float) else type(old).__name__
    raise InvalidInput(f"{name}: must be a {kind} such as {str(old)[:60]} (got {new!r})")

"""This module holds the reading of ``changes`` and ``spread``: names, units and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.physics.life import Fixed
from simtwin.plant.calendar_schema import ALWAYS
from simtwin.plant.changes import Changes, changed
from simtwin.plant.file_words import of_plant
from simtwin.plant.measures import refuse
from simtwin.plant.overtime import read_overtime
from simtwin.plant.places import missing, named, parts_of, places
from simtwin.plant.roster import with_machine, without_machine
from simtwin.plant.soundness import refuse_unsound
from simtwin.plant.spread import OF_SCENARIO, bounded, spreads_at, unfit
from simtwin.plant.wording import unknown
from simtwin.plant.worn import refuse_overworn, wear_measures
from simtwin.units import SUFFIXES, read_quantity, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from simtwin.plant.change_schema import ChangesFile, SpreadFile
    from simtwin.plant.document import Document, Path
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.overtime import Overtime
    from simtwin.plant.places import Place
    from simtwin.plant.spread import Spread


def read_change(root: Any, key: str, given: object) -> tuple[str, object]:
    """Return the dotted name and the value [SI] that *key*: *given* means in *root*.

    The last word of a key says the unit, as in a file: ``machines.mill-1.refit_min``; a text
    with a unit needs none.

    Raises InvalidInput for a name that does not exist, a unit or a kind of value that does not
    fit, and a value outside its bounds.
    """
    of_a_plant = hasattr(root, "calendars")
    if of_a_plant:
        key = of_plant(root, key)
    name, suffix = key, None
    if not named(root, key):
        name, suffix = _without_unit(key)
        if suffix is None or not named(root, name):
            raise InvalidInput(missing(root, key if suffix is None else name, suffix))
    if all(isinstance(place.value, Fixed) for place in places(root, name)):
        name = f"{name}.value"  # What a file writes as one number is a law of it.
    if of_a_plant and suffix is None and name.endswith(".calendar"):
        return name, _calendar(root, given)
    found = {_value(place, suffix, given) for place in places(root, name)}
    if len(found) > 1:
        raise InvalidInput(f"{name} names numbers of different units; name them one by one")
    return name, found.pop()


def in_scenario(key: str) -> bool:
    """Tell whether *key* names something of a scenario, and not of its plant."""
    return key.partition(".")[0] in OF_SCENARIO


def read_changes(
    file: ChangesFile, plant: PlantModel, start: datetime, document: Document
) -> tuple[Changes, PlantModel]:
    """Return the changes of *file* to *plant*, and the plant as changed by what is sound.

    *start* is the date and time of second 0.

    Problems are left in *document*.
    """
    here: Path = ("changes",)
    add: dict[str, str] = {}
    for index, item in enumerate(file.add_machines):
        try:
            plant = with_machine(plant, item.id, like=item.like)
            add[item.id] = item.like
        except InvalidInput as error:
            document.complain((*here, "add_machines", index), str(error))
    remove: list[str] = []
    for index, name in enumerate(file.remove_machines):
        try:
            plant = without_machine(plant, name)
            remove.append(name)
        except InvalidInput as error:
            document.complain((*here, "remove_machines", index), str(error))
    keys = {key: given for key, given in file.set_.items() if not in_scenario(key)}
    values, plant = _set(plant, keys, document)
    overtime, plant = _overtime(file, plant, start, document)
    try:
        refuse_unsound(plant)
    except InvalidInput as error:
        document.complain((*here, "set"), str(error), key=True)
    return Changes(values, add, tuple(remove), overtime), plant


def _overtime(
    file: ChangesFile, plant: PlantModel, start: datetime, document: Document
) -> tuple[tuple[Overtime, ...], PlantModel]:
    found: list[Overtime] = []
    for name, texts in file.overtime.items():
        for index, text in enumerate(texts):
            try:
                shift = read_overtime(text, name, start)
                plant = shift.applied(plant)
                found.append(shift)
            except InvalidInput as error:
                path: Path = ("changes", "overtime", name, index)
                document.complain(path, str(error))
    return tuple(found), plant


def read_settings(
    file: ChangesFile, scenario: Scenario, plant: PlantModel, document: Document
) -> Scenario:
    """Return *scenario* of *plant* with the values that *file* sets in the scenario itself."""

    def check(made: Scenario) -> None:
        refuse_overworn(plant, made.start_from)

    keys = {key: given for key, given in file.set_.items() if in_scenario(key)}
    changed_one: Scenario = _set(scenario, keys, document, check)[1]
    return changed_one


def read_spread(
    items: Mapping[str, SpreadFile], roots: Mapping[str, Any], document: Document
) -> tuple[Spread, ...]:
    """Return the spreads of *items*; *roots* are what "plant" and "scenario" names mean."""
    kept: dict[str, list[Spread]] = {name: [] for name in roots}
    asked = roots.get("scenario")
    bounds = {} if asked is None else wear_measures(roots["plant"], asked.start_from)
    for key, item in items.items():
        kind = "scenario" if in_scenario(key) and "scenario" in roots else "plant"
        spread, path = item.spread(key), ("spread", key)
        try:
            found = bounded(places(roots[kind], key), bounds)
        except InvalidInput as error:
            document.complain(path, str(error), key=True)
            continue
        wrong = next((w for place in found if (w := _unfit(item, spread, place))), None)
        if wrong is not None:
            document.complain(path, wrong, key=True)
            continue
        try:
            spreads_at(roots[kind], [*kept[kind], spread], bounds)
        except InvalidInput as error:
            document.complain(path, str(error), key=True)
            continue
        kept[kind].append(spread)
    return tuple(spread for spreads in kept.values() for spread in spreads)


def _unfit(item: SpreadFile, spread: Spread, place: Place) -> str | None:
    """Return why *item* cannot say how uncertain *place* is, or None."""
    measure = place.measure
    if item.sd is not None and measure is not None and measure.suffix is not None:
        keys = [f"sd_{key}" for key in measure.keys if f"sd_{key}" in type(item).model_fields]
        return f"{place.name} has a unit: give {' or '.join(keys) or 'percent, or a factor'}"
    if item.suffix is not None and measure is not None and item.suffix not in measure.keys:
        return f"sd_{item.suffix} does not fit: {place.name} is {_kind(place)}"
    return unfit(spread, place)


def _set(
    root: Any,
    items: Mapping[str, object],
    document: Document,
    check: Callable[[Any], None] | None = None,
) -> tuple[dict[str, object], Any]:
    values: dict[str, object] = {}
    for key, given in items.items():
        try:
            name, value = read_change(root, key, given)
            made = changed(root, {name: value})
            if check is not None:
                check(made)
            root = made
            values.pop(name, None)
            values[name] = value
        except InvalidInput as error:
            document.complain(("changes", "set", key), str(error), key=True)
    return values, root


def _without_unit(key: str) -> tuple[str, str | None]:
    suffix = suffix_of(key.rpartition(".")[2])
    return (key, None) if suffix is None else (key.removesuffix(f"_{suffix}"), suffix)


def _value(place: Place, suffix: str | None, given: object) -> Any:
    """Return *given* as *place* keeps it."""
    if given is None and place.optional and suffix is None:
        return None
    if place.words or isinstance(place.value, bool):
        return _word(place, suffix, given)
    number = isinstance(place.value, int | float) or (
        place.value is None and place.measure is not None
    )
    if not number:
        inside = ", ".join(f"{place.name}.{part}" for part in parts_of(place.value))
        hint = f"; there are: {inside}" if inside else ""
        raise InvalidInput(f"{place.name} is no number that could be changed here{hint}")
    value = _number(place, suffix, given)
    refuse(place.measure, value, place.name, suffix)
    return int(value) if place.measure is not None and place.measure.whole else value


def _calendar(plant: PlantModel, given: object) -> str | None:
    """Return the calendar that *given* names; None: day and night."""
    names = [calendar.name for calendar in plant.calendars]
    if given is None or given == ALWAYS:
        return None
    if not isinstance(given, str) or given not in names:
        raise InvalidInput(unknown("calendar", str(given), [*names, ALWAYS]))
    return given


def _word(place: Place, suffix: str | None, given: object) -> object:
    allowed = place.words or ("true", "false")
    fits = given in place.words if place.words else isinstance(given, bool)
    if suffix is not None or not fits:
        listed = " or ".join(filter(None, [", ".join(allowed[:-1]), allowed[-1]]))
        raise InvalidInput(f"{place.name}: must be {listed} (got {given!r})")
    return given


def _number(place: Place, suffix: str | None, given: object) -> float:
    """Return the number *given* under a key that ends in *suffix* in SI."""
    measure = place.measure
    unit = None if measure is None else measure.suffix
    text = isinstance(given, str)
    if not text and (isinstance(given, bool) or not isinstance(given, int | float)):
        raise InvalidInput(f"{place.name}: must be a number (got {given!r})")
    if unit is None:
        if suffix is not None or text:
            word = place.name.rpartition(".")[2]
            raise InvalidInput(
                f"{place.name} has no unit: give {word} and a plain number (got {given!r})"
            )
        return float(given)  # type: ignore[arg-type]
    assert measure is not None
    if suffix is None and not text:
        keys = _keys(place)
        raise InvalidInput(f"{place.name} is {_kind(place)}: its unit is missing; give {keys}")
    if suffix is not None and suffix not in measure.keys:
        raise InvalidInput(f"{place.name} is {_kind(place)}: give {_keys(place)}")
    suffix = suffix or unit
    try:
        number = read_quantity(given, suffix) if isinstance(given, str) else float(given)  # type: ignore[arg-type]
    except InvalidInput as error:
        raise InvalidInput(f"{place.name}: {error}") from None
    return number * SUFFIXES[suffix].factor


def _kind(place: Place) -> str:
    dimension = None if place.measure is None else place.measure.dimension
    if dimension is None:
        return "a plain number"
    return f"{'an' if dimension[0] in 'aeiou' else 'a'} {dimension}"


def _keys(place: Place) -> str:
    """Return the keys that give *place*, one per unit: refit_s, refit_min or refit_h."""
    word = place.name.rpartition(".")[2]
    keys = [f"{word}_{key}" for key in (place.measure.keys if place.measure else ())]
    return " or ".join([", ".join(keys[:-1]), keys[-1]]) if len(keys) > 1 else keys[0]

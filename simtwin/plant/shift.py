"""This module holds the reading of a scenario file: clock times, orders and events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, cast, get_args

from simtwin.civil import dated, local, read_zero, since, written
from simtwin.errors import InvalidInput
from simtwin.physics.degradation import Degradation
from simtwin.plant.acts import ONE, contradictions, said
from simtwin.plant.amendment import read_changes, read_settings, read_spread
from simtwin.plant.calendar_schema import WEEKDAYS
from simtwin.plant.law_schema import time_value
from simtwin.plant.measures import wrong_override
from simtwin.plant.model import (
    COOLANT_LOSS_LIFE,
    NO_RULE,
    Doing,
    Intervention,
    OrderSpec,
    Scenario,
)
from simtwin.plant.policy_schema import read_policies
from simtwin.plant.rules import RULES, SEQUENCE
from simtwin.plant.sequence import misfits
from simtwin.plant.start import read_start
from simtwin.plant.topology import unreached
from simtwin.plant.visits import loses_all
from simtwin.plant.wording import Unreadable, unknown
from simtwin.result.day import weekday
from simtwin.units import HOUR, MINUTE, read_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from simtwin.plant.document import Document, Path
    from simtwin.plant.fields import FileModel
    from simtwin.plant.model import MachineSpec, PlantModel
    from simtwin.plant.scenario_schema import EventFile, OrderFile, ScenarioFile

RUSH = "rush order"
RUSH_PRIORITY = 1
UNDONE_BY: dict[str, tuple[Doing, float | None]] = {
    "feed override": ("feed override", 100.0),
    "spindle override": ("spindle override", 100.0),
    "coolant off": ("coolant on", None),
    "stop": ("start", None),
}
"""What ends an act at the end of its ``for``."""

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Clock:
    """The date and time of second 0, and the way from times in a file to seconds.

    They are what the clock on the wall says, which is put forward and back where the start
    knows its zone.
    """

    start: datetime

    def seconds(self, text: str) -> float:
        """Return *text* as seconds after the start.

        "14:00" is the first fourteen o'clock from the start on, "Tue 14:00" that of a Tuesday.

        >>> clock = Clock(datetime(2026, 1, 5, 6))
        >>> clock.seconds("14:00"), clock.seconds("2026-01-06 10:00"), clock.seconds("+90 min")
        (28800.0, 100800.0, 5400.0)
        >>> clock.seconds("Tue 10:00"), clock.seconds("Mon 05:00") / 3600
        (100800.0, 167.0)
        """
        word, _, rest = text.strip().partition(" ")
        day = weekday(word)
        match = _CLOCK.fullmatch(text.strip() if day is None else rest.strip())
        if match:
            return self._next(day, int(match[1]), int(match[2]), int(match[3] or 0), text)
        if text.startswith("+"):
            return read_seconds(text[1:])
        return since(self.start, read_moment(text))

    def after(self, text: str) -> float:
        """Return *text* as seconds, also where it is a length of time from the start on.

        >>> clock = Clock(datetime(2026, 1, 5, 6))
        >>> clock.after("50 h"), clock.after("14:00")
        (180000.0, 28800.0)
        """
        try:
            return read_seconds(text)
        except InvalidInput:
            return self.seconds(text)

    def first_of(self, text: str) -> float:
        """Return *text* as seconds; a date alone is when that day begins, or the run in it.

        >>> Clock(datetime(2026, 1, 5, 6)).first_of("2026-01-05")
        0.0
        """
        if local(self.start, 0.0).date().isoformat() == text.strip():
            return 0.0
        return self.seconds(text)

    def last_of(self, text: str) -> float:
        """Return *text* as seconds; a date alone is the end of that day, 23:59.

        >>> Clock(datetime(2026, 1, 5, 6)).last_of("2026-01-05") / 60
        1079.0
        """
        alone = _DATE.fullmatch(text.strip())
        return self.seconds(f"{text.strip()} 23:59" if alone else text)

    def _next(self, day: int | None, hour: int, minute: int, second: int, text: str) -> float:
        if hour > 23 or minute > 59 or second > 59:
            raise InvalidInput(f"must be a time of day from 00:00 to 23:59 (got {text!r})")
        today = local(self.start, 0.0)
        moment = today.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if day is not None:
            moment += timedelta(days=(day - today.weekday()) % 7)
        if since(self.start, moment) < 0.0:
            moment += timedelta(days=1 if day is None else 7)
        return since(self.start, moment)


def read_moment(text: str) -> datetime:
    """Return a date and time without zone, such as "2026-01-05 06:00"."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        message = (
            'must be a time as in "14:00", "Tue 14:00", "2026-01-05 14:00" or "+90 min" '
            f"(got {text!r})"
        )
        raise InvalidInput(message) from None
    if moment.tzinfo is not None:
        raise InvalidInput(f"must be local to the plant, without a zone (got {text!r})")
    return moment


@dataclass(slots=True)
class _Reader:
    model: PlantModel
    clock: Clock
    document: Document
    guessed: bool = False
    """Whether the start cannot be read, and another stands for it."""
    orders: dict[str, OrderSpec] = field(default_factory=dict)
    horizon: float | None = None
    """The end of the run [s]; None: that of its orders."""

    def misplaced(self, path: Path, message: str) -> None:
        """Refuse a time that lies wrong beside a start that is known."""
        if not self.guessed:
            self.document.complain(path, message)


def read_scenario(file: ScenarioFile, model: PlantModel, document: Document) -> Scenario:
    """Return the scenario of *file* for the plant *model*; problems are left in *document*."""
    guessed = False
    try:
        clock = Clock(read_zero(file.start))
    except InvalidInput as error:
        document.complain(("start",), Unreadable(error))
        clock, guessed = Clock(read_zero("2026-01-05 06:00")), True
    changes, model = read_changes(file.changes, model, clock.start, document)
    reader = _Reader(model, clock, document, guessed)
    horizon = reader.horizon = _horizon(file, reader)
    for index, order in enumerate(file.orders):
        _order(order, ("orders", index), reader, None, 0)
    interventions = _interventions(file, reader)
    start = file.start_from
    scenario = Scenario(
        name=file.scenario,
        start=written(clock.start),
        horizon=horizon,
        orders=tuple(reader.orders.values()),
        interventions=interventions,
        dispatching=_dispatching(file, document),
        sequence=_sequence(file, reader),
        routing=file.routing,
        maintenance=read_policies(file, model, document),
        measure_from=_measure_from(file, reader, horizon),
        start_from=read_start(start, model, reader.orders, document),
        replications=file.replications,
        seed=file.seed,
        changes=changes,
        assumptions=(*file.assumptions, *_unsaid(file, clock, model)),
    )
    _check_overtime(scenario, document)
    scenario = read_settings(file.changes, scenario, model, document)
    roots = {"plant": model, "scenario": scenario}
    return replace(scenario, spread=read_spread(file.spread, roots, document))


def _unsaid(file: ScenarioFile, clock: Clock, model: PlantModel) -> Iterator[str]:
    """Yield what is assumed because the file does not say otherwise."""
    if "start" not in file.model_fields_set:
        day = WEEKDAYS[clock.start.weekday()].title()
        yield f"start: no date, {day} {clock.start:%Y-%m-%d %H:%M}"
    dry = {event.machine for event in file.events if event.do == "coolant off"}
    for machine in model.machines:
        if machine.name in dry and machine.coolant_loss_life == COOLANT_LOSS_LIFE:
            share = f"{100.0 * machine.coolant_loss_life:g} % of their life"
            yield f"{machine.name}: edges that cut without coolant last {share}"
    if "dispatching" not in file.model_fields_set and len(file.orders) > 1:
        yield NO_RULE


def _check_overtime(scenario: Scenario, document: Document) -> None:
    """Refuse overtime of which the run sees nothing."""
    end = inf if scenario.horizon is None else scenario.horizon
    for shift in scenario.changes.overtime:
        begin, until = shift.stretch(scenario.start)
        if begin >= end or until <= 0.0:
            path = ("changes", "overtime", shift.calendar)
            document.complain(path, f"{shift} is not within the run", key=True)


def _time(
    model: FileModel,
    name: str,
    path: Path,
    reader: _Reader,
    read: Callable[[Clock, str], float] = Clock.seconds,
) -> float | None:
    """Return the time of the family *name* [s after the start]: a number or a clock time."""
    seconds = time_value(model, name)
    if seconds is None:
        text: str | None = getattr(model, name)
        if text is None:
            return None
        try:
            seconds = read(reader.clock, text)
        except InvalidInput as error:
            reader.document.complain((*path, name), Unreadable(error))
            return None
    if not dated(reader.clock.start, seconds):
        message = "must lie within the years 1 to 9999"
        reader.document.complain((*path, _said(model, name)), message)
        return None
    return seconds


def _said(model: FileModel, name: str) -> str:
    """Return the key by which a file says the time of the family *name*."""
    family = sorted(key for key in model.model_fields_set if key.startswith(f"{name}_"))
    return name if name in model.model_fields_set or not family else family[0]


def _horizon(file: ScenarioFile, reader: _Reader) -> float | None:
    if file.until is not None:
        end = _time(file, "until", (), reader)
        if end is not None and end <= 0.0:
            reader.misplaced(("until",), f"must lie after the start (got {file.until!r})")
            return None
        return end
    length = time_value(file, "horizon")
    if file.horizon is not None:
        try:
            length = read_seconds(file.horizon)
        except InvalidInput as error:
            reader.document.complain(("horizon",), Unreadable(error))
            return None
    if length is not None and not (length > 0.0 and dated(reader.clock.start, length)):
        must = "must be > 0" if length <= 0.0 else "must end before the year 10000"
        reader.document.complain((_said(file, "horizon"),), must)
        return None
    if length is None and reader.model.sources:
        reader.document.complain((), "needs a horizon: the plant's sources never end")
    return length


def _measure_from(file: ScenarioFile, reader: _Reader, horizon: float | None) -> float:
    start = _time(file, "measure_from", (), reader, Clock.after) or 0.0
    if start < 0.0 or (horizon is not None and start >= horizon):
        reader.misplaced(("measure_from",), "must lie between the start and the horizon")
        return 0.0
    return start


def _order(
    item: OrderFile, path: Path, reader: _Reader, release: float | None, index: int
) -> None:
    document = reader.document
    names = [product.name for product in reader.model.products]
    if item.id in reader.orders:
        document.complain((*path, "id"), f"a second order {item.id!r}")
    if item.product not in names:
        document.complain((*path, "product"), unknown("product", item.product, names))
    elif reader.horizon is None:
        loses = loses_all(reader.model.products[names.index(item.product)])
        if loses is not None:
            message = f"{loses}: the order would never be finished"
            document.complain((*path, "product"), message)
    if release is None:
        release = _time(item, "release", path, reader, Clock.first_of) or 0.0
    if release < 0.0:
        reader.misplaced((*path, "release"), f"lies before the start (got {item.release!r})")
    due = _time(item, "due", path, reader, Clock.last_of)
    order = OrderSpec(
        item.id, item.product, item.quantity, release, due, item.priority, item.weight
    )
    reader.orders.setdefault(item.id, order)


def _interventions(file: ScenarioFile, reader: _Reader) -> tuple[Intervention, ...]:
    acts: list[Intervention] = []
    events: list[int] = []
    for index, item in enumerate(file.events):
        path = ("events", index)
        at = _time(item, "at", path, reader)
        if at is None:
            continue
        if at < 0.0:
            reader.misplaced((*path, "at"), f"lies before the start (got {item.at!r})")
        if item.do == RUSH:
            _rush(item, at, path, reader)
        else:
            acts += _acts(item, at, path, reader)
            events += [index] * (len(acts) - len(events))
    refused = _refuse_contradictions(acts, events, reader)
    acts = [act for number, act in enumerate(acts) if number not in refused]
    return tuple(sorted(acts, key=lambda act: act.at))


def _refuse_contradictions(
    acts: list[Intervention], events: list[int], reader: _Reader
) -> set[int]:
    """Refuse acts that contradict an earlier one of the file; return which of *acts* do.

    *events* are the numbers of those that they are of.
    """
    refused = set()
    for first, second in contradictions(acts):
        refused.add(second)
        message = f"contradicts events[{events[first]}], {said(acts[first])}: {ONE}"
        place = ("events", events[second], "do")
        reader.document.complain(place, f"{said(acts[second])} {message}")
    return refused


def _rush(item: EventFile, at: float, path: Path, reader: _Reader) -> None:
    if item.order is None:
        reader.document.complain(path, "a rush order needs 'order'")
        return
    if item.machine is not None or item.value is not None or _length(item, path, reader):
        reader.document.complain(path, "a rush order takes no machine, value or for")
    _order(item.order, (*path, "order"), reader, at, 0)


def _acts(item: EventFile, at: float, path: Path, reader: _Reader) -> list[Intervention]:
    document = reader.document
    doings = [*get_args(Doing), RUSH]
    if item.do not in doings:
        document.complain((*path, "do"), unknown("act", item.do, doings))
        return []
    if item.order is not None:
        document.complain((*path, "order"), f"'order' belongs to a {RUSH}", key=True)
    machines: Mapping[str, object] = {
        machine.name: machine for machine in reader.model.machines
    }
    if item.machine is None:
        document.complain(path, f"{item.do!r} needs a machine")
        return []
    length = _length(item, path, reader)
    if length is not None and not dated(reader.clock.start, at + length):
        document.complain((*path, _said_length(item)), "must end within the years 1 to 9999")
        return []
    if item.machine not in machines:
        document.complain((*path, "machine"), unknown("machine", item.machine, machines))
        return []
    spec = next(m for m in reader.model.machines if m.name == item.machine)
    lacks = _lacks(spec, item.do, reader.model)
    if lacks:
        document.complain(
            (*path, "do"), f"{item.do!r} changes nothing: {spec.name} has {lacks}"
        )
        return []
    value = _value(item, length, path, reader)
    machine, doing = item.machine, cast("Doing", item.do)
    if length is not None and doing in UNDONE_BY:
        do, back = UNDONE_BY[doing]
        end = at + length
        return [
            Intervention(at, machine, doing, value, until=end),
            Intervention(end, machine, do, back, undoes=True),
        ]
    if length is not None and item.do not in ("maintenance", "breakdown"):
        document.complain(path, f"{item.do!r} is over at once; 'for' means nothing")
    return [Intervention(at, machine, doing, value)]


def _lacks(machine: MachineSpec, do: str, model: PlantModel) -> str:
    """Return what *machine* would need for the act *do* to change anything, or nothing."""
    if do == "breakdown" and machine.name in unreached(model):
        return "no work: no route leads to it"
    if do == "inspect" and not any(isinstance(m.life, Degradation) for m in machine.failures):
        return "no failure mode whose level can be seen, as that of a gamma_process"
    if machine.magazine:
        return ""
    if do == "force tool change":
        return "no magazine"
    if machine.spindle is None and do in ("spindle override", "coolant off", "coolant on"):
        return "neither spindle nor magazine"
    return ""


def _said_length(item: EventFile) -> str:
    """Return the key by which a file says how long an act lasts."""
    return "for" if item.for_ is not None else _said(item, "for")


def _length(item: EventFile, path: Path, reader: _Reader) -> float | None:
    if item.for_min is not None:
        return item.for_min * MINUTE
    if item.for_h is not None:
        return item.for_h * HOUR
    if item.for_ is None:
        return None
    try:
        length = read_seconds(item.for_)
    except InvalidInput as error:
        reader.document.complain((*path, "for"), Unreadable(error))
        return 1.0
    if length <= 0.0:
        reader.document.complain((*path, "for"), f"must be > 0 (got {item.for_!r})")
    return length


def _value(
    item: EventFile, length: float | None, path: Path, reader: _Reader
) -> float | str | None:
    """Return the value that the act means, after a look at what it needs."""
    document, here = reader.document, (*path, "value")
    if item.do in ("feed override", "spindle override"):
        lacks = wrong_override(item.value)
        if lacks:
            document.complain(here, f"{item.do} needs {lacks}")
        return item.value
    if item.do == "force tool change":
        machine = next(m for m in reader.model.machines if m.name == item.machine)
        tools = [slot.tool for slot in machine.magazine]
        if item.value is not None and item.value not in tools:
            document.complain(here, unknown("tool", str(item.value), tools))
        return item.value
    if item.value is not None:
        document.complain(here, f"{item.do!r} takes no value", key=True)
    if item.do in ("maintenance", "breakdown"):
        if length is None:
            document.complain(path, f"{item.do!r} needs 'for', its duration")
        return length
    return None


def _dispatching(file: ScenarioFile, document: Document) -> str:
    rules = [*RULES, SEQUENCE]
    if file.dispatching not in rules:
        document.complain(("dispatching",), unknown("rule", file.dispatching, rules))
        return rules[0]
    return file.dispatching


def _sequence(file: ScenarioFile, reader: _Reader) -> dict[str, tuple[str, ...]]:
    for place, message in misfits(file.sequence, reader.model, reader.orders):
        reader.document.complain(("sequence", *place), message, key=len(place) == 1)
    return dict(file.sequence)

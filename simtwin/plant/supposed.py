"""This module holds the kinds of suppositions: what each makes of a scenario, and in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from simtwin.civil import read_zero
from simtwin.errors import InvalidInput
from simtwin.plant.amendment import in_scenario, read_change
from simtwin.plant.calendar import Hours
from simtwin.plant.changes import changed
from simtwin.plant.model import Intervention, OrderSpec
from simtwin.plant.overtime import going_on, more_shifts, says_a_shift
from simtwin.plant.places import named
from simtwin.plant.shift import RUSH_PRIORITY, Clock
from simtwin.plant.wording import unknown
from simtwin.result.moment import moment
from simtwin.units import clock, read_seconds

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, PlantModel, Scenario, StartState

_RUSH = re.compile(r"(.+):(\d+)@([^,]+)(?:,(.+))?")


@dataclass(frozen=True)
class Supposed:
    """A scenario in which something is supposed, and the plant file's plant."""

    file: PlantModel
    scenario: Scenario

    @cached_property
    def plant(self) -> PlantModel:
        """The plant as the scenario changes it."""
        return self.scenario.changes.applied(self.file)

    @cached_property
    def machines(self) -> dict[str, MachineSpec]:
        """The machines of that plant."""
        return {machine.name: machine for machine in self.plant.machines}

    @property
    def clock(self) -> Clock:
        """The date and time of second 0."""
        return Clock(read_zero(self.scenario.start))

    def machine(self, name: str) -> str:
        """Return *name*, refusing one that no machine has."""
        if name not in self.machines:
            raise InvalidInput(unknown("machine", name, self.machines))
        return name

    def members(self, name: str) -> tuple[str, ...]:
        """Return the machine *name*, or the machines of the group of that name."""
        for station in self.plant.stations:
            if station.name == name:
                return station.machines
        return (self.machine(name),)

    def at(self, text: str) -> float:
        """Return a clock time as seconds after the start."""
        found = self.clock.seconds(text)
        end = self.scenario.horizon
        if found < 0.0:
            raise InvalidInput(f"lies before the start {self.scenario.start} (got {text!r})")
        if end is not None and found >= end:
            said = self.said(found)
            which = "" if said == text.strip() else f", which is {said}"
            raise InvalidInput(
                f"must lie before the end, {self.said(end)} (got {text!r}{which})"
            )
        return found

    def said(self, seconds: float) -> str:
        """Return an instant as people say it."""
        return moment(self.scenario.start, seconds)

    def also(self, *acts: Intervention) -> Scenario:
        """Return the scenario with more *acts*, in order of time."""
        every = (*self.scenario.interventions, *acts)
        return replace(
            self.scenario, interventions=tuple(sorted(every, key=lambda act: act.at))
        )

    def setting(self, key: str, value: object) -> Scenario:
        """Return the scenario in which *key*, of itself or of its plant, is *value*."""
        if in_scenario(key):
            name, value = read_change(self.scenario, key, value)
            return changed(self.scenario, {name: value})
        name, value = read_change(self.plant, key, value)
        changed(self.plant, {name: value})
        changes = self.scenario.changes.also({name: value})
        return replace(self.scenario, changes=changes)

    def maintenance(self, machine: str, time: str) -> Intervention:
        """Return the maintenance of *machine* that is planned for *time*."""
        at = self.at(time)
        planned = [
            act
            for act in self.scenario.interventions
            if act.machine == self.machine(machine) and act.do == "maintenance"
        ]
        for act in planned:
            if act.at == at:
                return act
        times = ", ".join(self.said(act.at) for act in planned)
        no_event = f"no event plans maintenance of {machine} for {time}"
        policies = self._policies(machine)
        if not policies:
            raise InvalidInput(f"{no_event} (but: {times or 'none at all'})")
        but = f" (but: {times})" if times else ""
        raise InvalidInput(
            f"{no_event}{but}; it is maintained by policy, {' and '.join(policies)}: what that "
            "plans is changed in another scenario, which 'extends' this one and has its own "
            "'maintenance'"
        )

    def _policies(self, machine: str) -> list[str]:
        """Return the names of the policies that maintain *machine*."""
        modes = self.machines[machine].failures
        return [
            policy.name
            for policy in self.scenario.maintenance
            if policy.decide is not None
            or any(policy.covers(machine, mode.name) for mode in modes)
        ]

    def without(self, *acts: Intervention) -> Scenario:
        """Return the scenario without *acts*."""
        kept = tuple(act for act in self.scenario.interventions if act not in acts)
        return replace(self.scenario, interventions=kept)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of supposition: the words that it takes, and what it makes of them."""

    takes: tuple[str, ...]
    make: Callable[..., tuple[Scenario, str]]
    help: str


def _stop(now: Supposed, machine: str, time: str, length: str) -> tuple[Scenario, str]:
    at, until = now.at(time), now.at(time) + _length(length)
    name = now.machine(machine)
    made = now.also(
        Intervention(at, name, "stop", until=until),
        Intervention(until, name, "start", undoes=True),
    )
    return made, f"{machine} is stopped from {now.said(at)} to {now.said(until)}"


def _maintain(now: Supposed, machine: str, time: str, length: str) -> tuple[Scenario, str]:
    at, seconds = now.at(time), _length(length)
    made = now.also(Intervention(at, now.machine(machine), "maintenance", seconds))
    return made, f"{machine} is maintained at {now.said(at)} for {clock(seconds)}"


def _move(now: Supposed, machine: str, time: str, other: str) -> tuple[Scenario, str]:
    old, at = now.maintenance(machine, time), now.at(other)
    rest = Supposed(now.file, now.without(old))
    made = rest.also(replace(old, at=at))
    return (
        made,
        f"the maintenance of {machine} is at {now.said(at)} instead of {now.said(old.at)}",
    )


def _skip(now: Supposed, machine: str, time: str) -> tuple[Scenario, str]:
    old = now.maintenance(machine, time)
    return now.without(old), f"the maintenance of {machine} at {now.said(old.at)} is skipped"


def _add(now: Supposed, like: str) -> tuple[Scenario, str]:
    model = now.members(like)[0]
    name = next_name(model, [*now.machines, *(s.name for s in now.plant.stations)])
    changes = now.scenario.changes
    added = replace(changes, add={**changes.add, name: model})
    return replace(now.scenario, changes=added), f"{name} comes in, like {model}"


def next_name(name: str, taken: list[str]) -> str:
    """Return the next free name of the row that *name* is in.

    >>> next_name("mill-1", ["mill-1", "mill-2", "saw"]), next_name("saw", ["saw"])
    ('mill-3', 'saw-2')
    """
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    stem, number = (stem, int(digits)) if digits else (f"{name}-", 2)
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _remove(now: Supposed, machine: str) -> tuple[Scenario, str]:
    changes, scenario = now.scenario.changes, now.scenario
    if now.machine(machine) in changes.add:
        changes = replace(changes, add={k: v for k, v in changes.add.items() if k != machine})
    else:
        changes = replace(changes, remove=(*changes.remove, machine))
    bare = replace(changes, values={}).applied(now.file)
    values = {key: value for key, value in changes.values.items() if named(bare, key)}
    after = replace(changes, values=values).applied(now.file)
    made = replace(
        scenario,
        changes=replace(changes, values=values),
        interventions=tuple(a for a in scenario.interventions if a.machine != machine),
        sequence={k: v for k, v in scenario.sequence.items() if k != machine},
        start_from=_left(scenario.start_from, machine),
    )
    kept = tuple(s for s in scenario.spread if named(after, s.name) or named(made, s.name))
    return replace(made, spread=kept), f"{machine} is taken away"


def _left(start: StartState, machine: str) -> StartState:
    """Return *start* without what it says of *machine*; a piece in it waits, all to be done."""
    return replace(
        start,
        work=tuple(
            replace(work, machine=None, left=None) if work.machine == machine else work
            for work in start.work
        ),
        stopped=tuple(name for name in start.stopped if name != machine),
        repairs={k: v for k, v in start.repairs.items() if k != machine},
        temperatures={k: v for k, v in start.temperatures.items() if k != machine},
        bearings={k: v for k, v in start.bearings.items() if k[0] != machine},
        edges={k: v for k, v in start.edges.items() if k[0] != machine},
        lands={k: v for k, v in start.lands.items() if k[0] != machine},
        ages={k: v for k, v in start.ages.items() if k[0] != machine},
        levels={k: v for k, v in start.levels.items() if k[0] != machine},
    )


def _rush(now: Supposed, what: str) -> tuple[Scenario, str]:
    scenario = now.scenario
    if scenario.dispatching == "sequence":
        raise InvalidInput("the scenario follows a given sequence, where no order goes first")
    first = max([RUSH_PRIORITY, *(order.priority + 1 for order in scenario.orders)])
    orders = {order.name: order for order in scenario.orders}
    if what in orders:
        made = tuple(
            replace(order, priority=first) if order.name == what else order
            for order in scenario.orders
        )
        return replace(scenario, orders=made), f"{what} goes before all others"
    match = _RUSH.fullmatch(what)
    if match is None:
        raise InvalidInput(
            f"{unknown('order', what, orders)}; or give a new one as PRODUCT:QUANTITY@TIME, "
            "or PRODUCT:QUANTITY@TIME,DUE"
        )
    order = _new_order(now, match, first)
    words = f"{order.quantity} more of {order.product} come in at {now.said(order.release)}"
    due = "" if order.due is None else f", due {now.said(order.due)}"
    return replace(scenario, orders=(*scenario.orders, order)), f"{words}{due} ({order.name})"


def _new_order(now: Supposed, match: re.Match[str], priority: int) -> OrderSpec:
    product, quantity, release, due = match.groups()
    products = [spec.name for spec in now.plant.products]
    if product not in products:
        raise InvalidInput(unknown("product", product, products))
    if int(quantity) < 1:
        raise InvalidInput(f"must be at least 1 piece (got {quantity})")
    taken = [order.name for order in now.scenario.orders]
    taken += [source.name for source in now.plant.sources]
    return OrderSpec(
        next_name("rush-1", taken),
        product,
        int(quantity),
        now.at(release),
        None if due is None else now.clock.seconds(due),
        priority,
    )


def _feed(now: Supposed, machine: str, percent: str) -> tuple[Scenario, str]:
    value, made = _number(percent.removesuffix("%")), now
    for name in now.members(machine):
        made = Supposed(now.file, made.setting(f"machines.{name}.feed_override", value))
    return made.scenario, f"the feed of {machine} is at {value:g} %"


def _crew(now: Supposed, members: str) -> tuple[Scenario, str]:
    before = now.plant.crew
    if before is None and now.plant.crews:
        names = ", ".join(f"crews.{spec.name}.members" for spec in now.plant.crews)
        raise InvalidInput(f"the plant has crews of several kinds; use set and one of {names}")
    if before is None:
        raise InvalidInput("the plant has no crew: a repair never waits for one")
    made = now.setting("crew", _number(members))
    return made, f"the crew has {int(_number(members))} instead of {before}"


def _overtime(now: Supposed, length: str) -> tuple[Scenario, str]:
    if says_a_shift(length):
        return more_shifts(now, length)
    longer = _longer(length)
    end = now.scenario.horizon
    if end is None:
        raise InvalidInput(
            "the scenario runs until every order is finished: say from when to when more is "
            "worked, as in overtime Sat 06:00-14:00"
        )
    after = end + longer
    words = f"work goes on until {now.said(after)} instead of {now.said(end)}"
    if off_shift(now.plant, now.scenario.start, end, after):
        made, away = going_on(now, end, after)
        return made, f"{words}, in all calendars of machines{away}"
    return replace(now.scenario, horizon=after), words


def _longer(text: str) -> float:
    """Return by how much work goes on [s], where *text* says no shift."""
    try:
        read_seconds(text)
    except InvalidInput:
        raise InvalidInput(
            "must be how long, as 2h, or a shift from and to, as Sat 06:00-14:00 "
            f"(got {text!r})"
        ) from None
    return _length(text)


def off_shift(plant: PlantModel, start: str, begin: float, end: float) -> bool:
    """Tell whether no machine is on shift from *begin* to *end* [s after *start*]."""
    hours = {each.name: Hours(each, start) for each in plant.calendars}
    return all(
        name is not None and hours[name].worked(end) == hours[name].worked(begin)
        for name in {each.calendar for each in plant.machines}
    )


def _dispatching(now: Supposed, rule: str) -> tuple[Scenario, str]:
    made = now.setting("dispatching", rule)
    if rule == "sequence" and not now.scenario.sequence:
        raise InvalidInput("the scenario has no sequence that could be followed")
    if rule != "sequence":
        made = replace(made, sequence={})
    return made, f"pieces go by {rule} instead of {now.scenario.dispatching!s}"


def _set(now: Supposed, setting: str) -> tuple[Scenario, str]:
    key, equals, text = (part.strip() for part in setting.partition("="))
    if not (key and equals and text):
        raise InvalidInput(f"must be NAME=VALUE (got {setting!r})")
    made = now.setting(key, _value(text))
    crew = next((c for c in now.plant.crews if key == f"crews.{c.name}.members"), None)
    if crew is not None:
        return made, f"the crew {crew.name} has {text} instead of {crew.members}"
    return made, f"{key} is {text}"


def _value(text: str) -> object:
    """Return a value as a file would have it: a number, true or false, or a text."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"must be a number (got {text!r})") from None


def _length(text: str) -> float:
    """Return a duration [s]."""
    found = read_seconds(text)
    if found <= 0.0:
        raise InvalidInput(f"must be longer than nothing (got {text!r})")
    return found


KINDS: dict[str, Kind] = {
    "stop": Kind(("MACHINE", "TIME", "DURATION"), _stop, "A machine stands for a while."),
    "add-machine": Kind(("MACHINE",), _add, "One machine more, like this one."),
    "remove-machine": Kind(("MACHINE",), _remove, "One machine less."),
    "rush": Kind(
        ("ORDER",), _rush, "An order goes first; or a new one, PRODUCT:QUANTITY@TIME[,DUE]."
    ),
    "feed": Kind(("MACHINE", "PERCENT"), _feed, "Feed override of a machine or a group."),
    "crew": Kind(("MEMBERS",), _crew, "So many fitters."),
    "overtime": Kind(
        ("DURATION",),
        _overtime,
        "Work goes on for so long; or at a time, [DAY] FROM-TO [CALENDAR].",
    ),
    "maintain": Kind(("MACHINE", "TIME", "DURATION"), _maintain, "Maintenance at a time."),
    "move": Kind(("MACHINE", "TIME", "TIME"), _move, "A planned maintenance at another time."),
    "skip": Kind(("MACHINE", "TIME"), _skip, "A planned maintenance is not done."),
    "dispatching": Kind(("RULE",), _dispatching, "Another rule which piece goes next."),
    "set": Kind(("NAME=VALUE",), _set, "Any other value, as in `changes: set:` of a file."),
}
"""Every kind of supposition, by the word that begins it."""

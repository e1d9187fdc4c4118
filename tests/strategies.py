"""Strategies for hypothesis: random small shops, as plants and scenarios."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING, get_args

from hypothesis import strategies as st

from simtwin.parts.failure import Clock, FailureSpec
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.physics.life import Exponential, Fixed, Uniform
from simtwin.plant.batch import BatchSpec
from simtwin.plant.calendar import CalendarSpec, ShiftEnd, Stretch
from simtwin.plant.model import (
    CrewSpec,
    FlowSpec,
    HandleStep,
    Intervention,
    MachineSpec,
    OperationSpec,
    OrderSpec,
    PlantModel,
    ProductSpec,
    ReworkSpec,
    Routing,
    Scenario,
    SourceSpec,
    StationSpec,
    TimedStep,
    TransportSpec,
)
from simtwin.plant.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

HORIZON = 3600.0

durations = st.sampled_from([10.0, 20.0, 30.0, 45.0])
"""Few values, so that many things end at one instant [s]."""

laws = st.one_of(
    durations.map(Fixed),
    durations.map(Exponential),
    durations.map(lambda seconds: Uniform(0.5 * seconds, seconds)),
)


@st.composite
def failures(draw: Callable[..., object]) -> tuple[FailureSpec, ...]:
    """Return up to two failure modes with lives of minutes."""
    kinds = st.sampled_from(["calendar", "powered", "processing", "cycles"])
    found = []
    for name in draw(st.sampled_from([(), ("f",), ("f", "g")])):
        clock = draw(kinds)
        scale = 8.0 if clock == "cycles" else 400.0
        life = draw(
            st.sampled_from(
                [
                    Exponential(scale),
                    Fixed(scale),
                    Uniform(1.0, scale),
                    GammaProcess(5.0 / scale, 1.0, 5.0),
                    WienerProcess(5.0 / scale, 3.0 / sqrt(scale), 5.0),
                ]
            )
        )
        skill = draw(st.sampled_from(["repair", "repair", "electric"]))
        kind = FailureSpec(name, clock, life, draw(laws), skill=skill)
        found.append(replace(kind, crew=draw(st.booleans()), renewal=draw(st.booleans())))
    return tuple(found)


@st.composite
def steps(draw: Callable[..., object]) -> tuple[TimedStep | HandleStep, ...]:
    """Return one or two steps of an operation."""
    step = TimedStep(draw(laws), 0.5, 0.5)
    return (step, HandleStep(draw(durations))) if draw(st.booleans()) else (step,)


DAILY = (((0.0, 86400.0),),) * 7

CALENDARS = (
    CalendarSpec("short", DAILY, tuple((21600.0 + a, 21600.0 + b) for a, b in (
        (480, 540), (1200, 1500), (1800, 1801), (2700, 3000)))),
    CalendarSpec("long", DAILY, ((22200.0, 23400.0), (24300.0, 24900.0))),
)  # fmt: skip
"""Breaks within the hour from 06:00 on."""


CREWS = (
    (),
    (),
    (CrewSpec("fitter", 1, ("repair", "electric"), "short"),),
    (CrewSpec("setter", 1, ("setup",), "long"), CrewSpec("sparks", 1, ("electric",), "short")),
    (CrewSpec("jack", 2, ("setup", "repair", "electric")), CrewSpec("jim", 1, ("setup",))),
)
"""Crews beside the plain one: with skills, some with shifts."""

WAYS = (
    None,
    None,
    TransportSpec(None, Fixed(10.0)),
    TransportSpec(1, Exponential(10.0), {("s-8", "s-9"): 0.0}),
    TransportSpec(2, None, {("s-8", "s-9"): 30.0, ("s-9", "s-10"): 20.0, ("s-9", "exit"): 5.0}),
)


BATCHES = (
    *(None,) * 6,
    BatchSpec(3),
    BatchSpec(4, 2, 80.0, "any"),
    BatchSpec(3, 3, 45.0),
    BatchSpec(2, 2, None, "family"),
)
"""How the machines of a station take pieces; most one at a time."""


@st.composite
def judgements(draw: Callable[..., object], own: int) -> tuple[float, ReworkSpec | None]:
    """Return what becomes of the pieces of the *own*-th operation; back is back to itself."""
    rework = ReworkSpec(0.3, own, draw(st.sampled_from([None, 1])))
    return draw(st.sampled_from([(0.0, None), (0.0, None), (0.2, None), (0.1, rework)]))


@st.composite
def plants(draw: Callable[..., object]) -> PlantModel:
    """Return a plant of two to five stations in a row, some with several machines.

    Routes go downstream only, so buffers may be small and nothing can lock up, but for a batch
    that never gets all its pieces.
    """
    count = draw(st.integers(2, 5))
    machines, stations = [], []
    for place in range(count):
        members = draw(st.integers(1, 2))
        names = tuple(f"m-{8 + place * 2 + k}" for k in range(members))
        name = f"s-{8 + place}"
        machines += [
            MachineSpec(
                n,
                name,
                failures=draw(failures()),
                calendar=draw(st.sampled_from([None, None, "short", "long"])),
                at_shift_end=draw(st.sampled_from(get_args(ShiftEnd))),
            )
            for n in names
        ]
        capacity = draw(st.sampled_from([None, 0, 1, 2])) if place else None
        cards = draw(st.sampled_from([None, None, 1, 3])) if capacity is None else None
        urgent = draw(st.booleans())
        batch = draw(st.sampled_from(BATCHES))
        if batch is not None:
            cards, urgent = None, False
        stations.append(StationSpec(name, names, capacity, cards, urgent, batch))
    products = []
    for product in ("p", "q"):
        operations = []
        at = 0
        while at < count:
            places = [at] if at == 0 else [at, *draw(st.sampled_from([[], [at + 1]]))]
            names = tuple(stations[k].name for k in places if k < count)
            scrap, rework = draw(judgements(len(operations)))
            setup = draw(st.sampled_from([0.0, 0.0, 25.0]))
            family = draw(st.sampled_from(["", "", "f", "g"]))
            kind = OperationSpec(f"o{at}", names, draw(steps()), "", scrap, rework)
            operations.append(replace(kind, setup=setup, family=family))
            at = max(k for k in places if k < count) + 1 + draw(st.integers(0, 1))
        products.append(ProductSpec(product, tuple(operations)))
    pace = draw(st.sampled_from([None, Fixed(30.0), Exponential(40.0)]))
    sources = (
        (SourceSpec("bars", "p", pace, draw(st.integers(0, 1))),) if draw(st.booleans()) else ()
    )
    return PlantModel(
        "random",
        tuple(machines),
        tuple(stations),
        (),
        tuple(products),
        sources,
        calendars=CALENDARS,
        setup_matrix=draw(st.sampled_from([{}, {}, {"f": {"g": 40.0}, "*": {"f": 15.0}}])),
        crew=draw(st.sampled_from([None, 1, 2])),
        crews=draw(st.sampled_from(CREWS)),
        transport=draw(st.sampled_from(WAYS)),
        flow=draw(st.sampled_from([FlowSpec(), FlowSpec(3), FlowSpec(conwip_of={"p": 2})])),
    )


@st.composite
def shops(draw: Callable[..., object]) -> tuple[PlantModel, Scenario]:
    """Return a random plant and an hour of work on it, with a few acts."""
    model = draw(plants())
    orders = tuple(
        OrderSpec(
            f"job-{9 + k}",
            draw(st.sampled_from(["p", "q"])),
            draw(st.integers(1, 6)),
            draw(st.sampled_from([0.0, 300.0, 600.0, 1500.0])),
            draw(st.sampled_from([None, 900.0, 1800.0])),
            draw(st.integers(0, 1)),
        )
        for k in range(draw(st.integers(1, 5)))
    )
    acts = [
        # A start between the minutes: with a stop at one instant it would contradict it.
        Intervention(
            60.0 * draw(st.integers(1, 50)) + 30.0 * (do == "start"), machine.name, do, value
        )
        for machine in model.machines
        for do, value in draw(
            st.sampled_from(
                [
                    (),
                    (("stop", None), ("start", None)),
                    (("breakdown", 90.0),),
                    (("maintenance", 60.0), ("feed override", 150.0)),
                    (("inspect", None), ("inspect", None)),
                ]
            )
        )
    ]
    scenario = Scenario(
        "hour",
        horizon=HORIZON,
        orders=orders,
        interventions=tuple(sorted(acts, key=lambda act: act.at)),
        dispatching=draw(st.sampled_from([*RULES])),
        routing=draw(st.sampled_from(get_args(Routing))),
        seed=draw(st.integers(0, 99)),
    )
    return model, scenario


@st.composite
def rings(draw: Callable[..., object]) -> tuple[PlantModel, Scenario]:
    """Return two to four stations and routes that go round among them in any direction.

    Buffers are small, so that machines come to wait for each other in a circle.
    """
    names = [f"r-{9 + k}" for k in range(draw(st.integers(2, 4)))]
    machines, stations = [], []
    for name in names:
        members = (name,) if draw(st.booleans()) else (name, f"{name}b")
        machines += [MachineSpec(m, name, failures=draw(failures())) for m in members]
        limit = draw(
            st.sampled_from([(0, None), (1, None), (3, None), (None, 2), (None, None)])
        )
        stations.append(StationSpec(name, members, *limit))
    products = []
    for product in ("p", "q", "r"):
        route = draw(st.lists(st.sampled_from(names), min_size=2, max_size=5))
        products.append(
            ProductSpec(
                product,
                tuple(
                    OperationSpec(f"o{k}", (at,), draw(steps())) for k, at in enumerate(route)
                ),
            )
        )
    orders = tuple(
        OrderSpec(f"job-{9 + k}", product, draw(st.integers(1, 5)))
        for k, product in enumerate(("p", "q", "r"))
    )
    plant = PlantModel(
        "ring",
        tuple(machines),
        tuple(stations),
        (),
        tuple(products),
        crew=draw(st.sampled_from([None, 1])),
        transport=draw(st.sampled_from([None, None, TransportSpec(1, Fixed(5.0))])),
        flow=draw(st.sampled_from([FlowSpec(), FlowSpec(), FlowSpec(2)])),
    )
    rule = draw(st.sampled_from([*RULES]))
    return plant, Scenario("round", horizon=None, orders=orders, dispatching=rule)


HOUR = 3600.0
STARTS = (
    "2026-01-05T06:00:00",
    "2025-12-22T13:30:00",
    "2026-12-21T22:00:00",
    "2028-02-21T00:00:00",
    "2027-02-22T05:45:00",
)
"""Weeks over a year's end, over February with and without a 29th, and a plain one."""

shifts_of_a_day = st.lists(
    st.tuples(st.integers(0, 23), st.sampled_from([0.5, 4.0, 8.0, 10.0, 16.0])).map(
        lambda pair: (pair[0] * HOUR, (pair[0] + pair[1]) * HOUR)
    ),
    max_size=2,
).map(tuple)


@st.composite
def calendars(draw: Callable[..., object], name: str, start: str) -> CalendarSpec:
    """Return a week with nights and breaks, and days that are closed or worked otherwise."""
    days = st.integers(-1, 17).map(
        lambda k: (date.fromisoformat(start[:10]) + timedelta(days=k)).isoformat()
    )
    breaks: tuple[Stretch, ...] = tuple(
        (at * HOUR, at * HOUR + minutes * 60.0)
        for at, minutes in draw(
            st.lists(st.tuples(st.integers(0, 23), st.sampled_from([1, 15, 90])), max_size=2)
        )
    )
    week = draw(st.lists(shifts_of_a_day, min_size=7, max_size=7))
    other = draw(st.dictionaries(days, st.one_of(st.just(()), shifts_of_a_day), max_size=3))
    return CalendarSpec(name, tuple(week), breaks, tuple(other.items()))


@st.composite
def weeks(draw: Callable[..., object]) -> tuple[PlantModel, Scenario]:
    """Return a line of two to four machines with failures, and over two weeks of its shifts."""
    start = draw(st.sampled_from(STARTS))
    spec = (draw(calendars("one", start)), draw(calendars("two", start)))
    machines, stations, route = [], [], []
    for k in range(draw(st.integers(2, 4))):
        name = f"m-{9 + k}"
        found = []
        for n, clock in enumerate(draw(st.lists(st.sampled_from(get_args(Clock)), max_size=2))):
            scale = 12.0 if clock == "cycles" else 30.0 * HOUR
            life = draw(st.sampled_from([Exponential(scale), Fixed(scale)]))
            repair = draw(st.sampled_from([Fixed(HOUR), Exponential(3.0 * HOUR)]))
            found.append(FailureSpec(f"f{n}", clock, life, repair, draw(st.booleans())))
        machines.append(
            MachineSpec(
                name,
                name,
                failures=tuple(found),
                calendar=draw(st.sampled_from(["one", "one", "two", None])),
                at_shift_end=draw(st.sampled_from(get_args(ShiftEnd))),
            )
        )
        stations.append(StationSpec(name, (name,), draw(st.sampled_from([None, 0, 2]))))
        work = draw(st.sampled_from([Fixed(1800.0), Fixed(6000.0), Uniform(600.0, 9000.0)]))
        setup = draw(st.sampled_from([0.0, 0.0, 900.0]))
        one = OperationSpec(f"o{k}", (name,), (TimedStep(work, 0.5, 0.5),))
        route.append(replace(one, setup=setup))
    stations[0] = replace(stations[0], capacity=None)
    crew = st.sampled_from([(), (), (CrewSpec("c", 1, ("repair", "setup"), "one"),)])
    plant = PlantModel(
        "line",
        tuple(machines),
        tuple(stations),
        (),
        (ProductSpec("p", tuple(route)), ProductSpec("q", tuple(route[1:]))),
        (SourceSpec("bars", "p", draw(st.sampled_from([None, Fixed(5400.0)]))),),
        calendars=spec,
        crews=draw(crew),
    )
    orders = (OrderSpec("job", "q", 20), OrderSpec("late", "q", 10, 100.0 * HOUR))
    acts = (Intervention(30.0 * HOUR, "m-9", "maintenance", 7200.0),)
    days = draw(st.integers(10, 16))
    return plant, Scenario(
        "weeks", start=start, horizon=days * 24 * HOUR, orders=orders, interventions=acts,
        seed=draw(st.integers(0, 99)),
    )  # fmt: skip

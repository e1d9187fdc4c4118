"""This module holds what the service takes: bodies and queries, each key with its meaning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simtwin.service.limits import Limits
from simtwin.service.request import Body, Query

LIMITS = Limits()
"""Those that stand in the description; a service may be started with narrower ones."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Seed = Annotated[int, Field(ge=0, le=2**53)]

MOMENT = "A time as in '10:00', 'Tue 10:00', '2026-01-05 10:00' or '+90 min'."


class Create(Body):
    """A twin to be made."""

    plant: Text
    """Name of a plant that was sent, or of a bundled one."""
    scenario: Text
    """Name of a scenario, sent or bundled: what is to be made when."""
    machine: Text | None = None
    """The machine that the device is; none: it is the whole plant."""
    at: Text | None = Field(default=None, description=f"From when it is followed. {MOMENT}")
    seed: Seed | None = None
    """Of its luck; none: that of the scenario."""
    sensors: Annotated[dict[Text, Text], Field(max_length=20)] | None = None
    """Signal -> node that it measures, or "ambient", where it is not as usual: temperature_1 at
    the front bearing, spindle_temperature in the motor."""
    stale_after: Text | None = None
    """Age from which a reading is stale, as in '2 min'; none: as the catalogue says of its
    signal, which is 2 s for the boards of the field layer and 60 s for controls."""


class Simulate(Body):
    """Runs from the present state on."""

    replications: Annotated[int, Field(ge=1, le=LIMITS.replications)] | None = None
    """How many; 1 is an observation without intervals. None: as the scenario says."""
    seed: Seed | None = None
    """Of their luck; none: that of the twin."""
    until: Text | None = Field(default=None, description=f"Where they end. {MOMENT}")


Number = Annotated[float, Field(ge=-1e12, le=1e12)]
Named = Annotated[dict[Text, Number | dict[Text, Number]], Field(max_length=50)]
"""Numbers by name, each for all cuts or tools, or by theirs."""


class Optimize(Body):
    """Which parameters are to be best, at what, within which limits."""

    machine: Text | None = None
    """None: the machine that the device is."""
    program: Text | None = None
    """The program that is to be better; none, and no operation: the heaviest one."""
    operation: Text | None = None
    """Instead of a program: an operation, as in 'housing/op10'."""
    objective: Annotated[list[Text], Field(min_length=1, max_length=2)] | None = None
    """time, energy, cost, tool wear, spindle wear or bearing wear, of a part, in the words of
    the terminal; two of them give the front between. None: time."""
    constraints: Named | None = None
    """Such as power_kw, torque_nm, roughness_um, tool_life_min: of all, or by cut."""
    vary: (
        Annotated[
            list[Literal["speed", "feed", "depth", "coolant"]],
            Field(min_length=1, max_length=4),
        ]
        | None
    ) = None
    """What is free. None: speed and feed."""
    bounds: (
        Annotated[
            dict[Text, Annotated[list[Number], Field(min_length=2, max_length=2)]],
            Field(max_length=50),
        ]
        | None
    ) = None
    """How far, as in {"face-iron.feed_mm": [0.1, 0.3]}; else half to one and a half of now."""
    passes: (
        Annotated[dict[Text, Annotated[int, Field(ge=1, le=1000)]], Field(max_length=50)] | None
    ) = None
    """Of how many passes the path of a cut is made, where the depth is free."""
    prices: Named | None = None
    """Such as machine_per_h, energy_per_kwh, edge: what the objective cost needs."""
    points: Annotated[int, Field(ge=3, le=25)] = 9
    """Of a front."""
    starts: Annotated[int, Field(ge=1, le=50)] = 8
    """Of the search."""
    verify: bool = True
    """Whether the best is run beside today's parameters, paired."""
    replications: Annotated[int, Field(ge=2, le=200)] = 20
    """Of the paired runs."""
    parts: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """That each of them makes; none: as many as its tools last for."""
    whole_plan: bool = False
    """Whether what it does to the whole plan is shown too."""
    seed: Seed | None = None
    """None: that of the twin."""


class ObservationIn(Body):
    """What was seen of one machine at one instant."""

    boot: Name
    """Which run of the sender it is from: sequence numbers begin anew with each."""
    seq: Annotated[int, Field(ge=0, le=2**53)]
    """Number of the message within the boot."""
    at: Text = Field(description=f"When it was so. {MOMENT}")
    machine: Text | None = None
    """None: the machine that the device is."""
    signal: Text
    """Such as feed_override_pct, coolant_on, stopped, power_kw, temperature_front_c; or a
    name of the catalogue, as in spindle_speed, with its unit."""
    unit: Text | None = None
    """Of the value, where the signal does not name it."""
    value: float | bool | Text | None
    """In the unit of the signal, or a word of a state; null where the reading failed."""
    quality: Literal["GOOD", "SUSPECT", "BAD"] = "GOOD"
    """Only good ones move the twin; the others are shown."""


class Batch(Body):
    """Observations that are taken in together."""

    observations: Annotated[list[ObservationIn], Field(max_length=LIMITS.batch)]
    """In any order; none where nothing was heard."""
    until: Text | None = Field(
        default=None, description=f"Until when nothing else was heard. {MOMENT}"
    )


class Ahead(Query):
    """How far to look, and how surely."""

    horizon: Text | None = None
    """As in '8 h'; none: to the end of the scenario."""
    replications: Annotated[int, Field(ge=2, le=LIMITS.futures)] | None = None
    """Futures; none: as many as the target asks for."""
    target: Annotated[float, Field(ge=0.01, lt=1.0)] | None = None
    """Half-width of P(any failure), as a share of it; none: 0.1."""
    seed: Seed | None = None
    """Of their luck; none: that of the twin."""


class Of(Query):
    """Which jobs."""

    device: Name | None = None
    """Those of this twin only."""


class NewKey(Body):
    """A key to be made."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$")]
    """Whose it is, for people."""
    role: Literal["viewer", "operator", "engineer", "admin"]
    """What it may do: each may all that those before it may."""

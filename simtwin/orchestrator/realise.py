"""This module holds the realising: what a run is made of, changed and drawn.

A scenario may change its plant, and numbers of both may be uncertain. A run knows neither: it
is given the plant as changed, and one draw of each uncertain number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.changes import Changes
from simtwin.plant.soundness import refuse_unsound
from simtwin.plant.spread import OF_SCENARIO, draw, spreads_at
from simtwin.plant.worn import refuse_overworn, wear_measures
from simtwin.shop.onto import is_alike, moves, onto
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.places import Place
    from simtwin.plant.spread import Spread
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.moves import Moves

    Uncertain = dict[str, tuple[Place, Spread]]

PREPARED, DRAWN = 16, 4
"""How many pairs of plant and scenario are remembered, and plants drawn of each."""


def realised(
    plant: PlantModel,
    scenario: Scenario,
    seed: int,
    *,
    parameters: int,
    state: int,
    continued: bool = False,
) -> tuple[PlantModel, Scenario]:
    """Return *plant* and *scenario* as one run takes them: changed, and all spreads drawn.

    Numbers of the plant and of what is asked are drawn for replication *parameters*, those of
    ``start_from`` for replication *state*; each depends on *seed*, that number and its own name
    only. Where nothing is changed or uncertain the same two objects come back. A run that is
    *continued* from a snapshot does not begin with ``start_from``: what the tools can do is no
    bound of it then.
    """
    if not (scenario.changes or scenario.spread or plant.spread):
        if not continued:
            refuse_overworn(plant, scenario.start_from)
        return plant, scenario
    ready = _prepared(plant, scenario, continued=continued)
    return ready.plant_of(seed, parameters), ready.scenario_of(seed, parameters, state)


def uncertain(plant: PlantModel, scenario: Scenario, *, continued: bool) -> bool:
    """Tell whether a number of *plant* as *scenario* changes it, or of that, has a spread."""
    if not (scenario.changes or scenario.spread or plant.spread):
        return False
    ready = _prepared(plant, scenario, continued=continued)
    return bool(ready.of_plant or ready.of_orders or ready.of_start)


def prepared(plant: PlantModel, scenario: Scenario) -> tuple[PlantModel, Scenario]:
    """Return *plant* as *scenario* changes it, and a scenario that changes nothing more."""
    if not scenario.changes:
        return plant, scenario
    return scenario.changes.applied(plant), replace(scenario, changes=Changes())


def fitted(
    snapshot: Snapshot, plant: PlantModel, asked: PlantModel, scenario: Scenario
) -> Snapshot:
    """Return *snapshot* as a state of *plant*, which *asked* and *scenario* were realised to.

    A snapshot from a file tells its plant by a digest: it must be of *plant*, of the plant that
    was asked, of that as the scenario changes it, or as it was drawn for the snapshot's own
    replication. One of a plant of another name is left to be refused: onto that, somebody has
    to say so.
    """
    if snapshot.plant != plant.name:
        return snapshot
    old: PlantModel = snapshot.model or _plant_of(snapshot, plant, asked, scenario)
    if old is plant or is_alike(old, plant):
        return snapshot
    return onto(snapshot, plant, old=old).snapshot


def moves_of(snapshot: Snapshot, asked: PlantModel, scenario: Scenario) -> Moves:
    """Return in words what becomes of *snapshot* on the plant as *scenario* changes it."""
    plant = _as_run(asked, replace(scenario, spread=()), 0, 0)
    old: PlantModel = snapshot.model or _plant_of(snapshot, plant, asked, scenario)
    return moves(snapshot, plant, old=old)


def _plant_of(
    snapshot: Snapshot, plant: PlantModel, asked: PlantModel, scenario: Scenario
) -> PlantModel:
    """Return the plant that a snapshot from a file was taken of."""
    if not snapshot.digest or plan_of(plant).matter_digest == snapshot.digest:
        return plant
    r = snapshot.replication
    ways: tuple[Callable[[], PlantModel], ...] = (
        lambda: asked,
        lambda: _as_run(asked, scenario, snapshot.seed, r),
        lambda: _as_run(asked, replace(scenario, spread=()), 0, 0),
        lambda: _as_run(asked, replace(scenario, changes=Changes()), snapshot.seed, r),
    )
    for way in ways:
        known = way()
        if plan_of(known).matter_digest == snapshot.digest:
            return known
    raise InvalidInput(
        f"the snapshot is of another plant {snapshot.plant!r} than the one asked, not even as "
        f"{scenario.name} changes it; say which: snapshot.onto(plant, old=...)"
    )


def _as_run(plant: PlantModel, scenario: Scenario, seed: int, replication: int) -> PlantModel:
    """Return *plant* as a run that goes on takes it."""
    return realised(
        plant, scenario, seed, parameters=replication, state=replication, continued=True
    )[0]


@dataclass(slots=True)
class _Prepared:
    """A plant as a scenario changes it, that scenario, and where both are uncertain."""

    asked: tuple[PlantModel, Scenario]
    plant: PlantModel
    scenario: Scenario
    of_plant: Uncertain
    of_orders: Uncertain
    of_start: Uncertain
    drawn: dict[tuple[int, int], PlantModel] = field(default_factory=dict)

    def plant_of(self, seed: int, parameters: int) -> PlantModel:
        """Return the plant of one replication, one object as long as it is remembered."""
        if not self.of_plant:
            return self.plant
        key = seed, parameters
        plant = self.drawn.get(key)
        if plant is None:
            while len(self.drawn) >= DRAWN:
                self.drawn.pop(next(iter(self.drawn)), None)
            plant = draw(self.plant, self.of_plant, Streams(seed, parameters))
            refuse_unsound(plant)
            self.drawn[key] = plant
        return plant

    def scenario_of(self, seed: int, parameters: int, state: int) -> Scenario:
        """Return the scenario of one replication."""
        scenario = self.scenario
        if self.of_orders:
            scenario = draw(scenario, self.of_orders, Streams(seed, parameters))
        if self.of_start:
            scenario = draw(scenario, self.of_start, Streams(seed, state))
        return scenario


_PREPARED: dict[tuple[int, int, bool], _Prepared] = {}


def _prepared(plant: PlantModel, scenario: Scenario, *, continued: bool) -> _Prepared:
    """Return what is prepared of the two, once per pair of objects."""
    key = id(plant), id(scenario), continued
    found = _PREPARED.get(key)
    if found is None or found.asked[0] is not plant or found.asked[1] is not scenario:
        while len(_PREPARED) >= PREPARED:
            _PREPARED.pop(next(iter(_PREPARED)), None)
        found = _PREPARED[key] = _prepare(plant, scenario, continued=continued)
    return found


def _prepare(plant: PlantModel, scenario: Scenario, *, continued: bool) -> _Prepared:
    changes = scenario.changes
    changed = changes.applied(plant) if changes else plant
    _refuse_strangers(changed, scenario)
    bounds = {}
    if not continued:
        refuse_overworn(changed, scenario.start_from)
        bounds = wear_measures(changed, scenario.start_from)
    mine = [s for s in scenario.spread if s.name.partition(".")[0] in OF_SCENARIO]
    of_plant = [*changed.spread, *(s for s in scenario.spread if s not in mine)]
    own = spreads_at(scenario, mine, bounds)
    return _Prepared(
        asked=(plant, scenario),
        plant=replace(changed, spread=()) if changed.spread else changed,
        scenario=replace(scenario, changes=Changes(), spread=()),
        of_plant=spreads_at(changed, of_plant),
        of_orders={n: at for n, at in own.items() if not n.startswith("start_from.")},
        of_start={n: at for n, at in own.items() if n.startswith("start_from.")},
    )


def _refuse_strangers(plant: PlantModel, scenario: Scenario) -> None:
    """Refuse a scenario that speaks of a machine which its changes take away."""
    machines = {machine.name for machine in plant.machines}
    for what, name in _mentioned(scenario):
        if name not in machines:
            raise InvalidInput(
                f"{what} {name!r}; {scenario.name} takes it away from {plant.name}, or never "
                "had it"
            )


def _mentioned(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the machines of which *scenario* speaks, and where."""
    for act in scenario.interventions:
        yield f"an event at {act.at:g} s, {act.do}, is of", act.machine
    for machine in scenario.sequence:
        yield "sequence names", machine
    start = scenario.start_from
    for work in start.work:
        if work.machine is not None:
            yield f"start_from.work has piece {work.piece} of {work.order!r} in", work.machine
    for name in (*start.temperatures, *start.stopped, *start.repairs):
        yield "start_from names", name
    for keys in (start.bearings, start.edges, start.lands, start.ages, start.levels):
        for key in keys:
            yield "start_from names", key[0]

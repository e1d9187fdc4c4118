"""This module holds the verbs that a worker does: a question of plain data, its answer as such.

Nothing of a model stands in the process that serves: it hands texts to a worker, and gets some.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simtwin.civil import read_zero
from simtwin.errors import FileProblems
from simtwin.live.settings import Settings
from simtwin.plant.acts import with_seen
from simtwin.plant.files import (
    given_in,
    load_plant,
    load_scenario,
    parse_plant,
    parse_scenario,
    wrong_scenario,
)
from simtwin.plant.model import Intervention, PlantModel, Scenario
from simtwin.plant.plain import from_plain, to_plain
from simtwin.shop.capture import from_json
from simtwin.units import DAY, HOUR

if TYPE_CHECKING:
    from simtwin.result.ensemble import Ensemble
    from simtwin.result.result import Result
    from simtwin.result.snapshot import Snapshot
    from simtwin.service.following import Following

Progress = Callable[[int, int], None]
Guard = Callable[[], None]

WATCH = 8.0 * HOUR
"""How far back a viewer shows a twin [s]."""

Act = tuple[float, str, str, float | None]
"""Instant [s], machine, what is done, value."""

WISHED = (
    "machine", "program", "operation", "objective", "constraints", "vary", "bounds", "passes",
    "prices",
)  # fmt: skip
"""Of what is asked of optimize, what a plant decides whether it can be."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a twin as it is: its plant and plan, its state, what was done to it."""

    verb: str
    plant: str
    """The plant, plain, as JSON."""
    scenario: str
    snapshot: str | None = None
    """The state to begin with; None: that of the scenario's start."""
    acts: Sequence[Act] = ()
    arguments: dict[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    """Why the state to begin with is not to be trusted as one in sync, by machine."""

    def as_plain(self) -> dict[str, Any]:
        """Return the question as plain data."""
        return asdict(self)

    def model(self) -> PlantModel:
        """Return the plant."""
        return _plant(self.plant)

    def plan(self) -> Scenario:
        """Return the scenario, with what operators were seen to do."""
        scenario: Scenario = from_plain(json.loads(self.scenario))
        seen = [Intervention(at, name, do, value) for at, name, do, value in self.acts]  # type: ignore[arg-type]
        return replace(scenario, interventions=with_seen(scenario.interventions, seen))

    def begin(self) -> Snapshot | None:
        """Return the state to begin with."""
        if self.snapshot is None:
            return None
        return replace(from_json(self.snapshot), model=self.model())


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as plain data, and its tables as CSV and pages as HTML by name."""

    plain: dict[str, Any]
    sheets: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)


def answer(question: Question, progress: Progress | None, guard: Guard | None) -> Answer:
    """Return what the verb of *question* gives; a start that is stale is named in it."""
    found = VERBS[question.verb](question, progress, guard)
    if question.warnings and not found.plain.get("warnings"):
        found.plain["warnings"] = list(question.warnings)
    return found


def simulate(question: Question, progress: Progress | None, guard: Guard | None) -> Answer:
    """Return many runs from the state on, or one: the answer of ``simtwin run``."""
    from simtwin.orchestrator.reasons import reasons
    from simtwin.orchestrator.replicate import replicate
    from simtwin.orchestrator.simulate import simulate as once
    from simtwin.report import answer as told

    plant, plan, begin, asked = _of(question)
    n = asked.get("replications") or plan.replications
    if n == 1:
        run = once(
            plant, plan, seed=asked.get("seed"), until=asked.get("until"), snapshot=begin,
            forecast=begin is not None, guard=guard,
        )  # fmt: skip
        return Answer(told.answer(run), _sheets(run), {"view": _shop(run)})
    many = replicate(
        plant, plan, n, seed=asked.get("seed"), until=asked.get("until"), snapshot=begin,
        workers=1, progress=progress, guard=guard,
    )  # fmt: skip
    because = reasons(many)
    why = {"reasons": told.reasons(because)} if because else {}
    return Answer(told.answer(many) | why, _sheets(many))


def predict_failure(
    question: Question, progress: Progress | None, guard: Guard | None
) -> Answer:
    """Return what may fail until when: the answer of ``simtwin look-ahead``."""
    from simtwin.orchestrator.look_ahead import look_ahead
    from simtwin.report import answer as told

    plant, plan, begin, asked = _of(question)
    ahead = look_ahead(
        plant, begin, plan, horizon=asked.get("horizon"),
        replications=asked.get("replications"), target=asked.get("target"),
        most=asked["most"], seed=asked.get("seed"), workers=1, progress=progress, guard=guard,
    )  # fmt: skip
    return Answer(told.answer(ahead))


def optimize(question: Question, progress: Progress | None, guard: Guard | None) -> Answer:
    """Return the best parameters of an operation: the answer of ``simtwin optimise``."""
    from simtwin.orchestrator.optimise.parameters import optimise_parameters
    from simtwin.report import answer as told
    from simtwin.report.sheets import sheet

    asked, plan = dict(question.arguments), question.plan()
    whole = asked.pop("whole_plan", False)
    best = optimise_parameters(
        question.model(), asked.pop("machine"), scenario=plan if whole else None,
        workers=1, progress=progress, guard=guard, **asked,
    )  # fmt: skip
    names = ["parameters", "constraints", "figures", *(["front"] if best.front else [])]
    start = read_zero(plan.start)
    return Answer(
        told.answer(best), {name: sheet(best.frame(name), (), start) for name in names}
    )


def check_optimize(
    question: Question, progress: Progress | None, guard: Guard | None
) -> Answer:
    """Refuse what optimize would refuse before it searches; the answer has nothing."""
    from simtwin.orchestrator.optimise.parameters import asked_task
    from simtwin.orchestrator.realise import prepared

    asked, plant = question.arguments, question.model()
    if asked.get("whole_plan"):
        plant, _ = prepared(plant, question.plan())
    asked_task(plant, **{key: asked[key] for key in WISHED if key in asked})
    return Answer({})


def place(question: Question, progress: Progress | None, guard: Guard | None) -> Answer:
    """Return the twin as it is now, after all that its log has."""
    asked = question.arguments
    sensors = tuple(asked["sensors"].items())
    followed = _following(
        question.plant, asked["log"], asked["id"], sensors, asked["stale_after"]
    )
    plan = replace(question.plan(), seed=asked["seed"])
    return Answer(followed.placed(plan, begin=asked["begin"], guard=guard))


def see(question: Question, progress: Progress | None, guard: Guard | None) -> Answer:
    """Return what a viewer shows of the plan until now; who is not heard any more is stale."""
    from simtwin.orchestrator.simulate import simulate as once
    from simtwin.result.frames import began
    from simtwin.viewer.data import Shown, view_data

    asked = question.arguments
    plan = replace(question.plan(), measure_from=0.0)
    run = once(question.model(), plan, seed=asked["seed"], until=asked["until"], guard=guard)
    said = f"simulated (seed {run.seed}), with what operators were seen to do"
    silent = {name: (since, reason) for name, (since, reason) in asked["silent"].items()}
    shown = Shown(run, plan.name, said, {}, silent)
    return Answer(view_data([shown], (max(began(run), run.end - WATCH), run.end)))


def ground(plant: str | None, scenario: str | None, names: tuple[str, str]) -> dict[str, Any]:
    """Return plant and scenario as plain texts, read from YAML or bundled by their *names*."""
    try:
        model = load_plant(names[0]) if plant is None else parse_plant(plant, name=names[0])
    except FileProblems as error:
        if scenario is None:
            raise
        given = {} if plant is None else given_in(plant)
        wrong = wrong_scenario(scenario, name=names[1], given=given)
        raise FileProblems((*error.problems, *wrong)) from None
    if scenario is None:
        plan = load_scenario(names[1], model)
    else:
        plan = parse_scenario(scenario, model, name=names[1])
    return {
        "plant": json.dumps(to_plain(model), allow_nan=False),
        "scenario": json.dumps(to_plain(plan), allow_nan=False),
        "name": model.name,
        "plan": plan.name,
        "start": plan.start,
        "horizon": plan.horizon,
        "seed": plan.seed,
        "replications": plan.replications,
        "machines": {
            spec.name: [] if spec.spindle is None else list(spec.spindle.network.nodes)
            for spec in model.machines
        },
        "assumptions": list(model.assumptions),
    }


def plant_in(text: str, name: str) -> dict[str, Any]:
    """Return what the plant in a YAML *text* has; its problems are raised."""
    model = parse_plant(text, name=name)
    return {"title": model.name, "machines": [spec.name for spec in model.machines]}


def scenario_in(text: str, name: str, plant: str | None) -> dict[str, Any]:
    """Return what the scenario in a YAML *text* has, for the *plant* in another text."""
    model = None if plant is None else parse_plant(plant, name="plant")
    plan = parse_scenario(text, model, name=name)
    return {"title": plan.name, "orders": [order.name for order in plan.orders]}


def _of(
    question: Question,
) -> tuple[PlantModel, Scenario, Snapshot | None, dict[str, Any]]:
    return question.model(), question.plan(), question.begin(), question.arguments


def _sheets(told: Result | Ensemble) -> dict[str, str]:
    from simtwin.report.sheets import sheets

    return sheets(told, log=True)


def _shop(run: Result) -> str:
    """Return the shop in 3D, of the last day of *run*."""
    from simtwin.result.frames import began
    from simtwin.viewer.page import view

    return view([run], begin=max(began(run), run.end - DAY)).html


@lru_cache(maxsize=8)
def _plant(text: str) -> PlantModel:
    """Return the plant in *text*; the same one for the same text, whose plan is then kept."""
    model: PlantModel = from_plain(json.loads(text))
    return model


@lru_cache(maxsize=8)
def _following(
    plant: str,
    log: str,
    twin: str,
    sensors: tuple[tuple[str, str], ...],
    stale_after: float | None,
) -> Following:
    """Return the machines of a plant followed in *log*, as far as that *twin* was before."""
    from simtwin.service.following import Following

    settings = Settings(sensors=MappingProxyType(dict(sensors)), stale_after=stale_after)
    return Following(_plant(plant), Path(log), settings)


VERBS: dict[str, Callable[[Question, Progress | None, Guard | None], Answer]] = {
    "simulate": simulate,
    "optimize": optimize,
    "check-optimize": check_optimize,
    "predict-failure": predict_failure,
    "place": place,
    "view": see,
}
"""What a worker can do; another verb is one function and one line here."""

"""This module holds the following: what a log says of machines, beside what a plan has of them.

Reports come from the log, estimates from the twin of :mod:`simtwin.live`, simulated values from
a run of the plan that no measurement ever touches. The three are told apart, always.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.live.catalogue import CATALOGUE, Freshness
from simtwin.live.condition import OFF
from simtwin.live.drift import Status
from simtwin.live.envelope import Quality
from simtwin.live.freshness import ages
from simtwin.live.instants import utc_seconds
from simtwin.live.settings import AMBIENT, Settings
from simtwin.live.store import Store
from simtwin.live.twin import Twin
from simtwin.names import natural
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.acts import with_seen
from simtwin.plant.measures import OVERRIDE_LEAST, OVERRIDE_MOST
from simtwin.plant.model import Intervention
from simtwin.plant.plain import to_plain
from simtwin.report.plain import plain
from simtwin.result.followed import followed_of
from simtwin.service.names import TOLD, told
from simtwin.shop.capture import to_json
from simtwin.units import PERCENT

if TYPE_CHECKING:
    from pathlib import Path

    from simtwin.live.drift import Verdict
    from simtwin.live.envelope import Observation
    from simtwin.live.freshness import Age
    from simtwin.live.views import Believed, Interval, MachineView
    from simtwin.plant.model import Doing, PlantModel, Scenario
    from simtwin.result.result import Result

Guard = Callable[[], None]

SHOWN = (
    "state", "cause", "job", "operation", "power_kw", "speed_rpm", "torque_nm", "tool",
    "temperature_c", "motor_current_a",
)  # fmt: skip
"""Of a machine's state, what a sensor or a counter shows; damage stays sealed (KERNEL 17)."""

OVERRIDES: Mapping[str, Doing] = {
    "feed_override": "feed override",
    "spindle_override": "spindle override",
}
"""What an operator sets to a number, and what the same is in a plan."""

NO_MODEL = "the plant has no thermal model of it"


class Following:
    """The machines of one plant, followed in one log that somebody else writes.

    What was followed already is kept, so that a longer log costs what is new in it.
    """

    def __init__(self, plant: PlantModel, log: Path, settings: Settings) -> None:
        self.plant = plant
        self.settings = settings
        self._store = Store(log, readonly=True)
        self._models = any(machine.spindle is not None for machine in plant.machines)
        self._twin: Twin | None = None

    def close(self) -> None:
        """Close the log."""
        self._store.close()

    def placed(
        self, plan: Scenario, *, begin: float, guard: Guard | None = None
    ) -> dict[str, Any]:
        """Return the state that follows from the log, as plain data; from *begin* [s] on.

        Besides what is told of machines: where forecasts begin. Where a machine is followed,
        that is the state and the plant as they are believed, else those of the run.
        """
        seen, digest = tuple(self._store.observations()), self._store.digest()
        start = utc_seconds(plan.start)
        now = max([begin, *(_after(start, one) for one in seen[-1:])])
        acts, undone = acts_of(seen, start)
        plan = replace(
            plan,
            measure_from=0.0,  # What counts is what comes after.
            interventions=with_seen(plan.interventions, acts),
        )
        run = simulate(self.plant, plan, until=now, guard=guard)
        twin = self._at(plan, start + now)
        views = {} if twin is None else dict(twin.state)
        if twin is not None and any(view.estimated for view in views.values()):
            snapshot, believed = twin.snapshot(), twin.followed_plant
            plant = json.dumps(to_plain(believed), allow_nan=False)
        else:
            snapshot, plant = run.snapshot, None
        rests = followed_of(snapshot)
        machines = _machines(run, seen, views, self.settings, start=start, now=now)
        return {
            "time": now,
            "kept": len(seen),
            "digest": digest,
            "acts": [[act.at, act.machine, act.do, act.value] for act in acts],
            "assumptions": undone,
            "machines": machines,
            "warnings": [] if rests is None else list(rests.warnings),
            "silent": _silent(machines),
            "snapshot": to_json(snapshot) if now > 0.0 else None,
            "plant": plant,
        }

    def _at(self, plan: Scenario, now: float) -> Twin | None:
        """Return the twin at *now* [s, UTC]; None where no machine has a thermal model."""
        if not self._models:
            return None
        twin = self._twin
        if twin is None or (twin.readings.ends() and twin.now > now):
            twin = Twin(self.plant, store=self._store, settings=self.settings)
            self._twin = twin
        twin.scenario, twin.begin = plan, utc_seconds(plan.start)
        twin.observe(())  # What was written meanwhile is in the log.
        twin.wait(now)
        return twin


def acts_of(
    seen: Iterable[Observation], start: float
) -> tuple[tuple[Intervention, ...], list[str]]:
    """Return what operators did, and in words what of it a model cannot do.

    That is wherever a good report of a setting differs from the last one of that machine, which
    is not what the machine began with.
    """
    acts: list[Intervention] = []
    undone: list[str] = []
    last: dict[tuple[str, str], float | str] = {}
    for one in seen:
        if one.quality is not Quality.GOOD or one.value is None:
            continue
        if last.get((one.device, one.signal)) == one.value:
            continue
        found = _act(one, _after(start, one))
        if found is None:
            continue
        last[one.device, one.signal] = one.value
        if isinstance(found.value, float) and not (
            OVERRIDE_LEAST <= found.value <= OVERRIDE_MOST
        ):
            undone.append(
                f"{found.do} {found.value:g} % of {found.machine} is not done: a model takes "
                f"{OVERRIDE_LEAST:g} to {OVERRIDE_MOST:g} %"
            )
        else:
            acts.append(found)
    return tuple(acts), list(dict.fromkeys(undone))


def _act(one: Observation, at: float) -> Intervention | None:
    """Return what an operator has done where *one* is a report of what is set."""
    do: Doing
    match one.signal, one.value:
        case (("feed_override" | "spindle_override"), float(share)):
            value = round(share / PERCENT, 6)
            return Intervention(at, one.device, OVERRIDES[one.signal], value)
        case "coolant", str(word):
            do = "coolant off" if word in OFF else "coolant on"
        case "stopped", str(word):
            do = "stop" if word == "true" else "start"
        case _:
            return None
    return Intervention(at, one.device, do)


def _after(start: float, one: Observation) -> float:
    """Return when *one* was so [s after the start of the plan], without the noise of 1970."""
    return round(one.t_event - start, 6)


def _machines(
    run: Result,
    seen: tuple[Observation, ...],
    views: Mapping[str, MachineView],
    settings: Settings,
    *,
    start: float,
    now: float,
) -> list[dict[str, Any]]:
    by_machine: dict[str, list[Observation]] = {}
    for one in seen:
        by_machine.setdefault(one.device, []).append(one)
    return [
        {
            "machine": name,
            **{key: plain(state[key]) for key in SHOWN if key in state},
            **_trusted(views.get(name)),
            "reported": [
                _report(run, one, old.get(one.signal), views.get(name), settings, start=start)
                for one in _newest(own)
            ],
        }
        for name, state in run.at(now).items()
        for own in [by_machine.get(name, [])]
        for old in [ages(own, start + now)]
    ]


def _newest(seen: Iterable[Observation]) -> list[Observation]:
    """Return the newest of each signal, by event time; those of no catalogue are not told."""
    newest = {one.signal: one for one in seen if one.signal in CATALOGUE}
    return sorted(newest.values(), key=lambda one: natural(one.signal))


def _report(
    run: Result,
    one: Observation,
    age: Age | None,
    view: MachineView | None,
    settings: Settings,
    *,
    start: float,
) -> dict[str, Any]:
    """Return the newest report of one signal beside what is estimated and simulated of it."""
    at = _after(start, one)
    value, unit = told(one.signal, one.value)
    node = settings.sensors.get(one.signal)
    own = run.at(at)[one.device]
    simulated = (
        (own["temperature_c"] or {}).get(node)
        if node is not None
        else own.get(TOLD[one.signal].simulated or "") if one.signal in TOLD else None
    )  # fmt: skip
    fresh = Freshness.GAP if age is None else settings.freshness(one.signal, age.age)
    known = simulated is not None and isinstance(value, float)
    return {
        "signal": one.signal,
        "node": node,
        "unit": unit,
        "value": value,
        "quality": str(one.quality),
        "at_s": at,
        "age_s": None if age is None else age.age,
        "freshness": str(fresh),
        "estimated": _estimate(view, node),
        "simulated": plain(simulated),
        "difference": plain(value - simulated) if known else None,  # type: ignore[operator]
    }


def _estimate(view: MachineView | None, node: str | None) -> dict[str, float] | None:
    """Return what is believed now of what a sensor at *node* measures."""
    if view is None or view.estimated is None or node is None:
        return None
    believed = view.estimated
    found = believed.ambient if node == AMBIENT else believed.temperatures.get(node)
    return None if found is None else _interval(found)


def _trusted(view: MachineView | None) -> dict[str, Any]:
    """Return how far the twin of a machine may be trusted, and what it believes."""
    if view is None:
        return {"status": str(Status.UNCALIBRATED), "reason": NO_MODEL, "estimate": None}
    verdict: Verdict = view.status
    estimate = None
    if view.estimated is not None and view.simulated is not None:
        estimate = _believed(view.estimated) | {
            "uncorrected_c": _believed(view.simulated)["temperature_c"],
            "readings": dict(sorted(view.counts.items())),
        }
    return {
        "status": str(verdict.status),
        "reason": verdict.reason,
        "estimate": estimate,
    }


def _believed(believed: Believed) -> dict[str, Any]:
    return {
        "temperature_c": {n: _interval(t) for n, t in believed.temperatures.items()},
        "ambient_c": _interval(believed.ambient),
        "friction": _interval(believed.friction),
    }


def _interval(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _silent(machines: Iterable[Mapping[str, Any]]) -> dict[str, tuple[float, str]]:
    """Return which machines are not heard any more: since when [s], and why.

    Nothing that was reported of it is fresh, or, where it is followed, no temperature.
    """
    found = {}
    for machine in machines:
        reports = [
            one
            for one in machine["reported"]
            if machine["status"] != Status.STALE or one["estimated"] is not None
        ]
        if reports and all(one["freshness"] != Freshness.FRESH for one in reports):
            newest = max(reports, key=lambda one: one["at_s"])
            since, told = newest["at_s"], f"{newest['signal']} was the last that was reported"
            found[machine["machine"]] = since, told
    return found

"""This module holds the recalibration: parameters proposed, and judged on data unseen by them.

A proposal is fitted on the earlier part of a window and judged on the later one. It is applied
only when it predicts that better, and by more than chance; else the parameters stay. Whatever
is applied is a version that can be rolled back (TELEMETRY 6).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from simtwin.errors import InvalidInput
from simtwin.live.condition import SIGNALS
from simtwin.live.fed import fed
from simtwin.live.follow import Follower
from simtwin.live.holdout import ahead, correlated, judged, rms
from simtwin.live.parameters import FACTORS, NAMES, Parameters
from simtwin.live.proposal import Change, Proposal
from simtwin.live.settings import AMBIENT, Settings
from simtwin.live.track import Track
from simtwin.live.views import Z95

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simtwin.live.envelope import Observation
    from simtwin.plant.model import PlantModel

PRIORS: Mapping[str, float] = MappingProxyType(
    {
        "friction": 0.3,
        "losses": 0.2,
        "capacity": 0.1,
        "links": 0.1,
        "cooling": 0.3,
        "surface": 0.3,
        "ambient": 2.0,
    }
)
"""Deviation of the logarithm of a factor before any data [-], of the ambient [K] (assumption):
lubrication, preload and cooling change as a machine ages, its masses and metal paths do not."""
LEARNED = 0.5
"""A parameter is identified where data leave at most this share of the prior's deviation."""
HELD_OUT = 1.0 / 3.0
"""Later share of a window, on which a proposal is judged."""
AHEAD = 3600.0
"""How far ahead hold-out errors look [s]."""
CONSTANTS = 3.0
"""Slowest time constants that a window must span, up to LONGEST."""
LONGEST = 4.0 * 3600.0
"""A window as long as this is long enough whatever the network [s]."""
SWING = 4.0
"""Temperatures must move by so much [K], or there is nothing to learn from."""
EXPLAINED = 10.83
"""Twice the log likelihood that one more parameter must explain: chi2(1; .999)."""
ROUNDS = 8
"""Gauss-Newton steps at most."""
CLOSE = 1e-3
"""A step below this share of the prior's deviation is the last."""
NUDGE = 1e-3
"""Step of the difference quotients, in logarithms and in kelvin."""


def recalibrate(
    plant: PlantModel,
    machine: str,
    observations: Sequence[Observation],
    *,
    parameters: Parameters,
    settings: Settings,
    start: Track | None = None,
) -> Proposal:
    """Return what *observations* of *machine*, sorted, propose instead of *parameters*.

    A maximum a posteriori fit of the model's own course to the earlier part (log-normal priors
    about *parameters*), by Gauss-Newton on the exact propagator (PHYSICS 10); parameters that
    the data do not pin down stay as they are. *start* is what was known before the first of
    them; without it the spindle stands, and all nodes are at their first reading. What the
    filter does not use, gaps and a stopped machine feed nothing (`simtwin.live.fed`).
    """
    task = _Task(plant, machine, tuple(observations), parameters, settings, start)
    return task.proposal()


class _Task:
    """One fit: its data, split, and the model under any parameters."""

    def __init__(
        self,
        plant: PlantModel,
        machine: str,
        observations: tuple[Observation, ...],
        parameters: Parameters,
        settings: Settings,
        start: Track | None,
    ) -> None:
        self.plant, self.machine, self.before = plant, machine, parameters
        self.start = start or Track(observations[0].t_event if observations else 0.0)
        self.settings = replace(settings, gate=True)
        follower = self._follower(parameters)
        nodes = {s for s, n in settings.sensors.items() if n != AMBIENT} & set(follower.places)
        self.rows, self.begun, self.left = fed(follower, observations, nodes, self.start)
        self.readings = [o for o in self.rows if o.signal in nodes]
        if len(self.readings) < 3:
            raise InvalidInput(
                f"{machine}: a recalibration needs readings of {', '.join(sorted(nodes))} "
                f"that are used (got {len(self.readings)}, {self.left} left out)"
            )
        begin, end = self.readings[0].t_event, self.readings[-1].t_event
        self.window = begin, end
        self.cut = end - HELD_OUT * (end - begin)
        self.early = [o for o in self.rows if o.t_event <= self.cut]

    def _follower(self, parameters: Parameters) -> Follower:
        return Follower(self.plant, self.machine, parameters=parameters, settings=self.settings)

    def proposal(self) -> Proposal:
        """Return the proposal of the window, sound or not."""
        lacking = self._lacking()
        after = self.before
        changes: tuple[Change, ...] = ()
        if lacking is None:
            after, changes = self._fitted()
        fit = tuple(rms(self._course(p)) for p in (self.before, after))
        alone = self._rest(self.before), self._rest(after)
        ahead = self._ahead(self.before), self._ahead(after)
        sound, reason = False, lacking
        if lacking is None:
            sound, reason = judged(alone, ahead, changes)
        return Proposal(
            self.machine, self.before, after, changes, self.window, len(self.readings),
            _digest(self.rows), (fit[0], fit[1]), (rms(alone[0]), rms(alone[1])),
            (rms(ahead[0]), rms(ahead[1])), reason or "", sound,
        )  # fmt: skip

    def _lacking(self) -> str | None:
        """Return what the window lacks for a fit, None where nothing."""
        system = self._follower(self.before).system
        still = system.spindle.network.mode(ambient=0.0, coolant=0.0)
        slowest = max((1.0 / rate for rate in still.rates if rate > 0.0), default=math.inf)
        wanted = min(CONSTANTS * slowest, LONGEST)
        length = self.cut - self.window[0]
        if length < wanted:
            return (
                f"too short: {length / 3600:.1f} h to fit on, {wanted / 3600:.1f} h are needed"
            )
        values = [float(o.value) for o in self.early if o.signal not in SIGNALS]  # type: ignore[arg-type]
        if max(values) - min(values) < SWING:
            return (
                f"too even: temperatures moved by {max(values) - min(values):.1f} K, "
                f"{SWING:g} K are needed"
            )
        return None

    def _fitted(self) -> tuple[Parameters, tuple[Change, ...]]:
        """Return the parameters of highest posterior, and what became of each.

        One parameter after the other is let go, the one first that explains most, as long as it
        explains more than chance and the data pin down all that are free.
        """
        scales = np.array([PRIORS[name] for name in NAMES])
        x, free = np.zeros(len(NAMES)), list[int]()
        deviations = scales.copy()
        while len(free) < len(NAMES):
            errors = self._course(self._shifted(x))
            slopes = self._slopes(x, errors, range(len(NAMES)))
            chosen = self._next(x, errors, slopes, scales, free)
            if chosen is None:
                break
            free.append(chosen)
            x = self._descended(x, scales, free)
            errors = self._course(self._shifted(x))
            weight = self._weight(errors)
            slopes = self._slopes(x, errors, free)
            deviations = scales.copy()
            deviations[free] = _solved(slopes, errors, weight, x[free], scales[free])[1]
        after = self._shifted(x)
        changes = []
        for i, name in enumerate(NAMES):
            low, high = (
                getattr(self._shifted(x + side * Z95 * deviations[i] * _unit(i)), name)
                for side in (-1.0, 1.0)
            )
            was, now = getattr(self.before, name), getattr(after, name)
            changes.append(Change(name, was, now, low, high, i in free))
        return after, tuple(changes) if free else ()

    def _next(
        self,
        x: np.ndarray,
        errors: np.ndarray,
        slopes: np.ndarray,
        scales: np.ndarray,
        free: list[int],
    ) -> int | None:
        """Return the parameter that explains most of *errors* beyond chance, None for none."""
        best, most = None, EXPLAINED
        count = len(errors) / correlated(errors)  # One measure for all, and a cautious one.
        for i in range(len(NAMES)):
            if i in free:
                continue
            some, moved, left = [*free, i], x.copy(), errors
            for _ in range(2):  # Once more with the noise that the first step leaves.
                step, _ = _solved(
                    slopes[:, some], left, self._weight(left), moved[some], scales[some]
                )
                moved[some] += np.clip(step, -scales[some], scales[some])
                left = self._course(self._shifted(moved))
            # What is left is the noise, and says how surely the step is known.
            deviations = _solved(
                slopes[:, some], left, self._weight(left), x[some], scales[some]
            )[1]
            if (deviations > LEARNED * scales[some]).any():
                continue
            told = count * 2.0 * math.log(rms(errors) / rms(left))
            told -= float(np.sum((moved / scales) ** 2) - np.sum((x / scales) ** 2))
            if told > most:
                best, most = i, told
        return best

    def _descended(self, x: np.ndarray, scales: np.ndarray, free: list[int]) -> np.ndarray:
        """Return the minimum from *x* along the *free* parameters, by Gauss-Newton."""
        x = x.copy()
        for _ in range(ROUNDS):
            errors = self._course(self._shifted(x))
            slopes = self._slopes(x, errors, free)
            step, _ = _solved(slopes, errors, self._weight(errors), x[free], scales[free])
            x[free] += np.clip(step, -scales[free], scales[free])
            if (np.abs(step) < CLOSE * scales[free]).all():
                break
        return x

    def _slopes(self, x: np.ndarray, errors: np.ndarray, which: Iterable[int]) -> np.ndarray:
        """Return how *errors* move with each of the parameters *which*."""
        columns = [
            (self._course(self._shifted(x + NUDGE * _unit(i))) - errors) / NUDGE for i in which
        ]
        return np.column_stack(columns)

    def _weight(self, errors: np.ndarray) -> float:
        """Return what an error of the course counts: 1 over its deviation, and correlated.

        Errors of an open course are not white: those within a time constant tell the same, so
        n of them count as n over the number that do.
        """
        spread = max(self.settings.noise.sensor, rms(errors))
        return 1.0 / (spread * math.sqrt(correlated(errors)))

    def _shifted(self, x: np.ndarray) -> Parameters:
        """Return the parameters at *x*: logarithms of factors, kelvin of the ambient."""
        values = {n: getattr(self.before, n) * math.exp(x[NAMES.index(n)]) for n in FACTORS}
        return Parameters(
            ambient=self.before.ambient + float(x[NAMES.index("ambient")]), **values
        )

    def _rest(self, parameters: Parameters) -> np.ndarray:
        """Return the errors of the model's own course in the part held out [K]."""
        return self._course(parameters, self.rows)[len(self._course(parameters)) :]

    def _course(
        self, parameters: Parameters, rows: Sequence[Observation] | None = None
    ) -> np.ndarray:
        """Return prediction less reading over the early part, the model left alone [K]."""
        follower = self._follower(parameters)
        system, condition = follower.system, self.start.condition
        temperatures: tuple[float, ...] = ()
        if self.start.belief is not None:
            temperatures = tuple(self.start.belief.mean[: len(system.nodes)].tolist())
        errors, then = [], self.start.time
        for observation in self.early if rows is None else rows:
            time = observation.t_event
            if temperatures and time > then:
                load = follower.load(condition)
                temperatures = system.course(load, temperatures, time - then)
            then = time
            temperatures = self.begun.get(time, temperatures)
            if observation.signal in SIGNALS:
                condition = condition.told(observation.signal, observation.value) or condition
                continue
            value = float(observation.value)  # type: ignore[arg-type]
            if not temperatures:
                temperatures = (value,) * len(system.nodes)
            errors.append(temperatures[follower.places[observation.signal]] - value)
        return np.array(errors)

    def _ahead(self, parameters: Parameters) -> np.ndarray:
        """Return the errors of predictions one hour ahead in the part held out [K].

        The filter follows everything; now and then its track coasts on under the conditions
        that were to come, and is compared with what was read.
        """
        follower = self._follower(parameters)
        begin = Track(self.start.time, condition=self.start.condition, told=self.start.told)
        return ahead(follower, self.rows, since=self.cut, lead=AHEAD, begin=begin)


def _solved(
    slopes: np.ndarray, errors: np.ndarray, weight: float, x: np.ndarray, scales: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gauss-Newton step with priors of *scales* about 0, and the deviations."""
    precision = weight**2 * slopes.T @ slopes + np.diag(1.0 / scales**2)
    covariance = np.linalg.inv(precision)
    step = -covariance @ (weight**2 * slopes.T @ errors + x / scales**2)
    return step, np.sqrt(np.diag(covariance))


def _unit(i: int) -> np.ndarray:
    unit = np.zeros(len(NAMES))
    unit[i] = 1.0
    return unit


def _digest(rows: Sequence[Observation]) -> str:
    told = "\n".join(f"{o.signal} {o.t_event!r} {o.value!r}" for o in rows)
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

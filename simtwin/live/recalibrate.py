"""This module holds the recalibration: parameters proposed, and judged on data unseen by them.

A proposal is fitted on the earlier part of a window and judged on the later one. It is applied
only when it predicts that better, and by more than chance; else the parameters stay. Whatever
is applied is a version that can be rolled back (TELEMETRY 6).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simtwin.errors import InvalidInput
from simtwin.live.condition import SIGNALS, Condition
from simtwin.live.follow import AMBIENT, Follower, Settings
from simtwin.live.holdout import ahead, correlated, rms
from simtwin.live.parameters import FACTORS, NAMES, Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.live.envelope import Observation
    from simtwin.plant.model import PlantModel

PRIOR = 0.3
"""Deviation of the logarithm of a factor before any data: 35 % [-]."""
PRIOR_AMBIENT = 2.0
"""Deviation of the ambient before any data [K]."""
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
WON = 2.0
"""Standard errors by which hold-out squares must fall."""


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter before and after, with its 95 % interval."""

    name: str
    before: float
    after: float
    low: float
    high: float
    identified: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """Other parameters for one machine, and whether data speak for them."""

    machine: str
    before: Parameters
    after: Parameters
    changes: tuple[Change, ...]
    window: tuple[float, float]
    """First and last reading [s, UTC]."""
    readings: int
    digest: str
    """Hash of the readings."""
    fit: tuple[float, float]
    """Root mean square error on the fitted part before and after [K]."""
    held_out: tuple[float, float]
    """The same one hour ahead on the part held out [K]."""
    reason: str
    """Why it may be applied, or why not."""
    sound: bool
    """Whether it may be applied."""

    def __str__(self) -> str:
        told = ", ".join(
            f"{c.name} {c.before:.3g} -> {c.after:.3g} [{c.low:.3g}, {c.high:.3g}]"
            for c in self.changes
            if c.identified
        )
        return (
            f"{self.machine}: {told or 'nothing identified'}; one hour ahead on held-out data "
            f"{self.held_out[0]:.2f} K before, {self.held_out[1]:.2f} K after; {self.reason}"
        )


def recalibrate(
    plant: PlantModel,
    machine: str,
    observations: Sequence[Observation],
    *,
    parameters: Parameters,
    settings: Settings,
) -> Proposal:
    """Return what *observations* of *machine*, sorted, propose instead of *parameters*.

    A maximum a posteriori fit of the model's own course to the earlier part (log-normal priors
    about *parameters*), by Gauss-Newton on the exact propagator (PHYSICS 10); parameters that
    the data do not identify stay as they are.
    """
    task = _Task(plant, machine, tuple(observations), parameters, settings)
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
    ) -> None:
        self.plant, self.machine, self.before = plant, machine, parameters
        self.settings = replace(settings, gate=True)
        follower = self._follower(parameters)
        nodes = {s for s, n in settings.sensors.items() if n != AMBIENT} & set(follower.places)
        self.rows = [
            o for o in observations if o.usable and (o.signal in SIGNALS or o.signal in nodes)
        ]
        self.readings = [o for o in self.rows if o.signal in nodes]
        if len(self.readings) < 3:
            raise InvalidInput(
                f"{machine}: a recalibration needs readings of {', '.join(sorted(nodes))} "
                f"(got {len(self.readings)})"
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
        old, new = (self._ahead(p) for p in (self.before, after))
        held = rms(old), rms(new)
        sound, reason = False, lacking
        if lacking is None:
            sound, reason = _judged(old, new, changes)
        return Proposal(
            self.machine, self.before, after, changes, self.window, len(self.readings),
            _digest(self.rows), (fit[0], fit[1]), held, reason or "", sound,
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
        """Return the parameters of highest posterior, and what became of each."""
        scales = np.array([PRIOR_AMBIENT if n == "ambient" else PRIOR for n in NAMES])
        x, deviations = np.zeros(len(NAMES)), scales
        free = np.ones(len(NAMES), dtype=bool)
        for _ in range(2):  # All at first; then again only those that data identify.
            x, deviations = self._descended(x * free, scales, free)
            free &= deviations <= LEARNED * scales
            if not free.any():
                return self.before, ()
        x, deviations = x * free, np.where(free, deviations, scales)
        after = self._shifted(x)
        changes = []
        for i, name in enumerate(NAMES):
            low, high = (
                getattr(self._shifted(x + side * 1.96 * deviations[i] * _unit(i)), name)
                for side in (-1.0, 1.0)
            )
            was, now = getattr(self.before, name), getattr(after, name)
            changes.append(Change(name, was, now, low, high, bool(free[i])))
        return after, tuple(changes)

    def _descended(
        self, x: np.ndarray, scales: np.ndarray, free: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the minimum from *x* along the *free* parameters, and their deviations."""
        from scipy.optimize import least_squares

        slots = np.flatnonzero(free)
        weight = self._weight()

        def residuals(y: np.ndarray) -> np.ndarray:
            full = x.copy()
            full[slots] = y
            return np.concatenate(
                [self._course(self._shifted(full)) * weight, y / scales[slots]]
            )

        found = least_squares(residuals, x[slots], method="lm", max_nfev=60)
        slope = np.asarray(found.jac, dtype=float)
        covariance = np.linalg.inv(slope.T @ slope)
        whole, deviations = x.copy(), scales.copy()
        whole[slots] = found.x
        deviations[slots] = np.sqrt(np.diag(covariance))
        return whole, deviations

    def _weight(self) -> float:
        """Return what a residual of the course counts: 1 over its deviation, and correlated.

        Residuals of an open course are not white: readings within a time constant tell the
        same, so n of them count as the number of such constants in the window.
        """
        residuals = self._course(self.before)
        spread = max(self.settings.noise.sensor, float(np.std(residuals)))
        n = len(residuals)
        lag = correlated(residuals)
        return 1.0 / (spread * math.sqrt(max(1.0, min(lag, n / 3.0))))

    def _shifted(self, x: np.ndarray) -> Parameters:
        """Return the parameters at *x*: logarithms of factors, kelvin of the ambient."""
        values = {n: getattr(self.before, n) * math.exp(x[NAMES.index(n)]) for n in FACTORS}
        return Parameters(ambient=self.before.ambient + x[NAMES.index("ambient")], **values)

    def _course(self, parameters: Parameters) -> np.ndarray:
        """Return prediction less reading over the early part, the model left alone [K]."""
        follower = self._follower(parameters)
        system, condition = follower.system, Condition()
        temperatures: tuple[float, ...] = ()
        errors, then = [], 0.0
        for observation in self.early:
            time = observation.t_event
            if temperatures and time > then:
                load = follower.load(condition)
                temperatures = system.course(load, temperatures, time - then)
            then = time
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
        return ahead(follower, self.rows, since=self.cut, lead=AHEAD)


def _judged(old: np.ndarray, new: np.ndarray, changes: tuple[Change, ...]) -> tuple[bool, str]:
    """Return whether the errors *new* are better than *old* by more than chance, and why."""
    if not changes:
        return False, "the data identify no parameter"
    if len(old) < 3 or len(old) != len(new):
        return False, "too few predictions to judge it by"
    gain = old**2 - new**2
    mean = float(gain.mean())
    error = float(gain.std(ddof=1)) * math.sqrt(correlated(gain) / len(gain))
    if mean <= 0.0:
        return False, "it predicts the held-out part no better, so nothing is changed"
    if mean < WON * error:
        return False, "it predicts the held-out part better, but not by more than chance"
    return True, "it predicts the held-out part better"


def _unit(i: int) -> np.ndarray:
    unit = np.zeros(len(NAMES))
    unit[i] = 1.0
    return unit


def _digest(rows: Sequence[Observation]) -> str:
    told = "\n".join(f"{o.signal} {o.t_event!r} {o.value!r}" for o in rows)
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

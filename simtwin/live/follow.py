"""This module holds the following: observations in order become a belief, charts and alarms.

A :class:`Track` is everything a twin knows of one machine at one instant, as a value;
:class:`Follower` makes the next from an observation. So the state after a set of observations
is a fold over them in sorted order, and a track kept on the way is a checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from simtwin.live.catalogue import CATALOGUE, Freshness
from simtwin.live.condition import REST, SIGNALS, Condition, is_timed, load_of
from simtwin.live.drift import WINDOW, Chart
from simtwin.live.envelope import Observation, Quality
from simtwin.live.kalman import Belief, corrected, innovation, predicted, widened
from simtwin.live.parameters import Parameters, applied
from simtwin.live.thermal import USUAL, Noise, ThermalSystem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.live.kalman import Innovation
    from simtwin.parts.load import Load
    from simtwin.plant.model import PlantModel

AMBIENT = "ambient"
"""What a sensor of the hall's air measures, in a mapping of sensors."""

SENSORS: Mapping[str, str] = MappingProxyType(
    {"temperature_1": "front", "spindle_temperature": "motor", "ambient_temperature": AMBIENT}
)
"""Signal -> node that it measures, unless a twin is told otherwise (assumption)."""

ROW = 10
"""Gated measurements in a row after which the belief is given up (TELEMETRY 6)."""
SETTLED = 2 * WINDOW
"""Innovations without an alarm after which it is over."""
FEWEST = WINDOW
"""Corrections before which nothing is said about drift."""
FAR = 0.15
"""Friction this far off its law, and 4 deviations, is an alarm [-]."""
FAR_AMBIENT = 15.0
"""Ambient this far off the plant's, and 4 deviations, is an alarm [K]."""
SIGMAS = 4.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """That something is not as the model says; what it may be stands in `Twin.alarms`."""

    time: float
    """When it was raised [s, UTC]."""
    device: str
    signal: str
    kind: str
    """``drift``, ``friction``, ``ambient`` or ``diverged``."""
    reason: str
    since: float
    """When it began, as far as the chart can tell [s, UTC]."""


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of one machine at *time*; never changed."""

    time: float
    belief: Belief | None = None
    """None until the first temperature."""
    alone: Belief | None = None
    """What the model says that nobody corrected since its first temperature: simulated."""
    condition: Condition = REST
    told: bool = False
    """Whether any signal has told the condition."""
    seen: Mapping[str, tuple[float, float | str | None]] = field(default_factory=dict)
    """Signal -> newest usable reading: when, and what."""
    used: Mapping[str, float] = field(default_factory=dict)
    """Sensor -> when it last corrected [s]."""
    charts: Mapping[str, Chart] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """Readings used, thinned, gated, suspect, bad, unknown."""
    row: int = 0
    """Gated in a row."""
    alarms: tuple[Alarm, ...] = ()
    quiet: int = SETTLED
    """Innovations since the last alarm."""
    lost: bool = False
    """Whether the last alarm was that it had diverged."""
    innovation: Innovation | None = None
    """The newest, before its correction."""

    def count(self, what: str) -> Mapping[str, int]:
        """Return the counts with one more of *what*."""
        return {**self.counts, what: self.counts.get(what, 0) + 1}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a machine is followed."""

    sensors: Mapping[str, str] = field(default_factory=lambda: SENSORS)
    """Signal -> node, or "ambient"."""
    noise: Noise = USUAL
    deviations: Mapping[str, float] = field(default_factory=dict)
    """Signal -> standard deviation of its noise, where the catalogue's does not hold."""
    thin: float = 1.0
    """Least distance of two corrections by one sensor [s]; nearer ones are correlated."""
    stale_after: float | None = None
    """Age at which a temperature is stale [s]; None: as the catalogue says."""
    gate: bool = True

    def deviation(self, signal: str) -> float:
        """Return the standard deviation of *signal* [K]."""
        found = self.deviations.get(signal)
        if found is None and signal in CATALOGUE:
            found = CATALOGUE[signal].noise
        return self.noise.sensor if found is None else found

    def freshness(self, signal: str, age: float) -> Freshness:
        """Return how fresh a reading of *signal* is at *age* [s]."""
        limit = self.stale_after
        if limit is None:
            if signal in CATALOGUE:
                return CATALOGUE[signal].freshness(age)
            limit = 60.0
        if age <= limit:
            return Freshness.FRESH
        return Freshness.STALE if age <= 10.0 * limit else Freshness.GAP


class Follower:
    """The filter of one machine: a constant; what it knows stands in tracks."""

    def __init__(
        self,
        plant: PlantModel,
        machine: str,
        *,
        parameters: Parameters | None = None,
        settings: Settings | None = None,
        coolant: bool = True,
    ) -> None:
        spec = next(m for m in plant.machines if m.name == machine)
        parameters = parameters or Parameters()
        self.settings = settings or Settings()
        self.machine = applied(spec, parameters)
        self.timed = is_timed(plant, spec)
        self.cooled = coolant
        """False: the coolant is taken as failed, whatever is told."""
        self.system = ThermalSystem(
            self.machine,
            ambient=plant.ambient + parameters.ambient,
            coolant=plant.coolant,
            noise=self.settings.noise,
        )
        places = {node: i for i, node in enumerate(self.system.nodes)}
        places[AMBIENT] = len(places)
        self.places = {s: places[n] for s, n in self.settings.sensors.items() if n in places}
        """Signal -> component of the state that it measures."""

    def fold(self, track: Track, observations: Iterable[Observation]) -> Track:
        """Return *track* after *observations*, which come in sorted order."""
        for observation in observations:
            track = self.after(track, observation)
        return track

    def tracks(self, track: Track, observations: Iterable[Observation]) -> Iterator[Track]:
        """Give the track after each of *observations*."""
        for observation in observations:
            track = self.after(track, observation)
            yield track

    def after(self, track: Track, observation: Observation) -> Track:
        """Return the track after one observation."""
        signal, time = observation.signal, observation.t_event
        if not observation.usable:
            return replace(track, counts=track.count("bad"))
        if signal in SIGNALS:
            condition = track.condition.told(signal, observation.value)
            if condition is None:
                return replace(track, counts=track.count("bad"))
            track = self.coasted(track, time)
            return replace(
                track, condition=condition, told=True, seen=_seen(track, observation)
            )
        if signal not in self.places:
            return replace(track, counts=track.count("unknown"))
        track = replace(track, seen=_seen(track, observation))
        if observation.quality is not Quality.GOOD:
            return replace(track, counts=track.count("suspect"))
        if isinstance(observation.value, str) or observation.value is None:
            return replace(track, counts=track.count("bad"))
        if time - track.used.get(signal, -np.inf) < self.settings.thin:
            return replace(track, counts=track.count("thinned"))
        return self._measured(track, signal, float(observation.value), time)

    def coasted(self, track: Track, time: float) -> Track:
        """Return *track* at *time* [s] with nothing measured; its spread has grown."""
        dt = time - track.time
        if track.belief is None or dt <= 0.0:
            return replace(track, time=max(time, track.time))
        load = self.load(track.condition)
        alone = track.alone
        return replace(
            track,
            time=time,
            belief=self._grown(track.belief, load, dt),
            alone=None if alone is None else self._grown(alone, load, dt),
        )

    def _grown(self, belief: Belief, load: Load, dt: float) -> Belief:
        """Return *belief* after *dt* [s] under *load*."""
        at: tuple[float, ...] = ()
        if self.system.slopes(load):  # Friction is taken at the temperatures it begins with.
            at = tuple(belief.mean[: len(self.system.nodes)].tolist())
        return predicted(belief, self.system.step(load, dt, at))

    def load(self, condition: Condition) -> Load:
        """Return the load that *condition* means."""
        if not self.cooled:
            condition = replace(condition, coolant=False)
        return load_of(self.machine, condition, timed=self.timed)

    def _measured(self, track: Track, signal: str, value: float, time: float) -> Track:
        place, noise = self.places[signal], self.settings.deviation(signal) ** 2
        if place == len(self.system.nodes):
            value -= self.system.ambient
        elif track.belief is None:
            return self._begun(track, place, value, time, signal)
        track = self.coasted(track, time)
        if track.belief is None:  # The hall is known before the machine: nothing to correct.
            return replace(track, counts=track.count("thinned"))
        found = innovation(track.belief, place, value, noise)
        gated = found.gated and self.settings.gate
        row = track.row + 1 if gated else 0
        chart, reason, since = track.charts.get(signal, Chart()).after(found.normalised, time)
        track = replace(
            track,
            belief=track.belief if gated else corrected(track.belief, found),
            used={**track.used, signal: time},
            charts={**track.charts, signal: chart},
            counts=track.count("gated" if gated else "used"),
            row=row,
            quiet=track.quiet + 1,
            innovation=found,
        )
        if row >= ROW:
            return self._given_up(track, signal)
        if track.counts.get("used", 0) < FEWEST:
            return track
        if reason is not None:
            return self._alarmed(track, signal, "drift", reason, since)
        return self._slow_watched(track, signal)

    def _begun(self, track: Track, place: int, value: float, time: float, signal: str) -> Track:
        """Return the track with its first temperature: all nodes are near it, to begin with."""
        noise, n = self.settings.noise, len(self.system.nodes)
        deviations = np.full(n + 2, noise.first)
        deviations[place] = self.settings.deviation(signal)
        deviations[n], deviations[n + 1] = noise.first_ambient, noise.first_friction
        mean = np.zeros(n + 2)
        mean[:n] = value
        belief = Belief(mean, np.diag(deviations**2))
        return replace(
            track,
            time=time,
            belief=belief,
            alone=belief,
            used={**track.used, signal: time},
            counts=track.count("used"),
        )

    def _given_up(self, track: Track, signal: str) -> Track:
        """Return the track with its belief widened, so that the next reading is believed."""
        assert track.belief is not None
        assert track.innovation is not None
        noise, n = self.settings.noise, len(self.system.nodes)
        far = abs(track.innovation.difference)
        deviations = np.full(n + 2, max(noise.first, far))
        deviations[n], deviations[n + 1] = noise.first_ambient, 0.3
        track = replace(track, belief=widened(track.belief, deviations), row=0)
        reason = f"{ROW} readings in a row were too far off to be used; its spread was widened"
        return self._alarmed(track, signal, "diverged", reason, track.used[signal])

    def _slow_watched(self, track: Track, signal: str) -> Track:
        """Return the track with an alarm where friction or ambient has left what can be."""
        assert track.belief is not None
        n, belief = len(self.system.nodes), track.belief
        for slot, kind, far in ((n + 1, "friction", FAR), (n, "ambient", FAR_AMBIENT)):
            off, deviation = float(belief.mean[slot]), belief.deviation(slot)
            if abs(off) <= max(far, SIGMAS * deviation):
                continue
            reason = f"the ambient seems {off:+.0f} K off (+- {1.96 * deviation:.0f} K)"
            if kind == "friction":
                by, around = 100.0 * off, 196.0 * deviation
                reason = f"friction is {by:+.0f} % off its law (+- {around:.0f} %)"
            return self._alarmed(track, signal, kind, reason, track.time)
        return track

    def _alarmed(
        self, track: Track, signal: str, kind: str, reason: str, since: float
    ) -> Track:
        """Return the track with an alarm; one that goes on is raised again only if worse."""
        goes_on = track.quiet < SETTLED and (kind != "diverged" or track.lost)
        alarm = Alarm(track.time, self.machine.name, signal, kind, reason, since)
        return replace(
            track,
            alarms=track.alarms if goes_on else (*track.alarms, alarm),
            quiet=0,
            lost=kind == "diverged" or (track.lost and goes_on),
        )


def _seen(
    track: Track, observation: Observation
) -> Mapping[str, tuple[float, float | str | None]]:
    return {**track.seen, observation.signal: (observation.t_event, observation.value)}

"""This module holds the following: observations in order become a belief, charts and alarms.

:class:`Follower` makes the next track from an observation, so the state after a set of
observations is a fold over them in sorted order, and a track kept on the way is a checkpoint.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from simtwin.live.assumption import Assumption
from simtwin.live.attribute import BOUNDS, fitted
from simtwin.live.cause import DRIFTING, FRICTION, NONE, SHIFTED
from simtwin.live.condition import SIGNALS, assumed_work, load_of
from simtwin.live.drift import WINDOW, Chart
from simtwin.live.envelope import Quality
from simtwin.live.kalman import Belief, corrected, innovation, predicted, widened
from simtwin.live.parameters import Parameters, applied
from simtwin.live.past import SPACING, Past
from simtwin.live.settings import AMBIENT, Settings
from simtwin.live.thermal import ThermalSystem
from simtwin.live.track import SETTLED, Alarm, Seen, Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.live.cause import Cause
    from simtwin.live.condition import Condition
    from simtwin.live.envelope import Observation
    from simtwin.live.kalman import Innovation
    from simtwin.parts.load import Load
    from simtwin.plant.model import PlantModel

LOADS_KEPT = 1024
"""Loads of one machine that are at hand."""
ROW = 10
"""Gated measurements in a row after which the belief is given up (TELEMETRY 6)."""
EPISODE = 600.0
"""Alarms nearer than this are one [s], unless the later says that it has diverged."""
FEWEST = WINDOW
"""Corrections before which nothing is said about drift."""
FAR = 0.15
"""Friction this far off its law, and 4 deviations, is an alarm [-]."""
FAR_AMBIENT = 8.0
"""Ambient this far off the plant's, and 4 deviations, is an alarm [K]."""
SIGMAS = 4.0
SURELY = (0.5, 0.02)
"""How surely ambient [K] and friction [-] are where they can be (deviations)."""
UNASSUMED = frozenset({"", NONE, DRIFTING, SHIFTED})
"""Causes that are told and not assumed. A sensor that is off by chance steps, as real ones do,
would carry a wrong bias into all later predictions: 1.00 K an hour ahead for .70 K (NIST)."""
AFTER = (450.0, 900.0, 1800.0, 3600.0)
"""How far after an alarm readings tell its cause [s]; the later only if the earlier do not."""


class Follower:
    """The filter of one machine: a constant; what it knows stands in tracks."""

    def __init__(
        self,
        plant: PlantModel,
        machine: str,
        *,
        parameters: Parameters | None = None,
        settings: Settings | None = None,
    ) -> None:
        spec = next(m for m in plant.machines if m.name == machine)
        parameters = parameters or Parameters()
        self.plant, self.parameters = plant, parameters
        self.settings = settings or Settings()
        self.machine = applied(spec, parameters)
        self.assumed = assumed_work(plant, spec)
        self._load = lru_cache(maxsize=LOADS_KEPT)(self._load_of)
        noise = self.settings.noise
        self.system, self._silent = (
            ThermalSystem(
                self.machine,
                ambient=plant.ambient + parameters.ambient,
                coolant=plant.coolant,
                noise=one,
            )
            for one in (noise, replace(noise, wander=noise.silent))
        )
        places = {node: i for i, node in enumerate(self.system.nodes)}
        places[AMBIENT] = len(places)
        self.places = {s: places[n] for s, n in self.settings.sensors.items() if n in places}
        """Signal -> component of the state that it measures."""
        self.silence = self.settings.silence(self.places)
        """Without any reading for so long, the load is not known any more [s]."""

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
            return structs.replace(track, counts=track.count("bad"))
        if signal in SIGNALS:
            told = self.conditioned(self.coasted(track, time), observation)
            if told is None:
                return structs.replace(track, counts=track.count("bad"))
            return structs.replace(
                told, seen=_seen(track, observation), past=_past(track, observation)
            )
        if signal not in self.places:
            return structs.replace(track, counts=track.count("unknown"))
        seen = _seen(track, observation)
        if observation.quality is not Quality.GOOD:
            return structs.replace(track, seen=seen, counts=track.count("suspect"))
        if isinstance(observation.value, str) or observation.value is None:
            return structs.replace(track, seen=seen, counts=track.count("bad"))
        track = structs.replace(track, good={**track.good, signal: time})
        if time - track.used.get(signal, -math.inf) < self.settings.thin:
            return structs.replace(track, seen=seen, counts=track.count("thinned"))
        track = structs.replace(track, seen=seen)
        before, track = track, self._measured(track, signal, float(observation.value), time)
        if time - before.used.get(signal, -math.inf) >= SPACING or track.open is not None:
            track = structs.replace(track, past=_past(before, observation, track.open))
        return self._decided(track)

    def conditioned(self, track: Track, observation: Observation) -> Track | None:
        """Return *track* once a control has told *observation*; None where that tells nothing.

        What it tells of its coolant counts again, whatever was named before.
        """
        condition = track.condition.told(observation.signal, observation.value)
        if condition is None:
            return None
        assumption = track.assumption
        if condition.coolant is not track.condition.coolant:
            assumption = assumption.told()
        return structs.replace(track, condition=condition, told=True, assumption=assumption)

    def coasted(self, track: Track, time: float, *, told: bool = False) -> Track:
        """Return *track* at *time* [s] with nothing measured; its spread has grown.

        Beyond a silence the load is not known any more, and it grows faster; unless *told*,
        where the load is given all the way.
        """
        dt = time - track.time
        if track.belief is None or dt <= 0.0:
            return structs.replace(track, time=max(time, track.time))
        if dt > self.silence and not told:
            return self._unheard(track, time, self.silence)
        return self._held(track, self.system, dt)

    def waited(self, track: Track, now: float) -> Track:
        """Return *track*, the newest, at *now* [s, UTC] although nothing was heard since.

        A twin that is stale does not know the load any more, so its spread grows at once.
        """
        if track.belief is None or not self.deaf(track, now):
            return self.coasted(track, now)
        return self._unheard(track, now, self.settings.stale(self.places))

    def deaf(self, track: Track, now: float) -> bool:
        """Return whether nothing was heard for so long that the load is not known at *now*."""
        return now - track.time > self.settings.stale(self.places)

    def _unheard(self, track: Track, time: float, known: float) -> Track:
        """Return *track* at *time* [s, UTC], its load being known for the first *known* [s]."""
        track = self._held(track, self.system, known)
        return self._held(track, self._silent, time - track.time)

    def _held(self, track: Track, system: ThermalSystem, dt: float) -> Track:
        """Return *track* after *dt* [s] of *system* under the load it was told last."""
        assert track.belief is not None
        believed, alone = track.belief, track.alone
        load, before = self._loads(track, track.assumption)
        believed = _grown(system, _blurred(system, believed, before, load), load, dt)
        if alone is not None:  # Nothing but plant and control tells it.
            load, before = self._loads(track, Assumption())
            alone = _grown(system, _blurred(system, alone, before, load), load, dt)
        return structs.replace(
            track,
            time=track.time + dt,
            belief=believed,
            alone=alone,
            held=track.condition,
        )

    def _loads(self, track: Track, assumption: Assumption) -> tuple[Load, Load]:
        """Return the load of *track* under *assumption*, and that of the stretch before."""
        told = track.condition
        held = told if track.held is None else track.held
        return tuple(self.load(assumption.condition(one)) for one in (told, held))  # type: ignore[return-value]

    def load(self, condition: Condition) -> Load:
        """Return the load that *condition* means."""
        return self._load(condition)

    def _load_of(self, condition: Condition) -> Load:
        return load_of(self.machine, condition, timed=self.assumed.holds(condition))

    def compared(self, track: Track, signal: str, value: float, time: float) -> Innovation:
        """Return how *value* of *signal* differs from what *track* says at that *time*."""
        assert track.belief is not None
        place = self.places[signal]
        if place == len(self.system.nodes):
            value -= self.system.ambient
        value = track.assumption.true(signal, value, time)
        deviation = self.settings.deviation(signal) * track.assumption.noises.get(signal, 1.0)
        return innovation(track.belief, place, value, deviation**2)

    def _measured(self, track: Track, signal: str, value: float, time: float) -> Track:
        place = self.places[signal]
        if track.belief is None and place < len(self.system.nodes):
            return self._begun(track, place, value, time, signal)
        track = self.coasted(track, time)
        if track.belief is None:  # The hall is known before the machine: nothing to correct.
            return structs.replace(track, counts=track.count("thinned"))
        found = self.compared(track, signal, value, time)
        gated = found.gated and self.settings.gate
        row = track.row + 1 if gated else 0
        chart, reason, since = track.charts.get(signal, Chart()).after(found.normalised, time)
        track = structs.replace(
            track,
            belief=track.belief if gated else self._bounded(corrected(track.belief, found)),
            used={**track.used, signal: time},
            charts={**track.charts, signal: chart},
            counts=track.count("gated" if gated else "used"),
            row=row,
            taken=0 if gated else track.taken + 1,
            lost=track.lost and (gated or track.taken + 1 < ROW),
            quiet=track.quiet + 1,
            calm=track.calm + 1,
            innovation=found,
        )
        if row >= ROW and track.counts.get("used", 0) >= FEWEST:
            return self._given_up(track, signal)
        if row >= ROW and place < len(self.system.nodes):  # It began with a spike.
            begun = self._begun(track, place, value, time, signal)
            return structs.replace(begun, row=0, counts=begun.count("begun anew"))
        if track.counts.get("used", 0) < FEWEST:
            return track
        if reason is not None:
            return self._alarmed(track, signal, "drift", reason, since)
        return self._slow_watched(track, signal)

    def _bounded(self, belief: Belief) -> Belief:
        """Return *belief* with ambient and friction where they can be.

        A hall that is 40 K warmer is no hall: what a filter presses in there has another cause.
        """
        n = len(self.system.nodes)
        for slot, name, deviation in zip((n, n + 1), (AMBIENT, FRICTION), SURELY, strict=True):
            (low, high), value = BOUNDS[name], float(belief.mean[slot])
            if not low <= value <= high:
                bound = min(max(value, low), high)
                found = innovation(belief, slot, bound, deviation**2)
                belief = corrected(belief, found)
        return belief

    def _decided(self, track: Track) -> Track:
        """Return *track* with the cause of its last alarm, once readings tell it.

        A named cause is assumed from then on, and the state is what it is from before the
        change under that: nothing that was pressed into ambient and friction stays there.
        """
        if track.open is None or track.time < track.alarms[-1].time + AFTER[track.open]:
            return track
        fit = fitted(self, track, track.alarms[-1])
        last = track.open + 1 == len(AFTER)
        if not fit.cause.name and not last:
            return structs.replace(track, open=track.open + 1)
        track = structs.replace(track, open=None, alarms=track.explained(fit.cause))
        if fit.cause.name in UNASSUMED:
            return track
        found = self.coasted(fit.track, track.time)
        assert found.belief is not None
        n = len(self.system.nodes)
        assumption = track.assumption.named(
            fit.cause,
            ambient=float(found.belief.mean[n]),
            friction=float(found.belief.mean[n + 1]),
        )
        return structs.replace(
            track,
            belief=found.belief,
            assumption=assumption,
            charts={signal: chart.anew() for signal, chart in track.charts.items()},
            past=Past(),
            row=0,
            quiet=SETTLED - FEWEST,
            calm=SETTLED - FEWEST,
            lost=False,
        )

    def cause(self, track: Track) -> Cause:
        """Return what explains the last alarm of *track* best, so far."""
        alarm = track.alarms[-1]
        return alarm.cause or fitted(self, track, alarm).cause

    def _begun(self, track: Track, place: int, value: float, time: float, signal: str) -> Track:
        """Return the track with its first temperature: all nodes are near it, to begin with."""
        noise, n = self.settings.noise, len(self.system.nodes)
        rise = noise.first_share * abs(value - self.system.ambient)
        deviations = np.full(n + 2, math.hypot(noise.first, rise))
        deviations[place] = self.settings.deviation(signal)
        deviations[n], deviations[n + 1] = noise.first_ambient, noise.first_friction
        mean = np.zeros(n + 2)
        mean[:n] = value
        belief = Belief(mean, np.diag(deviations**2))
        return structs.replace(
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
        track = structs.replace(track, belief=widened(track.belief, deviations), row=0)
        reason = f"{ROW} readings in a row were too far off to be used; its spread was widened"
        return self._alarmed(track, signal, "diverged", reason, track.used[signal])

    def _slow_watched(self, track: Track, signal: str) -> Track:
        """Return the track with an alarm where friction or ambient has left what can be."""
        assert track.belief is not None
        n, belief = len(self.system.nodes), track.belief
        named = track.assumption
        for slot, kind, far, known in (
            (n + 1, "friction", FAR, named.friction),
            (n, "ambient", FAR_AMBIENT, named.ambient),
        ):
            off, deviation = float(belief.mean[slot]), belief.deviation(slot)
            if abs(off - known) <= max(far, SIGMAS * deviation):
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
        charted = kind in ("drift", "diverged")
        passed = track.calm if charted else track.quiet
        recent = bool(track.alarms) and track.time - track.alarms[-1].time < EPISODE
        goes_on = (passed < SETTLED or recent) and (kind != "diverged" or track.lost)
        goes_on = goes_on or track.open is not None
        alarm = Alarm(track.time, self.machine.name, signal, kind, reason, since)
        return structs.replace(
            track,
            alarms=track.alarms if goes_on else (*track.alarms, alarm),
            quiet=0,
            calm=0 if charted else track.calm,
            open=track.open if goes_on else 0,
            lost=track.lost or kind == "diverged",
            trouble=track.trouble if track.lost and kind != "diverged" else alarm,
        )


def _blurred(system: ThermalSystem, belief: Belief, before: Load, load: Load) -> Belief:
    """Return *belief* where the change from *before* to *load* may have been told late."""
    if before == load:
        return belief
    at = tuple(belief.mean[: len(system.nodes)].tolist())
    return Belief(belief.mean, belief.covariance + system.late(before, load, at))


def _grown(system: ThermalSystem, belief: Belief, load: Load, dt: float) -> Belief:
    """Return *belief* after *dt* [s] of *system* under *load*."""
    at: tuple[float, ...] = ()
    if system.slopes(load):  # Friction is taken at the temperatures it begins with.
        at = tuple(belief.mean[: len(system.nodes)].tolist())
    return predicted(belief, system.step(load, dt, at))


def _past(track: Track, observation: Observation, attempt: int | None = None) -> Past:
    held = attempt is not None or track.open is not None
    return track.past.after(track, observation, held=held)


def _seen(track: Track, observation: Observation) -> Mapping[str, Seen]:
    found = Seen(observation.t_event, observation.value, observation.quality)
    return {**track.seen, observation.signal: found}

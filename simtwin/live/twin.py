"""This module holds the twin: a plant that follows machines and knows how far to trust itself.

Its state is a function of the set of observations, of the instant it is looked at, and of the
parameter versions in force: never of the order, batches or repetitions in which telemetry came.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from math import inf
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.live.cause import BOARDS, Cause
from simtwin.live.chain import PAUSE
from simtwin.live.condition import SIGNALS
from simtwin.live.follow import Follower
from simtwin.live.instants import begun, utc_text
from simtwin.live.listen import listen
from simtwin.live.parameters import Parameters, thermal_digest
from simtwin.live.present import Known, followed, present, spread_of, warnings_of
from simtwin.live.readings import Readings
from simtwin.live.recalibrate import recalibrate
from simtwin.live.settings import AMBIENT, Settings
from simtwin.live.store import Store
from simtwin.live.track import Alarm
from simtwin.live.trust import TRUSTED, verdict
from simtwin.live.versions import Versions
from simtwin.live.views import Explained, MachineView, Reported, Row, believed, row_of
from simtwin.names import natural
from simtwin.result.followed import Followed
from simtwin.result.moment import seconds_of
from simtwin.shop.plan import plan_of
from simtwin.whole import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from threading import Event

    from simtwin.live.account import Counts
    from simtwin.live.arrivals import Double
    from simtwin.live.broker import Broker
    from simtwin.live.drift import Verdict
    from simtwin.live.envelope import Envelope, Observation
    from simtwin.live.proposal import Proposal
    from simtwin.live.track import Track
    from simtwin.live.versions import Version
    from simtwin.live.views import Believed
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.look_ahead import LookAhead
    from simtwin.result.snapshot import Snapshot


class Twin:
    """A plant that follows telemetry, notices when it no longer can, and looks ahead from now.

    ::

        twin = st.Twin(plant, store="shop.db", scenario=shift)
        twin.observe(batch)
        twin.state["mill-1"]          # reported, estimated, simulated, freshness
        twin.status["mill-1"]         # IN_SYNC, STALE, DRIFTING, DIVERGED, UNCALIBRATED: why
        twin.look_ahead("8 h")        # futures from the followed state
        twin.apply(twin.recalibrate("mill-1")); twin.rollback("mill-1")

    *store* is the log (a path, or an open `Store`); without one readings live in memory only.
    *devices* maps names of devices onto machines where they differ; *sensors* a temperature
    signal onto the node that it measures. Second 0 of *scenario* stands at its start, taken as
    UTC, or at *begin* [s since 1970]. Signals that are *ignored* are in the log, not followed.
    """

    def __init__(
        self,
        plant: PlantModel,
        *,
        store: Store | Path | str | None = None,
        scenario: Scenario | None = None,
        devices: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        sensors: Mapping[str, str] | None = None,
        begin: float | None = None,
        ignored: Iterable[str] = (),
    ) -> None:
        self.plant = plant
        self.scenario = scenario
        self.store = store if isinstance(store, Store) or store is None else Store(store)
        self.settings = settings or Settings()
        if sensors is not None:
            self.settings = replace(self.settings, sensors=MappingProxyType(dict(sensors)))
        self.begin = _begun(scenario) if begin is None else begin
        """When second 0 of the scenario is [s, UTC]; None: at the first reading."""
        followed = [m.name for m in plant.machines if m.spindle is not None]
        self.machines = tuple(sorted(followed, key=natural))
        """Machines that can be followed: those with a spindle."""
        if not self.machines:
            raise InvalidInput(f"{plant.name}: no machine has a spindle to follow")
        known = {name: name for name in self.machines} | dict(devices or {})
        self._check(known, sensors)
        signals = SIGNALS | set(self.settings.sensors)
        for signal in ignored:
            if signal not in signals:
                raise InvalidInput(
                    f"ignored: {signal!r} is not followed anyway; "
                    f"{', '.join(sorted(signals))} are"
                )
        signals -= set(ignored)
        self.readings = Readings(known, self.store, signals)
        """Everything observed, by machine and in order."""
        self._versions = {
            name: Versions(name, thermal_digest(plant, name), self.store)
            for name in self.machines
        }
        self._followers: dict[tuple[str, Parameters], Follower] = {}
        self._waited = float("-inf")

    def __repr__(self) -> str:
        return f"Twin({self.plant.name!r}, {len(self.machines)} machines)"

    # -- what comes in -----------------------------------------------------------------------

    def observe(self, batch: Iterable[Envelope | Observation]) -> Counts | None:
        """Take in *batch*, in any order, with any repetitions.

        Envelopes go into the store, and their counts come back after the commit; they need
        one. Observations go into memory.
        """
        return self.readings.add(batch)

    def follow(
        self,
        broker: Broker,
        *,
        stop: Event,
        say: Callable[[str], None] = lambda _: None,
        look: Callable[[Twin], None] = lambda _: None,
        replayed: bool = False,
    ) -> None:
        """Follow what *broker* sends until *stop* is set, which another thread or *look* does.

        Every message is on disk before it is acknowledged and believed; *look* is called when
        the twin knows more, *say* with what happens to the connection. What is *replayed*
        brings its own receipts, so it may come at any pace. A store goes on where it ended.
        """
        listen(self, broker, stop=stop, say=say, look=look, replayed=replayed)

    def wait(self, until: float) -> None:
        """Let time pass to *until* [s, UTC] although nothing is heard."""
        self._waited = max(self._waited, until)

    @property
    def now(self) -> float:
        """The instant it is looked at [s, UTC]: the newest reading, or what it waited for.

        A machine whose clock is a day or more ahead of all others advances only itself.
        """
        now = max(self.readings.present(), self._waited)
        if now == float("-inf"):
            raise InvalidInput("nothing was observed yet: twin.observe(batch)")
        return now

    # -- what it knows -----------------------------------------------------------------------

    @property
    def state(self) -> Mapping[str, MachineView]:
        """Every machine now: reported, estimated and simulated values, freshness, status."""
        return {name: self._view(name, now) for name, now in self._nows.items()}

    @property
    def status(self) -> Mapping[str, Verdict]:
        """How far each machine's twin may be trusted, and why."""
        return {name: self._verdict(name, now) for name, now in self._nows.items()}

    @property
    def raised(self) -> tuple[Alarm, ...]:
        """All alarms so far in order of time."""
        found = [alarm for name in self.machines for alarm in self._track(name).alarms]
        found += [
            Alarm(one.begin, name, one.device, "clocks", str(one), one.begin, _boards(one))
            for name in self.machines
            for one in self.readings.doubles(name)
        ]
        return tuple(sorted(found, key=lambda a: (a.time, natural(a.device))))

    @property
    def alarms(self) -> tuple[Explained, ...]:
        """All alarms so far in order of time, each with what would best explain it."""
        return tuple(Explained(alarm, self._cause(alarm)) for alarm in self.raised)

    def timeline(self, machine: str) -> Iterator[Row]:
        """Give every temperature reading of *machine* beside what was predicted and after."""
        follower, followed = self._follower(machine), self.readings.of(machine)
        track = followed.start
        for observation in followed.rows:
            before, track = track, follower.after(track, observation)
            if track.innovation is not before.innovation:
                row = row_of(follower, track, observation.signal)
                if row is not None:
                    yield row

    def latest(self, machine: str) -> tuple[Row, ...]:
        """Return the newest row of the timeline of *machine*; none before there is one."""
        follower, followed = self._follower(machine), self.readings.of(machine)
        n, used = len(follower.system.nodes), self._track(machine).used
        at = [
            followed.place(signal, used[signal])
            for signal, place in follower.places.items()
            if place < n and signal in used
        ]
        if not at:
            return ()
        before = followed.upto(follower, max(at))  # Controls may have told something since.
        reading = followed.rows[max(at)]
        track = follower.after(before, reading)
        if track.innovation is before.innovation:
            return ()
        row = row_of(follower, track, reading.signal)
        return () if row is None else (row,)

    # -- what comes next ---------------------------------------------------------------------

    def forecast(
        self, machine: str, horizon: float | str, *, steps: int = 12
    ) -> tuple[tuple[float, Believed], ...]:
        """Return what *machine* will be believed to be over *horizon*, under its present load.

        Nothing is measured on the way, so the intervals widen. A twin that is not heard any
        more does not know the load either: it then says what it would say at that instant, had
        it heard nothing until then, and is as wide as a load that nobody knows makes it.
        """
        if not 0.0 < (length := seconds_of(horizon, None)) < inf or whole("steps", steps) < 1:
            raise InvalidInput(
                f"forecast: horizon and steps must be positive (got {horizon!r}, {steps})"
            )
        follower, now = self._follower(machine), self._nows[machine]
        heard = self._track(machine)
        if heard.belief is None:
            raise InvalidInput(f"{machine}: no temperature was reported yet")
        deaf, track = follower.deaf(heard, now), follower.waited(heard, now)
        found = []
        for k in range(1, steps + 1):
            time = now + length * k / steps
            if deaf:
                track = follower.waited(heard, time)
            else:
                track = follower.coasted(track, time, told=True)
            assert track.belief is not None
            found.append((track.time, believed(follower.system, track.belief)))
        return tuple(found)

    def snapshot(self) -> Snapshot:
        """Return the shop now: the plan run until now, with the temperatures that are believed.

        Their covariance stands in its public part, and look-aheads draw from it; so do model,
        parameter versions and instant, and a warning for every machine that is not in sync.
        """
        begin, now, plan = self.begin, self.now, self._asked()
        if begin is None:
            begin = min(first for first, _ in self.readings.ends())
        if now < begin:
            raise InvalidInput(
                f"{plan.name} begins {begin - now:.0f} s after the newest reading"
            )
        known = self._known
        spread = {name: spread_of(one.follower, one.track) for name, one in known.items()}
        rests = Followed(
            plan_of(self.plant).digest,
            {name: self.versions(name)[-1].number for name in self.machines},
            now,
            {name: width for name, width in spread.items() if width < inf},
            tuple(warnings_of(self.status, spread)),
        )
        return present(self.followed_plant, plan, now - begin, known, rests)

    def look_ahead(self, horizon: float | str, **options: Any) -> LookAhead:
        """Look ahead from the followed state over *horizon*: what may fail until when.

        Futures begin with temperatures drawn from what is believed of them, on the plant as
        it is believed to be. *options* are those of `simtwin.look_ahead`.
        """
        from simtwin.orchestrator.look_ahead import look_ahead

        plant, snapshot = self.followed_plant, self.snapshot()
        return look_ahead(plant, snapshot, self._asked(), horizon=horizon, **options)

    @property
    def followed_plant(self) -> PlantModel:
        """The plant with the parameters in force, and friction and ambient as believed now."""
        return followed(self.plant, self._known)

    @property
    def _known(self) -> Mapping[str, Known]:
        """What is known of every machine now; of the hall only by those that are in sync."""
        found = {}
        for name, now in self._nows.items():
            follower, track = self._follower(name), self._track(name)
            trusted = self._verdict(name, now).status in TRUSTED
            found[name] = Known(follower, follower.waited(track, now), trusted)
        return found

    # -- parameters --------------------------------------------------------------------------

    def parameters(self, machine: str) -> Parameters:
        """Return the parameters in force for *machine*."""
        return self._of(machine).parameters

    def versions(self, machine: str) -> tuple[Version, ...]:
        """Return every parameter version of *machine*, the one in force last."""
        return tuple(self._of(machine))

    def recalibrate(
        self, machine: str, *, since: float | None = None, until: float | None = None
    ) -> Proposal:
        """Return what readings between *since* and *until* [s, UTC] propose; apply nothing."""
        parameters, when = self.parameters(machine), attrgetter("t_event")
        readings = self.readings.of(machine)
        rows = readings.rows
        first = 0 if since is None else bisect_left(rows, since, key=when)
        last = len(rows) if until is None else bisect_right(rows, until, key=when)
        return recalibrate(
            self.plant,
            machine,
            rows[first:last],
            parameters=parameters,
            settings=self.settings,
            start=readings.upto(self._follower(machine), first) if first else None,
        )

    def apply(self, proposal: Proposal, *, by: str = "") -> Version:
        """Put *proposal* in force as a new version; refused where data do not speak for it.

        Versions stand in the store, with *by* whom, and are in force when it is opened again.
        """
        version = self._of(proposal.machine).take(proposal, by)
        self.readings.forget(proposal.machine)
        return version

    def rollback(self, machine: str, *, by: str = "") -> Version:
        """Put the parameters before those in force back, as a new version."""
        version = self._of(machine).go_back(by)
        self.readings.forget(machine)
        return version

    # -- inside ------------------------------------------------------------------------------

    @property
    def _nows(self) -> Mapping[str, float]:
        """At which instant each machine is looked at [s, UTC]: no clock goes backwards."""
        now = self.now
        return {name: max(now, self.readings.newest(name)) for name in self.machines}

    def _verdict(self, name: str, now: float) -> Verdict:
        """Return how far the twin of one machine may be trusted at *now* [s, UTC]."""
        track, version = self._track(name), self.versions(name)[-1]
        found = verdict(self._follower(name), track, now)
        if any(cause.since < version.since for cause in track.assumption.causes):
            since = f"{utc_text(version.since)[:19]}Z"
            told = f"version {version.number} rests on readings from {since} on, and is taken"
            told += " for those before too: what is named before that may be the change that it"
            found = found._replace(reason=f"{found.reason}; {told} has learned, seen backwards")
        for one in self.readings.doubles(name):
            if now - one.end <= PAUSE:  # They still do.
                found = found._replace(reason=f"{found.reason}; {one}")
        ahead = now - self.now
        if ahead <= 0.0:
            return found
        days = f"{ahead / 86_400.0:.0f} days ahead of all others"
        return found._replace(reason=f"{found.reason}; its clock is {days}, left aside there")

    def _of(self, machine: str) -> Versions:
        if machine not in self._versions:
            raise InvalidInput(
                f"no machine {machine!r} is followed; there are {', '.join(self.machines)}"
            )
        return self._versions[machine]

    def _asked(self) -> Scenario:
        if self.scenario is None:
            raise InvalidInput("a look ahead needs a plan: Twin(plant, scenario=...)")
        return self.scenario

    def _check(self, devices: Mapping[str, str], sensors: Mapping[str, str] | None) -> None:
        for device, machine in devices.items():
            if machine not in self.machines:
                raise InvalidInput(
                    f"device {device!r}: {machine!r} is no machine with a spindle; there are "
                    f"{', '.join(self.machines)}"
                )
        nodes = {n for m in self.plant.machines if m.spindle for n in m.spindle.network.nodes}
        for signal, node in (sensors or {}).items():
            if node not in nodes | {AMBIENT}:
                raise InvalidInput(
                    f"sensor {signal!r}: {node!r} is neither a node "
                    f"({', '.join(sorted(nodes))}) nor {AMBIENT!r}"
                )

    def _follower(self, machine: str) -> Follower:
        key = machine, self.parameters(machine)
        found = self._followers.get(key)
        if found is None:
            found = self._followers[key] = Follower(
                self.plant, machine, parameters=key[1], settings=self.settings
            )
        return found

    def _track(self, machine: str) -> Track:
        """Return what is known of *machine* after all its readings."""
        return self.readings.of(machine).track(self._follower(machine))

    def _cause(self, alarm: Alarm) -> Cause:
        """Return what explains *alarm* best, so far."""
        name = alarm.device
        return alarm.cause or self._follower(name).cause(self._track(name))

    def _view(self, name: str, now: float) -> MachineView:
        follower, track = self._follower(name), self._track(name)
        trust = self._verdict(name, now)
        track = follower.waited(track, now)
        ages = {signal: now - one.time for signal, one in track.seen.items()}
        return MachineView(
            name,
            now,
            {
                signal: Reported(
                    one.value,
                    one.time,
                    ages[signal],
                    follower.settings.freshness(signal, ages[signal]),
                    one.quality,
                )
                for signal, one in track.seen.items()
            },
            None if track.belief is None else believed(follower.system, track.belief),
            None if track.alone is None else believed(follower.system, track.alone),
            trust,
            {**track.counts, "not followed": self.readings.strangers(name)},
            {s: (c.windows, c.inside, c.last) for s, c in track.charts.items()},
        )


def _boards(double: Double) -> Cause:
    """Return that two boards under one name are the cause; no reading argues for another."""
    return Cause(BOARDS, 0.0, {}, since=double.begin, signal=double.device)


def _begun(scenario: Scenario | None) -> float | None:
    if scenario is None or not scenario.start:
        return None
    return begun(scenario.start)

"""This module holds the store: the append-only log of all that was observed, in SQLite.

What is returned is a function of the *set* of envelopes added, whatever their order, batches
or duplicates (TELEMETRY 5, invariance law). ``add`` returns after the commit, with
``synchronous=FULL``: what it counted is on disk as far as fsync tells the truth. One process
writes; others may read.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any

from simtwin.errors import InvalidInput
from simtwin.live.account import TALLIES, Counts, Gap, Quarantined
from simtwin.live.batch import Batch
from simtwin.live.catalogue import catalogue_hash, wrong_unit
from simtwin.live.clock import Boots, ClockMap
from simtwin.live.envelope import Clock, Envelope, Observation
from simtwin.live.row import (
    AGAIN,
    CHANGED,
    COLUMNS,
    CONTENT,
    HOLES,
    INSERT,
    KEY,
    NAMES,
    SCHEMA,
    SCHEMA_VERSION,
    connect,
    envelope_of,
    failure,
    row_of,
)
from simtwin.live.timed import MAX_AHEAD, Timed, from_boot, from_epoch, held
from simtwin.live.v1 import SOURCE as NUMBERED
from simtwin.names import NaturalKey, natural

LATENESS = 5.0
"""A reading this much older [s] than the newest of its device is late."""
QUARANTINE_KEPT = 10_000
"""Messages kept with their reason; older ones go, and are counted."""


class Store:
    """The log in one SQLite file; one process writes it, *readonly* ones look on.

    >>> store = Store(":memory:")
    >>> reading = Envelope("mill-1", "temperature_1", 41.25, "degC", t_source=5.0, seq=1)
    >>> store.add([reading, reading])
    Counts(accepted=1, late=0, duplicate=1, quarantined=0)
    >>> [(one.t_event, one.value) for one in store.observations()]
    [(5.0, 41.25)]
    """

    def __init__(
        self,
        path: Path | str,
        *,
        readonly: bool = False,
        quarantine_kept: int = QUARANTINE_KEPT,
    ) -> None:
        self.path = str(path)
        self.readonly = readonly
        self._quarantine_kept = quarantine_kept
        self._boots: dict[tuple[str, str], Boots] = {}
        self._newest: dict[str, tuple[float, float]] = {}
        self._written = 0
        self._trimmed: int | None = None
        with self._told():
            self._connection = connect(self.path, readonly)
            if not readonly:
                self._prepare()
        self._check_version()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, envelopes: Iterable[Envelope]) -> Counts:
        """Add *envelopes* in one transaction and return their counts, after the commit.

        Counted in readings; *late* is against what the log has by then.
        """
        with self.batch() as batch:
            return batch.add([list(envelopes)])[0]

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Write several things in one transaction, committed when the block ends."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Batch(self._connection, self._insert_all)
                self._trim()
                self._connection.execute("COMMIT")
                self._written += 1
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._boots.clear()
                raise

    @property
    def revision(self) -> tuple[int, int]:
        """What is another after every commit, by this connection or any other."""
        (other,) = self._rows("PRAGMA data_version")[0]
        return self._written, other

    def changed(self) -> int:
        """Return how many readings became other ones, by another of the same identity."""
        found = self._rows("SELECT value FROM about WHERE name = 'changed'")
        return int(found[0][0]) if found else 0

    def added(self, after: int) -> list[tuple[Any, ...]]:
        """Return number and row of all readings that were added *after* that number."""
        return self._rows(
            f"SELECT number, {COLUMNS} FROM reading WHERE number > ? ORDER BY number", (after,)
        )

    def last_receipt(self) -> float | None:
        """Return when the newest reading was received [s, UTC]; None where there is none."""
        (found,) = self._rows("SELECT max(t_received) FROM reading")[0]
        return None if found is None else float(found)

    def observations(
        self,
        device: str | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
    ) -> Iterator[Observation]:
        """Give the readings with ``since < t_event <= until``, sorted.

        By (t_event, device, epoch, seq, signal), of one *device* or of all.
        """
        for one in self.timed(device, since=since, until=until):
            envelope = one.envelope
            yield Observation(
                envelope.device, envelope.signal, envelope.value, envelope.quality, one.t_event
            )

    def timed(
        self,
        device: str | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
    ) -> Iterator[Timed]:
        """Give the same readings as :meth:`observations`, as whole envelopes."""
        names = self.devices() if device is None else (device,)
        for one in merge(*(self._of(name, since) for name in names)):
            if (since is None or one.t_event > since) and (
                until is None or one.t_event <= until
            ):
                yield one

    def devices(self) -> tuple[str, ...]:
        """Return the names of all devices, in natural order."""
        rows = self._rows("SELECT DISTINCT device FROM reading")
        return tuple(sorted((row[0] for row in rows), key=natural))

    def clocks(self, device: str) -> tuple[ClockMap, ...]:
        """Return the clock maps of a *device* that counts from its boot, one for each boot."""
        epochs = self._rows(
            "SELECT DISTINCT epoch FROM reading WHERE device = ? AND clock = 'uptime'",
            (device,),
        )
        maps = [one for (epoch,) in epochs for one in self._boots_of(device, epoch).maps]
        return tuple(sorted(maps, key=lambda one: (one.offset, one.epoch)))

    def digest(self) -> str:
        """Return the hash of the set of readings: same set, same hash, whenever received.

        >>> Store(":memory:").digest()[:8]
        '4f53cda1'
        """
        found = hashlib.sha256(b"[]")
        for row in self._rows(f"SELECT {CONTENT} FROM reading ORDER BY {KEY}"):
            found.update(repr(row).encode("utf-8"))
        return found.hexdigest()

    def gaps(self, device: str) -> tuple[Gap, ...]:
        """Return the gaps of a *device* by their beginning: noted, and holes in its numbers.

        Those noted by a source that cannot say whose they are belong to all devices. A hole is
        found when it is asked for, so one that a late message has filled is none.
        """
        rows = self._rows(
            "SELECT device, begin, end, reason FROM gap WHERE device IN (?, '')"
            " ORDER BY begin, end, reason",
            (device,),
        )
        noted = [Gap(*row) for row in rows]
        found = sorted([*noted, *self._holes(device)], key=attrgetter("begin", "end", "reason"))
        return tuple(found)

    def parameter_versions(self, machine: str) -> list[tuple[Any, ...]]:
        """Return the rows of all parameter versions of *machine*, in order."""
        return self._rows(
            "SELECT number, made, who, act, body, mark FROM parameter_version"
            " WHERE machine = ? ORDER BY number",
            (machine,),
        )

    def tally(self) -> dict[str, int]:
        """Return what became of all messages, counted in messages."""
        found = dict(self._rows("SELECT name, count FROM tally"))
        return {name: int(found.get(name, 0)) for name in TALLIES}

    def quarantined(self, *, repaired: bool = False) -> tuple[Quarantined, ...]:
        """Return the messages refused, or those *repaired*, as far as they are kept."""
        rows = self._rows(
            "SELECT t_received, source, reason, raw FROM quarantine WHERE kept = ?"
            " ORDER BY number",
            (int(repaired),),
        )
        return tuple(Quarantined(*row) for row in rows)

    def reasons(self) -> dict[str, int]:
        """Return how many messages were refused for which reason, all that ever were.

        What differs from message to message is left out of a reason: "…" stands for it.
        """
        rows = self._rows("SELECT reason, count FROM refusal ORDER BY 2 DESC, 1")
        return {reason: int(number) for reason, number in rows}

    def _holes(self, device: str) -> Iterator[Gap]:
        """Give the times between messages of *device* whose numbers do not follow."""
        for epoch, before, after, *ends in self._rows(HOLES, (device, NUMBERED)):
            begin, end = (self._when(device, epoch, *told) for told in (ends[:3], ends[3:]))
            first, last = before + 1, after - 1
            which = f"number {first}" if first == last else f"numbers {first} to {last}"
            reason = f"{which} of boot {epoch} not in the log"
            yield Gap(device, min(begin, end), max(begin, end), reason)

    def _when(
        self, device: str, epoch: str, clock: str, t_source: float, t_received: float
    ) -> float:
        """Return the event time [s, UTC] of a message."""
        if clock == Clock.UPTIME:
            return self._boots_of(device, epoch).at(t_source, t_received).utc
        return held(t_source, t_received)

    def _insert(self, envelopes: Iterable[Envelope]) -> Counts:
        sound: list[Envelope] = []
        refused = 0
        for envelope in envelopes:
            fault = envelope.fault or wrong_unit(envelope)
            if fault is None:
                sound.append(envelope)
            else:
                refused += 1
                self._refuse(envelope, fault)
        if all(envelope.clock is Clock.UPTIME for envelope in sound):
            return self._insert_counted(sound) + Counts(quarantined=refused)
        counts = Counts(quarantined=refused)
        for envelope in sound:
            counts += self._insert_one(envelope)
        return counts

    def _insert_all(self, messages: Sequence[Sequence[Envelope]]) -> list[Counts]:
        """Add the readings of *messages* and return the counts of each.

        All go in at once, as long as none is refused, late or there already; only where one
        may be is each message asked for itself.
        """
        every = [envelope for message in messages for envelope in message]
        plain = all(
            e.clock is Clock.UPTIME and e.fault is None and wrong_unit(e) is None for e in every
        )
        if plain and self._insert_new(every):
            return [Counts(accepted=len(message)) for message in messages]
        return [self._insert(message) for message in messages]

    def _insert_new(self, envelopes: list[Envelope]) -> bool:
        """Add readings if none of them is there yet, else nothing."""
        execute = self._connection.execute
        execute("SAVEPOINT new")
        rows = map(row_of, envelopes)
        new = self._connection.executemany(INSERT, rows).rowcount == len(envelopes)
        if new:
            self._tick(envelopes)
        else:
            execute("ROLLBACK TO new")
        execute("RELEASE new")
        return new

    def _insert_counted(self, envelopes: list[Envelope]) -> Counts:
        """Add readings whose clock counts from a boot, all at once: none of them is late."""
        rows = [row_of(envelope) for envelope in envelopes]
        accepted = max(0, self._connection.executemany(INSERT, rows).rowcount) if rows else 0
        keys = {(envelope.device, envelope.epoch) for envelope in envelopes}
        if accepted < len(rows):
            named = [dict(zip(NAMES, row, strict=True)) for row in rows]
            if self._connection.executemany(AGAIN, named).rowcount > 0:
                self._connection.execute(CHANGED)
            for key in keys:  # Only the log knows which of them are in it.
                self._boots.pop(key, None)
        else:
            self._tick(envelopes)
        return Counts(accepted=accepted, duplicate=len(rows) - accepted)

    def _tick(self, envelopes: list[Envelope]) -> None:
        """Let the clocks that were asked for know of new *envelopes*."""
        if not self._boots:
            return
        ticks = {(e.device, e.epoch, e.t_source, e.t_received) for e in envelopes}
        for device, epoch, uptime, received in ticks:
            if (device, epoch) in self._boots:
                self._boots[device, epoch].add(uptime, received)

    def _insert_one(self, envelope: Envelope) -> Counts:
        row = row_of(envelope)
        if self._connection.execute(INSERT, row).rowcount == 1:
            key = envelope.device, envelope.epoch
            if envelope.clock is Clock.UPTIME and key in self._boots:
                self._boots[key].add(envelope.t_source, envelope.t_received)
            return Counts(accepted=1, late=int(self._is_late(envelope)))
        again = self._connection.execute(AGAIN, dict(zip(NAMES, row, strict=True)))
        if again.rowcount:  # An extreme may have gone: only the log knows the others.
            self._boots.pop((envelope.device, envelope.epoch), None)
            self._connection.execute(CHANGED)
        return Counts(duplicate=1)

    def _is_late(self, envelope: Envelope) -> bool:
        """Whether a newer reading of the device is known that was received before.

        A clock that counts from a boot is mapped only when the log is read, so it is not asked.
        """
        if envelope.clock is Clock.UPTIME:
            return False
        when, received = envelope.t_source, envelope.t_received
        if envelope.device not in self._newest:
            self._newest[envelope.device] = self._newest_of(envelope.device)
        newest, last = self._newest[envelope.device]
        self._newest[envelope.device] = max(newest, min(when, received)), max(last, received)
        return received >= last and when < newest - LATENESS

    def _newest_of(self, device: str) -> tuple[float, float]:
        """Return event time and receipt of the newest that the log has of *device* [s]."""
        newest, last = self._connection.execute(
            "SELECT max(min(t_source, t_received)), max(t_received) FROM reading"
            " WHERE device = ? AND clock = 'epoch'",
            (device,),
        ).fetchone()
        return float(newest), float(last)

    def _refuse(self, envelope: Envelope, reason: str) -> None:
        raw = repr(envelope).encode()
        Batch(self._connection, self._insert_all).keep(
            envelope.source, reason, raw, _finite(envelope.t_received)
        )

    def _trim(self) -> None:
        """Let the oldest go of what was refused, and of what was repaired; count them."""
        (newest,) = self._connection.execute("SELECT max(number) FROM quarantine").fetchone()
        if newest == self._trimmed:
            return
        gone = sum(
            self._connection.execute(
                "DELETE FROM quarantine WHERE kept = ?1 AND number <= (SELECT number FROM"
                " quarantine WHERE kept = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                (fate, self._quarantine_kept),
            ).rowcount
            for fate in (0, 1)
        )
        self._trimmed = newest
        if gone > 0:
            Batch(self._connection, self._insert_all).count(dropped=gone)

    def _of(self, device: str, since: float | None) -> Iterator[Timed]:
        """Give the readings of one device in the order of the fold, all those after *since*.

        No event is later than its receipt by more than MAX_AHEAD, so older rows stay unread.
        """
        name = natural(device)
        rows = self._rows(
            f"SELECT {COLUMNS} FROM reading WHERE device = ? AND t_received > ?",
            (device, -1e300 if since is None else since - MAX_AHEAD),
        )
        return iter(sorted(self._place(row, name) for row in rows))

    def _place(self, row: Sequence[str | float], name: NaturalKey) -> Timed:
        envelope = envelope_of(row)
        if envelope.clock is Clock.UPTIME:
            boots = self._boots_of(envelope.device, envelope.epoch)
            return from_boot(envelope, name, boots.at(envelope.t_source, envelope.t_received))
        return from_epoch(envelope, name)

    def _boots_of(self, device: str, epoch: str) -> Boots:
        key = device, epoch
        if key not in self._boots:
            rows = self._connection.execute(
                "SELECT t_source, t_received FROM reading"
                " WHERE device = ? AND epoch = ? AND clock = 'uptime'",
                key,
            )
            self._boots[key] = Boots(rows, named=epoch != "")
        return self._boots[key]

    def _rows(self, query: str, values: Sequence[str | float] = ()) -> list[tuple[Any, ...]]:
        with self._told():
            return self._connection.execute(query, values).fetchall()

    def _prepare(self) -> None:
        """Make the tables where there are none."""
        tables = self._connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'about'"
        ).fetchone()
        if tables[0] == 0:
            self._connection.executescript(f"BEGIN;{SCHEMA}COMMIT;")
            self._connection.executemany(
                "INSERT INTO about VALUES (?, ?)",
                [("schema_version", str(SCHEMA_VERSION)), ("catalogue", catalogue_hash())],
            )

    def _check_version(self) -> None:
        rows = self._rows("SELECT value FROM about WHERE name = 'schema_version'")
        if rows != [(str(SCHEMA_VERSION),)]:
            raise InvalidInput(
                f"{self.path}: is a log of schema version {rows[0][0] if rows else 'none'}; "
                f"this simtwin reads version {SCHEMA_VERSION}"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words what SQLite could not do."""
        try:
            yield
        except sqlite3.Error as error:
            raise failure(self.path, error) from error


def _finite(number: float) -> float:
    return number if -1e300 < number < 1e300 else 0.0

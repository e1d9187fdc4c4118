"""This module holds the tables of the log, and the way of an envelope into a row and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from pathlib import Path

from simtwin.errors import DiskFull, StoreFailed
from simtwin.live.envelope import Clock, Envelope, Quality

SCHEMA_VERSION = 3

SCHEMA = """
CREATE TABLE reading (
    number INTEGER PRIMARY KEY,
    device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, message TEXT NOT NULL,
    signal TEXT NOT NULL, clock TEXT NOT NULL, t_source REAL NOT NULL, t_received REAL NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (device, epoch, seq, message, signal)
);
CREATE INDEX received ON reading (device, t_received);
CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY AUTOINCREMENT, t_received REAL NOT NULL, source TEXT NOT NULL,
    kept INTEGER NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL
);
CREATE INDEX fate ON quarantine (kept, number);
CREATE TABLE refusal (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE gap (
    device TEXT NOT NULL, begin REAL NOT NULL, end REAL NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (device, begin, end, reason)
) WITHOUT ROWID;
CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE parameter_version (
    machine TEXT NOT NULL, number INTEGER NOT NULL, made REAL NOT NULL, who TEXT NOT NULL,
    act TEXT NOT NULL, body TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (machine, number)
) WITHOUT ROWID;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
COLUMNS = "device, epoch, seq, message, signal, clock, t_source, t_received, body"
INSERT = (
    f"INSERT INTO reading ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
# Of two readings of one identity the smaller stays, and the first receipt: no order matters.
AGAIN = """
UPDATE reading SET
    t_received = min(t_received, :received),
    t_source = CASE WHEN :body < body THEN :source ELSE t_source END,
    clock = CASE WHEN :body < body THEN :clock ELSE clock END,
    body = min(body, :body)
WHERE device = :device AND epoch = :epoch AND seq = :seq AND message = :message
    AND signal = :signal AND (t_received > :received OR body > :body)
"""
KEY = "device, epoch, seq, message, signal"
CONTENT = f"{KEY}, clock, t_source, body"
"""What does not change when a reading comes again."""
HOLES = """
WITH told AS (
    SELECT epoch, seq, min(clock) AS clock, min(t_source) AS t_source,
        min(t_received) AS t_received
    FROM reading
    WHERE device = ? AND epoch <> '' AND seq >= 0 AND json_extract(body, '$[3]') = ?
    GROUP BY epoch, seq
), pairs AS (
    SELECT epoch, lag(seq) OVER one AS before, seq, lag(clock) OVER one, lag(t_source) OVER one,
        lag(t_received) OVER one, clock, t_source, t_received
    FROM told WINDOW one AS (PARTITION BY epoch ORDER BY seq)
)
SELECT * FROM pairs WHERE seq > before + 1 ORDER BY epoch, seq
"""
"""Boot, number before and after of every hole in the messages of a device and a source, and
clock, time and receipt of both."""
CHANGED = """
INSERT INTO about VALUES ('changed', 1)
    ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1
"""
"""Counts the readings that became other ones; who has read the log reads it again then."""
NAMES = ("device", "epoch", "seq", "message", "signal", "clock", "source", "received", "body")


CACHE = 32 * 1024
"""Pages of the log that SQLite keeps at hand at most [KiB]: identities are hashes, so new ones
go anywhere into their index, and pages that do not fit are written more than once."""
CHECKPOINT = 4000
"""Pages (of 4 KiB) in the write-ahead log before they go into the file."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def row_of(envelope: Envelope) -> tuple[str | int | float, ...]:
    """Return the row of an *envelope*."""
    device, epoch, seq, message, signal = envelope.key
    clock, quality = envelope.clock.value, envelope.quality.value
    text = (
        f"[{_number(envelope.value)}, {_quoted(envelope.unit)}, {_quoted(quality)}, "
        f"{_quoted(envelope.source)}, {_quoted(envelope.raw_ref)}, "
        f"{_number(envelope.t_source)}, {_quoted(clock)}]"
    )
    return (
        device, epoch, seq, message, signal, clock, envelope.t_source,
        envelope.t_received, text,
    )  # fmt: skip


@lru_cache(4096)
def _quoted(text: str) -> str:
    """Return *text* in JSON; the readings of a message, and most others, say the same words."""
    return _ENCODE(text)


def _number(value: object) -> str:
    """Return *value* in JSON."""
    return float.__repr__(value) if type(value) is float and isfinite(value) else _ENCODE(value)


def envelope_of(row: Sequence[str | float]) -> Envelope:
    """Return the envelope of a *row*."""
    device, epoch, seq, _, signal, clock, source_time, received, body = row
    value, unit, quality, source, raw_ref, *_ = json.loads(str(body))
    return Envelope(
        str(device),
        str(signal),
        value,
        unit,
        Quality(quality),
        float(source_time),
        Clock(str(clock)),
        float(received),
        str(epoch),
        None if seq == -1 else int(seq),
        source,
        raw_ref,
    )


def connect(path: str, readonly: bool) -> sqlite3.Connection:
    """Open the file *path*; what is committed is on disk when COMMIT returns."""
    if readonly:
        uri = f"{Path(path).resolve().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None)
    connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
    return connection


def failure(path: str, error: sqlite3.Error) -> StoreFailed:
    """Return in words what SQLite could not do with the file *path*."""
    if "full" in str(error):
        return DiskFull(_words(path, str(error)))
    return StoreFailed(_words(path, str(error)))


def _words(path: str, text: str) -> str:
    if "full" in text:
        return (
            f"{path}: the disk is full; the last batch was not written and not acknowledged, "
            "what was acknowledged before is safe; free some space"
        )
    if "readonly" in text or "unable to open" in text:
        return (
            f"{path}: cannot be opened for writing; is there such a folder, may you write it?"
        )
    if "not a database" in text or "malformed" in text:
        return f"{path}: is damaged or no log of simtwin ({text})"
    if "locked" in text:
        return f"{path}: another process writes it; one process writes a log"
    return f"{path}: {text}; the last batch was not acknowledged"

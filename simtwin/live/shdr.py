"""This module holds the recordings of SHDR adapters, the lines that feed an MTConnect agent.

``time|key|value|key|value...``; a condition has five fields after its key and a line of its
own; an asset may go over several lines; a line that begins with ``*`` is a command of the
adapter. Every line is read or rejected by its number, none is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simtwin.errors import InvalidInput
from simtwin.live.envelope import Envelope
from simtwin.live.instants import utc_seconds
from simtwin.live.mapping import MTCONNECT, Origin, Route

_LEVELS = {"normal", "warning", "fault", "unavailable"}
_CONDITION_FIELDS = 5
_MULTILINE = "--multiline--"
_ASSETS = {"@ASSET@", "@UPDATE_ASSET@", "@REMOVE_ASSET@", "@REMOVE_ALL_ASSETS@"}


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One line of a recording that could not be read, and why."""

    number: int
    reason: str
    text: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}"


@dataclass(slots=True)
class Lines:
    """What the lines of a recording were; together they are all of them."""

    read: int = 0
    """Lines with readings, or an asset."""
    continued: int = 0
    """Further lines of an asset."""
    commands: int = 0
    """Lines with a command of the adapter; they say nothing about the machine."""
    blank: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All lines."""
        return self.read + self.continued + self.commands + self.blank + len(self.rejected)


@dataclass(frozen=True, slots=True)
class ShdrReader:
    """Reads the lines of one adapter as readings of *device*.

    A key such as ``mill-1:Srpm`` names its device. *epoch* is the hash of the file; readings
    are numbered through it. *routes* maps keys to signals; a key without one is stored under
    its own name, as text.
    """

    device: str
    epoch: str
    source: str = "shdr"
    routes: Mapping[str, Route] = field(default_factory=lambda: MTCONNECT)

    def read(self, lines: Iterable[str], counts: Lines) -> Iterator[Envelope]:
        """Give the readings of *lines*; *counts* is filled on the way."""
        seq = 0
        numbered = enumerate(lines, 1)
        for number, raw in numbered:
            line = raw.rstrip("\r\n")
            if not line.strip():
                counts.blank += 1
                continue
            if is_command(line):
                counts.commands += 1
                continue
            try:
                when, pairs = _fields(line)
                pairs = list(self._whole(pairs, numbered, counts))
            except InvalidInput as reason:
                counts.rejected.append(RejectedLine(number, str(reason), line))
                continue
            counts.read += 1
            for key, text in pairs:
                yield self._envelope(key, text, when, seq, number)
                seq += 1

    def _whole(
        self,
        pairs: Sequence[tuple[str, str]],
        numbered: Iterator[tuple[int, str]],
        counts: Lines,
    ) -> Iterator[tuple[str, str]]:
        """Give *pairs*, an asset over several lines with all its text."""
        for key, text in pairs:
            _, found, mark = text.rpartition(_MULTILINE)
            if key not in _ASSETS or not found:
                yield key, text
                continue
            body: list[str] = []
            for _, raw in numbered:
                counts.continued += 1
                line = raw.rstrip("\r\n")
                if line == f"{_MULTILINE}{mark}":
                    break
                body.append(line)
            else:
                raise InvalidInput(f"asset is not ended by {_MULTILINE}{mark}")
            yield key, text.replace(f"{_MULTILINE}{mark}", "\n".join(body))

    def _envelope(self, key: str, text: str, when: float, seq: int, number: int) -> Envelope:
        device, _, name = key.rpartition(":")
        route = self.routes.get(key) or self.routes.get(name)
        signal = "asset" if route is None and key in _ASSETS else name
        origin = Origin(self.source, self.epoch)
        return origin.envelope(
            device or self.device, signal, route, text, when=when, seq=seq, number=number
        )


def keys_of(lines: Iterable[str]) -> set[str]:
    """Return the keys in *lines*, without their devices.

    >>> sorted(keys_of(["2022-08-08T00:00:00Z|mill-1:Srpm|3|estop|ARMED"]))
    ['Srpm', 'estop']
    """
    return {key.rpartition(":")[2] for line in lines for key in line.split("|")[1::2]}


def is_command(line: str) -> bool:
    """Whether a *line* is a command of the adapter, with or without a time before it.

    >>> is_command("* PING"), is_command("2022-08-08T13:51:34Z|*adapterVersion:2")
    (True, True)
    """
    return line.startswith("*") or line.partition("|")[2].startswith("*")


def _fields(line: str) -> tuple[float, list[tuple[str, str]]]:
    """Return the time [s, UTC] of a *line* and its keys with their text.

    >>> _fields("2022-08-08T00:00:00Z|S1load|3|estop|ARMED")[1]
    [('S1load', '3'), ('estop', 'ARMED')]
    >>> _fields("2022-08-08T00:00:00Z|system|WARNING|557|||DOOR")[1]
    [('system', 'WARNING/557/DOOR')]
    """
    stamp, *rest = line.split("|")
    when = utc_seconds(stamp.partition("@")[0])
    if not rest:
        raise InvalidInput("has no key")
    if rest[0] in _ASSETS:
        return when, [(rest[0], "|".join(rest[1:]))]
    if len(rest) == 1 + _CONDITION_FIELDS and rest[1].lower() in _LEVELS:
        return when, [(rest[0], "/".join(part for part in rest[1:] if part))]
    if len(rest) % 2:
        raise InvalidInput(f"key {rest[-1]!r:.60} has no value")
    if not all(rest[::2]):
        raise InvalidInput("has an empty key")
    return when, list(zip(rest[::2], rest[1::2], strict=True))

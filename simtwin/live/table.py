"""This module holds recordings in CSV: one reading a row, or one instant a row.

Long: ``time,key,value``, with a device if there are several. Wide: ``time`` and a column for
each signal, its unit in the name as in every file (``temperature_1_c``, ``spindle_speed_rpm``),
or in the names of a source. An empty cell is no reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE
from simtwin.live.envelope import Envelope
from simtwin.live.instants import utc_seconds
from simtwin.live.mapping import MTCONNECT, Origin, Route, of_keys
from simtwin.live.shdr import Lines, RejectedLine
from simtwin.units import SUFFIXES, suffix_of

_TIMES = ("time", "time_utc", "minute_utc", "timestamp", "time_s", "t_s")
_DEVICES = ("device", "machine")
_KEYS = ("key", "signal")
_UNITS = {"w": "W", "m_s": "m/s", "mm_min": "mm/min", "mm_s": "mm/s", "m_s2": "m/s2",
          "rad_s": "rad/s"}  # fmt: skip
"""Units that files of readings have beside those of plant files."""


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads the rows of a CSV file as readings, of *device* where no column names one."""

    device: str
    epoch: str
    source: str = "csv"
    routes: Mapping[str, Route] = field(default_factory=lambda: MTCONNECT)

    def read(self, lines: Iterable[str], counts: Lines) -> Iterator[Envelope]:
        """Give the readings of *lines*; *counts* is filled on the way."""
        reader = csv.reader(lines)
        head = [name.strip() for name in next(reader, [])]
        when = _column(head, _TIMES, "time")
        device = _column(head, _DEVICES)
        key = _column(head, _KEYS)
        counts.read += 1
        seq = 0
        origin = Origin(self.source, self.epoch)
        rows = [(reader.line_num, row) for row in reader]
        names = {row[key] for _, row in rows if len(row) > key} if key >= 0 else set(head)
        routes = of_keys(names, self.routes)
        for number, row in rows:
            if not any(cell.strip() for cell in row):
                counts.blank += 1
                continue
            try:
                _check_length(row, head)
                instant = utc_seconds(row[when])
                cells = self._cells(head, row, {when, device, key} - {-1}, key)
                found = [(name, text) for name, text in cells if text.strip()]
            except InvalidInput as reason:
                counts.rejected.append(RejectedLine(number, str(reason), ",".join(row)))
                continue
            counts.read += 1
            for name, text in found:
                owner = row[device] if device >= 0 else self.device
                route = route_of(name, routes)
                yield origin.envelope(
                    owner, name, route, text.strip(), when=instant, seq=seq, number=number
                )
                seq += 1

    def _cells(
        self, head: Sequence[str], row: Sequence[str], other: set[int], key: int
    ) -> list[tuple[str, str]]:
        if key < 0:
            return [
                (name, cell)
                for index, (name, cell) in enumerate(zip(head, row, strict=True))
                if index not in other
            ]
        return [(row[key], row[_column(head, ("value",), "value")])]


def route_of(name: str, routes: Mapping[str, Route]) -> Route | None:
    """Return what the column *name* is: of the source, or a signal with its unit; None else.

    >>> route_of("spindle_speed_rpm", {}).unit, route_of("temperature_1", {}).signal
    ('rpm', 'temperature_1')
    """
    if name in routes:
        return routes[name]
    if name in CATALOGUE:
        return Route(name, name)
    for suffix, unit in _UNITS.items():
        signal = name.removesuffix(f"_{suffix}")
        if signal != name and signal in CATALOGUE:
            return Route(name, signal, unit)
    suffix_found = suffix_of(name)
    if suffix_found is not None:
        signal = name.removesuffix(f"_{suffix_found}")
        if signal in CATALOGUE:
            return Route(name, signal, SUFFIXES[suffix_found].symbol)
    return None


def _check_length(row: Sequence[str], head: Sequence[str]) -> None:
    if len(row) != len(head):
        raise InvalidInput(f"has {len(row)} cells, the heading {len(head)}")


def _column(head: Sequence[str], names: Sequence[str], needed: str = "") -> int:
    for index, name in enumerate(head):
        if name.lower() in names:
            return index
    if needed:
        raise InvalidInput(
            f"line 1: no column is called {needed}; the heading is {', '.join(head)!r:.200}"
        )
    return -1

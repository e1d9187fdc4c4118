"""This module holds the reading of recorded minutes of a turning spindle as observations.

Source: National Institute of Standards and Technology (NIST), Smart Manufacturing Systems Test
Bed, `usnistgov/smstestbed` at 968279f (2020-05-20), Mazak01; public information, NIST is
acknowledged and endorses nothing here. The recording itself is not part of this project.
"""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

from simtwin.live.envelope import Observation, Quality
from simtwin.units import RPM

MINUTES = (
    Path(__file__).resolve().parents[3]
    / "shared/data/nist-smstestbed/minute/mazak01_minute_dev.csv.gz"
)
FITTED = 45
"""Days on which the plant file was fitted; the other twenty are unseen."""


def days() -> list[list[Observation]]:
    """Return the development days in order; skips where the recording is absent.

    A minute's loads are told at its start, so they hold for that minute.
    """
    if not MINUTES.exists():
        pytest.skip("real data folder ../shared/data is absent")
    with gzip.open(MINUTES, "rt") as file:
        rows = list(csv.DictReader(file))
    return [
        [told for row in group for told in _told(row)]
        for _, group in groupby(rows, key=lambda row: row["minute_utc"][:10])
    ]


def _told(row: dict[str, str]) -> list[Observation]:
    time = datetime.fromisoformat(row["minute_utc"]).timestamp()
    scales = {
        "spindle_load": ("Sload", 0.01),
        "spindle_speed": ("Srpm", RPM),
        "spindle_temperature": ("Stemp", 1.0),
    }
    return [
        Observation("mazak", signal, float(row[column]) * scale, Quality.GOOD, time)
        for signal, (column, scale) in scales.items()
        if row[column]
    ]

"""This module holds the limits of the service: how large, how far, how long, how many."""

from __future__ import annotations

import os
from dataclasses import dataclass

from simtwin.plant.document import MAX_BYTES
from simtwin.units import DAY


@dataclass(frozen=True, slots=True)
class Limits:
    """What one service takes and does at most; beyond it a call is refused in words."""

    body_bytes: int = 1_000_000
    """Of a JSON body."""
    file_bytes: int = MAX_BYTES
    """Of a plant or a scenario."""
    horizon: float = 31.0 * DAY
    """From the start of a scenario, and of a look-ahead [s]."""
    replications: int = 1_000
    """Of one job."""
    futures: int = 200
    """Of one look-ahead, which is answered at once."""
    read_seconds: float = 30.0
    """That a question answered at once may take."""
    job_seconds: float = 600.0
    """That a job may take; what is complete by then is kept and marked partial."""
    jobs_running: int = max(1, (os.cpu_count() or 2) - 1)
    """At once; the others wait."""
    jobs_waiting: int = 16
    jobs_kept: int = 1_000
    """Jobs on disk, finished ones included; deleting some makes room."""
    attempts: int = 3
    """Starts of a job whose worker or service died; after that it is lost."""
    files: int = 500
    """Plants and scenarios that are kept."""
    twins: int = 100
    batch: int = 2_000
    """Observations in one batch."""
    observations: int = 20_000
    """Observations of one twin."""
    keys: int = 100
    guesses: int = 30
    """Wrong keys from one address in a minute."""
    stream_seconds: float = 300.0
    """That a stream of a twin lasts; who follows it asks again, and the key is looked at."""
    streams: int = 32
    """Open streams of events."""

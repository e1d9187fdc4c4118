"""This module holds the drift charts: whether innovations are still those of the right model.

Decisions hang on normalised innovations only; a ratio such as "10 % off" means nothing near 0
and knows no noise (TELEMETRY 6). Source of the charts: Page 1954, Biometrika 41:100 (CUSUM);
Bar-Shalom et al. 2001, 5.4 (NIS); PHYSICS 10, I3 and I4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from simtwin.live.kalman import GATE

SLACK = 0.5
"""k of the CUSUM: half the shift that it is quickest for, in standard deviations."""
LIMIT = 20.0
"""h of the CUSUM: at 1 Hz one chart alarms falsely once in 49 years (TELEMETRY 6)."""
WINDOW = 50
"""Innovations in one NIS window."""
BAND = 0.95
"""Share of the windows of a right model that lie in the band."""
RECENT = 10
"""Windows that are looked at together."""
MANY = 5
"""So many beyond one end of the band are no chance: 2 in a million for a right model."""
IMPROBABLE = 1e-7
"""A window as wide as this raises an alarm by itself."""


class Status(StrEnum):
    """How far a twin may be trusted; STALE is not IN_SYNC."""

    IN_SYNC = "IN_SYNC"
    STALE = "STALE"
    DRIFTING = "DRIFTING"
    DIVERGED = "DIVERGED"
    UNCALIBRATED = "UNCALIBRATED"


class Verdict(NamedTuple):
    """A status and why."""

    status: Status
    reason: str

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}"


@cache
def nis_band(n: int = WINDOW, share: float = BAND) -> tuple[float, float]:
    """Return the band of the mean of *n* normalised squares, in which *share* of them lie.

    >>> [round(end, 3) for end in nis_band()]  # PHYSICS I3
    [0.647, 1.428]
    """
    from scipy.stats import chi2

    tail = 0.5 * (1.0 - share)
    return float(chi2.ppf(tail, n)) / n, float(chi2.isf(tail, n)) / n


@dataclass(frozen=True, slots=True)
class Chart:
    """The charts of one sensor; a new one after each innovation."""

    up: float = 0.0
    """CUSUM of innovations that are too high."""
    down: float = 0.0
    up_since: float = -math.inf
    """When it last stood at 0 [s]."""
    down_since: float = -math.inf
    total: float = 0.0
    """Of the squares in the open window."""
    count: int = 0
    windows: int = 0
    inside: int = 0
    """Windows within the band."""
    last: float | None = None
    """Mean square of the last whole window."""
    recent: tuple[float, ...] = ()
    """Mean squares of the last windows, `RECENT` at most."""

    @property
    def beyond(self) -> tuple[int, int]:
        """Of the recent windows those below and those above the band."""
        low, high = nis_band()
        below, above = (
            (mean < low for mean in self.recent),
            (mean > high for mean in self.recent),
        )
        return sum(below), sum(above)

    def anew(self) -> Chart:
        """Return the chart begun anew; windows that it has counted stay."""
        return Chart(windows=self.windows, inside=self.inside, last=self.last)

    def after(self, z: float, time: float) -> tuple[Chart, str | None, float]:
        """Return the chart after the normalised innovation *z*, why to alarm, and since when.

        A gated innovation counts as one at the gate: it is no news that a spike is far off.
        """
        bound = math.sqrt(GATE)
        z = min(max(z, -bound), bound)
        up, down = max(0.0, self.up + z - SLACK), max(0.0, self.down - z - SLACK)
        up_since = self.up_since if up > 0.0 else time
        down_since = self.down_since if down > 0.0 else time
        chart = replace(
            self, up=up, down=down, up_since=up_since, down_since=down_since,
            total=self.total + z * z, count=self.count + 1,
        )  # fmt: skip
        reason, since = None, time
        if up > LIMIT:
            reason, since = "readings stay above the prediction", up_since
        elif down > LIMIT:
            reason, since = "readings stay below the prediction", down_since
        if reason is not None:
            chart = replace(chart, up=0.0, down=0.0, up_since=time, down_since=time)
        if chart.count == WINDOW:
            chart, far = chart._closed()
            reason = reason or far
        return chart, reason, since

    def _closed(self) -> tuple[Chart, str | None]:
        """Return the chart with its window closed, and why to alarm where it is far out."""
        mean = self.total / self.count
        low, high = nis_band()
        inside = self.inside + (low <= mean <= high)
        chart = replace(
            self,
            total=0.0,
            count=0,
            windows=self.windows + 1,
            inside=inside,
            last=mean,
            recent=(*self.recent, mean)[-RECENT:],
        )
        # Too narrow is a finding, and shown; it means that noise is overrated, not a drift.
        if mean > nis_band(WINDOW, 1.0 - 2.0 * IMPROBABLE)[1]:
            return chart, f"innovations are wider than the model says (NIS {mean:.2f})"
        return chart, None

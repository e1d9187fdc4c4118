"""This module holds the wall clock of a plant: seconds of a run as times of day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simtwin.errors import InvalidInput
from simtwin.result.moment import moment


@dataclass(frozen=True, slots=True)
class Clock:
    """The dates and times of a run that begins at *start* (ISO 8601, local to the plant).

    The local time is shown as written; nothing is moved to another zone.

    >>> clock = Clock("2026-01-05T06:00:00")
    >>> clock.time(4.5 * 3600), clock.time(25 * 3600)
    ('10:30', 'Tue 07:00')
    """

    start: str
    _zero: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            zero = datetime.fromisoformat(self.start).replace(tzinfo=UTC)
        except ValueError:
            raise InvalidInput(
                f"start must be a date and time such as 2026-01-05T06:00 (got {self.start!r})"
            ) from None
        object.__setattr__(self, "_zero", zero)

    def time(self, seconds: float) -> str:
        """Return hour and minute, rounded; the weekday leads on another day than the first."""
        return moment(self.start, seconds)

    def exact(self, seconds: float) -> str:
        """Return date and time to the second, as in a log.

        >>> Clock("2026-01-05T06:00").exact(61.4)
        '2026-01-05 06:01:01'
        """
        at = self._zero + timedelta(seconds=round(seconds))
        return at.strftime("%Y-%m-%d %H:%M:%S")

    @property
    def milliseconds(self) -> float:
        """The start on the axis of a plot: milliseconds since 1970, as if local were UTC.

        >>> Clock("1970-01-01T00:01").milliseconds
        60000.0
        """
        return self._zero.timestamp() * 1000.0

"""This module holds the wall clock of a plant: seconds of a run as times of day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from simtwin.civil import local, read_zero
from simtwin.errors import InvalidInput
from simtwin.result.moment import moment


@dataclass(frozen=True, slots=True)
class Clock:
    """The dates and times of a run that begins at *start* (ISO 8601, local to the plant).

    It is what the clock on the wall says, put forward and back where *start* names a zone.

    >>> clock = Clock("2026-01-05T06:00:00")
    >>> clock.time(4.5 * 3600), clock.time(25 * 3600)
    ('10:30', 'Tue 07:00')
    """

    start: str
    _zero: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_zero", read_zero(self.start))
        except InvalidInput as error:
            raise InvalidInput(f"start {error}") from None

    def time(self, seconds: float) -> str:
        """Return hour and minute, rounded; the weekday leads on another day than the first."""
        return moment(self.start, seconds)

    def exact(self, seconds: float) -> str:
        """Return date and time to the second, as in a log.

        >>> Clock("2026-01-05T06:00").exact(61.4)
        '2026-01-05 06:01:01'
        """
        return f"{local(self._zero, round(seconds)):%Y-%m-%d %H:%M:%S}"

    def dated(self, seconds: float) -> str:
        """Return date, hour and minute, and the seconds where there are any.

        >>> clock = Clock("2026-01-05T06:00")
        >>> clock.dated(15200.0), clock.dated(14400.0)
        ('2026-01-05 10:13:20', '2026-01-05 10:00')
        """
        return self.exact(seconds).removesuffix(":00")

    @property
    def milliseconds(self) -> float:
        """The start on the axis of a plot: milliseconds since 1970, as if local were UTC.

        >>> Clock("1970-01-01T00:01").milliseconds
        60000.0
        """
        return local(self._zero, 0.0).replace(tzinfo=UTC).timestamp() * 1000.0

    def titled(self, text: str) -> str:
        """Return the title of an axis, which goes by the offset at the start.

        >>> Clock("2026-03-28T22:00[Europe/Berlin]").titled("time of day")
        'time of day, UTC+01:00'
        """
        return text if self._zero.tzinfo is None else f"{text}, UTC{str(self._zero)[-6:]}"

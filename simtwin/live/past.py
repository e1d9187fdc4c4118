"""This module holds the past of a track: readings of the last hour, and what was known before.

With it a follower can go back to before a change, once it knows what has changed. It is part
of the track, so going back needs no log, and is a function of the observations like all else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.live.envelope import Observation
    from simtwin.live.track import Track

LENGTH = 1800.0
"""At least so much is kept [s], and at most twice that while nothing is open."""
SPACING = 5.0
"""Readings of a sensor nearer than this are kept once [s]."""


@dataclass(frozen=True, slots=True)
class Past:
    """Observations that followed on *begin*; those on *later* are its second half."""

    begin: Track | None = None
    rows: tuple[Observation, ...] = ()
    later: Track | None = None
    later_rows: tuple[Observation, ...] = ()

    @property
    def all(self) -> tuple[Observation, ...]:
        """What followed on *begin*."""
        return (*self.rows, *self.later_rows)

    def after(self, track: Track, observation: Observation, *, held: bool) -> Past:
        """Return the past with *observation*, before which *track* was known.

        While it is *held* nothing is forgotten.
        """
        if track.belief is None:
            return self
        if self.begin is None:
            known = track.bare()
            return Past(known, (), known, (observation,))
        assert self.later is not None
        if not held and track.time - self.later.time > LENGTH:
            return Past(self.later, self.later_rows, track.bare(), (observation,))
        return replace(self, later_rows=(*self.later_rows, observation))

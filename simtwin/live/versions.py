"""This module holds the versions of the parameters of one machine: added to, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.live.proposal import Proposal


@dataclass(frozen=True, slots=True)
class Version:
    """One parameter set that was in force; never changed, and rolled back by a new one."""

    number: int
    parameters: Parameters
    note: str
    since: float = float("-inf")
    """First of the readings that it rests on [s, UTC]; -inf for the plant file."""


class Versions:
    """All parameter versions of one machine, the one in force last."""

    def __init__(self, machine: str) -> None:
        self.machine = machine
        self._all = [Version(0, Parameters(), "as the plant file says")]

    def __iter__(self) -> Iterator[Version]:
        return iter(self._all)

    @property
    def parameters(self) -> Parameters:
        """The parameters in force."""
        return self._all[-1].parameters

    def take(self, proposal: Proposal) -> Version:
        """Put *proposal* in force; refused where it is outdated or data do not speak for it."""
        if not proposal.sound:
            raise InvalidInput(f"{self.machine}: not applied: {proposal.reason}")
        if proposal.before != self.parameters:
            raise InvalidInput(
                f"{self.machine}: the proposal was made for other parameters "
                f"({proposal.before}) than are in force ({self.parameters})"
            )
        note = f"recalibrated on {proposal.readings} readings, {proposal.digest}"
        return self._added(proposal.after, note, proposal.window[0])

    def go_back(self) -> Version:
        """Put the newest other parameters back."""
        now = self.parameters
        past = next((v for v in reversed(self._all) if v.parameters != now), None)
        if past is None:
            raise InvalidInput(f"{self.machine}: there is no earlier version to go back to")
        return self._added(past.parameters, f"rolled back to version {past.number}", past.since)

    def _added(self, parameters: Parameters, note: str, since: float) -> Version:
        version = Version(len(self._all), parameters, note, since)
        self._all.append(version)
        return version

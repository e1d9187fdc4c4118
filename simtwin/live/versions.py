"""This module holds the versions of the parameters of one machine: added to, never edited.

Each is an audit row of its own: when, by whom, why, on which plant; and it bears the hash of
itself and of the one before, so none can be changed or left out unseen (TELEMETRY 6).
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput, StoreFailed
from simtwin.live.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.live.proposal import Proposal
    from simtwin.live.store import Store

FILE = "as the plant file says"
APPLIED, ROLLED_BACK, PLANT_CHANGED = "applied", "rolled back", "plant changed"


@dataclass(frozen=True, slots=True)
class Version:
    """One parameter set that was in force; never changed, and rolled back by a new one."""

    number: int
    parameters: Parameters
    note: str
    since: float = float("-inf")
    """First of the readings that it rests on [s, UTC]; -inf for the plant file."""
    act: str = "begun"
    """``begun``, ``applied``, ``rolled back`` or ``plant changed``."""
    who: str = ""
    """Who did it, as far as the caller said."""
    made: float = float("-inf")
    """When [s, UTC]; -inf for the plant file."""
    model: str = ""
    """Hash of the thermal numbers of the machine that the factors are on."""
    mark: str = ""
    """Hash of this one and the one before."""


class Versions:
    """All parameter versions of one machine, the one in force last; kept in *store*, if any.

    *model* is the hash of the numbers that the factors are on: those learned on others do not
    hold, so where the plant file has changed, it begins again with a version that says so.
    """

    def __init__(self, machine: str, model: str, store: Store | None) -> None:
        self.machine = machine
        self._model, self._store = model, store
        self._all = [Version(0, Parameters(), FILE, model=model)]
        if store is None:
            return
        for row in store.parameter_versions(machine):
            version = _read(row, self._all[-1], f"{store.path}: {machine}")
            if version.number == 1:  # The first was learned on the plant file of then.
                self._all[0] = replace(self._all[0], model=version.model)
            self._all.append(version)
        last = self._all[-1]
        if last.number and last.model != model:
            note = f"those of version {last.number} were learned on other numbers; {FILE}"
            self._added(
                Parameters(), note, last.since, PLANT_CHANGED, "", kept=not store.readonly
            )

    def __iter__(self) -> Iterator[Version]:
        return iter(self._all)

    @property
    def parameters(self) -> Parameters:
        """The parameters in force."""
        return self._all[-1].parameters

    def take(self, proposal: Proposal, who: str) -> Version:
        """Put *proposal* in force; refused where it is outdated or data do not speak for it."""
        if not proposal.sound:
            raise InvalidInput(f"{self.machine}: not applied: {proposal.reason}")
        if proposal.before != self.parameters:
            raise InvalidInput(
                f"{self.machine}: the proposal was made for other parameters "
                f"({proposal.before}) than are in force ({self.parameters})"
            )
        note = f"recalibrated on {proposal.readings} readings, {proposal.digest}"
        return self._added(proposal.after, note, proposal.window[0], APPLIED, who)

    def go_back(self, who: str) -> Version:
        """Put the newest other parameters back that were on the same numbers."""
        now = self.parameters
        held = [v for v in self._all if v.model == self._model]
        past = next((v for v in reversed(held) if v.parameters != now), None)
        if past is None:
            raise InvalidInput(f"{self.machine}: there is no earlier version to go back to")
        note = f"rolled back to version {past.number}"
        return self._added(past.parameters, note, past.since, ROLLED_BACK, who)

    def _added(
        self,
        parameters: Parameters,
        note: str,
        since: float,
        act: str,
        who: str,
        *,
        kept: bool = True,
    ) -> Version:
        before = self._all[-1]
        version = Version(
            before.number + 1, parameters, note, since, act, who, time.time(), self._model
        )
        version = replace(version, mark=_mark(version, before))
        if self._store is not None and kept:
            self._keep(version, self._store)
        self._all.append(version)
        return version

    def _keep(self, version: Version, store: Store) -> None:
        known = [row[0] for row in store.parameter_versions(self.machine)]
        if version.number in known:
            raise InvalidInput(
                f"{self.machine}: version {version.number} was made elsewhere meanwhile; open "
                "the twin again"
            )
        with store.batch() as batch:
            batch.version(
                (self.machine, version.number, version.made, version.who, version.act,
                 _body(version), version.mark)
            )  # fmt: skip


def _body(version: Version) -> str:
    since = None if version.since == float("-inf") else version.since
    told = {
        "parameters": asdict(version.parameters), "note": version.note, "since": since,
        "model": version.model,
    }  # fmt: skip
    return json.dumps(told, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _mark(version: Version, before: Version) -> str:
    told = (before.mark, version.number, version.made, version.who, version.act, _body(version))
    return hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()


def _read(row: tuple[int, float, str, str, str, str], before: Version, place: str) -> Version:
    """Return the version of a *row*; one that is not what was once written is refused."""
    number, made, who, act, body, mark = row
    told = json.loads(body)
    since = float("-inf") if told["since"] is None else told["since"]
    version = Version(
        number, Parameters(**told["parameters"]), told["note"], since, act, who, made,
        told["model"], mark,
    )  # fmt: skip
    if number != before.number + 1 or mark != _mark(version, before):
        raise StoreFailed(
            f"{place}: parameter version {number} is not what was written: its hash does not "
            "follow from the one before; what is in force is not known"
        )
    return version

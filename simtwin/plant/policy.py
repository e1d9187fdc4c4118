"""This module holds the maintenance policy: when which failure modes are renewed by plan."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.hook import takes, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of a machine: nothing that was drawn and has not shown yet."""

    now: float
    """[s]"""
    mode: str
    on_shift: bool
    powered: float
    """[s]"""
    processing: float
    """[s]"""
    cycles: float
    parts: dict[str, SeenPart]
    """By the name of the failure mode."""


@dataclass(frozen=True, slots=True)
class SeenPart:
    """What can be seen of a failure mode."""

    age: float
    """Since it was new or repaired, on its clock [s or cycles]."""
    clock: str
    failed: bool
    due: bool
    """Whether a task for it is due or in hand."""
    level: float
    """At the last inspection, of a gamma or Wiener process [its own unit]."""


@dataclass(frozen=True, slots=True)
class Task:
    """A planned renewal that a policy of your own asks for."""

    machine: str
    failure: str
    duration: float | None = None
    """[s]; None: as the failure mode or the policy says."""


Decide = "Callable[[dict[str, Seen], dict[str, float], dict[str, int]], Iterable[Task]]"


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """One policy: by age, in blocks, at the openings of a calendar, or as somebody decides.

    A policy of your own: ``PolicySpec("mine", every=3600.0, decide=function)``. Every hour of
    the run the function is given what can be seen of each machine, when each machine's shift
    begins or ends next [s] and how many of each crew are free; it returns the tasks to be done.
    It must depend on nothing else.
    """

    name: str
    machines: tuple[str, ...] = ()
    """Empty: all."""
    failures: tuple[str, ...] = ()
    """Failure modes; empty: all of the machine."""
    age: float | None = None
    """Renew at this age, each on its own clock [s or cycles]."""
    every: float | None = None
    """Renew or decide at every multiple of this time since the start [s]."""
    calendar: str | None = None
    """Renew at every opening of this calendar."""
    duration: float | None = None
    """Of one task [s]; None: as the failure mode says."""
    skill: str = "maintenance"
    """Of the crew that does it."""
    decide: Callable[..., Iterable[Task]] | None = None

    def __post_init__(self) -> None:
        times = {"age": self.age, "every": self.every}
        given = [key for key, value in (*times.items(), ("calendar", self.calendar))
                 if value is not None]  # fmt: skip
        if len(given) != 1:
            got = " and ".join(given) or "none"
            raise InvalidInput(
                f"policy {self.name}: needs one of age, every and calendar (got {got})"
            )
        if self.decide is not None and self.age is not None:
            raise InvalidInput(
                f"policy {self.name}: decide is asked every so often: give every, not age"
            )
        if self.decide is not None and not takes(self.decide, 3):
            raise InvalidInput(
                f"policy {self.name}: decide must take three arguments, what is seen, the "
                f"changes of shifts and who is free (got {told(self.decide)})"
            )
        for key, value in times.items():
            if value is not None and not (isfinite(value) and value > 0.0):
                raise InvalidInput(
                    f"policy {self.name}: {key} must be a time above 0 (got {value!r})"
                )
        if self.duration is not None and not (isfinite(self.duration) and self.duration >= 0.0):
            raise InvalidInput(
                f"policy {self.name}: duration must be 0 s or more (got {self.duration!r})"
            )

    def covers(self, machine: str, failure: str) -> bool:
        """Tell whether it is about the mode *failure* of *machine*.

        >>> PolicySpec("pumps", failures=("pump",), age=3600.0).covers("mill-1", "pump")
        True
        """
        return (not self.machines or machine in self.machines) and (
            not self.failures or failure in self.failures
        )

    def __repr__(self) -> str:
        decide = self.decide
        own = "" if decide is None else f", {decide.__module__}.{decide.__qualname__}"
        rest = (self.machines, self.failures, self.age, self.every, self.calendar,
                self.duration, self.skill)  # fmt: skip
        return f"PolicySpec({self.name!r}, {rest!r}{own})"

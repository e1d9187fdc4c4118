"""This module holds the interface that every law between two events obeys (KERNEL 5).

A law is a pure function of a state and a constant load. It knows no clock: *dt* counts from
the state it is given, and the same arguments give the same bits. Guards act on the half-open
interval (0, horizon]; a guard that is already violated at 0 belongs to whoever enters the mode.
"a then b" equals "a + b" within 1e-9 (PHYSICS rule 1), so no observer moves a result.

The linear laws of this room answer in closed form. An error-controlled integrator for heat that
is not linear in temperature (PHYSICS 5.4) stands behind the same three functions.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar

State = TypeVar("State")
Load_contra = TypeVar("Load_contra", contravariant=True)
Total_co = TypeVar("Total_co", covariant=True)


class Crossing(NamedTuple):
    """The first guard that a law meets: when, on which part, and which guard."""

    dt: float
    """[s] from the state that was asked, in (0, horizon]."""
    part: str
    guard: str


class Advance(Protocol[State, Load_contra, Total_co]):
    """The three questions that the kernel asks a law between two events.

    *State* is a value such as node temperatures or a damage, *Load* what stands still over the
    hold (a constant or a ramp), *Total* what `integral` gives, such as K s per node.
    """

    def after(self, state: State, load: Load_contra, dt: float) -> State:
        """Return the state *dt* [s] later."""
        ...

    def first_event(
        self, state: State, load: Load_contra, horizon: float
    ) -> Crossing | tuple[float, str, str] | None:
        """Return the first guard met in (0, *horizon*] as ``(dt, part, guard)``, or None.

        *horizon* [s] may be infinite: then the limit law says whether an event comes at all.
        """
        ...

    def integral(self, state: State, load: Load_contra, dt: float) -> Total_co:
        """Return the integral of the state over *dt* [s]."""
        ...

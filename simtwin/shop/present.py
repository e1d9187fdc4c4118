"""This module holds the present: what the meters of a machine show now, without moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.tool import tool_of
from simtwin.shop.hold import grown
from simtwin.shop.passage import arrived
from simtwin.shop.through import so_far

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine
    from simtwin.shop.states import Clocks, MachineState


CLOCKS = ("powered", "processing", "cycles")
"""Clocks of use, in the order in which a machine keeps them."""


class Present(NamedTuple):
    """The meters of one machine at one instant."""

    time: float
    state: MachineState
    """The value that they follow from."""
    clocks: Clocks
    damages: tuple[float, ...]
    """Of the bearings, in order [-]."""
    hazards: dict[str, float]
    """Breakage hazard of every edge [-]."""

    def hazard_of(self, tool: str) -> float:
        """Return the breakage hazard that all edges of *tool* have met [-]."""
        return sum(met for name, met in self.hazards.items() if tool_of(name) == tool)


def present(machine: Machine) -> Present:
    """Return what the meters of *machine* show now; nothing changes."""
    state, now, edge = machine.state, machine.env.now, machine.edge
    hazards = {name: stowed.wear[2] for name, stowed in state.magazine.items()}
    if edge is not None:
        hazards[edge.name] = state.wear[2]
    if machine.program is not None:
        passage = so_far(machine)
        stage, (_, clocks, damages, wear, _) = arrived(passage)
        for (name, _, _), before in zip(passage.used, stage.wears, strict=True):
            hazards[name] = before[2]
        if stage.hold.tool >= 0:
            hazards[stage.edge] = wear[2]
    elif now > state.anchor and not machine.plain:
        _, clocks, damages, wear, _ = grown(machine, state, now - state.anchor)
        if edge is not None:
            hazards[edge.name] = wear[2]
    else:
        clocks, damages = state.clocks, state.damages
    return Present(now, state, clocks, damages, hazards)

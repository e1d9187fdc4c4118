"""This module holds the thermal network: nodes, conductances, and its exact advance.

``C dT/dt = -K T + q`` with K symmetric, solved in its modes (PHYSICS 5.3, 5.4). A
:class:`Network` is what is built; a :class:`ThermalMode` is the network at one speed, coolant
and set of slopes, prepared for every question.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from simtwin.errors import OutOfRange
from simtwin.physics.modal import Matrix
from simtwin.physics.mode import Hold, ThermalMode, Trajectory, Vector

__all__ = ["DEFAULT_NETWORK", "Boundary", "Hold", "Network", "ThermalMode", "Trajectory"]

Boundary = Literal["coolant", "ambient"]
MODES_KEPT = 4096


@dataclass(frozen=True)
class Network:
    """Thermal nodes, the links between them and the sinks they lose heat to.

    *capacities* [J/K] in the order of *nodes*; *links* ``(node, node, G)`` and *sinks*
    ``(node, boundary, G)`` with conductances [W/K].
    """

    nodes: tuple[str, ...]
    capacities: tuple[float, ...]
    links: tuple[tuple[str, str, float], ...]
    sinks: tuple[tuple[str, Boundary, float], ...]

    def __post_init__(self) -> None:
        if not self.nodes or len(set(self.nodes)) != len(self.nodes):
            raise OutOfRange(f"nodes must be at least one and distinct, got {self.nodes}")
        if len(self.capacities) != len(self.nodes):
            raise OutOfRange(
                f"capacities: need {len(self.nodes)}, one per node, got {len(self.capacities)}"
            )
        for node, capacity in zip(self.nodes, self.capacities, strict=True):
            if not 0.0 < capacity < math.inf:
                raise OutOfRange(f"capacity of {node} must be positive, got {capacity} J/K")
        ends = [(one, other, self.nodes, g) for one, other, g in self.links]
        sinks = [(node, sink, ("coolant", "ambient"), g) for node, sink, g in self.sinks]
        for one, other, others, conductance in (*ends, *sinks):
            if one not in self.nodes or other not in others or one == other:
                raise OutOfRange(f"{one}-{other}: must join one of {self.nodes} to {others}")
            if not 0.0 <= conductance < math.inf:
                raise OutOfRange(
                    f"conductance {one}-{other} must be >= 0, got {conductance} W/K"
                )

    def mode(
        self, *, ambient: float, coolant: float | None, slopes: Vector = ()
    ) -> ThermalMode:
        """Return the network at boundary temperatures [degC], ready to be advanced.

        *coolant* None: the coolant is off and its conductances are 0. *slopes* [W/K] are the
        heats' slopes against the temperature of their own node, already linearised as
        ``Q = Q0 + Q1 T``: Q1 sits in K, the caller passes Q0 as heat (PHYSICS 5.4 (1)).
        Slopes that outrun the cooling raise `OutOfRange`: thermal runaway.

        >>> mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
        >>> heat = (900.0, 250.0, 150.0, 0.0, 0.0)
        >>> [round(t, 3) for t in mode.steady(heat)]
        [53.47, 55.747, 52.471, 50.473, 38.869]
        """
        return _mode(self, ambient, coolant, slopes)


DEFAULT_NETWORK = Network(
    nodes=("motor", "front", "rear", "shaft", "housing"),
    capacities=(20000.0, 1500.0, 1000.0, 10000.0, 60000.0),
    links=(
        ("motor", "housing", 60.0),
        ("motor", "shaft", 8.0),
        ("front", "housing", 12.0),
        ("front", "shaft", 9.0),
        ("rear", "housing", 10.0),
        ("rear", "shaft", 7.0),
    ),
    sinks=(
        ("housing", "coolant", 60.0),
        ("shaft", "ambient", 3.0),
        ("housing", "ambient", 12.0),
    ),
)
"""A motor spindle in its housing (PHYSICS 5.3): assumption, meant to be calibrated."""


def _conductances(
    network: Network, ambient: float, coolant: float | None, slopes: Vector
) -> tuple[Matrix, Vector]:
    """Return K with the slopes in it [W/K] and the heat of the boundaries [W]."""
    n = len(network.nodes)
    if slopes and len(slopes) != n:
        raise OutOfRange(f"slopes: need {n}, one per node, got {len(slopes)}")
    number = {node: i for i, node in enumerate(network.nodes)}
    k = [[0.0] * n for _ in range(n)]
    boundary = [0.0] * n
    for one, other, conductance in network.links:
        i, j = number[one], number[other]
        k[i][i] += conductance
        k[j][j] += conductance
        k[i][j] -= conductance
        k[j][i] -= conductance
    for node, sink, conductance in network.sinks:
        temperature = ambient if sink == "ambient" else coolant
        if temperature is not None:
            i = number[node]
            k[i][i] += conductance
            boundary[i] += conductance * temperature
    for i, slope in enumerate(slopes):
        k[i][i] -= slope
    return tuple(tuple(row) for row in k), tuple(boundary)


@lru_cache(maxsize=MODES_KEPT)
def _mode(
    network: Network, ambient: float, coolant: float | None, slopes: Vector
) -> ThermalMode:
    conductances, boundary = _conductances(network, ambient, coolant, slopes)
    unstable = any(slope > 0.0 for slope in slopes)
    return ThermalMode(network, conductances, boundary, unstable=unstable)

"""This module holds the flow network: machines as pipes for pieces, without any buffer.

It knows no chance of time and no queue: what it says of a plant is what the plant could bear
for ever. What buffers can bridge is told by the starvation clock and by the simulation.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

import networkx as nx

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SOURCE, SINK = " source", " sink"
"""Where pieces come from and where they go; no machine's name begins with a space."""

BINDING = 1e-9
"""Worth of a machine's time, relative to the flow, above which it limits the flow."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One operation on one machine; a machine that does several shares its time among them."""

    machine: str
    capacity: float
    """[pieces/h] if the machine did nothing else."""
    operation: str = ""

    @property
    def name(self) -> str:
        """The name of the node: the machine's, unless it is one of several visits."""
        return f"{self.machine}/{self.operation}" if self.operation else self.machine


@dataclass(frozen=True, slots=True)
class FlowNetwork:
    """Visits, and the *edges* between them from SOURCE to SINK, by their names.

    >>> net = FlowNetwork.chain([[Visit("saw", 20.0)], [Visit("m1", 8.0), Visit("m2", 7.0)]])
    >>> net.max_flow(), net.max_flow(down={"m1"}), sorted(net.min_cut())
    (15.0, 7.0, ['m1', 'm2'])
    """

    visits: tuple[Visit, ...]
    edges: tuple[tuple[str, str], ...]
    availability: dict[str, float] = field(default_factory=dict)
    """Machine -> share of time that it is up [-]; 1 where it is not named."""
    product: str = ""
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = Counter(visit.name for visit in self.visits)
        for name, count in names.items():
            if count > 1:
                raise InvalidInput(f"a second visit {name!r}; name its operation")
        for visit in self.visits:
            if not 0.0 < visit.capacity < inf:
                raise InvalidInput(
                    f"{visit.name}: capacity must be positive and finite (got {visit.capacity} "
                    "pieces/h)"
                )
        self._check_edges(frozenset(names))
        for machine, share in self.availability.items():
            if machine not in self.machines:
                raise InvalidInput(f"availability of {machine!r}, which no visit is of")
            if not 0.0 <= share <= 1.0:
                raise InvalidInput(
                    f"{machine}: availability must lie between 0 and 1 (got {share})"
                )

    def _check_edges(self, names: frozenset[str]) -> None:
        for tail, head in self.edges:
            if tail not in names | {SOURCE}:
                raise InvalidInput(f"an edge from {tail!r}, which is no visit")
            if head not in names | {SINK}:
                raise InvalidInput(f"an edge to {head!r}, which is no visit")
        if (SOURCE, SINK) in self.edges or not self.joined():
            raise InvalidInput("paths must lead from the source through visits to the sink")

    @classmethod
    def chain(
        cls,
        stages: Sequence[Sequence[Visit]],
        availability: Mapping[str, float] | None = None,
        *,
        product: str = "",
        assumptions: tuple[str, ...] = (),
    ) -> FlowNetwork:
        """Return stages in a row: each visit of one may be followed by each of the next."""
        rows = [[SOURCE], *([visit.name for visit in stage] for stage in stages), [SINK]]
        edges = [
            (tail, head) for here, there in pairwise(rows) for tail in here for head in there
        ]
        visits = tuple(visit for stage in stages for visit in stage)
        return cls(visits, tuple(edges), dict(availability or {}), product, assumptions)

    @property
    def machines(self) -> tuple[str, ...]:
        """Names of the machines, in the order of their first visits."""
        return tuple(dict.fromkeys(visit.machine for visit in self.visits))

    @property
    def shared(self) -> bool:
        """Whether some machine has several visits to share its time among."""
        return len(self.machines) < len(self.visits)

    def up(self, machine: str) -> float:
        """Return the share of time that *machine* is up [-]."""
        return self.availability.get(machine, 1.0)

    def graph(self, down: Collection[str] = ()) -> nx.DiGraph[str]:
        """Return the network without the machines that are *down*."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from([SOURCE, SINK, *(visit.name for visit in self.visits)])
        graph.add_edges_from(self.edges)
        graph.remove_nodes_from([v.name for v in self.visits if v.machine in down])
        return graph

    def joined(self, down: Collection[str] = ()) -> bool:
        """Tell whether some path leads from source to sink with these machines *down*."""
        of = {visit.name: visit.machine for visit in self.visits}
        after: dict[str, list[str]] = {}
        for tail, head in self.edges:
            if of.get(head) not in down:
                after.setdefault(tail, []).append(head)
        seen, frontier = {SOURCE}, [SOURCE]
        while frontier:
            for head in after.get(frontier.pop(), ()):
                if head not in seen:
                    seen.add(head)
                    frontier.append(head)
        return SINK in seen

    def max_flow(self, down: Collection[str] = ()) -> float:
        """Return the most pieces per hour that can flow with these machines *down*."""
        if not self.joined(down):
            return 0.0
        if self.shared:
            return self._shared_flow(down)[0]
        return float(nx.maximum_flow_value(self._split(down), SOURCE, SINK))

    def min_cut(self) -> frozenset[str]:
        """Return the machines that limit the flow: the minimum cut nearest the source.

        Of machines with several visits: those of which more time would make more pieces.
        """
        if self.shared:
            return self._shared_flow(())[1]
        reached = nx.minimum_cut(self._split(()), SOURCE, SINK)[1][0]
        return frozenset(
            v.machine
            for v in self.visits
            if (v.name, "in") in reached and (v.name, "out") not in reached
        )

    def _split(self, down: Collection[str]) -> nx.DiGraph[Any]:
        """Return the network with each node as an edge that has its capacity.

        Capacities are fractions: sums of floats would leave a full edge with a bit of room.
        """
        graph: nx.DiGraph[Any] = nx.DiGraph()
        graph.add_nodes_from([SOURCE, SINK])
        for visit in self.visits:
            if visit.machine not in down:
                graph.add_edge(
                    (visit.name, "in"), (visit.name, "out"), capacity=Fraction(visit.capacity)
                )
        for tail, head in self.graph(down).edges:
            left = SOURCE if tail == SOURCE else (tail, "out")
            graph.add_edge(left, SINK if head == SINK else (head, "in"))
        return graph

    def _shared_flow(self, down: Collection[str]) -> tuple[float, frozenset[str]]:
        """Return the flow where machines share their time, and whose time limits it.

        A linear programme: pieces over each edge, no piece lost in a node, no machine working
        more than all the time.
        """
        import numpy as np
        from scipy.optimize import linprog

        edges = list(self.graph(down).edges)
        visits = [visit for visit in self.visits if visit.machine not in down]
        machines = list(dict.fromkeys(visit.machine for visit in visits))
        row = {visit.name: index for index, visit in enumerate(visits)}
        of = {visit.name: machines.index(visit.machine) for visit in visits}
        balance = np.zeros((len(visits), len(edges)))
        time = np.zeros((len(machines), len(edges)))
        for column, (tail, head) in enumerate(edges):
            if tail in row:
                balance[row[tail], column] -= 1.0
            if head in row:
                balance[row[head], column] += 1.0
                time[of[head], column] += 1.0 / visits[row[head]].capacity
        made = np.array([-1.0 if tail == SOURCE else 0.0 for tail, _ in edges])
        found = linprog(
            made,
            A_ub=time,
            b_ub=np.ones(len(machines)),
            A_eq=balance,
            b_eq=np.zeros(len(visits)),
            method="highs",
        )
        assert found.fun is not None, found.message
        flow = -float(found.fun)
        worth = -found.ineqlin.marginals
        limiting = [
            m for m, w in zip(machines, worth.tolist(), strict=True) if w > BINDING * flow
        ]
        return flow, frozenset(limiting)

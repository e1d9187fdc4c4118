"""This module holds the criticality: what a plant loses when a machine is down (STATISTICS 8).

Criticality is what is lost: flow, and every path from the source to the sink. How many shortest
paths run through a machine (its betweenness) is not: it ranks one of two machines that both
stop everything at half of the other (ORACLES K1d).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.names import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from simtwin.plant.network import FlowNetwork

ENUMERATED = 12
"""Machines of which every set is looked at: 4096 sets."""

ORDER = 3
"""Largest cut set that is looked for in a larger plant."""

ROUNDING = 1e-9
"""Flow that is smaller, relative to the largest, is none."""


@dataclass(frozen=True, repr=False)
class Criticality:
    """What each machine of a flow network means to it; see :func:`criticality`."""

    network: FlowNetwork
    max_flow: float
    """Most that can flow with all machines up [pieces/h]."""
    min_cut: frozenset[str]
    """Machines that limit it."""
    lost: dict[str, float]
    """Machine -> flow that is lost while it is down [pieces/h]."""
    cut_sets: tuple[frozenset[str], ...]
    """Smallest sets of machines without which nothing flows, by size, then by name."""
    order: int
    """Size up to which all cut sets are known."""

    def __repr__(self) -> str:
        return f"Criticality({self.sentence})"

    @property
    def single_points(self) -> frozenset[str]:
        """Machines that stop everything alone."""
        return frozenset[str]().union(*(cut for cut in self.cut_sets if len(cut) == 1))

    @cached_property
    def connected(self) -> float:
        """P(some path is up) with machines up independently of each other [-].

        Raises InvalidInput above 12 machines, of which not all sets are looked at.
        """
        return self._expected(self._joined)

    @cached_property
    def birnbaum(self) -> dict[str, float]:
        """Machine -> P(some path | it is up) - P(some path | it is down) [-]."""
        return {
            machine: self._expected(self._joined, (machine, 1.0))
            - self._expected(self._joined, (machine, 0.0))
            for machine in self.network.machines
        }

    @cached_property
    def expected_flow(self) -> float:
        """Mean of the largest flow with machines up independently of each other [pieces/h]."""
        return self._expected(self._flows)

    @cached_property
    def sentence(self) -> str:
        """What stops everything, and what limits the flow, in words."""
        points = sorted(self.single_points, key=natural)
        product = f" of {self.network.product}" if self.network.product else ""
        alone = f"{_listed(points)} stop{'s' * (len(points) == 1)} everything alone"
        limit = _listed(sorted(self.min_cut, key=natural))
        verb = "limits" if len(self.min_cut) == 1 else "limit"
        return (
            f"at most {self.max_flow:.4g} pieces/h{product}, which {limit} {verb}; "
            f"{alone if points else 'no machine stops everything alone'}"
        )

    def frame(self) -> pd.DataFrame:
        """Return a line for each machine, the one that costs most first.

        *birnbaum* is left out above 12 machines.
        """
        import pandas as pd

        chances = self.birnbaum if self._enumerated else {}
        rows = []
        ranked = sorted(self.lost, key=lambda m: (-self.lost[m], -chances.get(m, 0.0)))
        for machine in ranked:
            sizes = [len(cut) for cut in self.cut_sets if machine in cut]
            row = {
                "machine": machine,
                "availability": self.network.up(machine),
                "lost_per_h": self.lost[machine],
                "lost_share": self.lost[machine] / self.max_flow,
                "limits_flow": machine in self.min_cut,
                "single_point": machine in self.single_points,
                "smallest_cut_set": min(sizes, default=None),
            }
            rows.append(row | ({"birnbaum": chances[machine]} if chances else {}))
        return pd.DataFrame(rows)

    @property
    def _enumerated(self) -> bool:
        return len(self.network.machines) <= ENUMERATED

    @cached_property
    def _joined(self) -> list[float]:
        """Whether some path is up, 1 or 0, by the set of machines that are down as bits."""
        self._refuse_many()
        cuts = [self._bits(cut) for cut in self.cut_sets]
        count = 1 << len(self.network.machines)
        return [float(all(cut & ~down for cut in cuts)) for down in range(count)]

    @cached_property
    def _flows(self) -> list[float]:
        """The largest flow by the set of machines that are down as bits [pieces/h].

        Where no machine shares its time it is the smallest of what is up in each minimal cut
        set (max-flow min-cut). Else machines with like visits stand for each other.
        """
        self._refuse_many()
        machines = self.network.machines
        if not self.network.shared:
            capacity = {visit.machine: visit.capacity for visit in self.network.visits}
            cuts = [[(1 << machines.index(m), capacity[m]) for m in c] for c in self.cut_sets]
            return [
                min(sum(c for bit, c in cut if not bit & down) for cut in cuts)
                for down in range(1 << len(machines))
            ]
        roles = _roles(self.network)
        known: dict[tuple[int, ...], float] = {}
        flows = []
        for bits in range(1 << len(machines)):
            down = [m for place, m in enumerate(machines) if bits >> place & 1]
            counts = tuple(sum(m in down for m in role) for role in roles)
            if counts not in known:
                known[counts] = self.network.max_flow(down)
            flows.append(known[counts])
        return flows

    def _expected(self, values: list[float], fixed: tuple[str, float] | None = None) -> float:
        """Return the mean of *values* over what is down; *fixed* is one availability."""
        for machine in self.network.machines:
            up = self.network.up(machine)
            if fixed is not None and machine == fixed[0]:
                up = fixed[1]
            values = [
                up * here + (1.0 - up) * down
                for here, down in zip(values[::2], values[1::2], strict=True)
            ]
        return values[0]

    def _bits(self, some: frozenset[str]) -> int:
        return sum(1 << place for place, m in enumerate(self.network.machines) if m in some)

    def _refuse_many(self) -> None:
        if not self._enumerated:
            raise InvalidInput(
                f"chances are summed over all sets of at most {ENUMERATED} machines (got "
                f"{len(self.network.machines)}); simulate, or ask of one product"
            )


def criticality(network: FlowNetwork) -> Criticality:
    """Return what each machine of *network* means to it: flow lost, cut sets, chances.

    Exact for a plant without buffers (a fluid, for ever): a stop that a buffer bridges costs
    less. Cut sets are found by trying: all of them up to 12 machines, above that those of at
    most three machines. Sources: L. R. Ford & D. R. Fulkerson, Can. J. Math. 8, 1956 (max-flow
    min-cut); Z. W. Birnbaum, "On the importance of different components in a multicomponent
    system", Multivariate Analysis II, 1969.

    >>> from simtwin.plant.network import FlowNetwork, Visit
    >>> stages = [[Visit("saw", 20.0)], [Visit("m1", 8.0), Visit("m2", 7.0)]]
    >>> found = criticality(FlowNetwork.chain(stages, {"saw": 0.9, "m1": 0.8, "m2": 0.5}))
    >>> found.lost, round(found.connected, 3), round(found.expected_flow, 3)
    ({'saw': 15.0, 'm1': 8.0, 'm2': 7.0}, 0.81, 8.91)
    """
    whole = network.max_flow()
    machines = network.machines
    order = len(machines) if len(machines) <= ENUMERATED else ORDER
    return Criticality(
        network=network,
        max_flow=whole,
        min_cut=network.min_cut(),
        lost={machine: _less(whole, network.max_flow({machine})) for machine in machines},
        cut_sets=tuple(_cut_sets(machines, network.joined, order)),
        order=order,
    )


def _less(whole: float, flow: float) -> float:
    """Return *whole* - *flow*, 0 where only rounding is between them."""
    return whole - flow if whole - flow > ROUNDING * whole else 0.0


def _cut_sets(
    machines: Sequence[str], joined: Callable[[frozenset[str]], bool], order: int
) -> list[frozenset[str]]:
    """Return the minimal sets of at most *order* machines without which nothing is joined."""
    found: list[frozenset[str]] = []
    for size in range(1, order + 1):
        for some in map(frozenset, combinations(sorted(machines, key=natural), size)):
            if not any(cut <= some for cut in found) and not joined(some):
                found.append(some)
    return found


def _roles(network: FlowNetwork) -> list[frozenset[str]]:
    """Return groups of machines with the same visits, of which any may stand for another."""
    before: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    for tail, head in network.edges:
        after.setdefault(tail, set()).add(head)
        before.setdefault(head, set()).add(tail)
    groups: dict[object, set[str]] = {}
    for machine in network.machines:
        role = frozenset(
            (
                visit.operation,
                visit.capacity,
                frozenset(before.get(visit.name, ())),
                frozenset(after.get(visit.name, ())),
            )
            for visit in network.visits
            if visit.machine == machine
        )
        groups.setdefault(role, set()).add(machine)
    return [frozenset(group) for group in groups.values()]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)

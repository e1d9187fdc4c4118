"""This module holds the parameters that a twin learns: factors on a machine's thermal numbers.

A parameter set is a change of the plant, never something beside it: `applied` gives the machine
with other numbers, and whatever runs, predicts or looks ahead takes that.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields, replace
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.shop.plan import digest

if TYPE_CHECKING:
    from simtwin.physics.thermal import Network
    from simtwin.plant.model import MachineSpec, PlantModel


@dataclass(frozen=True, slots=True)
class Parameters:
    """Factors on what the plant file says of one machine; 1 and 0 leave it as it is."""

    friction: float = 1.0
    """On f0 and f1 of all bearings [-]."""
    losses: float = 1.0
    """On copper, iron and additional losses of the motor [-]; not on those assumed for plain
    durations, which no key of a plant holds."""
    capacity: float = 1.0
    """On all heat capacities [-]."""
    links: float = 1.0
    """On the conductances between nodes [-]."""
    cooling: float = 1.0
    """On the conductances to the coolant [-]."""
    surface: float = 1.0
    """On the conductances to the ambient [-]."""
    ambient: float = 0.0
    """Added to the ambient temperature of the plant [K]."""

    def __post_init__(self) -> None:
        for name in FACTORS:
            value = getattr(self, name)
            if not value > 0.0:
                raise OutOfRange(f"{name}: a factor must be positive (got {value})")

    @property
    def as_plant(self) -> bool:
        """Whether they change nothing."""
        return self == Parameters()

    def __str__(self) -> str:
        """Return what differs from the plant file.

        >>> print(Parameters(friction=1.3, ambient=-0.5), "|", Parameters())
        friction x 1.3, ambient -0.5 K | as the plant file says
        """
        told = [f"{n} x {getattr(self, n):.4g}" for n in FACTORS if getattr(self, n) != 1.0]
        if self.ambient:
            told.append(f"ambient {self.ambient:+.3g} K")
        return ", ".join(told) or "as the plant file says"


NAMES = tuple(field.name for field in fields(Parameters))
FACTORS = tuple(name for name in NAMES if name != "ambient")


def applied(machine: MachineSpec, parameters: Parameters) -> MachineSpec:
    """Return *machine* with *parameters*; the ambient belongs to the plant, not to it."""
    spindle = machine.spindle
    if spindle is None:
        raise OutOfRange(f"{machine.name} has no spindle, hence no temperatures to follow")
    p = parameters
    if astuple(p)[:-1] == (1.0,) * len(FACTORS):
        return machine
    return replace(
        machine,
        bearings=tuple(
            replace(b, f0=b.f0 * p.friction, f1=b.f1 * p.friction) for b in machine.bearings
        ),
        spindle=replace(
            spindle,
            resistance=spindle.resistance * p.losses,
            iron_linear=spindle.iron_linear * p.losses,
            iron_square=spindle.iron_square * p.losses,
            additional_loss=spindle.additional_loss * p.losses,
            network=_scaled(spindle.network, p),
        ),
    )


def thermal_digest(plant: PlantModel, machine: str) -> str:
    """Return the hash of the numbers of *machine* that its factors are on."""
    spec = next(m for m in plant.machines if m.name == machine)
    return digest((spec.spindle, spec.bearings, plant.ambient, plant.coolant))


def _scaled(network: Network, p: Parameters) -> Network:
    to = {"coolant": p.cooling, "ambient": p.surface}
    return replace(
        network,
        capacities=tuple(c * p.capacity for c in network.capacities),
        links=tuple((a, b, g * p.links) for a, b, g in network.links),
        sinks=tuple((node, sink, g * to[sink]) for node, sink, g in network.sinks),
    )

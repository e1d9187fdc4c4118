"""This module holds the duty: one load compiled for a kind of machine and a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.parts.heat import ThermalDuty
    from simtwin.parts.load import Load
    from simtwin.parts.meter import Growth
    from simtwin.parts.tool import EdgeDuty
    from simtwin.shop.states import LoadKey


class Duty:
    """One load compiled for a kind of machine with one tool in its spindle."""

    __slots__ = (
        "auxiliary", "edge", "growths", "key", "load", "powered", "processing", "rates",
        "thermal", "turning",
    )  # fmt: skip

    def __init__(
        self,
        key: LoadKey,
        load: Load,
        thermal: ThermalDuty | None,
        growths: tuple[Growth, ...],
        edge: EdgeDuty | None,
    ) -> None:
        self.key = key
        self.load = load
        self.turning = load.turning
        self.auxiliary = load.auxiliary
        self.powered = 1.0 if load.powered else 0.0
        self.processing = 1.0 if load.processing else 0.0
        self.thermal = thermal
        self.growths = growths
        """One per meter after the clocks."""
        linear = all(growth.law is None for growth in growths)
        self.rates = tuple((g.rate, g.per_wear, g.exponent) for g in growths) if linear else ()
        self.edge = edge

    def known_as(self, key: LoadKey) -> Duty:
        """Return the same load of an operation that is alike, which *key* names."""
        return Duty(key, self.load, self.thermal, self.growths, self.edge)

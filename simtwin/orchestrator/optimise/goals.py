"""This module holds the goals: what is to be least for one part, and what a part costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.wording import unknown
from simtwin.result.optimum import Goal
from simtwin.units import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simtwin.orchestrator.optimise.cycle import Figures

KWH = 3.6e6

GOALS = {
    "time": Goal("time", "s"),
    "energy": Goal("energy", "kWh"),
    "cost": Goal("cost", "money"),
    "tool wear": Goal("tool wear", "edges"),
    "spindle wear": Goal("spindle wear", "lives"),
    "bearing wear": Goal("bearing wear", "lives"),
}
"""What can be least, all of one good part."""

RATES = ("per hour", "per h", "per minute", "per min", "per second", "rate")
"""How somebody asks for a rate, which has no fixed work."""

PRICES = {
    "machine_per_h": "an hour of the machine and its operator",
    "energy_per_kwh": "a kWh",
    "edge": "a cutting edge, of every tool or by tool",
    "coolant_per_min": "a minute of cutting with coolant",
    "spindle": "a spindle, for the part of its life that is used",
    "scrap": "a part that a broken tool spoils",
}


@dataclass(frozen=True)
class Prices:
    """What things cost, in one currency."""

    machine: float = 0.0
    """[money/s]"""
    energy: float = 0.0
    """[money/J]"""
    edges: dict[str, float] = field(default_factory=dict)
    """By tool; the empty name stands for all others."""
    coolant: float = 0.0
    """[money/s] in cut."""
    spindle: float = 0.0
    scrap: float = 0.0

    @classmethod
    def read(cls, given: Mapping[str, object], tools: Sequence[str]) -> Prices:
        """Return the prices of a call; a key that is not known is refused."""
        for key in given:
            if key not in PRICES:
                raise InvalidInput(f"prices: {unknown('price', key, PRICES)}")
        edge = given.get("edge", 0.0)
        edges: dict[str, float] = {}
        if isinstance(edge, dict):
            for tool, price in edge.items():
                if tool not in tools:
                    raise InvalidInput(f"prices: edge: {unknown('tool', str(tool), tools)}")
                edges[str(tool)] = _price(f"edge of {tool}", price)
        else:
            edges[""] = _price("edge", edge)
        return cls(
            _price("machine_per_h", given.get("machine_per_h", 0.0)) / HOUR,
            _price("energy_per_kwh", given.get("energy_per_kwh", 0.0)) / KWH,
            edges,
            _price("coolant_per_min", given.get("coolant_per_min", 0.0)) / MINUTE,
            _price("spindle", given.get("spindle", 0.0)),
            _price("scrap", given.get("scrap", 0.0)),
        )

    def __bool__(self) -> bool:
        parts = self.machine, self.energy, self.coolant, self.spindle, self.scrap
        return any((*parts, *self.edges.values()))

    def of_edge(self, tool: str) -> float:
        """Return what an edge of *tool* costs."""
        return self.edges.get(tool, self.edges.get("", 0.0))

    def of(self, figures: Figures, *, scrap_on_breakage: float) -> float:
        """Return what one good part costs."""
        cost = self.machine * figures.seconds + self.energy * figures.energy
        cost += sum(self.of_edge(tool) * use.edges for tool, use in figures.uses.items())
        cost += self.coolant * figures.cutting if figures.coolant else 0.0
        broken = sum(use.breaks for use in figures.uses.values())
        return (
            cost + self.spindle * figures.spindle_wear + self.scrap * scrap_on_breakage * broken
        )


def goals_of(objective: str | Sequence[str], *, priced: bool) -> tuple[Goal, ...]:
    """Return what is to be least: one goal, or two of which the front is asked for.

    Raises InvalidInput for a rate, which is least where nothing is cut, for a goal that is not
    known, and for a cost without prices.
    """
    asked = [objective] if isinstance(objective, str) else list(objective)
    if len(asked) not in (1, 2):
        raise InvalidInput(f"objective: must be one goal, or two for a front (got {asked!r})")
    goals = tuple(map(_goal, asked))
    if len(set(goals)) < len(goals):
        raise InvalidInput(f"objective: {goals[0].name} stands twice; a front is of two goals")
    if GOALS["cost"] in goals and not priced:
        raise InvalidInput(f"objective cost: needs prices, of any of {', '.join(PRICES)}")
    return goals


def _goal(text: str) -> Goal:
    words = " ".join(text.replace("_", " ").lower().split())
    for word in (*RATES, "power"):
        if words == word or words.endswith(f" {word}"):
            raise InvalidInput(
                f"objective {text!r}: has no fixed work: it is least where nothing is cut. Ask "
                "for it per part, as in 'tool wear'"
            )
    name = words.removesuffix(" per part")
    if name == "wear":
        raise InvalidInput(
            "objective 'wear': of what? Wear of one part's work is 'tool wear', 'spindle wear' "
            "or 'bearing wear'; wear as such is least where nothing is cut"
        )
    if name not in GOALS:
        raise InvalidInput(f"objective: {unknown('goal', name, GOALS)}")
    return GOALS[name]


def _price(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InvalidInput(f"prices: {name} must be a number (got {value!r})")
    if value < 0.0:
        raise InvalidInput(f"prices: {name} must be at least 0 (got {value:g})")
    return float(value)

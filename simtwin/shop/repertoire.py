"""This module holds the repertoire: what machines of a kind share, compiled once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.shop.rehearsal import compiled

if TYPE_CHECKING:
    from collections.abc import Hashable

    from simtwin.plant.model import PlantModel
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.program import Score
    from simtwin.shop.states import LoadKey


class Repertoire:
    """What machines of a kind share over operations that are alike: loads and scores."""

    __slots__ = ("_duties", "_numbers", "_scores", "products", "tools")

    def __init__(self, model: PlantModel) -> None:
        self.products = {product.name: product for product in model.products}
        self.tools = {tool.name: tool for tool in model.tools}
        self._duties: dict[tuple[object, ...], Duty] = {}
        self._numbers: dict[Hashable, int] = {}
        self._scores: dict[tuple[object, ...], Score | None] = {}

    def number(self, what: Hashable) -> int:
        """Return the number of *what*, the same for what is equal."""
        return self._numbers.setdefault(what, len(self._numbers))

    def score(
        self, plan: MachinePlan, product: str, operation: int, *how: *tuple[str, int, int]
    ) -> Score | None:
        """Return the score of steps on the kind of machine that *plan* is of, made once."""
        key = (plan.kind, plan.sort(product, operation), *how)
        try:
            return self._scores[key]
        except KeyError:
            found = self._scores[key] = compiled(plan, product, operation, *how)
            return found

    def duty(self, plan: MachinePlan, key: LoadKey, tool: str) -> Duty:
        """Return the load *key* compiled, made once for the kind of machine of *plan*."""
        what = key
        if key[0] == "cut":
            _, product, operation, *how = key
            what = ("cut", plan.sort(product, operation), *how)
        found = self._duties.get((plan.kind, what, tool))
        if found is None:
            found = self._duties[plan.kind, what, tool] = plan.compile_load(key, tool)
        return found if found.key == key else found.known_as(key)

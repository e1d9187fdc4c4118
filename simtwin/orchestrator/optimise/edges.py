"""This module holds the edges: how many of a tool one part uses, and what time that takes.

An edge is changed before a cut that its nominal life does not cover, earlier where its own life
is shorter or it breaks. The mean of what it does until then is that of a life ended at an age
(:mod:`simtwin.physics.lived`), so edges per part follow by renewal reward.
"""

from __future__ import annotations

from math import ceil, exp, expm1, floor, inf, log1p, sqrt
from typing import TYPE_CHECKING, NamedTuple

from simtwin.physics.life import Lognormal
from simtwin.physics.lived import lived
from simtwin.physics.quadrature import gauss
from simtwin.physics.tool import hazard_over, life_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.parts.tool import ToolSpec

ROUNDING = 1e-9
"""A cut that uses the last of a life, to rounding, is covered."""
SLACK = 0.2
"""By how much more than a life a number of parts may ask of an edge while one is looked for."""
_FACTORS = 5
"""Life factors over which the hazard of breakage is averaged."""
_NODES = 3


class Cutting(NamedTuple):
    """One cut of a tool in one part."""

    need: float
    """Nominal damage [-]."""
    seconds: float
    fetched: bool
    """Whether the tool is fetched right before it, so that another edge costs no more time."""
    again: float
    """What the spindle needs to run up if the edge is changed before this cut [s]."""
    run_up: float = 0.0
    """What it needs from rest to the speed of this cut [s]."""


class Use(NamedTuple):
    """What one part uses of one tool."""

    damage: float
    """Nominal life [-]."""
    edges: float
    """Edges, ended by plan, worn or broken [-]."""
    breaks: float
    """Edges that break [-]."""
    depth: float
    """Part of its nominal life that an edge is used for by plan, at most 1 [-]."""
    extra: float
    """Time for changes that the program has not, and for new edges by hand [s]."""
    worn: float
    """`depth`, each edge weighed by the work that it does: how worn edges are in cut [-]."""
    needs: tuple[float, ...]
    """Of each of its cuts, in their order: nominal life [-]."""

    @property
    def parts(self) -> float:
        """Parts that an edge makes by plan [-]."""
        return self.depth / self.damage

    def over(self, good: float) -> Use:
        """Return the use for one good part where a share of *good* are.

        Damage stays that of any part: so many of them an edge makes.
        """
        return self._replace(edges=self.edges / good, breaks=self.breaks / good)


def use_of(
    spec: ToolSpec,
    cuts: Sequence[Cutting],
    *,
    sisters: int,
    change: float,
    refit: float,
    parts: float | None = None,
    exact: bool = False,
) -> Use:
    """Return what one part of *cuts* uses of a tool with so many *sisters* in the magazine.

    By plan an edge is used for all its nominal life; for *parts*, below 1 where a part needs
    several; or *exact*, for as many whole cuts as its life covers, one part after another. A
    cut that no edge lasts for is made with several. *change* is the time of a
    tool change [s], *refit* what the exchange of all sisters by hand adds [s].
    """
    needs = tuple(cut.need for cut in cuts)
    total = sum(needs)
    seconds = sum(cut.seconds for cut in cuts)
    shares = [cut.need / total for cut in cuts]
    inner = [0.0] * len(cuts)
    worn = 1.0
    age = inf
    if spec.change == "planned":
        age = 1.0
        if parts is not None:
            age = worn = parts * total
        elif exact:
            age, shares, inner, worn = whole_cuts(needs, scattered=spec.life_scatter > 0.0)
    used, early, broken = _lived(spec, age, seconds / total)
    edges = total / used
    planned = edges * (1.0 - early)
    extra = edges / sisters * refit
    for cut, share, inside in zip(cuts, shares, inner, strict=True):
        if not cut.fetched:
            extra += planned * share * (change + cut.again)
        extra += planned * inside * (change + cut.run_up)
        extra += edges * early * cut.need / total * (change + cut.run_up)
    return Use(total, edges, edges * broken, min(age, 1.0), extra, min(worn, 1.0), needs)


def in_a_row(needs: Sequence[float], count: int) -> list[float]:
    """Return what *count* cuts in a row need of a life [-], by the cut that they begin with.

    Cuts that need *needs* come one after another, for ever. Whole rounds of them need the same
    wherever they begin: that is told once.

    >>> in_a_row([0.5, 0.25], 1), in_a_row([0.5, 0.25], 3), in_a_row([0.5, 0.25], 4)
    ([0.5, 0.25], [1.25, 1.0], [1.5])
    """
    rounds, rest = divmod(count, len(needs))
    whole, endless = rounds * sum(needs), (*needs, *needs)
    begins = range(len(needs) if rest else 1)
    return [whole + sum(endless[begin : begin + rest]) for begin in begins]


def whole_cuts(
    needs: Sequence[float], *, scattered: bool = False
) -> tuple[float, list[float], list[float], float]:
    """Return the mean nominal life that an edge is used for in whole cuts, and where it ends.

    Cuts that need *needs* of a life come one after another, for ever; before one that the life
    left does not cover, the edge is changed. One that is new cuts all the same, and is changed
    inside the cut when it is worn, unless lives are *scattered*: then it is told as the one
    edge of that cut. The second are the shares of edges that are changed before each cut, the
    third of those changed inside it, the last is the mean life weighed by what an edge does.
    Exact: what an edge does follows from the cut that it begins with, so it repeats.

    >>> age, where, inside, _ = whole_cuts([0.3])
    >>> round(age, 9), where, inside
    (0.9, [1.0], [0.0])
    >>> whole_cuts([0.5, 0.25])[:2], round(whole_cuts([0.3, 0.25])[0], 9)
    ((0.75, [1.0, 0.0]), 0.825)
    >>> whole_cuts([3.2])[:3]  # Four edges a cut: the last does not cover another.
    (0.8, [0.25], [0.75])
    """
    total = sum(needs)
    begun: dict[int, int] = {}
    spells: list[tuple[int, int, float, int]] = []
    first = 0
    while first not in begun:
        begun[first] = len(spells)
        inside = 0 if scattered else max(0, ceil(needs[first] - ROUNDING) - 1)
        used, place = needs[first] - inside, (first + 1) % len(needs)
        # Rounds that certainly fit are taken at once: an edge may make thousands of cuts.
        used += max(0, floor((1.0 - used) / total) - 1) * total
        while used + needs[place] <= 1.0 + ROUNDING:
            used += needs[place]
            place = (place + 1) % len(needs)
        spells.append((first, place, used + inside, inside))
        first = place
    cycle = spells[begun[first] :]
    edges = sum(1 + inside for *_, inside in cycle)
    ended, within = [0.0] * len(needs), [0.0] * len(needs)
    for begin, place, _, inside in cycle:
        ended[place] += 1.0 / edges
        within[begin] += inside / edges
    done = sum(used for _, _, used, _ in cycle)
    squares = sum(inside + (used - inside) ** 2 for _, _, used, inside in cycle)
    return done / edges, ended, within, squares / done


def _lived(spec: ToolSpec, age: float, life: float) -> tuple[float, float, float]:
    """Return what of its nominal *life* [s] an edge is used for, ended at *age* at the latest.

    Then the shares of edges that end before it, and that end by breaking.
    """
    # Planned for more than its life it is worn at 1; a number of parts that asks a trace more
    # stays smooth, or a search would end at the kink.
    endless = age > 1.0 + SLACK
    used, worn = (1.0, 1.0) if endless else (age, 0.0)
    if spec.life_scatter > 0.0:
        sigma = sqrt(log1p(spec.life_scatter**2))
        law = Lognormal(exp(-0.5 * sigma * sigma), sigma)
        used, worn = lived(law, age), law.cdf(age)
    if spec.break_rate == 0.0:
        return used, worn, 0.0
    spared, whole, broken = 0.0, 0.0, 0.0
    for place in range(_FACTORS):
        factor = life_factor((place + 0.5) / _FACTORS, spec.life_scatter)
        end = min(age, factor) if endless or spec.life_scatter > 0.0 else age
        whole += end

        def hazard(part: float, factor: float = factor) -> float:
            rate = 1.0 / (factor * life)
            return hazard_over(0.0, rate, spec.break_rate, spec.break_growth, part * life)

        spared += end * sum(w * exp(-hazard(x * end)) for x, w in gauss(_NODES))
        broken -= expm1(-hazard(end)) / _FACTORS
    return used * spared / whole, worn + (1.0 - worn) * broken, broken

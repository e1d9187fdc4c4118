"""This module holds the oracles of job shops: replays and dispatching (ORACLES D and L).

Instances are public: ft06 Fisher & Thompson 1963; la Lawrence 1984; abz6 Adams, Balas & Zawack
1988; orb01 Applegate & Cook 1991; ta E. Taillard, "Benchmarks for basic scheduling problems",
European Journal of Operational Research 64, 1993, doi 10.1016/0377-2217(93)90182-M. All
completions of an instant come before any dispatch at it, equal priority goes to the lowest job,
machines are served in the order of their names: the rows pin that down.
"""

from __future__ import annotations

from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.oracle import Case, Expected, Oracle
from simtwin.oracles.trial import Computed, shop, simulated
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import ORACLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.oracle import Guard
    from simtwin.oracles.trial import Seen
    from simtwin.result.result import Result

RULES = ("fifo", "spt", "lpt", "mwkr", "lwkr", "mopnr", "fdd_mwkr")
"""Rules of the table, in its order."""

TABLE: dict[str, tuple[tuple[int, int], ...]] = {
    "ft06": ((65, 329), (88, 316), (77, 375), (61, 335), (83, 295), (59, 313), (67, 350)),
    "la01": (
        (772, 6099), (751, 5555), (822, 6021), (735, 5878), (933, 5271), (763, 6015),
        (747, 6540),
    ),
    "la03": (
        (755, 5745), (672, 4330), (825, 6420), (696, 5925), (822, 4438), (726, 5737),
        (652, 5512),
    ),
    "la04": (
        (695, 5683), (711, 4977), (818, 6092), (758, 6247), (833, 5017), (706, 5597),
        (715, 5922),
    ),
    "la06": (
        (926, 12319), (1200, 9751), (1125, 12117), (926, 11788), (1067, 9034), (926, 12092),
        (926, 11853),
    ),
    "la17": (
        (943, 7794), (924, 6991), (1082, 7493), (846, 7850), (1203, 7358), (844, 7894),
        (836, 7627),
    ),
    "abz6": (
        (1045, 8765), (1097, 8273), (1207, 9260), (987, 8325), (1110, 8593), (1031, 8762),
        (1050, 8530),
    ),
    "orb01": (
        (1368, 11626), (1478, 10312), (1410, 10290), (1359, 11449), (1398, 9455),
        (1307, 11764), (1263, 10256),
    ),
}  # fmt: skip
"""Makespan and sum of completion times of each instance under each rule."""

TAILLARD = tuple(f"{ORACLES}ta{number}" for number in range(11, 21))
"""Instances of L16, 20 jobs on 15 machines."""

MEANS = (1793.3, 1813.5, 1994.3, 1683.6, 2007.2, 1686.7, 1655.5)
"""Mean makespan of these under each rule."""

DISPATCHED = {
    "D4": ("ft06", RULES[:-1]),
    "D5": ("la01", RULES[:-1]),
    "L1": ("ft06", RULES[-1:]),
    "L2": ("la01", RULES[-1:]),
    "L3": ("la03", RULES),
    "L4": ("la04", RULES),
    "L5": ("la06", RULES),
    "L6": ("la17", RULES),
    "L7": ("abz6", RULES),
    "L8": ("orb01", RULES),
}
"""Row -> instance and rules. L1 and L2 are D4 and D5 with one rule more, asked here."""

AUTHORS = {
    "ft06": "Fisher & Thompson 1963",
    "abz6": "Adams, Balas & Zawack 1988",
    "orb01": "Applegate & Cook 1991",
}
"""Of instances; the others are of Lawrence 1984."""


def _named(rule: str) -> str:
    """Return a rule as the literature writes it.

    >>> _named("fdd_mwkr")
    'FDD/MWKR'
    """
    return rule.upper().replace("_", "/")


def _author(instance: str) -> str:
    return AUTHORS.get(instance, "Lawrence 1984")


def _makespan(value: int) -> Seen:
    return Expected("makespan", float(value), "exact"), partial(figure.kpi, name="makespan")


def _sum_of_ends(value: int) -> Seen:
    ends = partial(figure.kpi, name="sum_of_completion_times")
    return Expected("sum of completion times", float(value), "exact"), ends


def _dispatched(row: str) -> Oracle:
    instance, rules = DISPATCHED[row]
    cases: list[Case] = []
    for rule, (makespan, ends) in zip(RULES, TABLE[instance], strict=True):
        if rule in rules:
            seen = _makespan(makespan), _sum_of_ends(ends)
            cases.append(simulated(instance, *seen, name=_named(rule), rule=rule))
    return Oracle(
        row,
        f"{instance}, dispatched without delay",
        f"{_author(instance)}; rules computed by independent programs",
        tuple(cases),
    )


def _replayed(row: str, instance: str, makespan: int) -> Oracle:
    return Oracle(
        row,
        f"{instance}, an optimal schedule replayed",
        f"{_author(instance)}; proven optimal by an exact solver",
        (simulated(row.lower(), _makespan(makespan)),),
    )


def _d7() -> Oracle:
    seen: list[Seen] = [
        (Expected(f"begins on {place}", at, "exact"), partial(figure.started, place=place))
        for place, at in (("machine1", 0.0), ("machine3", 1.0), ("machine2", 4.0))
    ]
    seen.append((Expected("leaves", 6.0, "exact"), _first_exit))
    return Oracle(
        "D7",
        "three machines with a queue each, trace of one job",
        "published trace, ManPy job shop 1",
        (simulated("d7", *seen, log=True),),
    )


def _first_exit(run: Result) -> float:
    return figure.exits(run)[0]


def _l16_found(seed: int, guard: Guard) -> list[float]:
    """Return the mean makespan of the instances under each rule."""
    return [
        fmean(
            simulate(*shop(file, rule), seed=seed, history=False, guard=guard).end
            for file in TAILLARD
        )
        for rule in RULES
    ]


def _l16() -> Oracle:
    means = zip(RULES, MEANS, strict=True)
    expected = tuple(Expected(_named(rule), mean, "exact", unit="s") for rule, mean in means)
    return Oracle(
        "L16",
        "ta11 to ta20, mean makespan, dispatched without delay",
        "Taillard 1993; rules computed by independent programs",
        (Case("", Computed(_l16_found, TAILLARD), expected),),
    )


def _l18() -> Oracle:
    weighted = Expected("weighted sum of completion times", 239.0, "exact")
    latest = Expected("greatest lateness", 3.0, "exact", unit="s")
    return Oracle(
        "L18",
        "one machine, six jobs",
        "all orders enumerated",
        (
            simulated("l18", _sum_of_ends(81), name="SPT", rule="spt"),
            simulated("l18", (weighted, figure.weighted_ends), name="WSPT", rule="wspt"),
            simulated("l18", (latest, figure.greatest_lateness), name="EDD", rule="edd"),
        ),
    )


def _l20() -> Oracle:
    return Oracle(
        "L20",
        "two-machine flow shop, five jobs",
        "S. M. Johnson 1954",
        (
            simulated("l20-johnson", _makespan(26), name="Johnson's order, optimal"),
            simulated("l20", _makespan(30), name="by number"),
        ),
    )


ROWS: dict[str, Callable[[], Oracle]] = {
    "D1": partial(_replayed, "D1", "ft06", 55),
    "D2": partial(_replayed, "D2", "la01", 666),
    "D7": _d7,
    "L16": _l16,
    "L18": _l18,
    "L20": _l20,
    **{row: partial(_dispatched, row) for row in DISPATCHED},
}

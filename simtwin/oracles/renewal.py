"""This module holds the oracles of parts renewed by plan (ORACLES E1, E2, H1 to H28).

A machine to which nothing comes, whose one part ages by the calendar, is renewed at an age, in
blocks, or when it fails. Lives, costs and ages are read from the files, so that they stand in
one place; the formulas make of them what a run must show.
"""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.oracle import Case, Expected, Oracle
from simtwin.oracles.trial import paired, shop, simulated
from simtwin.physics.lived import lived
from simtwin.physics.renewal import block_cost_rate
from simtwin.physics.replacement import (
    age_availability,
    age_cost_rate,
    run_to_failure_cost_rate,
)
from simtwin.plant.files import ORACLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.trial import Seen
    from simtwin.parts.failure import FailureSpec
    from simtwin.plant.policy import PolicySpec
    from simtwin.result.result import Result

AGE = "renewal reward, C(T) = (cp R + cf F)/int R; Barlow & Hunter 1960"
BLOCK = "renewal function M, C(T) = (cp + cf M)/T; Barlow & Proschan 1965, ch. 4.2"
SHARE = "renewal reward, A(T) = U/(U + dp R + df F), U = int R; Barlow & Hunter 1960"


def _costs(id: str, title: str, *files: str, source: str = AGE) -> Oracle:
    """Return the problem of the cost rate in each of *files*."""
    return Oracle(id, title, source, tuple(map(_cost, files)))


def _cost(file: str) -> Case:
    part, policy = _planned(file)
    costs = {"planned": part.planned_cost, "failure": part.failure_cost}
    if policy is None:
        rate = run_to_failure_cost_rate(part.life, failure=part.failure_cost)
        name = "run to failure"
    elif policy.age is not None:
        rate = age_cost_rate(part.life, **costs, age=policy.age)
        name = f"renewed at {policy.age:g}"
    else:
        assert policy.every is not None, "an oracle's policy has an age or a period"
        rate = block_cost_rate(part.life, **costs, period=policy.every)
        name = f"renewed every {policy.every:g}"
    expected = Expected("cost rate", rate, unit="1/s")
    return simulated(file, (expected, figure.upkeep_rate), name=name)


def _availabilities(id: str, title: str, *files: str) -> Oracle:
    """Return the problem of the time up in each of *files*."""
    return Oracle(id, title, SHARE, tuple(map(_availability, files)))


def _availability(file: str) -> Case:
    part, policy = _planned(file)
    age = inf if policy is None else policy.age
    assert age is not None, "it is renewed at an age"
    assert part.maintenance is not None, "its renewal takes time"
    times = {"planned": part.maintenance, "failure": part.repair.mean}
    share = age_availability(part.life, **times, age=age)
    up = partial(figure.not_in, modes=("down", "maintenance"))
    seen: list[Seen] = [(Expected("availability", share, tolerance=0.002), up)]
    if policy is not None:
        mean, failed = lived(part.life, age), part.life.cdf(age)
        seen.append((Expected("mean time up in a cycle", mean, unit="s"), figure.up_per_life))
        seen.append((Expected("P(fail in a cycle)", failed, tolerance=0.05), figure.cut_short))
    name = "run to failure" if policy is None else f"renewed at {age:g}"
    return simulated(file, *seen, name=name)


def _h28() -> Oracle:
    cases = (
        ("e1-age", "h28-block", "in blocks, not at an age", _dearer, 0.03),
        ("h28-failure", "h28-early", "early, though shape 0.7 does not wear", _dearer, 0.1),
        ("h5-failure", "h5-early", "early, though it has no memory", _dearer, 0.05),
        ("h28-fitter", "c1", "one fitter less, a second of a stop costs 1", _stops_more, 0.1),
    )
    return Oracle(
        "H28",
        "what is no better plan costs no less on the same luck, in the mean",
        "Barlow & Proschan 1965; a decreasing or constant hazard is never renewed early",
        tuple(
            paired(
                better,
                worse,
                (Expected("mean rise of the cost rate, relative", 0.0, "at least", wide), rise),
                name=name,
            )
            for better, worse, name, rise, wide in cases
        ),
    )


def _dearer(better: Result, worse: Result) -> float:
    return figure.upkeep_rate(worse) / figure.upkeep_rate(better) - 1.0


def _stops_more(better: Result, worse: Result) -> float:
    modes = ("down", "waiting for crew")
    return figure.shares(worse, modes) / figure.shares(better, modes) - 1.0


def _planned(file: str) -> tuple[FailureSpec, PolicySpec | None]:
    """Return the part that wears in the bundled *file*, and how it is renewed."""
    plant, scenario = shop(ORACLES + file)
    (part,) = plant.machines[0].failures
    return part, next(iter(scenario.maintenance), None)


ROWS: dict[str, Callable[[], Oracle]] = {
    "E1": partial(
        _costs, "E1", "Weibull 2.5, 1000, renewed for 1 or after failure for 5",
        "e1-age", "e1-failure",
    ),
    "E2": partial(
        _availabilities, "E2", "Weibull 2.5, 1000, renewed in 2 or after failure in 10", "e2"
    ),
    "H1": partial(
        _costs, "H1", "Weibull 2, 100, renewed for 1 or after failure for 10",
        "h1-age", "h1-failure",
    ),
    "H3": partial(
        _costs, "H3", "Weibull 2.5, 1000, renewed for 1 or after failure for 2",
        "h3-age", "h3-failure",
    ),
    "H5": partial(
        _costs, "H5", "what has no memory is never to be renewed early",
        "h5-early", "h5-late", "h5-failure",
    ),
    "H6": partial(
        _availabilities, "H6", "Weibull 2.5, 100, renewed in 1 or after failure in 8",
        "h6-age", "h6-failure",
    ),
    "H8": partial(
        _costs, "H8", "Weibull 2.5, 1000, in blocks for 1 or after failure for 5", "h8",
        source=BLOCK,
    ),
    "H10": partial(
        _costs, "H10", "Weibull 3, 100, in blocks for 1 or after failure for 10", "h10",
        source=BLOCK,
    ),
    "H15": partial(
        _costs, "H15", "life uniform to 40000, renewed for 100 or after failure for 200",
        "h15-best", "h15-late",
    ),
    "H23": partial(
        _costs, "H23", "gamma wear, shape 1 a second, up to 20, renewed for 5 or for 50",
        "h23-age", "h23-failure",
    ),
    "H28": _h28,
}  # fmt: skip

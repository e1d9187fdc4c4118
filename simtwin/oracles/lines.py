"""This module holds the oracles of lines with finite buffers (ORACLES B).

B counts the slots between two machines, the pieces in machines not among them. A finished piece
stays in its machine until there is room; the first machine never lacks a piece.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.chain import EMPTY, FINISHED, LineChain, exact_pair
from simtwin.oracles.oracle import Expected, Oracle
from simtwin.oracles.trial import paired, simulated
from simtwin.plant.two_machines import bernoulli, fluid, slotted

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.oracle import Case
    from simtwin.oracles.trial import Seen
    from simtwin.result.result import Result

P, R = 0.01, 0.1
"""Failure and repair rate of B5 to B12, B18 and B19; chances a slot of B11."""


def _b1() -> Oracle:
    cases = [
        simulated(
            f"b1-{slots}",
            (_rate((slots + 2) / (slots + 3)), figure.throughput),
            name=f"B = {slots}",
        )
        for slots in (0, 1, 2, 3)
    ]
    return Oracle(
        "B1",
        "two exponential stations of rate 1",
        "birth and death: (B + 2)/(B + 3)",
        tuple(cases),
    )


def _b2() -> Oracle:
    cases = [
        simulated(
            f"b2-{slots}",
            (_rate(LineChain((1.0,) * 3, (slots,) * 2).throughput), figure.throughput),
            name=f"B = {slots}",
        )
        for slots in (0, 1, 2)
    ]
    return Oracle(
        "B2",
        "three exponential stations of rate 1",
        "Hunt 1956; Hillier & Boling 1967; chain",
        tuple(cases),
    )


def unreliable(slots: int, *, calendar: bool) -> LineChain:
    """Return the pair of B5 or, with clocks of the *calendar*, of B6."""
    return LineChain((1.0, 1.0), (slots,), failure=(P, P), repair=(R, R), calendar=calendar)


def _b5() -> Oracle:
    cases = [_unreliable("b5", slots, calendar=False) for slots in (0, 1, 2, 5, 10, 50)]
    return Oracle(
        "B5",
        "two exponential machines of rate 1 that fail at work, p 0.01, r 0.1",
        "Gershwin & Berman 1981; chain",
        tuple(cases),
    )


def _b6() -> Oracle:
    cases = [_unreliable("b6", slots, calendar=True) for slots in (0, 5, 10)]
    return Oracle(
        "B6",
        "two exponential machines of rate 1 that fail by the calendar, p 0.01, r 0.1",
        "chain",
        tuple(cases),
    )


def _unreliable(row: str, slots: int, *, calendar: bool) -> Case:
    chain = unreliable(slots, calendar=calendar)
    seen = _stops(chain, P)
    seen.append((_rate(chain.throughput), figure.throughput))
    if not calendar and slots in SHARE:
        wide = SHARE[slots]
        empty = Expected("second starved", chain.where(1, EMPTY), tolerance=wide)
        full = Expected("first blocked", chain.where(0, FINISHED), tolerance=wide)
        seen.append((empty, partial(figure.share, machine="m2", mode="starved")))
        seen.append((full, partial(figure.share, machine="m1", mode="blocked")))
    elif not calendar:
        waits = (chain.where(1, EMPTY) + chain.where(0, FINISHED)) / 2.0
        either = Expected("second starved or first blocked, mean", waits, tolerance=0.25)
        seen.append((either, _waits))
    down = Expected("down", (chain.down(0) + chain.down(1)) / 2.0, tolerance=0.1)
    seen.append((down, _down))
    return simulated(f"{row}-{slots}", *seen, name=f"B = {slots}")


SHARE = {0: 0.04, 1: 0.04, 2: 0.04, 5: 0.06, 10: 0.08}
"""Slots -> half-width of the share of a rare state, relative to it. With 50 slots starving and
blocking are too rare to be told one by one from a run of seconds: their mean is told."""


def _stops(chain: LineChain, p: float) -> list[Seen]:
    """Return the failures of each machine, which take their noise off all else."""
    seen: list[Seen] = []
    for k in (0, 1):
        runs = 1.0 - chain.down(k) if chain.calendar else chain.where(k, 1)
        expected = Expected(f"failures of m{k + 1}", p * runs, role="input", unit="1/s")
        seen.append((expected, partial(figure.failures, machines=(f"m{k + 1}",))))
    return seen


def _waits(run: Result) -> float:
    return (figure.share(run, "m2", "starved") + figure.share(run, "m1", "blocked")) / 2.0


def _down(run: Result) -> float:
    return figure.shares(run, ("down",)) / len(run.machines)


PIECE = {0: 0.5, 1: 0.5, 5: 0.5, 10: 1.0, 20: 2.0, 50: 2.0, 100: 5.0, 1000: 10.0}
"""Volume between the machines of B8 and B10 -> volume of a piece, its cycle at speed 1.

The slots hold that volume exactly: a second machine that goes on to the end of its piece while
the first one is down waits that much longer afterwards. Only stops that meet within a piece do
less harm than in the fluid. Lines of these pieces make at most 0.0002 more, a hundredth of what
intervals may be wide: B8 exactly so at N = 0 (:func:`exact_pair`), others in runs of the same
luck in ever smaller pieces."""


def _fluid(row: str, volumes: tuple[int, ...], title: str, source: str) -> Oracle:
    cases = []
    for volume in volumes:
        known = fluid(
            float(volume),
            speed=1.0,
            failure=(P, P),
            repair=(R, R),
            calendar=row == "B10",
        )
        seen: list[Seen] = []
        for k in (0, 1):
            runs = 1.0 - known.down[k] if row == "B10" else known.throughput
            stops = Expected(f"failures of m{k + 1}", P * runs, role="input", unit="1/s")
            seen.append((stops, partial(figure.failures, machines=(f"m{k + 1}",))))
        flows = partial(figure.volume, piece=PIECE[volume])
        seen.append((_rate(known.throughput), flows))
        cases.append(simulated(f"{row.lower()}-{volume}", *seen, name=f"N = {volume}"))
    return Oracle(row, title, source, tuple(cases))


def _b8() -> Oracle:
    return _fluid(
        "B8",
        (0, 1, 5, 10, 20, 50, 100, 1000),
        "a fluid through two machines of speed 1 that fail at work, p 0.01, r 0.1, in pieces",
        "Gershwin & Schick 1980, continuous model",
    )


def _b10() -> Oracle:
    return _fluid(
        "B10",
        (0, 1, 5, 10, 20, 50, 100),
        "a fluid through two machines of speed 1 that fail by the calendar, p 0.01, r 0.1, "
        "in pieces",
        "Li & Meerkov 2009, ch. 11",
    )


def _b11() -> Oracle:
    cases = []
    for places in (2, 4, 5, 6, 10, 100):
        known = slotted(places, failure=(P, P), repair=(R, R))
        seen: list[Seen] = [(_rate(known.throughput), figure.throughput)]
        wide = 0.1 if places <= 10 else 0.25
        level = Expected("between the machines", known.level, tolerance=wide)
        seen.append((level, partial(figure.held, station="m2", door="m1")))
        cases.append(simulated(f"b11-{places}", *seen, name=f"N = {places}"))
    return Oracle(
        "B11",
        "two machines in slots of 1 that fail at work, p 0.01, r 0.1",
        "Gershwin 1994, ch. 3; chain",
        tuple(cases),
    )


def _b12() -> Oracle:
    expected = Expected("throughput", 0.8474, "range", 0.01, unit="1/s")
    return Oracle(
        "B12",
        "two machines of cycle 1 that fail at work, 100 up, 10 down, B = 5",
        "simulation, 0.8474 ± 0.0037; the fluid line gives 0.848586",
        (simulated("b12", (expected, figure.throughput)),),
    )


TRIES = 0.9
"""Chance that a machine of B14 makes its piece in a slot."""


def _b14() -> Oracle:
    cases = []
    for places in (1, 2, 5, 10):
        made = bernoulli(places, up=(TRIES, TRIES))
        seen: list[Seen] = [
            (
                Expected("tries of m1 that succeed", TRIES, role="input", unit="1/s"),
                partial(figure.made, machines=("m1",)),
            ),
            (_rate(made), partial(figure.made, machines=("m2",))),
        ]
        if places in RARE:
            wide = RARE[places]
            empty = Expected("buffer empty", 1.0 - made / TRIES, tolerance=wide)
            blocked = Expected("tries without room", TRIES - made, tolerance=wide, unit="1/s")
            seen.append((empty, partial(figure.share, machine="m2", mode="starved")))
            seen.append((blocked, partial(figure.made, machines=("aside",))))
        cases.append(simulated(f"b14-{places}", *seen, name=f"N = {places}"))
    return Oracle(
        "B14",
        "two machines that in each slot make a piece with chance 0.9",
        "Li & Meerkov 2009, 4.2: PR = p2 (1 - Q), Q = (1 - p1)/(N + 1 - p1)",
        tuple(cases),
    )


RARE = {1: 0.1, 2: 0.15}
"""Places -> half-width of the shares of slots with an empty and a full buffer, relative."""


def _b15() -> Oracle:
    rows = (
        ("b15-one", "one machine, 1000 s", 1000),
        ("b15-warm", "500 s after a warm-up of 500", 500),
        ("b15-two", "two machines, B = 5, 1000 s", 999),
    )
    return Oracle(
        "B15",
        "machines of cycle exactly 1, the end of the window included",
        "tests of simantha",
        tuple(_counted(*row) for row in rows),
    )


def _b16() -> Oracle:
    rows = (("b16-one", "one machine, 100 s", 100), ("b16-two", "two in parallel", 200))
    return Oracle(
        "B16",
        "a source and machines of cycle 1",
        "examples of simantha",
        tuple(_counted(*row) for row in rows),
    )


def _counted(file: str, name: str, pieces: int) -> Case:
    expected = Expected("pieces", float(pieces), "exact")
    return simulated(file, (expected, partial(figure.kpi, name="good_pieces")), name=name)


UNLIKE = ((1.0, 1.3), (0.02, 0.01), (0.2, 0.05))
"""Rates of service, failure and repair of the pair of B17."""


def _b17() -> Oracle:
    cases = []
    for file, name, turn in (("b17", "as it is", 1), ("b17-mirror", "turned round", -1)):
        rates, failure, repair = (values[::turn] for values in UNLIKE)
        chain = LineChain(rates, (3,), failure=failure, repair=repair, calendar=True)
        seen: list[Seen] = []
        for k in (0, 1):
            down = Expected(f"m{k + 1} down", chain.down(k), role="input")
            seen.append((down, partial(figure.share, machine=f"m{k + 1}", mode="down")))
        cases.append(
            simulated(file, *seen, (_rate(chain.throughput), figure.throughput), name=name)
        )
    return Oracle(
        "B17",
        "a pair of unlike machines and its mirror image make as much",
        "Muth 1979; chain",
        tuple(cases),
    )


def _b18() -> Oracle:
    later = Expected("pieces that finish later", 0.0, "exact")
    fewer = Expected("pieces fewer", 0.0, "exact")
    gain = Expected("mean gain of throughput, relative", 0.0, "at least", 0.03)
    paths = (("roomier", "a slot more each"), ("faster", "faster"))
    means = (
        ("b18-failing-roomier", "a slot more"),
        ("b18-failing-faster", "a faster machine"),
        ("b18-longer", "longer lives"),
    )
    return Oracle(
        "B18",
        "more room, more speed or longer lives, on the same luck, do no harm",
        "Shanthikumar & Yao: path by path without failures, in the mean with them",
        (
            *(
                paired(
                    "b18",
                    f"b18-{better}",
                    (later, _later),
                    (fewer, _fewer),
                    name=f"no failures, {name}",
                    log=True,
                )
                for better, name in paths
            ),
            *(paired("b18-failing", file, (gain, _gain), name=name) for file, name in means),
        ),
    )


def _later(before: Result, after: Result) -> float:
    pairs = zip(figure.exits(before), figure.exits(after), strict=False)
    return float(sum(now > then for then, now in pairs))


def _fewer(before: Result, after: Result) -> float:
    return float(max(0, len(figure.exits(before)) - len(figure.exits(after))))


def _gain(before: Result, after: Result) -> float:
    return figure.throughput(after) / figure.throughput(before) - 1.0


def _b19() -> Oracle:
    cases = []
    available = R / (P + R)
    for clock, works, rate, down in (
        ("use", exact_pair(1.0, p=P, r=R), P, None),
        ("calendar", available**2, P / available, P / (P + R)),
    ):
        seen: list[Seen] = [
            (
                Expected("throughput", works, tolerance=0.01, unit="1/s"),
                figure.throughput,
            ),
            (
                Expected("failures per second of work", rate, tolerance=0.04, unit="1/s"),
                figure.failures_per_work,
            ),
        ]
        if down is not None:
            seen.append((Expected("down", down, tolerance=0.05), _down))
        cases.append(simulated(f"b19-{clock}", *seen, name=f"clocks of {clock}"))
    return Oracle(
        "B19",
        "two machines of cycle 1 without a slot, p 0.01, r 0.1: the clocks part ways",
        "renewal argument: 1/(1 + sum p/r) at work (cycle 1: 0.833679), product r/(r + p) by "
        "the calendar",
        tuple(cases),
    )


def _rate(value: float) -> Expected:
    return Expected("throughput", value, unit="1/s")


ROWS: dict[str, Callable[[], Oracle]] = {
    "B1": _b1,
    "B2": _b2,
    "B5": _b5,
    "B6": _b6,
    "B8": _b8,
    "B10": _b10,
    "B11": _b11,
    "B12": _b12,
    "B14": _b14,
    "B15": _b15,
    "B16": _b16,
    "B17": _b17,
    "B18": _b18,
    "B19": _b19,
}

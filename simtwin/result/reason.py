"""This module holds the reasons: why a machine stood, why an order was late, from the log."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.result.belonging import product_of
from simtwin.result.coming import coming
from simtwin.result.lacking import held, missing, unbegun, with_cards
from simtwin.result.machine_states import STOPS, standing, state_at
from simtwin.result.moment import moment

if TYPE_CHECKING:
    from simtwin.result.record import Log, StateRow
    from simtwin.result.result import Result

WITHOUT_WORK = ("starved", "idle")
"""States in which a machine keeps no piece from coming to it."""
LINKS = 12
"""A chain of reasons longer than this has come around in a circle."""


def why(result: Result, log: Log, machine: str, time: float) -> str:
    """Return the chain of reasons for the state of *machine* at *time*, one sentence a line."""
    rows = standing(result, log)
    lines: list[str] = []
    seen: set[str] = set()
    subject: str | None = machine
    while subject is not None and subject not in seen and len(lines) < LINKS:
        seen.add(subject)
        row = state_at(rows, subject, time)
        if row is None:
            lines.append(f"{subject}: nothing is recorded.")
            break
        lines.append(_sentence(result, log, row, time))
        subject = hangs_on(result, rows, row, time)
    return "\n".join(lines)


def _sentence(result: Result, log: Log, row: StateRow, time: float) -> str:
    since = moment(result.scenario.start, row.start)
    because = ""
    if row.mode == "blocked":
        because = held(result, log, row, time)
    elif row.mode == "starved":
        because = missing(result, log, row, time)
    elif row.mode == "idle":
        because = unbegun(result, log, row, time)
    awaiting = f", and {row.cause} waits for the crew" if row.cause else ""
    what = {
        "down": f"is down since {since}: {row.cause}",
        "waiting for crew": f"waits for the crew since {since}: {row.cause}",
        "off shift": f"is off shift since {since}{awaiting}",
        "thermal hold": f"cools down since {since}: {row.cause}",
        "maintenance": f"is in maintenance since {since}",
        "tool change": f"changes its tool since {since}: {row.cause}",
        "setup": f"is set up for {row.cause} since {since}",
        "producing": f"produces {row.job} ({row.operation}) since {since}",
        "blocked": f"is blocked since {since}: {because}",
        "starved": f"is starved since {since}: {because}",
        "idle": f"is idle since {since}: {because}",
    }
    return f"{row.machine} {what.get(row.mode, row.mode)}."


def hangs_on(result: Result, rows: list[StateRow], row: StateRow, time: float) -> str | None:
    """Return the machine that the state of *row* hangs on, if it hangs on another."""
    if row.mode == "blocked":
        return _worst(
            [one for one in rows if one.mode not in WITHOUT_WORK], bound_for(result, row), time
        )
    if row.mode == "starved":
        log = result.log
        assert log is not None, "asked only of a run with a log"
        cards = with_cards(result, log, row, time)
        holding = [one for one in rows if one.mode not in WITHOUT_WORK]
        return _worst(holding, cards or coming(result, log, row, time), time)
    if row.mode == "waiting for crew":
        return _served(result, rows, row, time)
    return None


def _served(result: Result, rows: list[StateRow], waiting: StateRow, time: float) -> str | None:
    """Return another machine on which somebody may be at work for whom *waiting* waits."""
    asked = _skill(result, waiting)
    crews = [crew.skills for crew in result.plant.all_crews if asked in crew.skills]
    able = {skill for skills in crews for skill in skills}
    for row in rows:
        near = row.mode in ("down", "setup") and row.start <= time <= row.end
        other = near and row.machine != waiting.machine and _skill(result, row) in able
        if other and state_at(rows, row.machine, time) is row:
            return row.machine
    return None


def _skill(result: Result, row: StateRow) -> str:
    """Return the skill that the stop of *row* needs of a crew; empty: it needs nobody."""
    if "setup" in (row.mode, row.cause):
        return "setup"
    spec = next(m for m in result.plant.machines if m.name == row.machine)
    for mode in spec.failures:
        if mode.name == row.cause:
            return mode.skill if mode.crew else ""
    return "repair"


def bound_for(result: Result, row: StateRow) -> list[str]:
    """Return the machines to which the piece goes that stands done in *row*."""
    product = product_of(result, row.job)
    route = next((p.operations for p in result.plant.products if p.name == product), ())
    place = next((i for i, one in enumerate(route) if one.name == row.operation), None)
    if place is None:  # Its cards are out, and no piece is in it.
        return followers(result, row.machine)
    rework = route[place].rework
    if rework is not None and _sent_back(result, row):
        following = route[rework.to]
    elif place + 1 < len(route):
        following = route[place + 1]
    else:
        return []
    _, members = _homes(result)
    return [name for station in following.stations for name in members[station]]


def _sent_back(result: Result, row: StateRow) -> bool:
    """Tell whether the piece of *row* came out of its operation as one to be done again."""
    pieces = [] if result.log is None else result.log.pieces
    return any(
        one.job == row.job and one.kind == "sent back" and one.time == row.start
        for one in pieces
    )


def followers(result: Result, machine: str) -> list[str]:
    """Return the machines that may take the next operation of a piece in *machine*."""
    home, members = _homes(result)
    return [
        name
        for here, there in _ways(result)
        if home[machine] in here
        for station in there
        for name in members[station]
    ]


def _homes(result: Result) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the station of each machine, and the machines of each station."""
    plant = result.plant
    return {m.name: m.station for m in plant.machines}, {
        s.name: s.machines for s in plant.stations
    }


def _ways(result: Result) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the stations of each operation and of the one after it."""
    return [
        (here.stations, there.stations)
        for product in result.plant.products
        for here, there in pairwise(product.operations)
    ]


def _worst(rows: list[StateRow], names: list[str], time: float) -> str | None:
    """Return the machine among *names* whose state explains most: stopped before starved."""
    rank = {
        mode: index
        for index, mode in enumerate(
            (*STOPS, "blocked", "starved", "setup", "tool change", "producing", "idle")
        )
    }
    best: tuple[int, float, str] | None = None
    for name in dict.fromkeys(names):
        row = state_at(rows, name, time)
        if row is not None:
            key = rank.get(row.mode, 99), row.start, name
            best = key if best is None or key < best else best
    return best[2] if best is not None else None

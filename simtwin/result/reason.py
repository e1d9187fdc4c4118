"""This module holds the reasons: why a machine stood, why an order was late, from the log."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.result.lacking import held, missing, products_of, unbegun, with_cards
from simtwin.result.moment import moment
from simtwin.result.record import StateRow
from simtwin.result.replacement import replacement

if TYPE_CHECKING:
    from simtwin.result.kpi import OrderRow
    from simtwin.result.record import Log, PieceRow
    from simtwin.result.replacement import Replacement
    from simtwin.result.result import Result

STOPS = ("down", "waiting for crew", "thermal hold", "maintenance")
WITHOUT_WORK = ("starved", "idle")
"""States in which a machine keeps no piece from coming to it."""
LINKS = 12
"""A chain of reasons longer than this has come around in a circle."""


def state_rows(result: Result, log: Log) -> list[StateRow]:
    """Return the state log with the states that were open at the end."""
    return [*log.states, *(row for row in _open(result) if row.start < result.end)]


def standing(result: Result, log: Log) -> list[StateRow]:
    """Return the same with the states that began at the very end: what stands there then."""
    return [*log.states, *_open(result)]


def _open(result: Result) -> list[StateRow]:
    modes = {
        spec.name: result.snapshot.states[spec.name].mode for spec in result.plant.machines
    }
    return [
        StateRow(name, m.name, m.since, result.end, m.cause, m.job, m.operation)
        for name, m in modes.items()
    ]


def began(result: Result, log: Log) -> float:
    """Return the instant from which on everything is known [s]: 0, or that of the snapshot.

    A log that was saved before it kept that instant tells the last change of state before it.
    """
    first: dict[str, float] = {}
    for row in state_rows(result, log):
        first[row.machine] = min(row.start, first.get(row.machine, row.start))
    since = max((history.since for history in log.history.values()), default=0.0)
    return max(since, *first.values(), 0.0)


def state_at(rows: list[StateRow], machine: str, time: float) -> StateRow | None:
    """Return the state that *machine* was in at *time*; a change at it counts as made.

    At the end of the run that is so of rows that are `standing`.
    """
    found = None
    for row in rows:
        if row.machine == machine and row.start <= time < row.end:
            return row
        if row.machine == machine and row.end == time:
            found = row
    return found


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
        cards = [] if result.log is None else with_cards(result, result.log, row, time)
        return _worst(rows, cards or feeders(result, row.machine), time)
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
    product = products_of(result).get(row.job.rpartition("/")[0] or row.job)
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


def feeders(result: Result, machine: str) -> list[str]:
    """Return the machines from which a piece may come to *machine*."""
    home, members = _homes(result)
    return [
        name
        for here, there in _ways(result)
        if home[machine] in there
        for station in here
        for name in members[station]
        if name != machine
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


def why_late(result: Result, order: OrderRow) -> str:
    """Return in one sentence where the time of a late order went."""
    log = result.log
    assert log is not None, "asked only of a run with a log"
    rows = pieces_of(log, order)
    instead = replacement(log, order, rows)
    if instead is not None:
        return f"{scrapping(result, instead)}; {replacing(result, instead, rows)}"
    waits = _waits(rows, result.end)
    stops = _stops_in(result, log, rows, order.finish)
    parts = []
    if order.due is not None and order.due <= 0.0:
        at = moment(result.scenario.start, order.due)
        parts.append(f"it was due at {at}, before the run begins")
    elif order.due is not None and order.release >= order.due:
        at = moment(result.scenario.start, order.release)
        after = order.release - order.due
        told = f", {long(after)} after its due time" if after >= 60.0 else ", its due time"
        parts.append(f"it is only released at {at}{told}")
    if waits:
        place, seconds = max(waits.items(), key=lambda item: (item[1], item[0]))
        pieces = len({row.job for row in rows})
        parts.append(f"its pieces waited longest at {place} ({long(seconds / pieces)} each)")
    if stops:
        parts.append(stops)
    if order.finish is None:
        missing = order.quantity - order.finished
        were = "was" if missing == 1 else "were"
        parts.append(f"{missing} of {order.quantity} pieces {were} still open at the end")
    return "; ".join(parts) or "its own work takes longer than it was given"


def pieces_of(log: Log, order: OrderRow) -> list[PieceRow]:
    """Return what happened to the pieces of *order*."""
    own = f"{order.order}/"
    return [p for p in log.pieces if p.job == order.order or p.job.startswith(own)]


def scrapping(result: Result, instead: Replacement) -> str:
    """Return in words what was scrapped, when, where and by what."""
    scrap = instead.scrapped
    at = moment(result.scenario.start, scrap.time)
    if instead.edge:
        return f"{instead.edge} broke at {at} and scrapped {scrap.job}"
    return f"{scrap.job} was scrapped at {scrap.place} at {at}"


def replacing(result: Result, instead: Replacement, rows: list[PieceRow]) -> str:
    """Return in words what became of the replacement; *rows* are those of its order."""
    waits = _waits([row for row in rows if row.job == instead.job], result.end)
    told = f"its replacement {instead.job}"
    if instead.done is None:
        told += " was still open at the end"
    else:
        told += f" was finished {long(instead.done - instead.scrapped.time)} later"
    if waits:
        place, seconds = max(waits.items(), key=lambda item: (item[1], item[0]))
        told += f", having waited {long(seconds)} at {place}"
    if instead.others is not None:
        told += f", the others by {moment(result.scenario.start, instead.others)}"
    return told


def _waits(rows: list[PieceRow], end: float) -> dict[str, float]:
    waiting: dict[str, tuple[float, str]] = {}
    total: dict[str, float] = {}
    for row in rows:
        if row.kind in ("released", "queued"):
            waiting[row.job] = row.time, row.place
        elif row.kind == "started" and row.job in waiting:
            since, place = waiting.pop(row.job)
            total[place] = total.get(place, 0.0) + row.time - since
    for since, place in waiting.values():
        total[place] = total.get(place, 0.0) + end - since
    return {place: seconds for place, seconds in total.items() if seconds > 0.0}


def _stops_in(result: Result, log: Log, rows: list[PieceRow], finish: float | None) -> str:
    """Return which stops of a machine, on or before which the pieces stood, took most time.

    Stops of one machine for one cause are told together; one that goes on in another state,
    as from waiting for a crew to the repair, is one. An order without *finish* waits until the
    end of the run. Empty: there was none of a minute.
    """
    if not rows:
        return ""
    begin, end = rows[0].time, result.end if finish is None else finish
    members = {s.name: s.machines for s in result.plant.stations}
    places = {row.place for row in rows}
    machines = {name for place in places for name in members.get(place, (place,))}
    stops: dict[tuple[str, str], list[list[float]]] = {}
    for row in state_rows(result, log):
        if row.machine in machines and row.mode in STOPS and row.start < end:
            spans = stops.setdefault((row.machine, row.cause or row.mode), [])
            since, until = max(begin, row.start), min(end, row.end)
            if spans and spans[-1][1] == since:
                spans[-1][1] = until
            elif until > since:
                spans.append([since, until])
    total = {key: sum(b - a for a, b in spans) for key, spans in stops.items()}
    if not total or max(total.values()) <= 60.0:
        return ""
    machine, cause = key = max(total, key=lambda each: total[each])
    often, seconds = len(stops[key]), long(total[key])
    told = f"{often} times, {seconds} in all" if often > 1 else seconds
    return f"{machine} was stopped {told} ({cause})"


def long(seconds: float) -> str:
    """Return a duration [s] as people say it.

    >>> long(1500.0), long(9000.0)
    ('25 min', '2.5 h')
    """
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"

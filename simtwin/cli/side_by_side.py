"""This module holds the way a followed plant is told: side by side, alarms, and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.cli.console import heading, note, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.live.proposal import Proposal
    from simtwin.live.twin import Twin
    from simtwin.live.views import Explained, Row


REASONS = 5
"""Reasons of refusals that are said."""


def say_head(machines: Sequence[str]) -> None:
    """Write what the columns of rows are."""
    heading(
        f"{'time (UTC)':<20}  {'machine':<{_wide(machines)}}  {'node':<8}  {'reported':>8}  "
        f"{'estimated':<20}  {'simulated':>9}  status"
    )


def say_row(name: str, row: Row, machines: Sequence[str]) -> None:
    """Write one reading of the machine *name* beside estimate and model."""
    say(
        f"{clock(row.time)}  {name:<{_wide(machines)}}  {row.node:<8}  {row.reported:>8.1f}  "
        f"{row.estimated!s:<20}  {row.simulated:>9.1f}  {row.status.status}"
    )


def say_end(
    twin: Twin, machines: Sequence[str], alarms: Sequence[Explained], proposals: list[Proposal]
) -> None:
    """Write all alarms, what is believed in the end, and what is proposed."""
    say()
    heading("alarms" if alarms else "no alarm")
    for found in alarms:
        say(f"{clock(found.alarm.time)}  {found}")
    say()
    heading("in the end")
    for name in machines:
        view = twin.state[name]
        counted = ", ".join(f"{n} {what}" for what, n in sorted(view.counts.items()))
        say(f"{name}  {view.status}")
        say(f"  readings: {counted}")
        for signal, (windows, inside, _) in sorted(view.windows.items()):
            if windows:
                say(f"  {signal}: {inside} of {windows} NIS windows in the 95 % band")
    for proposal in proposals:
        say(f"proposal  {proposal}")


def account_of(twin: Twin, lines: int = 0) -> dict[str, Any]:
    """Return what became of messages and readings, and of how many *lines* nothing did."""
    store = twin.store
    assert store is not None, "what is followed by command stands in a log"
    strangers = [name for name in store.devices() if name not in twin.readings.devices]
    reasons, messages = store.reasons(), store.tally()
    return {
        "lines_rejected": lines,
        "refused": sum(reasons.values()),
        "reasons": reasons,
        "messages": messages if messages["received"] else None,
        "unknown_devices": strangers,
    }


def note_account(account: dict[str, Any]) -> None:
    """Say what was refused and why, and who was heard that the plant does not know."""
    if account["refused"]:
        note(f"{account['refused']} readings or messages refused:")
        often = sorted(account["reasons"].items(), key=lambda pair: -pair[1])
        for reason, count in often[:REASONS]:
            note(f"  {count} x {reason}")
        if len(often) > REASONS:
            note(f"  and {len(often) - REASONS} more reasons: --json has them all")
    if account["unknown_devices"]:
        names = ", ".join(account["unknown_devices"])
        note(f"heard of no machine of the plant: {names}; say whose it is: --device ID=MACHINE")


def clock(time: float) -> str:
    """Return an instant [s, UTC] to the second.

    >>> clock(86400.25)
    '1970-01-02T00:00:00Z'
    """
    from simtwin.live.instants import utc_text

    return f"{utc_text(time)[:19]}Z"


def _wide(machines: Sequence[str]) -> int:
    return max(7, *(len(name) for name in machines))


def answer(
    twin: Twin,
    machines: Sequence[str],
    rows: Sequence[tuple[str, Row]],
    alarms: Sequence[Explained],
    proposals: list[Proposal],
    account: dict[str, Any],
) -> dict[str, Any]:
    """Return what was found as one object; times are seconds since 1970, UTC."""
    state = twin.state
    return {
        "schema_version": 1,
        "plant": twin.plant.name,
        "rows": [
            {
                "machine": name,
                "time_s": row.time,
                "signal": row.signal,
                "node": row.node,
                "reported_c": row.reported,
                "estimated_c": row.estimated._asdict(),
                "simulated_c": row.simulated,
                "status": row.status.status,
            }
            for name, row in rows
        ],
        "alarms": [
            {
                "machine": found.alarm.device,
                "time_s": found.alarm.time,
                "since_s": found.alarm.since,
                "kind": found.alarm.kind,
                "reason": found.alarm.reason,
                "cause": found.cause.name or None,
                "told": str(found),
            }
            for found in alarms
        ],
        "machines": {
            name: {
                "status": state[name].status.status,
                "reason": state[name].status.reason,
                "counts": dict(state[name].counts),
            }
            for name in machines
        },
        "proposals": [
            {"machine": p.machine, "sound": p.sound, "told": str(p)} for p in proposals
        ],
        "account": account,
    }

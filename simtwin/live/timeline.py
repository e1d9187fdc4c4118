"""This module holds the timeline: when a signal changed to what, in order of event time."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from simtwin.live.envelope import Observation, Value


def timeline(
    observations: Iterable[Observation],
    *,
    since: float = float("-inf"),
    signals: Container[str] | None = None,
) -> Iterator[Observation]:
    """Give those of the sorted *observations* after *since* [s, UTC] that change a value.

    The first of each signal from then on is one of them. That a value is lost is a change too.

    >>> from simtwin.live.envelope import Quality
    >>> seen = [Observation("m", "execution", word, Quality.GOOD, float(time))
    ...         for time, word in enumerate(["READY", "ACTIVE", "ACTIVE", "READY"])]
    >>> [one.t_event for one in timeline(seen)]
    [0.0, 1.0, 3.0]
    """
    last: dict[tuple[str, str], Value] = {}
    for one in observations:
        if one.t_event < since or (signals is not None and one.signal not in signals):
            continue
        key = one.device, one.signal
        if key not in last or last[key] != one.value:
            last[key] = one.value
            yield one

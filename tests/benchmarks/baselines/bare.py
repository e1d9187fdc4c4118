"""This module holds the bare SimPy timeout, the unit in which an event is paid for."""

from __future__ import annotations

from collections.abc import Generator

import simpy


def timeouts(events: int, processes: int = 1) -> int:
    """Run *processes* that do nothing but wait, *events* in all; return how many came.

    >>> timeouts(1000, processes=10)
    1000
    """
    env = simpy.Environment()
    each = events // processes

    def wait(period: float) -> Generator[simpy.Event, None, None]:
        timeout = env.timeout
        for _ in range(each):
            yield timeout(period)

    for i in range(processes):
        env.process(wait(1.0 + i / processes))
    env.run()
    return each * processes

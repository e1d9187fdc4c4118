"""This module holds the reads of a service: how long a state takes while a job runs (S1)."""

from __future__ import annotations

import http.client
import tempfile
from pathlib import Path
from time import perf_counter

from tests.benchmarks.measure import Line
from tests.serving import Server, twin

BOUND = 50.0
"""For 99 of 100 reads [ms] (TELEMETRY 10)."""


def reads(*, count: int = 5000, replications: int = 1000) -> list[Line]:
    """Return S1: reads of the state of 12 machines, one after the other, while a job runs.

    By wall time, over one connection, the service and its worker each in a process of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            asked = {"plant": "job_shop", "scenario": "day_shift", "at": "07:00"}
            server.ask("POST", twin("shop", "create"), asked)
            job = server.ask("POST", twin("shop", "simulate"), {"replications": replications})
            server.wait(job, lambda told: told["done"] >= 1)
            spent = sorted(_read(server, count))
            done = server.status(job)
        finally:
            server.kill()
    middle, late = spent[len(spent) // 2], spent[int(0.99 * len(spent))]
    while_ = f"job {done['status']}, {done['done']} of {replications} replications done"
    return [
        Line("S1", f"state, median of {count} reads", 1e3 * middle, "ms", note=while_),
        Line("S1", "state, 99 of 100 reads", 1e3 * late, "ms", least=BOUND),
        Line("S1", "reads in a second", len(spent) / sum(spent), "1/s"),
    ]


def _read(server: Server, count: int) -> list[float]:
    """Return how long each of *count* reads took [s]."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    header = {"Authorization": f"Bearer {server.key}"}
    spent = []
    for _ in range(count):
        begin = perf_counter()
        connection.request("GET", twin("shop", "state"), headers=header)
        answer = connection.getresponse()
        answer.read()
        spent.append(perf_counter() - begin)
        assert answer.status == 200
    connection.close()
    return spent

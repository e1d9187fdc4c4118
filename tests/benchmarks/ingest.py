"""This module holds the rows N1 and N2: messages of a broker a second, durable, and seen.

A real mosquitto with a password, QoS 1 both ways, one SQLite file with ``synchronous=FULL``: a
message counts when it is committed and acknowledged. N2 asks how long one takes from its
publisher, a process of its own, until the states of all machines have it (TELEMETRY 10).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic, process_time

from simtwin.live.store import Store
from simtwin.live.twin import Twin
from simtwin.live.v0 import DATA
from simtwin.plant.files import load_plant
from tests.benchmarks.measure import Line
from tests.mosquitto import BOARD, BOARD_PASSWORD, Mosquitto, mosquitto

RATE = 2000.0
"""Messages a second, durable, at least."""
SEEN = 250.0
"""99 of 100 are seen within [ms]."""
_SEND = """
import sys, time
from simtwin.live.message import Message
from simtwin.live.broker import Broker
from simtwin.live.publisher import publishing
from tests.benchmarks.ingest import payload
port, count, pace, user, word, out, *names = sys.argv[1:]
sent = []
with publishing(Broker("127.0.0.1", int(port), user, word, "sender"), print) as publisher:
    begin = time.monotonic()
    for n in range(int(count)):
        time.sleep(max(0.0, begin + n / float(pace) - time.monotonic()))
        sent.append(time.monotonic())
        found = Message("modax/sensor/data", payload(n, names[n % len(names)]), 0.0, qos=1)
        publisher.send(found)
open(out, "w").write("\\n".join(map(repr, sent)))
"""


def payload(number: int, device: str, step: float = 2.0) -> bytes:
    """Return message *number* of all boards as the firmware prints it, *step* [ms] apart."""
    return (
        f'{{"timestamp":{60_000 + int(step * number)},"device_id":"{device}",'
        '"motor_currents":[4.20,3.90],'
        '"vibration":{"x":0.10,"y":0.20,"z":9.81,"magnitude":9.81},"temperatures":[41.25]}'
    ).encode()


def durable(messages: int = 20_000) -> list[Line]:
    """Return N1: how many messages a second go from a broker into the log and the twin.

    They wait in the broker when the twin begins, so nothing else limits it. Processor time of
    all threads of the twin; wall time beside it, of which others on the box take their share.
    """
    with _following() as (broker, twin):
        _follow(broker, twin, 0)  # The broker knows the session from now on.
        broker.publish(DATA, [payload(n, _name(twin, n), 0.5) for n in range(messages)])
        spent = process_time()
        seen = _follow(broker, twin, messages)
        spent = process_time() - spent
        tally = twin.store.tally()  # type: ignore[union-attr]
    told = f"{tally['stored']} of {messages} stored, 7 readings each, QoS 1, FULL"
    wall = (messages - seen[0][1]) / max(seen[-1][0] - seen[0][0], 1e-9)
    return [
        Line("N1", "durable messages, a CPU second", messages / spent, "1/s", least=RATE,
             more_is_better=True, note=told),
        Line("N1", "durable messages, a second of wall", wall, "1/s"),
    ]  # fmt: skip


def visible(messages: int = 5_000, pace: float = 500.0) -> list[Line]:
    """Return N2: within which time a message of *pace* a second is in every state."""
    with _following() as (broker, twin), TemporaryDirectory() as folder:
        out = Path(folder) / "sent"
        _follow(broker, twin, 0)
        sender = subprocess.Popen(
            [sys.executable, "-c", _SEND, str(broker.port), str(messages), str(pace), BOARD,
             BOARD_PASSWORD, str(out), *twin.machines]
        )  # fmt: skip
        seen = _follow(broker, twin, messages)
        sender.wait()
        sent = [float(line) for line in out.read_text("utf-8").splitlines()]
    waits: list[float] = []
    for at, count in seen:
        waits += [1e3 * (at - one) for one in sent[len(waits) : count]]
    waits.sort()
    told = f"{len(waits)} messages, {pace:g} a second, {len(twin.machines)} machines"
    return [
        Line("N2", "publisher to state, median", waits[len(waits) // 2], "ms", note=told),
        Line("N2", "publisher to state, 99 of 100", waits[int(0.99 * len(waits))], "ms",
             least=SEEN),
    ]  # fmt: skip


@contextmanager
def _following() -> Iterator[tuple[Mosquitto, Twin]]:
    with (
        TemporaryDirectory() as folder,
        mosquitto(Path(folder)) as broker,
        Store(Path(folder) / "shop.db") as store,
    ):
        yield broker, Twin(load_plant("job_shop"), store=store)


def _name(twin: Twin, number: int) -> str:
    return twin.machines[number % len(twin.machines)]


def _follow(broker: Mosquitto, twin: Twin, messages: int) -> list[tuple[float, int]]:
    """Follow until so many are stored; return when [s] how many were in all states."""
    stop, seen, deadline = Event(), [(monotonic(), 0)], monotonic() + 120.0

    def look(one: Twin) -> None:
        count = one.store.tally()["stored"]  # type: ignore[union-attr]
        if count:
            assert one.state
        seen.append((monotonic(), count))
        if count >= messages or monotonic() > deadline:
            stop.set()

    twin.follow(broker.reader(), stop=stop, look=look)
    first = next((i for i, (_, count) in enumerate(seen) if count), len(seen) - 1)
    return seen[first:]

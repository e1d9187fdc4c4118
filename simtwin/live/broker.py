"""This module holds the broker: MQTT messages taken, written down, and only then acknowledged.

QoS 1 and a session that outlives the connection: what was sent and not yet on disk comes again
(TELEMETRY 5.4). What a board sends with QoS 0 may be lost before; that can only be told.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput, SourceFailed
from simtwin.live.account import Gap
from simtwin.live.dialects import TOPICS
from simtwin.live.ingest import BATCH, Inbox, Ingester
from simtwin.live.message import Message
from simtwin.live.v0 import DATA

if TYPE_CHECKING:
    from paho.mqtt.client import Client

INBOX = 2000
"""Messages that wait to be written at most."""
IN_FLIGHT = 1000
"""Messages that a broker may send before the first is acknowledged."""
SESSION = 86_400
"""Time that a broker keeps what came while nobody listened [s]."""
RECEIPT = "simtwin-received"
"""Name of the user property in which a replayed message brings its receipt."""
PATIENCE = 20.0
"""When nothing has come for so long after the start, what may be wrong is said [s]."""
_WAIT = 0.1
_RETRY = 1, 30

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and who asks; *client_id* names the session that it keeps."""

    host: str = "localhost"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str = "simtwin"
    topics: tuple[str, ...] = TOPICS
    ca_file: str | None = None
    """Certificates that are trusted; given, the connection is encrypted."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def follow(
    broker: Broker,
    ingester: Ingester,
    *,
    stop: Event,
    say: Say = lambda _: None,
    size: int = INBOX,
    replayed: bool = False,
    since: tuple[float, str] | None = None,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Write what the *broker* sends until *stop* is set; each message is acknowledged on disk.

    *after* is called after each commit and its acknowledgements, and ten times a second while
    nothing comes. *since* then [s, UTC], and why, nothing was heard:
    a gap up to the first message.

    When the broker goes away it is tried again, *say* is told and a gap is noted. Raises
    SourceFailed when it refuses or never answered, StoreFailed when the log cannot be written:
    nothing of the last batch is acknowledged then, so it comes again. What is *replayed*,
    or emulated, brings the receipt it once had, so it may come at any pace; of real machines
    nobody is believed that.
    """
    line = _Line(broker, Inbox(size, spared={DATA}), say, replayed, since)
    try:
        line.open()
        silent_until = time.monotonic() + PATIENCE
        while not stop.is_set():
            messages, thinned = line.inbox.get(BATCH, wait=_WAIT)
            line.check()
            if messages:
                silent_until = math.inf
            elif time.monotonic() > silent_until:
                say(line.silence())
                silent_until = math.inf
            if messages or thinned.number:
                ingester.take(messages, thinned)
            for message in messages:
                line.acknowledge(message)
            gaps = line.gaps()
            if gaps:
                ingester.note(gaps)
            after()
    except KeyboardInterrupt:
        messages, thinned = line.inbox.get(size, wait=0.0)  # What was heard is kept.
        ingester.take(messages, thinned)
        for message in messages:
            line.acknowledge(message)
        raise
    finally:
        line.close()


class Silence:
    """Since when nothing is heard, and why; what the broker kept for us does not end it.

    A replayed message brings its old receipt: one that was kept tells nothing of what nobody
    kept, and came between.

    >>> silence = Silence((10.0, "the disk was full"))
    >>> silence.heard(12.0, kept=True), silence.heard(60.0, kept=False)
    (None, Gap(device='', begin=10.0, end=60.0, reason='the disk was full'))
    """

    __slots__ = ("_newest", "_since", "_why")

    def __init__(self, since: tuple[float, str] | None) -> None:
        self._since: float | None
        self._since, self._why = since or (None, "")
        self._newest = self._since
        """Receipt of the newest message [s, UTC]."""

    def begin(self, why: str) -> None:
        """Note that nothing is heard any more, unless that is so already."""
        if not self._why:
            self._since, self._why = self._newest, why

    def heard(self, received: float, *, kept: bool) -> Gap | None:
        """Return the gap that ends with a message *received* then [s, UTC], if one does."""
        self._newest = received if self._newest is None else max(self._newest, received)
        if not self._why or kept:
            return None
        since, why, self._why = self._since, self._why, ""
        if since is None or received <= since:
            return None
        return Gap("", since, received, why)


class _Line:
    """One client of a broker, and what happened to its connection."""

    __slots__ = (
        "_gaps", "_lost", "_silence", "broker", "client", "connection", "inbox", "refused",
        "replayed", "say",
    )  # fmt: skip

    def __init__(
        self,
        broker: Broker,
        inbox: Inbox,
        say: Say,
        replayed: bool,
        since: tuple[float, str] | None,
    ) -> None:
        self.replayed = replayed
        self.broker = broker
        self.inbox = inbox
        self.say = say
        self.connection = 0
        self.refused = ""
        self._lost: float | None = None
        self._silence = Silence(since)
        self._gaps: deque[Gap] = deque()
        self.client = client_of(broker, manual_ack=True)
        self.client.on_connect = self._connected
        self.client.on_subscribe = self._subscribed
        self.client.on_disconnect = self._disconnected
        self.client.on_message = self._received

    def open(self) -> None:
        """Connect and begin to receive, in a thread of its own."""
        connect(self.client, self.broker, keep=True)
        self.client.loop_start()

    def close(self) -> None:
        """Leave; what is not acknowledged comes again."""
        self.inbox.close()
        self.client.disconnect()
        self.client.loop_stop()

    def check(self) -> None:
        """Raise SourceFailed when the broker has refused."""
        if self.refused:
            raise SourceFailed(self.refused)

    def silence(self) -> str:
        """Return what may be wrong where nothing comes: a broker may refuse in silence."""
        return (
            f"broker {self.broker}: nothing has come for {PATIENCE:g} s; does anything send, "
            f"and does the access list let {self.broker.username or 'anonymous'} read?"
        )

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that *message* is on disk; on another connection it comes again."""
        if message.qos and message.connection == self.connection:
            self.client.ack(message.mid, message.qos)

    def gaps(self) -> list[Gap]:
        """Return the gaps that have ended since the last call."""
        return [self._gaps.popleft() for _ in range(len(self._gaps))]

    def _connected(
        self, client: Client, _data: Any, _flags: Any, code: Any, _more: Any
    ) -> None:
        if code.is_failure:
            self.refused = refusal(self.broker, str(code))
            return
        self.connection += 1
        if self._lost is not None:
            now, reason = time.time(), f"broker {self.broker} did not answer"
            self.say(f"broker {self.broker} is back after {now - self._lost:.0f} s")
            if self.replayed:  # Receipts are of another time: the next one ends the gap.
                self._silence.begin(reason)
            else:
                self._gaps.append(Gap("", self._lost, now, reason))
            self._lost = None
        client.subscribe([(topic, _options()) for topic in self.broker.topics])

    def _subscribed(
        self, _client: Client, _data: Any, _mid: int, codes: list[Any], _more: Any
    ) -> None:
        refused = [
            f"{topic} ({code})"
            for topic, code in zip(self.broker.topics, codes, strict=False)
            if code.is_failure
        ]
        if refused:
            self.refused = (
                f"broker {self.broker} does not let {self.broker.username or 'anonymous'} read "
                f"{', '.join(refused)}; its access list must allow it"
            )
        elif self.connection == 1:
            self.say(f"broker {self.broker}: reading {', '.join(self.broker.topics)}")

    def _disconnected(
        self, _client: Client, _data: Any, _flags: Any, code: Any, _more: Any
    ) -> None:
        if self._lost is None and not self.inbox.closed and not self.refused:
            self._lost = time.time()
            self.say(f"broker {self.broker} is gone ({code}); it is tried again")

    def _receipt(self, message: Any) -> float:
        told = told_receipt(message.properties) if self.replayed else None
        return time.time() if told is None else told

    def _received(self, _client: Client, _data: Any, message: Any) -> None:
        received = self._receipt(message)
        gap = self._silence.heard(received, kept=self.replayed and message.qos > 0)
        if gap is not None:
            self._gaps.append(gap)
        self.inbox.put(
            Message(
                message.topic,
                bytes(message.payload),
                received,
                message.qos,
                bool(message.retain),
                message.mid,
                self.connection,
            )
        )


def told_receipt(properties: Any) -> float | None:
    """Return the receipt [s, UTC] that a replayed message brings; None where it brings none."""
    for name, text in getattr(properties, "UserProperty", ()):
        if name == RECEIPT:
            try:
                when = float(text)
            except ValueError:
                return None
            return when if math.isfinite(when) else None
    return None


def client_of(broker: Broker, *, manual_ack: bool = False) -> Client:
    """Return a client for *broker*, not connected yet."""
    try:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError:
        raise InvalidInput(
            "a broker needs the extra telemetry: pip install 'simtwin-plant[telemetry]'"
        ) from None
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        protocol=MQTTv5,
        manual_ack=manual_ack,
    )
    client.reconnect_delay_set(*_RETRY)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file is not None:
        client.tls_set(broker.ca_file)
    return client


def connect(client: Client, broker: Broker, *, keep: bool) -> None:
    """Connect *client*, with a session that the broker is to *keep*; say in words why not."""
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    asked = Properties(PacketTypes.CONNECT)
    asked.SessionExpiryInterval = SESSION if keep else 0
    asked.ReceiveMaximum = IN_FLIGHT
    try:
        client.connect(broker.host, broker.port, clean_start=not keep, properties=asked)
    except OSError as error:
        raise SourceFailed(
            f"no broker answers at {broker} ({error.strerror or error}); does it run, and is "
            "this its port?"
        ) from None


def refusal(broker: Broker, reason: str) -> str:
    """Return in words that the *broker* refused the connection, and why."""
    who = broker.username or "anonymous"
    return f"broker {broker} refuses {who}: {reason}; check user, password and access list"


def _options() -> Any:
    from paho.mqtt.subscribeoptions import SubscribeOptions

    return SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)

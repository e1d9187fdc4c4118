"""This module holds the publisher: an emulated plant speaks to a broker as its boards would.

Only ever to the topics of boards and of gateways that tell: nothing here commands a machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from simtwin.errors import SourceFailed
from simtwin.live.broker import RECEIPT, Broker, client_of, connect, refusal
from simtwin.live.message import Message
from simtwin.live.v0 import TOPICS
from simtwin.live.v1 import is_topic

if TYPE_CHECKING:
    from paho.mqtt.client import Client

_PATIENCE = 10.0
"""How long a broker is waited for [s]."""


class Publisher:
    """Sends messages to one broker, those of boards with QoS 0, as the firmware does.

    Each brings the receipt it has in the emulation, for who follows it as a replay.
    """

    __slots__ = ("broker", "client", "connected", "lost", "refused", "say")

    def __init__(self, broker: Broker, say: Callable[[str], None]) -> None:
        self.broker = broker
        self.say = say
        self.connected = Event()
        self.refused = ""
        self.lost = 0
        """Messages that no broker heard; a board keeps none either."""
        self.client = client_of(broker)
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_publish = self._published

    def open(self) -> None:
        """Connect; say in words why not."""
        connect(self.client, self.broker, keep=False)
        self.client.loop_start()
        if not self.connected.wait(_PATIENCE) or self.refused:
            raise SourceFailed(self.refused or f"broker {self.broker} does not answer")

    def close(self) -> None:
        """Send what is still here, and leave."""
        self.client.disconnect()
        self.client.loop_stop()
        if self.lost:
            self.say(f"{self.lost} messages found no broker and are lost, as a board's are")

    def send(self, message: Message) -> None:
        """Publish *message*; while the broker is away it is lost.

        Raises SourceFailed when the broker has said that nothing may be published.
        """
        assert message.topic in TOPICS or is_topic(message.topic), "nothing is commanded"
        if self.refused:
            raise SourceFailed(self.refused)
        if not self.connected.is_set():
            self.lost += 1
            return
        told = self.client.publish(
            message.topic, message.payload, message.qos, properties=_with_receipt(message)
        )
        if told.rc:
            self.lost += 1
        else:
            self._drain(told)

    def _drain(self, told: Any) -> None:
        """Wait for what is not sent yet, so that a fast plant fills no memory."""
        while not told.is_published() and self.connected.is_set():
            told.wait_for_publish(0.1)

    def _connected(
        self, _client: Client, _data: Any, _flags: Any, code: Any, _more: Any
    ) -> None:
        if code.is_failure:
            self.refused = refusal(self.broker, str(code))
        self.connected.set()

    def _published(self, _client: Client, _data: Any, _mid: int, code: Any, _more: Any) -> None:
        if code.is_failure:
            self.refused = (
                f"broker {self.broker} does not let {self.broker.username or 'anonymous'} "
                f"publish ({code}); its access list must allow it"
            )

    def _disconnected(
        self, _client: Client, _data: Any, _flags: Any, code: Any, _more: Any
    ) -> None:
        if self.connected.is_set() and code.is_failure and not self.refused:
            self.say(f"broker {self.broker} is gone ({code}); it is tried again")
        self.connected.clear()


def _with_receipt(message: Message) -> Any:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = (RECEIPT, repr(message.t_received))
    return properties


@contextmanager
def publishing(broker: Broker, say: Callable[[str], None]) -> Iterator[Publisher]:
    """Give a publisher that is connected to *broker*; it is closed afterwards."""
    publisher = Publisher(broker, say)
    try:
        publisher.open()
        yield publisher
    finally:
        publisher.close()

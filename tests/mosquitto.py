"""This module holds a broker for tests: mosquitto with password and access list."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simtwin.live.broker import Broker

USER, PASSWORD = "reader", "a password for one test"
BOARD, BOARD_PASSWORD = "board", "another one"
STRANGER, STRANGER_PASSWORD = "stranger", "a third"

needs_mosquitto = pytest.mark.skipif(
    shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None
    or shutil.which("mosquitto_passwd") is None,
    reason="mosquitto is not installed (apt-get install mosquitto mosquitto-clients)",
)
"""Tests with a real broker skip where there is none."""


class Mosquitto:
    """One broker of its own, which can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        for name, word in (
            (USER, PASSWORD),
            (BOARD, BOARD_PASSWORD),
            (STRANGER, STRANGER_PASSWORD),
        ):
            subprocess.run(
                ["mosquitto_passwd", "-b", str(passwords), name, word],
                check=True,
                capture_output=True,
            )
        (folder / "access").write_text(
            f"user {USER}\ntopic read modax/sensor/#\ntopic read simtwin/v1/#\n"
            f"user {BOARD}\ntopic write modax/sensor/#\ntopic write simtwin/v1/#\n",
            "utf-8",
        )
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\n"
            f"password_file {passwords}\nacl_file {folder / 'access'}\n"
            "max_queued_messages 0\nmax_inflight_messages 1000\n"
            f"persistence true\npersistence_location {folder}/\nuser root\n",
            "utf-8",
        )

    def start(self) -> None:
        """Start the broker and wait until it listens."""
        path = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert path is not None
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [path, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20.0
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError((self.folder / "mosquitto.log").read_text("utf-8"))

    def kill(self) -> None:
        """Kill the broker, as a power cut does; only this one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def reader(self, **other: object) -> Broker:
        """Return how the reader reaches it."""
        fields: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": USER,
            "password": PASSWORD,
            **other,
        }
        return Broker(**fields)  # type: ignore[arg-type]

    def publish(self, topic: str, lines: list[bytes], *, qos: int = 1) -> None:
        """Publish *lines* with the broker's own client, and wait until it has them."""
        subprocess.run(
            [
                "mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-u", BOARD,
                "-P", BOARD_PASSWORD, "-t", topic, "-q", str(qos), "-l",
            ],
            input=b"".join(line + b"\n" for line in lines),
            check=True,
        )  # fmt: skip


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Give a running broker in *folder*; it is gone afterwards."""
    broker = Mosquitto(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""This module holds the broker as a call names it: where it is, who asks; never a password."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from simtwin.live.broker import Broker

PASSWORD = "SIMTWIN_MQTT_PASSWORD"
"""The variable of the environment that holds the password of a broker."""


def broker_of(text: str, user: str | None, *, client_id: str, ca: Path | None = None) -> Broker:
    """Return the broker at ``HOST:PORT`` or ``mqtt://HOST:PORT``; *client_id* is the session.

    With the certificates in *ca* that are trusted the connection is encrypted.

    >>> str(broker_of("mqtt://hall:1883", None, client_id="simtwin"))
    'hall:1883'
    """
    from simtwin.live.broker import Broker

    host, _, port = text.removeprefix("mqtt://").rstrip("/").rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise InvalidInput(f"--broker: must be HOST:PORT (got {text!r})")
    return Broker(
        host,
        int(port),
        user,
        os.environ.get(PASSWORD),
        client_id=client_id,
        ca_file=None if ca is None else _trusted(ca),
    )


def _trusted(path: Path) -> str:
    """Return the *path* of a file of certificates, or say what is wrong with it."""
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise InvalidInput(f"--ca: {path} holds no certificate (PEM)") from None
    except OSError as error:
        raise InvalidInput(f"--ca: {path}: {error.strerror or error}") from None
    return str(path)

"""This module holds the listening socket: taken before anything is told or made."""

from __future__ import annotations

import errno
import os
import socket

from simtwin.errors import InvalidInput


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens at *host* and *port*; port 0 takes any that is free.

    Raises InvalidInput, naming the option at fault, where the address cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InvalidInput(f"--host {host}: no address of this machine has that name") from None
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    taken = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # On Windows it would let two have one port.
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen()
    except OSError as error:
        taken.close()
        raise InvalidInput(_reason(host, port, error)) from None
    return taken


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"--port {port}: another program listens there; 0 takes any that is free"
    if error.errno == errno.EACCES:
        return f"--port {port}: needs more rights than this user has; take one from 1024"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: is no address of this machine"
    return f"--host {host} --port {port}: {error.strerror}"

"""This module holds the durable file: written whole or not at all, on the disk when told."""

from __future__ import annotations

import json
import os
from typing import IO, TYPE_CHECKING, Any

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write *content* to *path* by way of a draft; a reader sees the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Put the names in *folder* on the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folder.
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def locked(path: Path) -> IO[bytes] | None:
    """Return the open file *path*, which nobody else holds until it is closed.

    None where the system has no such locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        reason = "is no folder" if path.parent.is_file() else error.strerror
        raise InvalidInput(f"{path.parent}: {reason}; a folder that can be written is needed"
                           ) from None  # fmt: skip
    try:
        import fcntl
    except ImportError:
        file.close()
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InvalidInput(f"{path.parent}: another service has this folder") from None
    return file


def write_json(path: Path, value: Any) -> None:
    """Write *value* to *path* as JSON, finite numbers only."""
    write(path, as_json(value).encode("utf-8"))


def as_json(value: Any) -> str:
    """Return *value* as the JSON that the command line prints: finite numbers only.

    >>> print(as_json({"p": 0.5}))
    {
      "p": 0.5
    }
    """
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def read_json(path: Path) -> Any:
    """Return what the JSON file *path* holds."""
    return json.loads(path.read_text(encoding="utf-8"))

"""This module holds the keys of the service: who may ask for what, known by their hash only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.service.durable import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

_SECRET = re.compile(r"stk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")

_KEPT = re.compile(r"[0-9a-f]{12} [0-9a-f]{64}")
"""Id and hash of a key, as they are kept."""


class Role(IntEnum):
    """What the holder of a key may do; each role may all that those before it may.

    >>> Role.ENGINEER >= Role.OPERATOR, Role.of("viewer").word
    (True, 'viewer')
    """

    VIEWER = 1
    """Read everything but keys, and ask what may fail."""
    OPERATOR = 2
    """Send observations, start and cancel jobs."""
    ENGINEER = 3
    """Make and delete twins, plants and scenarios."""
    ADMIN = 4
    """Make and delete keys."""

    @property
    def word(self) -> str:
        """The role as it is written."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Role:
        """Return the role of that name."""
        return cls[word.upper()]


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: no part of its secret, only the SHA-256 of the whole."""

    id: str
    name: str
    role: str
    sha256: str

    @property
    def rank(self) -> Role:
        """What it may do."""
        return Role.of(self.role)


class Keys:
    """The keys of one service, kept in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = {key.id: key for key in _kept(path)}

    def __len__(self) -> int:
        return len(self._keys)

    def all(self) -> list[Key]:
        """Return the keys by name and id."""
        return sorted(self._keys.values(), key=lambda key: (key.name, key.id))

    def make(self, name: str, role: Role) -> tuple[Key, str]:
        """Return a new key and its secret, which is known to nobody afterwards."""
        id_ = secrets.token_hex(6)
        secret = f"stk_{id_}_{secrets.token_urlsafe(32)}"
        key = Key(id_, name, role.word, _hash(secret))
        self._keys[id_] = key
        self._save()
        return key, secret

    def drop(self, id_: str) -> bool:
        """Delete the key *id_*; False where there is none."""
        if self._keys.pop(id_, None) is None:
            return False
        self._save()
        return True

    def last_admin(self, id_: str) -> bool:
        """Tell whether without the key *id_* nobody could make keys."""
        admins = [key.id for key in self._keys.values() if key.rank is Role.ADMIN]
        return admins == [id_]

    def holder(self, secret: str) -> Key | None:
        """Return the key with that *secret*, None where it is nobody's."""
        found = _SECRET.fullmatch(secret)
        key = None if found is None else self._keys.get(found[1])
        # One that is not there takes as long as one that is.
        kept = "0" * 64 if key is None else key.sha256
        same = hmac.compare_digest(_hash(secret), kept)
        return key if same else None

    def _save(self) -> None:
        write_json(self._path, [asdict(key) for key in self.all()])
        self._path.chmod(0o600)


def _kept(path: Path) -> list[Key]:
    """Return the keys in the file *path*; raise InvalidInput where it holds anything else."""
    if not path.is_file():
        return []
    try:
        keys = [Key(**row) for row in read_json(path)]
        if all(_KEPT.fullmatch(f"{key.id} {key.sha256}") and key.rank in Role for key in keys):
            return keys
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    raise InvalidInput(
        f"{path}: cannot be read as keys; put back a copy of it, or delete it: the next start "
        "makes a first key, and all others are void"
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

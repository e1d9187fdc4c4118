"""This module holds the start page: what to open, and how; it needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

_HOME = Path(__file__).parent / "static"


@cache
def page() -> str:
    """Return the page."""
    text = (_HOME / "start.html").read_text(encoding="utf-8")
    return text.replace("/*style*/", _style()).replace("/*script*/", _script())


def _style() -> str:
    return (_HOME / "start.css").read_text(encoding="utf-8")


def _script() -> str:
    return (_HOME / "start.js").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


POLICY = (
    f"default-src 'none'; style-src {_hash(_style())}; script-src {_hash(_script())}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page runs its own script and talks to its own service, and nothing else."""

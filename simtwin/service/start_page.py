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
    text = static("start.html").replace("/*style*/", static("start.css"))
    return text.replace("/*script*/", static("start.js"))


def static(name: str) -> str:
    """Return the text of a file that a page is made of."""
    return (_HOME / name).read_text(encoding="utf-8")


def hashed(text: str) -> str:
    """Return *text* as a policy knows it that lets nothing else in.

    >>> hashed("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


POLICY = (
    f"default-src 'none'; style-src {hashed(static('start.css'))}; "
    f"script-src {hashed(static('start.js'))}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page runs its own script and talks to its own service, and nothing else."""

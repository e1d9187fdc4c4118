"""This module holds the live page: a followed twin in 3D and in words, for any device.

It has no data in it, so that anybody may open it; it asks for a key, keeps that to itself, and
sends it in a header, never in an address.
"""

from __future__ import annotations

from functools import cache

from simtwin.service.start_page import hashed, static
from simtwin.viewer.page import bundle


@cache
def page() -> str:
    """Return the page; it reads from its address whose twin it follows."""
    text = static("live.html").replace("/*style*/", static("live.css"))
    # The bundle at last: nothing in it is taken for a place to fill.
    return text.replace("/*script*/", static("live.js")).replace("/*bundle*/", bundle())


@cache
def policy() -> str:
    """Return what the page may: run its own two scripts, and talk to its own service.

    The viewer styles what it draws itself, so styles in the page are let in.
    """
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"script-src {hashed(bundle())} {hashed(static('live.js'))}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

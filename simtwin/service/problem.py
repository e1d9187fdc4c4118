"""This module holds the problem: what is wrong with a call, after RFC 9457, in plain words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from simtwin.errors import InvalidInput, SimtwinError, StoreFailed, UnknownSnapshot
from simtwin.report.problems import problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"

TITLES: dict[int, tuple[str, str]] = {
    400: ("unreadable", "The body cannot be read"),
    401: ("no-key", "A key is needed"),
    403: ("not-allowed", "This key may not do that"),
    404: ("not-found", "There is no such thing"),
    405: ("no-such-method", "This cannot be done here"),
    409: ("conflict", "That does not go with what is there"),
    413: ("too-large", "The body is too large"),
    415: ("media-type", "The body is of the wrong type"),
    422: ("invalid-input", "The input is wrong"),
    429: ("too-many", "Too much at once"),
    500: ("internal", "The service has a defect"),
    503: ("not-now", "The service cannot do that now"),
}
"""Status -> end of the type, title."""


class Refused(Exception):
    """A call that is refused: its status, why, and what is wrong in particular."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})

    def plain(self) -> dict[str, Any]:
        """Return the problem as plain values."""
        kind, title = TITLES[self.status]
        told: dict[str, Any] = {
            "type": f"/problems/{kind}",
            "title": title,
            "status": self.status,
            "detail": self.detail,
        }
        return told | ({"errors": self.errors} if self.errors else {})

    def response(self) -> Response:
        """Return the problem as it is sent."""
        text = json.dumps(self.plain(), ensure_ascii=False, allow_nan=False)
        return Response(
            text.encode("utf-8", "replace"), self.status, self.headers, media_type=MEDIA_TYPE
        )


def refused(error: SimtwinError) -> Refused:
    """Return *error* as a refusal: wrong input, a log that fails, a run that cannot go on."""
    status = 409
    if isinstance(error, InvalidInput | UnknownSnapshot):
        status = 422
    elif isinstance(error, StoreFailed):
        status = 503
    return Refused(status, str(error), problems(error))

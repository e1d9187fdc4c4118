"""This module holds what the service shows as its answers: an example of each kind."""

from __future__ import annotations

from typing import Any

from simtwin.service.problem import TITLES, Refused

_MADE = {
    "device": "demo", "plant": "job_shop", "scenario": "day_shift", "machine": None,
    "start": "2026-01-05T06:00:00", "time": "2026-01-05T07:00:00", "time_s": 3600.0,
}  # fmt: skip
_JOB: dict[str, Any] = {
    "id": "0123456789abcdef", "verb": "simulate", "device": "demo", "by": "0123456789ab",
    "asked": {"replications": 20}, "status": "running", "created": "2026-01-05T07:00:00Z",
    "ended": None, "done": 3, "total": 20, "partial": False, "results": [], "problem": None,
}  # fmt: skip
_KEY = {"id": "0123456789ab", "name": "line 3", "role": "operator"}
_REPORT = {
    "signal": "temperature_1", "node": "motor", "unit": "Cel", "value": 41.6,
    "quality": "GOOD", "at": "2026-01-05T06:59:58", "at_s": 3598.0, "age_s": 2.0,
    "freshness": "FRESH", "estimated": {"value": 41.5, "low": 41.2, "high": 41.8},
    "simulated": 41.3, "difference": 0.3,
}  # fmt: skip
_ESTIMATE = {
    "temperature_c": {"motor": {"value": 41.5, "low": 41.2, "high": 41.8}},
    "ambient_c": {"value": 22.1, "low": 21.6, "high": 22.6},
    "friction": {"value": 1.02, "low": 0.97, "high": 1.07},
    "uncorrected_c": {"motor": {"value": 41.3, "low": 40.1, "high": 42.5}},
    "readings": {"used": 358, "thinned": 0, "gated": 1, "suspect": 0, "bad": 0},
}
_MACHINE = {
    "machine": "mill-1", "state": "producing", "cause": "", "job": "order-1/1",
    "operation": "op10", "power_kw": 5.9, "speed_rpm": 3200.0, "torque_nm": 14.0,
    "motor_current_a": 12.5, "tool": "end-steel", "temperature_c": {"motor": 41.3},
    "status": "IN_SYNC", "reason": "", "estimate": _ESTIMATE, "reported": [_REPORT],
}  # fmt: skip
_PROBLEMS = {
    400: "the body is no JSON: Expecting value at line 1, column 1",
    401: "a key is needed: Authorization: Bearer stk_...",
    403: "this needs the role operator; the key 'line 3' is viewer",
    404: "no twin 'mill'; there is demo",
    409: "the twin 'demo' is there already",
    413: "the body is larger than may be sent",
    415: "the body must be application/json",
    422: "replications must be a whole number from 2 (got 1)",
    429: "too many calls in this minute",
    503: "what this needs is not installed here",
}

SHOWN: dict[str, dict[str, Any]] = {
    "Made": _MADE,
    "Devices": {"devices": [_MADE]},
    "State": {
        "schema_version": 2, "device": "demo", "machine": None, "plant": "job_shop",
        "scenario": "day_shift", "start": "2026-01-05T06:00:00",
        "time": "2026-01-05T07:00:00", "time_s": 3600.0, "seed": 1,
        "basis": "simulated from the start on, seed 1", "machines": [_MACHINE],
        "forecasts_begin": {"followed": True, "warnings": []},
        "observations": {"kept": 359, "digest": "5f70bf18"},
        "assumptions": ["mill-1: repairs wait for nobody"],
    },
    "Synchronized": {
        "received": 2, "accepted": 1, "late": 0, "duplicate": 0, "rejected": 1,
        "errors": [{"index": 1, "message": "no machine 'mill'; did you mean 'mill-1'?"}],
        "time": "2026-01-05T07:00:00", "time_s": 3600.0, "digest": "5f70bf18",
    },
    "Job": _JOB,
    "Jobs": {"jobs": [_JOB]},
    "Files": {"files": [{"name": "job_shop", "bundled": True, "about": "Twelve machines"}]},
    "Kept": {"name": "my-shop", "title": "my shop", "machines": ["mill-1"]},
    "Keys": {"keys": [_KEY]},
    "Secret": {**_KEY, "secret": "stk_..."},
    "Healthy": {"status": "ok"},
    "Answer": {"schema_version": 1, "verdict": "no order is late in 20 of 20 runs"},
}  # fmt: skip
"""Name of a model -> an answer of it."""


def problem(status: int) -> dict[str, Any]:
    """Return a problem with *status*, as it may be told.

    >>> problem(404)["title"]
    'There is no such thing'
    """
    return Refused(status, _PROBLEMS.get(status, TITLES[status][1])).plain()


def example(value: Any) -> dict[str, Any]:
    """Return *value* as the one example of a media type."""
    return {"examples": {"example": {"value": value}}}

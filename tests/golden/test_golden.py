from __future__ import annotations

import json
from typing import Any

import pytest

from tests.golden.records import FOLDER, SHIFTS, file_of, lives, shift

ENDS = {
    "edge": {"tool change", "worn", "breakage", "tool refit"},
    "bearing": {"failure", "waiting for crew", "down", "repaired"},
    "spindle": {"trip", "thermal hold", "reset"},
    "calendar": {"failure", "down", "repaired"},
    "powered": {"failure", "down", "repaired"},
    "processing": {"failure", "down", "repaired"},
    "cycles": {"failure", "down", "repaired"},
}


def kept(name: str) -> Any:
    """Return what a golden file holds."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def same(now: Any, golden: Any, where: str = "") -> None:
    """Assert that two records agree: words exactly, numbers to 1e-9 (other processors)."""
    if isinstance(golden, dict):
        assert list(now) == list(golden), where
        for key, value in golden.items():
            same(now[key], value, f"{where}/{key}")
    elif isinstance(golden, list):
        assert len(now) == len(golden), where
        for place, value in enumerate(golden):
            same(now[place], value, f"{where}/{place}")
    elif isinstance(golden, float):
        assert now == pytest.approx(golden, rel=1e-9, abs=1e-9), where
    else:
        assert now == golden, where


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shipped_shift_goes_as_it_always_went(name: str):
    """The record of each plant model changes only with a changelog line (STYLE, Tests)."""
    same(shift(name), kept(file_of(name)))


def test_a_part_lives_as_it_always_lived():
    """One whole life of each kind of part, begun, ended and begun again (KERNEL 6)."""
    now, golden = lives(), kept("lives")
    same(now, golden)
    for part, words in ENDS.items():
        assert words <= {row[2] for row in golden[part]["story"]}, part

"""Units stand in keys or in values, and there is one way from them to SI."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin import units
from simtwin.errors import InvalidInput
from simtwin.plant.schema import schemas
from simtwin.units import SUFFIXES, read_quantity, suffix_of

DIMENSIONLESS = {
    # shares, ratios and exponents
    "short_time", "additional_loss", "load_share", "f0", "f1", "contamination",
    "coolant_loss_life", "n", "feed_exponent", "depth_exponent", "life_scatter",
    "break_growth", "mc", "scrap_on_breakage", "shape", "sigma", "p", "damage",
    # counts
    "buffer", "members", "rows", "edges", "teeth", "holes", "parts_per_tool", "quantity",
    "priority", "steps", "piece", "pieces", "edge", "replications", "seed",
    # percentages, and factors on a number
    "feed_override", "spindle_override", "percent", "low", "mode", "high", "median", "sd",
    # levels, in a unit of the user's own
    "level", "limit", "scale", "growth_per_cycle", "drift_per_cycle", "sigma_per_sqrt_cycle",
    # by what is done: a percentage, or the name of a tool
    "value", "conwip", "failure_cost", "kanban", "least", "most", "movers", "planned_cost",
    "scrap", "share", "used_parts", "weight",
}  # fmt: skip


def numeric_keys() -> set[str]:
    """Return every key of the files that takes a number, from the JSON Schemas."""
    models = [node for schema in schemas().values() for node in (schema, *defined(schema))]
    return {
        key
        for model in models
        for key, field in model.get("properties", {}).items()
        if takes_number(field)
    }


def defined(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the models that *schema* defines."""
    return [node.get("anyOf", [node])[-1] for node in schema["definitions"].values()]


def takes_number(node: dict[str, Any]) -> bool:
    """Whether a value of *node* can be a number, or a list of numbers."""
    if node.get("type") in ("number", "integer"):
        return True
    inside = [*node.get("anyOf", []), *([node["items"]] if "items" in node else [])]
    return any(takes_number(item) for item in inside)


def test_every_numeric_key_names_its_unit_or_has_none():
    """A number in a file has its unit in its key, or is listed as dimensionless (UX 4.3)."""
    keys = numeric_keys()
    assert len(keys) > 80
    without = {key for key in keys if suffix_of(key) is None} - {"rpm"}  # a unit by itself
    assert without == DIMENSIONLESS


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        ("45 min", "h", 0.75),
        ("2 h", "min", 120.0),
        ("11000 W", "kw", 11.0),
        ("3 m/s", "m_min", 180.0),
        ("0.5 in", "mm", 12.7),
        ("100 %", "pct", 100.0),
        ("1.5 GPa", "n_mm2", 1500.0),
        (" 12  kW ", "kw", 12.0),
        ("1e3 W", "kw", 1.0),
    ],
)
def test_text_with_a_unit_means_the_number_in_the_unit_of_the_key(text, suffix, expected):
    """Text such as "12 kW" is accepted where the key ends in such a unit (UX 4.3)."""
    assert read_quantity(text, suffix) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "text", ["12 kg", "45 kW", "abc", "", "12", "nan min", "inf min", "1e999 min"]
)
def test_the_wrong_dimension_and_no_number_are_refused(text):
    """A wrong unit, a bare number as text and an infinity are errors that show the text."""
    with pytest.raises(InvalidInput, match="must be"):
        read_quantity(text, "min")


@given(st.sampled_from(sorted(SUFFIXES)), st.floats(1e-6, 1e6))
def test_a_number_in_the_unit_of_the_key_is_not_changed(suffix, value):
    """Writing the unit of the key out changes no bit of the number."""
    assert read_quantity(f"{value!r} {SUFFIXES[suffix].symbol}", suffix) == value


def test_the_factors_are_those_of_the_si():
    """1 rpm is 2 pi/60 rad/s, 1 kW 1000 W, 1 mm2/s 1e-6 m2/s (PHYSICS, symbols)."""
    assert SUFFIXES["rpm"].factor == math.tau / 60.0
    assert SUFFIXES["kw"].factor == 1000.0
    assert SUFFIXES["mm2_s"].factor == 1e-6
    assert units.HOUR == 60.0 * units.MINUTE


@pytest.mark.parametrize(
    ("key", "suffix"),
    [
        ("feed_mm", "mm"),
        ("speed_m_min", "m_min"),
        ("kc11_n_mm2", "n_mm2"),
        ("load", None),
        ("min", None),
    ],
)
def test_the_longest_suffix_counts(key, suffix):
    """``speed_m_min`` is in m/min, not in minutes."""
    assert suffix_of(key) == suffix


def test_durations_are_said_as_people_say_them():
    """Seconds below a minute, minutes below an hour, hours without minutes above a hundred."""
    said = [units.clock(t) for t in (5.0, 90.0, 3600.0, 29700.0, 12e6)]
    assert said == ["5 s", "1.5 min", "1 h", "8 h 15 min", "3333 h"]

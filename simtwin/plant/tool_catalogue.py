"""This module holds the tools of the catalogue, with lives after Taylor out of textbooks."""

from __future__ import annotations

from simtwin.parts.tool import ToolSpec
from simtwin.physics.tool import TaylorLife
from simtwin.units import DEGREE, HOUR, METRE_PER_MINUTE, MILLIMETRE, MINUTE, PER_MILLIMETRE


def _tool(
    name: str,
    kind: str,
    *,
    diameter: float,
    teeth: int,
    approach: float,
    constant: float,
    exponent: float,
    feed: float,
    depth: float,
    rake: float = 0.0,
    nose: float = 0.0,
) -> ToolSpec:
    """Return a tool whose life follows Taylor at its reference feed and depth.

    Feed and depth exponents 1.5 and .6, scatter .3, breakage one in 200 h for a fresh edge
    growing by e^3 to the wear limit: A, after PHYSICS 7.1, 7.3, 7.4.
    """
    return ToolSpec(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        diameter=diameter * MILLIMETRE,
        teeth=teeth,
        approach=approach * DEGREE,
        rake=rake * DEGREE,
        life=TaylorLife(
            reference=MINUTE,
            speed=constant * METRE_PER_MINUTE,
            feed=feed * MILLIMETRE,
            depth=depth * MILLIMETRE,
            speed_exponent=1.0 / exponent,
            feed_exponent=1.5,
            depth_exponent=0.6,
        ),
        life_scatter=0.3,
        wear_limit=0.3 * MILLIMETRE,
        force_per_wear=0.9 * PER_MILLIMETRE,
        break_rate=1.0 / (200.0 * HOUR),
        break_growth=3.0,
        change="planned",
        nose_radius=nose * MILLIMETRE,
    )


TOOLS: dict[str, ToolSpec] = {
    tool.name: tool
    for tool in (
        # C and n: "cemented carbide, steel" 500 and .25, "coated carbide, steel" 700 and .25,
        # "cemented carbide, non-steel" 900 and .25, "HSS, steel" 70 and .125 (Groover, M);
        # austenitic stainless lies between (A). Feed and depth of reference are A, and so are
        # the corners of inserts, the common .8 mm, .4 mm to finish (ISO 1832 codes 08 and 04).
        _tool(
            "face-mill-63-steel",
            "milling",
            diameter=63.0,
            teeth=5,
            approach=45.0,
            constant=700.0,
            exponent=0.25,
            feed=0.2,
            depth=3.0,
            nose=0.8,
        ),
        _tool(
            "face-mill-63-iron",
            "milling",
            diameter=63.0,
            teeth=6,
            approach=45.0,
            constant=600.0,
            exponent=0.25,
            feed=0.2,
            depth=3.0,
            nose=0.8,
        ),
        _tool(
            "face-mill-80-aluminium",
            "milling",
            diameter=80.0,
            teeth=6,
            approach=45.0,
            constant=1800.0,
            exponent=0.25,
            feed=0.2,
            depth=3.0,
            nose=0.8,
        ),
        _tool(
            "end-mill-12-steel",
            "milling",
            diameter=12.0,
            teeth=4,
            approach=90.0,
            constant=500.0,
            exponent=0.25,
            feed=0.06,
            depth=12.0,
        ),
        _tool(
            "end-mill-16-steel",
            "milling",
            diameter=16.0,
            teeth=4,
            approach=90.0,
            constant=500.0,
            exponent=0.25,
            feed=0.08,
            depth=12.0,
        ),
        _tool(
            "end-mill-16-stainless",
            "milling",
            diameter=16.0,
            teeth=4,
            approach=90.0,
            constant=330.0,
            exponent=0.25,
            feed=0.06,
            depth=12.0,
        ),
        _tool(
            "end-mill-16-aluminium",
            "milling",
            diameter=16.0,
            teeth=3,
            approach=90.0,
            constant=900.0,
            exponent=0.25,
            feed=0.12,
            depth=16.0,
        ),
        _tool(
            "drill-8.5-carbide",
            "drilling",
            diameter=8.5,
            teeth=2,
            approach=70.0,
            constant=260.0,
            exponent=0.25,
            feed=0.15,
            depth=25.0,
        ),
        _tool(
            "drill-12-carbide",
            "drilling",
            diameter=12.0,
            teeth=2,
            approach=70.0,
            constant=260.0,
            exponent=0.25,
            feed=0.2,
            depth=30.0,
        ),
        _tool(
            "drill-10-hss",
            "drilling",
            diameter=10.0,
            teeth=2,
            approach=59.0,
            constant=70.0,
            exponent=0.125,
            feed=0.18,
            depth=30.0,
        ),
        _tool(
            "turning-insert-steel",
            "turning",
            diameter=0.0,
            teeth=1,
            approach=90.0,
            constant=700.0,
            exponent=0.25,
            feed=0.3,
            depth=2.5,
            nose=0.8,
        ),
        _tool(
            "turning-insert-finish",
            "turning",
            diameter=0.0,
            teeth=1,
            approach=90.0,
            constant=600.0,
            exponent=0.25,
            feed=0.12,
            depth=0.5,
            nose=0.4,
        ),
        _tool(
            "turning-insert-stainless",
            "turning",
            diameter=0.0,
            teeth=1,
            approach=90.0,
            constant=480.0,
            exponent=0.25,
            feed=0.25,
            depth=2.0,
            nose=0.8,
        ),
    )
}

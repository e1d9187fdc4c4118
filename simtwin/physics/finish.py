"""This module holds the surface finish: the roughness that the shape of an edge leaves."""

from __future__ import annotations

from simtwin.errors import OutOfRange


def roughness(feed: float, radius: float) -> float:
    """Return the ideal arithmetic roughness Ra [m] of a surface cut with a round nose.

    ``Ra = f^2/(32 r)``: *feed* f per revolution (turning) or per tooth (milling) [m], *radius*
    r [m] of the nose that leaves the marks, or of the mill where its periphery does. A quarter
    of the height of the marks, `peak_height`. Geometry alone, so a lower bound: a built-up
    edge, vibration and wear come on top, a factor of 1 to 2.5 for steel above
    60 m/min. Holds while the marks are arcs of the nose, f <= 2 r sin(10 deg), some .35 r or
    less, and down to about .05 mm a turn. Source: Groover, Fundamentals of
    Modern Manufacturing, ch. 23; Shaw, Metal Cutting Principles; ISO 4287 for Ra (M).

    >>> round(1e6 * roughness(0.2e-3, 0.8e-3), 4)
    1.5625
    """
    return 0.25 * peak_height(feed, radius)


def peak_height(feed: float, radius: float) -> float:
    """Return the ideal height of the feed marks Rt [m]: ``f^2/(8 r)``; see `roughness`.

    >>> round(1e6 * peak_height(0.2e-3, 0.8e-3), 4)
    6.25
    """
    if not (feed >= 0.0 and radius > 0.0):
        raise OutOfRange(
            f"roughness needs a feed >= 0 and a radius > 0, got {feed} m and {radius} m"
        )
    return feed * feed / (8.0 * radius)

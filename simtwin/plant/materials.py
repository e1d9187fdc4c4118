"""This module holds the work materials of the catalogue, by VDI 3323 group.

Specific cutting forces are priors with a standard deviation of 15 %, to be calibrated from
spindle power (PHYSICS 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "ISCAR turning catalogue 2017 p.558 and rotating tools 2017 p.601"


@dataclass(frozen=True, slots=True)
class Material:
    """A work material: VDI 3323 group with its ISO letter, and its specific cutting forces."""

    name: str
    description: str
    kc11: float
    """For a chip of 1 mm x 1 mm [N/mm2]."""
    mc: float
    """Exponent against chip thickness [-]."""
    drilling: float | None
    """Flat kc for drilling [N/mm2]; None: no value in the table."""


MATERIALS: dict[str, Material] = {
    material.name: material
    for material in (
        Material("P1", "Non-alloy steel <0.25%C annealed", 1350.0, 0.21, 2000.0),
        Material("P2", "Non-alloy steel >=0.25%C annealed", 1500.0, 0.22, 2100.0),
        Material("P3", "Non-alloy steel <0.55%C quenched+tempered", 1675.0, 0.24, 2150.0),
        Material("P4", "Non-alloy steel >=0.55%C annealed", 1700.0, 0.24, 2200.0),
        Material("P5", "Non-alloy steel quenched+tempered", 1900.0, 0.24, 2200.0),
        Material("P6", "Low-alloy steel annealed", 1775.0, 0.24, 2100.0),
        Material("P7", "Low-alloy steel quenched+tempered", 1675.0, 0.24, 2100.0),
        Material("P8", "Low-alloy steel quenched+tempered", 1725.0, 0.24, 2100.0),
        Material("P9", "Low-alloy steel quenched+tempered", 1800.0, 0.24, 2100.0),
        Material("P10", "High-alloy/tool steel annealed", 2450.0, 0.23, 2500.0),
        Material("P11", "High-alloy/tool steel quenched+tempered", 2500.0, 0.23, 3250.0),
        Material("P12", "Stainless ferritic/martensitic", 1875.0, 0.21, 2300.0),
        Material("P13", "Stainless martensitic", 1875.0, 0.21, 2800.0),
        Material("M14", "Stainless austenitic", 2150.0, 0.20, 2600.0),
        Material("K15", "Nodular iron GGG ferritic/pearlitic", 1150.0, 0.20, 1100.0),
        Material("K16", "Nodular iron GGG pearlitic", 1350.0, 0.28, 1300.0),
        Material("K17", "Grey iron GG ferritic", 1225.0, 0.25, 1100.0),
        Material("K18", "Grey iron GG pearlitic", 1350.0, 0.28, 1800.0),
        Material("K19", "Malleable iron ferritic", 1225.0, 0.25, 900.0),
        Material("K20", "Malleable iron pearlitic", 1420.0, 0.30, 1000.0),
        Material("N21", "Al wrought not cureable", 700.0, 0.25, 500.0),
        Material("N22", "Al wrought cured", 800.0, 0.25, 800.0),
        Material("N23", "Al cast <=12%Si not cureable", 700.0, 0.25, 800.0),
        Material("N24", "Al cast <=12%Si cured", 700.0, 0.25, None),
        Material("N25", "Al cast >12%Si", 750.0, 0.25, None),
        Material("N26", "Copper alloy >1%Pb free cutting", 700.0, 0.27, 700.0),
        Material("N27", "Brass", 700.0, 0.27, 700.0),
        Material("N28", "Electrolytic copper", 700.0, 0.27, 1700.0),
        Material("S31", "HRSA Fe-based annealed", 2600.0, 0.24, 3000.0),
        Material("S32", "HRSA Fe-based cured", 3100.0, 0.24, 3100.0),
        Material("S33", "HRSA Ni/Co annealed", 3300.0, 0.24, 3300.0),
        Material("S34", "HRSA Ni/Co cured", 3300.0, 0.24, 3300.0),
        Material("S35", "HRSA Ni/Co cast", 3300.0, 0.24, 3200.0),
        Material("S36", "Titanium pure", 1700.0, 0.23, 1700.0),
        Material("S37", "Ti alpha+beta alloy cured", 2110.0, 0.22, 1700.0),
        Material("H38", "Hardened steel 55 HRC", 4600.0, 0.22, 4600.0),
        Material("H39", "Hardened steel 60 HRC", 4700.0, 0.22, 4700.0),
        Material("H40", "Chilled cast iron", 4600.0, 0.22, 4600.0),
        Material("H41", "Hardened cast iron 55 HRC", 4500.0, 0.22, 4500.0),
    )
}
"""kc11 and mc for turning and milling, flat kc for drilling [N/mm2]. The H groups have no mc
in the source: .22 is an assumption."""

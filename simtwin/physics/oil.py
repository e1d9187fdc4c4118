"""This module holds the oil: viscosity against temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simtwin.errors import OutOfRange

_KELVIN = 273.15
_SHIFT = 0.7
"""[mm2/s], of Walther's equation."""


@dataclass(frozen=True, slots=True)
class Oil:
    """An oil through two points, after Ubbelohde and Walther: ``lg lg(nu + .7) = A - B lg T``.

    *nu40* and *nu100* are the kinematic viscosities at 40 and 100 degC [mm2/s, as on the data
    sheet]; everything else is in m2/s and degC. For mineral oils between the pour point and
    some 150 degC. Source: ASTM D341; DIN 51563.

    >>> vg68 = Oil(68.0, 8.7)
    >>> round(vg68.viscosity(40.0) * 1e6, 6), round(vg68.viscosity(70.0) * 1e6, 2)
    (68.0, 20.12)
    """

    nu40: float
    nu100: float
    _a: float = field(init=False, repr=False, compare=False)
    _b: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1.0 < self.nu100 < self.nu40 < math.inf:
            raise OutOfRange(
                f"oil: needs 1 < nu100 < nu40 mm2/s, got nu40 {self.nu40}, nu100 {self.nu100}"
            )
        cold, hot = (math.log(math.log(nu + _SHIFT)) for nu in (self.nu40, self.nu100))
        b = (cold - hot) / math.log((100.0 + _KELVIN) / (40.0 + _KELVIN))
        object.__setattr__(self, "_b", b)
        object.__setattr__(self, "_a", cold + b * math.log(40.0 + _KELVIN))

    def viscosity(self, temperature: float) -> float:
        """Return the kinematic viscosity [m2/s] at *temperature* [degC]."""
        doubled = math.exp(self._a - self._b * math.log(temperature + _KELVIN))
        return (math.exp(doubled) - _SHIFT) * 1e-6

    def slope(self, temperature: float) -> float:
        """Return the change of the viscosity with temperature [m2/s per K], negative.

        >>> round(Oil(68.0, 8.7).slope(40.0) * 1e6, 2)
        -3.36
        """
        kelvin = temperature + _KELVIN
        doubled = math.exp(self._a - self._b * math.log(kelvin))
        return -math.exp(doubled) * doubled * self._b / kelvin * 1e-6

    def temperature(self, viscosity: float) -> float:
        """Return the temperature [degC] at which the oil has *viscosity* [m2/s].

        >>> round(Oil(68.0, 8.7).temperature(8.7e-6), 9)
        100.0
        """
        doubled = math.log(viscosity * 1e6 + _SHIFT)
        if not doubled > 0.0:
            raise OutOfRange(f"viscosity must be above .3e-6 m2/s, got {viscosity}")
        return math.exp((self._a - math.log(doubled)) / self._b) - _KELVIN

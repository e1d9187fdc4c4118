"""This module holds the packing: columns of numbers as text that a browser reads at once."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORT = 16
"""Columns up to this length stand as plain numbers, for people who look into the file."""


def numbers(values: Sequence[float], *, exact: bool = False) -> Any:
    """Return *values* as a list, or as little-endian 4-byte floats in base64; 8 if *exact*.

    >>> numbers([0.0, 1.5])
    [0.0, 1.5]
    >>> numbers([1.0] * 20)["type"], numbers([1.0] * 20, exact=True)["type"]
    ('f4', 'f8')
    """
    import numpy as np

    kind = "f8" if exact else "f4"
    column = np.asarray(values, dtype=f"<{kind}")
    return column.tolist() if len(column) <= SHORT else _packed(kind, column.tobytes())


def rounded(values: Sequence[float], tolerance: float) -> Any:
    """Return *values* in two bytes each where that moves none by a twentieth of *tolerance*.

    >>> column = rounded([20.0 + 0.5 * i for i in range(100)], 0.05)
    >>> column["type"], column["from"], round(column["step"], 6)
    ('u2', 20.0, 0.000755)
    """
    import numpy as np

    low, high = min(values, default=0.0), max(values, default=0.0)
    step = (high - low) / 65535.0
    if len(values) <= SHORT or step / 2.0 > tolerance / 20.0:
        return numbers(values)
    if step == 0.0:
        step = 1.0
    column = np.rint((np.asarray(values) - low) / step).astype("<u2")
    return {**_packed("u2", column.tobytes()), "from": low, "step": step}


def near_times(values: Sequence[float]) -> Any:
    """Return instants to a four-thousandth of a second, in four bytes each; for smooth curves.

    >>> near_times([0.5 * i for i in range(100)])["step"]
    0.000244140625
    """
    import numpy as np

    step = 2.0**-12
    if len(values) <= SHORT or values[-1] / step >= 1 << 32:
        return numbers(values, exact=True)
    column = np.rint(np.asarray(values) / step)
    column[0] = np.floor(values[0] / step)  # Or nothing were known at the very beginning.
    column = column.astype("<u4")
    return {**_packed("u4", column.tobytes()), "from": 0.0, "step": step}


def counts(values: Sequence[int]) -> Any:
    """Return whole numbers from 0 as a list, or in as few bytes each as they need.

    >>> counts([3, 1]), counts([300] * 20)["type"]
    ([3, 1], 'u2')
    """
    import numpy as np

    most = max(values, default=0)
    kind = "u1" if most < 1 << 8 else "u2" if most < 1 << 16 else "u4"
    column = np.asarray(values, dtype=f"<{kind}")
    return column.tolist() if len(column) <= SHORT else _packed(kind, column.tobytes())


def _packed(kind: str, content: bytes) -> dict[str, Any]:
    return {"type": kind, "base64": b64encode(content).decode("ascii")}


class Names:
    """Texts that stand once in a file, and everywhere else as their number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of *text*."""
        return self._numbers.setdefault(text, len(self._numbers))

    def column(self, texts: Sequence[str]) -> Any:
        """Return *texts* as a column of their numbers."""
        return counts([self.number(text) for text in texts])

    @property
    def texts(self) -> list[str]:
        """All texts, in order of their numbers."""
        return list(self._numbers)

"""This module holds the modal tools of a linear law: rates, modes, and the functions phi.

Plain Python in a fixed order of operations, so that two workers, and a cached and an uncached
value, agree in every bit; LAPACK promises that for neither.
"""

from __future__ import annotations

import math

Matrix = tuple[tuple[float, ...], ...]

_SERIES_BELOW = 0.25
"""Below, phi3 from its series; above, cancellation costs phi3 less than 1e-14."""
_SERIES_TERMS = 11
"""Terms of the series of phi3: the rest is under .25^11 / 14! = 3e-18."""
_PHI3 = tuple(1.0 / math.factorial(3 + j) for j in reversed(range(_SERIES_TERMS)))


def phi_functions(x: float) -> tuple[float, float, float]:
    """Return ``phi1, phi2, phi3`` at *x* >= 0: the answers of one mode to 1, t and t^2/2.

    ``phi1 = (1 - e^-x)/x``, ``phi2 = (1 - phi1)/x``, ``phi3 = (1/2 - phi2)/x``; 1, 1/2 and 1/6
    at 0, and free of cancellation near it. Source: Hochbruck & Ostermann 2010, Acta Numerica
    19, doi 10.1017/S0962492910000048 (there with the other sign of x).

    >>> phi_functions(0.0)
    (1.0, 0.5, 0.16666666666666666)
    >>> [round(phi, 6) for phi in phi_functions(2.0)]
    [0.432332, 0.283834, 0.108083]
    """
    if x < _SERIES_BELOW:
        phi3 = 0.0
        for coefficient in _PHI3:
            phi3 = coefficient - x * phi3
        phi2 = 0.5 - x * phi3
        return 1.0 - x * phi2, phi2, phi3
    phi1 = -math.expm1(-x) / x
    phi2 = (1.0 - phi1) / x
    return phi1, phi2, (0.5 - phi2) / x


def symmetric_modes(matrix: Matrix) -> tuple[tuple[float, ...], Matrix]:
    """Return the eigenvalues, rising, and the orthonormal eigenvectors as rows of columns.

    Column k of the second value belongs to eigenvalue k. Cyclic Jacobi rotations, which keep
    small eigenvalues of a positive definite matrix to full relative precision.
    Source: Golub & Van Loan, Matrix Computations, 4th ed., 8.5.

    >>> values, vectors = symmetric_modes(((2.0, 1.0), (1.0, 2.0)))
    >>> [round(value, 12) for value in values]
    [1.0, 3.0]
    """
    n = len(matrix)
    a = [list(row) for row in matrix]
    v = [[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)]
    rotated = True
    while rotated:  # Quadratic in the end: five or six sweeps.
        rotated = False
        for p in range(n - 1):
            for q in range(p + 1, n):
                rotated |= _rotate(a, v, p, q)
    order = sorted(range(n), key=lambda k: a[k][k])
    return (
        tuple(a[k][k] for k in order),
        tuple(tuple(v[i][k] for k in order) for i in range(n)),
    )


def _rotate(a: list[list[float]], v: list[list[float]], p: int, q: int) -> bool:
    """Turn rows and columns *p* and *q* until ``a[p][q]`` is 0; False when it already is."""
    off, app, aqq = a[p][q], a[p][p], a[q][q]
    if abs(off) <= 1e-18 * math.sqrt(abs(app * aqq)) or off == 0.0:
        return False
    theta = (aqq - app) / (2.0 * off)
    t = math.copysign(1.0, theta) / (abs(theta) + math.hypot(theta, 1.0))
    c = 1.0 / math.hypot(t, 1.0)
    s = t * c
    for k in range(len(a)):
        if k not in (p, q):
            akp, akq = a[k][p], a[k][q]
            a[k][p] = a[p][k] = c * akp - s * akq
            a[k][q] = a[q][k] = s * akp + c * akq
        vkp, vkq = v[k][p], v[k][q]
        v[k][p] = c * vkp - s * vkq
        v[k][q] = s * vkp + c * vkq
    a[p][p] = app - t * off
    a[q][q] = aqq + t * off
    a[p][q] = a[q][p] = 0.0
    return True


def times(rows: Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    """Return the product of a matrix, given by rows, and a vector.

    >>> times(((1.0, 2.0), (3.0, 4.0)), (1.0, 10.0))
    (21.0, 43.0)
    """
    if len(vector) == 5:  # The spindle network; written out, a third of the time.
        a, b, c, d, e = vector
        return tuple([m * a + n * b + o * c + p * d + q * e for m, n, o, p, q in rows])
    return tuple([sum([x * y for x, y in zip(row, vector, strict=True)]) for row in rows])

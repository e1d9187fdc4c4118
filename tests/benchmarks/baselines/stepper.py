"""This module holds the steppers that simtwin is measured against: physics of one machine.

Each takes the workload and a step (or a tolerance), and gives the node temperatures at the end
of each segment and the damage of the bearings, so that its error can be measured against
:func:`reference`. All but the sketch are as lean as a good engineer would write them: wear
bends are handled once per segment, bearing damage in closed form, and the inner loop holds
nothing but the five temperatures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks.baselines.workload import (
    COPPER_REFERENCE,
    FORCE,
    KNOTS,
    START,
    TOOLS,
    Row,
    Segment,
    ramps,
    rows,
)

Nodes = tuple[float, float, float, float, float]
"""Motor, front, rear, shaft, housing [degC]."""


class Outcome(NamedTuple):
    """What a stepper computed."""

    temperatures: list[Nodes]
    """At the end of each segment."""
    fatigue: tuple[float, float]
    """Damage of the front and rear bearing [-]."""


# -- kernels: five nodes over one ramp of heat; numba compiles them as they stand -----------


def euler_kernel(
    m: float, f: float, r: float, s: float, h: float, span: float, step: float,
    qm: float, am: float, qf: float, af: float, qr: float, ar: float,
    copper: float, coolant: float,
) -> Nodes:  # fmt: skip
    """Return the nodes after *span* in equal Euler steps of at most *step*."""
    n = math.ceil(span / step)
    dt = span / n
    mm = 1.0 - dt * (68.0 - copper) / 20000.0
    mh, ms = dt * 60.0 / 20000.0, dt * 8.0 / 20000.0
    ff, fh, fs = 1.0 - dt * 21.0 / 1500.0, dt * 12.0 / 1500.0, dt * 9.0 / 1500.0
    rr, rh, rs = 1.0 - dt * 17.0 / 1000.0, dt * 10.0 / 1000.0, dt * 7.0 / 1000.0
    ss, sm, sf, sr = 1.0 - dt * 27.0 / 10000.0, dt * 8e-4, dt * 9e-4, dt * 7e-4
    hh = 1.0 - dt * (94.0 + coolant) / 60000.0
    hm, hf, hr = dt * 60.0 / 60000.0, dt * 12.0 / 60000.0, dt * 10.0 / 60000.0
    cs, ch = dt * 66.0 / 10000.0, dt * 22.0 * (coolant + 12.0) / 60000.0
    pm, pf, pr = dt * qm / 20000.0, dt * qf / 1500.0, dt * qr / 1000.0
    dm, df, dr = dt * dt * am / 20000.0, dt * dt * af / 1500.0, dt * dt * ar / 1000.0
    for _ in range(n):
        m, f, r, s, h = (
            mm * m + mh * h + ms * s + pm,
            ff * f + fh * h + fs * s + pf,
            rr * r + rh * h + rs * s + pr,
            ss * s + sm * m + sf * f + sr * r + cs,
            hh * h + hm * m + hf * f + hr * r + ch,
        )
        pm += dm
        pf += df
        pr += dr
    return m, f, r, s, h


def rk4_kernel(
    m: float, f: float, r: float, s: float, h: float, span: float, step: float,
    qm: float, am: float, qf: float, af: float, qr: float, ar: float,
    copper: float, coolant: float,
) -> Nodes:  # fmt: skip
    """Return the nodes after *span* in equal Runge-Kutta steps (order 4) of at most *step*."""
    n = math.ceil(span / step)
    dt = span / n
    half, sixth = 0.5 * dt, dt / 6.0
    mm, mh, ms = (68.0 - copper) / 20000.0, 60.0 / 20000.0, 8.0 / 20000.0
    ff, fh, fs = 21.0 / 1500.0, 12.0 / 1500.0, 9.0 / 1500.0
    rr, rh, rs = 17.0 / 1000.0, 10.0 / 1000.0, 7.0 / 1000.0
    hh, hm = (94.0 + coolant) / 60000.0, 60.0 / 60000.0
    hf, hr = 12.0 / 60000.0, 10.0 / 60000.0
    cs, ch = 66.0 / 10000.0, 22.0 * (coolant + 12.0) / 60000.0
    pm, pf, pr = qm / 20000.0, qf / 1500.0, qr / 1000.0
    hdm, hdf, hdr = half * am / 20000.0, half * af / 1500.0, half * ar / 1000.0
    for _ in range(n):
        m1 = mh * h + ms * s - mm * m + pm
        f1 = fh * h + fs * s - ff * f + pf
        r1 = rh * h + rs * s - rr * r + pr
        s1 = 8e-4 * m + 9e-4 * f + 7e-4 * r - 27e-4 * s + cs
        h1 = hm * m + hf * f + hr * r - hh * h + ch
        pm += hdm
        pf += hdf
        pr += hdr
        x, y, z, u, v = (
            m + half * m1,
            f + half * f1,
            r + half * r1,
            s + half * s1,
            h + half * h1,
        )
        m2 = mh * v + ms * u - mm * x + pm
        f2 = fh * v + fs * u - ff * y + pf
        r2 = rh * v + rs * u - rr * z + pr
        s2 = 8e-4 * x + 9e-4 * y + 7e-4 * z - 27e-4 * u + cs
        h2 = hm * x + hf * y + hr * z - hh * v + ch
        x, y, z, u, v = (
            m + half * m2,
            f + half * f2,
            r + half * r2,
            s + half * s2,
            h + half * h2,
        )
        m3 = mh * v + ms * u - mm * x + pm
        f3 = fh * v + fs * u - ff * y + pf
        r3 = rh * v + rs * u - rr * z + pr
        s3 = 8e-4 * x + 9e-4 * y + 7e-4 * z - 27e-4 * u + cs
        h3 = hm * x + hf * y + hr * z - hh * v + ch
        pm += hdm
        pf += hdf
        pr += hdr
        x, y, z, u, v = m + dt * m3, f + dt * f3, r + dt * r3, s + dt * s3, h + dt * h3
        m += sixth * (m1 + 2.0 * (m2 + m3) + mh * v + ms * u - mm * x + pm)
        f += sixth * (f1 + 2.0 * (f2 + f3) + fh * v + fs * u - ff * y + pf)
        r += sixth * (r1 + 2.0 * (r2 + r3) + rh * v + rs * u - rr * z + pr)
        s += sixth * (s1 + 2.0 * (s2 + s3) + 8e-4 * x + 9e-4 * y + 7e-4 * z - 27e-4 * u + cs)
        h += sixth * (h1 + 2.0 * (h2 + h3) + hm * x + hf * y + hr * z - hh * v + ch)
    return m, f, r, s, h


# -- plain Python --------------------------------------------------------------------------


def euler(table: Sequence[Row], step: float) -> Outcome:
    """Return the outcome of *table* by Euler steps in plain floats."""
    return _march(table, step, euler_kernel)


def rk4(table: Sequence[Row], step: float) -> Outcome:
    """Return the outcome of *table* by Runge-Kutta steps in plain floats."""
    return _march(table, step, rk4_kernel)


def _march(table: Sequence[Row], step: float, kernel: Callable[..., Nodes]) -> Outcome:
    m, f, r, s, h = START
    front = rear = 0.0
    seen: list[Nodes] = []
    for span, qm, am, qf, af, qr, ar, copper, coolant, fat_f, fat_r, ends in ramps(table):
        m, f, r, s, h = kernel(
            m, f, r, s, h, span, step, qm, am, qf, af, qr, ar, copper, coolant
        )
        front += fat_f
        rear += fat_r
        if ends:
            seen.append((m, f, r, s, h))
    return Outcome(seen, (front, rear))


# -- compiled ------------------------------------------------------------------------------


def compiled(kernel: Callable[..., Nodes]) -> Callable[[Sequence[Row], float], Outcome]:
    """Return the stepper of *kernel*, compiled whole by numba; needs numba.

    Compiled at the first call, which a benchmark leaves out.
    """
    import numba

    jit = numba.njit
    inner, split = jit(kernel), jit(ramps)

    @jit
    def march(table: Any, step: float, seen: Any) -> tuple[float, float]:
        m, f, r, s, h = 22.0, 22.0, 22.0, 22.0, 22.0
        front = rear = 0.0
        i = 0
        for span, qm, am, qf, af, qr, ar, copper, coolant, fat_f, fat_r, ends in split(table):
            m, f, r, s, h = inner(
                m, f, r, s, h, span, step, qm, am, qf, af, qr, ar, copper, coolant
            )
            front += fat_f
            rear += fat_r
            if ends > 0.0:
                seen[i, 0], seen[i, 1], seen[i, 2], seen[i, 3], seen[i, 4] = m, f, r, s, h
                i += 1
        return front, rear

    def run(table: Any, step: float) -> Outcome:
        """Take an array of rows, or make one of them first."""
        table = np.asarray(table)
        seen = np.empty((len(table), 5))
        fatigue = march(table, step, seen)
        return Outcome(seen, fatigue)  # type: ignore[arg-type]

    return run


# -- error-controlled ----------------------------------------------------------------------


def _slopes(
    t: float, y: Any, qm: float, am: float, qf: float, af: float, qr: float, ar: float,
    copper: float, coolant: float,
) -> Nodes:  # fmt: skip
    m, f, r, s, h = y
    return (
        (qm + am * t + 60.0 * h + 8.0 * s - (68.0 - copper) * m) / 20000.0,
        (qf + af * t + 12.0 * h + 9.0 * s - 21.0 * f) / 1500.0,
        (qr + ar * t + 10.0 * h + 7.0 * s - 17.0 * r) / 1000.0,
        (8.0 * m + 9.0 * f + 7.0 * r - 27.0 * s + 66.0) / 10000.0,
        (
            60.0 * m + 12.0 * f + 10.0 * r - (94.0 + coolant) * h + 22.0 * (coolant + 12.0)
        ) / 60000.0,
    )  # fmt: skip


def lsoda(table: Sequence[Row], tolerance: float) -> Outcome:
    """Return the outcome of *table* by LSODA, restarted at each segment and wear bend.

    By ``odeint``, which has a fraction of the overhead of ``solve_ivp``; *tolerance* [K] is
    absolute, a hundredth of it relative.
    """
    from scipy.integrate import odeint

    def integrate(nodes: Any, span: float, heat: tuple[float, ...]) -> Any:
        return odeint(
            _slopes, nodes, (0.0, span), args=heat, tfirst=True,
            rtol=max(tolerance / 100, 1e-12), atol=tolerance,
        )[-1]  # fmt: skip

    return _drive(table, integrate)


def reference(table: Sequence[Row], start: Nodes = START) -> Outcome:
    """Return the outcome of *table* from *start* by DOP853 at rtol 1e-13, atol 1e-12."""
    from scipy.integrate import solve_ivp

    def integrate(nodes: Any, span: float, heat: tuple[float, ...]) -> Any:
        found = solve_ivp(
            _slopes, (0.0, span), nodes, "DOP853", args=heat, rtol=1e-13, atol=1e-12
        )
        return found.y[:, -1]

    return _drive(table, integrate, start)


def _drive(
    table: Sequence[Row], integrate: Callable[..., Any], start: Nodes = START
) -> Outcome:
    nodes: Any = start
    front = rear = 0.0
    seen: list[Nodes] = []
    for ramp in ramps(table):
        nodes = integrate(nodes, ramp[0], ramp[1:9])
        front += ramp[9]
        rear += ramp[10]
        if ramp[11]:
            m, f, r, s, h = map(float, nodes)
            seen.append((m, f, r, s, h))
    return Outcome(seen, (front, rear))


# -- the sketch ----------------------------------------------------------------------------


class Sketch:
    """One machine as the first sketch has it: every state moves by a step of its own clock.

    Written as it would be at first: arrays of five, wear looked up at each step, all totals
    kept at each step. A footnote of the benchmarks, not the baseline.
    """

    def __init__(self, step: float = 0.1) -> None:
        self.step = step
        self.temperatures = np.array(START)
        self.damage = np.zeros(TOOLS)
        self.fatigue = np.zeros(2)
        self.capacity = np.array([20000.0, 1500.0, 1000.0, 10000.0, 60000.0])

    def update(self, segment: Segment, dt: float) -> None:
        """Move all states by *dt* [s]."""
        force = 1.0
        if segment.tool >= 0:
            force = float(np.interp(self.damage[segment.tool], KNOTS, FORCE))
            self.damage[segment.tool] += dt / segment.life
        base, by_force, copper = segment.motor
        warmer = segment.slope * (self.temperatures[0] - COPPER_REFERENCE)
        heat = np.array(
            [
                base + by_force * force + copper * force**2 + warmer,
                segment.front[0] + segment.front[1] * force,
                segment.rear[0] + segment.rear[1] * force,
                66.0,
                22.0 * (segment.coolant + 12.0),
            ]
        )
        loss = np.array(
            [
                [68.0, 0.0, 0.0, -8.0, -60.0],
                [0.0, 21.0, 0.0, -9.0, -12.0],
                [0.0, 0.0, 17.0, -7.0, -10.0],
                [-8.0, -9.0, -7.0, 27.0, 0.0],
                [-60.0, -12.0, -10.0, 0.0, 94.0 + segment.coolant],
            ]
        )
        rates = np.array(segment.fatigue) * (1 + np.array(segment.growth) * (force - 1)) ** 3
        self.temperatures = (
            self.temperatures + dt * (heat - loss @ self.temperatures) / self.capacity
        )
        self.fatigue = self.fatigue + dt * rates

    def run(self, segments: Sequence[Segment]) -> Outcome:
        """Return the outcome of *segments*, each in steps of at most the sketch's own."""
        seen: list[Nodes] = []
        for segment in segments:
            if segment.renewed >= 0:
                self.damage[segment.renewed] = 0.0
            n = math.ceil(segment.duration / self.step)
            for _ in range(n):
                self.update(segment, segment.duration / n)
            m, f, r, s, h = map(float, self.temperatures)
            seen.append((m, f, r, s, h))
        return Outcome(seen, (float(self.fatigue[0]), float(self.fatigue[1])))


def sketch(segments: Sequence[Segment], step: float = 0.1) -> Outcome:
    """Return the outcome of *segments* by the loop of the first sketch."""
    return Sketch(step).run(segments)


def error(found: Outcome, true: Outcome) -> float:
    """Return the largest difference of any node at the end of any segment [K]."""
    return float(np.abs(np.asarray(found.temperatures) - np.asarray(true.temperatures)).max())


__all__ = [
    "Outcome", "Sketch", "compiled", "error", "euler", "euler_kernel", "lsoda", "reference",
    "rk4", "rk4_kernel", "rows", "sketch",
]  # fmt: skip

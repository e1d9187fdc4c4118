"""This module holds how files write lives: a law, or the way of a level up to its limit.

``life: {gamma_process: {growth_per_h: 1, scale: 2, limit: 50}}`` and ``life: {wiener_process:
{drift_per_h: 0.1, sigma_per_sqrt_h: 0.5, limit: 10}}`` become a first passage of
:mod:`simtwin.physics.degradation` in seconds or in cycles. The level has any unit, the same in
all keys; growth, drift and sigma say per what part of the clock.
"""

from __future__ import annotations

from typing import Any, ClassVar

from simtwin.physics import degradation
from simtwin.plant.fields import PositiveRatio
from simtwin.plant.law_schema import LawFile, Parameters


class _Limit(Parameters):
    limit: PositiveRatio
    """Level at which it fails; a new part is at 0 [unit of the level]."""


class _Growth(_Limit):
    growth_per_s: PositiveRatio | None = None
    """Mean growth [unit of the level per s]."""
    growth_per_min: PositiveRatio | None = None
    """Mean growth [unit of the level per min]."""
    growth_per_h: PositiveRatio | None = None
    """Mean growth [unit of the level per h]."""
    growth_per_cycle: PositiveRatio | None = None
    """Mean growth [unit of the level per cycle]."""


class _Drift(_Limit):
    drift_per_s: PositiveRatio | None = None
    """Mean growth [unit of the level per s]."""
    drift_per_min: PositiveRatio | None = None
    """Mean growth [unit of the level per min]."""
    drift_per_h: PositiveRatio | None = None
    """Mean growth [unit of the level per h]."""
    drift_per_cycle: PositiveRatio | None = None
    """Mean growth [unit of the level per cycle]."""


class _Sigma(_Limit):
    sigma_per_sqrt_s: PositiveRatio | None = None
    """Standard deviation of the growth [unit of the level per root s]."""
    sigma_per_sqrt_min: PositiveRatio | None = None
    """Standard deviation of the growth [unit of the level per root min]."""
    sigma_per_sqrt_h: PositiveRatio | None = None
    """Standard deviation of the growth [unit of the level per root h]."""
    sigma_per_sqrt_cycle: PositiveRatio | None = None
    """Standard deviation of the growth [unit of the level per root cycle]."""


class GammaProcess(_Growth):
    """Wear that only grows, in jumps, until it passes a limit. The level has any unit."""

    scale: PositiveRatio
    """Variance of the growth over its mean, the size of its jumps [unit of the level]."""
    made: ClassVar[Any] = degradation.GammaProcess.growing
    order: ClassVar[tuple[str, ...]] = ("growth_per", "scale", "limit")


class WienerProcess(_Drift, _Sigma):
    """A signal that drifts and trembles until it touches a limit; not for wear."""

    made: ClassVar[Any] = degradation.WienerProcess
    order: ClassVar[tuple[str, ...]] = ("drift_per", "sigma_per_sqrt", "limit")


class LifeFile(LawFile):
    """A probability law of a life, named by its only key."""

    gamma_process: GammaProcess | None = None
    """Wear that grows at random up to a limit: growth, scale, limit."""
    wiener_process: WienerProcess | None = None
    """A signal that drifts and trembles up to a limit: drift, sigma, limit."""

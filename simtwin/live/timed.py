"""This module holds readings at their event time, in the order in which they are folded."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from simtwin.live.clock import Placed
from simtwin.live.envelope import Envelope, Quality
from simtwin.names import NaturalKey

MAX_AHEAD = 5.0
"""A source's clock this far ahead [s] of the receipt is not believed."""


class Timed(NamedTuple):
    """One stored reading at its event time; sorts in the order of the fold."""

    t_event: float
    device: NaturalKey
    epoch: str
    seq: int
    message: str
    signal: str
    envelope: Envelope


def from_epoch(envelope: Envelope, device: NaturalKey) -> Timed:
    """Return a reading whose source knows UTC; a time ahead of the receipt is held there."""
    when = held(envelope.t_source, envelope.t_received)
    told = envelope if when == envelope.t_source else _doubted(envelope)
    return _timed(when, device, envelope.epoch, told)


def held(t_source: float, t_received: float) -> float:
    """Return the event time [s, UTC] of what was told at *t_source*, not far ahead of receipt.

    >>> held(100.0, 99.0), held(200.0, 99.0)
    (100.0, 99.0)
    """
    return t_received if t_source > t_received + MAX_AHEAD else t_source


def from_boot(envelope: Envelope, device: NaturalKey, placed: Placed) -> Timed:
    """Return a reading whose source counts from its boot, as it is *placed* by that."""
    epoch = envelope.epoch or placed.epoch
    return _timed(placed.utc, device, epoch, envelope if placed.sound else _doubted(envelope))


def _timed(when: float, device: NaturalKey, epoch: str, envelope: Envelope) -> Timed:
    _, _, seq, message, signal = envelope.key
    return Timed(when, device, epoch, seq, message, signal, envelope)


def _doubted(envelope: Envelope) -> Envelope:
    quality = doubted(envelope.quality)
    return envelope if quality is envelope.quality else replace(envelope, quality=quality)


def doubted(quality: Quality) -> Quality:
    """Return how far a reading of *quality* is trusted at a time that is doubted.

    >>> doubted(Quality.GOOD).name, doubted(Quality.BAD).name
    ('SUSPECT', 'BAD')
    """
    return Quality.SUSPECT if quality is Quality.GOOD else quality

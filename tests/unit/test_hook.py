"""Functions of somebody's own: refused where they are made if they could not be called."""

from __future__ import annotations

import pytest

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.plant.policy import PolicySpec
from simtwin.plant.rules import Rule


def soon(piece, now):
    """Return nothing of use."""


def every(seen):
    """Return nothing of use."""


def test_a_rule_takes_the_piece_alone():
    """Two arguments would end in a bare TypeError amid a run."""
    said = r"rule mine: urgency must take one argument, .* \(got soon\(piece, now\)\)"
    with pytest.raises(OutOfRange, match=said):
        Rule("mine", soon)
    assert Rule("mine", lambda piece, weight=2.0: weight).name == "mine"


def test_a_policy_takes_three_arguments():
    """Seen, changes of shifts, who is free."""
    said = r"policy mine: decide must take three arguments, .* \(got every\(seen\)\)"
    with pytest.raises(InvalidInput, match=said):
        PolicySpec("mine", every=3600.0, decide=every)
    assert PolicySpec("mine", every=3600.0, decide=lambda *seen: []).name == "mine"

"""This module holds the check of what is asked: nothing of a wrong kind or without use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simtwin.errors import InvalidInput
from simtwin.whole import whole


def check_asked(
    *,
    objective: object,
    vary: object,
    mappings: Mapping[str, object],
    counts: Mapping[str, tuple[object, int]],
    metric: str | None,
    planned: bool,
) -> None:
    """Refuse arguments of a wrong kind, and those that nothing would come of.

    *mappings* by name, where None is none; *counts* by name with the least that each may be.
    *planned*: whether a scenario is given, of which *metric* is a figure.
    """
    words = [objective] if isinstance(objective, str) else objective
    if not _are_words(words):
        raise InvalidInput(f"objective: must be one goal, or two by name (got {objective!r})")
    if isinstance(vary, str) or not _are_words(vary):
        raise InvalidInput(f"vary: must be a list of quantities (got {vary!r})")
    for name, given in mappings.items():
        if given is not None:
            _check_mapping(name, given)
    for name, (value, least) in counts.items():
        whole(name, value, least)
    if metric is not None and not planned:
        raise InvalidInput(
            f"metric {metric!r} is a figure of a whole plan: give its scenario, too"
        )


def _check_mapping(name: str, given: object) -> None:
    if not isinstance(given, Mapping):
        raise InvalidInput(f"{name}: must be names with numbers, a mapping (got {given!r})")
    for key in given:
        if not isinstance(key, str):
            raise InvalidInput(f"{name}: a name must be a text (got {key!r})")


def _are_words(given: object) -> bool:
    return isinstance(given, Sequence) and all(isinstance(one, str) for one in given)

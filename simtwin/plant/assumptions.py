"""This module holds the assumptions: what was taken because a file did not say."""

from __future__ import annotations


class Assumptions:
    """What was taken for granted, each with the things that it is about."""

    __slots__ = ("_subjects",)

    def __init__(self) -> None:
        self._subjects: dict[str, list[str]] = {}

    def note(self, text: str, subject: str) -> None:
        """Note that *text* was assumed of *subject*.

        >>> assumptions = Assumptions()
        >>> assumptions.note("medium load", "shaft/op10")
        >>> assumptions.note("medium load", "shaft/op20")
        >>> assumptions.said()
        ('shaft/op10, shaft/op20: medium load',)
        """
        subjects = self._subjects.setdefault(text, [])
        if subject not in subjects:
            subjects.append(subject)

    def said(self) -> tuple[str, ...]:
        """Return one line for each assumption, in the order of the file."""
        return tuple(f"{', '.join(names)}: {text}" for text, names in self._subjects.items())

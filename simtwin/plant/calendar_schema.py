"""This module holds the calendar in a plant file: its keys, hover texts, and its reading."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field

from simtwin.errors import InvalidInput
from simtwin.plant.calendar import DAY, CalendarSpec, Stretch, read_span
from simtwin.plant.fields import FileModel, Name
from simtwin.plant.wording import unknown
from simtwin.units import clock

if TYPE_CHECKING:
    from simtwin.plant.document import Document, Path
    from simtwin.plant.plant_schema import PlantFile

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ALWAYS = "always"
"""The calendar of whoever works day and night; no calendar can be called so."""


class CalendarFile(FileModel):
    """When machines or crews work."""

    id: Name
    """What it is called."""
    week: dict[str, tuple[str, ...]]
    """Day or days, as mon or mon-fri: shifts that begin on them, as "22:00-06:00"."""
    breaks: tuple[str, ...] = ()
    """Times of day at which nobody works, as "09:00-09:15"; on every day."""
    closed: tuple[str, ...] = ()
    """Dates on which no shift begins, as 2026-12-25."""
    other: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Date: shifts that begin on it instead of those of its weekday, as overtime."""


def read_calendars(file: PlantFile, document: Document) -> dict[str, CalendarSpec]:
    """Return the calendars of *file* by name; problems are left in *document*."""
    found: dict[str, CalendarSpec] = {}
    for index, item in enumerate(file.calendars):
        path = ("calendars", index)
        if item.id in found or item.id == ALWAYS:
            why = "is always there" if item.id == ALWAYS else "stands twice"
            document.complain((*path, "id"), f"the calendar {item.id!r} {why}")
        found[item.id] = CalendarSpec(
            item.id,
            _week(item, (*path, "week"), document),
            _breaks(item.breaks, (*path, "breaks"), document),
            _days(item, path, document),
        )
    return found


def calendar_named(
    name: str | None, calendars: dict[str, CalendarSpec], path: Path, document: Document
) -> str | None:
    """Return the calendar that is meant by *name*; None: day and night."""
    if name is None or name == ALWAYS:
        return None
    if name not in calendars:
        document.complain(path, unknown("calendar", name, [*calendars, ALWAYS]))
        return None
    return name


def _week(
    item: CalendarFile, path: Path, document: Document
) -> tuple[tuple[Stretch, ...], ...]:
    week: list[tuple[Stretch, ...]] = [()] * len(WEEKDAYS)
    for days, shifts in item.week.items():
        spans = _spans(shifts, (*path, days), document)
        for day in _weekdays(days, (*path, days), document):
            if week[day]:
                document.complain((*path, days), f"{WEEKDAYS[day]} stands twice", key=True)
            week[day] = spans
    return tuple(week)


def _weekdays(text: str, path: Path, document: Document) -> range:
    first, _, last = text.strip().lower().partition("-")
    names = [first.strip(), (last or first).strip()]
    if any(name not in WEEKDAYS for name in names):
        message = f"must be a day or days, as mon or mon-fri (got {text!r})"
        document.complain(path, message, key=True)
        return range(0)
    begin, end = (WEEKDAYS.index(name) for name in names)
    if end < begin:
        document.complain(path, f"must go forward in the week (got {text!r})", key=True)
    return range(begin, end + 1)


def _days(
    item: CalendarFile, path: Path, document: Document
) -> tuple[tuple[str, tuple[Stretch, ...]], ...]:
    days: dict[str, tuple[Stretch, ...]] = {}
    for index, text in enumerate(item.closed):
        days[_date(text, (*path, "closed", index), document)] = ()
    for text, shifts in item.other.items():
        here = (*path, "other", text)
        day = _date(text, here, document, key=True)
        if day in days:
            document.complain(here, f"{day} is closed", key=True)
        days[day] = _spans(shifts, here, document)
    return tuple(days.items())


def _date(text: str, path: Path, document: Document, *, key: bool = False) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        document.complain(path, f"must be a date as 2026-12-25 (got {text!r})", key=key)
        return text


def _breaks(texts: tuple[str, ...], path: Path, document: Document) -> tuple[Stretch, ...]:
    """Return the stretches of breaks; one of half a day over midnight is a slip of the pen."""
    found = _spans(texts, path, document)
    if len(found) < len(texts):
        return found
    for index, (text, (begin, end)) in enumerate(zip(texts, found, strict=True)):
        if end > DAY and end - begin > DAY / 2.0:
            first, last = (part.strip() for part in text.split("-"))
            document.complain(
                (*path, index),
                f"would go on over midnight for {clock(end - begin)} (got {text!r}); "
                f'did you mean "{last}-{first}"?',
            )
    return found


def _spans(texts: tuple[str, ...], path: Path, document: Document) -> tuple[Stretch, ...]:
    """Return the stretches of *texts* [s after midnight], over midnight where they say so."""
    found = []
    for index, text in enumerate(texts):
        try:
            found.append(read_span(text))
        except InvalidInput as error:
            document.complain((*path, index), str(error))
    return tuple(found)

"""This module holds the page: the shop in 3D as one HTML file that needs no network."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.result.result import Result
    from simtwin.viewer.paths import Paths

MOST = 2_000_000
"""Bytes of data that a notebook gets; it is saved with all of them, for each viewer."""

SMALL, TALL = 200, 5000
"""Heights of a frame in a notebook [px]."""


@dataclass(frozen=True, repr=False)
class View:
    """The shop in 3D of one run, or of two: shown in a notebook, or saved as a file."""

    data: dict[str, Any]
    """What is shown, as ``static/viewer.schema.json`` describes it."""
    height: int = 640
    """In a notebook [px]."""

    @property
    def html(self) -> str:
        """The page as text; the same runs give the same bytes."""
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup

        page = Environment(
            autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
        ).from_string(_static("view.html.j2"))
        return page.render(
            title=self.data["title"],
            data=Markup(self._json()),
            bundle=Markup(bundle()),
        )

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the page to *path* and return it; an existing file is kept unless *force*."""
        target = Path(path)
        check_page(target, force=force)
        page, draft = self.html, target.with_name(f".{target.name}.draft")
        try:
            draft.write_text(page, encoding="utf-8")
            draft.replace(target)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise InvalidInput(f"{target}: cannot be written: {error.strerror}") from error
        return target

    def _json(self) -> str:
        """Return the data so that nothing in it can end the script that holds it."""
        text = json.dumps(self.data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")

    def _repr_html_(self) -> str:
        """Return a frame for a notebook; of a large run, how to see it instead."""
        size = len(self._json())
        if size > MOST:
            return (
                f"<p>This view has {size / 1e6:.1f} MB of data, and a notebook would keep them "
                f'all. <code>.save("shop.html")</code> writes it as a file; '
                "<code>run.view(begin=…, end=…)</code> shows a part of the run here.</p>"
            )
        page = escape(self.html, quote=True)
        title = escape(f"The shop in 3D: {self.data['title']}", quote=True)
        return (
            f'<iframe srcdoc="{page}" title="{title}" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{self.height}px;border:1px solid #dde3e9"></iframe>'
        )

    def __repr__(self) -> str:
        return f'View({self.data["title"]!r}): .save("shop.html") writes it'


def check_page(target: Path, *, force: bool) -> None:
    """Refuse, before anything is run for it, a page that cannot be written to *target*."""
    try:
        if target.is_dir():
            raise InvalidInput(f"{target}: is a folder; name the file to write")
        if target.exists() and not force:
            raise InvalidInput(f"{target}: exists already; --force (force=True) overwrites it")
        if not target.parent.is_dir():
            raise InvalidInput(f"{target}: there is no folder {target.parent}")
    except OSError as error:
        raise InvalidInput(f"{str(target)[:80]}: is no file name: {error.strerror}") from error


def view(
    runs: Sequence[Result],
    *,
    names: Sequence[str] | None = None,
    begin: float | str | None = None,
    end: float | str | None = None,
    paths: Paths | Sequence[Paths | None] | None = None,
    height: int = 640,
) -> View:
    """Return the shop in 3D of one run, or of two on one clock.

    *names* are what they are called, else their scenarios. From *begin* to *end* ([s], or clock
    times such as "10:30"); left out: all that was run. *paths* are where axes were, if somebody
    knows it: of the first run, or a list with those of each.
    """
    from simtwin.report.verdict import verdict
    from simtwin.result.frames import began
    from simtwin.viewer.data import Shown, view_data
    from simtwin.viewer.paths import paths_of_runs

    if not 1 <= len(runs) <= 2:
        raise InvalidInput(f"the viewer shows one run, or two side by side (got {len(runs)})")
    called = list(names) if names is not None else _called(runs)
    if len(called) != len(runs):
        raise InvalidInput(f"{len(runs)} runs need as many names (got {len(called)})")
    longest = max(runs, key=lambda run: run.end)
    window = (
        min(map(began, runs)) if begin is None else longest.seconds(begin),
        longest.end if end is None else longest.seconds(end),
    )
    if window[0] > window[1]:
        raise InvalidInput(
            f"begin must not lie behind end (got {window[0]:g} and {window[1]:g} s)"
        )
    known = paths_of_runs(paths, len(runs))
    shown = [
        Shown(run, name, verdict(run).sentence, axes)
        for run, name, axes in zip(runs, called, known, strict=True)
    ]
    return View(view_data(shown, window), _height(height))


def _height(given: object) -> int:
    """Return the height of a frame [px]; raise InvalidInput where it is none."""
    if not isinstance(given, int) or not SMALL <= given <= TALL:
        raise InvalidInput(f"height: must be {SMALL} to {TALL} pixels (got {given!r:.80})")
    return given


def _called(runs: Sequence[Result]) -> list[str]:
    """Return the scenarios' names; where they are alike, with plant or replication."""
    names = [run.scenario.name for run in runs]
    if len(set(names)) == len(names):
        return names
    return [f"{run.scenario.name}, seed {run.seed}, run {run.replication}" for run in runs]


def bundle() -> str:
    """Return the script of the viewer, so that no tag in it ends the script that holds it."""
    return _static("viewer.js").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _static(name: str) -> str:
    return files("simtwin.viewer").joinpath("static", name).read_text("utf-8")

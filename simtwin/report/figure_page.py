"""This module holds the page of a single figure: one HTML file that needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.report.drawing import escape
from simtwin.report.page import inlined, static

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def figure_page(figure: Figure, title: str) -> str:
    """Return *figure* as the text of one offline HTML file; the same figure, the same bytes."""
    drawn = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id="plot",
        config={"displaylogo": False, "responsive": True},
        default_width="100%",
        default_height=f"{figure.layout.height}px",
    )
    script = inlined(static("plotly-cartesian.min.js"))
    said = figure.layout.meta
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{static('page.css')}</style></head>\n<body>"
        f"<script>{script}</script>\n{drawn}\n<p>{escape(said['reading'])}</p>"
        f"<p>{escape(said['drawn'])}</p></body></html>\n"
    )

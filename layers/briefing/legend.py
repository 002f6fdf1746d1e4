"""The legend: what is on the map, in two columns with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.briefing import chart, ways
from layers.briefing.ground import View
from layers.briefing.sheet import ALARM, QUIET, Box, Sheet
from layers.briefing.tally import (
    KIND_NAMES,
    LINE_KINDS,
    ROUTES,
    Drawn,
    Entry,
    absent,
    entries,
    in_legend_order,
)
from layers.briefing.text import width_mm, wrap
from layers.style import CORRIDOR, INK, SIMULATED

GAP_MM = 4.0
COLUMN_MM = 38.5
"""Width of one of the two columns."""

_Row = tuple[str, Any]
"""What a line of the legend is, and its content."""
_ROW_MM = {"title": 4.2, "alarm": 4.2, "entry": 3.5, "way": 3.7, "note": 3.0}
_PT = 6.5
TITLES = {"roads": "Main links, schematic", "routes": "Routes"}
"""Shorter names of kinds."""


def height_mm(rows: list[_Row]) -> float:
    """Height of a column."""
    return sum(_ROW_MM[what] for what, _ in rows)


def columns(
    drawn: Mapping[str, Drawn], view: View, *, ringed: bool
) -> tuple[list[_Row], list[_Row]]:
    """The legend's lines in two columns of about the same height; a kind is not torn apart."""
    groups: list[list[_Row]] = []
    for part in in_legend_order(drawn):
        name = TITLES.get(part.kind, KIND_NAMES[part.kind])
        listed = entries(part)
        real: list[_Row] = [("entry", entry) for entry in listed if not entry.simulated]
        invented: list[_Row] = [("entry", entry) for entry in listed if entry.simulated]
        notes: list[_Row] = [("note", line) for line in wrap(absent(part), COLUMN_MM, _PT)]
        if part.kind == "routes":
            (real or invented).extend(_way_rows(drawn, view, ringed=ringed))
        if real or notes:
            groups.append([("title", name), *real, *notes])
        if invented:
            groups.append([("alarm", f"{name}, {SIMULATED}"), *invented])
    groups.append([("title", "Ground"), *_ground_rows(drawn, view)])
    total = sum(map(height_mm, groups))
    # Two columns of whole groups: try each subset in order of size; there are few groups.
    best = min(
        range(1 << len(groups)),
        key=lambda chosen: (
            abs(total - 2 * sum(height_mm(g) for i, g in enumerate(groups) if chosen >> i & 1)),
            -chosen,
        ),
    )
    if groups and not best & 1:
        best = (1 << len(groups)) - 1 - best
    left = [row for i, group in enumerate(groups) if best >> i & 1 for row in group]
    right = [row for i, group in enumerate(groups) if not best >> i & 1 for row in group]
    return left, right


def _way_rows(drawn: Mapping[str, Drawn], view: View, *, ringed: bool) -> list[_Row]:
    """What the legend explains of routes; their start, unless it is `ringed` as the page's site."""
    routes = drawn["routes"]
    if not routes.visible.any():
        return []
    start = not ringed and ways.start_xy(routes, view) is not None
    return [("way", what) for what in ("rank", *(["start"] if start else []), "exit", *_SCALES)]


_SCALES = ("width", "band")


def _ground_rows(drawn: Mapping[str, Drawn], view: View) -> list[_Row]:
    """What else is drawn: borders, circles of precision, cells."""
    rows: list[_Row] = [("entry", "border")]
    if chart.circle_paths(drawn, view):
        rows.append(("entry", "circle"))
    if chart.cell_shapes(drawn, view):
        rows.append(("entry", "cell"))
    marked = (part for kind, part in drawn.items() if kind not in LINE_KINDS)
    if any((part.simulated & part.visible).any() for part in marked):
        rows.append(("entry", "simulated"))
    return rows


def draw(sheet: Sheet, columns: tuple[list[_Row], list[_Row]], *, left: float, top: float) -> None:
    """Two columns of symbols with counts under their heading."""
    sheet.heading(left, top + 2.6, "On the map", length=2 * COLUMN_MM + GAP_MM)
    for number, rows in enumerate(columns):
        x = left + number * (COLUMN_MM + GAP_MM)
        y = top + 5.0
        for what, content in rows:
            y += _ROW_MM[what]
            if what in {"title", "alarm"}:
                sheet.text(x, y - 1.0, content, size=_PT, weight="bold",
                           limit=COLUMN_MM,
                           colour=ALARM if what == "alarm" else INK)  # fmt: skip
            elif what == "note":
                sheet.text(x, y - 0.8, content, size=_PT, colour=QUIET,
                           limit=COLUMN_MM)  # fmt: skip
            elif isinstance(content, Entry):
                _entry(sheet, x, y, content)
            elif what == "way":
                _way_entry(sheet, x, y, content)
            else:
                _ground_entry(sheet, x, y, content)


def _entry(sheet: Sheet, x: float, y: float, entry: Entry) -> None:
    """A symbol or line, what it stands for, and how many."""
    if entry.key.startswith(("road", "rail")):
        sheet.stroke(x, y - 1.6, entry.key, length=5)
    elif entry.key in ROUTES:
        _way_stroke(sheet, x, y - 1.6, 0.15, length=5, dashed=entry.key != "route")
    else:
        radius = 0.95 if entry.simulated else 1.2
        sheet.symbol(x + 2.5, y - 1.7, entry.key, radius=radius, simulated=entry.simulated)
    count = f"{entry.count:,}"
    room = COLUMN_MM - 7.5 - width_mm(count, _PT)
    colour = ALARM if entry.simulated else INK
    sheet.text(x + 6.3, y - 0.9, entry.label, size=_PT, limit=room, colour=colour)
    sheet.text(x + COLUMN_MM, y - 0.9, count, size=_PT, align="right", colour=colour)


def _way_stroke(
    sheet: Sheet,
    x: float,
    y: float,
    share: float,
    *,
    length: float,
    fill: str = CORRIDOR,
    dashed: bool = False,
) -> None:
    """A piece of a route's line as the map draws it."""
    wide = ways.width_pt(share)
    pieces = [(0.0, 0.42 * length), (0.58 * length, length)] if dashed else [(0.0, length)]
    for start, end in pieces:
        for width, colour in ((wide + ways.EDGE_PT, CORRIDOR), (wide, fill)):
            sheet.line((x + start, x + end), (y, y), colour=colour, width=width,
                       solid_capstyle="butt")  # fmt: skip


def _way_entry(sheet: Sheet, x: float, y: float, what: str) -> None:
    """A line of the legend that explains routes: rank, start, exit, width or band."""
    middle = y - 1.8
    if what == "rank":
        sheet.circle(x + 2.5, middle, 1.5, colour=CORRIDOR, dashed=False)
        sheet.text(x + 2.5, middle + 0.8, "1", size=6.5, weight="bold", align="center", zorder=4)
        label, indent = "Rank, likeliest first", 6.3
    elif what == "start":
        sheet.disc(x + 2.5, middle, 1.4, fill="white", edge=INK)
        sheet.disc(x + 2.5, middle, 0.75, fill=CORRIDOR, edge=INK)
        label, indent = "Start", 6.3
    elif what == "exit":
        sheet.circle(x + 2.5, middle, 1.5, colour=CORRIDOR, dashed=False)
        label, indent = "Exit at the end of a route", 6.3
    elif what == "width":
        for number, share in enumerate(ways.WIDTHS_SHOWN):
            _way_stroke(sheet, x + 4.4 * number, middle, share, length=3.6)
        label = ", ".join(f"{100 * share:.0f}" for share in ways.WIDTHS_SHOWN) + " % of routes"
        indent = 13.8
    else:
        for number, (_, colour) in enumerate(ways.BANDS):
            _way_stroke(sheet, x + 4.4 * number, middle, 0.2, length=3.6, fill=colour)
        limits = [f"{100 * min(most, 1.0):.0f}" for most, _ in ways.BANDS]
        label, indent = f"band {', '.join(limits)} %", 13.8
    sheet.text(x + indent, y - 0.9, label, size=_PT, limit=COLUMN_MM - indent)


def _ground_entry(sheet: Sheet, x: float, y: float, what: str) -> None:
    """A line of the legend that counts nothing."""
    middle = y - 1.7
    label = {
        "border": "Border, de facto",
        "circle": "Place known to 10, 100 km",
        "cell": "Cell that holds the place",
        "simulated": "SIMULATED, dashed ring",
    }[what]
    if what == "border":
        sheet.line((x, x + 5), (middle, middle), colour=chart.BORDER, width=0.8)
    elif what == "circle":
        sheet.circle(x + 2.5, middle, 1.3, colour=QUIET)
    elif what == "cell":
        cell = Box(left=x + 1.3, top=middle - 1.2, width=2.4, height=2.4)
        sheet.rectangle(cell, fill="#cdebe1", edge=chart.CELL, width=0.7)
    else:
        sheet.circle(x + 2.5, middle, 1.3, colour=ALARM)
    sheet.text(x + 6.3, y - 0.9, label, size=_PT, limit=COLUMN_MM - 6.3)

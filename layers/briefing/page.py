"""The page itself: what stands where, and the files that it becomes."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Mapping
from threading import Lock
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle

from geo.errors import InvalidSetting
from geo.model import Audience
from geo.snapshot import Snapshot
from layers.briefing import chart, legend
from layers.briefing.ground import View, land, projection_name, view_of
from layers.briefing.lettering import country_names
from layers.briefing.sheet import ALARM, HEIGHT_MM, QUIET, RULE, WIDTH_MM, Box, Column, Sheet
from layers.briefing.tally import (
    KIND_NAMES,
    Drawn,
    count_lines,
    drawn_of,
)
from layers.briefing.text import MM_PER_POINT, clean, cut, fit, line_mm, width_mm
from layers.style import INK, SIMULATED, TLP_COLOURS, TLP_RULES

PRINT_DPI = 300
BAR_MM = 8.0
"""Height of the black bars that carry the marking."""
MARGIN_MM = 12.0
MAP = Box(left=17, top=30, width=180, height=121.5)
PANEL = Box(left=204, top=30, width=81, height=125)
BAND = Box(left=MARGIN_MM, top=158.3, width=273, height=41.5)
LOCATOR = Box(left=PANEL.left, top=128.8, width=44, height=26.2)

AUDIENCES = {
    Audience.PUBLIC: "the public",
    Audience.PARTNER: "partners",
    Audience.INTERNAL: "internal use",
}
"""The audience in words."""

FORMATS = ("pdf", "png", "svg")

_SETTINGS = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "text.usetex": False,
    "axes.unicode_minus": False,
    "path.simplify": True,
    "path.sketch": None,
    "path.effects": [],
    "agg.path.chunksize": 0,
}
_DRAWING = Lock()
"""matplotlib's settings belong to the whole process: one page is drawn at a time."""


def page(snapshot: Snapshot) -> Figure:
    """The printed page as a figure, A4 landscape; any thread may ask for one.

    Raises
    ------
    InvalidSetting
        If the map's half width is no length that a page can show, or its centre is not on Earth.
    """
    sheet = Sheet()
    view = view_of(snapshot.centre_lonlat, snapshot.half_width_m, MAP)
    drawn = {
        kind: drawn_of(kind, snapshot.frames[kind], view)
        for kind in KIND_NAMES
        if kind in snapshot.frames
    }
    chart.draw(sheet, snapshot, view, drawn)
    _bars(sheet, snapshot)
    _header(sheet, snapshot)
    _panel(sheet, snapshot, drawn, view)
    _locator(sheet, snapshot, view)
    _band(sheet, snapshot)
    return sheet.figure


def save(snapshot: Snapshot, file_format: str) -> bytes:
    """The page as a file of the format ``pdf``, ``png`` (300 dpi) or ``svg``.

    The same snapshot gives the same bytes.

    Raises
    ------
    InvalidSetting
        If the format is none of these, or as `page`.
    """
    if file_format not in FORMATS:
        raise InvalidSetting(
            f"a page of the format {file_format!r}", expected=f"one of {', '.join(FORMATS)}"
        )
    return _written(snapshot, file_format, dpi=PRINT_DPI)


def preview_png(snapshot: Snapshot, *, dpi: int = 110) -> bytes:
    """The page as a PNG for the screen."""
    return _written(snapshot, "png", dpi=dpi)


def file_name(snapshot: Snapshot, file_format: str) -> str:
    """A name of plain letters, digits, dots and dashes with the title, the marking and the id."""
    marking = snapshot.marking.value.replace(":", "-").replace("+", "-")
    simulated = f"_{SIMULATED}" if snapshot.simulated else ""
    extension = _plain(file_format.lower())[:4] or "pdf"
    title = _plain(snapshot.title)[:40].strip("-") or "page"
    return f"{title}_{marking}{simulated}_{snapshot.page_id}.{extension}"


def _plain(text: str) -> str:
    """`text` in ASCII letters and digits, anything else as single dashes."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")


def _written(snapshot: Snapshot, file_format: str, *, dpi: int) -> bytes:
    """The bytes of a file."""
    settings: Any = {**_SETTINGS, "svg.hashsalt": snapshot.page_id}
    buffer = io.BytesIO()
    with _DRAWING, mpl.rc_context(settings):
        figure = page(snapshot)
        FigureCanvasAgg(figure)
        figure.savefig(
            buffer, format=file_format, dpi=dpi, metadata=_metadata(snapshot, file_format),
            facecolor="white",
        )  # fmt: skip
    return buffer.getvalue()


def _metadata(snapshot: Snapshot, file_format: str) -> dict[str, Any]:
    """Who made what, when, and under which marking; in the words of the format."""
    title, author = clean(snapshot.title), clean(snapshot.producer)
    about = f"{snapshot.marking.value} {snapshot.page_id}"
    if snapshot.simulated:
        about += f" {SIMULATED}"
    creator = f"Lamassu {clean(snapshot.version)}"
    if file_format == "pdf":
        return {
            "Title": title, "Author": author, "Subject": about, "Keywords": about,
            "Creator": creator, "Producer": creator,
            "CreationDate": snapshot.produced_at, "ModDate": snapshot.produced_at,
        }  # fmt: skip
    if file_format == "svg":
        return {
            "Title": title, "Creator": author or creator, "Description": about,
            "Publisher": creator, "Date": snapshot.produced_at.isoformat(),
        }  # fmt: skip
    return {
        "Title": title, "Author": author, "Description": about, "Software": creator,
        "Creation Time": snapshot.produced_at.isoformat(),
    }  # fmt: skip


def _bars(sheet: Sheet, snapshot: Snapshot) -> None:
    """The marking in its colour on black, at the head and the foot."""
    left = f"Lamassu   {snapshot.page_id}   page 1 of 1"
    told = f"For {AUDIENCES[snapshot.audience]} \u00b7 {TLP_RULES[snapshot.marking]}"
    for top in (0.0, HEIGHT_MM - BAR_MM):
        bar = Box(left=0, top=top, width=WIDTH_MM, height=BAR_MM)
        sheet.rectangle(bar, fill="black")
        y = top + 5.5
        sheet.text(MARGIN_MM, y, left, size=7.5, colour="#d5dae0", limit=90)
        sheet.text(WIDTH_MM / 2, y, told, size=7.5, colour="#d5dae0", align="center")
        sheet.text(
            WIDTH_MM - MARGIN_MM, y + 0.1, snapshot.marking.value, size=12, weight="bold",
            colour=TLP_COLOURS[snapshot.marking], align="right",
        )  # fmt: skip


def _header(sheet: Sheet, snapshot: Snapshot) -> None:
    """Title in both scripts and the line under it."""
    right = WIDTH_MM - MARGIN_MM
    if snapshot.simulated:
        badge = Box(left=right - 54, top=10.8, width=54, height=8)
        sheet.rectangle(badge, fill=ALARM)
        sheet.text(badge.left + 27, badge.top + 5.6, chart.WATERMARK, size=12, weight="bold",
                   colour="white", align="center")  # fmt: skip
        right = badge.left - 5
    room = right - MARGIN_MM
    arabic = cut(clean(snapshot.title_ar), 0.4 * room, 18)
    arabic_mm = width_mm(arabic, 18) + 6 if arabic else 0.0
    title = clean(snapshot.title) or "Untitled"
    size = next(
        (s for s in (21.0, 18.0, 15.0) if width_mm(title, s, "bold") <= room - arabic_mm), 13.0
    )
    title = cut(title, room - arabic_mm, size, "bold")
    sheet.text(MARGIN_MM, 18.4, title, size=size, weight="bold")
    if arabic:
        x = MARGIN_MM + width_mm(title, size, "bold") + 6
        sheet.text(x, 18.4, arabic, size=min(18.0, size), colour=QUIET)
    sheet.text(MARGIN_MM, 24.6, snapshot.subtitle, size=9.5, colour=QUIET, limit=150)
    made = (f"{snapshot.produced_at.day} {snapshot.produced_at:%B %Y}", snapshot.producer,
            snapshot.office)  # fmt: skip
    line = " \u00b7 ".join(text for text in map(clean, made) if text)
    sheet.text(WIDTH_MM - MARGIN_MM, 24.6, line, size=8, colour=QUIET, align="right", limit=115)


def _panel(sheet: Sheet, snapshot: Snapshot, drawn: Mapping[str, Drawn], view: View) -> None:
    """Key facts, and under them the legend, which has the first claim on the room."""
    columns = legend.columns(drawn, view, ringed=snapshot.focus is not None)
    legend_mm = 5.5 + max((legend.height_mm(column) for column in columns), default=0.0)
    facts = Box(
        left=PANEL.left, top=PANEL.top, width=PANEL.width,
        height=LOCATOR.top - 1.5 - _ABOVE_LEGEND_MM - legend_mm - PANEL.top,
    )  # fmt: skip
    used_to = _facts(sheet, snapshot, facts)
    legend.draw(sheet, columns, left=PANEL.left, top=used_to + _ABOVE_LEGEND_MM)


def _facts(sheet: Sheet, snapshot: Snapshot, box: Box) -> float:
    """Label and value of each key fact; gives where they end."""
    if not snapshot.facts:
        return box.top - _ABOVE_LEGEND_MM
    size = 7.0
    step = line_mm(size)
    sheet.heading(box.left, box.top + 2.6, "Key facts", length=box.width)
    y = box.top + 4.6 + size * MM_PER_POINT
    label_mm = _label_mm(snapshot.facts, box.width, size)
    value_mm = box.width - label_mm - _FACT_GAP_MM
    apart_mm = 0.5 if len(snapshot.facts) <= _FEW_FACTS else 0.1
    room_mm = box.bottom - y + step - apart_mm * len(snapshot.facts)
    longest = next(
        (
            lines
            for lines in (4, 3)
            if _facts_lines(snapshot.facts, label_mm, value_mm, size, longest=lines) * step
            <= room_mm
        ),
        2,
    )
    for number, (label, value) in enumerate(snapshot.facts):
        left_over = len(snapshot.facts) - number - 1
        room = int((box.bottom - y) / step) + 1 - (1 if left_over else 0)
        if room < 1:
            more = f"and {left_over + 1:,} more facts, in the record"
            sheet.text(box.left + label_mm + _FACT_GAP_MM, y, more, size=6.5, weight="italic",
                       colour=QUIET, limit=value_mm)  # fmt: skip
            return y
        labels = fit(label, label_mm, size, lines=min(room, 3))
        values = fit(value, value_mm, size, lines=min(room, longest))
        for index, line in enumerate(labels):
            sheet.text(box.left, y + index * step, line, size=size, colour=QUIET)
        for index, line in enumerate(values):
            sheet.text(box.left + label_mm + _FACT_GAP_MM, y + index * step, line, size=size)
        y += max(len(labels), len(values), 1) * step + apart_mm
    return y - step


_FACT_GAP_MM = 2.5
_FEW_FACTS = 8
"""More stand closer together."""
_ABOVE_LEGEND_MM = 3.2


def _facts_lines(
    facts: tuple[tuple[str, str], ...],
    label_mm: float,
    value_mm: float,
    size: float,
    *,
    longest: int,
) -> int:
    """Lines that the table of facts takes, if a value may have `longest` of them."""
    return sum(
        max(
            len(fit(label, label_mm, size, lines=3)),
            len(fit(value, value_mm, size, lines=longest)),
        )
        for label, value in facts[:MOST_FACTS]
    )


MOST_FACTS = 40
"""More than a page can hold."""


def _label_mm(facts: tuple[tuple[str, str], ...], wide_mm: float, size: float) -> float:
    """Width for the labels that makes the table of facts shortest."""

    def height(label_mm: float) -> int:
        return _facts_lines(facts, label_mm, wide_mm - label_mm - _FACT_GAP_MM, size, longest=4)

    return min((16.0, 20.0, 24.0, 30.0, 38.0), key=height)


def _locator(sheet: Sheet, snapshot: Snapshot, view: View) -> None:
    """Where on Earth the map lies, and how it is projected."""
    reach = min(max(8 * snapshot.half_width_m, 900_000.0), 5_000_000.0)
    around = view_of(snapshot.centre_lonlat, reach, LOCATOR)
    west, south, east, north = around.bounds
    axes = sheet.map_axes(LOCATOR, xlim=(west, east), ylim=(south, north))
    axes.add_patch(Rectangle((west, south), east - west, north - south, facecolor=chart.SEA))
    countries = land(snapshot.borders, snapshot.world, around)
    for _, shape in countries:
        path = chart.shape_path(shape)
        if path is not None:
            axes.add_patch(
                PathPatch(path, facecolor=chart.LAND, edgecolor=chart.BORDER, linewidth=0.4)
            )
    extent = _extent(view, around)
    country_names(axes, countries, around, size=6.5, taken=[extent])
    sheet.rectangle(extent, edge=EXTENT, width=1.3, z=3)
    sheet.rectangle(LOCATOR, edge=INK, width=0.6, z=3)
    x = LOCATOR.right + 3.5
    room = PANEL.right - x
    lon, lat = snapshot.centre_lonlat
    scale = view.metres_per_mm * 1000
    rounded = round(scale, -max(len(str(int(scale))) - 2, 0))
    y = LOCATOR.top + 2.2
    for label, value in (
        ("Projection", projection_name(view, (lon, lat))),
        ("Datum", "WGS 84"),
        ("Scale on A4", f"about 1 : {rounded:,.0f}"),
    ):
        sheet.text(x, y, label, size=6.5, colour=QUIET, limit=room)
        for line in fit(value, room, 6.5, lines=3):
            y += line_mm(6.5)
            sheet.text(x, y, line, size=6.5)
        y += line_mm(6.5) + 0.6


EXTENT = "#0072b2"
"""The extent in the locator."""


def _extent(view: View, around: View) -> Box:
    """The frame of the map within the locator, never too small to be seen."""
    half = max(view.box.width * view.metres_per_mm / around.metres_per_mm / 2, 0.9)
    high = max(view.box.height * view.metres_per_mm / around.metres_per_mm / 2, 0.7)
    x = around.box.left + around.box.width / 2
    y = around.box.top + around.box.height / 2
    return Box(left=x - half, top=y - high, width=2 * half, height=2 * high)


def _band(sheet: Sheet, snapshot: Snapshot) -> None:
    """What the page is made of and how far it may be trusted, in four columns."""
    limits = [f"Filter: {text}" for text in snapshot.filters] or ["Filters: none"]
    cut_off = f"Data as recorded up to {snapshot.cut_off:%Y-%m-%d %H:%M} UTC"
    names = [text for text in (clean(snapshot.producer), clean(snapshot.office)) if text]
    made = (
        f"Page {snapshot.page_id}, produced {snapshot.produced_at:%Y-%m-%d %H:%M} UTC by "
        f"{', '.join(names) or 'a producer not named'}, with Lamassu {snapshot.version}."
    )
    # Attributions are owed by licence, so they come before the records' own addresses.
    sources = sorted(snapshot.sources, key=lambda text: "://" in text)
    columns = (
        Column(heading="Records and filters",
               texts=(cut_off, *count_lines(snapshot.frames), *limits)),
        Column(heading="Method", texts=(made, *snapshot.method, DRAWN_HOW)),
        Column(heading="Caveats", texts=snapshot.caveats or ("none stated",)),
        Column(heading="Sources and attributions", texts=tuple(sources) or ("none",),
               running=True),
    )  # fmt: skip
    x = BAND.left
    for column, wide in zip(columns, _widths(columns), strict=True):
        box = Box(left=x, top=BAND.top, width=wide, height=BAND.height)
        sheet.column(box, column, size=_BAND_PT)
        x += wide + _GAP_MM
    sheet.line((MARGIN_MM, WIDTH_MM - MARGIN_MM), (27.0, 27.0), colour=RULE)


DRAWN_HOW = (
    "Scale bar and circles are measured on the ellipsoid; north is true north; symbols that share "
    "a place may stand beside it."
)
_GAP_MM = 5.0
_NARROWEST_MM = 46.0
_BAND_PT = 6.5


def _widths(columns: tuple[Column, ...]) -> list[float]:
    """Widths of the band's columns, so that they end at about the same height."""
    widths = [_NARROWEST_MM] * len(columns)
    heights = [len(column.lines(_NARROWEST_MM, _BAND_PT)) for column in columns]
    spare_mm, step_mm = BAND.width - _GAP_MM * (len(columns) - 1) - sum(widths), 4.0
    while spare_mm >= step_mm:
        longest = heights.index(max(heights))
        widths[longest] += step_mm
        spare_mm -= step_mm
        heights[longest] = len(columns[longest].lines(widths[longest], _BAND_PT))
    return [*widths[:-1], widths[-1] + spare_mm]

"""How things look: symbols, colours, numbers with units, and the escaping of every text from data.

The symbols are declared once, as outlines in a unit square; the browser map draws them as SVG and
the printed page as matplotlib markers. Shape and colour both differ, and the colours are those of
Okabe and Ito (2008, https://jfly.uni-koeln.de/color/), which people of every colour vision can tell
apart.
"""

from __future__ import annotations

import base64
import html
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import pandas as pd

from geo.model import SeizureType, SiteEventType, Tlp

Outline = tuple[tuple[float, float], ...]
"""Vertices (x right, y up) of a closed shape within -1 to 1."""


def _ngon(corners: int, *, turn_deg: float = 90.0, inner: float | None = None) -> Outline:
    """A regular polygon, or a star whose inner corners lie at the radius `inner`."""
    steps = corners if inner is None else 2 * corners
    radii = [1.0 if inner is None or i % 2 == 0 else inner for i in range(steps)]
    angles = [math.radians(turn_deg + 360 * i / steps) for i in range(steps)]
    return tuple(
        (round(r * math.cos(a), 4), round(r * math.sin(a), 4))
        for r, a in zip(radii, angles, strict=True)
    )


OUTLINES: dict[str, Outline] = {
    "circle": _ngon(24),
    "square": ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "diamond": _ngon(4),
    "triangle": _ngon(3),
    "triangle down": _ngon(3, turn_deg=270),
    "pentagon": _ngon(5),
    "hexagon": _ngon(6),
    "star": _ngon(5, inner=0.42),
    "burst": _ngon(8, inner=0.55),
    "cross": (
        (-0.9, -0.5), (-0.5, -0.9), (0, -0.4), (0.5, -0.9), (0.9, -0.5), (0.4, 0),
        (0.9, 0.5), (0.5, 0.9), (0, 0.4), (-0.5, 0.9), (-0.9, 0.5), (-0.4, 0),
    ),
    "plus": (
        (-0.35, -0.95), (0.35, -0.95), (0.35, -0.35), (0.95, -0.35), (0.95, 0.35), (0.35, 0.35),
        (0.35, 0.95), (-0.35, 0.95), (-0.35, 0.35), (-0.95, 0.35), (-0.95, -0.35), (-0.35, -0.35),
    ),
    "tablet": ((-0.6, -0.95), (0.6, -0.95), (0.6, 0.95), (-0.6, 0.95)),
    "column": (
        (-0.8, -0.95), (0.8, -0.95), (0.8, -0.6), (0.4, -0.6), (0.4, 0.6), (0.8, 0.6),
        (0.8, 0.95), (-0.8, 0.95), (-0.8, 0.6), (-0.4, 0.6), (-0.4, -0.6), (-0.8, -0.6),
    ),
    "vessel": (
        (-0.45, -0.95), (0.45, -0.95), (0.9, -0.1), (0.6, 0.5), (0.75, 0.95), (-0.75, 0.95),
        (-0.6, 0.5), (-0.9, -0.1),
    ),
    "bow tie": ((-0.95, -0.85), (0, -0.22), (0.95, -0.85), (0.95, 0.85), (0, 0.22), (-0.95, 0.85)),
    "rosette": _ngon(10, inner=0.76),
    "octagon": _ngon(8, turn_deg=22.5),
    "arrow back": (
        (-1, 0), (0, 0.95), (0, 0.42), (0.95, 0.42), (0.95, -0.42), (0, -0.42), (0, -0.95),
    ),
    "roller": ((-0.95, -0.5), (0.95, -0.5), (0.95, 0.5), (-0.95, 0.5)),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """One entry of the legend."""

    label: str
    """What it stands for."""
    outline: Outline
    """Its shape."""
    fill: str
    """Its colour as ``#rrggbb``."""
    hollow: bool = False
    """Drawn as a coloured ring on white instead of filled."""


INK = "#1b2430"
"""Outlines and text on paper."""
ORANGE, SKY, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILION, PURPLE, GREY = "#0072b2", "#d55e00", "#cc79a7", "#7a8591"

METHOD_WORDS = {"pair": "two dates", "series": "many dates", "sar": "radar"}
"""Each kind of study that draws alerts, in words."""

SYMBOLS: dict[str, Symbol] = {
    "site": Symbol(label="Site", outline=OUTLINES["circle"], fill=GREEN),
    "site listed": Symbol(label="Site, World Heritage", outline=OUTLINES["star"], fill=GREEN),
    "post land": Symbol(label="Land crossing", outline=OUTLINES["square"], fill=BLUE),
    "post sea": Symbol(label="Seaport", outline=OUTLINES["triangle down"], fill=BLUE),
    "post air": Symbol(label="Airport", outline=OUTLINES["triangle"], fill=SKY),
    "post informal": Symbol(label="Informal crossing", outline=OUTLINES["bow tie"], fill=INK),
    "seizure writing": Symbol(label="Writing", outline=OUTLINES["tablet"], fill=ORANGE),
    "seizure seals": Symbol(label="Seals", outline=OUTLINES["roller"], fill=YELLOW),
    "seizure sculpture": Symbol(label="Sculpture", outline=OUTLINES["hexagon"], fill=PURPLE),
    "seizure architectural elements": Symbol(
        label="Architectural elements", outline=OUTLINES["column"], fill=GREY
    ),
    "seizure vessels": Symbol(label="Vessels", outline=OUTLINES["vessel"], fill=SKY),
    "seizure accessories": Symbol(label="Accessories", outline=OUTLINES["plus"], fill=GREEN),
    "seizure coins": Symbol(label="Coins", outline=OUTLINES["rosette"], fill=YELLOW),
    "seizure several": Symbol(label="Several classes", outline=OUTLINES["diamond"], fill=ORANGE),
    "seizure unclassified": Symbol(
        label="Class not stated", outline=OUTLINES["octagon"], fill="#ffffff"
    ),
    "return": Symbol(
        label="Return of objects", outline=OUTLINES["arrow back"], fill=BLUE, hollow=True
    ),
    "event looting": Symbol(label="Looting", outline=OUTLINES["burst"], fill=VERMILION),
    "event destruction": Symbol(label="Destruction", outline=OUTLINES["cross"], fill=VERMILION),
    "event other": Symbol(label="Other event", outline=OUTLINES["pentagon"], fill=GREY),
    "alert": Symbol(
        label="Flagged change", outline=OUTLINES["square"], fill=VERMILION, hollow=True
    ),
}
"""Every symbol of the map and the page, in the legend's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the legend."""

    label: str
    """What it stands for."""
    colour: str
    """Its colour as ``#rrggbb``."""
    width_px: float
    """Its width on the screen."""
    dashes_px: tuple[float, ...] = ()
    """Lengths of dash and gap in turn; empty for a solid line."""
    core: str = ""
    """Colour of a thinner, dashed line upon it, as railways are drawn; empty for none."""


ROAD = "#a3906f"
"""Roads: quieter than every symbol."""

LINES: dict[str, Line] = {
    "road traced": Line(label="Road, traced (A)", colour=ROAD, width_px=2.2),
    "road sourced": Line(label="Road, sourced (B)", colour=ROAD, width_px=1.2),
    "road inferred": Line(label="Road, inferred (C)", colour=ROAD, width_px=1.2, dashes_px=(2, 5)),
    "rail": Line(label="Railway, sourced (A, B)", colour="#4a4f57", width_px=3, core="#ffffff"),
    "rail inferred": Line(
        label="Railway, inferred (C)", colour="#4a4f57", width_px=1.4, dashes_px=(2, 5)
    ),
}
"""Every line of the map and the page, in the legend's order; dashed where it is inferred."""

SIMULATED = "SIMULATED"
"""The word on everything that is invented."""

CORRIDOR = "#8b1a4f"
"""Corridors and routes: one hue, told apart by width, opacity and dashes."""

TLP_COLOURS: dict[Tlp, str] = {
    Tlp.CLEAR: "#ffffff",
    Tlp.GREEN: "#33ff00",
    Tlp.AMBER: "#ffc000",
    Tlp.AMBER_STRICT: "#ffc000",
    Tlp.RED: "#ff2b2b",
}
"""Text colours on black, by TLP 2.0 (https://www.first.org/tlp/)."""

TLP_RULES: dict[Tlp, str] = {
    Tlp.CLEAR: "no limit on disclosure",
    Tlp.GREEN: "within the community, not by public channels",
    Tlp.AMBER: "own organisation and its clients, need to know",
    Tlp.AMBER_STRICT: "own organisation only, need to know",
    Tlp.RED: "named recipients only",
}
"""Who may be told, by TLP 2.0, in our own words."""

_ESCAPES = str.maketrans({"`": "&#96;", "$": "&#36;", "{": "&#123;", "}": "&#125;", "\\": "&#92;"})
_SHORTHAND = re.compile(
    r":(?=[A-Za-z0-9+/-])|(?<=www)(?=\.)|@|-(?=[->])|<(?=[-=])|[>~](?==)", re.IGNORECASE
)
_MARKDOWN = r"\`*_{}[]()#+-.!|~<>$:"


def safe_html(text: object) -> str:
    """`text` as inert HTML, also inside a JavaScript template literal, where folium puts it.

    `html.escape` alone is not enough: folium wraps popups and tooltips in backticks, where
    ``${...}`` would run.
    """
    return html.escape(str(text), quote=True).translate(_ESCAPES)


def safe_markdown(text: object) -> str:
    """`text` as inert Markdown: every character that Streamlit's Markdown could read is escaped.

    A backslash does not stop icons (``:material/x:``), typographic arrows and dashes, and bare web
    or mail addresses; there a word joiner (U+2060), which nobody sees, breaks the pattern.
    """
    flat = _SHORTHAND.sub(lambda found: f"{found.group()}\u2060", " ".join(str(text).split()))
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in flat)


def name_markdown(text: object) -> str:
    """A name as inert Markdown within a sentence: one from right to left does not turn it round."""
    return f"\u2068{safe_markdown(text)}\u2069"


def marking_badge(marking: str) -> str:
    """A TLP 2.0 label in its colour on black, as inert HTML."""
    colour = TLP_COLOURS[Tlp(marking)]
    return (
        f"<span style='background:#000;color:{colour};padding:1px 7px;border-radius:3px;"
        f"font-weight:700;white-space:nowrap'>{safe_html(marking)}</span>"
    )


def safe_link(url: str) -> str:
    """`url` if it is a plain http or https address; otherwise the empty string."""
    candidate = url.strip()
    plain = not any(letter.isspace() or letter in "\"'<>`\\" for letter in candidate)
    return candidate if plain and candidate.lower().startswith(("http://", "https://")) else ""


def latlon(lonlat: tuple[float, float]) -> tuple[float, float]:
    """The (latitude, longitude) pair that folium wants; nowhere else is this order used."""
    lon, lat = lonlat
    return lat, lon


def symbol_keys(kind: str, frame: gpd.GeoDataFrame) -> pd.Series:
    """The key in `SYMBOLS` of each row; same index as `frame`.

    `kind` is the table's name: sites, posts, seizures, events or alerts.
    """
    if kind == "sites":
        listed = frame["designation"].str.startswith("World Heritage")
        return listed.map({True: "site listed", False: "site"}).astype(object)
    if kind == "posts":
        return ("post " + frame["kind"].astype(str)).astype(object)
    if kind == "seizures":
        return pd.Series(
            [
                _seizure_key(*row)
                for row in zip(frame["event_type"], frame["object_classes"], strict=True)
            ],
            index=frame.index,
            dtype=object,
        )
    if kind == "events":
        named = {
            SiteEventType.LOOTING: "event looting",
            SiteEventType.DESTRUCTION: "event destruction",
        }
        return frame["event_type"].map(lambda value: named.get(value, "event other")).astype(object)
    return pd.Series("alert", index=frame.index, dtype=object)


def line_key(mode: str, evidence_grade: str) -> str:
    """The key in `LINES` of a link; a grade that is not A or B counts as inferred."""
    if mode == "rail":
        return "rail" if evidence_grade in {"A", "B"} else "rail inferred"
    return {"A": "road traced", "B": "road sourced"}.get(evidence_grade, "road inferred")


def _seizure_key(event_type: str, object_classes: str) -> str:
    """A return has one symbol, whatever was returned; a seizure has that of its object class."""
    if event_type == SeizureType.RETURN:
        return "return"
    classes = [name for name in object_classes.split("|") if name]
    if len(classes) > 1:
        return "seizure several"
    return f"seizure {classes[0]}" if classes else "seizure unclassified"


def metres(length_m: float) -> str:
    """A length in words: ``85 m``, ``1.2 km``, ``240 km``; "unknown" for NaN."""
    if math.isnan(length_m):
        return "unknown"
    if length_m < 995:
        return f"{length_m:.0f} m"
    kilometres = length_m / 1000
    return f"{kilometres:.1f} km" if kilometres < 99.95 else f"{kilometres:,.0f} km"


def square_metres(area_m2: float) -> str:
    """An area in words: ``800 m²``, ``1.4 ha``, ``12 km²``; "unknown" for NaN."""
    if math.isnan(area_m2):
        return "unknown"
    if area_m2 < 9_950:
        return f"{area_m2:,.0f} m²"
    return f"{area_m2 / 1e4:.1f} ha" if area_m2 < 995_000 else f"{area_m2 / 1e6:,.1f} km²"


def hours(time_h: float) -> str:
    """A time in words: ``40 min``, ``7.5 h``, ``3.1 days``; "unknown" for NaN."""
    if math.isnan(time_h):
        return "unknown"
    if time_h < 0.995:
        return f"{60 * time_h:.0f} min"
    return f"{time_h:.1f} h" if time_h < 47.95 else f"{time_h / 24:.1f} days"


def percent(share: float) -> str:
    """A share in words: ``34 %``, ``under 1 %``, ``none``; "unknown" for NaN."""
    if math.isnan(share):
        return "unknown"
    if share <= 0:
        return "none"
    return f"{100 * share:.0f} %" if share >= 0.0095 else "under 1 %"


def share_band(low: float, high: float) -> str:
    """An interval of shares in words: ``12 to 48 %``; "unknown" if an end is NaN."""
    if math.isnan(low) or math.isnan(high):
        return "unknown"
    ends = f"{100 * low:.0f}", f"{100 * high:.0f}"
    return f"{ends[0]} to {ends[1]} %" if ends[0] != ends[1] else f"about {ends[0]} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One line of a layer's legend."""

    symbol: str = ""
    """Key in `SYMBOLS` or in `LINES`; empty with a `picture` of its own."""
    label: str
    """What it stands for, as plain text."""
    count: int | None
    """How many are drawn; None for a step of a scale, which counts nothing."""
    simulated: bool = False
    """True where the entry counts invented records, which never mix with real ones."""
    picture: str = ""
    """SVG made of numbers and words of our own, in the place of the symbol's."""


class HasLegend(Protocol):
    """A layer, as far as its legend goes."""

    @property
    def name(self) -> str:
        """The layer's name as plain text."""

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What it draws."""

    @property
    def unplaced(self) -> int:
        """How many records it cannot draw, for want of a known point."""


def symbol_svg(symbol: Symbol, *, size_px: float, simulated: bool = False) -> str:
    """`symbol` as an SVG picture, `size_px` wide and high; a dashed halo means SIMULATED.

    The picture holds no text from data. A light rim lets it be seen on dark ground as well.
    """
    path = "M" + "L".join(f"{x:g} {-y:g}" for x, y in symbol.outline) + "Z"
    fill, line, width = ("#fff", symbol.fill, 0.42) if symbol.hollow else (symbol.fill, INK, 0.16)
    reach = 1.85 if simulated else 1.3
    box = f"{-reach:g} {-reach:g} {2 * reach:g} {2 * reach:g}"
    halo = (
        f'<circle r="1.6" fill="none" stroke="#fff" stroke-width=".46"/><circle r="1.6" fill="none"'
        f' stroke="{INK}" stroke-width=".24" stroke-dasharray=".58 .42"/>'
        if simulated
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_px:g}" height="{size_px:g}"'
        f' viewBox="{box}" stroke-linejoin="round">{halo}'
        f'<path d="{path}" fill="#fff" stroke="#fff" stroke-width="{width + 0.34:g}"/>'
        f'<path d="{path}" fill="{fill}" stroke="{line}" stroke-width="{width:g}"/></svg>'
    )


def line_svg(line: Line, *, width_px: float = 22) -> str:
    """A short piece of `line` as an SVG picture, `width_px` wide and 12 pixels high."""

    def stroke(colour: str, width: float, dashes: tuple[float, ...]) -> str:
        pattern = f' stroke-dasharray="{" ".join(f"{d:g}" for d in dashes)}"' if dashes else ""
        return (
            f'<path d="M1 6H{width_px - 1:g}" stroke="{colour}" stroke-width="{width:g}"{pattern}/>'
        )

    core = stroke(line.core, line.width_px - 1.4, (4, 4)) if line.core else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px:g}" height="12"'
        f' viewBox="0 0 {width_px:g} 12" fill="none">'
        f"{stroke(line.colour, line.width_px, line.dashes_px)}{core}</svg>"
    )


def entry_svg(entry: LegendEntry) -> str:
    """The picture beside a line of the legend."""
    if entry.picture:
        return entry.picture
    if entry.symbol in LINES:
        return line_svg(LINES[entry.symbol])
    size_px = 22 if entry.simulated else 16
    return symbol_svg(SYMBOLS[entry.symbol], size_px=size_px, simulated=entry.simulated)


def picture_html(svg: str) -> str:
    """An SVG picture as an ``img`` of its own, as ``st.html`` takes inline SVG out."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="" src="data:image/svg+xml;base64,{data}">'


def legend_html(layers: Iterable[HasLegend]) -> str:
    """The legend of `layers` as inert HTML for ``st.html``, with counts, in light and dark themes.

    Layers without any record are left out. Records without a known point are counted apart, as
    they are in no symbol's count.
    """
    shown = [layer for layer in layers if layer.legend or layer.unplaced]
    return f'{_LEGEND_STYLE}<div class="lamassu-legend">{"".join(map(_legend_of, shown))}</div>'


def _legend_of(layer: HasLegend) -> str:
    """One layer's part of the legend."""
    rows = "".join(
        f"<li>{picture_html(entry_svg(entry))}<span>{safe_html(entry.label)}</span><b>"
        f"{'' if entry.count is None else f'{entry.count:,}'}</b></li>"
        for entry in layer.legend
    )
    absent = (
        f"<p>{layer.unplaced:,} without a known point, not on the map</p>" if layer.unplaced else ""
    )
    return f"<section><h6>{safe_html(layer.name)}</h6><ul>{rows}</ul>{absent}</section>"


_LEGEND_STYLE = """<style>
.lamassu-legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));
  gap:.6rem 1.6rem;font-size:.85rem;line-height:1.35}
.lamassu-legend section{min-width:0}
.lamassu-legend h6{margin:0 0 .2rem;padding:0;font-size:.85rem;font-weight:600}
.lamassu-legend ul{list-style:none;margin:0;padding:0;font-size:inherit}
.lamassu-legend li{display:flex;align-items:center;gap:.5rem;margin:0;padding:.05rem 0;
  font-size:inherit}
.lamassu-legend img{flex:none;width:24px;height:18px;object-fit:contain}
.lamassu-legend span{flex:1;min-width:0;overflow-wrap:anywhere}
.lamassu-legend b{font-weight:500;font-variant-numeric:tabular-nums;opacity:.75}
.lamassu-legend p{margin:.1rem 0 0;opacity:.7;font-size:.8rem}
</style>"""

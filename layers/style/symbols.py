"""Symbols, lines and colours, and which of them a record gets.

The symbols are declared once, as outlines in a unit square; the browser map draws them as SVG and
the printed page as matplotlib markers. Shape and colour both differ, and the colours are those of
Okabe and Ito (2008, https://jfly.uni-koeln.de/color/), which people of every colour vision can tell
apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geo.model import SeizureType, SiteEventType

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

CORRIDOR = "#8b1a4f"
"""Corridors and routes: one hue, told apart by width, opacity and dashes."""


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

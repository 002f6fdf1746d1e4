"""How things look, and the escaping of every text from data."""

from layers.style.legend import LegendEntry, entry_svg, legend_html, picture_html, symbol_svg
from layers.style.markings import SIMULATED, TLP_COLOURS, TLP_RULES, marking_badge
from layers.style.quantities import hours, latlon, metres, percent, share_band, square_metres
from layers.style.symbols import (
    BLUE,
    CORRIDOR,
    GREEN,
    GREY,
    INK,
    LINES,
    METHOD_WORDS,
    ORANGE,
    OUTLINES,
    SYMBOLS,
    VERMILION,
    line_key,
    symbol_keys,
)
from layers.style.text import name_markdown, safe_html, safe_link, safe_markdown

__all__ = [
    "BLUE",
    "CORRIDOR",
    "GREEN",
    "GREY",
    "INK",
    "LINES",
    "METHOD_WORDS",
    "ORANGE",
    "OUTLINES",
    "SIMULATED",
    "SYMBOLS",
    "TLP_COLOURS",
    "TLP_RULES",
    "VERMILION",
    "LegendEntry",
    "entry_svg",
    "hours",
    "latlon",
    "legend_html",
    "line_key",
    "marking_badge",
    "metres",
    "name_markdown",
    "percent",
    "picture_html",
    "safe_html",
    "safe_link",
    "safe_markdown",
    "share_band",
    "square_metres",
    "symbol_keys",
    "symbol_svg",
]

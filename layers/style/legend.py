"""Symbols as pictures, and the legend made of them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from layers.style.symbols import INK, LINES, SYMBOLS, Line, Symbol
from layers.style.text import safe_html


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

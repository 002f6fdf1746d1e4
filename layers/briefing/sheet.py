"""The sheet of paper: a figure whose coordinates are millimetres from the upper left corner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from layers.briefing.text import (
    ELLIPSIS,
    MM_PER_POINT,
    clean,
    cut,
    fit,
    font,
    line_mm,
    weight_for,
    wrap,
)
from layers.style import INK, LINES, SYMBOLS

WIDTH_MM, HEIGHT_MM = 297.0, 210.0
"""A4 landscape (ISO 216)."""

QUIET = "#5b6673"
"""Second voice of the text."""
RULE = "#c3cad2"
"""Thin lines between parts."""
ALARM = "#b00020"
"""Only for what is simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on the sheet, in millimetres from its upper left corner."""

    left: float
    """Its left edge."""
    top: float
    """Its upper edge."""
    width: float
    """From left to right."""
    height: float
    """From top to bottom."""

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading with texts under it."""

    heading: str
    """What the texts are about."""
    texts: tuple[str, ...]
    """One after the other; none is left out without a word."""
    running: bool = False
    """In one paragraph, parted by dots, instead of one paragraph each."""

    @property
    def indent_mm(self) -> float:
        """Room for the bullets."""
        return 0.0 if self.running else 2.2

    def lines(self, width_mm: float, size: float) -> list[tuple[bool, str]]:
        """All lines of the texts, each with whether it begins one; of long ones the beginning."""
        texts = [text for text in (clean(text[:LONGEST_TEXT]) for text in self.texts) if text]
        if self.running:
            joined = PARTING.join(texts[:MOST_TEXTS])
            return [(False, line) for line in wrap(joined, width_mm, size)]
        return [
            (index == 0, line)
            for text in texts[:MOST_TEXTS]
            for index, line in enumerate(wrap(text, width_mm - self.indent_mm, size))
        ]

    def fitted(self, width_mm: float, size: float, *, lines: int) -> list[tuple[bool, str]]:
        """The texts in at most `lines` lines; the last line counts those that do not fit."""
        every = self.lines(width_mm, size)
        if len(every) <= lines and len(self.texts) <= MOST_TEXTS:
            return every
        if self.running:
            return self._shortened(width_mm, size, lines=lines)
        shown = every[: lines - 1]
        if len(every) > len(shown) and not every[len(shown)][0]:
            begins, line = shown[-1]
            room_mm = width_mm - self.indent_mm - 2
            shown[-1] = (begins, cut(line, room_mm, size).rstrip(ELLIPSIS) + ELLIPSIS)
        left_out = len(self.texts) - sum(begins for begins, _ in shown)
        return [*shown, (False, _left_out(left_out))] if left_out else shown

    def _shortened(self, width_mm: float, size: float, *, lines: int) -> list[tuple[bool, str]]:
        """As many whole texts of a running paragraph as fit, or the beginning of the first."""
        for kept in range(min(len(self.texts), MOST_TEXTS) - 1, 0, -1):
            texts = (*self.texts[:kept], _left_out(len(self.texts) - kept))
            shown = Column(heading="", texts=texts, running=True).lines(width_mm, size)
            if len(shown) <= lines:
                return shown
        first = fit(self.texts[0], width_mm, size, lines=lines - 1)
        rest = [_left_out(len(self.texts) - 1)] if len(self.texts) > 1 else []
        return [(False, line) for line in (*first, *rest)]


def _left_out(count: int) -> str:
    """What stands for texts that are not printed."""
    return f"and {count:,} more, in the records"


LONGEST_TEXT = 1_500
MOST_TEXTS = 60
PARTING = " \u00b7 "


class Sheet:
    """A4 landscape, with the few strokes that a page needs."""

    def __init__(self) -> None:
        """An empty white sheet."""
        self.figure = Figure(figsize=(WIDTH_MM / 25.4, HEIGHT_MM / 25.4), facecolor="white")
        self._paper = self._plain_axes(Box(left=0, top=0, width=WIDTH_MM, height=HEIGHT_MM), 10)
        self._paper.set_xlim(0, WIDTH_MM)
        self._paper.set_ylim(HEIGHT_MM, 0)
        self._paper.patch.set_visible(False)

    def _plain_axes(self, box: Box, zorder: float) -> Axes:
        """Axes without ticks or frame on a part of the sheet."""
        place = (
            box.left / WIDTH_MM,
            1 - box.bottom / HEIGHT_MM,
            box.width / WIDTH_MM,
            box.height / HEIGHT_MM,
        )
        axes = self.figure.add_axes(place, zorder=zorder)
        axes.set_axis_off()
        return axes

    def map_axes(self, box: Box, *, xlim: tuple[float, float], ylim: tuple[float, float]) -> Axes:
        """Axes on a part of the sheet, in the units of a map."""
        axes = self._plain_axes(box, 1)
        axes.set_xlim(*xlim)
        axes.set_ylim(*ylim)
        axes.set_autoscale_on(False)
        return axes

    def text(
        self,
        x: float,
        y: float,
        text: object,
        *,
        size: float,
        weight: str = "regular",
        colour: str = INK,
        align: str = "left",
        limit: float | None = None,
        turn: float = 0.0,
        **more: Any,  # noqa: ANN401 - what matplotlib's Text takes
    ) -> None:
        """One line with its baseline at `y`, cut to `limit` millimetres if that is given."""
        line = clean(text)
        weight = weight_for(line, weight)
        if limit is not None:
            line = cut(line, limit, size, weight)
        self._paper.text(
            x, y, line, fontproperties=font(weight).copy(), size=size, color=colour, ha=align,
            va="baseline", rotation=turn, rotation_mode="anchor", parse_math=False, **more,
        )  # fmt: skip

    def rectangle(
        self,
        box: Box,
        *,
        fill: str = "none",
        edge: str = "none",
        width: float = 0.6,
        alpha: float | None = None,
        z: float = 0.5,
    ) -> None:
        """A rectangle, filled or outlined."""
        self._paper.add_patch(
            Rectangle(
                (box.left, box.top), box.width, box.height, facecolor=fill, edgecolor=edge,
                linewidth=width, alpha=alpha, zorder=z, joinstyle="miter",
            )
        )  # fmt: skip

    def polygon(self, corners: NDArray[np.float64], *, fill: str) -> None:
        """A filled polygon with a thin outline, shape (corners, 2)."""
        self._paper.add_patch(
            Polygon(corners, closed=True, facecolor=fill, edgecolor=INK, linewidth=0.5, zorder=4)
        )

    def line(
        self,
        xs: Iterable[float],
        ys: Iterable[float],
        *,
        colour: str = RULE,
        width: float = 0.6,
        **more: Any,  # noqa: ANN401 - what matplotlib's Line2D takes
    ) -> None:
        """A line through the points."""
        self._paper.add_line(Line2D(list(xs), list(ys), color=colour, linewidth=width, **more))

    def shape(
        self,
        x: float,
        y: float,
        path: Path,
        *,
        radius: float,
        fill: str,
        edge: str,
        width: float,
        dashes: tuple[float, ...] = (),
    ) -> None:
        """A shape of the unit square at a place of the sheet."""
        placed = path.transformed(Affine2D().scale(radius, -radius).translate(x, y))
        self._paper.add_patch(
            PathPatch(
                placed, facecolor=fill, edgecolor=edge, linewidth=width, joinstyle="round",
                linestyle=(0, dashes) if dashes else "-", zorder=2,
            )
        )  # fmt: skip

    def symbol(self, x: float, y: float, key: str, *, radius: float, simulated: bool) -> None:
        """A symbol of the legend, centred at a place of the sheet."""
        symbol = SYMBOLS[key]
        fill, edge, width = (
            ("white", symbol.fill, 1.3) if symbol.hollow else (symbol.fill, INK, 0.5)
        )
        self.shape(x, y, outline_path(key), radius=radius, fill=fill, edge=edge, width=width)
        if simulated:
            self.shape(
                x, y, Path.unit_circle(), radius=1.5 * radius, fill="none", edge=ALARM,
                width=0.7, dashes=(1.6, 1.2),
            )  # fmt: skip

    def stroke(self, x: float, y: float, key: str, *, length: float) -> None:
        """A piece of a line of the legend, beginning at a place of the sheet."""
        line = LINES[key]
        width = line.width_px * POINTS_PER_PX
        dashes: Any = (0, tuple(d * POINTS_PER_PX for d in line.dashes_px))
        self.line(
            (x, x + length), (y, y), colour=line.colour, width=width,
            linestyle=dashes if line.dashes_px else "-", solid_capstyle="butt",
        )  # fmt: skip
        if line.core:
            self.line(
                (x, x + length), (y, y), colour=line.core, width=0.5 * width,
                linestyle=(0, (4, 4)), zorder=2.1,
            )  # fmt: skip

    def circle(
        self, x: float, y: float, radius: float, *, colour: str, dashed: bool = True
    ) -> None:
        """A thin circle, or a bold one if it is not `dashed`."""
        self.shape(x, y, Path.unit_circle(), radius=radius, fill="none", edge=colour,
                   width=0.6 if dashed else 1.1, dashes=(3, 2) if dashed else ())  # fmt: skip

    def disc(self, x: float, y: float, radius: float, *, fill: str, edge: str) -> None:
        """A filled circle."""
        self.shape(x, y, Path.unit_circle(), radius=radius, fill=fill, edge=edge, width=0.8)

    def heading(self, x: float, y: float, text: str, *, length: float) -> None:
        """A small heading over a thin rule."""
        self.text(x, y, text, size=7.5, weight="bold", limit=length)
        self.line((x, x + length), (y + 1.3, y + 1.3), colour=INK, width=0.5)

    def column(self, box: Box, column: Column, *, size: float) -> None:
        """A heading and its texts inside a box; what does not fit is cut and counted."""
        self.heading(box.left, box.top + 2.6, column.heading, length=box.width)
        step = line_mm(size)
        first = box.top + 4.6 + size * MM_PER_POINT
        room = int((box.bottom - first) / step + 1e-6) + 1
        for number, (begins, line) in enumerate(column.fitted(box.width, size, lines=room)):
            y = first + number * step
            if begins:
                self.text(box.left, y, "•", size=size, colour=QUIET)
            self.text(box.left + column.indent_mm, y, line, size=size)


POINTS_PER_PX = 0.55
"""Lines of the screen, thinner on paper, where the eye is nearer and the print finer."""


def outline_path(key: str) -> Path:
    """The outline of a symbol as a closed path in the unit square."""
    outline = SYMBOLS[key].outline
    return Path([*outline, outline[0]], closed=True)

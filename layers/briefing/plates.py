"""What lies on the map as on a plate: scale bar, north arrow, and the picture's date."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from layers.briefing.furniture import north_turn_deg, scale_bar
from layers.briefing.ground import View
from layers.briefing.labels import overlap
from layers.briefing.sheet import Box, Sheet
from layers.briefing.text import clean, cut, width_mm
from layers.style import INK, metres

PLATE_MM = (64.0, 11.5)
"""Width at most, and height, of the plate with the scale bar."""
RULE_ON_MAP = "#9aa5b1"


def draw_plates(sheet: Sheet, view: View, picture_label: str, *, clear: Sequence[Box]) -> list[Box]:
    """Scale bar and north arrow on a pale plate, and the picture's label on another.

    The plate lies in the corner where it covers least of what is to be kept `clear`.
    """
    frame = view.box
    left, top = _corner(frame, clear)
    bar = scale_bar(view, left_mm=left + 13, y_mm=top + 8, longest_mm=46)
    plate = Box(left=left, top=top, width=bar.right_mm - left + 9, height=11.5)
    sheet.rectangle(plate, fill="white", edge=RULE_ON_MAP, width=0.4, alpha=0.88, z=3)
    _bar(sheet, bar.left_mm, bar.right_mm, bar.y_mm, bar.length_m)
    x, y = plate.left + 6, plate.top + 8.2
    _north(sheet, x, y, north_turn_deg(view, x, y))
    taken = [plate]
    if picture_label:
        text = cut(clean(picture_label[:300]), 90, 7)
        wide = width_mm(text, 7) + 4
        label = Box(left=frame.right - 2.5 - wide, top=frame.bottom - 7.7, width=wide, height=5.2)
        sheet.rectangle(label, fill="white", edge=RULE_ON_MAP, width=0.4, alpha=0.9, z=3)
        sheet.text(label.left + 2, label.top + 3.6, text, size=7, zorder=4)
        taken.append(label)
    return taken


def _corner(frame: Box, clear: Sequence[Box]) -> tuple[float, float]:
    """Left and top of the plate: below and left, unless it covers less in another corner."""
    wide, high = PLATE_MM
    corners = [
        (x, y)
        for y in (frame.bottom - high - 2.5, frame.top + 2.5)
        for x in (frame.left + 2.5, frame.right - wide - 2.5)
    ]

    def covered(corner: tuple[float, float]) -> int:
        plate = Box(left=corner[0], top=corner[1], width=wide, height=high)
        return sum(overlap(plate, other) for other in clear)

    return min(corners, key=covered)


def _bar(sheet: Sheet, left: float, right: float, y: float, length_m: float) -> None:
    """Four fields, black and white in turn, with the length at the half and the end."""
    quarter = (right - left) / 4
    for number in range(4):
        sheet.rectangle(
            Box(left=left + number * quarter, top=y, width=quarter, height=1.1),
            fill=INK if number % 2 == 0 else "white", edge=INK, width=0.5, z=4,
        )  # fmt: skip
    for share in (0.0, 0.5, 1.0):
        text = metres(share * length_m) if share else "0"
        sheet.text(left + share * (right - left), y - 1.2, text.replace(".0 km", " km"), size=6.5,
                   align="center", zorder=4)  # fmt: skip


def _north(sheet: Sheet, x: float, y: float, turn_deg: float) -> None:
    """An arrow to true north, half black, with its letter."""
    turn = np.radians(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def turned(points: list[tuple[float, float]]) -> NDArray[np.float64]:
        return np.asarray(np.array(points) @ rotation.T + (x, y))

    for side, fill in ((-1, INK), (1, "white")):
        corners = turned([(0, -4.4), (side * 1.7, 2.0), (0, 0.8)])
        sheet.polygon(corners, fill=fill)
    tip = turned([(0, -5.0)])[0]
    sheet.text(tip[0], tip[1], "N", size=6.5, weight="bold", align="center", zorder=4)

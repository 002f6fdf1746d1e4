"""The word SIMULATED in the cells and in the label of a picture."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from geo.grid import Grid
from layers.imagery.picture import Mask, Picture, Rgba
from layers.style import SIMULATED


def labelled(rgba: Rgba, valid: Mask, grid: Grid, label: str, *, simulated: bool) -> Picture:
    """The picture, with SIMULATED in its valid cells and its label if that is what it is."""
    return Picture(
        rgba=burned(rgba, valid) if simulated else rgba,
        grid=grid,
        label=marked(label, simulated=simulated),
        simulated=simulated,
    )


def marked(label: str, *, simulated: bool) -> str:
    """What a picture shows, after the word SIMULATED if it is made from simulated data."""
    return f"{SIMULATED}. {label}" if simulated else label


def burned(rgba: Rgba, valid: Mask) -> Rgba:
    """`rgba` with the word SIMULATED across its valid cells; opacity is never lowered."""
    letters, rims = (mask * valid for mask in _lettering(*valid.shape))
    colours = rgba[..., :3].astype(np.float32)
    for mask, colour, strength in ((rims, 0.0, 0.4), (letters, 255.0, 0.55)):
        weight = np.float32(strength) * mask[..., None]
        colours = colours * (1 - weight) + np.float32(colour) * weight
    # Where the picture is faint, as a low score is, the word must still be read.
    least = 150 * np.maximum(letters, 0.6 * rims)
    opacity = np.maximum(rgba[..., 3], np.rint(least).astype(np.uint8))
    return np.dstack([np.rint(colours).astype(np.uint8), opacity])


@lru_cache(maxsize=8)
def _lettering(rows: int, cols: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coverage of the word's letters and of their dark rims, 0 to 1, in slanting lines."""
    size = max(9.0, min(rows, cols) / 26)
    font = ImageFont.load_default(size)
    width = font.getlength(SIMULATED)
    side = math.ceil(math.hypot(rows, cols)) + 2
    step_x, step_y = 1.8 * width, max(4.6 * size, min(rows, cols) / 4.6)
    masks: list[NDArray[np.float32]] = []
    for rim in (0, max(1, round(size / 14))):
        sheet = Image.new("L", (side, side), 0)
        pen = ImageDraw.Draw(sheet)
        for line in range(-math.ceil(side / step_y / 2), math.ceil(side / step_y / 2)):
            # Half a line above and below the middle, because there the site is.
            y = side / 2 + (line + 0.5) * step_y
            start = -width * (0.3 + 0.9 * (line % 2))
            for place in range(math.ceil(side / step_x) + 2):
                pen.text(
                    (start + place * step_x, y),
                    SIMULATED, fill=255, font=font, stroke_width=rim, anchor="lm",
                )  # fmt: skip
        left, top = (side - cols) // 2, (side - rows) // 2
        turned = sheet.rotate(28, Image.Resampling.BICUBIC)
        part = turned.crop((left, top, left + cols, top + rows))
        masks.append(np.asarray(part, dtype=np.float32) / np.float32(255))
    letters, swollen = masks
    return letters, np.maximum(swollen - letters, 0)

"""Pictures: coloured cells on a grid, with what they show, and as bytes.

Nothing here opens a file: a `Raster` comes in, and a `Picture`, PNG bytes or HTML go out. What is
made from simulated data carries the word SIMULATED in its cells, so that no copy of it can lose it.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from geo.grid import Grid

Rgba = NDArray[np.uint8]
"""Red, green, blue and opacity, shape (rows, columns, 4)."""

Mask = NDArray[np.bool_]
"""Yes or no for each cell, shape (rows, columns)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Coloured cells on a grid; transparent where there is no data."""

    rgba: Rgba
    """Shape (rows, columns, 4), opacity not multiplied in."""
    grid: Grid
    """Where the cells lie."""
    label: str
    """What is shown, as plain text; begins with SIMULATED where it is."""
    simulated: bool
    """True if made from simulated data; then the word is in the cells."""
    legend: tuple[tuple[float, str], ...] = ()
    """Values with their colours as ``#rrggbb``, rising; empty where colours are no measure."""


def png(picture: Picture) -> bytes:
    """The picture as it lies on its own grid, as PNG, with its label in the file."""
    return encoded(picture.rgba, picture.label)


def encoded(rgba: Rgba, label: str) -> bytes:
    """PNG bytes whose title is the label."""
    about = PngInfo()
    about.add_itxt("Title", label)
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG", pnginfo=about)
    return buffer.getvalue()


def data_uri(data: bytes, *, kind: Literal["png", "webp"] = "png") -> str:
    """Bytes of a picture as an address that holds them."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"

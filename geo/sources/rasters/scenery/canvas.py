"""The cells that are computed, and what can be drawn on them: random fields, edges, winding lines.

Every random number comes from a generator seeded by the name of what it is for.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Field = NDArray[np.float32]
"""One number a cell, shape (rows, columns)."""

Number = TypeVar("Number", bound=np.generic)

CELL_M = 10.0
"""Width of a cell in metres."""

CELLS = 480
"""Rows and columns of a scene."""

MARGIN = 16
"""Cells computed beyond each edge, so that a periodic Fourier shift brings nothing across it."""

CANVAS = CELLS + 2 * MARGIN
"""Rows and columns that are computed."""


def rng_for(*names: str) -> np.random.Generator:
    """A generator seeded by words, the same on every machine."""
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def cropped(canvas: NDArray[Number]) -> NDArray[Number]:
    """The scene's cells out of the canvas."""
    return canvas[..., MARGIN:-MARGIN, MARGIN:-MARGIN]


@lru_cache(maxsize=1)
def east_north() -> tuple[Field, Field]:
    """Metres east and north of the canvas's middle, for each cell's middle."""
    steps = (np.arange(CANVAS, dtype=np.float32) - (CANVAS - 1) / 2) * np.float32(CELL_M)
    east, down = np.meshgrid(steps, steps)
    return east, -down


@lru_cache(maxsize=1)
def frequency() -> tuple[Field, Field]:
    """Cycles per cell down and to the right, for the half-plane of a real Fourier transform."""
    return (
        fft.fftfreq(CANVAS).astype(np.float32)[:, None],
        fft.rfftfreq(CANVAS).astype(np.float32)[None, :],
    )


def fractal(rng: np.random.Generator, *, beta: float, longest_cells: float = np.inf) -> Field:
    """A random field of mean 0 and deviation 1 whose power falls with frequency to the `beta`."""
    down, right = frequency()
    radius = np.hypot(down, right)
    lowest = max(1 / longest_cells, 1 / CANVAS)
    white = fft.rfft2(rng.standard_normal((CANVAS, CANVAS), dtype=np.float32))
    field = fft.irfft2(white * np.maximum(radius, lowest) ** (-beta / 2), s=(CANVAS, CANVAS))
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)


def within(signed_m: Field, *, soft_m: float = CELL_M) -> Field:
    """Share of each cell inside an edge, from the distance to it (positive inside)."""
    share = np.clip(signed_m / np.float32(soft_m) + np.float32(0.5), 0, 1)
    return np.asarray(share, dtype=np.float32)


def box(
    centre_m: tuple[float, float], size_m: tuple[float, float], turn_deg: float
) -> tuple[Field, Field, Field]:
    """Distance inside a turned rectangle's edge, and the coordinates along its two sides."""
    east, north = east_north()
    turn = math.radians(turn_deg)
    dx, dy = east - np.float32(centre_m[0]), north - np.float32(centre_m[1])
    u = dx * np.float32(math.cos(turn)) + dy * np.float32(math.sin(turn))
    v = dy * np.float32(math.cos(turn)) - dx * np.float32(math.sin(turn))
    inside = np.minimum(size_m[0] / 2 - np.abs(u), size_m[1] / 2 - np.abs(v))
    return inside.astype(np.float32), u, v


def winding(rng: np.random.Generator, *, turn_deg: float, offset_m: float, sway_m: float) -> Field:
    """Signed distance in metres from a winding line across the canvas."""
    _, u, v = box((0, 0), (1, 1), turn_deg)
    course, slope = np.full_like(u, offset_m), np.zeros_like(u)
    for wave_m, weight in ((5200, 1.0), (2300, 0.5), (1100, 0.22), (430, 0.07)):
        k = 2 * math.pi / (wave_m * rng.uniform(0.85, 1.15))
        phase, size = rng.uniform(0, 2 * math.pi), sway_m * weight
        course += np.float32(size) * np.sin(np.float32(k) * u + np.float32(phase))
        slope += np.float32(size * k) * np.cos(np.float32(k) * u + np.float32(phase))
    return np.asarray((v - course) / np.sqrt(1 + slope**2), dtype=np.float32)

"""Squares around flagged polygons."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from shapely.geometry import Polygon

from geo.errors import GridMismatch
from geo.grid import WGS84, box_around, transformer
from layers.imagery import (
    Stretch,
    chip,
    shared_stretch,
)
from layers.style import VERMILION
from tests.scene_pictures import UTM, decoded, noise, raster_of


def test_a_chip_shows_the_polygon_in_its_middle_with_its_outline():
    """A bright square in the ground is found in the middle of the chip, ringed in vermilion."""
    values = np.full((3, 200, 200), 1000.0)
    values[:, 50:60, 120:130] = 3000
    raster = raster_of(values, "B02", "B03", "B04")
    x, y = raster.grid.transform @ (125, 55)
    lonlat = transformer(UTM, WGS84).transform(x, y)
    stretch = Stretch(low=(500, 500, 500), high=(3500, 3500, 3500))
    rgba = decoded(
        chip(raster, box_around(lonlat, half_width_m=50), simulated=False, stretch=stretch)
    )
    assert rgba.shape == (192, 192, 4)
    bright = grey_of(rgba) > 200
    inner = np.argwhere(bright).mean(axis=0)
    assert inner == pytest.approx((96, 96), abs=3)
    ring = (np.abs(rgba[..., :3].astype(int) - rgb_of(VERMILION)).sum(axis=-1) < 30).nonzero()
    assert min(ring[0]) == pytest.approx(96 - 30, abs=3)
    assert max(ring[1]) == pytest.approx(96 + 30, abs=3)


def grey_of(rgba: np.ndarray) -> np.ndarray:
    return rgba[..., :3].astype(float).mean(axis=-1)


def rgb_of(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def test_a_chip_at_the_edge_is_transparent_outside_the_scene():
    """A polygon in the corner is still in the middle; what lies beyond is not made up."""
    raster = noise("B02", "B03", "B04", rows=200, cols=200)
    lonlat = transformer(UTM, WGS84).transform(*(raster.grid.transform @ (0, 0)))
    data = chip(
        raster,
        box_around(lonlat, half_width_m=40),
        simulated=True,
        stretch=shared_stretch(raster),
    )
    rgba = decoded(data)
    assert not rgba[:60, :60, 3].any()
    assert (rgba[130:, 130:, 3] == 255).all()
    assert Image.open(io.BytesIO(data)).text["Title"].startswith("SIMULATED")


@pytest.mark.parametrize(
    "elsewhere", [box_around((44.0, 33.0), half_width_m=50), Polygon(), None], ids=str
)
def test_a_chip_of_a_place_off_the_scene_is_refused(elsewhere: Polygon | None):
    """Far away, empty or absent: there is nothing to show."""
    raster = noise("B02", "B03", "B04")
    with pytest.raises(GridMismatch, match="outside the scene"):
        chip(raster, elsewhere, simulated=False, stretch=shared_stretch(raster))

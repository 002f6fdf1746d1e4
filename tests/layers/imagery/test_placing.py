"""Pictures on the web map, in their right place."""

from __future__ import annotations

import math

import folium
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo.errors import GridMismatch
from geo.grid import WGS84, Grid, transformer
from layers.imagery import (
    Picture,
    image_overlay,
    on_web_map,
    true_colour,
)
from tests.scene_pictures import HATRA, HOSTILE, decoded, grid_of, noise


@given(
    row=st.integers(0, 59),
    col=st.integers(0, 79),
    lonlat=st.sampled_from([HATRA, (43.33, 36.1), (47.9, 29.9), (-70.2, -33.4), (18.0, 69.6)]),
    turn=st.sampled_from([0.0, 30.0, 200.0]),
)
def test_a_cell_lies_on_the_web_map_where_it_lies_on_earth(
    row: int, col: int, lonlat: tuple[float, float], turn: float
):
    """One marked cell is found again within five eighths of a cell, also on turned grids.

    The nearest cell is half a cell off at most, and GDAL's warper places it to an eighth.
    """
    zone = CRS.from_epsg((32600 if lonlat[1] > 0 else 32700) + int((lonlat[0] + 180) // 6) + 1)
    x, y = transformer(WGS84, zone).transform(*lonlat)
    placed = Affine.translation(x, y) @ Affine.rotation(turn) @ Affine.scale(10, -10)
    grid = Grid(crs=zone, transform=placed, shape=(60, 80))
    rgba = np.zeros((60, 80, 4), dtype=np.uint8)
    rgba[row, col] = (255, 0, 0, 255)
    data, (west, south, east, north) = on_web_map(
        Picture(rgba=rgba, grid=grid, label="", simulated=False)
    )
    seen = decoded(data)[..., 3].astype(float)
    rows, cols = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]] + 0.5
    to_web = transformer(WGS84, CRS.from_epsg(3857))
    (left, right), (bottom, top) = to_web.transform([west, east], [south, north])
    found_x = left + (right - left) * np.average(cols, weights=seen) / seen.shape[1]
    found_y = top - (top - bottom) * np.average(rows, weights=seen) / seen.shape[0]
    meant = transformer(zone, CRS.from_epsg(3857)).transform(*(placed @ (col + 0.5, row + 0.5)))
    cell = 10 / math.cos(math.radians(lonlat[1]))
    assert math.hypot(found_x - meant[0], found_y - meant[1]) < 5 / 8 * cell


def test_the_bounds_hold_the_whole_picture():
    """All four corners of the scene lie within the bounds, and the bounds are tight."""
    grid = grid_of(480, 480)
    picture = Picture(
        rgba=np.full((480, 480, 4), 255, np.uint8), grid=grid, label="", simulated=False
    )
    _, (west, south, east, north) = on_web_map(picture)
    inner = grid.footprint_lonlat.bounds
    assert west <= inner[0] + 1e-9
    assert south <= inner[1] + 1e-9
    assert east >= inner[2] - 1e-9
    assert north >= inner[3] - 1e-9
    assert (west, south, east, north) == pytest.approx(inner, abs=2e-4)


def test_warping_keeps_colours_and_leaves_no_dark_rim():
    """A flat picture stays flat up to its edge: opacity is multiplied in before interpolation."""
    picture = Picture(
        rgba=np.full((60, 80, 4), (200, 150, 100, 255), np.uint8),
        grid=grid_of(),
        label="",
        simulated=False,
    )
    data, _ = on_web_map(picture)
    rgba = decoded(data)
    visible = rgba[rgba[..., 3] > 16]
    assert np.abs(visible[:, :3].astype(int) - (200, 150, 100)).max() <= 8
    assert (rgba[..., 3] == 0).any()


def test_a_large_picture_is_made_smaller():
    """No side is longer than asked for; the place does not move."""
    picture = Picture(
        rgba=np.full((600, 900, 4), 255, np.uint8),
        grid=grid_of(600, 900),
        label="",
        simulated=False,
    )
    full, small = on_web_map(picture), on_web_map(picture, longest_px=300)
    assert max(decoded(small[0]).shape[:2]) == 300
    assert max(decoded(full[0]).shape[:2]) > 900
    assert small[1] == pytest.approx(full[1], abs=1e-3)


def test_a_picture_at_the_pole_is_refused():
    """Web Mercator ends at 85.06 degrees."""
    grid = Grid(crs=CRS.from_epsg(5041), transform=Affine(10, 0, 2e6, 0, -10, 2e6), shape=(60, 80))
    picture = Picture(rgba=np.zeros((60, 80, 4), np.uint8), grid=grid, label="", simulated=False)
    with pytest.raises(GridMismatch, match="are not on the web map"):
        on_web_map(picture)


def test_the_layer_is_named_marked_and_inert():
    """The name is escaped, says SIMULATED, and the picture is in the page, not fetched."""
    picture = true_colour(noise("B02", "B03", "B04"), simulated=True)
    group = image_overlay(picture, name=HOSTILE, opacity=0.7)
    assert group.layer_name.startswith("SIMULATED ")
    m = folium.Map(tiles=None)
    group.add_to(m)
    html = m.get_root().render()
    assert "onerror=alert" not in html.replace("&lt;img src=x onerror=alert", "")
    assert "${alert" not in html
    assert "data:image/png;base64," in html
    assert '"opacity": 0.7' in html
    assert "SIMULATED. True colour" in html


def test_a_real_layer_does_not_say_simulated():
    """The mark is for invented data only."""
    group = image_overlay(true_colour(noise("B02", "B03", "B04"), simulated=False), name="After")
    assert group.layer_name == "After"

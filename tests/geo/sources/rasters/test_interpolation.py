"""Square grids, and values of another grid on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import box

from geo.grid import WGS84, reproject
from geo.sources.rasters.interpolation import averaged, between, grid_over, pieces

UTM = CRS.from_epsg(32638)
X, Y = 300_000.0, 4_000_000.0


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_averages_are_means_of_what_is_known(rows: int, cols: int, factor: int, seed: int):
    """Against the plain loop; a mean needs at least half of its cells."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, cols)).astype(np.float32)
    values[rng.random((rows, cols)) < 0.3] = np.nan
    got = averaged(values, factor)
    for i, row in enumerate(got):
        for j, mean in enumerate(row):
            block = values[i * factor : (i + 1) * factor, j * factor : (j + 1) * factor]
            known = block[np.isfinite(block)]
            expected = known.mean() if 2 * len(known) >= factor**2 else np.nan
            assert mean == pytest.approx(expected, rel=1e-4, abs=1e-5, nan_ok=True)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_what_lies_between_is_no_higher_and_no_lower(rows: int, cols: int, seed: int):
    """Interpolation stays within what is known, and gives nothing outside the cells."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, cols)).astype(np.float32)
    row, col = rng.uniform(-2, rows + 1, 50), rng.uniform(-2, cols + 1, 50)
    got = between(values, row, col)
    outside = (row < -0.5) | (row > rows - 0.5) | (col < -0.5) | (col > cols - 0.5)
    assert np.array_equal(np.isnan(got), outside)
    assert (got[~outside] >= values.min() - 1e-6).all()
    assert (got[~outside] <= values.max() + 1e-6).all()


def test_a_grid_keeps_its_lines_for_areas_side_by_side():
    """Lines are multiples of the cell's width, so two areas share them."""
    area = reproject(box(X + 30, Y - 170, X + 120, Y - 40), UTM, WGS84)
    grid = grid_over(area, crs=UTM, cell_m=50)
    assert grid.bounds == (X, Y - 200, X + 150, Y)
    assert sum(window.width * window.height for window in pieces(grid, edge=2)) == 4 * 3

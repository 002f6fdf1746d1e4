"""Layers of one grid on another: every cell in its place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.grid import WGS84, Block, Grid, transformer
from geo.sources.rasters.interpolation import between, between_lines
from geo.sources.rasters.resampling import aligned, coarsening, common_lattice, resampled

UTM = CRS.from_epsg(32638)


def grid_of(rows: int, cols: int, *, cell: float = 10, east: float = 0, south: float = 0) -> Grid:
    """A north-up grid near Hatra."""
    return Grid(
        crs=UTM,
        transform=Affine(cell, 0, 287_000 + east, 0, -cell, 3_940_000 - south),
        shape=(rows, cols),
    )


@given(
    rows=st.integers(1, 8), cols=st.integers(1, 8), gaps=st.floats(0, 0.5), seed=st.integers(0, 999)
)
def test_lines_give_what_places_give(rows: int, cols: int, gaps: float, seed: int) -> None:
    """At every crossing, gaps and edges included."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, cols)).astype(np.float32)
    values[rng.random(values.shape) < gaps] = np.nan
    row, col = rng.uniform(-1, rows, 9), rng.uniform(-1, cols, 7)
    expected = between(values, *np.meshgrid(row, col, indexing="ij"))
    np.testing.assert_allclose(between_lines(values, row, col), expected, atol=1e-5)


def test_on_the_same_grid_nothing_is_copied() -> None:
    """A scene is read block by block, and most of its files lie on its grid."""
    layers = np.ones((2, 3, 4), np.float32)
    same = resampled(layers, grid_of(3, 4), grid_of(3, 4), factor=1, nearest=[False, False])
    assert same is layers


def test_another_crs_is_placed_to_a_thousandth_of_a_cell() -> None:
    """A plane over longitude and latitude is read, at each cell, at that cell's own place.

    GDAL's warp is off by up to an eighth of a cell here.
    """
    want = grid_of(60, 70)
    lon, lat = want.centre_lonlat
    have = Grid(
        crs=WGS84,
        transform=Affine(2e-4, 0, lon - 60 * 1e-4, 0, -2e-4, lat + 60 * 1e-4),
        shape=(60, 60),
    )
    rows, cols = np.indices(have.shape) + 0.5
    layers = np.stack([cols, rows]).astype(np.float32)
    found = resampled(layers, have, want, factor=1, nearest=[False, False])
    down, right = np.indices(want.shape) + 0.5
    lons, lats = transformer(UTM, WGS84).transform(*want.xy(right, down))
    t = have.transform
    expected = np.stack([(lons - t.c) / t.a, (lats - t.f) / t.e])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, atol=1e-3)


@settings(max_examples=15)
@given(
    top=st.integers(0, 20), left=st.integers(0, 20), cell=st.sampled_from([20.0, 15.0, 5.0, 2.5])
)
def test_a_block_gets_what_the_whole_gets(top: int, left: int, cell: float) -> None:
    """From coarser and from finer cells."""
    have = grid_of(int(500 / cell), int(500 / cell), cell=cell, east=-30, south=-30)
    layers = np.random.default_rng(0).normal(size=(1, *have.shape)).astype(np.float32)
    want = grid_of(40, 40)
    factor = coarsening(have, want)
    whole = resampled(layers, have, want, factor=factor, nearest=[False])
    block = Block(top=top, left=left, rows=15, cols=12)
    part = resampled(layers, have, block.cut(want), factor=factor, nearest=[False])
    np.testing.assert_allclose(part, whole[(slice(None), *block.slices)], atol=1e-6)


def test_finer_cells_are_averaged() -> None:
    """Four cells of 5 m are one of 10 m."""
    layers = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    found = resampled(layers, grid_of(4, 4, cell=5), grid_of(2, 2), factor=2, nearest=[False])
    np.testing.assert_allclose(found[0], [[2.5, 4.5], [10.5, 12.5]])


def test_codes_come_from_the_nearest_cell() -> None:
    """Never from between two."""
    codes = np.array([[[4, 9], [9, 4]]], np.float32)
    found = resampled(codes, grid_of(2, 2, cell=20), grid_of(4, 4), factor=1, nearest=[True])
    np.testing.assert_array_equal(found[0], np.kron(codes[0], np.ones((2, 2))))


@pytest.mark.parametrize(
    ("cell", "factor"), [(10, 1), (9.99, 1), (5, 2), (4.99, 2), (5.02, 2), (3, 3), (20, 1)]
)
def test_how_many_cells_are_averaged(cell: float, factor: int) -> None:
    """A cell of 10 m in another zone is still one of 10 m."""
    assert coarsening(grid_of(9, 9, cell=cell), grid_of(5, 5)) == factor


def test_a_block_is_moved_back_to_whole_averages() -> None:
    """It only grows, up and to the left."""
    block = Block(top=5, left=6, rows=2, cols=2)
    assert aligned(block, 3) == Block(top=3, left=6, rows=4, cols=2)
    assert aligned(block, 1) == block


def test_grids_turned_against_each_other_are_read_all_the_same() -> None:
    """A constant stays constant."""
    want = grid_of(10, 10, east=100, south=100)
    turned = dataclasses.replace(
        grid_of(60, 60), transform=grid_of(60, 60).transform @ Affine.rotation(3)
    )
    layers = np.full((1, 60, 60), 7, np.float32)
    np.testing.assert_allclose(resampled(layers, turned, want, factor=1, nearest=[False]), 7)


def test_the_lattice_of_most_grids_is_wide_enough_for_all_of_them() -> None:
    """Parts of one lattice are joined; a grid beside it, finer or in another CRS has no say."""
    alike = [grid_of(3, 4), grid_of(3, 4, east=40), grid_of(2, 2, east=-20, south=30)]
    odd = [
        grid_of(9, 9, east=5),
        grid_of(9, 9, cell=5),
        Grid(crs=WGS84, transform=Affine(1e-4, 0, 42.6, 0, -1e-4, 35.6), shape=(9, 9)),
    ]
    expected = grid_of(5, 10, east=-20)
    assert common_lattice([*odd, *alike]) == common_lattice([*alike[::-1], *odd]) == expected


def test_of_lattices_with_equally_many_grids_the_first_counts() -> None:
    """And a single grid is its own."""
    first, second = grid_of(3, 4), grid_of(3, 4, east=5)
    assert common_lattice([first, second]) == first
    assert common_lattice([second]) == second

"""Accumulated cost from file to file."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS

from geo.errors import BadInput, InvalidSetting, LamassuError, NotMetric, UnreadableFile
from geo.grid import WGS84, Grid, transformer
from geo.pipeline.cost import cost_of_file, cost_over_heights, write_cost
from geo.sources.writers.geotiff_files import write_geotiff

UTM = CRS.from_epsg(32638)


def grid(*, rows=5, cols=7, cell_m=100.0, crs=UTM, corner=(330000.0, 4000000.0)) -> Grid:
    """A grid near Mosul."""
    return Grid(
        crs=crs, transform=Affine(cell_m, 0, corner[0], 0, -cell_m, corner[1]), shape=(rows, cols)
    )


def lonlat(on: Grid, row: float, col: float) -> tuple[float, float]:
    """The middle of a cell."""
    x, y = on.transform @ (col + 0.5, row + 0.5)
    lon, lat = transformer(on.crs, WGS84).transform(x, y)
    return lon, lat


@pytest.fixture
def surface(tmp_path):
    """Writes a friction raster and gives its path."""

    def write(values, on=None):
        values = np.asarray(values, dtype=np.float32)
        path = tmp_path / "friction.tif"
        on = on or grid(rows=values.shape[0], cols=values.shape[1])
        write_geotiff(path, values[np.newaxis], grid=on, bands=["f"], nodata=np.nan, tags={})
        return path

    return write


def test_flat_ground_costs_friction_times_length(surface):
    """Two seconds a metre, cells of 100 m: 200 s to the next, 200 times the root of 2 across."""
    cost = cost_of_file(surface(np.full((5, 7), 2.0)), [lonlat(grid(), 2, 3)])
    assert cost.cost_s[2, 3] == 0
    assert cost.cost_s[2, 4] == 200
    assert cost.cost_s[1, 4] == pytest.approx(200 * np.sqrt(2), abs=1e-9)
    assert cost.reached == 35


def test_a_barrier_is_gone_round_or_never_passed(surface):
    """A wall with a gap is gone round; behind a whole wall nothing is reached, and that is NaN."""
    friction = np.ones((5, 7))
    friction[:4, 3] = np.nan
    start = lonlat(grid(), 0, 0)
    assert np.isfinite(cost_of_file(surface(friction), [start]).cost_s[0, 6])
    friction[4, 3] = np.nan
    cost = cost_of_file(surface(friction), [start])
    assert np.isnan(cost.cost_s[:, 3:]).all()
    assert cost.reached == 15


def test_the_nearest_of_several_starts_counts(surface):
    """Each cell is reached from the start that is cheapest for it."""
    starts = [lonlat(grid(), 0, 0), lonlat(grid(), 0, 6)]
    cost = cost_of_file(surface(np.ones((5, 7))), starts)
    assert cost.cost_s[0].tolist() == [0, 100, 200, 300, 200, 100, 0]


def test_sixteen_neighbours_are_no_dearer_than_eight(surface):
    """More moves never make a way dearer."""
    path = surface(np.random.default_rng(1).uniform(0.5, 3, (20, 30)))
    start = [lonlat(grid(rows=20, cols=30), 10, 10)]
    eight, sixteen = (cost_of_file(path, start, neighbours=n).cost_s for n in (8, 16))
    assert (sixteen <= eight + 1e-9).all()
    assert (sixteen < eight - 1e-6).any()


def test_costs_are_written_on_the_grid_of_the_friction(surface, tmp_path):
    """float64, the same grid, NaN where nothing is reached."""
    friction = np.ones((5, 7))
    friction[:, 3] = np.nan
    path = surface(friction)
    cost = cost_of_file(path, [lonlat(grid(), 2, 0)])
    write_cost(cost, tmp_path / "cost.tif")
    with rasterio.open(tmp_path / "cost.tif") as written, rasterio.open(path) as given:
        assert written.dtypes == ("float64",)
        assert (written.crs, written.transform, written.shape) == (
            given.crs, given.transform, given.shape,
        )  # fmt: skip
        np.testing.assert_array_equal(written.read(1), cost.cost_s)
        assert np.isnan(written.nodata)


@pytest.mark.parametrize("value", [-1.0, 0.0])
def test_friction_that_cannot_be_is_refused(surface, value):
    """Zero and negative friction are faults of the raster, not barriers."""
    friction = np.ones((5, 7))
    friction[1, 1] = value
    with pytest.raises(BadInput):
        cost_of_file(surface(friction), [lonlat(grid(), 2, 3)])


def test_a_start_on_a_barrier_is_refused(surface):
    """Nothing leads out of a wall."""
    friction = np.ones((5, 7))
    friction[2, 3] = np.nan
    with pytest.raises(BadInput):
        cost_of_file(surface(friction), [lonlat(grid(), 2, 3)])


def test_a_start_outside_is_refused_with_the_extent(surface):
    """The message tells where the raster lies."""
    with pytest.raises(InvalidSetting, match=r"latitude 0.0 lies outside friction.tif; expected l"):
        cost_of_file(surface(np.ones((5, 7))), [(0.0, 0.0)])


def test_degrees_are_no_metres(surface):
    """A friction in seconds a metre needs cells in metres."""
    on = grid(crs=CRS.from_epsg(4326), cell_m=0.001, corner=(43.0, 36.0))
    with pytest.raises(NotMetric, match="does not measure in metres"):
        cost_of_file(surface(np.ones((5, 7)), on), [(43.002, 35.998)])


def test_a_projection_that_stretches_lengths_is_refused(surface):
    """Web Mercator's metres are not metres on the ground."""
    on = grid(crs=CRS.from_epsg(3857), corner=(4.8e6, 4.3e6))
    with pytest.raises(NotMetric, match=r"100 m wide in its CRS and 8\d"):
        cost_of_file(surface(np.ones((5, 7)), on), [lonlat(on, 2, 3)])


def test_several_bands_are_refused(tmp_path):
    """One band is meant."""
    path = tmp_path / "two.tif"
    values = np.ones((2, 5, 7), dtype=np.float32)
    write_geotiff(path, values, grid=grid(), bands=["a", "b"], nodata=np.nan, tags={})
    with pytest.raises(BadInput, match="has 2 bands"):
        cost_of_file(path, [lonlat(grid(), 2, 3)])


def test_what_is_no_raster_is_refused(tmp_path):
    """A text is no GeoTIFF."""
    (tmp_path / "f.tif").write_text("no raster")
    with pytest.raises(UnreadableFile):
        cost_of_file(tmp_path / "f.tif", [(43.0, 36.0)])


def test_the_way_to_a_place_goes_round_a_wall(surface):
    """It ends where it should, costs no more than the cells say, and crosses no barrier."""
    friction = np.ones((20, 30))
    friction[:18, 15] = np.nan
    on = grid(rows=20, cols=30)
    start, end = lonlat(on, 2, 2), lonlat(on, 2, 27)
    found = cost_of_file(surface(friction), [start], to_lonlat=end)
    way = found.way.iloc[0]
    assert way["cost_s"] <= found.cost_s[2, 27] + 1e-6
    assert way["cost_s"] == pytest.approx(way["length_m"], rel=0.002)
    first, *_, last = way["geometry"].coords
    assert first == pytest.approx(start, abs=1e-6)
    assert last == pytest.approx(end, abs=1e-6)
    gap = lonlat(on, 17, 15)
    assert min(lat for _, lat in way["geometry"].coords) < gap[1]


def test_a_place_behind_a_whole_wall_has_no_way(surface):
    """There is no straight line instead."""
    friction = np.ones((5, 7))
    friction[:, 3] = np.nan
    with pytest.raises(BadInput, match="no way leads to longitude"):
        cost_of_file(surface(friction), [lonlat(grid(), 2, 0)], to_lonlat=lonlat(grid(), 2, 6))


def at(found, place) -> float:
    """The cost at a place."""
    x, y = transformer(WGS84, found.grid.crs).transform(*place)
    col, row = ~found.grid.transform @ (x, y)
    return found.cost_s[int(row), int(col)]


def slope(rise_m: float, *, rows=21, cols=41):
    """Heights that rise from west to east by so much a cell, on whole multiples of 100 m."""
    return np.tile(np.arange(cols) * rise_m + 100, (rows, 1)), grid(rows=rows, cols=cols)


def test_a_walk_uphill_takes_longer_than_down(surface):
    """Tobler: a slope of a tenth over 2 km, walked up and walked down, off the path."""
    heights, on = slope(10.0)
    path = surface(heights, on)
    foot, top = lonlat(on, 10, 10), lonlat(on, 10, 30)
    up = cost_over_heights(path, [foot], mode="foot", to_lonlat=top)
    down = cost_over_heights(path, [top], mode="foot")
    pace = 3600 / (0.6 * 6000)
    assert at(up, top) == pytest.approx(2000 * pace * np.exp(3.5 * 0.15), rel=1e-3)
    assert at(down, foot) == pytest.approx(2000 * pace * np.exp(3.5 * 0.05), rel=1e-3)
    assert up.way["length_m"].iloc[0] == pytest.approx(2000, rel=0.01)


def test_a_vehicle_is_stopped_by_a_cliff(surface):
    """Level ground at 20 km/h; beyond the steepest slope it goes nowhere."""
    heights, on = slope(0.0)
    heights[:, 30:] = 2000.0
    start, near, behind = (lonlat(on, 10, col) for col in (10, 20, 36))
    found = cost_over_heights(surface(heights, on), [start], mode="off_road", to_lonlat=near)
    assert at(found, near) == pytest.approx(1000 * 3.6 / 20, rel=1e-3)
    assert np.isnan(at(found, behind))
    assert found.way["cost_s"].iloc[0] == pytest.approx(180.0, rel=0.01)


def test_heights_in_degrees_are_laid_on_metres(surface):
    """What is downloaded comes in degrees; nobody has to reproject it."""
    on = grid(rows=60, cols=80, crs=CRS.from_epsg(4326), cell_m=0.001, corner=(43.0, 36.05))
    start, end = (43.02, 36.02), (43.06, 36.02)
    found = cost_over_heights(
        surface(np.full((60, 80), 250.0), on), [start], mode="off_road", to_lonlat=end
    )
    assert found.grid.crs.to_epsg() == 32638
    way = found.way.iloc[0]
    assert way["length_m"] == pytest.approx(3606, rel=0.04)
    assert way["cost_s"] == pytest.approx(way["length_m"] * 3.6 / 20, rel=0.02)


def test_a_start_outside_the_heights_is_refused(surface):
    """The file does not reach there."""
    heights, on = slope(0.0)
    with pytest.raises(LamassuError):
        cost_over_heights(surface(heights, on), [(35.0, 33.0)], mode="foot")


def test_a_mode_that_keeps_to_roads_has_no_surface(surface):
    """Its costs come from roads."""
    with pytest.raises(InvalidSetting, match="keeps to roads; expected off_road or foot"):
        cost_over_heights(surface(np.zeros((5, 7))), [lonlat(grid(), 2, 3)], mode="vehicle")

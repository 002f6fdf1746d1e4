"""Flagged cells as polygons with honest attributes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from scipy import ndimage
from shapely.geometry import Point, Polygon

from geo.change import Detection, Parameters, flagged_polygons
from geo.grid import WGS84, Grid, geodesic_distance_m, reproject

UTM = CRS.from_epsg(32638)
GRID = Grid(crs=UTM, transform=Affine(10, 0, 287_000, 0, -10, 3_940_000), shape=(12, 15))


def detection(mask, score=None, *, grid: Grid = GRID) -> Detection:
    """A detection of this mask, its score 1 unless told."""
    mask = np.asarray(mask, np.uint8)
    score = np.ones(mask.shape) if score is None else score
    score = np.where(mask == 255, np.nan, score).astype(np.float32)
    return Detection(
        grid=grid,
        score=score,
        unpooled=score,
        mask=mask,
        brightness_change=np.full(mask.shape, 0.25, np.float32),
        findings={},
        parameters=Parameters(),
    )


def two_squares():
    """A square of 2 x 3 cells with scores up to 5, one of 4 x 4 with 9, and no data."""
    mask, score = np.zeros((12, 15), np.uint8), np.zeros((12, 15))
    mask[1:3, 1:4], score[1:3, 1:4] = 1, 3
    score[2, 2] = 5
    mask[6:10, 8:12], score[6:10, 8:12] = 1, 9
    mask[0, 14] = 255
    return detection(mask, score)


def test_the_strongest_comes_first() -> None:
    """Rank, score, mean, cells, brightness."""
    frame = flagged_polygons(two_squares())
    assert list(frame["rank"]) == [1, 2]
    assert list(frame["score"]) == [9, 5]
    np.testing.assert_allclose(frame["score_mean"], [9, 20 / 6], rtol=1e-6)
    assert list(frame["cells"]) == [16, 6]
    np.testing.assert_allclose(frame["brightness_change"], 0.25)
    assert frame.crs == WGS84
    assert isinstance(frame.index, pd.RangeIndex)


def test_outlines_run_along_the_cells() -> None:
    """The corners of the square, and no others, in longitude and latitude."""
    outline = flagged_polygons(two_squares()).geometry[0]
    corners = shapely.get_coordinates(reproject(outline, WGS84, UTM))
    assert {(round(x, 3), round(y, 3)) for x, y in corners} == {
        (287_080, 3_939_940),
        (287_120, 3_939_940),
        (287_120, 3_939_900),
        (287_080, 3_939_900),
    }
    assert len(corners) == 5


def test_areas_are_measured_on_the_ellipsoid() -> None:
    """16 cells of 100 m2, but for the scale of UTM at Hatra, some 1.0002 squared."""
    frame = flagged_polygons(two_squares())
    np.testing.assert_allclose(frame["area_m2"], [1600, 600], rtol=1.5e-3)
    assert frame["area_m2"][0] != 1600


def test_areas_in_degrees_are_metres_all_the_same() -> None:
    """A cell of 1e-4 degrees at 60 N is half as wide as at the equator."""
    areas = []
    for north in (0.0005, 60.0005):
        grid = Grid(crs=WGS84, transform=Affine(1e-4, 0, 42, 0, -1e-4, north), shape=(10, 10))
        mask = np.zeros((10, 10))
        mask[5, 5] = 1
        areas.append(flagged_polygons(detection(mask, grid=grid))["area_m2"][0])
    assert areas[0] == pytest.approx(11.132 * 11.057, rel=1e-3)
    assert areas[1] == pytest.approx(areas[0] / 2, rel=0.02)


def test_distances_are_from_the_site_to_the_nearest_point() -> None:
    """0 inside, metres outside, NaN without a site."""
    found = two_squares()
    outline = flagged_polygons(found).geometry[0]
    assert flagged_polygons(found)["distance_m"].isna().all()
    inside = outline.representative_point()
    assert flagged_polygons(found, site_lonlat=(inside.x, inside.y))["distance_m"][0] == 0
    east = reproject(Point(287_220, 3_939_920), UTM, WGS84)
    edge = reproject(Point(287_120, 3_939_920), UTM, WGS84)
    expected = geodesic_distance_m((east.x, east.y), (edge.x, edge.y))
    frame = flagged_polygons(found, site_lonlat=(east.x, east.y))
    assert frame["distance_m"][0] == pytest.approx(expected, rel=1e-4)


def test_only_polygons_that_meet_the_area_are_given_and_uncut() -> None:
    """Their rank is among those that are given."""
    found = two_squares()
    whole = flagged_polygons(found)
    corner = whole.geometry[1].centroid.buffer(1e-6)
    inside = flagged_polygons(found, within_lonlat=corner)
    assert len(inside) == 1
    assert inside["rank"][0] == 1
    assert inside.geometry[0].equals(whole.geometry[1])
    assert flagged_polygons(found, within_lonlat=Point(0, 0).buffer(1)).empty


def test_dates_and_simulation_stand_on_every_polygon() -> None:
    """Unknown days are NaT."""
    frame = flagged_polygons(
        two_squares(), before_on=date(2015, 3, 1), after_on=None, simulated=True
    )
    assert (frame["before_on"] == pd.Timestamp("2015-03-01")).all()
    assert frame["after_on"].isna().all()
    assert frame["simulated"].all()
    assert frame["before_on"].dtype == frame["after_on"].dtype == "datetime64[us]"


def test_nothing_flagged_is_an_empty_frame_with_all_columns() -> None:
    """The same columns and types as ever."""
    empty = flagged_polygons(detection(np.zeros((12, 15))))
    full = flagged_polygons(two_squares())
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    assert empty.crs == WGS84


def test_a_ring_has_its_hole() -> None:
    """The cell in the middle is not flagged."""
    mask = np.zeros((12, 15))
    mask[3:6, 3:6] = 1
    mask[4, 4] = 0
    outline = flagged_polygons(detection(mask)).geometry[0]
    assert isinstance(outline, Polygon)
    assert len(outline.interiors) == 1


@given(seed=st.integers(0, 10_000), share=st.floats(0, 1))
def test_polygons_cover_the_flagged_cells_and_no_others(seed: int, share: float) -> None:
    """Each connected group is one valid polygon; areas add up."""
    mask = (np.random.default_rng(seed).random((12, 15)) < share).astype(np.uint8)
    frame = flagged_polygons(detection(mask))
    assert frame["cells"].sum() == mask.sum()
    assert len(frame) == ndimage.label(mask)[1]
    assert frame.geometry.is_valid.all()
    assert (frame.geometry.geom_type == "Polygon").all()
    metric = [reproject(outline, WGS84, UTM) for outline in frame.geometry]
    np.testing.assert_allclose([m.area for m in metric], frame["cells"] * 100, rtol=1e-4)

"""What is measured on flags."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import CRS
from shapely.geometry import box

from geo.change import Detection, Parameters
from geo.change.judging import features_of, hint_of
from geo.errors import GridMismatch
from geo.grid import WGS84, Block, Grid, Raster, RasterInMemory, reproject

UTM = CRS.from_epsg(32638)
GRID = Grid(crs=UTM, transform=Affine(10, 0, 300_000, 0, -10, 4_000_000), shape=(40, 60))
BANDS = ("B02", "B03", "B04", "B08")
STRIP = (slice(10, 13), slice(10, 40))
"""Three rows of thirty cells."""


def raster(values: np.ndarray, *, grid: Grid = GRID, bands: tuple[str, ...] = BANDS) -> Raster:
    """Made-up reflectance."""
    return Raster(grid=grid, bands=bands, values=values.astype(np.float32))


def flat(red: float = 0.2, near: float = 0.25) -> np.ndarray:
    """An even surface."""
    return np.stack([np.full(GRID.shape, value) for value in (0.2, 0.2, red, near)])


def detection(change: np.ndarray, *, grid: Grid = GRID) -> Detection:
    """A made-up detection with this change of brightness."""
    layer = change.astype(np.float32)
    return Detection(
        grid=grid,
        score=layer,
        unpooled=layer,
        mask=np.zeros(grid.shape, np.uint8),
        brightness_change=layer,
        findings={},
        parameters=Parameters(),
    )


def outlined(rows: slice, cols: slice) -> gpd.GeoDataFrame:
    """The outline of these cells in EPSG:4326."""
    (west, east), (north, south) = GRID.xy(
        np.array([cols.start, cols.stop]), np.array([rows.start, rows.stop])
    )
    place = reproject(box(west, south, east, north), UTM, WGS84)
    return gpd.GeoDataFrame(geometry=[place], crs=WGS84)


def measured(before: np.ndarray, after: np.ndarray, change: np.ndarray | float = 0.2) -> dict:
    """The measurements of the strip."""
    layer = np.broadcast_to(change, GRID.shape)
    (told,) = features_of(detection(layer), outlined(*STRIP), raster(before), raster(after))
    return told


def test_the_shape_of_a_strip_is_told_in_metres():
    """300 by 30 m: ten times as long as wide, lying east-west."""
    told = measured(flat(), flat())
    assert told["area_m2"] == pytest.approx(9000, rel=2e-3)
    assert told["length_m"] == pytest.approx(300, rel=2e-3)
    assert told["width_m"] == pytest.approx(30, rel=1e-2)
    assert told["elongation"] == pytest.approx(10, rel=1e-2)
    assert told["orientation_deg"] == pytest.approx(90, abs=2)
    assert told["compactness"] == pytest.approx(4 * np.pi * 9000 / 660**2, rel=1e-2)


def test_plants_that_go_and_water_that_comes_are_told():
    """NDVI from .6 to .1, and the water index of the same bands."""
    told = measured(flat(red=0.1, near=0.4), flat(red=0.2, near=0.2444))
    assert told["ndvi_before"] == pytest.approx(0.6)
    assert told["ndvi_change"] == pytest.approx(-0.5, abs=1e-3)
    assert told["water_before"] == pytest.approx(-1 / 3)
    assert told["water_change"] > 0


def test_a_patchwork_is_rougher_than_the_even_ground_before():
    """Cells that turn dark and bright by turns: more texture, and half change the other way."""
    after = flat()
    after[:3, :, ::2] *= 1.3
    change = np.where(np.arange(GRID.shape[1]) % 2, -0.1, 0.2) * np.ones(GRID.shape)
    told = measured(flat(), after, change)
    assert told["texture_before"] == 0
    assert told["texture_change"] == pytest.approx(np.log(told["texture_after"] / 0.01), rel=1e-4)
    assert told["mixed"] == 0.5
    assert told["brightness_change"] == pytest.approx(0.05, rel=1e-3)


def test_only_the_cells_inside_count():
    """What surrounds the flag changes nothing but the texture of its edge."""
    change = np.full(GRID.shape, 9.0)
    change[STRIP] = 0.3
    assert measured(flat(), flat(), change)["brightness_change"] == pytest.approx(0.3)


def test_unknown_cells_are_left_out_and_unknown_measures_are_none():
    """A NaN band gives None, which JSON can tell."""
    empty = np.full((4, *GRID.shape), np.nan)
    told = measured(flat(), empty, np.full(GRID.shape, np.nan))
    assert told["ndvi_after"] is told["texture_change"] is told["brightness_change"] is None
    assert told["ndvi_before"] is not None
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_bands_that_no_name_tells_give_no_index():
    """Nothing is guessed about plants and water; shape and brightness stay."""
    names = ("one", "two", "three", "four")
    pictures = [raster(flat(), bands=names)] * 2
    (told,) = features_of(detection(np.full(GRID.shape, 0.2)), outlined(*STRIP), *pictures)
    assert told["ndvi_change"] is told["water_change"] is None
    assert told["brightness_change"] == pytest.approx(0.2)
    assert hint_of(told) == "road"  # its shape alone


def test_decibels_have_no_texture_of_brightness():
    """Values below 0 have no logarithm: unknown, not an error."""
    db = -10 * np.ones((2, *GRID.shape))
    pictures = [raster(db, bands=("VV", "VH"))] * 2
    (told,) = features_of(detection(np.full(GRID.shape, 0.2)), outlined(*STRIP), *pictures)
    assert told["texture_before"] is None


@pytest.mark.parametrize(
    ("bands", "places"),
    [
        (("B02", "B03", "B04", "B05", "B08", "B11"), (0, 1, 2, 4)),
        (("B1", "B2", "B3", "B4", "B5", "B6"), (0, 1, 2)),
        (("VV", "VH", "a", "b", "c", "NIR"), (0, 1, 2)),
    ],
)
def test_only_bands_that_are_looked_at_are_read(bands: tuple[str, ...], places: tuple[int, ...]):
    """Those of brightness, plants and water; without names, the first three."""
    asked_for = []

    class Asked(RasterInMemory):
        def for_bands(self, places):
            asked_for.append(tuple(places))
            return RasterInMemory.for_bands(self, places)

    values = np.random.default_rng(4).uniform(0.1, 0.4, (len(bands), *GRID.shape))
    unread = np.full_like(values, np.nan)
    unread[list(places)] = values[list(places)]
    change = detection(np.full(GRID.shape, 0.2))
    told, as_well = (
        features_of(change, outlined(*STRIP), *[Asked(raster=raster(one, bands=bands))] * 2)
        for one in (values, unread)
    )
    assert told == as_well
    assert asked_for == [places] * 4


def test_a_larger_picture_that_is_read_by_blocks_gives_the_same():
    """The detection may cover a part of the pictures only."""
    part = Block(top=5, left=4, rows=20, cols=50)
    draws = np.random.default_rng(1)
    before, after = (raster(flat() * draws.uniform(0.8, 1.2, GRID.shape)) for _ in range(2))
    change = draws.normal(size=GRID.shape)
    whole = features_of(detection(change), outlined(*STRIP), before, after)
    cut = features_of(
        detection(change[part.slices], grid=part.cut(GRID)),
        outlined(*STRIP),
        RasterInMemory(raster=before),
        RasterInMemory(raster=after),
    )
    assert cut == whole


@pytest.mark.parametrize(
    "other",
    [
        Grid(crs=UTM, transform=Affine(10, 0, 300_004, 0, -10, 4_000_000), shape=(40, 60)),
        Grid(crs=UTM, transform=Affine(20, 0, 300_000, 0, -20, 4_000_000), shape=(40, 60)),
        Grid(crs=UTM, transform=Affine(10, 0, 300_100, 0, -10, 4_000_000), shape=(40, 60)),
        Grid(crs=CRS.from_epsg(32637), transform=GRID.transform, shape=(40, 60)),
    ],
    ids=["between the cells", "larger cells", "a part only", "another zone"],
)
def test_pictures_with_other_cells_are_refused(other):
    """Nothing is measured beside the flag."""
    pictures = [raster(flat(), grid=other)] * 2
    with pytest.raises(GridMismatch, match="does not hold the detection's"):
        features_of(detection(np.zeros(GRID.shape)), outlined(*STRIP), *pictures)


def test_a_flag_beyond_the_pictures_has_its_shape_only():
    """A polygon that no cell lies under is measured as far as it can be."""
    far = gpd.GeoDataFrame(
        geometry=[shapely.transform(outlined(*STRIP).geometry[0], lambda xy: xy + 1)], crs=WGS84
    )
    (told,) = features_of(detection(np.zeros(GRID.shape)), far, raster(flat()), raster(flat()))
    assert set(told) == {"area_m2", "length_m", "width_m", "elongation", "orientation_deg",
                         "compactness"}  # fmt: skip


def test_no_flag_has_no_measurements():
    """An empty frame gives an empty list."""
    none = outlined(*STRIP).iloc[:0]
    assert features_of(detection(np.zeros(GRID.shape)), none, raster(flat()), raster(flat())) == []

"""Heights: what is read, in which unit, where it is unknown, and what is refused."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from scipy.ndimage import map_coordinates
from shapely.geometry import Polygon, box

from geo.errors import (
    BadInput,
    GridMismatch,
    InvalidSetting,
    LamassuError,
    NotMetric,
    NoValidPixels,
    UnreadableFile,
)
from geo.grid import WGS84, reproject
from geo.sources.rasters import terrain
from geo.sources.rasters.opening import Limits
from geo.sources.rasters.terrain import FOOT_M, US_FOOT_M, describe_terrain, read_terrain

UTM = CRS.from_epsg(32638)
X, Y = 300_000.0, 4_000_000.0
CELL = 100.0


def write_dem(path: Path, values, *, unit: str = "", tags=None, **profile) -> Path:
    """A DEM in UTM with cells of 100 m whose upper left corner is at (X, Y)."""
    values = (
        np.atleast_3d(np.asarray(values)).transpose(2, 0, 1) if np.ndim(values) == 2 else values
    )
    values = np.asarray(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path,
            "w",
            **{
                "driver": "GTiff", "count": len(values), "height": values.shape[1],
                "width": values.shape[2], "dtype": values.dtype.name, "crs": UTM,
                "transform": Affine(CELL, 0, X, 0, -CELL, Y),
            } | profile,
        ) as file:  # fmt: skip
            file.write(values)
            if unit:
                file.units = (unit,) * len(values)
            file.update_tags(**(tags or {}))
    return path


def area_of(west: float, south: float, east: float, north: float) -> Polygon:
    """A box in metres east and south of the corner, as an area in longitude and latitude."""
    return reproject(box(X + west, Y + south, X + east, Y + north), UTM, WGS84)


def inside(rows: int, cols: int) -> Polygon:
    """An area whose box is the whole of a DEM of so many cells, but for a metre."""
    return area_of(1, -rows * CELL + 1, cols * CELL - 1, -1)


def heights(path: Path, area: Polygon, *, cell_m: float = CELL, **options):
    """The heights over an area."""
    return read_terrain(path, area_lonlat=area, crs=UTM, cell_m=cell_m, **options).values[0]


RAMP = np.add.outer(10 * np.arange(6), np.arange(8)).astype(np.int16)


def test_heights_on_the_files_own_cells_are_the_files(tmp_path: Path):
    """Where the cells of both coincide, nothing is changed."""
    path = write_dem(tmp_path / "d.tif", RAMP)
    raster = read_terrain(path, area_lonlat=inside(6, 8), crs=UTM, cell_m=CELL)
    assert raster.bands == ("elevation_m",)
    assert raster.values.dtype == np.float32
    assert raster.grid.bounds == (X, Y - 600, X + 800, Y)
    np.testing.assert_allclose(raster.values[0], RAMP, atol=1e-3)


def test_finer_cells_are_interpolated_bilinearly(tmp_path: Path):
    """On a ramp, half a cell east is half a step up."""
    path = write_dem(tmp_path / "d.tif", RAMP)
    fine = heights(path, area_of(101, -499, 699, -101), cell_m=50)
    rows, cols = np.indices(fine.shape)
    np.testing.assert_allclose(fine, 10 * (rows / 2 + 0.75) + cols / 2 + 0.75, atol=1e-3)


def test_coarser_cells_are_means(tmp_path: Path):
    """Of cells twice as wide, each is the mean of four."""
    path = write_dem(tmp_path / "d.tif", RAMP)
    coarse = heights(path, inside(6, 8), cell_m=200)
    np.testing.assert_allclose(coarse, RAMP.reshape(3, 2, 4, 2).mean(axis=(1, 3)), atol=1e-3)


def test_a_dem_in_degrees_is_placed_exactly(tmp_path: Path):
    """Interpolated heights agree with SciPy's at the very place of each cell."""
    rng = np.random.default_rng(4)
    values = rng.normal(500, 200, (60, 70)).astype(np.float32)
    path = write_dem(
        tmp_path / "d.tif", values, crs="EPSG:4326", transform=Affine(0.01, 0, 42.6, 0, -0.01, 36.4)
    )
    raster = read_terrain(path, area_lonlat=box(42.8, 36.0, 43.1, 36.2), crs=UTM, cell_m=900)
    rows, cols = np.indices(raster.grid.shape) + 0.5
    lons, lats = Transformer.from_crs(UTM, 4326, always_xy=True).transform(
        *raster.grid.xy(cols, rows)
    )
    places = [(36.4 - lats) * 100 - 0.5, (lons - 42.6) * 100 - 0.5]
    expected = map_coordinates(values.astype(float), places, order=1)
    np.testing.assert_allclose(raster.values[0], expected, atol=1e-2)


@pytest.mark.parametrize("edge", [3, 7, 1000])
def test_the_size_of_the_pieces_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edge: int
):
    """The file is read in windows, and no seam shows; holes and the rim included."""
    values = np.random.default_rng(1).normal(300, 50, (40, 40)).astype(np.float32)
    values[10:13, 20:22] = np.nan
    path = write_dem(tmp_path / "d.tif", values)
    area = area_of(-150, -4100, 3900, 120)
    whole = heights(path, area, cell_m=130)
    monkeypatch.setattr(terrain, "EDGE_CELLS", edge)
    np.testing.assert_array_equal(heights(path, area, cell_m=130), whole)


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("m", 1), ("metre", 1), ("", 1), ("ft", FOOT_M), ("Foot", FOOT_M), ("feet", FOOT_M),
     ("us-ft", US_FOOT_M), ("US survey foot", US_FOOT_M)],
)  # fmt: skip
def test_heights_in_feet_become_metres(tmp_path: Path, unit: str, metres: float):
    """The band's unit is told and applied; a survey foot is a little longer."""
    path = write_dem(tmp_path / "d.tif", np.full((4, 4), 1000, np.int16), unit=unit)
    info = describe_terrain(path)
    assert info.unit == ("m" if metres == 1 else "ft")
    assert info.unit_stated is bool(unit)
    assert info.metres_per_unit == metres
    assert heights(path, inside(4, 4)) == pytest.approx(1000 * metres)


@pytest.mark.parametrize(
    ("vertical", "metres"), [("6360", US_FOOT_M), ("8228", FOOT_M), ("5703", 1)]
)
def test_the_vertical_axis_of_the_crs_tells_the_unit(tmp_path: Path, vertical: str, metres: float):
    """A compound CRS with heights in feet is believed."""
    path = write_dem(
        tmp_path / "d.tif",
        np.full((4, 4), 1000, np.int16),
        crs=f"EPSG:32638+{vertical}",
    )
    assert describe_terrain(path).metres_per_unit == pytest.approx(metres)
    assert heights(path, inside(4, 4)) == pytest.approx(1000 * metres)


def test_a_tag_tells_the_unit(tmp_path: Path):
    """Some programs write it beside the numbers."""
    path = write_dem(tmp_path / "d.tif", RAMP, tags={"vertical_units": "Feet"})
    assert describe_terrain(path).unit == "ft"


def test_scale_and_offset_are_applied(tmp_path: Path):
    """Stored tenths of a metre come out as metres."""
    path = write_dem(tmp_path / "d.tif", np.full((4, 4), 1234, np.int16))
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.1,), (100.0,)
    assert heights(path, inside(4, 4)) == pytest.approx(223.4)


@pytest.mark.parametrize("void", [-32768, -32767, -9999])
@pytest.mark.parametrize("declared", [True, False])
def test_a_void_is_unknown_whether_declared_or_not(tmp_path: Path, void: int, declared: bool):
    """A hole of one cell stays a hole of one cell; its neighbours keep their heights."""
    values = RAMP.copy()
    values[2, 3] = void
    path = write_dem(tmp_path / "d.tif", values, nodata=void if declared else None)
    got = heights(path, inside(6, 8))
    assert np.argwhere(np.isnan(got)).tolist() == [[2, 3]]
    assert np.nanmax(got) == RAMP.max()


@pytest.mark.parametrize("cell_m", [20, 50, 70, 100])
def test_a_small_hole_is_not_filled(tmp_path: Path, cell_m: float):
    """Every cell whose middle lies in the hole is unknown, whatever its size."""
    values = RAMP.astype(np.float32)
    values[2, 3] = np.nan
    path = write_dem(tmp_path / "d.tif", values)
    raster = read_terrain(path, area_lonlat=inside(6, 8), crs=UTM, cell_m=cell_m)
    rows, cols = np.indices(raster.grid.shape) + 0.5
    xs, ys = raster.grid.xy(cols, rows)
    hole = (xs > X + 300) & (xs < X + 400) & (ys < Y - 200) & (ys > Y - 300)
    assert hole.any()
    assert np.isnan(raster.values[0][hole]).all()


def test_impossible_heights_among_good_ones_are_unknown(tmp_path: Path):
    """A spike of 30 km is no height, and neither is infinity."""
    values = np.full((20, 20), 400, np.float32)
    values[3, 3], values[5, 5], values[7, 7] = 30_000, -3.4e38, np.inf
    got = heights(write_dem(tmp_path / "d.tif", values), inside(20, 20))
    assert np.argwhere(np.isnan(got)).tolist() == [[3, 3], [5, 5], [7, 7]]


def test_partial_overlap_leaves_the_rest_unknown(tmp_path: Path):
    """The share that is unknown can be counted."""
    path = write_dem(tmp_path / "d.tif", RAMP)
    got = heights(path, area_of(-799, -599, 799, -1))
    assert np.isnan(got).mean() == pytest.approx(0.5)
    assert np.isnan(got[:, :8]).all()


def test_sea_floor_is_heights_too(tmp_path: Path):
    """A grid of land and sea is taken, as long as it holds land."""
    values = np.full((10, 10), -4000, np.int16)
    values[0, :3] = 12
    assert np.nanmin(heights(write_dem(tmp_path / "d.tif", values), inside(10, 10))) == -4000


def test_an_area_outside_names_both_extents(tmp_path: Path):
    """The reader sees where the DEM is and where the area."""
    path = write_dem(tmp_path / "d.tif", RAMP)
    with pytest.raises(
        GridMismatch, match=r"longitude 50\.0000 to .* lies outside .* longitude 42"
    ):
        heights(path, box(50, 30, 50.1, 30.1))


def test_an_area_of_voids_only_is_refused(tmp_path: Path):
    """Nothing known is no terrain."""
    path = write_dem(tmp_path / "d.tif", np.full((6, 6), -9999, np.int16))
    with pytest.raises(NoValidPixels, match="knows no height"):
        heights(path, inside(6, 6))


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (np.full((9, 9), 20_000, np.uint16), "holds values from 20000 to 20000 m"),
        (np.full((9, 9), -700, np.int16), "from -700 to -700 m; expected heights, from -500"),
        (np.full((9, 9), 9_500, np.float32), "holds values from 9500"),
        (np.full((9, 9), 1e30, np.float64), r"holds values from 1e\+30"),
        (np.full((9, 9), 100, np.uint8), "1 bands of uint8 numbers; expected one band of heights"),
        (np.full((3, 9, 9), 100, np.int16), "3 bands of int16 numbers"),
    ],
)
def test_what_holds_no_heights_is_refused(tmp_path: Path, values, match: str):
    """Pictures and indices are told from heights where their numbers tell."""
    path = write_dem(tmp_path / "d.tif", values)
    for read in (describe_terrain, lambda path: heights(path, inside(9, 9))):
        with pytest.raises(BadInput, match=match):
            read(path)


def test_a_unit_that_is_no_length_is_refused(tmp_path: Path):
    """A slope is no height."""
    path = write_dem(tmp_path / "d.tif", RAMP, unit="degree")
    with pytest.raises(BadInput, match="are in 'degree'; expected heights in metres or feet"):
        describe_terrain(path)


def test_a_dem_without_a_place_is_refused(tmp_path: Path):
    """No CRS, no heights."""
    path = write_dem(tmp_path / "d.tif", RAMP, crs=None)
    with pytest.raises(GridMismatch, match="has no coordinate reference system"):
        describe_terrain(path)
    with pytest.raises(GridMismatch, match="has no coordinate reference system"):
        heights(path, inside(6, 8))


def test_settings_that_make_no_grid_are_refused(tmp_path: Path):
    """Degrees, no width, far too many cells, far too coarse ones."""
    path = write_dem(tmp_path / "d.tif", RAMP)
    area = inside(6, 8)
    with pytest.raises(NotMetric, match="does not measure in metres"):
        read_terrain(path, area_lonlat=area, crs=WGS84, cell_m=100)
    for cell_m in (0, -1, np.nan, np.inf):
        with pytest.raises(InvalidSetting, match="a cell of"):
            heights(path, area, cell_m=cell_m)
    with pytest.raises(BadInput, match="too many to read at once"):
        heights(path, area, cell_m=0.001)
    with pytest.raises(BadInput, match="too many to read at once"):
        heights(path, area, limits=Limits(values=10))
    with pytest.raises(InvalidSetting, match="over heights that are"):
        heights(path, area, cell_m=1e6)


def test_a_file_cut_into_too_many_blocks_is_refused(tmp_path: Path, monkeypatch):
    """Looking for a billion blocks would take a day."""
    monkeypatch.setattr(terrain, "MOST_BLOCKS", 3)
    path = write_dem(tmp_path / "d.tif", RAMP, blockysize=1)
    with pytest.raises(UnreadableFile, match="is cut into 6 blocks"):
        describe_terrain(path)


def test_cells_like_needles_are_refused(tmp_path: Path, monkeypatch):
    """A small square of the result would need a large part of the file at once."""
    monkeypatch.setattr(terrain, "MOST_CELLS_AT_ONCE", 1000)
    values = np.full((10, 1000), 5, np.int16)
    path = write_dem(tmp_path / "d.tif", values, transform=Affine(0.1, 0, X, 0, -100, Y))
    with pytest.raises(BadInput, match=r"of d\.tif are too narrow or too skewed"):
        heights(path, area_of(1, -999, 99, -1), cell_m=25)


def test_what_a_dem_says_of_itself(tmp_path: Path):
    """Grid, width of a cell, and whether it is invented."""
    path = write_dem(tmp_path / "d.tif", RAMP, tags={"LAMASSU_SIMULATED": "YES"})
    info = describe_terrain(path)
    assert info.grid.shape == (6, 8)
    assert info.cell_m == pytest.approx(100, rel=1e-3)
    assert info.simulated
    assert not describe_terrain(write_dem(tmp_path / "e.tif", RAMP)).simulated


def test_a_file_cut_short_is_refused_wherever_it_ends(tmp_path: Path):
    """At twenty places, nothing but the whole file is a DEM."""
    values = np.random.default_rng(0).integers(0, 3000, (300, 300)).astype(np.int16)
    whole = write_dem(tmp_path / "d.tif", values, compress="deflate", blockysize=16).read_bytes()
    path = tmp_path / "cut.tif"
    for k in range(20):
        path.write_bytes(whole[: len(whole) * k // 20])
        with pytest.raises(UnreadableFile):
            describe_terrain(path)


def test_a_flipped_bit_gives_heights_or_an_error(tmp_path: Path):
    """No damage comes out as another kind of exception, or as a height that Earth has not."""
    values = np.random.default_rng(0).integers(0, 3000, (64, 64)).astype(np.int16)
    whole = write_dem(tmp_path / "d.tif", values, compress="deflate", nodata=-9999).read_bytes()
    path = tmp_path / "flip.tif"
    chance = random.Random(7)
    for _ in range(150):
        flipped = bytearray(whole)
        flipped[chance.choice([chance.randrange(400), chance.randrange(len(whole))])] ^= (
            1 << chance.randrange(8)
        )
        path.write_bytes(flipped)
        try:
            describe_terrain(path)
            got = heights(path, inside(64, 64))
        except LamassuError:
            continue
        assert np.nanmin(got) >= terrain.LOWEST_M
        assert np.nanmax(got) <= terrain.HIGHEST_M


@pytest.mark.parametrize(
    "content", [b"", b"II*\0", b"<VRTDataset/>", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"]
)
def test_what_is_no_tiff_is_refused(tmp_path: Path, content: bytes):
    """Neither a picture nor a virtual file under a TIFF's name is opened."""
    path = tmp_path / "d.tif"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        describe_terrain(path)


def test_no_file_beside_it_is_opened(tmp_path: Path):
    """An overview file that is a VRT over a secret does not come in."""
    secret = write_dem(tmp_path / "secret.tif", np.full((3, 4), 1111, np.int16))
    path = write_dem(tmp_path / "d.tif", RAMP)
    Path(f"{path}.ovr").write_text(
        f'<VRTDataset rasterXSize="4" rasterYSize="3"><VRTRasterBand dataType="Int16" band="1">'
        f"<SimpleSource><SourceFilename>{secret}</SourceFilename><SourceBand>1</SourceBand>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    assert np.nanmax(heights(path, inside(6, 8), cell_m=200)) < 1000


@pytest.mark.needs_testdata
def test_the_real_dem_gives_the_heights_of_known_towns(testdata: Path):
    """Mosul and Sulaymaniyah by the check list of the data; the whole country is covered."""
    path = testdata / "routes" / "dem_fused_15s.tif"
    info = describe_terrain(path)
    assert (info.unit, info.unit_stated, info.simulated) == ("m", False, False)
    assert info.cell_m == pytest.approx(390, abs=5)
    raster = read_terrain(path, area_lonlat=box(42.0, 35.0, 46.0, 37.0), crs=UTM, cell_m=500)
    assert not np.isnan(raster.values).any()
    for lon, lat, height in ((43.13, 36.34, 228), (45.43, 35.56, 825)):
        x, y = Transformer.from_crs(4326, UTM, always_xy=True).transform(lon, lat)
        col, row = ~raster.grid.transform @ (x, y)
        assert raster.values[0, int(row), int(col)] == pytest.approx(height, abs=40)

"""The command `detect` on pictures as they come: odd, poor, misplaced, damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import Resampling, reproject

from geo.grid import transformer
from tests.shell_runs import refused

SIDE, CELL = 64, 20
EAST, NORTH = 292_500, 3_941_200
NAMES = ("B02", "B03", "B04", "B08")
SCL = (*NAMES, "SCL")


def ground(bands: int, *, seed: int = 1) -> np.ndarray:
    """Made-up ground around Hatra, shape (bands, SIDE, SIDE); a patch is bright on later dates."""
    texture = np.random.default_rng(7).normal(0, 150, (SIDE, SIDE))
    noise = np.random.default_rng(seed).normal(0, 15, (bands, SIDE, SIDE))
    values = noise + texture + (1_000 + 250 * np.arange(bands))[:, None, None]
    if seed > 1:
        values[:, 20:34, 20:34] *= 1.7
    return values


def write(path: Path, values: np.ndarray, *, names=NAMES, **profile) -> Path:
    """A GeoTIFF, in 20 m cells of UTM 38N unless told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tags = profile.pop("tags", {})
    told = {
        "driver": "GTiff", "count": len(values), "height": values.shape[1],
        "width": values.shape[2], "dtype": "uint16", "nodata": 0, "crs": "EPSG:32638",
        "transform": Affine(CELL, 0, EAST, 0, -CELL, NORTH),
    } | profile  # fmt: skip
    with rasterio.open(path, "w", **told) as file:
        file.write(values.astype(told["dtype"]))
        if names:
            file.descriptions = names
        file.update_tags(**tags)
    return path


def pair(folder: Path, spoil=lambda values: values, *, both=lambda values: values, **profile):
    """Two dates, the later one spoilt; `both` is done to both."""
    names = profile.pop("names", NAMES)
    bands = len([name for name in names if name != "SCL"])
    return (
        write(folder / "a.tif", both(ground(bands)), names=names,
              tags={"ACQUISITION_DATE": "2015-03-01"}, **profile),
        write(folder / "b.tif", spoil(both(ground(bands, seed=2))), names=names,
              tags={"ACQUISITION_DATE": "2015-04-01"}, **profile),
    )  # fmt: skip


@pytest.fixture
def detect(ask):
    """Runs it on two files, quickly."""
    return lambda before, after, *more: ask(
        "detect", "--fast", "--before", before, "--after", after, *more
    )


def found(done) -> dict:
    """The summary of a run that went well."""
    assert (done.code, done.err) == (0, "")
    return done.json


def clouded(values: np.ndarray) -> np.ndarray:
    """With a band of codes that says cloud everywhere."""
    return np.concatenate([values[:4], np.full_like(values[:1], 9)])


def clear_sky(values: np.ndarray) -> np.ndarray:
    """With a band of codes that says bare ground everywhere."""
    return np.concatenate([values, np.full_like(values[:1], 5)])


def test_fast_is_told_and_finds_the_patch(detect, tmp_path):
    """In the words of a person, and as a setting of its provenance."""
    before, after = pair(tmp_path)
    told = found(detect(before, after, "--json"))
    assert told["provenance"]["parameters"]["fast"] is True
    assert len(told["flags"]) == 1
    words = detect(before, after, "--out", tmp_path / "f.gpkg")
    assert words.out.startswith("1 flagged areas, ")
    assert f"wrote {tmp_path / 'f.gpkg'}" in words.out


@pytest.mark.parametrize(
    "names",
    [
        ("pan",), ("red", "green", "blue"), ("Blue", "Green", "Red", "NIR"),
        tuple(f"SR_B{i}" for i in range(1, 8)), tuple(f"B{i}" for i in range(1, 14)),
        ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12"),
        ("أزرق", "أخضر", "أحمر", "تحت الأحمر"), ("", "", "", ""),
    ],
    ids=["one", "RGB", "PlanetScope", "Landsat", "B1", "B01", "Arabic", "no names"],
)  # fmt: skip
def test_bands_of_any_sensor_are_compared(detect, tmp_path, names):
    """The patch is found by each."""
    told = found(detect(*pair(tmp_path, names=names), "--json"))
    assert len(told["flags"]) == 1
    assert told["flagged_ha"] == pytest.approx(14 * 14 * 0.04, rel=0.4)


@pytest.mark.parametrize(
    ("dtype", "nodata", "empty"),
    [
        ("int16", -9999, -9999), ("float32", np.nan, np.nan), ("float64", 0, 0),
        ("float32", None, np.inf), ("float32", None, -3.4e38), ("float64", None, 1e300),
        ("uint8", 0, 0), ("uint8", None, 0),
    ],
)  # fmt: skip
def test_numbers_of_any_type_are_read_and_no_data_stays_none(
    detect, tmp_path, dtype, nodata, empty
):
    """Declared or not; a fourth band of bytes that has a name is no alpha."""
    small = 1 / 20 if dtype == "uint8" else 1

    def part(values):
        values = values * small
        values[:, :10] = empty
        return values

    told = found(detect(*pair(tmp_path, both=part, dtype=dtype, nodata=nodata), "--json"))
    assert told["valid_ha"] == pytest.approx(54 * 64 * 0.04, rel=1e-3)
    assert len(told["flags"]) == 1
    assert "B08" in told["findings"]["other_bands"]


@pytest.mark.parametrize(
    ("spoil", "profile", "why"),
    [
        (clouded, {"names": SCL, "both": clear_sky}, "later picture is cloud, shadow or no data"),
        (lambda v: v * 0, {}, "later picture has no data there"),
        (lambda v: np.where(np.arange(4)[:, None, None] == 1, np.nan, v),
         {"dtype": "float32", "nodata": np.nan}, "later picture has no data in B03"),
        (lambda v: v, {"dtype": "complex64", "nodata": None}, "holds complex64 numbers"),
        (lambda v: v, {"transform": Affine(1e-12, 0, EAST, 0, -1e-12, NORTH)}, "cells of 0 m"),
        (lambda v: v, {"crs": None}, "no coordinate reference system"),
    ],
    ids=["all cloud", "all zero", "NaN band", "complex", "no size", "no CRS"],
)  # fmt: skip
def test_pictures_without_a_clear_cell_are_refused_with_the_reason(
    detect, tmp_path, spoil, profile, why
):
    """In one line that says which picture, and what of it."""
    before, after = pair(tmp_path, spoil, **profile)
    refused(detect(before, after, "--out", tmp_path / "f.gpkg"), why)
    assert not (tmp_path / "f.gpkg").exists()


@pytest.mark.parametrize(
    ("spoil", "doubt"),
    [
        (lambda v: 8_000 + np.random.default_rng(3).normal(0, 50, v.shape), "little in common"),
        (lambda v: np.full_like(v, 1_200), "band B02 is 1200 everywhere"),
        (lambda v: np.where(np.arange(4)[:, None, None] == 1, 1_200, v), "band B03 is 1200 every"),
    ],
    ids=["cloud without codes", "one number", "one even band"],
)
def test_what_speaks_against_a_comparison_is_told_on_its_record(detect, tmp_path, spoil, doubt):
    """Among the remarks, and in the provenance that every flag carries."""
    told = found(detect(*pair(tmp_path, spoil), "--json"))
    assert any(doubt in remark for remark in told["remarks"])
    assert any(doubt in one for one in told["provenance"]["findings"]["doubts"])


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (1, 64), (64, 1), (9, 9)])
def test_too_few_cells_are_unknown_not_unchanged(detect, tmp_path, rows, cols):
    """A picture of one cell or of one row."""
    before, after = pair(tmp_path, both=lambda v: v[:, :rows, :cols])
    told = found(detect(before, after, "--json"))
    assert told["flags"] == []
    assert any("unknown, not nothing" in remark for remark in told["remarks"])


def test_other_sensors_and_wider_cells_are_told(detect, tmp_path):
    """The bands are called alike, and yet see other light and other ground."""
    before = write(tmp_path / "a.tif", ground(4), tags={"SENSOR": "Sentinel-2A"})
    after = write(tmp_path / "b.tif", ground(4, seed=2)[:, ::4, ::4], tags={"SENSOR": "Landsat 8"},
                  transform=Affine(4 * CELL, 0, EAST, 0, -4 * CELL, NORTH))  # fmt: skip
    remarks = " ".join(found(detect(before, after, "--json"))["remarks"])
    assert "different sensors, Sentinel-2A and Landsat 8" in remarks
    assert "cells are 80 m wide, those of the earlier 20 m" in remarks


def test_a_site_that_only_one_date_shows_is_unknown(detect, tmp_path):
    """On the edge of a tile, its own cells empty on the later date."""

    def half(values):
        values[:, :, 7:] = 0
        return values

    east = 42.7454
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps({
        "type": "Polygon",
        "coordinates": [[[42.719, 35.585], [east, 35.585], [east, 35.59], [42.719, 35.585]]],
    }))  # fmt: skip
    told = found(detect(*pair(tmp_path, half), "--aoi", area, "--json"))
    assert told["valid_ha"] == 0
    assert told["remarks"][0].startswith("No cell of the area is clear on both dates")


@pytest.mark.parametrize("where", ["next zone", "degrees", "turned"])
def test_a_later_date_on_another_grid_is_laid_on_the_first(detect, tmp_path, where):
    """Of the next UTM zone, in longitude and latitude, or turned: the patch is where it was."""
    before = write(tmp_path / "a.tif", ground(4))
    plain = write(tmp_path / "b.tif", ground(4, seed=2))
    crs, cell, turn = {
        "next zone": ("EPSG:32637", (CELL, -CELL), 0),
        "degrees": ("EPSG:4326", (2.2e-4, -1.8e-4), 0),
        "turned": ("EPSG:32638", (CELL, -CELL), 20),
    }[where]
    middle = transformer("EPSG:32638", crs).transform(EAST + 32 * CELL, NORTH - 32 * CELL)
    transform = (
        Affine.translation(*middle) @ Affine.rotation(turn) @ Affine.scale(*cell)
        @ Affine.translation(-55, -55)
    )  # fmt: skip
    with rasterio.open(plain) as file:
        values = file.read()
    laid = np.zeros((4, 110, 110), np.uint16)
    reproject(
        values, laid, src_transform=Affine(CELL, 0, EAST, 0, -CELL, NORTH), src_crs="EPSG:32638",
        dst_transform=transform, dst_crs=crs, src_nodata=0, dst_nodata=0,
        resampling=Resampling.bilinear,
    )  # fmt: skip
    after = write(tmp_path / "c.tif", laid, crs=crs, transform=transform)
    told = found(detect(before, after, "--json"))
    straight = found(detect(before, plain, "--json"))
    assert len(told["flags"]) == len(straight["flags"]) == 1
    assert told["flagged_ha"] == pytest.approx(straight["flagged_ha"], rel=0.4)


@pytest.mark.parametrize(
    ("added", "profile"),
    [
        (1_000, {"tags": {"PROCESSING_BASELINE": "05.09"}}),
        (1_000, {"tags": {"PROCESSING_BASELINE": "05.09", "BOA_ADD_OFFSET": "-1000"}}),
        (0, {"tags": {"PROCESSING_BASELINE": "05.09", "OFFSET_APPLIED": "YES"}}),
        (0, {"tags": {"BOA_ADD_OFFSET": "nan", "PROCESSING_BASELINE": "?"}}),
    ],
    ids=["baseline", "given twice", "off already", "nonsense"],
)
def test_the_offset_of_sentinel_2_is_taken_off_once(detect, tmp_path, added, profile):
    """The patch is a ratio of brightness, which an offset taken off twice would change."""
    before = write(tmp_path / "a.tif", ground(4))
    plain = write(tmp_path / "b.tif", ground(4, seed=2))
    shifted = write(tmp_path / "c.tif", ground(4, seed=2) + added, **profile)
    told, expected = (found(detect(before, one, "--json")) for one in (shifted, plain))
    assert told["findings"]["match"]["offset"] == pytest.approx(
        expected["findings"]["match"]["offset"], abs=2
    )


def test_a_picture_and_itself_show_no_change(detect, tmp_path):
    """One file for both dates."""
    before, _ = pair(tmp_path)
    assert found(detect(before, before, "--json"))["flags"] == []


def test_paths_may_be_arabic_with_spaces(detect, tmp_path):
    """Of what is read, and of what is written."""
    folder = tmp_path / "صور الأقمار 2015 #1"
    before, after = pair(folder)
    shutil.move(before, folder / "قبل.tif")
    out = [folder / name for name in ("نتيجة 1.tif", "قناع.tif", "أعلام.gpkg")]
    done = detect(folder / "قبل.tif", after, "--score", out[0], "--mask", out[1], "--out", out[2])
    assert done.code == 0
    assert all(path.stat().st_size for path in out)


@pytest.mark.parametrize("kept", [0, 3, 4, 9, 60, 0.3, 0.7, -300, -1])
@pytest.mark.parametrize("driver", ["GTiff", "COG"])
def test_a_picture_that_was_cut_off_is_refused_wherever(detect, tmp_path, driver, kept):
    """Also where only the names of the bands and the date are lost."""
    before, _ = pair(tmp_path)
    whole = write(tmp_path / "whole.tif", ground(4, seed=2), driver=driver, compress="deflate")
    content = whole.read_bytes()
    kept = int(kept * len(content)) if isinstance(kept, float) else kept
    (tmp_path / "cut.tif").write_bytes(content[:kept])
    done = detect(before, tmp_path / "cut.tif")
    if driver == "COG" and kept == -1:  # the last bytes of the last tile of a COG tell its size
        assert done.code in {0, 2}
    else:
        refused(done, "cut.tif")


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", b"\x89HDF\r\n\x1a\n" + bytes(90),
        b"CDF\x01" + bytes(90), b"\x89PNG\r\n\x1a\n", b"PK\x03\x04",
    ],
    ids=["JPEG 2000", "netCDF-4", "netCDF-3", "PNG", "zip"],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_with_what_to_do(detect, tmp_path, content):
    """Whatever it is called."""
    before, _ = pair(tmp_path)
    (tmp_path / "b.tif").write_bytes(content)
    refused(detect(before, tmp_path / "b.tif"), "is no TIFF", "convert it to GeoTIFF")

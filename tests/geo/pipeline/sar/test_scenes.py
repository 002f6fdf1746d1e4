"""The radar pictures of a folder."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, datetime

import numpy as np
import pytest
from affine import Affine
from shapely.geometry import box

from geo.errors import BadInput
from geo.grid import Grid
from geo.model import Tlp
from geo.pipeline.intake import ImportOptions, add_file, read_scene
from geo.pipeline.sar.reading import read_stack
from geo.pipeline.sar.scenes import (
    UNKNOWN_ORBIT,
    in_order,
    pictures_of_folder,
    pictures_of_store,
)
from geo.sources.writers.geotiff_files import write_geotiff
from tests.geo.pipeline.sar.conftest import grid_at_hatra
from tests.homes import NOW

EVER = {"first": datetime(2000, 1, 1, tzinfo=UTC), "last": datetime(2030, 1, 1, tzinfo=UTC)}
WINDOW = box(42.70, 35.57, 42.73, 35.60)


def write(path, *, bands=("VV", "VH"), values=-10.0, **tags):
    """A made-up picture of ground that grows darker by a tenth of a decibel to the south."""
    path.parent.mkdir(exist_ok=True)
    grid = grid_at_hatra()
    layers = np.full((len(bands), *grid.shape), values, np.float32)
    layers -= np.linspace(0, 0.1, grid.shape[0], dtype=np.float32)[:, None]
    named = {"LAMASSU_SIMULATED": "YES", **tags}
    write_geotiff(path, layers, grid=grid, bands=bands, nodata=float("nan"), tags=named)


def quiet(_share, _words):
    """Nobody watches."""


def test_what_is_no_radar_picture_is_skipped_with_the_reason(tmp_path):
    """A broken file, an optical one, one without a date; the rest goes on."""
    write(tmp_path / "good_20160104.tif")
    write(tmp_path / "optical_20160104.tif", bands=("B04", "B08"))
    write(tmp_path / "dateless.tif")
    (tmp_path / "broken_20160104.tif").write_bytes(b"II*\0 no more")
    (tmp_path / "notes.txt").write_text("no picture")
    found, skipped = pictures_of_folder(tmp_path)
    assert [picture.name for picture in found] == ["good_20160104"]
    reasons = dict(skipped)
    assert set(reasons) == {"optical_20160104", "dateless", "broken_20160104"}
    assert "B04, B08 are not those of a radar" in reasons["optical_20160104"]
    assert "does not tell when it was taken" in reasons["dateless"]
    assert "cannot be read" in reasons["broken_20160104"]


def test_files_of_one_polarisation_each_are_one_picture(tmp_path):
    """Side by side, or one folder a scene, also where the only band has no name."""
    for day in ("20160104", "20160116"):
        for drop, name in enumerate(("VV", "VH")):
            values = -10.0 - drop - int(day[-1])
            write(tmp_path / f"made_up_{day}_{name}.tif", bands=(name,), values=values)
    for drop, name in enumerate(("vv", "vh")):
        path = tmp_path / "made_up_20160128" / f"{name}.tif"
        write(path, bands=("",), values=-20.0 - drop)
    found, skipped = pictures_of_folder(tmp_path)
    assert not skipped
    assert sorted(len(picture.paths) for picture in found) == [2, 2, 2]
    unnamed = next(p for p in found if "20160128" in p.name)
    assert sorted(unnamed.polarisations) == ["VH", "VV"]
    stack, used, _ = read_stack(in_order(found, **EVER)[0], WINDOW, progress=quiet)
    assert (stack.polarisations, len(used)) == (("VH", "VV"), 3)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda layers: np.full_like(layers, np.nan), "holds no valid pixel"),
        (lambda layers: np.full_like(layers, -10), "VV is 0.1 everywhere"),
        (np.zeros_like, "VV has no data"),
    ],
    ids=["no data", "one number", "zeros"],
)
def test_a_picture_that_shows_no_ground_is_skipped(tmp_path, spoil, reason):
    """With the reason; the rest goes on."""
    write(tmp_path / "a_20160101.tif")
    grid = grid_at_hatra()
    layers = spoil(np.ones((2, *grid.shape), np.float32))
    write_geotiff(tmp_path / "b_20160102.tif", layers, grid=grid, bands=("VV", "VH"),
                  nodata=float("nan"), tags={})  # fmt: skip
    found, _ = pictures_of_folder(tmp_path)
    stack, _, skipped = read_stack(in_order(found, **EVER)[0], WINDOW, progress=quiet)
    assert [scene.scene_id for scene in stack.scenes] == ["a_20160101"]
    assert reason in dict(skipped)["b_20160102"]


def test_two_products_of_one_pass_are_one_picture(tmp_path):
    """Of the same second; of pictures whose day alone is known nothing says so."""
    for name, when in (
        ("made", "2016-01-04T02:42:05"), ("made again", "2016-01-04T02:42:05"),
        ("later", "2016-01-04T14:50:00"), ("day", "2016-01-05"), ("same day", "2016-01-05"),
    ):  # fmt: skip
        write(tmp_path / f"{name}.tif", DATETIME=when, number=name)
    kept, skipped = in_order(pictures_of_folder(tmp_path)[0], **EVER)
    assert sorted(picture.name for picture in kept) == ["day", "later", "made", "same day"]
    assert skipped == [("made again", "of the same moment as made")]


@pytest.mark.parametrize("odd", ["one cell", "coarse", "half"])
def test_one_picture_of_another_grid_does_not_decide_for_the_others(tmp_path, odd):
    """Though it is the first; nor does one that covers a part of the ground."""
    grid = grid_at_hatra()
    west = grid.transform @ Affine.translation(grid.shape[1] // 2, 0)
    other = {
        "one cell": Grid(crs=grid.crs, transform=west @ Affine.translation(0.3, 35), shape=(1, 1)),
        "coarse": Grid(crs=grid.crs, transform=grid.transform @ Affine.scale(9), shape=(7, 7)),
        "half": Grid(crs=grid.crs, transform=west, shape=(grid.shape[0], grid.shape[1] // 2)),
    }[odd]
    layers = np.linspace(-12, -10, 2 * other.shape[0] * other.shape[1], dtype=np.float32)
    write_geotiff(tmp_path / "a_20160101.tif", layers.reshape(2, *other.shape), grid=other,
                  bands=("VV", "VH"), nodata=float("nan"), tags={})  # fmt: skip
    for number in (2, 3):
        write(tmp_path / f"b_2016010{number}.tif", values=-10.0 - number)
    found, _ = pictures_of_folder(tmp_path)
    stack, _, _ = read_stack(in_order(found, **EVER)[0], WINDOW, progress=quiet)
    whole, _, _ = read_stack([p for p in found if p.name[0] == "b"], WINDOW, progress=quiet)
    assert (stack.grid, len(stack.scenes)) == (whole.grid, 3)


def test_pictures_come_in_order_each_once(tmp_path):
    """Whatever their names; a copy of a file is left out, so is what lies outside the span."""
    for name, day in (("c", "2016-01-04"), ("a", "2016-02-04"), ("b", "1999-01-04")):
        write(tmp_path / f"{name}.tif", DATETIME=day)
    shutil.copy(tmp_path / "a.tif", tmp_path / "copy.tif")
    found, _ = pictures_of_folder(tmp_path)
    kept, skipped = in_order(reversed(found), **EVER)
    assert [picture.name for picture in kept] == ["c", "a"]
    assert dict(skipped)["copy"] == "the same file as another picture"
    assert "outside 2000-01-01 to 2030-01-01" in dict(skipped)["b"]


@pytest.mark.parametrize("shuffled", [False, True])
def test_orbits_are_told_by_tags_or_by_the_time_of_day(tmp_path, shuffled):
    """To the two minutes; where only the day is known, as one."""
    for name, when, more in (
        ("1", "2016-01-04T02:42:05", {}),
        ("2", "2016-01-16T02:42:30", {}),
        ("3", "2016-01-05T14:50:00", {}),
        ("4", "2016-01-06", {}),
        ("5", "2016-01-07T14:50:00", {"RELATIVE_ORBIT": "72"}),
    ):
        write(tmp_path / f"{name}.tif", DATETIME=when, **more)
    found, _ = pictures_of_folder(tmp_path)
    if shuffled:
        found = found[::-1]
    kept, _ = in_order(found, **EVER)
    orbits = {picture.name: picture.orbit for picture in kept}
    assert orbits["1"] == orbits["2"] == "passing at 02:42 UTC"
    assert orbits["3"] == "passing at 14:50 UTC"
    assert (orbits["4"], orbits["5"]) == (UNKNOWN_ORBIT, "orbit 72")


def test_other_polarisations_than_most_are_skipped(tmp_path):
    """With both named."""
    for number in range(3):
        write(tmp_path / f"a_2016010{number + 1}.tif", values=-10.0 - number)
    write(tmp_path / "b_20160109.tif", bands=("HH",))
    found, _ = pictures_of_folder(tmp_path)
    stack, used, skipped = read_stack(in_order(found, **EVER)[0], WINDOW, progress=quiet)
    assert (len(stack.scenes), len(used)) == (3, 3)
    assert skipped == [("b_20160109", "polarisations HH and not VH, VV")]


def test_pictures_of_another_place_are_skipped(tmp_path):
    """All of them: refused, with a reason."""
    write(tmp_path / "a_20160101.tif")
    found, _ = pictures_of_folder(tmp_path)
    with pytest.raises(BadInput, match="none of 1 radar pictures") as refusal:
        read_stack(found, box(10, 10, 10.1, 10.1), progress=quiet)
    assert "lies outside the raster" in refusal.value.remedy


def test_more_than_fits_is_refused_before_it_is_read(tmp_path, monkeypatch):
    """With the sizes."""
    monkeypatch.setattr("geo.pipeline.sar.reading.MOST_VALUES", 1000)
    write(tmp_path / "a_20160101.tif")
    found, _ = pictures_of_folder(tmp_path)
    with pytest.raises(BadInput, match="1 radar pictures of"):
        read_stack(found, WINDOW, progress=quiet)


def test_a_folder_without_pictures_is_refused(tmp_path):
    """And a folder that is none."""
    with pytest.raises(BadInput, match="holds no GeoTIFF"):
        pictures_of_folder(tmp_path)
    with pytest.raises(BadInput, match="there is no folder"):
        pictures_of_folder(tmp_path / "none")


def test_the_strictest_marking_wins(tmp_path):
    """Files are AMBER unless they say otherwise."""
    write(tmp_path / "a_20160101.tif")
    (picture,), _ = pictures_of_folder(tmp_path)
    assert picture.marking is Tlp.AMBER
    assert dataclasses.replace(picture, marking=Tlp.RED).marking is Tlp.RED


def test_radar_scenes_of_the_store_are_found_by_place(store, settings, tmp_path):
    """With the time, sensor and marking of the record; other scenes are not radar."""
    for day in ("2016-01-04T02:42:05", "2016-01-16T02:42:06"):
        path = tmp_path / f"{day[:10]}.tif"
        write(path, DATETIME=day, values=-10.0 - int(day[9]))
        add_file(store, settings, read_scene(path, options=ImportOptions(author="K")), now=NOW)
    found, skipped = pictures_of_store(store, settings, site_id="none", area_lonlat=WINDOW)
    assert not skipped
    kept, _ = in_order(found, **EVER)
    assert {picture.orbit for picture in kept} == {"passing at 02:42 UTC"}
    assert [picture.taken_at.day for picture in kept] == [4, 16]
    assert all(picture.simulated for picture in kept)
    stack, _, _ = read_stack(kept, WINDOW, progress=quiet)
    assert stack.polarisations == ("VH", "VV")
    for picture in kept:
        picture.paths[0].unlink()
    found, skipped = pictures_of_store(store, settings, site_id="none", area_lonlat=WINDOW)
    assert (found, {reason for _, reason in skipped}) == ([], {"its file is gone"})

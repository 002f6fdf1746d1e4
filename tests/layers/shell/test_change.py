"""The command `detect`, end to end."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box, mapping

from geo.change import Parameters
from geo.pipeline.change import detecting
from geo.store import open_store
from tests.homes import settings_of
from tests.shell_runs import refused
from tests.small_pictures import picture


@pytest.fixture
def pair(tmp_path):
    """Two pictures of one ground; on the second a patch has become bright."""
    return (
        picture(tmp_path / "t1.tif", tags={"ACQUISITION_DATE": "2015-03-01"}),
        picture(tmp_path / "t2.tif", tags={"ACQUISITION_DATE": "2015-04-01"}, patch=True, noise=2),
    )


def test_detect_writes_score_mask_and_flags(shell, pair, tmp_path):
    """In a process of its own: files on the first one's grid, and a summary for machines."""
    outputs = [tmp_path / name for name in ("s.tif", "m.tif", "f.gpkg")]
    done = shell(
        "detect", "--before", pair[0], "--after", pair[1], "--score", outputs[0],
        "--mask", outputs[1], "--out", outputs[2], "--json",
    )  # fmt: skip
    assert done.code == 0
    told = done.json
    assert {"id", "before", "after", "simulated", "marking", "valid_ha", "flagged_ha", "remarks",
            "findings", "flags", "provenance"} <= set(told)  # fmt: skip
    assert (told["before"], told["after"], told["simulated"]) == ("2015-03-01", "2015-04-01", False)
    assert told["marking"] == "TLP:AMBER"
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in pair]
    assert list(told["provenance"]["inputs"].values()) == digests
    assert told["provenance"]["parameters"].items() >= vars_of(Parameters()).items()
    with rasterio.open(pair[0]) as first:
        for path, dtype in zip(outputs[:2], ("float32", "uint8"), strict=True):
            with rasterio.open(path) as written:
                assert (written.transform, written.shape, written.crs) == (
                    first.transform, first.shape, first.crs,
                )  # fmt: skip
                assert written.dtypes == (dtype,)
    assert outputs[2].is_file()


def vars_of(parameters: Parameters) -> dict[str, object]:
    """The parameters by name."""
    return {name: getattr(parameters, name) for name in Parameters.__dataclass_fields__}


def test_detect_around_a_site_tells_distances(run, template, tmp_path, monkeypatch):
    """Two simulated scenes of Hatra: SIMULATED is said, flags have distances."""
    monkeypatch.setattr(detecting, "CONTEXT_HALF_WIDTH_M", 300.0)
    store = open_store(settings_of(template).store_url)
    scenes = store.read("scenes").set_index("id")["path"]
    store.close()
    words = ["detect", "--site", "الحضر"]
    for option, day in (("--before", "20150402"), ("--after", "20150410")):
        words += [option, str(template / scenes[f"SIM-PL894004-{day}"])]
    done = run(*words, "--out", tmp_path / "f.gpkg", "--json")
    assert done.json["simulated"] is True
    assert done.json["flags"]
    assert all(flag["distance_m"] < 4000 for flag in done.json["flags"])
    people = run(*words)
    assert people.out.startswith("SIMULATED pictures: ")


def test_detect_in_an_area(run, pair, tmp_path):
    """A GeoJSON file limits the flags; one that is off the picture is refused."""
    lon, lat = 42.7154, 35.5874
    (tmp_path / "aoi.geojson").write_text(
        json.dumps(mapping(box(lon, lat, lon + 0.01, lat + 0.01)))
    )
    (tmp_path / "far.geojson").write_text(json.dumps(mapping(box(10, 50, 11, 51))))
    words = ("detect", "--before", pair[0], "--after", pair[1], "--aoi")
    assert run(*words, tmp_path / "aoi.geojson", "--json").code == 0
    refused(run(*words, tmp_path / "far.geojson"))


def spoilt(folder: Path, name: str) -> Path:
    """A raster that cannot be used as the later picture."""
    path = folder / "bad.tif"
    match name:
        case "missing":
            pass
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("id,lon,lat\n")
        case "vrt":
            path.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>')
        case "truncated":
            whole_file = picture(folder / "whole.tif").read_bytes()
            path.write_bytes(whole_file[: len(whole_file) // 2])
        case "header only":
            path.write_bytes(picture(folder / "whole.tif").read_bytes()[:60])
        case "no CRS":
            with rasterio.open(
                path, "w", driver="GTiff", count=4, height=64, width=64, dtype="uint16",
                transform=Affine(10, 0, 293_000, 0, -10, 3_941_000),
            ) as dataset:  # fmt: skip
                dataset.write(np.ones((4, 64, 64), np.uint16))
        case "another CRS":
            with rasterio.open(
                path, "w", driver="GTiff", count=4, height=64, width=64, dtype="uint16",
                crs="EPSG:32633", transform=Affine(10, 0, 293_000, 0, -10, 3_941_000),
            ) as dataset:  # fmt: skip
                dataset.write(np.ones((4, 64, 64), np.uint16))
        case "elsewhere":
            picture(path, east=400_000)
        case "no data":
            picture(path, no_data=True)
        case "other bands":
            picture(path, bands=3)
        case "folder":
            path.mkdir()
    return path


@pytest.mark.parametrize(
    "name",
    ["missing", "empty", "text", "vrt", "truncated", "header only", "no CRS", "another CRS",
     "elsewhere", "no data", "other bands", "folder"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_cannot_be_used_is_refused(ask, pair, tmp_path, name):
    """As the earlier and as the later picture: one line, exit 2, no file left."""
    bad = spoilt(tmp_path, name)
    before = sorted(tmp_path.iterdir())
    outputs = ("--score", tmp_path / "s.tif", "--mask", tmp_path / "m.tif", "--out",
               tmp_path / "f.gpkg")  # fmt: skip
    refused(ask("detect", "--before", pair[0], "--after", bad, *outputs))
    refused(ask("detect", "--before", bad, "--after", pair[1], *outputs, "--json"))
    assert sorted(tmp_path.iterdir()) == before


def test_a_picture_of_another_size_is_laid_on_the_first_grid(ask, pair, tmp_path):
    """Where only one of the two has data nothing is known."""
    small = picture(tmp_path / "small.tif", size=48, noise=3)
    words = (
        "detect",
        "--before",
        pair[0],
        "--after",
        small,
        "--mask",
        tmp_path / "m.tif",
        "--json",
    )
    done = ask(*words)
    assert done.code == 0
    with rasterio.open(tmp_path / "m.tif") as mask:
        codes = mask.read(1)
    assert codes.shape == (64, 64)
    assert (codes[52:, :] == 255).all()
    assert done.json["valid_ha"] <= 48 * 48 / 100


def test_a_detection_that_cannot_be_is_refused_before_the_work(ask, pair, tmp_path):
    """Swapped dates, two areas, bad areas, no such site, files that cannot be written."""
    words = ("detect", "--before", pair[0], "--after", pair[1])
    area, spoilt_area = tmp_path / "a.geojson", tmp_path / "b.geojson"
    area.write_text(json.dumps(mapping(box(42.7, 35.5, 42.8, 35.6))))
    spoilt_area.write_text('{"type": "Point"')
    before = sorted(tmp_path.iterdir())
    cases = [
        (("detect", "--before", pair[1], "--after", pair[0]), "exchange the two"),
        ((*words, "--site", "Hatra", "--aoi", area), "one of them"),
        ((*words, "--aoi", spoilt_area), "b.geojson"),
        ((*words, "--aoi", tmp_path / "none"), "none"),
        ((*words, "--site", "Atlantis"), "Atlantis"),
        ((*words, "--score", tmp_path / "no" / "s.tif"), "cannot be written"),
        ((*words, "--mask", tmp_path), "cannot be written"),
        ((*words, "--score", tmp_path / "s.tif", "--out", tmp_path / "no" / "f"), "cannot be"),
        ((*words, "--score", pair[0]), "take the place"),
        ((*words, "--score", tmp_path / "x.tif", "--mask", tmp_path / "x.tif"), "take the place"),
        ((*words, "--before", pair[0]), "B02"),
    ]
    for case, word in cases:
        refused(ask(*case), word)
    assert sorted(tmp_path.iterdir()) == before

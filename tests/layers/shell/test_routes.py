"""The commands that tell of ways, posts and checks, end to end."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS

from geo.grid import Grid
from geo.sources.writers.geotiff_files import write_geotiff
from tests.shell_runs import refused


@pytest.fixture
def friction(tmp_path):
    """A friction raster of 20 x 30 cells of 100 m with a wall that has a gap."""
    values = np.full((1, 20, 30), 0.5, dtype=np.float32)
    values[0, :18, 15] = np.nan
    grid = Grid(
        crs=CRS.from_epsg(32638), transform=Affine(100, 0, 330000, 0, -100, 4000000),
        shape=(20, 30),
    )  # fmt: skip
    path = tmp_path / "friction.tif"
    write_geotiff(path, values, grid=grid, bands=["f"], nodata=np.nan, tags={})
    return path


def test_cost_is_written_beside_the_friction(ask, friction, tmp_path):
    """The same grid, float64 seconds, barriers NaN, and 16 neighbours no dearer than 8."""
    out = tmp_path / "cost.tif"
    start = "43.118,36.125"
    done = ask("cost", friction, "--from", start, "--out", out, "--json")
    assert (done.code, done.json["cells"], done.json["reached"]) == (0, 600, 582)
    with rasterio.open(out) as written, rasterio.open(friction) as given:
        eight = written.read(1)
        assert written.transform == given.transform
        assert written.dtypes == ("float64",)
        np.testing.assert_array_equal(np.isnan(eight), np.isnan(given.read(1)))
    ask("cost", friction, "--from", start, "--neighbours", 16, "--out", out)
    with rasterio.open(out) as written:
        sixteen = written.read(1)
    assert np.nanmax(sixteen - eight) <= 1e-9
    assert done.json["max_s"] == pytest.approx(np.nanmax(eight))


def test_the_way_to_a_place_is_written(ask, friction, tmp_path):
    """Round the wall, as a line with its cost and length."""
    way = tmp_path / "way.gpkg"
    words = ("--from", "43.118,36.125", "--to", "43.138,36.125", "--way", way)
    done = ask("cost", friction, *words, "--json")
    assert done.code == 0
    assert done.json["way"]["length_m"] > 2000
    assert done.json["way"]["geometry"]["type"] == "LineString"
    assert way.is_file()
    assert "the way takes" in ask("cost", friction, *words).out


def test_heights_are_walked_over(ask, tmp_path):
    """A raster of heights in degrees, as it is downloaded."""
    grid = Grid(
        crs=CRS.from_epsg(4326), transform=Affine(0.001, 0, 43.0, 0, -0.001, 36.1), shape=(50, 60)
    )
    path = tmp_path / "dem.tif"
    values = np.full((1, 50, 60), 250, dtype=np.float32)
    write_geotiff(path, values, grid=grid, bands=["h"], nodata=-9999, tags={})
    words = ("cost", path, "--heights", "--from", "43.01,36.08", "--to", "43.05,36.08", "--json")
    walked, driven = ask(*words, "--mode", "foot").json, ask(*words, "--mode", "off_road").json
    assert walked["way"]["cost_s"] > driven["way"]["cost_s"] > 0
    refused(ask(*words[:-1], "--mode", "vehicle"), "keeps to roads")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "0,0"), "lies outside friction.tif"),
        (("--from", "43.118,36.125", "--way", "w.gpkg"), "--way without --to"),
        (("--from", "43.118,36.125", "--to", "50,36"), "lies outside"),
        (("--from", "north"), "--from north; expected LON,LAT"),
        (("--from", "36.1,143"), "is not on Earth"),
        (("--from", "43.118,36.125", "--neighbours", "6"), "6"),
        (("--from", "43.118,36.125", "--out", "/nowhere/c.tif"), "/nowhere"),
    ],
)
def test_a_cost_that_cannot_be_is_refused(ask, friction, words, told):
    """Start, neighbours and file."""
    refused(ask("cost", friction, *words), told)


def test_routes_are_ranked_kept_written_and_made_again(run, tmp_path):
    """From a site to files, the store and back, with the same id all the way."""
    out = tmp_path / "routes.gpkg"
    done = run("routes", "--from", "Nimrud", "--keep", "--out", out, "--json")
    assert done.code == 0
    told = done.json
    assert told["schematic"] is True
    assert told["routes"][0]["rank"] == 1
    assert sum(row["share"] or 0 for row in told["exits"]) == pytest.approx(1)
    assert any("SCHEMATIC" in remark for remark in told["remarks"])
    assert out.is_file()
    again = run("verify", told["id"], "--json")
    assert (again.code, again.json["same"], again.json["differences"]) == (0, True, [])


def test_routes_for_people_say_what_closing_a_post_does(run):
    """The ranking, the change with its interval, and what is not modelled."""
    done = run("routes", "--from", "43.33,36.10", "--close", "IQ-SY-05")
    assert done.code == 0
    assert "What the closing changes:" in done.out
    assert "Sahela" in done.out
    assert "Not modelled, so unknown and not unused" in done.out


def test_without_a_route_the_command_ends_with_1(run):
    """All posts asked for are closed: nothing is drawn instead."""
    done = run("routes", "--from", "Hatra", "--to", "IQ-JO-01", "--close", "IQ-JO-01")
    assert done.code == 1
    assert "there is no route to tell" in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "Atlantis"), "Atlantis"),
        (("--from", "34.0,34.5"), "in the sea"),
        (("--from", "CH-none-001"), "CH-none-001"),
        (("--from", "Hatra", "--to", "XX-1"), "no post 'XX-1'"),
        (("--from", "Hatra", "--close-road", "RL9"), "no road 'RL9'"),
        (("--from", "Hatra", "--check", "here"), "--check here"),
        (("--from", "Hatra", "--avoidance", "-1"), "avoidance -1"),
        (("--from", "Hatra", "--out", "routes.docx"), ".gpkg or .kml"),
        (("--from", "Hatra", "--roads", "surveyed"), "no file of roads"),
    ],
)
def test_a_route_that_cannot_be_is_refused(ask, words, told):
    """In one line, with what was given."""
    refused(ask("routes", *words), told)


def test_routes_that_were_not_kept_cannot_be_verified(ask):
    """There is nothing to compare with."""
    refused(ask("verify", "RT-0000000000"), "no routes of RT-0000000000")


def test_exposure_says_how_much_of_it_is_assumption(run, tmp_path):
    """Ranked posts with intervals, the share that comes from data, and a table."""
    done = run("exposure", "--top", 3, "--out", tmp_path / "posts.csv", "--json")
    assert done.code == 0
    first = done.json["posts"][0]
    assert first["rank"] == 1
    assert first["share_low"] <= first["share"] <= first["share_high"]
    assert "comes from assumptions" in done.json["remarks"][0]
    assert (tmp_path / "posts.csv").is_file()


@pytest.mark.thorough
def test_checks_are_listed_in_an_order_for_any_number(run):
    """Catch grows down the list, before and after smugglers adapt."""
    done = run("checks", "--k", 2, "--rounds", 1, "--json")
    assert done.code == 0
    caught = [row["catch_before"] for row in done.json["checks"]]
    assert caught == sorted(caught)
    assert 0 <= done.json["gap"] < 0.2


def test_more_checks_than_places_are_refused(ask):
    """With the number that there are."""
    refused(ask("checks", "--k", 100000), "100000 checks; expected 1 to")


def test_validate_ends_with_1_where_a_test_fails(ask):
    """The embedded facts are few: what fails is said to fail, the rest not to be testable."""
    done = ask("validate", "--json")
    verdicts = {row["verdict"] for row in done.json["rows"]}
    assert verdicts <= {"passed", "failed", "not testable"}
    assert done.code == (1 if "failed" in verdicts else 0)
    assert all(row["why"] for row in done.json["rows"])

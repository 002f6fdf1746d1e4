"""What a route lies on: imported terrain and roads, or the cited links between places."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from affine import Affine
from shapely.geometry import LineString, Point, mapping

from geo.errors import BadInput, InvalidSetting, LamassuError
from geo.frames import frame_of
from geo.grid import Grid, metric_crs
from geo.model import Tlp
from geo.pipeline.ground import country_of, ground_of, travel_mode, travel_modes
from geo.pipeline.intake import ImportOptions, import_files
from geo.pipeline.routes import RouteRequest, study_routes
from geo.sources.writers.geotiff_files import write_geotiff
from geo.store import FileKey
from tests.homes import NOW

TREBIL, HATRA = (38.9, 32.9), (42.718342, 35.587884)


def road_file(path, *courses, **properties):
    """A GeoJSON of roads along lists of (lon, lat)."""
    features = [
        {"type": "Feature", "properties": {"highway": "primary", "osm_id": str(number),
                                           **properties},
         "geometry": mapping(LineString(course))}
        for number, course in enumerate(courses)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def height_file(path, *, bounds=(37.0, 28.0, 50.0, 39.0), cell_deg=0.05, height_m=200.0, tags=None):
    """A GeoTIFF of level ground."""
    west, south, east, north = bounds
    shape = (round((north - south) / cell_deg), round((east - west) / cell_deg))
    grid = Grid(crs=metric_crs((0, 0)).from_epsg(4326),
                transform=Affine(cell_deg, 0, west, 0, -cell_deg, north), shape=shape)  # fmt: skip
    values = np.full((1, *shape), height_m, dtype=np.float32)
    write_geotiff(path, values, grid=grid, bands=["h"], nodata=-9999, tags=tags or {})
    return path


def take_in(store, settings, kind, *paths, **options):
    """Import files."""
    return import_files(
        store, settings, kind, paths, options=ImportOptions(author="t", **options), now=NOW
    )


@pytest.mark.parametrize(
    ("lonlat", "stated", "country"),
    [
        (HATRA, "", "Iraq"),
        ((36.3, 33.5), "", "Syria"),
        ((42.5656, 37.165), "Iraq", "Iraq"),
        ((42.5656, 37.2), "", "Turkey"),
        (HATRA, "Turkey", "Iraq"),
        (HATRA, "Mesopotamia", "Iraq"),
    ],
)
def test_a_place_lies_in_a_country(lonlat, stated, country):
    """The stated one where the place is within reach of it, since borders here are coarse."""
    assert country_of(lonlat, stated=stated) == country


@pytest.mark.parametrize("lonlat", [(34.0, 34.5), (0.0, 0.0), (50.5, 28.0), (-75.0, 40.0)])
def test_the_sea_and_far_countries_are_no_place_to_leave(lonlat):
    """The message names the place."""
    with pytest.raises(BadInput, match=f"longitude {lonlat[0]:.4f}, latitude {lonlat[1]:.4f}"):
        country_of(lonlat)


def test_an_unknown_mode_is_refused_with_the_known_ones():
    """The three modes of data/modes.yaml."""
    assert list(travel_modes()) == ["vehicle", "off_road", "foot"]
    with pytest.raises(InvalidSetting, match="expected one of vehicle, off_road, foot"):
        travel_mode("barge")


def test_without_imports_the_roads_are_the_cited_links(facts, home):
    """Schematic, with the posts of the country and of the neighbours that face it."""
    ground = ground_of(facts, home, "Iraq", mode=travel_mode("vehicle"))
    assert ground.schematic
    assert ground.terrain is None
    assert ground.marking is Tlp.CLEAR
    leads = (ground.posts["country"] == "Iraq") | (ground.posts["facing_country"] == "Iraq")
    assert leads.all()
    assert {"links", "posts"} <= set(ground.inputs)
    assert "Mosul" in ground.towns.values()
    assert set(ground.watched["kind"]) == {"post", "town"}


def test_two_posts_that_only_share_an_id_are_told_apart(store, settings):
    """A partner's post 1 is not the store's: both are there, each with its dataset before it."""
    first = store.read("posts").iloc[0]
    frame = frame_of(
        "posts",
        {"id": [first["id"]], "name": ["Another gate"], "country": ["Iraq"], "kind": ["land"],
         "facing_country": ["Iran"], "geometry": [Point(45.9, 35.1)], "dataset_id": ["partner"]},
    )  # fmt: skip
    key = FileKey(file_name="p", sha256="7" * 64, dataset_id="partner")
    store.add("posts", frame, key=key, author="t", now=NOW)
    ground = ground_of(store, settings, "Iraq", mode=travel_mode("vehicle"))
    told = ground.posts[ground.posts["id"].str.endswith(f"/{first['id']}")]
    assert set(told["id"]) == {f"partner/{first['id']}", f"lamassu-facts/{first['id']}"}
    assert ground.places["key"].is_unique


def test_open_ground_without_heights_is_said_to_be_so(facts, home):
    """The reader is told, and told what to bring."""
    ground = ground_of(facts, home, "Iraq", mode=travel_mode("off_road"))
    assert any("bring in heights" in remark for remark in ground.remarks)


def test_imported_roads_are_kept_once_and_can_be_undone(store, settings, tmp_path):
    """The file lies under its SHA-256; its record goes with the import."""
    path = road_file(tmp_path / "r.geojson", [HATRA, (43.0, 36.0)])
    (first,), (second,) = (take_in(store, settings, "roads", path) for _ in range(2))
    assert (first.read, first.accepted, first.quarantined) == (1, 1, 0)
    assert second.accepted == 0
    record = store.read("networks").iloc[0]
    assert record["ways"] == 1
    assert (settings.home / record["path"]).read_bytes() == path.read_bytes()
    assert record["classes"] == "primary 1"
    assert record["length_km"] == pytest.approx(52.4, rel=0.05)
    store.undo(first.import_id, author="t", now=NOW)
    assert len(store.read("networks")) == 0


def test_a_dry_run_keeps_no_file(store, settings, tmp_path):
    """Nothing is copied and nothing recorded."""
    path = road_file(tmp_path / "r.geojson", [HATRA, (43.0, 36.0)])
    options = ImportOptions(author="t")
    import_files(store, settings, "roads", [path], options=options, now=NOW, dry_run=True)
    assert len(store.read("networks")) == 0
    assert not (settings.home / "roads").exists()


def test_roads_that_cannot_be_used_are_kept_aside(store, settings, tmp_path):
    """A point among the lines is quarantined with its reason; the rest is taken."""
    path = road_file(tmp_path / "r.geojson", [HATRA, (43.0, 36.0)])
    document = json.loads(path.read_text())
    document["features"].append(
        {"type": "Feature", "properties": {"highway": "primary"}, "geometry": mapping(Point(HATRA))}
    )
    path.write_text(json.dumps(document))
    (report,) = take_in(store, settings, "roads", path)
    assert (report.read, report.accepted, report.quarantined) == (2, 1, 1)
    assert store.quarantine(report.import_id)[0].what


def test_roads_over_part_of_a_country_are_not_taken_by_themselves(store, settings, tmp_path):
    """Automatic choice stays with the links and says why; asked for, the file is used alone."""
    path = road_file(tmp_path / "r.geojson", [HATRA, (43.0, 36.0), (42.5656, 37.1447)])
    take_in(store, settings, "roads", path, marking=Tlp.AMBER, source="Survey")
    mode = travel_mode("vehicle")
    auto = ground_of(store, settings, "Iraq", mode=mode)
    assert auto.schematic
    assert any("were not used" in remark for remark in auto.remarks)
    alone = ground_of(store, settings, "Iraq", mode=mode, roads="surveyed")
    assert not alone.schematic
    assert len(alone.ways) == 1
    assert alone.marking is Tlp.AMBER
    assert any("only: posts elsewhere" in remark for remark in alone.remarks)


def test_a_country_covered_by_surveyed_roads_is_routed_on_them(store, settings, tmp_path):
    """The routes are no longer schematic, and carry the marking of the file."""
    path = road_file(
        tmp_path / "r.geojson", [HATRA, (43.0, 36.0), (42.565556, 37.144722)],
        [(38.8, 29.1), (48.5, 30.0), (44.8, 37.3), HATRA, (38.8, 33.4)],
    )  # fmt: skip
    take_in(store, settings, "roads", path, source="Survey", marking=Tlp.AMBER)
    study = study_routes(store, settings, RouteRequest(site_id="PL894004"))
    assert not study.schematic
    assert not study.routes["schematic"].any()
    assert study.marking is Tlp.AMBER
    assert "IQ-TR-01" in set(study.routes["exit_id"])
    again = study_routes(store, settings, RouteRequest(site_id="PL894004"))
    assert again.routes.equals(study.routes)


def test_invented_roads_are_used_only_when_asked_for(store, settings, tmp_path):
    """They never slip into a real study; asked for, the whole study is SIMULATED."""
    path = road_file(
        tmp_path / "r.geojson", [HATRA, (43.0, 36.0), (42.565556, 37.144722)],
        [(38.8, 29.1), (48.5, 30.0), (44.8, 37.3), HATRA, (38.8, 33.4)],
    )  # fmt: skip
    take_in(store, settings, "roads", path, simulated=True)
    request = RouteRequest(site_id="PL894004")
    assert study_routes(store, settings, request).schematic
    asked = dataclasses.replace(request, roads="surveyed")
    study = study_routes(store, settings, asked)
    assert study.simulated
    assert study.routes["simulated"].all()
    assert study.remarks[0].startswith("SIMULATED: roads")


def test_a_surveyed_way_names_the_towns_that_it_runs_past(store, settings, tmp_path):
    """Mosul lies within three kilometres of the road; Erbil does not."""
    path = road_file(
        tmp_path / "r.geojson", [HATRA, (43.12, 36.34), (42.565556, 37.144722)],
        [(38.8, 29.1), (48.5, 30.0), (44.8, 37.3), HATRA, (38.8, 33.4)],
    )  # fmt: skip
    take_in(store, settings, "roads", path)
    request = RouteRequest(site_id="PL894004", exits=("IQ-TR-01",), alternatives=1)
    (passes,) = study_routes(store, settings, request).routes["passes"]
    assert "Mosul" in passes
    assert "Irbil" not in passes


def test_heights_are_kept_and_used_off_the_road(store, settings, tmp_path):
    """A level country: the slopes are known and nought, and the reader is told whose they are."""
    (report,) = take_in(
        store, settings, "terrain", height_file(tmp_path / "h.tif"), source="Survey"
    )
    assert (report.read, report.accepted) == (1, 1)
    record = store.read("terrain").iloc[0]
    assert record["unit"] == "m"
    assert (settings.home / record["path"]).is_file()
    ground = ground_of(store, settings, "Iraq", mode=travel_mode("off_road"))
    assert ground.terrain is not None
    assert any("Heights are those of Survey" in remark for remark in ground.remarks)
    assert ground_of(store, settings, "Iraq", mode=travel_mode("vehicle")).terrain is None


def test_heights_that_call_themselves_invented_are_kept_as_invented_and_not_used(
    store, settings, tmp_path
):
    """The file's own word counts, whatever its importer said."""
    path = height_file(tmp_path / "h.tif", tags={"LAMASSU_SIMULATED": "YES"})
    take_in(store, settings, "terrain", path)
    assert store.read("terrain")["simulated"].tolist() == [True]
    assert ground_of(store, settings, "Iraq", mode=travel_mode("off_road")).terrain is None


@pytest.mark.parametrize("kind", ["roads", "terrain"])
def test_a_grade_that_is_none_is_refused_for_every_file(store, settings, tmp_path, kind):
    """As for tables and scenes."""
    made = {
        "roads": lambda: road_file(tmp_path / "r.geojson", [HATRA, (43.0, 36.0)]),
        "terrain": lambda: height_file(tmp_path / "h.tif"),
    }
    with pytest.raises(LamassuError, match="Z9"):
        take_in(store, settings, kind, made[kind](), grade="Z9")


def test_heights_of_part_of_the_country_are_said_to_be_partial(store, settings, tmp_path):
    """Open ground elsewhere is left out, because nothing is known of it."""
    take_in(store, settings, "terrain", height_file(tmp_path / "h.tif", bounds=(42, 35, 45, 37)))
    ground = ground_of(store, settings, "Iraq", mode=travel_mode("off_road"))
    assert any("of the country; open ground elsewhere" in remark for remark in ground.remarks)


@pytest.mark.parametrize("name", ["r.geojson", "r.gpkg", "r.osm.pbf"])
def test_a_file_of_no_roads_is_refused_and_nothing_kept(store, settings, tmp_path, name):
    """Garbage under each name: one error, no record, no file."""
    (tmp_path / name).write_bytes(b"\x00\x01 no roads here" * 20)
    with pytest.raises(LamassuError):
        take_in(store, settings, "roads", tmp_path / name)
    assert len(store.read("networks")) == 0
    assert not (settings.home / "roads").exists()


def test_a_picture_is_no_terrain(store, settings, tmp_path):
    """Heights above the highest mountain are not metres of height."""
    with pytest.raises(LamassuError):
        take_in(store, settings, "terrain", height_file(tmp_path / "h.tif", height_m=60_000.0))
    assert len(store.read("terrain")) == 0

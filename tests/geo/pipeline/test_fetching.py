"""Scenes found on a real STAC server and fetched over HTTP, good ones and bad."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Transformer

from geo.access import Principal, Role, Via, Viewer
from geo.errors import InvalidSetting, NotAllowed, NotFound, Unreachable
from geo.grid import Raster
from geo.pipeline.fetching import Terms, fetch_scenes, find_scenes
from geo.pipeline.fetching.finding import asked_bounds, site_grid
from geo.pipeline.fetching.getting import comparable
from geo.pipeline.guard import guard
from geo.sources.rasters.raster import read_raster
from geo.sources.stac.api import Answered
from geo.sources.stac.collections import LANDSAT, SENTINEL_2
from geo.sources.stac.offers import offer_of
from geo.sources.stac.web import WebLimits
from tests.homes import NOW
from tests.stac.range_server import FileServer, file_server
from tests.stac.servers import BANDS, CORNER, LONLAT, cog, item, scene_files, stac_api, values_of

SITE = "PL894019"
"""Nimrud."""

YEAR = {"since": date(2024, 1, 1), "until": date(2024, 12, 31)}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, bytes]:
    """The files of a made-up scene."""
    return scene_files(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def world(tmp_path_factory, made) -> Iterator[tuple[FileServer, str]]:
    """A server of files and a STAC API, both real and on this machine, with good and bad scenes."""
    with file_server() as files:
        for name in ("good", "later", "broken", "gone", "cut", "login"):
            files.files |= {f"/{name}/{asset}.tif": one for asset, one in made.items()}
        files.files["/broken/red.tif"] = b"II*\0" + bytes(500)
        del files.files["/gone/nir.tif"]
        files.files["/cut/swir22.tif"] = made["swir22"][:4_000]
        files.faults["/login/blue.tif"] = "login"
        poor = item("S2A_poor", f"{files.url}/good", when="2024-05-03T08:00:00Z")
        del poor["assets"]["red"]
        elsewhere = item("S2A_elsewhere", "http://10.9.8.7/a", when="2024-05-04T08:00:00Z")
        items = [
            item("S2A_good", f"{files.url}/good", when="2024-03-01T08:00:00Z"),
            item("S2B_later", f"{files.url}/later", when="2024-04-01T08:00:00Z",
                 **{"eo:cloud_cover": 55}),
            *(item(f"S2A_{name}", f"{files.url}/{name}", when=f"2024-06-0{i}T08:00:00Z")
              for i, name in enumerate(("broken", "gone", "cut", "login"), start=1)),
            poor, elsewhere,
            item("S2A_future", f"{files.url}/good", when="2031-01-01T08:00:00Z"),
        ]  # fmt: skip
        with stac_api(tmp_path_factory.mktemp("api"), items) as api:
            yield files, api


@pytest.fixture
def terms(world) -> Terms:
    """Both servers are allowed, and nobody else."""
    files, api = world
    web = WebLimits(silence_s=2.0, attempts=2)
    return Terms(allowed=(files.host, api.removeprefix("http://")), web=web, half_width_m=500.0)


@pytest.fixture
def find(world, store, terms):
    """Asks the server for Nimrud in 2024."""

    def ask(**changes: object):
        known = {"site_id": SITE, "api": world[1], "terms": terms, "now": NOW, "author": "Asker"}
        return find_scenes(store, **(known | YEAR | changes))

    return ask


@pytest.fixture
def fetch(store, settings):
    """Fetches."""

    def get(found, **more: object):
        return fetch_scenes(store, settings, found, author="Asker", now=NOW, **more)

    return get


def only(found, *names: str):
    """The ids of these scenes."""
    return [one.scene_id for one in found.scenes if one.offer.id in names]


def satellite(store):
    """The scenes that were fetched."""
    scenes = store.read("scenes")
    return scenes[scenes["dataset_id"] == "satellite"]


def test_what_there_is_is_listed_and_nothing_fetched(world, find, store):
    """With what cannot be fetched, and why."""
    files, _ = world
    files.asked.clear()
    found = find(until=date(2031, 12, 31))
    assert files.asked == []
    assert len(satellite(store)) == 0
    told = {one.offer.id: one.refused for one in found.scenes}
    assert told["S2A_good"] == told["S2A_gone"] == ""
    assert told["S2A_poor"] == "it has no file of the band B04"
    assert told["S2A_elsewhere"] == "its files are at 10.9.8.7, which may not be asked"
    assert "yet to come" in told["S2A_future"]
    assert found.hosts_wanted == ("10.9.8.7",)
    assert [one.taken_at for one in found.scenes] == sorted(one.taken_at for one in found.scenes)


def test_an_address_that_nobody_can_ask_harms_only_its_own_scene(find, fetch, monkeypatch):
    """A server writes what it likes."""
    odd = item("S2A_odd", "http://user:word@10.1.1.1/a", when="2024-03-01T08:00:00Z")
    answered = Answered(offers=(offer_of(odd, asked="http://a.example"),), unread=(), notes=())
    monkeypatch.setattr("geo.sources.stac.api.search", lambda *_, **__: answered)
    found = find()
    assert found.hosts_wanted == ()
    (left,) = fetch(found).left
    assert "cannot be asked" in left.reason
    assert "word" not in left.reason.partition(";")[0]


def test_a_server_does_not_learn_the_site(find, monkeypatch):
    """It is asked for whole tenths of a degree."""
    asked = {}

    def search(web, api, **question):
        asked.update(question)
        raise Unreachable("as planned")

    monkeypatch.setattr("geo.sources.stac.api.search", search)
    with pytest.raises(Unreachable, match="as planned"):
        find()
    assert asked["bounds_lonlat"] == (43.3, 36.0, 43.4, 36.2)


def test_cloudy_scenes_are_left_with_their_share(find, terms):
    """By the server's word for the whole picture."""
    found = find(terms=dataclasses.replace(terms, most_cloud_percent=20))
    assert [(one.name, one.reason) for one in found.left] == [("S2B_later", "55 % cloud")]


def test_a_scene_is_kept_with_all_that_is_known_of_it(world, find, fetch, store, settings):
    """Cells are those of the server's files on the site's grid; the rest goes on if some fail."""
    files, _ = world
    found = find()
    told: list[float] = []
    done = fetch(found, progress=lambda share, _: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert {one.name: one.reason.split(";")[0] for one in done.left} == {
        "S2A_poor": "it has no file of the band B04",
        "S2A_elsewhere": "its files are at 10.9.8.7, which may not be asked",
        "S2A_broken": f"band B04: {files.url}/broken/red.tif is no usual TIFF: its directory has "
        "18,761 tags",
        "S2A_gone": f"band B08: {files.url}/gone/nir.tif answers 404 (not there)",
        "S2A_cut": f"band B12: {files.url}/cut/swir22.tif is truncated: it has 4,000 bytes",
        "S2A_login": f"band B02: {files.url}/login/blue.tif answers 403 (it does not give this to "
        "everybody)",
    }  # fmt: skip
    assert [one.accepted for one in done.reports] == [1, 1]
    scene = satellite(store).set_index("id").loc[f"S2A_good-{SITE}"]
    assert (scene["sensor"], scene["site_id"], scene["marking"]) == (
        "Sentinel-2A", SITE, "TLP:AMBER",
    )  # fmt: skip
    assert scene["acquired_at"] == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert "Copernicus" in scene["licence"]
    assert scene["source_url"].endswith("/collections/sentinel-2-l2a/items/S2A_good")
    assert "taken off already" in scene["note"]
    raster = read_raster([settings.home / scene["path"]])
    assert raster.bands[:3] == ("B02", "B03", "B04")
    red = raster.values[raster.bands.index("B04")]
    left = round((raster.grid.transform.c - CORNER[0]) / 10)
    top = round((CORNER[1] - raster.grid.transform.f) / 10)
    assert np.array_equal(red, values_of("red")[top : top + 100, left : left + 100])
    seen = values_of("scl")[top // 2 :, left // 2 :] != 9
    assert scene["clear_fraction"] == pytest.approx(np.kron(
        seen, np.ones((2, 2)))[:100, :100].mean(), abs=0.06)  # fmt: skip


def test_what_is_here_is_not_fetched_again(world, find, fetch, store):
    """Not even its first bytes; after an undo it is."""
    files, _ = world
    fetch(find(), chosen=only(find(), "S2A_good"))
    files.asked.clear()
    found = find()
    assert found.scenes[0].known
    assert "S2A_good" not in [one.offer.id for one in found.to_fetch]
    again = fetch(found, chosen=only(found, "S2A_good"))
    assert (again.known, again.reports, files.asked) == ((f"S2A_good-{SITE}",), (), [])
    store.undo(store.imports()[0].import_id, author="Asker", now=NOW)
    assert not find().scenes[0].known


def test_an_attempt_that_broke_off_goes_on_where_it_was(world, made, find, fetch, settings):
    """Bands that came are not asked for again but for their first piece."""
    files, _ = world
    found = find()
    assert len(fetch(found, chosen=only(found, "S2A_gone")).left) == 1
    kept = list((settings.cache_folder / "stac").glob("*.cut"))
    assert len(kept) == 6
    files.files["/gone/nir.tif"] = made["nir"]
    try:
        assert len(fetch(found, chosen=only(found, "S2A_gone")).reports) == 1
    finally:
        del files.files["/gone/nir.tif"]
    assert list((settings.cache_folder / "stac").iterdir()) == []


def test_where_nothing_can_be_written_the_scene_is_left_with_the_reason(
    world, find, fetch, settings, store
):
    """The rest of the run goes on; what came is not fetched again."""
    found, files = find(), world[0]
    shutil.rmtree(settings.scenes_folder)
    settings.scenes_folder.write_text("no folder")
    done = fetch(found, chosen=only(found, "S2A_good", "S2A_poor"))
    reasons = {one.name: one.reason for one in done.left}
    assert reasons["S2A_good"].startswith("no scene can be written to ")
    assert reasons["S2A_poor"] == "it has no file of the band B04"
    settings.scenes_folder.unlink()
    files.asked.clear()
    again = fetch(found, chosen=only(found, "S2A_good"))
    assert len(again.reports) == len(satellite(store)) == 1


def test_two_collections_may_hold_a_scene_of_one_name(find, fetch, monkeypatch, world, store):
    """Both are kept; that the one is here says nothing of the other."""
    told = item("S2A_good", f"{world[0].url}/good", when="2024-03-01T08:00:00Z")
    one = offer_of(told, asked=world[1])
    other = dataclasses.replace(one, collection="another")
    answered = Answered(offers=(one, other), unread=(), notes=())
    monkeypatch.setattr("geo.sources.stac.api.search", lambda *_, **__: answered)
    first = find()
    names = [f"S2A_good-{SITE}", f"another-S2A_good-{SITE}"]
    assert [scene.scene_id for scene in first.scenes] == names
    fetch(first, chosen=names[:1])
    second = find()
    assert [scene.known for scene in second.scenes] == [True, False]
    assert len(fetch(second).reports) == 1
    assert sorted(satellite(store)["id"]) == sorted(names)


def test_a_piece_that_was_changed_on_disk_is_fetched_anew(world, find, fetch, settings):
    """Its SHA-256 does not hold."""
    found = find()
    fetch(found, chosen=only(found, "S2A_gone"))
    for path in (settings.cache_folder / "stac").glob("*.cut"):
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert "404" in fetch(found, chosen=only(found, "S2A_gone")).left[0].reason


def test_the_same_scene_gives_the_same_bytes(find, fetch, store):
    """So that an alert can be made again."""
    first = fetch(find(), chosen=only(find(), "S2A_good")).reports[0]
    store.undo(first.import_id, author="Asker", now=NOW)
    second = fetch(find(), chosen=only(find(), "S2A_good")).reports[0]
    assert first.sha256 == second.sha256


def test_a_file_that_cannot_be_unpacked_does_no_harm(world, made, find, fetch, tmp_path):
    """It is unpacked in a process of its own, which refuses it."""
    files, _ = world
    noise = np.random.default_rng(3).integers(0, 256, len(made["green"]), dtype=np.uint8)
    files.files["/later/green.tif"] = made["green"][:2_000] + noise.tobytes()[2_000:]
    found = find()
    try:
        (left,) = fetch(found, chosen=only(found, "S2B_later")).left
    finally:
        files.files["/later/green.tif"] = made["green"]
    assert "band B03" in left.reason


def test_nobody_is_asked_while_no_host_is_allowed(find, terms):
    """Default deny."""
    with pytest.raises(NotAllowed, match="no host may be asked"):
        find(terms=dataclasses.replace(terms, allowed=()))


def test_a_server_that_is_not_allowed_is_not_asked(find):
    """Whatever its address."""
    with pytest.raises(NotAllowed, match=r"stac\.example is not among the hosts"):
        find(api="https://stac.example/v1")


def test_whoever_may_keep_nothing_asks_nobody(world, find, store, settings, terms):
    """Neither for a list nor for a scene."""
    viewer = Principal(subject="v", name="Viewer", viewer=Viewer(role=Role.VIEWER), via=Via.OIDC)
    guarded = guard(store, viewer, clock=lambda: NOW)
    with pytest.raises(NotAllowed):
        find_scenes(guarded, site_id=SITE, api=world[1], terms=terms, now=NOW, author="", **YEAR)
    with pytest.raises(NotAllowed):
        fetch_scenes(guarded, settings, find(), author="Viewer", now=NOW)


def test_that_a_server_was_asked_stands_in_the_audit(find, fetch, store):
    """Who, for which site, and where."""
    fetch(find(), chosen=only(find(), "S2A_poor"))
    entries = [one for one in store.audit() if one.action in {"search", "fetch"}]
    assert [one.action for one in entries][-1] == "fetch"
    assert {one.subject for one in entries} == {SITE}
    assert {one.actor for one in entries} == {"Asker"}


@pytest.mark.parametrize(
    ("changes", "error", "why"),
    [
        ({"site_id": "Atlantis"}, NotFound, "no sites answer"),
        ({"until": date(2023, 1, 1)}, InvalidSetting, "from 2024-01-01 to 2023-01-01"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(find, changes, error, why: str):
    """Before anybody is asked."""
    with pytest.raises(error, match=why):
        find(**changes)


@pytest.mark.parametrize("most", [-1.0, 100.5, float("nan")])
def test_a_share_of_cloud_that_is_none_is_refused(find, terms, most: float):
    """It would list everything, or nothing."""
    with pytest.raises(InvalidSetting, match="% cloud; expected a number from 0 to 100"):
        find(terms=dataclasses.replace(terms, most_cloud_percent=most))


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan"), 1e9])
def test_a_square_without_a_usual_size_is_refused(find, terms, width: float):
    """Nor is a whole country fetched."""
    with pytest.raises(InvalidSetting, match="half width"):
        find(terms=dataclasses.replace(terms, half_width_m=width))


def test_the_grid_of_a_site_lies_on_the_satellites_own_cells():
    """Sentinel-2's edges are at whole tens of metres, Landsat's 15 m off the thirties."""
    for kind, cell, origin in ((SENTINEL_2, 10, 0), (LANDSAT, 30, 15), (None, 10, 0)):
        grid = site_grid(LONLAT, half_width_m=2_500, kind=kind)
        assert grid.crs == CRS.from_epsg(32638)
        assert grid.shape[0] == grid.shape[1] >= 5_000 / cell
        assert ((grid.transform.c - origin) % cell, (grid.transform.f - origin) % cell) == (0, 0)
        west, south, east, north = grid.footprint_lonlat.bounds
        assert west < LONLAT[0] < east
        assert south < LONLAT[1] < north


def test_the_box_that_is_asked_for_holds_the_area():
    """Also on the edge of a tenth, and south and west of zero."""
    for lonlat in ((43.3279, 36.0989), (0.0, 0.0), (-0.05, -33.3)):
        area = site_grid(lonlat, half_width_m=2_500, kind=None).footprint_lonlat
        west, south, east, north = asked_bounds(area)
        assert (west, south) <= area.bounds[:2]
        assert (east, north) >= area.bounds[2:]


def raster(level: float) -> Raster:
    """A scene of one number, and one band of codes."""
    values = np.full((4, 20, 20), level, np.float32)
    values[3] = 5
    grid = site_grid(LONLAT, half_width_m=100, kind=SENTINEL_2)
    return Raster(grid=grid, bands=("B02", "B03", "B04", "SCL"), values=values)


def offer(**properties: object):
    """A made-up scene with these words."""
    return offer_of(item("A", "https://a.example", when="2024-03-01T08:00:00Z", **properties),
                    asked="https://a.example")  # fmt: skip


def test_the_sentinel_2_offset_is_taken_off_once():
    """Of the numbers, not of the codes."""
    still_there = offer(**{"earthsearch:boa_offset_applied": False})
    taken, notes = comparable(raster(3_000), still_there)
    assert taken.values[:3].max() == 2_000
    assert taken.values[3].max() == 5
    assert "-1000" in notes[0]
    assert comparable(raster(3_000), offer())[0].values[0].max() == 3_000


def test_an_offset_that_would_make_the_land_black_is_off_already():
    """Earth Search has items whose flag is wrong."""
    wrong = offer(**{"earthsearch:boa_offset_applied": False})
    kept, notes = comparable(raster(700), wrong)
    assert kept.values[0].max() == 700
    assert "100% of the cells would have become negative" in notes[1]


def test_landsat_comes_as_reflectance_too():
    """USGS: a number times 0.0000275 less 0.2; codes stay."""
    assets = {k: {"href": "a.tif"} for k in ("blue", "green", "red", "nir08", "swir16", "swir22",
                                             "qa_pixel")}  # fmt: skip
    landsat = offer_of(
        item("A", "", when="2024-03-01T08:00:00Z")
        | {"collection": "landsat-c2-l2", "assets": assets},
        asked="https://a.example",
    )
    assert landsat.kind is LANDSAT
    known, _ = comparable(dataclasses.replace(raster(10_909.0909), bands=(
        "blue", "green", "red", "QA_PIXEL")), landsat)  # fmt: skip
    assert known.values[0].max() == pytest.approx(1_000, abs=0.01)
    assert known.values[3].max() == 5


def test_pieces_that_waited_for_too_long_are_forgotten(find, fetch, store, settings):
    """A week; so are those whose writing was broken off."""
    found = find()
    fetch(found, chosen=only(found, "S2A_gone"))
    later = datetime.now(UTC) + timedelta(days=8)
    folder = settings.cache_folder / "stac"
    assert list(folder.glob("*.cut"))
    (folder / "killed.part").write_bytes(b"half")
    nothing = dataclasses.replace(found, scenes=())
    fetch(nothing)
    assert list(folder.glob("*.cut"))
    fetch_scenes(store, settings, nothing, author="Asker", now=later)
    assert not list(folder.iterdir())


def other_zone(folder: Path, asset: str) -> bytes:
    """A file of one number in the next UTM zone, which covers the made-up scenes."""
    cell = BANDS[asset]
    to_zone = Transformer.from_crs(32638, 32637, always_xy=True)
    x, y = to_zone.transform(CORNER[0] + 3_000, CORNER[1] - 3_000)
    count = 10_000 // cell
    value = np.uint8(5) if asset == "scl" else np.uint16(2_500)
    place = Affine(cell, 0, round(x) - 5_000, 0, -cell, round(y) + 5_000)
    return cog(folder / "a.tif", np.full((count, count), value), cell_m=cell,
               crs="EPSG:32637", transform=place)  # fmt: skip


def test_a_scene_in_the_next_utm_zone_is_put_on_the_sites_grid(world, tmp_path, find, fetch, store):
    """As at the edge of a zone, where tiles of both lie over a site."""
    files, _ = world
    found = find()
    before = {path: one for path, one in files.files.items() if path.startswith("/later/")}
    files.files |= {f"/later/{asset}.tif": other_zone(tmp_path, asset) for asset in BANDS}
    try:
        done = fetch(found, chosen=only(found, "S2B_later"))
    finally:
        files.files |= before
    assert done.left == ()
    scene = satellite(store).iloc[0]
    assert scene["crs"] == "EPSG:32638"
    values = read_raster([tmp_path / "home" / scene["path"]]).values
    assert np.isfinite(values).all()
    assert np.unique(values).tolist() == [5, 2_500]

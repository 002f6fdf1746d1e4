"""Everything that leaves the house of one site, held against another place in the same cell."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import LineString, Point

from geo.columns import RECORDS
from geo.errors import NotFound
from geo.frames import frame_of_records
from geo.grid import geodesic_distance_m
from geo.model import (
    Alert,
    Audience,
    BorderPost,
    PostKind,
    Precision,
    Record,
    Route,
    Scene,
    Seizure,
    SeizureType,
    Sensitivity,
    Site,
    SiteEvent,
    SiteEventType,
    Tlp,
)
from geo.pipeline import page
from geo.pipeline.export import ENDINGS, ONLY_FOR, export
from geo.pipeline.hotspots import Method, hotspots
from geo.pipeline.shown import records
from geo.query import Query
from geo.store import FileKey, Store, open_store
from tests.geo.pipeline.test_page import told
from tests.homes import NOW

PLACES = ((43.3287, 36.0984), (43.3213, 36.0907))
"""Two made-up places in one cell of 0.01 degree."""

FAR_PLACES = ((43.3287, 36.0984), (43.3913, 36.0107))
"""Two in one cell of 0.1 degree."""


ROAD = ((43.4, 36.0625), (43.4625, 36.0875), (43.5375, 36.3125), (42.08, 36.8))
"""From the edge of that cell on."""


def store_with(folder: Path, lonlat: tuple[float, float], sensitivity: Sensitivity) -> Store:
    """A store that holds one site with all that can speak of it, and a neighbourhood."""
    place = Point(lonlat)
    run = hashlib.sha256(repr(lonlat).encode()).hexdigest()
    common = {"precision": Precision.EXACT, "marking": Tlp.CLEAR, "date_from": NOW.date(),
              "date_to": NOW.date(), "source": "a made-up register"}  # fmt: skip
    text = f"at {lonlat[1]:.5f}, {lonlat[0]:.5f}"
    way = LineString([place, *ROAD])
    length_km = sum(geodesic_distance_m(a, b) for a, b in pairwise(way.coords)) / 1000
    kinds: dict[str, list[Record]] = {
        "sites": [
            Site(id="S1", name="Tell Azgan", country="Iraq", geometry=place, designation=text,
                 sensitivity=sensitivity, note=text, **common),
            Site(id="S2", name="Birkat Zumur", country="Iraq", geometry=Point(44.5, 35.5),
                 **common),
        ],
        "posts": [
            BorderPost(id="P1", name="Rabia", country="Iraq", kind=PostKind.LAND,
                       geometry=Point(42.08, 36.8), **common)
        ],
        "events": [
            SiteEvent(id=f"E{n}", site_name="Tell Azgan", event_type=SiteEventType.LOOTING,
                      site_id="S1", geometry=place, description=text, **common)
            for n in range(6)
        ],
        "seizures": [
            Seizure(id=f"Z{n}", event_type=SeizureType.SEIZURE, country="Iraq", geometry=place,
                    description=text, place="Tell Azgan", **common)
            for n in range(6)
        ],
        "alerts": [
            Alert(id=f"CH-{run[:12]}-001", detection_id=f"CH-{run[:12]}", site_id="S1",
                  geometry=place.buffer(0.0003), area_m2=1000.0, score=3.0, distance_m=12.0,
                  **{**common, "source": f"Change detection CH-{run[:12]}"}),
        ],
        "scenes": [
            Scene(id="SC1", sensor="simulated", bands=("B04",), path="a.tif", sha256="0" * 64,
                  acquired_at=datetime(2015, 3, 7, tzinfo=UTC), site_id="S1",
                  geometry=place.buffer(0.03), transform=text, **common)
        ],
        "routes": [
            Route(id=f"RT-{run[:10]}-1", study_id=f"RT-{run[:10]}", rank=1, share=0.6,
                  origin_name="Tell Azgan", exit_id="P1", exit_name="Rabia", mode="foot",
                  site_id="S1", length_km=length_km, time_h=length_km / 4, geometry=way, **common)
        ],
    }  # fmt: skip
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    for kind, rows in kinds.items():
        key = FileKey(file_name="made up", sha256=hashlib.sha256(kind.encode()).hexdigest())
        store.add(kind, frame_of_records(kind, rows), key=key, author="A", now=NOW)
    return store


@pytest.fixture(
    scope="module",
    params=[
        (Audience.PUBLIC, Sensitivity.MEDIUM, PLACES),
        (Audience.PARTNER, Sensitivity.HIGH, FAR_PLACES),
        (Audience.PUBLIC, Sensitivity.HIGH, FAR_PLACES),
    ],
    ids=lambda param: f"{param[0].value}-{param[1].name.lower()}",
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """An audience, and two stores that differ by the site's place inside its cell alone."""
    audience, sensitivity, places = request.param
    stores = [
        store_with(tmp_path_factory.mktemp("products"), lonlat, sensitivity) for lonlat in places
    ]
    yield audience, *stores
    for store in stores:
        store.close()


@pytest.mark.parametrize("kind", RECORDS)
def test_records_are_the_same(pair, kind: str):
    """Rows, ids, order, texts, cells, extent: nothing tells one place from the other."""
    audience, *stores = pair
    one, other = (records(store, kind, audience) for store in stores)
    assert_geodataframe_equal(one, other)
    assert one.geometry.to_wkb().equals(other.geometry.to_wkb())
    assert str(one.total_bounds) == str(other.total_bounds)


def test_pages_are_the_same(pair):
    """Words, middle, width, marking and id of the pages of site, flags, routes and region."""
    audience, *stores = pair
    for subject in ("Tell Azgan", "region", "flags", "routes"):
        made = []
        for store in stores:
            alert, route = store.read("alerts").iloc[0], store.read("routes").iloc[0]
            asked = {"flags": alert["detection_id"], "routes": route["study_id"]}
            try:
                made.append(
                    page.snapshot_of(store, asked.get(subject, subject), audience=audience,
                                     query=Query(), now=NOW, with_routes=subject == "Tell Azgan")
                )  # fmt: skip
            except NotFound as err:
                made.append(str(err).replace(asked.get(subject, ""), ""))
        one, other = made
        if isinstance(one, str):
            assert one == other
            continue
        assert told(one) == told(other)
        assert one.page_id == other.page_id
        assert one.centre_lonlat == other.centre_lonlat


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("kind", ["seizures", "looting"])
def test_hot_spots_are_the_same(pair, kind: str, method: Method):
    """Cells, counts and clusters come from what may be told; so does the study's id."""
    audience, *stores = pair
    one, other = (
        hotspots(store, kind, audience=audience, query=Query(), method=method, now=NOW)
        for store in stores
    )
    assert one.id == other.id
    assert_geodataframe_equal(one.cells, other.cells)
    assert_geodataframe_equal(one.clusters, other.clusters)
    assert (one.remarks, one.accounting) == (other.remarks, other.accounting)


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_are_the_same(pair, ending: str, tmp_path: Path):
    """Byte for byte, in every format; a withheld site's file is the file without it."""
    audience, *stores = pair
    kind = ONLY_FOR.get(ending, "sites")
    written = []
    for number, store in enumerate(stores):
        folder = tmp_path / str(number)
        folder.mkdir()
        export(store, kind, folder / f"x{ending}", audience=audience, now=NOW)
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert written[0] == written[1]


def test_the_office_can_tell_them_apart(pair):
    """The comparison is not blind."""
    _, *stores = pair
    one, other = (records(store, "sites", Audience.INTERNAL) for store in stores)
    assert not one.geometry.to_wkb().equals(other.geometry.to_wkb())

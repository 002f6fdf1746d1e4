"""A page's content vouches for its own marking, label and identity."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from pyproj import CRS
from shapely.geometry import Point

from geo.errors import BadInput
from geo.frames import frame_of
from geo.grid import Grid, Raster
from geo.model import Audience, Tlp
from geo.snapshot import Snapshot

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NOWHERE = gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326")


def sites(**columns: Any) -> gpd.GeoDataFrame:
    """Two sites as a store gives them."""
    filled = {
        "id": ["S1", "S2"],
        "name": ["Hatra", "Nimrud"],
        "country": ["Iraq", "Iraq"],
        "geometry": [Point(42.7, 35.6), Point(43.3, 36.1)],
        "precision": ["exact", "exact"],
        "marking": [Tlp.CLEAR, Tlp.GREEN],
        **columns,
    }
    frame = frame_of("sites", filled)
    return frame.assign(version=1, recorded_at=NOW, import_id="IM-1")


def snapshot(**changes: Any) -> Snapshot:
    """A plain page with some fields changed."""
    fields = {
        "title": "Hatra", "title_ar": "", "subtitle": "", "frames": {"sites": sites()},
        "borders": NOWHERE, "world": NOWHERE, "centre_lonlat": (42.7, 35.6),
        "half_width_m": 1e4, "focus": None, "picture": None, "picture_label": "",
        "picture_simulated": False, "simulated": False, "audience": Audience.INTERNAL,
        "marking": Tlp.GREEN, "filters": (), "facts": (), "method": (), "caveats": (),
        "sources": (), "cut_off": NOW, "produced_at": NOW, "producer": "", "office": "",
        "version": "0", **changes,
    }  # fmt: skip
    return Snapshot(**fields)


def test_a_page_cannot_be_marked_laxer_than_what_it_shows():
    """A GREEN record under a CLEAR marking is refused."""
    with pytest.raises(BadInput, match="marked TLP:CLEAR and shows records marked TLP:GREEN"):
        snapshot(marking=Tlp.CLEAR)


def test_a_page_may_be_marked_stricter_than_what_it_shows():
    """RED over GREEN is the producer's choice."""
    assert snapshot(marking=Tlp.RED).marking is Tlp.RED


def test_simulated_rows_or_pictures_cannot_go_unsaid():
    """Invented data make a simulated page."""
    invented = {"sites": sites(simulated=[False, True])}
    with pytest.raises(BadInput, match="simulated records and does not say so"):
        snapshot(frames=invented)
    with pytest.raises(BadInput, match="simulated records and does not say so"):
        snapshot(picture_simulated=True)
    assert snapshot(frames=invented, simulated=True).simulated


def test_the_id_names_the_day_and_the_content():
    """LMS, the day, eight digits."""
    page = snapshot()
    assert page.page_id == f"LMS-20261122-{page.content_sha256[:8]}"


def test_the_same_facts_in_another_store_have_the_same_id():
    """Import ids, times of recording, order of rows and the time of production do not count."""
    other = sites().assign(recorded_at=NOW + timedelta(days=9), import_id="IM-2", version=3)
    again = snapshot(frames={"sites": other.iloc[::-1]}, produced_at=NOW + timedelta(hours=1))
    assert again.page_id == snapshot().page_id


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Hatra!"},
        {"audience": Audience.PUBLIC},
        {"marking": Tlp.RED},
        {"filters": ("Country: Iraq",)},
        {"half_width_m": 2e4},
        {"frames": {"sites": sites(name=["Hatra", "Kalhu"])}},
        {"frames": {"sites": sites(geometry=[Point(42.7, 35.6), Point(43.3, 36.2)])}},
        {
            "frames": {
                "sites": sites(geometry=[Point(42.7, 35.6), None], precision=["exact", "country"])
            }
        },
        {"producer": "\ud800"},
    ],
)
def test_other_content_has_another_id(changes: dict[str, Any]):
    """Whatever is shown counts, also text that no file could hold."""
    assert snapshot(**changes).content_sha256 != snapshot().content_sha256


def test_a_picture_counts_with_its_place():
    """The same cells elsewhere are another page."""
    grid = Grid(crs=CRS.from_epsg(32638), transform=Affine(10, 0, 3e5, 0, -10, 4e6), shape=(2, 2))
    moved = dataclasses.replace(grid, transform=Affine(10, 0, 4e5, 0, -10, 4e6))
    cells = np.ones((1, 2, 2), dtype=np.float32)
    here, there = (
        snapshot(picture=Raster(grid=place, bands=("B1",), values=cells)).content_sha256
        for place in (grid, moved)
    )
    assert len({here, there, snapshot().content_sha256}) == 3

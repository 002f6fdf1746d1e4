"""What a server's items are taken for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput
from geo.sources.stac.collections import LANDSAT, SENTINEL_1, SENTINEL_2, known_collection
from geo.sources.stac.offers import boa_offset, offer_of
from tests.stac.servers import BANDS, item

ASKED = "https://stac.example/v1"


def offer(**changes: object):
    """What is taken from a made-up item with these changes."""
    plain = item("S2A_A", "https://files.example/a", when="2024-03-01T08:00:00Z")
    return offer_of(plain | changes, asked=ASKED)


def properties(**changes: object):
    """The properties of a made-up item with these changes."""
    plain = item("S2A_A", "https://files.example/a", when="2024-03-01T08:00:00Z")
    return plain["properties"] | changes


def test_an_item_of_earth_search_is_understood():
    """Its asset names become band names in the order of the house."""
    found = offer()
    assert [band.name for band in found.bands] == [
        "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12", "SCL",
    ]  # fmt: skip
    assert found.bands[6].url == "https://files.example/a/nir.tif"
    assert found.taken_at == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert (found.sensor, found.cloud_percent, found.refused) == ("Sentinel-2A", 3.5, "")
    assert found.kind is SENTINEL_2


@pytest.mark.parametrize(
    ("name", "kind", "keys"),
    [
        ("sentinel-2-c1-l2a", SENTINEL_2, BANDS),
        ("sentinel-2-l2a", SENTINEL_2,
         ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12", "SCL")),
        ("landsat-c2-l2", LANDSAT,
         ("blue", "green", "red", "nir08", "swir16", "swir22", "qa_pixel")),
        ("sentinel-1-rtc", SENTINEL_1, ("vv", "vh")),
    ],
)  # fmt: skip
def test_names_of_several_catalogues_are_known(name: str, kind, keys):
    """Of Earth Search and of others."""
    assets = {key: {"href": f"https://files.example/{key}.tif"} for key in keys}
    found = offer(collection=name, assets=assets)
    assert (found.kind, found.refused) == (kind, "")
    assert len(found.bands) == len(keys)


def test_a_scene_without_a_needed_band_is_refused_with_its_name():
    """And one without a red edge is not."""
    assets = offer_assets()
    del assets["nir"], assets["rededge1"]
    found = offer(assets=assets)
    assert found.refused == "it has no file of the band B08"
    assert "B05" not in [band.name for band in found.bands]


def offer_assets():
    """The assets of a made-up item."""
    return item("S2A_A", "https://files.example/a", when="2024-03-01T08:00:00Z")["assets"]


def test_a_scene_whose_files_ask_for_an_account_is_refused():
    """As Landsat and Sentinel-1 do on Earth Search."""
    assets = {key: {"href": f"s3://sentinel-s1-l1c/{key}.tiff"} for key in ("vv", "vh")}
    found = offer(collection="sentinel-1-grd", assets=assets)
    assert (
        found.refused == "its files are at s3:// addresses, which ask for an account of their own"
    )


def test_an_address_over_https_is_preferred_to_others():
    """Some servers name several."""
    assets = offer_assets()
    assets["red"] = {
        "href": "s3://bucket/red.tif",
        "alternate": {"https": {"href": "https://files.example/red.tif"}},
    }
    found = offer(assets=assets)
    assert (found.refused, found.bands[2].url) == ("", "https://files.example/red.tif")


def test_an_unknown_collection_gives_its_geotiffs_of_data():
    """Pictures to look at, metadata and odd names are not bands."""
    assets = {
        "mosaic": {"href": "a.tif", "type": "image/tiff; application=geotiff", "roles": ["data"]},
        "preview": {"href": "a.tif", "type": "image/tiff", "roles": ["overview"]},
        "words": {"href": "a.json", "type": "application/json"},
        "../../x": {"href": "a.tif", "type": "image/tiff"},
    }
    found = offer(collection="of-our-own", assets=assets)
    assert [band.name for band in found.bands] == ["mosaic"]
    assert found.bands[0].url == "https://stac.example/a.tif"
    assert offer(collection="x", assets={}).refused == "it has no GeoTIFF of data"


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ({"earthsearch:boa_offset_applied": True, "s2:processing_baseline": "05.09"}, 0.0),
        ({"earthsearch:boa_offset_applied": False, "s2:processing_baseline": "05.09"}, -1000.0),
        ({"s2:processing_baseline": "04.00"}, -1000.0),
        ({"s2:processing_baseline": "03.01"}, 0.0),
        ({"processing:version": "05.11"}, -1000.0),
        ({"s2:product_uri": "S2A_MSIL2A_20240301T080000_N0510_R078_T38SLF_20240301T120000.SAFE"},
         -1000.0),
        ({}, 0.0),
        ({"s2:processing_baseline": ["x"], "earthsearch:boa_offset_applied": {}}, 0.0),
    ],
)  # fmt: skip
def test_the_offset_of_sentinel_2_is_known_by_the_items_words(told, value: float):
    """The flag beats the baseline; what `raster:bands` says of it is not believed."""
    assert boa_offset(told, item_id="S2A_A").value == value


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": "../../etc/passwd"}, "is called"),
        ({"id": "a\x1b[31m"}, "is called"),
        ({"id": 7}, "is called"),
        ({"id": "x" * 200}, "is called"),
        ({"properties": None}, "no item of STAC"),
        ({"properties": {}}, "does not say when"),
        ({"properties": {"datetime": "soon"}}, "does not say when"),
        ({"properties": {"datetime": ["2024"]}}, "does not say when"),
    ],
)
def test_what_cannot_be_named_or_dated_is_refused(changes, why: str):
    """With the reason; the other items go on."""
    with pytest.raises(BadInput, match=why):
        offer(**changes)


def test_a_time_span_counts_by_its_beginning():
    """STAC lets `datetime` be null then."""
    span = properties(datetime=None, start_datetime="2024-03-01T01:00:00+03:00")
    assert offer(properties=span).taken_at == datetime(2024, 2, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize("cloud", [None, "3", True, float("nan"), -1, 101, [3]])
def test_an_odd_share_of_cloud_is_unknown(cloud):
    """Not none."""
    assert offer(properties=properties(**{"eo:cloud_cover": cloud})).cloud_percent is None


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {},
        {"type": "Polygon"},
        7,
        {"type": "Nonsense"},
        {"type": "Polygon", "coordinates": [[["a", 1]]]},
    ],
)
def test_an_odd_outline_falls_back_on_the_box(geometry):
    """And without a box the place is unknown."""
    assert offer(geometry=geometry).outline_lonlat.bounds == (43.10, 35.85, 43.75, 36.35)
    assert offer(geometry=geometry, bbox=[1, 2, "x", 3]).outline_lonlat is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(item("a", "b", when="c"))), JSON, st.sampled_from(
    ["datetime", "platform", "eo:cloud_cover", "s2:processing_baseline"]), JSON)  # fmt: skip
def test_no_json_breaks_the_reading(key: str, value, property_key: str, property_value):
    """It is refused as bad input, or read."""
    plain = item("S2A_A", "https://files.example/a", when="2024-03-01T08:00:00Z")
    plain["properties"][property_key] = property_value
    try:
        found = offer_of(plain | {key: value}, asked=ASKED)
    except BadInput:
        return
    assert json.dumps(found.sensor + found.collection).isprintable()


def test_collections_are_known_by_any_case():
    """Servers differ."""
    assert known_collection("Sentinel-2-L2A") is SENTINEL_2
    assert known_collection("modis") is None

"""What an attacker can make of what is given: sources, outlines, digits, many exports."""

from __future__ import annotations

import dataclasses
import math
import struct

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geo.access import viewer_for
from geo.columns import RECORDS
from geo.disclosure import imagery_allowed
from geo.model import Audience, Precision, Sensitivity
from tests.viewed_frames import (
    INTERNAL,
    LOCATED,
    OF_A_SITE,
    PARTNER,
    PUBLIC,
    TOLD,
    a_record,
    few_examples,
    frames,
    given_to,
    one,
    stored,
    told,
)

LEADS = {
    "source": "gazetteer at 43.3287, 36.0984",
    "source_url": "https://example.org/places/1",
    "name_ar_source": "https://example.org/ar/1",
    "designation": "Tentative List 2011, ref. 5640",
    "description": "700 m north of the bridge",
}
"""Words by which a sensitive site could be looked up, by column."""


class TestLeads:
    """What an attacker could follow from a row to the exact place of a sensitive site."""

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    @pytest.mark.parametrize("kind", ["sites", *OF_A_SITE])
    def test_a_sensitive_sites_sources_are_withheld_with_its_place(
        self, kind: str, audience: Audience
    ):
        """A cell is worth nothing beside a link to the coordinate; the page says why it is bare."""
        names = {field.name for field in dataclasses.fields(RECORDS[kind])}
        leads = {name: text for name, text in LEADS.items() if name in names}
        about = {"sensitivity": Sensitivity.LOW} if kind == "sites" else {"site_id": "S"}
        row = one(kind, audience, **leads, **about, site_sensitivity={"S": "4"})
        assert row["source"] == "withheld, because it would lead to the exact place"
        assert [row[name] for name in leads if name != "source"] == [""] * (len(leads) - 1)

    @pytest.mark.parametrize("audience", Audience)
    @pytest.mark.parametrize("kind", TOLD)
    def test_a_row_that_is_not_sensitive_keeps_its_source(self, kind: str, audience: Audience):
        """Embedded facts are public; every statement has its source."""
        row = one(kind, audience, source="Pleiades", source_url="https://example.org/1")
        assert (row["source"], row["source_url"]) == ("Pleiades", "https://example.org/1")

    def test_the_office_keeps_the_source_of_a_sensitive_site(self):
        """Where nothing is generalised nothing is withheld."""
        row = one("sites", INTERNAL, source="survey", sensitivity=Sensitivity.EXTREME)
        assert row["source"] == "survey"

    def test_only_the_sensitive_rows_lose_their_sources(self):
        """Row by row, not frame by frame."""
        sites = [
            a_record("sites", 1, source="one"),
            a_record("sites", 2, source="two", sensitivity=Sensitivity.MEDIUM),
        ]
        shown = told(stored("sites", sites), PUBLIC, kind="sites")
        assert shown["source"].str.startswith("withheld").tolist() == [False, True]

    @pytest.mark.parametrize(
        ("audience", "sensitivity", "given"),
        [
            (INTERNAL, "none", True),
            (INTERNAL, "4", True),
            (PARTNER, "none", True),
            (PARTNER, "4", False),
            (PUBLIC, "none", False),
            (PUBLIC, "4", False),
        ],
    )
    def test_a_scenes_outline_is_given_as_held_or_not_at_all(
        self, audience: Audience, sensitivity: str, given: bool
    ):
        """The site is the middle of its picture: the outline goes where the picture goes."""
        outline = box(43.30, 36.07, 43.36, 36.13)
        row = one(
            "scenes",
            audience,
            geometry=outline,
            precision=Precision.EXACT,
            site_id="S",
            site_sensitivity={"S": sensitivity},
        )
        assert imagery_allowed(viewer_for(audience), Sensitivity(sensitivity)) is given
        assert (row["geometry"] is not None) is given
        assert row["generalised"] is not given
        assert row["precision"] == ("exact" if given else "country")
        assert math.isnan(row["cell_deg"])

    @pytest.mark.parametrize("kind", [*LOCATED, "scenes"])
    def test_no_digit_beyond_the_cell_is_found_in_any_export(self, kind: str):
        """A canary in every column that may hold a place; the office's frame shows it is alive."""
        names = {field.name for field in dataclasses.fields(RECORDS[kind])}
        texts = {
            "footprint_wkt", "coord_source", "provenance", "path", "transform", "owner", "note",
        }  # fmt: skip
        fields: dict[str, object] = dict.fromkeys(texts & names, "at 43.3287 E, 36.0984 N")
        place = Point(43.3287, 36.0984)
        held = place.buffer(0.01, quad_segs=1) if kind in {"alerts", "scenes"} else place
        frame = stored(kind, [a_record(kind, geometry=held, **fields)])

        def exported(audience: Audience) -> tuple[str, bytes]:
            shown = told(frame, audience, kind=kind)
            text = shown.to_json(default=str) + shown.to_wkt().to_csv()
            return text, b"".join(wkb or b"" for wkb in shown.geometry.to_wkb())

        digits = {"43.328", "36.098"}
        doubles = {struct.pack("<d", degrees) for degrees in shapely.get_coordinates(held).ravel()}
        text, binary = exported(INTERNAL)
        assert all(canary in text for canary in digits)
        assert all(canary in binary for canary in doubles)
        text, binary = exported(PUBLIC)
        assert not any(canary in text for canary in digits)
        assert not any(canary in binary for canary in doubles)

    @pytest.mark.parametrize(
        "kind",
        [
            kind if kind == "sites" else pytest.param(kind, marks=pytest.mark.thorough)
            for kind in LOCATED
        ],
    )
    def test_four_hundred_exports_tell_no_more_than_one(self, kind: str):
        """Nothing is drawn at random, so there is nothing to average away."""
        frame = stored(kind, [a_record(kind, geometry=Point(43.3287, 36.0984))])
        exports = {told(frame, PUBLIC, kind=kind).geometry.to_wkb().iloc[0] for _ in range(400)}
        assert len(exports) == 1

    @given(lonlat=st.tuples(st.floats(30, 56), st.floats(24, 43)))
    @few_examples
    def test_all_products_together_tell_no_more_than_the_finest(self, lonlat: tuple[float, float]):
        """The places that fit the public and the partner's product are the partner's cell."""
        frame = stored(
            "sites", [a_record("sites", geometry=Point(lonlat), sensitivity=Sensitivity.LOW)]
        )
        public, partner = (
            told(frame, audience, kind="sites").geometry.iloc[0] for audience in (PUBLIC, PARTNER)
        )
        assert public.covers(partner)

    @few_examples
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_redacting_twice_is_redacting_once(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """A frame that has been redacted, read back and redacted again is the same to a reader."""
        kind, frame = drawn
        once = given_to(audience, kind, frame)
        twice = given_to(audience, kind, once)
        assert_geodataframe_equal(twice, once)

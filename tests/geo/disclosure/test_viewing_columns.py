"""Which columns each audience is given."""

from __future__ import annotations

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geo.model import Audience
from tests.viewed_frames import (
    INTERNAL,
    PARTNER,
    PUBLIC,
    TOLD,
    a_record,
    few_examples,
    frames,
    given_to,
    stored,
    told,
)

INNER = (
    "footprint_wkt",
    "buffer_m",
    "coord_source",
    "distance_m",
    "provenance",
    "path",
    "transform",
    "owner",
    "note",
    "import_id",
)
"""What only the office may have."""


class TestColumns:
    """Which columns are given."""

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    @pytest.mark.parametrize("kind", TOLD)
    def test_inner_columns_are_gone(self, kind: str, audience: Audience):
        """Gone from the frame, not empty in it."""
        shown = told(stored(kind, [a_record(kind)]), audience, kind=kind)
        assert not set(INNER) & set(shown.columns)

    @pytest.mark.parametrize("kind", TOLD)
    def test_the_office_keeps_every_column(self, kind: str):
        """In their order, with the two that are added."""
        frame = stored(kind, [a_record(kind)])
        shown = told(frame, INTERNAL, kind=kind)
        assert list(shown.columns) == [*frame.columns, "generalised", "cell_deg"]

    @pytest.mark.parametrize("kind", TOLD)
    def test_the_public_keeps_what_every_statement_needs(self, kind: str):
        """Source, grade, date, precision and marking go down to the printed page."""
        shown = told(stored(kind, [a_record(kind)]), PUBLIC, kind=kind)
        needed = {
            "id", "geometry", "precision", "date_from", "date_to", "source", "source_url",
            "source_class", "grade", "marking", "licence", "simulated", "dataset_id", "version",
            "recorded_at", "generalised", "cell_deg",
        }  # fmt: skip
        assert needed <= set(shown.columns)

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    @pytest.mark.parametrize("stray", ["lon", "exact_lat", "search_text", "geohash", "place_exact"])
    def test_a_column_that_nobody_declared_is_not_given(self, audience: Audience, stray: str):
        """A column added by a join, a search or a later version is hidden until it is declared."""
        frame = stored("sites", [a_record("sites", geometry=Point(43.3287, 36.0984))])
        with_stray = frame.assign(**{stray: "43.3287 36.0984"})
        assert stray not in told(with_stray, audience, kind="sites")
        assert stray in told(with_stray, INTERNAL, kind="sites")

    def test_a_second_geometry_is_not_given(self):
        """Only the active geometry is generalised, so only that may go out."""
        frame = stored("sites", [a_record("sites", geometry=Point(43.3287, 36.0984))])
        shown = told(frame.assign(exact=frame.geometry), PUBLIC, kind="sites")
        assert shown.columns[shown.dtypes == "geometry"].tolist() == ["geometry"]

    def test_what_hangs_on_the_frame_is_not_given(self):
        """Attributes of a frame are written by some exports."""
        frame = stored("sites", [a_record("sites")])
        frame.attrs["site"] = "43.3287 36.0984"
        assert told(frame, PUBLIC, kind="sites").attrs == {}
        assert frame.attrs == {"site": "43.3287 36.0984"}

    @few_examples
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_kept_columns_keep_their_dtype(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """A redacted frame is drawn, counted and exported like any other, also without rows."""
        kind, frame = drawn
        shown = given_to(audience, kind, frame)
        common = [name for name in shown.columns if name in frame]
        assert shown[common].dtypes.equals(frame[common].dtypes)
        assert shown.crs == frame.crs
        assert shown.geometry.name == "geometry"

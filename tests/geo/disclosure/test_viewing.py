"""Which rows and places each audience is given, and what is refused."""

from __future__ import annotations

import math
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.disclosure import cell_of, composite_marking
from geo.errors import BadInput, InvalidSetting
from geo.grid import geodesic_distance_m
from geo.model import (
    Audience,
    Precision,
    Sensitivity,
    Tlp,
)
from tests.viewed_frames import (
    CEILING,
    CELL_DEG,
    INTERNAL,
    LOCATED,
    OF_A_SITE,
    OFFICE,
    PARTNER,
    PLAIN,
    PUBLIC,
    TOLD,
    WITHHELD,
    a_record,
    few_examples,
    frames,
    given_to,
    numbers_of,
    one,
    sensitivity_of,
    stored,
    told,
)


class TestRows:
    """Who is told of what."""

    @pytest.mark.parametrize("audience", Audience)
    @pytest.mark.parametrize("kind", OFFICE)
    def test_storage_places_pictures_links_and_entrusted_lists_stay_in_the_office(
        self, kind: str, audience: Audience
    ):
        """Whatever their marking, nobody else sees a row of them."""
        frame = stored(kind, [a_record(kind, n, marking=m) for n, m in enumerate(Tlp)])
        shown = told(frame, audience, kind=kind)
        assert len(shown) == (len(Tlp) if audience is INTERNAL else 0)

    @pytest.mark.parametrize("audience", Audience)
    @pytest.mark.parametrize("kind", TOLD)
    def test_nobody_sees_above_the_ceiling(self, kind: str, audience: Audience):
        """Public is CLEAR, partners have GREEN as well, the office has all."""
        frame = stored(kind, [a_record(kind, n, marking=m) for n, m in enumerate(Tlp)])
        shown = told(frame, audience, kind=kind)
        allowed = CEILING[audience].strictness
        assert shown["marking"].tolist() == [m.value for m in Tlp if m.strictness <= allowed]

    @pytest.mark.parametrize("audience", Audience)
    @pytest.mark.parametrize("sensitivity", Sensitivity)
    @pytest.mark.parametrize("kind", ["sites", *OF_A_SITE])
    def test_the_most_sensitive_sites_are_withheld_with_all_that_speaks_of_them(
        self, kind: str, sensitivity: Sensitivity, audience: Audience
    ):
        """An event, an alert or a scene goes where its site goes."""
        fields = {"sensitivity": sensitivity} if kind == "sites" else {"site_id": "S"}
        frame = stored(kind, [a_record(kind, **fields)])
        shown = told(frame, audience, kind=kind, site_sensitivity={"S": sensitivity.value})
        assert shown.empty is ((audience, sensitivity) in WITHHELD)

    @pytest.mark.parametrize("kind", OF_A_SITE)
    @pytest.mark.parametrize("known", [None, {}, {"another": "none"}])
    def test_what_speaks_of_an_unknown_site_is_withheld(
        self, kind: str, known: dict[str, str] | None
    ):
        """A forgotten or already redacted list of sites hides rows, it does not reveal them."""
        frame = stored(kind, [a_record(kind, 1, site_id="S"), a_record(kind, 2, site_id="")])
        for audience, ids in (
            (PUBLIC, [2]),
            (PARTNER, [2]),
            (INTERNAL, [1, 2]),
        ):
            shown = told(frame, audience, kind=kind, site_sensitivity=known)
            assert numbers_of(kind, shown) == ids

    def test_withheld_rows_leave_no_gap(self):
        """The index of what is left does not tell how much is missing."""
        markings = [Tlp.RED, Tlp.CLEAR, Tlp.AMBER, Tlp.CLEAR]
        frame = stored("sites", [a_record("sites", n, marking=m) for n, m in enumerate(markings)])
        shown = told(frame, PUBLIC, kind="sites")
        assert shown["id"].tolist() == ["X001", "X003"]
        assert shown.index.equals(pd.RangeIndex(2))

    @few_examples
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_exactly_the_rows_that_may_be_seen_are_given_in_order(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """No row is added, doubled, reordered or lost."""
        kind, frame = drawn
        shown = given_to(audience, kind, frame)
        allowed = CEILING[audience].strictness
        assert numbers_of(kind, shown) == [
            number
            for number, (_, row) in enumerate(frame.iterrows())
            if Tlp(row["marking"]).strictness <= allowed
            and (audience, sensitivity_of(kind, row)) not in WITHHELD
        ]

    @few_examples
    @given(drawn=frames())
    def test_a_wider_audience_never_sees_more(self, drawn: tuple[str, gpd.GeoDataFrame]):
        """What the public has, partners have; what partners have, the office has."""
        kind, frame = drawn
        public, partner, internal = (given_to(a, kind, frame) for a in (PUBLIC, PARTNER, INTERNAL))
        seen = [set(numbers_of(kind, shown)) for shown in (public, partner, internal)]
        assert seen[0] <= seen[1] <= seen[2] == set(range(len(frame)))
        assert set(public.columns) == set(partner.columns) <= set(internal.columns)


class TestPlaces:
    """How exactly a place is given."""

    @pytest.mark.parametrize("kind", LOCATED)
    def test_the_public_has_the_cell_of_a_place(self, kind: str):
        """A place of no sensitivity is given as its cell of 0.01 degree."""
        row = one(kind, PUBLIC, geometry=Point(43.3287, 36.0984), precision=Precision.EXACT)
        assert row["geometry"].equals(box(43.32, 36.09, 43.33, 36.10))
        assert row["cell_deg"] == 0.01
        assert row["generalised"]
        assert row["precision"] == "vicinity"

    @pytest.mark.parametrize(("audience", "sensitivity"), CELL_DEG)
    def test_each_sensitivity_has_its_cell(self, audience: Audience, sensitivity: Sensitivity):
        """The table of audience and GBIF category, cell by cell."""
        place = Point(43.3287, 36.0984)
        row = one("sites", audience, geometry=place, sensitivity=sensitivity)
        cell_deg = CELL_DEG[audience, sensitivity]
        assert row["cell_deg"] == cell_deg
        assert row["geometry"].equals(box(*cell_of((place.x, place.y), cell_deg)))

    @pytest.mark.parametrize("sensitivity", Sensitivity)
    def test_the_office_has_the_place_itself(self, sensitivity: Sensitivity):
        """Nothing is generalised for the office that holds the store."""
        place = Point(43.3287, 36.0984)
        row = one(
            "sites", INTERNAL, geometry=place, sensitivity=sensitivity, precision=Precision.EXACT
        )
        assert row["geometry"].equals(place)
        assert math.isnan(row["cell_deg"])
        assert not row["generalised"]
        assert row["precision"] == "exact"

    def test_a_partner_has_the_place_of_a_site_that_is_not_sensitive(self):
        """Sensitivity, not the audience alone, decides for partners."""
        row = one("sites", PARTNER, geometry=Point(43.3287, 36.0984))
        assert row["geometry"].equals(Point(43.3287, 36.0984))

    @pytest.mark.parametrize("kind", PLAIN)
    @pytest.mark.parametrize("audience", Audience)
    def test_posts_roads_and_terrain_are_no_secret(self, kind: str, audience: Audience):
        """Their places are given as held."""
        held = {
            "posts": Point(42.0, 37.1),
            "roads": LineString([(42, 37), (43, 36)]),
        }.get(kind, box(42.123, 36.123, 43.0, 37.0))
        row = one(kind, audience, geometry=held, precision=Precision.EXACT)
        assert row["geometry"].equals(held)
        assert row["precision"] == "exact"
        assert not row["generalised"]

    def test_a_polygon_becomes_one_cell(self):
        """The shape of an alert would be found again in open imagery."""
        pit = Polygon([(43.3281, 36.0981), (43.3289, 36.0981), (43.3289, 36.0989)])
        row = one("alerts", PUBLIC, geometry=pit, area_m2=3200.0)
        assert row["geometry"].equals(box(43.32, 36.09, 43.33, 36.10))

    def test_the_cell_of_a_polygon_is_that_of_a_place_inside_it(self):
        """The middle of a horseshoe lies outside it; the cell given does not."""
        horseshoe = box(43.301, 36.001, 43.359, 36.059) - box(43.311, 36.011, 43.349, 36.059)
        row = one("alerts", PUBLIC, geometry=horseshoe)
        assert row["geometry"].intersects(horseshoe)

    @pytest.mark.parametrize("kind", TOLD)
    @pytest.mark.parametrize("audience", Audience)
    @pytest.mark.parametrize("nowhere", [None, Point(), Polygon()])
    def test_what_has_no_place_is_given_none(
        self, kind: str, audience: Audience, nowhere: BaseGeometry | None
    ):
        """A seizure known to a country only has no cell, and nothing breaks on it."""
        frame = stored(kind, [a_record(kind), a_record(kind, 2, geometry=Point(43.3287, 36.0984))])
        frame = frame.set_geometry(gpd.GeoSeries([nowhere, frame.geometry[1]], crs=4326))
        row = told(frame, audience, kind=kind).iloc[0]
        assert row["geometry"] is None or row["geometry"].is_empty
        assert row["precision"] == "country"
        assert math.isnan(row["cell_deg"])
        assert not row["generalised"]

    @pytest.mark.parametrize(
        ("cell_deg", "precision"),
        [(0.001, "exact"), (0.01, "vicinity"), (0.1, "town"), (1.0, "province")],
    )
    def test_the_word_for_a_cell_is_true(self, cell_deg: float, precision: str):
        """From a cell's middle to its corner is less than the radius that the word stands for."""
        for south in (0.0, 33.0, -60.0):
            middle, corner = (cell_deg / 2, south + cell_deg / 2), (cell_deg, south + cell_deg)
            radius_m = Precision(precision).radius_m
            assert radius_m is not None
            assert geodesic_distance_m(middle, corner) < radius_m

    @pytest.mark.parametrize("held", Precision)
    @pytest.mark.parametrize(
        ("sensitivity", "of_cell"),
        [
            (Sensitivity.LOW, Precision.EXACT),
            (Sensitivity.MEDIUM, Precision.VICINITY),
            (Sensitivity.HIGH, Precision.TOWN),
        ],
    )
    def test_the_precision_is_the_coarser_of_the_two(
        self, held: Precision, sensitivity: Sensitivity, of_cell: Precision
    ):
        """A cell makes a place no more exact than it was known."""
        row = one(
            "sites", PARTNER, geometry=Point(43.3, 36.1), precision=held, sensitivity=sensitivity
        )
        order = list(Precision)
        assert order.index(row["precision"]) == max(order.index(held), order.index(of_cell))

    @few_examples
    @given(drawn=frames(LOCATED))
    def test_every_public_place_is_a_cell_of_the_grid(self, drawn: tuple[str, gpd.GeoDataFrame]):
        """Whatever was held, what is given is a box of the right width at the right anchor."""
        kind, frame = drawn
        held = frame.set_index("id")
        for _, row in given_to(PUBLIC, kind, frame).iterrows():
            source = held.loc[row["id"]]
            if source["geometry"] is None:
                assert row["geometry"] is None
                continue
            expected_deg = CELL_DEG[PUBLIC, sensitivity_of(kind, source)]
            assert row["cell_deg"] == expected_deg
            assert row["generalised"]
            inside = source["geometry"].representative_point()
            assert row["geometry"].equals(box(*cell_of((inside.x, inside.y), expected_deg)))

    @few_examples
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_the_two_added_columns_tell_the_truth(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """A place is called generalised if and only if it is not the one held."""
        kind, frame = drawn
        shown = given_to(audience, kind, frame)
        assert shown["generalised"].dtype == bool
        assert shown["cell_deg"].dtype == float
        for number, (_, row) in zip(numbers_of(kind, shown), shown.iterrows(), strict=True):
            held = frame.geometry[number]
            assert row["generalised"] is not (row["geometry"] is held or (
                row["geometry"] is not None and row["geometry"].equals(held)
            ))  # fmt: skip
            assert math.isnan(row["cell_deg"]) or row["generalised"]


class TestFaults:
    """What is refused, and what is left alone."""

    @few_examples
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_the_frame_that_is_redacted_is_untouched(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """The office goes on working with the same frame."""
        kind, frame = drawn
        before = frame.copy(deep=True)
        given_to(audience, kind, frame)
        assert_geodataframe_equal(frame, before)

    @pytest.mark.parametrize("audience", Audience)
    @pytest.mark.parametrize("kind", TOLD)
    def test_an_empty_frame_stays_a_whole_frame(self, kind: str, audience: Audience):
        """No rows, but columns, CRS and the two added columns are there to be drawn."""
        empty = told(stored(kind, []), audience, kind=kind)
        assert len(empty) == 0
        assert empty.crs.to_epsg() == 4326
        assert {"id", "geometry", "generalised", "cell_deg"} <= set(empty.columns)

    @pytest.mark.parametrize("marking", ["TLP:WHITE", "", "clear", "tlp:clear", "TLP:CLEAR "])
    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    def test_an_unknown_marking_is_refused(self, marking: str, audience: Audience):
        """It is neither free nor strict; nobody is given anything until it is put right."""
        frame = stored("sites", [a_record("sites")]).assign(marking=marking)
        with pytest.raises(BadInput, match=f"'{marking}' is no Tlp; expected one of TLP:CLEAR, "):
            told(frame, audience, kind="sites")
        with pytest.raises(BadInput, match="is no Tlp"):
            composite_marking([frame])

    @pytest.mark.parametrize("sensitivity", ["", "5", "extreme", "NONE"])
    def test_an_unknown_sensitivity_is_refused(self, sensitivity: str):
        """In a site's row as in the list of sites."""
        frame = stored("sites", [a_record("sites")]).assign(sensitivity=sensitivity)
        with pytest.raises(BadInput, match=f"'{sensitivity}' is no Sensitivity; expected one of"):
            told(frame, PUBLIC, kind="sites")
        with pytest.raises(BadInput, match="is no Sensitivity"):
            told(stored("events", []), PUBLIC, kind="events", site_sensitivity={"S": sensitivity})

    def test_an_unknown_precision_is_refused(self):
        """A word without a radius is not drawn."""
        frame = stored("sites", [a_record("sites")]).assign(precision="roughly")
        with pytest.raises(BadInput, match="'roughly' is no Precision; expected one of exact, "):
            told(frame, PUBLIC, kind="sites")

    @pytest.mark.parametrize("kind", ["site", "Sites", "", "hotspots"])
    @pytest.mark.parametrize("audience", Audience)
    def test_an_unknown_kind_is_refused(self, kind: str, audience: Audience):
        """A mistyped kind must not be taken for one whose places are no secret."""
        with pytest.raises(InvalidSetting, match=f"there is no table '{kind}'; expected one of"):
            told(stored("sites", [a_record("sites")]), audience, kind=kind)

    @pytest.mark.parametrize("crs", ["EPSG:32638", "EPSG:3857", None])
    def test_a_frame_in_another_system_is_refused(self, crs: str | None):
        """Metres are no degrees: a cell of them would be wrong without anybody seeing it."""
        frame = stored("sites", [a_record("sites", geometry=Point(43.3, 36.1))])
        moved = frame.set_crs(crs, allow_override=True)
        with pytest.raises(BadInput, match=r"sites is in (WGS 84 /|no CRS).*expected EPSG:4326"):
            told(moved, PUBLIC, kind="sites")


def test_dates_numbers_and_shapes_of_what_is_kept_are_unchanged():
    """Redaction takes away; it does not alter what it leaves."""
    seizure = a_record(
        "seizures",
        geometry=Point(43.1289, 36.3456),
        date_from=date(2015, 2, 26),
        object_count=71,
        place="Mosul",
    )
    row = told(stored("seizures", [seizure]), PUBLIC, kind="seizures").iloc[0]
    assert row["date_from"] == pd.Timestamp("2015-02-26")
    assert row["object_count"] == 71
    assert row["place"] == "Mosul"
    assert np.allclose(shapely.bounds(row["geometry"]), (43.12, 36.34, 43.13, 36.35))

"""What each audience is given, and what an attacker can make of it."""

from __future__ import annotations

import dataclasses
import itertools
import math
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.access import viewer_for
from geo.columns import RECORDS
from geo.disclosure import (
    CELLS_DEG,
    SiteIndex,
    cell_of,
    composite_marking,
    for_viewer,
    generalisation_note,
    imagery_allowed,
)
from geo.errors import BadInput, InvalidSetting
from geo.frames import frame_of_records
from geo.grid import geodesic_distance_m
from geo.model import (
    Audience,
    CustodyType,
    LinkType,
    PostKind,
    Precision,
    Record,
    RoadMode,
    SeizureType,
    Sensitivity,
    SiteEventType,
    Tlp,
    Verdict,
)

PUBLIC, PARTNER, INTERNAL = Audience.PUBLIC, Audience.PARTNER, Audience.INTERNAL
LOCATED = ("sites", "events", "seizures", "alerts")
PLAIN = ("posts", "roads", "terrain", "networks")
OFFICE = ("custody", "photographs", "links", "stolen", "opinions")
"""Kinds that only the office sees."""

TOLD = tuple(kind for kind in RECORDS if kind not in OFFICE)
"""Kinds that others may be told of."""

OF_A_SITE = ("events", "alerts", "scenes", "routes", "assessments")
"""Kinds that speak of a site by its id."""

CEILING = {PUBLIC: Tlp.CLEAR, PARTNER: Tlp.GREEN, INTERNAL: Tlp.RED}
CELL_DEG = {
    (PUBLIC, Sensitivity.NONE): 0.01,
    (PUBLIC, Sensitivity.LOW): 0.01,
    (PUBLIC, Sensitivity.MEDIUM): 0.01,
    (PARTNER, Sensitivity.LOW): 0.001,
    (PARTNER, Sensitivity.MEDIUM): 0.01,
    (PARTNER, Sensitivity.HIGH): 0.1,
}
"""Cell by audience and sensitivity, where the place is generalised."""
WITHHELD = {
    (PUBLIC, Sensitivity.HIGH),
    (PUBLIC, Sensitivity.EXTREME),
    (PARTNER, Sensitivity.EXTREME),
}
"""Audience and sensitivity, where the row is not given at all."""

unhurried = settings(deadline=None, max_examples=12)
thorough = pytest.mark.thorough
"""A frame takes some milliseconds to make, more on a busy machine."""

decimals = st.integers(-180_000, 179_999).map(lambda thousandths: thousandths / 1000)
lons = st.floats(-180, 179.99) | decimals
lats = st.floats(-90, 89.99) | decimals.map(lambda degrees: degrees / 2)
lonlats = st.tuples(lons, lats)
widths = st.sampled_from(CELLS_DEG)


def a_record(kind: str, number: int = 1, **fields: object) -> Record:
    """A record of the kind with its required fields filled, CLEAR unless told otherwise."""
    required = {
        "sites": {"name": f"Tell {number}", "country": "Iraq"},
        "posts": {"name": f"Post {number}", "country": "Iraq", "kind": PostKind.LAND},
        "seizures": {"event_type": SeizureType.SEIZURE, "country": "Iraq"},
        "events": {"site_name": "Tell", "event_type": SiteEventType.LOOTING},
        "roads": {"from_node": "a", "to_node": "b", "mode": RoadMode.ROAD},
        "scenes": {
            "sensor": "simulated",
            "bands": ("B04", "B08"),
            "acquired_at": datetime(2015, 3, 7, 8, 0, tzinfo=UTC),
            "sha256": "0" * 64,
            "path": "scenes/a.tif",
        },
        "alerts": {},
        "terrain": {"sha256": "0" * 64, "path": "terrain/a.tif"},
        "networks": {"sha256": "0" * 64, "path": "roads/a.osm.pbf"},
        "routes": {
            "study_id": "RT-0123456789",
            "rank": number,
            "origin_name": "Nimrud",
            "exit_id": "IQ-SY-02",
            "exit_name": "Rabia",
            "mode": "vehicle",
        },
        "objects": {"seizure_id": "SZ001", "object_type": "seal"},
        "custody": {"seizure_id": "SZ001", "event_type": CustodyType.STORED},
        "photographs": {"seizure_id": "SZ001", "sha256": "0" * 64, "path": "originals/a"},
        "links": {"first_id": "SZ002", "second_id": "SZ001", "relation": LinkType.RETURN_OF},
        "stolen": {"object_type": "seal"},
        "opinions": {
            "alert_id": "CH-1",
            "reviewer": "Zainab Made-Up",
            "verdict": Verdict.UNSURE,
            "given_at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        },
        "assessments": {},
    }[kind]
    filled = {"id": f"X{number:03}", "marking": Tlp.CLEAR} | required | fields
    return RECORDS[kind](**filled)


def stored(kind: str, records: list[Record]) -> gpd.GeoDataFrame:
    """A frame as the store gives it: the record's columns and the store's own."""
    frame = frame_of_records(kind, records)
    return frame.assign(
        version=1,
        recorded_at=pd.Timestamp("2026-11-22", tz="UTC"),
        import_id="3fa85f64",
    )


def told(
    frame: gpd.GeoDataFrame,
    audience: Audience,
    *,
    kind: str,
    site_sensitivity: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """The frame for an audience, where sites are known by their sensitivity only."""
    sites = SiteIndex(sensitivity=site_sensitivity or {})
    return for_viewer(frame, viewer_for(audience), kind=kind, sites=sites)


def one(kind: str, audience: Audience, **fields: object) -> pd.Series:
    """The only row that the audience is given of a frame of one record."""
    sensitivities = fields.pop("site_sensitivity", None)
    frame = stored(kind, [a_record(kind, **fields)])
    shown = told(frame, audience, kind=kind, site_sensitivity=sensitivities)
    assert len(shown) == 1
    return shown.iloc[0]


geometries = (
    st.none()
    | st.tuples(lons, lats).map(Point)
    | st.tuples(st.floats(-170, 170), st.floats(-80, 80)).map(lambda xy: Point(xy).buffer(0.02))
)


@st.composite
def frames(draw: st.DrawFn, kinds: tuple[str, ...] = TOLD) -> tuple[str, gpd.GeoDataFrame]:
    """A kind and a frame of it: any marking, sensitivity, precision, place, and none of them."""
    kind = draw(st.sampled_from(kinds))
    records = []
    for number in range(draw(st.integers(0, 5))):
        fields: dict[str, object] = {
            "geometry": draw(geometries),
            "precision": draw(st.sampled_from(Precision)),
            "marking": draw(st.sampled_from(Tlp)),
            "simulated": draw(st.booleans()),
            "source": "a register",
            "note": "inner matter",
        }
        if kind == "sites":
            fields["sensitivity"] = draw(st.sampled_from(Sensitivity))
        if kind in OF_A_SITE:
            fields["site_id"] = draw(st.sampled_from(["", *(s.value for s in Sensitivity), "gone"]))
        records.append(a_record(kind, number, **fields))
    return kind, stored(kind, records)


SENSITIVITY_BY_SITE = {s.value: s.value for s in Sensitivity}
"""Sites named by their own sensitivity; a site called `gone` is not among them."""


def given_to(audience: Audience, kind: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame for the audience, with the sensitivities that `frames` draws from."""
    return told(frame, audience, kind=kind, site_sensitivity=SENSITIVITY_BY_SITE)


def numbers_of(kind: str, frame: gpd.GeoDataFrame) -> list[int]:
    """Numbers of the records; a route without a site has lost its id, but kept its rank."""
    if kind == "routes":
        return frame["rank"].tolist()
    return [int(name.removeprefix("X")) for name in frame["id"]]


def sensitivity_of(kind: str, row: pd.Series) -> Sensitivity:
    """What the frame drawn by `frames` says of a row, told in another way than the code does."""
    word = row["sensitivity"] if kind == "sites" else row.get("site_id", "none")
    return Sensitivity({"": "none", "gone": "1"}.get(word, word))


class TestCells:
    """The one nested grid, anchored at 0 E, 0 N."""

    @pytest.mark.parametrize(
        ("lonlat", "cell_deg", "cell"),
        [
            ((43.3287, 36.0984), 1.0, (43, 36, 44, 37)),
            ((43.3287, 36.0984), 0.1, (43.3, 36.0, 43.4, 36.1)),
            ((43.3287, 36.0984), 0.01, (43.32, 36.09, 43.33, 36.10)),
            ((43.3287, 36.0984), 0.001, (43.328, 36.098, 43.329, 36.099)),
            ((43.331, 36.0), 0.001, (43.331, 36.0, 43.332, 36.001)),
            ((43.3 + 0.031, 36.0), 0.001, (43.331, 36.0, 43.332, 36.001)),
            ((-131.068, 36.0), 0.001, (-131.068, 36.0, -131.067, 36.001)),
            ((0.0, 0.0), 0.01, (0, 0, 0.01, 0.01)),
            ((-0.0001, -0.0001), 0.01, (-0.01, -0.01, 0, 0)),
            ((-74.006, -33.9), 0.1, (-74.1, -33.9, -74.0, -33.8)),
            ((-180.0, -90.0), 1.0, (-180, -90, -179, -89)),
            ((43, 36), 0.1, (43.0, 36.0, 43.1, 36.1)),
        ],
    )
    def test_known_places_fall_into_known_cells(
        self,
        lonlat: tuple[float, float],
        cell_deg: float,
        cell: tuple[float, float, float, float],
    ):
        """Reckoned by hand; the numbers are exact decimals, fit to be printed."""
        assert cell_of(lonlat, cell_deg) == cell

    @pytest.mark.parametrize("cell_deg", CELLS_DEG)
    def test_every_decimal_on_an_edge_belongs_to_its_east_and_north_cell(self, cell_deg: float):
        """Each edge of the grid from 40 to 45 E and N, and their mirror images."""
        coarse = round(1000 * cell_deg)
        for thousandths in range(40_000, 45_001, coarse):
            edge = thousandths / 1000
            west, south, east, north = cell_of((edge, -edge), cell_deg)
            assert (west, north) == (edge, (coarse - thousandths) / 1000)
            assert (east, south) == ((thousandths + coarse) / 1000, -edge)

    @given(lonlat=lonlats, cell_deg=widths)
    def test_a_place_lies_in_its_cell(self, lonlat: tuple[float, float], cell_deg: float):
        """To a billionth of a degree, which is a tenth of a millimetre."""
        west, south, east, north = cell_of(lonlat, cell_deg)
        assert west - 1e-9 <= lonlat[0] <= east + 1e-9
        assert south - 1e-9 <= lonlat[1] <= north + 1e-9

    @given(lonlat=lonlats, cell_deg=widths)
    def test_a_cell_has_its_width(self, lonlat: tuple[float, float], cell_deg: float):
        """Its edges are whole multiples of its width from 0 E, 0 N."""
        west, south, east, north = cell_of(lonlat, cell_deg)
        assert (east - west, north - south) == pytest.approx((cell_deg, cell_deg), abs=1e-9)
        for edge in (west, south, east, north):
            assert edge / cell_deg == pytest.approx(round(edge / cell_deg), abs=1e-6)

    @given(lonlat=lonlats)
    def test_finer_cells_lie_in_coarser_ones(self, lonlat: tuple[float, float]):
        """Products of different precision never cut each other: one lies inside the other."""
        cells = [box(*cell_of(lonlat, cell_deg)) for cell_deg in CELLS_DEG]
        for coarser, finer in itertools.pairwise(cells):
            assert coarser.covers(finer)

    @given(lonlat=lonlats, cell_deg=widths)
    def test_the_middle_of_a_cell_lies_in_that_cell(
        self, lonlat: tuple[float, float], cell_deg: float
    ):
        """Generalising what is general changes nothing."""
        cell = cell_of(lonlat, cell_deg)
        middle = box(*cell).centroid
        assert cell_of((middle.x, middle.y), cell_deg) == cell

    @given(lonlat=lonlats, other=lonlats, cell_deg=widths)
    def test_cells_are_the_same_or_apart(
        self, lonlat: tuple[float, float], other: tuple[float, float], cell_deg: float
    ):
        """Two cells of one width share an edge at most."""
        one_cell, other_cell = (box(*cell_of(place, cell_deg)) for place in (lonlat, other))
        assert one_cell.equals(other_cell) or one_cell.intersection(other_cell).area < 1e-12

    @pytest.mark.parametrize("cell_deg", [0.0, 0.005, 0.07, 0.0001, 2.0, -0.01, math.nan])
    def test_no_other_grid_can_be_asked_for(self, cell_deg: float):
        """Two grids that are not nested would together give a place away."""
        with pytest.raises(InvalidSetting, match=r"cells of .* degree; expected one of 1.0, 0.1"):
            cell_of((43.3, 36.1), cell_deg)


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

    @unhurried
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

    @unhurried
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

    @unhurried
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

    @unhurried
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

    @unhurried
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
        [kind if kind == "sites" else pytest.param(kind, marks=thorough) for kind in LOCATED],
    )
    def test_four_hundred_exports_tell_no_more_than_one(self, kind: str):
        """Nothing is drawn at random, so there is nothing to average away."""
        frame = stored(kind, [a_record(kind, geometry=Point(43.3287, 36.0984))])
        exports = {told(frame, PUBLIC, kind=kind).geometry.to_wkb().iloc[0] for _ in range(400)}
        assert len(exports) == 1

    @given(lonlat=st.tuples(st.floats(30, 56), st.floats(24, 43)))
    @unhurried
    def test_all_products_together_tell_no_more_than_the_finest(self, lonlat: tuple[float, float]):
        """The places that fit the public and the partner's product are the partner's cell."""
        frame = stored(
            "sites", [a_record("sites", geometry=Point(lonlat), sensitivity=Sensitivity.LOW)]
        )
        public, partner = (
            told(frame, audience, kind="sites").geometry.iloc[0] for audience in (PUBLIC, PARTNER)
        )
        assert public.covers(partner)

    @unhurried
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_redacting_twice_is_redacting_once(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """A frame that has been redacted, read back and redacted again is the same to a reader."""
        kind, frame = drawn
        once = given_to(audience, kind, frame)
        twice = given_to(audience, kind, once)
        assert_geodataframe_equal(twice, once)


GATE = (43.4, 36.0625)
"""Where the road leaves the cell 43.3 to 43.4 E, 36.0 to 36.1 N."""

BEYOND = ((43.4625, 36.0875), (43.5375, 36.3125), (43.2125, 36.7625), (42.8125, 36.8375))
"""The way on, as somebody else's map may hold it."""

ROUTE_NUMBERS = (
    "share", "share_low", "share_high", "time_h", "time_h_low", "time_h_high", "length_km",
)  # fmt: skip


def a_route(*lonlats: tuple[float, float], number: int = 1, **fields: object) -> Record:
    """A route along these places at 60 km/h, its length that of its line, its share a third."""
    (length_m,) = [geodesic_length_m(lonlats)]
    numbers = {
        "length_km": length_m / 1000,
        "time_h": length_m / 60_000,
        "time_h_low": length_m / 80_000,
        "time_h_high": length_m / 30_000,
        "share": 1 / 3,
        "share_low": 0.118,
        "share_high": 0.641,
    }
    told = {
        "geometry": LineString(lonlats),
        "precision": Precision.EXACT,
        "passes": "a village 300 m from the mound; Mosul",
        "provenance": '{"origin": [43.3287, 36.0984]}',
        "note": "from the spring",
    }
    return a_record("routes", number, **(numbers | told | fields))


def geodesic_length_m(lonlats: tuple[tuple[float, float], ...]) -> float:
    """Length of a way on the ellipsoid."""
    return sum(geodesic_distance_m(one, other) for one, other in itertools.pairwise(lonlats))


inside = st.tuples(st.floats(43.3001, 43.3999), st.floats(36.0001, 36.0999))
"""Any origin in the cell."""


class TestRoutes:
    """What a route tells of its origin."""

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    def test_a_route_goes_from_middle_to_middle_of_the_cells_it_passes(self, audience: Audience):
        """East, north-east across an edge, then north: five cells, reckoned by hand."""
        way = ((43.32, 36.08), (43.44, 36.08), (43.46, 36.12), (43.46, 36.21))
        row = one("routes", audience, geometry=LineString(way), precision=Precision.EXACT)
        assert shapely.get_coordinates(row["geometry"]).tolist() == [
            [43.35, 36.05], [43.45, 36.05], [43.45, 36.15], [43.45, 36.25],
        ]  # fmt: skip
        assert row["generalised"]
        assert row["cell_deg"] == 0.1
        assert row["precision"] == "town"

    @pytest.mark.parametrize(
        "way",
        [
            ((43.31, 36.01), (43.39, 36.09)),
            ((43.31, 36.01), (43.31, 36.01)),
            ((43.35, 36.05), (43.45, 36.05), (43.35, 36.06)),
        ],
    )
    def test_a_route_that_ends_in_its_first_cell_is_that_cell(
        self, way: tuple[tuple[float, float], ...]
    ):
        """Also one that leaves it for a while, and one without length."""
        row = one("routes", PUBLIC, geometry=LineString(way), length_km=3.0, time_h=0.2)
        assert row["geometry"].equals(box(43.3, 36.0, 43.4, 36.1))
        assert (row["length_km"], row["time_h"]) == (10.0, 1.0)

    def test_the_way_before_the_first_cell_is_left_for_good_is_not_told(self):
        """A turn into the next cell and back would tell on which side the origin lies."""
        turning = a_route((43.39, 36.05), (43.42, 36.05), (43.39, 36.07), GATE, *BEYOND)
        straight = a_route((43.31, 36.01), GATE, *BEYOND)
        shown = told(stored("routes", [turning, straight]), PUBLIC, kind="routes")
        assert shown.geometry.iloc[0].equals_exact(shown.geometry.iloc[1], tolerance=0)
        assert shown["length_km"].nunique() == shown["time_h"].nunique() == 1

    def test_a_road_along_a_line_of_the_grid_is_no_comb(self):
        """It passes now north and now south of 36.1 N; each cell is told once, without the loop."""
        wiggles = [(43.42 + 0.03 * n, 36.1 + 0.004 * (-1) ** n) for n in range(12)]
        row = one("routes", PUBLIC, geometry=LineString([(43.35, 36.05), *wiggles]))
        vertices = shapely.get_coordinates(row["geometry"])
        assert len(np.unique(vertices, axis=0)) == len(vertices)
        assert np.all(np.diff(vertices[:, 0]) >= 0)

    def test_numbers_are_those_beyond_the_first_cell_in_coarse_steps(self):
        """To 10 km, up to whole hours, to 5 %; what is unknown stays unknown."""
        beyond_km = geodesic_length_m((GATE, *BEYOND)) / 1000
        assert 126 < beyond_km < 127
        row = told(
            stored("routes", [a_route((43.31, 36.01), GATE, *BEYOND)]), PUBLIC, kind="routes"
        ).iloc[0]
        assert [row[name] for name in ROUTE_NUMBERS] == [0.35, 0.1, 0.65, 3, 2, 5, 130]
        unknown = one("routes", PUBLIC, geometry=LineString([(43, 36), (44, 37)]), time_h=None)
        assert math.isnan(unknown["time_h"])
        assert math.isnan(unknown["length_km"])

    @unhurried
    @given(one_origin=inside, other=inside, audience=st.sampled_from([PUBLIC, PARTNER]))
    def test_every_origin_in_a_cell_is_told_alike(
        self, one_origin: tuple[float, float], other: tuple[float, float], audience: Audience
    ):
        """Where the way beyond the cell is the same, so is everything that leaves the office."""
        shown = [
            told(stored("routes", [a_route(origin, GATE, *BEYOND)]), audience, kind="routes")
            for origin in (one_origin, other)
        ]
        assert_geodataframe_equal(*shown)
        assert shown[0].geometry.to_wkb().equals(shown[1].geometry.to_wkb())
        assert shown[0].total_bounds.tolist() == shown[1].total_bounds.tolist()
        assert shown[0].geometry.iloc[0].length == shown[1].geometry.iloc[0].length

    @unhurried
    @given(one_origin=inside, other=inside)
    def test_a_straight_way_to_a_far_road_does_not_tell_its_direction(
        self, one_origin: tuple[float, float], other: tuple[float, float]
    ):
        """Over several cells, it is told by its ends; which cells it crosses would be a bearing."""
        road = ((43.7125, 36.4625), (43.9125, 36.4625))
        shown = [
            told(stored("routes", [a_route(origin, *road)]), PUBLIC, kind="routes")
            for origin in (one_origin, other)
        ]
        assert shapely.get_coordinates(shown[0].geometry).tolist() == [
            [43.35, 36.05], [43.75, 36.45], [43.85, 36.45], [43.95, 36.45],
        ]  # fmt: skip
        assert shown[0].geometry.to_wkb().equals(shown[1].geometry.to_wkb())

    @unhurried
    @given(
        lonlats=st.lists(st.tuples(st.floats(38, 48), st.floats(30, 38)), min_size=2, max_size=6),
        audience=st.sampled_from([PUBLIC, PARTNER]),
    )
    def test_no_coordinate_finer_than_the_grid_leaves(
        self, lonlats: list[tuple[float, float]], audience: Audience
    ):
        """Vertices are middles of cells, beside each other from the road on; the first is first."""
        row = one("routes", audience, geometry=LineString(lonlats))
        vertices = shapely.get_coordinates(row["geometry"])
        twentieths = np.round(vertices * 20)
        assert np.array_equal(vertices, twentieths / 20)
        west, south, east, north = cell_of(lonlats[0], 0.1)
        if row["geometry"].geom_type == "Polygon":
            assert row["geometry"].equals(box(west, south, east, north))
            return
        assert np.all(twentieths % 2 == 1)
        assert west < vertices[0, 0] < east
        assert south < vertices[0, 1] < north
        steps = np.abs(np.diff(twentieths, axis=0)).max(axis=1)
        assert np.all(steps[1:] == 2)
        assert steps[0] >= 2
        assert box(*cell_of(tuple(vertices[-1]), 0.1)).distance(Point(lonlats[-1])) < 1e-6

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    def test_no_digit_of_the_origin_is_found_in_any_export(self, audience: Audience):
        """In no column, no text and no double, also not in the name of a drawn place."""
        origin = (43.3287, 36.0984)
        route = a_route(origin, GATE, *BEYOND, origin_name="43.3287 E, 36.0984 N")
        shown = told(stored("routes", [route]), audience, kind="routes")
        text = shown.to_json(default=str) + shown.to_wkt().to_csv() + str(shown.total_bounds)
        assert "43.328" not in text
        assert "36.098" not in text
        assert "village" not in text
        binary = b"".join(shown.geometry.to_wkb())
        assert not any(struct.pack("<d", degrees) in binary for degrees in origin)
        assert shown["origin_name"].tolist() == ["a place in the cell 36 to 36.1 N, 43.3 to 43.4 E"]

    def test_a_run_from_a_secret_place_loses_its_id(self):
        """The id is a hash: who has all other inputs would try each place in the cell."""
        ids = ["RT-0000000001", "RT-0000000001", "RT-0000000002", "RT-0000000001"]
        of_site = ["", "", "open", "sensitive"]
        frame = stored(
            "routes",
            [
                a_route((43.3287, 36.0984), GATE, number=n, study_id=study, site_id=site)
                for n, (study, site) in enumerate(zip(ids, of_site, strict=True), start=1)
            ],
        )
        known = {"open": "none", "sensitive": "3"}
        partner, public, office = (
            told(frame, audience, kind="routes", site_sensitivity=known)
            for audience in (PARTNER, PUBLIC, INTERNAL)
        )
        first = "RT-withheld-1"
        told_ids = [f"{first}-1", f"{first}-2", f"{first}-4", "X003"]
        assert partner["id"].tolist() == told_ids
        assert partner["study_id"].tolist() == [first, first, first, "RT-0000000002"]
        assert sorted(public["id"]) == sorted([*told_ids[:3], "RT-withheld-2-3"])
        assert office["id"].tolist() == frame["id"].tolist()

    def test_the_office_has_the_route_itself(self):
        """Line, numbers, towns and provenance as held."""
        frame = stored("routes", [a_route((43.3287, 36.0984), GATE, *BEYOND)])
        shown = told(frame, INTERNAL, kind="routes")
        assert_geodataframe_equal(shown[list(frame.columns)], frame)
        assert not shown["generalised"].any()

    @unhurried
    @given(
        lonlats=st.lists(st.tuples(st.floats(38, 48), st.floats(30, 38)), min_size=2, max_size=6)
    )
    def test_a_route_told_coarsely_is_told_the_same_again(self, lonlats: list[tuple[float, float]]):
        """A file that a partner gives on to the public loses nothing more."""
        frame = stored("routes", [a_route(*lonlats)])
        once = told(frame, PARTNER, kind="routes")
        twice = told(once, PUBLIC, kind="routes")
        assert_geodataframe_equal(twice, once)

    def test_a_route_in_several_parts_is_one_line(self):
        """Where parts do not meet, the cells between them are passed straight."""
        parts = shapely.MultiLineString([[(43.32, 36.05), (43.42, 36.05)], [(43.62, 36.05), GATE]])
        row = one("routes", PUBLIC, geometry=parts)
        assert row["geometry"].geom_type == "LineString"
        assert shapely.get_coordinates(row["geometry"])[0].tolist() == [43.35, 36.05]


class TestFaults:
    """What is refused, and what is left alone."""

    @unhurried
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


class TestCompositeMarking:
    """The marking of a page made of several frames."""

    def test_it_is_the_strictest_of_all_rows(self):
        """One AMBER row among many CLEAR ones marks the page."""
        clear = stored("sites", [a_record("sites"), a_record("sites", 2)])
        amber = stored("events", [a_record("events"), a_record("events", 2, marking=Tlp.AMBER)])
        assert composite_marking([clear]) is Tlp.CLEAR
        assert composite_marking([clear, amber]) is Tlp.AMBER

    def test_nothing_is_clear(self):
        """No frame or no row holds nothing back."""
        assert composite_marking([]) is Tlp.CLEAR
        assert composite_marking([stored("sites", [])]) is Tlp.CLEAR

    @unhurried
    @given(drawn=frames(), audience=st.sampled_from(Audience))
    def test_a_page_is_never_marked_above_its_readers(
        self, drawn: tuple[str, gpd.GeoDataFrame], audience: Audience
    ):
        """After redaction the composite is at most the audience's ceiling."""
        shown = given_to(audience, *drawn)
        assert composite_marking([shown]).strictness <= CEILING[audience].strictness


class TestWords:
    """What is said about it, and whether a picture may be shown."""

    def test_each_note_says_what_was_done(self):
        """The public is told of cells and of what is withheld; the office needs no telling."""
        assert "0.01 degree" in generalisation_note(PUBLIC)
        assert "withheld" in generalisation_note(PUBLIC)
        assert "0.001 to 0.1 degree" in generalisation_note(PARTNER)
        assert "withheld" in generalisation_note(PARTNER)
        assert generalisation_note(INTERNAL) == ""
        for audience in (PUBLIC, PARTNER):
            assert "outes" not in generalisation_note(audience)
            assert "cell to cell of 0.1 degree" in generalisation_note(audience, routes=True)
        assert generalisation_note(INTERNAL, routes=True) == ""

    @pytest.mark.parametrize(
        ("audience", "sensitivity"), [*itertools.product(Audience, Sensitivity)]
    )
    def test_a_picture_is_shown_only_where_the_place_is(
        self, audience: Audience, sensitivity: Sensitivity
    ):
        """A picture gives the place away, so it is bound to the exact place."""
        exact = (audience, sensitivity) not in CELL_DEG.keys() | WITHHELD
        assert imagery_allowed(viewer_for(audience), sensitivity) is exact


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

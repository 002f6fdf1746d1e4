"""Places come from the best that a row says, and agree with its precision."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from geo.errors import BadInput
from geo.model import Precision
from geo.sources.meaning.coordinates import lon_lat_of
from geo.sources.meaning.mapping import ColumnUse, Mapping
from geo.sources.meaning.records import Defaults, Placed, parts_of
from tests.raw_tables import raw_table

CENTRE = Placed(44.4, 33.3, Precision.TOWN, "gazetteer: town Made")


@pytest.fixture
def read(tmp_path: Path):
    """The only part of a table of seizures in Iraq with these columns of places."""
    return lambda *args, **options: seizures(tmp_path, *args, **options)


def seizures(folder: Path, fields, *rows, shapes=None, placed=None, kind="seizures"):
    """Rows, each with the cells of `fields`, as one part and the notes."""
    named = {"events": {"site_name": "x", "event_type": "looting"},
             "sites": {"name": "x", "country": "Iraq"},
             "seizures": {"event_type": "seizure"}}[kind]  # fmt: skip
    land = {"country": "Iraq"} if "country" not in fields else {}
    table = raw_table(folder, fields, rows, shapes=shapes)
    mapping = Mapping(
        kind=kind,
        uses=tuple(ColumnUse(column=field, field=field) for field in fields),
        constants={k: v for k, v in (named | land).items() if k not in fields},
    )
    notes: list[str] = []
    (part,) = parts_of(table, mapping, defaults=Defaults(source="s"), today=date(2026, 11, 22),
                       placed=placed, notes=notes)  # fmt: skip
    return part, notes


@pytest.mark.parametrize(
    ("fields", "cells"),
    [
        (("lon", "lat"), ("44.4", "33.3")),
        (("lon", "lat"), ("44,4", "33,3")),
        (("lon", "lat"), ("٤٤٫٤", "٣٣٫٣")),
        (("lon", "lat"), ("44°24'00\"E", "33°18'00\"N")),
        (("coordinates",), ("33.3, 44.4",)),
        (("coordinates",), ("33°18'N 44°24'E",)),
        (("shape",), ("POINT (44.4 33.3)",)),
    ],
)
def test_a_place_is_read_in_any_writing(read, fields, cells):
    """Degrees, minutes, decimal comma, digits of any script, one cell or two."""
    part, _ = read(fields, cells)
    (place,) = part.frame.geometry
    assert (place.x, place.y) == pytest.approx((44.4, 33.3))
    assert part.frame["precision"][0] in ("town", "province")


@pytest.mark.parametrize(
    ("fields", "cells", "precision"),
    [
        (("lon", "lat"), ("44.4", "33.3"), "province"),
        (("lon", "lat"), ("44", "33"), "province"),
        (("lon", "lat"), ("44.4", "33.31"), "town"),
        (("lon", "lat"), ("٤٤٫٤", "٣٣٫٣١"), "town"),
        (("coordinates",), ("33°18'N 44°24'E",), "town"),
        (("mgrs",), ("38SMB",), "province"),
        (("lon", "lat", "precision"), ("44", "33", "exact"), "exact"),
    ],
)
def test_figures_that_tell_little_are_not_taken_for_more(read, fields, cells, precision):
    """A tenth of a degree is eleven kilometres; what the row states stands."""
    part, notes = read(fields, cells)
    assert part.frame["precision"][0] == precision
    assert any("ten kilometres" in note for note in notes) == (precision == "province")


def test_grids_are_read(read):
    """UTM and MGRS of one place agree to a metre or so (see the tests of coordinates)."""
    utm, _ = read(("utm_easting", "utm_northing", "utm_zone"), ("440000", "3680000", "38N"))
    mgrs, _ = read(("mgrs",), ("38SMB4000080000",))
    assert utm.frame.geometry[0].distance(mgrs.frame.geometry[0]) < 2e-5


def test_the_first_way_that_is_filled_wins(read):
    """Shape, then numbers, then one cell; a row may use any of them."""
    part, _ = read(
        ("lon", "lat", "coordinates"),
        ("44.4", "33.3", "36.1, 43.3"), ("", "", "36.1, 43.3"), ("", "", ""),
        shapes=[shapely.to_wkb(Point(1, 2)), None, None],
    )  # fmt: skip
    assert [place and place.wkt for place in part.frame.geometry] == [
        "POINT (1 2)", "POINT (43.3 36.1)", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "cells", "what"),
    [
        (("lon", "lat"), ("44", ""), "lon is '44' and lat is ''"),
        (("lon", "lat"), ("33.3", "44.4"), "lon is '33.3' and lat is '44.4'"),
        (("coordinates",), ("near Baghdad",), "coordinates is 'near Baghdad'"),
        (("mgrs",), ("38SXX",), "mgrs is '38SXX'"),
        (("utm_easting", "utm_northing", "utm_zone"), ("1", "2", "38N"), "utm_easting is '1'"),
        (("utm_easting", "utm_northing", "utm_zone"), ("440000", "", "38N"), "utm_easting is"),
        (("shape",), ("LINESTRING (44 33, 45 34)",), "the shape is a LineString"),
        (("shape",), ("nowhere",), "shape is 'nowhere'"),
    ],
)
def test_a_place_that_cannot_be_read_sets_the_row_aside(read, fields, cells, what):
    """With the cells that are at fault."""
    part, _ = read(fields, cells)
    assert part.quarantined[0].what.startswith(what)
    assert part.frame.empty


def test_a_polygon_where_a_point_is_due_is_set_aside(read):
    """A seizure has no outline; the other rows stand."""
    square = Polygon([(44, 33), (45, 33), (45, 34), (44, 34)])
    part, _ = read(("place",), ("a",), ("b",), shapes=[shapely.to_wkb(square), None])
    assert part.quarantined[0].what == "the shape is a Polygon"
    assert list(part.frame["place"]) == ["b"]
    assert '"shape (WKT)": "POLYGON ((44 33' in part.quarantined[0].cells


def test_a_polygon_is_the_outline_of_a_site(read):
    """Unless the row brings its own."""
    square = Polygon([(44, 33), (45, 33), (45, 34), (44, 34)])
    part, _ = read(("name",), ("a",), kind="sites", shapes=[shapely.to_wkb(square)])
    assert part.frame["footprint_wkt"][0] == square.wkt
    assert part.frame.geometry[0].within(square)


def test_confirmed_places_stand_for_rows_that_only_name_theirs(read):
    """With the gazetteer's precision and source; rows with coordinates keep them."""
    part, notes = read(
        ("place", "lon", "lat", "precision"),
        ("Made", "", "", ""), ("Made", "1", "2", "exact"), ("Else", "", "", ""),
        ("Made", "", "", "province"), ("Made", "", "", "country"),
        placed={("Made", "Iraq"): CENTRE},
    )  # fmt: skip
    assert [place and place.wkt for place in part.frame.geometry] == [
        "POINT (44.4 33.3)", "POINT (1 2)", None, "POINT (44.4 33.3)", "POINT (44.4 33.3)",
    ]  # fmt: skip
    assert list(part.frame["precision"]) == ["town", "exact", "country", "province", "town"]
    assert list(part.frame["coord_source"]) == [
        CENTRE.coord_source, "", "", CENTRE.coord_source, CENTRE.coord_source,
    ]  # fmt: skip
    assert "3 rows: the place is from the gazetteer, as it was confirmed" in notes


def test_events_are_placed_by_the_name_and_country_of_their_site(read):
    """Though an event itself has no country."""
    part, _ = read(("site_name", "country"), ("Made", "العراق"), kind="events",
                   placed={("Made", "Iraq"): CENTRE})  # fmt: skip
    assert part.frame.geometry[0] == Point(44.4, 33.3)


def test_a_place_with_the_precision_of_a_country_is_set_aside(read):
    """One of the two is wrong."""
    part, _ = read(("lon", "lat", "precision"), ("44", "33", "country"))
    assert part.quarantined[0].what == "precision is 'country' but there are coordinates"


NUMBERS = st.sampled_from(
    [
        "44.4",
        "33.3",
        "38",
        "-38.5",
        "91",
        "200",
        "+44.",
        ".5",
        "1e1",
        "44,4",
        "٤٤٫٤",
        "۳۳٫۳",
        "٤٤.٤",
    ]
)


@given(
    rows=st.lists(
        st.tuples(NUMBERS, NUMBERS, st.sampled_from(["Iraq", "Iraq/Iran", "Peru"])), max_size=5
    )
)
def test_the_quick_way_reads_what_the_slow_one_reads(tmp_path_factory, rows):
    """Each pair of numbers as `lon_lat_of` has it, or set aside as it does."""
    folder = tmp_path_factory.mktemp("pairs")
    if not rows:
        return
    part, _ = seizures(folder, ("lon", "lat", "country"), *rows)
    places = dict(zip(part.row_numbers.tolist(), part.frame.geometry, strict=True))
    faults = {row.row_number: row.what for row in part.quarantined}
    for number, (lon, lat, country) in enumerate(rows, start=2):
        if number in places:
            expected = lon_lat_of(lon, lat, names=("lon", "lat"), country=country)
            assert (places[number].x, places[number].y) == expected
            continue
        with pytest.raises(BadInput) as told:
            lon_lat_of(lon, lat, names=("lon", "lat"), country=country)
        assert faults[number] == told.value.what

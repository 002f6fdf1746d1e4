"""Which rows are events, where they lie, and what is said of them before any figure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput, InvalidSetting
from geo.grid import WGS84, geodesic_area_m2, transformer
from geo.hotspots import Cells, events_of, remarks_on, warnings_on
from tests.hotspot_events import laid_out, plane

NAT = np.datetime64("NaT")


def days(*texts: str) -> np.ndarray:
    """Days as text, an empty one for none."""
    return np.array([text or NAT for text in texts], dtype="datetime64[D]")


def rows(**changed):
    """Three rows: exact, known to its town, known to its province."""
    given_rows = {
        "lonlat": np.array([[44.0, 33.0], [45.0, 33.0], [46.0, 33.0]]),
        "radius_m": np.array([100.0, 1e4, 1e5]),
        "date_from": days("2003-04-10", "2003-01-01", ""),
        "date_to": days("2003-04-12", "", ""),
    } | changed
    return events_of(given_rows.pop("lonlat"), **given_rows)


def test_a_place_known_to_its_province_is_no_point():
    """It is counted, not drawn; so is a row without a place."""
    events = rows(lonlat=np.array([[44.0, 33.0], [np.nan, np.nan], [46.0, 33.0]]))
    assert (len(events), events.unplaced, events.too_coarse) == (1, 1, 1)
    assert rows().row.tolist() == [0, 1]


def test_a_date_is_the_middle_of_what_is_known():
    """With the days of doubt; one end stands for both, none for NaN."""
    events = rows(radius_m=np.full(3, 100.0))
    first = np.datetime64("2003-04-11").astype(int)
    assert events.day[0] == first
    assert events.doubt_days.tolist()[:2] == [2.0, 0.0]
    assert np.isnan(events.day[2])
    assert np.isnan(events.doubt_days[2])


def test_a_case_is_counted_once():
    """The first in time that has a point; undated ones come last; no key is a case of its own."""
    events = rows(
        radius_m=np.full(3, 100.0),
        date_from=days("2005-01-01", "", "2003-01-01"),
        date_to=days("", "", ""),
        case=np.array(["حالة", "حالة", "حالة"]),
    )
    assert events.row.tolist() == [2]
    assert events.same_case == 2
    assert len(rows(case=np.array(["", "", "حالة"]))) == 2


def test_the_plane_keeps_areas():
    """A cell has the same area on the ellipsoid wherever it lies, to a millionth."""
    for colrow in ([0, 0], [20, -15], [-25, 18]):
        cells = Cells(crs=plane(), cell_m=50_000.0, colrow=np.array([colrow]))
        (polygon,) = cells.polygons_lonlat()
        # Straight in degrees between its corners, the outline is not quite straight on the plane.
        assert geodesic_area_m2(polygon.segmentize(0.01)) == pytest.approx(2.5e9, rel=2e-3)


@given(st.floats(-30, 30), st.floats(-25, 25))
def test_places_come_back(east_deg, north_deg):
    """Onto the plane and back is where it was, to 2 mm."""
    lonlat = np.array([[44 + east_deg, 33 + north_deg]])
    none = days("")
    events = events_of(
        lonlat, radius_m=np.array([100.0]), date_from=none, date_to=none, centre_lonlat=(44.0, 33.0)
    )
    back = transformer(events.crs, WGS84).transform(*events.xy[0])
    assert back == pytest.approx(tuple(lonlat[0]), abs=2e-8)


def test_the_middle_is_found_across_the_date_line():
    """Two places at both sides of 180 degrees are near each other."""
    events = rows(
        lonlat=np.array([[179.5, 10.0], [-179.5, 10.0], [180.0, 10.0]]), radius_m=np.full(3, 100.0)
    )
    assert np.hypot(*events.xy.T).max() < 60_000


def test_nothing_at_all_is_no_error():
    """No row, no event; the warning says so."""
    events = laid_out([])
    assert len(events) == 0
    assert warnings_on(events) == ("There is no event with a known point: nothing can be shown.",)
    assert remarks_on(events) == ()


@pytest.mark.parametrize(
    ("n", "told"), [(1, "Only 1 event, fewer than 30"), (29, "Only 29 events, fewer than 30")]
)
def test_few_events_are_warned_of(n, told):
    """Up to 29; from 30 on there is no warning."""
    places = np.arange(2 * n).reshape(-1, 2) * 1000
    assert warnings_on(laid_out(places))[0].startswith(told)
    assert warnings_on(laid_out(np.arange(60).reshape(-1, 2) * 1000.0)) == ()


def test_a_town_that_stands_for_many_is_warned_of():
    """Identical places are a stand-in, unless the place is known exactly."""
    places = np.vstack([np.zeros((12, 2)), np.arange(56).reshape(-1, 2) * 1000.0 + 500])
    (warning,) = warnings_on(laid_out(places, radius_m=10_000.0))
    assert warning.startswith("12 of 40 events share one place: the place is a stand-in")
    (warning,) = warnings_on(laid_out(places))
    assert warning == "12 of 40 events share one place: it is one place with several reports."


def test_missing_dates_are_told():
    """Their number beside that of all."""
    (remark,) = remarks_on(laid_out([[0, 0], [1, 1]], [np.nan, 3]))
    assert remark.startswith("1 of 2 events have no date")


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"radius_m": np.array([100.0])}, BadInput, r"columns of \[1, 3\] rows"),
        ({"lonlat": np.zeros((3, 3))}, BadInput, r"places of shape \(3, 3\)"),
        ({"lonlat": np.array([[44, 33], [181.0, 0], [0, 0]])}, BadInput, "longitude 181.0"),
        ({"radius_m": np.array([100.0, -1, 100])}, BadInput, "a radius of -1.0 m"),
        (
            {"date_to": days("2003-04-12", "2002-01-01", "")},
            BadInput,
            "row 1 ends before it begins",
        ),
        ({"centre_lonlat": (44.0, 91.0)}, InvalidSetting, "latitude 91.0"),
        ({"centre_lonlat": (-100.0, -33.0)}, InvalidSetting, "2 events lie more than 4,000 km"),
    ],
)
def test_what_is_no_table_of_events_is_refused(changed, error, message):
    """With the value and what was expected."""
    with pytest.raises(error, match=message):
        rows(**changed)

"""Scale bar, north and graticule against pyproj's own figures."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod, Proj

from layers.briefing.furniture import degrees, graticule, north_turn_deg, scale_bar
from layers.briefing.ground import View, projection_name, view_of
from layers.briefing.sheet import Box

FRAME = Box(left=17, top=30, width=180, height=120)

PLACES = [
    ((42.718, 35.588), 3_000.0),
    ((42.718, 35.588), 60_000.0),
    ((43.2, 33.6), 750_000.0),
    ((20.0, 70.0), 2_000_000.0),
    ((-70.0, -33.0), 140_000.0),
]


@pytest.fixture(params=PLACES, ids=[f"{lonlat} {reach:.0f} m" for lonlat, reach in PLACES])
def view(request: pytest.FixtureRequest) -> View:
    """A view of one of several places."""
    centre, half_width_m = request.param
    return view_of(centre, half_width_m, FRAME)


def test_the_scale_bar_is_true_where_it_stands(view: View):
    """The geodesic between its ends is what it says, to 1 %, and it keeps to its room."""
    bar = scale_bar(view, left_mm=30, y_mm=140, longest_mm=46)
    ends = np.array([view.from_mm(x, bar.y_mm) for x in (bar.left_mm, bar.right_mm)])
    (lon0, lat0), (lon1, lat1) = view.lonlats(ends)
    _, _, length_m = Geod(ellps="WGS84").inv(lon0, lat0, lon1, lat1)
    assert bar.length_m == pytest.approx(length_m, rel=0.01)
    assert 10 < bar.right_mm - bar.left_mm <= 46
    assert f"{bar.length_m:.0e}"[0] in "125"


def test_the_arrow_points_to_true_north(view: View):
    """Its turn is the convergence of the meridian at its own place, clockwise on the map."""
    x, y = view.from_mm(30, 140)
    lon, lat = view.lonlats(np.array([[x, y]]))[0]
    convergence = Proj(view.crs).get_factors(lon, lat).meridian_convergence
    assert north_turn_deg(view, 30, 140) == pytest.approx(-convergence, abs=0.02)


def test_north_leans_towards_the_central_meridian():
    """West of 45 E in zone 38 true north is to the right of straight up."""
    view = view_of((42.718, 35.588), 3_000.0, FRAME)
    assert north_turn_deg(view, 107, 90) == pytest.approx(1.33, abs=0.01)


def test_every_view_has_a_graticule(view: View):
    """At least three meridians and three parallels, most of them with their label's place."""
    lines = graticule(view)
    for direction in (True, False):
        chosen = [line for line in lines if line.is_meridian is direction]
        assert len(chosen) >= 3
        assert sum(line.meets is not None for line in chosen) >= 2


@pytest.mark.parametrize(
    ("value", "sides", "text"),
    [
        (43.5, "EW", "43°30′E"),
        (-70.0, "EW", "70°W"),
        (0.0, "NS", "0°"),
        (35 + 40 / 60, "NS", "35°40′N"),
        (-33 - 1 / 360, "NS", "33°00′10″S"),
    ],
)
def test_degrees_are_written_as_on_maps(value: float, sides: str, text: str):
    """Minutes and seconds appear only where they are needed."""
    assert degrees(value, sides) == text


def test_near_maps_are_in_utm_and_wide_ones_equal_area():
    """The projection is metric and named."""
    near = view_of((42.7, 35.6), 60_000, FRAME)
    wide = view_of((43.2, 33.6), 750_000, FRAME)
    assert projection_name(near, (42.7, 35.6)) == "UTM 38N, EPSG:32638"
    assert projection_name(wide, (43.2, 33.6)) == (
        "Lambert azimuthal equal-area about 33.60° N, 43.20° E"
    )


def test_paper_and_projection_are_each_others_inverse(view: View):
    """Millimetres to metres and back, to a thousandth of a millimetre."""
    xy = np.array([view.from_mm(50, 100), view.from_mm(17, 30)])
    assert view.mm(xy) == pytest.approx(np.array([[50.0, 100.0], [17.0, 30.0]]), abs=1e-3)
    assert view.inside(np.array([view.from_mm(100, 90), view.from_mm(5, 90)])).tolist() == [
        True,
        False,
    ]

"""A written place means one point on Earth, or is told to be none or to be doubtful."""

from __future__ import annotations

import mgrs
import pyproj
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.errors import BadInput
from geo.sources.meaning.coordinates import (
    from_mgrs,
    from_utm,
    implied_precision_m,
    lon_lat_of,
    lonlat_of,
)

EARTH = pyproj.Geod(ellps="WGS84")
ARABIC = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
LONS = st.floats(-180, 180).map(lambda value: round(value, 6))
LATS = st.floats(-90, 90).map(lambda value: round(value, 6))
MEETING = (44.3661, 33.3152)
"""A place in Baghdad in decimal degrees; below in other writings, by hand."""


def pair(lon: str, lat: str, country: str = "") -> tuple[float, float]:
    """A place by its two cells."""
    return lon_lat_of(lon, lat, names=("lon", "lat"), country=country)


def one(text: str, country: str = "") -> tuple[float, float]:
    """A place by its only cell."""
    return lonlat_of(text, name="coordinates", country=country)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("44.3661", "33.3152"), ("+44.3661", "33.3152"), ("44,3661", "33,3152"),
        ("٤٤٫٣٦٦١", "٣٣٫٣١٥٢"), ("44.3661°", "33.3152°"), ("44.3661° E", "33.3152° N"),
        ("E44.3661", "N 33.3152"), ("44.3661 East", "33.3152 north"),
        ("44.3661 شرقا", "33.3152 شمالاً"), ("٤٤٫٣٦٦١ ق", "٣٣٫٣١٥٢ ش"),
        ("44°21'57.96\"E", "33°18'54.72\"N"), ("44° 21′ 57.96″", "33° 18′ 54.72″"),
        ("44°21'57,96''E", "33°18'54,72''N"), ("44 21 57.96", "33 18 54.72"),
        ("44:21:57.96", "33:18:54.72"), ("44-21-57.96", "33-18-54.72"),
        ("44°21.966'E", "33°18.912'N"), ("44d21'57.96\"E", "33d18'54.72\"N"),
        ("44 deg 21 min 57.96 sec E", "33 deg 18 min 54.72 sec N"),
        ("٤٤ درجة ٢١ دقيقة ٥٧٫٩٦ ثانية شرقا", "٣٣ درجة ١٨ دقيقة ٥٤٫٧٢ ثانية شمالا"),
    ],
)  # fmt: skip
def test_degrees_are_read_in_many_writings(lon, lat):
    """Decimal or with minutes, in any digits, with letters or words for the quarters."""
    assert pair(lon, lat, "Iraq") == pytest.approx(MEETING, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "33.3152, 44.3661", "33.3152,44.3661", "33.3152 44.3661", "33.3152; 44.3661",
        "33.3152 / 44.3661", "(33.3152, 44.3661)", "33,3152 44,3661", "33,3152; 44,3661",
        "33,3152, 44,3661", "33,3152,44,3661", "33.3152N 44.3661E", "N33.3152 E44.3661",
        "44.3661E, 33.3152N", "33.3152°, 44.3661°", "33,3152°N 44,3661°E",
        "lat: 33.3152 lon: 44.3661", "Longitude 44.3661 Latitude 33.3152",
        "Lat 33.3152 N Long 44.3661 E", "خط العرض 33.3152 خط الطول 44.3661",
        "٣٣٫٣١٥٢ ش، ٤٤٫٣٦٦١ ق", "33°18'54.72\"N 44°21'57.96\"E",
        "33° 18' 54.72\" N, 44° 21' 57.96\" E", "33 18 54.72 44 21 57.96",
        "331854.72N 0442157.96E", "POINT (44.3661 33.3152)", "SRID=4326;POINT(44.3661 33.3152)",
        "geo:33.3152,44.3661", "https://maps.google.com/?q=33.3152,44.3661",
        "https://www.google.com/maps/@33.3152,44.3661,15z",
    ],
)  # fmt: skip
def test_one_cell_may_hold_both(text):
    """Latitude first, unless letters, labels or the form say otherwise."""
    assert one(text, "Iraq") == pytest.approx(MEETING, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    ["", "Mosul", "33.3", "33,44", "[44.3, 33.3]", "33.3N 44.4N", "33°75'N 44°E", "200, 300",
     "33.3, 44.4, 5", "-33.3S 44E", "N33.3S 44E", "POINT (a b)", "POINT EMPTY", "1e400, 3", "33.3,",
     "lat 33.3 E lon 44.4 N", "99S 330000 4000000", "1 2 3", "3" * 500, "https://example.org/33,44"],
)  # fmt: skip
def test_what_is_no_place_is_told(text):
    """Also what may be one number or two."""
    with pytest.raises(BadInput, match=r"^coordinates is .*; expected latitude and longitude, su"):
        one(text, "Iraq")


@pytest.mark.parametrize("text", ["44.3661, 33.3152", "44.3661 33.3152"])
def test_a_longitude_that_seems_to_stand_first_is_told(text):
    """If only then the place lies in its country; letters settle it."""
    with pytest.raises(BadInput, match="latitude, then longitude of a place in Iraq; longitude a"):
        one(text, "Iraq")
    assert one(text) == pytest.approx(MEETING[::-1])


def test_a_latitude_beyond_the_pole_is_told_to_be_swapped():
    """In one cell as in two."""
    with pytest.raises(BadInput, match="latitude, then longitude; longitude and latitude look sw"):
        one("138.2, 35.6")


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        ("33N", "44E", "longitude east or west, latitude north or south"),
        ("33.3", "44.4", "a place in Iraq"),
        ("35.6", "138.2", "latitude -90 to 90"),
    ],
)
def test_swapped_cells_are_told(lon, lat, expected):
    """By their letters, by the country, by their size."""
    with pytest.raises(BadInput, match=f"expected {expected}; longitude and latitude look swapped"):
        pair(lon, lat, "Iraq")


@pytest.mark.parametrize("text", ["x", "33°60'", "33 20 60", "--3", "3N4", "N3S", "- 5 E", "NaN"])
def test_what_is_no_number_of_degrees_is_told(text):
    """With the name of its column."""
    with pytest.raises(BadInput, match=r"^lon is .*; expected a number of degrees, such as 33.31"):
        pair(text, "33")


@given(LONS, LATS, st.sampled_from(["point", "comma", "arabic", "letters", "minutes", "seconds"]))
def test_any_place_is_read_back(lon, lat, manner):
    """In two cells and in one, to the last digit or a tenth of a second of arc's hundredth."""
    if manner in ("point", "comma", "arabic"):
        texts = [f"{lon:.6f}", f"{lat:.6f}"]
        if manner == "comma":
            texts = [text.replace(".", ",") for text in texts]
        if manner == "arabic":
            texts = [text.translate(ARABIC) for text in texts]
    else:
        texts = []
        for value, letters in ((lon, "EW"), (lat, "NS")):
            size, letter = abs(value), letters[value < 0]
            whole = int(size)
            minutes = (size - whole) * 60
            if manner == "letters":
                texts.append(f"{size:.6f} {letter}")
            elif manner == "minutes":
                assume(minutes < 59.999999)
                texts.append(f"{whole}° {minutes:.6f}' {letter}")
            else:
                seconds = (minutes - int(minutes)) * 60
                assume(seconds < 59.9999)
                texts.append(f"{letter} {whole}°{int(minutes)}'{seconds:.4f}\"")
    assert pair(*texts) == pytest.approx((lon, lat), abs=1e-7)
    mark = " " if manner == "comma" else ", "
    assert one(f"{texts[1]}{mark}{texts[0]}") == pytest.approx((lon, lat), abs=1e-7)


def test_grid_references_are_read_in_many_writings():
    """With and without spaces and in small letters; the place is the middle of the square."""
    wanted = from_mgrs("38SMB4104386404")
    for text in ("38S MB 41043 86404", "38smb4104386404", "MGRS 38SMB4104386404"):
        assert from_mgrs(text) == wanted
        assert one(text) == wanted


@given(st.floats(-179.99, 179.99), st.floats(-79.9, 83.9), st.integers(0, 5))
def test_any_grid_reference_is_where_another_implementation_puts_it(lon, lat, figures):
    """To a millimetre by mgrs 1.6.0, GEOTRANS's code, which gives the middle of the square too."""
    reference = mgrs.MGRS().toMGRS(lat, lon, MGRSPrecision=figures)
    try:
        other_lat, other_lon = mgrs.MGRS().toLatLon(reference)
    except mgrs.core.MGRSError:
        # It refuses some of its own references at the equator.
        assume(False)
    assert EARTH.inv(other_lon, other_lat, *from_mgrs(reference))[2] < 0.001


@pytest.mark.parametrize(
    "text",
    ["", "38S", "99SMB1234", "38IMB1234", "38SMB123", "38SMB 12 345", "38SAB1234", "38SMW1234",
     "0SMB1234", "38SMB123456789012", "ZAB1234"],
)  # fmt: skip
def test_what_is_no_square_is_told(text):
    """No zone, no letter, odd figures, another zone's column, another band's row, the poles."""
    with pytest.raises(BadInput, match=r"^mgrs is .*; expected a square of the military grid"):
        from_mgrs(text)


@given(
    st.integers(1, 60), st.floats(200_000, 800_000), st.floats(1_200_000, 8_900_000), st.booleans()
)
def test_any_place_in_utm_is_where_another_implementation_puts_it(zone, easting, northing, south):
    """By mgrs, which has formulas of its own; to a metre, as its references are whole metres."""
    letter, other = ("S", "N")[not south], mgrs.MGRS()
    reference = other.UTMToMGRS(zone, letter, easting, northing)
    lat, lon = other.toLatLon(reference)
    code = f"EPSG:{(32700 if south else 32600) + zone}"
    assert EARTH.inv(lon, lat, *from_utm(f"{easting:.3f}", f"{northing:.3f}", code))[2] < 1.5


@pytest.mark.parametrize(
    ("easting", "northing", "zone"),
    [
        ("330000", "4000000", "38N"), ("330000", "4000000", "38S"),
        ("330 000", "4 000 000", "38 N"),
        ("330,000", "4,000,000", "38S"), ("330000 E", "4000000 N", "Zone 38 N"),
        ("330000mE", "4000000mN", "UTM 38N"), ("٣٣٠٠٠٠", "٤٠٠٠٠٠٠", "٣٨N"),
        ("330000.0", "4000000,0", "EPSG:32638"), ("0330000", "4000000", "38north"),
        ("330000", "4000000", "38"),
    ],
)  # fmt: skip
def test_utm_is_read_in_many_writings(easting, northing, zone):
    """38S is the band of Iraq; a zone alone is enough in a country of the north."""
    wanted = (43.110789784, 36.129816285)
    assert from_utm(easting, northing, zone, country="Iraq") == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize(
    "text",
    ["38S 330000 4000000", "38N 330000 4000000", "38 S 0330000 4000000",
     "UTM 38N E 330000 N 4000000",
     "38S 330000mE 4000000mN", "330000E 4000000N 38N", "Zone 38N: 330000, 4000000"],
)  # fmt: skip
def test_utm_is_read_from_one_cell(text):
    """Zone first or last."""
    assert one(text) == pytest.approx((43.110789784, 36.129816285), abs=1e-8)


def test_the_letter_s_is_the_south_where_the_band_does_not_fit():
    """A northing of 6,250 km is Sydney's, not Iraq's."""
    lon, lat = from_utm("334000", "6250000", "56S")
    assert (round(lon), round(lat)) == (151, -34)


@pytest.mark.parametrize(
    ("easting", "northing", "zone", "expected"),
    [
        ("330000", "4000000", "", "metres of easting and northing and a zone such as 38N"),
        ("x", "4000000", "38N", "metres of easting and northing"),
        ("330000", "4000000", "38", "a zone with its hemisphere"),
        ("330000", "4000000", "38T", "an easting of 100,000 to 900,000 m"),
        ("330000", "4000000", "61N", "an easting of 100,000 to 900,000 m"),
        ("50", "4000000", "38N", "an easting of 100,000 to 900,000 m"),
        ("330000", "99000000", "38N", "an easting of 100,000 to 900,000 m"),
        ("330000", "-5", "38N", "an easting of 100,000 to 900,000 m"),
    ],
)
def test_what_is_no_place_in_utm_is_told(easting, northing, zone, expected):
    """With all three cells."""
    with pytest.raises(BadInput, match=f"^easting is .* and zone is .*; expected {expected}"):
        from_utm(easting, northing, zone)


@pytest.mark.parametrize(
    ("texts", "metres"),
    [
        (("44.4", "33.3"), 11_112.0), (("44.4", "33.3125"), 11.112), (("44", "33"), 111_120.0),
        (("33°20'N",), 1852.0), (("33°20'15\"N 44°21'10\"E",), 30.867), (("36.10, 43.30",), 1111.2),
        (("38SMB4186",), 1000.0), (("38SMB4104386404",), 1.0), (("38S 330000 4000000",), 1.0),
        (("٤٤٫٣٦",), 1111.2), (("33 20.5",), 185.2),
    ],
)  # fmt: skip
def test_digits_imply_a_precision(texts, metres):
    """The step of the finest last figure."""
    assert implied_precision_m(*texts) == pytest.approx(metres, rel=1e-4)


def test_no_place_implies_no_precision():
    """Rather than a wrong one."""
    assert implied_precision_m("Mosul", "") is None


PIECES = [
    *("33", "44.4", "٣٣", ",", ";", "N", "S", "E", "W", "°", "'", '"', "38S", "MB", "330000", " "),
    *("4000000", "lat", "lon", "POINT", "(", ")", "-", "1e400", "شمالا", "geo:", "@"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40))
def test_any_text_is_a_place_or_a_told_fault(text):
    """On Earth, or told; no other error comes through."""
    for read in (one, from_mgrs, lambda text: pair(text, text), lambda text: from_utm(*[text] * 3)):
        try:
            lon, lat = read(text)
        except BadInput:
            continue
        assert abs(lon) <= 180
        assert abs(lat) <= 90
    implied_precision_m(text)

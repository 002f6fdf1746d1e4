"""Coordinates are taken out of texts in every common form; what only looks like them stays."""

from __future__ import annotations

import re
import struct

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.grid import WGS84, transformer
from geo.scrub import MAY_HOLD_A_PLACE, PLACE_WITHHELD, places_in, plain, without_places

PLACES = (
    "32.12738 x 40.37274",
    "32.12738_40.37274",
    "x=4494273.1 y=3780043.1",
    "gh:svswy8we9",
    "32:07:38.6 40:22:21.9",
    "32.07.38 N 40.22.22 E",
    "37 S FR 29488 55380",
    "3.212738164e1",
    "32&#46;12738, 40&#46;37274",
    "32%2E12738 40%2E37274",
    "32\\u002e12738, 40\\u002e37274",
    "40.37274",
    "36.1234, 43.5678",
    "36.12345 43.56789",
    "36.12, 43.57",
    "-33.8688;151.2093",
    "36.1234N 43.5678E",
    "36.1234\u00b0 N, 43.5678\u00b0 E",
    "N36.1234 E43.5678",
    "36N 43E",
    "lat 36.1234 lon 43.5678",
    "lat=36.1&lon=43.2",
    "x=43.1234",
    "36\u00b007'30\"N 43\u00b015'20\"E",
    "36\u00b007\u203230\u2033 N, 43\u00b015\u203220\u2033 E",
    "36\u00b0 7.5' N 43\u00b0 15.2' E",
    "36\u00b007'30\"",
    "36 07 30 N, 43 15 20 E",
    "36-07-30N 043-15-20E",
    "360730N 0431520E",
    "36.12 north, 43.57 east",
    "36.12 degrees north",
    "38S 325000 3996000",
    "38N 325000E 3996000N",
    "UTM zone 38 N, E 325000, N 3996000",
    "325000E 3996000N",
    "325123 3996456",
    "4830123.1, 4310456.2",
    "38SKF2500096000",
    "38S KF 25000 96000",
    "38skf25009600",
    "geohash: svzk3y",
    "8G4P57X8+5X",
    "///made.up.words",
    "POINT (43.2 36.1)",
    "SRID=4326;POLYGON((43 36, 44 36, 44 37, 43 36))",
    "coordinates: [43.123,36.12]",
    "0101000000c3f5285c8f9a4540ae47e17a140e4240",
    "0x0101000020E6100000c3f5285c8f9a4540ae47e17a140e4240",
    "https://www.google.com/maps/@36.12,43.5,15z",
    "https://maps.app.goo.gl/AbCd",
    "https://www.openstreetmap.org/node/123",
    "https://example.org/?q=36.123%2C43.456",
    "https://tile.example.org/15/20345/12876.png",
    "geo:36.12,43.5",
    "36,1234; 43,5678",
    "\u0663\u0666\u066b\u0661\u0662\u0663\u0664 \u060c \u0664\u0663\u066b\u0665\u0666\u0667\u0668",
    "36.12 \u0634\u0645\u0627\u0644\u0627 43.57 \u0634\u0631\u0642\u0627",
    "\uff13\uff16.1234, \uff14\uff13.5678",
)

NO_PLACES = (
    "2014-06-10",
    "from 10.06.2014, 11.07.2015",
    "12.04.2025",
    "2015-02-26T12:30:45.123456+00:00",
    "between 12:30:45.123 and 12:31:46.456",
    "IQ-SY-02",
    "SZ001",
    "PL894019",
    "IM-20261122-1a2b3c4d",
    "CH-0123456789ab-001",
    "B2",
    "Tell 12, level IV",
    "30.25 x 41.50 cm",
    "30.25, 41.50 cm",
    "12.50, 30.00 dollars",
    "weighs 3.25, 4.50 kg",
    "1,234,567 coins and 2,345,678 beads",
    "inv. 1881,0728.1",
    "50 % of 100",
    "100000, 1500000 dinars",
    "rotated by 45\u00b0",
    "at 36.5\u00b0C",
    "Law 55 of 2002",
    "pages 12-14, 36-40",
    "museum numbers 123456, 1234567",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "GDAL 3.12.4, numpy 2.4.6",
    "https://example.org/news/2014/06/10/12345",
    "S2A_MSIL1C_20250412T075611_T38SKF",
    "a score of 0.123, and 5 % of 0.456",
    "phone 07701234567",
    "1.5 m long 3.25 m wide",
    "two pits, 3 m deep",
    "127.0.0.1:8501",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_is_taken_out_of_a_sentence(place: str):
    """Nothing of it stays, and the words around it do."""
    text = without_places(f"seen at {place} by night")
    assert PLACE_WITHHELD in text
    assert text.startswith("seen at ")
    assert text.endswith(" by night")
    assert not re.search(r"\d", text.replace("elevation 200", ""))


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_only_looks_like_a_place_stands(text: str):
    """Dates, times, grades, ids, hashes, versions and quantities are not eaten."""
    assert without_places(text) == text
    assert places_in(text) == ()


def test_a_span_says_where_and_how():
    """Start, end and form of each place, in the order of the text."""
    text = "from 36.1234, 43.5678 to 38SKF2500096000."
    first, second = places_in(text)
    assert text[first.start : first.end] == "36.1234, 43.5678"
    assert (first.form, second.form) == ("decimal", "MGRS")
    assert text[second.start : second.end] == "38SKF2500096000"


def dms(value: float) -> str:
    """Degrees, minutes and seconds."""
    degrees, rest = divmod(abs(value) * 3600, 3600)
    return f"{int(degrees)}\u00b0{int(rest // 60):02}'{rest % 60:05.2f}\""


def mercator(lon: float, lat: float) -> str:
    """Metres of Web Mercator."""
    x, y = transformer(WGS84, "EPSG:3857").transform(lon, lat)
    return f"{x:.2f} {y:.2f}"


WAYS = (
    lambda lon, lat: f"{lat:.5f}, {lon:.5f}",
    lambda lon, lat: f"{lon:.3f} {lat:.3f}",
    lambda lon, lat: f"{lat:.7f}N {lon:.7f}E",
    lambda lon, lat: f"{dms(lat)}N {dms(lon)}E",
    lambda lon, lat: f"POINT ({lon} {lat})",
    lambda lon, lat: f"POINT Z({lon:.4f} {lat:.4f} 0)",
    lambda lon, lat: f"coordinates: [{lon}, {lat}]",
    lambda lon, lat: "0101000000" + struct.pack("<dd", lon, lat).hex(),
    lambda lon, lat: "0000000001" + struct.pack(">dd", lon, lat).hex().upper(),
    mercator,
    lambda lon, lat: f"https://www.google.com/maps/@{lat:.6f},{lon:.6f},17z",
    lambda lon, lat: f"lat: {lat:.4f}; lon: {lon:.4f}",
)
"""One and the same place as somebody may write it."""

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
in_region = st.tuples(st.floats(38, 48), st.floats(30, 37))


@given(place=in_region, way=st.sampled_from(WAYS))
def test_every_place_of_the_region_is_taken_out_in_every_form(place, way):
    """Whatever the digits: none of them stays."""
    text = without_places(f"by night at {way(*place)} they dug")
    assert text == f"by night at {PLACE_WITHHELD} they dug"


@given(before=words, place=in_region, way=st.sampled_from(WAYS), after=words)
def test_the_gate_lets_no_place_past(before: str, place, way, after: str):
    """What the quick look over a million texts leaves out holds no place, in both readings."""
    text = f"{before} {way(*place)} {after}"
    read = plain(text)
    assert len(read) == len(text)
    if places_in(text):
        assert re.search(MAY_HOLD_A_PLACE, read, re.ASCII)
        table = pa.array([read])
        assert pc.match_substring_regex(table, pattern=MAY_HOLD_A_PLACE).to_pylist() == [True]


@pytest.mark.parametrize("place", PLACES)
def test_the_gate_knows_every_form(place: str):
    """Each of the examples passes it."""
    table = pa.array([plain(f"seen at {place} by night")])
    assert pc.match_substring_regex(table, pattern=MAY_HOLD_A_PLACE).to_pylist() == [True]


def test_a_number_that_is_no_place_does_not_take_the_next_one_with_it():
    """Of three numbers the first two may be no pair, and the last two one."""
    assert without_places("to 151.20 36.12, 43.57, dug") == f"to 151.20 {PLACE_WITHHELD}, dug"


def test_a_date_after_a_place_is_left_whole():
    """No part of a number is taken for a number."""
    assert without_places("36N 43E, 12.04.2025") == f"{PLACE_WITHHELD}, 12.04.2025"


@pytest.mark.parametrize(
    ("text", "cleared"),
    [
        ("32.12738 x 40.37274, 32&#46;12738, 40&#46;37274", PLACE_WITHHELD),
        ("A &amp; B, 32&#46;12738, 40&#46;37274 &lt; 5", f"A &amp; B, {PLACE_WITHHELD} &lt; 5"),
        ("at 32&amp;#46;12738, 40&amp;#46;37274", f"at {PLACE_WITHHELD}"),
        ("a%20b 32%252E12738 40%252E37274", f"a%20b {PLACE_WITHHELD}"),
        ("32.12738&nbsp;40.37274 &c.", f"{PLACE_WITHHELD} &c."),
        ("%33%32%2E%31%32%37%33%38 by night", f"{PLACE_WITHHELD} by night"),
        ("\\ud83d\\u0020at 32\\u002e12738", f"\\ud83d\\u0020at {PLACE_WITHHELD}"),
        ("R&D, 5 %, AT&T &copy 2020 %zz \\u00", "R&D, 5 %, AT&T &copy 2020 %zz \\u00"),
    ],
)
def test_escapes_hide_no_place_and_others_stay(text: str, cleared: str):
    """Beside a place that anybody can read, in two layers, or digit by digit."""
    assert without_places(text) == cleared
    if cleared != text:
        assert re.search(MAY_HOLD_A_PLACE, plain(text), re.ASCII)


@given(parts=st.lists(st.sampled_from(PLACES + NO_PLACES) | words, max_size=4))
def test_what_was_cleared_is_clear(parts: list[str]):
    """Clearing twice is clearing once, for any text."""
    once = without_places(" ".join(parts))
    assert without_places(once) == once

"""One cell means one value, or says why it means none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import columns_of
from geo.errors import BadInput
from geo.model import DatePrecision, Precision, Tlp
from geo.sources.meaning import cells
from geo.sources.meaning.dates import DateStyle
from geo.sources.meaning.vocabulary import KINDS

PRECISIONS = tuple(precision.value for precision in Precision)
MARKINGS = tuple(marking.value for marking in Tlp)


@pytest.mark.parametrize(
    ("text", "value"),
    [("33", 33.0), ("-33.5", -33.5), ("+.5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("٣٣.٥", 33.5),
     ("34,56", 34.56), ("1,234.5", 1234.5), ("٣٣٫٥", 33.5)],
)  # fmt: skip
def test_numbers_are_read(text, value):
    """Also with Arabic digits and a decimal comma."""
    assert cells.number(text, name="score") == value


@pytest.mark.parametrize(
    "text", ["NaN", "nan", "inf", "-Infinity", "1e400", "1_000", "0x10", "12 km", "N34"]
)
def test_what_is_no_finite_number_is_told(text):
    """With its value; never read as not-a-number."""
    with pytest.raises(BadInput, match=f"lat is '{text}'; expected a (finite )?number"):
        cells.number(text, name="lat")


def test_a_comma_before_three_digits_gets_its_own_remedy():
    """It may part thousands or a fraction."""
    with pytest.raises(BadInput, match="write a decimal point, and no mark between thousands"):
        cells.number("34,567", name="score")


@pytest.mark.parametrize(
    ("name", "text"), [("buffer_m", "-1"), ("buffer_m", "1e9"), ("route_km", "99999")]
)
def test_unbelievable_lengths_are_told(name, text):
    """A length has its limits."""
    with pytest.raises(BadInput, match=f"{name} is '{text}'; expected 0 to "):
        cells.number(text, name=name)


@pytest.mark.parametrize(
    ("text", "value"),
    [("54", 54), ("54.0", 54), ("+7", 7), ("0", 0), ("1,234", 1234), ("٣٠٠", 300)],
)
def test_counts_are_read(text, value):
    """Also as a spreadsheet writes them."""
    assert cells.count(text, name="object_count") == value


@pytest.mark.parametrize("text", ["2.5", "about 50", "9" * 400, "1e3", "-3", "2000000000"])
def test_what_is_no_count_is_told(text):
    """Fractions, words, and numbers beyond belief."""
    with pytest.raises(BadInput, match=r"object_count is '.*; expected (a whole number|0 to)"):
        cells.count(text, name="object_count")


@pytest.mark.parametrize(
    ("text", "value"), [("TRUE", True), ("no", False), ("1", True), ("نعم", True), ("لا", False)]
)
def test_flags_are_read(text, value):
    """In the words that people use."""
    assert cells.flag(text, name="simulated") is value


def test_what_is_no_flag_is_told():
    """Perhaps is neither."""
    with pytest.raises(BadInput, match="simulated is 'perhaps'; expected true or false"):
        cells.flag("perhaps", name="simulated")


def test_codes_are_found_whatever_their_case():
    """Letters and spaces do not matter, the stored word is ours."""
    assert cells.code("Exact", name="precision", allowed=PRECISIONS) == "exact"
    assert cells.code("tlp:amber+strict", name="marking", allowed=MARKINGS) == "TLP:AMBER+STRICT"
    assert cells.codes("Seals; coins|SEALS", name="o", allowed=("seals", "coins")) == "seals|coins"


def test_an_old_marking_is_read_as_its_successor():
    """TLP 1.0's WHITE is TLP 2.0's CLEAR."""
    assert cells.code("TLP:WHITE", name="marking", allowed=MARKINGS) == "TLP:CLEAR"


def test_codes_are_found_by_other_words():
    """Of other languages too; the words are those of `geo.sources.meaning.code_words`."""
    assert cells.code("محافظة", name="precision", allowed=PRECISIONS) == "province"
    assert cells.codes("محافظة; exact", name="p", allowed=PRECISIONS) == "province|exact"


def test_days_are_read_by_their_column():
    """The end of an interval is the last day that its text covers; figures follow the style."""
    columns = {column.name: column for column in columns_of("seizures")}
    assert cells.parser_of(columns["date_from"])("2014-02") == date(2014, 2, 1)
    assert cells.parser_of(columns["date_to"])("2014-02") == date(2014, 2, 28)
    style = DateStyle(order="dmy")
    assert cells.parser_of(columns["date_from"], style=style)("07/03/2015") == date(2015, 3, 7)


def test_a_strange_code_is_told_with_the_nearest_one():
    """The message lists what may stand there."""
    with pytest.raises(BadInput) as told:
        cells.code("vicinty", name="precision", allowed=PRECISIONS)
    assert str(told.value) == (
        "precision is 'vicinty'; expected one of exact, vicinity, town, province, country; "
        "did you mean vicinity?"
    )


def test_a_long_value_is_cut_in_the_message():
    """A message stays one line."""
    with pytest.raises(BadInput) as told:
        cells.code("<img onerror>\n" * 100, name="precision", allowed=PRECISIONS)
    assert len(str(told.value)) < 300
    assert "and 1340 more characters" in str(told.value)


@pytest.mark.parametrize(
    ("text", "value"), [("B2", "B2"), ("f6", "F6"), ("b-2", "B2"), ("C ٣", "C3")]
)
def test_grades_are_read(text, value):
    """In capitals."""
    assert cells.grade(text) == value


@pytest.mark.parametrize("text", ["G1", "A7", "2B", "B", "B22"])
def test_what_is_no_grade_is_told(text):
    """The Admiralty system has six letters and six figures."""
    with pytest.raises(BadInput, match=f"grade is '{text}'; expected an Admiralty grade"):
        cells.grade(text)


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2014", date(2014, 1, 1), date(2014, 12, 31), DatePrecision.YEAR),
        ("2014-12", date(2014, 12, 1), date(2014, 12, 31), DatePrecision.MONTH),
        ("2016-02", date(2016, 2, 1), date(2016, 2, 29), DatePrecision.MONTH),
        ("2015-03-07", date(2015, 3, 7), date(2015, 3, 7), DatePrecision.DAY),
        ("2199", date(2199, 1, 1), date(2199, 12, 31), DatePrecision.YEAR),
    ],
)
def test_partial_dates_cover_their_days(text, first, last, precision):
    """A year is 365 or 366 days, not the first of them."""
    period = cells.period(text, name="date")
    assert (period.first, period.last, period.precision) == (first, last, precision)


@pytest.mark.parametrize(
    "text",
    ["2014-13", "2015-02-30", "07/03/2015", "0215-03-07", "2015-W10", "x", "9999-12-31"],
)  # fmt: skip
def test_what_is_no_date_is_told(text):
    """With the form that is expected."""
    with pytest.raises(BadInput, match=f"date is '{text}'; expected a date as YYYY, YYYY-MM or"):
        cells.period(text, name="date")


def lonlat(lon: str, lat: str, country: str = "") -> tuple[float, float]:
    """A place by its texts."""
    return cells.lonlat(lon, lat, names=("lon", "lat"), country=country)


def test_a_place_is_longitude_then_latitude():
    """Also in a country that we know, and in one that we do not."""
    assert lonlat("42.7", "35.6", "Iraq") == (42.7, 35.6)
    assert lonlat("-180", "90") == (-180.0, 90.0)
    assert lonlat("-0.1", "51.5", "Iraq") == (-0.1, 51.5)


@pytest.mark.parametrize(
    ("lon", "lat", "country"),
    [("35.6", "138.2", ""), ("36.8", "42.1", "Iraq"), ("33.3", "44.4", "Iraq/Iran")],
)
def test_swapped_coordinates_are_suspected(lon, lat, country):
    """Out of range one way and right the other, or in the country only when swapped."""
    with pytest.raises(BadInput, match="longitude and latitude look swapped: exchange them"):
        lonlat(lon, lat, country)


@pytest.mark.parametrize(
    ("lon", "lat"), [("200", "95"), ("44", "-91"), ("181", "0"), ("100", "100")]
)
def test_places_off_the_earth_are_told(lon, lat):
    """Neither way round."""
    with pytest.raises(BadInput, match=r"expected l.*; (correct them|longitude and latitude look)"):
        lonlat(lon, lat)


def test_a_footprint_is_a_polygon_in_degrees():
    """Its text is kept."""
    text = "POLYGON ((44 33, 45 33, 45 34, 44 33))"
    assert cells.footprint_wkt(text) == text
    for wrong in ("POINT (44 33)", "POLYGON EMPTY", "POLYGON ((44 33, 45 33))", "house",
                  "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "POLYGON ((0 0, 0 99, 9 9, 0 0))",
                  "POLYGON ((nan 0, 0 9, 9 9, nan 0))"):  # fmt: skip
        with pytest.raises(BadInput, match="expected a valid POLYGON or MULTIPOLYGON in WKT"):
            cells.footprint_wkt(wrong)


@given(st.text(max_size=20))
def test_any_text_is_a_value_or_a_told_fault(text):
    """No reader lets another error through."""
    for kind in (*KINDS, "alerts"):
        for column in columns_of(kind):
            if column.name == "geometry":
                continue
            try:
                cells.parser_of(column)(text)
            except BadInput as told:
                fault = told
            else:
                continue
            assert fault.what
            assert fault.expected
            assert fault.remedy

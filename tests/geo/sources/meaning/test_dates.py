"""A written date means its days, in any order, calendar and language, or is told to be doubtful."""

from __future__ import annotations

from datetime import date

import pytest
from convertdate import islamic, persian
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput
from geo.model import DatePrecision
from geo.sources.meaning.calendars import MONTHS
from geo.sources.meaning.dates import DateStyle, Period, guess_style, period_of

DMY, MDY = DateStyle(order="dmy"), DateStyle(order="mdy")
HIJRI = DateStyle(order="dmy", calendar="hijri")
PERSIAN = DateStyle(calendar="persian")
DAYS = st.dates(date(1700, 1, 1), date(2199, 12, 31))
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def read(text: str, style: DateStyle | None = None) -> Period:
    """The period of a text."""
    return period_of(text, name="date", style=style or DateStyle())


def day(year: int, month: int, number: int) -> Period:
    """The period of one day."""
    one = date(year, month, number)
    return Period(first=one, last=one, precision=DatePrecision.DAY)


@pytest.mark.parametrize(
    "text",
    [
        "2015-03-07", "2015-3-7", "2015/03/07", "2015.3.7", "20150307", "2015-03-07T10:00",
        "2015-03-07T10:00:59.5Z", "2015-03-07 10:00:00", "2015-03-07T00:30-01:00",
        "2015-03-08T01:00+03:00", "7 March 2015", "07 Mar 2015", "7-Mar-2015", "March 7, 2015",
        "Mar. 7 2015", "7th of March 2015", "Saturday, 7 March 2015", "2015 March 7",
        "7 mars 2015", "7 Mart 2015", "٢٠١٥/٣/٧", "٧ آذار ٢٠١٥", "7 مارس 2015", "7 آذار/مارس 2015",
        "السبت 7 آذار 2015 م", "يوم ٧ مارس ٢٠١٥م", "۷ مارس ۲۰۱۵", "\u200f7 آذار 2015\u200f",
        "7 March 2015 AD", "7 March 2015, 10:30 pm", "16 اسفند 1393", "۱۶ اسفند ۱۳۹۳",
        "1393/12/16 هـ.ش", "16 Esfand 1393",
    ],
)  # fmt: skip
def test_a_day_is_read_in_many_ways(text):
    """Without any style: each of these has one meaning."""
    assert read(text) == day(2015, 3, 7)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("07/03/2015", DMY), ("7.3.2015", DMY), ("7 3 2015", DMY), ("٧/٣/٢٠١٥", DMY),
        ("03/07/2015", MDY), ("3-7-2015", MDY), ("7/3/2015 0:00", DMY),
        ("16/12/1393", DateStyle(order="dmy", calendar="persian")), ("1393-12-16", PERSIAN),
        ("07/03/15", DateStyle(order="dmy", two_digit_years=True)),
        ("15/03/07", DateStyle(two_digit_years=True)),
        ("7 Mar 15", DateStyle(two_digit_years=True)),
        ("2015-03-07", HIJRI), ("2015-03-07", MDY), ("7 March 2015", HIJRI),
    ],
)  # fmt: skip
def test_a_day_in_figures_follows_the_style(text, style):
    """A year of four digits first is always read so."""
    assert read(text, style) == day(2015, 3, 7)


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2014", (2014, 1, 1), (2014, 12, 31), "year"),
        ("٢٠١٤", (2014, 1, 1), (2014, 12, 31), "year"),
        ("2016-02", (2016, 2, 1), (2016, 2, 29), "month"),
        ("2/2016", (2016, 2, 1), (2016, 2, 29), "month"),
        ("February 2016", (2016, 2, 1), (2016, 2, 29), "month"),
        ("شباط ٢٠١٦", (2016, 2, 1), (2016, 2, 29), "month"),
        ("early 2015", (2015, 1, 1), (2015, 12, 31), "year"),
        ("late March 2015", (2015, 3, 1), (2015, 3, 31), "month"),
        ("summer 2014", (2014, 1, 1), (2014, 12, 31), "year"),
        ("أواخر 2014", (2014, 1, 1), (2014, 12, 31), "year"),
        ("3-5 March 2015", (2015, 3, 3), (2015, 3, 5), "interval"),
        ("3–5 March 2015", (2015, 3, 3), (2015, 3, 5), "interval"),
        ("March 3-5, 2015", (2015, 3, 3), (2015, 3, 5), "interval"),
        ("3 March to 5 April 2015", (2015, 3, 3), (2015, 4, 5), "interval"),
        ("30 December 2014 - 2 January 2015", (2014, 12, 30), (2015, 1, 2), "interval"),
        ("13-15/3/2015", (2015, 3, 13), (2015, 3, 15), "interval"),
        ("March-April 2015", (2015, 3, 1), (2015, 4, 30), "interval"),
        ("2014-2016", (2014, 1, 1), (2016, 12, 31), "interval"),
        ("between 2014 and 2016", (2014, 1, 1), (2016, 12, 31), "interval"),
        ("2015-03-07/2015-03-09", (2015, 3, 7), (2015, 3, 9), "interval"),
        ("2015-03-07 to 2015-03-09", (2015, 3, 7), (2015, 3, 9), "interval"),
        ("من 3 إلى 5 آذار 2015", (2015, 3, 3), (2015, 3, 5), "interval"),
        ("بين آذار وأيار 2015", (2015, 3, 1), (2015, 5, 31), "interval"),
        ("Q2 2015", (2015, 4, 1), (2015, 6, 30), "interval"),
        # 1 Ramadan 1436 began on 17, 18 or 19 June 2015, by who saw the moon.
        ("1 رمضان 1436 هـ", (2015, 6, 17), (2015, 6, 19), "interval"),
        ("15/9/1436 هـ", (2015, 7, 1), (2015, 7, 3), "interval"),
        ("رمضان 1436", (2015, 6, 17), (2015, 7, 18), "interval"),
        ("1436 AH", (2014, 10, 24), (2015, 10, 15), "interval"),
        ("مرداد ۱۳۹۴", (2015, 7, 23), (2015, 8, 22), "interval"),
        ("1394 ه.ش", (2015, 3, 21), (2016, 3, 19), "interval"),
        ("١٥ رمضان ١٤٣٦ هـ الموافق ٢ تموز ٢٠١٥ م", (2015, 7, 2), (2015, 7, 2), "day"),
    ],
)
def test_less_exact_dates_cover_all_their_days(text, first, last, precision):
    """Never fewer than the words allow."""
    assert read(text) == Period(
        first=date(*first), last=date(*last), precision=DatePrecision(precision)
    )


@pytest.mark.parametrize(
    ("text", "style", "remedy"),
    [
        ("07/03/2015", None, "say whether the day or the month comes first"),
        ("٧/٣/٢٠١٥", None, "say whether the day or the month comes first"),
        ("03/25/2015", DMY, "day and month look exchanged"),
        ("25/03/2015", MDY, "day and month look exchanged"),
        ("07/03/15", DMY, "write the year with four digits"),
        ("7 Mar 15", None, "write the year with four digits"),
        ("1/9/1436 هـ", None, "say whether the day or the month comes first"),
        ("42070", None, "it may be a spreadsheet's number of a day"),
        ("1436/09/15", None, "if it is a Hijri or a Persian date, say so"),
        ("1 محرم 1436 هـ الموافق 2 تموز 2015", None, "the two calendars contradict each other"),
        ("5 March - 3 March 2015", None, "the end is before the beginning"),
    ],
)
def test_a_doubtful_date_is_told_with_its_remedy(text, style, remedy):
    """Nobody guesses it."""
    with pytest.raises(BadInput, match=remedy) as told:
        read(text, style)
    assert told.value.what.startswith("date is ")
    assert told.value.expected == "a date as YYYY, YYYY-MM or YYYY-MM-DD between 1500 and 2199"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "x", "2014-13", "2015-02-30", "29/2/2015", "31 June 2015", "0215-03-07",
        "9999-12-31", "2015-W10", "2014-15", "Mar-15", "5 March", "7 مهر", "winter 2014", "unknown",
        "2015-03-07T99:00", "3 4 5 2015", "2015-03-07 and so on", "12345678", "123456789",
        "1 Foo 2015", "32 March 2015", "30 Esfand 1394", "0 March 2015", "2015-00-01",
        "March 2015 Ramadan", "2015\n03\n07\n01", "<script>2015</script>", "2015" * 100,
    ],
)  # fmt: skip
def test_what_is_no_date_is_told(text):
    """With the form that is expected."""
    with pytest.raises(BadInput, match="expected a date as YYYY, YYYY-MM or YYYY-MM-DD between"):
        read(text)


@given(DAYS, st.sampled_from("/.- "), st.sampled_from(["dmy", "mdy", "ymd"]), st.booleans())
def test_any_day_in_figures_is_read_back(one, mark, order, arabic):
    """In every order, mark and digits."""
    parts = {"d": str(one.day), "m": f"{one.month:02}", "y": str(one.year)}
    text = mark.join(parts[letter] for letter in order)
    assert read(text.translate(ARABIC) if arabic else text, DateStyle(order=order)) == day(
        one.year, one.month, one.day
    )


@given(DAYS, st.sampled_from(["gregorian", "persian", "hijri"]), st.data())
def test_any_day_with_the_name_of_its_month_is_read_back(one, calendar, data):
    """By convertdate's calendars; a Hijri day lies in the middle of its three."""
    converters = {"persian": persian.from_gregorian, "hijri": islamic.from_gregorian}
    convert = converters.get(calendar, lambda *parts: parts)
    if calendar == "persian" and not date(1901, 3, 22) <= one <= date(2119, 1, 1):
        one = date(1990, one.month, min(one.day, 28))
    if calendar == "hijri" and one > date(2070, 1, 1):
        one = date(1990, one.month, min(one.day, 28))
    year, month, number = map(int, convert(one.year, one.month, one.day))
    name = data.draw(
        st.sampled_from(sorted(n for n, m in MONTHS.items() if m == (calendar, month)))
    )
    found = read(f"{number} {name} {year}")
    if calendar == "hijri":
        assert found.first.toordinal() + 1 == one.toordinal() == found.last.toordinal() - 1
    else:
        assert found == day(one.year, one.month, one.day)


@given(DAYS, DAYS)
def test_any_range_is_read_back(one, other):
    """From its first day to its last."""
    first, last = sorted([one, other])
    found = read(f"{first} to {last}")
    assert (found.first, found.last) == (first, last)
    assert found == read(f"{first:%d %B} {first.year:04} - {last:%d %B} {last.year:04}")


PIECES = [
    *("2015", "3", "07", "١٥", "1436", "-", "/", ".", ",", "to", "March", "رمضان", "هـ", "مهر"),
    *("و", "early", "الموافق", "(", "Q1", "T10:00", "+03:00", "th", "of", "99999", "AH", " "),
    "\u200f",
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(WORDS | st.text(max_size=30), st.sampled_from([DateStyle(), DMY, MDY, HIJRI, PERSIAN]))
def test_any_text_is_a_period_or_a_told_fault(text, style):
    """A period is in order and within what is believed; no other error comes through."""
    try:
        found = read(text, style)
    except BadInput:
        return
    assert date(1499, 12, 31) <= found.first <= found.last <= date(2200, 1, 2)


@pytest.mark.parametrize(
    ("texts", "style", "note"),
    [
        (["2015-01-02", "2014"], DateStyle(), ""),
        ([], DateStyle(), ""),
        (["7 March 2015", "unknown"], DateStyle(), ""),
        (["25/03/2015", "1/2/2015"], DMY, ""),
        (["03/25/2015", "1/2/2015"], MDY, ""),
        (["1/2/2015"], DMY, "no date tells whether the day or the month comes first"),
        (["25/3/2015", "26/3/2015", "3/25/2015"], DMY, "2 dates have the day first and 1 the mon"),
        (["3/7/15", "30/7/15"], DateStyle(order="dmy", two_digit_years=True), "2 dates have years"),
        (["1436/9/15"], DateStyle(calendar="hijri"), ""),
        (["15/9/1436", "16/9/1436"], HIJRI, ""),
        (["1394/1/31", "1394/2/2"], PERSIAN, ""),
        (["1395/2/3"], PERSIAN, "the years are those of the Hijri or the Persian calendar"),
        (["1405/2/2", "15/9/1436 هـ"], HIJRI, ""),
        (["2015", "2014", "1436"], DateStyle(), "1 dates have years before 1500"),
    ],
)
def test_a_style_is_guessed_and_what_is_not_certain_is_told(texts, style, note):
    """The note is empty where nothing was guessed."""
    guessed, told = guess_style(texts)
    assert guessed == style
    assert told.startswith(note)
    assert bool(told) == bool(note)


@given(st.lists(DAYS.filter(lambda one: one.day > 12), min_size=1, max_size=20), st.data())
def test_the_style_of_a_column_is_found(days, data):
    """Every date of a column in one order is read back with the style that was guessed."""
    order = data.draw(st.sampled_from(["dmy", "mdy"]))
    form = {"dmy": "{0.day}/{0.month}/{0.year}", "mdy": "{0.month}/{0.day}/{0.year}"}[order]
    texts = [form.format(one) for one in days]
    style, note = guess_style(texts)
    assert (style.order, note) == (order, "")
    assert [read(text, style).first for text in texts] == days

"""The calendars agree with convertdate, an independent implementation."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from convertdate import islamic, persian

from geo.sources.meaning.calendars import (
    MONTH_NAME,
    MONTHS,
    days_in_persian_month,
    gregorian_of_hijri,
    gregorian_of_persian,
    month_of,
)
from geo.words import fold


@pytest.mark.parametrize("year", range(1300, 1500, 7))
def test_hijri_days_are_those_of_the_civil_calendar(year):
    """By convertdate 2.5.1, `islamic`: the same 30-year cycle, from its own code."""
    for month in range(1, 13):
        for day in (1, 15, 29):
            expected = date(*map(int, islamic.to_gregorian(year, month, day)))
            assert gregorian_of_hijri(year, month, day) == expected


@pytest.mark.parametrize("year", range(1280, 1500, 7))
def test_persian_days_are_those_of_the_equinox(year):
    """By convertdate 2.5.1, `persian`, from the equinox; from 1280 on the rule of 33 agrees."""
    for month, day in ((1, 1), (6, 31), (7, 1), (12, 29)):
        expected = date(*map(int, persian.to_gregorian(year, month, day)))
        assert gregorian_of_persian(year, month, day) == expected


def test_persian_months_follow_each_other():
    """The day after the last of a month is the first of the next."""
    for year in range(1178, 1499):
        for month in range(1, 13):
            last = gregorian_of_persian(year, month, days_in_persian_month(year, month))
            following = (year, month + 1) if month < 12 else (year + 1, 1)
            assert last + timedelta(days=1) == gregorian_of_persian(*following, 1)


def test_months_are_known_in_their_languages():
    """Twelve of each calendar; every name finds itself."""
    for name, meaning in MONTHS.items():
        found = MONTH_NAME.fullmatch(name)
        assert found
        assert month_of(found[0]) == meaning
    for calendar in ("gregorian", "hijri", "persian"):
        assert {number for kind, number in MONTHS.values() if kind == calendar} == {*range(1, 13)}


@pytest.mark.parametrize(
    ("name", "calendar", "month"),
    [
        ("كانون الثاني", "gregorian", 1), ("شباط", "gregorian", 2), ("آذار", "gregorian", 3),
        ("نيسان", "gregorian", 4), ("أيّار", "gregorian", 5), ("حزيران", "gregorian", 6),
        ("تموز", "gregorian", 7), ("آب", "gregorian", 8), ("أيلول", "gregorian", 9),
        ("تشرين الأول", "gregorian", 10), ("تشرين الثاني", "gregorian", 11),
        ("كانون الأول", "gregorian", 12), ("أغسطس", "gregorian", 8), ("Ağustos", "gregorian", 8),
        ("août", "gregorian", 8), ("رمضان", "hijri", 9), ("ذو الحجة", "hijri", 12),
        ("ربيع الآخر", "hijri", 4), ("جمادى الأولى", "hijri", 5), ("Rabi' al-Awwal", "hijri", 3),
        ("مرداد", "persian", 5), ("آذر", "persian", 9), ("آبان", "persian", 8),
    ],
)  # fmt: skip
def test_a_month_is_found_as_people_write_it(name, calendar, month):
    """With hamza, vowel signs and accents; آذار is March and آذر is not."""
    found = MONTH_NAME.search(fold(f"5 {name} 2015"))
    assert found
    assert month_of(found[0]) == (calendar, month)


def test_a_month_is_a_whole_word():
    """Mark is not March, and Marathi no month."""
    assert not MONTH_NAME.search("mark")
    assert not MONTH_NAME.search("marathi")

"""The dates of a row agree with each other, or the row is set aside."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from geo.sources.meaning.columns import Findings
from geo.sources.meaning.dates import DateStyle
from geo.sources.meaning.dating import DateReader

TOMORROW = date(2026, 11, 23)


def read(kind: str = "seizures", style: DateStyle | None = None, **texts: str):
    """The first row of what one row's dates say, and its faults."""
    findings = Findings(1)
    reader = DateReader(kind, style=style, tomorrow=TOMORROW)
    found = reader.read({name: pa.array([text]) for name, text in texts.items()}, 1, findings)
    return {name: column.per_row()[0] for name, column in found.items()}, findings.faults


@pytest.mark.parametrize(
    ("texts", "first", "last", "precision", "said"),
    [
        ({"date": "2014"}, (2014, 1, 1), (2014, 12, 31), "year", "2014"),
        ({"date": "2014-06"}, (2014, 6, 1), (2014, 6, 30), "month", "2014-06"),
        ({"date_from": "2003-03-20", "date_to": "2003-05"}, (2003, 3, 20), (2003, 5, 31),
         "interval", "2003-03-20 to 2003-05"),
        ({"date_from": "1991", "date_to": "1991"}, (1991, 1, 1), (1991, 12, 31), "year", "1991"),
        ({"date": "2014-06", "date_from": "2014-06-03"}, (2014, 6, 3), (2014, 6, 30), "interval",
         "2014-06"),
        ({"date": "3-5 March 2015"}, (2015, 3, 3), (2015, 3, 5), "interval", "3-5 March 2015"),
    ],
)  # fmt: skip
def test_days_follow_from_what_is_given(texts, first, last, precision, said):
    """As far as it is known; the words stay."""
    found, faults = read(**texts)
    assert faults == {}
    assert (found["date_from"], found["date_to"]) == (date(*first), date(*last))
    assert (found["date_precision"], found["date_text"]) == (precision, said)


def test_a_row_without_dates_has_none():
    """Its precision says that it is not known."""
    found, faults = read(date="")
    assert faults == {}
    assert found == {
        "date_from": None, "date_to": None, "date_precision": "unknown", "date_text": None,
    }  # fmt: skip


def test_figures_follow_the_style():
    """And are not read at all where nobody said which it is."""
    found, _ = read(style=DateStyle(order="dmy"), date="7/3/2015")
    assert found["date_from"] == date(2015, 3, 7)
    _, faults = read(date="7/3/2015")
    assert faults[0][0].what == "date is '7/3/2015'"


@pytest.mark.parametrize(
    ("kind", "texts", "expected"),
    [
        ("seizures", {"date_from": "2015", "date_to": "2014"}, "an end that is not before"),
        ("seizures", {"date": "2003", "date_from": "2014", "date_to": "2015"}, "dates that agree"),
        ("events", {"date": "2027"}, "a day up to 2026-11-23"),
        ("custody", {"date": "2027"}, "a day up to 2026-11-23"),
    ],
)
def test_contradictions_set_a_row_aside(kind, texts, expected):
    """With all dates that take part."""
    _, faults = read(kind, **texts)
    assert faults[0][0].expected.startswith(expected)
    assert all(text in faults[0][0].what for text in texts.values())


def test_what_is_planned_may_lie_ahead():
    """A post opens in the future; a seizure does not happen there."""
    assert read("posts", date_from="2030")[1] == {}

"""The chart of a series: what was seen is a point, what was not is none, and nothing is hidden."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from geo.errors import GridMismatch, NoValidPixels
from layers.series_chart import Series, series_page
from layers.series_chart.chart import described
from tests.parsed_page import ParsedPage

HOSTILE = "</script><img src=x onerror=alert(1)>`${alert(2)}`\"'&"

NAN = np.nan


def series(**changed: object) -> Series:
    """Five dates: the first has no expectation, the third is cloud, the last is out of the band."""
    values = {
        "dates": np.array(
            ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"], "datetime64[D]"
        ),
        "values": np.array([0.20, 0.21, 0.90, 0.20, 0.10]),
        "clear": np.array([True, True, False, True, True]),
        "baseline": np.array([NAN, 0.20, 0.20, 0.20, 0.20]),
        "low": np.array([NAN, 0.18, 0.18, 0.18, 0.18]),
        "high": np.array([NAN, 0.22, 0.22, 0.22, 0.22]),
        "flagged_from": date(2024, 4, 1),
        "flagged_to": date(2024, 5, 1),
        "quantity": "brightness",
    }
    return Series(**(values | changed))


def test_what_was_seen_is_a_point_and_what_was_not_is_a_mark():
    """Three points within the band or without one, one outside of it, one cross for the cloud."""
    page = ParsedPage(series_page(series()))
    kinds = [attributes.get("class") for _, attributes in page.tags]
    assert kinds.count("point") == 3
    assert kinds.count("point out") == 1
    assert kinds.count("unseen") == 1
    assert "2024-03-01: not seen" in page.words


def test_signs_that_do_not_occur_are_not_explained():
    """A series without an expectation has no band to be outside of."""
    words = ParsedPage(series_page(series())).words
    assert {"seen", "seen, outside the band", "expected", "its band", "flagged interval"} <= {
        *words
    }
    nothing = np.full(5, NAN)
    bare = series(
        baseline=nothing, low=nothing, high=nothing, flagged_from=None, clear=np.ones(5, bool)
    )
    words = ParsedPage(series_page(bare)).words
    assert "seen" in words
    assert not {"seen, outside the band", "expected", "its band", "\u00d7 not seen"} & {*words}


def test_no_date_is_written_onto_another():
    """The last one is left out where there is no room beside the one before."""
    some = series(
        dates=np.array(["2015-03-06", "2015-09-28"], "datetime64[D]"),
        values=np.arange(2.0), clear=np.ones(2, bool),
        baseline=np.full(2, NAN), low=np.full(2, NAN), high=np.full(2, NAN),
        flagged_from=date(2015, 4, 1), flagged_to=date(2015, 5, 1),
    )  # fmt: skip
    words = ParsedPage(series_page(some)).words
    assert {"Apr 2015", "Sep 2015"} <= set(words)
    assert "Oct 2015" not in words


def test_a_cloud_does_not_stretch_the_axis():
    """Its value of 0.9 counts for nothing."""
    numbers = [word for word in ParsedPage(series_page(series())).words if word.startswith("0.")]
    assert max(map(float, (word.split()[0] for word in numbers))) < 0.5


def test_the_band_has_a_gap_where_nothing_was_expected():
    """Two runs of dates with an expectation are two shapes."""
    low = np.array([0.18, 0.18, NAN, 0.18, 0.18])
    html = series_page(series(low=low, high=low + 0.04, baseline=low + 0.02))
    (band,) = (tag["d"] for tag in ParsedPage(html).all("path") if tag.get("class") == "band")
    assert band.count("Z") == 2


def test_every_date_stands_in_the_table():
    """With its value, or that it was not seen."""
    page = ParsedPage(series_page(series()))
    cells = page.words[page.words.index("To") :]
    assert [cells[cells.index(str(day)) + 1] for day in series().dates] == [
        "0.2", "0.21", "not seen", "0.2", "0.1",
    ]  # fmt: skip


def test_a_tip_tells_value_and_expectation():
    """And the band about it."""
    words = ParsedPage(series_page(series())).words
    assert "2024-05-01: 0.1, expected 0.2 (0.18 to 0.22)" in words
    assert "2024-01-01: 0.2" in words


def test_the_chart_is_told_in_a_sentence():
    """For whoever cannot see it."""
    assert described(series()) == (
        "brightness from 2024-01-01 to 2024-05-01: seen on 4 of 5 dates. "
        "Flagged interval: 2024-04-01 to 2024-05-01."
    )
    nothing = described(series(flagged_from=None, flagged_to=None, simulated=True))
    assert nothing.startswith("SIMULATED. ")
    assert nothing.endswith("No flagged interval.")


def test_an_invented_series_has_its_badge():
    """And a real one has none."""
    assert "SIMULATED" in ParsedPage(series_page(series(simulated=True))).words
    assert "SIMULATED" not in ParsedPage(series_page(series())).words


def test_a_series_of_one_and_one_of_cloud_alone_are_drawn():
    """Without a division by nothing."""
    one = series(
        dates=np.array(["2024-01-01"], "datetime64[D]"),
        **{name: np.array([0.2]) for name in ("values", "baseline", "low", "high")},
        clear=np.array([True]),
        flagged_from=None,
    )
    assert len(ParsedPage(series_page(one)).all("circle")) == 1
    nothing = np.full(5, NAN)
    cloud = series(clear=np.zeros(5, bool), baseline=nothing, low=nothing, high=nothing)
    assert not ParsedPage(series_page(cloud)).all("circle")


def test_hostile_texts_stay_texts():
    """No tag comes from the name of what is measured."""
    page = ParsedPage(series_page(series(quantity=HOSTILE), title=HOSTILE))
    assert not page.all("img")
    assert not page.all("script")
    assert HOSTILE in page.words


def test_columns_of_different_lengths_and_no_date_are_refused():
    """With what was wrong."""
    with pytest.raises(GridMismatch, match="5 dates"):
        series(values=np.array([0.1]))
    empty = np.array([])
    with pytest.raises(NoValidPixels, match="no date"):
        series_page(
            Series(
                dates=np.array([], "datetime64[D]"), values=empty, clear=empty.astype(bool),
                baseline=empty, low=empty, high=empty,
            )
        )  # fmt: skip

"""When a picture was taken, by its tags and its name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geo.sources.rasters.acquired import acquired


@pytest.mark.parametrize(
    "text",
    ["", "gestern", "2015-13-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "٢٠١٥"],
)
def test_a_tag_that_is_no_moment_is_as_none(text: str) -> None:
    """Nor is one that no clock in UTC shows; the name is asked instead."""
    assert acquired({"DATETIME": text}, "a.tif") == (None, "")
    assert acquired({"DATETIME": text}, "a_20150307.tif")[0] == datetime(2015, 3, 7, tzinfo=UTC)

"""Rows on their way into a database, however they get there."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from datetime import date

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from geo.columns import columns_of
from geo.frames import frame_of
from geo.store import rows
from tests.geo.store import children

STRANGE = [
    "\\", "\\N", "\\.", "a\n\\.\nb", "\\t", "a\tb", "a\nb", "a\r\nb\r", '"', "'", "''", "\x1a",
    "\x1a0", "\x1as", "\x07\x08\x0b\x0c\x7f", "%s %(id)s :id ?", "منفذ ربيعة", "😀", "\u202e", " ",
    "x" * 100_000, "",
]  # fmt: skip
"""Texts that mean something to a database, its driver or a terminal."""


@pytest.fixture(params=["one by one", "by COPY"])
def any_way(request, monkeypatch):
    """Makes PostgreSQL take rows in this way, however many they are."""
    monkeypatch.setattr(rows, "COPIED", 1 if request.param == "by COPY" else 10**9)


def test_any_cell_comes_out_as_it_went_in(store, any_way):
    """Texts with every sign that is special somewhere, extreme numbers and days, shapes, gaps."""
    floats = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e22, np.nan]
    shapes = [Point(44.123456789012345, -90), LineString([(0, 0), (180, 90)]), None]
    count = len(STRANGE)
    roads = {
        "id": [f"R{number}" for number in range(count)],
        "geometry": [shapes[number % 3] for number in range(count)],
        "from_node": [text or "a" for text in STRANGE],
        "to_node": [text or "b" for text in reversed(STRANGE)],
        "mode": ["road", "rail"] * (count // 2),
        "date_from": [date(1500, 1, 1), None] * (count // 2),
        "date_to": [None, date(9999, 12, 31)] * (count // 2),
        "note": STRANGE,
        "simulated": [True, False] * (count // 2),
        "route_km": [floats[number % len(floats)] for number in range(count)],
    }
    frame = frame_of("roads", roads)
    part = dataclasses.replace(children.part_of(dict.fromkeys(roads["id"], "x")), frame=frame)
    store.add_parts("roads", [part], key=children.file_key("a"), author="a", now=children.NOW)
    back = store.read("roads").set_index("id").loc[roads["id"]].reset_index()
    columns = [column.name for column in columns_of("roads")]
    pd.testing.assert_frame_equal(back[columns], frame[columns], check_like=True)
    assert store.integrity() == ()


def test_any_quarantined_text_comes_out_as_it_went_in(store, any_way):
    """The character NUL among them, which PostgreSQL cannot hold as such."""
    texts = [*STRANGE, "a\0b", "\0", "\x1a\0"]
    aside = tuple(
        dataclasses.replace(children.ASIDE, row_number=number, text=text, cells=text)
        for number, text in enumerate(texts)
    )
    part = dataclasses.replace(children.part_of({}), quarantined=aside)
    report = store.add_parts(
        "sites", [part], key=children.file_key("a"), author="a", now=children.NOW
    )
    assert store.quarantine(report.import_id) == aside


def test_many_known_and_changed_rows_are_found(store):
    """More than a database takes as parameters of one statement."""
    ids = [f"{number:05d}'\"\\ é" for number in range(35_000)]
    first = children.part_of(dict.fromkeys(ids, "old"))
    changed = children.part_of({name: "new" if name < "2" else "old" for name in ids})
    with closing(store):
        store.add_parts("sites", [first], key=children.file_key("a"), author="a", now=children.NOW)
        report = store.add_parts(
            "sites", [changed], key=children.file_key("b"), author="a", now=children.NOW
        )
        assert (report.accepted, report.duplicate) == (20_000, 15_000)
        assert store.read("sites")["name"].value_counts().to_dict() == {
            "new": 20_000,
            "old": 15_000,
        }

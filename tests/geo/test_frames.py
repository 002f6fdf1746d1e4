"""Frames hold exactly what their record class declares."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from shapely.geometry import Point

from geo.columns import RECORDS, Form, columns_of
from geo.errors import BadInput, InvalidSetting, MissingColumns
from geo.frames import check_frame, contents, frame_of, frame_of_records
from geo.model import BorderPost, ObjectClass, PostKind, Precision, Scene, Seizure, SeizureType
from tests import strategies


def sites(**columns) -> gpd.GeoDataFrame:
    return frame_of("sites", {"id": ["A"], "name": ["Hatra"], "country": ["Iraq"], **columns})


@pytest.mark.parametrize("kind", RECORDS)
def test_columns_are_the_fields_of_the_record_class_in_order(kind):
    """Each field is a column, in the order of the class."""
    fields = [field.name for field in dataclasses.fields(RECORDS[kind])]
    assert [column.name for column in columns_of(kind)] == fields


def test_forms_follow_from_the_types():
    """A column's form and closed set are those of its field's type."""
    columns = {column.name: column for column in (*columns_of("seizures"), *columns_of("scenes"))}
    assert columns["description"].form is Form.TEXT
    assert columns["object_count"].form is Form.COUNT
    assert columns["simulated"].form is Form.FLAG
    assert columns["date_from"].form is Form.DAY
    assert columns["acquired_at"].form is Form.MOMENT
    assert columns["geometry"].form is Form.PLACE
    assert columns["bands"].form is Form.TEXTS
    assert columns["object_classes"].form is Form.CODES
    assert columns["object_classes"].codes == tuple(code.value for code in ObjectClass)
    assert columns["event_type"].required
    assert columns["event_type"].codes != ()


def test_an_unknown_kind_is_refused():
    """A kind that nobody declared has no columns."""
    with pytest.raises(InvalidSetting, match="no table 'tombs'; expected one of sites, posts"):
        columns_of("tombs")


@pytest.mark.parametrize("kind", RECORDS)
def test_an_empty_frame_has_the_dtypes_of_a_full_one(kind):
    """A kind without rows can be joined to one with rows."""
    names = [column.name for column in columns_of(kind) if column.required]
    frame = frame_of(kind, {name: [] for name in names})
    assert len(frame) == 0
    assert frame.crs.to_epsg() == 4326
    for column in columns_of(kind):
        if column.form in (Form.NUMBER, Form.COUNT, Form.FLAG, Form.DAY, Form.MOMENT):
            assert str(frame[column.name].dtype) == column.form.value


def test_records_become_rows():
    """Dataclasses go in, one row each comes out, codes as plain text."""
    record = Seizure(
        id="SZ1",
        event_type=SeizureType.SEIZURE,
        country="Iraq",
        geometry=Point(44, 33),
        precision=Precision.EXACT,
        date_from=date(2014, 3, 1),
        object_count=54,
        object_classes=(ObjectClass.SEALS, ObjectClass.COINS),
    )
    row = frame_of_records("seizures", [record]).iloc[0]
    assert row["object_classes"] == "seals|coins"
    assert row["event_type"] == "seizure"
    assert type(row["event_type"]) is str
    assert row["date_from"] == pd.Timestamp(2014, 3, 1)
    assert row["date_to"] is pd.NaT
    assert row["object_count"] == 54


def test_a_moment_is_kept_in_utc():
    """Two names of one moment are one moment."""
    baghdad = timezone(timedelta(hours=3))
    scene = Scene(
        id="S", sensor="simulated", bands=("B02", "B03"), sha256="0", path="p",
        acquired_at=datetime(2015, 3, 7, 10, 30, tzinfo=baghdad),
    )  # fmt: skip
    row = frame_of_records("scenes", [scene]).iloc[0]
    assert row["acquired_at"] == pd.Timestamp(2015, 3, 7, 7, 30, tz=UTC)
    assert row["bands"] == "B02|B03"


def test_checking_orders_the_columns_and_drops_those_of_a_store():
    """What a store read can be given to another store."""
    frame = sites().assign(version=3, recorded_at=pd.Timestamp.now(UTC), import_id="IM-1")
    shuffled = frame[list(reversed(frame.columns))].set_index(np.array([7]))
    checked = check_frame("sites", shuffled)
    assert list(checked.columns) == [column.name for column in columns_of("sites")]
    assert list(checked.index) == [0]


def test_every_fault_is_told_at_once():
    """One message names all that is wrong."""
    frame = sites().assign(colour="red", buffer_m=np.inf, sensitivity="9", name="")
    with pytest.raises(BadInput) as told:
        check_frame("sites", frame.to_crs(3857))
    message = str(told.value)
    for fault in (
        "unknown column 'colour'",
        "'buffer_m' holds an infinite number",
        "'sensitivity' holds '9', not one of ['none', '1', '2', '3', '4']",
        "'name' has an empty cell",
        "its CRS is WGS 84 / Pseudo-Mercator, not EPSG:4326",
    ):
        assert fault in message


def test_missing_columns_are_named():
    """A frame that lacks columns says which."""
    with pytest.raises(MissingColumns, match="a frame of sites lacks name, buffer_m; expected"):
        check_frame("sites", sites().drop(columns=["name", "buffer_m"]))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"name": [None]}, "None is no text; a missing text must be ''"),
        ({"name": [5]}, "5 is no text"),
        ({"name": ["a\0b"]}, "holds a NUL character"),
        ({"name": ["\ud800"]}, "surrogates not allowed"),
        ({"name": ["a", "b"]}, "different lengths"),
        ({"buffer_m": ["12"]}, "'buffer_m' is no float64: it holds text"),
        ({"simulated": [1]}, "1 is neither True nor False"),
        ({"simulated": [None]}, "None is neither True nor False"),
        ({"date_from": ["2014"]}, "'date_from' is no .*it holds text"),
        ({"date_from": [2014]}, "a number is no date"),
        ({"date_from": [datetime(2014, 1, 1, 5)]}, "neither a time nor a time zone"),  # noqa: DTZ001
        ({"date_from": [datetime(2014, 1, 1, tzinfo=UTC)]}, "neither a time nor a time zone"),
        ({"geometry": [Point(200, 33)]}, "no place at longitude 200.0, latitude 33.0"),
        ({"geometry": [Point(np.nan, 33)]}, "a place has no point|no place at longitude nan"),
        ({"geometry": [Point()]}, "a missing place must be None"),
        ({"precision": ["near"]}, "'precision' holds 'near'"),
        ({"marking": [""]}, "'marking' holds ''"),
    ],
)
def test_what_a_column_may_not_hold_is_refused(columns, message):
    """A value of the wrong type, range or set is told with its column."""
    with pytest.raises(BadInput, match=message):
        sites(**columns)


def test_a_moment_without_a_zone_is_refused():
    """A local time is nobody's time."""
    naive = datetime(2015, 3, 7, 10, 30)  # noqa: DTZ001
    with pytest.raises(BadInput, match="a moment needs a time zone"):
        frame_of("scenes", {"id": ["S"], "sensor": ["x"], "bands": ["B"], "sha256": ["0"],
                            "path": ["p"], "acquired_at": [naive]})  # fmt: skip


def test_a_fraction_is_no_count():
    """Whole objects are counted."""
    with pytest.raises(BadInput, match="'object_count' is no Int64"):
        frame_of("seizures", {"id": ["S"], "event_type": ["seizure"], "country": ["Iraq"],
                              "object_count": [2.5]})  # fmt: skip


def test_a_strange_code_among_several_is_refused():
    """Each value of a joined cell is looked at."""
    columns = {"id": ["S"], "event_type": ["seizure"], "country": ["Iraq"]}
    assert frame_of("seizures", {**columns, "object_classes": ["seals|coins"]}) is not None
    with pytest.raises(BadInput, match="'object_classes' holds 'forks'"):
        frame_of("seizures", {**columns, "object_classes": ["seals|forks"]})


def test_what_was_given_is_not_changed():
    """Checking leaves its argument alone."""
    frame = sites(kind=["tell"]).astype({"kind": object})
    before = frame.copy()
    check_frame("sites", frame)
    pd.testing.assert_frame_equal(frame, before)


@given(strategies.frames())
def test_a_checked_frame_checks_to_itself(drawn):
    """Checking twice is checking once."""
    kind, frame = drawn
    pd.testing.assert_frame_equal(check_frame(kind, frame), frame)


def test_contents_tell_any_difference_and_nothing_else():
    """Every column counts; a cell's end cannot be moved into the next cell."""
    first, second = contents("sites", pd.concat([sites(), sites()], ignore_index=True))
    assert first == second
    others = [
        sites(name=["Hatr"]),
        sites(geometry=[Point(42.7, 35.6)]),
        sites(buffer_m=[0.0]),
        sites(date_from=[date(2015, 1, 1)]),
        sites(simulated=[True]),
        sites(kind=["x"], period=[""]),
        sites(kind=[""], period=["x"]),
        sites(marking=["TLP:RED"]),
    ]
    prints = [contents("sites", other)[0] for other in others]
    assert len({first, *prints}) == len(others) + 1


def slow_prints(kind: str, frame: gpd.GeoDataFrame) -> list[str]:
    """The fingerprints a row and a cell at a time."""
    told, bare = [""] * len(frame), frame_of(kind, usual(kind))
    for column in columns_of(kind):
        default = None if column.required else said(column.form, bare[column.name][0])
        for row, cell in enumerate(frame[column.name]):
            if (text := said(column.form, cell)) != default:
                told[row] += f"{column.name}\0{text}\0"
    return [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in told]


def usual(kind: str) -> dict[str, list[object]]:
    """A row that leaves out what may be left out."""
    values = {Form.CODE: lambda column: column.codes[0], Form.MOMENT: lambda _: datetime.now(UTC)}
    return {
        column.name: [values.get(column.form, lambda _: "x")(column)]
        for column in columns_of(kind)
        if column.required
    }


def said(form: Form, cell: object) -> str:
    """One cell as text."""
    if (form is not Form.PLACE and pd.isna(cell)) or cell is None:
        return ""
    match form:
        case Form.PLACE:
            return shapely.to_wkb(cell, hex=True, byte_order=1)
        case Form.DAY | Form.MOMENT:
            epoch = pd.Timestamp(0, tz="UTC" if form is Form.MOMENT else None)
            return str((cell.to_pydatetime() - epoch.to_pydatetime()) // timedelta(microseconds=1))
        case Form.NUMBER:
            return repr(float(cell))
        case _:
            return str(cell)


@given(strategies.frames())
def test_contents_are_those_of_an_obvious_way(drawn):
    """Made column by column, they are what they would be row by row; also of frames joined."""
    kind, frame = drawn
    twice = check_frame(kind, pd.concat([frame, frame], ignore_index=True))
    assert contents(kind, twice) == 2 * slow_prints(kind, frame)


def test_contents_are_the_same_on_every_machine():
    """A fingerprint that changed would make every known row look new."""
    frame = frame_of_records(
        "posts",
        [BorderPost(
            id="IQ-SY-01", name="Rabia", country="Iraq", kind=PostKind.LAND,
            geometry=Point(42.076, 36.806), precision=Precision.EXACT,
            date_from=date(2026, 4, 20), name_ar="منفذ ربيعة",
        )],
    )  # fmt: skip
    assert contents("posts", frame) == ["9bd75e473ce000c15dd5736bc7a9da6b"]

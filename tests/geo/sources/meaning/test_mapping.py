"""Mappings are checked, written and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput, InvalidSetting
from geo.sources.meaning.dates import DateStyle
from geo.sources.meaning.mapping import (
    ColumnUse,
    Mapping,
    header_print,
    mapping_of_yaml,
    own_mapping,
)
from geo.sources.meaning.vocabulary import KINDS, fields_of

ARABIC = Mapping(
    kind="seizures",
    partner="Made Customs",
    uses=(
        ColumnUse(column="التاريخ", field="date"),
        ColumnUse(column="المكان", field="place"),
        ColumnUse(column="ملاحظات", field="note"),
        ColumnUse(column="ملاحظات", field="note", number=2),
    ),
    constants={"country": "Iraq", "event_type": "seizure", "marking": "TLP:GREEN"},
    date_style=DateStyle(order="dmy", calendar="hijri"),
)

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    """Any mapping."""
    kind = draw(st.sampled_from(KINDS))
    fields = st.sampled_from(list(fields_of(kind)))
    uses = st.builds(ColumnUse, column=TEXTS, field=fields, number=st.integers(1, 3))
    styles = st.builds(
        DateStyle,
        order=st.sampled_from(["ymd", "dmy", "mdy"]),
        calendar=st.sampled_from(["gregorian", "hijri", "persian"]),
        two_digit_years=st.booleans(),
    )
    return Mapping(
        kind=kind,
        partner=draw(TEXTS),
        uses=tuple(draw(st.lists(uses, max_size=6))),
        constants=draw(st.dictionaries(st.sampled_from(["source", "note", "licence"]), TEXTS)),
        date_style=draw(st.none() | styles),
        own=draw(st.booleans()),
    )


@given(mapping=mappings())
def test_a_mapping_is_read_as_it_was_written(mapping):
    """Whatever columns are called."""
    again = mapping_of_yaml(mapping.to_yaml())
    assert again == mapping
    assert again.digest == mapping.digest


def test_a_written_mapping_can_be_read_by_people():
    """Arabic stands as Arabic, one column a line or two."""
    text = ARABIC.to_yaml()
    assert "column: التاريخ" in text
    assert "country: Iraq" in text
    assert mapping_of_yaml(text) == ARABIC


def test_another_mapping_has_another_digest():
    """So that a file read otherwise is another reading."""
    other = Mapping(kind="seizures", partner="Made Customs")
    assert other.digest != ARABIC.digest
    assert len(ARABIC.digest) == 64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is no YAML of names and values"),
        ("- a\n- b", "it is no YAML of names and values"),
        ("a: [", "it is no YAML"),
        ("a: !!python/object:os.system x", "it is no YAML"),
        ("a: &x [1]\nb: *x", "repeats parts by reference"),
        ("x" * 300_000, "it has 300,000 characters"),
        ("kind: seizures", "lamassu_mapping is 'None'"),
        ("lamassu_mapping: 2\nkind: seizures", "lamassu_mapping is '2'"),
        ("lamassu_mapping: 1\nkind: seizures\nnonsense: 1", "it says 'nonsense'"),
        ("lamassu_mapping: 1\nkind: seizures\ncolumns: 5", "columns is no list"),
        ("lamassu_mapping: 1\nkind: seizures\ncolumns: [5]", "entry 1 of columns is not column"),
        ("lamassu_mapping: 1\nkind: seizures\ncolumns: [{column: 5, field: id}]", "entry 1"),
        ("lamassu_mapping: 1\nkind: seizures\nconstants: {country: no}",
         "the constant 'country' is no text; put it in quotation marks"),
        ("lamassu_mapping: 1\nkind: seizures\nconstants: []", "constants are no names"),
        ("lamassu_mapping: 1\nkind: seizures\ndates: {order: xyz}", "dates are no order"),
        ("lamassu_mapping: 1\nkind: seizures\nown: 5", "own is neither true nor false"),
        ("lamassu_mapping: 1\nkind: [a]", "kind is no text"),
        ("lamassu_mapping: 1\nkind: seizures\ncolumns: [{column: a, field: colour}]",
         "seizures have no field 'colour'"),
    ],
)  # fmt: skip
def test_what_is_no_mapping_is_refused_with_why(text, words):
    """In one line; nothing in it is run."""
    with pytest.raises(BadInput, match=words) as told:
        mapping_of_yaml(text)
    assert "\n" not in str(told.value)


def test_all_faults_of_a_mapping_are_told_at_once():
    """Unknown fields, numbers below one, constants that cannot be."""
    with pytest.raises(BadInput) as told:
        Mapping(
            kind="seizures",
            uses=(
                ColumnUse(column="a", field="colour"),
                ColumnUse(column="b", field="id", number=0),
            ),
            constants={"event_type": "theft", "date": "yesterday", "shade": "x"},
        )
    for words in (
        "'colour'",
        "'shade'",
        "'b' has the number 0",
        "event_type is 'theft'",
        "date is",
    ):
        assert words in str(told.value)


def test_a_mapping_of_no_table_is_refused():
    """Scenes come from rasters."""
    with pytest.raises(InvalidSetting, match="scenes do not come from tables"):
        Mapping(kind="scenes")


def test_our_own_columns_map_themselves():
    """Whatever their case; longitude is lon; others are left aside."""
    mapping = own_mapping((" ID ", "Name", "LONGITUDE", "latitude", "Colour"), "sites")
    assert [use.field for use in mapping.uses] == ["id", "name", "lon", "lat"]
    assert mapping.own
    assert mapping.columns_for("lon") == ("LONGITUDE",)


def test_a_header_is_known_by_its_names():
    """Whatever their order, case and marks."""
    print_ = header_print(("التاريخ", "Place", "Count"))
    assert header_print(("place", "COUNT:", "التَّاريخ")) == print_
    assert header_print(("Place", "Count")) != print_
    assert len(print_) == 16

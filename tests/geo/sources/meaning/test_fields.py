"""Cells become the fields of records, several columns one, one column several."""

from __future__ import annotations

import pyarrow as pa
import pytest

from geo.sources.meaning.columns import Coded, Findings
from geo.sources.meaning.fields import FieldReader, as_coded, as_texts, made_ids
from geo.sources.meaning.mapping import ColumnUse, Mapping
from geo.sources.meaning.uses import layout_of
from geo.sources.meaning.vocabulary import fields_of


def read(fields: dict[str, str], *rows: tuple[str, ...], kind: str = "seizures", **options):
    """The values of each field of rows, by field, and what was found."""
    uses = tuple(ColumnUse(column=column, field=field) for column, field in fields.items())
    given = {"event_type": "seizure", "country": "Iraq", "name": "x"}
    constants = {
        name: text for name, text in given.items()
        if fields_of(kind).get(name) and name not in fields.values()
        and not (name == "name" and "names" in fields.values())
    }  # fmt: skip
    mapping = Mapping(kind=kind, uses=uses, constants=constants, **options)
    reader = FieldReader(layout_of(tuple(fields), mapping))
    findings = Findings(len(rows))
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(fields))]
    found = reader.read(reader.texts(columns, len(rows)), findings)
    values = {
        name: column.per_row() if isinstance(column, Coded) else column.to_pylist()
        for name, column in found.items()
    }
    return values, findings


@pytest.mark.parametrize("own", [False, True])
def test_a_quantity_is_a_number_and_its_doubt(own):
    """Each in its field, also where the other columns are ours."""
    fields = {"Q": "quantity", "id": "id"} if own else {"Q": "quantity"}
    rows = [(text, f"X{at}")[: len(fields)] for at, text in enumerate(("about 20", "3", ""))]
    found, _ = read(fields, *rows, own=own)
    assert found["object_count"] == [20, 3, None]
    assert found["count_qualifier"] == ["about", None, None]


def test_means_of_transport_that_are_not_known_stay_as_words():
    """No row is set aside for them."""
    found, findings = read({"T": "transport"}, ("Road",), ("شاحنة",), ("by balloon",))
    assert found["transport_mode"] == ["road", "road", None]
    assert found["transport_detail"] == [None, "شاحنة", "by balloon"]
    assert findings.faults == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Made Tell", ("Made Tell", None, None)),
        ("تل مصنوع", ("تل مصنوع", "تل مصنوع", None)),
        ("A, ب; C | د", ("A", "ب", "C|د")),
        (" , ", (None, None, None)),
    ],
)
def test_names_are_told_apart_by_their_script(text, names):
    """The first of each stands alone."""
    found, _ = read({"N": "names"}, (text,), kind="sites")
    assert (found["name"][0], found["name_ar"][0], found["alt_names"][0]) == names


def test_a_table_of_ours_is_taken_by_the_letter():
    """``n/a`` and a country in Arabic stay as they are."""
    found, _ = read({"country": "country", "place": "place", "id": "id"}, ("العراق", "n/a", "1"),
                    own=True)  # fmt: skip
    assert (found["country"], found["place"]) == (["العراق"], ["n/a"])


def test_the_number_of_a_case_may_name_its_row_too():
    """Where no case has two rows."""
    found, _ = read({"Case": "case_id"}, ("C1",), ("",))
    assert found["id"] == found["case_key"] == ["C1", ""]


def test_words_are_joined_without_gaps():
    """Rows at the end that say nothing stay rows."""
    found, _ = read({"A": "note", "Remarks": "note"}, ("x", "y"), ("", "y"), ("x", ""), ("", ""))
    assert found["note"] == ["A: x; y", "y", "A: x", ""]


def test_the_old_marking_is_told():
    """TLP:WHITE became TLP:CLEAR in version 2.0."""
    found, findings = read({"M": "marking"}, ("TLP:WHITE",), ("tlp:red",))
    assert found["marking"] == ["TLP:CLEAR", "TLP:RED"]
    assert findings.counts() == {"TLP:WHITE is now TLP:CLEAR": 1}


def test_an_id_is_made_from_fields_not_from_columns():
    """The shape of the row counts, an empty field does not."""

    def ids(texts, shapes=None):
        arrays = {name: pa.array([text]) for name, text in texts.items()}
        return made_ids(pa.array([""]), arrays, shapes, prefix="Made", findings=Findings(1))[0]

    same = ids({"place": "x", "date": "2015"})
    assert ids({"date": "2015", "place": "x", "note": ""}) == same
    assert ids({"date": "2015", "place": "y"}) != same
    assert ids({"date": "2015", "place": "x"}, pa.array([b"\x01"])) != same


def test_columns_pass_between_texts_and_codes():
    """Nothing is an empty text, or None."""
    assert as_texts(None, 2).to_pylist() == ["", ""]
    assert as_coded(pa.array(["a", ""]), 2).per_row() == ["a", None]
    assert as_texts(as_coded(pa.array(["a", ""]), 2), 2).to_pylist() == ["a", ""]
    assert as_coded(None, 1).per_row() == [None]

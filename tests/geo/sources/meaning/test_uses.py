"""The columns of a mapping are found in a table, or the table is refused with why."""

from __future__ import annotations

import pytest

from geo.errors import MissingColumns
from geo.sources.meaning.mapping import ColumnUse, Mapping, own_mapping
from geo.sources.meaning.uses import PLACE_CELL, cell_names, layout_of


def uses(**columns: str) -> tuple[ColumnUse, ...]:
    """Uses of columns, by field."""
    return tuple(ColumnUse(column=column, field=field) for field, column in columns.items())


SITES = Mapping(kind="sites", uses=uses(name="Name", country="Land"))


def test_columns_are_found_wherever_they_stand():
    """Exactly first, then without outer space, case, marks; the rest is left aside."""
    layout = layout_of(("x", "LAND:", " Name "), SITES)
    assert layout.positions == {"country": (1,), "name": (2,)}
    assert layout.aside == ("x",)
    assert layout.fields == ("country", "name")


def test_the_second_column_of_a_name_is_the_second():
    """In the table itself and in one made of mended cells."""
    mapping = Mapping(
        kind="sites",
        uses=(*SITES.uses, ColumnUse(column="Note", field="note", number=2)),
    )
    assert layout_of(("Name", "Land", "Note", "Note"), mapping).positions["note"] == (3,)
    mended = cell_names(("Name", "Land", "Note", "Note"))
    assert mended == ("Name", "Land", "Note", "Note (2)")
    assert layout_of(mended, mapping).positions["note"] == (3,)


def test_several_columns_may_give_words():
    """In the order of the table."""
    mapping = Mapping(
        kind="sites",
        uses=(*SITES.uses, *uses(note="B"), ColumnUse(column="A", field="note")),
    )
    assert layout_of(("A", "Name", "B", "Land"), mapping).positions["note"] == (0, 2)


def test_constants_stand_for_columns():
    """A country for every row."""
    mapping = Mapping(kind="sites", uses=uses(name="Name"), constants={"country": "Iraq"})
    assert layout_of(("Name",), mapping).fields == ("name", "country")


def test_the_shape_of_a_mended_row_is_found():
    """Under the name that quarantined cells have for it."""
    layout = layout_of(("Name", "Land", PLACE_CELL), SITES)
    assert layout.positions["shape"] == (2,)
    assert layout.aside == ()


@pytest.mark.parametrize(
    ("header", "mapping", "words"),
    [
        (("Name",), SITES, "the table lacks what the mapping calls 'Land'"),
        (("Name",), Mapping(kind="sites", uses=uses(name="Name")), "lacks the columns country"),
        (("Name", "Land", "X"), Mapping(kind="sites", uses=(*SITES.uses, *uses(lon="X"))),
         "lacks the columns lat"),
        (("Name", "Land", "X"), Mapping(kind="sites", uses=(*SITES.uses, *uses(utm_zone="X"))),
         "lacks the columns utm_easting, utm_northing"),
        (("Name", "Land", "X"), Mapping(kind="sites", uses=(*SITES.uses, *uses(names="X"))),
         "has the columns names more than once"),
        (("Name", "Land", "X"), Mapping(kind="sites",
          uses=(*SITES.uses, ColumnUse(column="X", field="country"))),
         "has the columns country more than once"),
        (("Case", "X"), Mapping(kind="seizures", uses=uses(case_id="Case", case_key="X"),
          constants={"event_type": "seizure", "country": "Iraq"}),
         "has the columns case_key more than once"),
        (("name", "country"), own_mapping(("name", "country"), "sites"), "lacks the columns id"),
        (("id", "name", "country", "note", "note"),
         own_mapping(("id", "name", "country", "note", "note"), "sites"),
         "has the columns note more than once"),
    ],
)  # fmt: skip
def test_a_table_without_what_is_needed_is_refused(header, mapping, words):
    """With what it has, what is expected, and what to do."""
    with pytest.raises(MissingColumns, match=words) as told:
        layout_of(header, mapping)
    assert f"it has '{header[0]}" in told.value.what
    assert told.value.expected
    assert told.value.remedy


def test_ids_are_needed_in_tables_of_our_own_form_only():
    """Others get ids that are made."""
    layout_of(("Name", "Land"), SITES)

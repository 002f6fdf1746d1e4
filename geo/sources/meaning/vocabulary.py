"""The words of tables: which field a column's name stands for, and what a kind can hold."""

from __future__ import annotations

import re
from functools import cache

from geo.columns import columns_of
from geo.errors import InvalidSetting
from geo.sources.meaning.column_names import (
    ARCHES_COLUMNS,
    CEN_COLUMNS,
    CITES_COLUMNS,
    COMMON,
    COUNTRIES,
    NAMES,
    SERIAL_COLUMNS,
)
from geo.words import fold

KINDS = (
    "sites", "posts", "seizures", "events", "roads", "objects", "custody", "links", "stolen",
    "assessments",
)  # fmt: skip
"""The kinds that are read from tables; the others come from rasters, pictures and computation."""

ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")
"""Columns of the two ends of a road; every other kind has one place."""

DATES = ("date", "date_from", "date_to")
"""Columns of dates, each of which may be partial."""

POINT_FIELDS = (
    "lon", "lat", "coordinates", "mgrs", "utm_easting", "utm_northing", "utm_zone", "shape",
)  # fmt: skip
"""What a place may be written as: two numbers, one cell, a grid reference, or WKT."""

NOTE = "note"
"""Field of what has no field of its own; it is kept with the name of its column."""

_SHORT = {"no": "number", "nr": "number", "num": "number", "qty": "quantity", "ref": "reference"}
"""Words of column names that are often shortened."""

_ARTICLE = re.compile(r"\bال(?=\w{2})")


@cache
def fields_of(kind: str) -> dict[str, bool]:
    """The fields that a column of a table of this kind may give, and whether one is needed.

    These are the fields of the record, but for its place and dates the ways to write them, and for
    some kinds fields that become several: ``quantity`` of seizures (a count and its qualifier),
    ``transport`` (a mode, or words where it is none), ``case_id`` (the number of the case where it
    is that of the row too), ``names`` of sites (in several scripts).

    Raises
    ------
    InvalidSetting
        If this kind does not come from tables.
    """
    if kind not in KINDS:
        raise InvalidSetting(
            f"{kind} do not come from tables", expected=f"one of {', '.join(KINDS)}"
        )
    fields = {c.name: c.required for c in columns_of(kind) if c.name != "geometry"}
    places = ENDS if kind == "roads" else POINT_FIELDS
    more = {
        "seizures": ("quantity", "transport", "case_id"),
        "sites": ("names",),
        "events": ("country",),
    }.get(kind, ())
    if kind == "roads":
        more = ("shape",)
    return fields | dict.fromkeys((*places, *DATES, *more), False)


def is_field_name(text: str) -> bool:
    """Whether a cell reads like the name of a column of any kind of table.

    >>> is_field_name("Date of Seizure"), is_field_name("مكان الضبط"), is_field_name("Baghdad")
    (True, True, False)
    """
    return any(reading in _all_names() for reading in readings_of(text))


def field_of(text: str, kind: str) -> str | None:
    """The field that a column of this name gives in a table of `kind`; None if none is known.

    >>> field_of("Date of Seizure", "seizures"), field_of("خط الطول", "sites")
    ('date', 'lon')
    """
    names = names_of(kind)
    return next((names[reading] for reading in readings_of(text) if reading in names), None)


@cache
def names_of(kind: str) -> dict[str, str]:
    """Every folded name of a column that is understood for a kind, with its field."""
    names: dict[str, str] = {}
    known = fields_of(kind)
    own = {field: field for field in known}
    for table in (own, NAMES[kind], COMMON):
        for field, texts in table.items():
            if field in known:
                for text in texts.split("|"):
                    names.setdefault(folded(text), field)
    return names


def readings_of(text: str) -> tuple[str, ...]:
    """The folded forms under which a header is looked up, the whole of it first.

    Then without what stands in brackets, the last part of a header of two rows, and its words in
    Latin and in other letters apart, since a header may say the same in two languages.
    """
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text)
    parts = [text, bare, *reversed(re.split(r" / |\n|\|", bare))]
    latin = " ".join(re.findall(r"[A-Za-z\u00c0-\u024f']+", bare))
    other = " ".join(re.findall(r"[\u0600-\u06ff]+", bare))
    return tuple(dict.fromkeys(f for part in (*parts, latin, other) if (f := folded(part))))


def folded(text: str) -> str:
    """A name as it is compared: without case, marks, punctuation and the Arabic article.

    >>> folded("Date_of-Seizure:"), folded("eventType"), folded("تاريخُ الضَّبط")
    ('date of seizure', 'event type', 'تاريخ ضبط')
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = _ARTICLE.sub("", re.sub(r"[\W_]", " ", fold(apart))).split()
    return " ".join(_SHORT.get(word, word) for word in words)


def is_note_name(text: str) -> bool:
    """Whether a column's name says no more than that it holds remarks."""
    return any(reading in _note_names() for reading in readings_of(text))


def country_named(text: str) -> str:
    """The English name of a country of the region that is given in another way; else the text.

    >>> country_named("العراق"), country_named("IRQ"), country_named("Atlantis")
    ('Iraq', 'Iraq', 'Atlantis')
    """
    return _countries().get(folded(text), text)


def is_country(text: str) -> bool:
    """Whether a text names a country of the region or of the market, in any way that is known."""
    return folded(text) in _countries()


def is_serial_name(text: str) -> bool:
    """Whether a column of this name may only number the rows of a list."""
    return any(reading in _serial_names() for reading in readings_of(text))


@cache
def _serial_names() -> frozenset[str]:
    """The folded names of columns of running numbers."""
    return frozenset(folded(name) for name in SERIAL_COLUMNS.split("|"))


@cache
def _note_names() -> frozenset[str]:
    """The folded names of columns of remarks."""
    return frozenset(folded(name) for name in ("note", *COMMON["note"].split("|")))


@cache
def _countries() -> dict[str, str]:
    """Folded other names of countries with the English ones."""
    return {
        folded(name): country
        for country, names in COUNTRIES.items()
        for name in (country, *names.split("|"))
    }


@cache
def _all_names() -> frozenset[str]:
    """The folded names of all kinds, and those that only number rows."""
    reports = {folded(name) for name in (*CITES_COLUMNS, *ARCHES_COLUMNS, *CEN_COLUMNS)}
    return frozenset(
        _serial_names() | reports | {name for kind in KINDS for name in names_of(kind)}
    )

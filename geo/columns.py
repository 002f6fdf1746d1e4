"""The kinds of records and their columns, as the record classes declare them."""

from __future__ import annotations

import dataclasses
import types
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidSetting
from geo.model import (
    Alert,
    ArtObject,
    Assessment,
    BorderPost,
    CaseLink,
    CustodyEvent,
    Opinion,
    Photograph,
    Record,
    RoadLink,
    RoadNetwork,
    Route,
    Scene,
    Seizure,
    Site,
    SiteEvent,
    StolenObject,
    Terrain,
)

RECORDS: dict[str, type[Record]] = {
    "sites": Site,
    "posts": BorderPost,
    "seizures": Seizure,
    "events": SiteEvent,
    "roads": RoadLink,
    "scenes": Scene,
    "alerts": Alert,
    "terrain": Terrain,
    "networks": RoadNetwork,
    "routes": Route,
    "objects": ArtObject,
    "custody": CustodyEvent,
    "photographs": Photograph,
    "links": CaseLink,
    "stolen": StolenObject,
    "opinions": Opinion,
    "assessments": Assessment,
}
"""The kinds of things that are kept, and the class of record of each."""


STORE_COLUMNS = ("version", "recorded_at", "import_id")
"""What a store adds to the columns of a kind."""


SEPARATOR = "|"
"""Joins the values of a tuple in one cell."""


class Form(Enum):
    """What a cell holds, with the dtype of its column in a frame."""

    TEXT = "str"
    CODE = "code"
    TEXTS = "texts"
    CODES = "codes"
    NUMBER = "float64"
    COUNT = "Int64"
    FLAG = "bool"
    DAY = "datetime64[us]"
    MOMENT = "datetime64[us, UTC]"
    PLACE = "geometry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a kind, as its record class declares it."""

    name: str
    """Name of the field."""
    form: Form
    """What a cell holds."""
    codes: tuple[str, ...] = ()
    """The values of a closed set; empty where the set is open."""
    required: bool
    """Whether the field must be filled."""
    default: object = None
    """Value of a cell that is left out, as `frame_of` takes it; None where it is required."""


@cache
def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind in order, without those of the store.

    Raises
    ------
    InvalidSetting
        If there is no such kind.
    """
    if kind not in RECORDS:
        raise InvalidSetting(f"there is no table {kind!r}", expected=f"one of {', '.join(RECORDS)}")
    record = RECORDS[kind]
    hints = get_type_hints(record)
    return tuple(_column(field, hints[field.name]) for field in dataclasses.fields(record))


def _column(field: dataclasses.Field[Any], hint: Any) -> Column:  # noqa: ANN401 - a type hint
    """The column that a field of a record class declares."""
    form, codes = _form(hint)
    required = field.default is dataclasses.MISSING
    default = None if required else field.default
    return Column(name=field.name, form=form, codes=codes, required=required, default=default)


def _form(hint: Any) -> tuple[Form, tuple[str, ...]]:  # noqa: ANN401 - a type hint
    """Form and closed set of a field, from its type."""
    plain = {str: Form.TEXT, float: Form.NUMBER, int: Form.COUNT, bool: Form.FLAG, date: Form.DAY,
             datetime: Form.MOMENT, BaseGeometry: Form.PLACE}  # fmt: skip
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    if hint in plain:
        return plain[hint], ()
    if get_origin(hint) is tuple:
        inner, codes = _form(get_args(hint)[0])
        return (Form.CODES if inner is Form.CODE else Form.TEXTS), codes
    assert issubclass(hint, StrEnum)
    return Form.CODE, tuple(code.value for code in hint)

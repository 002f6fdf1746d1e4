"""Where the columns of a mapping stand in a table, if nothing that is needed is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.errors import MissingColumns
from geo.sources.meaning.mapping import BECOMES, JOINED, ColumnUse, Mapping
from geo.sources.meaning.vocabulary import ENDS, fields_of, folded
from geo.sources.meaning.wording import shown

PLACE_CELL = "shape (WKT)"
"""Name under which the shape of a row stands among its cells, where the file has shapes."""

TOGETHER = (("lon", "lat"), ENDS, ("utm_easting", "utm_northing", "utm_zone"))
"""Fields of places that are of use only together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns of a table give which field."""

    mapping: Mapping
    """What the columns mean."""
    names: tuple[str, ...]
    """A name for each column that no other has."""
    positions: dict[str, tuple[int, ...]]
    """Field to the positions of its columns, in the order of the table."""
    aside: tuple[str, ...]
    """Names of the columns that mean nothing."""
    shapes: bool
    """Whether rows carry shapes of their own."""

    @property
    def kind(self) -> str:
        """Table the rows are for."""
        return self.mapping.kind

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that a column or a constant gives."""
        return tuple(dict.fromkeys([*self.positions, *self.mapping.constants]))


def layout_of(
    header: Sequence[str], mapping: Mapping, *, name: str = "", shapes: bool = False
) -> Layout:
    """Where the columns of `mapping` stand in a table with this header.

    Raises
    ------
    MissingColumns
        If a required field has neither a column nor a constant, a field has more columns than it
        can have, a part of a place has not its other parts, or a column of the mapping is not
        there.
    """
    used: dict[str, list[int]] = {}
    strange = []
    for use in mapping.uses:
        position = position_of(header, use)
        if position is None:
            strange.append(use.column)
        else:
            used.setdefault(use.field, []).append(position)
    names = cell_names(header)
    if PLACE_CELL in header and "shape" not in used:
        used["shape"] = [list(header).index(PLACE_CELL)]
    given = {*used, *(use.field for use in mapping.uses), *mapping.constants}
    required = [field for field, needed in fields_of(mapping.kind).items() if needed]
    missing = [*_missing(required, given, own=mapping.own), *_halves(given)]
    twice = sorted(_twice(used, own=mapping.own))
    if missing or twice or strange:
        raise _faulty(header, required, missing=missing, twice=twice, strange=strange, name=name)
    positions = {field: tuple(sorted(set(there))) for field, there in used.items()}
    order = sorted(positions, key=lambda field: positions[field][0])
    meant = {position for there in positions.values() for position in there}
    return Layout(
        mapping=mapping,
        names=names,
        positions={field: positions[field] for field in order},
        aside=tuple(header[at] for at in range(len(header)) if at not in meant),
        shapes=shapes,
    )


def cell_names(header: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, made different where two are the same.

    >>> cell_names(("date", "place", "date"))
    ('date', 'place', 'date (2)')
    """
    names: list[str] = []
    for name in header:
        same = [name, *(f"{name} ({number})" for number in range(2, len(names) + 2))]
        names.append(next(one for one in same if one not in names))
    return tuple(names)


def position_of(header: Sequence[str], use: ColumnUse) -> int | None:
    """Where a column stands; None if it is not there."""
    for form in (str, str.strip, str.casefold, folded):
        name = form(use.column)
        there = [at for at, cell in enumerate(header) if form(cell) == name]
        if name and len(there) >= use.number:
            return there[use.number - 1]
    numbered = f"{use.column} ({use.number})"
    return list(header).index(numbered) if numbered in header else None


def _missing(required: Sequence[str], given: Iterable[str], *, own: bool) -> list[str]:
    """Required fields that nothing gives; ids are made for tables of others."""
    there = {*given, *(BECOMES.get(field, field) for field in given)}
    return [field for field in required if field not in there and (own or field != "id")]


def _halves(given: Iterable[str]) -> list[str]:
    """The parts of places that are missing where other parts are given."""
    there = set(given)
    return [
        field for parts in TOGETHER if there & set(parts) for field in parts if field not in there
    ]


def _twice(used: dict[str, list[int]], *, own: bool) -> set[str]:
    """Fields that more columns give than may."""
    joined = frozenset() if own else JOINED
    twice = {field for field, there in used.items() if len(there) > 1 and field not in joined}
    twice |= {field for field, becomes in BECOMES.items() if {field, becomes} <= set(used)}
    return twice | ({"case_key"} if {"case_id", "case_key"} <= set(used) else set())


def _faulty(
    header: Sequence[str], required: Sequence[str], *, missing: Sequence[str],
    twice: Sequence[str], strange: Sequence[str], name: str,
) -> MissingColumns:  # fmt: skip
    """The error of a table that cannot be read with a mapping."""
    faults = []
    if missing:
        faults.append(f"lacks the columns {', '.join(missing)}")
    if strange:
        faults.append(f"lacks what the mapping calls {', '.join(shown(c) for c in strange)}")
    if twice:
        faults.append(f"has the columns {', '.join(twice)} more than once")
    return MissingColumns(
        f"the table {shown(name) + ' ' if name else ''}{' and '.join(faults)}; it has "
        f"{shown(', '.join(header))}",
        expected=f"each of {', '.join(required)} once",
        remedy="rename the columns in the file's first line, or say with a mapping what they mean",
    )

"""What the columns of an unknown table probably mean, with reasons; a person decides.

Names of columns come first, then what stands in them. Nothing that is doubtful is silent: it is in
`Guess.doubts`, and a column without a field of its own is kept in the note of its rows.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from rapidfuzz import fuzz, process

from geo.sources.meaning import coordinates
from geo.sources.meaning.column_names import ARCHES_COLUMNS, CEN_COLUMNS, CITES_COLUMNS
from geo.sources.meaning.dates import ISO, DateStyle, guess_style
from geo.sources.meaning.dating import HAPPENED
from geo.sources.meaning.guess_cells import (
    Check,
    GuessedColumn,
    check_of,
    counts_rows,
    guessed_columns,
    metres,
    require_country,
    share,
    written_date,
)
from geo.sources.meaning.mapping import BECOMES, JOINED, ColumnUse, Mapping, own_mapping
from geo.sources.meaning.uses import cell_names, position_of
from geo.sources.meaning.vocabulary import (
    DATES,
    KINDS,
    NOTE,
    fields_of,
    folded,
    is_serial_name,
    names_of,
    readings_of,
)
from geo.sources.readers.raw import RawTable

CLOSE = 88.0
"""Likeness of two names, 0 to 100 (Indel), from which one is taken for the other misspelt."""

MOST, HALF = 0.8, 0.5
"""Share of cells that must be readable for a column to be found by them, and to stay found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A mapping that nobody has confirmed yet."""

    mapping: Mapping
    """What the columns probably mean."""
    profile: str
    """``own``, ``cites``, ``arches``, ``cen``, ``free``, or the partner of a kept mapping."""
    reasons: abc.Mapping[str, str] = field(default_factory=dict)
    """Name of each column to why it is read so, or why it is left aside."""
    doubts: tuple[str, ...] = ()
    """What a person should look at before the rows are kept."""


def guess_mapping(table: RawTable, kind: str, *, saved: Sequence[Mapping] = ()) -> Guess:
    """What the columns of a table mean, by their names and by what stands in them.

    A kept mapping whose columns are all there, and most of the table's, is taken as it is.

    Raises
    ------
    InvalidSetting
        If this kind does not come from tables.
    """
    own = own_mapping(table.header, kind)
    if _is_own(table.header, own):
        return _own_guess(table.header, own)
    if (kept := _kept(table.header, kind, saved)) is not None:
        return _kept_guess(table.header, kept)
    columns = guessed_columns(table)
    doubts: list[str] = []
    _by_name(columns, kind)
    _by_likeness(columns, kind, doubts)
    _check_cells(columns, kind, doubts)
    _by_cells(columns, kind, doubts)
    _settle_places(columns, doubts)
    _one_each(columns, doubts)
    _settle_ids(columns, kind, doubts)
    _rest_to_note(columns)
    style = _date_style(columns, doubts)
    mapping = Mapping(
        kind=kind,
        uses=tuple(_use(column) for column in columns if column.gives),
        constants=_constants(columns, kind, doubts),
        date_style=style,
    )
    return Guess(
        mapping=mapping,
        profile=_profile(table.header),
        reasons={column.name: column.why for column in columns},
        doubts=tuple(doubts),
    )


def guess_kind(table: RawTable) -> str:
    """The kind of table whose columns these most likely are; ``seizures`` if nothing tells."""
    known = {kind: names_of(kind) for kind in KINDS}
    scores = dict.fromkeys(("seizures", *KINDS), 0.0)
    for name in table.header:
        for reading in readings_of(name):
            kinds = [kind for kind in KINDS if known[kind].get(reading, NOTE) != NOTE]
            for kind in kinds:
                # A name that few kinds have tells more.
                scores[kind] += 1 / len(kinds)
            if kinds:
                break
    for kind in KINDS:
        own = {use.field for use in own_mapping(table.header, kind).uses}
        needed = {name for name, required in fields_of(kind).items() if required}
        # That nothing but an id is needed tells nothing.
        scores[kind] += 2.0 * (len(needed) > 1 and needed <= own)
    return max(scores, key=lambda kind: scores[kind])


def _is_own(header: Sequence[str], own: Mapping) -> bool:
    """Whether the columns have our own names: all that are needed, or the id and most others."""
    given = {use.field for use in own.uses}
    needed = {name for name, required in fields_of(own.kind).items() if required}
    most = len(own.uses) >= 0.6 * sum(bool(name.strip()) for name in header)
    # Where nothing but an id is needed, an id alone makes no table ours.
    return (len(needed) > 1 and needed <= given) or ("id" in given and most)


def _own_guess(header: Sequence[str], own: Mapping) -> Guess:
    """The guess for a table of our own form."""
    reasons = dict.fromkeys(cell_names(header), "no column of ours has this name: left aside")
    for use in own.uses:
        at = position_of(header, use)
        assert at is not None
        reasons[cell_names(header)[at]] = "its name is the field's"
    return Guess(mapping=own, profile="own", reasons=reasons)


def _kept(header: Sequence[str], kind: str, saved: Sequence[Mapping]) -> Mapping | None:
    """The kept mapping that was made for a table like this; None if there is none."""
    named = sum(bool(name.strip()) for name in header)
    fitting = [
        mapping
        for mapping in saved
        if mapping.kind == kind
        and mapping.uses
        and all(position_of(header, use) is not None for use in mapping.uses)
        and len({(use.column, use.number) for use in mapping.uses}) >= HALF * named
    ]
    return max(fitting, key=lambda mapping: len(mapping.uses), default=None)


def _kept_guess(header: Sequence[str], kept: Mapping) -> Guess:
    """The guess that a table is like those of a partner."""
    partner = kept.partner or "such tables"
    names = cell_names(header)
    used = {names[at] for use in kept.uses if (at := position_of(header, use)) is not None}
    reasons = {
        name: f"{'' if name in used else 'left aside, '}as it was kept for {partner}"
        for name in names
    }
    doubts = tuple(
        f"the column {name!r} is left aside: the mapping that was kept for {partner} has no such"
        for name in names
        if name not in used and not is_serial_name(name)
    )
    return Guess(mapping=kept, profile=kept.partner or "free", reasons=reasons, doubts=doubts)


def _by_name(columns: Sequence[GuessedColumn], kind: str) -> None:
    """Take columns for the fields whose names they have."""
    names = names_of(kind)
    for column in columns:
        for rank, reading in enumerate(readings_of(column.use[0])):
            if reading in names:
                column.rank = rank
                column.settle(names[reading], f"its name is known for {names[reading]}")
                break


def _by_likeness(columns: Sequence[GuessedColumn], kind: str, doubts: list[str]) -> None:
    """Take columns for fields whose names are nearly theirs."""
    names = names_of(kind)
    taken = {column.gives for column in columns}
    for column in columns:
        reading = folded(column.use[0])
        if column.gives or len(reading) < 5 or is_serial_name(column.use[0]):
            continue
        near = process.extractOne(reading, names.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE)
        if near and (names[near[0]] not in taken or names[near[0]] in JOINED):
            column.rank = 10
            column.settle(names[near[0]], f"its name is nearly {near[0]!r}")
            doubts.append(f"the column {column.name!r} is taken for {names[near[0]]}:"
                          f" its name is nearly {near[0]!r}")  # fmt: skip


def _check_cells(columns: Sequence[GuessedColumn], kind: str, doubts: list[str]) -> None:
    """Give up fields of which most cells cannot be read."""
    for column in columns:
        check = check_of(column.gives, kind) if column.gives else None
        if check and column.cells and share(column.cells, check) < HALF:
            doubts.append(f"the column {column.name!r} is named as {column.gives}, but most of its"
                          " cells are none: it is kept in the note")  # fmt: skip
            column.settle("", "")


def _by_cells(columns: Sequence[GuessedColumn], kind: str, doubts: list[str]) -> None:
    """Take columns for fields that nothing gives yet and that their cells can be read as."""
    known = fields_of(kind)
    tests: list[tuple[str, str, tuple[str, ...], Check]] = [
        ("coordinates", "coordinates", ("lon", "lat", "mgrs", "utm_easting", "shape"),
         partial(coordinates.lonlat_of, name="coordinates")),
        ("country", "countries", (), require_country),
    ]  # fmt: skip
    if kind in HAPPENED:
        tests.append(("date", "dates", ("date_from", "date_to"), written_date))
    if "event_type" in known:
        tests.append(("event_type", "kinds of events", (), check_of("event_type", kind) or str))
    for name, words, others, check in tests:
        given = {column.gives for column in columns}
        if name not in known or given & {name, *others}:
            continue
        for column in columns:
            if not column.gives and column.cells and share(column.cells, check) >= MOST:
                column.rank = 20
                column.settle(name, f"its cells read as {words}")
                doubts.append(f"the column {column.name!r} is taken for {name}: its cells read as"
                              f" {words}")  # fmt: skip
                break


def _settle_places(columns: Sequence[GuessedColumn], doubts: list[str]) -> None:
    """Make sense of the columns that give a place together, or leave them in the note."""
    by_field = {column.gives: column for column in columns}
    pair = [by_field.get("lon"), by_field.get("lat")]
    if all(pair) and all(column and share(column.cells, metres) >= HALF for column in pair):
        for column, name in zip(pair, ("utm_easting", "utm_northing"), strict=True):
            assert column
            column.settle(name, "its numbers are too large for degrees: metres of a grid")
        by_field = {column.gives: column for column in columns}
    for parts in (("lon", "lat"), ("utm_easting", "utm_northing", "utm_zone")):
        there = [name for name in parts if name in by_field]
        lacking = [name for name in parts if name not in by_field]
        if not there or not lacking:
            continue
        names = ", ".join(repr(by_field[name].name) for name in there)
        names = ", ".join(repr(by_field[name].name) for name in there)
        doubts.append(
            f"the columns {names} give no place without {' and '.join(lacking)}: they are kept in"
            " the note"
        )
        for name in there:
            by_field[name].settle("", "")


def _one_each(columns: Sequence[GuessedColumn], doubts: list[str]) -> None:
    """Let one column give each field that only one may give: the one whose name is nearest."""
    for name in dict.fromkeys(column.gives for column in columns if column.gives):
        rivals = [c for c in columns if BECOMES.get(c.gives, c.gives) == BECOMES.get(name, name)]
        if len(rivals) < 2 or name in JOINED:
            continue
        best = min(rivals, key=lambda column: (not column.cells, column.rank))
        for column in rivals:
            if column is not best:
                if column.cells:
                    doubts.append(f"{column.name!r} and {best.name!r} both look like {name}:"
                                  f" {best.name!r} is taken")  # fmt: skip
                column.settle("", "")


def _settle_ids(columns: Sequence[GuessedColumn], kind: str, doubts: list[str]) -> None:
    """Take a column for ids only if no id repeats, and numbers of cases if none does."""
    ids = next((column for column in columns if column.gives == "id"), None)
    cases = next((column for column in columns if column.gives == "case_key"), None)
    if ids and len(set(ids.cells)) < len(ids.cells):
        spare = "case_key" if kind == "seizures" and cases is None else ""
        told = "they are taken for the numbers of cases" if spare else "they are kept in the note"
        doubts.append(f"the numbers in {ids.name!r} repeat, so they are no ids of rows: {told}")
        ids.settle(spare, "its numbers repeat" if spare else "")
        ids = None
    if ids is None and cases and cases.cells and len(set(cases.cells)) == cases.rows:
        cases.settle("case_id", f"{cases.why}; no number repeats, so it is the id of the row too")
        return
    if ids is None:
        doubts.append("no column gives ids: each is made from what its row says, and a corrected"
                      " row comes in as another one")  # fmt: skip


def _rest_to_note(columns: Sequence[GuessedColumn]) -> None:
    """Keep in the note what has no field, but for empty columns and running numbers."""
    for column in columns:
        if column.gives:
            continue
        if not column.cells:
            column.why = "it is empty: left aside"
        elif is_serial_name(column.use[0]) and counts_rows(column.cells):
            column.why = "it only numbers the rows: left aside"
        else:
            column.settle(NOTE, "it has no field of its own: kept in the note with its name")


def _date_style(columns: Sequence[GuessedColumn], doubts: list[str]) -> DateStyle | None:
    """How the dates of the table are written."""
    texts = [text for column in columns if column.gives in DATES for text in column.cells]
    style, note = guess_style(texts)
    if note:
        doubts.append(f"dates: {note}")
    return None if style == ISO else style


def _constants(columns: Sequence[GuessedColumn], kind: str, doubts: list[str]) -> dict[str, str]:
    """What stands in every row for want of a column, and doubts about what is missing."""
    given = {BECOMES.get(column.gives, column.gives) for column in columns}
    missing = [
        name for name, needed in fields_of(kind).items()
        if needed and name not in given and name != "id"
    ]  # fmt: skip
    constants = {}
    if kind == "seizures" and "event_type" in missing:
        constants["event_type"] = "seizure"
        missing.remove("event_type")
        doubts.append("no column says what happened: every row is taken for a seizure")
    if missing:
        doubts.append(f"no column gives {' or '.join(missing)}: choose one, or say what holds for"
                      " every row")  # fmt: skip
    return constants


def _profile(header: Sequence[str]) -> str:
    """Whose form a table has."""
    there = {reading for name in header for reading in readings_of(name)}
    cites, arches, cen = (
        sum(folded(name) in there for name in names)
        for names in (CITES_COLUMNS, ARCHES_COLUMNS, CEN_COLUMNS)
    )
    if arches >= 4 or ("resourceid" in there and arches >= 2):
        return "arches"
    if max(cites, cen) >= 5:
        return "cites" if cites >= cen else "cen"
    return "free"


def _use(column: GuessedColumn) -> ColumnUse:
    name, number = column.use
    return ColumnUse(column=name, field=column.gives, number=number)

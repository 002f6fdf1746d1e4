"""What a part of a file brings: its rows beside those before them in the file and in the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import sqlalchemy as sa

from geo.errors import BadInput
from geo.frames import Part, check_frame, contents
from geo.model import QuarantinedRow
from geo.store.rows import among, chunks
from geo.store.schema import record_table

Seen: TypeAlias = dict[str, dict[str, bytes]]
"""Dataset and id of the rows that came, to the fingerprint of the first row of that id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRows:
    """The rows of one part as they are compared with those before and with the store."""

    kind: str
    """Table they are for."""
    frame: gpd.GeoDataFrame
    """All that could be read, checked."""
    names: list[tuple[str, str]]
    """Dataset and id of each."""
    prints: list[str]
    """Fingerprint of each."""
    kept: list[int]
    """Positions of those that are the first of their id in the file."""
    aside: list[QuarantinedRow]
    """The quarantined rows, those that contradict an earlier one among them, as in the file."""
    read: int
    """Rows of the file in this part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store holds under one id."""

    last: int
    """The highest version number ever given."""
    content: str = ""
    """Fingerprint of the current version; empty if there is none."""
    base_version: int = 0
    """The imported version on which the current one rests."""
    base_content: str = ""
    """Its fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """What is to become of the rows of a part, by their positions in its frame."""

    accepted: dict[int, int]
    """Position to version number, of rows that are new or changed."""
    replacing: list[int]
    """Positions of accepted rows that another current version makes room for."""
    attested: dict[int, int]
    """Position to version number, of rows that are known."""
    corrected: int
    """How many accepted rows replace a correction."""


def compared(kind: str, part: Part, seen: Seen) -> PartRows:
    """The rows of a part, each checked and compared with the rows of its id before it in the file.

    What they say is added to `seen`.
    """
    frame = check_frame(kind, part.frame)
    for what in (part.row_numbers, part.texts, part.cells):
        if len(what) != len(frame):
            raise BadInput(
                f"a part of {len(frame)} rows tells {len(what)} of them",
                expected="a number, a text and cells for each row",
                remedy="report this as a fault of the reader",
            )
    prints = contents(kind, frame)
    names = list(zip(frame["dataset_id"].tolist(), frame["id"].tolist(), strict=True))
    kept, clashing = [], []
    for position, ((dataset, name), text) in enumerate(zip(names, prints, strict=True)):
        said, known = bytes.fromhex(text), seen.setdefault(dataset, {})
        if name not in known:
            known[name] = said
            kept.append(position)
        elif known[name] != said:
            clashing.append(position)
    clashes = (_clash(part, frame, position) for position in clashing)
    aside = [*part.quarantined, *clashes]
    return PartRows(
        kind=kind,
        frame=frame,
        names=names,
        prints=prints,
        kept=kept,
        aside=sorted(aside, key=lambda row: row.row_number),
        read=len(frame) + len(part.quarantined),
    )


def _clash(part: Part, frame: gpd.GeoDataFrame, position: int) -> QuarantinedRow:
    """The quarantined form of a row whose id occurred before with other content."""
    return QuarantinedRow(
        row_number=int(part.row_numbers[position]),
        text=part.texts[position] or _as_text(frame, position),
        what=f"the id {frame['id'].array[position]!r} occurred before in this file with other"
        " content",
        expected="one row for each id",
        remedy="give the rows different ids, or keep the right one",
        cells=part.cells[position],
    )


def _as_text(frame: gpd.GeoDataFrame, position: int) -> str:
    """A row that no line of a file tells, by its cells."""
    cells = {name: str(cell) for name, cell in frame.iloc[position].items()}
    return json.dumps(cells, ensure_ascii=False)


def sort(connection: sa.Connection, rows: PartRows, empty: dict[str, bool]) -> Sorting:
    """What is to become of the rows that are the first of their id, given what the store holds."""
    accepted, attested, replacing, corrected = {}, {}, [], 0
    for positions in chunks(rows.kept):
        known = _known(
            connection, rows.kind, [rows.names[position] for position in positions], empty
        )
        for position in positions:
            held = known.get(rows.names[position])
            if held is None:
                accepted[position] = 1
            elif held.content and rows.prints[position] in (held.content, held.base_content):
                attested[position] = held.base_version
            else:
                accepted[position] = held.last + 1
                if held.content:
                    replacing.append(position)
                    corrected += held.content != held.base_content
    return Sorting(accepted=accepted, attested=attested, replacing=replacing, corrected=corrected)


def _known(
    connection: sa.Connection,
    kind: str,
    names: Sequence[tuple[str, str]],
    empty: dict[str, bool],
) -> dict[tuple[str, str], _Known]:
    """What the store holds under those of these (dataset, id) that it knows.

    A dataset that held nothing before this file, which `empty` remembers, is not looked into: the
    rows that come from the file itself are compared in memory.
    """
    table = record_table(kind)
    known: dict[tuple[str, str], _Known] = {}
    columns = (table.c.id, table.c.version, table.c.current, table.c.base_version, table.c.content)
    for dataset, ids in by_dataset(names).items():
        if dataset not in empty:
            any_row = sa.select(sa.literal(1)).where(table.c.dataset_id == dataset).limit(1)
            empty[dataset] = connection.scalar(any_row) is None
        if empty[dataset]:
            continue
        held: dict[str, list[tuple[int, bool, int, str]]] = {}
        chosen = (table.c.dataset_id == dataset) & among(connection, table.c.id, ids)
        for name, *version in connection.execute(sa.select(*columns).where(chosen)):
            held.setdefault(name, []).append(tuple(version))
        known |= {(dataset, name): _as_known(rows) for name, rows in held.items()}
    return known


def by_dataset(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The ids of each dataset."""
    ids: dict[str, list[str]] = {}
    for dataset, name in names:
        ids.setdefault(dataset, []).append(name)
    return ids


def _as_known(held: Sequence[tuple[int, bool, int, str]]) -> _Known:
    """The summary of all versions of one record: number, current, base version, content."""
    contents_by_number = {number: content for number, _, _, content in held}
    last = max(contents_by_number)
    for _, current, base, content in held:
        if current:
            return _Known(
                last=last,
                content=content,
                base_version=base,
                base_content=contents_by_number[base],
            )
    return _Known(last=last)

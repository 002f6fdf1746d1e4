"""One table of a file on its way into the store, whatever the format of the file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from geo.errors import BadInput, InvalidSetting, NotFound, UnreadableFile
from geo.frames import Part
from geo.model import ImportReport
from geo.pipeline.evidence.originals import keep_original
from geo.pipeline.intake.options import ImportOptions, defaults_of
from geo.settings import Settings
from geo.sources.meaning.guess import Guess, guess_mapping
from geo.sources.meaning.mapping import LONGEST as LONGEST_MAPPING
from geo.sources.meaning.mapping import Mapping as ColumnMapping
from geo.sources.meaning.mapping import header_print, mapping_of_yaml
from geo.sources.meaning.placing import Placed
from geo.sources.meaning.records import parts_of
from geo.sources.meaning.uses import layout_of
from geo.sources.readers.raw import RawFile, RawTable
from geo.store import FileKey, SavedMapping, Store

PlaceWords = tuple[str, str]
"""Words for a place, and the country they are said of; empty where none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOrder:
    """A table of an open file, with all that decides what its rows become."""

    raw: RawFile
    """The file."""
    table: RawTable
    """The table."""
    mapping: ColumnMapping
    """What its columns mean."""
    options: ImportOptions
    """What the importer says of the whole file."""
    placed: Mapping[PlaceWords, Placed] = field(default_factory=dict)
    """Places that a person confirmed for words without coordinates."""
    doubts: tuple[str, ...] = ()
    """What was guessed of the columns."""
    sha256: str = ""
    """SHA-256 that stands for the rows where they are not the file's; empty for the file's own."""

    @property
    def key(self) -> FileKey:
        """What makes this the same file read in the same way."""
        placed = [[*words, dataclasses.astuple(place)] for words, place in self.placed.items()]
        reading = {
            "defaults": dataclasses.asdict(defaults_of(self.options)),
            "mapping": self.mapping.to_yaml(),
            "table": self.table.name,
            "placed": sorted(placed, key=str),
        }
        return FileKey(
            file_name=self.raw.file_name,
            sha256=self.sha256 or self.raw.sha256,
            dataset_id=self.options.dataset_id,
            reading=json.dumps(reading, ensure_ascii=False, sort_keys=True),
        )


def guessed(store: Store, table: RawTable, kind: str, *, partner: str = "") -> Guess:
    """What the columns of a table seem to mean; a partner's kept mapping comes first."""
    kept = [
        mapping_of_yaml(saved.text)
        for saved in store.mappings()
        if saved.kind == kind and (not partner or saved.partner == partner)
    ]
    return guess_mapping(table, kind, saved=kept)


def order_of(
    store: Store, raw: RawFile, table: RawTable, kind: str, *, options: ImportOptions
) -> TableOrder:
    """A table of an open file with the mapping that the importer gave, or the best guess.

    Raises
    ------
    MissingColumns
        If the mapping leaves a required field without a column, or names one that is not there.
    """
    if options.mapping is not None:
        if options.mapping.kind != kind:
            raise InvalidSetting(
                f"the mapping is for {options.mapping.kind}",
                expected=f"one for {kind}",
                remedy="name the other kind, or another mapping",
            )
        _require_layout(raw, table, options.mapping)
        return TableOrder(raw=raw, table=table, mapping=options.mapping, options=options)
    guess = guessed(store, table, kind, partner=options.partner)
    _require_layout(raw, table, guess.mapping)
    return TableOrder(
        raw=raw, table=table, mapping=guess.mapping, options=options, doubts=guess.doubts
    )


def _require_layout(raw: RawFile, table: RawTable, mapping: ColumnMapping) -> None:
    """Refuse a mapping that leaves a required field without a column."""
    layout_of(table.header, mapping, name=raw.file_name, shapes=table.places)


def chosen_tables(raw: RawFile, *, name: str = "") -> tuple[tuple[RawTable, ...], tuple[str, ...]]:
    """The tables of a file that are meant, and what is said of those that are not.

    Without a name they are all that are shown and hold rows, but for what an export of ours says
    of itself.

    Raises
    ------
    NotFound
        If no table has the name.
    """
    if name:
        found = tuple(table for table in raw.tables if table.name == name)
        if not found:
            names = ", ".join(repr(table.name) for table in raw.tables)
            raise NotFound(f"{raw.file_name} has no table {name!r}", expected=f"one of {names}")
        return found, ()
    shown = tuple(
        table for table in raw.tables if not table.hidden and table.rows and not _is_about(table)
    )
    if not shown:
        # The one that explains best why there is nothing.
        shown = tuple(table for table in raw.tables if not table.hidden)[:1] or raw.tables[:1]
    aside = tuple(
        f"the hidden sheet {table.name!r} with {table.rows:,} rows was left aside; name it to have"
        " it read"
        for table in raw.tables
        if table.hidden and table not in shown
    )
    return shown, aside


def _is_about(table: RawTable) -> bool:
    """Whether a table is the sheet or layer in which an export tells its marking and audience."""
    return table.name.casefold() == "about" and table.header[-2:] == ("name", "words")


def add_table(
    store: Store,
    order: TableOrder,
    *,
    settings: Settings | None,
    now: datetime,
    dry_run: bool = False,
    watch: Callable[[Part], None] | None = None,
    progress: Callable[[int], None] | None = None,
    remarks: Sequence[str] = (),
    found: Callable[[], Sequence[str]] = tuple,
) -> ImportReport:
    """Keep the rows of a table, in one transaction; the report accounts for every row.

    The file's bytes are kept first, as they came, in the installation of `settings`; a dry run
    needs none. A run that is killed between the two leaves bytes that the next one takes up.

    `watch` is shown each part on its way, `progress` is told the number of rows so far; the report
    holds `remarks`, and what `found` says after the last row.

    Raises
    ------
    MissingColumns
        If the mapping leaves a required field without a column.
    StoreError
        If the file's bytes cannot be kept; then nothing is.
    """
    if settings and order.raw.original and not dry_run:
        keep_original(settings, order.raw.original, order.raw.sha256)
    notes = [*order.raw.notes, *order.table.notes, *order.doubts, *remarks]
    parts = parts_in(order, now=now, notes=notes)
    return store.add_parts(
        order.mapping.kind,
        _watched(parts, watch) if watch else parts,
        key=order.key,
        author=order.options.author,
        now=now,
        notes=lambda: (*notes, *found()),
        dry_run=dry_run,
        progress=progress,
    )


def parts_in(order: TableOrder, *, now: datetime, notes: list[str]) -> Iterator[Part]:
    """The rows of a table as its mapping reads them; what was assumed is added to `notes`.

    Raises
    ------
    MissingColumns
        If the mapping leaves a required field without a column.
    """
    return parts_of(
        # What is refused names the table, which in a text file goes by the file's name.
        dataclasses.replace(order.table, name=order.table.name or order.raw.file_name),
        order.mapping,
        defaults=defaults_of(order.options),
        today=now.date(),
        placed=order.placed,
        notes=notes,
    )


def _watched(parts: Iterator[Part], watch: Callable[[Part], None]) -> Iterator[Part]:
    """`parts`, each shown on its way."""
    for part in parts:
        watch(part)
        yield part


def read_mapping(path: Path) -> ColumnMapping:
    """The mapping that a YAML file holds.

    Raises
    ------
    UnreadableFile
        If there is no such file, or it is no text.
    BadInput
        If it says no mapping.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST_MAPPING + 1)
    except (OSError, UnicodeDecodeError) as err:
        raise UnreadableFile(
            f"{path.name} cannot be read ({getattr(err, 'strerror', None) or 'it is no UTF-8'})",
            expected="a mapping as --show-mapping writes it",
        ) from err
    return mapping_of_yaml(text)


def keep_mapping(store: Store, order: TableOrder, *, partner: str, now: datetime) -> None:
    """Remember what the columns of a partner's tables mean, for the next file of this kind.

    Raises
    ------
    BadInput
        If the partner has no name.
    """
    name = " ".join(partner.split())
    if not name:
        raise BadInput("a mapping without a partner", expected="the partner's name in words")
    mapping = dataclasses.replace(order.mapping, partner=name)
    store.keep_mapping(
        SavedMapping(
            partner=name,
            kind=mapping.kind,
            header_print=header_print(order.table.header),
            text=mapping.to_yaml(),
            author=order.options.author,
            saved_at=now,
        )
    )

"""Imports held against the files that they came from: the same bytes, and the same rows again."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from geo.columns import columns_of
from geo.errors import InvalidSetting, LamassuError, NotFound
from geo.frames import contents
from geo.model import QuarantinedRow
from geo.pipeline.evidence.originals import original_of, sha256_of
from geo.pipeline.installation import FACT_KINDS, FACTS_DATASET, read_facts
from geo.pipeline.intake.mending import MENDED, order_as_before, raw_of_mended
from geo.pipeline.intake.tables import add_table, chosen_tables
from geo.settings import Settings
from geo.sources.confined.limits import COMMAND_LINE
from geo.sources.readers.formats import open_raw
from geo.sources.readers.raw import RawFile
from geo.store import ImportRecord, Store, open_store

Name = tuple[str, str]
"""Dataset and id of a record."""

TOLD = 5
"""Rows that are named of those that differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What a file gives when it is read again as it was read then."""

    frame: gpd.GeoDataFrame
    """The rows that could be read, one for each id."""
    aside: tuple[QuarantinedRow, ...]
    """Those that were kept aside."""


def import_record(store: Store, import_id: str) -> ImportRecord:
    """The import of an id.

    Raises
    ------
    NotFound
        If there is none.
    """
    for record in store.imports():
        if record.import_id == import_id:
            return record
    raise NotFound(
        f"there is no import {import_id!r}",
        expected="the id of an import, such as IM-20261122-1a2b3c4d",
        remedy="see the list of imports",
    )


def import_faults(store: Store, settings: Settings, record: ImportRecord) -> tuple[str, ...]:
    """How an import differs from the file that it came from; empty if in nothing.

    A file of rows is read again, with the columns and options of then, in a store of its own: each
    row must be a version of its record, and each row that was kept aside must be so again. Of a
    picture or a network the bytes are compared.

    Raises
    ------
    InvalidSetting
        If the import never came from a file.
    """
    original = original_of(settings, record)
    if original is None:
        if not _came_from_a_file(record):
            raise InvalidSetting(
                f"import {record.import_id} was entered by hand",
                expected="an import that came from a file",
            )
        return (f"the original with the SHA-256 {record.key.sha256} is not kept",)
    digest = sha256_of(original)
    if digest != record.key.sha256:
        return (f"the original was changed: its SHA-256 is {digest}, not {record.key.sha256}",)
    if not record.key.reading:
        return ()
    try:
        again = _reread(record, original)
    except LamassuError as err:
        return (f"the original cannot be read again: {err}",)
    return (*_row_faults(store, record, again.frame), *_aside_faults(store, record, again.aside))


def _came_from_a_file(record: ImportRecord) -> bool:
    """Whether an import came from a file and was not entered on a page; facts tell by dataset."""
    return bool(record.key.reading) or record.kind in {"scenes", "terrain", "networks"}


def _reread(record: ImportRecord, original: Path) -> Reread:
    """The rows of an original, read as they were then."""
    if record.key.dataset_id == FACTS_DATASET and "mapping" not in json.loads(record.key.reading):
        kind = next(kind for kind in FACT_KINDS if kind == record.kind)
        facts = read_facts(kind, folder=original.parent)
        return Reread(frame=facts.frame, aside=facts.quarantined)
    with (
        tempfile.TemporaryDirectory(prefix="lamassu-again-") as folder,
        _opened(record, original, Path(folder)) as raw,
        closing(open_store(f"sqlite:///{folder}/again.sqlite")) as scratch,
    ):
        tables, _ = chosen_tables(raw, name=json.loads(record.key.reading)["table"])
        order = order_as_before(raw, tables[0], record, author=record.author)
        report = add_table(scratch, order, settings=None, now=record.imported_at)
        return Reread(frame=scratch.read(record.kind), aside=scratch.quarantine(report.import_id))


@contextmanager
def _opened(record: ImportRecord, original: Path, folder: Path) -> Iterator[RawFile]:
    """The tables of an original, under the name that the file had."""
    if record.key.file_name.startswith(MENDED):
        yield raw_of_mended(original, record.key.file_name, folder=folder)
        return
    with open_raw(original, limits=COMMAND_LINE) as raw:
        yield dataclasses.replace(raw, file_name=record.key.file_name)


def _row_faults(store: Store, record: ImportRecord, again: gpd.GeoDataFrame) -> Iterator[str]:
    """Rows of the file that no version of their record says, and rows that the file does not."""
    kind = record.kind
    held = store.read(kind)
    known = dict(zip(_names(held), _prints(kind, held), strict=True))
    names = _names(again)
    other = [
        name
        for name, said in zip(names, _prints(kind, again), strict=True)
        if known.get(name) != said and said not in _versions(store, kind, name)
    ]
    if other:
        yield f"{_listed(other)} of the file: no version in the store says the same"
    brought = _names(held[held["import_id"] == record.import_id])
    if strange := sorted(set(brought) - set(names)):
        yield f"{_listed(strange)} of the store: not in the file"


def _aside_faults(
    store: Store, record: ImportRecord, again: Sequence[QuarantinedRow]
) -> Iterator[str]:
    """Rows that were kept aside then and are not now, or the other way round."""
    then = {(row.row_number, row.text) for row in store.quarantine(record.import_id)}
    now = {(row.row_number, row.text) for row in again}
    if differing := sorted(number for number, _ in then ^ now):
        listed = ", ".join(map(str, differing[:TOLD]))
        yield f"{len(differing):,} rows were kept aside either then or now, not both: {listed}"


def _versions(store: Store, kind: str, name: Name) -> set[str]:
    """What each version of a record says, undone ones included."""
    try:
        return set(_prints(kind, store.history(kind, name[1], dataset_id=name[0])))
    except NotFound:
        return set()


def _prints(kind: str, frame: gpd.GeoDataFrame) -> list[str]:
    """A fingerprint of each row of a frame of a store."""
    return contents(kind, frame[[column.name for column in columns_of(kind)]])


def _names(frame: gpd.GeoDataFrame) -> list[Name]:
    """Dataset and id of each row."""
    return list(zip(frame["dataset_id"].tolist(), frame["id"].tolist(), strict=True))


def _listed(names: Sequence[Name]) -> str:
    """How many records, and the first of them."""
    first = ", ".join(record_id for _, record_id in names[:TOLD])
    return f"{len(names):,} records ({first}{', ...' if len(names) > TOLD else ''})"

"""Rows that an import kept aside: taken out, mended, and taken in again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from geo.errors import BadInput, InvalidSetting, NotFound, UnreadableFile
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.pipeline.intake.options import ImportOptions
from geo.pipeline.intake.tables import TableOrder, add_table
from geo.settings import Settings
from geo.sources.confined.limits import COMMAND_LINE
from geo.sources.meaning.mapping import mapping_of_yaml
from geo.sources.meaning.placing import Placed
from geo.sources.readers.formats import open_raw
from geo.sources.readers.raw import FAULT, ROW, TEXT, RawFile, RawTable, batch_schema
from geo.sources.writers.table_files import FORMULA_STARTS
from geo.store import ImportRecord, Store

MENDED = "mended rows of "
"""How the name of the file begins that an import of mended rows goes by."""

ROW_COLUMN, REASON_COLUMN = "lamassu_row", "lamassu_reason"
"""First columns of a table of waiting rows."""

Cells = Mapping[str, str]
"""The cells of a row by the names of their columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A row that waits to be mended."""

    row: QuarantinedRow
    """The row with its reason."""
    cells: dict[str, str]
    """Its cells by column; empty where they could not be told apart."""


def waiting(store: Store, import_id: str) -> tuple[WaitingRow, ...]:
    """The rows that an import kept aside and that nobody has mended yet.

    Raises
    ------
    NotFound
        If there is no such import.
    """
    return tuple(
        WaitingRow(row=row, cells=json.loads(row.cells) if row.cells else {})
        for row in store.quarantine(import_id)
        if not row.mended_in
    )


def header_of(store: Store, import_id: str) -> tuple[str, ...]:
    """The columns of the table of an import, as far as rows kept aside tell them."""
    return tuple(dict.fromkeys(name for row in waiting(store, import_id) for name in row.cells))


def mend(
    store: Store,
    import_id: str,
    rows: Mapping[int, Cells],
    *,
    settings: Settings,
    author: str,
    now: datetime,
    dry_run: bool = False,
) -> ImportReport:
    """Take mended rows in, read as their file was; what is still wrong is kept aside again.

    `rows` holds the cells of each row by its number in the file. Rows that come in, or turn out to
    be known, wait no longer; the rows as they stood stay with the first import, and what the person
    wrote is kept as the original of the second.

    Raises
    ------
    NotFound
        If there is no such import, or a row is not waiting in it.
    InvalidSetting
        If the import was undone, or did not come from a table.
    BadInput
        If no rows are given, or a cell's column is unknown.
    """
    record = _import(store, import_id)
    header = header_of(store, import_id)
    _require(store, record, rows, header)
    told = {
        "import": import_id,
        "header": header,
        "rows": {str(number): dict(rows[number]) for number in sorted(rows)},
    }
    with tempfile.TemporaryDirectory(prefix="lamassu-mended-") as folder:
        original = Path(folder) / "mended.json"
        original.write_bytes(json.dumps(told, ensure_ascii=False, sort_keys=True).encode())
        raw = raw_of_mended(original, f"{MENDED}{record.key.file_name}", folder=Path(folder))
        report = add_table(
            store,
            order_as_before(raw, raw.tables[0], record, author=author),
            settings=settings,
            now=now,
            dry_run=dry_run,
            remarks=[f"mended rows of import {import_id}"],
        )
    if not dry_run:
        still = {row.row_number for row in store.quarantine(report.import_id)}
        taken = sorted(set(rows) - still)
        store.mend(import_id, taken, mended_in=report.import_id, author=author, now=now)
    return report


def order_as_before(
    raw: RawFile, table: RawTable, record: ImportRecord, *, author: str
) -> TableOrder:
    """A table that is to be read as an import read its own; `record` tells how."""
    reading = json.loads(record.key.reading)
    defaults = reading["defaults"]
    return TableOrder(
        raw=raw,
        table=table,
        mapping=mapping_of_yaml(reading["mapping"]),
        options=ImportOptions(
            dataset_id=defaults["dataset_id"],
            source=defaults["source"],
            grade=defaults["grade"],
            marking=Tlp(defaults["marking"]),
            licence=defaults["licence"],
            simulated=defaults["simulated"],
            author=author,
        ),
        placed={(words[0], words[1]): Placed(*words[2]) for words in reading["placed"]},
    )


def raw_of_mended(original: Path, file_name: str, *, folder: Path) -> RawFile:
    """Mended rows as they were kept, as an open file; its table is written into `folder`."""
    content = original.read_bytes()
    told = json.loads(content)
    rows = {int(number): cells for number, cells in told["rows"].items()}
    table = _as_table(rows, tuple(told["header"]), folder)
    return RawFile(
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        format="mended rows",
        tables=(table,),
        original=original,
    )


def write_waiting(rows: Sequence[WaitingRow], path: Path) -> None:
    """Write waiting rows as CSV (UTF-8 with byte order mark): number, reason, then their cells.

    Raises
    ------
    BadInput
        If none of them has cells that can be mended, or the file cannot be written.
    """
    mendable = [row for row in rows if row.cells]
    if not mendable:
        raise BadInput(
            "no waiting row has cells that could be mended",
            expected="rows whose cells could be told apart",
            remedy="mend the file itself and import it again",
        )
    header = list(dict.fromkeys(name for row in mendable for name in row.cells))
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([ROW_COLUMN, REASON_COLUMN, *header])
    for row in mendable:
        why = f"{row.row.what}; expected {row.row.expected}"
        cells = [guarded(row.cells.get(name, "")) for name in header]
        writer.writerow([row.row.row_number, guarded(why), *cells])
    try:
        path.write_text(table.getvalue(), encoding="utf-8-sig", newline="")
    except OSError as err:
        raise BadInput(f"{path} cannot be written ({err.strerror})") from err


def read_mended(path: Path) -> dict[int, dict[str, str]]:
    """The rows of a CSV that `write_waiting` wrote and a person mended, by their number.

    Raises
    ------
    UnreadableFile
        If it cannot be read, or is no such table.
    """
    with open_raw(path, limits=COMMAND_LINE) as raw:
        table = raw.tables[0]
        if ROW_COLUMN not in table.header:
            raise UnreadableFile(
                f"{path.name} has no column {ROW_COLUMN!r}",
                expected="a table that 'quarantine' wrote",
                remedy="keep its first two columns as they are",
            )
        kept = [name for name in table.header if name not in {ROW_COLUMN, REASON_COLUMN}]
        rows: dict[int, dict[str, str]] = {}
        for batch in table.batches():
            columns = {
                name: batch.column(f"c{position}").to_pylist()
                for position, name in enumerate(table.header)
            }
            for number, fault in enumerate(batch.column(FAULT).to_pylist()):
                text = columns[ROW_COLUMN][number]
                if fault or not text.isdecimal():
                    raise UnreadableFile(
                        f"{path.name} has a row without its number: {fault or repr(text)}",
                        expected=f"a number in {ROW_COLUMN}",
                    )
                rows[int(text)] = {name: unguarded(columns[name][number]) for name in kept}
        return rows


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs; `unguarded` gives it back."""
    return f"'{text}" if text.lstrip().startswith((*FORMULA_STARTS, "'")) else text


def unguarded(text: str) -> str:
    """A cell as it was before `guarded`."""
    if text.startswith("'") and text[1:].lstrip().startswith((*FORMULA_STARTS, "'")):
        return text[1:]
    return text


def _import(store: Store, import_id: str) -> ImportRecord:
    """The import, if rows of it can be mended."""
    for record in store.imports():
        if record.import_id == import_id:
            break
    else:
        raise NotFound(
            f"there is no import {import_id!r}",
            expected="the id of an import, such as IM-20261122-1a2b3c4d",
            remedy="see the list of imports",
        )
    if record.undone_at is not None:
        raise InvalidSetting(
            f"import {import_id} was undone",
            expected="an import that stands",
            remedy="import the whole file again",
        )
    try:
        known = "mapping" in json.loads(record.key.reading)
    except ValueError:
        known = False
    if not known:
        raise InvalidSetting(
            f"import {import_id} did not come from a table whose columns are known",
            expected="an import of a table by this version of Lamassu",
            remedy="mend the file itself and import it again",
        )
    return record


def _require(
    store: Store, record: ImportRecord, rows: Mapping[int, Cells], header: tuple[str, ...]
) -> None:
    """Refuse rows that are not waiting and cells of no column."""
    if not rows:
        raise BadInput("no mended row was given", expected="at least one row")
    known = {row.row.row_number for row in waiting(store, record.import_id)}
    if strange := sorted(set(rows) - known):
        raise NotFound(
            f"row {strange[0]} of import {record.import_id} is not waiting to be mended",
            expected=f"one of the rows {', '.join(map(str, sorted(known)[:10])) or '(none waits)'}",
        )
    for cells in rows.values():
        if strange_names := [name for name in cells if name not in header]:
            raise BadInput(
                f"the table has no column {strange_names[0]!r}",
                expected=f"one of {', '.join(header)}",
                remedy="leave the names of the columns as they are",
            )


def _as_table(rows: Mapping[int, Cells], header: tuple[str, ...], folder: Path) -> RawTable:
    """Mended rows as a raw table."""
    numbers = sorted(rows)
    columns: dict[str, list[object]] = {
        ROW: list(numbers),
        TEXT: [json.dumps(dict(rows[number]), ensure_ascii=False) for number in numbers],
        FAULT: [""] * len(numbers),
    }
    for position, name in enumerate(header):
        columns[f"c{position}"] = [rows[number].get(name, "") for number in numbers]
    schema = batch_schema(len(header), places=False)
    file = folder / "mended.arrow"
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))
    return RawTable(name="", header=header, rows=len(numbers), batches_file=file)

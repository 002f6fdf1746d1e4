"""Raw tables made in code, as a reader of a file would give them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from geo.sources.readers.raw import FAULT, PLACE, ROW, TEXT, RawTable, batch_schema


def raw_table(
    folder: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    faults: dict[int, str] | None = None,
    shapes: Sequence[bytes | None] | None = None,
    batch: int = 20_000,
    name: str = "",
) -> RawTable:
    """A table with these cells; `faults` by position of the row, `shapes` as WKB."""
    schema = batch_schema(len(header), places=shapes is not None)
    file = folder / f"raw-{len(list(folder.iterdir()))}.arrow"
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            columns = {
                ROW: list(range(start + 2, start + 2 + len(part))),
                TEXT: [",".join(row) for row in part],
                FAULT: [(faults or {}).get(start + at, "") for at in range(len(part))],
            }
            columns |= {f"c{at}": [row[at] for row in part] for at in range(len(header))}
            if shapes is not None:
                columns[PLACE] = list(shapes[start : start + batch])
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return RawTable(
        name=name, header=tuple(header), rows=len(rows), batches_file=file,
        places=shapes is not None,
    )  # fmt: skip

"""What comes in: files are opened and understood first, then kept, and no row disappears."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from geo.errors import BadInput, LamassuError
from geo.model import ImportReport
from geo.pipeline.intake.corrections import correct
from geo.pipeline.intake.files import (
    ROAD_SUFFIXES,
    AnyFileReading,
    FileReading,
    add_file,
    read_road_file,
    read_scene,
    read_scenes,
    read_terrain_file,
    road_suffix,
)
from geo.pipeline.intake.findings import Watcher, certain_places, open_gazetteer, preview
from geo.pipeline.intake.options import ImportOptions, defaults_of
from geo.pipeline.intake.tables import (
    TableOrder,
    add_table,
    chosen_tables,
    guessed,
    keep_mapping,
    order_of,
    read_mapping,
)
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.sources.readers.formats import open_raw
from geo.store import Store

__all__ = [
    "ROAD_SUFFIXES",
    "FileReading",
    "ImportOptions",
    "TableOrder",
    "add_file",
    "add_table",
    "chosen_tables",
    "correct",
    "guessed",
    "import_files",
    "keep_mapping",
    "order_of",
    "read_mapping",
    "read_road_file",
    "read_scene",
    "read_scenes",
    "read_terrain_file",
    "road_suffix",
    "understood",
]

LINK_COLUMNS = frozenset({"from_node", "to_node", "mode"})
"""Columns that tell our own links of roads from the courses of roads."""


def import_files(
    store: Store,
    settings: Settings,
    kind: str,
    paths: Sequence[Path],
    *,
    options: ImportOptions,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> list[ImportReport]:
    """Take files of one kind in, each table in one transaction; a report a table, in their order.

    Every file is opened and its columns are understood before any is kept, so that one unreadable
    file leaves the store unchanged.

    Raises
    ------
    BadInput
        If a file cannot be read or its columns cannot be understood; nothing was kept.
    """
    defaults_of(options)  # what no row may hold is refused before a file is touched
    with ExitStack() as opened:
        orders: list[tuple[TableOrder, tuple[str, ...]] | AnyFileReading] = []
        for number, path in enumerate(paths):
            progress(0.5 * number / len(paths), f"reading {path.name}")
            orders += _orders(store, path, kind, options=options, opened=opened, now=now)
        reports = []
        for number, order in enumerate(orders):
            done = 0.5 + 0.5 * number / len(orders)
            if isinstance(order, FileReading):
                progress(done, f"keeping {order.file.name}")
                reports.append(add_file(store, settings, order, now=now, dry_run=dry_run))
                continue
            table, remarks = order
            name = table.raw.file_name
            progress(done, f"keeping {name}")
            watcher = Watcher(kind)
            reports.append(
                add_table(
                    store,
                    table,
                    settings=settings,
                    now=now,
                    dry_run=dry_run,
                    watch=watcher,
                    found=watcher.remarks,
                    progress=partial(_tell_rows, progress, done, name),
                    remarks=remarks,
                )
            )
            if options.keep_mapping and not dry_run:
                keep_mapping(store, table, partner=options.partner, now=now)
    return reports


def _tell_rows(progress: Progress, done: float, name: str, rows: int) -> None:
    """Tell how far a table has come."""
    progress(done, f"keeping {name}, row {rows:,}")


def understood(
    store: Store, kind: str, paths: Sequence[Path], *, options: ImportOptions
) -> list[TableOrder]:
    """The tables of files with what their columns are taken to mean; their rows cannot be read.

    Raises
    ------
    BadInput
        If a file cannot be read.
    """
    orders = []
    for path in paths:
        with open_raw(path, limits=options.limits) as raw:
            tables, _ = chosen_tables(raw, name=options.table)
            orders += [order_of(store, raw, table, kind, options=options) for table in tables]
    return orders


def _orders(
    store: Store,
    path: Path,
    kind: str,
    *,
    options: ImportOptions,
    opened: ExitStack,
    now: datetime,
) -> list[tuple[TableOrder, tuple[str, ...]] | AnyFileReading]:
    """What is to be kept of one file, which stays open as long as `opened`."""
    if kind == "scenes":
        return list(opened.enter_context(read_scenes(path, options=options)))
    if kind == "terrain":
        return [read_terrain_file(path, options=options)]
    if kind == "roads" and path.suffix.lower() in ROAD_SUFFIXES:
        try:
            return [read_road_file(path, options=options)]
        except BadInput:
            if not _holds_links(path, options=options):
                raise
    return list(_table_orders(store, path, kind, options=options, opened=opened, now=now))


def _holds_links(path: Path, *, options: ImportOptions) -> bool:
    """Whether a file in which no roads were found is an export of our own links of roads."""
    if path.suffix.lower() not in {".gpkg", ".geojson", ".json"}:
        return False
    try:
        with open_raw(path, limits=options.limits) as raw:
            tables, _ = chosen_tables(raw, name=options.table)
            return all(set(table.header) >= LINK_COLUMNS for table in tables)
    except LamassuError:
        return False  # what the reader of roads said tells more


def _table_orders(
    store: Store,
    path: Path,
    kind: str,
    *,
    options: ImportOptions,
    opened: ExitStack,
    now: datetime,
) -> Iterator[tuple[TableOrder, tuple[str, ...]]]:
    """The tables of a file that are meant, with their columns understood."""
    raw = opened.enter_context(open_raw(path, limits=options.limits))
    tables, aside = chosen_tables(raw, name=options.table)
    for table in tables:
        order = order_of(store, raw, table, kind, options=options)
        if options.place_by_name:
            found = preview(store, order, gazetteer=lambda: open_gazetteer(store), now=now)
            placed = certain_places(found.unplaced, author=options.author)
            order = dataclasses.replace(order, placed=placed)
        yield order, aside

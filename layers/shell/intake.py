"""Bringing in and putting right: import, quarantine, mend, undo, correct."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from geo.errors import InvalidSetting
from geo.model import ImportReport, Tlp
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    author,
    marking_of,
    moment_of,
    opened_store,
    progress_bar,
    settings_of,
    site_named,
    write_json,
)

commands = typer.Typer()

SHOWN_ROWS = 50
"""Rows kept aside that are written to a terminal; a file holds them all."""


class Kind(StrEnum):
    """What can be imported."""

    SITES = "sites"
    POSTS = "posts"
    SEIZURES = "seizures"
    EVENTS = "events"
    ROADS = "roads"
    SCENES = "scenes"
    TERRAIN = "terrain"
    OBJECTS = "objects"
    CUSTODY = "custody"
    STOLEN = "stolen"
    LINKS = "links"
    ASSESSMENTS = "assessments"


@commands.command(name="import")
def import_(
    kind: Annotated[Kind, typer.Argument(help="What the files hold.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Tables (CSV, XLSX, GeoJSON, KML, KMZ, GeoPackage, zipped Shapefile, FlatGeobuf), "
            "rasters (GeoTIFF, netCDF), or roads (.osm.pbf and others).",
        ),
    ],
    partner: Annotated[
        str, typer.Option(help="From whom; what is kept of that partner's columns is used.")
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option(help="What the columns mean, YAML; guessed otherwise.")
    ] = None,
    keep_mapping: Annotated[
        bool, typer.Option("--keep-mapping", help="Remember the columns for --partner.")
    ] = False,
    show_mapping: Annotated[
        bool, typer.Option("--show-mapping", help="Write the mapping as YAML, keep nothing.")
    ] = False,
    table: Annotated[str, typer.Option(help="Sheet or layer; all that are shown otherwise.")] = "",
    place_by_name: Annotated[
        bool,
        typer.Option(
            "--place-by-name",
            help="Confirm gazetteer places whose very name is known once in its country.",
        ),
    ] = False,
    source: Annotated[str, typer.Option(help="Source in words, for rows that name none.")] = "",
    grade: Annotated[str, typer.Option(help="Admiralty grade, such as B2.")] = "F6",
    marking: Annotated[str, typer.Option(help="TLP marking of unmarked rows.")] = Tlp.AMBER.value,
    licence: Annotated[str, typer.Option(help="Licence or terms of the rows.")] = "",
    dataset: Annotated[str, typer.Option(help="Dataset that the ids belong to.")] = "local",
    taken_on: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="Day of a scene that tells none.")
    ] = "",
    sensor: Annotated[str, typer.Option(help="Sensor of a scene that tells none.")] = "",
    site: Annotated[str, typer.Option(help="Site that a scene lies over.")] = "",
    simulated: Annotated[bool, typer.Option("--simulated", help="The data are invented.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, but keep nothing.")] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take files in: read = accepted + quarantined + duplicate, and no row disappears."""
    from geo.pipeline import intake  # noqa: PLC0415 - quick --help

    options = intake.ImportOptions(
        dataset_id=dataset,
        source=source,
        grade=grade,
        marking=marking_of(marking),
        licence=licence,
        simulated=simulated,
        author=author(),
        acquired_at=moment_of(taken_on),
        sensor=sensor,
        partner=partner,
        mapping=intake.read_mapping(mapping) if mapping else None,
        table=table,
        place_by_name=place_by_name,
        keep_mapping=keep_mapping,
    )
    settings = settings_of(store)
    now = datetime.now(UTC)
    with opened_store(settings, as_json=as_json) as opened:
        if show_mapping:
            for order in intake.understood(opened, kind.value, files, options=options):
                typer.echo(order.mapping.to_yaml(), nl=False)
            return
        if site:
            options = dataclasses.replace(options, site_id=str(site_named(opened, site)["id"]))
        with progress_bar("reading", as_json=as_json) as progress:
            reports = intake.import_files(
                opened,
                settings,
                kind.value,
                files,
                options=options,
                now=now,
                dry_run=dry_run,
                progress=progress,
            )
    if as_json:
        write_json({"dry_run": dry_run, "files": [dataclasses.asdict(one) for one in reports]})
    else:
        for report in reports:
            _say_report(report, dry_run=dry_run)
    if any(report.quarantined for report in reports):
        raise typer.Exit(FOUND_WRONG)


@commands.command()
def quarantine(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the waiting rows as CSV, to be mended.")
    ] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the rows that an import kept aside and that wait to be mended."""
    from geo.pipeline.intake import mending  # noqa: PLC0415
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415 - quick --help

    require_outputs((out,))
    with opened_store(settings_of(store), as_json=as_json) as opened:
        rows = mending.waiting(opened, import_id)
    if out:
        mending.write_waiting(rows, out)
    if as_json:
        write_json([dataclasses.asdict(one.row) for one in rows])
        return
    typer.echo(f"{len(rows):,} rows wait to be mended")
    for one in rows[:SHOWN_ROWS]:
        row = one.row
        typer.echo(f"  row {row.row_number}: {row.what}; expected {row.expected}; {row.remedy}")
    if len(rows) > SHOWN_ROWS:
        typer.echo(f"  and {len(rows) - SHOWN_ROWS:,} more")
    if out:
        typer.echo(f"  wrote {out}")


@commands.command()
def mend(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id.")],
    file: Annotated[Path, typer.Argument(help="The CSV that 'quarantine' wrote, mended.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, but keep nothing.")] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take mended rows in, read as their file was; what is still wrong is kept aside again."""
    from geo.pipeline.intake import mending  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    with opened_store(settings, as_json=as_json) as opened:
        report = mending.mend(
            opened,
            import_id,
            mending.read_mended(file),
            settings=settings,
            author=author(),
            now=datetime.now(UTC),
            dry_run=dry_run,
        )
    if as_json:
        write_json(dataclasses.asdict(report))
    else:
        _say_report(report, dry_run=dry_run)
    if report.quarantined:
        raise typer.Exit(FOUND_WRONG)


@commands.command()
def undo(
    import_id: Annotated[
        str, typer.Argument(help="The import's id, such as IM-20261122-1a2b3c4d.")
    ],
    with_corrections: Annotated[
        bool, typer.Option("--with-corrections", help="Withdraw corrections of its rows too.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Withdraw an import as a whole; its rows stay in the history."""
    with opened_store(settings_of(store), as_json=as_json) as opened:
        report = opened.undo(
            import_id, author=author(), now=datetime.now(UTC), with_corrections=with_corrections
        )
    if as_json:
        write_json(dataclasses.asdict(report))
    else:
        typer.echo(
            f"{report.import_id} undone: {report.withdrawn} versions withdrawn, {report.restored} "
            f"earlier ones current again, {report.kept} kept from other imports"
        )


@commands.command()
def correct(
    kind: Annotated[Kind, typer.Argument(help="Kind of record.")],
    record_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the record.")],
    changes: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", help="New value; repeat for more.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept with the correction.")],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Correct a record; the version before stays in its history with author and reason."""
    from geo.pipeline import intake  # noqa: PLC0415 - quick --help

    with opened_store(settings_of(store), as_json=as_json) as opened:
        version = intake.correct(
            opened,
            kind.value,
            record_id,
            dict(_assignment(text) for text in changes),
            author=author(),
            reason=reason,
            now=datetime.now(UTC),
        )
    if as_json:
        write_json(
            {"kind": kind.value, "id": record_id, "version": int(version["version"].iloc[0])}
        )
    else:
        typer.echo(f"{record_id} is now version {version['version'].iloc[0]}")


def _say_report(report: ImportReport, *, dry_run: bool) -> None:
    """One file's report for a person: the law of conservation, then each quarantined row."""
    kept = "dry run, nothing kept" if dry_run else f"import {report.import_id}"
    typer.echo(f"{report.file_name}: {report}  ({kept})")
    for note in report.notes:
        typer.echo(f"  note: {note}")
    for row in report.rows[:SHOWN_ROWS]:
        typer.echo(f"  row {row.row_number}: {row.what}; expected {row.expected}; {row.remedy}")
    if report.quarantined > SHOWN_ROWS and not dry_run:
        typer.echo(f"  and {report.quarantined - SHOWN_ROWS:,} more: 'quarantine "
                   f"{report.import_id} --out rows.csv' writes them all")  # fmt: skip


def _assignment(text: str) -> tuple[str, str]:
    """Field and value of ``FIELD=VALUE``."""
    field, sign, value = text.partition("=")
    if not sign or not field.strip():
        raise InvalidSetting(f"--set {text}", expected="FIELD=VALUE, such as country=Iraq")
    return field.strip(), value

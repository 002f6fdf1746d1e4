"""What leaves the house, and proof of it: export, brief, verify."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from geo.columns import RECORDS
from geo.errors import BadInput, InvalidSetting
from geo.model import Audience
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    opened_store,
    progress_bar,
    settings_of,
    write_json,
)

commands = typer.Typer()

Table = StrEnum("Table", {kind.upper(): kind for kind in RECORDS})  # type: ignore[misc] # the kinds are declared once
"""What can be exported."""


@commands.command()
def verify(
    subject: Annotated[str, typer.Argument(help="Kept routes, such as RT-0123456789.")],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make kept routes again from their provenance and compare."""
    from geo.pipeline import routes as pipeline  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
        differences = pipeline.remade(opened, settings, subject, progress=progress)
    if as_json:
        write_json({"id": subject, "same": not differences, "differences": differences})
    elif differences:
        typer.echo(f"{subject} cannot be made again as it was:")
        for difference in differences:
            typer.echo(f"  {difference}")
    else:
        typer.echo(f"{subject} made again: the same")
    if differences:
        raise typer.Exit(FOUND_WRONG)


@commands.command()
def brief(
    subject: Annotated[
        str, typer.Argument(help="Site (id or name), detection, routes (RT-...) or 'region'.")
    ],
    out: Annotated[Path, typer.Option(help="File to write: .pdf or .png.")],
    audience: Annotated[Audience, typer.Option(help="For whom the page is.")] = Audience.PUBLIC,
    real_only: Annotated[
        bool, typer.Option("--real-only", help="Leave simulated data out.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print a page of a site or the region: marked, sourced, generalised for its audience."""
    from geo.pipeline import page  # noqa: PLC0415 - quick --help
    from geo.pipeline.change import require_outputs  # noqa: PLC0415
    from geo.query import Query  # noqa: PLC0415
    from layers.briefing import save  # noqa: PLC0415

    file_format = out.suffix.lower().removeprefix(".")
    if file_format not in {"pdf", "png"}:
        raise InvalidSetting(f"--out {out}", expected="a name that ends in .pdf or .png")
    require_outputs((out,))
    with (
        opened_store(settings_of(store), as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
        progress(0.1, "gathering")
        snapshot = page.snapshot_of(
            opened,
            subject,
            audience=audience,
            query=Query(include_simulated=not real_only),
            now=datetime.now(UTC),
        )
        progress(0.3, "drawing")
        content = save(snapshot, file_format)
        try:
            out.write_bytes(content)
        except OSError as err:
            raise BadInput(f"{out} cannot be written ({err.strerror})") from err
        page.keep(opened, snapshot, content)
    if as_json:
        write_json({"id": snapshot.page_id, "marking": snapshot.marking.value, "file": str(out)})
    else:
        typer.echo(f"{snapshot.page_id}  {snapshot.marking.value}  {out}")


@commands.command()
def export(
    table: Annotated[Table, typer.Argument(help="Kind of records.")],
    out: Annotated[
        Path,
        typer.Option(
            help="File: .gpkg, .geojson, .kml, .csv, .xlsx; also .cites.csv for seizures and "
            ".arches.csv for sites."
        ),
    ],
    audience: Annotated[Audience, typer.Option(help="For whom.")] = Audience.PUBLIC,
    real_only: Annotated[
        bool, typer.Option("--real-only", help="Leave simulated data out.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write records as an audience may have them; for the office, a file loses nothing."""
    from geo.pipeline import export as pipeline  # noqa: PLC0415 - quick --help
    from geo.pipeline.change import require_outputs  # noqa: PLC0415
    from geo.query import Query  # noqa: PLC0415

    pipeline.ending_of(out)
    require_outputs((out,))
    with opened_store(settings_of(store), as_json=as_json) as opened:
        report = pipeline.export(
            opened,
            table.value,
            out,
            audience=audience,
            query=Query(include_simulated=not real_only),
            now=datetime.now(UTC),
        )
    if as_json:
        write_json(dataclasses.asdict(report))
        return
    typer.echo(
        f"{report.records:,} {report.kind} for {report.audience.value}  [{report.marking.value}]"
        f"  {report.generalised:,} with coarser places, {report.simulated:,} simulated"
    )
    for note in report.notes:
        typer.echo(f"  {note}")
    for file in report.files:
        typer.echo(f"  wrote {out.parent / file.name}")

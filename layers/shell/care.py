"""Care of the store: init, backup, restore, copy, upgrade."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from geo.columns import RECORDS
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


@commands.command()
def init(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Make the store with the embedded facts and the simulated scenes; twice changes nothing."""
    settings = settings_of(store)
    with opened_store(settings, as_json=as_json) as opened:
        counts = {kind: len(opened.read(kind)) for kind in RECORDS}
        if as_json:
            write_json({"store": opened.url, "records": counts})
        else:
            typer.echo(f"store {opened.url}")
            typer.echo(", ".join(f"{count} {kind}" for kind, count in counts.items() if count))


@commands.command()
def backup(
    file: Annotated[
        Path, typer.Argument(help="New file; .zip also holds scenes, photographs and other files.")
    ],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Copy the store as of now into one file, whatever database it is in."""
    from geo.pipeline import care  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
        report = care.backup(opened, settings, file, progress=progress)
    if as_json:
        write_json(dataclasses.asdict(report))
    else:
        typer.echo(f"wrote {report.file}: {report}")


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What 'backup' wrote.")],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back as the store, which must be new or empty."""
    from geo.pipeline import care  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    with progress_bar("restoring", as_json=as_json) as progress:
        report = care.restore(settings, file, progress=progress)
    if as_json:
        write_json(dataclasses.asdict(report))
    else:
        typer.echo(f"restored {report}")


@commands.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="STORE", help="URL of the store to copy.")],
    target: Annotated[str, typer.Argument(metavar="STORE", help="URL of a new or empty store.")],
    as_json: JsonOption = False,
) -> None:
    """Copy a store with its history into another, from a laptop to a team's PostGIS or back."""
    from geo.pipeline import care  # noqa: PLC0415 - quick --help

    with progress_bar("copying", as_json=as_json) as progress:
        counts = care.copy(source, target, progress=progress)
    if as_json:
        write_json(dataclasses.asdict(counts))
    else:
        typer.echo(f"copied {counts}")


@commands.command()
def upgrade(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Bring the store up to this version of Lamassu (a backup is taken first) and check it."""
    with opened_store(settings_of(store), as_json=as_json) as opened:
        faults = opened.integrity()
    if as_json:
        write_json({"store": opened.url, "faults": list(faults)})
    else:
        typer.echo("\n".join(faults) if faults else f"{opened.url} is up to date and sound")
    if faults:
        raise typer.Exit(FOUND_WRONG)

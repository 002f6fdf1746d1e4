"""Cases of seizures: case, link, photograph, pictures."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.model import Audience, LinkType, Tlp
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    author,
    json_rows,
    marking_of,
    opened_store,
    progress_bar,
    settings_of,
    write_json,
)

commands = typer.Typer()


@commands.command(name="case")
def show_case(
    seizure: Annotated[str, typer.Argument(help="Id of any of its seizures or returns.")],
    dataset: Annotated[str, typer.Option(help="Dataset, where several have the id.")] = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Tell a case: its events, objects, custody, and what it may be linked to; for the office."""
    from geo.pipeline import cases  # noqa: PLC0415 - quick --help
    from geo.pipeline.shown import records  # noqa: PLC0415

    with opened_store(settings_of(store), as_json=as_json) as opened:
        name = _seizure(opened, seizure, dataset)
        frames = {kind: records(opened, kind, Audience.INTERNAL) for kind in cases.KINDS}
    found = cases.case_of(frames, name)
    alike = cases.proposals(frames, found)
    matches = cases.stolen_matches(frames, found)
    if as_json:
        parts = {
            "events": found.events, "objects": found.objects, "custody": found.custody,
            "photographs": found.photographs, "links": found.links, "proposals": alike,
            "stolen": matches,
        }  # fmt: skip
        write_json({"key": found.key} | {part: json_rows(frame) for part, frame in parts.items()})
        return
    for _, event in found.events.iterrows():
        day = event["date_text"] or "undated"
        typer.echo(f"{event['id']}  {event['event_type']}  {day}  {event['place']}, "
                   f"{event['country']}  [{event['marking']}]")  # fmt: skip
    for _, piece in found.objects.iterrows():
        typer.echo(f"  object {piece['id']}: {piece['object_type']} {piece['title']}".rstrip())
    for _, step in found.custody.iterrows():
        typer.echo(f"  custody {step['id']}: {step['event_type']} {step['to_party']}".rstrip())
    for holder in found.holders:
        what = holder.object_id or "its objects"
        typer.echo(f"  {what}: {holder.state} with {holder.party or 'nobody named'}")
        for gap in holder.gaps:
            typer.echo(f"    {gap}")
    for _, one in alike.iterrows():
        typer.echo(f"  may be the same as {one['id']} ({one['score']:.0%}): {one['why']}")
    for _, one in matches.iterrows():
        entry = frames["stolen"].iloc[one["stolen"]]
        typer.echo(f"  may be the stolen {entry['id']} ({one['score']:.0%}): {one['why']}")


@commands.command()
def link(
    first: Annotated[str, typer.Argument(help="Id of the later or lesser record.")],
    second: Annotated[str, typer.Argument(help="Id of the record that it belongs to.")],
    relation: Annotated[LinkType, typer.Option("--as", help="How they belong together.")],
    why: Annotated[str, typer.Option(help="Grounds; they are kept with the link.")],
    dataset: Annotated[str, typer.Option(help="Dataset, where several have an id.")] = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Link two records of seizures, or tell them apart; counts follow, nothing is merged."""
    from geo.pipeline.cases import keeping  # noqa: PLC0415 - quick --help

    with opened_store(settings_of(store), as_json=as_json) as opened:
        kept = keeping.link(
            opened,
            _seizure(opened, first, dataset),
            _seizure(opened, second, dataset),
            relation,
            author=author(),
            grounds=why,
            now=datetime.now(UTC),
        )
    if as_json:
        write_json({"id": kept.id, "relation": kept.relation.value})
    else:
        typer.echo(f"{kept.id}: {first} {kept.relation.value} {second}")


@commands.command()
def photograph(
    seizure: Annotated[str, typer.Argument(help="Id of the seizure.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JPEG, PNG, TIFF, WebP.")],
    piece: Annotated[str, typer.Option("--object", help="Id of the object that it shows.")] = "",
    caption: Annotated[str, typer.Option(help="What it shows.")] = "",
    source: Annotated[str, typer.Option(help="Who took it or sent it.")] = "",
    marking: Annotated[str, typer.Option(help="TLP marking.")] = Tlp.AMBER.value,
    dataset: Annotated[str, typer.Option(help="Dataset, where several have the id.")] = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Keep photographs of seized objects: the original untouched, a picture drawn anew to show."""
    from geo.pipeline.cases import keeping  # noqa: PLC0415 - quick --help
    from geo.sources.confined.limits import COMMAND_LINE  # noqa: PLC0415

    settings = settings_of(store)
    told = []
    with opened_store(settings, as_json=as_json) as opened:
        name = _seizure(opened, seizure, dataset)
        for file in files:
            kept, notes = keeping.add_photograph(
                opened,
                settings,
                file,
                seizure=name,
                object_id=piece,
                caption=caption,
                source=source,
                marking=marking_of(marking),
                author=author(),
                now=datetime.now(UTC),
                limits=COMMAND_LINE,
            )
            told.append({"id": kept.id, "sha256": kept.sha256, "notes": notes})
            if not as_json:
                typer.echo(f"{kept.id}  {file.name}  SHA-256 {kept.sha256}")
                for note in notes:
                    typer.echo(f"  note: {note}")
    if as_json:
        write_json(told)


@commands.command()
def pictures(
    folder: Annotated[
        Path, typer.Argument(help="Pictures named by the id or the register's number of an entry.")
    ],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Note what the objects of an imported list of stolen objects look like."""
    from geo.pipeline.cases import stolen_pictures  # noqa: PLC0415 - quick --help

    with (
        opened_store(settings_of(store), as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
        report = stolen_pictures.take_pictures(
            opened, folder, author=author(), now=datetime.now(UTC), progress=progress
        )
    if as_json:
        write_json(dataclasses.asdict(report))
    else:
        typer.echo(
            f"read {report.read} = taken {report.taken} + known {report.known} + unmatched "
            f"{len(report.unmatched)} + refused {len(report.refused)}"
        )
        for name in report.unmatched:
            typer.echo(f"  {name}: no entry, or more than one, goes by this name")
        for _, why in report.refused:
            typer.echo(f"  {why}")
    if report.unmatched or report.refused:
        raise typer.Exit(FOUND_WRONG)


def _seizure(opened: Any, record_id: str, dataset: str) -> tuple[str, str]:  # noqa: ANN401 - a store
    """Dataset and id of the seizure that is meant."""
    row = opened.get("seizures", record_id, dataset_id=dataset or None).iloc[0]
    return str(row["dataset_id"]), str(row["id"])

"""What leaves the house, and proof of it: export, brief, verify, keys."""

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
    author,
    opened_store,
    progress_bar,
    settings_of,
    write_json,
)

commands = typer.Typer()

Table = StrEnum("Table", {kind.upper(): kind for kind in RECORDS})  # type: ignore[misc] # the kinds are declared once
"""What can be exported."""


keys = typer.Typer(help="The keys that exports and pages are signed with.")
commands.add_typer(keys, name="keys")


@commands.command()
def verify(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ID",
            help="A bundle, a file with its .evidence.json, or what is kept: routes (RT-...), "
            "flags or one alert (CH-..., SE-..., SR-..., SA-...), an import (IM-...), a page "
            "(LMS-...).",
        ),
    ],
    key: Annotated[
        Path | None, typer.Option(help="Public key of the office that signed, PEM.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="File that is said to be the page LMS-....")
    ] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Check a signed file, make routes or flags again, or hold an import against its original."""
    from geo.pipeline.evidence import verifying  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    if verifying.is_kept(subject):
        with (
            opened_store(settings, as_json=as_json) as opened,
            progress_bar("", as_json=as_json) as progress,
        ):
            found = verifying.verify_kept(opened, settings, subject, file=file, progress=progress)
    else:
        found = verifying.verify_file(Path(subject), settings, key=key)
    if as_json:
        write_json({"id": found.subject, "same": found.same, **dataclasses.asdict(found)})
    else:
        typer.echo(f"{found.subject}: {'the same' if found.same else 'NOT as it was'}")
        for line in (*found.differences, *found.told):
            typer.echo(f"  {line}")
    if not found.same:
        raise typer.Exit(FOUND_WRONG)


@keys.command()
def show(
    out: Annotated[
        Path | None, typer.Option(help="Write the public key, PEM, to give to partners.")
    ] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the public key that this installation signs with, and those that it had before."""
    from geo.evidence.signing import key_id, public_pem  # noqa: PLC0415 - quick --help
    from geo.pipeline.evidence import keys as kept  # noqa: PLC0415
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415

    require_outputs((out,))
    settings = settings_of(store)
    public = kept.signing_key(settings).public_key()
    own, pem = key_id(public), public_pem(public)
    earlier = sorted(kept.public_keys(settings).keys() - {own})
    if out:
        try:
            out.write_bytes(pem)
        except OSError as err:
            raise BadInput(f"{out} cannot be written ({err.strerror})") from err
    exposed = kept.read_by_others(settings)
    if as_json:
        write_json({"id": own, "pem": pem.decode(), "earlier": earlier, "exposed": exposed})
        return
    typer.echo(f"key {own}\n{pem.decode().rstrip()}")
    for name in earlier:
        typer.echo(f"earlier key {name}")
    if exposed:
        typer.echo("  other accounts of this machine can read the private key: it proves little")
    if out:
        typer.echo(f"  wrote {out}")


@keys.command()
def rotate(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Sign with a new key from now on; what earlier keys signed can still be checked."""
    from geo.audit import AuditEvent  # noqa: PLC0415 - quick --help
    from geo.pipeline.evidence import keys as kept  # noqa: PLC0415

    settings = settings_of(store)
    with opened_store(settings, as_json=as_json) as opened:
        old, new = kept.rotate(settings)
        event = AuditEvent(actor=author(), action="rotate key", subject=new, detail={"old": old})
        opened.note(event, now=datetime.now(UTC))
    if as_json:
        write_json({"old": old, "new": new})
    else:
        typer.echo(f"signed so far with {old}\nfrom now on with  {new}")
        typer.echo("  give the new public key to partners: 'keys show --out office.pem'")


@commands.command()
def brief(
    subject: Annotated[
        str, typer.Argument(help="Site (id or name), detection, routes (RT-...) or 'region'.")
    ],
    out: Annotated[
        Path, typer.Option(help="File to write: .pdf or .png; .pdf.zip makes a signed bundle.")
    ],
    audience: Annotated[Audience, typer.Option(help="For whom the page is.")] = Audience.PUBLIC,
    real_only: Annotated[
        bool, typer.Option("--real-only", help="Leave simulated data out.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print a page of a site or the region: marked, sourced, generalised for its audience.

    Beside the file lies its proof, .evidence.json, for 'verify'.
    """
    from geo.evidence.verify import sidecar_of  # noqa: PLC0415 - quick --help
    from geo.pipeline import page  # noqa: PLC0415
    from geo.pipeline.evidence import page_file  # noqa: PLC0415
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415
    from geo.query import Query  # noqa: PLC0415
    from layers.briefing import save  # noqa: PLC0415

    named = out.with_suffix("") if out.suffix.lower() == ".zip" else out
    file_format = named.suffix.lower().removeprefix(".")
    if file_format not in {"pdf", "png"}:
        raise InvalidSetting(f"--out {out}", expected="a name that ends in .pdf or .png")
    require_outputs((out, sidecar_of(out)))
    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
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
        now = datetime.now(UTC)
        page_file(opened, settings, snapshot, out, content, author=author(), now=now)
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
            ".arches.csv for sites, .eamena.csv for assessments; .gpkg.zip and so on make a signed "
            "bundle."
        ),
    ],
    audience: Annotated[Audience, typer.Option(help="For whom.")] = Audience.PUBLIC,
    real_only: Annotated[
        bool, typer.Option("--real-only", help="Leave simulated data out.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write records as an audience may have them; for the office, a file loses nothing.

    Beside the file lies its proof, .evidence.json, for 'verify'.
    """
    from geo.evidence.verify import sidecar_of  # noqa: PLC0415 - quick --help
    from geo.pipeline import export as pipeline  # noqa: PLC0415
    from geo.pipeline.evidence import export_file  # noqa: PLC0415
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415
    from geo.query import Query  # noqa: PLC0415

    bundled = out.suffix.lower() == ".zip"
    pipeline.ending_of(out.with_suffix("") if bundled else out)
    require_outputs((out, sidecar_of(out)))
    settings = settings_of(store)
    with opened_store(settings, as_json=as_json) as opened:
        report = export_file(
            opened,
            settings,
            table.value,
            out,
            audience=audience,
            query=Query(include_simulated=not real_only),
            author=author(),
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
    written = [out] if bundled else [out.parent / file.name for file in report.files]
    for path in (*written, *([] if bundled else [sidecar_of(out)])):
        typer.echo(f"  wrote {path}")

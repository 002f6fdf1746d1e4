"""Radar around a site: sar."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.errors import InvalidSetting
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    author,
    moment_of,
    opened_store,
    progress_bar,
    settings_of,
    site_named,
    write_json,
)

commands = typer.Typer()


@commands.command()
def sar(
    site: Annotated[str, typer.Option(help="Site to look at (id or name).")],
    event: Annotated[str, typer.Option(help="Day of the event, such as 2015-03-07.")],
    until: Annotated[str, typer.Option(help="Last day on which it may have been.")] = "",
    scenes: Annotated[
        Path | None, typer.Option(help="Folder of radar GeoTIFFs; else the store's scenes.")
    ] = None,
    score: Annotated[Path | None, typer.Option(help="Write the score, GeoTIFF float32.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Write the mask, GeoTIFF uint8.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the flags, GeoPackage.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the flags as alerts.")] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find what changed at a known event by radar: the year before against two months after."""
    from geo.pipeline import sar as radar  # noqa: PLC0415 - quick --help
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415

    first, last = moment_of(event, option="--event"), moment_of(until, option="--until")
    if first is None:
        raise InvalidSetting("--event is empty", expected="a day such as 2015-03-07")
    require_outputs((score, mask, out))
    settings = settings_of(store)
    now = datetime.now(UTC)
    with opened_store(settings, as_json=as_json) as opened:
        place = site_named(opened, site)
        with progress_bar("comparing", as_json=as_json) as progress:
            study = radar.study_radar(
                opened,
                settings,
                site_id=str(place["id"]),
                event_from=first.date(),
                event_to=last.date() if last else None,
                scenes=scenes,
                now=now,
                progress=progress,
            )
            used = [path for picture in study.pictures for path in picture.paths]
            require_outputs((score, mask, out), inputs=used)
            radar.write_study(study, score=score, mask=mask, out=out)
        kept = (
            radar.keep_radar(opened, study, settings=settings, author=author(), now=now)
            if keep
            else None
        )
    summary = radar.summary(study)
    if as_json:
        write_json({**summary, "kept": None if kept is None else kept.accepted})
    else:
        _tell(summary, kept=keep, written=[path for path in (score, mask, out) if path])
    if study.skipped:
        raise typer.Exit(FOUND_WRONG)


def _tell(summary: dict[str, Any], *, kept: bool, written: list[Path]) -> None:
    """The result in words."""
    words = "SIMULATED pictures: " if summary["simulated"] else ""
    typer.echo(
        f"{words}{len(summary['flags'])} flagged areas, {summary['flagged_ha']:g} ha, by "
        f"{summary['pictures']} radar pictures  [{summary['marking']}]"
    )
    nothing = summary["findings"]["nothing_flagged_because"]
    if nothing:
        typer.echo(f"  Nothing was flagged: {nothing}.")
    placebos = summary["findings"]["placebos"]
    if placebos:
        raised = sum(score > 0 for score in placebos)
        typer.echo(f"  The site's own past, asked the same {len(placebos)} times: {raised} flagged")
    else:
        typer.echo("  The site's own past is too short to be asked the same")
    for flag in summary["flags"]:
        typer.echo(
            f"  {flag['id']}  {flag['area_m2'] / 1e4:.2f} ha, {flag['change_db']:+.1f} dB, between "
            f"{flag['date_from']} and {flag['date_to']}, {flag['status']}"
        )
    for skipped in summary["skipped"]:
        typer.echo(f"  left out {skipped['name']}: {skipped['reason']}")
    for name in summary["findings"]["not_used"]:
        typer.echo(f"  not used {name}: its orbit has too few pictures before or after the event")
    if kept and summary["flags"]:
        typer.echo(f"  kept as {summary['id']}")
    elif kept:
        typer.echo("  no flag was kept: there is none")
    for path in written:
        typer.echo(f"  wrote {path}")

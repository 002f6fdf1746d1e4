"""Many dates around a site: series."""

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

SHOWN_SKIPPED = 10
"""Scenes left out that are named on the screen; all are in the JSON."""


@commands.command()
def series(
    site: Annotated[str, typer.Option(help="Site to watch (id or name).")],
    scenes: Annotated[
        Path | None,
        typer.Option(
            help="Folder of GeoTIFFs (a file a scene, or a file a band as Sentinel-2 and Landsat "
            "products come) and netCDF cubes, or one cube; else the store's."
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option("--from", help="First day watched; scenes before it tell what is normal."),
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Last day; later scenes are left out.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the alerts, GeoPackage.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the alerts in the store.")] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Watch a site through time: what departs from its seasons and from its surroundings."""
    from geo.pipeline import series as watching  # noqa: PLC0415 - quick --help
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415

    first, last = moment_of(since, option="--from"), moment_of(until, option="--to")
    if first and last and last < first:
        raise InvalidSetting(f"--to {until} is before --from {since}", expected="a later day")
    require_outputs((out,), inputs=(scenes,) if scenes else ())
    settings = settings_of(store)
    now = datetime.now(UTC)
    with opened_store(settings, as_json=as_json) as opened:
        place = site_named(opened, site)
        with progress_bar("watching", as_json=as_json) as progress:
            study = watching.study_series(
                opened,
                settings,
                site_id=str(place["id"]),
                scenes=scenes,
                since=first.date() if first else None,
                until=last.date() if last else None,
                now=now,
                progress=progress,
            )
            if out is not None:
                require_outputs(
                    (out,), inputs=[path for one in study.pictures for path in one.files.values()]
                )
                watching.write_study(study, out)
        kept = (
            watching.keep_series(opened, study, settings=settings, author=author(), now=now)
            if keep
            else None
        )
    summary = watching.summary(study)
    if as_json:
        write_json({**summary, "kept": None if kept is None else kept.accepted})
    else:
        _tell(summary, kept=keep, out=out)
    if study.skipped:
        raise typer.Exit(FOUND_WRONG)


def _tell(summary: dict[str, Any], *, kept: bool, out: Path | None) -> None:
    """The result in words."""
    findings = summary["findings"]
    words = "SIMULATED scenes: " if summary["simulated"] else ""
    typer.echo(
        f"{words}{len(summary['flags'])} alerts, {summary['flagged_ha']:g} ha, by "
        f"{summary['scenes']} scenes from {findings['first_scene_on']} to "
        f"{findings['last_scene_on']}  [{summary['marking']}]"
    )
    if findings["nothing_flagged_because"]:
        typer.echo(f"  Nothing was flagged: {findings['nothing_flagged_because']}.")
    if findings["cloud_mask"].startswith("none"):
        typer.echo(f"  Cloud mask: {findings['cloud_mask']}.")
    typer.echo(f"  {_placebo_words(findings)}")
    if summary["site_score"]["month"]:
        typer.echo(f"  The site as a whole changed most in {summary['site_score']['month']}.")
    for flag in summary["flags"]:
        typer.echo(
            f"  {flag['id']}  {flag['area_m2'] / 1e4:.2f} ha, {flag['status']}, "
            f"since {flag['first_on']}, {flag['persistence']} clear dates agree, last seen clearly "
            f"{flag['last_clear_on']}; {flag['placebo']}"
        )
    for one in summary["skipped"][:SHOWN_SKIPPED]:
        typer.echo(f"  left out {one['name']}: {one['reason']}")
    if len(summary["skipped"]) > SHOWN_SKIPPED:
        typer.echo(f"  and {len(summary['skipped']) - SHOWN_SKIPPED} more; --json names them all")
    if kept and summary["flags"]:
        typer.echo(f"  kept as {summary['id']}")
    elif kept:
        typer.echo("  no alert was kept: there is none")
    if out:
        typer.echo(f"  wrote {out}")


def _placebo_words(findings: dict[str, Any]) -> str:
    """What the site's own past says of the watch."""
    years, share = findings["placebo_years"], findings["placebo_share"]
    if not years:
        return "Not calibrated: no year of its past could be played again."
    if share is None:
        return "Calibrated on one year of its past, so what that realises could not be tested."
    return (
        f"{years} years of its past, each played again as if new, flag {share:.2%} of the "
        f"unchanged cells; {findings['placebo_alarms']:.0%} of them raise some alert."
    )

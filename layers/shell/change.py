"""Change between two dates: detect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.errors import InvalidSetting
from layers.shell.common import (
    JsonOption,
    StoreOption,
    opened_store,
    progress_bar,
    settings_of,
    site_named,
    write_json,
)

commands = typer.Typer()


@commands.command()
def detect(
    before: Annotated[
        list[Path], typer.Option(help="File of the earlier date; repeat for more bands.")
    ],
    after: Annotated[
        list[Path], typer.Option(help="File of the later date; repeat for more bands.")
    ],
    site: Annotated[str, typer.Option(help="Only flags around this site (id or name).")] = "",
    aoi: Annotated[Path | None, typer.Option(help="Only flags in this area (GeoJSON).")] = None,
    score: Annotated[Path | None, typer.Option(help="Write the score, GeoTIFF float32.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Write the mask, GeoTIFF uint8.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the flags, GeoPackage.")] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Four times as quick, by cells twice as wide.")
    ] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find change between two dates; score and mask lie on the grid of the first earlier file."""
    from geo.change import Parameters  # noqa: PLC0415 - quick --help
    from geo.pipeline import change  # noqa: PLC0415
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415
    from geo.sources.areas import read_area  # noqa: PLC0415

    if site and aoi:
        raise InvalidSetting("--site and --aoi were both given", expected="one of them")
    require_outputs((score, mask, out), inputs=(*before, *after))
    place = area = None
    if site:
        with opened_store(settings_of(store), as_json=as_json) as opened:
            place = site_named(opened, site)
        area = change.area_of_site(place)
    elif aoi:
        area = read_area(aoi)
    with progress_bar("detecting", as_json=as_json) as progress:
        found = change.detect_change(
            change.picture_of_files(before),
            change.picture_of_files(after),
            area_lonlat=area,
            site=place,
            parameters=Parameters(fast=fast),
            progress=progress,
        )
        change.write_detection(found, score=score, mask=mask, out=out)
    summary = change.summary(found)
    if as_json:
        write_json(summary)
        return
    words = "SIMULATED pictures: " if found.simulated else ""
    typer.echo(
        f"{words}{len(found.flags)} flagged areas, {summary['flagged_ha']:g} ha of "
        f"{summary['valid_ha']:,.0f} ha that could be compared  [{found.marking.value}]"
    )
    for reason in summary["remarks"]:
        typer.echo(f"  {reason}")
    for written in (score, mask, out):
        if written:
            typer.echo(f"  wrote {written}")

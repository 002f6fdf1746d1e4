"""Lamassu for the shell and for cron: the same verbs as in the browser. Computes nothing itself.

Every command exits with 0 when it is done, 1 when it is done but found something wrong (rows
quarantined, a check that fails), and 2 when it refused and left the store unchanged.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from geo.columns import RECORDS
from geo.errors import BadInput, InvalidSetting, LamassuError
from geo.model import Audience, ImportReport, LinkType, Tlp
from geo.settings import Settings, resolve
from geo.sources.confined.drivers import restrict_gdal

# GDAL reads this when it is loaded, which the commands do later.
os.environ.update(restrict_gdal(os.environ))

app = typer.Typer(
    name="cli.py",
    help="Lamassu: antiquities looting and smuggling routes, on this machine and without internet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DONE, FOUND_WRONG, REFUSED = 0, 1, 2

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


Table = StrEnum("Table", {kind.upper(): kind for kind in RECORDS})  # type: ignore[misc] # the kinds are declared once
"""What can be exported."""


class TravelMode(StrEnum):
    """How objects are carried, as data/modes.yaml describes it."""

    VEHICLE = "vehicle"
    OFF_ROAD = "off_road"
    FOOT = "foot"


class Roads(StrEnum):
    """Which roads a route may take."""

    AUTO = "auto"
    SURVEYED = "surveyed"
    SCHEMATIC = "schematic"


StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="URL", help="Store to use, such as sqlite:////data/l.sqlite."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document for machines.")]


@app.command()
def init(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Make the store with the embedded facts and the simulated scenes; twice changes nothing."""
    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened:
        counts = {kind: len(opened.read(kind)) for kind in RECORDS}
        if as_json:
            _write_json({"store": opened.url, "records": counts})
        else:
            typer.echo(f"store {opened.url}")
            typer.echo(", ".join(f"{count} {kind}" for kind, count in counts.items() if count))


@app.command(name="import")
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
        marking=_marking(marking),
        licence=licence,
        simulated=simulated,
        author=_author(),
        acquired_at=_moment(taken_on),
        sensor=sensor,
        partner=partner,
        mapping=intake.read_mapping(mapping) if mapping else None,
        table=table,
        place_by_name=place_by_name,
        keep_mapping=keep_mapping,
    )
    settings = _settings(store)
    now = datetime.now(UTC)
    with _store(settings, as_json=as_json) as opened:
        if show_mapping:
            for order in intake.understood(opened, kind.value, files, options=options):
                typer.echo(order.mapping.to_yaml(), nl=False)
            return
        if site:
            options = dataclasses.replace(options, site_id=str(_site(opened, site)["id"]))
        with _bar("reading", as_json=as_json) as progress:
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
        _write_json({"dry_run": dry_run, "files": [dataclasses.asdict(one) for one in reports]})
    else:
        for report in reports:
            _say_report(report, dry_run=dry_run)
    if any(report.quarantined for report in reports):
        raise typer.Exit(FOUND_WRONG)


@app.command()
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
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find change between two dates; score and mask lie on the grid of the first earlier file."""
    from geo.pipeline import change  # noqa: PLC0415 - quick --help
    from geo.sources.areas import read_area  # noqa: PLC0415

    if site and aoi:
        raise InvalidSetting("--site and --aoi were both given", expected="one of them")
    change.require_outputs((score, mask, out), inputs=(*before, *after))
    place = area = None
    if site:
        with _store(_settings(store), as_json=as_json) as opened:
            place = _site(opened, site)
        area = change.area_of_site(place)
    elif aoi:
        area = read_area(aoi)
    with _bar("detecting", as_json=as_json) as progress:
        found = change.detect_change(
            change.picture_of_files(before),
            change.picture_of_files(after),
            area_lonlat=area,
            site=place,
            progress=progress,
        )
        change.write_detection(found, score=score, mask=mask, out=out)
    summary = change.summary(found)
    if as_json:
        _write_json(summary)
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


@app.command()
def cost(
    friction: Annotated[
        Path, typer.Argument(help="GeoTIFF of seconds a metre in a metric CRS; no data = barrier.")
    ],
    starts: Annotated[
        list[str], typer.Option("--from", metavar="LON,LAT", help="Start; repeat for more.")
    ],
    neighbours: Annotated[int, typer.Option(help="8, or 16 for rounder surfaces.")] = 8,
    out: Annotated[Path | None, typer.Option(help="Write the cost, GeoTIFF float64.")] = None,
    heights: Annotated[
        bool, typer.Option("--heights", help="The raster holds heights; travel by --mode.")
    ] = False,
    mode: Annotated[TravelMode, typer.Option(help="off_road or foot.")] = TravelMode.FOOT,
    to: Annotated[str, typer.Option(metavar="LON,LAT", help="Place to find the way to.")] = "",
    way: Annotated[Path | None, typer.Option(help="Write that way, GeoPackage.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Accumulate cost from the nearest start over a surface of friction, in seconds."""
    from geo.pipeline import cost as pipeline  # noqa: PLC0415 - quick --help
    from geo.pipeline.change import require_outputs  # noqa: PLC0415

    if way and not to:
        raise InvalidSetting("--way without --to", expected="--to LON,LAT as well")
    require_outputs((out, way), inputs=(friction,))
    lonlats = [_lonlat("--from", text) for text in starts]
    target = _lonlat("--to", to) if to else None
    with _bar("accumulating", as_json=as_json) as progress:
        progress(0.1, "accumulating")
        if heights:
            surface = pipeline.cost_over_heights(
                friction, lonlats, mode=mode.value, neighbours=neighbours, to_lonlat=target
            )
        else:
            surface = pipeline.cost_of_file(
                friction, lonlats, neighbours=neighbours, to_lonlat=target
            )
        progress(0.9, "writing")
        if out:
            pipeline.write_cost(surface, out)
        if way:
            pipeline.write_way(surface, way)
    cells = surface.cost_s.size
    found = None if surface.way is None else _rows(surface.way)[0]
    if as_json:
        told = {"cells": cells, "reached": surface.reached, "max_s": surface.dearest_s}
        _write_json({**told, "out": str(out) if out else None, "way": found})
        return
    dearest = f"the dearest in {surface.dearest_s:,.1f} s"
    typer.echo(f"{surface.reached:,} of {cells:,} cells reached, {dearest}")
    if found:
        typer.echo(f"  the way takes {found['cost_s']:,.1f} s over {found['length_m']:,.0f} m")
    for written in (out, way):
        if written:
            typer.echo(f"  wrote {written}")


@app.command()
def routes(
    start: Annotated[
        str, typer.Option("--from", help="Site (id or name), flag (CH-...) or LON,LAT.")
    ],
    to: Annotated[list[str] | None, typer.Option(help="Post to leave by; repeat for more.")] = None,
    mode: Annotated[TravelMode, typer.Option(help="How objects are carried.")] = TravelMode.VEHICLE,
    avoidance: Annotated[float, typer.Option(help="How much watched places are shunned.")] = 1.0,
    close: Annotated[
        list[str] | None, typer.Option(help="Post that is closed; repeat for more.")
    ] = None,
    close_road: Annotated[
        list[str] | None, typer.Option(help="Road that is closed; repeat for more.")
    ] = None,
    check: Annotated[
        list[str] | None, typer.Option(metavar="LON,LAT", help="Known check; repeat for more.")
    ] = None,
    roads: Annotated[Roads, typer.Option(help="Which roads to take.")] = Roads.AUTO,
    alternatives: Annotated[int, typer.Option(help="Ways to tell for each post.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the routes in the store.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write them, .gpkg or .kml.")] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Rank how objects may leave the country from a place: shares with intervals."""
    from geo.pipeline import routes as pipeline  # noqa: PLC0415 - quick --help
    from geo.pipeline.change import require_outputs  # noqa: PLC0415

    require_outputs((out,))
    if out and out.suffix.lower() not in {".gpkg", ".kml"}:
        raise InvalidSetting(f"--out {out}", expected="a name that ends in .gpkg or .kml")
    request = pipeline.RouteRequest(
        **_start(start),
        exits=tuple(to or ()),
        mode=mode.value,
        avoidance=avoidance,
        closed_posts=tuple(close or ()),
        closed_ways=tuple(close_road or ()),
        checks_lonlat=tuple(_lonlat("--check", text) for text in check or ()),
        roads=roads.value,
        alternatives=alternatives,
        seed=seed,
    )
    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened:
        with _bar("routes", as_json=as_json) as progress:
            study = pipeline.study_routes(opened, settings, request, progress=progress)
        before = None
        if (close or close_road) and not as_json:
            open_again = dataclasses.replace(request, closed_posts=(), closed_ways=())
            before = pipeline.study_routes(opened, settings, open_again)
        if keep:
            pipeline.keep_routes(opened, study, author=_author(), now=datetime.now(UTC))
    if out:
        pipeline.write_routes(study, out)
    if as_json:
        _write_json(
            {
                "id": study.id,
                "origin": study.origin_name,
                "marking": study.marking.value,
                "simulated": study.simulated,
                "schematic": study.schematic,
                "routes": _rows(study.routes.drop(columns="provenance")),
                "exits": _rows(study.exits),
                "remarks": study.remarks,
            }
        )
    else:
        _say_routes(study, before)
        if out:
            typer.echo(f"  wrote {out}")
    if not len(study.routes):
        raise typer.Exit(FOUND_WRONG)


@app.command()
def exposure(
    mode: Annotated[TravelMode, typer.Option(help="How objects are carried.")] = TravelMode.VEHICLE,
    avoidance: Annotated[float, typer.Option(help="How much watched places are shunned.")] = 1.0,
    top: Annotated[int, typer.Option(help="Tell the chance of being among so many posts.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the posts, CSV.")] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Rank border posts by a relative index of flow, with intervals and what comes from data."""
    from geo.pipeline import exposure as pipeline  # noqa: PLC0415 - quick --help
    from geo.pipeline.change import require_outputs  # noqa: PLC0415

    require_outputs((out,))
    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
        study = pipeline.exposure_study(
            opened,
            settings,
            mode=mode.value,
            avoidance=avoidance,
            top=top,
            seed=seed,
            progress=progress,
        )
    if out:
        pipeline.write_exposure(study, out)
    if as_json:
        _write_json(
            {
                "id": study.id,
                "marking": study.marking.value,
                "data_share": study.data_share,
                "used": study.used,
                "unused": study.unused,
                "posts": _rows(study.posts),
                "remarks": study.remarks,
            }
        )
        return
    typer.echo(f"{study.id}  [{study.marking.value}]  {study.data_share:.0%} from data")
    for _, post in study.posts[~study.posts["unknown"]].iterrows():
        typer.echo(
            f"{post['rank']:>3}  {_percent(post, 'share'):<22} top {study.top}: "
            f"{post['probability_top']:>4.0%}  data {post['data_share']:>4.0%}  "
            f"{post['id']} {post['name']} ({post['kind']})"
        )
    for remark in study.remarks:
        typer.echo(f"  {remark}")
    if out:
        typer.echo(f"  wrote {out}")


@app.command()
def checks(
    k: Annotated[int, typer.Option("--k", help="How many checks.")] = 5,
    mode: Annotated[TravelMode, typer.Option(help="How objects are carried.")] = TravelMode.VEHICLE,
    avoidance: Annotated[float, typer.Option(help="How much watched places are shunned.")] = 1.0,
    catch: Annotated[float, typer.Option(help="Chance that a check catches what passes.")] = 0.3,
    rounds: Annotated[int, typer.Option(help="Rounds in which smugglers adapt.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Where checks would help most: an order for any number, before and after smugglers adapt."""
    from geo.pipeline import checks as pipeline  # noqa: PLC0415 - quick --help

    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
        study = pipeline.check_study(
            opened,
            settings,
            count=k,
            mode=mode.value,
            avoidance=avoidance,
            catch_probability=catch,
            rounds=rounds,
            seed=seed,
            progress=progress,
        )
    if as_json:
        _write_json(
            {
                "id": study.id,
                "marking": study.marking.value,
                "gap": study.gap,
                "catch_by_round": study.catch_by_round,
                "checks": _rows(study.checks),
                "remarks": study.remarks,
            }
        )
        return
    typer.echo(f"{study.id}  [{study.marking.value}]  rank, caught before / after smugglers adapt")
    for _, place in study.checks.iterrows():
        typer.echo(
            f"{place['rank']:>3}  {place['catch_before']:>6.1%} / {place['catch_after']:<6.1%}  "
            f"{place['kind']} {place['name']}"
        )
    typer.echo(f"  no choice of {k} could catch more than {study.gap:.1%} above this")
    for remark in study.remarks:
        typer.echo(f"  {remark}")


@app.command()
def validate(
    mode: Annotated[TravelMode, typer.Option(help="How objects are carried.")] = TravelMode.VEHICLE,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Test the model on events that it has not seen, beside four naive guesses."""
    from geo.pipeline import validation as pipeline  # noqa: PLC0415 - quick --help

    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
        study = pipeline.validation_study(
            opened, settings, mode=mode.value, seed=seed, progress=progress
        )
    if as_json:
        _write_json({"passed": study.passed, "rows": _rows(study.rows), "remarks": study.remarks})
    else:
        for _, row in study.rows.iterrows():
            typer.echo(f"{row['verdict']:<13} {row['test']}: {row['measure']}. {row['why']}")
        for remark in study.remarks:
            typer.echo(f"  {remark}")
    if study.passed is False:
        raise typer.Exit(FOUND_WRONG)


@app.command()
def verify(
    subject: Annotated[str, typer.Argument(help="Kept routes, such as RT-0123456789.")],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make kept routes again from their provenance and compare."""
    from geo.pipeline import routes as pipeline  # noqa: PLC0415 - quick --help

    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
        differences = pipeline.remade(opened, settings, subject, progress=progress)
    if as_json:
        _write_json({"id": subject, "same": not differences, "differences": differences})
    elif differences:
        typer.echo(f"{subject} cannot be made again as it was:")
        for difference in differences:
            typer.echo(f"  {difference}")
    else:
        typer.echo(f"{subject} made again: the same")
    if differences:
        raise typer.Exit(FOUND_WRONG)


@app.command()
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
    with _store(_settings(store), as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
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
        _write_json({"id": snapshot.page_id, "marking": snapshot.marking.value, "file": str(out)})
    else:
        typer.echo(f"{snapshot.page_id}  {snapshot.marking.value}  {out}")


@app.command()
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
    with _store(_settings(store), as_json=as_json) as opened:
        report = pipeline.export(
            opened,
            table.value,
            out,
            audience=audience,
            query=Query(include_simulated=not real_only),
            now=datetime.now(UTC),
        )
    if as_json:
        _write_json(dataclasses.asdict(report))
        return
    typer.echo(
        f"{report.records:,} {report.kind} for {report.audience.value}  [{report.marking.value}]"
        f"  {report.generalised:,} with coarser places, {report.simulated:,} simulated"
    )
    for note in report.notes:
        typer.echo(f"  {note}")
    for file in report.files:
        typer.echo(f"  wrote {out.parent / file.name}")


@app.command()
def quarantine(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the waiting rows as CSV, to be mended.")
    ] = None,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the rows that an import kept aside and that wait to be mended."""
    from geo.pipeline.change import require_outputs  # noqa: PLC0415 - quick --help
    from geo.pipeline.intake import mending  # noqa: PLC0415

    require_outputs((out,))
    with _store(_settings(store), as_json=as_json) as opened:
        rows = mending.waiting(opened, import_id)
    if out:
        mending.write_waiting(rows, out)
    if as_json:
        _write_json([dataclasses.asdict(one.row) for one in rows])
        return
    typer.echo(f"{len(rows):,} rows wait to be mended")
    for one in rows[:SHOWN_ROWS]:
        row = one.row
        typer.echo(f"  row {row.row_number}: {row.what}; expected {row.expected}; {row.remedy}")
    if len(rows) > SHOWN_ROWS:
        typer.echo(f"  and {len(rows) - SHOWN_ROWS:,} more")
    if out:
        typer.echo(f"  wrote {out}")


@app.command()
def mend(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id.")],
    file: Annotated[Path, typer.Argument(help="The CSV that 'quarantine' wrote, mended.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, but keep nothing.")] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take mended rows in, read as their file was; what is still wrong is kept aside again."""
    from geo.pipeline.intake import mending  # noqa: PLC0415 - quick --help

    with _store(_settings(store), as_json=as_json) as opened:
        report = mending.mend(
            opened,
            import_id,
            mending.read_mended(file),
            author=_author(),
            now=datetime.now(UTC),
            dry_run=dry_run,
        )
    if as_json:
        _write_json(dataclasses.asdict(report))
    else:
        _say_report(report, dry_run=dry_run)
    if report.quarantined:
        raise typer.Exit(FOUND_WRONG)


@app.command()
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
    with _store(_settings(store), as_json=as_json) as opened:
        report = opened.undo(
            import_id, author=_author(), now=datetime.now(UTC), with_corrections=with_corrections
        )
    if as_json:
        _write_json(dataclasses.asdict(report))
    else:
        typer.echo(
            f"{report.import_id} undone: {report.withdrawn} versions withdrawn, {report.restored} "
            f"earlier ones current again, {report.kept} kept from other imports"
        )


@app.command()
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

    with _store(_settings(store), as_json=as_json) as opened:
        version = intake.correct(
            opened,
            kind.value,
            record_id,
            dict(_assignment(text) for text in changes),
            author=_author(),
            reason=reason,
            now=datetime.now(UTC),
        )
    if as_json:
        _write_json(
            {"kind": kind.value, "id": record_id, "version": int(version["version"].iloc[0])}
        )
    else:
        typer.echo(f"{record_id} is now version {version['version'].iloc[0]}")


@app.command(name="case")
def show_case(
    seizure: Annotated[str, typer.Argument(help="Id of any of its seizures or returns.")],
    dataset: Annotated[str, typer.Option(help="Dataset, where several have the id.")] = "",
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Tell a case: its events, objects, custody, and what it may be linked to; for the office."""
    from geo.pipeline import cases  # noqa: PLC0415 - quick --help
    from geo.pipeline.shown import records  # noqa: PLC0415

    with _store(_settings(store), as_json=as_json) as opened:
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
        _write_json({"key": found.key} | {part: _rows(frame) for part, frame in parts.items()})
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


@app.command()
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

    with _store(_settings(store), as_json=as_json) as opened:
        kept = keeping.link(
            opened,
            _seizure(opened, first, dataset),
            _seizure(opened, second, dataset),
            relation,
            author=_author(),
            grounds=why,
            now=datetime.now(UTC),
        )
    if as_json:
        _write_json({"id": kept.id, "relation": kept.relation.value})
    else:
        typer.echo(f"{kept.id}: {first} {kept.relation.value} {second}")


@app.command()
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

    settings = _settings(store)
    told = []
    with _store(settings, as_json=as_json) as opened:
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
                marking=_marking(marking),
                author=_author(),
                now=datetime.now(UTC),
                limits=COMMAND_LINE,
            )
            told.append({"id": kept.id, "sha256": kept.sha256, "notes": notes})
            if not as_json:
                typer.echo(f"{kept.id}  {file.name}  SHA-256 {kept.sha256}")
                for note in notes:
                    typer.echo(f"  note: {note}")
    if as_json:
        _write_json(told)


@app.command()
def pictures(
    folder: Annotated[
        Path, typer.Argument(help="Pictures named by the id or the register's number of an entry.")
    ],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Note what the objects of an imported list of stolen objects look like."""
    from geo.pipeline.cases import stolen_pictures  # noqa: PLC0415 - quick --help

    with _store(_settings(store), as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
        report = stolen_pictures.take_pictures(
            opened, folder, author=_author(), now=datetime.now(UTC), progress=progress
        )
    if as_json:
        _write_json(dataclasses.asdict(report))
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


@app.command()
def backup(
    file: Annotated[
        Path, typer.Argument(help="New file; .zip also holds scenes, photographs and other files.")
    ],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Copy the store as of now into one file, whatever database it is in."""
    from geo.pipeline import care  # noqa: PLC0415 - quick --help

    settings = _settings(store)
    with _store(settings, as_json=as_json) as opened, _bar("", as_json=as_json) as progress:
        report = care.backup(opened, settings, file, progress=progress)
    if as_json:
        _write_json(dataclasses.asdict(report))
    else:
        typer.echo(f"wrote {report.file}: {report}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What 'backup' wrote.")],
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back as the store, which must be new or empty."""
    from geo.pipeline import care  # noqa: PLC0415 - quick --help

    settings = _settings(store)
    with _bar("restoring", as_json=as_json) as progress:
        report = care.restore(settings, file, progress=progress)
    if as_json:
        _write_json(dataclasses.asdict(report))
    else:
        typer.echo(f"restored {report}")


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="STORE", help="URL of the store to copy.")],
    target: Annotated[str, typer.Argument(metavar="STORE", help="URL of a new or empty store.")],
    as_json: JsonOption = False,
) -> None:
    """Copy a store with its history into another, from a laptop to a team's PostGIS or back."""
    from geo.pipeline import care  # noqa: PLC0415 - quick --help

    with _bar("copying", as_json=as_json) as progress:
        counts = care.copy(source, target, progress=progress)
    if as_json:
        _write_json(dataclasses.asdict(counts))
    else:
        typer.echo(f"copied {counts}")


@app.command()
def upgrade(store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Bring the store up to this version of Lamassu (a backup is taken first) and check it."""
    with _store(_settings(store), as_json=as_json) as opened:
        faults = opened.integrity()
    if as_json:
        _write_json({"store": opened.url, "faults": list(faults)})
    else:
        typer.echo("\n".join(faults) if faults else f"{opened.url} is up to date and sound")
    if faults:
        raise typer.Exit(FOUND_WRONG)


def main() -> None:
    """Run a command; what went wrong is one line on standard error, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows its code
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except LamassuError as err:
        typer.echo(f"refused: {err}", err=True)
        sys.exit(REFUSED)
    except Exception as err:
        if os.environ.get("LAMASSU_DEBUG"):
            raise
        name = type(err).__name__
        typer.echo(f"failed inside Lamassu ({name}); set LAMASSU_DEBUG=1 for details", err=True)
        sys.exit(REFUSED)


def _settings(store_option: str) -> Settings:
    """The settings in force for a command."""
    home = Path(platformdirs.user_data_dir("lamassu", appauthor=False))
    return resolve(os.environ, default_home=home, store_option=store_option)


@contextmanager
def _store(settings: Settings, *, as_json: bool) -> Iterator[Any]:
    """The store, made and filled on first use, and closed at the end."""
    from geo.pipeline.installation import open_installation  # noqa: PLC0415 - quick --help

    with _bar("preparing the store", as_json=as_json) as progress:
        opened = open_installation(settings, now=datetime.now(UTC), progress=progress)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _bar(words: str, *, as_json: bool) -> Iterator[Any]:
    """A progress bar on standard error, where a person watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=as_json or not console.is_terminal
    ) as bar:
        task = bar.add_task(words, total=1.0)
        yield lambda share, doing: bar.update(task, completed=share, description=doing)


def _site(opened: Any, words: str) -> Any:  # noqa: ANN401 - a store and a row of its frame
    """The site that is meant."""
    from geo.pipeline.shown import find_site, records  # noqa: PLC0415 - quick --help

    return find_site(records(opened, "sites", Audience.INTERNAL), words)


def _seizure(opened: Any, record_id: str, dataset: str) -> tuple[str, str]:  # noqa: ANN401 - a store
    """Dataset and id of the seizure that is meant."""
    row = opened.get("seizures", record_id, dataset_id=dataset or None).iloc[0]
    return str(row["dataset_id"]), str(row["id"])


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


def _say_routes(study: Any, before: Any | None) -> None:  # noqa: ANN401 - studies of routes
    """Routes for a person: ranked, with shares and times, then what was not modelled."""
    simulated = "SIMULATED  " if study.simulated else ""
    typer.echo(f"{study.id}  {simulated}{study.origin_name}, {study.country}  "
               f"[{study.marking.value}]")  # fmt: skip
    for _, route in study.routes.iterrows():
        typer.echo(
            f"{route['rank']:>3}  {_percent(route, 'share'):<22} {route['time_h']:>5.1f} h "
            f"({route['time_h_low']:.1f} to {route['time_h_high']:.1f})  "
            f"{route['length_km']:>6,.0f} km  {route['exit_id']} {route['exit_name']}"
            + (f"  by {route['passes']}" if route["passes"] else "")
        )
    if before is not None:
        from geo.pipeline.routes import what_if  # noqa: PLC0415 - quick --help

        moved = what_if(before, study)
        typer.echo("What the closing changes:")
        for _, post in moved[moved["change"].abs() >= 0.005].iterrows():
            typer.echo(
                f"     {post['share_before']:>6.1%} to {post['share_after']:>6.1%}  "
                f"({post['change_low']:+.1%} to {post['change_high']:+.1%})  {post['name']}"
            )
    for remark in study.remarks:
        typer.echo(f"  {remark}")


def _percent(row: Any, name: str) -> str:  # noqa: ANN401 - a row of a frame
    """A share with its interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:>6.1%} ({low:.1%} to {high:.1%})"


def _rows(frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a frame
    """The rows of a frame for JSON: NaN is null, a place is GeoJSON."""
    import pandas as pd  # noqa: PLC0415 - quick --help
    from shapely.geometry import mapping  # noqa: PLC0415

    rows = []
    for record in frame.to_dict("records"):
        place = record.pop("geometry", None)
        plain = {
            name: None if pd.isna(value) else getattr(value, "item", lambda value=value: value)()
            for name, value in record.items()
        }
        if place is not None:
            plain["geometry"] = mapping(place)
        rows.append(plain)
    return rows


def _start(text: str) -> dict[str, Any]:
    """What a request starts from: a place, a flag or a site."""
    if re.fullmatch(r"\s*-?[\d.]+\s*,\s*-?[\d.]+\s*", text):
        return {"lonlat": _lonlat("--from", text)}
    return {"alert_id": text} if text.startswith("CH-") else {"site_id": text}


def _lonlat(option: str, text: str) -> tuple[float, float]:
    """Longitude and latitude of ``LON,LAT``."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as err:
        raise InvalidSetting(f"{option} {text}", expected="LON,LAT such as 43.33,36.10") from err
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidSetting(
            f"{option} {text} is not on Earth",
            expected="longitude -180 to 180, then latitude -90 to 90",
        )
    return lon, lat


def _write_json(document: object) -> None:
    """One JSON document on standard output, in ASCII: the encoding of a pipe is not known."""
    typer.echo(json.dumps(document, default=str, allow_nan=False))


def _author() -> str:
    """Who runs the command."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"


def _marking(text: str) -> Tlp:
    """A TLP marking as typed; TLP:WHITE of TLP 1 is CLEAR."""
    wanted = text.strip().upper().replace("WHITE", "CLEAR")
    try:
        return Tlp(wanted if wanted.startswith("TLP:") else f"TLP:{wanted}")
    except ValueError as err:
        raise InvalidSetting(f"--marking {text}", expected=", ".join(Tlp)) from err


def _moment(text: str) -> datetime | None:
    """Midnight UTC of a day as typed, None if none was."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as err:
        raise InvalidSetting(f"--date {text}", expected="a day such as 2015-03-07") from err
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _assignment(text: str) -> tuple[str, str]:
    """Field and value of ``FIELD=VALUE``."""
    field, sign, value = text.partition("=")
    if not sign or not field.strip():
        raise InvalidSetting(f"--set {text}", expected="FIELD=VALUE, such as country=Iraq")
    return field.strip(), value


if __name__ == "__main__":
    main()

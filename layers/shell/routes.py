"""Ways out and the posts they reach: cost, routes, exposure, checks, validate."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.errors import InvalidSetting
from layers.shell.common import (
    FOUND_WRONG,
    JsonOption,
    StoreOption,
    author,
    json_rows,
    lonlat_of,
    opened_store,
    progress_bar,
    settings_of,
    share_in_words,
    write_json,
)

commands = typer.Typer()


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


@commands.command()
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
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415

    if way and not to:
        raise InvalidSetting("--way without --to", expected="--to LON,LAT as well")
    require_outputs((out, way), inputs=(friction,))
    lonlats = [lonlat_of("--from", text) for text in starts]
    target = lonlat_of("--to", to) if to else None
    with progress_bar("accumulating", as_json=as_json) as progress:
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
    found = None if surface.way is None else json_rows(surface.way)[0]
    if as_json:
        told = {"cells": cells, "reached": surface.reached, "max_s": surface.dearest_s}
        write_json({**told, "out": str(out) if out else None, "way": found})
        return
    dearest = f"the dearest in {surface.dearest_s:,.1f} s"
    typer.echo(f"{surface.reached:,} of {cells:,} cells reached, {dearest}")
    if found:
        typer.echo(f"  the way takes {found['cost_s']:,.1f} s over {found['length_m']:,.0f} m")
    for written in (out, way):
        if written:
            typer.echo(f"  wrote {written}")


@commands.command()
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
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415

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
        checks_lonlat=tuple(lonlat_of("--check", text) for text in check or ()),
        roads=roads.value,
        alternatives=alternatives,
        seed=seed,
    )
    settings = settings_of(store)
    with opened_store(settings, as_json=as_json) as opened:
        with progress_bar("routes", as_json=as_json) as progress:
            study = pipeline.study_routes(opened, settings, request, progress=progress)
        before = None
        if (close or close_road) and not as_json:
            open_again = dataclasses.replace(request, closed_posts=(), closed_ways=())
            before = pipeline.study_routes(opened, settings, open_again)
        if keep:
            pipeline.keep_routes(opened, study, author=author(), now=datetime.now(UTC))
    if out:
        pipeline.write_routes(study, out)
    if as_json:
        write_json(
            {
                "id": study.id,
                "origin": study.origin_name,
                "marking": study.marking.value,
                "simulated": study.simulated,
                "schematic": study.schematic,
                "routes": json_rows(study.routes.drop(columns="provenance")),
                "exits": json_rows(study.exits),
                "remarks": study.remarks,
            }
        )
    else:
        _say_routes(study, before)
        if out:
            typer.echo(f"  wrote {out}")
    if not len(study.routes):
        raise typer.Exit(FOUND_WRONG)


@commands.command()
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
    from geo.pipeline.outputs import require_outputs  # noqa: PLC0415

    require_outputs((out,))
    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
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
        write_json(
            {
                "id": study.id,
                "marking": study.marking.value,
                "data_share": study.data_share,
                "used": study.used,
                "unused": study.unused,
                "posts": json_rows(study.posts),
                "remarks": study.remarks,
            }
        )
        return
    typer.echo(f"{study.id}  [{study.marking.value}]  {study.data_share:.0%} from data")
    for _, post in study.posts[~study.posts["unknown"]].iterrows():
        typer.echo(
            f"{post['rank']:>3}  {share_in_words(post, 'share'):<22} top {study.top}: "
            f"{post['probability_top']:>4.0%}  data {post['data_share']:>4.0%}  "
            f"{post['id']} {post['name']} ({post['kind']})"
        )
    for remark in study.remarks:
        typer.echo(f"  {remark}")
    if out:
        typer.echo(f"  wrote {out}")


@commands.command()
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

    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
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
        write_json(
            {
                "id": study.id,
                "marking": study.marking.value,
                "gap": study.gap,
                "catch_by_round": study.catch_by_round,
                "checks": json_rows(study.checks),
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


@commands.command()
def validate(
    mode: Annotated[TravelMode, typer.Option(help="How objects are carried.")] = TravelMode.VEHICLE,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Test the model on events that it has not seen, beside four naive guesses."""
    from geo.pipeline import validation as pipeline  # noqa: PLC0415 - quick --help

    settings = settings_of(store)
    with (
        opened_store(settings, as_json=as_json) as opened,
        progress_bar("", as_json=as_json) as progress,
    ):
        study = pipeline.validation_study(
            opened, settings, mode=mode.value, seed=seed, progress=progress
        )
    if as_json:
        write_json(
            {"passed": study.passed, "rows": json_rows(study.rows), "remarks": study.remarks}
        )
    else:
        for _, row in study.rows.iterrows():
            typer.echo(f"{row['verdict']:<13} {row['test']}: {row['measure']}. {row['why']}")
        for remark in study.remarks:
            typer.echo(f"  {remark}")
    if study.passed is False:
        raise typer.Exit(FOUND_WRONG)


def _say_routes(study: Any, before: Any | None) -> None:  # noqa: ANN401 - studies of routes
    """Routes for a person: ranked, with shares and times, then what was not modelled."""
    simulated = "SIMULATED  " if study.simulated else ""
    typer.echo(f"{study.id}  {simulated}{study.origin_name}, {study.country}  "
               f"[{study.marking.value}]")  # fmt: skip
    for _, route in study.routes.iterrows():
        typer.echo(
            f"{route['rank']:>3}  {share_in_words(route, 'share'):<22} {route['time_h']:>5.1f} h "
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


def _start(text: str) -> dict[str, Any]:
    """What a request starts from: a place, a flag or a site."""
    if re.fullmatch(r"\s*-?[\d.]+\s*,\s*-?[\d.]+\s*", text):
        return {"lonlat": lonlat_of("--from", text)}
    return {"alert_id": text} if text.startswith("CH-") else {"site_id": text}

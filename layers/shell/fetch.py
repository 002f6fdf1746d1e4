"""Satellite scenes from STAC servers: fetch."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from geo.errors import InvalidSetting
from geo.settings import Settings
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
    write_json,
)

commands = typer.Typer()


@commands.command()
def fetch(
    site: Annotated[str, typer.Option(help="Site whose surroundings are fetched (id or name).")],
    stac: Annotated[str, typer.Option(help="Address of a STAC API, or earth-search.")],
    since: Annotated[str, typer.Option("--from", help="First day, such as 2024-03-01.")],
    until: Annotated[str, typer.Option("--to", help="Last day.")],
    collection: Annotated[
        list[str] | None, typer.Option(help="Collection of the server; repeat for more.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Host that may be asked too, with its port; repeat for more."),
    ] = None,
    most_cloud: Annotated[float, typer.Option(help="Leave scenes with more cloud, percent.")] = 100,
    half_width_m: Annotated[float, typer.Option(help="Half the width of the square, m.")] = 2500,
    marking: Annotated[str, typer.Option(help="TLP marking of the scenes.")] = "TLP:AMBER",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what there is.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch what is listed.")] = False,
    store: StoreOption = "",
    as_json: JsonOption = False,
) -> None:
    """Fetch satellite scenes of a site from a STAC server; without --yes they are only listed.

    The server named here is asked, and the hosts that LAMASSU_STAC_HOSTS and --allow name; no other
    is, whatever the server says.
    """
    from geo.pipeline import fetching  # noqa: PLC0415 - quick --help
    from geo.sources.stac.collections import HOSTS_OF, address_of  # noqa: PLC0415
    from geo.sources.stac.hosts import host_of  # noqa: PLC0415

    if dry_run and yes:
        raise InvalidSetting("--dry-run and --yes were both given", expected="one of them")
    days = _day("--from", since), _day("--to", until)
    settings, api = settings_of(store), address_of(stac)
    allowed = [*settings.stac_hosts, *_hosts(allow), host_of(api), *HOSTS_OF.get(api, ())]
    terms = fetching.Terms(
        allowed=tuple(dict.fromkeys(one.casefold() for one in allowed)),
        half_width_m=half_width_m,
        most_cloud_percent=most_cloud,
        marking=marking_of(marking),
    )
    with opened_store(settings, as_json=as_json) as opened:
        with progress_bar(f"asking {host_of(api)}", as_json=as_json) as progress:
            found = fetching.find_scenes(
                opened,
                site_id=site,
                api=api,
                since=days[0],
                until=days[1],
                terms=terms,
                collections=collection or (),
                now=datetime.now(UTC),
                author=author(),
                progress=progress,
            )
        fetched = _fetched(opened, settings, found, as_json=as_json) if yes else None
    if as_json:
        write_json(_document(found, fetched))
    else:
        _tell(found, fetched)
    if found.left or (fetched and fetched.left):
        raise typer.Exit(FOUND_WRONG)


def _fetched(
    opened: Any,  # noqa: ANN401 - a store
    settings: Settings,
    found: Any,  # noqa: ANN401 - of a late import
    *,
    as_json: bool,
) -> Any:  # noqa: ANN401 - of a late import
    """What became of the scenes that were found, which are fetched."""
    from geo.pipeline.fetching import fetch_scenes  # noqa: PLC0415 - quick --help

    with progress_bar("fetching", as_json=as_json) as progress:
        return fetch_scenes(
            opened, settings, found, author=author(), now=datetime.now(UTC), progress=progress
        )


def _day(option: str, text: str) -> date:
    """A day as typed, which must be there."""
    moment = moment_of(text, option=option)
    if moment is None:
        raise InvalidSetting(f"{option} is empty", expected="a day such as 2024-03-01")
    return moment.date()


def _hosts(typed: list[str] | None) -> list[str]:
    """The hosts that are allowed by hand; an address in the place of one would allow nothing."""
    for host in typed or ():
        if not host.strip() or set(host) & set("/?#@ "):
            raise InvalidSetting(
                f"--allow {host!r}", expected="a host such as data.example.org, or with its port"
            )
    return typed or []


def _document(found: Any, fetched: Any) -> dict[str, Any]:  # noqa: ANN401 - of a late import
    """All of it for machines."""
    left = [*found.left, *(fetched.left if fetched else ())]
    return {
        "site": found.site_id,
        "server": found.api,
        "scenes": [
            {
                "id": one.scene_id,
                "item": one.offer.id,
                "collection": one.offer.collection,
                "taken_at": one.taken_at.isoformat(),
                "sensor": one.offer.sensor,
                "cloud_percent": one.offer.cloud_percent,
                "about_bytes": one.about_bytes,
                "known": one.known,
                "refused": one.refused,
            }
            for one in found.scenes
        ],
        "notes": list(found.notes),
        "hosts_wanted": list(found.hosts_wanted),
        "fetched": None
        if fetched is None
        else [{"file": one.file_name, "sha256": one.sha256, "import": one.import_id}
              for one in fetched.reports],
        "known": [one.scene_id for one in found.scenes if one.known],
        "left": [{"item": one.name, "reason": one.reason} for one in left],
        "bytes_read": fetched.bytes_read if fetched else 0,
    }  # fmt: skip


def _tell(found: Any, fetched: Any) -> None:  # noqa: ANN401 - of a late import
    """All of it for people."""
    for one in found.scenes:
        cloud = one.offer.cloud_percent
        state = "here already" if one.known else one.refused or f"about {_mb(one.about_bytes)}"
        shown = "cloud ?" if cloud is None else f"cloud {cloud:.0f} %"
        typer.echo(
            f"  {one.taken_at:%Y-%m-%d} {one.offer.sensor} {shown:>11}  {one.offer.id}: {state}"
        )
    for note in found.notes:
        typer.echo(f"  {note}")
    if found.hosts_wanted:
        typer.echo(f"  to fetch from there too: --allow {' --allow '.join(found.hosts_wanted)}")
    for left in (*found.left, *(fetched.left if fetched else ())):
        typer.echo(f"  left {left.name}: {left.reason}")
    if fetched is None:
        todo = found.to_fetch
        size = _mb(sum(one.about_bytes for one in todo))
        typer.echo(
            f"{len(found.scenes)} scenes over {found.site_id}; nothing was fetched. "
            f"--yes fetches {len(todo)}, about {size}"
        )
        return
    typer.echo(
        f"{len(found.scenes)} scenes over {found.site_id}: {len(fetched.reports)} fetched, "
        f"{len(fetched.known)} here already, {len(fetched.left)} left; "
        f"{_mb(fetched.bytes_read)} came over the network"
    )


def _mb(size: int) -> str:
    """Bytes as megabytes."""
    return f"{size / 1e6:,.1f} MB"

"""What all commands share: settings, store, progress, and words of the command line as values."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from geo.errors import InvalidSetting
from geo.model import Audience, Tlp
from geo.settings import Login, Settings, resolve

DONE, FOUND_WRONG, REFUSED = 0, 1, 2
"""What a command exits with."""

LONGEST_NAME = 80
"""Characters of a name that is given by hand."""

StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="URL", help="Store to use, such as sqlite:////data/l.sqlite."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document for machines.")]


def settings_of(store_option: str) -> Settings:
    """The settings in force for a command."""
    home = Path(platformdirs.user_data_dir("lamassu", appauthor=False))
    return resolve(os.environ, default_home=home, store_option=store_option)


@contextmanager
def opened_store(settings: Settings, *, as_json: bool, by: str = "") -> Iterator[Any]:
    """The store with the rights of the account, made on first use and closed at the end.

    Histories name `by` where it is given, for a machine whose users share one account; the audit
    notes which account speaks for them.

    Raises
    ------
    InvalidSetting
        If `by` is given where people log in, or is no name.
    """
    from geo.pipeline.access import shell_principal  # noqa: PLC0415 - quick --help
    from geo.pipeline.guard import guard  # noqa: PLC0415
    from geo.pipeline.installation import open_installation  # noqa: PLC0415

    with progress_bar("preparing the store", as_json=as_json) as progress:
        opened = open_installation(settings, now=datetime.now(UTC), progress=progress)
    try:
        principal = shell_principal(author())
        if by:
            principal = dataclasses.replace(principal, name=_name_of(by, settings))
        guarded = guard(opened, principal, clock=lambda: datetime.now(UTC))
        if by:
            guarded.noted("speak for", by)
        yield guarded
    finally:
        opened.close()


@contextmanager
def progress_bar(words: str, *, as_json: bool) -> Iterator[Any]:
    """A progress bar on standard error, where a person watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=as_json or not console.is_terminal
    ) as bar:
        task = bar.add_task(words, total=1.0)
        yield lambda share, doing: bar.update(task, completed=share, description=doing)


def site_named(opened: Any, words: str) -> Any:  # noqa: ANN401 - a store and a row of its frame
    """The site that is meant."""
    from geo.pipeline.shown import find_site, records  # noqa: PLC0415 - quick --help

    return find_site(records(opened, "sites", Audience.INTERNAL), words)


def share_in_words(row: Any, name: str) -> str:  # noqa: ANN401 - a row of a frame
    """A share with its interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:>6.1%} ({low:.1%} to {high:.1%})"


def json_rows(frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a frame
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


def lonlat_of(option: str, text: str) -> tuple[float, float]:
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


def write_json(document: object) -> None:
    """One JSON document on standard output, in ASCII: the encoding of a pipe is not known."""
    typer.echo(json.dumps(document, default=str, allow_nan=False))


def author() -> str:
    """Who runs the command."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"


def _name_of(by: str, settings: Settings) -> str:
    """The name of a person who uses this account."""
    if settings.login is not Login.LOCAL:
        raise InvalidSetting(
            f"--by {by!r} where people log in",
            expected="no --by: the name of a login cannot be lent",
            remedy="let the person do it in the browser, logged in",
        )
    if by != by.strip() or not by.isprintable() or len(by) > LONGEST_NAME or set(by) & set("<>"):
        raise InvalidSetting(
            f"--by {by!r} is no name",
            expected=f"at most {LONGEST_NAME} printable characters without < and >",
        )
    return by


def marking_of(text: str) -> Tlp:
    """A TLP marking as typed; TLP:WHITE of TLP 1 is CLEAR."""
    wanted = text.strip().upper().replace("WHITE", "CLEAR")
    try:
        return Tlp(wanted if wanted.startswith("TLP:") else f"TLP:{wanted}")
    except ValueError as err:
        raise InvalidSetting(f"--marking {text}", expected=", ".join(Tlp)) from err


def moment_of(text: str, *, option: str = "--date") -> datetime | None:
    """Midnight UTC of a day as typed after an option, None if none was."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as err:
        raise InvalidSetting(f"{option} {text}", expected="a day such as 2015-03-07") from err
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

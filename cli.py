"""Lamassu for the shell and for cron: the same verbs as in the browser. Computes nothing itself.

Every command exits with 0 when it is done, 1 when it is done but found something wrong (rows
quarantined, a check that fails), and 2 when it refused and left the store unchanged.
"""

from __future__ import annotations

import io
import os
import sys

import typer

from geo.errors import LamassuError
from geo.sources.confined.drivers import restrict_gdal
from layers.shell import (
    access,
    alerts,
    care,
    cases,
    change,
    evidence,
    fetch,
    intake,
    routes,
    sar,
    series,
)
from layers.shell.common import REFUSED

# GDAL reads this when it is loaded, which the commands do later.
os.environ.update(restrict_gdal(os.environ))

app = typer.Typer(
    name="cli.py",
    help="Lamassu: antiquities looting and smuggling routes, on this machine and without internet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    care, intake, fetch, change, series, sar, alerts, routes, cases, evidence, access,
):  # fmt: skip
    app.add_typer(group.commands)


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


if __name__ == "__main__":
    main()

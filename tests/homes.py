"""Installed homes for tests: made once a session, then copied, since the scenes take seconds."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.pipeline.installation import open_installation
from geo.settings import Settings

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
"""The time at which everything in these tests happens."""

COUNTS = {
    "sites": 379, "posts": 102, "seizures": 118, "events": 37, "roads": 246, "scenes": 11,
    "alerts": 0, "terrain": 0, "networks": 0, "routes": 0,
    "objects": 0, "custody": 0, "photographs": 0, "links": 0, "stolen": 0,
    "opinions": 0, "assessments": 0,
}  # fmt: skip
"""Records of an installation that nobody has touched."""


def settings_of(home: Path) -> Settings:
    """The settings of an installation in this folder."""
    return Settings(
        home=home, store_url=f"sqlite:///{home / 'lamassu.sqlite'}", online_basemap=False
    )


def installed(factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation, made on the first call of a session; not to be changed."""
    home = factory.getbasetemp() / "installed"
    if not home.exists():
        open_installation(settings_of(home), now=NOW).close()
    return home


def copied(home: Path, to: Path) -> Path:
    """A copy of an installation to change; the scenes, which nobody writes to, are only linked."""
    to.mkdir()
    shutil.copy2(home / "lamassu.sqlite", to)
    shutil.copytree(home / "scenes", to / "scenes", copy_function=os.link)
    return to

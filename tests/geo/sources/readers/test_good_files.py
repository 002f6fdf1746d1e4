"""Walls keep nobody out who has good papers: every plain file is accepted whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from geo.sources.confined.limits import BROWSER
from tests.hostile.good_files import Good, good_cubes, good_rasters, good_tables
from tests.hostile.trap import outcome_of_cube, outcome_of_raster, outcome_of_table


def wrong(corpus: dict[str, Good], folder: Path, outcome: Callable[..., str]) -> dict[str, str]:
    """The files of which something else came than should have."""
    found = {}
    for number, (name, good) in enumerate(corpus.items()):
        path = folder / str(number) / good.name
        path.parent.mkdir()
        path.write_bytes(good.content)
        said = outcome(path, limits=BROWSER)
        if not said.startswith(f"read {good.rows} "):
            found[name] = f"{said}, not {good.rows}"
    return found


@pytest.mark.thorough
def test_every_plain_table_and_map_is_read_whole(tmp_path: Path):
    """All rows, none refused."""
    assert wrong(good_tables(), tmp_path, outcome_of_table) == {}


def test_plain_tables_and_maps_are_read_whole(tmp_path: Path):
    """Each fourth of them."""
    some = dict(list(good_tables().items())[::4])
    assert wrong(some, tmp_path, outcome_of_table) == {}


def test_every_plain_raster_is_read_whole(tmp_path: Path):
    """All cells, none refused."""
    assert wrong(good_rasters(), tmp_path, outcome_of_raster) == {}


def test_every_plain_cube_is_read_whole(tmp_path: Path):
    """All cells, none refused."""
    assert wrong(good_cubes(), tmp_path, outcome_of_cube) == {}


def test_there_are_at_least_fifty_plain_files():
    """A corpus that shrinks is noticed."""
    assert len(good_tables()) + len(good_rasters()) + len(good_cubes()) >= 50

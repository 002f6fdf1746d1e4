"""Commands killed half-way leave nothing half-written under a name; the next run succeeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import rasterio

from geo.store import open_store
from tests.geo.pipeline.series.conftest import write_scenes
from tests.homes import settings_of
from tests.shell_runs import environment
from tests.small_pictures import picture
from tests.stac.range_server import file_server
from tests.stac.servers import item, scene_files

KILLED = """
import os, signal, sys
from pathlib import Path

left, plain = int(sys.argv.pop(1)), Path.replace

def replace(self, target):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, target)

Path.replace = replace
import cli
cli.main()
"""
"""A command that ends as by a loss of power when a file is about to get its name for the n-th time:
all that is written is there, and nothing has its name yet."""


@pytest.fixture
def killed(project, home):
    """Runs a command that does not live to see its n-th file; what it left of its exit code."""

    def run(number: int, *words: object) -> int:
        return subprocess.run(
            [sys.executable, "-c", KILLED, str(number), *map(str, words)],
            env=environment(home, PYTHONPATH=str(project)), cwd=home.parent, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=120,
        ).returncode  # fmt: skip

    return run


def records(home: Path) -> tuple[int, int, int]:
    """Alerts, scenes and imports of the store, which is whole."""
    store = open_store(settings_of(home).store_url)
    try:
        assert store.integrity() == ()
        return len(store.read("alerts")), len(store.read("scenes")), len(store.imports())
    finally:
        store.close()


@pytest.mark.parametrize(
    "number", [1, *(pytest.param(n, marks=pytest.mark.thorough) for n in (5, 6))]
)
def test_a_detection_leaves_whole_files_or_none(killed, ask, tmp_path, number):
    """All three are written before the first gets its name; then it is run again, and once more."""
    before = picture(tmp_path / "a.tif")
    after = picture(tmp_path / "b.tif", patch=True, noise=2)
    out = tmp_path / "out"
    out.mkdir()
    names = [out / "s.tif", out / "m.tif", out / "f.gpkg"]
    words = ("detect", "--fast", "--before", before, "--after", after, "--score", names[0],
             "--mask", names[1], "--out", names[2])  # fmt: skip
    assert killed(number, *words) == -9
    assert [path.exists() for path in names] == [place < number - 4 for place in range(3)]
    for path in names[: max(0, number - 4)]:
        with rasterio.open(path) as file:
            file.read()
    for _ in range(2):
        assert ask(*words).code == 0
        assert len(gpd.read_file(names[2])) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("number", [1, 2, 20])
def test_a_watch_keeps_all_or_nothing(killed, run, home, tmp_path, number):
    """Killed while its scenes are kept: no alert is without them; then each is there once."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    write_scenes(folder)
    out = tmp_path / "alerts.gpkg"
    words = ("series", "--site", "Hatra", "--scenes", folder, "--out", out, "--keep")
    earlier = records(home)
    assert killed(number, *words) == -9
    assert out.exists() == (number > 1)
    assert records(home) == earlier
    for _ in range(2):
        assert run(*words).code == 1  # cloudy scenes are left out
        assert records(home) == (earlier[0] + 1, earlier[1], earlier[2] + 1)


@pytest.mark.thorough
@pytest.mark.parametrize("number", [1, 5, 12])
def test_a_scene_that_was_half_fetched_is_fetched_and_kept_once(
    killed, run, home, tmp_path, number
):
    """Killed while a band, and while the scene, was about to get its name."""
    with file_server() as files:
        made = scene_files(tmp_path)
        files.files |= {f"/a/{asset}.tif": one for asset, one in made.items()}
        files.files["/"] = json.dumps(root(files.url)).encode()
        files.posted["/search"] = json.dumps(found(files.url)).encode()
        words = ("fetch", "--site", "Nimrud", "--stac", files.url, "--from", "2024-01-01", "--to",
                 "2024-12-31", "--half-width-m", "300", "--yes")  # fmt: skip
        earlier = records(home)
        assert killed(number, *words) == -9
        assert records(home) == earlier
        for _ in range(2):
            assert run(*words).code == 0
            assert records(home) == (earlier[0], earlier[1] + 1, earlier[2] + 1)


def root(url: str) -> dict[str, object]:
    """The first page of a STAC server that can be searched."""
    return {
        "type": "Catalog", "stac_version": "1.0.0", "id": "made-up", "description": "made up",
        "conformsTo": ["https://api.stacspec.org/v1.0.0/core",
                       "https://api.stacspec.org/v1.0.0/item-search"],
        "links": [{"rel": "search", "href": f"{url}/search", "method": "POST"}],
    }  # fmt: skip


def found(url: str) -> dict[str, object]:
    """What it answers: one scene."""
    scene = item("S2A_made_up", f"{url}/a", when="2024-03-01T08:00:00Z")
    return {"type": "FeatureCollection", "features": [scene], "links": []}

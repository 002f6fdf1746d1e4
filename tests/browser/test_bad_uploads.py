"""Files that cannot be compared: a readable refusal, and the app goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from playwright.sync_api import Page, expect
from pyproj import CRS

from geo.grid import Grid
from geo.sources.writers.geotiff_files import write_geotiff
from tests.browser.steps import settled
from tests.homes import copied, installed

pytestmark = pytest.mark.browser

BANDS = ("B02", "B03", "B04", "B08")


@pytest.fixture(scope="module")
def address(serve, project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app, started as a user starts it."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("bad-uploads") / "home")
    return serve(project / "app.py", LAMASSU_HOME=str(home))


def picture(path: Path, *, left_m: float = 300_000, seed: int = 1) -> Path:
    """A small GeoTIFF of noise in UTM 38N."""
    grid = Grid(
        crs=CRS.from_epsg(32638), transform=Affine(10, 0, left_m, 0, -10, 3_900_000), shape=(80, 80)
    )
    values = np.random.default_rng(seed).uniform(500, 3000, (len(BANDS), 80, 80))
    write_geotiff(path, values.astype(np.float32), grid=grid, bands=BANDS, nodata=0.0, tags={})
    return path


def empty(folder: Path) -> tuple[Path, Path]:
    """A file without a byte, and a good one."""
    path = folder / "empty.tif"
    path.write_bytes(b"")
    return path, picture(folder / "good.tif")


def apart(folder: Path) -> tuple[Path, Path]:
    """Two pictures 100 km from one another."""
    return picture(folder / "west.tif"), picture(folder / "east.tif", left_m=400_000)


def truncated(folder: Path) -> tuple[Path, Path]:
    """A good file, and one of which half is missing."""
    whole = picture(folder / "whole.tif")
    cut = folder / "cut.tif"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return whole, cut


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        pytest.param(empty, "empty.tif is empty", marks=pytest.mark.thorough),
        (apart, "does not overlap"),
        pytest.param(truncated, "cut.tif cannot be read", marks=pytest.mark.thorough),
    ],
    ids=lambda part: part.__name__ if callable(part) else "",
)
def test_a_bad_pair_is_refused_in_words_and_a_good_one_runs_after_it(
    page: Page, address: str, tmp_path: Path, pair, words: str
):
    """The refusal says what is wrong and what to do; nothing is shown as a result."""
    before, after = pair(tmp_path)
    page.goto(f"{address}/change")
    page.get_by_text("Files from this computer").click()
    settled(page)
    page.get_by_text("The whole picture").click()
    settled(page)
    compare(page, before, after)
    refusal = page.locator("[data-testid=stAlert]")
    expect(refusal).to_be_visible(timeout=30_000)
    expect(refusal).to_contain_text(words)
    told = refusal.inner_text()
    assert "expected" in told
    assert "/tmp" not in told
    assert "Traceback" not in told
    expect(page.get_by_text("flagged areas")).to_have_count(0)
    if pair is apart:
        good = [picture(tmp_path / f"good_{n}.tif", seed=n) for n in (1, 2)]
        for file in (before, after):
            page.get_by_role("button", name=f"Remove {file.name}").click()
            settled(page)
        compare(page, *good)
        expect(page.get_by_text("flagged areas")).to_be_visible(timeout=30_000)
        expect(refusal.filter(has_text=words)).to_have_count(0)


def compare(page: Page, before: Path, after: Path) -> None:
    """Uploads a pair and presses the button."""
    inputs = page.locator("input[type=file]")
    expect(inputs).to_have_count(2)
    inputs.nth(0).set_input_files(before)
    settled(page)
    inputs.nth(1).set_input_files(after)
    button = page.get_by_role("button", name="Find change")
    expect(button).to_be_enabled()
    settled(page)
    button.click()
    settled(page)

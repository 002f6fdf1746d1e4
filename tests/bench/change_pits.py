"""How much of the ground pits must cover before the engine flags them: the sensor's limit.

Run ``python tests/bench/change_pits.py``; ``LAMASSU_TESTDATA`` names the evaluation data. The 1903
pits that appeared at Dura-Europos between May 2013 and September 2014 (ALCEO, digitised on pictures
of very high resolution) are put into the later of two real Sentinel-2 pictures of desert and town
(OSCD, abudhabi) at their true coverage: a cell of which pits cover the share c is darkened by c
times 15 or 30 per cent. Once, both pictures are as they were, 26 months apart, with all that was
built and blown meanwhile (busy); once, the later picture is the earlier one under SIMULATED noise
of 0.3 per cent reflectance, so that nothing but the pits changed (quiet): the best case there is.

Cells of 10 m have all ten bands, those of 20 m the coverage of 20 m. No finer pictures with a
licence are at hand: for cells of 5 and 3 m the bands B02 B03 B04 B08 of the same pictures are taken
as if their cells were that small, so that texture and noise are Sentinel-2's. Sensors blur a cell
into its neighbours; that is left out, so the real limit is rather higher. So that dense fields are
seen as well, the pits are also laid over each other 4 and 12 times, shifted by some metres.

A cell counts as detected if it is flagged; next to that stands how many of the same cells are
flagged without any pit. Cells that truly changed are left out. The constants of `geo.change.limits`
are the rows printed last; nothing was chosen on them.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.features import rasterize
from scipy import ndimage
from scipy.stats import rankdata
from shapely.geometry import shape

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change import METHOD, detect  # noqa: E402 - the project is run, not installed
from geo.change.limits import COVERAGE, Background, Pits  # noqa: E402
from geo.grid import Grid, Raster  # noqa: E402
from geo.sources.rasters.raster import read_raster  # noqa: E402

FINE_M = 0.25
"""Cells on which coverage is counted."""

FINE_BANDS = ("B02", "B03", "B04", "B08")
"""Bands of sensors with cells of 3 and 5 m."""

DARKENING = (0.15, 0.30)
"""Share of light that the inside of a pit lacks."""

COPIES = (1, 4, 12)
"""How many times the pits are laid over each other."""

STEP_M = (9.0, 7.0)
"""East and south step from copy to copy."""

WINDOW_PX = 5
"""Side of the square whose coverage says what a cell lies in: no single cell is ever flagged."""

PITS = {0.15: Pits.FAINT, 0.30: Pits.DARK}
"""Names of the darkenings."""

CORNERS = {10: ((60, 60), (420, 240)), 5: ((300, 440),), 3: ((30, 60),)}
"""Row and column where the upper left corner of the site is put, by cell size; even numbers."""

FEWEST_CELLS = 100
"""Cells without which a class of coverage says nothing."""

NOISE_DN = 30
"""Standard deviation of the noise between the quiet dates, in units of 1e-4 reflectance."""

Key = tuple[str, int, float, int]
"""Background, cell size in metres, darkening, copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Two dates of one place."""

    before: Raster
    """The earlier picture."""
    after: Raster
    """The later picture, without pits."""
    changed: NDArray[np.bool_]
    """What truly changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One site put into one place."""

    around: NDArray[np.float64]
    """Coverage of the window around each cell that holds a pit."""
    flagged: NDArray[np.bool_]
    """Whether the cell is flagged."""
    by_chance: NDArray[np.bool_]
    """Whether it is flagged without pits."""
    auc: tuple[float, float]
    """Of these cells against those without pit or change: by score, by unpooled score."""


def main() -> None:
    """Print the tables of the site as it was, and of detection against coverage."""
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data") / "change"
    pits = read_pits(folder.resolve() / "alceo_dura" / "pits.appeared.geojson.gz")
    print(f"Detector: {METHOD}\n")
    found: dict[Key, list[Run]] = {}
    for cell_m, corners in CORNERS.items():
        busy = read_pair(folder.resolve() / "oscd" / "abudhabi", cell_m)
        for background, pair in (("busy", busy), ("quiet", quiet(busy))):
            without = detect(pair.before, pair.after).mask == 1
            for copies in COPIES:
                share = coverage(pits, cell_m, copies)
                for darkening in DARKENING:
                    found[background, cell_m, darkening, copies] = [
                        run(pair, without, laid(share, pair, corner), darkening)
                        for corner in corners
                    ]
    print_as_it_was(found)
    print_curves(found)
    print_constants(found, pits)


def read_pits(path: Path) -> NDArray[np.object_]:
    """Outlines in EPSG:32637."""
    with gzip.open(path) as file:
        features = json.load(file)["features"]
    return shapely.make_valid(np.array([shape(f["geometry"]) for f in features]))


def coverage(pits: NDArray[np.object_], cell_m: int, copies: int) -> NDArray[np.float64]:
    """Share of each cell that pits cover, shape (rows, columns), both even."""
    west, south, east, north = shapely.total_bounds(pits)
    reach = copies * max(STEP_M)
    rows, cols = (
        2 * int(np.ceil((span + reach) / cell_m / 2)) for span in (north - south, east - west)
    )
    ratio = int(cell_m / FINE_M)
    place = Affine(FINE_M, 0, west, 0, -FINE_M, north)
    once = rasterize(list(pits), out_shape=(rows * ratio, cols * ratio), transform=place)
    all_of_them = np.zeros_like(once)
    for copy in range(copies):
        col, row = (round(copy * step / FINE_M) for step in STEP_M)
        all_of_them |= np.roll(once, (row, col), axis=(0, 1))
    return all_of_them.reshape(rows, ratio, cols, ratio).mean(axis=(1, 3))


def read_pair(city: Path, cell_m: int) -> Dates:
    """Both dates on one grid and the true change; the finer ones as the module says."""
    files = ("10m", "20m") if cell_m == 10 else ("10m",)
    before = read_raster([city / f"t1_{name}.tif" for name in files])
    after = read_raster([city / f"t2_{name}.tif" for name in files], onto=before.grid)
    changed = read_raster([city / "change.tif"]).values[0] == 1
    if cell_m == 10:
        return Dates(before=before, after=after, changed=changed)
    grid = Grid(
        crs=CRS.from_epsg(32640),
        transform=Affine(cell_m, 0, 250_000, 0, -cell_m, 2_710_000),
        shape=before.grid.shape,
    )
    old, new = (Raster(grid=grid, bands=r.bands, values=r.values) for r in (before, after))
    return Dates(before=old, after=new, changed=changed)


def quiet(pair: Dates) -> Dates:
    """The earlier date twice, the second time under noise."""
    noise = np.random.default_rng(1).normal(0, NOISE_DN, pair.before.values.shape)
    values = (pair.before.values + noise).astype(np.float32)
    later = Raster(grid=pair.before.grid, bands=pair.before.bands, values=values)
    return Dates(before=pair.before, after=later, changed=np.zeros_like(pair.changed))


def laid(share: NDArray[np.float64], pair: Dates, corner: tuple[int, int]) -> NDArray[np.float64]:
    """The coverage on the grid of the pair, 0 outside the site."""
    placed = np.zeros(pair.before.grid.shape)
    row, col = corner
    part = share[: placed.shape[0] - row, : placed.shape[1] - col]
    placed[row : row + part.shape[0], col : col + part.shape[1]] = part
    return placed


def run(
    pair: Dates, without: NDArray[np.bool_], placed: NDArray[np.float64], darkening: float
) -> Run:
    """The pits put into the later picture, and what the engine says of them."""
    height, width = (size // 2 * 2 for size in placed.shape)
    halves = placed[:height, :width].reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    coarse = np.zeros_like(placed)
    coarse[:height, :width] = ndimage.zoom(halves, 2, order=1, mode="nearest", grid_mode=True)
    layers = [
        layer * (1 - darkening * (placed if name in FINE_BANDS else coarse))
        for name, layer in zip(pair.after.bands, pair.after.values, strict=True)
    ]
    values = np.stack(layers).astype(np.float32)
    later = Raster(grid=pair.after.grid, bands=pair.after.bands, values=values)
    found = detect(pair.before, later)
    around = ndimage.uniform_filter(placed, WINDOW_PX)
    known = ~pair.changed & np.isfinite(found.score)
    pit, ground = known & (placed > 0), known & (around == 0)
    return Run(
        around=around[pit],
        flagged=(found.mask == 1)[pit],
        by_chance=without[pit],
        auc=(auc(found.score, pit, ground), auc(found.unpooled, pit, ground)),
    )


def auc(score: NDArray[np.float32], pit: NDArray[np.bool_], ground: NDArray[np.bool_]) -> float:
    """Probability that a cell with pits scores higher than one without."""
    ranks = rankdata(np.concatenate([score[pit], score[ground]]))
    pits = int(pit.sum())
    return float((ranks[:pits].mean() - (pits + 1) / 2) / ground.sum())


def pooled(runs: list[Run]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Coverage around, flagged and flagged by chance, of the cells of all runs."""
    return (
        np.concatenate([r.around for r in runs]),
        np.concatenate([r.flagged for r in runs]),
        np.concatenate([r.by_chance for r in runs]),
    )


def print_as_it_was(found: dict[Key, list[Run]]) -> None:
    """One line a background, cell size, darkening and density: all cells that hold a pit."""
    print(
        "| background | cell | darkening | copies | coverage, median | flagged % | without pits % "
        "| AUC | AUC unpooled |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for (background, cell_m, darkening, copies), runs in found.items():
        around, flagged, chance = pooled(runs)
        aucs = np.mean([r.auc for r in runs], axis=0)
        print(
            f"| {background} | {cell_m} m | {darkening:.0%} | {copies} | {np.median(around):.1%} "
            f"| {100 * flagged.mean():.1f} | {100 * chance.mean():.1f} "
            f"| {aucs[0]:.3f} | {aucs[1]:.3f} |"
        )


def print_curves(found: dict[Key, list[Run]]) -> None:
    """One line a background, cell size, darkening and class of coverage, over all densities."""
    print("\n| background | cell | darkening | coverage | cells | flagged % | without pits % |")
    print("|---|---|---|---|---|---|---|")
    for kind in sorted({key[:3] for key in found}):
        around, flagged, chance = pooled(
            [r for key, rs in found.items() if key[:3] == kind for r in rs]
        )
        for low, high in pairwise(COVERAGE):
            here = (around >= low) & (around < high)
            if here.sum() >= FEWEST_CELLS:
                print(
                    f"| {kind[0]} | {kind[1]} m | {kind[2]:.0%} | {low:.1%} to {high:.0%} "
                    f"| {here.sum()} | {100 * flagged[here].mean():.1f} "
                    f"| {100 * chance[here].mean():.1f} |"
                )


def print_constants(found: dict[Key, list[Run]], pits: NDArray[np.object_]) -> None:
    """The constants of `geo.change.limits` as they stand there."""
    print("\nFLAGGED_PER_MILLE")
    for background in Background:
        for cell_m in sorted(CORNERS):
            for darkening, name in PITS.items():
                kind = (background.value, cell_m, darkening)
                around, flagged, _ = pooled(
                    [r for key, rs in found.items() if key[:3] == kind for r in rs]
                )
                shares = tuple(
                    round(1000 * float(flagged[(around >= low) & (around < high)].mean()))
                    for low, high in pairwise(COVERAGE)
                )
                print(f"    (Background.{background.name}, {cell_m}, Pits.{name.name}): {shares},")
    medians = {}
    for cell_m in sorted(CORNERS):
        share = coverage(pits, cell_m, 1)
        medians[cell_m] = round(float(np.median(share[share > 0])), 2)
    print(f"AS_DUG {medians}")


if __name__ == "__main__":
    main()

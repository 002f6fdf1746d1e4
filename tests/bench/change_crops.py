"""A small area against its whole scene: whether the same ground is flagged.

Run ``python tests/bench/change_crops.py``; ``LAMASSU_TESTDATA`` names the evaluation data. Areas of
224 x 224 cells of the labelled Sentinel-2 pairs (OSCD) are asked for as a person does, as an area
of the pair's files, and their mask is compared with that of the whole pair. Beside it stands what a
cut alone gives: the same cells cut out first, which must find ranks and threshold in themselves.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change import detect  # noqa: E402 - the project is run, not installed
from geo.grid import Block, Grid, RasterInMemory  # noqa: E402
from geo.pipeline.change import detect_change, picture_of_files  # noqa: E402
from geo.pipeline.overview import place_of  # noqa: E402
from geo.sources.rasters.raster import read_raster  # noqa: E402

SIDE = 224
"""Cells along a side of an area."""

FILES = ("10m", "20m")
"""The two files of a date."""


def main() -> None:
    """Print a line a city."""
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data") / "change" / "oscd"
    print(
        "| city | areas | same cells % | flagged cells shared % | F1 whole | F1 area | "
        "cut alone: same cells % | flagged shared % | F1 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    rows = [row for city in sorted(folder.resolve().iterdir()) for row in compared(city)]
    for city in sorted({name for name, _ in rows}):
        print_row(city, np.concatenate([cells for name, cells in rows if name == city], axis=1))
    print_row("**all**", np.concatenate([cells for _, cells in rows], axis=1))


def compared(city: Path) -> list[tuple[str, NDArray[np.bool_]]]:
    """Whole, area, cut and truth of each area of a city, shape (4, cells)."""
    if not city.is_dir():
        return []
    files = [[city / f"t{date}_{name}.tif" for name in FILES] for date in (1, 2)]
    before = read_raster(files[0])
    after = read_raster(files[1], onto=before.grid)
    truth = read_raster([city / "change.tif"]).values[0] == 1
    whole = detect(before, after).mask == 1
    found = []
    for block in areas(before.grid):
        asked = detect_change(
            *(picture_of_files(paths) for paths in files),
            area_lonlat=outline(block, before.grid),
        ).detection
        inner = block.within(place_of(asked.grid, before.grid))
        dates = (RasterInMemory(raster=date).read(block) for date in (before, after))
        parts = (
            whole[block.slices],
            asked.mask[inner] == 1,
            detect(*dates).mask == 1,
            truth[block.slices],
        )
        found.append((city.name, np.stack([part.ravel() for part in parts])))
    return found


def areas(grid: Grid) -> list[Block]:
    """Two areas a scene: its first corner, and the middle."""
    rows, cols = grid.shape
    corners = ((0, 0), ((rows - SIDE) // 2, (cols - SIDE) // 2))
    return [Block(top=top, left=left, rows=SIDE, cols=SIDE) for top, left in corners]


def outline(block: Block, grid: Grid) -> Polygon:
    """The middle of an area's cells in longitude and latitude: no other cell is touched."""
    part = block.cut(grid).footprint_lonlat
    shrunk = part.buffer(-1e-6)
    assert isinstance(shrunk, Polygon)
    return shrunk


def print_row(name: str, cells: NDArray[np.bool_]) -> None:
    """One line of the table."""
    whole, asked, alone, truth = cells
    same = [100 * (mask == whole).mean() for mask in (asked, alone)]
    shared = [100 * (mask & whole).sum() / max((mask | whole).sum(), 1) for mask in (asked, alone)]
    scores = [f1(mask, truth) for mask in (whole, asked, alone)]
    print(
        f"| {name} | {cells.shape[1] // SIDE**2} | {same[0]:.2f} | {shared[0]:.1f} | "
        f"{scores[0]:.3f} | {scores[1]:.3f} | {same[1]:.2f} | {shared[1]:.1f} | {scores[2]:.3f} |"
    )


def f1(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is flagged."""
    return float(2 * (mask & truth).sum() / max(mask.sum() + truth.sum(), 1))


if __name__ == "__main__":
    main()

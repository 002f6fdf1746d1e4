"""How time and memory of a detection grow with the scene, up to a whole Sentinel-2 tile.

Run ``python tests/bench/change_scale.py [SIDE ...]``; a side of 10980 is a whole tile and takes
half an hour and 6 GB in the temporary folder. Pictures are made here: ten bands of uint16 in the
layout of the real thing (four of 10 m, six of 20 m), ground of several scales, noise, a gain, and
a planted square for every `CELLS_A_SQUARE` cells. Each detection is the product's own, from the
files to score, mask and flags on disk, in a process of its own. Peer, where Debian's otb-bin is
installed: otbcli_MultivariateAlterationDetector, on the four bands of 10 m and on all ten.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy import ndimage

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

FINE, COARSE = ("B02", "B03", "B04", "B08"), ("B05", "B06", "B07", "B8A", "B11", "B12")
"""Bands of 10 m and of 20 m."""

TILE = 732
"""Side of the piece of ground that is laid out again and again, in cells of 10 m."""

SQUARE = 12
"""Side of a planted square, in cells."""

CELLS_A_SQUARE = 15_000
"""One planted square for so many cells: 1 % of the ground."""

PEER = "otbcli_MultivariateAlterationDetector"
"""The peer's command."""

PEERS = {PEER: "{}_10m.tif", f"{PEER}, ten bands": "{}.vrt"}
"""What the peer reads of either date: the bands of 10 m, or all, those of 20 m interpolated."""


def main() -> None:
    """Print one line a size and program."""
    sides = [int(side) for side in sys.argv[1:]] or [1098, 2196, 4392]
    print(
        "| program | cells | CPU s | CPU s a megapixel | peak memory MB | planted squares found |"
    )
    print("|---|---|---|---|---|---|")
    for side in sides:
        with tempfile.TemporaryDirectory(prefix="lamassu-bench-") as name:
            folder = Path(name)
            places = write_pair(folder, side)
            for program in ("detect", "detect --fast", *PEERS):
                if program in PEERS and not shutil.which(PEER):
                    print(f"| {program} | | peer not installed | | | |")
                    continue
                seconds, peak_mb = measured(folder, program)
                found = (
                    "" if program in PEERS else f"{share_found(folder / 'mask.tif', places):.0%}"
                )
                print(
                    f"| {program} | {side} x {side} | {seconds:.0f} | "
                    f"{seconds / side**2 * 1e6:.2f} | {peak_mb:.0f} | {found} |",
                    flush=True,
                )


def write_pair(folder: Path, side: int) -> NDArray[np.intp]:
    """Two dates of a made scene; upper left corners of the planted squares, shape (squares, 2)."""
    rng = np.random.default_rng(5)
    places = rng.integers(0, (side - SQUARE) // 2, (side**2 // CELLS_A_SQUARE, 2)) * 2
    ground = _ground(rng)
    for date in ("before", "after"):
        planted = places if date == "after" else places[:0]
        for name, bands, factor, part in (
            ("10m", FINE, 1, ground[: len(FINE)]),
            ("20m", COARSE, 2, ground[len(FINE) :]),
        ):
            path = folder / f"{date}_{name}.tif"
            _write(path, bands, side, factor=factor, ground=part, planted=planted, seed=date)
        write_stack(folder, date)
    return places


def write_stack(folder: Path, date: str) -> None:
    """All bands of a date as one file of GDAL's virtual kind, those of 20 m bilinear."""
    with rasterio.open(folder / f"{date}_10m.tif") as fine:
        side, place, crs = fine.width, fine.transform.to_gdal(), fine.crs.to_string()
    stack = ET.Element("VRTDataset", rasterXSize=str(side), rasterYSize=str(side))
    ET.SubElement(stack, "SRS").text = crs
    ET.SubElement(stack, "GeoTransform").text = ", ".join(map(repr, place))
    for file, bands, factor in (("10m", FINE, 1), ("20m", COARSE, 2)):
        for number in range(1, len(bands) + 1):
            band = ET.SubElement(
                stack, "VRTRasterBand", dataType="UInt16", band=str(len(stack) - 1)
            )
            source = ET.SubElement(band, "SimpleSource", resampling="bilinear")
            name = ET.SubElement(source, "SourceFilename", relativeToVRT="1")
            name.text = f"{date}_{file}.tif"
            ET.SubElement(source, "SourceBand").text = str(number)
            for what, size in (("SrcRect", side // factor), ("DstRect", side)):
                ET.SubElement(source, what, xOff="0", yOff="0", xSize=str(size), ySize=str(size))
    ET.ElementTree(stack).write(folder / f"{date}.vrt", encoding="unicode")


def measured(folder: Path, program: str) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of a program on the pair in the folder."""
    if program in PEERS:
        before_file, after_file = (PEERS[program].format(date) for date in ("before", "after"))
        pair = ("-in1", f"{folder}/{before_file}", "-in2", f"{folder}/{after_file}")
        command = [PEER, *pair, "-out", f"{folder}/mad.tif", "-ram", "512"]
    else:
        command = [sys.executable, __file__, "child", str(folder), program]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if program in PEERS:
        # The largest child so far is all that the system tells; it may have been another.
        return seconds, after.ru_maxrss / 1024
    return seconds, float(json.loads(done.stdout.splitlines()[-1])["peak_mb"])


def child(folder: Path, program: str) -> None:
    """One detection as the product does it, and what memory it took."""
    from geo.change import Parameters
    from geo.pipeline import change

    found = change.detect_change(
        *(
            change.picture_of_files([folder / f"{date}_10m.tif", folder / f"{date}_20m.tif"])
            for date in ("before", "after")
        ),
        parameters=Parameters(fast="--fast" in program),
    )
    change.write_detection(
        found,
        score=folder / "score.tif",
        mask=folder / "mask.tif",
        out=folder / "flags.gpkg",
    )
    change.summary(found)
    print(json.dumps({"peak_mb": peak_kb() / 1024}))


def peak_kb() -> int:
    """Most memory that this program has had.

    What the system counts for a child begins with the memory of whoever started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


def share_found(mask: Path, places: NDArray[np.intp]) -> float:
    """Share of the planted squares of which most cells are flagged."""
    with rasterio.open(mask) as dataset:
        flagged = [
            (dataset.read(1, window=Window(left, top, SQUARE, SQUARE)) == 1).mean() > 0.5
            for top, left in places.tolist()
        ]
    return float(np.mean(flagged))


def _ground(rng: np.random.Generator) -> NDArray[np.float32]:
    """Ten bands of bare ground, fine and coarse, shape (10, TILE, TILE); its edges join."""
    relief, tilt = (
        sum(
            ndimage.gaussian_filter(rng.standard_normal((TILE, TILE)), sigma, mode="wrap") * sigma
            for sigma in sigmas
        )
        for sigmas in ((1.5, 6, 25), (4, 40))
    )
    shade = np.maximum(1 + 0.2 * relief, 0.3)
    return np.stack([(1500 + 200 * i) * shade + 40 * (i - 5) * tilt for i in range(10)]).astype(
        np.float32
    )


def _write(
    path: Path,
    bands: tuple[str, ...],
    side: int,
    *,
    factor: int,
    ground: NDArray[np.float32],
    planted: NDArray[np.intp],
    seed: str,
) -> None:
    """A file of a date: the ground over and over, new noise everywhere, squares 40 % brighter."""
    cells, edge = side // factor, TILE // factor
    rng = np.random.default_rng([factor, *seed.encode()])
    profile = {
        "driver": "GTiff", "count": len(bands), "height": cells, "width": cells,
        "dtype": "uint16", "crs": "EPSG:32638", "tiled": True, "blockxsize": 512,
        "blockysize": 512, "compress": "deflate", "zlevel": 1, "predictor": 2, "nodata": 0,
        "transform": Affine(10 * factor, 0, 300_000, 0, -10 * factor, 3_990_000),
    }  # fmt: skip
    part = ground[:, ::factor, ::factor] * (1.03 if seed == "after" else 1)
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.descriptions = bands
        for top in range(0, cells, edge):
            for left in range(0, cells, edge):
                rows, cols = min(edge, cells - top), min(edge, cells - left)
                values = part[:, :rows, :cols] + rng.normal(0, 25, (len(bands), rows, cols))
                for row, col in planted // factor - (top, left):
                    if -SQUARE < row < rows and -SQUARE < col < cols:
                        size = SQUARE // factor
                        values[:, max(row, 0) : row + size, max(col, 0) : col + size] *= 1.4
                dataset.write(
                    values.clip(1, 65535).astype(np.uint16), window=Window(left, top, cols, rows)
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(Path(sys.argv[2]), sys.argv[3])
    else:
        main()

"""Cost surfaces and paths beside GRASS, scikit-image, SciPy and scikit-fmm in the same run.

    OMP_NUM_THREADS=1 python tests/bench/routes_cost.py [--rounds 5]

Seconds are CPU seconds (user and system), medians of paired warm runs in alternation; each peer
has one warm run before. GRASS reads its rasters and writes its result, as it does for its user;
what that takes is printed beside it. Memory is the peak above what is held with the input loaded.
The DEM is evaluation data (`LAMASSU_TESTDATA`), brought to UTM 38N, 4000 x 4000 cells of 450 m;
friction is Tobler's pace at the magnitude of the slope; the source is Nimrud.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import skfmm
from numpy.typing import NDArray
from rasterio.transform import from_origin
from rasterio.warp import Resampling, reproject, transform
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from skimage.graph import MCP_Geometric

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.routes.cost import accumulated_cost, walking_cost  # noqa: E402 - run, not installed
from geo.routes.paths import path_cost, straightened, trace  # noqa: E402
from tests.bench.grass import Grass  # noqa: E402

SIDE, CELL_M, CRS = 4000, 450.0, "EPSG:32638"
NIMRUD_LONLAT = (43.329, 36.098)
WEST, NORTH = 500_000 - SIDE * CELL_M / 2, 3_700_000 + SIDE * CELL_M / 2

GRASS_OPTIONS = ["memory=4000", "--overwrite"]
"""All in memory, as ours is."""

Layer = NDArray[np.float32]
Cell = tuple[int, int]


def main() -> None:
    """Print one table a question."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--memory-of", help=argparse.SUPPRESS)
    options.add_argument("--raster", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.memory_of:
        print(peak_bytes_a_cell(asked.memory_of, np.load(asked.raster)))
        return
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data") / "routes"
    elevation_m, source = read_dem(folder / "dem_fused_15s.tif")
    friction = pace(elevation_m)
    with tempfile.TemporaryDirectory() as scratch:
        place = {"crs": CRS, "west": WEST, "north": NORTH, "side": SIDE, "cell_m": CELL_M}
        grass = Grass(Path(scratch), **place) if shutil.which("grass") else None
        if grass is None:
            print("GRASS is not installed: its rows are left out\n")
        real_dem(friction, elevation_m, source, grass, asked.rounds, Path(scratch))
    surfaces(asked.rounds)
    elongation_on_level_ground()
    elongation_on_dem(friction, source)


def read_dem(path: Path) -> tuple[Layer, Cell]:
    """Elevation on the metric grid, and the cell of the source."""
    elevation_m = np.zeros((SIDE, SIDE), np.float32)
    with rasterio.open(path) as dem:
        reproject(
            rasterio.band(dem, 1),
            elevation_m,
            dst_transform=from_origin(WEST, NORTH, CELL_M, CELL_M),
            dst_crs=CRS,
            resampling=Resampling.bilinear,
        )
    (x,), (y,) = transform("EPSG:4326", CRS, [NIMRUD_LONLAT[0]], [NIMRUD_LONLAT[1]])
    return elevation_m, (int((NORTH - y) / CELL_M), int((x - WEST) / CELL_M))


def pace(elevation_m: Layer, cell_m: float = CELL_M) -> Layer:
    """Seconds a metre by Tobler's function at the magnitude of the slope, the same either way."""
    down, right = np.gradient(elevation_m, cell_m)
    return (0.6 * np.exp(3.5 * np.abs(np.hypot(down, right) + 0.05))).astype(np.float32)


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def paired(rounds: int, **runs: Callable[[], float]) -> dict[str, list[float]]:
    """CPU seconds of each of several things, run in turn, after one warm run of each."""
    for run in runs.values():
        run()
    turns = [[run() for run in runs.values()] for _ in range(rounds)]
    return dict(zip(runs, map(list, zip(*turns, strict=True)), strict=True))


def row(name: str, ours: list[float], theirs: list[float], note: str = "") -> None:
    """One line: medians, and the median of the paired ratios with its spread."""
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    print(
        f"| {name} | {statistics.median(ours):.2f} | {statistics.median(theirs):.2f} "
        f"| {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) | {note} |"
    )


def head(title: str, note: str = "note") -> None:
    """The head of a table of paired runs."""
    print(f"\n{title}\n\n| against | ours, s | theirs, s | times faster | {note} |")
    print("|---|---|---|---|---|")


def real_dem(  # noqa: PLR0917 - each is named alike where it is called
    friction: Layer,
    elevation_m: Layer,
    source: Cell,
    grass: Grass | None,
    rounds: int,
    scratch: Path,
) -> None:
    """The tables of the real DEM."""
    level = {"cell_m": CELL_M, "sources_rowcol": source}
    cost_8 = accumulated_cost(friction, **level)
    raster = scratch / "friction.npy"
    np.save(raster, friction)
    head(f"Real DEM, {SIDE} x {SIDE}, friction by slope, 8 neighbours", "greatest difference")
    if grass:
        grass.put(friction, "friction")
        r_cost = ["input=friction", "output=cost", grass.start(source), *GRASS_OPTIONS]
        peaks = []

        def run_r_cost(*more: str) -> float:
            seconds, peak_mb = grass.run("r.cost", *r_cost, *more)
            peaks.append(peak_mb)
            return seconds

        both = paired(
            rounds,
            ours=lambda: cpu_s(lambda: accumulated_cost(friction, **level)),
            theirs=run_r_cost,
        )
        difference = difference_of(cost_8, grass.get("cost") * CELL_M)
        copying_s = grass.run("r.mapcalc", "expression=copy = double(friction)")[0]
        note = f"{difference:.1e}; reading and writing alone {copying_s:.2f} s"
        row(f"GRASS {grass.version} r.cost", both["ours"], both["theirs"], note)
    mcp: dict[str, NDArray[np.float64]] = {}

    def run_mcp() -> None:
        mcp["cost"] = MCP_Geometric(friction, fully_connected=True).find_costs([source])[0]

    both = paired(
        max(rounds // 2, 1),
        ours=lambda: cpu_s(lambda: accumulated_cost(friction, **level)),
        theirs=lambda: cpu_s(run_mcp),
    )
    difference = difference_of(cost_8, mcp.pop("cost") * CELL_M)
    row("scikit-image MCP_Geometric", both["ours"], both["theirs"], f"{difference:.1e}")
    start = time.process_time()
    exact = dijkstra(graph(friction), directed=False, indices=source[0] * SIDE + source[1])
    scipy_s = time.process_time() - start
    same = np.array_equal(exact.reshape(SIDE, SIDE), cost_8)
    note = "equal bit for bit" if same else f"{difference_of(cost_8, exact.reshape(SIDE, SIDE))}"
    row("SciPy dijkstra, float64, graph included", both["ours"][:1], [scipy_s], note)
    print("\n| peak above the input | bytes a cell |\n|---|---|")
    for name in ("ours", "ours, 16 neighbours", "ours on foot", "scikit-image"):
        print(f"| {name} | {memory_of(name, raster)} |")
    if not grass:
        return
    print(f"| r.cost, with its input (the rest is on disk) | {max(peaks) * 2**20 / SIDE**2:.1f} |")
    head("Same, 16 neighbours", "greatest difference")
    cost_16 = accumulated_cost(friction, neighbours=16, **level)
    both = paired(
        max(rounds // 2, 1),
        ours=lambda: cpu_s(lambda: accumulated_cost(friction, neighbours=16, **level)),
        theirs=lambda: run_r_cost("-k"),
    )
    difference = difference_of(cost_16, grass.get("cost") * CELL_M)
    row("r.cost -k", both["ours"], both["theirs"], f"{difference:.1e}")
    head("Same DEM on foot: Tobler uphill and down; theirs is Naismith and Langmuir")
    grass.put(elevation_m, "elevation")
    grass.put(np.zeros_like(elevation_m), "nothing")
    r_walk = ["elevation=elevation", "friction=nothing", "output=walk", grass.start(source)]
    both = paired(
        rounds,
        ours=lambda: cpu_s(lambda: walking_cost(elevation_m, **level)),
        theirs=lambda: grass.run("r.walk", *r_walk, *GRASS_OPTIONS)[0],
    )
    row("GRASS r.walk", both["ours"], both["theirs"])


def difference_of(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Greatest relative difference; inf if they reach different cells."""
    theirs = np.where(np.isfinite(theirs), theirs, np.nan)
    if (np.isnan(ours) != np.isnan(theirs)).any():
        return np.inf
    return float(np.nanmax(np.abs(ours - theirs) / np.maximum(ours, 1e-9)))


def graph(friction: Layer) -> coo_matrix:
    """The 8-neighbour graph in float64, each edge once."""
    exact, number = friction.astype(np.float64), np.arange(friction.size).reshape(friction.shape)
    ends, weights = [], []
    rows, cols = friction.shape
    for down, right, length in ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 2**0.5), (1, -1, 2**0.5)):
        a = slice(0, rows - down), slice(max(-right, 0), cols - max(right, 0))
        b = slice(down, rows), slice(max(right, 0), cols - max(-right, 0))
        ends.append((number[a].ravel(), number[b].ravel()))
        length_m = CELL_M if length == 1 else np.hypot(CELL_M, CELL_M)
        weights.append(((exact[a] + exact[b]) / 2 * length_m).ravel())
    where = [np.concatenate(side).astype(np.int32) for side in zip(*ends, strict=True)]
    return coo_matrix((np.concatenate(weights), where), shape=(exact.size, exact.size)).tocsr()


def memory_of(name: str, raster: Path) -> str:
    """Bytes a cell of one run in a process of its own."""
    command = [sys.executable, __file__, "--memory-of", name, "--raster", str(raster)]
    return subprocess.check_output(command, text=True).strip()


def peak_bytes_a_cell(name: str, raster: Layer) -> str:
    """What one run takes at its peak above what is held before it, per cell."""
    work: dict[str, Callable[[Layer], object]] = {
        "ours": lambda r: accumulated_cost(r, cell_m=1.0, sources_rowcol=(9, 9)),
        "ours, 16 neighbours": lambda r: accumulated_cost(
            r, cell_m=1.0, sources_rowcol=(9, 9), neighbours=16
        ),
        "ours on foot": lambda r: walking_cost(r, cell_m=1.0, sources_rowcol=(9, 9)),
        "scikit-image": lambda r: MCP_Geometric(r, fully_connected=True).find_costs([(9, 9)]),
    }
    work[name](raster[:100, :100].copy())
    held_kb = memory_kb("VmRSS")
    work[name](raster)
    return f"{(memory_kb('VmHWM') - held_kb) * 1024 / raster.size:.2f}"


def memory_kb(name: str) -> int:
    """What this process holds (VmRSS), or has held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def surfaces(rounds: int) -> None:
    """Made surfaces, among them the maze; none of them is treated in a way of its own."""
    head("Made surfaces, 2000 x 2000 (the maze 4000 x 4000), against scikit-image", "difference")
    for name, friction, source in made():
        theirs: dict[str, NDArray[np.float64]] = {}
        # scikit-image bars what is negative.
        barred = np.where(np.isnan(friction), -1, friction)

        def run_theirs(barred: Layer = barred, source: Cell = source, kept: dict = theirs) -> None:
            kept["cost"] = MCP_Geometric(barred, fully_connected=True).find_costs([source])[0]

        def run_ours(friction: Layer = friction, source: Cell = source) -> NDArray[np.float64]:
            return accumulated_cost(friction, cell_m=1.0, sources_rowcol=source)

        both = paired(
            rounds, ours=lambda run=run_ours: cpu_s(run), theirs=lambda run=run_theirs: cpu_s(run)
        )
        difference = difference_of(run_ours(), theirs["cost"])
        row(name, both["ours"], both["theirs"], f"{difference:.1e}")


def made() -> list[tuple[str, Layer, Cell]]:
    """Name, friction and source of each made surface."""
    rng = np.random.default_rng(4)
    side, middle = 2000, (1000, 1000)
    wave = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    wave[0, 0] = 1
    spectrum = rng.normal(size=wave.shape) + 1j * rng.normal(size=wave.shape)
    hills = np.fft.irfft2(spectrum * wave**-2.2, s=(side, side))
    river = pace((600 * hills / hills.std()).astype(np.float32))
    course = (side / 3 + side / 12 * np.sin(np.arange(side) / side * 9)).astype(int)
    for width in range(3):
        river[course + width, np.arange(side)] = np.nan
    river[course[700] : course[700] + 3, 700] = 1  # a bridge
    sparse = np.ones((side, side), np.float32)
    sparse[rng.random(sparse.shape) < 0.42] = np.nan
    sparse[middle] = 1
    maze = (10 ** rng.uniform(0, 4, (SIDE, SIDE))).astype(np.float32)
    for number, top in enumerate(range(7, SIDE - 5, 12)):
        maze[top : top + 5, slice(None, -7) if number % 2 else slice(7, None)] = np.nan
    return [
        ("constant", np.ones((side, side), np.float32), middle),
        ("fractal hills with a river", river, middle),
        ("rough, lognormal of 1.2", np.exp(rng.normal(0, 1.2, river.shape)).astype("f4"), middle),
        ("noise of contrast 1:10,000", (10 ** rng.uniform(0, 4, river.shape)).astype("f4"), middle),
        ("42 % of the cells barred at random", sparse, middle),
        (f"serpentine maze, {100 * np.isnan(maze).mean():.0f} % barred, 1:10,000", maze, (0, 0)),
    ]


def elongation_on_level_ground() -> None:
    """How much too long a path is in the worst direction."""
    friction, source = np.ones((1201, 1201), np.float32), (100, 100)
    worst = np.zeros(3)
    for degrees in np.linspace(0, 90, 65):
        end = tuple(int(v) for v in np.rint(100 + 1000 * np.array(sin_cos(degrees))))
        straight = np.hypot(end[0] - 100, end[1] - 100)
        costs = []
        for neighbours in (8, 16):
            asked = {"cell_m": 1.0, "sources_rowcol": source, "neighbours": neighbours}
            cost = accumulated_cost(friction, stop_rowcol=end, **asked)
            costs.append(cost[end])
            if neighbours == 8:
                path = trace(cost, friction, to_rowcol=end, **asked)
                smooth_s = straightened(path, friction, cell_m=1.0)[1]
        worst = np.maximum(worst, np.array([*costs, smooth_s]) / straight - 1)
    print("\n| elongation, worst of 65 directions on level ground | % |\n|---|---|")
    for name, share in zip(("8 neighbours", "16", "final path"), worst, strict=True):
        print(f"| {name} | {100 * share:.3f} |")


def sin_cos(degrees: float) -> tuple[float, float]:
    """Rows down and columns right of a step of one."""
    return float(np.sin(np.radians(degrees))), float(np.cos(np.radians(degrees)))


def elongation_on_dem(friction: Layer, source: Cell) -> None:
    """Final paths against those that descend a second-order fast-marching surface."""
    reach = 600
    window = np.ascontiguousarray(
        friction[source[0] - reach : source[0] + reach, source[1] - reach : source[1] + reach]
    )
    source = (reach, reach)
    rows, cols = np.indices(window.shape)
    front = np.hypot(rows - reach, cols - reach) - 2.0
    time_s = np.abs(skfmm.travel_time(front, 1.0 / window, dx=1.0, order=2))
    time_s[front < 0] = (np.hypot(rows - reach, cols - reach) * window - 2 * window)[front < 0]
    rng = np.random.default_rng(9)
    ends = [source + r * np.array(sin_cos(a)) for r, a in zip(rng.uniform(150, 590, 40),
            rng.uniform(0, 360, 40), strict=True)]  # fmt: skip
    names = ("8 neighbours", "16 neighbours", "final path from 8", "final path from 16")
    found: dict[str, list[float]] = {name: [] for name in names}
    level = {"cell_m": 1.0, "sources_rowcol": source}
    costs = {n: accumulated_cost(window, neighbours=n, **level) for n in (8, 16)}
    for place in ends:
        end = (int(place[0]), int(place[1]))
        theirs_s = path_cost(descend(time_s, end, source), window, cell_m=1.0)
        for neighbours, cost in costs.items():
            path = trace(cost, window, to_rowcol=end, neighbours=neighbours, **level)
            smooth_s = straightened(path, window, cell_m=1.0)[1]
            found[f"{neighbours} neighbours"].append(cost[end] / theirs_s - 1)
            found[f"final path from {neighbours}"].append(smooth_s / theirs_s - 1)
    print(
        "\n| above the second-order fast-marching path, real DEM | mean % | most % |\n|---|---|---|"
    )
    for name, shares in found.items():
        print(f"| {name} | {100 * np.mean(shares):.2f} | {100 * max(shares):.2f} |")


def descend(time_s: NDArray[np.float64], end: Cell, source: Cell) -> NDArray[np.float64]:
    """The line of steepest descent from `end` to `source`, in quarter cells."""
    slopes = np.gradient(time_s)
    line = [np.array(end, float)]
    for _ in range(40 * sum(time_s.shape)):
        here = line[-1]
        if np.hypot(*(here - source)) < 3:
            return np.array([*line, np.array(source, float)])
        down = np.array([map_coordinates(s, here[:, None], order=1)[0] for s in slopes])
        line.append(here - 0.25 * down / np.hypot(*down))
    raise SystemExit(f"the fast-marching surface leads nowhere from {end}")


if __name__ == "__main__":
    main()

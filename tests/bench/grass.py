"""GRASS as a peer: a database of its own, and its modules run without the start of a session."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Grass:
    """A database with one region, and what its modules take."""

    def __init__(
        self, scratch: Path, *, crs: str, west: float, north: float, side: int, cell_m: float
    ) -> None:
        """Make the database in an empty folder; the region is a square of `side` cells."""
        home = subprocess.check_output(["grass", "--config", "path"], text=True).strip()
        self.version = subprocess.check_output(["grass", "--config", "version"], text=True).strip()
        make = ["grass", "-c", crs, "-e", scratch / "bench"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rc = scratch / "rc"
        rc.write_text(f"GISDBASE: {scratch}\nLOCATION_NAME: bench\nMAPSET: PERMANENT\nGUI: text\n")
        self.scratch, self.bin, self.side = scratch, Path(home) / "bin", side
        self.west, self.north, self.cell_m = west, north, cell_m
        self.environment = {
            **os.environ,
            "GISBASE": home,
            "GISRC": str(rc),
            "LD_LIBRARY_PATH": f"{home}/lib",
            "PATH": f"{home}/bin:{home}/scripts:{os.environ['PATH']}",
        }
        extent = side * cell_m
        self.box = [f"n={north}", f"s={north - extent}", f"w={west}", f"e={west + extent}"]
        self.run("g.region", *self.box, f"res={cell_m}")

    def run(self, module: str, *words: str) -> tuple[float, float]:
        """CPU seconds (user and system) and peak MB of one module."""
        command = [self.bin / module, *words]
        running = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        peak_kb = 0
        while True:
            done, status, used = os.wait4(running.pid, os.WNOHANG)
            if done:
                break
            # What wait4 tells of memory includes the parent's at the fork.
            for line in Path(f"/proc/{running.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    peak_kb = max(peak_kb, int(line.split()[1]))
            time.sleep(0.02)
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            raise SystemExit(f"{module} {' '.join(words)} failed")
        return used.ru_utime + used.ru_stime, peak_kb / 1024

    def put(self, layer: NDArray[np.float32], name: str) -> None:
        """Bring a layer into the database."""
        raw = self.scratch / name
        layer.astype("<f4").tofile(raw)
        size = [f"rows={self.side}", f"cols={self.side}", "bytes=4", *self.box]
        self.run("r.in.bin", "-f", f"input={raw}", f"output={name}", *size)

    def get(self, name: str) -> NDArray[np.float64]:
        """A layer of the database in double precision, NaN where it has no data."""
        raw = self.scratch / f"{name}.out"
        words = ["bytes=8", "null=nan", "--overwrite"]
        self.run("r.out.bin", "-f", f"input={name}", f"output={raw}", *words)
        return np.fromfile(raw, "<f8").reshape(self.side, self.side)

    def start(self, cell: tuple[int, int]) -> str:
        """The option that names a source, by the row and column of its cell."""
        x, y = self.west + (cell[1] + 0.5) * self.cell_m, self.north - (cell[0] + 0.5) * self.cell_m
        return f"start_coordinates={x},{y}"

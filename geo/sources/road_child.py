"""A process of its own for reading a file of roads: what goes wrong in it stays in it.

The parsers of OpenStreetMap files and GeoPackages are large C++ programs, and the file is anyone's.
The child has no environment but its own, is given one file by its absolute name, and under POSIX
may use only so much memory, processor time and disk. The parent takes its rows, or its reason.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from geo.errors import BadInput, LamassuError, UnreadableFile

PROJECT = Path(__file__).resolve().parents[2]

REFUSED = 3
"""Exit code of a child that has written down why it refuses the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What reading one file may cost."""

    memory_bytes: int = 6_000_000_000
    """Address space of the child; a country's extract needs a tenth."""
    cpu_s: int = 1_800
    """Processor time in seconds."""
    wall_s: float = 3_600.0
    """Time by the clock in seconds."""
    disk_bytes: int = 8_000_000_000
    """Largest file it may write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildReading:
    """What the child found."""

    rows: pa.Table
    """Rows of `geo.sources.road_rows.ROW_SCHEMA`."""
    notes: tuple[str, ...]
    """What it guessed or left aside."""


def read_in_child(path: Path, *, form: str, limits: ChildLimits = ChildLimits()) -> ChildReading:
    """The rows of a file of roads.

    Parameters
    ----------
    form : str
        ``gpkg``, ``geojson``, or as libosmium names the forms of OpenStreetMap: ``pbf``, ``osm``,
        ``osm.bz2``, ``osm.gz``.

    Raises
    ------
    UnreadableFile
        If the file is damaged, or the child was stopped by a limit, a fault of the parser or a
        signal.
    BadInput
        If it holds no roads that can be told.
    """
    with tempfile.TemporaryDirectory(prefix="lamassu-roads-") as folder:
        alone = _alone(path, Path(folder)) if form == "gpkg" else path.resolve()
        order = {
            "path": str(alone), "form": form, "memory_bytes": limits.memory_bytes,
            "cpu_s": limits.cpu_s, "disk_bytes": limits.disk_bytes,
        }  # fmt: skip
        command = [sys.executable, "-P", "-m", "geo.sources.road_child", json.dumps(order)]
        try:
            with (Path(folder) / "said").open("wb") as said:
                ended = subprocess.run(  # noqa: S603 - no shell; the file's name is data in JSON
                    command,
                    cwd=folder,
                    env=_environment(form),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    timeout=limits.wall_s,
                    check=False,
                )
        except subprocess.TimeoutExpired as err:
            raise _stopped(path, f"reading took more than {limits.wall_s:g} s") from err
        if ended.returncode:
            raise _fault(path, Path(folder), ended.returncode, limits)
        with pa.OSFile(f"{folder}/rows.arrow") as file, pa.ipc.open_file(file) as rows:
            notes = json.loads((Path(folder) / "notes.json").read_text(encoding="utf-8"))
            return ChildReading(rows=rows.read_all(), notes=tuple(notes))


def _alone(path: Path, folder: Path) -> Path:
    """A copy of the file with nothing beside it, and the file itself out of reach."""
    try:
        return Path(shutil.copyfile(path, folder / "roads.gpkg"))
    except OSError as err:
        raise _stopped(path, f"it cannot be copied ({err.strerror})") from err


def _environment(form: str) -> dict[str, str]:
    """All that the child knows of the world: where Python's modules lie, and no network."""
    skipped = ",".join(_other_drivers()) if form == "gpkg" else ""
    paths = [str(PROJECT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GDAL_SKIP": skipped,
        "OGR_SKIP": skipped,
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_HTTP_PROXY": "http://127.0.0.1:1",
        "PROJ_NETWORK": "OFF",
        "OMP_NUM_THREADS": "1",
        "OSMIUM_POOL_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
    }


def _other_drivers() -> list[str]:
    """Names of GDAL's drivers but the one for GeoPackages."""
    import pyogrio  # noqa: PLC0415 - GDAL is slow

    return sorted(set(pyogrio.list_drivers()) - {"GPKG"})


def _fault(path: Path, folder: Path, code: int, limits: ChildLimits) -> LamassuError:
    """The error that tells why the child gave no rows."""
    if code == REFUSED:
        told = json.loads((folder / "fault.json").read_text(encoding="utf-8"))
        kind = UnreadableFile if told["unreadable"] else BadInput
        return kind(
            f"{path.name}: {told['what'][:500]}", expected=told["expected"], remedy=told["remedy"]
        )
    if -code == getattr(signal, "SIGXCPU", None):
        return _stopped(path, f"reading took more than {limits.cpu_s:,} s of processor time")
    if -code == getattr(signal, "SIGXFSZ", None):
        return _stopped(path, f"its rows need more than {limits.disk_bytes:,} bytes")
    said = (folder / "said").read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line for line in reversed(said) if line.strip()), "")[:200]
    cause = f"signal {-code}" if code < 0 else f"code {code}"
    return _stopped(path, f"the reader broke down ({cause}{last and ': '}{last})")


def _stopped(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} cannot be read: {why}",
        expected="a whole file of roads of a country or less",
        remedy="check the file, or cut it to the area of interest",
    )


def _rows(order: dict[str, str], notes: list[str]) -> Iterator[pa.RecordBatch]:
    """The batches of the reader of this form; what it notes comes into `notes`."""
    path, form = Path(order["path"]), order["form"]
    if form == "gpkg":
        from geo.sources.road_tables import geopackage_rows  # noqa: PLC0415 - one parser a child

        return geopackage_rows(path, notes=notes)
    if form == "geojson":
        from geo.sources.road_tables import geojson_rows  # noqa: PLC0415

        return geojson_rows(path, notes=notes)
    from geo.sources.osm import osm_rows  # noqa: PLC0415

    return osm_rows(path, form=form)


def _confine(order: dict[str, int]) -> None:
    """Take away from this process what it will not need; Windows knows no such limits."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_CPU, order["cpu_s"]),
        (resource.RLIMIT_FSIZE, order["disk_bytes"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(kind)
        # Time runs out with a signal of its own, a little before the one that only kills.
        last = most + 5 if kind == resource.RLIMIT_CPU else most
        last = last if hard == resource.RLIM_INFINITY else min(last, hard)
        resource.setrlimit(kind, (min(most, last), last))


def _work(order: dict[str, str]) -> None:
    """Write the rows to ``rows.arrow`` and the notes to ``notes.json`` in the current folder."""
    from geo.sources.road_rows import ROW_SCHEMA  # noqa: PLC0415 - after the limits

    notes: list[str] = []
    with pa.OSFile("rows.arrow", "wb") as file, pa.ipc.new_file(file, ROW_SCHEMA) as writer:
        for batch in _rows(order, notes):
            writer.write_batch(batch)
    Path("notes.json").write_text(json.dumps(notes), encoding="utf-8")


def main() -> int:
    """Read the file that the only argument orders; the exit code says how it went."""
    order = json.loads(sys.argv[1])
    _confine(order)
    gc.disable()  # a large JSON would be searched for cycles, of which it has none, over and over
    try:
        _work(order)
    except LamassuError as err:
        fault = {"what": err.what, "expected": err.expected, "remedy": err.remedy}
        unreadable = isinstance(err, UnreadableFile)
    except MemoryError:
        fault = {
            "what": f"reading needs more than {order['memory_bytes']:,} bytes of memory",
            "expected": "an extract of a country or less",
            "remedy": "cut it to the area of interest",
        }
        unreadable = True
    else:
        return 0
    told = json.dumps(fault | {"unreadable": unreadable})
    Path("fault.json").write_text(told, encoding="utf-8")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())

"""Files of roads, read in a process of their own.

The parsers of OpenStreetMap files and GeoPackages are large C++ programs, and the file is anyone's.
The parent takes its rows, or its reason.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from geo.errors import UnreadableFile
from geo.sources.confined.child import in_child, plain_file
from geo.sources.confined.limits import COMMAND_LINE, FileLimits


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
    """Rows of `geo.sources.roads.road_rows.ROW_SCHEMA`."""
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
        notes = in_child(
            "roads",
            path,
            Path(folder),
            options={"form": form},
            limits=dataclasses.replace(COMMAND_LINE, **dataclasses.asdict(limits)),
            drivers=("GPKG",) if form == "gpkg" else (),
        )
        try:
            rows_file = str(plain_file(Path(folder) / "rows.arrow"))
            with pa.OSFile(rows_file) as file, pa.ipc.open_file(file) as batches:
                rows = batches.read_all()
            rows.validate(full=True)
        except pa.ArrowException as err:
            raise UnreadableFile(
                f"{path.name} cannot be read: the reader's answer cannot be used ({err})",
                expected="a whole file of roads of a country or less",
            ) from err
        return ChildReading(rows=rows, notes=tuple(map(str, notes)))


def write_rows(path: Path, folder: Path, *, limits: FileLimits, form: str) -> list[str]:  # noqa: ARG001 - a task's shape
    """Write the rows of the file to ``rows.arrow`` in `folder`; what has to be said of them.

    Runs in the child only.
    """
    from geo.sources.roads.road_rows import ROW_SCHEMA  # noqa: PLC0415 - the parent does without

    notes: list[str] = []
    with (
        pa.OSFile(str(folder / "rows.arrow"), "wb") as file,
        pa.ipc.new_file(file, ROW_SCHEMA) as writer,
    ):
        for batch in rows_of(path, form=form, notes=notes):
            writer.write_batch(batch)
    return notes


def rows_of(path: Path, *, form: str, notes: list[str]) -> Iterator[pa.RecordBatch]:
    """The batches of the reader of this form; what it notes comes into `notes`."""
    if form == "gpkg":
        from geo.sources.roads.road_tables import geopackage_rows  # noqa: PLC0415 - one parser a child

        return geopackage_rows(path, notes=notes)
    if form == "geojson":
        from geo.sources.roads.road_tables import geojson_rows  # noqa: PLC0415

        return geojson_rows(path, notes=notes)
    from geo.sources.roads.osm import osm_rows  # noqa: PLC0415

    return osm_rows(path, form=form)

"""A process of its own for each stranger's file: what goes wrong in it stays in it.

Parsers of spreadsheets, maps and pictures are large, many are written in C++, and the file is
anyone's. The child gets one file, alone in a fresh folder under a name of ours, and no environment
but its own; it gives up memory, processor time, disk, the network and other people's files as far
as the system lets it (`geo.sources.confined.walls`). It answers with plain JSON, or with its
reason.
"""

from __future__ import annotations

import dataclasses
import gc
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from geo import errors
from geo.errors import LamassuError, UnreadableFile
from geo.sources.confined.drivers import restrict_gdal
from geo.sources.confined.limits import FileLimits
from geo.sources.confined.walls import FILES, available_walls, confine

__all__ = ["JSON", "TASKS", "available_walls", "environment", "in_child"]

JSON: TypeAlias = Any
"""What `json.loads` gives."""

PROJECT = Path(__file__).resolve().parents[3]

TASKS = {
    "archive": "geo.sources.confined.archives:look",
    "cuts": "geo.sources.stac.on_site:put_on_grid",
    "delimited": "geo.sources.readers.delimited:read",
    "netcdf": "geo.sources.rasters.netcdf:scenes_of_netcdf",
    "picture": "geo.sources.pictures:read",
    "raster": "geo.sources.rasters.rasters_checked:decode",
    "roads": "geo.sources.roads.road_child:write_rows",
    "vector": "geo.sources.readers.vector_tables:read",
    "xlsx": "geo.sources.readers.workbook:read",
}
"""What a child can be asked, and the function that does it.

It is called as ``function(path, folder, limits=limits, **options)``, may write files into `folder`,
and returns JSON, or frozen dataclasses whose fields are JSON or paths.
"""

REFUSED = 3
"""Exit code of a child that has written down why it refuses the file."""

LONGEST_ANSWER = 64_000_000
"""Bytes of JSON that are taken from a child."""


def in_child(
    task: str,
    path: Path,
    folder: Path,
    *,
    options: Mapping[str, JSON],
    limits: FileLimits,
    drivers: Collection[str] = (),
    keep_name: bool = False,
    name: str = "",
) -> JSON:
    """What the function of `TASKS` says of the file, as JSON; what it writes is in `folder`.

    Parameters
    ----------
    task : str
        A key of `TASKS`.
    path : Path
        The file. The child sees a copy of it, or another name for it, alone in a fresh folder.
    folder : Path
        An empty folder that exists; the only place where the child may write.
    options : mapping
        Further arguments of the function, as JSON.
    drivers : collection of str
        Drivers of GDAL that the child has; none unless told.
    keep_name : bool
        Whether the file's name means something to the reader, as a satellite product's does.
    name : str
        What messages call the file; its name unless told.

    Raises
    ------
    LamassuError
        What the function raised, of the same class and with the same three parts.
    UnreadableFile
        If the file cannot be copied, or the child was stopped by a limit, a fault or a signal.
    """
    shown = name or path.name
    with tempfile.TemporaryDirectory(prefix="lamassu-file-") as alone:
        given = _alone(path, Path(alone), keep_name=keep_name, name=shown, limits=limits)
        order = {
            "function": TASKS[task], "path": str(given), "folder": str(folder.resolve()),
            "options": dict(options), "limits": dataclasses.asdict(limits),
        }  # fmt: skip
        try:
            with (Path(alone) / ".said").open("wb") as said:
                ended = subprocess.run(
                    [sys.executable, "-P", "-m", "geo.sources.confined.child"],
                    input=json.dumps(order).encode(),
                    cwd=folder,
                    env=environment(folder, drivers=drivers),
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    timeout=limits.wall_s,
                    check=False,
                    start_new_session=True,  # the terminal's Ctrl-C is the parent's business
                )
        except subprocess.TimeoutExpired as err:
            raise _stopped(shown, f"reading took more than {limits.wall_s:g} s") from err
        if ended.returncode == REFUSED:
            raise _told(shown, given, _answer(folder, "fault.json", shown))
        if ended.returncode:
            said_last = _last_line(Path(alone) / ".said")
            raise _broken(shown, ended.returncode, said_last, limits)
        return _answer(folder, "answer.json", shown)


def environment(folder: Path, *, drivers: Collection[str] = ()) -> dict[str, str]:
    """All that the child knows of the world: where Python's modules lie, and no network."""
    paths = [str(PROJECT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    kept = {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    nowhere = {f"{scheme}_proxy": "http://127.0.0.1:1" for scheme in ("http", "https", "ftp")}
    return (
        kept
        | nowhere
        | restrict_gdal({}, allowed=drivers)
        | {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(folder),
            "HDF5_PLUGIN_PRELOAD": "::",  # no filter is loaded from a library
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "GDAL_CACHEMAX": "64",
            "MALLOC_ARENA_MAX": "2",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OSMIUM_POOL_THREADS": "2",
        }
    )


def _alone(path: Path, folder: Path, *, keep_name: bool, name: str, limits: FileLimits) -> Path:
    """The file with nothing beside it: another name for the same bytes, or a copy of them."""
    ending = path.suffix.lower()
    ours = f"given{ending}" if re.fullmatch(r"\.[a-z0-9]{1,8}", ending) else "given"
    given = folder / "file" / (path.name if keep_name else ours)
    given.parent.mkdir()
    try:
        if not path.is_file():  # a pipe or a device would be waited for
            raise UnreadableFile(f"there is no file {name}", expected="a file")
        if path.stat().st_size > limits.file_bytes:
            raise UnreadableFile(
                f"{name} has {path.stat().st_size:,} bytes",
                expected=f"at most {limits.file_bytes:,} bytes",
                remedy="send it in parts, or read it at the command line",
            )
        # Without Landlock the child could write into the original through its other name.
        if not (available_walls()[FILES] and _linked(path.resolve(), given)):
            shutil.copyfile(path, given)
    except (OSError, ValueError) as err:
        if isinstance(err, LamassuError):
            raise
        reason = getattr(err, "strerror", None) or str(err)
        raise _stopped(name, f"it cannot be copied ({reason})") from err
    return given


def _linked(path: Path, given: Path) -> bool:
    """Whether the file could be given another name; not across disks, nor another user's file."""
    if path.stat().st_uid != os.geteuid():
        return False
    try:
        given.hardlink_to(path)
    except OSError:
        return False
    return True


def _answer(folder: Path, file: str, name: str) -> JSON:
    """What the child wrote down, read with suspicion."""
    try:
        path = plain_file(folder / file)
        with path.open("rb") as said:
            answer = said.read(LONGEST_ANSWER)
        path.unlink()
        return json.loads(answer)
    except (OSError, ValueError, RecursionError) as err:
        raise _stopped(name, f"the reader's answer cannot be used ({err})") from err


def plain_file(path: Path) -> Path:
    """The path, if a child wrote a file there and nothing that leads elsewhere.

    Raises
    ------
    UnreadableFile
        If there is no file, or a link.
    """
    if path.is_symlink() or not path.is_file():
        raise _stopped(path.name, "its reader left no such file")
    return path


def _told(name: str, given: Path, fault: JSON) -> LamassuError:
    """The error that was raised in the child, as its parent may show it."""
    fault = fault if isinstance(fault, dict) else {}
    kind = getattr(errors, str(fault.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, LamassuError)):
        kind = UnreadableFile
    what, expected, remedy = (
        str(fault.get(part, ""))[:1000].replace(str(given), name).replace(given.name, name)
        for part in ("what", "expected", "remedy")
    )
    return kind(what if name in what else f"{name}: {what}", expected=expected, remedy=remedy)


def _broken(name: str, code: int, said: str, limits: FileLimits) -> UnreadableFile:
    """The error of a child that ended without a word."""
    if -code == getattr(signal, "SIGXCPU", None):
        return _stopped(name, f"reading took more than {limits.cpu_s:,} s of processor time")
    if -code == getattr(signal, "SIGXFSZ", None):
        return _stopped(name, f"its rows need more than {limits.disk_bytes:,} bytes")
    cause = f"signal {-code}" if code < 0 else f"code {code}"
    return _stopped(name, f"the reader broke down ({cause}{said and ': '}{said})")


def _last_line(said: Path) -> str:
    """The last thing that a broken child said."""
    with said.open("rb") as file:
        file.seek(max(said.stat().st_size - 10_000, 0))
        lines = file.read().decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "")[:200]


def _stopped(name: str, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} cannot be read: {why}",
        expected="a whole file of usual size",
        remedy="check the file, save it anew, or send it in parts",
    )


def plain(value: object) -> JSON:
    """A value of an answer that JSON does not know by itself."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value)} is no answer")


def libraries() -> list[Path]:
    """Where Python's modules lie, and ours; of the project's folder nothing else."""
    places = [Path(place).resolve() for place in [*sys.path, sys.prefix, sys.base_prefix] if place]
    return [*(place for place in places if place != PROJECT), PROJECT / "geo"]


def work(order: Mapping[str, JSON]) -> JSON:
    """Do what is ordered, in this process."""
    module, function = order["function"].split(":")
    do = getattr(importlib.import_module(module), function)
    limits = FileLimits(**order["limits"])
    return do(Path(order["path"]), Path(order["folder"]), limits=limits, **order["options"])


def main() -> int:
    """Do what is ordered on standard input; the exit code says how it went."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    confine(
        FileLimits(**order["limits"]),
        readable=[Path(order["path"]).parent, *libraries()],
        writable=[folder],
    )
    gc.disable()  # large answers would be searched for cycles, of which they have none, repeatedly
    try:
        answer = json.dumps(work(order), default=plain)
    except LamassuError as err:
        fault = {
            "kind": type(err).__name__, "what": err.what, "expected": err.expected,
            "remedy": err.remedy,
        }  # fmt: skip
    except MemoryError:
        most = order["limits"]["memory_bytes"]
        fault = {
            "kind": "UnreadableFile", "what": f"reading needs more than {most:,} bytes of memory",
            "expected": "a file of usual size", "remedy": "send it in parts",
        }  # fmt: skip
    else:
        (folder / "answer.json").write_text(answer, encoding="utf-8")
        return 0
    (folder / "fault.json").write_text(json.dumps(fault), encoding="utf-8")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())

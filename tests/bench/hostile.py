"""What hostile files cost: the corpus by the real child, and mutations of files by the thousand.

    python tests/bench/hostile.py [--mutations 10000] [--format KML] [--seed 1] [--no-corpus]

The corpus is read as a partner's file is. Mutations are bits turned, bytes cut out, put in, swapped
and repeated, numbers made extreme; in archives, of the files inside as well. Each is read in a
process of its own, forked from one that has loaded the reader and shut in by the same walls.

Columns: files; how many were read, refused, brought their process down or were stopped by a limit;
slowest in seconds; most memory in MB; canaries found; calls of a server; and answers of a child
that its parent would not take. The last three must be 0, as must be times over 20 s.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.errors import LamassuError  # noqa: E402 - the project is not installed
from geo.sources.confined import child  # noqa: E402
from geo.sources.confined.limits import BROWSER  # noqa: E402
from geo.sources.confined.walls import confine  # noqa: E402
from geo.sources.readers.formats import checked_answer  # noqa: E402
from tests.hostile.trap import CANARY, Hostile, Trap, trap  # noqa: E402

READ, REFUSED, CANARY_FOUND, BAD_ANSWER, NO_MEMORY = 0, 3, 10, 11, 12
WIDTHS = (12, 8, 8, 8, 8, 8, 8, 8, 9, 6, 8)
HEAD = (
    "format", "files", "read", "refused", "down", "stopped", "slowest", "memory", "canaries",
    "calls", "answers",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A format: how it is read and where its hostile and good files come from."""

    ending: str
    task: str
    hostile: str
    """``module:function`` of the corpus."""
    good: str = "good_tables"
    drivers: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    packed: bool = False
    """Whether it is an archive."""
    modules: tuple[str, ...] = ()
    """What its reader loads."""
    outcome: str = "outcome_of_table"


def _vector(form: str, module: str) -> dict[str, object]:
    return {
        "task": "vector", "options": (("form", form),),
        "modules": (
            "geo.sources.readers.vector_tables", "geo.sources.confined.archives",
            f"geo.sources.readers.{module}",
        ),
    }  # fmt: skip


KINDS = {
    "CSV": Kind(ending=".csv", task="delimited", hostile="bad_csvs:bad_csvs",
                modules=("geo.sources.readers.delimited",)),
    "XLSX": Kind(ending=".xlsx", task="xlsx", hostile="bad_workbooks:bad_workbooks", packed=True,
                 modules=("geo.sources.readers.workbook",)),
    "GeoJSON": Kind(ending=".geojson", hostile="bad_geojsons:bad_geojsons",
                    **_vector("GeoJSON", "geojson_tables")),
    "KML": Kind(ending=".kml", hostile="bad_kmls:bad_kmls", **_vector("KML", "kml_tables")),
    "KMZ": Kind(ending=".kmz", hostile="bad_archives:bad_archives", packed=True,
                **_vector("KMZ", "kml_tables")),
    "GeoPackage": Kind(ending=".gpkg", hostile="bad_geopackages:bad_geopackages",
                       **_vector("GeoPackage", "geopackage_tables")),
    "Shapefile": Kind(ending=".zip", hostile="bad_shapefiles:bad_shapefiles", packed=True,
                      drivers=("ESRI Shapefile",), **_vector("Shapefile", "shapefile_tables")),
    "FlatGeobuf": Kind(ending=".fgb", hostile="bad_flatgeobufs:bad_flatgeobufs",
                       drivers=("FlatGeobuf",), **_vector("FlatGeobuf", "flatgeobuf_tables")),
    "GeoTIFF": Kind(ending=".tif", task="raster", hostile="bad_geotiffs:bad_geotiffs",
                    good="good_rasters", drivers=("GTiff",), outcome="outcome_of_raster",
                    modules=("geo.sources.rasters.rasters_checked",)),
    "netCDF": Kind(ending=".nc", task="netcdf", hostile="bad_netcdfs:bad_netcdfs",
                   good="good_cubes", drivers=("GTiff",), outcome="outcome_of_cube",
                   modules=("geo.sources.rasters.netcdf", "geo.sources.rasters.netcdf_cube")),
}  # fmt: skip


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mutations", type=int, default=10_000, help="for each format")
    options.add_argument("--format", choices=sorted(KINDS), action="append")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--no-corpus", action="store_true", help="only mutations")
    options.add_argument("--worker", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.worker:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(mutations(chosen.worker, Path(folder), chosen)))
        return
    names = chosen.format or list(KINDS)
    print("Corpus")
    print(line(HEAD))
    for name in [] if chosen.no_corpus else names:
        with tempfile.TemporaryDirectory() as folder:
            print(line((name, *corpus(KINDS[name], Path(folder)))), flush=True)
    print(f"\n{chosen.mutations:,} mutations of each format, seed {chosen.seed}")
    print(line(HEAD))
    for name in names:
        with tempfile.TemporaryDirectory() as folder, trap(Path(folder)) as set_up:
            found = json.loads(in_worker(name, Path(folder), chosen))
            found[8] = len(set_up.calls) + found[8]
            print(line((name, *found)), flush=True)


def line(cells: tuple[object, ...]) -> str:
    """A row of a table."""
    return "".join(f"{cell!s:>{w}}" for cell, w in zip(cells, WIDTHS, strict=True))


def corpus(kind: Kind, folder: Path) -> list[object]:
    """The figures of a corpus that is read as a partner's files are."""
    outcome = getattr(importlib.import_module("tests.hostile.trap"), kind.outcome)
    counted: Counter[str] = Counter()
    slowest, canaries = 0.0, 0
    with trap(folder) as set_up:
        found = hostile_files(kind, set_up)
        for number, hostile in enumerate(found):
            path = hostile.write(folder / str(number))
            began = time.monotonic()
            try:
                said = outcome(path, limits=BROWSER)
            except AssertionError:
                said, canaries = "canary", canaries + 1
            slowest = max(slowest, time.monotonic() - began)
            stopped = "took more than" in said or "needs more than" in said
            down = "broke down" in said
            counted["stopped" if stopped else "down" if down else said.split()[0].strip(":")] += 1
        calls = len(set_up.calls)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000
    kinds = [counted[each] for each in ("read", "refused", "down", "stopped")]
    return [len(found), *kinds, f"{slowest:.1f}", memory, canaries, calls, 0]


def hostile_files(kind: Kind, set_up: Trap) -> list[Hostile]:
    """The hostile files of a format."""
    if not kind.hostile:
        return []
    module, function = kind.hostile.split(":")
    return list(
        getattr(importlib.import_module(f"tests.hostile.{module}"), function)(set_up).values()
    )


def in_worker(name: str, folder: Path, chosen: argparse.Namespace) -> str:
    """What a process of its own, with the environment of a child, finds of a format."""
    command = [
        sys.executable, __file__, "--worker", name, "--mutations", str(chosen.mutations),
        "--seed", str(chosen.seed),
    ]  # fmt: skip
    environment = child.environment(folder, drivers=KINDS[name].drivers)
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return ended.stdout.splitlines()[-1]


def mutations(name: str, folder: Path, chosen: argparse.Namespace) -> list[object]:
    """The figures of many mutations of a format."""
    kind = KINDS[name]
    for module in kind.modules:
        importlib.import_module(module)
    seeds = seeds_of(kind, folder)
    chance = random.Random(chosen.seed)
    counted: Counter[str] = Counter()
    slowest, memory = 0.0, 0
    with trap(folder) as set_up:
        given = folder / "file" / f"given{kind.ending}"
        given.parent.mkdir()
        for number in range(chosen.mutations):
            given.write_bytes(mutated(chance.choice(seeds), seeds, kind, chance))
            out = folder / f"out-{number}"
            out.mkdir()
            began = time.monotonic()
            pid = os.fork()
            if pid == 0:
                os._exit(shut_in(kind, given, out))
            _, status, used = os.wait4(pid, 0)
            slowest = max(slowest, time.monotonic() - began)
            memory = max(memory, used.ru_maxrss // 1000)
            counted[verdict(status)] += 1
            for left in sorted(out.rglob("*"), reverse=True):
                left.unlink()
            out.rmdir()
        calls = len(set_up.calls)
    kinds = [counted[each] for each in ("read", "refused", "down", "stopped")]
    figures = [chosen.mutations, *kinds, f"{slowest:.1f}", memory, counted["canary"], calls]
    return [*figures, counted["answer"]]


def seeds_of(kind: Kind, folder: Path) -> list[bytes]:
    """Good files and small hostile ones of the format, about as many of each.

    They are made in a process that has all drivers.
    """
    program = (
        "import importlib, pickle, sys\n"
        f"sys.path.insert(0, {str(PROJECT)!r})\n"
        "from pathlib import Path\n"
        "from tests.hostile import good_files\n"
        "from tests.hostile.trap import Trap\n"
        f"trap = Trap(secret=Path({str(folder / 'secret.geojson')!r}), url='http://127.0.0.1:9', "
        "calls=[])\n"
        f"good = getattr(good_files, {kind.good!r})().values()\n"
        f"found = [each.content for each in good if each.name.endswith({kind.ending!r})]\n"
        f"module, function = {kind.hostile!r}.split(':')\n"
        "corpus = getattr(importlib.import_module('tests.hostile.' + module), function)\n"
        "bad = [each.content for each in corpus(trap).values()]\n"
        "found = found * (len(bad) // len(found) + 1) + bad\n"
        "sys.stdout.buffer.write(pickle.dumps([c for c in found if 0 < len(c) < 300_000]))\n"
    )
    plain = {key: value for key, value in os.environ.items() if not key.startswith("GDAL")}
    made = subprocess.run(
        [sys.executable, "-c", program], env=plain, capture_output=True, check=True
    )
    seeds: list[bytes] = importlib.import_module("pickle").loads(made.stdout)
    return seeds


def shut_in(kind: Kind, given: Path, out: Path) -> int:
    """Read the file behind the walls; how it went, as an exit code."""
    signal.setitimer(signal.ITIMER_REAL, BROWSER.wall_s)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a descriptor is wanted
        os.dup2(nowhere.fileno(), 2)
    confine(BROWSER, readable=[given.parent, *child.libraries()], writable=[out])
    order = {
        "function": child.TASKS[kind.task], "path": str(given), "folder": str(out),
        "options": dict(kind.options), "limits": child.dataclasses.asdict(BROWSER),
    }  # fmt: skip
    code = 1
    with suppress(Exception):
        code = read(kind, order, out)
    return code


def read(kind: Kind, order: dict[str, object], out: Path) -> int:
    """Read the file and look through what came of it."""
    try:
        if kind.packed:
            child.work(order | {"function": child.TASKS["archive"], "options": {}})
        answer = json.loads(json.dumps(child.work(order), default=child.plain))
    except LamassuError as err:
        return CANARY_FOUND if CANARY in str(err) else REFUSED
    except MemoryError:
        return NO_MEMORY
    if kind.task not in {"raster", "netcdf"}:
        try:
            checked_answer(answer, out, name="given")
        except LamassuError as err:
            return REFUSED if "no table" in str(err) else BAD_ANSWER
    told = json.dumps(answer).encode() + b"".join(
        each.read_bytes() for each in out.iterdir() if each.is_file()
    )
    return CANARY_FOUND if CANARY.encode() in told else READ


def verdict(status: int) -> str:
    """What the end of a process means."""
    if os.WIFSIGNALED(status):
        limits = {signal.SIGXCPU, signal.SIGALRM, signal.SIGXFSZ}
        return "stopped" if os.WTERMSIG(status) in limits else "down"
    return {
        READ: "read", REFUSED: "refused", CANARY_FOUND: "canary", BAD_ANSWER: "answer",
        NO_MEMORY: "stopped",
    }.get(os.WEXITSTATUS(status), "down")  # fmt: skip


def mutated(content: bytes, seeds: list[bytes], kind: Kind, chance: random.Random) -> bytes:
    """The file with one to four faults; of an archive mostly those of a file in it."""
    if kind.packed and chance.random() < 0.8:
        with suppress(Exception):
            return repacked(content, seeds, chance)
    return spoilt(content, seeds, chance)


def repacked(content: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    """The archive with one of its files spoilt."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        names = old.namelist()
        chosen = chance.choice(names)
        for name in names:
            inside = old.read(name)
            new.writestr(name, spoilt(inside, seeds, chance) if name == chosen else inside)
    return out.getvalue()


def spoilt(content: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    """The bytes with one to four faults."""
    data = bytearray(content or b"\0")
    for _ in range(chance.randint(1, 4)):
        chance.choice(FAULTS)(data, seeds, chance)
        data = data or bytearray(b"\0")
    return bytes(data)


def place(data: bytearray, chance: random.Random) -> int:
    """Somewhere in the bytes, half of the time near their beginning, where headers are."""
    return chance.randrange(min(len(data), 512) if chance.random() < 0.5 else len(data))


def turn(data: bytearray, _seeds: list[bytes], chance: random.Random) -> None:
    """Turn a few bits."""
    for _ in range(chance.randint(1, 16)):
        data[place(data, chance)] ^= 1 << chance.randrange(8)


def cut(data: bytearray, _seeds: list[bytes], chance: random.Random) -> None:
    """Take bytes out, or all from somewhere on."""
    at = place(data, chance)
    del data[at : at + chance.randint(1, 64) if chance.random() < 0.7 else None]


def splice(data: bytearray, seeds: list[bytes], chance: random.Random) -> None:
    """Put a piece of another file in."""
    other = chance.choice(seeds)
    start = chance.randrange(len(other))
    at = place(data, chance)
    data[at : at + chance.choice((0, 0, 64))] = other[start : start + chance.randint(1, 2_000)]


def swap(data: bytearray, _seeds: list[bytes], chance: random.Random) -> None:
    """Exchange two pieces."""
    first, second = sorted((place(data, chance), place(data, chance)))
    size = min(chance.randint(1, 256), second - first, len(data) - second)
    piece = data[first : first + size]
    data[first : first + size] = data[second : second + size]
    data[second : second + size] = piece


def repeat(data: bytearray, _seeds: list[bytes], chance: random.Random) -> None:
    """Say a piece many times."""
    at = place(data, chance)
    data[at:at] = data[at : at + chance.randint(1, 40)] * chance.randint(2, 200)


def overstate(data: bytearray, _seeds: list[bytes], chance: random.Random) -> None:
    """Make a number extreme."""
    at = place(data, chance)
    size = chance.choice((1, 2, 4, 8))
    data[at : at + size] = chance.choice((b"\0", b"\xff", b"\x7f", b"\x80", b"\1")) * size


def say(data: bytearray, _seeds: list[bytes], chance: random.Random) -> None:
    """Put in a word that means something to a parser."""
    words = (b"NaN", b"1e999", b"-Infinity", b"null", b"<!DOCTYPE x>", b"&x;", b"]]>", b"\0",
             b"[" * 50, b"<Folder>" * 50, b'"', b"\\ud800", b"\xff\xfe", b"9" * 400)  # fmt: skip
    at = place(data, chance)
    data[at:at] = chance.choice(words)


FAULTS: tuple[Callable[[bytearray, list[bytes], random.Random], None], ...] = (
    turn, turn, cut, splice, swap, repeat, overstate, overstate, say,
)  # fmt: skip


if __name__ == "__main__":
    main()

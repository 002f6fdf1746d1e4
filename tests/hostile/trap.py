"""A trap for hostile files: a secret that must not be read, and a server that must not be asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geo.errors import BadInput
from geo.sources.confined.limits import BROWSER, FileLimits
from geo.sources.rasters.netcdf import scenes_of_cube
from geo.sources.rasters.opening import Limits, opened
from geo.sources.rasters.raster import describe
from geo.sources.rasters.rasters_checked import check_raster
from geo.sources.readers.formats import open_raw

CANARY = "CANARY-5f1e77a0-TOMB-OF-NOBODY"
"""What the secret holds."""


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """A hostile file, and what lies beside it under its name with more endings."""

    name: str
    content: bytes
    beside: dict[str, bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write it and its company into a folder."""
        folder.mkdir(exist_ok=True)
        path = folder / self.name
        path.write_bytes(self.content)
        for ending, content in self.beside.items():
            Path(f"{path}{ending}").write_bytes(content)
        return path


@dataclass(frozen=True, kw_only=True)
class Trap:
    """Where the secret lies, and who has called."""

    secret: Path
    url: str
    calls: list[str]


@contextmanager
def trap(folder: Path) -> Iterator[Trap]:
    """A secret file in `folder` (as GeoJSON, so that a map reader could use it) and a server."""
    secret = folder / "secret.geojson"
    secret.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"'
        f'{CANARY}"}},"geometry":{{"type":"Point","coordinates":[44.123,36.456]}}}}]}}'
    )
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_answer, args=(server, calls), daemon=True)
        thread.start()
        yield Trap(secret=secret, url=f"http://127.0.0.1:{port}", calls=calls)
        with socket.create_connection(("127.0.0.1", port)) as last:
            last.sendall(b"stop")
        thread.join()


def _answer(server: socket.socket, calls: list[str]) -> None:
    """Note each call and answer with the canary, until told to stop."""
    while True:
        connection, _ = server.accept()
        with connection:
            said = connection.recv(1000).decode("latin-1")
            if said == "stop":
                return
            calls.append(said.split("\r\n")[0])
            body = CANARY.encode()
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def outcomes(
    corpus: Callable[[Trap], dict[str, Hostile]],
    folder: Path,
    outcome: Callable[..., str],
    *,
    always: Collection[str] = (),
) -> dict[str, str]:
    """What came of files of a corpus, by their names; a call of the server fails.

    These are those named in `always` and each tenth of the others: a process of its own for each
    takes its time, and `tests/bench/hostile.py` reads them all.
    """
    found = {}
    with trap(folder) as set_up:
        files = corpus(set_up)
        assert len(files) >= 25
        assert set(always) <= set(files)
        for number, (name, hostile) in enumerate(files.items()):
            if number % 10 and name not in always:
                continue
            path = hostile.write(folder / str(number))
            found[name] = outcome(path, limits=BROWSER)
            assert set_up.calls == [], name
    return found


def outcome_of_table(path: Path, *, limits: FileLimits) -> str:
    """What came of a file of a table or map: the refusal, or how many rows were read.

    All that was read is looked through: a canary in it, or rows that do not add up, fail.
    """
    try:
        with open_raw(path, limits=limits) as raw:
            rows = 0
            for table in raw.tables:
                said = "\n".join((*table.header, *table.notes, *raw.notes, table.name))
                assert CANARY not in said
                assert CANARY.encode() not in table.batches_file.read_bytes()
                assert sum(batch.num_rows for batch in table.batches()) == table.rows
                rows += table.rows
            return f"read {rows} rows"
    except BadInput as err:
        refusal = str(err)
    require_plain(refusal)
    return f"refused: {refusal}"


def require_plain(refusal: str) -> None:
    """Fail if a message gives the secret away, or is more than a line."""
    assert CANARY not in refusal
    assert refusal.isprintable()
    assert len(refusal) < 5_000


def outcome_of_raster(path: Path, *, limits: FileLimits) -> str:
    """What came of a GeoTIFF: the refusal, or how many cells were read."""
    try:
        check_raster(path, limits=limits)
        describe(path, limits=Limits(pixels=limits.pixels, bands=limits.bands))
        return f"read {_cells(path)} cells"
    except BadInput as err:
        refusal = str(err)
    require_plain(refusal)
    return f"refused: {refusal}"


def outcome_of_cube(path: Path, *, limits: FileLimits) -> str:
    """What came of a netCDF file: the refusal, or how many cells were read."""
    try:
        with scenes_of_cube(path, limits=limits) as scenes:
            return f"read {sum(map(_cells, scenes))} cells"
    except BadInput as err:
        refusal = str(err)
    require_plain(refusal)
    return f"refused: {refusal}"


def _cells(path: Path) -> int:
    """Cells of a raster, after a look for the canary in them."""
    with opened(path, limits=Limits()) as dataset:
        values = dataset.read()
        tags = str([dataset.tags(), dataset.descriptions, dataset.files])
    letters = np.nan_to_num(values, nan=0, posinf=0, neginf=0).clip(0, 255).astype(np.uint8)
    for content in (values.tobytes(), letters.tobytes(), tags.encode()):
        assert CANARY[:8].encode() not in content
    return int(values.size)

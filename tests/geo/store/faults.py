"""What a child process does to an embedded store on a disk that fails."""

from __future__ import annotations

import math
import resource
import shutil
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from geo.errors import StoreError
from geo.store.embedded import EmbeddedStore
from tests.geo.store import children, failing_disk

ROWS = 10
"""New sites in each part of the file that is imported."""


def import_on_failing_disk(
    ground: Path, operation: str, code: int, times: float, refused: Any
) -> None:
    """Import with operation 1, 2, 3 ... failing until none does; each leaves all or nothing."""
    disk = failing_disk.Disk(operation=operation, code=code, times=times)
    failing_disk.install(disk)
    for at in count(1):
        path = ground.with_name(f"{operation}{at}.db")
        shutil.copy(ground, path)
        with closing(EmbeddedStore(path, busy_s=0.02)) as store:
            disk.done, disk.at = 0, at
            with suppress(StoreError):
                children.import_mixed(store, "a", ROWS)
            disk.at, reached = 0, disk.done >= at
        refused.value += require_all_or_nothing(path)
        if not reached:
            return


def import_with_little_room(ground: Path, step: int, refused: Any) -> None:
    """Import while no file may grow beyond so many bytes, then a step more, until there is room."""
    for limit in count(step, step):
        path = ground.with_name(f"room{limit}.db")
        shutil.copy(ground, path)
        with closing(EmbeddedStore(path)) as store, files_up_to(limit), suppress(StoreError):
            children.import_mixed(store, "a", ROWS)
        was_refused = require_all_or_nothing(path)
        refused.value += was_refused
        if not was_refused:
            return


def open_on_failing_disk(folder: Path, operation: str, code: int, stride: int) -> None:
    """Make a store with each operation so many apart failing: afterwards one can be made."""
    disk = failing_disk.Disk(operation=operation, code=code, times=math.inf)
    failing_disk.install(disk)
    for at in count(1, stride):
        path = folder / f"{operation}{at}" / "store.db"
        disk.done, disk.at = 0, at
        with suppress(StoreError):
            EmbeddedStore(path).close()
        disk.at, reached = 0, disk.done >= at
        with closing(EmbeddedStore(path)) as store:
            assert children.import_rows(store, "a", 3).accepted == 3
            assert store.integrity() == ()
        if not reached:
            return


def require_all_or_nothing(path: Path) -> bool:
    """Whether nothing of the file is in; it is taken in then. Fails if half of it is."""
    with closing(EmbeddedStore(path)) as store:
        found = children.what_is_in(store, "a")
        assert found in (children.NONE, children.whole(ROWS)), f"{path.stem}: {found}"
        children.import_mixed(store, "a", ROWS)
        assert children.what_is_in(store, "a") == children.whole(ROWS)
        assert store.integrity() == ()
    return found == children.NONE


@contextmanager
def files_up_to(limit: int):
    """Let no file of this process grow beyond so many bytes; Python ignores the signal."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

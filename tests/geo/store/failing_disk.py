"""A disk that fails at one operation: a file system for SQLite that passes all else on.

It stands between SQLite and its own file system by the table of functions that SQLite keeps for
each open file (https://www.sqlite.org/c3ref/io_methods.html). Meant for a process of its own,
because every database of the process goes through it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ANY = ctypes.c_void_p

BUSY, READ_ERROR, WRITE_ERROR, SYNC_ERROR, FULL = 5, 266, 778, 1034, 13
"""Result codes of SQLite (https://www.sqlite.org/rescode.html)."""

OPERATIONS = {
    "read": (2, ctypes.CFUNCTYPE(ctypes.c_int, ANY, ANY, ctypes.c_int, ctypes.c_int64)),
    "write": (3, ctypes.CFUNCTYPE(ctypes.c_int, ANY, ANY, ctypes.c_int, ctypes.c_int64)),
    "sync": (5, ctypes.CFUNCTYPE(ctypes.c_int, ANY, ctypes.c_int)),
    "lock": (14, ctypes.CFUNCTYPE(ctypes.c_int, ANY, ctypes.c_int, ctypes.c_int, ctypes.c_int)),
}
"""Place in the table of functions, counted in pointers, and signature; ``lock`` is xShmLock."""

OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ANY, ANY, ctypes.POINTER(ANY), ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)

TABLE_POINTERS = 19
"""Pointers in version 3 of the table, the number of the version among them."""

VFS_POINTERS = 22
"""Pointers in version 3 of ``sqlite3_vfs``, its two rows of integers among them."""

NAME, NEXT, XOPEN = 3, 2, 5
"""Places in ``sqlite3_vfs``, counted in pointers."""


@dataclass
class Disk:
    """What fails when; 0 is never."""

    operation: str = "write"
    """A key of `OPERATIONS`."""
    code: int = WRITE_ERROR
    """What it then answers."""
    at: int = 0
    """The first operation that fails, from 1."""
    times: float = 1
    """How many operations fail from there."""
    done: int = 0
    """Operations of this sort so far."""

    def fails(self, operation: str) -> bool:
        """Count an operation, and say whether it is to fail."""
        if operation != self.operation:
            return False
        self.done += 1
        return 0 < self.at <= self.done < self.at + self.times


def install(disk: Disk) -> None:
    """Let every database that this process opens from now on lie on `disk`."""
    library = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
    library.sqlite3_vfs_find.restype = ANY
    library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
    library.sqlite3_vfs_register.argtypes = [ANY, ctypes.c_int]
    own = library.sqlite3_vfs_find(None)
    vfs = (ANY * VFS_POINTERS).from_buffer_copy((ANY * VFS_POINTERS).from_address(own))
    name = ctypes.create_string_buffer(b"failing")
    vfs[NAME], vfs[NEXT] = ctypes.addressof(name), None
    open_file = OPEN(vfs[XOPEN])
    tables: dict[int, Any] = {}

    def opening(_: int, path: int, file: Any, flags: int, told: Any) -> int:
        """Open a file, and put our functions where SQLite looks for its own."""
        result = open_file(own, path, file, flags, told)
        if file[0]:
            if file[0] not in tables:
                tables[file[0]] = _table(file[0], disk)
            file[0] = ctypes.addressof(tables[file[0]][0])
        return int(result)

    callback = OPEN(opening)
    vfs[XOPEN] = ctypes.cast(callback, ANY).value
    _KEPT.extend([vfs, name, callback, tables])
    assert library.sqlite3_vfs_register(ctypes.addressof(vfs), 1) == 0


_KEPT: list[Any] = []
"""What SQLite points to for the rest of the process."""


def _table(original: int, disk: Disk) -> tuple[Any, list[Any]]:
    """A copy of a table of functions in which those of `OPERATIONS` ask the disk first."""
    table = (ANY * TABLE_POINTERS).from_buffer_copy((ANY * TABLE_POINTERS).from_address(original))
    callbacks = []
    for operation, (place, signature) in OPERATIONS.items():
        if table[place]:
            callback = signature(_asking(disk, operation, signature(table[place])))
            table[place] = ctypes.cast(callback, ANY).value
            callbacks.append(callback)
    return table, callbacks


def _asking(disk: Disk, operation: str, call: Callable[..., int]) -> Callable[..., int]:
    """`call`, unless the disk is to fail."""

    def asked(*arguments: Any) -> int:
        return disk.code if disk.fails(operation) else call(*arguments)

    return asked

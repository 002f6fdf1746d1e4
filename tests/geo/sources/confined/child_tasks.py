"""What a child is asked to do in the tests of the child; each is called as a task is."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from geo.errors import GridMismatch
from geo.sources.confined.limits import FileLimits


def tell(path: Path, folder: Path, *, limits: FileLimits, **options: Any) -> dict[str, Any]:
    """What the child sees of the world."""
    (folder / "written").write_text(path.read_text())
    return {
        "name": path.name,
        "beside": sorted(each.name for each in path.parent.iterdir()),
        "environment": sorted(os.environ),
        "cpu_s": limits.cpu_s,
        **options,
    }


def attempt(path: Path, folder: Path, *, limits: FileLimits, secret: str) -> dict[str, str]:
    """Everything that a reader has no business with, and how it ended."""
    deeds = {
        "read a secret": lambda: Path(secret).read_text(),
        "list a folder": lambda: list(Path(secret).parent.iterdir()),
        "write elsewhere": lambda: Path(secret).write_text("x"),
        "change the file": lambda: path.write_text("x"),
        "change a mode": lambda: Path(secret).chmod(0o777),
        "link": lambda: (folder / "link").symlink_to(secret),
        "start a program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "fork": lambda: os._exit(0) if os.fork() == 0 else "forked",
        "call": lambda: socket.create_connection(("127.0.0.1", 9)),
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    found = {}
    for name, deed in deeds.items():
        try:
            deed()
        except OSError as err:
            found[name] = type(err).__name__
        else:
            found[name] = "done"
    return found


def refuse(path: Path, folder: Path, *, limits: FileLimits) -> None:
    """A fault of the file."""
    raise GridMismatch(f"{path.name} is askew", expected="a grid", remedy="straighten it")


def crash(path: Path, folder: Path, *, limits: FileLimits) -> None:
    """A broken parser."""
    ctypes.string_at(0)


def fail(path: Path, folder: Path, *, limits: FileLimits) -> None:
    """A fault of ours."""
    raise ZeroDivisionError("never\nmind")


def grow(path: Path, folder: Path, *, limits: FileLimits) -> int:
    """A hunger for memory."""
    return len(bytearray(limits.memory_bytes))


def spin(path: Path, folder: Path, *, limits: FileLimits) -> None:
    """No end."""
    while True:
        pass


def fill(path: Path, folder: Path, *, limits: FileLimits) -> None:
    """A hunger for disk."""
    with (folder / "big").open("wb") as file:
        while True:
            file.write(bytes(100_000))


def lead_away(path: Path, folder: Path, *, limits: FileLimits, secret: str) -> None:
    """An answer that is a link to something else, as a reader that was taken over may leave it."""
    os.link(secret, folder / "answer.json")
    os._exit(0)


def say_too_much(path: Path, folder: Path, *, limits: FileLimits) -> None:
    """A fault that is no fault of ours, with colours."""
    (folder / "fault.json").write_text(
        '{"kind": "SystemExit", "what": "\\u001b[31m' + "x" * 9000 + '"}'
    )
    os._exit(3)

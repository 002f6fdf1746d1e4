"""What a process that reads a stranger's file gives up before it begins, and cannot take back.

Each wall is used where the system has it and does without the others: limits on memory, time and
disk (POSIX); no network, by a namespace of its own; no other people's files, by Landlock; no system
calls that a reader of files has no use for, by a seccomp filter (all three Linux). What holds is
told, so that nobody has to believe more than is true.

Sources: Linux man pages landlock(7), seccomp(2), user_namespaces(7), capabilities(7), prctl(2) and
setrlimit(2); numbers of system calls from the kernel's tables for x86-64 and for 64-bit ARM.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import json
import mimetypes
import os
import platform
import signal
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from geo.sources.confined.limits import BROWSER, FileLimits

LIMITS, NETWORK, FILES, CALLS = "limits", "network", "files", "calls"
"""Names of the walls."""

OPEN_FILES = 128
"""Files that a reader may have open at once; libraries that are being loaded count."""

SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo",
    "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/null",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/self", "/sys/devices/system/cpu",
    *mimetypes.knownfiles,
)  # fmt: skip
"""What libraries look at as they are loaded; nothing in it belongs to a user."""

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DIE_WITH_PARENT, _SECCOMP, _NO_NEW_PRIVILEGES = 1, 22, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446

_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_WRITE = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8)
"""Write a file, remove folders and files, make folders and plain files; no links, no devices."""

_RIGHTS_BY_VERSION = ((1, 13), (2, 14), (3, 15), (5, 16))
"""Landlock's versions with the number of rights over files that each knows."""

_TRUNCATE = 1 << 14

_MACHINES = {
    "x86_64": (0xC000003E, 56, (
        41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 90, 91, 92, 93, 94, 101, 165, 175, 200, 246,
        248, 249, 250, 260, 268, 272, 288, 298, 303, 304, 308, 310, 311, 313, 321, 322, 323, 425,
        434, 438, 452,
    )),
    "aarch64": (0xC00000B7, 220, (
        40, 52, 53, 54, 55, 97, 104, 105, 117, 129, 130, 198, 199, 200, 201, 202, 203, 206, 211,
        217, 218, 219, 221, 241, 242, 264, 265, 268, 270, 271, 273, 280, 281, 282, 425, 434, 438,
        452,
    )),
}  # fmt: skip
"""By machine: its mark, its call ``clone``, and the calls that are refused.

The refused make or use sockets, start programs, fork or signal other processes, trace or read them,
change owners and modes, mount, change namespaces, load code into the kernel, reach its keys, or
open files by handle.
"""

_CLONE3 = 435
"""Hides its flags from a filter; the C library falls back on ``clone`` if there is none."""

_NEW_THREAD = 0x10000
"""The flag of ``clone`` that makes a thread and not a process."""


def confine(
    limits: FileLimits, *, readable: Iterable[Path], writable: Sequence[Path]
) -> dict[str, bool]:
    """Shut this process in, for good; says which walls stand.

    It must have one thread. Whatever it has open stays open, and what it has loaded stays loaded.

    Parameters
    ----------
    limits : FileLimits
        Memory, processor time and the largest file that may be written.
    readable, writable : paths
        Files and folders, with all that is in them, that may still be read, or written too;
        besides those of `SYSTEM`.
    """
    walls = {LIMITS: _limit(limits), NETWORK: False, FILES: False, CALLS: False}
    if sys.platform != "linux":
        return walls
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    walls[NETWORK] = libc.unshare(_NEW_USER | _NEW_NETWORK) == 0
    _drop_capabilities(libc)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        walls[FILES] = _lock_files(libc, [*map(Path, SYSTEM), *readable], writable)
        walls[CALLS] = _refuse_calls(libc)
    return walls


@functools.cache
def available_walls() -> dict[str, bool]:
    """Which walls hold on this machine: ``limits``, ``network``, ``files``, ``calls``.

    Found out by building them, in a process of its own.
    """
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "geo.sources.confined.walls"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        check=False,
    )
    try:
        return {str(name): bool(holds) for name, holds in json.loads(ended.stdout).items()}
    except ValueError:
        return dict.fromkeys((LIMITS, NETWORK, FILES, CALLS), False)


def _limit(limits: FileLimits) -> bool:
    """Cap memory, time, size of files and their number; Windows knows no such caps."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return False
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.disk_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        # Time runs out with a signal of its own, a little before the one that only kills.
        last = most + 5 if kind == resource.RLIMIT_CPU else most
        last = last if hard == resource.RLIM_INFINITY else min(last, hard)
        try:
            resource.setrlimit(kind, (min(most, last), last))
        except (OSError, ValueError):  # macOS has no cap on address space
            continue
    return True


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Give up what root may do, or what the new namespace has lent."""
    header = struct.pack("=Ii", 0x20080522, 0)
    libc.capset(header, bytes(24))


def _lock_files(libc: ctypes.CDLL, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Let this process read and write there only, and start no program anywhere."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = next(count for since, count in reversed(_RIGHTS_BY_VERSION) if version >= since)
    handled = (1 << rights) - 1
    ruleset = struct.pack("=Q", handled)
    if version >= 4:
        ruleset += struct.pack("=Q", 3)  # bind and connect TCP: no port is allowed
    if version >= 6:
        ruleset += struct.pack("=Q", 3)  # no sockets and no signals out of here
    ruleset_fd = libc.syscall(_CREATE_RULESET, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    if ruleset_fd < 0:
        return False
    read = _READ_FILE | _READ_FOLDER
    allowed = [(path, read) for path in readable]
    allowed += [(path, (read | _WRITE | _TRUNCATE) & handled) for path in writable]
    for path, access in allowed:
        _allow(libc, ruleset_fd, path, access)
    done = libc.syscall(_RESTRICT_SELF, ruleset_fd, 0) == 0
    os.close(ruleset_fd)
    return bool(done)


def _allow(libc: ctypes.CDLL, ruleset_fd: int, path: Path, access: int) -> None:
    """Add one exception; a path that does not exist needs none."""
    try:
        path_fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        access &= _READ_FILE | (1 << 1) | _TRUNCATE
    libc.syscall(_ADD_RULE, ruleset_fd, 1, struct.pack("=Qi", access, path_fd), 0)
    os.close(path_fd)


def _refuse_calls(libc: ctypes.CDLL) -> bool:
    """Answer the calls of `_MACHINES` with "not permitted", for all threads to come."""
    if platform.machine() not in _MACHINES or struct.calcsize("P") != 8:
        return False
    mark, clone, refused = _MACHINES[platform.machine()]
    load, equal, least, has, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000
    last = len(refused) + 10  # the step that refuses; jumps are counted from the next step
    steps = [
        (load, 0, 0, 4),  # the machine's mark
        (equal, 0, last - 2, mark),  # calls of another kind of machine are refused
        (load, 0, 0, 0),  # the call's number
        (least, last - 4, 0, 0x40000000),  # and so are x32 calls
        (equal, last - 4, 0, _CLONE3),
        (equal, len(refused) + 1, 0, clone),
        *((equal, last - 7 - i, 0, call) for i, call in enumerate(refused)),
        (answer, 0, 0, allow),
        (load, 0, 0, 16),  # the first argument of clone
        (has, 0, 1, _NEW_THREAD),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse | errno.EPERM),
        (answer, 0, 0, refuse | errno.ENOSYS),
    ]
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(program, len(program))
    order = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    return bool(libc.prctl(_SECCOMP, 2, order, 0, 0) == 0)


if __name__ == "__main__":
    print(json.dumps(confine(BROWSER, readable=(), writable=())))  # noqa: T201 - its answer

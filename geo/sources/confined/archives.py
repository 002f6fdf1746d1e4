"""Zip archives, hostile until proved plain: what is in one, and its files under names of ours.

Runs in a child process only. The directory of an archive is judged before anything is unpacked, and
the bytes that come out are counted, because a directory can lie.

Source of the faults that are looked for: OWASP ASVS 5.0, 5.2 and 5.3.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo

from geo.errors import UnreadableFile
from geo.sources.confined.limits import FileLimits

LARGEST_DIRECTORY = 16_000_000
"""Bytes of an archive's directory; a thousand members with long names need a tenth."""

SMALL = 1_000_000
"""Bytes; a member that unpacks to less may be packed as tightly as it likes."""

ARCHIVES = frozenset({".zip", ".kmz", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst", ".tar", ".tgz"})
"""Endings of archives, which may not lie in an archive of shapes."""

SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""Endings of the files that make a layer of a Shapefile; no others are unpacked."""

OFFICE = {
    "xl/workbook.bin": "a binary Excel workbook (xlsb)",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "content.xml": "an OpenDocument file",
}
"""Members that give away documents which are not read, with what they are."""


def look(path: Path, folder: Path, *, limits: FileLimits) -> str:  # noqa: ARG001 - a task's shape
    """What the archive is: ``XLSX``, ``KMZ`` or ``Shapefile``.

    Raises
    ------
    UnreadableFile
        If it is none of them, damaged, or not as `opened` wants it.
    """
    with opened(path, limits=limits) as (_, members):
        names = {member.filename for member in members}
        endings = {ending_of(member) for member in members}
        if "xl/workbook.xml" in names:
            return "XLSX"
        found = next((what for name, what in OFFICE.items() if name in names), "")
        nested = sorted(name for name in names if PurePosixPath(name).suffix.lower() in ARCHIVES)
        if not found and nested:
            raise UnreadableFile(
                f"the archive holds another archive, {_shown(nested[0])}",
                expected="an archive of plain files",
                remedy="unpack it and send its content",
            )
        if not found and ".shp" in endings:
            return "Shapefile"
        if not found and ".kml" in endings:
            return "KMZ"
    listed = ", ".join(_shown(name) for name in sorted(names)[:5])
    raise UnreadableFile(
        f"the archive is {found}" if found else f"the archive holds only {listed or 'nothing'}",
        expected="an Excel workbook, a KMZ, or a zipped Shapefile with .shp, .shx, .dbf and .prj",
        remedy="save it as .xlsx" if found else "unpack it and send the file itself",
    )


@contextmanager
def opened(path: Path, *, limits: FileLimits) -> Iterator[tuple[ZipFile, list[ZipInfo]]]:
    """The archive and its files, without folders and what macOS adds.

    Raises
    ------
    UnreadableFile
        If it is damaged, encrypted or packed in a rare way; has a member with a name that leads
        elsewhere, that comes twice or that is a link; or has more members, or larger ones, than
        `limits` allow.
    """
    try:
        _require_small_directory(path)
        with ZipFile(path) as archive:
            members = archive.infolist()
            _require_modest(members, limits)
            plain = [member for member in members if not member.is_dir()]
            for member in plain:
                _require_plain(member)
            twice = [name for name, n in Counter(m.filename for m in plain).items() if n > 1]
            if twice:
                raise _refused(f"holds {_shown(twice[0])} twice", "each file once")
            yield archive, [member for member in plain if not _is_litter(member.filename)]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, LookupError,
            zlib.error, struct.error) as err:  # fmt: skip
        if isinstance(err, UnreadableFile):
            raise
        raise UnreadableFile(
            f"the archive is damaged or cut short ({err})",
            expected="a whole ZIP archive",
            remedy="copy or download it again",
        ) from err


def unpack(
    archive: ZipFile, wanted: Mapping[str, ZipInfo], folder: Path, *, limits: FileLimits
) -> None:
    """Write members into `folder` under names of ours.

    Raises
    ------
    UnreadableFile
        If more bytes come out than `limits` allow.
    """
    left = limits.unpacked_bytes
    for name, member in wanted.items():
        with archive.open(member) as packed, (folder / name).open("xb") as out:
            while chunk := packed.read(1 << 20):
                left -= len(chunk)
                if left < 0:
                    raise _refused(
                        f"unpacks to more than {limits.unpacked_bytes:,} bytes", "fewer bytes"
                    )
                out.write(chunk)


def layers_of_shapes(members: Iterable[ZipInfo]) -> dict[str, dict[str, ZipInfo]]:
    """The layers of a zipped Shapefile: name, and its files by their ending in small letters.

    Raises
    ------
    UnreadableFile
        If two files claim the same part.
    """
    layers: dict[str, dict[str, ZipInfo]] = {}
    for member in members:
        ending = ending_of(member)
        if ending in SHAPE_PARTS:
            parts = layers.setdefault(member.filename[: -len(ending)].lower(), {})
            if ending in parts:
                raise _refused(f"holds {_shown(member.filename)} twice", "each file once")
            parts[ending] = member
    shapes = [parts for parts in layers.values() if ".shp" in parts]
    stems = Counter(PurePosixPath(parts[".shp"].filename).stem for parts in shapes)
    return {
        path.stem if stems[path.stem] == 1 else str(path.with_suffix("")): parts
        for parts in shapes
        for path in [PurePosixPath(parts[".shp"].filename)]
    }


def ending_of(member: ZipInfo) -> str:
    """The ending of a member's name in small letters."""
    return PurePosixPath(member.filename).suffix.lower()


def _require_small_directory(path: Path) -> None:
    """Refuse a directory that would fill the memory, before it is read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile("it has no directory")
        members, bytes_ = struct.unpack_from("<HI", tail, at + 10)
        locator = at - 20
        if members == 0xFFFF or bytes_ == 0xFFFFFFFF:
            if locator < 0 or tail[locator : locator + 4] != b"PK\6\7":
                raise zipfile.BadZipFile("its directory has no beginning")
            file.seek(struct.unpack_from("<Q", tail, locator + 8)[0])
            (bytes_,) = struct.unpack_from("<Q", file.read(56).ljust(56, b"\0"), 40)
    if bytes_ > LARGEST_DIRECTORY:
        raise _refused(f"has a directory of {bytes_:,} bytes", f"at most {LARGEST_DIRECTORY:,}")


def _require_modest(members: list[ZipInfo], limits: FileLimits) -> None:
    """Refuse too many members, too large ones, and bombs, by what they declare."""
    if len(members) > limits.members:
        raise _refused(f"holds {len(members):,} files", f"at most {limits.members:,}")
    total = sum(member.file_size for member in members)
    if total > limits.unpacked_bytes:
        raise _refused(
            f"unpacks to {total:,} bytes", f"at most {limits.unpacked_bytes:,} unpacked bytes"
        )
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > SMALL and ratio > limits.unpacked_ratio:
            raise _refused(
                f"holds {_shown(member.filename)}, which unpacks to {ratio:,.0f} times its size",
                f"at most {limits.unpacked_ratio:g} times",
            )


def _require_plain(member: ZipInfo) -> None:
    """Refuse a member that is no plain file under a plain name."""
    name = member.filename
    leads_away = (
        name.startswith("/")
        or ".." in name.split("/")
        or "\\" in member.orig_filename
        or "\0" in member.orig_filename
        or re.match(r"[A-Za-z]:", name)
    )
    if leads_away or not name.isprintable() or len(name) > 1000:
        raise _refused(f"holds a file named {_shown(name)}", "plain names inside the archive")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _refused(f"holds {_shown(name)}, which is a link", "plain files")
    if member.flag_bits & 0x1:
        raise _refused(f"holds {_shown(name)}, which is encrypted", "an archive without password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(
            f"holds {_shown(name)}, packed by method {member.compress_type}",
            "plain ZIP compression (deflate)",
        )


def _is_litter(name: str) -> bool:
    """Whether a member was added by an operating system and says nothing."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1] in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _shown(name: str) -> str:
    """A member's name, cut to a readable length."""
    return repr(name[:80])


def _refused(what: str, expected: str) -> UnreadableFile:
    return UnreadableFile(
        f"the archive {what}",
        expected=expected,
        remedy="pack only the files that are needed, or send them one by one",
    )

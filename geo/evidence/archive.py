"""The canonical archive: for the same files always the same bytes, so that a changed bit shows."""

from __future__ import annotations

from collections.abc import Mapping

from geo.errors import BadInput, UnreadableFile
from geo.evidence import verify


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """The one ZIP archive of these files; see `geo.evidence.verify.write_archive`.

    Raises
    ------
    BadInput
        If a name may not stand in it, or it would be too large.
    """
    try:
        return verify.write_archive(files)
    except ValueError as err:
        raise BadInput(
            f"the files cannot be put into one archive: {err}",
            expected="plain names that differ, and less than 2 GB",
            remedy="choose another name, or hand over less at once",
        ) from err


def read_archive(content: bytes) -> dict[str, bytes]:
    """The files of an archive that `write_archive` wrote.

    Raises
    ------
    UnreadableFile
        If it would not have written these very bytes.
    """
    files, faults = verify.members(content)
    if faults:
        raise UnreadableFile(
            faults[0], expected="an archive as Lamassu wrote it", remedy="ask for it again"
        )
    return files

"""What reading one file may cost: in the browser, and at the command line.

The caps for the browser are those of OWASP ASVS 5.0, 5.2 (sizes before unpacking, numbers of files,
pixels); their values are a judgement of what a partner's file needs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """Caps on one file and on the process that reads it."""

    file_bytes: int
    """Size of the file."""
    unpacked_bytes: int
    """Bytes that come out of an archive, counted while they come and not as it declares them."""
    unpacked_ratio: float
    """Unpacked over packed bytes of an archive's member of more than a megabyte."""
    members: int
    """Files in an archive."""
    rows: int
    """Rows of a table."""
    columns: int
    """Columns of a table."""
    pixels: int
    """Cells of one band of a raster, or of a photograph."""
    bands: int
    """Bands of a raster."""
    memory_bytes: int
    """Address space of the reading process."""
    cpu_s: int
    """Processor time of the reading process, in seconds."""
    wall_s: float
    """Time by the clock, in seconds."""
    disk_bytes: int
    """Largest file that the reading process may write."""


BROWSER = FileLimits(
    file_bytes=200_000_000,
    unpacked_bytes=1_000_000_000,
    unpacked_ratio=100.0,
    members=1_000,
    rows=200_000,
    columns=200,
    pixels=200_000_000,
    bands=64,
    memory_bytes=3_000_000_000,
    cpu_s=15,
    wall_s=18.0,
    disk_bytes=2_000_000_000,
)
"""For uploads."""

COMMAND_LINE = FileLimits(
    file_bytes=16_000_000_000,
    unpacked_bytes=16_000_000_000,
    unpacked_ratio=1_000.0,
    members=10_000,
    rows=20_000_000,
    columns=16_384,
    pixels=2_000_000_000,
    bands=1_000,
    memory_bytes=6_000_000_000,
    cpu_s=3_600,
    wall_s=7_200.0,
    disk_bytes=32_000_000_000,
)
"""For whoever has a shell: a million rows and a full satellite tile pass."""

"""One scene of a watch, in one file, in a file for each band, or in a step of a cube."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from geo.change.bands import CODES
from geo.change.series import sensor_family
from geo.model import Tlp
from geo.sources.rasters.products import BandPart

UNKNOWN_SENSOR = "unknown"
"""Of files that do not say; they are one series among themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePicture:
    """One scene, in a file, in a file for each band, or in a step of a cube."""

    name: str
    """What it is called towards the user."""
    path: Path
    """Its file; for a step of a cube a GeoTIFF that lasts as long as the study."""
    kept_path: Path
    """The file that is kept: the same, or the cube."""
    sha256: str
    """SHA-256 of the file that is kept."""
    step: str
    """Name of the step of a cube; empty for a file of its own."""
    taken_at: datetime
    """Time of the picture, UTC."""
    sensor: str
    """Sensor, as far as it is known."""
    bands: tuple[str, ...]
    """Names of its bands in the order of the file."""
    marking: Tlp
    """Marking of the file."""
    simulated: bool
    """True if it is invented."""
    parts: tuple[BandPart, ...] = ()
    """Its files where each band has one of its own, those of one tile after those of another;
    empty for a scene in one file. `path`, `kept_path` and `sha256` are of the first."""

    @property
    def files(self) -> dict[str, Path]:
        """The files that are kept, by SHA-256."""
        parts = {part.sha256: part.path for part in self.parts}
        return parts or {self.sha256: self.kept_path}

    @property
    def seeing(self) -> tuple[str, ...]:
        """Its bands but those of codes."""
        return tuple(name for name in self.bands if name.upper() not in CODES)

    @property
    def kin(self) -> tuple[str, frozenset[str]]:
        """What scenes of one series have in common."""
        return sensor_family(self.sensor), frozenset(self.seeing)

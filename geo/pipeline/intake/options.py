"""What an importer says of a whole file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geo.model import Tlp
from geo.sources.confined.limits import COMMAND_LINE, FileLimits
from geo.sources.meaning.mapping import Mapping
from geo.sources.meaning.records import Defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What an importer says of a whole file; a row's own cell beats it."""

    dataset_id: str = "local"
    """Dataset that the rows belong to."""
    source: str = ""
    """Source in words."""
    grade: str = "F6"
    """Admiralty grade."""
    marking: Tlp = Tlp.AMBER
    """TLP marking of rows without one."""
    licence: str = ""
    """Licence or terms."""
    simulated: bool = False
    """True if the rows are invented."""
    author: str = ""
    """Who imports."""
    acquired_at: datetime | None = None
    """Time of a scene whose file does not tell it."""
    sensor: str = ""
    """Sensor of a scene whose file does not tell it."""
    site_id: str = ""
    """Site that a scene lies over."""
    partner: str = ""
    """From whom the file is; what was kept of that partner's columns is used."""
    table: str = ""
    """Sheet or layer that is meant; empty for all that are shown."""
    mapping: Mapping | None = None
    """What the columns mean; None to have it guessed."""
    place_by_name: bool = False
    """Whether the importer confirms places whose very name is known once in their country."""
    keep_mapping: bool = False
    """Whether the columns are remembered for the partner."""
    limits: FileLimits = COMMAND_LINE
    """What reading may cost."""


def defaults_of(options: ImportOptions) -> Defaults:
    """What the rows of a table hold where the file says nothing."""
    return Defaults(
        dataset_id=options.dataset_id,
        source=options.source,
        grade=options.grade,
        marking=options.marking,
        licence=options.licence,
        simulated=options.simulated,
    )

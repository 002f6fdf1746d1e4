"""What a run found out on its way, as plain numbers and words for provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

from geo.change.bands import Roles
from geo.change.pair.decision import Decision
from geo.change.pair.preparation import Preparation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionNote:
    """What was found out about one region."""

    preparation: Preparation
    """How the later date was laid over the earlier."""
    decision: Decision
    """How much changed."""


def told(notes: Sequence[RegionNote]) -> dict[str, object]:
    """What is told of the regions: of a single one all, of several their middle and their range."""
    shifts = [note.preparation.shift for note in notes]
    cell_px = notes[0].preparation.cell_px
    matches = [note.preparation.match for note in notes]
    thresholds = [note.decision.threshold for note in notes if note.decision.threshold is not None]
    moved = sum(shift.rowcol_px != (0.0, 0.0) for shift in shifts)
    return {
        "regions": len(notes),
        "shift": {
            "rowcol_px": [
                rounded(np.median([shift.rowcol_px[axis] * cell_px for shift in shifts]), 3)
                for axis in (0, 1)
            ],
            "windows": sum(shift.windows for shift in shifts),
            "agreeing": sum(shift.agreeing for shift in shifts),
            "verdict": shifts[0].verdict
            if len(shifts) == 1
            else f"moved in {moved} of {len(shifts)} regions",
        },
        "match": {
            "gain": [
                rounded(value, 5) for value in np.median([match.gain for match in matches], axis=0)
            ],
            "offset": [
                rounded(value, 3)
                for value in np.median([match.offset for match in matches], axis=0)
            ],
            "bands_fitted_by_a_line": min(match.lines for match in matches),
            "effective_share": rounded(min(match.effective for match in matches), 4),
        },
        "changed_share": rounded(np.mean([note.decision.share for note in notes])),
        "threshold": rounded(min(thresholds)) if thresholds else None,
        "regions_with_flags_possible": len(thresholds),
    }


def bands_told(bands: tuple[str, ...], part: Roles, *, guessed: bool) -> dict[str, object]:
    """Which band played which part, by name."""
    return {
        "bright_bands": [bands[i] for i in part.bright],
        "other_bands": [bands[i] for i in part.other],
        "cloud_mask": _cloud_mask(bands, part, guessed=guessed),
        "plants": "left out" if part.plants else "not told from change: red or NIR is not named",
    }


def why_nothing(flagged: int, notes: Sequence[RegionNote]) -> str:
    """Why nothing is flagged, in words; empty if something is."""
    if flagged:
        return ""
    if all(note.decision.threshold is None for note in notes):
        return "brightness and the other bands do not agree on any change"
    return "no change is both strong and large enough"


def rounded(value: SupportsFloat, digits: int = 6) -> float:
    """As many digits as two machines agree on."""
    return round(float(value), digits)


def _cloud_mask(bands: tuple[str, ...], part: Roles, *, guessed: bool) -> str:
    """What tells clouds, in words."""
    if part.codes:
        return ", ".join(bands[i] for i in part.codes)
    if guessed:
        return "guessed: thick white cloud is left out, other cloud is not told from change"
    return "none: clouds are not told from change"

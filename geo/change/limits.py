"""What a sensor can see of looting at all: the measured share of the ground that pits must cover.

Single pits are smaller than a cell of most sensors. How much of the ground they must cover before
the detector of two dates flags it was measured with the pits of Dura-Europos put into real pictures
(`tests/bench/change_pits.py`, which prints these constants; nothing was chosen on them).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from geo.errors import InvalidSetting

COVERAGE = (0.005, 0.02, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50, 0.70)
"""Bounds of the classes of coverage: share of the ground in pits, over 5 x 5 cells."""


class Background(StrEnum):
    """What else changed between the two pictures."""

    QUIET = "quiet"
    """Nothing: the second picture is the first one under simulated noise, the best case."""
    BUSY = "busy"
    """Desert and town over 26 months, as they were."""


class Pits(StrEnum):
    """How much light the inside of a pit lacks."""

    DARK = "dark"
    """30 per cent."""
    FAINT = "faint"
    """15 per cent."""


FLAGGED_PER_MILLE: Mapping[tuple[Background, int, Pits], tuple[int, ...]] = {
    (Background.QUIET, 3, Pits.DARK): (0, 0, 21, 173, 398, 530, 632, 758, 946, 994),
    (Background.QUIET, 3, Pits.FAINT): (0, 0, 0, 0, 1, 19, 118, 498, 908, 990),
    (Background.QUIET, 5, Pits.DARK): (0, 0, 2, 100, 615, 929, 957, 957, 954, 884),
    (Background.QUIET, 5, Pits.FAINT): (0, 0, 0, 0, 0, 3, 48, 538, 943, 884),
    (Background.QUIET, 10, Pits.DARK): (0, 0, 5, 69, 517, 942, 999, 1000, 999, 995),
    (Background.QUIET, 10, Pits.FAINT): (0, 0, 0, 0, 0, 3, 32, 486, 932, 995),
    (Background.BUSY, 3, Pits.DARK): (0, 6, 5, 7, 5, 6, 10, 13, 13, 45),
    (Background.BUSY, 3, Pits.FAINT): (0, 5, 3, 3, 5, 4, 4, 7, 4, 1),
    (Background.BUSY, 5, Pits.DARK): (19, 27, 21, 18, 19, 23, 25, 50, 60, 64),
    (Background.BUSY, 5, Pits.FAINT): (19, 24, 16, 13, 12, 10, 9, 14, 10, 4),
    (Background.BUSY, 10, Pits.DARK): (2, 1, 4, 10, 9, 5, 11, 22, 38, 45),
    (Background.BUSY, 10, Pits.FAINT): (2, 0, 3, 4, 3, 2, 3, 8, 19, 27),
}  # fmt: skip
"""Cells with pits that were flagged, of 1000, by class of coverage, width of cells in metres and
darkness of the pits. Without any pit at most 22 of 1000 of the same cells were flagged."""

AS_DUG: Mapping[int, float] = {3: 0.20, 5: 0.12, 10: 0.06}
"""Median share that the pits of Dura-Europos cover of the cells of that width which hold any."""

HALF = 500
"""Cells of 1000 from which on pits count as seen."""

SLACK = 1.1
"""Cells this much wider than a measured width still count as of that width."""


def coverage_needed(
    cell_m: float, pits: Pits, *, background: Background = Background.QUIET
) -> tuple[float, float] | None:
    """The class of coverage from which on half of the cells with pits were flagged.

    Least and greatest share of the ground, 0 to 1; None if no class up to the greatest was.

    Raises
    ------
    InvalidSetting
        If `cell_m` is not a positive length.
    """
    flagged = FLAGGED_PER_MILLE[background, _measured_at(cell_m), pits]
    for place in range(len(flagged)):
        if min(flagged[place:]) >= HALF:
            return COVERAGE[place], COVERAGE[place + 1]
    return None


def limit_note(cell_m: float) -> str:
    """What cells of this width cannot show of looting pits, in sentences for a reader.

    Told for the next larger width that was measured; beyond the largest, for that one.

    Raises
    ------
    InvalidSetting
        If `cell_m` is not a positive length.
    """
    measured = _measured_at(cell_m)
    most = max(max(FLAGGED_PER_MILLE[Background.BUSY, measured, pits]) for pits in Pits)
    told = "" if _is(cell_m, measured) else f" (these of {cell_m:.3g} m were not measured)"
    return (
        f"Cells of {measured} m{told}: even where nothing else changed, looting pits must cover "
        f"{_in_words(measured, Pits.DARK)} of the ground if they are dark, and "
        f"{_in_words(measured, Pits.FAINT)} if they are faint, before half of it is flagged; at "
        f"Dura-Europos they covered {AS_DUG[measured]:.0%} of such a cell. Among two years of "
        f"other change no more than {-(-most // 10)}% was flagged, however dense. No flag does not "
        "mean that nothing was dug."
    )


def _in_words(measured: int, pits: Pits) -> str:
    """The needed coverage as a range of per cent."""
    needed = coverage_needed(measured, pits)
    if needed is None:
        return f"more than {COVERAGE[-1]:.0%}"
    return f"{100 * needed[0]:.0f} to {needed[1]:.0%}"


def _measured_at(cell_m: float) -> int:
    """The width at which the limit was measured that says most of cells of this width."""
    if not 0 < cell_m < float("inf"):
        raise InvalidSetting(f"cells of {cell_m} m", expected="a length above 0 m")
    widths = sorted(AS_DUG)
    return next((width for width in widths if cell_m <= SLACK * width), widths[-1])


def _is(cell_m: float, measured: int) -> bool:
    """Whether cells are of a measured width."""
    return measured / SLACK <= cell_m <= measured * SLACK

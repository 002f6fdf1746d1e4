"""Settings of the detector of two dates."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import InvalidSetting

FAST_CELL_PX = 2
"""Cells of the scene along the side of a cell of a quick run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Settings of the detector; the defaults are one fixed setting for all scenes."""

    max_shift_px: float = 4.0
    """Largest shift between the dates that is mended, in cells; 0 leaves the dates as they lie."""
    smoothing_px: float = 2.5
    """Sigma of the Gaussian that joins neighbouring cells of a map."""
    min_cells: int = 12
    """Minimum mapping unit: smaller flags are left out."""
    min_share: float = 0.003
    """If less than this share of the scene changed, only what is beyond chance is flagged."""
    min_brightness_change: float = 0.05
    """Least change of brightness around a flagged cell, either way; 0.05 is 5 per cent."""
    max_greenness: float = 0.4
    """Cells with a vegetation index above this on the later date are not flagged: what was dug,
    levelled or built is not green. Applies where band names tell red and near infrared."""
    fast: bool = False
    """Whether the scene is judged by cells twice as wide, without the map that costs most and by
    one size of regions. What is smaller than some six cells is lost."""

    def __post_init__(self) -> None:
        """Refuse what the detector cannot work with."""
        for name, low, high in (
            ("max_shift_px", 0, 32),
            ("smoothing_px", 0.5, 20),
            ("min_cells", 1, 100_000),
            ("min_share", 0, 1),
            ("min_brightness_change", 0, 10),
            ("max_greenness", -1, 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidSetting(f"{name} is {value}", expected=f"{low} to {high}")

    @property
    def cell_px(self) -> int:
        """Cells of the scene along the side of a cell that is judged."""
        return FAST_CELL_PX if self.fast else 1

    @property
    def max_shift_cells(self) -> float:
        """`max_shift_px` in the cells that are judged."""
        return self.max_shift_px / self.cell_px

    @property
    def smoothing_cells(self) -> float:
        """`smoothing_px` in the cells that are judged."""
        return self.smoothing_px / self.cell_px


DEFAULTS = Parameters()
"""The one fixed setting."""

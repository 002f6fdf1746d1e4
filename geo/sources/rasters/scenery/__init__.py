"""Invented ground around two real sites, as the sun would show it to a sensor.

Everything here is stage scenery: the river, the fields, the tracks, the villages, the mound, the
walls and the changes show nothing of Nimrud or of Hatra. Only the two places are real, and the days
of the changes, which are those of the events cited in ``data/events.csv``. Every random number
comes from a generator seeded by the name of what it is for, so the ground is always the same.
"""

from geo.sources.rasters.scenery.canvas import (
    CANVAS,
    CELL_M,
    CELLS,
    Field,
    cropped,
    fractal,
    frequency,
    rng_for,
)
from geo.sources.rasters.scenery.ground import BANDS, SPECTRA, footprint, ground, sun
from geo.sources.rasters.scenery.stages import (
    CHANGES,
    HATRA,
    NIMRUD,
    ChangeKind,
    SimulatedChange,
    stage,
)

__all__ = [
    "BANDS",
    "CANVAS",
    "CELLS",
    "CELL_M",
    "CHANGES",
    "HATRA",
    "NIMRUD",
    "SPECTRA",
    "ChangeKind",
    "Field",
    "SimulatedChange",
    "cropped",
    "footprint",
    "fractal",
    "frequency",
    "ground",
    "rng_for",
    "stage",
    "sun",
]

"""The codes of a mask of change, one for all detectors."""

import numpy as np

CHANGED, UNCHANGED, NO_DATA = np.uint8(1), np.uint8(0), np.uint8(255)
"""What a cell of a mask, uint8, says."""

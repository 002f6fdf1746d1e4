"""What changed between pictures of one place: arrays in; score, mask and polygons out."""

from geo.change.pair.detect import METHOD, detect, detect_blocks
from geo.change.pair.detection import Detection
from geo.change.pair.parameters import Parameters
from geo.change.pair.polygons import flagged_polygons

__all__ = [
    "METHOD", "Detection", "Parameters", "detect", "detect_blocks", "flagged_polygons",
]  # fmt: skip

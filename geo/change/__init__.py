"""What changed between two pictures of one place: arrays in; score, mask and polygons out."""

from geo.change.bitemporal import METHOD, Detection, Parameters, Progress, detect
from geo.change.polygons import flagged_polygons

__all__ = ["METHOD", "Detection", "Parameters", "Progress", "detect", "flagged_polygons"]

"""What changed in radar pictures (Sentinel-1 and its like): of two dates, or of a stack of them."""

from geo.change.sar.backscatter import (
    Backscatter,
    Unit,
    backscatter,
    is_radar,
    require_speckle,
    to_decibels,
)
from geo.change.sar.damage import Step, step_of
from geo.change.sar.layers import in_decibels
from geo.change.sar.omnibus import ChangePoints, change_points, omnibus_p
from geo.change.sar.pair import compare_pair
from geo.change.sar.results import RadarChange, RadarParameters
from geo.change.sar.speckle import SENTINEL1_LOOKS, estimated_looks, lee
from geo.change.sar.stack import RadarScene, RadarStack, compare_stack, placebo_scores
from geo.change.sar.timing import interval_of, step_likelihood

METHOD = "lamassu radar: pivotal log ratio, stepwise t, omnibus 2"
"""Name and version of the comparisons, for provenance; the number rises when results change."""

__all__ = [
    "METHOD",
    "SENTINEL1_LOOKS",
    "Backscatter",
    "ChangePoints",
    "RadarChange",
    "RadarParameters",
    "RadarScene",
    "RadarStack",
    "Step",
    "Unit",
    "backscatter",
    "change_points",
    "compare_pair",
    "compare_stack",
    "estimated_looks",
    "in_decibels",
    "interval_of",
    "is_radar",
    "lee",
    "omnibus_p",
    "placebo_scores",
    "require_speckle",
    "step_likelihood",
    "step_of",
    "to_decibels",
]

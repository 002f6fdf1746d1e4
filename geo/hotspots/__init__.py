"""Where and when events gather more than chance would have it, beside plain counts of them.

Points with dates in; numbers by cell, clusters and a test on withheld events out. Fewer than
`FEWEST_EVENTS` events are counted and drawn, but nothing is called significant.
"""

from geo.hotspots.cells import Cells, CellSize, cell_rule, cells_over
from geo.hotspots.clusters import Clusters, space_time_clusters, too_dense
from geo.hotspots.counts import Density, bandwidth_rule, density, naive_counts
from geo.hotspots.events import (
    COARSEST_RADIUS_M,
    FEWEST_EVENTS,
    Events,
    events_of,
    remarks_on,
    warnings_on,
)
from geo.hotspots.gi_star import LocalGi, local_gi_star
from geo.hotspots.interaction import KnoxTest, knox
from geo.hotspots.withheld import METHODS, MethodScore, Withheld, withheld_test

__all__ = [
    "COARSEST_RADIUS_M",
    "FEWEST_EVENTS",
    "METHODS",
    "CellSize",
    "Cells",
    "Clusters",
    "Density",
    "Events",
    "KnoxTest",
    "LocalGi",
    "MethodScore",
    "Withheld",
    "bandwidth_rule",
    "cell_rule",
    "cells_over",
    "density",
    "events_of",
    "knox",
    "local_gi_star",
    "naive_counts",
    "remarks_on",
    "space_time_clusters",
    "too_dense",
    "warnings_on",
    "withheld_test",
]

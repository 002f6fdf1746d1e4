"""What changed in pictures of many dates: a watch over one site."""

from geo.change.series.measures import Kind
from geo.change.series.observations import Bands, Observation, SiteMask, Skipped, site_mask
from geo.change.series.parameters import SeriesParameters
from geo.change.series.pixel import Flagged, PixelSeries
from geo.change.series.seeing import ground_shown
from geo.change.series.site import SiteScore, site_score
from geo.change.series.watch import METHOD, Watch, pixel_series, sensor_family, update

__all__ = [
    "METHOD",
    "Bands",
    "Flagged",
    "Kind",
    "Observation",
    "PixelSeries",
    "SeriesParameters",
    "SiteMask",
    "SiteScore",
    "Skipped",
    "Watch",
    "ground_shown",
    "pixel_series",
    "sensor_family",
    "site_mask",
    "site_score",
    "update",
]

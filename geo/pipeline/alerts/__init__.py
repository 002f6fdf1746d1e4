"""From kept alerts to a queue: tested on each site's own past, ranked, and learned from."""

from geo.pipeline.alerts.calibrating import Calibration, calibrate
from geo.pipeline.alerts.feed import BUDGET_A_WEEK, Feed, feed

__all__ = ["BUDGET_A_WEEK", "Calibration", "Feed", "calibrate", "feed"]

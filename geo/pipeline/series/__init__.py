"""The watch over a site, from its scenes to alerts that can be made again."""

from geo.pipeline.series.study import (
    SeriesStudy,
    keep_series,
    remade,
    series_of,
    study_series,
)
from geo.pipeline.series.telling import summary, write_study

__all__ = [
    "SeriesStudy",
    "keep_series",
    "remade",
    "series_of",
    "study_series",
    "summary",
    "write_study",
]

"""Radar around a site, from a folder of pictures to flags that can be made again."""

from geo.pipeline.sar.study import RadarStudy, keep_radar, remade, study_radar
from geo.pipeline.sar.telling import summary, write_study

__all__ = ["RadarStudy", "keep_radar", "remade", "study_radar", "summary", "write_study"]

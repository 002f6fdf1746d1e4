"""Change between two pictures, from their files to flags that can be made again."""

from geo.pipeline.change.detecting import NO_DATA, Change, area_of_site, detect_change
from geo.pipeline.change.keeping import keep_flags, keep_pictures
from geo.pipeline.change.pictures import PictureSource, picture_of_files, picture_of_scene
from geo.pipeline.change.remaking import remade
from geo.pipeline.change.telling import summary, write_detection

__all__ = [
    "NO_DATA",
    "Change",
    "PictureSource",
    "area_of_site",
    "detect_change",
    "keep_flags",
    "keep_pictures",
    "picture_of_files",
    "picture_of_scene",
    "remade",
    "summary",
    "write_detection",
]

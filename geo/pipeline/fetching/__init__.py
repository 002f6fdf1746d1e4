"""Satellite scenes of a site, found on a STAC server and fetched on the user's word."""

from geo.pipeline.fetching.finding import find_scenes, seen_again
from geo.pipeline.fetching.getting import fetch_scenes
from geo.pipeline.fetching.records import Fetched, Found, Left, Listed, Terms

__all__ = [
    "Fetched",
    "Found",
    "Left",
    "Listed",
    "Terms",
    "fetch_scenes",
    "find_scenes",
    "seen_again",
]

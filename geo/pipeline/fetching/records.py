"""What a search gives and what fetching leaves, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geo.grid import Grid
from geo.model import ImportReport, Tlp
from geo.sources.confined.limits import COMMAND_LINE, FileLimits
from geo.sources.stac.offers import Offer
from geo.sources.stac.web import WebLimits

HALF_WIDTH_M = 2_500.0
"""Half the width of the square around a site that is fetched: the site, and a ring against which
what happens in it is held."""

USUAL = WebLimits()
"""What asking may cost unless told."""

WIDEST_M = 30_000.0
"""Half the width of the largest square."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How scenes are fetched and kept."""

    allowed: tuple[str, ...]
    """Hosts that may be asked, as `geo.settings.Settings.stac_hosts`."""
    half_width_m: float = HALF_WIDTH_M
    """Half the width of the square around the site, in metres."""
    most_cloud_percent: float = 100.0
    """Scenes with more cloud, by the server's word for the whole picture, are left."""
    marking: Tlp = Tlp.AMBER
    """TLP marking of the scenes: that somebody looked at a site may be worth keeping."""
    limits: FileLimits = COMMAND_LINE
    """What unpacking one scene may cost."""
    web: WebLimits = USUAL
    """What asking may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A scene that a server has over a site."""

    offer: Offer
    """What the server tells of it."""
    scene_id: str
    """What the scene will be called in the store."""
    grid: Grid
    """The grid that it will lie on, the same for all scenes of its kind over the site."""
    about_bytes: int
    """Bytes that fetching it is likely to cost."""
    known: bool
    """Whether it is in the store already."""
    refused: str
    """Why it cannot be fetched; empty where it can."""
    closed: tuple[str, ...]
    """Hosts of its files that may not be asked."""

    @property
    def taken_at(self) -> datetime:
        """Time of the picture, UTC."""
        return self.offer.taken_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A scene that is not fetched."""

    name: str
    """The server's name of it."""
    reason: str
    """Why, in words for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a server has over a site."""

    site_id: str
    """The site."""
    api: str
    """Address of the server."""
    terms: Terms
    """How the scenes are to be fetched."""
    scenes: tuple[Listed, ...]
    """Earliest first."""
    left: tuple[Left, ...]
    """What the server told of that is no scene, or is too cloudy, and why."""
    notes: tuple[str, ...]
    """What there is to say of the search as a whole."""

    @property
    def to_fetch(self) -> tuple[Listed, ...]:
        """Scenes that can be fetched and are not here yet."""
        return tuple(one for one in self.scenes if not (one.known or one.refused))

    @property
    def hosts_wanted(self) -> tuple[str, ...]:
        """Hosts that hold files of these scenes and are not allowed."""
        return tuple(sorted({host for one in self.scenes for host in one.closed}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of the scenes that were asked for."""

    reports: tuple[ImportReport, ...]
    """One for each scene that was kept."""
    known: tuple[str, ...]
    """Scenes that were here already."""
    left: tuple[Left, ...]
    """Scenes that could not be fetched, and why; the others were."""
    bytes_read: int
    """Bytes that came over the network."""

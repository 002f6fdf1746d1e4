"""Border posts, the roads and railways between places, and routes out of the country."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.model.record import Record


class PostKind(StrEnum):
    """Kind of border post."""

    LAND = "land"
    SEA = "sea"
    AIR = "air"
    INFORMAL = "informal"


class RoadMode(StrEnum):
    """Kind of main link."""

    ROAD = "road"
    RAIL = "rail"


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderPost(Record):
    """A place where goods and people may leave a country."""

    name: str
    """Name in Latin script."""
    country: str
    """Country in which the post stands."""
    kind: PostKind
    """Land, sea, air or informal."""
    name_ar: str = ""
    """Name in Arabic script."""
    name_ar_source: str = ""
    """Where the Arabic name was read."""
    facing_name: str = ""
    """Name of the post on the other side."""
    facing_country: str = ""
    """Country on the other side."""
    status_text: str = ""
    """What sources say of its opening, with dates where known; prose, not intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLink(Record):
    """A cited main road or railway between two named places; a schema, not a course."""

    from_node: str
    """Id of the place it starts from."""
    to_node: str
    """Id of the place it ends at."""
    mode: RoadMode
    """Road or rail."""
    from_name: str = ""
    """Name of the place it starts from."""
    to_name: str = ""
    """Name of the place it ends at."""
    country: str = ""
    """Country or countries, separated by ``/``."""
    road_ref: str = ""
    """Road number or name."""
    road_class: str = ""
    """motorway, trunk or primary."""
    lanes: str = ""
    """Lanes in the source's words."""
    status_note: str = ""
    """Closures and reopenings in the source's words, with their dates."""
    evidence_grade: str = ""
    """A traced by waypoints, B sourced at both ends, C inferred adjacency (drawn dashed)."""
    great_circle_km: float | None = None
    """Great-circle distance in kilometres."""
    route_km: float | None = None
    """Length by waypoints in kilometres, where known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadNetwork(Record):
    """A file of surveyed roads in the store; `geometry` is the box around them."""

    sha256: str
    """SHA-256 of the file's bytes."""
    path: str
    """File, relative to the folder of the embedded store."""
    ways: int | None = None
    """Roads in it that can be used."""
    length_km: float | None = None
    """Their length in kilometres."""
    classes: str = ""
    """Their classes with the number of roads of each, separated by ``; ``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Record):
    """A ranked hypothesis of how objects leave the country; never a statement that they did."""

    study_id: str
    """The run that made it: ``RT-`` and ten hexadecimal digits."""
    origin_name: str
    """Where it starts, in words."""
    exit_id: str
    """Border post where it leaves the country."""
    exit_name: str
    """Name of that post."""
    mode: str
    """How it is travelled, as `data/modes.yaml` names it."""
    rank: int | None = None
    """1 for the largest share of its run."""
    site_id: str = ""
    """Site where it starts; empty for a place drawn on the map."""
    share: float | None = None
    """Share of the plausible routes that go this way, 0 to 1. Not a probability of smuggling."""
    share_low: float | None = None
    """5 % bound of `share` over what is not known."""
    share_high: float | None = None
    """95 % bound of the same."""
    time_h: float | None = None
    """Median time on the way in hours."""
    time_h_low: float | None = None
    """5 % bound of `time_h`."""
    time_h_high: float | None = None
    """95 % bound of the same."""
    length_km: float | None = None
    """Length in kilometres."""
    passes: str = ""
    """Other border posts and towns on the way, separated by ``; ``."""
    schematic: bool = False
    """True if any part follows a schematic link instead of a surveyed road."""
    provenance: str = ""
    """JSON of `Provenance`: with it the route can be made again."""

"""Made-up records whose places and words are canaries, and who may have them: a table by hand.

What `levels` says follows from the roles, markings and sensitivities as they are described, not
from the code that applies them. Every place lies in an empty desert, away from each corner and
middle of a cell; every word begins with ``zyq``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import geopandas as gpd
import mgrs
import shapely
from shapely.geometry import LineString, Point

from geo.access import Role, Viewer
from geo.frames import frame_of
from geo.model import Audience, Sensitivity, Tlp
from geo.store import FileKey, Store
from tests.canaries import Canary

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
"""When they were brought in."""

RING, CLOSED = "ring", "closed-ring"
"""A sharing group, and the dataset that is closed to it."""

VIEWERS = {
    "anonymous": Viewer(role=Role.ANONYMOUS),
    "viewer": Viewer(role=Role.VIEWER),
    "partner": Viewer(role=Role.PARTNER),
    "analyst": Viewer(role=Role.ANALYST),
    "reviewer": Viewer(role=Role.REVIEWER, groups=frozenset({RING})),
    "administrator": Viewer(role=Role.ADMINISTRATOR),
    "partner of the ring": Viewer(role=Role.PARTNER, groups=frozenset({RING})),
    "viewer of another ring": Viewer(role=Role.VIEWER, groups=frozenset({"other"})),
}
"""The six roles, one of them in the group, and two more in groups."""

ALL = frozenset(VIEWERS)
OFFICE = frozenset({"analyst", "reviewer", "administrator"})
PARTNERS = frozenset({"partner", "partner of the ring"})
IN_THE_RING = frozenset({"reviewer", "administrator", "partner of the ring"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How a record is guarded, and who may have what of it."""

    words: frozenset[str]
    """Who may know of it."""
    places: frozenset[str]
    """Who may know its place to better than 0.01 degree."""
    sensitivity: Sensitivity = Sensitivity.NONE
    """Of its site."""
    marking: Tlp = Tlp.CLEAR
    """Of itself."""
    dataset_id: str = "local"
    """Where it belongs."""


LEVELS = {
    "plain": Level(words=ALL, places=OFFICE | PARTNERS),
    "green": Level(words=ALL - {"anonymous"}, places=OFFICE | PARTNERS, marking=Tlp.GREEN),
    "medium": Level(words=ALL, places=OFFICE, sensitivity=Sensitivity.MEDIUM),
    "high": Level(words=OFFICE | PARTNERS, places=OFFICE, sensitivity=Sensitivity.HIGH),
    "extreme": Level(words=OFFICE, places=OFFICE, sensitivity=Sensitivity.EXTREME),
    "amber": Level(words=OFFICE, places=OFFICE, marking=Tlp.AMBER),
    "strict": Level(words=OFFICE, places=OFFICE, marking=Tlp.AMBER_STRICT),
    "red": Level(
        words=frozenset({"administrator"}), places=frozenset({"administrator"}), marking=Tlp.RED
    ),
    "closed": Level(words=IN_THE_RING, places=IN_THE_RING, dataset_id=CLOSED),
    "closedred": Level(
        words=IN_THE_RING - PARTNERS,
        places=IN_THE_RING - PARTNERS,
        marking=Tlp.RED,
        dataset_id=CLOSED,
    ),
}
"""Each level that a record can be guarded at."""

OF_SITES = ("sites", "events", "alerts", "scenes", "routes", "assessments")
"""Kinds that are guarded as their site is."""

BY_MARKING = ("seizures", "objects", "posts")
"""Kinds that are guarded by marking and dataset alone."""

FOR_THE_OFFICE = ("custody", "photographs", "links", "stolen", "opinions")
"""Kinds of which nobody else sees a row."""

KINDS = (*OF_SITES, *BY_MARKING, *FOR_THE_OFFICE)
"""Every kind with a canary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A canary in a record, and who may have what of it."""

    kind: str
    """Table of the record."""
    level: str
    """Name of its level."""
    canary: Canary
    """Its word and its place."""
    words: frozenset[str]
    """Who may have the word."""
    places: frozenset[str]
    """Who may have the place."""

    @property
    def id(self) -> str:
        """Id of the record."""
        return f"ZQ-{self.kind}-{self.level}"


def planted() -> tuple[Planted, ...]:
    """Every record that holds a canary."""
    return tuple(
        Planted(
            kind=kind,
            level=name,
            canary=Canary(word=f"zyq{kind}{name}x", lonlat=_place(KINDS.index(kind), row)),
            words=level.words & (OFFICE if kind in FOR_THE_OFFICE else ALL),
            # A route is told from cell to cell, and a post leads to no site.
            places=level.places & (OFFICE if kind in ("routes", *FOR_THE_OFFICE) else ALL)
            if kind != "posts"
            else level.words,
        )
        for kind in KINDS
        for row, (name, level) in enumerate(LEVELS.items())
        if kind in OF_SITES or level.sensitivity is Sensitivity.NONE
    )


def _place(column: int, row: int) -> tuple[float, float]:
    """A place in the desert whose numbers no other has to four decimals; 39 to 43 E, 30 to 33 N."""
    return (
        round(39.1027418263 + 0.23 * column + 0.01 * row, 10),
        round(30.4527316447 + 0.19 * row + 0.01 * column, 10),
    )


HINT = Canary(word="zyqnotoldx", lonlat=_place(14, 3))
"""Told in the words of a public record, its word in columns for the office alone."""


def secrets_for(viewer: str) -> list[Canary]:
    """What nothing that goes to this viewer may hold: whole canaries."""
    kept = [one.canary for one in planted() if viewer not in one.words]
    return kept if viewer in OFFICE else [*kept, HINT]


def places_kept_from(viewer: str) -> list[Canary]:
    """Canaries whose place this viewer may not have, though perhaps their word."""
    kept = [one.canary for one in planted() if viewer not in one.places]
    return kept if viewer in OFFICE else [*kept, HINT]


def told_to(viewer: str, kind: str) -> list[Canary]:
    """Canaries of a kind whose place this viewer may have: something must find them."""
    return [one.canary for one in planted() if viewer in one.places and one.kind == kind]


def plant(store: Store, *, fit_for: Audience | None = None) -> None:
    """Bring everything into a store and close the closed dataset.

    With `fit_for`, nothing comes in that this audience may not know of, and the places that it may
    have as cells only are other places in the same cells: to that audience it must look the same.
    """
    for number, (kind, frame) in enumerate(frames(fit_for)):
        if len(frame):
            key = FileKey(file_name=f"{kind}.csv", sha256=f"{number:064d}")
            store.add(kind, frame, key=key, author="made up", now=NOW)
    store.share(CLOSED, [RING], author="made up", now=NOW)


def frames(fit_for: Audience | None = None) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """The records of each kind."""
    viewer = {None: "", Audience.PUBLIC: "viewer of another ring", Audience.PARTNER: "partner"}
    for kind in KINDS:
        rows = [one for one in planted() if one.kind == kind]
        if fit_for is Audience.PUBLIC:
            rows = [one for one in rows if "anonymous" in one.words]
        elif fit_for:
            rows = [one for one in rows if viewer[fit_for] in one.words]
        yield kind, _frame(kind, rows, moved_for=viewer[fit_for])


def _frame(kind: str, rows: list[Planted], *, moved_for: str) -> gpd.GeoDataFrame:
    """Records of one kind."""
    levels = [LEVELS[one.level] for one in rows]
    places = [
        (one.canary.lonlat[0] + 0.0015, one.canary.lonlat[1] + 0.0017)
        if moved_for and moved_for not in one.places
        else one.canary.lonlat
        for one in rows
    ]
    words = [one.canary.word for one in rows]
    hint = (HINT.lonlat[0] + 0.3, HINT.lonlat[1] - 0.2) if moved_for else HINT.lonlat
    number = len(rows)
    columns = {
        "id": [one.id for one in rows],
        "geometry": [
            _shape(kind, place, one.canary.lonlat) for one, place in zip(rows, places, strict=True)
        ],
        "precision": ["exact"] * number,
        "date_from": [date(2020, 3, 5)] * number,
        "date_to": [date(2020, 3, 5)] * number,
        "marking": [level.marking for level in levels],
        "dataset_id": [level.dataset_id for level in levels],
        "source": [f"made-up register of {word}" for word in words],
        "source_url": [f"https://example.org/{word}" for word in words],
        "owner": [f"office {HINT.word}"] * number,
        "note": [f"{HINT.word} {_all_forms(hint)}"] * number,
    }
    return frame_of(kind, columns | _particulars(kind, rows, words, hint))


def _shape(kind: str, lonlat: tuple[float, float], held: tuple[float, float]) -> shapely.Geometry:
    """A place as its kind has it; the way on from `held` stays where another start is drawn."""
    lon, lat = lonlat
    if kind == "scenes":
        return shapely.box(lon, lat, lon + 0.0021, lat + 0.0021)
    if kind == "alerts":
        return shapely.box(lon, lat, lon + 0.0004, lat + 0.0004)
    if kind == "routes":
        return LineString([(lon, lat), (held[0] + 0.3153, held[1] + 0.0259), (41.5, 33.5)])
    return Point(lon, lat)


def _all_forms(lonlat: tuple[float, float]) -> str:
    """A place in a sentence, as people write it."""
    lon, lat = lonlat
    seconds = (lat % 1 * 60 % 1 * 60, lon % 1 * 60 % 1 * 60)
    return (
        f"at {lat:.5f}, {lon:.5f}; also {int(lat)}°{int(lat % 1 * 60)}'{seconds[0]:.1f}\"N "
        f"{int(lon)}°{int(lon % 1 * 60)}'{seconds[1]:.1f}\"E, MGRS {mgrs.MGRS().toMGRS(lat, lon)}, "
        f"POINT ({lon!r} {lat!r}), https://maps.example.org/@{lat:.6f},{lon:.6f},15z"
    )


def _particulars(
    kind: str, rows: list[Planted], words: list[str], hint: tuple[float, float]
) -> dict[str, list[object]]:
    """The columns of one kind that hold words."""
    number = len(rows)
    order = [list(LEVELS).index(one.level) for one in rows]
    sites = [f"ZQ-sites-{one.level}" for one in rows]
    secret = json.dumps({"inputs": {}, "parameters": {"centre": hint}})
    match kind:
        case "sites":
            told = {
                "name": [f"Tell {word.title()}" for word in words],
                "country": ["Iraq"] * number,
                "sensitivity": [LEVELS[one.level].sensitivity for one in rows],
                "footprint_wkt": [
                    shapely.box(*one.canary.lonlat, *(v + 0.001 for v in one.canary.lonlat)).wkt
                    for one in rows
                ],
                "buffer_m": [120.0] * number,
            }
        case "events":
            told = {
                "site_name": [f"Tell {word.title()}" for word in words],
                "event_type": ["looting"] * number,
                "site_id": sites,
                "description": [f"Pits at {word}, {_all_forms(hint)}." for word in words],
            }
        case "alerts":
            told = {
                "site_id": sites,
                "detection_id": [f"CH-zq{at}" for at in order],
                "area_m2": [1800.0] * number,
                "distance_m": [15.0] * number,
                "score": [4.0] * number,
                "hint": words,
                "sensors": [("S2", word) for word in words],
                "features": [secret] * number,
                "provenance": [secret] * number,
            }
        case "scenes":
            told = {
                "sensor": words,
                "bands": [("B04",)] * number,
                "acquired_at": [NOW] * number,
                "sha256": [f"{at:064d}" for at in order],
                "path": [f"scenes/{word}.tif" for word in words],
                "site_id": sites,
                "transform": [str(one.canary.lonlat) for one in rows],
            }
        case "routes":
            told = {
                "study_id": [f"RT-00000000{at:02d}" for at in order],
                "origin_name": [f"Tell {word.title()}" for word in words],
                "site_id": sites,
                "exit_id": ["BP-01"] * number,
                "exit_name": ["Made-up Post"] * number,
                "mode": ["vehicle"] * number,
                "rank": [1] * number,
                "share": [0.5] * number,
                "time_h": [5.0] * number,
                "length_km": [300.0] * number,
                "passes": [HINT.word] * number,
                "provenance": [secret] * number,
            }
        case "seizures":
            told = {
                "event_type": ["seizure"] * number,
                "country": ["Iraq"] * number,
                "place": words,
                "description": [f"Found {_all_forms(hint)}, {word}" for word in words],
                "coord_source": [HINT.word] * number,
            }
        case "posts":
            told = {
                "name": [word.title() for word in words],
                "country": ["Iraq"] * number,
                "kind": ["land"] * number,
                "status_text": [f"open {_all_forms(hint)}"] * number,
            }
        case "objects":
            told = {
                "seizure_id": [f"ZQ-seizures-{one.level}" for one in rows],
                "seizure_dataset": [LEVELS[one.level].dataset_id for one in rows],
                "object_type": words,
                "description": [_all_forms(hint)] * number,
            }
        case "assessments":
            told = {
                "condition": ["Poor"] * number,
                "site_id": sites,
                "alert_id": [HINT.word] * number,
                "assessed_by": [HINT.word] * number,
            }
        case _:
            return _of_the_office(kind, rows, words)
    return told


def _of_the_office(kind: str, rows: list[Planted], words: list[str]) -> dict[str, list[object]]:
    """The same for kinds that nobody else sees a row of."""
    number = len(rows)
    match kind:
        case "custody":
            told = {
                "seizure_id": [f"ZQ-seizures-{one.level}" for one in rows],
                "event_type": ["stored"] * number,
                "storage_place": words,
            }
        case "photographs":
            told = {
                "seizure_id": [f"ZQ-seizures-{one.level}" for one in rows],
                "sha256": [f"{at:064d}" for at in range(number)],
                "path": [f"photographs/{word}.jpg" for word in words],
                "caption": words,
            }
        case "opinions":
            told = {
                "alert_id": [f"ZQ-alerts-{one.level}" for one in rows],
                "reviewer": words,
                "verdict": ["unsure"] * number,
                "given_at": [NOW] * number,
                "site_id": [f"ZQ-sites-{one.level}" for one in rows],
            }
        case "links":
            told = {
                "first_id": [f"ZQ-seizures-{one.level}" for one in rows],
                "second_id": ["SZ001"] * number,
                "relation": ["distinct"] * number,
                "grounds": words,
            }
        case _:
            told = {"object_type": words, "stolen_from": words}
    return told

"""What a person should see of a table before it is kept: rows, places, marks, likenesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import pandas as pd

from geo.frames import Part, frame_of_records
from geo.grid import geodesic_distance_m
from geo.matching.duplicates import likely_duplicates
from geo.matching.gazetteer import Candidate, Gazetteer, gazetteer_of
from geo.matching.museum_marks import marks_in
from geo.model import ImportReport, LinkType
from geo.pipeline import FACTS_FOLDER
from geo.pipeline.intake.tables import PlaceWords, TableOrder, add_table, parts_in
from geo.sources.meaning.placing import NAMED, Placed
from geo.sources.towns import read_towns
from geo.store import Store

SAMPLE = 200
"""Rows that are shown of what would be accepted."""

COMPARED = 20_000
"""Rows that are compared with what the store holds, and whose texts are looked through."""

SOUGHT = 300
"""Places without coordinates that are looked up, those of most rows first."""

MARKED = {
    "seizures": ("description", "object_types", "note"),
    "objects": ("inscriptions", "inventory_number", "description", "distinguishing_features"),
    "stolen": ("inscriptions", "reference", "description"),
    "events": ("description", "note"),
}
"""Columns of free text in which marks of museums are looked for."""

MOST_MARKS = 1_000
"""Marks that are pointed out; a table with more is a museum's own list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A mark in a text of a row."""

    record_id: str
    """Id of the row's record."""
    row_number: int
    """Row of the file."""
    column: str
    """Field that holds the text."""
    text: str
    """The mark as it stands."""
    meaning: str
    """What it may tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Words for a place that came without coordinates."""

    words: PlaceWords
    """The place and its country."""
    rows: int
    """Rows that say so."""
    candidates: tuple[Candidate, ...]
    """What they may mean, best first; a person confirms one or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A row that may tell of a seizure which is known already."""

    record_id: str
    """Id of the row's record."""
    known: tuple[str, str]
    """Dataset and id of the record in the store."""
    score: float
    """0 to 1."""
    why: str
    """What agrees, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of a table, without anything kept."""

    report: ImportReport
    """The report of a dry run."""
    sample: gpd.GeoDataFrame
    """The first rows that would be accepted or are known, as records."""
    unplaced: tuple[Unplaced, ...]
    """Places to be confirmed, those of most rows first."""
    mentions: tuple[Mention, ...]
    """Marks of museums in free text."""
    alike: tuple[Alike, ...]
    """Rows that may tell of something that is known already; proposals to link, best first."""


class Watcher:
    """Gathers from the parts of a table what a person should see."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.frames: list[gpd.GeoDataFrame] = []
        self.kept = 0
        self.words: Counter[PlaceWords] = Counter()
        self.mentions: list[Mention] = []
        self.looked_at = 0

    def __call__(self, part: Part) -> None:
        """Take note of a part."""
        if self.kept < COMPARED:
            self.frames.append(part.frame.iloc[: COMPARED - self.kept])
            self.kept += len(self.frames[-1])
        if self.kind in NAMED:
            nowhere = part.frame[part.frame.geometry.isna()]
            names = nowhere[NAMED[self.kind]]
            countries = nowhere["country"] if "country" in nowhere else names.map(lambda _: "")
            self.words.update(pair for pair in zip(names, countries, strict=True) if pair[0])
        for column in MARKED.get(self.kind, ()):
            self._mark(part, column)
        self.looked_at += len(part.frame)

    def remarks(self) -> tuple[str, ...]:
        """The marks in a sentence for the report; empty if there is none."""
        if not self.mentions:
            return ()
        rows = len({one.row_number for one in self.mentions})
        first = self.mentions[0]
        among = f" among the first {COMPARED:,}" if self.looked_at > COMPARED else ""
        return (
            f"{rows:,} rows{among} hold marks as of a museum, such as {first.text!r} in row"
            f" {first.row_number}: {first.meaning}",
        )

    def _mark(self, part: Part, column: str) -> None:
        """Take note of the marks in one column."""
        texts = part.frame[column].to_numpy()[: max(COMPARED - self.looked_at, 0)]
        for position, text in enumerate(texts):
            if not text or len(self.mentions) >= MOST_MARKS:
                continue
            self.mentions += [
                Mention(
                    record_id=str(part.frame["id"].iat[position]),
                    row_number=int(part.row_numbers[position]),
                    column=column,
                    text=mark.text,
                    meaning=mark.meaning,
                )
                for mark in marks_in(text)
            ]

    def rows(self) -> gpd.GeoDataFrame:
        """The first rows, as one frame."""
        if not self.frames:
            return frame_of_records(self.kind, [])
        return pd.concat(self.frames, ignore_index=True)


def preview(
    store: Store, order: TableOrder, *, gazetteer: Callable[[], Gazetteer], now: datetime
) -> Preview:
    """What would become of a table; nothing is kept.

    `gazetteer` is only asked for where a place is to be looked up: it takes a second to make.

    Raises
    ------
    MissingColumns
        If the mapping leaves a required field without a column.
    """
    watcher = Watcher(order.mapping.kind)
    report = add_table(store, order, settings=None, now=now, dry_run=True, watch=watcher)
    if not watcher.looked_at:  # of a file that is in already the store asks for no row
        for part in parts_in(order, now=now, notes=[]):
            watcher(part)
    rows = watcher.rows()
    sought = watcher.words.most_common(SOUGHT)
    places = gazetteer() if sought else None
    return Preview(
        report=report,
        sample=rows.head(SAMPLE),
        unplaced=tuple(
            Unplaced(
                words=words,
                rows=count,
                candidates=places.candidates(words[0], country=words[1]) if places else (),
            )
            for words, count in sought
        ),
        mentions=tuple(watcher.mentions),
        alike=alike_in_store(store, rows, kind=order.mapping.kind),
    )


def alike_in_store(store: Store, rows: gpd.GeoDataFrame, *, kind: str) -> tuple[Alike, ...]:
    """Rows that may tell of a seizure known under another id; only seizures are compared."""
    if kind != "seizures" or rows.empty:
        return ()
    known = store.read("seizures")
    pairs = likely_duplicates(rows, known, judged=judged_distinct(store))
    found = []
    for pair in pairs.itertuples():
        row, other = rows.iloc[pair.first], known.iloc[pair.second]
        if (row["dataset_id"], row["id"]) != (other["dataset_id"], other["id"]):
            found.append(
                Alike(
                    record_id=str(row["id"]),
                    known=(str(other["dataset_id"]), str(other["id"])),
                    score=float(pair.score),
                    why=str(pair.why),
                )
            )
    return tuple(found)


def judged_distinct(store: Store) -> frozenset[tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of seizures, each as dataset and id, that a person has told apart."""
    links = store.read("links")
    apart = links[links["relation"] == LinkType.DISTINCT.value]
    return frozenset(
        ((row.first_dataset, row.first_id), (row.second_dataset, row.second_id))
        for row in apart.itertuples()
    )


def open_gazetteer(store: Store) -> Gazetteer:
    """The sites and posts of a store and the embedded towns, to find places by name."""
    towns = read_towns(FACTS_FOLDER / "towns.csv")
    return gazetteer_of(store.read("sites"), store.read("posts"), towns)


def placed_by(candidate: Candidate, *, author: str) -> Placed:
    """The place of a candidate that a person confirmed."""
    return Placed(
        lon=candidate.lon,
        lat=candidate.lat,
        precision=candidate.precision,
        coord_source=f"gazetteer: {candidate.what} {candidate.name} ({candidate.key}),"
        f" confirmed by {author}",
    )


def certain_places(unplaced: tuple[Unplaced, ...], *, author: str) -> Mapping[PlaceWords, Placed]:
    """The places whose very name is known once in their very country.

    A site within the town of the same name is no second place; the town is taken.
    """
    certain = {}
    for words in unplaced:
        exact = [one for one in words.candidates if one.score >= 100]
        widest = max(exact, key=lambda one: one.precision.radius_m or 0.0, default=None)
        if widest and all(_within(one, widest) for one in exact):
            certain[words.words] = placed_by(widest, author=author)
    return certain


def _within(one: Candidate, other: Candidate) -> bool:
    """Whether a place lies in the circle in which another is known to lie."""
    distance_m = geodesic_distance_m((one.lon, one.lat), (other.lon, other.lat))
    return distance_m <= (other.precision.radius_m or 0.0)

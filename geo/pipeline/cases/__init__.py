"""Cases: what belongs to one seizure, from the day it was made to the return of its objects; pure.

A case is the records of seizures that share a `case_key`, with those that a person linked to them.
What is found is for the office: the places where objects are stored, photographs and lists of
stolen objects go to nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import NotFound
from geo.matching import compared, duplicates, stolen
from geo.model import LinkType, SeizureType
from geo.pipeline.cases.custody import Holder, holders, in_order
from geo.query import Query, select
from geo.words import fold

Name = tuple[str, str]
"""Dataset and id of a record."""

KINDS = ("seizures", "objects", "custody", "photographs", "links", "stolen")
"""Tables that a case is made of."""

Frames = Mapping[str, gpd.GeoDataFrame]
"""A frame for each of `KINDS`, as `geo.pipeline.shown.records` gives them to the office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one case."""

    key: str
    """What its events share; empty for one event by itself."""
    events: gpd.GeoDataFrame
    """Records of seizures, recoveries, returns, earliest first; undated ones last."""
    objects: gpd.GeoDataFrame
    """Its objects, in the order in which they came."""
    custody: gpd.GeoDataFrame
    """Steps of custody, earliest first."""
    photographs: gpd.GeoDataFrame
    """Its photographs, in the order in which they came."""
    links: gpd.GeoDataFrame
    """What persons decided on its events, `LinkType.DISTINCT` included."""
    holders: tuple[Holder, ...]
    """Where its objects are; empty where no step of custody is recorded."""

    @property
    def names(self) -> frozenset[Name]:
        """Its events by name."""
        return frozenset(zip(self.events["dataset_id"], self.events["id"], strict=True))

    @property
    def lead(self) -> pd.Series:
        """The event that the case is called by: the earliest that is no return."""
        made = self.events[self.events["event_type"] != SeizureType.RETURN]
        return (made if len(made) else self.events).iloc[0]


def case_list(seizures: gpd.GeoDataFrame) -> pd.DataFrame:
    """One row for each case among records of seizures, newest first, undated ones last.

    Columns: ``dataset_id`` and ``id`` of its earliest event that is no return, with all columns of
    that record; ``case`` (str), ``events`` (int, how many among these records), ``last_day``.
    """
    key = _case_of_each(seizures)
    day = seizures["date_from"].fillna(seizures["date_to"])
    lead_last = (seizures["event_type"] == SeizureType.RETURN).astype(int)
    ordered = seizures.assign(case=key, _late=lead_last, _day=day).sort_values(
        ["_late", "_day", "dataset_id", "id"], na_position="last"
    )
    grouped = ordered.groupby("case", sort=False)
    first = ordered.drop_duplicates("case").set_index("case", drop=False)
    listed = first.assign(events=grouped.size(), last_day=grouped["_day"].max())
    listed = listed.sort_values(["_day", "id"], ascending=[False, True], na_position="last")
    return pd.DataFrame(listed.drop(columns=["_late", "_day"])).reset_index(drop=True)


def find_cases(frames: Frames, text: str) -> pd.DataFrame:
    """Cases in one of whose events, or in whose objects, every word of `text` occurs.

    Columns and order of `case_list`; all cases if there is no word.
    """
    seizures = frames["seizures"]
    listed = case_list(seizures)
    if not text.strip():
        return listed
    inside = select(seizures, Query(text=text)).index
    objects = frames["objects"]
    told = objects["search_text"].copy()
    for name in ("object_type", "title", "inscriptions", "materials", "inventory_number"):
        told = told + " \n " + objects[name].map(fold)
    held = np.ones(len(objects), dtype=bool)
    for word in fold(text).split():
        held &= told.str.contains(word, regex=False).to_numpy(dtype=bool)
    found = objects[held]
    datasets = found["seizure_dataset"].where(found["seizure_dataset"] != "", found["dataset_id"])
    names = set(zip(datasets, found["seizure_id"], strict=True))
    rows = seizures.index.isin(inside) | _is_named(seizures, names).to_numpy(dtype=bool)
    wanted = set(_case_of_each(seizures)[rows])
    return listed[listed["case"].isin(wanted)].reset_index(drop=True)


def case_of(frames: Frames, name: Name) -> Case:
    """The case of a record of a seizure.

    Raises
    ------
    NotFound
        If there is no such record.
    """
    seizures, links = frames["seizures"], frames["links"]
    own = _named(seizures, {name})
    if own.empty:
        raise NotFound(
            f"there is no seizure {name[1]!r} in dataset {name[0]!r}",
            expected="a record in the store",
            remedy="choose a case from the list",
        )
    names = _belonging(seizures, links, name)
    events = _named(seizures, names)
    day = events["date_from"].fillna(events["date_to"])
    events = events.assign(_day=day).sort_values(["_day", "dataset_id", "id"], na_position="last")
    objects = _as_entered(_of_seizures(frames["objects"], names))
    custody = in_order(_of_seizures(frames["custody"], names))
    judged = np.array([bool(set(pair) & names) for pair in _link_names(links)], dtype=bool)
    keys = sorted(set(events["case_key"]) - {""})
    return Case(
        key=keys[0] if keys else "",
        events=events.drop(columns="_day").reset_index(drop=True),
        objects=objects,
        custody=custody.reset_index(drop=True),
        photographs=_as_entered(_of_seizures(frames["photographs"], names)),
        links=links[judged].reset_index(drop=True),
        holders=holders(custody, objects["id"].tolist()),
    )


def proposals(frames: Frames, case: Case, *, most: int = 5) -> pd.DataFrame:
    """Records that may belong to a case, best first, those judged before left out.

    Columns: ``dataset_id`` and ``id`` of the record, ``own_dataset_id`` and ``own_id`` of the event
    of the case that it is like, ``score``, ``why``.
    """
    others = frames["seizures"]
    near = others[_about_the_time_of(others, case.events)]
    near = near[~_is_named(near, case.names)]
    judged = list(_link_names(frames["links"]))
    found = duplicates.likely_duplicates(case.events, near, judged=judged, most=most)
    best = found.drop_duplicates("second").head(most)
    theirs, own = near.iloc[best["second"]], case.events.iloc[best["first"]]
    return pd.DataFrame(
        {
            "dataset_id": theirs["dataset_id"].to_numpy(),
            "id": theirs["id"].to_numpy(),
            "own_dataset_id": own["dataset_id"].to_numpy(),
            "own_id": own["id"].to_numpy(),
            "score": best["score"].to_numpy(),
            "why": best["why"].to_numpy(),
        }
    )


def stolen_matches(frames: Frames, case: Case) -> pd.DataFrame:
    """Objects and photographs of a case that may be in the lists of stolen objects.

    Columns of `geo.matching.stolen.matches`; positions are those in the case's frames and in
    ``frames["stolen"]``. Invented objects are held against invented lists only, and real ones
    against real ones.
    """
    listed = frames["stolen"]
    same = listed["simulated"] == bool(case.events["simulated"].any())
    described = len(case.objects) + len(case.photographs) > 0
    kept = np.flatnonzero(same.to_numpy(dtype=bool) & described)
    found = stolen.matches(case.objects, listed.iloc[kept], photographs=case.photographs)
    return found.assign(stolen=kept[found["stolen"].to_numpy(dtype=np.int64)])


def _case_of_each(seizures: gpd.GeoDataFrame) -> pd.Series:
    """The case of each record: its key, or itself."""
    alone = "\0" + seizures["dataset_id"] + "\0" + seizures["id"]
    return seizures["case_key"].where(seizures["case_key"] != "", alone)


def _belonging(seizures: gpd.GeoDataFrame, links: gpd.GeoDataFrame, name: Name) -> set[Name]:
    """All records of the case of one: by key and by links, as far as they lead."""
    joined = [
        pair
        for pair, relation in zip(_link_names(links), links["relation"], strict=True)
        if relation != LinkType.DISTINCT
    ]
    names = {name}
    while True:
        members = _named(seizures, names)
        keys = set(members["case_key"]) - {""}
        by_key = seizures[seizures["case_key"].isin(keys)]
        wider = names | set(zip(by_key["dataset_id"], by_key["id"], strict=True))
        wider |= {one for pair in joined if set(pair) & wider for one in pair}
        if wider == names:
            return names
        names = wider


def _link_names(links: gpd.GeoDataFrame) -> list[tuple[Name, Name]]:
    """The two records of each link."""
    first = zip(links["first_dataset"], links["first_id"], strict=True)
    second = zip(links["second_dataset"], links["second_id"], strict=True)
    return list(zip(first, second, strict=True))


def _named(frame: gpd.GeoDataFrame, names: set[Name]) -> gpd.GeoDataFrame:
    """The rows of these names."""
    return frame[_is_named(frame, names)]


def _is_named(frame: gpd.GeoDataFrame, names: set[Name] | frozenset[Name]) -> pd.Series:
    """Which rows are of these names."""
    likely = np.array(frame["id"].isin({name for _, name in names}), dtype=bool)
    found = frame[likely]
    likely[likely] = [pair in names for pair in zip(found["dataset_id"], found["id"], strict=True)]
    return pd.Series(likely, index=frame.index, dtype=bool)


def _of_seizures(frame: gpd.GeoDataFrame, names: set[Name]) -> gpd.GeoDataFrame:
    """The rows that belong to these seizures; an empty dataset is the row's own."""
    likely = frame[frame["seizure_id"].isin({name for _, name in names})]
    datasets = likely["seizure_dataset"].where(likely["seizure_dataset"] != "",
                                               likely["dataset_id"])  # fmt: skip
    held = [pair in names for pair in zip(datasets, likely["seizure_id"], strict=True)]
    return likely[np.array(held, dtype=bool)]


def _as_entered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows in the order in which they came into the store."""
    by = [name for name in ("recorded_at", "id") if name in frame]
    return frame.sort_values(by).reset_index(drop=True)


def _about_the_time_of(others: gpd.GeoDataFrame, events: gpd.GeoDataFrame) -> pd.Series:
    """Which records are of about the time of one of the events, or of no known time."""
    margin = pd.Timedelta(days=compared.WINDOW_DAYS + compared.REPORTED_DAYS)
    begin = others["date_from"].fillna(others["date_to"])
    end = others["date_to"].fillna(begin)
    near = begin.isna()
    for event in events.itertuples():
        first = event.date_from if pd.notna(event.date_from) else event.date_to
        last = event.date_to if pd.notna(event.date_to) else first
        if pd.isna(first):
            return pd.Series(True, index=others.index)
        near |= (begin <= last + margin) & (end >= first - margin)
    return near

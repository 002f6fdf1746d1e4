"""What one viewer has of a store: records redacted, and which of the store's are not seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from threading import Lock
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np

from geo.access import Role, Viewer
from geo.disclosure import Reason, SiteIndex, explained, for_viewer, site_index
from geo.errors import InvalidSetting, NotAllowed, NotFound
from geo.model import Audience, Tlp
from geo.store import ImportRecord, Store


class Sight:
    """A store through the eyes of one viewer; what is not seen is as if it were not there."""

    def __init__(self, store: Store, viewer: Viewer) -> None:
        self._store = store
        self._viewer = viewer

    @property
    def whole(self) -> bool:
        """Whether everything is seen as the store holds it."""
        return self._viewer.role is Role.ADMINISTRATOR

    def shown(self, kind: str, held: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """What the viewer has of records as the store holds them."""
        if self.whole:
            return for_viewer(held, self._viewer, kind=kind)
        # Asked after the records: a dataset that was closed meanwhile, or a site that became
        # sensitive, is treated as it is now.
        closed, sites = self._store.dataset_groups(), self.sites()
        return for_viewer(held, self._viewer, kind=kind, sites=sites, closed=closed)

    def handed_to(self, viewer: Viewer, kind: str, held: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """What the viewer has of records, redacted further for somebody who is handed them.

        That redaction knows of all sites: one that the viewer does not see is guarded as well.
        """
        shown = self.shown(kind, held)
        return (
            shown
            if viewer.role is Role.ADMINISTRATOR
            else Sight(self._store, viewer).shown(kind, shown)
        )

    def sites(self) -> SiteIndex:
        """The index of all sites, made once for all who look at this revision of the store."""
        revision = self._store.revision()
        with _SITES_LOCK:
            known = _SITES.get(self._store)
        if known is not None and known[0] == revision:
            return known[1]
        index = site_index(self._store.read("sites"))
        with _SITES_LOCK:
            _SITES[self._store] = (revision, index)
        return index

    def read(self, kind: str, *, markings: Iterable[Tlp] | None = None) -> gpd.GeoDataFrame:
        """The records that are seen; what is beyond every ceiling does not leave the store."""
        if not self.whole:
            asked = set(Tlp if markings is None else markings)
            markings = [marking for marking in self._markings() if marking in asked]
        return self.shown(kind, self._store.read(kind, markings=markings))

    def of_ids(self, kind: str, ids: set[str]) -> gpd.GeoDataFrame:
        """The records of these ids that are seen."""
        found = self.read(kind)
        return found[found["id"].isin(ids)]

    def one(self, kind: str, record_id: str, dataset_id: str | None) -> gpd.GeoDataFrame:
        """The one record of this id that is seen, as a frame of one row.

        Raises
        ------
        NotFound
            If none is seen, whether there is one or not.
        InvalidSetting
            If several are seen and no dataset is named.
        """
        if self.whole:
            return self.shown(kind, self._store.get(kind, record_id, dataset_id=dataset_id))
        found = self._of_id(kind, record_id, dataset_id)
        found = found[found["id"] == record_id]
        if dataset_id is not None:
            found = found[found["dataset_id"] == dataset_id]
        if found.empty:
            raise no_record(kind, record_id, dataset_id)
        if len(found) > 1:
            raise InvalidSetting(
                f"{record_id!r} is in several datasets of {kind}",
                expected=f"one of the datasets {', '.join(found['dataset_id'])}",
                remedy="name the dataset",
            )
        return found.reset_index(drop=True)

    def history(self, kind: str, record_id: str, dataset_id: str | None) -> gpd.GeoDataFrame:
        """The versions that are seen of records that are seen as they are now, oldest first."""
        if self.whole:
            return self.shown(kind, self._store.history(kind, record_id, dataset_id=dataset_id))
        try:
            held = self._store.history(kind, record_id, dataset_id=dataset_id)
        except NotFound:
            raise no_record(kind, record_id, dataset_id) from None
        shown = self.shown(kind, held)
        current = set(held["dataset_id"][held["current"]])
        hidden = current - set(shown["dataset_id"][shown["current"]])
        shown = shown[~shown["dataset_id"].isin(hidden)]
        if shown.empty:
            raise no_record(kind, record_id, dataset_id)
        return shown.sort_values(["dataset_id", "version"], ignore_index=True)

    def why(self, kind: str, record_id: str, dataset_id: str | None) -> tuple[Reason, ...]:
        """Why a record that is seen looks as it does, rule by rule."""
        shown = self.one(kind, record_id, dataset_id)
        dataset = str(shown["dataset_id"].iloc[0])
        try:
            held = self._store.get(kind, record_id, dataset_id=dataset)
        except NotFound:  # it goes by another name before those who may not know its own
            held = shown
        closed, sites = self._store.dataset_groups(), self.sites()
        return explained(held, self._viewer, kind=kind, sites=sites, closed=closed)

    def imports(self) -> tuple[ImportRecord, ...]:
        """The imports into datasets that are open to the viewer, of files no stricter than seen."""
        found = self._store.imports()
        if self.whole:
            return found
        closed = self._store.dataset_groups()
        return tuple(each for each in found if self._sees_file(each, closed))

    def imported(self, import_id: str) -> ImportRecord:
        """One of `imports`.

        Raises
        ------
        NotFound
            If it is not among them, whether there is one or not.
        """
        for record in self.imports():
            if record.import_id == import_id:
                return record
        raise NotFound(
            f"there is no import {import_id!r}",
            expected="the id of an import, such as IM-20261122-1a2b3c4d",
            remedy="see the list of imports",
        )

    def groups(self) -> Mapping[str, frozenset[str]]:
        """The closed datasets that are open to the viewer, with the groups that make them so."""
        closed = self._store.dataset_groups()
        if self.whole:
            return closed
        return {
            dataset: groups & self._viewer.groups
            for dataset, groups in closed.items()
            if self._admits(dataset, closed)
        }

    def unseen(self, kind: str) -> gpd.GeoDataFrame:
        """The current records of which nothing is seen, as the store holds them."""
        held = self._store.read(kind)
        if self.whole:
            return held.iloc[:0]
        shown = self.shown(kind, held)
        seen = set(zip(shown["dataset_id"], shown["id"], strict=True))
        names = zip(held["dataset_id"], held["id"], strict=True)
        return held[np.array([name not in seen for name in names], dtype=bool)]

    def require_seen(self, kind: str, import_id: str) -> None:
        """Refuse an import on which records rest that are not seen.

        Raises
        ------
        NotAllowed
            If there is one.
        """
        if (self.unseen(kind)["import_id"] == import_id).any():
            raise NotAllowed(
                f"import {import_id} brought records that are not shown to you",
                expected="an import of records that you see",
                remedy="ask the administrator to undo it",
            )

    def require_free(
        self, kind: str, dataset_id: str, frame: gpd.GeoDataFrame, unseen: gpd.GeoDataFrame
    ) -> None:
        """Refuse rows for datasets that are closed to the viewer, and new versions of the unseen.

        Raises
        ------
        NotAllowed
            If there is one.
        """
        closed = self._store.dataset_groups()
        for dataset in sorted({dataset_id, *frame["dataset_id"]}):
            if not self._admits(dataset, closed):
                raise NotAllowed(
                    f"{kind} cannot be brought into the dataset {dataset!r}",
                    expected="a dataset that is open to you",
                    remedy="choose another dataset, or ask the administrator",
                )
        hidden = set(zip(unseen["dataset_id"], unseen["id"], strict=True))
        taken = hidden.intersection(zip(frame["dataset_id"], frame["id"], strict=True))
        if taken:
            raise NotAllowed(
                f"{len(taken):,} rows of {kind} go by ids that are not free to you",
                expected="ids of your own, or of records that you see",
                remedy="choose another dataset, or ask the administrator",
            )

    def _of_id(self, kind: str, record_id: str, dataset_id: str | None) -> gpd.GeoDataFrame:
        """Records that are seen, the one of this id among them if it is."""
        # Outside the office an id may be replaced by one that counts the rows of the table.
        if self._viewer.audience is not Audience.INTERNAL:
            return self.read(kind)
        try:
            held = self._store.get(kind, record_id, dataset_id=dataset_id)
        except NotFound:
            raise no_record(kind, record_id, dataset_id) from None
        except InvalidSetting:  # several datasets have the id; perhaps only one of them is seen
            return self.read(kind)
        return self.shown(kind, held)

    def _markings(self) -> list[Tlp]:
        """The markings that are seen in any dataset at all."""
        ceilings = (self._viewer.ceiling(), self._viewer.ceiling(self._viewer.groups))
        highest = max(ceiling.strictness for ceiling in ceilings)
        return [marking for marking in Tlp if marking.strictness <= highest]

    def _sees_file(self, record: ImportRecord, closed: Mapping[str, frozenset[str]]) -> bool:
        """Whether a file may be known of: rows that it kept aside have its marking at best."""
        groups = closed.get(record.key.dataset_id, frozenset())
        ceiling = self._viewer.ceiling(groups)
        return self._viewer.admits(groups) and _marking_of(record).strictness <= ceiling.strictness

    def _admits(self, dataset_id: str, closed: Mapping[str, frozenset[str]]) -> bool:
        """Whether a dataset is open to the viewer."""
        return self._viewer.admits(closed.get(dataset_id, frozenset()))


_SITES: WeakKeyDictionary[Store, tuple[int, SiteIndex]] = WeakKeyDictionary()
"""The index of each open store's sites with its revision; the same for all who look."""
_SITES_LOCK = Lock()


def _marking_of(record: ImportRecord) -> Tlp:
    """The marking that a file was read with; AMBER where nothing was said, as for its rows."""
    try:
        options = json.loads(record.key.reading or "{}")
        return Tlp(options.get("defaults", options).get("marking", Tlp.AMBER))
    except (ValueError, AttributeError, RecursionError):
        return Tlp.RED  # what cannot be understood is not shown


def no_record(kind: str, record_id: str, dataset_id: str | None) -> NotFound:
    """The error for an id that nothing goes by, or nothing that is seen."""
    where = kind if dataset_id is None else f"dataset {dataset_id!r} of {kind}"
    return NotFound(
        f"there is no {record_id!r} in {where}",
        expected="the id of a record in the store",
        remedy="look the id up in the table",
    )

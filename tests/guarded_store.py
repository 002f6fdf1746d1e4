"""A small made-up store in which every rule of access meets a record, and eyes to look at it."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geo.access import OFFICE, Principal, Role, Via, Viewer
from geo.frames import Part, frame_of
from geo.model import ImportReport, Precision, Sensitivity, Tlp
from geo.pipeline.guard import GuardedStore
from geo.store import FileKey, Store, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The time at which everything in these tests happens."""

CLOSED, GROUP = "closed-made-up", "nineveh"
"""A dataset that is closed to a sharing group."""

SITES = {
    "S-PLAIN": (Sensitivity.NONE, Tlp.CLEAR, "local"),
    "S-LOW": (Sensitivity.LOW, Tlp.CLEAR, "local"),
    "S-HIGH": (Sensitivity.HIGH, Tlp.CLEAR, "local"),
    "S-EXTREME": (Sensitivity.EXTREME, Tlp.CLEAR, "local"),
    "S-CLOSED": (Sensitivity.NONE, Tlp.CLEAR, CLOSED),
}
"""Made-up sites: sensitivity, marking, dataset."""

SEIZURES = {
    **{f"Z-{marking.name}": (marking, "local") for marking in Tlp},
    **{f"Y-{marking.name}": (marking, CLOSED) for marking in Tlp},
}
"""Made-up seizures: marking and dataset; those of Y are in the closed one."""


def made_up_store(folder: Path, factory: pytest.TempPathFactory) -> Store:
    """An embedded store with the made-up records, one import for each dataset and kind.

    It is made once a session and copied.
    """
    made = factory.getbasetemp() / "made-up.sqlite"
    if not made.exists():
        store = open_store(f"sqlite:///{made}")
        fill(store)
        store.close()
    return open_store(f"sqlite:///{shutil.copy2(made, folder)}")


def fill(store: Store) -> None:
    """Bring the made-up records into a new store."""
    store.share(CLOSED, [GROUP], author="Keeper", now=NOW)
    for dataset in ("local", CLOSED):
        bring(store, "sites", sites_of(dataset))
        bring(store, "seizures", seizures_of(dataset))


def bring(store: Store, kind: str, frame: gpd.GeoDataFrame, *, digit: str = "") -> str:
    """Add a frame as a file of its own and give the import's id; another `digit`, another file."""
    dataset = str(frame["dataset_id"].iloc[0])
    report = store.add(kind, frame, key=key_of(kind, dataset, digit), author="Keeper", now=NOW)
    return report.import_id


def key_of(kind: str, dataset: str, digit: str = "") -> FileKey:
    """The key of a made-up file."""
    sha256 = hashlib.sha256(f"{kind} {dataset} {digit}".encode()).hexdigest()
    return FileKey(file_name=f"{kind}.csv", sha256=sha256, dataset_id=dataset)


def sites_of(dataset: str) -> gpd.GeoDataFrame:
    """The sites of one dataset."""
    rows = {name: row for name, row in SITES.items() if row[2] == dataset}
    return frame_of(
        "sites",
        {
            "id": list(rows),
            "name": [f"Tell Made Up {name}" for name in rows],
            "country": ["Iraq"] * len(rows),
            "sensitivity": [row[0] for row in rows.values()],
            "marking": [row[1] for row in rows.values()],
            "dataset_id": [dataset] * len(rows),
            "geometry": [Point(43.12345 + n, 36.54321) for n in range(len(rows))],
            "precision": [Precision.EXACT] * len(rows),
        },
    )


def seizures_of(dataset: str, **changed: object) -> gpd.GeoDataFrame:
    """The seizures of one dataset; columns that are given have one value throughout."""
    rows = {name: row for name, row in SEIZURES.items() if row[1] == dataset}
    columns: dict[str, list[object]] = {
        "id": list(rows),
        "event_type": ["seizure"] * len(rows),
        "country": ["Iraq"] * len(rows),
        "marking": [row[0] for row in rows.values()],
        "dataset_id": [dataset] * len(rows),
    }
    columns |= {name: [value] * len(rows) for name, value in changed.items()}
    return frame_of("seizures", columns)


def events_at(*sites: str, marking: Tlp = Tlp.CLEAR) -> gpd.GeoDataFrame:
    """One made-up event at each site."""
    return frame_of(
        "events",
        {
            "id": [f"E-{site}" for site in sites],
            "event_type": ["looting"] * len(sites),
            "site_id": list(sites),
            "site_name": ["Tell Made Up"] * len(sites),
            "marking": [marking] * len(sites),
        },
    )


def somebody(role: Role, *groups: str, subject: str = "oidc:https://id.example|7") -> Principal:
    """Somebody who logged in and has this role and these groups."""
    viewer = Viewer(role=role, groups=frozenset(groups))
    return Principal(subject=subject, name="Zainab Made-Up", viewer=viewer, via=Via.OIDC)


KEEPER = Principal(subject="local:keeper", name="Keeper", viewer=OFFICE, via=Via.LOCAL)
"""The one user of a local server."""


def clock() -> datetime:
    """Always `NOW`."""
    return NOW


def ids(frame: gpd.GeoDataFrame) -> set[str]:
    """The ids of a frame."""
    return set(frame["id"])


def local_import(store: Store, kind: str = "seizures") -> str:
    """The import that brought the open dataset's rows."""
    (found,) = [each.import_id for each in store.imports()
                if each.kind == kind and each.key.dataset_id == "local"]  # fmt: skip
    return found


def closed_import(store: Store) -> str:
    """The import that brought the closed dataset's seizures."""
    (found,) = [each.import_id for each in store.imports()
                if each.kind == "seizures" and each.key.dataset_id == CLOSED]  # fmt: skip
    return found


def mine(**columns: object) -> gpd.GeoDataFrame:
    """A row of one's own."""
    first = {"id": ["MINE"], "event_type": ["seizure"], "country": ["Iraq"]}
    return frame_of("seizures", first | {name: [value] for name, value in columns.items()})


def alerts(judgement: str = "") -> gpd.GeoDataFrame:
    """One made-up flag."""
    return frame_of("alerts", {"id": ["CH-1"], "judgement": [judgement], "marking": [Tlp.GREEN]})


def part(frame: gpd.GeoDataFrame) -> Part:
    """A frame as a part of a file."""
    empty = [""] * len(frame)
    return Part(frame=frame, row_numbers=range(2, len(frame) + 2), texts=empty, cells=empty)


def brought(
    guarded: GuardedStore,
    frame: gpd.GeoDataFrame,
    key: FileKey,
    *,
    in_parts: bool,
    dry_run: bool = False,
) -> ImportReport:
    """A frame of seizures or flags brought in, whole or in parts of one row."""
    kind = "alerts" if "judgement" in frame else "seizures"
    if not in_parts:
        return guarded.add(kind, frame, key=key, author="", now=NOW, dry_run=dry_run)
    rows = [frame.iloc[[row]].reset_index(drop=True) for row in range(len(frame))]
    return guarded.add_parts(kind, map(part, rows), key=key, author="", now=NOW, dry_run=dry_run)

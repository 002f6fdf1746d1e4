"""Flags of a study are kept as alerts, and the files of its pictures as originals."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import geopandas as gpd

from geo.columns import columns_of
from geo.frames import frame_of
from geo.model import ImportReport, Provenance
from geo.pipeline.evidence.originals import keep_original, sha256_of
from geo.pipeline.judging import with_judgements
from geo.pipeline.provenance import digest
from geo.settings import Settings
from geo.store import FileKey, Store


def keep_as_alerts(
    store: Store,
    flags: gpd.GeoDataFrame,
    *,
    study_id: str,
    provenance: Provenance,
    author: str,
    now: datetime,
) -> ImportReport:
    """Keep the flags of a study as alerts, judged as they were; the same again adds nothing."""
    names = [column.name for column in columns_of("alerts")]
    frame = frame_of("alerts", {name: list(flags[name]) for name in names})
    return store.add(
        "alerts",
        with_judgements(store, frame),
        key=FileKey(
            file_name=study_id,
            sha256=digest(dataclasses.asdict(provenance)),
            dataset_id="local",
        ),
        author=author,
        now=now,
    )


def keep_files(settings: Settings, paths: Mapping[str, Path]) -> None:
    """Keep files by their SHA-256 as they were read, but for those of scenes, which are kept.

    Raises
    ------
    StoreError
        If one cannot be kept, is gone, or was changed since it was read.
    """
    for sha256, path in paths.items():
        if not (settings.scenes_folder / f"{sha256}.tif").is_file():
            keep_original(settings, path, sha256)


def unlike_kept(paths: Mapping[str, Path]) -> frozenset[str]:
    """The SHA-256 among these whose kept files hold something else now."""
    return frozenset(sha256 for sha256, path in paths.items() if sha256_of(path) != sha256)

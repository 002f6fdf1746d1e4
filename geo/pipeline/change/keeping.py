"""Flags of a detection are kept as alerts, and the pictures they came from as originals."""

from __future__ import annotations

from datetime import datetime

from geo.model import ImportReport
from geo.pipeline.change.detecting import Change
from geo.pipeline.keeping import keep_as_alerts, keep_files
from geo.settings import Settings
from geo.store import Store


def keep_flags(
    store: Store, change: Change, *, settings: Settings, author: str, now: datetime
) -> ImportReport:
    """Keep the flags of a detection as alerts; keeping the same detection again changes nothing.

    Its pictures are kept first, so that it can be made again; see `keep_pictures`.
    """
    keep_pictures(settings, change)
    return keep_as_alerts(
        store,
        change.flags,
        study_id=change.id,
        provenance=change.provenance,
        author=author,
        now=now,
    )


def keep_pictures(settings: Settings, change: Change) -> None:
    """Keep the files of a detection's pictures as they were read, but for scenes, which are kept.

    Raises
    ------
    StoreError
        If one cannot be kept, is gone, or was changed since it was read.
    """
    paths = (*change.before_source.paths, *change.after_source.paths)
    keep_files(settings, dict(zip(change.provenance.inputs.values(), paths, strict=True)))

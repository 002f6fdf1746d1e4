"""The store of an installation, with the embedded facts and the simulated scenes in it."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from datetime import datetime
from pathlib import Path

from geo.errors import StoreError
from geo.model import Tlp
from geo.pipeline import FACTS_FOLDER
from geo.pipeline.intake import ImportOptions, add_file, read_scene
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.sources.meaning.records import Defaults, TableReading, read_table
from geo.store import FileKey, Store, open_store

FACTS_DATASET = "lamassu-facts"
SIMULATED_DATASET = "lamassu-simulated"

FACT_KINDS = ("sites", "posts", "roads", "events", "seizures")
"""Kinds of the embedded facts, in the order in which they refer to one another."""

SYSTEM_AUTHOR = "Lamassu"
"""Author of what the program itself brings into a store."""


def open_installation(
    settings: Settings,
    *,
    now: datetime,
    progress: Progress = no_progress,
    facts_folder: Path = FACTS_FOLDER,
) -> Store:
    """The store of this installation, made and filled with the embedded facts if need be.

    A second call changes nothing; a call that was killed is taken up where it stopped.

    Raises
    ------
    StoreError
        If the store cannot be opened or made; see `geo.store.open_store`.
    """
    try:
        for folder in (settings.home, settings.scenes_folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as err:
        raise StoreError(
            f"the folder {settings.home} cannot be used ({err.strerror})",
            expected="a folder that may be written to",
            remedy="set LAMASSU_HOME to another one",
        ) from err
    store = open_store(settings.store_url)
    # Facts that someone has undone stay away: they count as known.
    known = {record.key.sha256 for record in store.imports()}
    for number, kind in enumerate(FACT_KINDS):
        path = facts_folder / f"{kind}.csv"
        if hashlib.sha256(path.read_bytes()).hexdigest() not in known:
            progress(0.3 * number / len(FACT_KINDS), f"facts: {kind}")
            reading = read_facts(kind, folder=facts_folder)
            _add_facts(store, reading, now=now)
    _install_simulated_scenes(store, settings, now=now, progress=progress)
    progress(1.0, "ready")
    return store


def read_facts(kind: str, *, folder: Path = FACTS_FOLDER) -> TableReading:
    """The embedded facts of one kind."""
    return read_table(folder / f"{kind}.csv", kind, defaults=Defaults(dataset_id=FACTS_DATASET))


def _add_facts(store: Store, reading: TableReading, *, now: datetime) -> None:
    """Keep the embedded facts of one kind, in one transaction."""
    store.add(
        reading.kind,
        reading.frame,
        key=FileKey(
            file_name=reading.file_name,
            sha256=reading.sha256,
            dataset_id=FACTS_DATASET,
            reading=reading.reading,
        ),
        author=SYSTEM_AUTHOR,
        now=now,
        quarantined=reading.quarantined,
        notes=reading.notes,
        read=reading.read,
    )


def _install_simulated_scenes(
    store: Store, settings: Settings, *, now: datetime, progress: Progress
) -> None:
    """Make the simulated scenes that the store does not have."""
    from geo.sources.rasters.simulated import simulated_scenes, write_scene  # noqa: PLC0415 - GDAL is slow

    specs = simulated_scenes()
    brought = {record.key.file_name for record in store.imports()}
    missing = [spec for spec in specs if f"{spec.id}_simulated.tif" not in brought]
    options = ImportOptions(
        dataset_id=SIMULATED_DATASET,
        marking=Tlp.CLEAR,
        source="Lamassu's generator of simulated scenes",
        licence="Apache-2.0",
        author=SYSTEM_AUTHOR,
    )
    for number, spec in enumerate(missing):
        progress(0.3 + 0.7 * number / len(missing), f"simulated scene {spec.id}")
        # A folder of its own: another process may be making the same scene.
        with tempfile.TemporaryDirectory(dir=settings.scenes_folder, prefix=".unfinished-") as made:
            scene = read_scene(write_scene(spec, Path(made)), options=options)
            clear = dataclasses.replace(
                scene.record, id=spec.id, site_id=spec.site_id, clear_fraction=spec.clear_fraction
            )
            add_file(store, settings, dataclasses.replace(scene, record=clear), now=now, move=True)

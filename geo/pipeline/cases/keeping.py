"""What a person adds to a case: objects, steps of custody, photographs, and links between records.

Everything goes into the store as an import of its own, so that it can be undone and has a history.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd

from geo.errors import BadInput, NotFound, StoreError
from geo.frames import frame_of_records
from geo.model import (
    ArtObject,
    CaseLink,
    CustodyEvent,
    LinkType,
    Photograph,
    Record,
    Tlp,
    strictest,
)
from geo.settings import Settings
from geo.sources.confined.limits import BROWSER, FileLimits
from geo.sources.pictures import shown_picture
from geo.store import FileKey, Store

Name = tuple[str, str]
"""Dataset and id of a record."""

DATASET = "local"
"""Dataset of what is added here."""

ORIGINALS, SHOWN = "originals", "photographs"
"""Folders of the installation for photographs as they came, and as they are shown."""

JOINING = frozenset({LinkType.SAME_CASE, LinkType.SAME_EVENT, LinkType.RETURN_OF})
"""Relations that make one case of two records."""

_LONGEST_KEY = 60

Kept = TypeVar("Kept", ArtObject, CustodyEvent, Photograph)


def add_object(store: Store, piece: ArtObject, *, author: str, now: datetime) -> ArtObject:
    """Keep an object of a seizure; gives it as it was kept.

    Its id is given here; what the seizure is - its marking if that is stricter, whether it is
    invented - holds for the object too.

    Raises
    ------
    NotFound
        If there is no such seizure.
    """
    return _keep(store, "objects", "OB", piece, author=author, now=now)


def add_custody(store: Store, step: CustodyEvent, *, author: str, now: datetime) -> CustodyEvent:
    """Keep a step of custody, as `add_object` does an object.

    Raises
    ------
    NotFound
        If there is no such seizure, or no such object of it.
    BadInput
        If its last day is before its first.
    """
    if step.date_from and step.date_to and step.date_to < step.date_from:
        raise BadInput(
            f"the step ends on {step.date_to} before it begins on {step.date_from}",
            expected="a last day that is not before the first",
            remedy="turn the dates round",
        )
    if step.object_id:
        _object(store, step.object_id)
    return _keep(store, "custody", "CU", step, author=author, now=now)


def add_photograph(
    store: Store,
    settings: Settings,
    file: Path,
    *,
    seizure: Name,
    object_id: str = "",
    caption: str = "",
    source: str = "",
    marking: Tlp = Tlp.AMBER,
    author: str,
    now: datetime,
    limits: FileLimits = BROWSER,
) -> tuple[Photograph, tuple[str, ...]]:
    """Keep a photograph: the file as it came, the picture drawn anew, then the record.

    A run that is killed in between leaves files without a record, which the next try takes up.

    Returns
    -------
    The record, and what a person should know of the original.

    Raises
    ------
    UnreadableFile
        If it is no photograph that can be read safely; nothing is kept.
    NotFound
        If there is no such seizure, or no such object of it.
    BadInput
        If the seizure has this photograph already.
    """
    _seizure(store, seizure)
    if object_id:
        _object(store, object_id)
    digest = _sha256(file)
    known = store.read("photographs")
    if ((known["sha256"] == digest) & (known["seizure_id"] == seizure[1])).any():
        raise BadInput(
            f"{file.name} is among the photographs of {seizure[1]} already",
            expected="a photograph that is not there yet",
            remedy="nothing needs to be done",
        )
    with tempfile.TemporaryDirectory(prefix="lamassu-picture-") as folder:
        picture = shown_picture(file, Path(folder), limits=limits)
        original, shown = f"{ORIGINALS}/{digest}", f"{SHOWN}/{digest}.jpg"
        _keep_file(file, settings.home / original)
        _keep_file(picture.file, settings.home / shown)
    record = Photograph(
        id="new",
        dataset_id=DATASET,
        seizure_id=seizure[1],
        seizure_dataset=seizure[0],
        object_id=object_id,
        sha256=digest,
        path=original,
        shown_path=shown,
        width=picture.width,
        height=picture.height,
        likeness=picture.likeness,
        caption=caption,
        source=source or file.name,
        marking=marking,
    )
    kept = _keep(store, "photographs", "PH", record, author=author, now=now)
    return kept, picture.notes


def shown_bytes(settings: Settings, photograph: Mapping[str, object] | pd.Series) -> bytes:
    """The picture drawn anew, as JPEG; never the original.

    Raises
    ------
    NotFound
        If it is not in the installation's folder.
    """
    name = str(photograph["sha256"])
    file = settings.home / SHOWN / f"{name}.jpg"
    if len(name) == 64 and not set(name) - set("0123456789abcdef") and file.is_file():
        return file.read_bytes()
    raise NotFound(
        f"the picture of photograph {photograph['id']} is not in this installation",
        expected="a photograph that was added here",
        remedy="add the photograph again",
    )


def link(
    store: Store,
    first: Name,
    second: Name,
    relation: LinkType,
    *,
    author: str,
    grounds: str,
    now: datetime,
) -> CaseLink:
    """Keep what a person decided on two records of seizures, and make the counts follow.

    Records of one case share a `case_key`, which counting goes by. A joining relation gives the
    first, with all that shared its key, the key of the second; `LinkType.DISTINCT` takes the first
    out of a case that it shares with the second. The keys are corrected before the link is kept: a
    run that is killed in between is completed by doing the same again.

    Raises
    ------
    NotFound
        If one of them is not in the store.
    BadInput
        If they are one record, one is invented and the other real, the first is no return although
        it should be one, or no grounds are given.
    """
    one, other = _seizure(store, first), _seizure(store, second)
    if not grounds.strip():
        raise BadInput(
            "a link without grounds", expected="why, in words", remedy="say how you know"
        )
    if first == second or bool(one["simulated"]) != bool(other["simulated"]):
        raise BadInput(
            f"{first[1]} and {second[1]} cannot be linked",
            expected="two records, both real or both simulated",
            remedy="choose another record",
        )
    if relation is LinkType.RETURN_OF and one["event_type"] != "return":
        raise BadInput(
            f"{first[1]} is a {one['event_type']}, not a return",
            expected="a return as the first record",
            remedy="turn the two round, or choose another relation",
        )
    record = CaseLink(
        id=f"LK-{_digest(*sorted((first, second)))}",
        dataset_id=DATASET,
        first_dataset=first[0],
        first_id=first[1],
        second_dataset=second[0],
        second_id=second[1],
        relation=relation,
        grounds=grounds.strip(),
        source=f"judged by {author}",
        marking=strictest([Tlp(one["marking"]), Tlp(other["marking"]), Tlp.AMBER]),
        simulated=bool(one["simulated"]),
    )
    reason = f"{relation} {second[1]}: {grounds.strip()}"
    for name, key in _new_keys(store, one, other, relation).items():
        store.correct(
            "seizures",
            name[1],
            {"case_key": key},
            dataset_id=name[0],
            author=author,
            reason=reason,
            now=now,
        )
    _add(store, "links", record, author=author, now=now)
    return record


def _new_keys(
    store: Store, one: pd.Series, other: pd.Series, relation: LinkType
) -> dict[Name, str]:
    """The records whose key changes, with their new key."""
    name = (str(one["dataset_id"]), str(one["id"]))
    mine, theirs = str(one["case_key"]), str(other["case_key"])
    if relation not in JOINING:
        return {name: ""} if mine and mine == theirs else {}
    seizures = store.read("seizures")
    key = theirs or mine or _free_key(other, set(seizures["case_key"]))
    moved = seizures[(seizures["case_key"] == mine) & (mine != "")]
    names = {name, (str(other["dataset_id"]), str(other["id"]))}
    names |= set(zip(moved["dataset_id"], moved["id"], strict=True))
    held = dict(
        zip(zip(seizures["dataset_id"], seizures["id"], strict=True), seizures["case_key"],
            strict=True)
    )  # fmt: skip
    return {each: key for each in sorted(names) if held[each] != key}


def _free_key(record: pd.Series, taken: set[str]) -> str:
    """A key for a new case, after the record that it is called by."""
    plain = f"CASE {record['id']}"[:_LONGEST_KEY]
    if plain not in taken:
        return plain
    return f"{plain} {_digest(record['dataset_id'], record['id'])}"


def _keep(
    store: Store, kind: str, letters: str, record: Kept, *, author: str, now: datetime
) -> Kept:
    """A record of a seizure with an id of its own, kept."""
    seizure = _seizure(store, (record.seizure_dataset or record.dataset_id, record.seizure_id))
    named = dataclasses.replace(
        record,
        id=f"{letters}-{_digest(_canonical(record), author, now.astimezone(UTC).isoformat())}",
        dataset_id=DATASET,
        seizure_dataset=str(seizure["dataset_id"]),
        marking=strictest([record.marking, Tlp(seizure["marking"])]),
        simulated=bool(seizure["simulated"]),
        source=record.source or f"entered by {author}",
    )
    _add(store, kind, named, author=author, now=now)
    return named


def _add(store: Store, kind: str, record: Record, *, author: str, now: datetime) -> None:
    """One record as an import of its own."""
    text = f"{_canonical(record)} {now.astimezone(UTC).isoformat()}"
    store.add(
        kind,
        frame_of_records(kind, [record]),
        key=FileKey(
            file_name="entered on the page of cases",
            sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            dataset_id=record.dataset_id,
        ),
        author=author,
        now=now,
    )


def _canonical(record: Record) -> str:
    """A record as text, the same for the same record."""
    return json.dumps(dataclasses.asdict(record), default=str, sort_keys=True)


def _digest(*parts: object) -> str:
    """Ten hexadecimal digits that name these parts."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:10]


def _seizure(store: Store, name: Name) -> pd.Series:
    """A record of a seizure."""
    return store.get("seizures", name[1], dataset_id=name[0]).iloc[0]


def _object(store: Store, object_id: str) -> gpd.GeoDataFrame:
    """The objects of an id; NotFound if there is none."""
    objects = store.read("objects")
    found = objects[objects["id"] == object_id]
    if found.empty:
        raise NotFound(
            f"there is no object {object_id!r}",
            expected="an object of the case",
            remedy="add the object first",
        )
    return found


def _sha256(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _keep_file(file: Path, target: Path) -> None:
    """A copy of the file at `target`, whole or not at all, that nobody writes to."""
    if target.exists():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as folder:
            copy = Path(shutil.copyfile(file, Path(folder) / target.name))
            copy.chmod(0o400)
            copy.replace(target)
    except OSError as err:
        raise StoreError(
            f"{target.name} cannot be kept ({err.strerror})",
            expected="room in the installation's folder",
            remedy="make room and try again",
        ) from err

"""What was kept of a run beside what comes out of it today, record by record."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.columns import columns_of
from geo.disclosure.rules import RUN_COLUMNS
from geo.errors import BadInput, NotFound
from geo.frames import contents
from geo.model import Judgement, Provenance
from geo.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A kept result beside what its provenance gives today."""

    id: str
    """The study or the detection."""
    kept_sha256: str
    """Of the records as they were kept, before anybody judged or corrected them."""
    made_sha256: str
    """Of the records as they come out today; empty if they could not be made."""
    differences: tuple[str, ...]
    """What differs, a sentence each; empty if nothing does."""
    remarks: tuple[str, ...] = ()
    """Libraries that are others today, whether that made a difference or not."""
    differing: tuple[str, ...] = ()
    """Ids of the records that come out otherwise, or on one of the two sides only."""


def fingerprint(kind: str, frame: gpd.GeoDataFrame) -> str:
    """SHA-256 over every value that was computed of the records, in any order.

    Their provenance, which tells the versions of libraries too, is compared part by part; what
    people judged is not computed.
    """
    prints = sorted(_prints(kind, frame).values())
    return hashlib.sha256("\n".join(prints).encode()).hexdigest()


def kept_records(store: Store, kind: str, run_id: str) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """The records of a run as they were kept, before corrections, and their provenance.

    Those of which a later run keeps a newer version under the same id are among them; those of
    imports that were taken back are not.

    Raises
    ------
    NotFound
        If none are kept.
    BadInput
        If their provenance does not tell how they were made.
    """
    run = RUN_COLUMNS[kind]
    current = store.read(kind)
    histories = [
        store.history(kind, row.id, dataset_id=row.dataset_id)
        for row in current[_may_hold(current, run, run_id)].itertuples()
    ]
    told = pd.concat(histories, ignore_index=True) if histories else current.iloc[:0]
    mine = told[told[run] == run_id]
    if len(mine):
        mine = mine[(mine["version"] == mine["base_version"]) & ~mine["undone"]]
    if mine.empty:
        raise NotFound(
            f"no {kind} of {run_id} are kept", expected="the id of a run whose results were kept"
        )
    kept = mine.sort_values("version", kind="stable").drop_duplicates(
        ["dataset_id", "id"], keep="last"
    )
    return kept.sort_index(), _provenance_of(run_id, str(kept["provenance"].iloc[0]))


def _may_hold(current: gpd.GeoDataFrame, run: str, run_id: str) -> pd.Series:
    """Which records may have a version of a run: its own, and those that are not named after one.

    An alert of many dates keeps its id from study to study; all other ids begin with their run's.
    """
    named = [
        row_id.startswith(f"{of}-") for row_id, of in zip(current["id"], current[run], strict=True)
    ]
    return (current[run] == run_id) | ~pd.Series(named, index=current.index, dtype=bool)


def _provenance_of(run_id: str, text: str) -> dict[str, Any]:
    """The provenance of a run as it was written.

    Raises
    ------
    BadInput
        If it is none.
    """
    with contextlib.suppress(ValueError):
        told = json.loads(text)
        if isinstance(told, dict) and {"inputs", "parameters"} <= told.keys():
            return told
    raise BadInput(
        f"the provenance of {run_id} does not tell how it was made",
        expected="its inputs and parameters",
        remedy="run it again with this version, and keep what it gives",
    )


def unmade(run_id: str, kept: gpd.GeoDataFrame, *, lacking: Sequence[str]) -> Remade:
    """What was kept of a run that cannot be made again, for what it lacks, a sentence each."""
    return Remade(
        id=run_id,
        kept_sha256=fingerprint("alerts", kept),
        made_sha256="",
        differences=tuple(lacking),
        differing=tuple(sorted(kept["id"])),
    )


def compared(
    run_id: str,
    kind: str,
    *,
    kept: gpd.GeoDataFrame,
    made: gpd.GeoDataFrame,
    before: Mapping[str, Any],
    after: Provenance,
) -> Remade:
    """What was kept of a run, and its provenance, beside what comes out today."""
    changed = [
        f"{name} changed"
        for name in sorted({*before["inputs"], *after.inputs})
        if before["inputs"].get(name) != after.inputs.get(name)
    ]
    was, now_is = _prints(kind, kept), _prints(kind, made)
    differing = sorted(name for name in was.keys() | now_is if was.get(name) != now_is.get(name))
    if differing:
        changed.append(not_the_same(kind))
    return Remade(
        id=run_id,
        kept_sha256=fingerprint(kind, kept),
        made_sha256=fingerprint(kind, made),
        differences=tuple(changed),
        remarks=tuple(
            f"{name} is {now_has}, was {had}"
            for name, had in {
                "the method": before.get("method"),
                **before.get("versions", {}),
            }.items()
            if (now_has := {"the method": after.method, **after.versions}.get(name)) != had
        ),
        differing=tuple(differing),
    )


def _prints(kind: str, frame: gpd.GeoDataFrame) -> dict[str, str]:
    """The fingerprint of each record's computed values, by its id."""
    names = [column.name for column in columns_of(kind)]
    computed = frame[names].assign(provenance="")
    if kind == "alerts":
        computed = computed.assign(judgement=Judgement.NONE.value)
    return dict(zip(frame["id"], contents(kind, computed), strict=True))


def not_the_same(kind: str) -> str:
    """That some records of a run come out otherwise."""
    return f"the {kind} are not the same"

"""What opinions and assessments have in common: the alert, whoever speaks, and how it is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pandas as pd

from geo.errors import BadInput
from geo.frames import frame_of_records
from geo.model import Record
from geo.store import FileKey, Store

Row: TypeAlias = Mapping[str, Any] | pd.Series
"""One record, as a row of its frame."""


def alert_of(store: Store, alert: Row) -> pd.Series:
    """The alert as the store has it now."""
    return store.get("alerts", str(alert["id"]), dataset_id=str(alert["dataset_id"])).iloc[0]


def require_somebody(author: str) -> None:
    """Refuse the word of nobody."""
    if not author.strip():
        raise BadInput("nobody says it", expected="a name", remedy="log in, or give your name")


def keep(store: Store, kind: str, record: Record, *, author: str, now: datetime) -> None:
    """One record as an import of its own."""
    text = json.dumps([dataclasses.asdict(record), now.astimezone(UTC)], default=str)
    key = FileKey(
        file_name="entered on the page of alerts",
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        dataset_id=record.dataset_id,
    )
    store.add(kind, frame_of_records(kind, [record]), key=key, author=author, now=now)


def digest(*parts: object) -> str:
    """Ten hexadecimal digits that name these parts."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:10]

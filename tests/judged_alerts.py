"""Made-up alerts to be judged, and people who judge them."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from shapely.geometry import box

from geo.frames import frame_of_records
from geo.model import Alert, AlertMethod, Precision, Tlp
from geo.store import Store
from tests.guarded_store import NOW, bring

LATER = NOW + timedelta(hours=1)


def bring_alerts(store: Store, **changed: object) -> pd.Series:
    """Two made-up alerts at the made-up open site brought in; gives the first."""
    fields = {
        "geometry": box(43.1, 36.5, 43.101, 36.501),
        "precision": Precision.EXACT,
        "date_from": date(2025, 4, 2),
        "date_to": date(2025, 5, 12),
        "site_id": "S-PLAIN",
        "detection_id": "CH-0123456789ab",
        "hint": "pits (unverified hint)",
        "method": AlertMethod.PAIR,
        "marking": Tlp.GREEN,
    } | changed
    alerts = [Alert(id=f"CH-0123456789ab-{n:03d}", **fields) for n in (1, 2)]
    bring(store, "alerts", frame_of_records("alerts", alerts))
    return first_alert(store)


def first_alert(store: Store) -> pd.Series:
    """The first of them as it is now."""
    return store.get("alerts", "CH-0123456789ab-001").iloc[0]

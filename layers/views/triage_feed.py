"""One alert as a line of the queue, in plain words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from geo.change.judging.own_past import own_past
from geo.model import AlertMethod, Judgement
from geo.pipeline.alerts.around import features_in
from layers.style import METHOD_WORDS, SIMULATED, name_markdown, safe_markdown

STATE_ICONS = {
    Judgement.NONE: "",
    Judgement.ACCEPTED: ":material/check: ",
    Judgement.REJECTED: ":material/close: ",
    Judgement.DISPUTED: ":material/balance: ",
}
"""What the analysts together say, as a sign before the line."""


def label(row: pd.Series, site_name: str) -> str:
    """The line's head as inert Markdown: place and id.

    By it the browser tells which line was chosen, so that no two alerts share one, and nothing that
    is said of an alert changes it.
    """
    place = name_markdown(site_name) if site_name else "no site"
    simulated = f" :orange-badge[{SIMULATED}]" if row["simulated"] else ""
    name = row["id"] if row["dataset_id"] == "local" else f"{row['id']} of {row['dataset_id']}"
    return f"**{place}**{simulated} :small[:gray[{safe_markdown(name)}]]"


def line(row: pd.Series, *, own: bool) -> str:
    """What stands under it as inert Markdown: hint, interval, status, how sure, when last seen."""
    said = ":material/person_check: " if own else ""
    told = [
        f"{row['hint']}?" if row["hint"] else "",
        interval_words(row),
        str(row["status"]),
        METHOD_WORDS[row["method"]],
        f"priority {row['priority']:.2g}" if known(row.get("priority")) else "",
        placebo_words(row, short=True),
        seen_words(row, short=True),
    ]
    words = safe_markdown(" \u00b7 ".join(text for text in told if text))
    return f"{STATE_ICONS[Judgement(row['judgement'])]}{said}{words}"


def interval_words(row: pd.Series) -> str:
    """Between which days the ground changed."""
    days = [f"{day:%d %b %Y}" for day in (row["date_from"], row["date_to"]) if known(day)]
    return " to ".join(dict.fromkeys(days)) or "date unknown"


def placebo_words(row: pd.Series, *, short: bool = False) -> str:
    """How often the site's own quiet past raises such an alert."""
    rate = row.get("placebo_rate")
    if not known(rate):
        past = own_past(features_in(str(row.get("features", ""))))
        why = past.why_not if past else "the quiet past of the site was not run"
        return "" if short else f"not measured: {why}"
    told = rate_words(float(rate))
    if short:
        return f"placebo {told}"
    runs = "quiet pairs" if row["method"] == AlertMethod.PAIR else "placebo runs"
    return f"{told} of {runs} on the site's own past raised an alert as strong"


def rate_words(rate: float) -> str:
    """A rate of false alarms, to a tenth of a percent, which is what the placebo runs can tell."""
    return f"{100 * rate:.1f} %"


def seen_words(row: pd.Series, *, short: bool = False) -> str:
    """When the place was last seen clearly, and for how long it was not."""
    last = row.get("last_clear_on")
    if not known(last):
        return "" if short else "unknown"
    told = f"{day_of(last):%d %b %Y}"
    days = row.get("not_seen_days")
    if not known(days) or days <= 0:
        return f"last seen {told}" if short else told
    if short:
        return f"last seen {told}, {int(days):,} days ago"
    return f"{told}, not seen since ({int(days):,} days)"


def day_of(value: Any) -> date:  # noqa: ANN401 - a cell of a frame
    """A day or moment as a day."""
    day: date = pd.Timestamp(value).date()
    return day


def known(value: Any) -> bool:  # noqa: ANN401 - a cell of a frame
    """Whether a cell holds anything."""
    return value is not None and not pd.isna(value)

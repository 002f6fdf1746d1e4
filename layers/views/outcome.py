"""What became of the files that were brought in last, and the rows that may be mended at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from geo.model import ImportReport
from geo.store import FileKey
from layers.views import cache
from layers.views.imports import mend_panel
from layers.views.reports import refused, show_report


@dataclass(slots=True)
class Outcome:
    """What became of files, and of which."""

    kind: str
    """What the files were said to hold."""
    about: tuple[str | FileKey, ...]
    """The uploads, and of a table all that decided its reading."""
    reports: list[ImportReport] = field(default_factory=list)
    """One for each table."""
    refusal: str = ""
    """Why nothing was kept."""
    dry_run: bool = False
    """Whether nothing was to be kept."""


def show_outcome(outcome: Outcome) -> None:
    """What became of each row."""
    if outcome.refusal:
        st.error(refused(outcome.refusal))
    for number, report in enumerate(outcome.reports):
        key = f"outcome {number} {report.import_id}"
        show_report(report, dry_run=outcome.dry_run, key=key, mended_below=not outcome.dry_run)
        if report.quarantined and not outcome.dry_run:
            mend_panel(cache.store(), report.import_id, key=key)

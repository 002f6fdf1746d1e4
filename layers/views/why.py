"""Why a place is coarse, a field is missing or a text was cut, in words, rule by rule."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from layers.access_review import reasons_html
from layers.style import safe_markdown
from layers.views import cache


def popover(kind: str, row: pd.Series) -> None:
    """A small popover on a record's card: each rule that made the record what is shown here.

    `row` is one row of what the viewer was given of `kind`. Nothing is asked before it is opened.
    """
    opened = st.popover(
        "Why is it shown like this?",
        icon=":material/help:",
        width="stretch",
        key=f"why {kind} {row['dataset_id']} {row['id']}",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        try:
            reasons = cache.store().why(kind, str(row["id"]), dataset_id=str(row["dataset_id"]))
        except LamassuError as err:
            st.error(safe_markdown(err))
            return
        st.html(reasons_html(reasons))
        st.caption("Whoever needs more asks the administrator, who sees the same rules.")

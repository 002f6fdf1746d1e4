"""Progress of long work, as a bar on the page."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from geo.progress import Progress


def telling(bar: DeltaGenerator) -> Progress:
    """What moves `bar`, which `st.progress` made, to the share that is done."""

    def tell(share: float, words: str) -> None:
        bar.progress(min(share, 1.0), words)

    return tell

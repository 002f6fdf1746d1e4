"""The only place where sources, store and analysis meet: every verb of the app and the shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

FACTS_FOLDER = Path(__file__).resolve().parents[2] / "data"
"""The embedded facts."""

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""


def no_progress(_share: float, _words: str) -> None:
    """Take no notice of progress."""

"""How far a long piece of work is, told to whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""


def no_progress(_share: float, _words: str) -> None:
    """Take no notice of progress."""

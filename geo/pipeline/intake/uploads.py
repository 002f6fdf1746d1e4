"""A file that stays open while a person decides about it."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from pathlib import Path

from geo.sources.confined.limits import BROWSER, FileLimits
from geo.sources.readers.formats import open_raw
from geo.sources.readers.raw import RawFile


class OpenFile:
    """An open file of tables; what was unpacked of it goes when it is closed or forgotten."""

    def __init__(self, path: Path, *, limits: FileLimits = BROWSER) -> None:
        """Read the file in a process of its own.

        Raises
        ------
        UnreadableFile
            If it cannot be read, or costs more than it may.
        """
        opened = ExitStack()
        self.raw: RawFile = opened.enter_context(open_raw(path, limits=limits))
        # A browser session ends without a word: what is forgotten is cleaned up as well.
        self._forget = weakref.finalize(self, opened.close)

    def close(self) -> None:
        """Forget what was read; twice does no harm."""
        self._forget()

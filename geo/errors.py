"""Every way it can go wrong: one small tree of exceptions.

A message says what was wrong with its value, what was expected, and what to do about it.
The three parts stay apart in the object, so that a table of quarantined rows can show them in
columns and a command line can print them in one sentence.
"""

from __future__ import annotations


class LamassuError(Exception):
    """Anything that Lamassu itself reports to its user; never raised bare."""

    def __init__(self, what: str, *, expected: str = "", remedy: str = "") -> None:
        """Keep the three parts: the fault with its value, the expectation, the way out."""
        self.what = what
        self.expected = expected
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        """One printable line: ``what; expected ...; remedy``."""
        parts = [self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.remedy:
            parts.append(self.remedy)
        # A value from a file may hold line breaks, terminal escapes or lone surrogates.
        printable = (c if c.isprintable() else " " for c in "; ".join(parts))
        return " ".join("".join(printable).split())


class BadInput(LamassuError, ValueError):
    """What the user gave cannot be used; nothing was changed. The command line exits with 2."""


class UnreadableFile(BadInput):
    """A file is missing, empty, truncated, of another format, or not text where text was due."""


class MissingColumns(BadInput):
    """A table lacks a column without which none of its rows can be read."""


class GridMismatch(BadInput):
    """Two rasters that must share one grid do not, or do not overlap."""


class BandMismatch(BadInput):
    """Two rasters that must hold the same bands do not."""


class NoValidPixels(BadInput):
    """A raster, or the overlap of two, holds no pixel with data."""


class NotMetric(BadInput):
    """A length or an area was asked for in a geographic CRS, where a unit is not a metre."""


class InvalidSetting(BadInput):
    """A setting, option or parameter is outside what it may be."""


class Unreachable(BadInput):
    """A server does not answer, or not as it should; whatever was kept before is still there."""


class NotAllowed(LamassuError):
    """Whoever asks may not have this; nothing was shown or changed."""


class NotFound(LamassuError, LookupError):
    """No record, import or place of that name is in the store."""


class StoreError(LamassuError, RuntimeError):
    """The store cannot be read or written; whatever was there before is still there."""


class StoreTooNew(StoreError):
    """The store was written by a later version of Lamassu."""


class StoreDamaged(StoreError):
    """The store's file is no Lamassu store, or fails its integrity check."""


class StoreBusy(StoreError):
    """Another process kept the store locked for longer than the time allowed."""

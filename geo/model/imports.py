"""What became of the rows of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that was read but not accepted; it keeps its text and its reason."""

    row_number: int
    """Line of the file as its reader sees it; the header is row 1."""
    text: str
    """The row as it stood."""
    what: str
    """The fault with its value."""
    expected: str
    """What was expected."""
    remedy: str
    """What to do."""
    cells: str = ""
    """JSON object of its cells by column name, so that they can be mended; empty if unknown."""
    mended_in: str = ""
    """The import that took it in once it was mended; empty while it waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of each row of one file: read = accepted + quarantined + duplicate."""

    import_id: str
    """Names the import for `undo`; empty for a dry run."""
    kind: str
    """Table the rows are for."""
    file_name: str
    """Name of the file, without its folder."""
    sha256: str
    """SHA-256 of the file's bytes."""
    read: int
    """Rows in the file."""
    accepted: int
    """Rows now in the store: new ones and new versions of known ones."""
    quarantined: int
    """Rows kept aside with their reasons."""
    duplicate: int
    """Rows that the store already held with the same content."""
    rows: tuple[QuarantinedRow, ...] = ()
    """The quarantined rows."""
    notes: tuple[str, ...] = ()
    """What the reader should know, such as a guessed separator."""

    def __str__(self) -> str:
        """The law of conservation as one line."""
        return (
            f"read {self.read} = accepted {self.accepted} + quarantined {self.quarantined}"
            f" + duplicate {self.duplicate}"
        )

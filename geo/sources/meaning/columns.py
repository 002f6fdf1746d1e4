"""Columns of a batch of rows, cell by cell and yet quick: each distinct text is read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo.columns import SEPARATOR, Column, Form
from geo.errors import BadInput

LONGEST_CELL = 100_000
"""Characters that one cell may hold."""

REMEMBERED = 50_000
"""Distinct texts of a column whose meaning is remembered from one batch to the next."""

Rows: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = pa.StringArray

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"


_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as its distinct values and which of them each row has."""

    values: Sequence[Any]
    """Distinct values; None for an empty cell, and for one that could not be read."""
    codes: Rows
    """Position in `values` for each row."""

    def filled(self) -> NDArray[np.bool_]:
        """Which rows have a value."""
        there = np.fromiter((value is not None for value in self.values), bool, len(self.values))
        return there[self.codes]

    def derived(self, change: Callable[[Any], Any]) -> Coded:
        """The same column with each value changed; empty cells stay empty."""
        changed = [None if value is None else change(value) for value in self.values]
        return Coded(changed, self.codes)

    def per_row(self) -> list[Any]:
        """The value of each row."""
        return [self.values[code] for code in self.codes.tolist()]


@dataclass(slots=True)
class Findings:
    """What was found while the rows of a batch were read."""

    rows: int
    """Rows of the batch."""
    faults: dict[int, list[BadInput]] = field(default_factory=dict)
    """Why rows cannot be accepted, by row of the batch."""
    remarks: dict[str, list[int]] = field(default_factory=dict)
    """What was assumed, with the rows."""
    closed: set[int] = field(default_factory=set)
    """Rows of which no more need be said: their cells could not be told apart."""

    def fault(self, rows: Iterable[int], fault: BadInput) -> None:
        """Keep a fault of rows."""
        for row in rows:
            if row not in self.closed:
                self.faults.setdefault(row, []).append(fault)

    def remark(self, words: str, rows: Sequence[int]) -> None:
        """Keep what was assumed of rows."""
        if rows:
            self.remarks.setdefault(words, []).extend(rows)

    def close(self) -> None:
        """No further fault is kept for the rows that are faulty by now."""
        self.closed = set(self.faults)

    def good(self) -> Rows:
        """The rows without a fault."""
        keep = np.ones(self.rows, bool)
        keep[list(self.faults)] = False
        return np.flatnonzero(keep)

    def counts(self) -> Counter[str]:
        """What was assumed of rows without a fault, with their number."""
        kept = {words: len(set(rows) - set(self.faults)) for words, rows in self.remarks.items()}
        return Counter({words: number for words, number in kept.items() if number})


def clean(cells: pa.Array) -> Texts:
    """The cells in Unicode NFC and without space around them; nothing is an empty text.

    A cell that holds only a byte order mark or an unseen mark of direction is not empty.
    """
    cells = pc.fill_null(cells.cast(pa.string()), "")
    data = _bytes_of(cells)
    if data.size == 0 or data.max() < 128:
        return pc.ascii_trim_whitespace(cells)
    return pc.utf8_trim_whitespace(pc.utf8_normalize(cells, "NFC"))


def text_faults(names: Sequence[str], columns: Sequence[pa.Array], findings: Findings) -> None:
    """Tell of cells that hold control characters or are too long."""
    for name, cells in zip(names, columns, strict=True):
        if len(cells) == 0:
            continue
        # Bytes are a bound on characters, and cheap to ask.
        if (pc.max(pc.binary_length(cells)).as_py() or 0) > LONGEST_CELL:
            lengths = pc.fill_null(pc.utf8_length(cells), 0).to_numpy(zero_copy_only=False)
            for row in np.flatnonzero(lengths > LONGEST_CELL).tolist():
                findings.fault([row], BadInput(
                    f"{name} has {lengths[row]:,} characters",
                    expected=f"at most {LONGEST_CELL:,}",
                    remedy="shorten it, or keep the text in a file of its own",
                ))  # fmt: skip
        if _may_hold_control(_bytes_of(cells)):
            holding = pc.fill_null(pc.match_substring_regex(cells, _CONTROL), False)
            for row in np.flatnonzero(holding.to_numpy(zero_copy_only=False)).tolist():
                text = cells[row].as_py()
                first = next(ord(c) for c in text if _is_control(c))
                findings.fault([row], BadInput(
                    f"{name} holds the control character U+{first:04X}",
                    expected="text",
                    remedy="remove the character",
                ))  # fmt: skip


class Reader:
    """Reads the cells of one column; what a text means is remembered from batch to batch."""

    def __init__(self, parse: Callable[[str], object]) -> None:
        self._parse = parse
        self._known: dict[str, object] = {}

    def read(self, cells: Texts, findings: Findings) -> Coded:
        """The column as values; a cell that cannot be read is a fault of its row."""
        encoded = cells.dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if len(self._known) > REMEMBERED:
            self._known.clear()
        values = [self._meaning(text) if text else None for text in texts]
        tell(values, codes, findings)
        return Coded([None if isinstance(v, BadInput) else v for v in values], codes)

    def _meaning(self, text: str) -> object:
        """The value of a text, or the fault that it is."""
        if text not in self._known:
            try:
                self._known[text] = self._parse(text)
            except BadInput as fault:
                # A traceback would keep the whole batch in memory.
                self._known[text] = fault.with_traceback(None)
        return self._known[text]


def tell(values: Sequence[object], codes: Rows, findings: Findings) -> None:
    """Keep the faults among distinct values for the rows that have them."""
    bad = np.fromiter((isinstance(value, BadInput) for value in values), bool, len(values))
    if bad.any():
        for row in np.flatnonzero(bad[codes]).tolist():
            fault = values[codes[row]]
            assert isinstance(fault, BadInput)
            findings.fault([row], fault)


def together(*columns: Coded) -> tuple[list[tuple[Any, ...]], Rows]:
    """The distinct combinations of values of several columns, and which each row has."""
    codes = columns[0].codes.astype(np.int64)
    for column in columns[1:]:
        codes = codes * max(len(column.values), 1) + column.codes
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    found = [
        tuple(column.values[column.codes[row]] for column in columns) for row in first.tolist()
    ]
    return found, inverse.astype(np.int64)


def texts_of(cells: Texts) -> Coded:
    """A column of texts as it is, coded; None for empty ones."""
    encoded = cells.dictionary_encode()
    texts = [text or None for text in encoded.dictionary.to_pylist()]
    return Coded(texts, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64))


def where(cells: Texts, rows: NDArray[np.bool_]) -> Texts:
    """The cells of these rows, empty texts elsewhere."""
    return cells if rows.all() else pc.if_else(pa.array(rows), cells, "")


def filled(cells: Texts) -> NDArray[np.bool_]:
    """Which cells are not empty."""
    return np.asarray(pc.not_equal(cells, "").to_numpy(zero_copy_only=False), bool)


def western_cells(cells: Texts) -> Texts:
    """The cells with the digits and the decimal mark of Arabic and Persian as western ones."""
    data = _bytes_of(cells)
    if data.size == 0 or data.max() < 128:
        return cells
    western = [cell.translate(_DIGITS) for cell in cells.to_pylist()]
    return pa.array(western, pa.string())


def same(value: object, rows: int) -> Coded:
    """A column with one value in every row."""
    return Coded([value], np.zeros(rows, np.int64))


def first_of(cells: Coded | Texts | None, others: Coded) -> Coded:
    """The values of a column, and where it has none those of another."""
    if cells is None:
        return others
    mine = cells if isinstance(cells, Coded) else texts_of(cells)
    codes = np.where(mine.filled(), mine.codes, others.codes + len(mine.values))
    return Coded([*mine.values, *others.values], codes)


def series_of(column: Column, cells: Coded | Texts, default: object, keep: Rows) -> pd.Series:
    """The kept rows of a column as a frame has them, empty cells holding the default."""
    if not isinstance(cells, Coded):
        kept = cells.take(pa.array(keep))
        if default:
            kept = pc.if_else(pc.equal(kept, ""), str(default), kept)
        return pd.Series(pd.array(kept, dtype="str"))
    values = [default if value is None else value for value in cells.values]
    codes = cells.codes[keep]
    match column.form:
        case Form.NUMBER:
            return pd.Series(np.array(values, dtype="float64")[codes])
        case Form.COUNT:
            return pd.Series(pd.array(values, dtype="Int64").take(codes))
        case Form.FLAG:
            return pd.Series(np.array(values, dtype=bool)[codes])
        case Form.DAY:
            return pd.Series(np.array(values, dtype="datetime64[us]")[codes])
        case _:
            texts = [SEPARATOR.join(v) if isinstance(v, tuple) else str(v) for v in values]
            taken = pa.array(texts, pa.string()).take(pa.array(codes))
            return pd.Series(pd.array(taken, dtype="str"))


def _bytes_of(cells: Texts) -> NDArray[np.uint8]:
    """The bytes of all cells in a row."""
    _, offsets, data = cells.buffers()
    if data is None or len(cells) == 0:
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    return np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]


def _may_hold_control(data: NDArray[np.uint8]) -> bool:
    """Whether any byte can be one of a control character."""
    # Of two-byte characters only U+0080 to U+00BF begin with 0xC2.
    below = (data < 32) & (data != 9) & (data != 10) & (data != 13)
    return bool((below | (data == 127) | (data == 0xC2)).any())


def _is_control(character: str) -> bool:
    return character not in "\t\n\r" and (character < " " or "\x7f" <= character <= "\x9f")

"""Rows of a text table split into cells, a faulty quotation mark costing one line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from enum import Enum, auto

LONGEST_ROW = 1_000_000
"""Characters over which a quotation mark is looked for that closes a cell of several lines."""

SplitRow = tuple[int, str, list[str] | None, str]
"""Line on which a row starts, its text, its cells, and why it could not be split or is no text.

The cells are None where the text has no quotation marks and no fault: then the separator alone
parts them.
"""


def split_rows(
    blocks: Iterator[list[str]], faults: dict[int, str], *, separator: str, width: int
) -> Iterator[SplitRow]:
    r"""The rows in blocks of lines; lines of nothing but separators and space are none.

    A row with quotation marks goes on over further lines while a cell is open and it has fewer
    cells than `width`; line ends inside a cell become ``\n``. A row that cannot be split is one
    line, without cells. `faults` of lines are taken out as their rows pass.
    """
    outer = separator + " \t\x1a"
    lines: list[str] = []
    at, number = 0, 1
    while True:
        if at == len(lines):
            number += at
            at, lines = 0, next(blocks, [])
            if not lines:
                return
        text, taken, fault = lines[at], 1, ""
        cells: list[str] | None = None
        if '"' in text:
            try:
                cells = next(csv.reader((text,), delimiter=separator, strict=True))
            except csv.Error:
                cells, taken, fault = _long_row(lines, at, blocks, separator, width)
                if taken > 1:
                    text = "\n".join(lines[at : at + taken])
        elif not text.strip(outer):
            faults.pop(number + at, "")
            at += 1
            continue
        if faults:
            told = [faults.pop(line, "") for line in range(number + at, number + at + taken)]
            fault = fault or next(filter(None, told), "")
            cells = text.split(separator) if fault and cells is None else cells
        yield number + at, text, cells, fault
        at += taken


def _long_row(
    lines: list[str], at: int, blocks: Iterator[list[str]], separator: str, width: int
) -> tuple[list[str], int, str]:
    """Cells and number of lines of a row that goes on over lines, or none, one line and why."""
    split = _Splitter(separator)
    state = split.feed(lines[at])
    end = at + 1
    length = len(lines[at])
    # With more cells than columns the row is lost anyway: reading on would only cost time.
    while state is _State.OPEN and len(split.cells) < width and length < LONGEST_ROW:
        if end == len(lines):
            more = next(blocks, [])
            if not more:
                break
            lines += more
        state = split.feed(lines[end])
        length += len(lines[end])
        end += 1
    if state is _State.DONE:
        return split.cells, end - at, ""
    fault = "is followed by text" if state is _State.BROKEN else "never closes"
    return [], 1, f"a quotation mark in cell {split.opened_in} {fault}"


class _State(Enum):
    """Where a row stands after a line of it."""

    DONE = auto()
    OPEN = auto()
    """Inside quotation marks: the row goes on in the next line."""
    BROKEN = auto()
    """Text follows a closing quotation mark."""


class _Splitter:
    """Splits one row into cells, a line at a time."""

    _QUOTED = re.compile(r'[^"]*(?:""[^"]*)*')
    """The inside of a quoted cell, up to its closing quotation mark."""

    def __init__(self, separator: str) -> None:
        self.cells: list[str] = []
        self.opened_in = 0
        """Number of the last cell that started with a quotation mark, from 1."""
        self._separator = separator
        self._parts: list[str] = []
        self._inside = False

    def feed(self, body: str) -> _State:
        """Take in one line without its end; `cells` is complete when the state is DONE."""
        position = 0
        while True:
            if not self._inside and not body.startswith('"', position):
                end = body.find(self._separator, position)
                if end < 0:
                    self.cells.append(body[position:])
                    return _State.DONE
                self.cells.append(body[position:end])
                position = end + 1
                continue
            if not self._inside:
                self._inside = True
                self.opened_in = len(self.cells) + 1
                position += 1
            match = self._QUOTED.match(body, position)
            assert match  # the pattern matches the empty text
            self._parts.append(match.group().replace('""', '"'))
            position = match.end()
            if position == len(body):
                self._parts.append("\n")
                return _State.OPEN
            position += 1
            if position < len(body) and body[position] != self._separator:
                return _State.BROKEN
            self._inside = False
            self.cells.append("".join(self._parts))
            self._parts = []
            if position == len(body):
                return _State.DONE
            position += 1

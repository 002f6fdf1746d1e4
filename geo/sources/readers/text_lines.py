"""Lines of a text file whose encoding may be unknown, or not the same in all of its lines.

UTF-8, and UTF-16 with or without a byte order mark, are taken as such. A line that is no UTF-8 is
read by itself in the old code page that suits all such lines of its part of the file best; whoever
reads the notes is told which page, and which lines.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re

from geo.errors import UnreadableFile
from geo.sources.readers.code_pages import NAMES, code_page_of

BLOCK_BYTES = 2_000_000
"""Bytes that are read at once."""

LONGEST_LINE = 10_000_000
"""Bytes; a file with a longer line is no table."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_BYTES = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_PLAIN_BYTES = bytes(set(range(256)) - set(_CONTROL_BYTES))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NAMED_LINES = 5


class TextLines:
    """The lines of an open file, a block of them at a time."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._rest = b""
        self._ended = False
        self._lines = 0
        self._code_page = ""
        self._foreign: list[int] = []
        self._foreign_lines = 0
        self._cut = False
        self.bytes_read = 0
        self.faults: dict[int, str] = {}
        """Why a line is no good text, by the number of the line, from 1."""
        start = self._read_on()
        self.encoding, mark = _unicode_of(start)
        self._decoder = (
            None
            if self.encoding == "utf-8"
            else codecs.getincrementaldecoder(self.encoding)("surrogatepass")
        )
        self._marked = mark > 0
        self._rest = self._as_utf8(start[mark:])

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes read so far, 64 hexadecimal digits."""
        return self._digest.hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was guessed of the encoding so far."""
        notes = []
        if self.encoding != "utf-8" and not self._marked:
            notes.append(f"the text was taken for {self.encoding.upper()}")
        if self._foreign_lines:
            notes.append(
                f"no UTF-8 but taken for {NAMES[self._code_page]}: {self._foreign_named()}; check"
                " names with accents or in Arabic"
            )
        if self._cut:
            notes.append("the file ends in the middle of a character; it may be cut off")
        return tuple(notes)

    def take(self) -> list[str]:
        r"""The next lines, without their ends; none at the end of the file.

        NUL is shown as ``␀``, and a byte or half a pair that is no character as ``\x81`` or
        ``\ud800``; such lines are in `faults`.

        Raises
        ------
        UnreadableFile
            If a line is longer than `LONGEST_LINE`, or the text is in no known encoding.
        """
        block = self._block()
        if not block:
            return []
        try:
            text = block.decode()
        except UnicodeDecodeError:
            lines = self._foreign_text(_split(block))
            if any(_CONTROL.search(line) for line in lines):
                lines = self._without_controls(lines)
        else:
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            lines = text.split("\n")
            if block.translate(None, _PLAIN_BYTES) or _C1.search(block):
                lines = self._without_controls(lines)
        if not lines[-1]:
            lines.pop()
        self._lines += len(lines)
        return lines

    def _foreign_named(self) -> str:
        """The lines that are no UTF-8."""
        named = ", ".join(str(line) for line in self._foreign)
        more = self._foreign_lines - len(self._foreign)
        lines = "line" if self._foreign_lines == 1 else "lines"
        return f"{lines} {named} and {more:,} more" if more else f"{lines} {named}"

    def _read_on(self) -> bytes:
        """Bytes of the file as they are."""
        data = self._file.read(BLOCK_BYTES)
        self._digest.update(data)
        self.bytes_read += len(data)
        self._ended = not data
        return data

    def _as_utf8(self, data: bytes) -> bytes:
        """The bytes in UTF-8, if the file is in another Unicode encoding."""
        if self._decoder is None:
            return data
        try:
            text = self._decoder.decode(data, self._ended)
        except UnicodeDecodeError:
            self._decoder.reset()
            return b"\xd8"  # half a character in UTF-8 too
        return text.encode("utf-8", "surrogatepass")

    def _block(self) -> bytes:
        """Whole lines, as many as come with the next bytes; empty at the end of the file."""
        while True:
            # The last byte stays back: it may be the first half of a line end of two.
            end = self._rest.rfind(b"\n") + 1 or self._rest.rfind(b"\r", 0, -1) + 1
            if end or (self._ended and self._rest):
                end = len(self._rest) if self._ended else end
                block, self._rest = self._rest[:end], self._rest[end:]
                return block
            if self._ended:
                return b""
            if len(self._rest) > LONGEST_LINE:
                raise UnreadableFile(
                    f"line {self._lines + 1} has more than {LONGEST_LINE:,} bytes",
                    expected="a table with one row a line",
                    remedy="check whether the file is a table",
                )
            self._rest += self._as_utf8(self._read_on())

    def _without_controls(self, lines: list[str]) -> list[str]:
        """The lines, those with control characters noted as faults, and two such made visible."""
        for at, line in enumerate(lines):
            if control := _CONTROL.search(line):
                if line.strip(" \x1a"):  # a lone \x1a ended text files under DOS
                    self.faults.setdefault(self._lines + at + 1, _fault_of(control[0]))
                lines[at] = visible(line)
        return lines

    def _foreign_text(self, lines: list[bytes]) -> list[str]:
        """The text of lines of which some are no UTF-8."""
        foreign = [line for line in lines if not _is_utf8(line)]
        cut = len(foreign) == 1 and self._ended and _is_cut(lines[-1])
        if not (self._code_page or cut):
            self._code_page = code_page_of(b"\n".join(foreign))
        return [self._line_text(line, self._lines + at + 1) for at, line in enumerate(lines)]

    def _line_text(self, line: bytes, number: int) -> str:
        """The text of one line, in UTF-8 or the guessed code page."""
        try:
            return line.decode()
        except UnicodeDecodeError:
            pass
        if _is_utf8(line):
            self.faults[number] = "the row holds half a character (a lone surrogate)"
            half = line.decode("utf-8", "surrogatepass")
            return half.encode("utf-8", "backslashreplace").decode()
        if not self._code_page:
            self._cut = self._cut or _is_cut(line)
            self.faults[number] = (
                "the file ends in the middle of a character of this row"
                if _is_cut(line)
                else "it is no text in UTF-8 or in a Western or Arabic code page"
            )
            return line.decode("utf-8", "backslashreplace")
        self._foreign_lines += 1
        if len(self._foreign) < _NAMED_LINES:
            self._foreign.append(number)
        try:
            return line.decode(self._code_page)
        except UnicodeDecodeError as err:
            self.faults[number] = (
                f"the row holds the byte 0x{line[err.start]:02x}, which is no character in"
                f" {NAMES[self._code_page]}"
            )
            return line.decode(self._code_page, "backslashreplace")


def control_fault(text: str) -> str:
    """Why a text with a control character is none; empty if it has none but tabs and line ends."""
    control = _CONTROL.search(text)
    return _fault_of(control[0]) if control else ""


def visible(text: str) -> str:
    """The text with NUL, which no database takes, and the unit separator made visible."""
    return text.replace("\0", "␀").replace("\x1f", "␟")


def _fault_of(control: str) -> str:
    return f"the row holds the control character U+{ord(control):04X}"


def _unicode_of(start: bytes) -> tuple[str, int]:
    """Unicode encoding of a file by its first bytes, and the length of its byte order mark."""
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8", 3
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding, 2
    even, odd = start[:1000:2].count(0), start[1:1000:2].count(0)
    # Separators and digits have a zero byte on one side only; UTF-32 and binary files on both.
    if min(even, odd) * 10 <= max(even, odd) > len(start[:1000]) / 10 and len(start) > 3:
        return ("utf-16-le" if odd > even else "utf-16-be"), 0
    return "utf-8", 0


def _split(block: bytes) -> list[bytes]:
    """The lines of a block; the last is empty if the block ends with a line end."""
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def _is_utf8(line: bytes) -> bool:
    """Whether bytes are UTF-8, lone surrogates allowed."""
    try:
        line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _is_cut(line: bytes) -> bool:
    """Whether bytes are UTF-8 but for a character at the end that is not whole."""
    try:
        line.decode()
    except UnicodeDecodeError as err:
        return err.reason == "unexpected end of data"
    return False

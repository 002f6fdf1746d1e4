"""The parts of an Excel workbook around its cells: sheets, shared texts, formats of numbers.

Office Open XML: ECMA-376, part 1, chapter 18 (SpreadsheetML). A part is read as a stream; document
type definitions, and with them entities, are refused. Runs in a child process only.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat
from zipfile import ZipFile

from geo.errors import UnreadableFile
from geo.sources.confined.limits import FileLimits

CHUNK_BYTES = 1_000_000
"""Bytes of a part that are parsed at once."""

HIDDEN = ("hidden", "veryHidden")

DAY, MONTH, YEAR, TIME, NUMBER = "day", "month", "year", "time", ""
"""What a format shows of a number: a date to the day, the month or the year, a time, or itself."""

BUILT_IN = (
    dict.fromkeys((*range(14, 17), 22, *range(27, 32), 36, *range(50, 55), 57, 58), DAY)
    | {17: MONTH}
    | dict.fromkeys((*range(18, 22), *range(32, 36), 45, 46, 47, 55, 56), TIME)
)
"""What the formats show that need no definition (ECMA-376, part 1, 18.8.30)."""

MOST_TEXTS = 20_000_000
"""Shared texts of a workbook."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNMEANT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|am/pm|a/p|general')
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")

Attributes = Mapping[str, str]
Start = Callable[[str, Attributes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet as the workbook lists it."""

    name: str
    """Name on its tab."""
    part: str
    """Member of the archive that holds it; empty if the workbook lacks it."""
    hidden: bool
    """Whether the workbook hides it."""
    cells: bool
    """Whether it is a sheet of cells and not a chart, a dialogue or macros."""


@dataclass(slots=True)
class Book:
    """What the cells of all sheets need."""

    sheets: list[Sheet] = field(default_factory=list)
    """The sheets in their order."""
    epoch_1904: bool = False
    """Whether days are counted from 1 January 1904."""
    texts: list[str] = field(default_factory=list)
    """The shared texts."""
    shows: list[str] = field(default_factory=list)
    """What each style of cells shows of a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A merged range of cells; rows from 1, columns from 0, ends inclusive."""

    top: int
    left: int
    bottom: int
    right: int


def book_of(archive: ZipFile, *, limits: FileLimits) -> Book:
    """The workbook but for its cells.

    Raises
    ------
    UnreadableFile
        If a part is missing or damaged, or holds a document type definition.
    """
    root = _related(archive, "", limits=limits)
    part = next((t for kind, t, _ in root.values() if kind == "officeDocument"), "")
    if part not in archive.namelist():
        raise UnreadableFile(
            "the archive holds no Excel workbook",
            expected="an .xlsx file",
            remedy="save the table as .xlsx or as CSV UTF-8",
        )
    book = Book()
    related = _related(archive, part, limits=limits)

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "workbookPr":
            book.epoch_1904 = attributes.get("date1904", "").lower() in ("1", "true", "on")
        elif tag == "sheet":
            own = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            kind, target, inside = related.get(own, ("", "", False))
            book.sheets.append(Sheet(
                name=attributes.get("name", ""),
                part=target if inside and target in archive.namelist() else "",
                hidden=attributes.get("state", "") in HIDDEN,
                cells=kind == "worksheet",
            ))  # fmt: skip

    scan(archive, part, start, limits=limits)
    for kind, target, _ in related.values():
        if kind == "sharedStrings" and target in archive.namelist():
            book.texts = _shared_texts(archive, target, limits=limits)
        elif kind == "styles" and target in archive.namelist():
            book.shows = _styles(archive, target, limits=limits)
    return book


def merges_of(archive: ZipFile, part: str, *, limits: FileLimits) -> list[Merge]:
    """The merged ranges of a sheet, ordered from the top.

    Raises
    ------
    UnreadableFile
        If the part is damaged.
    """
    merges: list[Merge] = []

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "mergeCell" and (cells := _RANGE.fullmatch(attributes.get("ref", ""))):
            left, top, right, bottom = cells.groups()
            if right and (left, top) != (right, bottom):
                merges.append(Merge(
                    top=int(top), left=column_of(left), bottom=int(bottom),
                    right=column_of(right),
                ))  # fmt: skip

    # Merged ranges stand below the cells; a sheet that never names them is not parsed for them.
    if any(b"mergeCell" in window for window in _windows(archive, part, limits=limits)):
        scan(archive, part, start, limits=limits)
    return sorted(merges, key=lambda merge: (merge.top, merge.left))


def scan(archive: ZipFile, part: str, start: Start, *, limits: FileLimits) -> None:
    """Call `start` with the local name and the attributes of every element in a part."""
    local = LocalNames()
    parser = parser_of(part)
    parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
    for chunk in chunks(archive, part, limits=limits):
        feed(parser, chunk, part)
    feed(parser, b"", part)


class LocalNames(dict[str, str]):
    """The names of elements without the prefix of their namespace."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self) < 1000:
            self[name] = local
        return local


def parser_of(part: str) -> expat.XMLParserType:
    """A parser that refuses document types."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65_536

    def refuse(*_: object) -> NoReturn:
        raise UnreadableFile(
            f"{part} holds a document type definition",
            expected="a workbook as spreadsheet programs write it",
            remedy="save it anew as .xlsx",
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def feed(parser: expat.XMLParserType, chunk: bytes, part: str) -> None:
    """Parse a chunk of a part; an empty one ends it."""
    try:
        parser.Parse(chunk, not chunk)
    except (expat.ExpatError, ValueError, LookupError) as err:
        if isinstance(err, UnreadableFile):
            raise
        raise UnreadableFile(
            f"{part} is no whole XML ({err})",
            expected="a whole workbook",
            remedy="open it, save it anew as .xlsx, or fetch it again",
        ) from err


def chunks(archive: ZipFile, part: str, *, limits: FileLimits) -> Iterator[bytes]:
    """The bytes of a part, counted while they come."""
    left = limits.unpacked_bytes
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise UnreadableFile(
                    f"{part} unpacks to more than {limits.unpacked_bytes:,} bytes",
                    expected="a smaller workbook",
                    remedy="split it, or import it at the command line",
                )
            yield chunk


def column_of(letters: str) -> int:
    """Position of a column, from 0.

    >>> column_of("A"), column_of("AA"), column_of("XFD")
    (0, 26, 16383)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def letters_of(column: int) -> str:
    """The letters of a column.

    >>> letters_of(0), letters_of(26), letters_of(16383)
    ('A', 'AA', 'XFD')
    """
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def unescaped(text: str) -> str:
    """A text with ``_x000A_`` and the like resolved and line ends of one kind."""
    if "_x" in text:
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def shown_by(code: str) -> str:
    """What a format shows of a number.

    >>> shown_by("dd/mm/yyyy"), shown_by("mmm yy"), shown_by("[Red]0.00"), shown_by("h:mm AM/PM")
    ('day', 'month', '', 'time')
    """
    plain = _UNMEANT.sub("", code.partition(";")[0].lower())
    if "d" in plain:
        return DAY
    if "y" in plain:
        return MONTH if "m" in plain else YEAR
    if "h" in plain or "s" in plain:
        return TIME
    return MONTH if "mmm" in plain else NUMBER


def _windows(archive: ZipFile, part: str, *, limits: FileLimits) -> Iterator[bytes]:
    """The chunks of a part, each with the end of the one before; null bytes are left out."""
    end = b""
    for chunk in chunks(archive, part, limits=limits):
        window = end + chunk
        yield window.replace(b"\0", b"") if b"\0" in window else window
        end = chunk[-40:]


def _related(
    archive: ZipFile, part: str, *, limits: FileLimits
) -> dict[str, tuple[str, str, bool]]:
    """Parts that a part refers to, by id: the kind, the name, and whether it is in the archive."""
    folder, name = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str, bool]] = {}

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = attributes.get("Target", "")
            whole = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            inside = attributes.get("TargetMode", "") != "External"
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, whole if inside else "", inside)

    if relations in archive.namelist():
        scan(archive, relations, start, limits=limits)
    return found


def _shared_texts(archive: ZipFile, part: str, *, limits: FileLimits) -> list[str]:
    """The texts that cells refer to by their number."""
    local = LocalNames()
    texts: list[str] = []
    runs: list[str] = []
    pieces: list[str] = []
    phonetic = False

    def start(name: str, _: Attributes) -> None:
        nonlocal phonetic
        tag = local[name]
        if tag == "t":
            pieces.clear()
        elif tag == "si":
            runs.clear()
        elif tag == "rPh":
            phonetic = True

    def end(name: str) -> None:
        nonlocal phonetic
        tag = local[name]
        if tag == "t" and not phonetic:
            runs.append("".join(pieces))
        elif tag == "rPh":
            phonetic = False
        elif tag == "si":
            texts.append(unescaped("".join(runs)))
            if len(texts) > MOST_TEXTS:
                raise UnreadableFile(
                    f"the workbook holds more than {MOST_TEXTS:,} texts",
                    expected="fewer texts",
                    remedy="split the workbook, or send it as CSV UTF-8",
                )

    parser = parser_of(part)
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = pieces.append
    for chunk in chunks(archive, part, limits=limits):
        feed(parser, chunk, part)
    feed(parser, b"", part)
    return texts


def _styles(archive: ZipFile, part: str, *, limits: FileLimits) -> list[str]:
    """What each style of cells shows of a number, in the order of ``cellXfs``."""
    own: dict[str, str] = {}
    shows: list[str] = []
    inside = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        if tag == "numFmt":
            own[attributes.get("numFmtId", "")] = shown_by(attributes.get("formatCode", "")[:1000])
        elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            built_in = BUILT_IN.get(int(number), NUMBER) if number.isdecimal() else NUMBER
            shows.append(own.get(number, built_in))

    scan(archive, part, start, limits=limits)
    return shows

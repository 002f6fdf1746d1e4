"""Frames as XLSX workbooks: texts stay texts, and nothing is in the file but what is given.

Source: ECMA-376, Office Open XML, part 1 (SpreadsheetML) and part 2 (packages).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd

from geo.errors import BadInput
from geo.sources.writers.table_files import NOT_XML, cells
from geo.sources.writers.whole import whole_file

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767
"""What a sheet of Excel can hold: rows with the header, columns, characters of a cell."""

_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time at which each part of the package says it was made: ZIP's earliest."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_WIDEST, _NARROWEST = 60, 8
"""Widths of columns in characters."""


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    r"""Write tables as the sheets of a new workbook, whole or not at all; the same bytes each time.

    Texts, days, moments and flags are written as texts, so that no program runs one as a formula
    or moves a day; finite numbers as numbers that read back bit for bit. A character that XML
    cannot hold becomes U+FFFD. The file names no author, program or time.

    Parameters
    ----------
    sheets : mapping
        Name of each sheet, at most 31 characters without ``[]:*?/\``, and its table with the
        dtypes of frames.

    Raises
    ------
    BadInput
        If a table is larger, or a text longer, than a sheet can hold; or the file cannot be
        written.
    """
    for name, table in sheets.items():
        _require_room(name, table)
    with (
        whole_file(path, suffix=".xlsx") as unfinished,
        zipfile.ZipFile(unfinished, "w") as package,
    ):
        for part, text in _frame_of_package(list(sheets)).items():
            package.writestr(_part(part), text)
        for number, table in enumerate(sheets.values(), start=1):
            with package.open(_part(f"xl/worksheets/sheet{number}.xml"), "w") as file:
                for text in _sheet(table):
                    file.write(text.encode())


def _part(name: str) -> zipfile.ZipInfo:
    """The head of a part of the package, the same at any time and on any machine."""
    part = zipfile.ZipInfo(name, _MOMENT)
    part.compress_type = zipfile.ZIP_DEFLATED
    part.create_system = 0
    return part


def _require_room(name: str, table: pd.DataFrame) -> None:
    """Refuse what would be cut off, or would make Excel call the file broken."""
    if len(table) >= MOST_ROWS or len(table.columns) > MOST_COLUMNS:
        raise BadInput(
            f"{name} has {len(table):,} rows and {len(table.columns):,} columns",
            expected=f"at most {MOST_ROWS - 1:,} rows and {MOST_COLUMNS:,} columns in an XLSX file",
            remedy="write fewer rows, or a file of another format",
        )
    for column in table.columns[[isinstance(kind, pd.StringDtype) for kind in table.dtypes]]:
        # Excel counts a character beyond U+FFFF as two.
        lengths = [len(text.encode("utf-16-le")) // 2 for text in table[column]]
        longest = max(lengths, default=0)
        if longest > LONGEST_CELL:
            row = table.iloc[lengths.index(longest)]
            raise BadInput(
                f"{column} of {row.get('id', 'a row')} has {longest:,} characters",
                expected=f"at most {LONGEST_CELL:,} in a cell of an XLSX file",
                remedy="write a file of another format, such as .gpkg or .csv",
            )


def _frame_of_package(names: list[str]) -> dict[str, str]:
    """Every part of the package but the sheets."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}worksheet+xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}styles+xml"/>{types}</Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'{links}<Relationship Id="rId{len(names) + 1}" Type="{_DOCUMENT}/styles" '
        'Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f"{_HEAD}{_STYLES}",
    }


_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."

_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" '
    'applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
"""Style 1 is text, which Excel keeps as text when a cell is edited; style 2 is a bold header."""


def _sheet(table: pd.DataFrame) -> Iterator[str]:
    """A sheet as XML, row by row."""
    columns = cells(table)
    numbers = [table[name].dtype.kind in "iuf" for name in table]
    letters = [_letters(number) for number in range(len(columns))]
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        "</sheetView></sheetViews>"
    )
    widths = [_width(name, texts) for name, texts in columns.items()]
    spans = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(widths, start=1)
    )
    yield (f"<cols>{spans}</cols>" if spans else "") + "<sheetData>"
    heads = (
        _text(f"{letter}1", name, style=2) for letter, name in zip(letters, columns, strict=True)
    )
    yield f'<row r="1">{"".join(heads)}</row>'
    for row, texts in enumerate(zip(*columns.values(), strict=True), start=2):
        filled = "".join(
            f'<c r="{letter}{row}"><v>{text}</v></c>'
            if number
            else _text(f"{letter}{row}", text, style=1)
            for letter, number, text in zip(letters, numbers, texts, strict=True)
            if text
        )
        yield f'<row r="{row}">{filled}</row>'
    yield "</sheetData></worksheet>"


def _text(at: str, text: str, *, style: int) -> str:
    """A cell of text, which any reader gives back as it was."""
    # ``_x0041_`` would be read as an A; XML would turn a carriage return into a line feed.
    kept = _ESCAPED.sub("_x005F_", NOT_XML.sub("\ufffd", text))
    written = escape(kept).replace("\r", "&#13;")
    return (
        f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'
    )


def _width(name: str, texts: list[str]) -> int:
    """Width of a column in characters, by its header and its first rows."""
    longest = max((len(text) for text in texts[:200]), default=0)
    return min(max(len(name) + 2, longest + 1, _NARROWEST), _WIDEST)


def _letters(number: int) -> str:
    """Name of a column: 0 is A, 26 is AA."""
    name = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(65 + digit) + name
    return name

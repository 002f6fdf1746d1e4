"""Hostile and broken Excel workbooks, each for a fault that some reader has."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

from tests.hostile.trap import Hostile, Trap

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

NO = "refused: .*"
ONE = "2 rows, 1 fault: .*"

HEADER = '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>name</v></c></row>'
GOOD = '<row r="2"><c r="A2" t="str"><v>A</v></c><c r="B2" t="str"><v>Ur</v></c></row>'


def sheet(rows: str, *, before: str = "", after: str = "", namespace: str = MAIN) -> str:
    """A sheet of these rows, with elements before and after its cells."""
    return (
        f'<worksheet xmlns="{namespace}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    )


def relation(number: int, kind: str, target: str, *, external: bool = False) -> str:
    """A relation of the workbook."""
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def parts_of(
    *sheets: str,
    states: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
    properties: str = "",
    texts: str | None = None,
    styles: str | None = None,
    related: str | None = None,
) -> dict[str, bytes]:
    """The parts of a workbook of these sheets."""
    own = "".join(
        relation(number, "worksheet", f"worksheets/sheet{number}.xml")
        for number in range(1, len(sheets) + 1)
    )
    listed = "".join(
        f'<sheet name="{names[number - 1] if names else f"S{number}"}" sheetId="{number}"'
        f' r:id="rId{number}"{f" state={chr(34)}{states[number - 1]}{chr(34)}" if states else ""}/>'
        for number in range(1, len(sheets) + 1)
    )
    more = {"sharedStrings": texts, "styles": styles}
    own += "".join(
        relation(90 + at, kind, f"{kind}.xml") for at, (kind, x) in enumerate(more.items()) if x
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">'
        + relation(1, "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f"{own if related is None else related}</Relationships>",
    }
    parts |= {f"xl/{kind}.xml": text for kind, text in more.items() if text}
    parts |= {f"xl/worksheets/sheet{n}.xml": text for n, text in enumerate(sheets, 1)}
    return {name: text.encode() for name, text in parts.items()}


def packed(parts: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts as an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(*sheets: str, **options) -> bytes:
    """A workbook of these sheets; options as `parts_of`."""
    return packed(parts_of(*sheets, **options))


def texts_of(*texts: str) -> str:
    """The part of shared texts."""
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return f'<sst xmlns="{MAIN}">{items}</sst>'


def _plus(rows: str, **options: str) -> bytes:
    """A workbook of a header, a good row and these rows."""
    return workbook(sheet(HEADER + GOOD + rows, **options))


def _loose(*sheets: str, **options) -> bytes:
    """A workbook that is packed without pressing it, so that it is no bomb."""
    return packed(parts_of(*sheets, **options), method=zipfile.ZIP_STORED)


def _replaced(content: bytes, **parts: bytes) -> bytes:
    """A good workbook with parts replaced or added; ``xl__workbook_xml`` is ``xl/workbook.xml``."""
    whole = dict(parts_of(content.decode()))
    whole |= {name.replace("__", "/").replace("_xml", ".xml"): text for name, text in parts.items()}
    return packed(whole)


def _directory_field(content: bytes, member: str, offset: int, value: bytes) -> bytes:
    """An archive with a field of a member's entry in the directory overwritten."""
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 46 + len(member)] != member.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    return content[: at + offset] + value + content[at + offset + len(value) :]


def bad_workbooks(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    return {
        name: Hostile(name=f"{name.replace(' ', '-')}.xlsx", content=content)
        for name, (content, _) in _corpus(trap).items()
    }


def outcomes_of_workbooks(trap: Trap) -> dict[str, str]:
    """What is to become of each file, as a pattern.

    ``refused: ...`` is how the refusal of a whole file begins; ``2 rows, 1 fault: ...`` how many
    rows are read, and how many of them with a fault.
    """
    return {name: outcome for name, (_, outcome) in _corpus(trap).items()}


def _corpus(trap: Trap) -> dict[str, tuple[bytes, str]]:
    """Content and outcome of each file."""
    return {**_of_cells(), **_of_shape(), **_of_xml(trap), **_of_archive(trap)}


def _cell(reference: str, attributes: str, inside: str) -> str:
    """A row 3 of one cell after an id."""
    cell = f'<c r="{reference}" {attributes}>{inside}</c>'
    return f'<row r="3"><c r="A3" t="str"><v>B</v></c>{cell}</row>'


def _of_cells() -> dict[str, tuple[bytes, str]]:
    """Cells that hold no value, or not what they say."""
    long = "x" * 200_000
    date = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
    return {
        "error cells": (
            _plus(_cell("B3", 't="e"', "<v>#REF!</v>")), ONE + "B3 holds the error #REF!"),
        "formula without a result": (
            _plus(_cell("B3", "", "<f>SUM(A1:A9)</f><v></v>")),
            ONE + "B3 holds the formula =SUM.* without a result"),
        "formula that would call home": (
            _plus(_cell("B3", 't="str"', '<f>WEBSERVICE("http://x")</f><v>x</v>')),
            "2 rows, 0 faults"),
        "formula that would start a program": (
            _plus(_cell("B3", 't="str"', "<f>cmd|'/c calc'!A0</f>")),
            ONE + "without a result"),
        "not a number": (_plus(_cell("B3", "", "<v>NaN</v>")), ONE + "no number"),
        "infinite number": (_plus(_cell("B3", "", "<v>1e999</v>")), ONE + "no number"),
        "number of five thousand digits": (
            _plus(_cell("B3", "", f"<v>{'9' * 5000}</v>")), ONE + "no number"),
        "words where a number is due": (
            _plus(_cell("B3", "", "<v>twelve</v>")), ONE + "'twelve', which is no number"),
        "date before the calendar": (
            workbook(sheet(HEADER + GOOD + _cell("B3", 's="0"', "<v>-5</v>")), styles=date),
            ONE + "B3 is shown as a date or time but holds -5"),
        "date after the calendar": (
            workbook(sheet(HEADER + GOOD + _cell("B3", 's="0"', "<v>9e15</v>")), styles=date),
            ONE + "is shown as a date"),
        "the day that never was": (
            workbook(sheet(HEADER + GOOD + _cell("B3", 's="0"', "<v>60</v>")), styles=date),
            ONE + "is shown as a date"),
        "style that is not there": (_plus(_cell("B3", 's="999"', "<v>5</v>")), "2 rows, 0 faults"),
        "style of many digits": (
            _plus(_cell("B3", f's="{"9" * 5000}"', "<v>5</v>")), "2 rows, 0 faults"),
        "text that is not there": (
            _plus(_cell("B3", 't="s"', "<v>7</v>")), ONE + "'7', which the workbook lacks"),
        "text before the first": (
            workbook(sheet(HEADER + GOOD + _cell("B3", 't="s"', "<v>-1</v>")), texts=texts_of("x")),
            ONE + "'-1', which the workbook lacks"),
        "kind of cell that nobody knows": (
            _plus(_cell("B3", 't="zz"', "<v>x</v>")), "2 rows, 0 faults"),
        "control characters in escapes": (
            _plus(_cell("B3", 't="str"', "<v>a_x0000_b_x001B_[31m</v>")), ONE + r"U\+0000"),
        "too long a cell": (
            _plus(_cell("B3", 't="str"', f"<v>{long}</v>")), ONE + "B3 has 200,000 char"),
        "one long text in every cell": (
            _loose(
                sheet(HEADER + "".join(
                    f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 300))),
                texts=texts_of("x" * 1_000_000)),
            "298 rows, 298 faults: cell A2 has 1,000,000 char"),
        "markup and formula characters": (
            _plus(_cell("B3", 't="str"', "<v>=1+1 &lt;img src=x onerror=alert(1)&gt; ${x}</v>")),
            "2 rows, 0 faults"),
    }  # fmt: skip


def _of_shape() -> dict[str, tuple[bytes, str]]:
    """Sheets whose cells are not where they should be."""
    other = GOOD.replace("2", "3")
    return {
        "one cell in the last corner": (
            workbook(sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
            "refused|1 row"),
        "a far cell below a table": (
            _plus('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
            ONE + "XFD1048576 holds text beside"),
        "a size that lies large": (
            workbook(sheet(HEADER + GOOD, before='<dimension ref="A1:XFD1048576"/>')),
            "1 row, 0 faults"),
        "a size that lies small": (
            workbook(sheet(HEADER + GOOD + other, before='<dimension ref="A1"/>')),
            "2 rows, 0 faults"),
        "a row beyond the last": (
            _plus('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'), NO + "row 1,048,577"),
        "a row of many digits": (_plus(f'<row r="{"9" * 5000}"/>'), "1 row, 0 faults"),
        "a column beyond the last": (_plus(_cell("XFE3", "", "<v>1</v>")), NO + "column XFE"),
        "letters that are no column": (_plus(_cell("ÄÖ3", "", "<v>1</v>")), NO + "no workbook"),
        "columns without end": (
            _plus(f'<row r="3">{"<c><v>1</v></c>" * 17_000}</row>'), NO + "column 16,385"),
        "more columns than allowed": (
            workbook(sheet(f'<row r="1">{"<c><v>1</v></c>" * 300}</row>')), "refused|0 rows|1 row"),
        "a cell twice": (
            _plus('<row r="3"><c r="A3"><v>1</v></c><c r="A3"><v>2</v></c></row>'),
            ONE + "A3 is there twice"),
        "a cell in the wrong row": (
            _plus('<row r="3"><c r="A9"><v>1</v></c></row>'),
            ONE + "A9 stands in row 3"),
        "rows that go backwards": (
            _plus(other + HEADER.replace("id", "B")),
            "3 rows, 1 fault: .*row 1 stands below row 3"),
        "cells and rows without places": (
            workbook(sheet('<row><c t="str"><v>id</v></c><c t="str"><v>name</v></c></row>'
                           '<row><c><v>1</v></c><c><v>2</v></c></row>')), "1 row, 0 faults"),
        "everything merged": (
            _plus("", after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'), "1 row"),
        "merged ranges that overlap": (
            _plus("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(3, 400)),
                  after="<mergeCells>" + "".join(
                      f'<mergeCell ref="A{n}:B400"/>' for n in range(3, 400)) + "</mergeCells>"),
            NO + "merged ranges cover row"),
        "merged ranges that are none": (
            _plus("", after='<mergeCells><mergeCell ref="B2:A1"/><mergeCell ref="1"/><mergeCell/>'
                  "</mergeCells>"), "1 row, 0 faults"),
        "two million empty cells": (
            _loose(sheet(HEADER + GOOD + "".join(
                f'<row r="{n}">{"<c/>" * 16_000}</row>' for n in range(3, 20)))),
            "1 row, 0 faults"),
        "a million empty rows": (
            _loose(sheet(HEADER + GOOD + "<row/>" * 300_000)), "1 row, 0 faults"),
        "more rows than allowed": (
            _loose(sheet(HEADER + "<row><c><v>1</v></c></row>" * 200_001)),
            NO + "more than 200,000 rows"),
        "no cells at all": (workbook(sheet("")), "refused: no sheet .* holds any text"),
        "cells of blanks": (
            workbook(sheet('<row r="1"><c r="A1" t="str"><v>  </v></c></row>')),
            "refused: no sheet"),
    }  # fmt: skip


def _of_xml(trap: Trap) -> dict[str, tuple[bytes, str]]:
    """Parts whose XML is a trap."""
    secret = trap.secret.as_uri()
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret}">]>'
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(12)
    )
    good = sheet(HEADER + GOOD)
    told = sheet(HEADER + GOOD + _cell("B3", 't="str"', "<v>&e;</v>"))
    return {
        "a file drawn into a sheet": (workbook(entity + told), NO + "document type"),
        "a file drawn into the texts": (
            workbook(good, texts=entity + texts_of("&e;")), NO + "document type"),
        "a page drawn into a sheet": (
            workbook(f'<!DOCTYPE x [<!ENTITY e SYSTEM "{trap.url}/e">]>{told}'),
            NO + "document type"),
        "a definition from afar": (
            workbook(f'<!DOCTYPE x SYSTEM "{trap.url}/x.dtd">{good}'), NO + "document type"),
        "a parameter entity from afar": (
            workbook(f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{trap.url}/p"> %e;]>{good}'),
            NO + "document type"),
        "a billion laughs": (
            _replaced(good.encode(), xl__workbook_xml=(
                f"<!DOCTYPE x [{laughs}]><workbook>&l11;</workbook>").encode()),
            NO + "document type"),
        "an entity that nobody defines": (workbook(told), NO + "no whole XML"),
        "a sheet that breaks off": (workbook(good[:-40]), NO + "no whole XML"),
        "a sheet of noise": (
            _replaced(good.encode(), xl__worksheets__sheet1_xml=bytes(range(256)) * 40),
            NO + "no whole XML"),
        "an empty part": (
            _replaced(good.encode(), xl__worksheets__sheet1_xml=b""), NO + "no whole XML"),
        "elements a hundred thousand deep": (
            workbook(sheet("<x>" * 100_000 + "</x>" * 100_000 + HEADER + GOOD)), "1 row, 0 faults"),
        "an attribute of two megabytes": (
            _loose(sheet(HEADER + GOOD, before=f'<x y="{"z" * 2_000_000}"/>')), "1 row, 0 faults"),
        "a thousand namespaces": (
            workbook(sheet(HEADER + GOOD, before="<x "
                           + " ".join(f'xmlns:n{n}="u{n}"' for n in range(5000)) + "/>")),
            "1 row, 0 faults"),
        "a style sheet from afar": (
            workbook(f'<?xml-stylesheet href="{trap.url}/s.xsl" type="text/xsl"?>{good}'),
            "1 row, 0 faults"),
        "an inclusion": (
            workbook(sheet(HEADER + GOOD, before=(
                f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}"/>'))),
            "1 row, 0 faults"),
        "an encoding that is none": (
            _replaced(good.encode(), xl__worksheets__sheet1_xml=(
                f'<?xml version="1.0" encoding="x-canary"?>{good}').encode()),
            NO + "no whole XML"),
        "parts in UTF-16": (
            _replaced(good.encode(), xl__worksheets__sheet1_xml=good.encode("utf-16")),
            "1 row, 0 faults"),
        "cells in comments and sections": (
            _plus('<!-- <row r="3"><c r="A3"><v>1</v></c></row> -->'
                  '<row r="4"><c r="A4" t="str"><v><![CDATA[<x>]]></v></c>'
                  '<c r="B4"><v>1</v></c></row>'),
            "2 rows, 0 faults"),
    }  # fmt: skip


def _of_archive(trap: Trap) -> dict[str, tuple[bytes, str]]:
    """Archives that are a trap, or no workbook."""
    good = sheet(HEADER + GOOD)
    whole = workbook(good)
    parts = parts_of(good)
    part = "xl/worksheets/sheet1.xml"
    return {
        "a bomb": (
            _replaced(good.encode(), xl__worksheets__sheet1_xml=good.encode() + b" " * 60_000_000),
            NO + "times its size"),
        "a bomb beside the workbook": (
            packed(parts | {"xl/media/x.bin": bytes(60_000_000)}), NO + "times its size"),
        "a size that lies": (
            _directory_field(whole, part, 24, struct.pack("<I", 100)), "refused: "),
        "a checksum that lies": (
            _directory_field(whole, part, 16, b"\1\2\3\4"), NO + "damaged"),
        "a member behind a password": (
            _directory_field(whole, part, 8, b"\1\0"), NO + "encrypted"),
        "a member packed in a rare way": (
            _directory_field(whole, part, 10, struct.pack("<H", 12)), NO + "packed by method"),
        "an archive cut short": (whole[: len(whole) // 2], NO + "damaged"),
        "a name that leads away": (
            packed(parts | {"../../evil.txt": b"x"}), NO + "plain names"),
        "an absolute name": (packed(parts | {"/etc/evil": b"x"}), NO + "plain names"),
        "a link": (_with_link(parts, str(trap.secret)), NO + "is a link"),
        "a member twice": (_twice(parts, part), NO + "twice"),
        "two thousand members": (
            packed(parts | {f"x/{n}": b"" for n in range(2000)}), NO + "files"),
        "a sheet that lies elsewhere": (
            workbook(good, related=relation(1, "worksheet", trap.secret.as_uri(), external=True)),
            "refused: no sheet"),
        "a sheet that lies on a server": (
            workbook(good, related=relation(1, "worksheet", f"{trap.url}/s.xml")),
            "refused: no sheet"),
        "a sheet outside the archive": (
            workbook(good, related=relation(1, "worksheet", f"../../../../..{trap.secret}")),
            "refused: no sheet"),
        "links to other workbooks": (
            packed(parts | {"xl/externalLinks/_rels/externalLink1.xml.rels": (
                f'<Relationships xmlns="{PACKAGE}">'
                + relation(1, "externalLinkPath", f"{trap.url}/other.xlsx", external=True)
                + "</Relationships>").encode()}), "1 row, 0 faults"),
        "macros": (packed(parts | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "1 row, 0 faults"),
        "a chart and no cells": (
            workbook(good, related=relation(1, "chartsheet", "worksheets/sheet1.xml")),
            "refused: no sheet"),
        "no list of sheets": (
            packed({k: v for k, v in parts.items() if k != "xl/workbook.xml"}),
            NO + "no Excel workbook"),
        "a binary workbook": (
            packed({"xl/workbook.bin": b"x", "[Content_Types].xml": b"<Types/>"}),
            NO + r"\.xlsb"),
        "an OpenDocument table": (
            packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                    "content.xml": b"<x/>"}), NO + r"\.ods"),
        "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), NO + r"\.xls"),
        "an empty archive": (packed({}), NO + "empty archive"),
        "another archive inside": (packed(parts | {"xl/media/x.zip": whole}), "1 row, 0 faults"),
    }  # fmt: skip


def _with_link(parts: Mapping[str, bytes], target: str) -> bytes:
    """A workbook whose sheet is a symbolic link."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            link = name.endswith("sheet1.xml")
            if link:
                entry.create_system = 3
                entry.external_attr = 0o120777 << 16
            archive.writestr(entry, target.encode() if link else content)
    return file.getvalue()


def _twice(parts: Mapping[str, bytes], member: str) -> bytes:
    """A workbook with a part under one name twice."""
    spare = member[:-1] + "_"
    content = packed({**parts, spare: b"<x/>"})
    return content.replace(spare.encode(), member.encode())

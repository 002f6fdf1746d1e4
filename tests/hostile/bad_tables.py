"""Tables of seizures as nobody should send them, with what is to become of each."""

from __future__ import annotations

import io
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

HEADER = "id,event_type,country,lon,lat,precision,date,description\n"
GOOD = "SZ1,seizure,Iraq,44.4,33.3,exact,2014-03-01,seals\n"
ALSO_GOOD = "SZ2,return,Qatar,,,country,2015,returned\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadTable:
    """A file and the numbers that its import must report."""

    content: bytes
    """Bytes of the file."""
    accepted: int = 0
    """Rows that are good."""
    quarantined: int = 0
    """Rows that are set aside."""
    duplicate: int = 0
    """Rows that say again what was said before."""
    refused: str = ""
    """Words of the message with which the whole file is refused; empty if it is read."""


def bad_tables() -> dict[str, BadTable]:
    """Every kind of bad table by name."""
    return {**_refused(), **_half_good(), **_strange_but_good()}


def _table(*rows: str, encoding: str = "utf-8") -> bytes:
    """A header, a good row, these rows, and another good row."""
    return "".join([HEADER, GOOD, *(f"{row}\n" for row in rows), ALSO_GOOD]).encode(encoding)


def _spoilt(*rows: str) -> BadTable:
    """Two good rows and these, which must all be set aside."""
    return BadTable(content=_table(*rows), accepted=2, quarantined=len(rows))


def _half_good() -> dict[str, BadTable]:
    """Files with two good rows and some that are not."""
    end = "exact,2014,x"
    return {
        "nan coordinate": _spoilt(f"A,seizure,Iraq,NaN,33,{end}", f"B,seizure,Iraq,44,nan,{end}"),
        "infinite coordinate": _spoilt(f"A,seizure,Iraq,inf,33,{end}"),
        "swapped coordinates": _spoilt(f"A,seizure,Iraq,33.3,44.4,{end}",
                                       f"B,seizure,Japan,35,138,{end}"),
        "coordinates off the earth": _spoilt(f"A,seizure,Iraq,200,95,{end}"),
        "half a place": _spoilt(f"A,seizure,Iraq,44,,{end}", f"B,seizure,Iraq,,33,{end}"),
        "degrees of another kind": _spoilt(f"A,seizure,Iraq,44 61 E,33 18 N,{end}"),
        "empty id": _spoilt(f",seizure,Iraq,44,33,{end}"),
        "unknown code": _spoilt(f"A,theft,Iraq,44,33,{end}", "B,seizure,Iraq,44,33,near,2014,x"),
        "nonsense date": _spoilt("A,seizure,Iraq,44,33,exact,2014-02-30,x",
                                 "B,seizure,Iraq,44,33,exact,07/03/2015,x",
                                 "C,seizure,Iraq,44,33,exact,0001-01-01,x",
                                 "D,seizure,Iraq,44,33,exact,2199-01-01,x"),
        "huge numbers": _spoilt(f"A,seizure,Iraq,1e400,33,{end}",
                                f"B,seizure,Iraq,{'9' * 5000},33,{end}"),
        "ragged rows": _spoilt("A,seizure", "B,seizure,Iraq,44,33,exact,2014,x,y,z"),
        "two megabyte cell": _spoilt(f"A,seizure,Iraq,44,33,exact,2014,{'x' * 2_000_000}"),
        "two megabyte quoted cell": _spoilt(
            f'A,seizure,Iraq,44,33,exact,2014,"{"x" * 2_000_000}"'
        ),
        "control characters": _spoilt("A\x07,seizure,Iraq,,,,,x", "B,seizure,Iraq,,,,,\x1b[31mred",
                                      "C,seizure,Iraq,,,,,\x85", "D,seizure,Iraq,,,,,\x7f"),
        "nul byte": _spoilt("A,seizure,Iraq,,,,,a\0b"),
        "unbalanced quotation mark": _spoilt('A,seizure,Iraq,,,,,"never closed'),
        "text after a quotation mark": _spoilt('A,seizure,"Iraq"x,,,,,x'),
        "only quotation marks": BadTable(
            content=(HEADER + '"""""""\n"\n""\n').encode(), quarantined=2
        ),
        "same id, other content": _spoilt(
            "SZ1,seizure,Iraq,44.4,33.3,exact,2014-03-01,coins"
        ),
        "cut in the middle of a row": BadTable(
            content=(HEADER + GOOD + "SZ2,return,Qat").encode(), accepted=1, quarantined=1
        ),
    }  # fmt: skip


def _strange_but_good() -> dict[str, BadTable]:
    """Files that look odd and hold nothing wrong."""
    hostile = "<img src=x onerror=alert(1)> ${x} ` </script> {{7*7}}"
    return {
        "header only": BadTable(content=HEADER.encode()),
        "header without line end": BadTable(content=HEADER.strip().encode()),
        "duplicate rows": BadTable(content=_table(GOOD.strip(), GOOD.strip()), accepted=2,
                                   duplicate=2),
        "UTF-8 with byte order mark": BadTable(content=_table(encoding="utf-8-sig"), accepted=2),
        "UTF-16": BadTable(content=_table("A,seizure,العراق,,,,,x", encoding="utf-16"),
                           accepted=3),
        "carriage returns": BadTable(content=_table().replace(b"\n", b"\r\n"), accepted=2),
        "old carriage returns": BadTable(content=_table().replace(b"\n", b"\r"), accepted=2),
        "semicolons": BadTable(content=_table().replace(b",", b";"), accepted=2),
        "tabs": BadTable(content=_table().replace(b",", b"\t"), accepted=2),
        "line ends in a cell": BadTable(content=_table('A,seizure,Iraq,,,,,"one\ntwo\r\nthree"'),
                                        accepted=3),
        "formula": BadTable(content=_table('A,seizure,Iraq,,,,,"=HYPERLINK(""http://x"")"',
                                           "B,seizure,Iraq,,,,,+1", "C,seizure,Iraq,,,,,@SUM(1)"),
                            accepted=5),
        "markup": BadTable(content=_table(f'A,seizure,Iraq,,,,,"{hostile}"'), accepted=3),
        "Arabic and turned text": BadTable(content=_table("A,seizure,العراق,,,,,\u202eتوقيف",
                                                          "ب,seizure,Iraq,,,,,e\u0301"),
                                           accepted=4),
        "blank lines": BadTable(content=_table("", "   ", ""), accepted=2),
        "only separators": BadTable(content=_table(",,,,,,,", ",,"), accepted=2),
        "decimal comma": BadTable(content=_table('A,seizure,Iraq,"44,4","33,3",exact,2014,x'),
                                  accepted=3),
        "degrees and minutes": BadTable(content=_table("A,seizure,Iraq,44 24 E,33 18 N,exact,,x"),
                                        accepted=3),
        "a Western code page": BadTable(
            content=_table() + "B,seizure,Irak é,,,,,x\n".encode("latin-1"), accepted=3
        ),
        "an Arabic code page": BadTable(
            content=_table("A,seizure,العراق,,,,,أختام وألواح", encoding="cp1256"), accepted=3
        ),
    }  # fmt: skip


def _refused() -> dict[str, BadTable]:
    """Files of which no row can be read."""
    return {
        name: BadTable(content=content, refused=words)
        for name, content, words in (
            ("empty", b"", "the file is empty"),
            ("byte order mark only", b"\xef\xbb\xbf", "the file is empty"),
            ("missing columns", b"a,b\n1,2\n", "lacks the columns id, event_type, country"),
            ("a coordinate column missing", b"id,event_type,country,lat\nA,seizure,Iraq,33\n",
             "lacks the columns lon"),
            ("repeated column", HEADER.replace("date", "lat").encode(),
             "has the columns lat more than once"),
            ("nothing but NUL", b"\0" * 4096, r"U\+0000"),
            ("a workbook", _workbook(), "a ZIP archive or an Excel workbook"),
            ("a database", _database(), "an SQLite database or GeoPackage"),
            ("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
            ("a GeoTIFF", b"II*\x00\x08\x00\x00\x00" + bytes(100), "a TIFF image"),
            ("GeoJSON", b'{"type": "FeatureCollection", "features": []}', "JSON or GeoJSON"),
            ("a web page", b"<!doctype html><table><tr><td>id</table>", "HTML, XML or KML"),
            ("noise", bytes(range(128, 256)) * 20, "is no text"),
        )
    }  # fmt: skip


def _workbook() -> bytes:
    """A ZIP archive with the name of a workbook's part in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return file.getvalue()


def _database() -> bytes:
    """An SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE seizures (id)")
        return path.read_bytes()

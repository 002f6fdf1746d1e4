"""Tables as they come from partners in real life, made in code, with what is to become of each.

All rows are made up. Names of places are real only where their coordinates matter.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

import openpyxl

SIMPLE = ("Seizure no", "Date", "Country", "Place", "Objects", "Pieces")
GOOD = (
    ("S1", "2015-03-07", "Iraq", "Safwan", "tablets", "12"),
    ("S2", "2015-04-09", "Iraq", "Basra", "coins", "3"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mess:
    """A file and what must become of its rows."""

    name: str
    """Name of the file."""
    content: bytes
    """Its bytes."""
    kind: str = "seizures"
    """What its rows are."""
    accepted: int = 0
    """Rows that are good."""
    quarantined: int = 0
    """Rows that are set aside."""
    refused: str = ""
    """Words of the message that refuses the file; empty if it is read."""
    says: tuple[str, ...] = ()
    """Words that notes, doubts or reasons must hold."""
    holds: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Field to the values of the accepted rows, in their order."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """What the person who imports says of every row."""


def messes() -> dict[str, Mess]:
    """Every mess by name."""
    return {**_sheets(), **_texts(), **_writings(), **_shapes(), **_refused()}


def workbook(*sheets: Sequence[Sequence[object]], hidden: Sequence[int] = (),
             merged: Sequence[str] = ()) -> bytes:  # fmt: skip
    """An XLSX file with these rows; `merged` are ranges of its first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{number + 1}")
        for row in rows:
            sheet.append(row)
        if number in hidden:
            sheet.sheet_state = "hidden"
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def table(*rows: Sequence[str], separator: str = ",") -> bytes:
    """A text table in UTF-8; cells that hold the separator are quoted."""
    return "".join(
        separator.join(f'"{cell}"' if separator in cell else cell for cell in row) + "\n"
        for row in rows
    ).encode()


def _sheets() -> dict[str, Mess]:
    """Workbooks."""
    titled = (("Made-up customs office",), ("Seizures of 2015",), (), SIMPLE, *GOOD)
    return {
        "merged cells": Mess(
            name="merged.xlsx",
            content=workbook(
                (SIMPLE, GOOD[0], ("S2", "2015-04-09", None, "Basra", "coins", "3")),
                merged=("C2:C3",),
            ),
            accepted=2, says=("merged",), holds={"country": ["Iraq", "Iraq"]},
        ),
        "two header rows": Mess(
            name="two headers.xlsx",
            content=workbook((
                ("Seizure no", "Date", "Country", "Coordinates", None),
                (None, None, None, "Lat", "Lon"),
                ("S1", "2015-03-07", "Iraq", 30.1, 47.7),
                ("S2", "2015-04-09", "Iraq", 30.5, 47.8),
            ), merged=("D1:E1",)),
            accepted=2, holds={"place": [(47.7, 30.1), (47.8, 30.5)]},
        ),
        "titles above": Mess(
            name="titled.xlsx", content=workbook(titled), accepted=2, says=("title",),
            holds={"id": ["S1", "S2"]},
        ),
        "a total at the foot": Mess(
            name="total.xlsx",
            content=workbook((SIMPLE, *GOOD, ("Total", None, None, None, None, 15))),
            accepted=2, quarantined=1, says=("total",),
        ),
        "a total at the foot in Arabic": Mess(
            name="مجموع.xlsx",
            content=workbook((
                ("رقم الضبط", "التاريخ", "الدولة", "المكان", "القطع", "العدد"),
                ("ض1", "2015-03-07", "العراق", "صفوان", "ألواح", 12),
                ("ض2", "2015-04-09", "العراق", "البصرة", "نقود", 3),
                ("المجموع", None, None, None, None, 15),
            )),
            accepted=2, quarantined=1, holds={"country": ["Iraq", "Iraq"]},
        ),
        "a hidden sheet": Mess(
            name="hidden.xlsx",
            content=workbook((SIMPLE, *GOOD), (SIMPLE, ("S9", "2001", "Iraq", "x", "y", "1")),
                             hidden=(1,)),
            accepted=2, holds={"id": ["S1", "S2"]},
        ),
        "formulas": Mess(
            name="formulas.xlsx", content=_formulas(), accepted=1, quarantined=2,
            says=("F3", "#REF!"), holds={"object_count": [12]},
        ),
        "dates of the spreadsheet": Mess(
            name="dates.xlsx",
            content=workbook((
                SIMPLE,
                ("S1", datetime(2015, 3, 7), "Iraq", "Safwan", "tablets", 12),  # noqa: DTZ001
                ("S2", datetime(2015, 4, 9, 12, 30), "Iraq", "Basra", "coins", 3),  # noqa: DTZ001
            )),
            accepted=2, holds={"date_from": ["2015-03-07", "2015-04-09"]},
        ),
        "names of columns again inside": Mess(
            name="again.xlsx", content=workbook((SIMPLE, GOOD[0], SIMPLE, GOOD[1])),
            accepted=2, quarantined=1, says=("repeats the names of the columns",),
        ),
        "empty columns and rows": Mess(
            name="gaps.xlsx",
            content=workbook((
                (None, *SIMPLE[:3], None, *SIMPLE[3:]), (None, *GOOD[0][:3], None, *GOOD[0][3:]),
                (), (None, *GOOD[1][:3], None, *GOOD[1][3:]),
            )),
            accepted=2, holds={"object_types": ["tablets", "coins"]},
        ),
    }  # fmt: skip


def _texts() -> dict[str, Mess]:
    """Text tables."""
    arabic = ("S3", "2015-05-05", "العراق", "البصرة", "أختام أسطوانية", "4")
    mixed = table(SIMPLE, *GOOD) + table(arabic).decode().encode("cp1256")
    return {
        "mixed encodings": Mess(
            name="mixed.csv", content=mixed, accepted=3, says=("windows-1256",),
            holds={"object_types": ["tablets", "coins", "أختام أسطوانية"]},
        ),
        "an Arabic code page": Mess(
            name="cp1256.csv",
            content=table(("رقم الضبط", "التاريخ", "الدولة", "المكان", "القطع", "العدد"), arabic)
            .decode().encode("cp1256"),
            accepted=1, holds={"place": ["البصرة"]},
        ),
        "UTF-16 from a spreadsheet": Mess(
            name="unicode.txt", content=table(SIMPLE, *GOOD, separator="\t").decode()
            .encode("utf-16"),
            accepted=2,
        ),
        "decimal commas": Mess(
            name="commas.csv",
            content=table(
                ("Seizure no", "Date", "Country", "Longitude", "Latitude"),
                ("S1", "2015-03-07", "Iraq", "47,7", "30,1"),
                ("S2", "2015-03-08", "Iraq", "44,36611", "33,31528"),
                separator=";",
            ),
            accepted=2, says=("semicolons",), holds={"place": [(47.7, 30.1), (44.36611, 33.31528)]},
        ),
        "separators in words without quotation marks": Mess(
            name="unquoted.csv",
            content=table(SIMPLE, *GOOD) + b"S3,2015-05-05,Iraq,Basra,seals, coins and beads,4\n",
            accepted=2, quarantined=1,
        ),
        "a quotation mark that never closes": Mess(
            name="quote.csv", content=table(SIMPLE, GOOD[0]) + b'S3,2015,Iraq,"Basra,x,1\n'
            + table(GOOD[1]),
            accepted=2, quarantined=1,
        ),
        "formulas as text": Mess(
            name="injected.csv",
            content=table(SIMPLE, ("S1", "2015", "Iraq", "=cmd|' /C calc'!A0", "@SUM(A1)", "1")),
            accepted=1, holds={"place": ["=cmd|' /C calc'!A0"]},
        ),
        "the same row twice": Mess(
            name="twice.csv",
            content=table(("Date", "Country", "Place"), ("2015", "Iraq", "Basra"),
                          ("2015", "Iraq", "Basra")),
            accepted=2, says=("made from what it says",),
        ),
        "a workbook that is called a text table": Mess(
            name="book.csv", content=workbook((SIMPLE, *GOOD)), accepted=2,
        ),
        "half of a file": Mess(
            name="half.csv", content=table(SIMPLE, *GOOD)[:-12], accepted=1, quarantined=1,
        ),
    }  # fmt: skip


def _writings() -> dict[str, Mess]:
    """Dates, places and numbers as people write them."""
    return {
        "dates in three calendars": Mess(
            name="calendars.csv",
            content=table(
                ("رقم الضبط", "تاريخ الضبط", "الدولة"),
                ("1", "٧ آذار ٢٠١٥", "العراق"), ("2", "16 جمادى الأولى 1436", "العراق"),
                ("3", "16 اسفند 1393", "ایران"), ("4", "30 شباط 2015", "العراق"),
            ),
            accepted=3, quarantined=1, holds={"country": ["Iraq", "Iraq", "Iran"]},
        ),
        "days and months in turn": Mess(
            name="orders.csv",
            content=table(("Case no", "Date", "Country"), ("C1", "03/07/2015", "Iraq"),
                          ("C2", "25/07/2015", "Iraq"), ("C3", "31.12.2015", "Iraq")),
            accepted=3, holds={"date_from": ["2015-07-03", "2015-07-25", "2015-12-31"]},
        ),
        "minutes and seconds in one cell": Mess(
            name="dms.csv",
            content=table(
                ("Seizure no", "Date", "Country", "Coordinates"),
                ("S1", "2015", "Iraq", "33°18'00\"N 44°24'00\"E"),
                ("S2", "2015", "Iraq", "30.5, 47.5"), ("S3", "2015", "Iraq", "near the river"),
            ),
            accepted=2, quarantined=1, holds={"place": [(44.4, 33.3), (47.5, 30.5)]},
        ),
        "metres of a grid": Mess(
            name="utm.csv",
            content=table(
                ("Seizure no", "Date", "Country", "X", "Y", "Zone"),
                ("S1", "2015", "Iraq", "440000", "3680000", "38N"),
                ("S2", "2015", "Iraq", "44", "3680000", "38N"),
            ),
            accepted=1, quarantined=1,
        ),
        "swapped coordinates": Mess(
            name="swapped.csv",
            content=table(("Seizure no", "Date", "Country", "Lon", "Lat"),
                          ("S1", "2015", "Iraq", "44.4", "33.3"),
                          ("S2", "2015", "Iraq", "33.3", "44.4")),
            accepted=1, quarantined=1, says=("swapped",),
        ),
        "quantities in words": Mess(
            name="words.csv",
            content=table(
                (*SIMPLE[:5], "Quantity"),
                ("S1", "2015", "Iraq", "Basra", "coins", "about twenty"),
                ("S2", "2015", "Iraq", "Basra", "coins", "حوالي ٣٠"),
                ("S3", "2015", "Iraq", "Basra", "coins", "over 1,000"),
                ("S4", "2015", "Iraq", "Basra", "coins", "several"),
            ),
            accepted=4,
            holds={"count_qualifier": ["about", "about", "over", "several"]},
        ),
        "a CITES report": Mess(
            name="cites.csv",
            content=table(
                ("Date", "Species", "Description of specimen", "Quantity", "Unit",
                 "Location of incident", "Detecting agency", "Reason for seizure",
                 "Method of detection", "Mode of transport", "Method of concealment",
                 "Alleged country of origin", "Country(ies) of transit",
                 "Alleged final destination"),
                ("2015-03-07", "tablet", "cuneiform", "12", "pcs", "Safwan", "Customs",
                 "no permit", "X-ray", "lorry", "in baggage", "Iraq", "Kuwait", "Qatar"),
            ),
            constants={"country": "Iraq"}, accepted=1, says=("taken for a seizure",),
            holds={"transport_mode": ["road"],
                   "note": ["Unit: pcs; Reason for seizure: no permit"]},
        ),
        "no columns that mean anything": Mess(
            name="letters.csv", content=table(("a", "b"), ("1", "2")), refused="lacks the columns",
        ),
    }  # fmt: skip


def _shapes() -> dict[str, Mess]:
    """Maps."""
    square = [[[44, 33], [45, 33], [45, 34], [44, 34], [44, 33]]]
    features = _features(
        ({"Seizure no": "S1", "Country": "Iraq"}, {"type": "Point", "coordinates": [44.4, 33.3]}),
        ({"Seizure no": "S2", "Country": "Iraq"}, {"type": "Polygon", "coordinates": square}),
        ({"Seizure no": "S3", "Country": "Iraq"}, None),
    )
    return {
        "a polygon where a point is due": Mess(
            name="seizures.geojson", content=features, accepted=2, quarantined=1,
            says=("the shape is a Polygon",), holds={"place": [(44.4, 33.3), None]},
        ),
        "sites with outlines": Mess(
            name="sites.geojson", kind="sites",
            content=_features(({"Site name": "Made", "Country": "Iraq"},
                               {"type": "Polygon", "coordinates": square})),
            accepted=1, says=("made from what it says",),
        ),
        "pins without a country": Mess(
            name="pins.kmz", kind="sites", constants={"country": "Iraq"}, content=_kmz(),
            accepted=2, holds={"name": ["تل مصنوع", "Made Tell"]},
        ),
    }  # fmt: skip


def _refused() -> dict[str, Mess]:
    """Files of which no row can be read."""
    page = b"<html><table><tr><td>id</td></tr></table></html>"
    return {
        "an empty file": Mess(name="empty.csv", content=b"", refused="empty"),
        "an empty workbook": Mess(name="empty.xlsx", content=workbook(()), refused="empty|no table|"
                                  "lacks the columns|no cell"),
        "a workbook of the old kind": Mess(
            name="old.xls", content=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
            refused="xls",
        ),
        "a web page that is called a workbook": Mess(
            name="page.xls", content=page, refused="HTML|web page|XML",
        ),
        "two gigabytes of nothing in a small archive": Mess(
            name="bomb.xlsx", content=bomb("xl/worksheets/sheet1.xml", 2 << 30),
            refused="bomb.xlsx",
        ),
    }  # fmt: skip


def bomb(member: str, size: int) -> bytes:
    """A ZIP archive whose only member unpacks to `size` zero bytes, a multiple of a megabyte."""
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = block.compress(bytes(1 << 20)) + block.flush(zlib.Z_FULL_FLUSH)
    data = chunk * (size >> 20) + b"\x03\x00"
    name = member.encode()
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(data), size, len(name), 0)
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0)
    local = b"PK\x03\x04" + common + name + data
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry) + len(name), len(local), 0)
    return local + entry + name + b"PK\x05\x06" + end


def _formulas() -> bytes:
    """A workbook with a formula and its value, one without a value, and an error."""
    rows = [[_text(name) for name in SIMPLE]]
    for number, count in enumerate((
        "<f>SUM(1,11)</f><v>12</v>", "<f>SUM(1,2)</f>", "<v>#REF!</v>",
    )):  # fmt: skip
        cells = [_text(cell) for cell in (f"S{number + 1}", "2015-03-07", "Iraq", "Basra", "coins")]
        kind = ' t="e"' if "REF" in count else ""
        rows.append([*cells, (kind, count)])
    body = "".join(
        f'<row r="{at}">'
        + "".join(
            f'<c r="{"ABCDEF"[n]}{at}"{kind}>{cell}</c>' for n, (kind, cell) in enumerate(row)
        )
        + "</row>"
        for at, row in enumerate(rows, start=1)
    )
    whole = io.BytesIO(workbook((("x",),)))
    out = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                content = (
                    f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
                ).encode()
            new.writestr(info.filename, content)
    return out.getvalue()


def _text(cell: str) -> tuple[str, str]:
    """A text cell of a sheet: its attribute and its inside."""
    return ' t="inlineStr"', f"<is><t>{escape(cell)}</t></is>"


def _features(*rows: tuple[dict[str, str], object]) -> bytes:
    """A GeoJSON file."""
    features = [
        {"type": "Feature", "properties": properties, "geometry": geometry}
        for properties, geometry in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _kmz() -> bytes:
    """Two pins with names, as a map on the web saves them."""
    pins = "".join(
        f"<Placemark><name>{name}</name><description>made up</description>"
        f"<Point><coordinates>{lon},{lat},0</coordinates></Point></Placemark>"
        for name, lon, lat in (("تل مصنوع", 44.4, 33.3), ("Made Tell", 43.1, 36.3))
    )
    kml = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><Folder>{pins}</Folder></Document></kml>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", kml)
    return file.getvalue()

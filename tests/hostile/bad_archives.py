"""Hostile and broken ZIP archives, as KMZ and as anything that is packed."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib

from tests.hostile.bad_geojsons import ogr_vrt
from tests.hostile.bad_kmls import bad_kmls, kml, point
from tests.hostile.trap import Hostile, Trap

LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = 8) -> bytes:
    """An archive of these members, whatever their names."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that comes twice is meant
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return out.getvalue()


def patched(archive: bytes, mark: bytes, offset: int, form: str, value: int) -> bytes:
    """The archive with a number changed in the first record that has this mark."""
    changed = bytearray(archive)
    struct.pack_into(form, changed, archive.index(mark) + offset, value)
    return bytes(changed)


def _info(name: str, mode: int) -> zipfile.ZipInfo:
    """A member with a mode of Unix."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def _bomb(megabytes: int) -> bytes:
    """An archive of one KML of zeros."""
    return packed(("doc.kml", bytes(megabytes * 1_000_000)))


def _long_bomb() -> bytes:
    """An archive whose directory says a kilobyte and whose stream has a hundred megabytes."""
    deflated = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflated.compress(b" " * 100_000_000) + deflated.flush()
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(body), 1000, 7, 0)
    entry = struct.pack(
        "<HHHHHHIIIHHHHHII", 20, 20, 0, 8, 0, 33, 0, len(body), 1000, 7, 0, 0, 0, 0, 0, 0
    )
    central = CENTRAL + entry + b"doc.kml"
    at = 30 + 7 + len(body)
    end = END + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), at, 0)
    return LOCAL + head + b"doc.kml" + body + central + end


def bad_archives(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    good = kml(point())
    plain = packed(("doc.kml", good))
    zip64 = b"PK\6\7" + struct.pack("<IQI", 0, 1 << 60, 1)
    inside = {name: bad.content for name, bad in bad_kmls(trap).items()}
    files = {
        "bomb of three hundred megabytes": _bomb(300),
        "bomb that lies about its size": _long_bomb(),
        "five thousand members": packed(*[(f"{i}.kml", b"") for i in range(5_000)]),
        "way up": packed(("../../../tmp/evil.kml", good)),
        "way up inside": packed(("a/../../evil.kml", good)),
        "from the root": packed(("/etc/evil.kml", good)),
        "backslashes": packed(("..\\..\\evil.kml", good)),
        "drive": packed(("C:/evil.kml", good)),
        "name with an end": packed(("doc.kml", good)).replace(b"doc.kml", b"do\0.kml"),
        "name with colours": packed(("\x1b[31m.kml", good)),
        "long name": packed(("a" * 60_000 + ".kml", good)),
        "link": packed((_info("doc.kml", 0o120777), str(trap.secret).encode())),
        "device": packed((_info("doc.kml", 0o020666), b"")),
        "encrypted": patched(patched(plain, LOCAL, 6, "<H", 1), CENTRAL, 8, "<H", 1),
        "one name twice": packed(("doc.kml", good), ("doc.kml", good)),
        "archive in an archive": packed(("doc.kml", good), ("more.zip", plain)),
        "archive under another name": packed(("doc.kml", plain)),
        "only an archive": packed(("more.kmz", plain)),
        "says it is larger": patched(plain, CENTRAL, 24, "<I", 5_000_000),
        "says it is four gigabytes": patched(plain, CENTRAL, 24, "<I", 0xFFFFFFFE),
        "says it is smaller": patched(plain, CENTRAL, 24, "<I", 10),
        "wrong checksum": patched(plain, CENTRAL, 16, "<I", 1),
        "member elsewhere": patched(plain, CENTRAL, 42, "<I", 1 << 30),
        "directory elsewhere": patched(plain, END, 16, "<I", 1 << 30),
        "directory of four gigabytes": patched(plain, END, 12, "<I", 0xFFFFFFF0),
        "more members than there are": patched(plain, END, 10, "<H", 60_000),
        "zip64 that leads nowhere": patched(
            plain.replace(END, zip64 + END), END, 12, "<I", 0xFFFFFFFF),
        "no directory": plain[: plain.index(CENTRAL)],
        "cut short": plain[:-10],
        "bzip2": packed(("doc.kml", good), method=zipfile.ZIP_BZIP2),
        "lzma": packed(("doc.kml", good), method=zipfile.ZIP_LZMA),
        "unknown method": patched(plain, CENTRAL, 10, "<H", 99),
        "rubbish for a stream": plain.replace(plain[45:80], b"\xff" * 35),
        "empty": packed(),
        "only folders": packed(("a/", b""), ("b/", b"")),
        "only litter": packed(("__MACOSX/doc.kml", good), (".DS_Store", b"")),
        "word document": packed(("[Content_Types].xml", b""), ("word/document.xml", b"")),
        "binary workbook": packed(("xl/workbook.bin", b"")),
        "opendocument": packed(("mimetype", b"x"), ("content.xml", b"<x/>")),
        "only pictures": packed(("a.png", b"\x89PNG")),
        "virtual dataset": packed(("doc.kml", ogr_vrt(str(trap.secret)))),
        "program before it": b"MZ" + plain,
        "comment of 65 kilobytes": plain[:-2] + struct.pack("<H", 65_535) + b"x" * 65_535,
        **{f"packed: {name}": packed(("doc.kml", inside[name])) for name in (
            "entity of a file", "billion laughs", "network link to a file", "cut short", "nan",
        )},
    }  # fmt: skip
    return {name: Hostile(name="given.kmz", content=content) for name, content in files.items()}

"""Hostile and broken text tables, each for a fault that some reader has."""

from __future__ import annotations

import gzip
import random

from tests.hostile.trap import Hostile, Trap

ONE = "2 rows, 1 fault: .*"

HEADER = "id,name,country\n"
GOOD = "A,Ur,Iraq\n"


def bad_csvs(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    beside = {".vrt": _virtual(trap.secret.as_uri()), "t": b'"String","WKT"'}
    return {
        name: Hostile(name=f"{name.replace(' ', '-')}.csv", content=content, beside=beside)
        for name, (content, _) in _corpus(trap).items()
    }


def outcomes_of_csvs(trap: Trap) -> dict[str, str]:
    """What is to become of each file, as a pattern.

    ``refused: ...`` is how the refusal of a whole file begins; ``2 rows, 1 fault: ...`` how many
    rows are read, and how many of them with a fault.
    """
    return {name: outcome for name, (_, outcome) in _corpus(trap).items()}


def _corpus(trap: Trap) -> dict[str, tuple[bytes, str]]:
    """Content and outcome of each file."""
    return {**_of_marks(), **_of_bytes(), **_of_size(), **_of_meaning(trap)}


def _virtual(source: str) -> bytes:
    """A virtual dataset that draws in another file."""
    return (
        f"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>{source}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def _plus(*rows: str) -> bytes:
    """A header, a good row and these rows."""
    return (HEADER + GOOD + "".join(f"{row}\n" for row in rows)).encode()


def _of_marks() -> dict[str, tuple[bytes, str]]:
    """Quotation marks and separators that never were a table."""
    broken = "a quotation mark in cell"
    return {
        "a mark that never closes": (
            _plus('B,"x,y', "C,x,y"), f"3 rows, 1 fault: {broken} 2 never"),
        "a mark before a hundred thousand lines": (
            _plus('B,"x,y', *["C,x,y"] * 100_000), "100002 rows, 1 fault"),
        "marks that open in every line": (_plus(*['a",b,"'] * 20_000), r"\d+ rows, \d+ faults"),
        "marks that open over several lines": (
            _plus(*['"', "x", "x", "x"] * 5_000), r"\d+ rows, \d+ faults"),
        "a lone mark": (_plus('"'), ONE + f"{broken} 1 never closes"),
        "a lone mark in the header": (b'"id,name\nA,Ur\n', "refused: .*line 1, above the rows"),
        "a megabyte of marks": (_plus('"' * 1_000_001), "2 rows, 1 fault"),
        "a megabyte of marks in pairs": (_plus('"' * 1_000_000), "2 rows, 1 fault"),
        "text after a mark": (_plus('"B"x,y,z'), ONE + f"{broken} 1 is followed by text"),
        "typographic marks": (_plus("“B,x”,y"), "2 rows, 0 faults"),
        "ragged rows": (_plus("B", "B,x,y,z", "B,x"), "4 rows, 3 faults: the row has 1 cell"),
        "only separators": (b",,,,\n;;;;\n||||\n", "refused|1 row|2 rows"),
        "only marks": (b'""\n""""\n', "refused|1 row|0 rows"),
    }  # fmt: skip


def _of_bytes() -> dict[str, tuple[bytes, str]]:
    """Bytes that are no text, or text of several kinds."""
    arabic = "B,أور الكلدانيين,العراق"
    noise = random.Random(5).randbytes(20_000)
    utf16 = (HEADER + GOOD).encode("utf-16-le")
    return {
        "nothing": (b"", "refused: .*is empty"),
        "a byte order mark": (b"\xef\xbb\xbf", "refused: .*is empty"),
        "two byte order marks": (b"\xef\xbb\xbf" * 2 + _plus(), "1 row"),
        "blank lines": (b"\r\n\n\r  \n" * 1000, "refused: .*is empty"),
        "nothing but NUL": (bytes(50_000), r"refused: .*U\+0000"),
        "NUL in a row": (_plus("B,a\0b,Iraq"), ONE + r"U\+0000"),
        "terminal escapes": (_plus("B,\x1b]0;owned\x07,Iraq"), ONE + r"U\+001B"),
        "separators of units": (_plus("B\x1fC,x,Iraq"), ONE + r"U\+001F"),
        "turned text": (_plus("B,\u202egnp.exe\u202c,Iraq"), "2 rows, 0 faults"),
        "UTF-16 without its mark": (utf16, "1 row, 0 faults"),
        "UTF-16 cut short": (b"\xff\xfe" + utf16[:-3], "1 row, 1 fault: .*middle of a character"),
        "UTF-16 of an odd pair": (
            b"\xff\xfe" + (HEADER + "B,").encode("utf-16-le") + b"\x00\xd8x\0,\0y\0\n\0",
            "1 row, 1 fault: .*half a character"),
        "UTF-32": ((HEADER + GOOD).encode("utf-32"), r"refused: .*U\+0000"),
        "UTF-8 cut short": (_plus(arabic)[:-2], ONE + "middle of a char"),
        "a lone surrogate": (_plus() + b"B,\xed\xa0\x80,x\n", ONE + "half a character"),
        "overlong letters": (_plus() + b"B,\xc0\xaf\xc0\xae,x\n", "2 rows"),
        "mixed encodings": (_plus(arabic) + arabic.encode("cp1256") + b"\n", "3 rows, 0 faults"),
        "an Arabic code page": (HEADER.encode() + arabic.encode("cp1256"), "1 row, 0 faults"),
        "a byte that is no letter": (
            _plus() + b"B,caf\xe9 cr\xe8me \x81,x\n", ONE + "byte 0x81"),
        "noise": (noise, "refused|[0-9]+ rows?, [0-9]+ faults?"),
        "noise below a header": (HEADER.encode() + noise, r"\d+ rows, \d+ faults"),
        "noise of high bytes": (bytes(range(128, 256)) * 200, "refused: .*is no text"),
        "line ends of all kinds": (
            b"id,name,country\rA,p,q\nB,p,q\r\nC,p,q\n\rD,p,q", "4 rows, 0 faults"),
        "line ends that are none": (_plus("B,x\u2028y\x0bz,Iraq"), ONE + r"U\+000B"),
    }  # fmt: skip


def _of_size() -> dict[str, tuple[bytes, str]]:
    """More than anybody needs."""
    return {
        "a line without end": (
            _plus("x" * 12_000_000), "refused: .*line 3 has more than 10,000,000"),
        "a header without end": (b"x" * 12_000_000, "refused: .*line 1 has more than"),
        "a cell of two megabytes": (_plus(f"B,{'x' * 2_000_000},y"), ONE + "cell 2 has"),
        "a quoted cell of two megabytes": (
            _plus(f'B,"{"x" * 2_000_000}",y'), ONE + "cell 2 has"),
        "a million columns": (b"," * 1_000_000 + b"x\n" + GOOD.encode(), "refused|1 row|0 rows"),
        "names of a million columns": (
            ",".join(f"n{n}" for n in range(200_000)).encode(), "refused: .*200,000 columns"),
        "a row of a million cells": (_plus("x," * 1_000_000), ONE + "the row has 1,000,001"),
        "a cell of many lines": (
            _plus('B,"' + "x\n" * 90_000 + '",y'), ONE + "cell 2 has 180,000"),
        "a name of a hundred thousand letters": (
            b"id,name," + b"n" * 100_000 + b"\nA,Ur,x\n", "1 row, 0 faults"),
        "more rows than allowed": (
            _plus(*["B,x,y"] * 200_000), "refused: .*more than 200,000 rows"),
    }  # fmt: skip


def _of_meaning(trap: Trap) -> dict[str, tuple[bytes, str]]:
    """Content that another program would act upon, and other formats."""
    return {
        "formulas": (
            _plus('B,"=HYPERLINK(""http://x"",""y"")",x', "C,@SUM(1),x", "D,+1,-1",
                  "E,=cmd|'/c calc'!A0,x"), "5 rows, 0 faults"),
        "markup": (
            _plus("B,<img src=x onerror=alert(1)> ${x} ` </script> {{7*7}},x"), "2 rows, 0 faults"),
        "paths and addresses": (
            f"id,name,url\nA,{trap.secret},{trap.url}/x\nB,/vsicurl/{trap.url},vrt://x\n".encode(),
            "2 rows, 0 faults"),
        "a virtual dataset": (_virtual(trap.secret.as_uri()), "refused: .*HTML, XML or KML"),
        "a virtual dataset from afar": (
            _virtual(f"/vsicurl/{trap.url}/x.csv"), "refused: .*HTML, XML or KML"),
        "a page with a table": (
            f"<html><img src='{trap.url}/x'><table><tr><td>id".encode(), "refused: .*HTML"),
        "JSON": (b'{"id": 1}', "refused: .*JSON"),
        "a list in JSON": (b"[[1, 2]]", "refused: .*JSON"),
        "packed": (gzip.compress(_plus()), "refused: .*gzip"),
        "an archive": (b"PK\x03\x04" + bytes(100), "refused: .*ZIP archive"),
        "a document": (b"%PDF-1.7\n", "refused: .*PDF"),
        "the header again": (
            _plus(HEADER.strip(), "B,x,y"), "3 rows, 1 fault: .*repeats the names"),
        "a total": (_plus("Total,,5"), ONE + "the row is a total"),
        "another table below": (
            _plus("", "country,lat,lon", "Iraq,1,2", "Syria,3,4"),
            "4 rows, 3 faults: .*another table, which begins in row 4"),
        "a separator that is told": (b"sep=;\nid;name\nA;x\n", "1 row, 0 faults"),
    }  # fmt: skip

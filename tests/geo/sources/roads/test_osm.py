"""Extracts of OpenStreetMap: what a way becomes, and what a damaged file does."""

from __future__ import annotations

import bz2
import random
import struct
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from geo.errors import BadInput, LamassuError, UnreadableFile
from geo.sources.roads import osm
from geo.sources.roads.osm import osm_rows
from geo.sources.roads.road_rows import ROW_SCHEMA
from tests.road_makers import NODES, write_osm

ROAD = {"highway": "primary"}
WAYS = [
    (10, [1, 2, 3], ROAD | {"name": "طريق الموصل", "name:en": "Mosul Road", "ref": "2"}),
    (11, [3, 4], {"highway": "footway", "access": "yes", "foot": "private", "motor_vehicle": "no"}),
    (12, [3, 4, 5, 3], {"highway": "pedestrian", "area": "yes"}),
    (13, [4, 5], {"waterway": "river"}),
    (14, [5, 6], {"highway": "track", "access": "yes", "motor_vehicle": "no", "bridge": "yes"}),
]


def rows_of(path: Path, form: str = "pbf") -> list[dict[str, object]]:
    """All rows of a file."""
    return pa.Table.from_batches(osm_rows(path, form=form), schema=ROW_SCHEMA).to_pylist()


def rows_for(tmp_path: Path, *ways, **options) -> list[dict[str, object]]:
    """The rows of some ways."""
    return rows_of(write_osm(tmp_path / "x.osm.pbf", ways, **options))


@pytest.mark.parametrize("form", ["pbf", "osm", "osm.bz2", "osm.gz"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str):
    """Ways with a highway come with their tags and exact vertices; others do not come."""
    path = write_osm(tmp_path / f"x.{'osm.pbf' if form == 'pbf' else form}", WAYS)
    rows = rows_of(path, form)
    assert [row["way_id"] for row in rows] == ["10", "11", "12", "14"]
    assert [row["row"] for row in rows] == [1, 2, 3, 4]
    assert [row["name"] for row in rows] == ["Mosul Road", "", "", ""]
    assert [row["access"] for row in rows] == ["", "private", "", "no"]
    assert [row["area"] for row in rows] == ["", "", "yes", ""]
    line = shapely.from_wkb(rows[0]["line"])
    assert shapely.get_coordinates(line).tolist() == [list(NODES[i]) for i in (1, 2, 3)]


def test_batches_do_not_change_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """However many rows are held at once."""
    path = write_osm(tmp_path / "x.osm.pbf", WAYS)
    whole = rows_of(path)
    monkeypatch.setattr(osm, "BATCH_ROWS", 2)
    assert rows_of(path) == whole


def test_a_way_without_all_its_nodes_has_a_fault_and_no_line(tmp_path: Path):
    """A gap is not bridged by a straight line."""
    rows = rows_for(tmp_path, (1, [1, 99, 98, 2], ROAD), (2, [1, 2], ROAD))
    assert rows[0]["fault"] == "2 of its 4 nodes have no place in the file"
    assert rows[0]["line"] is None
    assert rows[1]["fault"] == ""


@pytest.mark.parametrize("refs", [[], [1], [1, 1], [1, 7]])
def test_a_way_in_one_place_has_a_fault(tmp_path: Path, refs: list[int]):
    """No node, one node, the same node twice, two nodes in one place."""
    (row,) = rows_for(tmp_path, (1, refs, ROAD), nodes=NODES | {7: NODES[1]})
    assert row["fault"] == f"{len(refs)} nodes in fewer than two places"
    assert row["line"] is None


def test_names_in_any_script_come_whole(tmp_path: Path):
    """Arabic, Kurdish, emoji, quotation marks and markup are only text."""
    name = "طريق كۆیە 🛣️ \"'<b>&${x}` \u202e"
    (row,) = rows_for(tmp_path, (1, [1, 2], ROAD | {"name": name}))
    assert row["name"] == name


def test_a_huge_id_and_a_negative_one_are_ids(tmp_path: Path):
    """Ids are text; editors give negative ones to what is new."""
    nodes = NODES | {2**40: (44.0, 36.0), -5: (44.1, 36.0)}
    rows = rows_for(tmp_path, (2**50, [1, 2**40], ROAD), (-7, [1, 2], ROAD), nodes=nodes)
    assert [row["way_id"] for row in rows] == [str(2**50), "-7"]
    assert not any(row["fault"] for row in rows)


def test_a_place_beyond_the_poles_is_no_place(tmp_path: Path):
    """A node that is not on Earth is as good as missing."""
    path = tmp_path / "x.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="36" lon="43"/><node id="2" lat="96" lon="43"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>'
    )
    (row,) = rows_of(path, "osm")
    assert row["fault"] == "1 of its 2 nodes have no place in the file"


def test_nodes_after_the_ways_leave_them_without_a_place(tmp_path: Path):
    """A file out of order loses its lines, and says so row by row."""
    path = tmp_path / "x.osm"
    path.write_text(
        '<osm version="0.6">'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>'
        '<node id="1" lat="36" lon="43"/><node id="2" lat="36" lon="44"/></osm>'
    )
    assert rows_of(path, "osm")[0]["fault"] == "2 of its 2 nodes have no place in the file"


@pytest.mark.parametrize("ending", ["osm.pbf", "osm", "osm.bz2", "osm.gz"])
def test_a_file_cut_short_is_refused_wherever_it_ends(tmp_path: Path, ending: str):
    """At twenty places, nothing but the whole file is read."""
    many = [(k, [1, 2, 3, 4], ROAD | {"name": f"طريق {k}"}) for k in range(1, 300)]
    whole = write_osm(tmp_path / f"x.{ending}", many).read_bytes()
    path = tmp_path / f"cut.{ending}"
    form = ending.removeprefix("osm.") if ending == "osm.pbf" else ending
    for k in range(20):
        path.write_bytes(whole[: len(whole) * k // 20])
        with pytest.raises(UnreadableFile, match="damaged or cut short"):
            rows_of(path, form)


@pytest.mark.parametrize("ending", ["osm.pbf", "osm"])
def test_a_flipped_bit_gives_rows_or_an_error(tmp_path: Path, ending: str):
    """No damage comes out as another kind of exception."""
    whole = write_osm(tmp_path / f"x.{ending}", WAYS).read_bytes()
    path = tmp_path / f"flip.{ending}"
    form = "pbf" if ending == "osm.pbf" else ending
    chance = random.Random(5)
    for _ in range(150):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            assert len(rows_of(path, form)) <= len(WAYS)
        except LamassuError:
            continue


def blob(kind: bytes, data: bytes) -> bytes:
    """A block of a pbf: the length of its header, the header, the block."""
    header = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + varint(len(data))
    return struct.pack(">I", len(header)) + header + data


def varint(number: int) -> bytes:
    """A number as protocol buffers write it."""
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def zipped(data: bytes, *, declared: int) -> bytes:
    """A zlib block that declares its size."""
    packed = zlib.compress(data, 9)
    return b"\x10" + varint(declared) + b"\x1a" + varint(len(packed)) + packed


HEADER = blob(b"OSMHeader", zipped(b"\x22\x0eOsmSchema-V0.6\x22\x0aDenseNodes", declared=28))


@pytest.mark.parametrize(
    "content",
    [
        HEADER + blob(b"OSMData", zipped(bytes(200_000_000), declared=200_000_000)),
        HEADER + blob(b"OSMData", zipped(bytes(200_000_000), declared=1000)),
        HEADER + blob(b"OSMData", zipped(b"", declared=2**31 - 1)),
        struct.pack(">I", 2**31) + HEADER[4:],
        HEADER + struct.pack(">I", 0x7FFFFFFF),
        HEADER + blob(b"OSMData", b"\x1a" + varint(2**62)),
        blob(b"OSMHeader", zipped(b"\x22\x10Quantum-Entangle", declared=18)),
    ],
    ids=["bomb", "lying bomb", "declared", "header", "second header", "length", "feature"],
)
def test_a_bomb_is_refused(tmp_path: Path, content: bytes):
    """Sizes beyond what the format allows are not believed, and nothing is unpacked for them."""
    path = tmp_path / "x.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="damaged or cut short"):
        rows_of(path)


def test_entities_of_xml_are_not_unfolded(tmp_path: Path):
    """A billion laughs stay one."""
    path = tmp_path / "x.osm"
    path.write_text(
        '<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        '<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="x" v="&b;"/></node></osm>'
    )
    with pytest.raises(UnreadableFile, match="XML entities are not supported"):
        rows_of(path, "osm")


def test_a_file_of_nothing_has_no_rows(tmp_path: Path):
    """A header alone is a whole file."""
    assert rows_for(tmp_path) == []
    empty = tmp_path / "x.osm.bz2"
    empty.write_bytes(bz2.compress(b'<osm version="0.6"></osm>'))
    assert rows_of(empty, "osm.bz2") == []


def test_a_tag_that_is_not_utf_8_is_a_fault(tmp_path: Path):
    """One odd byte costs one way."""
    path = write_osm(tmp_path / "x.osm.pbf", [(1, [1, 2], ROAD | {"name": "QQQQ"})])
    whole = path.read_bytes()
    at = whole.rindex(b"OSMData") - 6
    packed = whole[at:]
    ways = zlib.decompressobj().decompress(packed[packed.index(b"\x78") :])
    ways = ways.replace(b"QQQQ", b"Q\xff\xfeQ")
    path.write_bytes(whole[:at] + blob(b"OSMData", zipped(ways, declared=len(ways))))
    (row,) = rows_of(path)
    assert row["fault"] == "a tag that is not UTF-8"
    assert row["line"] is None


def test_a_history_is_refused(tmp_path: Path):
    """Several versions of one way are no extract of a date."""
    path = tmp_path / "x.osc"
    path.write_text('<osmChange version="0.6"></osmChange>')
    with pytest.raises(BadInput, match="holds a history"):
        rows_of(path, "osc")

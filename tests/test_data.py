"""The embedded facts in `data/` are what their manifest, the records and their sources say."""

from __future__ import annotations

import calendar
import csv
import dataclasses
import hashlib
import json
import math
import re
import typing
import unicodedata
from datetime import date
from enum import StrEnum
from pathlib import Path

import pyproj
import pytest
import shapely
from shapely.geometry import shape

from geo.model import (
    BorderPost,
    ObjectClass,
    Precision,
    Record,
    RoadLink,
    Seizure,
    SeizureType,
    Site,
    SiteEvent,
)

DATA = Path(__file__).resolve().parents[1] / "data"
RECORDS: dict[str, type[Record]] = {
    "sites.csv": Site,
    "posts.csv": BorderPost,
    "seizures.csv": Seizure,
    "events.csv": SiteEvent,
    "roads.csv": RoadLink,
}
ROWS = {
    "sites.csv": 379,
    "posts.csv": 102,
    "seizures.csv": 118,
    "events.csv": 37,
    "roads.csv": 246,
    "object_classes.csv": 94,
    "condition_terms.json": 141,
    "borders.geojson": 27,
    "world.geojson": 177,
    "towns.csv": 42587,
    "modes.yaml": 33,
}
POINTS = {name: [("lon", "lat")] for name in RECORDS} | {
    "roads.csv": [("from_lon", "from_lat"), ("to_lon", "to_lat")]
}
# The 23 sites without which the gazetteer would be no use: id, latitude and longitude in degrees.
REQUIRED_SITES = {
    "Nimrud": ("PL894019", 36.099975, 43.331535),
    "Hatra": ("PL894004", 35.587884, 42.718342),
    "Nineveh": ("PL874621", 36.360762, 43.159937),
    "Ashur": ("PL893945", 35.455573, 43.261301),
    "Babylon": ("PL893951", 32.537297, 44.424978),
    "Ur": ("PL912985", 30.961318, 46.105420),
    "Uruk": ("PL912986", 31.322506, 45.638863),
    "Eridu": ("PL912845", 30.819991, 45.995643),
    "Nippur": ("PL912910", 32.126763, 45.230564),
    "Umma": ("PL44626252", 31.658450, 45.893000),
    "Isin": ("PL912868", 31.885315, 45.269273),
    "Larsa": ("PL912897", 31.283217, 45.852450),
    "Girsu": ("PL912855", 31.568005, 46.176656),
    "Lagash": ("PL959120263", 31.419342, 46.409680),
    "Adab": ("PL787747618", 31.950900, 45.623339),
    "Samarra": ("PL894082", 34.200116, 43.876735),
    "Ctesiphon": ("PL893976", 33.094703, 44.581223),
    "Khorsabad": ("PL874458", 36.506618, 43.231414),
    "Borsippa": ("PL893964", 32.392400, 44.343400),
    "Kish": ("PL894028", 32.546088, 44.593164),
    "Sippar": ("PL894089", 33.059738, 44.254243),
    "Eshnunna": ("PL90720956", 33.484480, 44.728140),
    "Mari": ("PL286681704", 34.550339, 40.888620),
}
# Two rows took the wider interval that their own note states.
WIDENED = {
    "SZ035": (date(2011, 1, 3), date(2011, 1, 5)),
    "SZ048": (date(2012, 1, 1), date(2014, 12, 31)),
}
IRAQ_AND_NEIGHBOURS = {
    "Iraq": "368",
    "Iran": "364",
    "Turkey": "792",
    "Syria": "760",
    "Jordan": "400",
    "Saudi Arabia": "682",
    "Kuwait": "414",
}


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def features(name: str) -> list[dict]:
    """The features of a GeoJSON file in `data/`."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))["features"]


def data_files() -> list[Path]:
    """Every file in `data/` but the manifest and the page that explains it."""
    explaining = {"MANIFEST.csv", "README.md"}
    return sorted(
        path for path in DATA.rglob("*") if path.is_file() and path.name not in explaining
    )


def rows_in(path: Path) -> int:
    """Rows of a table, features of a map, ranges of numbers, or pairs in lists of terms."""
    if path.suffix == ".csv":
        return len(table(path))
    if path.suffix == ".yaml":
        return path.read_text(encoding="utf-8").count("{low:")
    content = json.loads(path.read_text(encoding="utf-8"))
    return (
        len(content["features"])
        if "features" in content
        else sum(map(len, content["lists"].values()))
    )


def first_day(text: str) -> date:
    """First day of an ISO date that may lack its day or month."""
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def last_day(text: str) -> date:
    """Last day of an ISO date that may lack its day or month."""
    parts = [int(part) for part in text.split("-")]
    year, month = (*parts, 12)[:2]
    return date(year, month, parts[2] if len(parts) == 3 else calendar.monthrange(year, month)[1])


def words_of(text: str) -> set[str]:
    """The words of a text without regard to case and superscripts."""
    plain = unicodedata.normalize("NFKC", re.sub("</?sup>", "", text))
    return set(re.findall(r"\w+", plain.lower()))


def classes_in(text: str, phrases: list[dict[str, str]]) -> str:
    """The Red List categories of all phrases that stand in the text as whole words."""
    found = {
        category
        for row in phrases
        if re.search(rf"(?<![\w-]){re.escape(row['phrase'])}(?![\w-])", text, re.IGNORECASE)
        for category in row["object_classes"].split("|")
    }
    return "|".join(category for category in ObjectClass if category in found)


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, str]]:
    """The rows of the manifest."""
    return table(DATA / "MANIFEST.csv")


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, str]]]:
    """The tables of records by file name."""
    return {name: table(DATA / name) for name in RECORDS}


@pytest.fixture(scope="module")
def phrases() -> list[dict[str, str]]:
    """The rows of the table of object classes."""
    return table(DATA / "object_classes.csv")


@pytest.fixture(scope="module")
def borders() -> dict[str, shapely.Geometry]:
    """The countries of the region by name."""
    return {
        feature["properties"]["name"]: shape(feature["geometry"])
        for feature in features("borders.geojson")
    }


def test_manifest_lists_exactly_the_files_that_are_there(manifest):
    """A file without a row, a row without a file and a row given twice all show."""
    listed = [row["file"] for row in manifest]
    assert sorted(listed) == [path.relative_to(DATA).as_posix() for path in data_files()]


@pytest.mark.parametrize("name", ROWS)
def test_manifest_is_true_of_the_file(manifest, name):
    """The bytes have the SHA-256 of the manifest and hold as many rows as it says."""
    row = next(row for row in manifest if row["file"] == name)
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == row["sha256"]
    assert rows_in(DATA / name) == int(row["rows"]) == ROWS[name]


def test_manifest_says_whence_and_under_which_terms(manifest):
    """Title, source, licence, attribution, date and CRS are filled for every file."""
    for row in manifest:
        for column in ("title", "source", "licence", "attribution"):
            assert row[column].strip(), f"{row['file']} lacks {column}"
        assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", row["date"])
        spatial = row["file"] not in {"object_classes.csv", "condition_terms.json", "modes.yaml"}
        assert row["crs"] == ("EPSG:4326" if spatial else "not applicable")


def test_readme_names_every_file():
    """The page beside the data explains each file and says that borders are no endorsement."""
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in data_files() if f"`{path.name}`" not in text] == []
    assert "no endorsement" in text


@pytest.mark.parametrize("path", data_files(), ids=lambda path: path.name)
def test_text_is_utf8_in_nfc_with_unix_line_ends(path):
    """No byte order mark, no carriage return, no control character, no decomposed letter."""
    text = path.read_bytes().decode("utf-8")
    assert unicodedata.normalize("NFC", text) == text
    assert text.endswith("\n")
    odd = {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn"}}
    assert odd == {"\n"}


@pytest.mark.parametrize("name", RECORDS)
def test_columns_are_the_fields_of_the_record_in_its_order(tables, name):
    """The importer needs no mapping: names and order come from the record."""
    columns = list(tables[name][0])
    expected = []
    for field in dataclasses.fields(RECORDS[name]):
        is_place = field.name == "geometry"
        expected += [axis for point in POINTS[name] for axis in point] if is_place else [field.name]
    assert columns == [column for column in expected if column in columns]
    required = {
        field.name
        for field in dataclasses.fields(RECORDS[name])
        if field.default is dataclasses.MISSING
    }
    assert all(row[column] for row in tables[name] for column in required)


@pytest.mark.parametrize("name", RECORDS)
def test_cells_are_clean(tables, name):
    """Rows are as long as the header, no cell has stray spaces, and ids are given once."""
    rows = tables[name]
    assert all(None not in row and None not in row.values() for row in rows)
    assert all(cell == " ".join(cell.split()) for row in rows for cell in row.values())
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids) == ROWS[name]


@pytest.mark.parametrize("name", RECORDS)
def test_words_come_from_the_code_lists(tables, name):
    """Every cell of an enumerated field holds one of its words."""
    hints = typing.get_type_hints(RECORDS[name])
    for field, kind in hints.items():
        if isinstance(kind, type) and issubclass(kind, StrEnum) and field in tables[name][0]:
            assert {row[field] for row in tables[name]} <= set(kind), field


@pytest.mark.parametrize("name", RECORDS)
def test_numbers_are_finite(tables, name):
    """Cells of numeric fields parse, and none is negative."""
    hints = typing.get_type_hints(RECORDS[name])
    numbers = [field for field in tables[name][0] if hints.get(field) in {float | None, int | None}]
    for row in tables[name]:
        for field in numbers:
            assert row[field] == "" or 0 <= float(row[field]) < math.inf


@pytest.mark.parametrize("name", RECORDS)
def test_facts_are_public_unjudged_and_real(tables, name):
    """Embedded facts are TLP:CLEAR, graded F6, not simulated and of one dataset."""
    for row in tables[name]:
        assert row["marking"] == "TLP:CLEAR"
        assert row["grade"] == "F6"
        assert row["simulated"] == "false"
        assert row["dataset_id"] == "lamassu-facts"
        assert row.get("sensitivity", "none") == "none"
        assert row["licence"]


@pytest.mark.parametrize("name", RECORDS)
def test_every_row_has_a_source(tables, name):
    """The source is named in words, and its links are links."""
    for row in tables[name]:
        assert row["source"], row["id"]
        assert "http" not in row["source"], row["id"]
        links = row["source_url"].split(" ; ") if row["source_url"] else []
        assert all(re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", link) for link in links)
    unlinked = sum(row["source_url"] == "" for row in tables[name])
    assert unlinked == {"posts.csv": 5, "roads.csv": 2}.get(name, 0)


@pytest.mark.parametrize("name", RECORDS)
def test_coordinates_are_on_the_globe(tables, name):
    """A point has both coordinates or none; given ones are finite and in range."""
    for row in tables[name]:
        for lon, lat in POINTS[name]:
            assert (row[lon] == "") == (row[lat] == ""), row["id"]
            if row[lon]:
                assert abs(float(row[lon])) <= 180, row["id"]
                assert abs(float(row[lat])) <= 90, row["id"]


@pytest.mark.parametrize("name", RECORDS)
def test_only_rows_without_a_point_have_precision_country(tables, name):
    """`country` means no point, and no point means `country`."""
    for row in tables[name]:
        placed = all(row[lon] for lon, _ in POINTS[name])
        assert (row["precision"] == Precision.COUNTRY) == (not placed), row["id"]


@pytest.mark.parametrize("name", ["sites.csv", "roads.csv"])
def test_sites_and_roads_all_have_their_places(tables, name):
    """Nothing in the gazetteer or among the links is without coordinates."""
    assert all(row["precision"] != Precision.COUNTRY for row in tables[name])


@pytest.mark.parametrize("name", ["seizures.csv", "events.csv"])
def test_dates_are_the_interval_of_the_text(tables, name):
    """`date_from` and `date_to` are ISO days in order and span what `date_text` says."""
    for row in tables[name]:
        if row["date_precision"] == "unknown":
            assert (row["date_from"], row["date_to"], row["date_text"]) == ("", "", ""), row["id"]
            continue
        given = (date.fromisoformat(row["date_from"]), date.fromisoformat(row["date_to"]))
        start, _, end = row["date_text"].partition(" to ")
        assert given == WIDENED.get(row["id"], (first_day(start), last_day(end or start)))
        assert given[0] <= given[1] < date(2026, 12, 1)


def test_partial_dates_cover_their_month_or_year():
    """1998 is the whole of 1998, and February 2012 ends on its leap day."""
    assert (first_day("1998"), last_day("1998")) == (date(1998, 1, 1), date(1998, 12, 31))
    assert (first_day("2012-02"), last_day("2012-02")) == (date(2012, 2, 1), date(2012, 2, 29))
    assert first_day("2015-03-07") == last_day("2015-03-07") == date(2015, 3, 7)


@pytest.mark.parametrize("name", REQUIRED_SITES)
def test_required_site_is_at_its_place(tables, name):
    """The site carries its id, answers to its name and lies where it lies."""
    site_id, lat, lon = REQUIRED_SITES[name]
    site = next(row for row in tables["sites.csv"] if row["id"] == site_id)
    names = re.split(r"[|/\[\]()]", f"{site['name']}|{site['alt_names']}")
    assert name in names
    assert (float(site["lat"]), float(site["lon"])) == (lat, lon)
    assert site["precision"] == Precision.EXACT


def test_sites_lie_in_their_countries(tables, borders):
    """Every site is inside the polygon of the country it is said to be in."""
    for row in tables["sites.csv"]:
        point = shapely.Point(float(row["lon"]), float(row["lat"]))
        assert borders[row["country"]].contains(point), row["id"]


def test_arabic_names_are_arabic(tables):
    """102 sites and 46 posts have an Arabic name, written in Arabic letters only."""
    named = {name: [row["name_ar"] for row in tables[name]] for name in ("sites.csv", "posts.csv")}
    assert {name: sum(map(bool, words)) for name, words in named.items()} == {
        "sites.csv": 102,
        "posts.csv": 46,
    }
    letters = {char for words in named.values() for word in words for char in word}
    assert all(char in " -" or "ARABIC" in unicodedata.name(char) for char in letters)


def test_events_stand_at_their_sites(tables):
    """An event with a site has that site's point; one without has none."""
    sites = {row["id"]: row for row in tables["sites.csv"]}
    widest = list(Precision)
    for row in tables["events.csv"]:
        site = sites.get(row["site_id"], {"lon": "", "lat": "", "precision": Precision.COUNTRY})
        assert (row["lon"], row["lat"]) == (site["lon"], site["lat"]), row["id"]
        assert widest.index(row["precision"]) >= widest.index(site["precision"]), row["id"]


def test_a_return_and_its_seizure_share_a_case_key(tables):
    """The Sargon head and the kudurru are one case each, so that nothing is counted twice."""
    keys = {row["id"]: row["case_key"] for row in tables["seizures.csv"]}
    kinds = {row["id"]: row["event_type"] for row in tables["seizures.csv"]}
    for caught, returned, key in [("SZ024", "SZ049", "SARGON"), ("SZ040", "SZ068", "KUDURRU")]:
        assert (kinds[caught], kinds[returned]) == (SeizureType.SEIZURE, SeizureType.RETURN)
        assert keys[caught] == keys[returned] == key
    tied = [event for event, key in keys.items() if key and kinds[event] == SeizureType.RETURN]
    assert len(tied) == 16


def test_object_classes_follow_from_the_words(tables, phrases):
    """The categories of a seizure are the union over the phrases that stand in its objects."""
    for row in tables["seizures.csv"]:
        assert row["object_classes"] == classes_in(row["object_types"], phrases), row["id"]


def test_object_phrases_match_whole_words_only(phrases):
    """A hyphen belongs to its word, case does not matter, and a stamp album is no seal."""
    assert classes_in("Cuneiform Tablets, coins", phrases) == "writing|coins"
    assert classes_in("stamp album, tabletop, coin-shaped box", phrases) == ""
    assert classes_in("stamp seals, mace-head", phrases) == "seals|accessories"


def test_object_phrases_are_all_used_and_given_once(tables, phrases):
    """No phrase is dead or doubled, and each names categories of the Red List in their order."""
    words = [row["phrase"].lower() for row in phrases]
    assert len(set(words)) == len(words)
    objects = [row["object_types"] for row in tables["seizures.csv"]]
    for row in phrases:
        categories = row["object_classes"].split("|") if row["object_classes"] else []
        assert categories == [category for category in ObjectClass if category in categories]
        probe = [{"phrase": row["phrase"], "object_classes": ObjectClass.WRITING}]
        assert any(classes_in(text, probe) for text in objects), row["phrase"]


def test_condition_terms_come_in_pairs():
    """Every term has an English and an Arabic name, and the list says whose it is."""
    terms = json.loads((DATA / "condition_terms.json").read_text(encoding="utf-8"))
    assert "EAMENA" in terms["attribution"]
    assert len(terms["lists"]) == 8
    for pairs in terms["lists"].values():
        assert all(set(pair) == {"en", "ar"} and all(pair.values()) for pair in pairs)
        assert len({pair["en"] for pair in pairs}) == len(pairs)


def test_roads_are_as_long_as_their_ends_are_apart(tables):
    """Great-circle lengths agree with the end points within a kilometre."""
    geod = pyproj.Geod(ellps="WGS84")
    for row in tables["roads.csv"]:
        ends = [float(row[axis]) for point in POINTS["roads.csv"] for axis in point]
        assert abs(geod.inv(*ends)[2] / 1000 - float(row["great_circle_km"])) < 1, row["id"]


def test_roads_that_end_at_a_post_end_at_its_place(tables):
    """Where an end of a road carries the id of a post, it has the post's coordinates."""
    posts = {row["id"]: (row["lon"], row["lat"]) for row in tables["posts.csv"]}
    met = 0
    for row in tables["roads.csv"]:
        for end in ("from", "to"):
            if row[f"{end}_node"] in posts:
                met += 1
                assert posts[row[f"{end}_node"]] == (row[f"{end}_lon"], row[f"{end}_lat"])
    assert met > 0


def test_borders_are_clipped_to_the_region(borders):
    """No vertex lies outside lon 30-56, lat 24-43, and the frame is reached on every side."""
    assert tuple(shapely.total_bounds(list(borders.values()))) == (30.0, 24.0, 56.0, 43.0)


def test_borders_hold_iraq_and_its_neighbours():
    """Iraq and the six countries around it are there with their ISO codes."""
    codes = {
        feature["properties"]["name"]: feature["properties"]["iso_n3"]
        for feature in features("borders.geojson")
    }
    assert {name: codes.get(name) for name in IRAQ_AND_NEIGHBOURS} == IRAQ_AND_NEIGHBOURS


def test_iraq_touches_its_neighbours_along_shared_vertices(borders):
    """Each neighbour shares a line with Iraq, vertex by vertex."""
    iraq = borders["Iraq"]
    for name in set(IRAQ_AND_NEIGHBOURS) - {"Iraq"}:
        shared = iraq.boundary.intersection(borders[name].boundary)
        assert shared.length > 0.5, name  # degrees: a line, not a point where three meet
        assert not iraq.overlaps(borders[name]), name


@pytest.mark.parametrize("name", ["borders.geojson", "world.geojson"])
def test_countries_are_valid_and_neither_gap_nor_overlap(name):
    """Outlines are valid polygons and together a clean coverage, rounded to 0.0001 degree."""
    outlines = [shape(feature["geometry"]) for feature in features(name)]
    assert all(outline.is_valid and not outline.is_empty for outline in outlines)
    assert shapely.coverage_is_valid(outlines)
    coordinates = shapely.get_coordinates(outlines)
    assert (abs(coordinates - coordinates.round(4)) < 1e-9).all()
    for feature in features(name):
        assert feature["properties"]["name"]
        assert re.fullmatch(r"(\d{3})?", feature["properties"]["iso_n3"])


def test_world_holds_the_places_of_the_seizures_farther_away(tables):
    """Every located seizure lies on land or within half a degree of it."""
    land = shapely.union_all([shape(f["geometry"]) for f in features("world.geojson")])
    assert shapely.box(-180, -90, 180, 90).covers(land)
    for row in tables["seizures.csv"]:
        if row["lon"]:
            point = shapely.Point(float(row["lon"]), float(row["lat"]))
            assert land.distance(point) < 0.5, row["id"]


@pytest.mark.needs_testdata
def test_tables_agree_with_the_facts_they_were_compiled_from(tables, testdata):
    """Ids, order, coordinates, dates, counts and case keys are those of the cited facts."""
    facts = {path.stem: table(path) for path in (testdata / "facts").glob("*.csv")}
    place = ("lon", "lat")
    for ours, theirs, key in [
        ("sites.csv", "sites", "site_id"),
        ("posts.csv", "border_posts", "post_id"),
        ("seizures.csv", "seizures", "seizure_id"),
        ("events.csv", "events", "event_id"),
    ]:
        compiled = [tuple(row[column] for column in ("id", *place)) for row in tables[ours]]
        assert compiled == [tuple(row[c] for c in (key, *place)) for row in facts[theirs]]
    for ours, theirs in zip(tables["seizures.csv"], facts["seizures"], strict=True):
        assert ours["date_text"] == theirs["date"]
        assert ours["object_count"] == theirs["object_count"]
        assert ours["case_key"] == theirs["related_key"]
        assert ours["event_type"] == theirs["event_type"]
        if ours["id"] not in WIDENED:
            assert ours["date_precision"] == theirs["date_precision"]
    for ours, theirs in zip(tables["events.csv"], facts["events"], strict=True):
        given = (first_day(theirs["date_from"]), last_day(theirs["date_to"]))
        assert (ours["date_from"], ours["date_to"]) == tuple(day.isoformat() for day in given)
        assert ours["site_id"] == theirs["site_id"]
    nodes = {row["node_id"]: row for row in facts["road_nodes"]}
    for ours, theirs in zip(tables["roads.csv"], facts["road_links"], strict=True):
        assert (ours["id"], ours["road_ref"]) == (theirs["link_id"], theirs["road_ref"])
        assert (ours["great_circle_km"], ours["route_km"]) == (theirs["gc_km"], theirs["route_km"])
        for end in ("from", "to"):
            node = nodes[theirs[f"{end}_node"]]
            assert ours[f"{end}_name"] == node["name"]
            assert (ours[f"{end}_lon"], ours[f"{end}_lat"]) == (node["lon"], node["lat"])


@pytest.mark.needs_testdata
def test_words_of_the_facts_are_not_lost(tables, testdata):
    """Every word of a fact stands somewhere in its compiled row, but for codes put in words."""
    moved = {"precision", "date_precision", "flag", "ref_sourced"}
    for ours, theirs in [
        ("sites.csv", "sites"),
        ("posts.csv", "border_posts"),
        ("seizures.csv", "seizures"),
        ("events.csv", "events"),
        ("roads.csv", "road_links"),
    ]:
        for compiled, fact in zip(
            tables[ours], table(testdata / "facts" / f"{theirs}.csv"), strict=True
        ):
            kept = " ".join(cell for column, cell in fact.items() if column not in moved)
            lost = words_of(kept) - words_of(" ".join(compiled.values()))
            said_in_full = {"as", "above"} if compiled["id"] == "SZ011" else set()
            assert lost <= {"border_posts"} | said_in_full, compiled["id"]


# Towns without which the table would be no use: GeoNames id, name, Arabic name, (lon, lat).
REQUIRED_TOWNS = [
    ("98182", "Baghdad", "بغداد", (44.40088, 33.34058)),
    ("99072", "Mosul", "الموصل", (43.11889, 36.335)),
    ("95446", "Erbil", "أربيل", (44.00943, 36.19117)),
    ("170063", "Aleppo", "حلب", (37.16117, 36.20124)),
    ("2643743", "London", "", (-0.12574, 51.50853)),
]


@pytest.fixture(scope="module")
def towns() -> list[dict[str, str]]:
    """The rows of the table of towns."""
    return table(DATA / "towns.csv")


@pytest.mark.parametrize(("town_id", "name", "name_ar", "lonlat"), REQUIRED_TOWNS)
def test_required_town_is_at_its_place(towns, town_id, name, name_ar, lonlat):
    """The town carries GeoNames' number, its names and its place."""
    town = next(row for row in towns if row["id"] == town_id)
    assert (town["name"], town["name_ar"]) == (name, name_ar)
    assert (float(town["lon"]), float(town["lat"])) == lonlat


def test_towns_are_given_once_and_clean(towns):
    """One row an id; no stray space, no missing name, country or place."""
    assert len({row["id"] for row in towns}) == len(towns)
    for row in towns:
        assert all(cell == " ".join(cell.split()) for cell in row.values()), row
        assert row["name"]
        assert row["country"]
        assert abs(float(row["lon"])) <= 180
        assert abs(float(row["lat"])) <= 90
        assert int(row["population"]) >= 0
        assert all(row["alt_names"].split("|")) or row["alt_names"] == ""


def test_arabic_names_of_towns_are_arabic(towns):
    """Most towns of Iraq have one; no letter is only Persian or Kurdish."""
    letters = set("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي ")
    assert all(set(row["name_ar"]) <= letters for row in towns)
    named = [bool(row["name_ar"]) for row in towns if row["country"] == "Iraq"]
    assert sum(named) > 0.8 * len(named) > 100

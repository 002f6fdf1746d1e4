"""One record as a card: inert, and true to how well things are known."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from geo.access import viewer_for
from geo.columns import Form, columns_of
from geo.disclosure import SiteIndex, for_viewer
from geo.model import Audience, Tlp
from geo.pipeline.installation import FACT_KINDS, read_facts
from layers import card, style
from tests import map_frames

FRAMES = {
    "sites": map_frames.sites,
    "posts": map_frames.posts,
    "seizures": map_frames.seizures,
    "events": map_frames.events,
    "roads": map_frames.roads,
    "alerts": map_frames.alerts,
}

HOSTILE = (
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "${alert(1)}",
    "`${alert(1)}`", "' onmouseover='alert(1)", '"><svg onload=alert(1)>', "</dl></article>",
    "javascript:alert(1)", "\u202etxt.exe", "&lt;b&gt;", "<!--", "\x00\x1b[31m",
)  # fmt: skip


class Parsed(HTMLParser):
    """Tags, attributes and text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep a tag and its attributes."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        """Keep the text."""
        self.text += data


def shown(frame: gpd.GeoDataFrame, kind: str, audience: Audience = Audience.INTERNAL) -> pd.Series:
    """The first row of a frame as an audience sees it."""
    frame = frame.head(1)
    if "version" not in frame:
        frame = frame.assign(version=1, recorded_at=pd.Timestamp("2026-11-22", tz="UTC"))
    sites = {str(value): "none" for value in frame.get("site_id", [])}
    return for_viewer(
        frame, viewer_for(audience), kind=kind, sites=SiteIndex(sensitivity=sites)
    ).iloc[0]


def text_of(html: str) -> str:
    """What a reader sees, with single spaces."""
    return " ".join(Parsed(html).text.split())


def sources_of(parsed: Parsed) -> set[str]:
    """The pictures that a card loads, without their colours; only what it brings with it."""
    found = {value or "" for name, value in parsed.attributes if name == "src"}
    assert all(value.startswith("data:image/svg+xml") for value in found)
    return {value[:18] for value in found}


def facts_of(html: str) -> dict[str, str]:
    """Label and text of each line of a card."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", html)
    return {label: Parsed(value).text for label, value in pairs}


@pytest.mark.parametrize("kind", list(FRAMES))
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_inert_in_every_field(kind, hostile):
    """Neither a tag, nor an attribute, nor a template comes out of a record's text."""
    frame = FRAMES[kind]().head(1).copy()
    texts = [column.name for column in columns_of(kind) if column.form is Form.TEXT]
    harmless = Parsed(card.card_html(kind, shown(frame, kind)))
    frame[texts] = hostile
    html = card.card_html(kind, shown(frame, kind))
    parsed = Parsed(html)
    assert set(parsed.tags) <= set(harmless.tags) | {"br"}
    assert sources_of(parsed) <= sources_of(harmless)
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert parsed.tags.count("article") == harmless.tags.count("article") == 1
    assert "${" not in html
    assert "`" not in html
    assert "<script" not in html.casefold()
    assert not [value for name, value in parsed.attributes if name == "href"]


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_every_real_fact_has_a_card(kind):
    """Each says its kind, id, grade, precision, marking and source."""
    frame = read_facts(kind).frame
    for audience in (Audience.INTERNAL, Audience.PUBLIC):
        given = frame.assign(version=1, recorded_at=pd.Timestamp("2026-11-22", tz="UTC"))
        sites = dict.fromkeys(frame.get("site_id", []), "none")
        index = SiteIndex(sensitivity=sites)
        disclosed = for_viewer(given, viewer_for(audience), kind=kind, sites=index)
        for _, row in disclosed.iterrows():
            html = card.card_html(kind, row)
            seen = text_of(html)
            assert card.KIND_LABELS[kind] in seen
            assert row["id"] in seen
            assert f"Grade {row['grade']}: " in seen
            assert row["marking"] in seen
            assert facts_of(html)["Source"] not in {"", "not stated"}
            assert not re.search(r"\b(nan|NaT|None|<NA>)\b", html)
            assert card.title(kind, row)


@pytest.mark.parametrize(
    ("precision", "told"),
    [("exact", "35.58788 N, 42.71834 E"), ("vicinity", "35.588 N, 42.718 E"),
     ("town", "35.59 N, 42.72 E"), ("province", "35.6 N, 42.7 E")],
)  # fmt: skip
def test_coordinates_have_the_digits_that_their_precision_carries(precision, told):
    """A town is not told to the metre."""
    frame = FRAMES["sites"]().head(1).assign(precision=precision)
    frame = frame.set_geometry(gpd.GeoSeries([Point(42.718342, 35.587884)], crs=4326))
    html = card.card_html("sites", shown(frame, "sites"))
    assert facts_of(html)["Position"] == told
    if precision != "exact":
        assert "42.71834" not in html


def test_a_generalised_place_is_told_as_its_cell():
    """The card of the public names the cell's edges and nothing nearer."""
    frame = FRAMES["sites"]().head(1).assign(sensitivity="none", marking="TLP:CLEAR")
    frame = frame.set_geometry(gpd.GeoSeries([Point(42.718342, 35.587884)], crs=4326))
    html = card.card_html("sites", shown(frame, "sites", Audience.PUBLIC))
    assert facts_of(html)["Position"] == "cell 35.58 to 35.59 N, 42.71 to 42.72 E"
    assert "42.718" not in html


def test_an_unknown_place_and_date_say_so():
    """Silence is not told as a date or a point."""
    frame = FRAMES["events"]().head(1).assign(date_from=pd.NaT, date_to=pd.NaT, date_text="")
    frame = frame.set_geometry(gpd.GeoSeries([None], crs=4326)).assign(precision="country")
    told = facts_of(card.card_html("events", shown(frame, "events")))
    assert told["Date"] == "unknown"
    assert told["Position"] == "no point known"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"date_from": "2015-03-07", "date_to": "2015-03-07"}, "2015-03-07"),
        ({"date_from": "2015-03-05", "date_to": "2015-03-07"}, "2015-03-05 to 2015-03-07"),
        ({"date_from": "2015-03-07", "date_to": None}, "2015-03-07"),
        ({"date_from": "2015-03-07", "date_to": "2015-03-07", "date_basis": "reported"},
         "2015-03-07 (date reported)"),
        ({"date_from": "2015-03-07", "date_to": "2015-03-07", "date_basis": "inferred",
          "date_note": "after the video"}, "2015-03-07 (date inferred; after the video)"),
        ({"date_from": None, "date_to": None, "date_text": "spring 2003"}, "spring 2003"),
        ({}, "unknown"),
    ],
)  # fmt: skip
def test_a_date_is_told_as_well_as_it_is_known(values, words):
    """A day, a span, the source's words, with the doubts."""
    row = pd.Series({**values, **{n: pd.Timestamp(values[n]) for n in ("date_from", "date_to")
                                  if values.get(n)}}, dtype=object)  # fmt: skip
    assert card.date_words(row) == words


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://example.org/a?b=1&c='2", 0),
        ("https://example.org/a?b=1&c=2", 1),
        ("HTTP://example.org", 1),
        ("https://a.example ; http://b.example", 2),
        ("javascript:alert(1)", 0),
        ("data:text/html,<b>", 0),
        ("file:///etc/passwd ; https://a.example", 1),
        ("https://a.example onclick=x", 0),
        ("www.example.org", 0),
        ("", 0),
    ],
)
def test_only_web_addresses_become_links(url, links):
    """Each opens apart and is told nothing of us; every other address stays readable text."""
    frame = FRAMES["sites"]().head(1).assign(source_url=url)
    html = card.card_html("sites", shown(frame, "sites"))
    hrefs = [value for name, value in Parsed(html).attributes if name == "href"]
    assert len(hrefs) == links
    assert all(href.casefold().startswith(("http://", "https://")) for href in hrefs)
    assert html.count("noopener noreferrer") == links
    assert all(part in text_of(html) for part in url.split(" ; "))


def test_simulated_rows_say_so_and_real_ones_do_not():
    """The badge is the word itself."""
    frame = FRAMES["sites"]().head(1)
    assert "SIMULATED" in text_of(
        card.card_html("sites", shown(frame.assign(simulated=True), "sites"))
    )
    assert "SIMULATED" not in card.card_html("sites", shown(frame.assign(simulated=False), "sites"))


def test_a_count_is_told_as_reported():
    """With its qualifier, or not at all."""
    frame = FRAMES["seizures"]().head(1)
    for count, qualifier, told in (
        (1200, "over", "over 1,200"),
        (7, "", "7"),
        (None, "about", None),
    ):
        counted = frame.assign(
            object_count=pd.array([count], dtype="Int64"), count_qualifier=qualifier
        )
        facts = facts_of(card.card_html("seizures", shown(counted, "seizures")))
        assert facts.get("Objects reported") == told


def test_a_flag_without_a_site_has_no_distance_as_number():
    """NaN is not printed, and a score says that it is no probability."""
    frame = FRAMES["alerts"]().head(1).assign(distance_m=np.nan, area_m2=25_294.0, score=20.98)
    html = card.card_html("alerts", shown(frame, "alerts"))
    told = facts_of(html)
    assert told["Area"] == "2.5 ha"
    assert told["Distance to the site"] == "unknown"
    assert told["Score (not a probability)"] == "20.98"
    assert "nan" not in html
    assert not {"Last seen clearly", "Dates that agree", "Sensors"} & told.keys()


def test_a_flag_says_what_it_rests_on():
    """Kind of study, sensors, dates that agree, placebo rate, last clear view, and its hint."""
    frame = FRAMES["alerts"]().head(1).assign(
        method="series", sensors="S2|L8", persistence=pd.array([4], dtype="Int64"),
        placebo_rate=0.004, last_clear_on=pd.to_datetime(["2026-11-20"]), hint="pits",
    )  # fmt: skip
    told = facts_of(card.card_html("alerts", shown(frame, "alerts")))
    assert (told["Drawn from"], told["Sensors"]) == ("many dates", "S2, L8")
    assert (told["Dates that agree"], told["Unverified hint"]) == ("4", "pits")
    assert told["Realised placebo false-alarm rate"] == "0.4 %"
    assert told["Last seen clearly"] == "2026-11-20"


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        ("A1", "A1: completely reliable source, confirmed by other sources"),
        ("F6", "F6: reliability not judged, truth not judged"),
        ("", ": unknown, unknown"),
    ],
)
def test_a_grade_is_told_in_words(grade, words):
    """The letter is the source's, the digit the statement's."""
    assert card.grade_words(grade) == words


def test_a_precision_is_told_as_a_distance():
    """The radius in words; a country has none."""
    assert card.precision_words("town") == "town: within about 10.0 km"
    assert card.precision_words("exact") == "exact: within about 100 m"
    assert card.precision_words("country") == "country only: no point"


@pytest.mark.parametrize("marking", list(Tlp))
def test_a_marking_is_shown_in_its_colour_on_black(marking):
    """TLP 2.0 prescribes both."""
    badge = style.marking_badge(marking.value)
    assert "background:#000" in badge
    assert Parsed(badge).text == marking.value


def test_a_scene_and_an_area_have_cards():
    """Acquired time and bands; an outline has no position in digits."""
    row = pd.Series(
        {"id": "SIM-1", "sensor": "simulated", "acquired_at": pd.Timestamp("2015-03-01T07:50Z"),
         "bands": "B02|B03", "geometry": box(42, 35, 43, 36), "precision": "exact",
         "marking": "TLP:CLEAR", "simulated": True, "grade": "F6", "source": "x", "source_url": "",
         "source_class": "", "licence": ""}
    )  # fmt: skip
    html = card.card_html("scenes", row)
    told = facts_of(html)
    assert (told["Acquired (UTC)"], told["Bands"]) == ("2015-03-01 07:50", "B02 B03")
    assert "Position" not in told
    assert card.title("scenes", row) == "simulated 2015-03-01"

"""The one query: what it finds, what it keeps and what it leaves alone."""

from __future__ import annotations

import dataclasses
import string
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geo.frames import frame_of_records
from geo.model import (
    Alert,
    BorderPost,
    DatePrecision,
    ObjectClass,
    PostKind,
    Precision,
    RoadLink,
    RoadMode,
    Scene,
    Seizure,
    SeizureType,
    Site,
    SiteEvent,
    SiteEventType,
    Tlp,
)
from geo.query import SEARCHED, Query, select, with_search_text
from geo.words import fold

EVERYTHING = Query()

SITES = [
    Site(
        id="PL912852",
        name="Hatra",
        name_ar="الحَضْر",
        country="Iraq",
        alt_names="al-Ḥaḍr|Hatrae",
        kind="city",
    ),
    Site(id="PL50762146", name="Abū Dhuba‘", country="Iraq", kind="cuneiform findspot"),
    Site(id="PL668331", name="Tall Šēḫ Ḥamad", name_ar="دور كتليمّو", country="Syria"),
    Site(id="PL874341", name="Qal'at Hawlêr", name_ar="قلعة أربيل", country="Iraq"),
    Site(id="PL893951", name="Arslan Taş", name_ar="أرسلان طاش", country="Syria"),
]

days = st.dates(date(1990, 1, 1), date(2026, 12, 31))


@st.composite
def intervals(draw: st.DrawFn) -> dict[str, date | None]:
    """Both ends of a record's time, in order, each of which may be unknown."""
    ends = sorted(draw(st.lists(days, min_size=2, max_size=2)))
    begin, end = (draw(st.sampled_from([day, None])) for day in ends)
    return {"date_from": begin, "date_to": end}


@st.composite
def seizures(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """A frame of some seizures whose values are few enough to be asked for."""
    records = [
        Seizure(
            id=f"SZ{number:03}",
            event_type=draw(st.sampled_from(SeizureType)),
            country=draw(st.sampled_from(["Iraq", "Syria", "Iraq/Syria", "Jordan"])),
            place=draw(st.sampled_from(["", "Mosul", "Abū Kamāl", "الموصل"])),
            object_classes=tuple(draw(st.sets(st.sampled_from(ObjectClass), max_size=3))),
            grade=draw(st.sampled_from(["F6", "B2"])),
            precision=draw(st.sampled_from(Precision)),
            marking=draw(st.sampled_from(Tlp)),
            simulated=draw(st.booleans()),
            geometry=draw(st.sampled_from([None, Point(43.1, 36.3)])),
            **draw(intervals()),
        )
        for number in range(draw(st.integers(0, 6)))
    ]
    return frame_of_records("seizures", records)


def some_of(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Mostly none, or one to three of the values."""
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
    return st.just(()) | st.just(()) | chosen


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A query with any of its limits."""
    return Query(
        text=draw(st.sampled_from(["", " ", "mosul", "الموصل", "abu kamal", "SZ001", "zz"])),
        date_from=draw(st.none() | days),
        date_to=draw(st.none() | days),
        include_undated=draw(st.booleans()),
        countries=draw(some_of(["Iraq", "Syria", "Jordan", "Peru"])),
        object_classes=draw(some_of(list(ObjectClass))),
        event_types=draw(some_of(list(SeizureType))),
        grades=draw(some_of(["F6", "B2", "A1"])),
        precisions=draw(some_of(list(Precision))),
        markings=draw(some_of(list(Tlp))),
        include_simulated=draw(st.booleans()),
    )


def single_limits(query: Query) -> list[Query]:
    """One query for each limit of `query`, which together ask for the same."""
    period = ("date_from", "date_to", "include_undated")
    others = [f.name for f in dataclasses.fields(Query) if f.name not in period]
    return [
        Query(**{name: getattr(query, name) for name in period}),
        *(Query(**{name: getattr(query, name)}) for name in others),
    ]


def found(records: list, kind: str, query: Query) -> list[str]:
    """Ids of the records that the query keeps."""
    return select(frame_of_records(kind, records), query)["id"].tolist()


def seizure(number: int, **fields: object) -> Seizure:
    """A seizure in Iraq with some fields of interest."""
    given = {"event_type": SeizureType.SEIZURE, "country": "Iraq"} | fields
    return Seizure(id=f"SZ{number:03}", **given)


class TestFold:
    """How texts are compared."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Abū Dhuba‘", "abu dhuba"),
            ("Ba'qūbah", "BAQUBAH"),
            ("Baʿqūbah", "Ba´qubah"),
            ("Tall ʾAsmar", "tall asmar"),
            ("Diyarbakır", "DIYARBAKIR"),
            ("İstanbul", "istanbul"),
            ("Šēḫ Ḥamad", "seh hamad"),
            ("Straße", "STRASSE"),
            ("ﬁndspot", "findspot"),
            ("ℌatra", "hatra"),
            ("  two \t words\n", "two words"),
            ("non\u00a0breaking", "non breaking"),
        ],
    )
    def test_transliterations_meet(self, one: str, other: str):
        """Case, accents, ayn, hamza and spaces make no difference."""
        assert fold(one) == fold(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("أور", "اور"),
            ("إربيل", "اربيل"),
            ("آشور", "اشور"),
            ("ٱلحضر", "الحضر"),
            ("الحَضْرُ", "الحضر"),
            ("الحـــضر", "الحضر"),
            ("نمرودى", "نمرودي"),
            ("کرکوک", "كركوك"),
            ("سیپار", "سيپار"),
            ("قلعة", "قلعه"),
            ("قلعۀ", "قلعه"),
            ("قلعہ", "قلعه"),
            ("مؤتة", "موته"),
            ("بئر", "بير"),
            ("\u200fالحضر\u200e", "الحضر"),
            ("می\u200cسان", "میسان"),
            ("\ufefb", "لا"),
            ("١٢٣", "123"),
            ("۴۵۶", "456"),
        ],
    )
    def test_arabic_and_persian_spellings_meet(self, one: str, other: str):
        """Letter variants, vowel signs, tatweel, marks of direction and digits are one."""
        assert fold(one) == fold(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Ur", "Uruk"), ("نمرود", "نمرد"), ("حضر", "خضر"), ("Isin", "Isın x"), ("12", "21")],
    )
    def test_different_names_stay_different(self, one: str, other: str):
        """Folding joins spellings, not words."""
        assert fold(one) != fold(other)

    @given(text=st.text())
    def test_folding_twice_is_folding_once(self, text: str):
        """Whatever the script."""
        assert fold(fold(text)) == fold(text)

    @given(text=st.text())
    def test_what_is_folded_has_no_accents_no_outer_and_no_double_spaces(self, text: str):
        """The result can be cut into words by spaces."""
        folded = fold(text)
        assert not any(unicodedata.combining(c) for c in folded)
        assert folded == " ".join(folded.split())

    @given(text=st.text(alphabet=string.ascii_letters + "āīūḥṣṭẓšēğçöüâ ‘’'"))
    def test_case_and_composition_make_no_difference(self, text: str):
        """The same name upper or lower, composed or decomposed."""
        assert fold(text.upper()) == fold(text.lower()) == fold(text)
        assert fold(unicodedata.normalize("NFD", text)) == fold(text)

    @given(
        letters=st.lists(st.sampled_from("ابتثجحخدذرزسشصضطظعغفقكلمنهوي"), min_size=1),
        marks=st.lists(st.sampled_from("\u064b\u064e\u064f\u0650\u0651\u0652\u0670\u0640\u200f")),
    )
    def test_vowelled_and_plain_arabic_are_one(self, letters: list[str], marks: list[str]):
        """Signs strewn over a word change nothing."""
        vowelled = "".join(a + b for a, b in zip(letters, marks * len(letters), strict=False))
        plain = "".join(letters)
        rest = plain[len(letters) if marks else 0 :]
        assert fold(vowelled + rest) == fold(plain)


class TestText:
    """Free text over all names and words of a record."""

    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("hatra", ["PL912852"]),
            ("HATRA", ["PL912852"]),
            ("الحضر", ["PL912852"]),
            ("ٱلحضر", ["PL912852"]),
            ("al-hadr", ["PL912852"]),
            ("abu dhuba", ["PL50762146"]),
            ("Abū Ḍuba", []),
            ("tall seh hamad", ["PL668331"]),
            ("كتليمو", ["PL668331"]),
            ("قلعه اربيل", ["PL874341"]),
            ("قلعة أربيل", ["PL874341"]),
            ("qalat hawler", ["PL874341"]),
            ("arslan tas", ["PL893951"]),
            ("pl893951", ["PL893951"]),
            ("iraq hat", ["PL912852"]),
            ("hat iraq", ["PL912852"]),
            ("hatra nimrud", []),
            ("syria", ["PL668331", "PL893951"]),
            ("   ", [site.id for site in SITES]),
            ("‘", [site.id for site in SITES]),
        ],
    )
    def test_a_site_is_found_by_any_of_its_names(self, text: str, ids: list[str]):
        """English, Arabic, alternative names and the id, in any order of words."""
        assert found(SITES, "sites", Query(text=text)) == ids

    def test_a_word_is_not_found_across_two_columns(self):
        """The end of one field and the start of the next make no word."""
        assert found([Site(id="A", name="Ni", country="mrud")], "sites", Query(text="nimrud")) == []

    @pytest.mark.parametrize("text", [".*", "a|b", "(", "[", "\\", "^Hatra$", "%", "_"])
    def test_no_character_is_a_pattern(self, text: str):
        """Free text is looked for as it stands."""
        assert found(SITES, "sites", Query(text=text)) == []

    @pytest.mark.parametrize("column", SEARCHED)
    def test_every_searched_column_belongs_to_some_record(self, column: str):
        """The list names no column that has gone."""
        kinds = (Site, BorderPost, Seizure, SiteEvent, RoadLink, Scene, Alert)
        assert any(column in {f.name for f in dataclasses.fields(kind)} for kind in kinds)

    def test_the_folded_text_may_be_made_once(self):
        """With or without the column made beforehand, the answer is the same rows."""
        frame = frame_of_records("sites", SITES)
        prepared = with_search_text(frame)
        assert "search_text" not in frame
        for text in ("hatra", "قلعه", "nowhere"):
            query = Query(text=text)
            assert select(prepared, query)["id"].tolist() == select(frame, query)["id"].tolist()

    def test_a_selection_can_be_searched_again(self):
        """Rows that kept their old index are searched by their own text."""
        in_syria = select(frame_of_records("sites", SITES), Query(countries=("Syria",)))
        assert select(in_syria, Query(text="tas"))["id"].tolist() == ["PL893951"]

    def test_a_frame_without_any_searched_column_holds_no_text(self):
        """No column, no word; and no error."""
        bare = gpd.GeoDataFrame({"p": [0.5]}, geometry=[Point(43, 36)], crs=4326)
        assert with_search_text(bare)["search_text"].tolist() == [""]
        assert len(select(bare, Query(text="hatra"))) == 0

    def test_a_missing_text_is_no_word(self):
        """A None that slipped in is not found as `none` or `nan`."""
        frame = gpd.GeoDataFrame(
            {"id": ["A", "B"], "name": [None, "Nimrud"]}, geometry=[None, None], crs=4326
        )
        assert with_search_text(frame)["search_text"].tolist() == ["a", "b nimrud"]


class TestPeriod:
    """Time, with all that is not known about it."""

    @pytest.mark.parametrize(
        ("begin", "end", "kept"),
        [
            (date(2014, 12, 31), date(2014, 12, 31), False),
            (date(2014, 12, 31), date(2015, 1, 1), True),
            (date(2015, 1, 1), date(2015, 1, 1), True),
            (date(2015, 12, 31), date(2016, 6, 1), True),
            (date(2016, 1, 1), date(2016, 6, 1), False),
            (date(2003, 1, 1), date(2020, 1, 1), True),
            (date(2015, 2, 26), None, True),
            (date(2014, 2, 26), None, False),
            (None, date(2014, 12, 31), False),
            (None, date(2015, 1, 1), True),
            (None, date(2020, 1, 1), True),
            (None, None, True),
        ],
    )
    def test_a_record_is_kept_if_its_interval_meets_the_period(
        self, begin: date | None, end: date | None, kept: bool
    ):
        """Both ends count; an unknown end is the begin, an unknown begin is long ago."""
        year = Query(date_from=date(2015, 1, 1), date_to=date(2015, 12, 31))
        records = [seizure(1, date_from=begin, date_to=end)]
        assert bool(found(records, "seizures", year)) is kept

    @pytest.mark.parametrize(
        "limits", [{"date_from": date(2015, 1, 1)}, {"date_to": date(2015, 1, 1)}]
    )
    def test_undated_records_are_kept_or_left_out_as_asked(self, limits: dict[str, date]):
        """One without any date is neither in nor out by itself."""
        undated = [seizure(1), seizure(2, date_precision=DatePrecision.UNKNOWN)]
        assert len(found(undated, "seizures", Query(**limits))) == 2
        assert found(undated, "seizures", Query(**limits, include_undated=False)) == []

    def test_without_a_period_undated_records_are_kept(self):
        """The choice about undated records belongs to a period."""
        assert len(found([seizure(1)], "seizures", Query(include_undated=False))) == 1

    @pytest.mark.parametrize(
        ("kind", "record"),
        [
            ("sites", SITES[0]),
            ("posts", BorderPost(id="P", name="Rabia", country="Iraq", kind=PostKind.LAND)),
            ("roads", RoadLink(id="R", from_node="a", to_node="b", mode=RoadMode.ROAD)),
        ],
    )
    def test_what_does_not_happen_is_not_touched_by_a_period(self, kind: str, record: Site):
        """A site, a post or a road without dates stays on the map whatever the period."""
        query = Query(date_from=date(2015, 1, 1), include_undated=False)
        assert len(found([record], kind, query)) == 1

    @pytest.mark.parametrize(
        ("kind", "record"),
        [
            ("seizures", seizure(1)),
            (
                "events",
                SiteEvent(id="E", site_name="Hatra", event_type=SiteEventType.DESTRUCTION),
            ),
            (
                "scenes",
                Scene(
                    id="S",
                    sensor="simulated",
                    bands=("B04",),
                    acquired_at=datetime(2015, 3, 7, tzinfo=UTC),
                    sha256="0" * 64,
                    path="s.tif",
                ),
            ),
            ("alerts", Alert(id="A")),
        ],
    )
    def test_what_happens_is_left_out_without_a_date(self, kind: str, record: Seizure):
        """Undated seizures, events, scenes and alerts go when undated records are not wanted."""
        query = Query(date_from=date(2015, 1, 1), include_undated=False)
        assert found([record], kind, query) == []


class TestLimits:
    """Limits on single columns."""

    def test_a_record_of_two_countries_belongs_to_both(self):
        """`Iraq/Syria` is found under either and under no other."""
        records = [seizure(1, country="Iraq/Syria"), seizure(2, country="Jordan")]
        assert found(records, "seizures", Query(countries=("Iraq",))) == ["SZ001"]
        assert found(records, "seizures", Query(countries=("Syria",))) == ["SZ001"]
        assert found(records, "seizures", Query(countries=("Syria", "Jordan"))) == [
            "SZ001",
            "SZ002",
        ]
        assert found(records, "seizures", Query(countries=("Iraq/Syria",))) == []

    def test_a_country_is_not_found_by_its_part(self):
        """Niger is not Nigeria."""
        assert found([seizure(1, country="Nigeria")], "seizures", Query(countries=("Niger",))) == []

    def test_one_of_several_object_classes_is_enough(self):
        """Joined by bars in the frame, classes are asked for one by one."""
        records = [
            seizure(1, object_classes=(ObjectClass.SEALS, ObjectClass.COINS)),
            seizure(2, object_classes=(ObjectClass.ARCHITECTURE,)),
            seizure(3),
        ]
        coins = Query(object_classes=("coins",))
        architecture = Query(object_classes=("architectural elements", "writing"))
        assert found(records, "seizures", coins) == ["SZ001"]
        assert found(records, "seizures", architecture) == ["SZ002"]

    def test_a_limit_on_what_a_kind_does_not_have_leaves_it_alone(self):
        """Sites have no object classes, so that limit does not empty the map of sites."""
        query = Query(object_classes=("coins",), event_types=("seizure",))
        assert len(found(SITES, "sites", query)) == len(SITES)

    def test_simulated_records_can_be_hidden(self):
        """A switch hides what is invented."""
        records = [seizure(1, simulated=True), seizure(2)]
        assert found(records, "seizures", Query()) == ["SZ001", "SZ002"]
        assert found(records, "seizures", Query(include_simulated=False)) == ["SZ002"]

    @pytest.mark.parametrize("kind", ["sites", "seizures", "scenes", "alerts"])
    def test_an_empty_frame_stays_an_empty_frame(self, kind: str):
        """No rows in, no rows out, columns, dtypes and CRS kept."""
        empty = frame_of_records(kind, [])
        query = Query(
            text="hatra",
            date_from=date(2015, 1, 1),
            countries=("Iraq",),
            object_classes=("coins",),
            include_simulated=False,
        )
        assert_geodataframe_equal(select(empty, query), empty)


class TestLaws:
    """What holds for every frame and every query."""

    @given(frame=seizures())
    def test_the_empty_query_keeps_everything(self, frame: gpd.GeoDataFrame):
        """Nothing asked, nothing left out."""
        assert_geodataframe_equal(select(frame, EVERYTHING), frame)

    @given(frame=seizures(), query=queries())
    def test_limits_joined_are_the_rows_common_to_each(self, frame: gpd.GeoDataFrame, query: Query):
        """Conjunction is intersection."""
        common = set(frame.index)
        for limit in single_limits(query):
            common &= set(select(frame, limit).index)
        assert set(select(frame, query).index) == common

    @given(frame=seizures(), query=queries())
    def test_rows_are_kept_whole_and_in_order(self, frame: gpd.GeoDataFrame, query: Query):
        """What is kept is what was there: same columns, index, CRS and values."""
        kept = select(frame, query)
        assert_geodataframe_equal(kept, frame.loc[kept.index])
        assert kept.index.is_monotonic_increasing
        assert_geodataframe_equal(select(kept, query), kept)

    @given(frame=seizures(), query=queries())
    def test_each_row_is_judged_by_itself(self, frame: gpd.GeoDataFrame, query: Query):
        """Whether a record is kept does not depend on the others."""
        whole = select(frame, query)["id"].tolist()
        one_by_one = [select(frame.iloc[[row]], query)["id"].tolist() for row in range(len(frame))]
        assert whole == [found_id for ids in one_by_one for found_id in ids]

    @given(frame=seizures(), query=queries())
    def test_the_frame_that_was_asked_is_untouched(self, frame: gpd.GeoDataFrame, query: Query):
        """No column is added and no value changed."""
        before = frame.copy(deep=True)
        select(frame, query)
        assert_geodataframe_equal(frame, before)

    def test_a_query_is_a_value(self):
        """Equal queries are one key of a cache."""
        one = Query(text="hatra", countries=("Iraq",))
        assert one == Query(text="hatra", countries=("Iraq",))
        assert len({one, Query(text="hatra", countries=("Iraq",)), EVERYTHING}) == 2


class TestDescribed:
    """The limits in words, for the printed page."""

    def test_no_limit_no_words(self):
        """The empty query prints nothing."""
        assert EVERYTHING.described() == []
        assert Query(text="  ", include_undated=False).described() == []

    def test_every_limit_is_named_with_its_values(self):
        """A reader of the page can ask the same again."""
        query = Query(
            text=" الحضر ",
            date_from=date(2014, 6, 10),
            date_to=date(2017, 7, 10),
            include_undated=False,
            countries=("Iraq", "Syria"),
            object_classes=("seals",),
            event_types=("seizure",),
            grades=("B2",),
            precisions=("exact",),
            markings=("TLP:CLEAR",),
            include_simulated=False,
        )
        assert query.described() == [
            "Period: 2014-06-10 to 2017-07-10, without undated records",
            "Country: Iraq, Syria",
            "Object class: seals",
            "Event type: seizure",
            "Grade: B2",
            "Precision: exact",
            "Marking: TLP:CLEAR",
            "Text: الحضر",
            "Simulated data hidden",
        ]

    def test_an_open_period_says_so(self):
        """One end may be free."""
        assert Query(date_from=date(2014, 6, 10)).described() == [
            "Period: 2014-06-10 to today, with undated records"
        ]
        assert Query(date_to=date(2014, 6, 10)).described() == [
            "Period: the beginning to 2014-06-10, with undated records"
        ]

    @given(query=queries())
    def test_words_are_printed_if_and_only_if_rows_may_be_left_out(self, query: Query):
        """No limit is silent."""
        limits = dataclasses.replace(query, include_undated=True, text=query.text.strip())
        assert bool(query.described()) is (limits != EVERYTHING)


def test_searching_copies_no_more_than_it_must():
    """The folded text is one line a row, with the words of each column once."""
    frame = frame_of_records("sites", SITES[:1])
    (text,) = with_search_text(frame)["search_text"]
    assert text == "pl912852 hatra الحضر al-hadr|hatrae iraq"
    assert isinstance(with_search_text(frame)["search_text"].dtype, pd.StringDtype)

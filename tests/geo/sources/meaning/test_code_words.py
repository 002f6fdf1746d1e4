"""Words stand for the values of closed sets, each for one."""

from __future__ import annotations

import pytest

from geo import eamena, model
from geo.columns import RECORDS, columns_of
from geo.sources.meaning import code_words
from geo.sources.meaning.code_words import meaning, says_nothing


def values(kind) -> tuple[str, ...]:
    """The values of a closed set."""
    return tuple(value.value for value in kind)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (model.SeizureType, "Confiscated", "seizure"), (model.SeizureType, "ضبط", "seizure"),
        (model.SeizureType, "مُصادرة", "seizure"), (model.SeizureType, "Repatriation", "return"),
        (model.SeizureType, "إعادة", "return"), (model.SeizureType, "القاء القبض", "arrest"),
        (model.SiteEventType, "illegal excavation", "looting"),
        (model.SiteEventType, "air-strike", "military damage"),
        (model.SiteEventType, "نهب", "looting"), (model.SiteEventType, "قصف", "military damage"),
        (model.TransportMode, "Lorry", "road"), (model.TransportMode, "شحن جوّي", "air cargo"),
        (model.TransportMode, "برّاً", "road"), (model.TransportMode, "air freight", "air cargo"),
        (model.TransportMode, "سیارة", "road"), (model.TransportMode, "Maritime", "sea"),
        (model.TransportMode, "mail/post", "post"), (model.TransportMode, "unknown", ""),
        (model.TransportMode, "سيرا على الأقدام", "pedestrian"),
        (model.PostKind, "airport", "air"), (model.PostKind, "منفذ بري", "land"),
        (model.PostKind, "ميناء", "sea"), (model.Precision, "محافظة", "province"),
        (model.Precision, "GPS", "exact"), (model.Tlp, "TLP WHITE", "TLP:CLEAR"),
        (model.Tlp, "amber+strict", "TLP:AMBER+STRICT"), (model.Tlp, "Green", "TLP:GREEN"),
        (model.ObjectClass, "cylinder seals", "seals"), (model.ObjectClass, "مسكوكات", "coins"),
        (model.ObjectClass, "ألواح مسمارية", "writing"), (model.CustodyType, "تخزين", "stored"),
        (eamena.Condition, "ضعيف", "Poor"), (eamena.Certainty, "ضعيف", "Low"),
        (eamena.Condition, "سيئ جدا", "Very Bad"), (eamena.ThreatProbability, "محتمل", "Probable"),
        (model.Sensitivity, "High", "2"), (model.RoadMode, "سكة حديد", "rail"),
    ],
)  # fmt: skip
def test_words_of_people_mean_our_values(kind, text, value):
    """In English and Arabic, whatever the case, vowel signs and forms of letters."""
    assert meaning(text, values(kind)) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(model.SeizureType, "theft"), (model.SeizureType, "استرداد"), (model.Precision, "near"),
     (model.Precision, ""), (model.TransportMode, "camel train express"), (model.Tlp, "purple")],
)  # fmt: skip
def test_words_that_may_be_two_or_none_mean_nothing(kind, text):
    """A person decides."""
    assert meaning(text, values(kind)) is None


def test_no_word_means_two_values_of_one_set():
    """Nor another than the value that is written like it."""
    for kind, words in code_words._WORDS.items():
        assert set(words) <= set(values(kind)), kind
        known = {code_words._key(value): value for value in values(kind) if value}
        for value, given in words.items():
            for word in given.split(" / "):
                assert known.setdefault(code_words._key(word), value) == value, (kind, word)


def test_every_closed_set_of_a_record_is_looked_up_whole():
    """The values themselves are always among the words."""
    sets = {column.codes for kind in RECORDS for column in columns_of(kind) if column.codes}
    assert len(sets) > 10
    for codes in sets:
        for code in filter(None, codes):
            assert meaning(code.upper(), codes) == code


@pytest.mark.parametrize(
    "text",
    ["-", "n/a", "N/A", "Unknown", "غير معروف", "غَير معروف", "؟", "?", "نامعلوم", "—", "NULL"],
)
def test_filled_cells_may_say_nothing(text):
    """In words and signs."""
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["", "0", "no", "Nineveh", "none of these", "unknown car"])
def test_other_cells_say_something(text):
    """Also those that only begin so."""
    assert not says_nothing(text)

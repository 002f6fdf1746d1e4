"""Names are compared by their letters, and the words around them are understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.matching.place_words import Wanted, loose_key, strict_key, wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tall ʿAfar", "Tal-Afar"), ("Al-Mawṣil", "Mawsil"), ("الموصل", "موصل"),
        ("Umm Qaşr", "Umm Qasr"), ("An Nasiriyah", "Nassiriyah"), ("تل عفر", "تلّ عفر"),
        ("Tell Brak", "Tall Brāk"), ("اربیل", "أربيل"), ("Deir ez-Zor", "Deir Az Zor"),
    ],
)  # fmt: skip
def test_spellings_of_one_name_have_one_loose_key(one, other):
    """Whatever the article, accents, hamza and doubled letters."""
    assert loose_key(strict_key(one)) == loose_key(strict_key(other))


def test_other_names_have_other_keys():
    """Kut is not Kufa, and a name that is only an article stays one."""
    assert loose_key(strict_key("Kut")) != loose_key(strict_key("Kufa"))
    assert loose_key("al") == "al"


@pytest.mark.parametrize(
    ("place", "wanted_parts"),
    [
        ("Mosul", []),
        ("Mosul, Iraq", ["mosul", "iraq"]),
        ("near Hatra", [Wanted("hatra", whole=False, near=True)]),
        ("Farm north of Baghdad", [Wanted("baghdad", whole=False, near=True)]),
        ("قرب الحضر", [Wanted("الحضر", whole=False, near=True)]),
        ("Nineveh Governorate", [Wanted("nineveh", whole=False, kinds=frozenset({"province"}))]),
        ("محافظة نينوى", [Wanted("نينوي", whole=False, kinds=frozenset({"province"}))]),
        ("At-Tanf crossing", [Wanted("at tanf", whole=False, kinds=frozenset({"post"}))]),
        ("منفذ طريبيل", [Wanted("طريبيل", whole=False, kinds=frozenset({"post"}))]),
        ("Doha (handover)", ["doha", "handover"]),
        ("", []),
    ],
)  # fmt: skip
def test_the_words_around_a_name_are_understood(place, wanted_parts):
    """The whole comes first, then its parts with what the words say."""
    first, *parts = wanted(place)
    assert first == Wanted(strict_key(place))
    expected = [Wanted(p, whole=False) if isinstance(p, str) else p for p in wanted_parts]
    assert parts == expected


@given(st.text(max_size=60))
def test_any_text_gives_names(place):
    """Each once, folded."""
    names = [one.name for one in wanted(place)]
    assert len(names) == len(set(names))
    assert all(name == " ".join(name.split()) for name in names)

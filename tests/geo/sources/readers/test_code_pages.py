"""Old code pages are told apart by what their letters look like."""

from __future__ import annotations

import pytest

from geo.sources.readers.code_pages import code_page_of

ARABIC = (
    "دمشق",
    "ق",
    "A,الموصل",
    "حوالي عشرين ختما",
    "نينوى،العراق",
    "1;نمرود;Iraq;تل",
    "لوح (طين)",
)
WESTERN = ("Zürich", "à Paris", "saisie à Genève", "5° north", "“seals” – lot", "São Paulo", "café")
TURKISH = ("Şanlıurfa", "altın yüzük", "Gaziantep İl Müzesi", "Diyarbakır, Iğdır")


@pytest.mark.parametrize("text", ARABIC)
@pytest.mark.parametrize("times", [1, 3, 500])
def test_arabic_is_known(text, times):
    """However short, and however often it comes again."""
    assert code_page_of("\n".join([text] * times).encode("cp1256")) == "cp1256"


@pytest.mark.parametrize("page", ["cp1256", "iso8859_6", "cp720"])
def test_arabic_pages_are_told_apart(page):
    """By the commoner letters, in a few words."""
    text = "A1,ضبطت ثلاث لوحات طينية وأختام في نقطة الحدود,العراق\nB2,متحف الموصل\n"
    assert code_page_of(text.encode(page)) == page


@pytest.mark.parametrize("text", WESTERN)
def test_western_is_known(text):
    """Letters with accents stand among plain ones; signs of punctuation stand alone."""
    assert code_page_of(text.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize("text", TURKISH)
def test_turkish_is_known(text):
    """By the letters that windows-1252 has not."""
    assert code_page_of(text.encode("cp1254")) == "cp1254"


@pytest.mark.parametrize(
    "content",
    [bytes(range(128, 256)), b"\xff" * 50, "متحف\n".encode() * 3 + b"\xd9", b"\xf0\x9f" * 9],
)
def test_noise_is_no_text(content):
    """Nor is UTF-8 that broke somewhere."""
    assert code_page_of(content) == ""

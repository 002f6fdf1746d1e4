"""SECURITY.md: every item of the standard is there, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
TEXT = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")

LEVEL_2 = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}  # fmt: skip
"""Items of levels 1 and 2 by section, counted from 1, as OWASP ASVS 5.0 has them."""

ITEMS = dict(re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+) \|$", TEXT, re.MULTILINE))
NAMED = sorted(set(re.findall(r"tests/[\w/.]+(?:::\w+)?", TEXT)))


def test_every_item_of_level_2_is_answered():
    """None is missing, none is invented."""
    due = {f"{section}.{n}" for section, count in LEVEL_2.items() for n in range(1, count + 1)}
    assert set(ITEMS) == due


@pytest.mark.parametrize("item", sorted(ITEMS))
def test_an_item_names_a_test_or_says_why_not(item: str):
    """A bare yes is no answer."""
    answer = ITEMS[item]
    assert "tests/" in answer or answer.startswith("not: ") or "this page, " in answer


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_is_named_exists(named: str):
    """Files and functions are where the page says."""
    path, _, function = named.rstrip(".").partition("::")
    assert (PROJECT / path).exists()
    if function:
        assert re.search(
            rf"^\s*def {function}\(", (PROJECT / path).read_text("utf-8"), re.MULTILINE
        )

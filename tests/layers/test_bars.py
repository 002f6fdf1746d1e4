"""Bars with ranges: lengths, what is unknown, and text that stays text."""

from __future__ import annotations

import re

import pytest

from layers.bars import Bar, bars_html
from tests.map_frames import PAYLOADS


def lefts(html: str, kind: str) -> list[tuple[float, float]]:
    """Left end and width in percent of each bar or range."""
    found = re.findall(rf'class="{kind}[^"]*" style="left:([\d.]+)%;width:([\d.]+)%', html)
    return [(float(left), float(width)) for left, width in found]


def test_bars_begin_at_nought_and_end_at_the_longest_range():
    """Of 0 to 0.8, a share of 0.4 is half, and its range from 0.2 to 0.8 lies over it."""
    html = bars_html([Bar(label="a", value=0.4, low=0.2, high=0.8)], described="shares")
    assert lefts(html, "bar") == [(0, 50)]
    assert lefts(html, "band") == [(25, 75)]


def test_a_loss_runs_to_the_left():
    """Change of -0.2 and +0.6: the middle line lies at a quarter."""
    html = bars_html([Bar(label="a", value=-0.2), Bar(label="b", value=0.6)], described="changes")
    assert lefts(html, "bar") == [(0, 25), (25, 75)]
    assert html.count('class="zero" style="left:25.00%"') == 2


def test_what_is_unknown_is_hatched_and_has_no_bar():
    """It says so in words too."""
    html = bars_html([Bar(label="a", detail="no road to it is known")], described="shares")
    assert 'class="unknown"' in html
    assert lefts(html, "bar") == []
    assert ">unknown</span>" in html


def test_nothing_at_all_is_no_error():
    """No bar, and bars of nought."""
    assert "row" not in bars_html([], described="none").partition("</style>")[2]
    assert lefts(bars_html([Bar(label="a", value=0.0)], described="nought"), "bar") == [(0, 0)]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload: str):
    """In label, detail, figure and description."""
    html = bars_html(
        [Bar(label=payload, detail=payload, figure=payload, value=1.0)], described=payload
    ).partition("</style>")[2]
    assert re.sub(r"</?(div|span|b|bdi|small|i)(?=[ >])[^<>]*>", "", html).count("<") == 0
    assert "<img" not in html
    assert "<script" not in html

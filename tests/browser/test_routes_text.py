"""Hostile text in every field of a study of routes: nothing of it runs in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from shapely.geometry import box

from layers import corridors, shares
from layers.bars import Bar, bars_html
from layers.map_layer import AreaClass, MapLayer, area_layer, record_key, tooltip
from tests import route_frames
from tests.browser.test_hostile_text import POKE, marks, page_of
from tests.map_frames import NIMRUD, PAYLOADS

pytestmark = pytest.mark.browser


def of_all(make: Callable) -> pd.DataFrame:
    """The frames that `make` gives for each payload, one after the other."""
    return pd.concat([make(lambda _, one=payload: one) for payload in PAYLOADS], ignore_index=True)


def layers() -> list[MapLayer]:
    """Every layer of routes, exposure and checks, and areas, with every payload in every field."""
    study_id = " ".join(PAYLOADS)
    squares = [box(43 + n / 10, 36, 43.05 + n / 10, 36.1) for n in range(len(PAYLOADS))]
    return [
        area_layer(
            "cells",
            squares,
            name=study_id,
            classes=[AreaClass(label=payload, colour="#e69f00") for payload in PAYLOADS],
            class_of=range(len(PAYLOADS)),
            keys=[record_key("cells", payload, payload) for payload in PAYLOADS],
            tips=[tooltip(payload, payload) for payload in PAYLOADS],
        ),
        corridors.corridor_layer(of_all(route_frames.corridors), study_id=study_id, simulated=True),
        corridors.route_layer(of_all(route_frames.routes), chosen="RT-0123456789-1"),
        corridors.flow_layer(of_all(route_frames.routes)),
        shares.exit_layer(of_all(route_frames.exits), study_id=study_id, simulated=True),
        shares.exposure_layer(
            of_all(lambda text: route_frames.exposure_study(text).posts),
            study_id=study_id,
            simulated=False,
        ),
        shares.check_layer(
            of_all(lambda text: route_frames.check_study(text).checks),
            study_id=study_id,
            simulated=False,
        ),
        *(shares.origin_layer(payload, NIMRUD, simulated=False) for payload in PAYLOADS),
    ]


def test_nothing_runs_and_everything_is_read_as_it_stands(page: Page, tmp_path: Path):
    """Tooltips, pictures, legends and bars, by pointing at and clicking on all of them."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_of(tmp_path, layers()))
    page.wait_for_selector(".lamassu-layers li", state="attached")
    read = page.evaluate(POKE)
    assert len(read) > 20 * len(PAYLOADS)
    for payload in PAYLOADS[:3]:
        assert any(payload in text for text in read)
    bars = [Bar(label=payload, value=1.0, figure=payload, detail=payload) for payload in PAYLOADS]
    page.evaluate(
        "(html) => document.body.insertAdjacentHTML('beforeend', html)",
        bars_html(bars, described=" ".join(PAYLOADS)),
    )
    page.wait_for_timeout(300)
    assert marks(page) == []
    assert errors == []


def test_what_is_unknown_is_hatched_on_the_map(page: Page, tmp_path: Path):
    """The pattern is found by every picture that names it, also where the first one is hidden."""
    layer = shares.exit_layer(route_frames.exits(), study_id="RT-1", simulated=False)
    page.goto(page_of(tmp_path, [layer]))
    page.wait_for_selector(".lamassu-symbol.lamassu-exits", state="attached")
    hatched = page.locator(".lamassu-symbol.lamassu-exits circle[fill='url(#lamassu-hatch)']")
    expect(hatched).to_have_count(1)
    assert page.evaluate("document.getElementById('lamassu-hatch') !== null")

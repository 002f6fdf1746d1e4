"""The re-ranker in the settings: off at first, and never without its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shapely.geometry import box
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from geo.frames import frame_of_records
from geo.model import Alert, Judgement, Precision
from geo.pipeline.alerts import learning
from geo.store import FileKey, Store
from layers.views import cache
from tests.homes import NOW
from tests.layers.views.conftest import MAIN, forget

SITES = ("PL894004", "PL894019", "EX001")


@pytest.fixture
def open_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], AppTest]]:
    """Opens the page of settings."""
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    forget()

    def start() -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=60)
        app._page_hash = calc_hash("settings")
        return app.run()

    yield start
    cache.store().close()
    forget()


def judge_made_up_alerts(store: Store, count: int) -> None:
    """Keep `count` made-up alerts; the strong ones were accepted."""
    alerts = [
        Alert(
            id=f"CH-{number % 9:010d}-{number:03d}",
            detection_id=f"CH-{number % 9:010d}",
            site_id=SITES[number % 3],
            geometry=box(43.0, 36.0 + number / 1000, 43.001, 36.001 + number / 1000),
            precision=Precision.EXACT,
            score=float(number),
            area_m2=1000.0 + number,
            judgement=Judgement.ACCEPTED if number > count / 2 else Judgement.REJECTED,
            source="made up",
        )
        for number in range(count)
    ]
    key = FileKey(file_name="made up", sha256="b2" * 32, dataset_id="local")
    store.add("alerts", frame_of_records("alerts", alerts), key=key, author="test", now=NOW)


def told(app: AppTest) -> str:
    """What stands on the page."""
    return "\n".join(part.value for part in (*app.markdown, *app.caption, *app.error))


def test_it_is_off_and_waits_for_enough_judgements(open_settings):
    """Nothing can be switched or tried."""
    app = open_settings()
    assert not app.exception
    assert not app.toggle(key="reranker").value
    assert app.toggle(key="reranker").disabled
    assert app.button(key="reranker try").disabled
    assert "0 are judged" in told(app)


def test_its_effect_is_shown_before_it_is_switched_on(store: Store, open_settings):
    """On judgements that were held back; the switch holds for everybody until it is put back."""
    judge_made_up_alerts(store, 60)
    app = open_settings()
    app.button(key="reranker try").click().run()
    assert not app.exception
    assert "average precision" in told(app)
    assert "90 % interval" in told(app)
    app.toggle(key="reranker").set_value(True).run()
    assert not app.exception
    assert learning.is_on(cache.store())
    app.toggle(key="reranker").set_value(False).run()
    assert not learning.is_on(cache.store())

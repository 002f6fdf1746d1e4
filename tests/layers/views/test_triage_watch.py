"""The watch over one site on the page of change: what it flags, what it left out, what it keeps."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from geo.change.series import SiteScore, Skipped
from geo.errors import BadInput
from geo.model import ImportReport
from geo.pipeline import series
from layers.views import cache
from tests import triage_records


@pytest.fixture
def change(open_app, home) -> AppTest:
    """The app showing the page of change; the first site is one with scenes."""
    return open_app(home, "change")


def watch(app: AppTest) -> AppTest:
    """Presses the button of the watch."""
    (button,) = (one for one in app.button if one.label == "Watch this site")
    button.click().run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    """What stands on the page."""
    parts = (*app.markdown, *app.caption, *app.info, *app.warning, *app.error)
    return "\n".join(part.value for part in parts)


def test_few_scenes_show_nothing_and_say_so(change: AppTest):
    """Five invented scenes are no past to tell the unusual from; nothing can be kept."""
    watch(change)
    assert "SIMULATED" in told(change)
    (warning,) = (one.value for one in change.warning if "SIMULATED" not in one.value)
    assert warning.startswith("Nothing could be watched")
    assert "unknown, not nothing" in warning
    assert "another day in *Since when*" in warning
    assert change.button(key="keep watch").disabled


def test_a_refusal_is_told(change: AppTest, monkeypatch: pytest.MonkeyPatch):
    """In the words of whoever refused."""

    def refuse(*_: object, **__: object) -> None:
        raise BadInput("no scene is clear", expected="one clear scene at least")

    monkeypatch.setattr(series, "study_series", refuse)
    watch(change)
    assert "no scene is clear" in change.error[0].value


def test_alerts_are_listed_and_kept(change: AppTest, monkeypatch: pytest.MonkeyPatch):
    """With the month in which the site was least like itself, and the scenes that were left out."""
    alerts = triage_records.alerts(cache.store())
    score = SiteScore(
        dates=np.array(["2015-03-01", "2015-04-02", "2015-04-10"], "datetime64[D]"),
        scores=np.array([np.nan, 0.4, 3.2]),
        month=date(2015, 4, 1),
    )
    study = series.study_series
    kept = []

    def with_alerts(*values: object, **named: object) -> series.SeriesStudy:
        return dataclasses.replace(
            study(*values, **named),
            flags=alerts,
            site_score=score,
            skipped=(Skipped(scene_id="M1", reason="it is all <cloud>"),),
        )

    def keep(*_: object, **named: object) -> ImportReport:
        kept.append(named["author"])
        return ImportReport(
            import_id="IM-made-up", kind="alerts", file_name="made up", sha256="0" * 64,
            read=4, accepted=4, quarantined=0, duplicate=0,
        )  # fmt: skip

    monkeypatch.setattr(series, "study_series", with_alerts)
    monkeypatch.setattr(series, "keep_series", keep)
    watch(change)
    assert "**4** alerts" in told(change)
    assert "April 2015" in told(change)
    assert "it is all \\<cloud\\>" in told(change)
    table = change.dataframe[0].value
    assert table["Status"].tolist() == alerts["status"].tolist()
    assert table["From"].tolist()[0] == date(2015, 3, 1)
    change.button(key="keep watch").click().run()
    assert not change.exception
    assert len(kept) == 1


def test_a_site_without_scenes_cannot_be_watched(change: AppTest):
    """The button waits."""
    change.selectbox(key="site to compare").set_value(("lamassu-facts", "EX001")).run()
    (button,) = (one for one in change.button if one.label == "Watch this site")
    assert button.disabled


def test_the_first_day_that_is_watched_can_be_chosen(change: AppTest):
    """What was seen before it only tells what is usual."""
    day = next(one for one in change.date_input if one.label == "Watched from")
    assert day.value is None
    day.set_value(date(2016, 1, 1)).run()
    watch(change)
    assert "watched from 2016-01-01" in told(change)

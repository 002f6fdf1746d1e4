"""The view of exposure: what is asked, what is told in plain words, verdicts, files, refusals."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from geo.errors import BadInput
from geo.pipeline import checks, exposure, validation
from layers.map_layer import MapLayer
from layers.views import exposure as view
from tests import route_frames
from tests.map_frames import PAYLOADS, X


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, MapLayer]:
    """The layers that each map was given last, by the map's key."""
    layers: dict[str, MapLayer] = {}

    def canvas(key: str, given: list[MapLayer], **_options: object) -> dict[str, object]:
        layers[key] = given[0]
        return {}

    monkeypatch.setattr(view, "map_canvas", canvas)
    return layers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the pipeline was asked; it answers with the studies made by hand."""
    questions: list[dict[str, object]] = []

    def answers(make):
        def study(_store, _settings, *, progress, **options):
            questions.append(options)
            progress(0.5, "half way")
            return make()

        return study

    monkeypatch.setattr(exposure, "exposure_study", answers(route_frames.exposure_study))
    monkeypatch.setattr(checks, "check_study", answers(route_frames.check_study))
    monkeypatch.setattr(validation, "validation_study", answers(route_frames.validation_study))
    return questions


@pytest.fixture
def page(open_app, home, drawn, asked) -> AppTest:
    """The app showing the page of exposure."""
    return open_app(home, "exposure")


def press(app: AppTest, label: str) -> AppTest:
    """Presses a button."""
    (button,) = (one for one in app.button if one.label == label)
    return button.click().run()


def text(app: AppTest) -> str:
    """Everything that can be read on the page."""
    parts = [*app.get("html"), *app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(getattr(part, "body", "") or getattr(part, "value", "")) for part in parts)


def test_the_page_opens_with_what_seizures_do_not_show(page: AppTest):
    """Before anything is asked, the known biases stand there."""
    assert not page.exception
    assert "Large airports" in text(page)
    assert len(page.tabs) == 3


def test_an_empty_store_is_refused_in_words(empty_app: AppTest, go, drawn):
    """The pipeline's own: nothing was looted, nothing can be ranked."""
    go(empty_app, "exposure")
    assert not empty_app.exception
    press(empty_app, "Rank the posts")
    assert not empty_app.exception
    assert len(empty_app.error) == 1


def test_posts_are_ranked_with_what_they_rest_on(page: AppTest, asked, drawn):
    """Most of it is assumption, and that is said in words, with the numbers."""
    page.slider(key="exposure top").set_value(5)
    page.select_slider(key="exposure avoidance").set_value(0.5)
    page.selectbox(key="exposure mode").set_value("foot")
    press(page, "Rank the posts")
    assert not page.exception
    assert asked == [{"mode": "foot", "avoidance": 0.5, "top": 5, "seed": 1}]
    told = text(page)
    assert (
        "**Most of this is assumption: 92 % comes from what the model assumes, 8 % from 14 "
        "seizures.** 104 further seizures"
    ) in told
    assert "46 % (30 to 61 %)" in told
    assert "99 % sure to be among the first 5; 9 seizures made there" in told
    assert "no seizures made there" in told
    assert len(drawn) == 1


def test_unknown_posts_stand_apart(page: AppTest):
    """Hatched, with the reason; never at the end of a ranking."""
    press(page, "Rank the posts")
    told = text(page)
    assert told.count('class="unknown"') == 3
    assert "unknown, not safe" in told
    table = page.dataframe[0].value
    assert table["Rank"].isna().sum() == 3


def test_checks_are_a_list_for_any_number(page: AppTest, asked):
    """Caught before and after smugglers adapt, and how far from the best choice."""
    page.slider(key="checks count").set_value(3)
    page.slider(key="checks catch").set_value(80)
    press(page, "Place the checks")
    assert not page.exception
    assert asked[0]["count"] == 3
    assert asked[0]["catch_probability"] == 0.8
    told = text(page)
    assert "3 checks catch 58 % of the plausible routes at first" in told
    assert "**36 % once smugglers go round them**" in told
    assert "at most 0.4 % more at first: this is proven" in told
    assert "18 % (at first 31 %)" in told


@pytest.mark.parametrize(
    ("gap", "words"),
    [(0.0, "No other choice"), (0.02, "at most 2.0 % more"), (float("nan"), "could not be")],
)
def test_the_gap_is_told_in_words(gap: float, words: str):
    """A proof, a bound, or that there is neither."""
    assert words in view._gap_words(gap)


def test_each_test_has_its_verdict_beside_simple_guesses(page: AppTest):
    """Failed, not testable and passed; a failure is said first."""
    press(page, "Run the tests")
    assert not page.exception
    assert "fails at least one test" in page.error[0].value
    told = text(page)
    for words in ("✗ failed", "? not testable", "✓ passed", "only 3 seizures name a post"):
        assert words in told
    assert "Lamassu <b>0.84</b> (0.71 to 0.93)" in told
    assert "past counts <b>0.62</b>" in told
    assert "nan" not in told.lower().replace("nanos", "")


def test_a_refusal_is_told_on_its_own_tab(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    """In the pipeline's words; the answer before stays."""
    press(page, "Rank the posts")

    def refuse(*_given, **_options):
        raise BadInput("no looted place", expected="an event", remedy="import [events](x)")

    monkeypatch.setattr(exposure, "exposure_study", refuse)
    press(page, "Rank the posts")
    assert not page.exception
    assert "no looted place" in page.error[0].value
    assert "Most of this is assumption" in text(page)


def test_results_are_files_too():
    """Posts and checks as CSV that spreadsheets read, with marking and place."""
    for study in (route_frames.exposure_study(), route_frames.check_study()):
        content = view._file(study).decode("utf-8-sig")
        head, first, *_ = content.splitlines()
        assert {"name", "lon", "lat", "marking"} <= set(head.split(","))
        assert "TLP:CLEAR" in first


@pytest.mark.parametrize("payload", [" ".join(PAYLOADS), " ".join(reversed(PAYLOADS))])
def test_hostile_text_stays_text(page: AppTest, monkeypatch: pytest.MonkeyPatch, payload: str):
    """In every field of each study: no tag, no Markdown."""
    for module, name, make in (
        (exposure, "exposure_study", route_frames.exposure_study),
        (checks, "check_study", route_frames.check_study),
        (validation, "validation_study", route_frames.validation_study),
    ):
        made = make(lambda _: payload)
        monkeypatch.setattr(module, name, lambda *_g, made=made, **_o: made)
    for label in ("Rank the posts", "Place the checks", "Run the tests"):
        press(page, label)
    assert not page.exception
    for part in page.get("html"):
        assert "<img src=x" not in part.body
        assert "<script>" + X not in part.body
    for part in [*page.markdown, *page.caption, *page.warning, *page.error]:
        assert not re.search(r"(?<!\\)[<\[]", part.value)

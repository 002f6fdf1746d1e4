"""The view of routes: ask, see, choose, ask what if, keep, print, and what is refused in words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from shapely.geometry import Point
from streamlit.testing.v1 import AppTest

from geo.errors import BadInput
from geo.frames import frame_of
from geo.pipeline import routes as pipeline
from geo.pipeline.routes import RouteRequest, RouteStudy
from geo.store import FileKey, Store
from layers.map_layer import MapLayer
from layers.views import briefing, cache
from layers.views import routes as view
from tests import route_frames
from tests.handed import offers
from tests.homes import NOW
from tests.map_frames import PAYLOADS, X

NIMRUD, HATRA = "PL894019", "PL894004"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, MapLayer]:
    """The layers that the map was given last, by name."""
    layers: dict[str, MapLayer] = {}

    def canvas(_key: str, given: list[MapLayer], **_options: object) -> dict[str, object]:
        layers.clear()
        layers.update({layer.name: layer for layer in given})
        return dict(CLICKS)

    monkeypatch.setattr(view, "map_canvas", canvas)
    CLICKS.clear()
    return layers


CLICKS: dict[str, object] = {}
"""What the map returns."""


def click(key: str, at: int) -> None:
    """A click on the map."""
    CLICKS["last_active_drawing"] = {"properties": {"key": key, "clicked": at}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RouteRequest]:
    """The questions that were put to the pipeline; each is answered by the study made by hand."""
    requests: list[RouteRequest] = []

    def study(_store, _settings, request, *, progress) -> RouteStudy:
        requests.append(request)
        progress(0.5, "half way")
        return route_frames.route_study(request=request)

    monkeypatch.setattr(pipeline, "study_routes", study)
    monkeypatch.setattr(pipeline, "what_if", lambda *_: route_frames.changes())
    return requests


@pytest.fixture
def routes(open_app, home, drawn, asked) -> AppTest:
    """The app showing the page of routes."""
    return open_app(home, "routes")


def start(app: AppTest, record_id: str) -> AppTest:
    """Chooses a site to start from."""
    sites = cache.store().read("sites")
    return app.selectbox(key="routes site").set_value(index_of(sites, record_id)).run()


def index_of(frame: pd.DataFrame, record_id: str) -> int:
    """Row of a record."""
    return int(frame.index[frame["id"] == record_id][0])


def press(app: AppTest, label: str) -> AppTest:
    """Presses a button."""
    (button,) = (one for one in app.button if one.label == label)
    return button.click().run()


def find(app: AppTest, record_id: str = NIMRUD) -> AppTest:
    """Asks from a site."""
    start(app, record_id)
    return press(app, "Find routes")


def text(app: AppTest) -> str:
    """Everything that can be read on the page."""
    parts = [*app.get("html"), *app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(getattr(part, "body", "") or getattr(part, "value", "")) for part in parts)


def test_nothing_can_be_asked_before_a_start_is_chosen(routes: AppTest, drawn):
    """The button waits; the map shows what can be clicked."""
    (button,) = (one for one in routes.button if one.label == "Find routes")
    assert button.disabled
    assert set(drawn) == {"Archaeological sites", "Border posts"}


def test_the_page_opens_on_an_empty_store(empty_app: AppTest, go, drawn):
    """No site to start from, no post to leave by: nothing to ask, and no fault."""
    go(empty_app, "routes")
    assert (list(empty_app.exception), list(empty_app.error)) == ([], [])
    for origin in ("A flagged change", "A place on the map"):
        empty_app.radio(key="routes from").set_value(origin).run()
        assert not empty_app.exception


def test_a_question_is_put_as_it_was_chosen(routes: AppTest, asked):
    """Site, posts, mode, avoidance, closed posts and roads, draws and seed."""
    start(routes, NIMRUD)
    routes.multiselect(key="routes exits Iraq").set_value(["IQ-TR-01", "IQ-SY-01"])
    routes.multiselect(key="routes closed posts Iraq").set_value(["IQ-SY-02"])
    routes.multiselect(key="routes closed ways").set_value(["RL008"])
    routes.radio(key="routes mode").set_value("off_road")
    routes.select_slider(key="routes avoidance").set_value(2.0)
    routes.slider(key="routes each").set_value(5)
    routes.select_slider(key="routes effort").set_value("quick")
    routes.number_input(key="routes seed").set_value(7)
    press(routes, "Find routes")
    assert not routes.exception
    assert asked == [
        RouteRequest(
            site_id=NIMRUD, exits=("IQ-TR-01", "IQ-SY-01"), closed_posts=("IQ-SY-02",),
            closed_ways=("RL008",), mode="off_road", avoidance=2.0, alternatives=5, sets=10,
            draws_per_set=5, seed=7,
        )
    ]  # fmt: skip


def test_every_post_that_leads_out_of_the_country_is_offered(routes: AppTest):
    """Also those of a neighbour that face it; none of another country."""
    start(routes, NIMRUD)
    posts = cache.store().read("posts")
    offered = routes.multiselect(key="routes exits Iraq").options
    assert (
        len(offered) == ((posts["country"] == "Iraq") | (posts["facing_country"] == "Iraq")).sum()
    )


def test_the_answer_begins_with_what_must_be_read(routes: AppTest, drawn):
    """Remarks, then the first exit with its range, then layers in their order."""
    find(routes)
    assert not routes.exception
    assert "schematic links between towns" in routes.warning[0].value
    told = text(routes)
    assert "**46 %** (30 to 61 %), leaves by **\u2068name text\u2069**" in told
    assert "5 of 7 open posts can be reached" in told
    assert list(drawn)[-5:] == [
        "Corridors by share of the routes", "Ranked routes, each a hypothesis",
        "Direction of travel", "Exits by share of the routes", "Start",
    ]  # fmt: skip


def test_the_list_gives_share_and_time_with_their_ranges(routes: AppTest):
    """By rank; towns and posts passed are named."""
    table = find(routes).dataframe[0].value
    assert list(table["#"]) == [1, 2, 3, 4]
    assert table["Share (range)"].iloc[1] == "25 % (10 to 40 %)"
    assert table["Time (range)"].iloc[3] == "9.8 h (7.2 h to 2.2 days)"
    assert table["Length"].iloc[0] == "171 km"
    assert table["Passes"].iloc[1] == "Mosul, Zakho"


def test_a_chosen_route_is_told_and_drawn(routes: AppTest, drawn):
    """From the list; and by a click on the map, also by one on its exit."""
    find(routes)
    study = routes.session_state["routes found"]
    routes.session_state[f"route list {study.id}"] = {"selection": {"rows": [1], "columns": []}}
    routes.run()
    assert not routes.exception
    assert "**Route 2: to \u2068Ibrahim Khalil\u2069**" in text(routes)
    assert "Chosen route" in {e.label for e in drawn["Ranked routes, each a hypothesis"].legend}
    routes.session_state[f"route list {study.id}"] = {"selection": {"rows": [1], "columns": []}}
    click("routes/local/RT-0123456789-3", 1)
    routes.run()
    assert routes.session_state["route chosen"] == "RT-0123456789-3"
    routes.session_state[f"route list {study.id}"] = {"selection": {"rows": [1], "columns": []}}
    click(f"exits/{study.id}/IQ-JO-01", 2)
    routes.run()
    assert routes.session_state["route chosen"] == "RT-0123456789-4"
    assert not routes.exception


def test_unknown_posts_are_hatched_with_their_reason(routes: AppTest):
    """Neither left out nor shown as nought."""
    find(routes)
    told = text(routes)
    assert "its place is not known" in told
    assert "why text" in told
    assert told.count('class="unknown"') == 2


def test_another_question_makes_the_answer_an_earlier_one(routes: AppTest):
    """The answer stays, and says so; asked again, it does not."""
    find(routes)
    assert "earlier question" not in text(routes)
    routes.radio(key="routes mode").set_value("foot").run()
    assert "earlier question" in text(routes)
    assert "leaves by" in text(routes)
    press(routes, "Find routes")
    assert "earlier question" not in text(routes)


def test_closing_a_post_shows_where_the_routes_go(routes: AppTest, asked):
    """The same question with one more closed; change with its range, losses too."""
    find(routes)
    study = routes.session_state["routes found"]
    routes.multiselect(key=f"what if posts {study.id}").set_value(["IQ-SY-01"])
    routes.multiselect(key=f"what if roads {study.id}").set_value(["RL001"]).run()
    press(routes, "Compare")
    assert not routes.exception
    assert asked[1] == dataclasses.replace(
        asked[0], closed_posts=("IQ-SY-01",), closed_ways=("RL001",)
    )
    told = text(routes)
    assert "+24 points" in told
    assert "-46 points" in told
    assert "27 % before, 51 % after; change +18 to +32" in told


def test_a_refusal_is_told_and_the_answer_before_stays(routes: AppTest, monkeypatch):
    """In the pipeline's own words, for a question and for a comparison."""
    find(routes)

    def refuse(*_given, **_options):
        raise BadInput("no road near [Hatra](x)", expected="a road", remedy="choose on foot")

    monkeypatch.setattr(pipeline, "study_routes", refuse)
    find(routes, HATRA)
    assert not routes.exception
    assert "no road near \\[Hatra\\]" in routes.error[0].value
    assert "leaves by" in text(routes)
    study = routes.session_state["routes found"]
    routes.multiselect(key=f"what if posts {study.id}").set_value(["IQ-SY-01"]).run()
    press(routes, "Compare")
    assert not routes.exception
    assert len(routes.error) == 2


def test_a_place_without_a_country_cannot_be_asked(routes: AppTest):
    """A click into the sea is refused at once, and the button waits."""
    routes.session_state["routes place"] = (34.0, 33.0)
    routes.radio(key="routes from").set_value("A place on the map").run()
    assert not routes.exception
    assert "in the sea" in routes.error[0].value
    (button,) = (one for one in routes.button if one.label == "Find routes")
    assert button.disabled


def test_a_click_sets_the_start(routes: AppTest, asked):
    """Beside every record its place, on a site the site."""
    click("picked//43.25%2C36.2", 11)
    routes.run()
    assert routes.radio(key="routes from").value == "A place on the map"
    press(routes, "Find routes")
    assert (asked[0].lonlat, asked[0].site_id) == ((43.25, 36.2), "")


def test_a_click_on_a_site_starts_there(routes: AppTest):
    """It is chosen in the list."""
    click(f"sites/lamassu-facts/{HATRA}", 12)
    routes.run()
    sites = cache.store().read("sites")
    assert sites.loc[routes.selectbox(key="routes site").value, "id"] == HATRA


def test_known_checks_are_added_by_clicks_and_taken_away(routes: AppTest, asked):
    """Each is part of the question, and on the map."""
    routes.button_group(key="routes click Sets the start").set_value("Adds a known check").run()
    for number, at in enumerate((21, 22)):
        click(f"picked//43.{number}%2C36.2", at)
        routes.run()
    assert not routes.exception
    assert "Known checks: 1: 36.200 N, 43.000 E; 2:" in text(routes)
    find(routes)
    assert asked[0].checks_lonlat == ((43.0, 36.2), (43.1, 36.2))
    press(routes, "Remove all")
    assert "Known checks: 1" not in text(routes)


def test_a_card_leads_here_from_a_site(app: AppTest, go, drawn, asked):
    """The button on the map's page brings the site along."""
    app.session_state["selected"] = ("sites", "lamassu-facts", HATRA)
    app.run()
    assert [one for one in app.button if one.label == "Routes from here"]
    app.session_state["routes origin"] = ("sites", HATRA)
    go(app, "routes")
    sites = cache.store().read("sites")
    assert sites.loc[app.selectbox(key="routes site").value, "id"] == HATRA


@pytest.fixture
def home_with_flag(home: Path, store: Store) -> Path:
    """A home whose store holds one kept flag."""
    rows = frame_of(
        "alerts",
        {
            "id": ["AL-0123456789-01"],
            "site_id": [NIMRUD],
            "geometry": [Point(43.33, 36.1).buffer(0.001)],
            "precision": ["exact"],
            "area_m2": [40_000.0],
            "score": [7.0],
            "simulated": [True],
        },
    )
    store.add("alerts", rows, key=FileKey(file_name="a", sha256="6" * 64), author="t", now=NOW)
    return home


@pytest.fixture
def flagged(open_app: Callable, home_with_flag: Path, drawn, asked) -> AppTest:
    """The page of routes on that store."""
    return open_app(home_with_flag, "routes")


def test_routes_start_from_a_flag(flagged: AppTest, asked):
    """By its id; the list says SIMULATED and names the site."""
    flagged.radio(key="routes from").set_value("A flagged change").run()
    (option,) = flagged.selectbox(key="routes flag").options
    assert option.startswith("SIMULATED · Nimrud · 4.0 ha")
    flagged.selectbox(key="routes flag").select_index(0).run()
    press(flagged, "Find routes")
    assert not flagged.exception
    assert asked[0].alert_id == "AL-0123456789-01"


def test_without_flags_it_is_said_how_to_get_one(routes: AppTest):
    """No empty list."""
    routes.radio(key="routes from").set_value("A flagged change").run()
    assert "No flag is kept yet" in routes.info[0].value


def test_no_way_out_is_told_with_the_reasons(routes: AppTest, monkeypatch):
    """Every post unknown: no exception, no claim that nothing leaves."""
    monkeypatch.setattr(pipeline, "study_routes", lambda *_g, **_o: route_frames.nothing_found())
    find(routes)
    assert not routes.exception
    assert "no post can be reached" in text(routes)
    assert "no road within 30 km" in text(routes)


def test_a_simulated_start_says_so(routes: AppTest, monkeypatch):
    """First of all."""
    monkeypatch.setattr(
        pipeline, "study_routes", lambda *_g, **_o: route_frames.route_study(simulated=True)
    )
    find(routes)
    assert "SIMULATED" in routes.warning[0].value


def test_routes_are_kept_and_printed(routes: AppTest, monkeypatch):
    """The store's report is told; the dialog gets the study and its site."""
    opened: list[tuple] = []
    monkeypatch.setattr(
        briefing, "routes_dialog", lambda *given: opened.append(given), raising=False
    )
    find(routes)
    press(routes, "Keep these routes")
    assert not routes.exception
    assert "4 routes kept" in routes.toast[0].value
    press(routes, "Briefing")
    study, site = opened[0]
    assert study.id == "RT-0123456789"
    assert site is None or site["id"] == NIMRUD
    assert offers(routes) == ["GeoPackage with proof", "KML with proof"]


@pytest.mark.parametrize("payload", [" ".join(PAYLOADS), " ".join(reversed(PAYLOADS))])
def test_hostile_text_stays_text(routes: AppTest, monkeypatch, payload: str):
    """In every field of a study and of a comparison: no tag, no Markdown."""
    monkeypatch.setattr(
        pipeline,
        "study_routes",
        lambda *_g, **_o: route_frames.route_study(lambda _: payload, request=RouteRequest()),
    )
    monkeypatch.setattr(pipeline, "what_if", lambda *_: route_frames.changes(lambda _: payload))
    find(routes)
    study = routes.session_state["routes found"]
    routes.session_state[f"route list {study.id}"] = {"selection": {"rows": [0], "columns": []}}
    routes.multiselect(key=f"what if posts {study.id}").set_value(["IQ-SY-01"]).run()
    press(routes, "Compare")
    assert not routes.exception
    for part in routes.get("html"):
        assert "<img src=x" not in part.body
        assert "<script>" + X not in part.body
    for part in [*routes.markdown, *routes.caption, *routes.warning, *routes.error]:
        assert not re.search(r"(?<!\\)[<\[]", part.value)

"""Servers of items: a real one, and made-up ones that misbehave."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import date

import pytest

from geo.errors import NotAllowed, Unreachable
from geo.sources.stac.api import search
from geo.sources.stac.hosts import Hosts
from geo.sources.stac.web import Web
from tests.geo.sources.stac.conftest import QUICK
from tests.stac.servers import item, stac_api

BOX = (43.2, 36.0, 43.4, 36.2)
WHEN = {"since": date(2024, 1, 1), "until": date(2024, 12, 31)}


def ask(web, url: str, **more: object):
    """What a server has around Nimrud in 2024."""
    return search(web, url, bounds_lonlat=BOX, **(WHEN | more))


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Iterator[str]:
    """A real STAC API with 130 items, of which 125 are of 2024."""
    items = [
        item(f"S2A_{i:03}", "https://files.example/a", when=f"2024-{i % 12 + 1:02}-09T08:00:00Z")
        for i in range(125)
    ]
    items += [
        item(f"S2A_old{i}", "https://files.example/a", when="2019-03-01T08:00:00Z")
        for i in range(5)
    ]
    with stac_api(tmp_path_factory.mktemp("api"), items) as url:
        yield url


def test_a_real_server_is_paged_to_its_end(real):
    """Each item once, in order of time."""
    with Web(Hosts([real.removeprefix("http://")])) as web:
        found = ask(web, real, collections=("sentinel-2-l2a",))
    assert len(found.offers) == 125
    assert not found.unread
    times = [one.taken_at for one in found.offers]
    assert times == sorted(times)


def test_a_real_server_is_asked_for_a_place_and_a_time(real):
    """Elsewhere and then there is nothing."""
    with Web(Hosts([real.removeprefix("http://")])) as web:
        assert not search(web, real, bounds_lonlat=(10, 10, 11, 11), **WHEN).offers
        then = ask(web, real, since=date(2019, 1, 1), until=date(2019, 12, 31))
    assert len(then.offers) == 5


@pytest.fixture
def odd(files):
    """A server that answers what it is told to."""
    root = {
        "type": "Catalog", "stac_version": "1.0.0", "id": "odd", "description": "made up",
        "conformsTo": ["https://api.stacspec.org/v1.0.0/core",
                       "https://api.stacspec.org/v1.0.0/item-search"],
        "links": [{"rel": "search", "href": f"{files.url}/search", "method": "POST"}],
    }  # fmt: skip
    files.files["/"] = json.dumps(root).encode()

    def answers(features: list, *links: dict, path: str = "/search", **more: object) -> None:
        page = {"type": "FeatureCollection", "features": features, "links": list(links)} | more
        files.posted[path] = files.files[path] = json.dumps(page).encode()

    files.answers = answers
    return files


def some(name: str = "A", **changes: object):
    """A made-up item with changes."""
    return item(name, "https://files.example/a", when="2024-03-01T08:00:00Z") | changes


def test_what_is_no_item_is_left_with_its_reason(odd, web):
    """And the others are there."""
    odd.answers([some("A"), some("B", properties={}), 7, some("../C"), some("D")])
    found = ask(web, odd.url)
    assert [one.id for one in found.offers] == ["A", "D"]
    assert [name for name, _ in found.unread] == ["B", "unnamed", "../C"]
    assert "does not say when" in found.unread[0][1]


def test_a_scene_that_comes_twice_is_one(odd, web):
    """Pages may overlap."""
    odd.answers([some("A"), some("A")])
    assert len(ask(web, odd.url).offers) == 1


def test_endless_paging_ends(odd, web):
    """A page that leads to itself is read once."""
    odd.answers(
        [some("A")],
        {"rel": "next", "href": f"{odd.url}/search", "method": "POST", "body": {"page": 2}},
    )
    found = ask(web, odd.url)
    assert len(found.offers) == 1
    assert "begins again instead of ending" in found.notes[0]
    assert len(odd.asked) < 6


def test_a_server_that_never_runs_out_is_left_at_some_point(odd, web, monkeypatch):
    """With what it said until then, and a word about it."""
    monkeypatch.setattr("geo.sources.stac.api.MOST_PAGES", 3)
    for i in range(9):
        odd.answers(
            [some(f"A{i}")], {"rel": "next", "href": f"{odd.url}/p{i + 1}"},
            path="/search" if i == 0 else f"/p{i}",
        )  # fmt: skip
    found = ask(web, odd.url)
    assert len(found.offers) == 3
    assert "has more than 3 scenes" in found.notes[0]


def test_a_server_that_fails_on_its_second_page_leaves_the_first(odd, web):
    """With a word about the rest."""
    odd.answers([some("A")], {"rel": "next", "href": f"{odd.url}/gone"})
    found = ask(web, odd.url)
    assert [one.id for one in found.offers] == ["A"]
    assert "failed after 1 scenes, which are used: " in found.notes[0]
    assert "answers 404" in found.notes[0]


@pytest.mark.parametrize(
    "link",
    [
        {"href": "http://169.254.169.254/latest"},
        {"href": "file:///etc/passwd"},
        {"href": "/etc/passwd"},
        {"href": "http://localhost:1/"},
    ],
)
def test_a_next_page_elsewhere_is_not_asked_for(odd, web, link):
    """Neither another host nor a file of this machine."""
    odd.answers([some("A")], {"rel": "next", **link})
    (note,) = ask(web, odd.url).notes
    assert "is not among the hosts" in note or "cannot be asked" in note


def test_a_next_page_is_only_asked_for_with_get_or_post(odd, web):
    """A server does not have us delete."""
    odd.answers([some("A")], {"rel": "next", "href": f"{odd.url}/x", "method": "DELETE"})
    assert "is to be asked with DELETE" in ask(web, odd.url).notes[0]


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>", b"null", b"[]", b"7", b'{"features": 7}', b'{"features": [', b"\xff\xfe",
        b'{"type": "FeatureCollection", "features": {"a": 1}}', b"[" * 100_000,
        b'{"type": "FeatureCollection", "features": [], "links": 7}',
        b'{"type": "FeatureCollection", "features": [{"id": "a"}], "links": [{"rel": "next"}]}',
        b'{"type": "FeatureCollection", "features": [{"id": "a"}], "links": [7]}',
    ],
)  # fmt: skip
def test_bad_json_ends_in_a_reason_or_in_nothing(odd, web, answer: bytes):
    """In the search, and as the first page."""
    odd.posted["/search"] = answer
    with contextlib.suppress(Unreachable):
        assert not ask(web, odd.url).offers
    odd.files["/"] = answer
    with pytest.raises(Unreachable, match=r"does not answer as a STAC server|no text"):
        ask(web, odd.url)


@pytest.mark.parametrize("answer", [b"{}", b'{"features": null}', b'{"features": {}}'])
def test_an_answer_without_a_list_is_not_taken_for_no_scenes(odd, web, answer: bytes):
    """An empty list is; and what came before such an answer is used."""
    odd.posted["/search"] = answer
    with pytest.raises(Unreachable, match=r"without a list of scenes|not answer as a STAC"):
        ask(web, odd.url)
    odd.answers([])
    assert ask(web, odd.url).offers == ()
    odd.answers([some("A")], {"rel": "next", "href": f"{odd.url}/p"})
    odd.files["/p"] = answer
    found = ask(web, odd.url)
    assert len(found.offers) == 1
    assert "failed after 1 scenes" in found.notes[0]


def test_a_page_that_is_no_api_is_told_as_such(odd, web):
    """A catalogue of files cannot be searched."""
    odd.files["/"] = json.dumps(
        {"type": "Catalog", "stac_version": "1.0.0", "id": "a", "description": "", "links": []}
    ).encode()
    with pytest.raises(Unreachable, match="does not answer as a STAC server"):
        ask(web, odd.url)


def test_a_server_that_only_knows_get_is_asked_so(odd, web):
    """With the question in the address."""
    root = json.loads(odd.files["/"])
    root["links"] = [{"rel": "search", "href": f"{odd.url}/search", "method": "GET"}]
    odd.files["/"] = json.dumps(root).encode()
    odd.answers([some("A")])
    assert len(ask(web, odd.url).offers) == 1
    assert odd.asked[-1] == ("/search", "")


@pytest.mark.parametrize("fault", ["500", "hang", "elsewhere"])
def test_a_server_that_fails_is_told(odd, web, fault: str):
    """It answers 500, hangs, or sends the asker into a private network."""
    odd.faults["/"] = fault
    with pytest.raises((Unreachable, NotAllowed), match=r"500|in time|is not among"):
        ask(web, odd.url)


def test_a_huge_answer_is_not_taken(odd, web_to):
    """However many scenes are in it."""
    odd.posted["/search"] = b" " * 100_000
    limits = QUICK.__class__(page_bytes=50_000)
    with pytest.raises(Unreachable, match="announces 100,000 bytes"):
        ask(web_to(limits=limits), odd.url)

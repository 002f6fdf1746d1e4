"""Asking allowed hosts, and what bad ones get."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.errors import NotAllowed, Unreachable
from tests.geo.sources.stac.conftest import QUICK
from tests.stac.range_server import file_server


def ask(web, url: str, most_bytes: int = 1_000_000):
    """What a GET gives."""
    return web.ask(url, most_bytes=most_bytes)


def test_an_answer_comes_whole_and_is_counted(files, web):
    """The bytes are those of the server."""
    files.files["/a"] = b"x" * 1000
    assert ask(web, f"{files.url}/a?key=1").body == b"x" * 1000
    assert web.bytes_read == 1000


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("500", "answers 500, asked 3 times"),
        ("hang", "does not answer in time, asked 3 times"),
        ("drip", "is not done after 0.4 s, asked 3 times"),
        ("short", "answers 206|breaks off"),
        ("round and round", "sends the asker on more than 3 times"),
        ("packed", "packs its answer"),
        ("login", "answers 403 .it does not give this to everybody"),
    ],
)
def test_a_bad_server_is_unreachable_with_the_reason(files, web, fault: str, why: str):
    """After all attempts, and never with half an answer."""
    files.files["/a"], files.faults["/a"] = b"x" * 1000, fault
    with pytest.raises(Unreachable, match=why):
        ask(web, f"{files.url}/a")


def test_a_server_that_stays_silent_is_not_asked_for_ever(files, web_to):
    """A list of a hundred scenes there would take hours; other servers are still asked."""
    web = web_to(limits=replace(QUICK, attempts=1, silence_s=0.1))
    files.files |= {"/a": b"x", "/b": b"x"}
    files.faults["/a"] = "hang"
    for _ in range(2):
        with pytest.raises(Unreachable, match="does not answer in time"):
            ask(web, f"{files.url}/a")
    before = len(files.asked)
    with pytest.raises(Unreachable, match="is not asked: its server was silent 2 times"):
        ask(web, f"{files.url}/b")
    assert len(files.asked) == before


def test_what_is_not_there_is_asked_for_once(files, web):
    """A 404 does not pass."""
    with pytest.raises(Unreachable, match=r"answers 404 \(not there\)"):
        ask(web, f"{files.url}/a")
    assert len(files.asked) == 1


def test_a_server_that_is_busy_is_left_alone_for_as_long_as_it_asks(files, web_to):
    """Retry-After is heeded, and the second answer taken."""
    pauses: list[float] = []
    files.files["/a"], files.faults["/a"] = b"x", "once 503"
    assert ask(web_to(sleep=pauses.append), f"{files.url}/a").body == b"x"
    assert pauses == [7.0]


def test_nobody_is_waited_for_longer_than_the_cap(files, web_to):
    """A server that asks for an hour gets half a minute."""
    pauses: list[float] = []
    files.files["/a"], files.faults["/a"] = b"x", "once 503"
    ask(web_to(sleep=pauses.append, limits=replace(QUICK, longest_pause_s=2.0)), f"{files.url}/a")
    assert pauses == [2.0]


@pytest.mark.parametrize(
    "elsewhere",
    ["http://10.255.255.1/secret", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
     "http://localhost:1/", "https://stac.example/"],
)  # fmt: skip
def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed(files, web, elsewhere: str):
    """The list holds at every step."""
    files.files["/a"], files.faults["/a"], files.elsewhere = b"x", "elsewhere", elsewhere
    with pytest.raises(NotAllowed, match=r"is not among the hosts|cannot be asked"):
        ask(web, f"{files.url}/a")
    assert files.asked == [("/a", "")]


def test_a_redirect_to_an_allowed_host_is_followed(files, web_to):
    """As object stores do."""
    with file_server() as other:
        other.files["/b"] = b"there"
        files.files["/a"], files.faults["/a"] = b"x", "elsewhere"
        files.elsewhere = f"{other.url}/b"
        assert ask(web_to(other.host), f"{files.url}/a").body == b"there"


def test_a_posted_question_is_not_sent_elsewhere_as_another(files, web):
    """A moved search keeps its words or is refused."""
    files.files["/a"] = b""
    files.posted["/a"] = b"{}"
    assert web.ask(f"{files.url}/a", most_bytes=10, body=b"{}").body == b"{}"


def test_more_bytes_than_allowed_are_not_taken(files, web, web_to):
    """Neither announced nor in all."""
    files.files["/a"] = b"x" * 1000
    with pytest.raises(Unreachable, match="announces 1,000 bytes where 999 may come"):
        ask(web, f"{files.url}/a", 999)
    small = web_to(limits=replace(QUICK, total_bytes=1500))
    ask(small, f"{files.url}/a")
    with pytest.raises(Unreachable, match="would bring the whole above 1,500 bytes"):
        ask(small, f"{files.url}/a")


def test_messages_do_not_show_what_may_be_a_key(files, web):
    """Signed addresses carry one in their query."""
    with pytest.raises(Unreachable) as told:
        ask(web, f"{files.url}/a?sig=secret")
    assert "secret" not in str(told.value)


def test_a_closed_port_is_told_as_such(web_to, files):
    """Nobody listens there."""
    with file_server() as gone:
        host, url = gone.host, gone.url
    with pytest.raises(Unreachable, match="breaks off"):
        ask(web_to(host), f"{url}/a")


def test_proxies_of_the_environment_are_not_used(files, web, monkeypatch):
    """They would see what is asked, and could lead elsewhere."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    files.files["/a"] = b"x"
    assert ask(web, f"{files.url}/a").body == b"x"

"""Made files wait for their browsers, and for nobody else."""

from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput
from layers.server import tickets
from layers.server.tickets import Tickets

WHO = {"browser": "b" * 43, "subject": "oidc:yusuf", "scope": "partner:customs"}


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now_s


def ticket_of(path: str) -> str:
    """The ticket in a path."""
    return path.removeprefix("/files/")


def test_a_file_waits_for_its_browser():
    """The browser that it was made for gets all of it, as often as it asks."""
    kept = Tickets(Clock())
    path = kept.put(b"rows", "hatra.csv", media_type="text/csv", **WHO)
    assert re.fullmatch(r"/files/[A-Za-z0-9_-]{43}", path)
    for _ in range(2):
        made = kept.get(ticket_of(path), browser=WHO["browser"])
        assert made is not None
        assert (made.content, made.name, made.media_type) == (b"rows", "hatra.csv", "text/csv")
        assert (made.subject, made.scope) == ("oidc:yusuf", "partner:customs")


@pytest.mark.parametrize("browser", ["c" * 43, "", "b" * 42, "ß"])
def test_another_browser_gets_nothing(browser: str):
    """Whoever learns of a link but has not the cookie gets nothing."""
    kept = Tickets(Clock())
    ticket = ticket_of(kept.put(b"rows", "hatra.csv", **WHO))
    assert kept.get(ticket, browser=browser) is None
    assert kept.get(ticket[:-1], browser=WHO["browser"]) is None
    assert kept.get("", browser=WHO["browser"]) is None


def test_a_link_ends_after_ten_minutes():
    """A ticket is good for ten minutes, and a second longer it is not."""
    clock = Clock()
    kept = Tickets(clock)
    ticket = ticket_of(kept.put(b"rows", "hatra.csv", **WHO))
    clock.now_s += 599
    assert kept.get(ticket, browser=WHO["browser"])
    clock.now_s += 1
    assert kept.get(ticket, browser=WHO["browser"]) is None


def test_the_same_file_keeps_its_link():
    """A page that is drawn again has the same link, which is good for ten minutes anew."""
    clock = Clock()
    kept = Tickets(clock)
    first = kept.put(b"rows", "hatra.csv", **WHO)
    clock.now_s += 500
    assert kept.put(b"rows", "hatra.csv", **WHO) == first
    clock.now_s += 500
    assert kept.get(ticket_of(first), browser=WHO["browser"])


@pytest.mark.parametrize("other", ["content", "name", "browser", "subject", "scope", "media_type"])
def test_another_file_has_another_link(other: str):
    """Whatever differs, the link differs: nobody gets a link that was given to somebody else."""
    given_: dict = {"content": b"rows", "name": "hatra.csv", "media_type": "text/csv"} | WHO
    kept = Tickets(Clock())
    changed = given_ | {other: b"other" if other == "content" else "other"}
    links = [kept.put(one.pop("content"), one.pop("name"), **one) for one in (given_, changed)]
    assert links[0] != links[1]


def test_a_browser_without_a_cookie_is_told():
    """There is nothing to bind a link to."""
    with pytest.raises(BadInput, match=r"no cookie; expected .*; allow them"):
        Tickets(Clock()).put(b"", "x", browser="", subject="s", scope="s")


def test_a_file_that_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch):
    """A file above the limit is refused before anything is kept."""
    monkeypatch.setattr(tickets, "MOST_BYTES_EACH", 10)
    with pytest.raises(BadInput, match=r"the file would be .* MB; expected at most .* MB"):
        Tickets(Clock()).put(b"12345678901", "x", **WHO)


def test_where_memory_is_short_the_greediest_gives_way():
    """One browser that makes many files does not push out another's only one."""
    kept = Tickets(Clock(), most_bytes=100)
    small = kept.put(b"s" * 30, "small", **WHO)
    greedy = WHO | {"browser": "g" * 43}
    links = [kept.put(bytes([n]) * 40, f"{n}", **greedy) for n in range(5)]
    assert kept.get(ticket_of(small), browser=WHO["browser"])
    left = [bool(kept.get(ticket_of(link), browser=greedy["browser"])) for link in links]
    assert left == [False, False, False, False, True]


@given(sizes=st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abc")), max_size=20))
def test_what_waits_never_takes_more_than_its_memory(sizes: list[tuple[int, str]]):
    """Whatever comes in whichever order, the newest is there and all fit."""
    kept = Tickets(Clock(), most_bytes=60)
    for number, (size, browser) in enumerate(sizes):
        link = kept.put(b"x" * size, str(number), browser=browser, subject="s", scope="s")
        assert sum(len(made.content) for made in kept._files.values()) <= 60
        assert kept.get(ticket_of(link), browser=browser) is not None


def test_many_threads_may_put_and_get():
    """Eight threads that put and get at once all find their own files."""
    kept = Tickets(Clock())
    wrong: list[str] = []

    def work(name: str) -> None:
        for number in range(50):
            content = f"{name}-{number}".encode()
            link = kept.put(content, name, browser=name, subject=name, scope="s")
            made = kept.get(ticket_of(link), browser=name)
            if made is None or made.content != content:
                wrong.append(link)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

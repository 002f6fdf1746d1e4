"""Only browsers of those who may bring something in send files."""

from __future__ import annotations

import pytest

from layers.server.cookie import NAME
from layers.server.uploads import LIFE_S, Senders, UploadDoor
from tests.asgi import ask, page, scope_of

BROWSER = "A" * 43
UPLOAD = "/_stcore/upload_file/session/file"


@pytest.fixture
def senders() -> Senders:
    """No browser may send anything."""
    return Senders(lambda: 0.0)


def status(senders: Senders, path: str = UPLOAD, *, browser: str = BROWSER, base: str = "") -> int:
    """How a file is answered."""
    door = UploadDoor(page(), senders=senders, base_path=base)
    headers = {"cookie": f"{NAME}={browser}"} if browser else {}
    return ask(door, scope_of(path, headers=headers, method="PUT")).status


def test_a_browser_sends_files_from_when_it_may_until_it_may_no_more(senders: Senders):
    """It is let by the script of its page, which knows who sits there."""
    assert status(senders) == 403
    senders.let(BROWSER, send=True)
    assert status(senders) == 200
    assert status(senders, browser="B" * 43) == 403
    senders.let(BROWSER, send=False)
    assert status(senders) == 403


def test_a_browser_without_a_cookie_never_sends_files(senders: Senders):
    """There is nothing to know it by."""
    senders.let("", send=True)
    assert status(senders, browser="") == 403


def test_a_permission_ends_by_itself():
    """After twelve hours without a page."""
    now_s = [0.0]
    senders = Senders(lambda: now_s[0])
    senders.let(BROWSER, send=True)
    now_s[0] = LIFE_S - 1
    assert senders.may(BROWSER)
    now_s[0] = LIFE_S
    assert not senders.may(BROWSER)


def test_of_too_many_browsers_the_oldest_give_way():
    """Nobody fills the memory with permissions."""
    senders = Senders(lambda: 0.0, most=2)
    for browser in "abc":
        senders.let(browser, send=True)
    assert [senders.may(browser) for browser in "abc"] == [False, True, True]


def test_everything_else_passes(senders: Senders):
    """Only the path of files is watched, also under a base path."""
    assert status(senders, "/") == 200
    assert status(senders, f"/lamassu{UPLOAD}", base="/lamassu") == 403
    assert status(senders, "/lamassu/", base="/lamassu") == 200

"""Made files are handed out to whoever they were made for, and kept by nobody on the way."""

from __future__ import annotations

from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from layers.server.cookie import NAME
from layers.server.files import GONE, disposition, file_routes
from layers.server.tickets import Tickets
from tests.asgi import ask, scope_of

BROWSER = "A" * 43


@pytest.fixture
def tickets() -> Tickets:
    """No file waits."""
    return Tickets(lambda: 0.0)


def fetched(tickets: Tickets, path: str, *, browser: str = BROWSER, entitled=None, **more):
    """The answer to a browser that fetches a path."""
    routes = file_routes(tickets, entitled=entitled or (lambda *_: True), **more)
    headers = {"cookie": f"{NAME}={browser}"} if browser else {}
    return ask(Starlette(routes=routes), scope_of(path, headers=headers))


def put(tickets: Tickets, content: bytes = b"%PDF", name: str = "hatra.pdf") -> str:
    """The path of a new file of Yusuf's."""
    return tickets.put(
        content,
        name,
        browser=BROWSER,
        subject="oidc:yusuf",
        scope="partner:",
        media_type="application/pdf",
    )


def test_the_browser_of_a_file_gets_it(tickets: Tickets):
    """The bytes come as a file to keep, under their name, and run nothing."""
    answer = fetched(tickets, put(tickets))
    assert (answer.status, answer.body) == (200, b"%PDF")
    assert answer["content-type"] == "application/pdf"
    assert answer["content-disposition"].startswith('attachment; filename="hatra.pdf"')
    assert "sandbox" in answer["content-security-policy"]


@pytest.mark.parametrize("browser", ["", "B" * 43])
def test_anybody_else_gets_the_same_as_for_a_link_that_never_was(tickets: Tickets, browser: str):
    """A link alone opens nothing, and does not tell whether there is something."""
    answer = fetched(tickets, put(tickets), browser=browser)
    assert (answer.status, answer.body.decode()) == (404, GONE)
    nothing = fetched(tickets, "/files/" + "C" * 43)
    assert (nothing.status, nothing.body) == (404, answer.body)


def test_at_each_fetch_it_is_asked_whether_the_person_still_may(tickets: Tickets):
    """Whoever lost a role after the file was made gets it no more, in the same browser."""
    path = put(tickets)
    asked: list[tuple[str, str]] = []

    def entitled(subject: str, scope: str) -> bool:
        asked.append((subject, scope))
        return len(asked) == 1

    answers = [fetched(tickets, path, entitled=entitled).status for _ in range(2)]
    assert answers == [200, 404]
    assert asked == [("oidc:yusuf", "partner:")] * 2


def test_behind_a_proxy_the_request_must_be_the_persons_own(tickets: Tickets):
    """Somebody else who logs in at the proxy with the same browser gets nothing."""
    link = tickets.put(b"x", "x", browser=BROWSER, subject="proxy:noor", scope="partner:")
    app = Starlette(routes=file_routes(tickets, entitled=lambda *_: True, user_header="x-user"))
    cookie = ("cookie", f"{NAME}={BROWSER}")
    statuses = [
        ask(app, scope_of(link, headers=[cookie, *named])).status
        for named in ([("x-user", "noor")], [("x-user", "victor")], [])
    ]
    assert statuses == [200, 404, 404]


def test_files_lie_under_the_base_path(tickets: Tickets):
    """The path of a ticket follows what stands before every path."""
    path = put(tickets)
    assert fetched(tickets, f"/lamassu{path}", base_path="/lamassu").status == 200
    assert fetched(tickets, path, base_path="/lamassu").status == 404


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("hatra.pdf", "hatra.pdf"),
        ("مضبوطات.csv", "مضبوطات.csv"),
        ('a"; filename="evil.exe', "a; filename=evil.exe"),
        ("../../etc/passwd", "etcpasswd"),
        ("line\r\nSet-Cookie: x=1", "lineSet-Cookie x=1"),
        ("..", "file"),
        ("", "file"),
        ("CON:stream", "CONstream"),
    ],
)
def test_a_name_stays_a_name(name: str, kept: str):
    """Whatever a name holds, the header has one name, without folders, in any script."""
    message = Message()
    message["Content-Disposition"] = disposition(name)
    assert message.get_content_disposition() == "attachment"
    assert unquote(disposition(name).rsplit("''", 1)[1]) == kept


@given(st.text(max_size=60))
def test_any_name_makes_one_printable_ascii_line(name: str):
    """No name breaks out of its quotes or its header."""
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2

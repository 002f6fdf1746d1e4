"""A real browser that may not leave this machine, and servers for it to look at."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from tests.browser.steps import note_waiting

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
"""What keeps Chromium headless, without a sandbox for root, and silent; nothing but this machine is
found, by name or by number."""

INSIDE = ("http://127.0.0.1:", "ws://127.0.0.1:", "about:", "data:", "blob:", "file:")
"""How the address of everything begins that a page may ask for."""

PAGES = pytest.StashKey[list[Page]]()
"""The pages of a test, for the report of its failure."""

PageMaker = Callable[..., Page]
Server = Callable[..., str]


def chromium_program() -> str:
    """Where this machine has Chromium; the test is skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for path in map(shutil.which, names) if path), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    return program


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Headless Chromium of this machine; the test is skipped where there is none."""
    expect.set_options(timeout=40_000)  # other tests run beside these
    program = chromium_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Adds to the report of a failure what the pages showed: nobody can look at them afterwards."""
    report = yield
    if call.when != "teardown" and report.failed:
        for page in item.stash.get(PAGES, []):
            report.sections.append((f"What {page.url} showed", _shown(page)))
    return report


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[PageMaker]:
    """Makes pages; afterwards the test fails if one asked for anything outside this machine.

    `width`, `height` in pixels; `dark` asks for the dark theme.
    """
    outside: list[str] = []
    pages = request.node.stash.setdefault(PAGES, [])
    with ExitStack() as closing:

        def make(*, width: int = 1200, height: int = 800, dark: bool = False) -> Page:
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
            )
            closing.callback(context.close)
            note_waiting(context)
            context.on("request", lambda request: note(request.url))
            page = context.new_page()
            pages.append(page)
            page.on("websocket", lambda opened: note(opened.url))
            page.set_default_timeout(40_000)
            return page

        def note(url: str) -> None:
            if not url.startswith(INSIDE):
                outside.append(url)

        yield make
    assert outside == [], "a page asked for something outside this machine"


@pytest.fixture
def page(new_page: PageMaker) -> Page:
    """One page, 1200 x 800, light."""
    return new_page()


@pytest.fixture(scope="module")
def serve(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a script with Streamlit on a free port of 127.0.0.1 and gives its address.

    `port` is one that the caller knows to be free, `options` are further ones of Streamlit, `log`
    is the file that its output goes to. Further arguments become environment variables. Each server
    has its own LAMASSU_HOME unless one is given, and ends with the tests of the file.
    """
    with ExitStack() as ending:

        def start(
            script: Path,
            *,
            port: int = 0,
            options: Sequence[str] = (),
            log: Path | None = None,
            **environment: str,
        ) -> str:
            home = tmp_path_factory.mktemp("home")
            port = port or free_port()
            log = log or home / "server.log"
            out = ending.enter_context(log.open("w"))
            # A list of arguments, no shell, and only this test's own script.
            server = subprocess.Popen(
                [
                    sys.executable, "-m", "streamlit", "run", str(script),
                    "--server.address", "127.0.0.1", "--server.port", str(port),
                    "--server.headless", "true", "--server.fileWatcherType", "none",
                    "--browser.gatherUsageStats", "false", *options,
                ],
                cwd=project,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "PYTHONPATH": str(project),
                    "LAMASSU_HOME": str(home),
                    **environment,
                },
            )  # fmt: skip
            ending.callback(_end, server)
            _wait_until_healthy(server, port, log)
            return f"http://127.0.0.1:{port}"

        yield start


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Returns once the server answers; fails with its log if it ends or stays silent."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers, though not whoever asks from here
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if server.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"the server on port {port} did not start:\n{log.read_text()[-3000:]}")


def _shown(page: Page) -> str:
    """The words and choices of a page and of each frame within it."""
    told: list[str] = []
    for frame in page.frames:
        try:
            told.append(frame.locator("body").aria_snapshot(timeout=5_000))
        except Error as err:
            told.append(f"nothing: {err.message}")
    return "\n--- a frame ---\n".join(told)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Ends one server that these tests started."""
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture
def faults(page: Page):
    """Fails a test in which a script of a page failed, or the app showed one of its own faults."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def note(told: ConsoleMessage) -> None:
        # A page opened by its address looks for its server at two places, of which one is right.
        if told.type == "error" and "/_stcore/" not in told.location["url"]:
            errors.append(f"{told.text} {told.location['url']}")

    page.on("console", note)
    yield
    assert errors == []
    assert page.locator("[data-testid=stException]").count() == 0

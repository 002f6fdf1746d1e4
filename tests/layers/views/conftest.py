"""The app in this process, without a browser, on a home of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from geo.access import NOBODY, Principal, Role, Via, Viewer
from geo.store import Store, open_store
from layers.views import cache as views_cache
from layers.views import who, whole
from tests.homes import NOW, copied, installed, settings_of

MAIN = Path(__file__).resolve().parents[3] / "layers" / "views" / "main.py"

Opener = Callable[..., AppTest]
Arrival = Callable[..., Principal]


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    """What is the same for every app, and would be made anew for each, as it forgets its caches.

    The outlines of the base map, and Streamlit's search through all packages that are installed.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(views_cache, "outlines", cache(views_cache.outlines))
        scan = manifest_scanner.scan_component_manifests
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(scan))
        yield


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens the app on a home, at the map or at another view's address.

    What an app before it left in the process's caches is forgotten.
    """

    def start(home: Path, address: str = "") -> AppTest:
        forget()
        monkeypatch.setenv("LAMASSU_HOME", str(home))
        return _turned(AppTest.from_file(MAIN, default_timeout=60), address)

    yield start
    whole.store().close()
    forget()


def forget() -> None:
    """Streamlit's caches belong to the process, not to a session."""
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on the embedded facts."""
    return copied(installed(tmp_path_factory), tmp_path / "home")


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """Its store, to prepare it before the app is opened."""
    opened = open_store(settings_of(home).store_url)
    yield opened
    opened.close()


@pytest.fixture
def app(open_app: Opener, home: Path) -> AppTest:
    """The app on the embedded facts, showing the map."""
    return open_app(home)


@pytest.fixture
def empty_app(open_app: Opener, home: Path, store: Store) -> AppTest:
    """The app on a store without any record: every import undone."""
    for record in store.imports():
        store.undo(record.import_id, author="test", now=NOW)
    return open_app(home)


@pytest.fixture
def come_as(monkeypatch: pytest.MonkeyPatch) -> Arrival:
    """Lets whoever runs the app be somebody of a role and groups; anonymous comes without login."""

    def come(role: Role, *groups: str) -> Principal:
        viewer = Viewer(role=role, groups=frozenset(groups))
        somebody = Principal(
            subject=f"oidc:https://id.example|{role}", name=f"A {role}", viewer=viewer, via=Via.OIDC
        )
        if role is Role.ANONYMOUS:
            somebody = NOBODY
            monkeypatch.setenv("LAMASSU_ANONYMOUS", "yes")
        monkeypatch.setattr(who, "_identified", lambda: somebody)
        return somebody

    return come


@pytest.fixture
def go() -> Callable[[AppTest, str], AppTest]:
    """Turns to another view by its address, as a click on its name does."""
    return _turned


def _turned(app: AppTest, address: str) -> AppTest:
    """The app at an address, run."""
    # `AppTest.switch_page` knows pages that are files only; ours are functions.
    app._page_hash = calc_hash(address) if address else ""
    return app.run()

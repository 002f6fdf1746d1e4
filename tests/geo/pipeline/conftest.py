"""An installation with the real facts for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.settings import Settings
from geo.store import Store, open_store
from tests.homes import copied, installed, settings_of


@pytest.fixture
def settings(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an installation of the test's own."""
    return settings_of(copied(installed(tmp_path_factory), tmp_path / "home"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The store of that installation."""
    opened = open_store(settings.store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The store of the common installation, only to be read."""
    opened = open_store(settings_of(installed(tmp_path_factory)).store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the common installation, only to be read."""
    return settings_of(installed(tmp_path_factory))

"""Installations, and commands run on them."""

from __future__ import annotations

import pytest

from tests.homes import copied, installed
from tests.shell_runs import called, ended, started


@pytest.fixture
def home(tmp_path, tmp_path_factory):
    """An installation of the test's own."""
    return copied(installed(tmp_path_factory), tmp_path / "home")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The common installation, only to be read."""
    return installed(tmp_path_factory)


@pytest.fixture
def shell(project, home):
    """Runs a command in a process of its own."""
    return lambda *words, **more: ended(started(project, home, *words, **more))


@pytest.fixture
def run(monkeypatch, capsys, home):
    """Runs a command on the test's own installation."""
    return lambda *words, **more: called(monkeypatch, capsys, home, *words, **more)


@pytest.fixture
def ask(monkeypatch, capsys, template):
    """Runs a command that changes nothing on the common installation."""
    return lambda *words, **more: called(monkeypatch, capsys, template, *words, **more)

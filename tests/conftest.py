"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Tests read back with every driver of GDAL. The app leaves it few, and so would whoever began this
# process with the app's settings, unless GDAL is loaded first.
os.environ.pop("GDAL_SKIP", None)
import pyogrio  # noqa: F401

PROJECT = Path(__file__).resolve().parents[1]

# The same code gets the same verdict; a thorough run looks for examples that nobody has tried.
# An example may take its time, since other tests run beside it.
settings.register_profile("run", max_examples=20, derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("run")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a run may be asked for."""
    parser.addoption(
        "--thorough", action="store_true", help="also the tests marked thorough, which take long"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Lets a thorough run try other examples each time, and more of them."""
    if config.getoption("--thorough"):
        settings.load_profile("thorough")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what only a thorough run does."""
    if config.getoption("--thorough"):
        return
    left_out = [item for item in items if "thorough" in item.keywords]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if "thorough" not in item.keywords]


def pytest_collection_finish() -> None:
    """Tests and libraries stay: nobody need look through them for what is left, time and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Puts back what a simulated run of a view leaves as the main module: children load it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The evaluation data, which are not part of the project; skips where they are absent."""
    folder = (PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip("no evaluation data: LAMASSU_TESTDATA names no folder")
    return folder


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Where CI=true, a skip for any reason but absent evaluation data is a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and "needs_testdata" not in item.keywords:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"

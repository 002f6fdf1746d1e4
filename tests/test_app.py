"""The server as it is declared, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.browser.conftest import free_port

WARM_UP = """
import gc
import app
from layers.views import cache
cache.warm_up = lambda: None
app._warm_up()
print(gc.get_freeze_count())
"""


def test_what_is_loaded_at_the_start_is_not_searched_after_every_run(project: Path, tmp_path: Path):
    """Streamlit looks for cycles after each click, and everybody else waits for that long."""
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("LAMASSU_")}
    said = subprocess.run(
        [sys.executable, "-c", WARM_UP],
        cwd=project,
        env={**environment, "PYTHONPATH": str(project), "LAMASSU_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    assert int(said.split()[-1]) > 100_000


def test_the_address_is_told_and_nothing_that_only_programmers_understand(
    project: Path, tmp_path: Path
):
    """Streamlit's own greeting is off, and with it the advice that it would show in the page."""
    port = free_port()
    with subprocess.Popen(
        [
            sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
            "--server.port", str(port),
        ],
        cwd=project,
        env={**os.environ, "LAMASSU_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as started:  # fmt: skip
        assert started.stdout is not None
        first = started.stdout.readline()
        started.terminate()
        rest = started.stdout.read()
    assert first == f"Lamassu: http://127.0.0.1:{port}/ (Ctrl+C ends it)\n"
    assert "treamlit" not in rest

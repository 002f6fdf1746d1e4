"""The server as it is declared, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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

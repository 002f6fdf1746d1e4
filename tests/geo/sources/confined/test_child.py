"""The child process: what it may do, what becomes of it, and what its parent is told."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geo.errors import GridMismatch, LamassuError, UnreadableFile
from geo.sources.confined import child
from geo.sources.confined.child import available_walls, environment, in_child
from geo.sources.confined.limits import BROWSER, COMMAND_LINE

TASKS = Path(__file__).parent
SMALL = dataclasses.replace(
    BROWSER, memory_bytes=300_000_000, cpu_s=1, wall_s=60.0, disk_bytes=1_000_000, file_bytes=1_000
)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Asks a child to do a function of `child_tasks` with a small file."""
    monkeypatch.setenv("PYTHONPATH", str(TASKS))
    path = tmp_path / "sites of Nobody.csv"
    path.write_text("id\n1\n")
    folder = tmp_path / "folder"
    folder.mkdir()

    def asked(
        function: str, *, limits=SMALL, path=path, keep_name=False, name="", **options
    ) -> Any:
        monkeypatch.setitem(child.TASKS, "test", f"child_tasks:{function}")
        return in_child(
            "test", path, folder, options=options, limits=limits, keep_name=keep_name, name=name
        )

    return asked


def test_a_child_gets_the_file_alone_under_another_name(ask, tmp_path: Path, monkeypatch):
    """It has no environment but its own, sees no neighbour of the file, and may write."""
    monkeypatch.setenv("LAMASSU_SECRET", "x")
    (tmp_path / "sites of Nobody.csv.aux.xml").write_text("x")
    told = ask("tell", extra=[1, "ü"])
    assert (told["name"], told["beside"], told["extra"]) == ("given.csv", ["given.csv"], [1, "ü"])
    assert "LAMASSU_SECRET" not in told["environment"]
    assert "HOME" not in told["environment"]
    assert told["cpu_s"] == SMALL.cpu_s
    assert (tmp_path / "folder" / "written").read_text() == "id\n1\n"


def test_a_name_that_means_something_can_be_kept(ask):
    """A satellite's product is known by its name."""
    assert ask("tell", keep_name=True)["name"] == "sites of Nobody.csv"


def test_each_wall_that_is_there_holds(ask, tmp_path: Path):
    """Other files, the network, programs, other processes: out of reach."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    found = ask("attempt", secret=str(secret))
    by_wall = {
        "files": {"read a secret", "list a folder", "write elsewhere", "link", "start a program"},
        "calls": {"call", "fork", "signal", "change a mode", "start a program"},
        "network": {"call"},
    }
    walls = available_walls()
    forbidden = set().union(*(deeds for wall, deeds in by_wall.items() if walls[wall]))
    assert {deed for deed in forbidden if found[deed] == "done"} == set()
    assert secret.read_text() == "x"
    assert (tmp_path / "sites of Nobody.csv").read_text() == "id\n1\n"


def test_what_is_raised_in_a_child_is_raised_in_its_parent(ask):
    """Same class, same three parts; the file goes by its own name."""
    with pytest.raises(GridMismatch, match=r"^sites of Nobody\.csv is askew; expected a grid; str"):
        ask("refuse")
    with pytest.raises(GridMismatch, match=r"^upload\.csv is askew"):
        ask("refuse", name="upload.csv")


@pytest.mark.parametrize(
    ("function", "match"),
    [
        ("crash", r"Nobody\.csv cannot be read: the reader broke down \(signal 11\)"),
        ("fail", r"broke down \(code 1: mind\)"),
        ("grow", "needs more than 300,000,000 bytes of memory"),
        ("spin", "more than 1 s of processor time"),
        ("fill", "File too large|more than 1,000,000 bytes"),
        ("say_too_much", r"^sites of Nobody\.csv: \[31mxxx"),
    ],
)
def test_a_child_that_breaks_down_is_told_of_in_one_line(ask, function: str, match: str):
    """The parent survives whatever happens."""
    with pytest.raises(UnreadableFile, match=match) as caught:
        ask(function)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1_500


def test_a_child_is_not_waited_for_without_end(ask):
    """The clock has a limit too."""
    with pytest.raises(UnreadableFile, match=r"took more than 0\.2 s"):
        ask("spin", limits=dataclasses.replace(SMALL, wall_s=0.2))


def test_an_answer_that_leads_elsewhere_is_not_read(ask, tmp_path: Path):
    """A reader that was taken over cannot make its parent read another file."""
    secret = tmp_path / "secret.json"
    secret.write_text('"CANARY"')
    with pytest.raises(UnreadableFile, match="cannot be read"):
        ask("lead_away", secret=str(secret))


def test_no_file_no_child(ask, tmp_path: Path):
    """What is missing, too large or no file is refused before a child is started."""
    (tmp_path / "large").write_bytes(bytes(1_001))
    for path, match in (
        (tmp_path / "none", "there is no file none"),
        (tmp_path, "there is no file"),
        (Path("/dev/zero"), "there is no file zero"),
        (tmp_path / "large", r"large has 1,001 bytes; expected at most 1,000"),
    ):
        with pytest.raises(LamassuError, match=match):
            ask("tell", path=path)


def test_gdal_has_only_the_drivers_that_are_named(tmp_path: Path):
    """In both copies of GDAL."""
    program = (
        "import pyogrio, rasterio\n"
        "with rasterio.Env() as gdal:\n"
        "    print(sorted(pyogrio.list_drivers()), sorted(gdal.drivers()))"
    )
    for drivers, printed in (
        (("GTiff",), "[] ['GTiff']"),
        (("FlatGeobuf", "COG"), "['FlatGeobuf'] ['COG']"),
        (("ESRI Shapefile", "GTiff"), "['ESRI Shapefile'] ['ESRI Shapefile', 'GTiff']"),
    ):
        ended = subprocess.run(
            [sys.executable, "-c", program], env=environment(tmp_path, drivers=drivers),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert (ended.stdout.strip(), ended.stderr) == (printed, "")


def test_every_task_names_a_function_that_is_there():
    """No task leads nowhere."""
    for task in child.TASKS.values():
        module, function = task.split(":")
        __import__(module)
        assert callable(getattr(sys.modules[module], function))


def test_the_command_line_allows_more_than_the_browser():
    """Every cap is at least as high."""
    ours, theirs = dataclasses.asdict(COMMAND_LINE), dataclasses.asdict(BROWSER)
    assert all(ours[name] >= theirs[name] for name in theirs)

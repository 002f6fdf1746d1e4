"""What README says is there, and what is there README says."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from typer.main import get_command

import cli
import geo
from geo.access import Role, Viewer
from layers.views.map import LAYERS

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", LAYERS)
def test_readme_names_every_layer(kind: str):
    """Each layer of the map stands in the table of layers by its own name."""
    name = importlib.import_module(f"layers.{kind}").NAME
    assert f"| {name.removesuffix(' (schematic)')} |" in README


def test_readme_names_every_setting():
    """Each environment variable that is read is described."""
    sources = (PROJECT / name for name in ("cli.py", "geo/settings.py", "tests/run"))
    named = {name for path in sources for name in re.findall(r"LAMASSU_[A-Z_]+", path.read_text())}
    assert {"LAMASSU_HOME", "LAMASSU_DEBUG"} <= named
    assert {name for name in named if f"`{name}`" not in README} == set()


def test_readme_names_every_command():
    """Each command of the shell occurs in the README."""
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    assert {name for name in commands if f"cli.py {name}" not in README} == set()


def test_every_command_in_readme_exists_with_its_options():
    """Commands and options that the README shows are there."""
    for shown in re.findall(r"`python cli\.py ([^`]+)`", README):
        command, words = get_command(cli.app), shown.split()
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
        assert not getattr(command, "commands", {}) or command.invoke_without_command
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_files_that_readme_links_to_are_there():
    """No link and no picture points at nothing."""
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (PROJECT / link).exists()] == []


def test_readme_tells_the_roles_as_they_are():
    """Each role's row names its strictest markings, outside and inside its groups."""
    rows = {cells[1]: cells for line in README.splitlines()
            if len(cells := [cell.strip() for cell in line.split("|")]) == 7}  # fmt: skip
    group = frozenset({"a group"})
    for role in Role:
        viewer = Viewer(role=role, groups=group)
        inside = viewer.ceiling(group) if viewer.admits(group) else None
        told = [viewer.ceiling(), inside]
        words = [marking.removeprefix("TLP:") if marking else "" for marking in told]
        assert rows[role.value][3:5] == words


def test_first_command_ends_in_streamlit():
    """A stranger's one line makes the environment, installs, makes the store and starts the app."""
    (line,) = re.findall(r"```sh\n(\(python3.*)\n```", README)
    assert line.endswith("streamlit run app.py")
    assert "pip install -r requirements.txt && python cli.py init" in line


def test_changelog_tells_of_this_version():
    """The version in the code has its entry."""
    assert f"## {geo.__version__}" in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_rooms_in_readme_are_those_of_the_house():
    """Every module of geo's first floor is in the drawing."""
    rooms = {
        f"geo/{path.name}" if path.is_file() else f"geo/{path.name}/"
        for path in (PROJECT / "geo").iterdir()
        if path.name not in {"__init__.py", "__pycache__"}
    }
    assert {room for room in rooms if room not in README} == set()


def test_requirements_are_pinned_exactly():
    """No line leaves a version open."""
    for name in ("requirements.txt", "tests/requirements.txt"):
        lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
        wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
        assert wanted
        assert [
            line for line in wanted if not re.fullmatch(r"[\w.-]+==[\w.]+( ; [\w= \"]+)?", line)
        ] == []

"""The import ladder of the house: who may see whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

BASE = {
    "geo.errors", "geo.model", "geo.grid", "geo.columns", "geo.frames", "geo.ways", "geo.snapshot",
    "geo.words", "geo.access", "geo.audit", "geo.scrub", "geo.eamena", "geo.progress",
}  # fmt: skip
ANALYSIS = (
    "geo.change", "geo.routes", "geo.hotspots", "geo.matching", "geo.query", "geo.disclosure",
    "geo.settings", "geo.evidence",
)  # fmt: skip
BORDER = ("geo.sources", "geo.store")
STREAMLIT = {"streamlit", "streamlit_folium"}
USER_INTERFACE = {*STREAMLIT, "folium", "branca", "matplotlib", "starlette", "uvicorn", "typer"}
STEERING = ("layers.views", "layers.shell")
"""The rooms in which the browser and the shell are served: they see the whole house."""
LAYER_BASE = {"layers.style", "layers.assets", "layers.map_layer", "layers.imagery"}


def module_name(path: Path, root: Path) -> str:
    """Dotted name of a file: ``geo/store/__init__.py`` is ``geo.store``."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(source: str) -> set[str]:
    """Every module that a source imports anywhere, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def under(name: str, *packages: str) -> bool:
    """Whether `name` is one of the packages or lies inside one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def part(name: str) -> str:
    """The room a module belongs to: its package of two words, or itself."""
    return ".".join(name.split(".")[:2])


def allowed(importer: str, imported: str) -> bool:
    """Whether the ladder lets `importer` see `imported`, both names of the house."""
    room, seen = part(importer), part(imported)
    if under(imported, "app", "cli"):
        return False
    if importer == "geo.errors":
        within: set[str] = set()
    elif room in BASE:
        within = BASE
    elif under(importer, *ANALYSIS, *BORDER):
        within = BASE | {room}
    elif under(importer, "geo"):
        within = {seen} if under(imported, "geo") else set()
    elif under(importer, "layers.server"):
        within = BASE | {"geo.settings", room}
    elif under(importer, "layers") and not under(importer, *STEERING):
        within = BASE | LAYER_BASE | {room}
    else:
        within = {seen}
    return seen in within


def breaches(root: Path) -> list[str]:
    """Each forbidden import of the tree under `root`, as ``importer -> imported``."""
    files = [
        *root.glob("geo/**/*.py"),
        *root.glob("layers/**/*.py"),
        root / "app.py",
        root / "cli.py",
    ]
    found = []
    for path in sorted(files):
        importer = module_name(path, root)
        for name in sorted(imported_names(path.read_text(encoding="utf-8"))):
            ours = under(name, "geo", "layers", "app", "cli")
            shows = under(name, *USER_INTERFACE) and under(importer, "geo")
            draws = under(name, *STREAMLIT) and under(
                importer, "layers.server", "layers.shell", "cli"
            )
            if (ours and not allowed(importer, name)) or shows or draws:
                found.append(f"{importer} -> {name}")
    return found


def test_every_import_keeps_to_the_ladder():
    """No module of the house sees one that it may not see."""
    assert breaches(PROJECT) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("geo/errors.py", "from geo.model import Tlp"),
        ("geo/model/record.py", "from geo.store import open_store"),
        ("geo/grid.py", "import geo.pipeline"),
        ("geo/query.py", "from geo.disclosure import for_viewer"),
        ("geo/change/cva.py", "from geo.store.embedded import EmbeddedStore"),
        ("geo/change/cva.py", "from geo import pipeline"),
        ("geo/store/schema.py", "from geo.sources import rasters"),
        ("geo/pipeline/change/detecting.py", "import streamlit as st"),
        ("geo/pipeline/change/detecting.py", "    import matplotlib.pyplot as plt"),
        ("geo/pipeline/change/detecting.py", "from layers.style import safe_html"),
        ("layers/sites.py", "from geo import pipeline"),
        ("layers/sites.py", "from geo.store import open_store"),
        ("layers/briefing/page.py", "from layers.views import cache"),
        ("layers/views/map.py", "import cli"),
        ("layers/shell/care.py", "import streamlit as st"),
        ("layers/server/doors.py", "from geo.store import open_store"),
        ("layers/server/doors.py", "from layers.views import cache"),
        ("geo/pipeline/guard.py", "from starlette.requests import Request"),
    ],
)
def test_a_planted_forbidden_import_is_found(tmp_path: Path, path: str, line: str):
    """The check can fail: each kind of breach is seen, also inside a function."""
    for name in ("app.py", "cli.py"):
        (tmp_path / name).write_text("")
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    body = f"def late():\n{line}\n" if line.startswith(" ") else line + "\n"
    target.write_text(body)
    assert len(breaches(tmp_path)) == 1


def test_the_ladder_lets_through_what_it_should(tmp_path: Path):
    """Allowed imports are not reported."""
    for name in ("app.py", "cli.py"):
        (tmp_path / name).write_text("import geo.pipeline\nimport layers.views.main\n")
    for path, line in {
        "geo/model/record.py": "from geo.errors import BadInput",
        "geo/pipeline.py": "from geo.store import open_store\nfrom geo.change import detect",
        "geo/change/cva.py": "from geo.grid import Raster\nfrom geo.change.decision import decide",
        "layers/sites.py": "import folium\nfrom layers.style import safe_html",
        "layers/views/map.py": "import streamlit\nfrom geo import pipeline",
    }.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(line + "\n")
    assert breaches(tmp_path) == []

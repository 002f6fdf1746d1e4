"""Rules of the house that no tool knows: what is kept, what leaves by a link, who is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.access import Right

PROJECT = Path(__file__).resolve().parents[1]

PLAIN_CACHES = {
    "geo/pipeline/ground.py": "embedded facts: travel modes",
    "geo/grid.py": "a projection by its name",
    "geo/frames.py": "columns of a kind, which are code",
    "geo/columns.py": "columns of a kind, which are code",
    "geo/store/rows.py": "the frame of a kind without rows, which is code",
    "geo/routes/records.py": "columns of a frame, which are code",
    "geo/sources/readers/delimited.py": "a word of the file that is read, for as long as it is",
    "geo/sources/readers/workbook.py": "a word of the file that is read, for as long as it is",
    "geo/sources/confined/walls.py": "what this machine can wall off",
    "geo/sources/outlines.py": "embedded facts: coasts and borders",
    "geo/sources/rasters/simulated.py": "simulated scenes, which are invented",
    "geo/sources/rasters/scenery/canvas.py": "simulated scenes, which are invented",
    "geo/sources/rasters/scenery/land.py": "simulated scenes, which are invented",
    "geo/sources/meaning/cells.py": "the reading of one cell's text, by that text",
    "geo/sources/meaning/code_words.py": "words of a code list, which are code",
    "geo/sources/meaning/dates.py": "the reading of one date's text, by that text",
    "geo/sources/meaning/vocabulary.py": "the vocabulary, which is code",
    "geo/sources/meaning/grid_references.py": "a projection by its zone",
    "geo/sources/meaning/quantities.py": "the reading of one number's text, by that text",
    "geo/sources/meaning/coordinates.py": "the reading of one coordinate's text, by that text",
    "layers/assets.py": "files of Leaflet and of the base map",
    "layers/briefing/text.py": "the width of one text in a font, by that text",
    "layers/imagery/lettering.py": "the word SIMULATED, by the size of a picture",
}
"""Files that may keep what a pure function gave, and what it is; nothing in them asks a store."""

BY_MEDIA = {"download_button", "image", "audio", "video", "pyplot", "pdf"}
"""What of Streamlit puts bytes under ``/media``, where whoever has the address gets them."""


def dotted_names(tree: ast.AST) -> Iterator[str]:
    """Each dotted name in a source, such as ``st.cache_data``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def findings(root: Path, *folders: str) -> list[tuple[str, str]]:
    """File and dotted name of everything that is named in the sources under some folders."""
    found = []
    for folder in folders:
        for path in sorted(root.glob(f"{folder}/**/*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [(path.relative_to(root).as_posix(), name) for name in dotted_names(tree)]
    return found


def streamlit_caches(root: Path) -> set[str]:
    """Files that name one of Streamlit's caches."""
    return {
        file
        for file, name in findings(root, "geo", "layers")
        if name.rpartition(".")[2].startswith("cache_") and name.startswith(("st.", "streamlit."))
    }


def plain_caches(root: Path) -> set[str]:
    """Files that name a cache of the standard library; `cached_property` lives as its object."""
    names = {f"functools.{name}" for name in ("cache", "lru_cache")}
    return {file for file, name in findings(root, "geo", "layers") if name in names}


def by_media(root: Path) -> list[tuple[str, str]]:
    """Files and what in them would put bytes under ``/media``."""
    return [
        (file, name)
        for file, name in findings(root, "layers")
        if name.rpartition(".")[2] in BY_MEDIA and name.split(".")[0] in {"st", "streamlit"}
    ]


def ways_round(root: Path) -> list[tuple[str, str]]:
    """Views that reach the store without its guard, or draw what does not ask who looks."""
    unguarded = ("layers.views.whole", "geo.pipeline.installation.open_installation",
                 "geo.store.open_store", "geo.pipeline.guard.guard")  # fmt: skip
    found = []
    for file, name in findings(root, "layers/views"):
        view = Path(file).name
        if name in {
            "layers.views.whole",
            *(f"layers.views.whole.{n}" for n in ("store", "members")),
        }:
            bad = view not in {"who.py", "cache.py"}
        elif name.startswith(unguarded):
            bad = view not in {"who.py", "cache.py", "whole.py"}
        else:
            bad = name in {"st.fragment", "st.dialog"} and view != "who.py"
        if bad:
            found.append((file, name))
    return found


def test_streamlits_cache_is_named_in_one_file():
    """Whatever the views keep goes through the two wrappers."""
    assert streamlit_caches(PROJECT) == {"layers/views/caching.py"}


def test_whatever_else_is_kept_is_listed_with_its_reason():
    """A cache of the standard library asks no store; the list has no file too many."""
    assert plain_caches(PROJECT) == set(PLAIN_CACHES)


def test_nothing_is_put_where_a_link_alone_is_enough():
    """No file and no picture goes under Streamlit's ``/media``."""
    assert by_media(PROJECT) == []


def test_no_view_goes_round_the_guard():
    """The bare store is named where it is guarded; parts of a page ask again who looks."""
    assert ways_round(PROJECT) == []


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (streamlit_caches, "@st.cache_data\ndef rows(): ..."),
        (streamlit_caches, "kept = st.cache_resource(rows)"),
        (streamlit_caches, "from streamlit import cache_data"),
        (plain_caches, "from functools import lru_cache"),
        (plain_caches, "import functools\n@functools.cache\ndef rows(): ..."),
        (by_media, "st.download_button('x', b'')"),
        (by_media, "st.sidebar.image('x.png')"),
        (by_media, "from streamlit import image"),
        (ways_round, "from layers.views import whole"),
        (ways_round, "from layers.views.whole import store"),
        (ways_round, "from geo.store import open_store"),
        (ways_round, "from geo.pipeline.installation import open_installation"),
        (ways_round, "@st.fragment\ndef part(): ..."),
        (ways_round, "@st.dialog('Briefing')\ndef part(): ..."),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, check, line: str):
    """The checks can fail: each kind of breach is seen."""
    target = tmp_path / "layers" / "views" / "planted.py"
    target.parent.mkdir(parents=True)
    target.write_text(f"import streamlit as st\n{line}\n")
    assert len(check(tmp_path)) == 1


def rights_asked() -> dict[str, str]:
    """What the first statement of each page asks for, by the page's module."""
    asked = {}
    for path in sorted((PROJECT / "layers" / "views").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == "show" and len(node.body) > 1:
                asked[path.stem] = ast.unparse(node.body[1])
    return asked


def test_each_page_asks_first_who_looks():
    """Leaving a page out of the navigation is no defence: its address can be typed."""
    main = ast.parse((PROJECT / "layers" / "views" / "main.py").read_text(encoding="utf-8"))
    (pages,) = (
        node.value
        for node in main.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PAGES"
    )
    declared = {
        ast.unparse(page.elts[2]).split(".")[0]: ast.unparse(page.elts[3]) for page in pages.elts
    }
    asked = rights_asked()
    assert {page: asked[page] for page in declared} == {
        page: f"who.require({right})" for page, right in declared.items()
    }
    assert {right.rpartition(".")[2] for right in declared.values()} <= {r.name for r in Right}

"""The map's scripts and styles come from this machine, whole and private."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import folium
import folium.plugins
import pytest
import streamlit_folium
from folium.elements import JSCSSMixin

from geo.errors import InvalidSetting
from layers import assets
from layers.assets import OwnAssets, OwnScript

HARD_CODED = {
    "https://d3js.org/d3.v4.min.js",
    "https://cdnjs.cloudflare.com/ajax/libs/d3/3.5.5/d3.min.js",
}
"""What streamlit-folium and branca load for colour scales without naming it in a class."""


def descendants(parent: type) -> Iterator[type]:
    """Every class below `parent`."""
    for child in parent.__subclasses__():
        yield child
        yield from descendants(child)


def addresses() -> set[str]:
    """Every script and style that any class of the installed folium names."""
    classes = [c for c in descendants(JSCSSMixin) if c.__module__.startswith("folium")]
    assert len(classes) > 30
    named = [
        url
        for one in classes
        for attribute in ("default_js", "default_css")
        for _, url in getattr(one, attribute, [])
    ]
    return {*named, *HARD_CODED}


def test_every_address_of_the_pinned_folium_is_held():
    """Folium and folium-offline fit together: no plugin would be looked for on the internet."""
    assert addresses() - set(assets.vendor_texts()) == set()


def test_no_style_asks_for_a_file_outside_itself():
    """Fonts and pictures in the styles are data, or fragments of the page."""
    found = [
        (url, link)
        for url, text in assets.vendor_texts().items()
        if url.endswith(".css")
        for link in re.findall(r"url\(\s*+['\"]?+(?!data:|#|%23)([^)]*)\)", text)
    ]
    assert found == []
    assert not any("@import" in t for u, t in assets.vendor_texts().items() if u.endswith(".css"))


def test_the_default_marker_has_its_picture_inside():
    """Leaflet would otherwise look for a file beside its style."""
    (script,) = (t for u, t in assets.vendor_texts().items() if u.endswith("/leaflet.js"))
    assert "_getIconUrl=function(name){return name==='icon'?'data:image/png" in script


def test_the_files_are_true_and_the_folder_private(tmp_path: Path):
    """The name of each file holds the SHA-256 of its content."""
    folder = tmp_path / "map"
    files = assets.write_assets(folder, OwnScript("own.js", "let one = 1;"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(files) > addresses()
    for name in files.values():
        content = (folder / name).read_bytes()
        assert name.startswith(hashlib.sha256(content).hexdigest()[:16])
    assert (folder / files[OwnScript("own.js", "let one = 1;").url]).read_text() == "let one = 1;"


def test_a_second_call_writes_nothing_and_a_damaged_file_is_made_good(tmp_path: Path):
    """Truth is checked by content, not by size or date."""
    files = assets.write_assets(tmp_path / "map")
    one, other = sorted(files.values())[:2]
    times = {name: (tmp_path / "map" / name).stat().st_mtime_ns for name in files.values()}
    content = (tmp_path / "map" / one).read_bytes()
    (tmp_path / "map" / one).write_bytes(content[:-1] + b"!")
    assert assets.write_assets(tmp_path / "map") == files
    assert (tmp_path / "map" / one).read_bytes() == content
    assert (tmp_path / "map" / other).stat().st_mtime_ns == times[other]
    assert not list((tmp_path / "map").glob(".new-*"))


def test_a_folder_open_to_others_is_closed(tmp_path: Path):
    """Whoever could write there could run scripts in the reader's page."""
    folder = tmp_path / "map"
    folder.mkdir()
    folder.chmod(0o777)
    assets.write_assets(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path):
    """Somebody else may have put it there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "map").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidSetting, match="is a link or belongs to another user"):
        assets.write_assets(tmp_path / "map")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path):
    """The message names the folder and the way out."""
    (tmp_path / "map").write_text("")
    with pytest.raises(InvalidSetting, match=r"cannot be kept in .*map: .*LAMASSU_HOME"):
        assets.write_assets(tmp_path / "map")


def test_two_processes_at_once_leave_whole_files(tmp_path: Path, project: Path):
    """Two first starts of the app at the same moment."""
    code = (
        "import sys; from pathlib import Path; from layers.assets import write_assets; "
        "[write_assets(Path(sys.argv[1])) for _ in range(3)]"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "map")]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    both = [subprocess.Popen(command, cwd=project, env=environment) for _ in range(2)]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    files = assets.write_assets(tmp_path / "map")
    kept = {path.name for path in (tmp_path / "map").iterdir()}
    assert kept == {*files.values(), "index.html"}


@pytest.fixture
def plain_component(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stands in for streamlit-folium's component and keeps what it is called with."""
    calls: list[dict[str, object]] = []

    def component(**arguments: object) -> None:
        calls.append(arguments)

    monkeypatch.setattr(streamlit_folium, "_component_func", component)
    return calls


def test_installing_again_and_again_wraps_once(tmp_path: Path, plain_component):
    """Every rerun and every session calls it; links are replaced once, and name our component."""
    own = OwnScript("own.js", "1")
    plain = streamlit_folium._component_func
    for _ in range(3):
        assets.install(tmp_path / "map", own)
    assert streamlit_folium._component_func.lamassu_wraps is plain
    leaflet = next(url for url in assets.vendor_texts() if url.endswith("/leaflet.js"))
    streamlit_folium._component_func(js_links=[leaflet, own.url], css_links=[], script="kept")
    (call,) = plain_component
    assert call["script"] == "kept"
    for link in call["js_links"]:
        assert re.fullmatch(
            r"\.\./layers\.assets\.lamassu_map/[0-9a-f]{16}-(leaflet|own)\.js", link
        )


def test_a_script_from_outside_is_refused(tmp_path: Path, plain_component):
    """A plugin that is not held would be fetched from a content network."""
    assets.install(tmp_path / "map")
    with pytest.raises(InvalidSetting, match=r"loads https://example\.org/x\.js, which is not on"):
        streamlit_folium._component_func(js_links=["https://example.org/x.js"], css_links=[])
    assert plain_component == []


def test_one_page_holds_everything():
    """A map with plugins becomes a page without a single address to fetch from."""
    page = folium.Map(tiles=None)
    folium.Marker([0, 0], icon=folium.Icon(prefix="fa")).add_to(page)
    folium.plugins.MiniMap(tile_layer=folium.TileLayer("x", attr="x")).add_to(page)
    OwnAssets(OwnScript("a.js", "let a = '</script>';"), OwnScript("a.css", "b{}")).add_to(page)
    text = assets.offline_html(page)
    assert (
        re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(?!data:)[^>]*>", text)
        == []
    )
    assert r"let a = '<\/script>';" in text
    assert "<style>b{}</style>" in text


def test_a_page_with_a_script_from_outside_is_refused():
    """It would not open without a network."""
    page = folium.Map(tiles=None)
    page.add_js_link("strange", "https://example.org/strange.js")
    try:
        with pytest.raises(InvalidSetting, match=r"loads https://example\.org/strange\.js"):
            assets.offline_html(page)
    finally:
        folium.Map.default_js.remove(("strange", "https://example.org/strange.js"))


def test_another_text_has_another_address():
    """No browser shows an old outline after an upgrade."""
    assert OwnScript("a.js", "1").url != OwnScript("a.js", "2").url
    assert OwnScript("a.js", "1").url == OwnScript("a.js", "1").url

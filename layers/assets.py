"""The map's scripts and styles from this machine: nothing is fetched from a content network.

folium names its JavaScript and CSS by web addresses. The package folium-offline holds the text
behind each of them; here that text is served by Streamlit itself (`install`) or put into one page
(`offline_html`). Without this a map without internet is an empty area.

This is the only file that touches private names of other packages: the texts of `offlinefolium` and
the component function of `streamlit_folium`; both are pinned, and tests hold every address of the
pinned folium against the texts. It is also the only file outside the views that needs Streamlit,
inside `install`, so that layers can be made without it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin

from geo.errors import InvalidSetting

OWN = "lamassu:"
"""Scheme of our own scripts and styles, which no browser would fetch."""

COMPONENT = "lamassu_map"
"""Name under which Streamlit serves the folder."""

_OUTSIDE_URL = re.compile(r"url\(\s*+(['\"]?+)(?!data:|#|%23)[^'\"()]*\1\s*\)")
_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"\s*/>')


@dataclass(frozen=True)
class OwnScript:
    """A script or style of our own that a map loads beside those of folium."""

    name: str
    """File name with its ending."""
    text: str
    """What is in it."""

    @cached_property
    def url(self) -> str:
        """What a map calls it by; another text has another, so that no browser keeps an old one."""
        return f"{OWN}{_digest(self.text)[:12]}/{self.name}"


class OwnAssets(JSCSSMixin, MacroElement):
    """Makes a map load our own scripts and styles; draws nothing by itself."""

    def __init__(self, *scripts: OwnScript) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # branca is not annotated
        self._name = "OwnAssets"
        self.scripts = scripts
        self.default_js = [(one.name, one.url) for one in scripts if one.name.endswith(".js")]
        self.default_css = [(one.name, one.url) for one in scripts if one.name.endswith(".css")]


@cache
def map_scripts() -> tuple[OwnScript, OwnScript]:
    """The map's own script and style, which lie beside this file."""
    here = Path(__file__).parent
    names = ("map.js", "map.css")
    js, css = (OwnScript(name, (here / name).read_text(encoding="utf-8")) for name in names)
    return js, css


@cache
def vendor_texts() -> Mapping[str, str]:
    """Text of each script and style of the pinned folium by its web address, free of outside links.

    Three kinds of link were left in them: pictures and fonts beside the original file, and the
    default marker's picture, which Leaflet looks for at run time.
    """
    from offlinefolium.elements import _res  # noqa: PLC0415 - 3.5 MB, only where a map is

    texts = {
        url: _OUTSIDE_URL.sub('url("data:,")', text) if url.endswith(".css") else text
        for url, text in _res.items()
    }
    leaflet_js = next(url for url in texts if url.endswith("/leaflet.js"))
    icon = re.search(
        r"leaflet-default-icon-path\s*\{[^}]*url\((['\"]?)(data:[^)'\"]+)",
        texts[leaflet_js.removesuffix("js") + "css"],
    )
    assert icon is not None, "the pinned leaflet.css holds its default marker"
    texts[leaflet_js] += (
        "\n;L.Icon.Default.prototype._getIconUrl="
        f"function(name){{return name==='icon'?'{icon.group(2)}':'data:,'}};"
    )
    return texts


def install(cache_folder: Path, *own: OwnScript) -> None:
    """From now on every map of this process loads its scripts and styles from `cache_folder`.

    The folder is made, private to the user, and filled; Streamlit serves it. Call it at the start
    of every run: a second call with the same folder only checks that the files are true. `own` are
    scripts that a map needs besides `map_scripts`, such as the outlines of the base map.

    Raises
    ------
    InvalidSetting
        If the folder belongs to another user or cannot be written.
    """
    import streamlit_folium  # noqa: PLC0415 - see the docstring of this file
    from streamlit.components import v1 as components  # noqa: PLC0415

    files = write_assets(cache_folder, *own)
    served = components.declare_component(COMPONENT, path=str(cache_folder.resolve()))
    # One component finds another one beside itself, so that server.baseUrlPath does not matter.
    links = {url: f"../{served.name}/{name}" for url, name in files.items()}
    plain = streamlit_folium._component_func  # noqa: SLF001 - the one private name it hangs on
    streamlit_folium._component_func = _served_locally(  # noqa: SLF001
        getattr(plain, "lamassu_wraps", plain), links
    )


def write_assets(cache_folder: Path, *own: OwnScript) -> dict[str, str]:
    """The file name in `cache_folder` of every script and style, by web address.

    Each file is complete and true when this returns: its name holds the SHA-256 of its content, an
    existing one is compared with what it should hold, and a new one is moved into place as a whole,
    so that two processes do not disturb each other.

    Raises
    ------
    InvalidSetting
        If the folder belongs to another user or cannot be written.
    """
    texts = {**vendor_texts(), **{one.url: one.text for one in (*map_scripts(), *own)}}
    try:
        _make_private(cache_folder)
        files = {url: _write(cache_folder, url, text) for url, text in texts.items()}
        # Streamlit wants a page in the folder of a component.
        _place(cache_folder / "index.html", b"<!doctype html><title>Lamassu</title>")
    except OSError as err:
        raise InvalidSetting(
            f"the map's files cannot be kept in {cache_folder}: {err.strerror}",
            expected="a folder that this user may write",
            remedy="set LAMASSU_HOME to such a folder",
        ) from err
    return files


def offline_html(map: folium.Map) -> str:  # noqa: A002 - folium's own word
    """The map as one page that needs no other file and no network; opens by a double click.

    Raises
    ------
    InvalidSetting
        If the map names a script or style that is not among the pinned folium's or its own.
    """
    own = {
        script.url: script.text
        for child in map._children.values()  # noqa: SLF001 - folium has no public way to its parts
        if isinstance(child, OwnAssets)
        for script in child.scripts
    }
    texts = {**vendor_texts(), **own}

    def text_of(found: re.Match[str]) -> str:
        if found.group(1) not in texts:
            raise _not_here(found.group(1))
        return texts[found.group(1)]

    def script(found: re.Match[str]) -> str:
        return f"<script>{_closed(text_of(found), 'script')}</script>"

    def style(found: re.Match[str]) -> str:
        return f"<style>{_closed(text_of(found), 'style')}</style>"

    head, body = map.get_root().render().split("</head>", 1)
    return _STYLE.sub(style, _SCRIPT.sub(script, head)) + "</head>" + body


def _closed(text: str, tag: str) -> str:
    """`text` so that it cannot end the element `tag` that holds it."""
    return re.sub(f"</(?={tag})", r"<\\/", text, flags=re.IGNORECASE)


def _served_locally(component: Callable[..., Any], links: Mapping[str, str]) -> Callable[..., Any]:
    """streamlit-folium's component function with each address replaced by our own."""

    def call(**arguments: Any) -> Any:  # noqa: ANN401 - passed through as they are
        for kind in ("js_links", "css_links"):
            arguments[kind] = [_served(url, links) for url in arguments[kind]]
        return component(**arguments)

    call.lamassu_wraps = component  # type: ignore[attr-defined]
    return call


def _served(url: str, links: Mapping[str, str]) -> str:
    """Our own address for a folium address; one that would leave the machine is told at once."""
    if url not in links:
        raise _not_here(url)
    return links[url]


def _not_here(url: str) -> InvalidSetting:
    """The fault of a map that names a script or style which we do not hold."""
    return InvalidSetting(
        f"the map loads {url}, which is not on this machine",
        expected="plugins of the pinned folium, or own scripts that were given",
        remedy="leave the plugin out, or pin folium and folium-offline together",
    )


def _write(folder: Path, url: str, text: str) -> str:
    """The name in `folder` of the file that holds `text`, after having made sure that it does."""
    name = Path(urlparse(url).path).name
    ending = "" if name.endswith((".js", ".css")) else ".js"
    content = text.encode()
    stored = f"{_digest(text)[:16]}-{name}{ending}"
    _place(folder / stored, content)
    return stored


def _place(path: Path, content: bytes) -> None:
    """Makes `path` hold `content`, at once and as a whole; leaves a file that does untouched."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
        new.write(content)
    Path(new.name).replace(path)


def _make_private(folder: Path) -> None:
    """Makes `folder` a real one that belongs to this user and that nobody else can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise InvalidSetting(
            f"{folder} is a link or belongs to another user",
            expected="a folder of this user for the map's files",
            remedy="remove it or set LAMASSU_HOME to another folder",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def _digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

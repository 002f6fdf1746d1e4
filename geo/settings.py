"""Where this installation keeps its things, from options, environment and secrets; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from geo.errors import InvalidSetting

Network = IPv4Network | IPv6Network


class Login(StrEnum):
    """How the server knows who somebody is."""

    LOCAL = "local"
    """One user, the administrator; the server listens on this machine only."""
    OIDC = "oidc"
    """An identity provider, as ``[auth]`` in ``.streamlit/secrets.toml`` describes it."""
    PROXY = "proxy"
    """A header of a proxy that people log in to."""


PROXY_HEADER, PROXY_FROM = "X-Lamassu-User", "127.0.0.1"
"""The header that names the user, and who may send it, unless settings say otherwise."""

SESSION_H, LONGEST_SESSION_H = 12.0, 720.0
"""Hours for which a login counts, unless a setting says otherwise, and at the most."""

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
"""A field name of RFC 9110, section 5.1, without its odder characters."""

_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?"
)
"""A name or an address, and a port where it is not the usual one."""

_FILLED_BY_BROWSERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "authorization", "cache-control",
     "connection", "content-length", "content-type", "cookie", "date", "forwarded", "from", "host",
     "origin", "pragma", "range", "referer", "te", "upgrade", "user-agent", "via",
     "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)  # fmt: skip
"""Headers that say something else than who is there, or that anybody's browser fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Folder and store of one installation, and its choices about the network."""

    home: Path
    """Folder of the embedded store, originals and caches (`LAMASSU_HOME`)."""
    store_url: str
    """SQLAlchemy URL of the store (`LAMASSU_STORE`)."""
    online_basemap: bool
    """Whether an online base map is offered (`LAMASSU_ONLINE_BASEMAP`); off by default."""
    login: Login = Login.LOCAL
    """How the server knows who somebody is (`LAMASSU_LOGIN`)."""
    anonymous: bool = False
    """Whether those without a login see what is public (`LAMASSU_ANONYMOUS`); else a login page."""
    session_h: float = SESSION_H
    """Hours after which a login counts no more (`LAMASSU_SESSION_H`)."""
    proxy_header: str = PROXY_HEADER
    """Header in which a trusted proxy names the user (`LAMASSU_PROXY_HEADER`)."""
    proxy_from: tuple[Network, ...] = (ip_network(PROXY_FROM),)
    """Addresses and networks of trusted proxies (`LAMASSU_PROXY_FROM`); no others are believed."""
    stac_hosts: tuple[str, ...] = ()
    """Hosts that satellite scenes may be fetched from (`LAMASSU_STAC_HOSTS`); none by default."""

    @property
    def keys_folder(self) -> Path:
        """Folder of the keys that exports are signed with."""
        return self.home / "keys"

    @property
    def originals_folder(self) -> Path:
        """Folder of the files as they came, named by their SHA-256."""
        return self.home / "originals"

    @property
    def scenes_folder(self) -> Path:
        """Folder of the scenes' files, named by their SHA-256."""
        return self.home / "scenes"

    @property
    def cache_folder(self) -> Path:
        """Folder of what can be made again."""
        return self.home / "cache"


def resolve(
    environment: Mapping[str, str],
    *,
    default_home: Path,
    store_option: str | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force: the option beats the environment, that the secrets, those the default.

    Parameters
    ----------
    environment
        `LAMASSU_HOME`, `LAMASSU_STORE`, `LAMASSU_ONLINE_BASEMAP`, `LAMASSU_LOGIN`,
        `LAMASSU_ANONYMOUS`, `LAMASSU_SESSION_H`, `LAMASSU_PROXY_HEADER`, `LAMASSU_PROXY_FROM` and
        `LAMASSU_STAC_HOSTS` are read; empty is unset.
    default_home
        The user's data folder.
    store_option
        Value of the command line's ``--store``.
    secrets
        The same names from ``.streamlit/secrets.toml``.

    Raises
    ------
    InvalidSetting
        If one of them is not what it may be, or `LAMASSU_HOME` begins with the home of a user who
        is not known.
    """
    kept = secrets or {}

    def chosen(name: str) -> str:
        return environment.get(name, "").strip() or str(kept.get(name, "")).strip()

    home = _folder("LAMASSU_HOME", chosen("LAMASSU_HOME") or str(default_home))
    url = (store_option or "").strip() or chosen("LAMASSU_STORE")
    return Settings(
        home=home,
        store_url=url or f"sqlite:///{home / 'lamassu.sqlite'}",
        online_basemap=_yes_or_no("LAMASSU_ONLINE_BASEMAP", chosen("LAMASSU_ONLINE_BASEMAP")),
        login=_login(chosen("LAMASSU_LOGIN")),
        anonymous=_yes_or_no("LAMASSU_ANONYMOUS", chosen("LAMASSU_ANONYMOUS")),
        session_h=_session_h(chosen("LAMASSU_SESSION_H")),
        proxy_header=_header(chosen("LAMASSU_PROXY_HEADER") or PROXY_HEADER),
        proxy_from=_networks(chosen("LAMASSU_PROXY_FROM") or PROXY_FROM),
        stac_hosts=_hosts(chosen("LAMASSU_STAC_HOSTS")),
    )


def _folder(name: str, value: str) -> Path:
    """A setting as an absolute path, ``~`` resolved."""
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as err:
        raise InvalidSetting(
            f"{name} is {value!r}", expected="a folder", remedy="write out its whole path"
        ) from err


def _yes_or_no(name: str, value: str) -> bool:
    """Whether a setting says yes; empty says no."""
    word = value.casefold()
    if word in {"", "0", "no", "off", "false"}:
        return False
    if word in {"1", "yes", "on", "true"}:
        return True
    raise InvalidSetting(f"{name} is {value!r}", expected="yes or no", remedy="unset it for no")


def _login(value: str) -> Login:
    """The login that is meant; empty is local."""
    try:
        return Login(value.casefold() or Login.LOCAL)
    except ValueError as err:
        raise InvalidSetting(
            f"LAMASSU_LOGIN is {value!r}",
            expected=f"one of {', '.join(Login)}",
            remedy="unset it to use Lamassu on this machine alone",
        ) from err


def _session_h(value: str) -> float:
    """Hours of a session; empty is `SESSION_H`."""
    try:
        hours = float(value or SESSION_H)
    except ValueError:
        hours = math.nan
    if not 0 < hours <= LONGEST_SESSION_H:  # not a number is not either
        raise InvalidSetting(
            f"LAMASSU_SESSION_H is {value!r}",
            expected=f"hours above 0, at most {LONGEST_SESSION_H:g}",
            remedy=f"unset it for {SESSION_H:g}",
        )
    return hours


def _header(value: str) -> str:
    """The name of a header that only a proxy fills."""
    if not _HEADER.fullmatch(value) or value.casefold() in _FILLED_BY_BROWSERS:
        raise InvalidSetting(
            f"LAMASSU_PROXY_HEADER is {value!r}",
            expected="a header that the proxy alone fills, in letters, digits and hyphens",
            remedy=f"unset it for {PROXY_HEADER}",
        )
    return value


def _networks(value: str) -> tuple[Network, ...]:
    """Addresses and networks, parted by commas or spaces."""
    found = []
    for text in value.replace(",", " ").split():
        try:
            network = ip_network(text)
        except ValueError as err:
            raise _bad_network(text) from err
        if network.prefixlen == 0:  # would believe whoever asks
            raise _bad_network(text)
        found.append(network)
    if not found:
        raise _bad_network(value)
    return tuple(found)


def _hosts(value: str) -> tuple[str, ...]:
    """Hosts, parted by commas or spaces, in small letters."""
    found = value.replace(",", " ").casefold().split()
    for text in found:
        if not _HOST.fullmatch(text):
            raise InvalidSetting(
                f"LAMASSU_STAC_HOSTS names {text!r}",
                expected="hosts such as earth-search.aws.element84.com or 127.0.0.1:8080, each "
                "written out: no pattern and no path",
                remedy="unset it to fetch nothing",
            )
    return tuple(dict.fromkeys(found))


def _bad_network(text: str) -> InvalidSetting:
    """The error for an address that no proxy may have."""
    return InvalidSetting(
        f"LAMASSU_PROXY_FROM names {text!r}",
        expected="addresses such as 127.0.0.1, or networks such as 10.20.0.0/24, but not everybody",
        remedy=f"name the proxy alone, or unset it for {PROXY_FROM}",
    )

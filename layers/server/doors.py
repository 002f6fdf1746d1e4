"""Who is let in: peers, host names, origins and user headers, by the way people are known.

In local mode whoever is let in is the administrator, so only this machine is answered, under its
own names: a web page elsewhere can lead a name of its own to 127.0.0.1 (DNS rebinding), and a proxy
on this machine would lend its own address to everybody. In proxy mode the header that names the
user is believed, so only the proxy is answered. In every mode a page of another origin is refused.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.errors import InvalidSetting
from geo.settings import Login, Network, Settings
from layers.server.logs import noted

Refused = Callable[[str, str], None]
"""Told what was refused (``user header``, ``proxy`` ...) and the peer's address."""

_FORWARDED = ("forwarded", "via", "x-real-ip")
"""Headers that a proxy adds, beside all that begin with ``x-forwarded-``."""

_CLOSED = ("media", "_stcore/metrics", "_stcore/agent", "_stcore/script-health-check", "app/static")
"""Parts of Streamlit that know no role: whatever lies under them is not there."""

STANDING = threading.Event()
"""Set once the doors stand before the app of this process."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why somebody is not let in."""

    status: int
    """Of HTTP."""
    words: str
    """For whoever asked."""
    told: str = ""
    """For the administrator; empty where it happens to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the doors go by."""

    login: Login
    """How people are known."""
    user_header: str
    """Name of the header that names the user, in lower case."""
    proxies: tuple[Network, ...]
    """Addresses that the user header is believed from."""
    base_path: str = ""
    """Path under which everything lies, such as ``/lamassu``; empty for none."""
    peers_rewritten: bool = True
    """Whether the server below may have put ``X-Forwarded-For`` in place of the peer."""


def house_of(settings: Settings, *, base_path: str = "", peers_rewritten: bool = True) -> House:
    """What the doors go by in this installation."""
    return House(
        login=settings.login,
        user_header=settings.proxy_header.lower(),
        proxies=settings.proxy_from,
        base_path=base_path,
        peers_rewritten=peers_rewritten,
    )


def check_binding(login: Login, address: str | None) -> None:
    """Nothing, if a server of this mode may listen on `address`.

    Parameters
    ----------
    address
        Streamlit's ``server.address``; none is every address of the machine.

    Raises
    ------
    InvalidSetting
        In local mode, if others than this machine could reach it.
    """
    name = (address or "").strip()
    if login is Login.LOCAL and not _is_own_name(name.strip("[]")):
        raise InvalidSetting(
            f"the server would listen on {name or 'every address of this machine'}, and without a "
            "login whoever reaches it is the administrator",
            expected="server.address = 127.0.0.1",
            remedy="leave it so, or set LAMASSU_LOGIN to oidc or proxy",
        )


def refusal_of(scope: Scope, house: House) -> Refusal | None:
    """Why a request or session is not let in; None if it is.

    Parameters
    ----------
    scope
        Of ASGI; its ``client`` is the socket's peer.
    """
    headers = Headers(scope=scope)
    rule = {Login.LOCAL: _local, Login.PROXY: _proxied, Login.OIDC: _open}[house.login]
    return (
        rule(scope, headers, house)
        or _other_origin(headers)
        or _closed(scope.get("path", ""), scope.get("root_path", "") or house.base_path)
    )


def admitted(scope: Scope, house: House) -> Scope:
    """The scope as Streamlit may see it: no user header but the proxy's."""
    if house.login is Login.PROXY:
        return scope
    name = house.user_header.encode("latin-1")
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() != name]}


def is_encrypted(scope: Scope, house: House) -> bool:
    """Whether the browser's connection is encrypted, by what the server or the proxy says."""
    if house.login is Login.PROXY:
        return Headers(scope=scope).get("x-forwarded-proto", "").strip().lower() == "https"
    return scope.get("scheme") in {"https", "wss"}


class Doors:
    """Lets a request through to the app, or answers it and tells the administrator."""

    def __init__(self, app: ASGIApp, *, house: House, refused: Refused) -> None:
        self.app = app
        self.house = house
        self.refused = refused
        self.news = News(time.monotonic)
        STANDING.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = refusal_of(scope, self.house)
        if refusal is None:
            await self.app(admitted(scope, self.house), receive, send)
            return
        peer = _peer(scope) or "unknown"
        if refusal.told and self.news.is_new(refusal.told, peer):
            _LOGGER.warning("refused at the door: %s from %s", refusal.told, peer)
            await run_in_threadpool(self._tell, refusal.told, peer)
        if scope["type"] == "http":
            answer = PlainTextResponse(refusal.words + "\n", status_code=refusal.status)
            await answer(scope, receive, send)
        else:
            # Before it is accepted, a server turns this into the answer 403.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})

    def _tell(self, what: str, peer: str) -> None:
        """Tell the administrator; the refusal stands whatever becomes of it."""
        try:
            self.refused(what, peer)
        except Exception as err:  # noqa: BLE001 - whoever hears it may fail in any way
            noted(err)


class News:
    """Tells what was not told within the last minute, so that nobody can flood the audit."""

    def __init__(
        self, clock: Callable[[], float], *, again_s: float = 60.0, most: int = 256
    ) -> None:
        """Nothing is known yet; `most` things are told in `again_s` seconds."""
        self._clock = clock
        self._again_s = again_s
        self._most = most
        self._told: dict[tuple[str, str], float] = {}

    def is_new(self, what: str, peer: str) -> bool:
        """Whether this is to be told now."""
        now_s = self._clock()
        self._told = {key: at for key, at in self._told.items() if now_s - at < self._again_s}
        if (what, peer) in self._told or len(self._told) >= self._most:
            return False
        self._told[what, peer] = now_s
        return True


def _local(scope: Scope, headers: Headers, house: House) -> Refusal | None:
    """Only this machine, under its own names, with no proxy before it."""
    del house
    if not _is_loopback(_peer(scope)) or _forwarded(headers):
        return Refusal(
            status=403,
            words="Lamassu answers only the machine that it runs on. Its administrator can set "
            "LAMASSU_LOGIN to let others in.",
            told="another machine, without a login",
        )
    if not _is_own_name(_name_of(headers.get("host", ""))):
        return Refusal(
            status=421,
            words="Lamassu answers only to localhost and 127.0.0.1.",
            told="another host name",
        )
    return None


def _proxied(scope: Scope, headers: Headers, house: House) -> Refusal | None:
    """Only the proxy, which names one user or none."""
    users = headers.getlist(house.user_header)
    if house.peers_rewritten and "x-forwarded-for" in headers:
        return Refusal(
            status=403,
            words="The proxy sends X-Forwarded-For, so its own address is not known. Let it send "
            "none, or start Lamassu with FORWARDED_ALLOW_IPS=none.",
            told="X-Forwarded-For",
        )
    if not _is_one_of(_peer(scope), house.proxies):
        return Refusal(
            status=403,
            words="Lamassu answers only its proxy.",
            told="user header" if users else "not the proxy",
        )
    if len(users) > 1:
        return Refusal(
            status=403, words="The proxy names more than one user.", told="several user headers"
        )
    return None


def _open(scope: Scope, headers: Headers, house: House) -> Refusal | None:
    """Anybody, until the login says who."""
    del scope, headers, house
    return None


def _other_origin(headers: Headers) -> Refusal | None:
    """A page of another origin may neither read nor open a session.

    Streamlit would let pages of this machine's other ports in, and ask a server on the internet for
    this machine's address to compare an origin with.
    """
    origin = headers.get("origin")
    if origin is None or _authority(origin) == headers.get("host", "").lower():
        return None
    return Refusal(
        status=403, words="This is not a page of Lamassu.", told="another origin, or a changed Host"
    )


def _closed(path: str, prefix: str) -> Refusal | None:
    """Parts of Streamlit that are not served."""
    asked = path.removeprefix(prefix).strip("/") + "/"
    if any(asked.startswith(f"{part}/") for part in _CLOSED):
        return Refusal(status=404, words="Not found.")
    return None


def _peer(scope: Scope) -> str:
    """The address at the other end; empty if it is not known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address from its text; of an IPv4 address in IPv6's clothes, the IPv4 address."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_loopback(text: str) -> bool:
    """Whether an address is this machine's to itself."""
    found = _address(text)
    return found is not None and found.is_loopback


def _is_one_of(text: str, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    found = _address(text)
    return found is not None and any(found in network for network in networks)


def _is_own_name(name: str) -> bool:
    """Whether a host name can lead nowhere but to this machine."""
    return name.lower() == "localhost" or _is_loopback(name)


def _name_of(host: str) -> str:
    """The name in a Host header, without its port; empty if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.netloc == host and "@" not in host else ""


def _authority(origin: str) -> str | None:
    """Host and port of an origin in lower case; None of ``null`` and what is none."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _forwarded(headers: Headers) -> bool:
    """Whether a proxy has passed a request on."""
    return any(name in _FORWARDED or name.startswith("x-forwarded-") for name in headers)

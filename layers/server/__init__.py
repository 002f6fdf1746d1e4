"""What stands between the network and Streamlit: doors, headers, the browser's cookie, files, logs.

Sees the settings and Starlette; whatever needs the store or a session is given as a callable.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from geo.settings import Login, Settings
from layers.server.cookie import BrowserCookie
from layers.server.doors import Doors, Refused, check_binding, house_of
from layers.server.files import Entitled, file_routes
from layers.server.headers import AnswerHeaders, inline_scripts
from layers.server.logs import install, noted
from layers.server.tickets import TICKETS, Tickets
from layers.server.uploads import SENDERS, UploadDoor

__all__ = [
    "base_path",
    "check_binding",
    "inline_scripts",
    "install",
    "middleware",
    "noted",
    "routes",
]


def base_path(option: str | None) -> str:
    """What stands before every path, from Streamlit's ``server.baseUrlPath``; empty for nothing.

    >>> base_path("lamassu/"), base_path(None)
    ('/lamassu', '')
    """
    path = (option or "").strip("/")
    return f"/{path}" if path else ""


def middleware(
    settings: Settings,
    *,
    refused: Refused,
    base_path: str = "",
    scripts: Iterable[str] = (),
    picture_hosts: Iterable[str] = (),
    peers_rewritten: bool = True,
) -> list[Middleware]:
    """What every request passes before Streamlit sees it, outermost first.

    Parameters
    ----------
    refused
        Told what was refused at the door, and from which address; runs in a thread of its own.
    base_path
        Path under which everything lies, as `base_path` gives it.
    scripts
        Texts of the inline scripts that a page may hold; see `inline_scripts`.
    picture_hosts
        Hosts of an online base map, if one is offered.
    peers_rewritten
        Whether the server below may have put ``X-Forwarded-For`` in place of the peer's address,
        as uvicorn does unless ``FORWARDED_ALLOW_IPS`` is ``none``.
    """
    house = house_of(settings, base_path=base_path, peers_rewritten=peers_rewritten)
    # Whoever reaches a server without a login may bring files in.
    uploads = [Middleware(UploadDoor, senders=SENDERS, base_path=base_path)]
    return [
        Middleware(
            AnswerHeaders,
            house=house,
            scripts=tuple(scripts),
            picture_hosts=tuple(picture_hosts),
            noted=noted,
        ),
        Middleware(Doors, house=house, refused=refused),
        Middleware(BrowserCookie, base_path=base_path),
        *([] if settings.login is Login.LOCAL else uploads),
    ]


def routes(
    settings: Settings, *, entitled: Entitled, base_path: str = "", tickets: Tickets = TICKETS
) -> list[BaseRoute]:
    """The address of made files, ``/files/{ticket}``; see `layers.server.files.file_routes`."""
    user_header = settings.proxy_header if settings.login is Login.PROXY else ""
    return file_routes(tickets, entitled=entitled, user_header=user_header, base_path=base_path)

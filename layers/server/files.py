"""The address at which made files are fetched; see `layers.server.tickets`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from geo.access import NOBODY
from layers.server.cookie import browser_of
from layers.server.headers import NOTHING
from layers.server.tickets import FOLDER, Made, Tickets

Entitled = Callable[[str, str], bool]
"""Whether a subject (`geo.access.Principal.subject`) may still have a scope (`Viewer.scope`)."""

GONE = (
    "There is no file here for you. A link is good for ten minutes, for the browser and the person "
    "that it was made for. Go back to the page and make the file again.\n"
)


def file_routes(
    tickets: Tickets, *, entitled: Entitled, user_header: str = "", base_path: str = ""
) -> list[BaseRoute]:
    """The route ``/files/{ticket}``: 200 with the file for whoever it was made for, else 404.

    Parameters
    ----------
    entitled
        Asked at every fetch; it may read the store, as it runs in a thread of its own.
    user_header
        Where a proxy names the user of each request, the header's name: the file must be that
        user's, as somebody else may have logged in with the same browser.
    """

    def is_of(made: Made, headers: Headers) -> bool:
        named = headers.get(user_header, "") if user_header else ""
        return not user_header or made.subject == (f"proxy:{named}" if named else NOBODY.subject)

    def answer(request: Request) -> Response:
        made = tickets.get(request.path_params["ticket"], browser=browser_of(request.headers))
        if (
            made is None
            or not is_of(made, request.headers)
            or not entitled(made.subject, made.scope)
        ):
            return PlainTextResponse(GONE, status_code=404)
        return Response(
            made.content,
            media_type=made.media_type,
            headers={
                "Content-Disposition": disposition(made.name),
                # A text file that a browser shows all the same is nothing but text.
                "Content-Security-Policy": NOTHING,
            },
        )

    return [Route(f"{base_path}/{FOLDER}/{{ticket}}", answer, methods=["GET"])]


def disposition(name: str) -> str:
    """The header that has a browser keep a file under `name`, whatever is in it; RFC 6266.

    >>> print(disposition("hatra.pdf"))
    attachment; filename="hatra.pdf"; filename*=UTF-8''hatra.pdf
    """
    shown = "".join(c for c in name if c.isprintable() and c not in '/\\:*?"<>|').strip(". ")
    plain = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode().strip(". ")
    whole = quote(shown.encode("utf-8", "ignore") or b"file", safe="")
    return f"attachment; filename=\"{plain.replace('%', '') or 'file'}\"; filename*=UTF-8''{whole}"

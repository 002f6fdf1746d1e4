"""A STAC server asked what it has, by pystac-client, with our own hand on every request."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from pystac.link import Link
from pystac_client import Client, ItemSearch
from pystac_client.stac_api_io import StacApiIO

from geo.errors import BadInput, LamassuError, Unreachable
from geo.grid import Bounds
from geo.sources.stac.offers import Offer, offer_of
from geo.sources.stac.web import Web, shown

PAGE, MOST_PAGES, MOST_ITEMS = 100, 50, 2_000
"""Items that are asked for at once, and pages and items after which no more are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a server has over a place in a time."""

    offers: tuple[Offer, ...]
    """Its scenes, earliest first."""
    unread: tuple[tuple[str, str], ...]
    """What could not be read as a scene: its name, and why."""
    notes: tuple[str, ...]
    """What there is to say of the search as a whole."""


def search(
    web: Web,
    api: str,
    *,
    bounds_lonlat: Bounds,
    since: date,
    until: date,
    collections: Sequence[str] = (),
) -> Answered:
    """What a server has.

    Parameters
    ----------
    api : str
        Address of the server's first page.
    bounds_lonlat : west, south, east, north in degrees
        The server learns this much of the place that is meant.
    since, until : date
        First and last day, UTC.

    Raises
    ------
    NotAllowed
        If the server, or one that it sends the asker on to, may not be asked.
    Unreachable
        If it does not answer, or is no STAC server. Where it fails after its first scenes, those
        are given, with a note.
    """
    offers: dict[tuple[str, str], Offer] = {}
    unread: list[tuple[str, str]] = []
    notes: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a server's small faults pystac-client tells much
            asking = _Asking(web)
            client = Client.open(api, stac_io=asking)
            found = client.search(
                method=_method(client),
                collections=list(collections) or None,
                bbox=list(bounds_lonlat),
                datetime=f"{since:%Y-%m-%d}/{until:%Y-%m-%d}",
                limit=PAGE,
            )
            for item in (one for page in _pages(found, notes) for one in page):
                try:
                    offer = offer_of(item, asked=api)
                except BadInput as err:
                    unread.append((_name(item), str(err)))
                    continue
                offers.setdefault((offer.collection, offer.id), offer)
            asking.require_scenes()
    except Exception as err:  # of odd JSON pystac raises whatever it stumbles over
        fault = _told(api, err)
        if not offers:
            raise fault from err
        notes.append(f"the server failed after {len(offers)} scenes, which are used: {fault}")
    ordered = sorted(offers.values(), key=lambda one: (one.taken_at, one.collection, one.id))
    return Answered(offers=tuple(ordered), unread=tuple(unread), notes=tuple(notes))


def _told(api: str, err: Exception) -> LamassuError:
    """What went wrong in the words of the house."""
    if isinstance(err, LamassuError):
        return err
    return Unreachable(
        f"{shown(api)} does not answer as a STAC server does "
        f"({type(err).__name__}: {str(err)[:200]})",
        expected="the address of a STAC API that can be searched",
        remedy="check the address, which often ends in /v1 or /stac",
    )


def _pages(found: ItemSearch, notes: list[str]) -> Iterator[list[Any]]:
    """The items of each page, until there are no more, enough, or the server begins again."""
    seen: set[str] = set()
    for page, answer in enumerate(found.pages_as_dicts(), start=1):
        items = list(answer["features"])[:MOST_ITEMS]
        names = {_name(item) for item in items}
        if names <= seen:
            notes.append("the server begins again instead of ending; what it had said is used")
            return
        seen |= names
        yield items
        if page >= MOST_PAGES or len(seen) >= MOST_ITEMS:
            notes.append(f"the server has more than {len(seen):,} scenes; choose a shorter time")
            return


def _method(client: Client) -> str:
    """How the server wants to be searched: POST, unless it only names GET."""
    told = {link.extra_fields.get("method", "GET") for link in client.get_links("search")}
    return "GET" if told == {"GET"} else "POST"


def _name(item: Any) -> str:  # noqa: ANN401 - JSON of a server
    name = item.get("id") if isinstance(item, dict) else None
    return "".join(filter(str.isprintable, str(name)))[:80] if name else "unnamed"


class _Asking(StacApiIO):
    """pystac-client's way to a server, through `Web`: it opens no connection and no file itself."""

    def __init__(self, web: Web) -> None:
        super().__init__()
        self._web = web
        self._told: Any = None

    def read_json(self, source: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        """The JSON behind a link or an address."""
        told: dict[str, Any] = super().read_json(source, *args, **kwargs)
        self._told = told
        return told

    def require_scenes(self) -> None:
        """Refuse an answer without a list of scenes: that there is none would be a list too.

        Raises
        ------
        Unreachable
            If the last answer held none.
        """
        if not (isinstance(self._told, dict) and isinstance(self._told.get("features"), list)):
            raise Unreachable(
                "the server answers a search without a list of scenes",
                expected="a list, which may be empty",
                remedy="ask again later, or another server",
            )

    def read_text(self, source: Any, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401
        """The text behind a link or an address; a path of this machine is an address too."""
        if not isinstance(source, Link):
            return self.request(str(source), *args, **kwargs)
        told = source.to_dict()
        parameters = told.get("body") or {}
        if told.get("merge"):
            parameters = {**(kwargs.get("parameters") or {}), **parameters}
        return self.request(told["href"], method=told.get("method"), parameters=parameters)

    def request(
        self,
        href: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,  # noqa: ARG002 - a server does not choose them
        parameters: dict[str, Any] | None = None,
    ) -> str:
        """The text that an allowed host answers with."""
        method = (method or "GET").upper()
        if method not in {"GET", "POST"}:
            raise Unreachable(f"{shown(href)} is to be asked with {method[:20]}", expected="GET")
        body = json.dumps(parameters or {}).encode() if method == "POST" else None
        if parameters and body is None:
            href = f"{href}{'&' if '?' in href else '?'}{urlencode(parameters)}"
        answer = self._web.ask(href, most_bytes=self._web.limits.page_bytes, body=body)
        try:
            return answer.body.decode()
        except UnicodeDecodeError as err:
            raise Unreachable(f"{shown(href)} answers with no text", expected="JSON") from err

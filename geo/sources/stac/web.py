"""Bytes from allowed hosts: under caps of size and time, with patience, and believed only counted.

Nothing else of Lamassu speaks to a server of scenes: pystac-client asks through here, and rasters
are read through here in parts, so that GDAL has no network at all.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from geo.errors import LamassuError, Unreachable
from geo.sources.stac.hosts import Hosts, Resolver, Target

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which it is worth asking again (RFC 9110, 6585 and 8470)."""

MOVED = frozenset({301, 302, 303, 307, 308})
"""Answers that send the asker elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLimits:
    """What asking may cost."""

    page_bytes: int = 30_000_000
    """Largest answer of a search."""
    whole_bytes: int = 100_000_000
    """Largest file that is taken whole from a server that gives no parts."""
    total_bytes: int = 4_000_000_000
    """Bytes of everything that is asked for."""
    attempts: int = 3
    """How often one thing is asked for."""
    silences: int = 2
    """Questions that a server may leave unanswered before it is asked no more."""
    redirects: int = 3
    """How often a server may send the asker on."""
    connect_s: float = 10.0
    """Patience for a connection, in seconds."""
    silence_s: float = 20.0
    """Patience for the next bytes."""
    request_s: float = 180.0
    """Patience for one whole answer."""
    longest_pause_s: float = 30.0
    """Longest pause between two attempts, whatever the server asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    """Number of RFC 9110."""
    headers: Mapping[str, str]
    """Its headers, by names in small letters."""
    body: bytes
    """Its bytes, as many as the server announced."""


class _PassingFaultError(Exception):
    """Something that may be better at the next attempt."""

    def __init__(self, why: str, *, pause_s: float | None = None, silent: bool = False) -> None:
        super().__init__(why)
        self.pause_s = pause_s
        self.silent = silent


class Web:
    """The way to the allowed hosts; counts what comes."""

    def __init__(
        self,
        hosts: Hosts,
        *,
        limits: WebLimits | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        resolve: Resolver | None = None,
    ) -> None:
        """Open nothing yet."""
        self.hosts = hosts
        self.limits = limits or WebLimits()
        self.bytes_read = 0
        self._sleep, self._clock, self._resolve = sleep, clock, resolve
        self._clients: dict[str, httpx.Client] = {}
        self._silences: Counter[str] = Counter()

    def __enter__(self) -> Self:
        """The same."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def ask(
        self,
        url: str,
        *,
        most_bytes: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accepted: frozenset[int] = frozenset({200}),
    ) -> Answer:
        """The answer to one question, asked again where that may help.

        Parameters
        ----------
        most_bytes : int
            Size from which on the answer is refused, whatever it announces.
        body : bytes, optional
            JSON that is posted; the question is a GET without it.
        accepted : set of int
            Statuses that are an answer.

        Raises
        ------
        NotAllowed
            If the host, or one that it sends the asker on to, may not be asked.
        Unreachable
            If there is no such answer after all attempts.
        """
        host = urlsplit(url).netloc
        if self._silences[host] >= self.limits.silences:
            raise Unreachable(
                f"{shown(url)} is not asked: its server was silent {self._silences[host]} times",
                remedy="try again later; what has come already is not fetched again",
            )
        for attempt in range(1, self.limits.attempts + 1):
            try:
                return self._follow(url, body, dict(headers or {}), accepted, most_bytes)
            except _PassingFaultError as fault:
                if attempt == self.limits.attempts:
                    self._silences[host] += fault.silent
                    raise Unreachable(
                        f"{shown(url)} {fault}, asked {attempt} times",
                        expected="a server that answers",
                        remedy="try again later; what has come already is not fetched again",
                    ) from fault
                pause_s = 2.0 ** (attempt - 1) if fault.pause_s is None else fault.pause_s
                self._sleep(min(pause_s, self.limits.longest_pause_s))
        raise AssertionError("there is at least one attempt")

    def _follow(
        self,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        accepted: frozenset[int],
        most_bytes: int,
    ) -> Answer:
        """The answer at the end of all redirects, each held against the list."""
        at = url
        for _ in range(self.limits.redirects + 1):
            answer = self._once(at, body, headers, accepted, most_bytes)
            if answer.status not in MOVED:
                return answer
            if body is not None and answer.status not in {307, 308}:
                raise _refusal(at, f"sends a question elsewhere with {answer.status}")
            at = urljoin(at, answer.headers.get("location", ""))
        raise _refusal(url, f"sends the asker on more than {self.limits.redirects} times")

    def _once(
        self,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        accepted: frozenset[int],
        most_bytes: int,
    ) -> Answer:
        """One question and its answer; of a redirect the headers only."""
        target = self.hosts.target(url, resolve=self._resolve)
        asked = {
            "host": target.host_header, "accept-encoding": "identity", "accept": "*/*",
            "user-agent": "Lamassu", **headers,
        }  # fmt: skip
        if body is not None:
            asked["content-type"] = "application/json"
        request = self._client(target).build_request(
            "GET" if body is None else "POST",
            target.url,
            content=body,
            headers=asked,
            extensions={"sni_hostname": target.host},
        )
        try:
            response = self._client(target).send(request, stream=True)
            try:
                return self._read(url, response, accepted, most_bytes)
            finally:
                response.close()
        except httpx.TimeoutException as err:
            raise _PassingFaultError("does not answer in time", silent=True) from err
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as err:
            if isinstance(err, LamassuError):
                raise
            raise _PassingFaultError(f"breaks off ({err or type(err).__name__})") from err

    def _read(
        self, url: str, response: httpx.Response, accepted: frozenset[int], most_bytes: int
    ) -> Answer:
        """The answer that begins here, if it is one."""
        status = response.status_code
        headers = {name.lower(): value for name, value in response.headers.items()}
        if status in MOVED:
            return Answer(status=status, headers=headers, body=b"")
        if status in PASSING:
            raise _PassingFaultError(f"answers {status}", pause_s=_pause_s(headers))
        if status not in accepted:
            raise _refusal(url, f"answers {status}{_WORDS.get(status, '')}")
        if headers.get("content-encoding", "identity") != "identity":
            raise _refusal(url, "packs its answer though it was asked not to")
        return Answer(status=status, headers=headers, body=self._body(url, response, most_bytes))

    def _body(self, url: str, response: httpx.Response, most_bytes: int) -> bytes:
        """All bytes of an answer, counted as they come."""
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > most_bytes:
            raise _refusal(url, f"announces {int(announced):,} bytes where {most_bytes:,} may come")
        until = self._clock() + self.limits.request_s
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            self.bytes_read += len(part)
            if size > most_bytes:
                raise _refusal(url, f"sends more than the {most_bytes:,} bytes that may come")
            if self.bytes_read > self.limits.total_bytes:
                raise _refusal(
                    url, f"would bring the whole above {self.limits.total_bytes:,} bytes"
                )
            if self._clock() > until:
                why = f"is not done after {self.limits.request_s:g} s"
                raise _PassingFaultError(why, silent=True)
            parts.append(part)
        return b"".join(parts)

    def _client(self, target: Target) -> httpx.Client:
        """The connections of one host: with another's they would share the other's certificate."""
        key = f"{target.scheme}://{target.host_header}"
        if key not in self._clients:
            limits = self.limits
            self._clients[key] = httpx.Client(
                follow_redirects=False,
                trust_env=False,  # no proxy and no password of the environment
                timeout=httpx.Timeout(limits.silence_s, connect=limits.connect_s),
            )
        return self._clients[key]


def shown(url: str) -> str:
    """An address as messages show it: without its query, which may hold a key."""
    return url.partition("?")[0][:300]


_WORDS = {
    401: " (it wants a login)", 403: " (it does not give this to everybody)", 404: " (not there)",
    410: " (no longer there)", 416: " (the file is shorter than it says)",
}  # fmt: skip


def _refusal(url: str, why: str) -> Unreachable:
    return Unreachable(f"{shown(url)} {why}")


def _pause_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to be left alone for."""
    found = re.fullmatch(r"\d{1,6}", headers.get("retry-after", "").strip())
    return float(found[0]) if found else None

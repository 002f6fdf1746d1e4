"""A file on a server that is read in parts: only what is asked for comes over the network."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geo.errors import UnreadableFile
from geo.sources.stac.web import Answer, Web, shown

PIECE = 65_536
"""Bytes that are asked for at least: the directory of a cloud-optimised GeoTIFF fits into them."""

LONGEST_PART = 8_000_000
"""Bytes that are asked for at once."""

NEAR = 65_536
"""Bytes between two parts up to which both are asked for at once."""


class RemoteFile:
    """One file of a server, as it was when its first bytes came."""

    def __init__(self, web: Web, url: str, *, most_bytes: int) -> None:
        """Ask for the first bytes.

        Parameters
        ----------
        most_bytes : int
            What may be read of the file in all.

        Raises
        ------
        NotAllowed, Unreachable
            If the server may not be asked, or does not give the file.
        UnreadableFile
            If what it says of the file's size does not hold.
        """
        self.url = url
        self._web, self._left = web, most_bytes
        self._pieces: list[tuple[int, bytes]] = []
        self._whole: bytes | None = None
        answer = self._ask(0, PIECE)
        if answer.status == 200:
            self._whole = answer.body
            self.size, self.version = len(answer.body), ""
            return
        self.size, self.version = _total(answer, url), _version(answer)
        self._keep(answer, 0, PIECE)

    def read(self, start: int, length: int) -> bytes:
        """Bytes of the file, exactly as many as asked for.

        Raises
        ------
        UnreadableFile
            If the file ends before, is not what it was, or costs more than it may.
        Unreachable
            If the server stops answering.
        """
        if start < 0 or length < 0 or start + length > self.size:
            raise UnreadableFile(
                f"{shown(self.url)} is truncated: it has {self.size:,} bytes",
                expected=f"at least {start + length:,} bytes",
            )
        if self._whole is not None:
            return self._whole[start : start + length]
        for first, piece in self._pieces:
            if first <= start and start + length <= first + len(piece):
                return piece[start - first : start - first + length]
        parts = []
        for first in range(start, start + length, LONGEST_PART):
            wanted = min(LONGEST_PART, start + length - first)
            parts.append(self._part(first, max(wanted, min(PIECE, self.size - first)))[:wanted])
        return b"".join(parts)

    def read_all(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Several parts, in the order asked for; what lies close together is asked for at once.

        Parameters
        ----------
        ranges : sequence of (start, length)
        """
        found: dict[tuple[int, int], bytes] = {}
        for group in _grouped(sorted(set(ranges))):
            start = group[0][0]
            together = self.read(start, max(first + length for first, length in group) - start)
            for first, length in group:
                found[first, length] = together[first - start : first - start + length]
        return [found[one] for one in ranges]

    def _part(self, start: int, length: int) -> bytes:
        """Bytes that are asked of the server."""
        answer = self._ask(start, length)
        if answer.status == 200 or _total(answer, self.url) != self.size:
            raise _changed(self.url)
        if _version(answer) != self.version:
            raise _changed(self.url)
        return self._keep(answer, start, length)

    def _keep(self, answer: Answer, start: int, length: int) -> bytes:
        """The body of an answer, if it holds what was asked for; small ones are kept."""
        wanted = min(length, self.size - start)
        if len(answer.body) != wanted or _start(answer) != start:
            raise UnreadableFile(
                f"{shown(self.url)} came as {len(answer.body):,} bytes from {_start(answer):,} on",
                expected=f"{wanted:,} bytes from {start:,} on, as asked for",
            )
        if wanted <= PIECE:
            self._pieces = [*self._pieces[-15:], (start, answer.body)]
        return answer.body

    def _ask(self, start: int, length: int) -> Answer:
        """The server's answer to a question for a part."""
        if length > self._left:
            raise UnreadableFile(
                f"{shown(self.url)} costs more than may be read of one file",
                remedy="choose a smaller area",
            )
        first = start == 0 and not self._pieces
        answer = self._web.ask(
            self.url,
            most_bytes=self._web.limits.whole_bytes if first else length,
            headers={"range": f"bytes={start}-{start + length - 1}"},
            accepted=frozenset({200, 206} if first else {206}),
        )
        self._left -= len(answer.body)
        return answer


def _grouped(ranges: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Parts in order, those together that lie close enough and are not too long."""
    groups: list[list[tuple[int, int]]] = []
    end = first = 0
    for start, length in ranges:
        if groups and start - end <= NEAR and start + length - first <= LONGEST_PART:
            groups[-1].append((start, length))
        else:
            groups.append([(start, length)])
            first = start
        end = max(end, start + length) if len(groups[-1]) > 1 else start + length
    return groups


_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


def _total(answer: Answer, url: str) -> int:
    """The size of the whole file by the server's word."""
    found = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if not found or not int(found[1]) <= int(found[2]) < int(found[3]):
        raise UnreadableFile(
            f"{shown(url)} does not say which part of what size it gives",
            expected="a server that gives parts of files (RFC 9110, section 14)",
        )
    return int(found[3])


def _start(answer: Answer) -> int:
    found = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    return int(found[1]) if found else 0


def _version(answer: Answer) -> str:
    """What tells one state of the file from another; empty where the server says nothing."""
    return answer.headers.get("etag", "") or answer.headers.get("last-modified", "")


def _changed(url: str) -> UnreadableFile:
    return UnreadableFile(f"{shown(url)} changed while it was read", remedy="fetch it again")

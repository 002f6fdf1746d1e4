"""Whom the fetching step may speak to: the hosts that somebody allowed, one by one, and no other.

A server may name any address in its answers, or send the asker on to it: to another company, or to
a service of the office's own network that trusts whoever is inside (server-side request forgery,
OWASP ASVS 5.0, 1.3.6). So every address is held against the list before it is asked, also after
each redirect; names are looked up here, and what is spoken to is the very address that was found.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from geo.errors import NotAllowed, Unreachable

Address = IPv4Address | IPv6Address

Resolver = Callable[[str, int], Iterable[Address]]
"""Gives the addresses of a host's name."""

PORTS = {"https": 443, "http": 80}
"""Schemes that are spoken, and their usual ports."""

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names of this machine: whoever allows one of its ports allows it by any of them."""

TRANSLATED = IPv6Network("64:ff9b::/96")
"""Addresses that hold one of IPv4 in their last half word (RFC 6052)."""

LONGEST_URL = 4_000
"""Characters of an address; signed ones have some hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place on the network that may be asked."""

    scheme: str
    """``https`` or ``http``."""
    host: str
    """Name or address, as the URL has it, in small letters."""
    port: int
    """Port."""
    address: Address
    """What is connected to."""
    path: str
    """Path and query."""

    @property
    def url(self) -> str:
        """The URL with the address in place of the name."""
        return f"{self.scheme}://{_bracketed(str(self.address))}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """The host as the server is to be told of it."""
        name = _bracketed(self.host)
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts that may be asked: names or addresses in small letters, with a port or without."""

    entries: frozenset[str]

    def __init__(self, entries: Iterable[str]) -> None:
        """Take the entries as settings hold them."""
        object.__setattr__(self, "entries", frozenset(one.casefold() for one in entries))

    def __bool__(self) -> bool:
        """Whether anybody at all may be asked."""
        return bool(self.entries)

    def with_host_of(self, url: str) -> Hosts:
        """These hosts and that of a URL that the user named."""
        return Hosts([*self.entries, host_of(url)])

    def holds(self, url: str) -> bool:
        """Whether the host of a URL is on the list; its address may still not be allowed."""
        try:
            return self._holds(*_parts(url)[1:3], scheme=urlsplit(url).scheme)
        except NotAllowed:
            return False

    def target(self, url: str, *, resolve: Resolver | None = None) -> Target:
        """The place that a URL leads to, if it may be asked.

        A name must lead to public addresses only. An address of a private network, of this machine
        or of the link must be on the list itself; without encryption only such are spoken to.

        Raises
        ------
        NotAllowed
            If it may not be asked.
        Unreachable
            If its name is not known.
        """
        scheme, host, port, path = _parts(url)
        if not self._holds(host, port, scheme=scheme):
            raise NotAllowed(
                f"{_shown(host, port, scheme)} is not among the hosts that may be asked",
                expected=", ".join(sorted(self.entries)) or "a host on the list, which is empty",
                remedy="allow it in LAMASSU_STAC_HOSTS, or with --allow at the command line",
            )
        address = self._address(host, port, resolve or resolved)
        if scheme == "http" and address.is_global:
            raise NotAllowed(
                f"{host} would be asked without encryption", expected="an address with https"
            )
        return Target(scheme=scheme, host=host, port=port, address=address, path=path)

    def _holds(self, host: str, port: int, *, scheme: str) -> bool:
        names = THIS_MACHINE if _bracketed(host) in THIS_MACHINE else {_bracketed(host)}
        usual = port == PORTS.get(scheme)
        return any(f"{n}:{port}" in self.entries or (usual and n in self.entries) for n in names)

    def _address(self, host: str, port: int, resolve: Resolver) -> Address:
        """The address of a host, the first that may be spoken to."""
        literal = _literal(host)
        if literal is not None:
            return literal
        addresses = list(resolve(host, port))
        if not addresses:
            raise Unreachable(f"{host} has no address", expected="a host that is known")
        for address in addresses:
            if not (_public(address) or host == "localhost" or self._listed(address, port)):
                raise NotAllowed(
                    f"{host} leads to {address}, which is no public address",
                    expected="a public address",
                    remedy="if it is a server of your own network, allow its address too",
                )
        return addresses[0]

    def _listed(self, address: Address, port: int) -> bool:
        shown = _bracketed(str(address))
        return shown in self.entries or f"{shown}:{port}" in self.entries


def host_of(url: str) -> str:
    """The host of a URL as a list of hosts has it.

    Raises
    ------
    NotAllowed
        If it is no address that could ever be asked.
    """
    scheme, host, port, _ = _parts(url)
    return _shown(host, port, scheme)


def resolved(host: str, port: int) -> list[Address]:
    """The addresses of a name, by the system.

    Raises
    ------
    Unreachable
        If the name is not known.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as err:
        raise Unreachable(
            f"{host} is not found ({err})",
            expected="a host that is known, and a connection to the internet",
        ) from err
    return [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path with query of a URL."""
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as err:
        raise _bad(url) from err
    scheme, host = split.scheme.casefold(), (split.hostname or "").casefold()
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if not plain or scheme not in PORTS or not host or "@" in split.netloc or "\\" in url:
        raise _bad(url)
    path = split.path or "/"
    return scheme, host, port or PORTS[scheme], f"{path}?{split.query}" if split.query else path


def _bad(url: str) -> NotAllowed:
    plain = re.sub(r"//[^/]*@", "//", url.partition("?")[0])  # neither a password nor a key
    return NotAllowed(
        f"{plain[:120]!r} cannot be asked",
        expected="an address that begins with https://, without a name and a password in it",
    )


def _literal(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _public(address: Address) -> bool:
    """Whether an address is of the internet at large, also where IPv6 wraps one of IPv4."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _public(inner)
    return address.is_global and not address.is_multicast


def _bracketed(host: str) -> str:
    """A host as a URL has it: an address of IPv6 stands in brackets."""
    return f"[{host}]" if ":" in host else host


def _shown(host: str, port: int, scheme: str) -> str:
    name = _bracketed(host)
    return name if port == PORTS[scheme] else f"{name}:{port}"

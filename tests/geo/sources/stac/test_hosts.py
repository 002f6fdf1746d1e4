"""Whom the fetching step may speak to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import NotAllowed, Unreachable
from geo.sources.stac.hosts import Hosts, host_of

PUBLIC = ip_address("93.184.215.14")


def leads_to(*addresses: str):
    """A resolver that gives these addresses for every name."""
    return lambda _host, _port: [ip_address(one) for one in addresses]


def test_an_allowed_host_is_asked_at_the_address_that_was_looked_up():
    """The name stays in the header and in the certificate's check."""
    hosts = Hosts(["Stac.Example"])
    target = hosts.target("https://stac.example/v1?a=1", resolve=leads_to("93.184.215.14"))
    assert target.url == "https://93.184.215.14:443/v1?a=1"
    assert (target.host, target.host_header) == ("stac.example", "stac.example")


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "https://stac.example.evil.example/",
        "https://stac.example:8443/",
        "https://stac.example@evil.example/",
        "https://user:word@stac.example/",
        "file:///etc/passwd",
        "ftp://stac.example/",
        "//stac.example/",
        "https:///v1",
        "https://stac.example/\n",
        "https://stac.example\\@evil.example/",
        "https://stac.example:99999/",
        "https://" + "a" * 5_000,
        "https://2130706433/",
        "https://127.0.0.1/",
        "https://[::1]/",
    ],
)
def test_what_is_not_on_the_list_is_not_asked(url: str):
    """Neither other hosts and ports, nor other ways to write an address."""
    with pytest.raises(NotAllowed, match=r"is not among the hosts|cannot be asked"):
        Hosts(["stac.example"]).target(url, resolve=leads_to("93.184.215.14"))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::1",
     "fe80::1", "fc00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "100.64.0.1", "224.0.0.1",
     "64:ff9b::a00:1"],
)  # fmt: skip
def test_an_allowed_name_that_leads_into_a_private_network_is_refused(address: str):
    """Also if only one of its addresses does."""
    with pytest.raises(NotAllowed, match="which is no public address"):
        Hosts(["stac.example"]).target(
            "https://stac.example/", resolve=leads_to("93.184.215.14", address)
        )


def test_a_server_of_the_own_network_is_asked_if_its_address_is_listed_too():
    """Whoever allows it says so twice, and it may then be without encryption."""
    hosts = Hosts(["stac.office.example", "10.1.2.3"])
    target = hosts.target("http://stac.office.example/", resolve=leads_to("10.1.2.3"))
    assert target.url == "http://10.1.2.3:80/"


def test_a_listed_address_is_asked_at_its_port_only():
    """Other services of this machine stay out of reach."""
    hosts = Hosts(["127.0.0.1:8802", "[::1]:8803"])
    assert hosts.target("http://127.0.0.1:8802/search").port == 8802
    assert hosts.target("http://[::1]:8803/x").url == "http://[::1]:8803/x"
    with pytest.raises(NotAllowed, match=r"127\.0\.0\.1:6379 is not among"):
        hosts.target("http://127.0.0.1:6379/")


@pytest.mark.parametrize("entry", ["localhost:8802", "127.0.0.1:8802", "[::1]:8802"])
def test_this_machine_is_the_same_by_any_of_its_names(entry: str):
    """A server there may call itself by another than the user; the port counts."""
    hosts = Hosts([entry])
    for name in ("localhost", "127.0.0.1", "[::1]"):
        target = hosts.target(f"http://{name}:8802/", resolve=leads_to("127.0.0.1"))
        assert target.address.is_loopback
        assert not hosts.holds(f"http://{name}:8803/")


def test_a_public_host_is_not_asked_without_encryption():
    """Whoever sits between could answer in its place."""
    with pytest.raises(NotAllowed, match="without encryption"):
        Hosts(["stac.example"]).target("http://stac.example/", resolve=leads_to(str(PUBLIC)))


def test_a_name_without_an_address_is_unreachable():
    """Not a refusal: it may be there tomorrow."""
    with pytest.raises(Unreachable, match="has no address"):
        Hosts(["stac.example"]).target("https://stac.example/", resolve=leads_to())


def test_an_empty_list_allows_nobody():
    """Default deny."""
    assert not Hosts([])
    with pytest.raises(NotAllowed, match="which is empty"):
        Hosts([]).target("https://stac.example/", resolve=leads_to(str(PUBLIC)))


@given(st.text(max_size=60))
def test_no_text_gets_past_the_list(text: str):
    """Whatever a server writes as an address, only the listed host is ever held."""
    if Hosts(["stac.example"]).holds(text):
        assert host_of(text) == "stac.example"

"""A client is where the proxies say that it is, and what it says itself counts for nothing."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.telemetry import Metrics
from tenantry.testing import FakeClock
from tenantry.web import Accounts, Answer, Frame, TrustedProxies, client_address_of, send_answer
from tests.support.web import client_of

NETWORKS = ["10.0.0.0/8", "2001:db8:aaaa::/48", "192.0.2.1"]
PROXIES = TrustedProxies(NETWORKS)
PROXY = "10.0.0.1"
CLIENT = "203.0.113.7"

ADDRESSES = st.ip_addresses().map(str)
UNTRUSTED = ADDRESSES.filter(
    lambda address: not any(ip_address(address) in ip_network(network) for network in NETWORKS)
).filter(lambda address: getattr(ip_address(address), "ipv4_mapped", None) is None)
GARBAGE = st.text(st.characters(max_codepoint=255), max_size=40)
ENTRIES = st.lists(ADDRESSES | GARBAGE | st.just(PROXY), max_size=40).map(", ".join)
LINES = st.lists(ENTRIES, max_size=4)


def forwarded(*lines: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", line.encode("latin-1")) for line in lines]


@pytest.mark.parametrize(
    "lines, address",
    [
        ([], PROXY),
        ([""], PROXY),
        ([CLIENT], CLIENT),
        (["198.51.100.1, 203.0.113.7"], CLIENT),
        (["203.0.113.7, 10.0.0.2"], CLIENT),
        (["203.0.113.7,10.0.0.2 ,\t192.0.2.1"], CLIENT),
        (["203.0.113.7, , 10.0.0.2,"], CLIENT),
        (["198.51.100.1", "203.0.113.7", "10.0.0.2"], CLIENT),
        (["203.0.113.7:4711"], CLIENT),
        (["203.0.113.7, 10.0.0.2:4711"], CLIENT),
        (["::ffff:203.0.113.7"], CLIENT),
        (["203.0.113.7, ::ffff:10.0.0.2"], CLIENT),
        (["2001:DB8:0:0::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:443"], "2001:db8::1"),
        (["203.0.113.7, [2001:db8:aaaa::1]:443"], CLIENT),
    ],
)
def test_the_nearest_address_that_is_no_proxy_is_the_client(lines: list[str], address: str) -> None:
    assert PROXIES.address_of(forwarded(*lines), PROXY) == address


@pytest.mark.parametrize(
    "garbage",
    [
        "unknown",
        "_hidden",
        "proxy.example.com",
        "203.0.113.7.",
        "203.0.113.07",
        "203.0.113.7:port",
        "[203.0.113.7",
        "2001:db8::1]:443",
        "fe80::1%eth0",
        "\xb2\xff",
        "1" * 1000,
    ],
)
def test_behind_what_cannot_be_read_nothing_is(garbage: str) -> None:
    assert PROXIES.address_of(forwarded(garbage), PROXY) == PROXY
    assert PROXIES.address_of(forwarded(f"{CLIENT}, {garbage}"), PROXY) == PROXY
    assert PROXIES.address_of(forwarded(f"{CLIENT}, {garbage}, 10.0.0.2"), PROXY) == "10.0.0.2"


def test_where_all_are_proxies_the_farthest_is_the_client() -> None:
    assert PROXIES.address_of(forwarded("10.9.9.9, 10.0.0.2"), PROXY) == "10.9.9.9"


def test_a_list_without_end_is_not_read_to_its_end() -> None:
    entries = [CLIENT, *(f"10.1.0.{number}" for number in range(100))]

    assert PROXIES.address_of(forwarded(", ".join(entries)), PROXY) == "10.1.0.68"


@pytest.mark.parametrize("peer", ["10.255.0.1", "::ffff:10.0.0.1", "2001:db8:aaaa::7", "192.0.2.1"])
def test_a_proxy_is_known_by_its_address_or_network(peer: str) -> None:
    assert PROXIES.address_of(forwarded(CLIENT), peer) == CLIENT


def test_a_link_local_proxy_is_known_on_every_interface() -> None:
    assert TrustedProxies(["fe80::/64"]).address_of(forwarded(CLIENT), "fe80::1%eth0") == CLIENT


@pytest.mark.parametrize("peer", ["11.0.0.1", "192.0.2.2", "::1", "local", ""])
def test_nobody_else_is_a_proxy(peer: str) -> None:
    assert PROXIES.address_of(forwarded(CLIENT), peer) == peer


@given(peer=UNTRUSTED, lines=LINES)
def test_who_is_no_proxy_never_changes_its_address(peer: str, lines: list[str]) -> None:
    assert PROXIES.address_of(forwarded(*lines), peer) == peer


@given(client=UNTRUSTED, lines=LINES, is_own_line=st.booleans())
def test_what_a_client_writes_changes_nothing_that_a_proxy_appends(
    client: str,
    lines: list[str],
    is_own_line: bool,  # noqa: FBT001 - a case
) -> None:
    # Some proxies append to the last line, and some add a line.
    told = [*lines, client] if is_own_line else [*lines[:-1], ",".join([*lines[-1:], client])]

    assert PROXIES.address_of(forwarded(*told), PROXY) == client


async def _tell(scope: Any, _receive: Any, send: Any) -> None:
    told = f"{scope['scheme']} {client_address_of(scope)}"
    await send_answer(send, Answer(200, [], told.encode()))


async def told_by(peer: str, headers: list[tuple[str, str]], *, with_proxies: bool = True) -> str:
    frame = Frame(
        _tell,
        accounts=Accounts(metrics=Metrics()),
        clock=FakeClock(),
        proxies=PROXIES if with_proxies else None,
    )
    async with client_of(frame, address=peer) as http:
        return (await http.get("/x", headers=headers)).text


async def test_all_behind_the_frame_see_the_client_of_a_proxy() -> None:
    headers = [
        ("X-Forwarded-For", CLIENT),
        ("X-Forwarded-For", "10.0.0.2"),
        ("X-Forwarded-Proto", "HTTPS"),
    ]

    assert await told_by(PROXY, headers) == f"https {CLIENT}"
    assert await told_by("11.0.0.1", headers) == "http 11.0.0.1"
    assert await told_by(PROXY, headers, with_proxies=False) == f"http {PROXY}"


@pytest.mark.parametrize("told", [["ftp"], ["https, http"], ["https", "http"], []])
async def test_a_scheme_that_is_not_one_of_two_is_not_believed(told: list[str]) -> None:
    headers = [("X-Forwarded-Proto", scheme) for scheme in told]

    assert await told_by(PROXY, headers) == f"http {PROXY}"

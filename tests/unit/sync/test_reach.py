"""What a source may connect to, whatever it is called and whatever that resolves to."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tenantry.sync.errors import ValidationError
from tenantry.sync.remote import LOOPBACK, HttpPool, Reach
from tenantry.sync.rules import parse_source
from tenantry.testing.upstream import FakeUpstream, seeded
from tests.support.sources import LOCAL, Secrets, first_page, http_source, opened

PUBLIC = Reach()
PRIVATE_ADDRESSES = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "",
    "localhost",
    "127.1",
]


class Names(AbstractResolver):
    """Resolves every name to the addresses that it is told, one list after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


class TwoFaced(Names):
    """Shows a public address to who looks at what a name resolves to, and another after that."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return Faces(await super().resolve(host, port, family))


class Faces(list[ResolveResult]):
    def __init__(self, found: list[ResolveResult]) -> None:
        super().__init__(found)
        self._is_looked_at = False

    def __iter__(self) -> Iterator[ResolveResult]:
        was_looked_at, self._is_looked_at = self._is_looked_at, True
        for one in super().__iter__():
            yield one if was_looked_at else {**one, "host": "8.8.8.8"}


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_what_is_not_public_is_out_of_reach(address: str) -> None:
    assert not PUBLIC.allows(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_public_is_in_reach(address: str) -> None:
    assert PUBLIC.allows(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_a_network_that_is_allowed_is_in_reach_however_it_is_written(address: str) -> None:
    reach = Reach(networks=(ipaddress.ip_network("10.1.0.0/16"),))

    assert reach.allows(address)
    assert not reach.allows("10.2.0.1")
    assert not reach.allows("127.0.0.1")


def test_loopback_is_in_reach_only_where_it_is_allowed() -> None:
    assert not PUBLIC.allows_loopback
    assert Reach(networks=LOOPBACK).allows_loopback
    assert Reach(networks=LOOPBACK).allows("::1")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_loopback_is_connected_to(host: str) -> None:
    async with FakeUpstream({"acme": seeded()}) as upstream:
        port = upstream.base_url.rpartition(":")[2]
        source = parse_source({"type": "http", "base_url": f"http://{host}:{port}"})
        async with opened(source, reach=PUBLIC) as reader:
            with pytest.raises(ValidationError):
                await first_page(reader, source.collections[0])

        assert upstream.requests == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"]])
async def test_a_name_is_refused_where_any_of_its_addresses_is_out_of_reach(
    addresses: list[str],
) -> None:
    pool = HttpPool(reach=PUBLIC, resolver=Names(addresses))
    source = parse_source({"type": "http", "base_url": "http://crm.example.com:1"})

    async with opened(source, reach=PUBLIC, pool=pool) as reader:
        with pytest.raises(ValidationError, match=r"crm\.example\.com is no public address"):
            await first_page(reader, source.collections[0])
    await pool.stop()


async def test_a_name_that_points_elsewhere_the_second_time_is_not_followed_there() -> None:
    """DNS rebinding: 127.0.0.2 is allowed, and 127.0.0.1 is somebody else's."""
    reach = Reach(networks=(ipaddress.ip_network("127.0.0.2/32"),))
    rows = {"acme": seeded()}
    async with FakeUpstream(rows, host="127.0.0.2") as allowed:
        port = int(allowed.base_url.rpartition(":")[2])
        async with FakeUpstream(rows, port=port) as other:
            source = parse_source({"type": "http", "base_url": f"http://crm.example.com:{port}"})
            names = Names(["127.0.0.2"], ["127.0.0.1"])
            for is_first in (True, False):
                pool = HttpPool(reach=reach, resolver=names)
                async with opened(source, reach=reach, pool=pool) as reader:
                    (check, *_) = await reader.check()
                await pool.stop()
                assert check.is_ok == is_first

            assert allowed.requests
            assert other.requests == []


async def test_the_address_itself_is_looked_at_when_it_is_connected_to() -> None:
    """The last line of defence, were the look at what a name resolves to ever got around."""
    async with FakeUpstream({"acme": seeded()}) as upstream:
        port = int(upstream.base_url.rpartition(":")[2])
        pool = HttpPool(reach=PUBLIC, resolver=TwoFaced(["127.0.0.1"]))
        source = parse_source({"type": "http", "base_url": f"http://crm.example.com:{port}"})
        async with opened(source, reach=PUBLIC, pool=pool) as reader:
            with pytest.raises(ValidationError, match="is no public address"):
                await first_page(reader, source.collections[0])
        await pool.stop()

        assert upstream.requests == []


async def test_a_name_may_point_to_loopback_where_that_is_allowed() -> None:
    async with FakeUpstream({"acme": seeded()}) as upstream:
        port = upstream.base_url.rpartition(":")[2]
        source = parse_source({"type": "http", "base_url": f"http://crm.example.com:{port}"})
        pool = HttpPool(reach=LOCAL, resolver=Names(["127.0.0.1"]))
        async with opened(source, pool=pool) as reader:
            assert (await first_page(reader, source.collections[0])).total == 1
        await pool.stop()


async def test_a_service_token_is_fetched_from_nowhere_out_of_reach() -> None:
    async with FakeUpstream({"acme": seeded()}, clients={"a": "b"}) as upstream:
        source = http_source(
            upstream,
            auth={
                "service_token": {
                    "url": upstream.token_url,
                    "client_id": "a",
                    "client_secret": "secret:b",
                }
            },
        )
        async with opened(source, reach=PUBLIC, secrets=Secrets({"b": "b"})) as reader:
            with pytest.raises(ValidationError, match=r"service_token: 127\.0\.0\.1 is no public"):
                await first_page(reader, source.collections[0])

        assert upstream.requests == []


async def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    async with FakeUpstream({"acme": seeded()}) as upstream:
        source = http_source(upstream)
        async with opened(source) as reader:
            assert (await first_page(reader, source.collections[0])).total == 1

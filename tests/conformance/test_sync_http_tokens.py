"""The token of an HTTP source: stored or fetched, and a fresh one where it is refused."""

import asyncio
from typing import Any

import pytest

from tenantry.sync.errors import AuthError, NetworkError, SyncError, ValidationError
from tenantry.sync.model import Source
from tenantry.sync.remote import HttpPool
from tenantry.testing.upstream import FakeUpstream, Raw, Status, seeded
from tests.support.sources import (
    LOCAL,
    Secrets,
    all_rows,
    collection_of,
    first_page,
    http_source,
    opened,
    told_in_full,
)

ROWS = seeded({"users": 250})
BEARER = {"bearer": "secret:crm-token"}
TOKEN = "t0ken-of-the-upstream"
CLIENTS = {"tenantry": "s3cret-of-the-service"}
STORED = {"crm-token": TOKEN, "crm-client": CLIENTS["tenantry"]}


def service_source(upstream: FakeUpstream, **fields: Any) -> Source:
    token = {
        "url": upstream.token_url,
        "client_id": "tenantry",
        "client_secret": "secret:crm-client",
        **fields,
    }
    return http_source(upstream, auth={"service_token": token})


async def test_a_stored_token_is_read_once_for_many_pages() -> None:
    async with FakeUpstream({"acme": ROWS}, bearer=TOKEN) as upstream:
        source = http_source(upstream, auth=BEARER)
        secrets = Secrets(STORED)
        async with opened(source, secrets=secrets) as reader:
            await all_rows(reader, collection_of(source, "users"))

        assert secrets.asked == ["crm-token"]
        assert {request.headers["authorization"] for request in upstream.requests} == {
            f"Bearer {TOKEN}"
        }


async def test_a_token_that_was_replaced_is_read_again_when_the_old_one_is_refused() -> None:
    async with FakeUpstream({"acme": ROWS}, bearer=TOKEN) as upstream:
        source = http_source(upstream, auth=BEARER)
        users = collection_of(source, "users")
        secrets = Secrets(STORED)
        async with opened(source, secrets=secrets) as reader:
            await first_page(reader, users)
            upstream.guard.bearer = secrets.values["crm-token"] = "an0ther"
            upstream.forget()

            assert await all_rows(reader, users) == ROWS["users"]
            assert [request.status for request in upstream.requests] == [401, 200, 200, 200]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_refused_twice_is_an_error_that_does_not_tell_it(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with FakeUpstream({"acme": ROWS}) as upstream:
        upstream.fail("users", Status(status), times=None)
        source = http_source(upstream, auth=BEARER)
        async with opened(source, secrets=Secrets(STORED)) as reader:
            with pytest.raises(AuthError) as caught:
                await first_page(reader, collection_of(source, "users"))

        assert len(upstream.requests) == 2
        assert TOKEN not in told_in_full(caught.value)
        assert TOKEN not in caplog.text
        assert str(status) in caught.value.message


async def test_a_refusal_that_passes_costs_one_more_request() -> None:
    async with FakeUpstream({"acme": ROWS}) as upstream:
        upstream.fail("users", Status(401), page=2)
        source = http_source(upstream, auth=BEARER)
        async with opened(source, secrets=Secrets(STORED)) as reader:
            assert await all_rows(reader, collection_of(source, "users")) == ROWS["users"]

        assert upstream.pages("users") == [1, 2, 2, 3]


async def test_a_service_token_is_fetched_once_and_kept_for_the_next_run() -> None:
    async with FakeUpstream({"acme": ROWS}, clients=CLIENTS) as upstream:
        source = service_source(upstream, scope="sync.read")
        pool = HttpPool(reach=LOCAL)
        for _ in range(2):
            async with opened(source, secrets=Secrets(STORED), pool=pool) as reader:
                await all_rows(reader, collection_of(source, "users"))
        await pool.stop()

        assert upstream.guard.issued_count == 1


async def test_a_service_token_that_has_expired_is_fetched_anew() -> None:
    async with FakeUpstream({"acme": ROWS}, clients=CLIENTS, token_uses=2) as upstream:
        source = service_source(upstream)
        async with opened(source, secrets=Secrets(STORED)) as reader:
            assert await all_rows(reader, collection_of(source, "users")) == ROWS["users"]

        assert upstream.guard.issued_count == 2
        assert upstream.pages("users") == [1, 2, 3, 3]


async def test_many_that_are_refused_at_once_fetch_one_token() -> None:
    async with FakeUpstream({"acme": seeded()}, clients=CLIENTS) as upstream:
        source = service_source(upstream)
        async with opened(source, secrets=Secrets(STORED)) as reader:
            await first_page(reader, source.collections[0])
            upstream.guard.expire()
            await asyncio.gather(*(first_page(reader, one) for one in source.collections))

        assert upstream.guard.issued_count == 2


async def test_another_client_secret_takes_effect_with_the_next_run() -> None:
    async with FakeUpstream({"acme": ROWS}, clients=CLIENTS) as upstream:
        source = service_source(upstream)
        secrets = Secrets(STORED)
        pool = HttpPool(reach=LOCAL)
        for _ in range(2):
            async with opened(source, secrets=secrets, pool=pool) as reader:
                await first_page(reader, source.collections[0])
            upstream.guard.clients["tenantry"] = secrets.values["crm-client"] = "n3w"
        await pool.stop()

        assert upstream.guard.issued_count == 2


async def test_no_tenant_is_sent_the_token_of_another() -> None:
    rows = {"acme": ROWS, "other": ROWS}
    async with FakeUpstream(rows, clients=CLIENTS) as upstream:
        source = service_source(upstream)
        pool = HttpPool(reach=LOCAL)
        for tenant_id in rows:
            async with opened(
                source, secrets=Secrets(STORED), pool=pool, tenant_id=tenant_id
            ) as reader:
                await first_page(reader, source.collections[0])
        await pool.stop()

        assert upstream.guard.issued_count == 2


async def test_credentials_that_are_refused_are_an_auth_error_that_tells_none() -> None:
    async with FakeUpstream({"acme": ROWS}, clients={"tenantry": "other"}) as upstream:
        source = service_source(upstream)
        async with opened(source, secrets=Secrets(STORED)) as reader:
            with pytest.raises(AuthError) as caught:
                await first_page(reader, source.collections[0])

        assert caught.value.message == "service_token: got 401, the credentials are refused"
        assert CLIENTS["tenantry"] not in told_in_full(caught.value)
        assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "fault, kind",
    [
        (Status(503), NetworkError),
        (Status(404), ValidationError),
        (Raw(b"<html>"), ValidationError),
        (Raw(b'{"token":"x"}'), ValidationError),
        (Raw(b'{"access_token":"two\\r\\nlines: x"}'), AuthError),
    ],
    ids=str,
)
async def test_a_token_url_that_gives_no_token_is_told(fault: Any, kind: type[SyncError]) -> None:
    async with FakeUpstream({"acme": ROWS}, clients=CLIENTS) as upstream:
        upstream.fail("oauth", fault, times=None)
        source = service_source(upstream)
        async with opened(source, secrets=Secrets(STORED)) as reader:
            with pytest.raises(kind, match="service_token"):
                await first_page(reader, source.collections[0])


@pytest.mark.parametrize("value", ["", "two\nlines", "täken", "x" * 20_000])
async def test_a_secret_that_cannot_be_a_token_is_not_sent(value: str) -> None:
    async with FakeUpstream({"acme": ROWS}) as upstream:
        source = http_source(upstream, auth=BEARER)
        async with opened(source, secrets=Secrets({"crm-token": value})) as reader:
            with pytest.raises(AuthError) as caught:
                await first_page(reader, source.collections[0])

        assert upstream.requests == []
        assert not value or value not in told_in_full(caught.value)

"""An HTTP source, against an upstream that is a real server."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tenantry.sync.errors import AuthError, ValidationError
from tenantry.sync.model import Position
from tenantry.sync.remote import HttpPool
from tenantry.testing.upstream import FakeUpstream, Held, seeded
from tests.support.sources import (
    CORRELATION_ID,
    LOCAL,
    Secrets,
    all_pages,
    all_rows,
    collection_of,
    first_page,
    http_source,
    is_unchanged,
    next_page,
    opened,
)

ROWS = seeded({"users": 250, "roles": 7, "organizations": 100, "creditConfigs": 0})


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream({"acme": ROWS}) as upstream:
        yield upstream


async def test_every_row_of_every_page_is_read_once(upstream: FakeUpstream) -> None:
    source = http_source(upstream)
    users = collection_of(source, "users")

    async with opened(source) as reader:
        pages = await all_pages(reader, users)

    assert [len(page.rows) for page in pages] == [100, 100, 50]
    assert [row for page in pages for row in page.rows] == ROWS["users"]
    assert {page.total for page in pages} == {250}
    assert upstream.pages("users") == [1, 2, 3]


async def test_the_tenant_is_one_object(upstream: FakeUpstream) -> None:
    source = http_source(upstream)

    async with opened(source) as reader:
        page = await first_page(reader, collection_of(source, "tenants"))

    assert page.rows == ROWS["tenants"]
    assert (page.total, page.next_token) == (1, None)
    assert upstream.requests[0].query == {}


async def test_an_empty_collection_is_one_page_without_rows(upstream: FakeUpstream) -> None:
    source = http_source(upstream)

    async with opened(source) as reader:
        page = await first_page(reader, collection_of(source, "creditConfigs"))

    assert (page.rows, page.total, page.next_token) == ([], 0, None)


async def test_the_size_of_a_page_is_what_the_source_says(upstream: FakeUpstream) -> None:
    source = http_source(upstream, page_size=25)

    async with opened(source) as reader:
        await all_rows(reader, collection_of(source, "organizations"))

    assert [request.query["limit"] for request in upstream.requests] == ["25"] * 4


async def test_an_upstream_that_gives_less_than_is_asked_for_is_read_to_the_end() -> None:
    async with FakeUpstream({"acme": ROWS}, max_limit=60) as upstream:
        source = http_source(upstream, page_size=500)
        async with opened(source) as reader:
            assert await all_rows(reader, collection_of(source, "users")) == ROWS["users"]


async def test_cursors_are_followed_to_the_end() -> None:
    async with FakeUpstream({"acme": ROWS}, paging="cursor") as upstream:
        source = http_source(upstream, paging="cursor")
        async with opened(source) as reader:
            assert await all_rows(reader, collection_of(source, "users")) == ROWS["users"]

        assert ["cursor" in request.query for request in upstream.requests] == [False, True, True]


async def test_another_reader_goes_on_where_one_has_stopped(upstream: FakeUpstream) -> None:
    source = http_source(upstream)
    users = collection_of(source, "users")
    async with opened(source) as reader:
        page = await first_page(reader, users)

    async with opened(source) as reader:
        rest = await next_page(reader, users, page)

    assert rest.rows == ROWS["users"][100:200]


async def test_every_request_names_its_flow_and_who_asks(upstream: FakeUpstream) -> None:
    source = http_source(upstream)

    async with opened(source) as reader:
        await first_page(reader, collection_of(source, "roles"))

    headers = upstream.requests[0].headers
    assert headers["x-correlation-id"] == CORRELATION_ID
    assert headers["user-agent"].startswith("tenantry/")
    assert "authorization" not in headers
    assert "cookie" not in headers


async def test_a_tenants_id_cannot_leave_its_place_in_the_path(upstream: FakeUpstream) -> None:
    source = http_source(upstream)

    async with opened(source, tenant_id="../acme?x=1#") as reader:
        with pytest.raises(AuthError, match="does not know this tenant"):
            await first_page(reader, collection_of(source, "tenants"))

    assert upstream.requests[0].path == "/tenants/../acme?x=1#"
    assert upstream.requests[0].query == {}


async def test_a_collection_on_one_page_costs_one_conditional_request_when_unchanged(
    upstream: FakeUpstream,
) -> None:
    source = http_source(upstream)
    roles = collection_of(source, "roles")

    async with opened(source) as reader:
        page = await first_page(reader, roles)
        upstream.forget()

        assert await is_unchanged(reader, roles, page.etag)
        assert [request.status for request in upstream.requests] == [304]


async def test_a_changed_collection_is_read_again(upstream: FakeUpstream) -> None:
    source = http_source(upstream)
    roles = collection_of(source, "roles")

    async with opened(source) as reader:
        page = await first_page(reader, roles)
        upstream.shelf().change("roles", "role-000003", roleName="Something else")
        again = await first_page(reader, roles, etag=page.etag)

    assert again.rows[2]["roleName"] == "Something else"
    assert again.etag != page.etag


@pytest.mark.parametrize("name", ["users", "organizations"])
async def test_the_etag_of_a_page_says_nothing_of_those_that_are_or_may_come_behind_it(
    name: str, upstream: FakeUpstream
) -> None:
    """`organizations` fill their only page: the next one would be on a second."""
    source = http_source(upstream)

    async with opened(source) as reader:
        pages = await all_pages(reader, collection_of(source, name))

    assert [page.etag for page in pages] == [None] * len(pages)


async def test_an_etag_that_stands_for_the_collection_is_trusted_with_any_number_of_pages() -> None:
    async with FakeUpstream({"acme": ROWS}, etag="collection") as upstream:
        source = http_source(upstream, etag="collection")
        users = collection_of(source, "users")
        async with opened(source) as reader:
            pages = await all_pages(reader, users)
            assert [page.etag is not None for page in pages] == [True, False, False]
            assert await is_unchanged(reader, users, pages[0].etag)

            upstream.shelf().change("users", "user-000249", title="Buyer")
            assert not await is_unchanged(reader, users, pages[0].etag)


async def test_an_etag_is_sent_only_with_the_request_that_it_has_answered(
    upstream: FakeUpstream,
) -> None:
    small, large = http_source(upstream), http_source(upstream, page_size=50)
    roles = collection_of(small, "roles")

    async with opened(small) as reader:
        page = await first_page(reader, roles)
    async with opened(large) as reader:
        assert not await is_unchanged(reader, roles, page.etag)

    assert "if-none-match" not in upstream.requests[-1].headers


async def test_an_etag_of_another_key_is_not_trusted(upstream: FakeUpstream) -> None:
    by_id = http_source(upstream)
    by_name = http_source(upstream, collections=[{"name": "roles", "key": "roleName"}])

    async with opened(by_id) as reader:
        page = await first_page(reader, collection_of(by_id, "roles"))
    async with opened(by_name) as reader:
        assert not await is_unchanged(reader, collection_of(by_name, "roles"), page.etag)


async def test_changes_since_a_cursor_are_asked_for_where_source_and_collection_know_it() -> None:
    async with FakeUpstream({"acme": ROWS}, since="updatedSince") as upstream:
        source = http_source(
            upstream,
            since="updatedSince",
            page_size=10,
            collections=[{"name": "users", "cursor": "updatedAt"}, {"name": "roles"}],
        )
        users, roles = collection_of(source, "users"), collection_of(source, "roles")
        since = json.dumps(ROWS["users"][225]["updatedAt"])
        async with opened(source) as reader:
            pages = await all_pages(reader, users, since=since)
            whole = await first_page(reader, roles, since=since)

    assert [row for page in pages for row in page.rows] == ROWS["users"][225:]
    assert {page.is_incremental for page in pages} == {True}
    assert {page.total for page in pages} == {25}
    assert (whole.is_incremental, len(whole.rows)) == (False, 7)


async def test_the_first_pass_of_an_incremental_collection_is_complete(
    upstream: FakeUpstream,
) -> None:
    source = http_source(
        upstream, since="updatedSince", collections=[{"name": "users", "cursor": "updatedAt"}]
    )

    async with opened(source) as reader:
        page = await first_page(reader, collection_of(source, "users"))

    assert not page.is_incremental
    assert "updatedSince" not in upstream.requests[0].query


async def test_a_place_of_another_kind_of_paging_is_refused(upstream: FakeUpstream) -> None:
    source = http_source(upstream, paging="cursor")
    users = collection_of(source, "users")

    async with opened(source) as reader:
        for token in ('{"page":2}', "no token", "{}"):
            with pytest.raises(ValidationError, match="begin the collection anew"):
                await reader.fetch(users, Position(token=token))


async def test_collections_are_read_side_by_side_over_connections_that_are_kept() -> None:
    async with FakeUpstream({"acme": seeded()}) as upstream:
        source = http_source(upstream)
        held = [upstream.fail(one.name, Held()) for one in source.collections]
        pool = HttpPool(reach=LOCAL)
        async with opened(source, pool=pool) as reader:
            reading = [asyncio.create_task(first_page(reader, one)) for one in source.collections]
            for fault in held:
                await fault.reached()
            for fault in held:
                fault.release()
            pages = await asyncio.gather(*reading)
        await pool.stop()

    assert [len(page.rows) for page in pages] == [1, 12, 6, 100, 100, 100, 8, 12]


async def test_a_check_tells_of_every_collection(upstream: FakeUpstream) -> None:
    source = http_source(
        upstream, collections=[{"name": "users"}, {"name": "invoices", "key": "id", "path": "/x/y"}]
    )

    async with opened(source) as reader:
        users, invoices = await reader.check()

    assert (users.collection, users.is_ok, users.row_count, users.total) == (
        "users",
        True,
        100,
        250,
    )
    assert (invoices.is_ok, invoices.error_type) == (False, "VALIDATION_ERROR")
    assert "404" in invoices.error


async def test_an_unknown_tenant_is_told_as_such() -> None:
    async with FakeUpstream({"other": ROWS}) as upstream:
        source = http_source(upstream)
        async with opened(source) as reader:
            with pytest.raises(AuthError, match="does not know this tenant"):
                await first_page(reader, collection_of(source, "tenants"))


async def test_a_secret_that_is_not_there_is_named(upstream: FakeUpstream) -> None:
    source = http_source(upstream, auth={"bearer": "secret:crm-token"})

    async with opened(source, secrets=Secrets({})) as reader:
        with pytest.raises(AuthError, match="secret:crm-token: is not stored"):
            await first_page(reader, collection_of(source, "roles"))

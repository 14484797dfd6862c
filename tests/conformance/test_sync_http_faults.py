"""What an HTTP source makes of each thing that an upstream can do wrong."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tenantry.reliability import within
from tenantry.sync.errors import AuthError, NetworkError, SyncError, ValidationError
from tenantry.sync.model import SourcePage
from tenantry.sync.remote.http.answer import MAX_BODY_BYTES
from tenantry.testing.upstream import (
    Cut,
    Drift,
    Duplicate,
    EarlyEnd,
    FakeUpstream,
    Fault,
    Held,
    Huge,
    Raw,
    Redirect,
    Reordered,
    Reset,
    Short,
    Status,
    Total,
    seeded,
)
from tests.support.sources import (
    HurriedClock,
    all_pages,
    all_rows,
    collection_of,
    first_page,
    http_source,
    next_page,
    opened,
    told_in_full,
)

ROWS = seeded({"users": 250})
PRIVATE = ("user-000", "@example.com", "the upstream's own words")


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream({"acme": ROWS}) as upstream:
        yield upstream


async def read_users(
    upstream: FakeUpstream, *, clock: HurriedClock | None = None, **fields: Any
) -> list[SourcePage]:
    source = http_source(upstream, **fields)
    async with opened(source, clock=clock) as reader:
        return await all_pages(reader, collection_of(source, "users"))


async def error_of(upstream: FakeUpstream, **fields: Any) -> SyncError:
    with pytest.raises(SyncError) as caught:
        await read_users(upstream, **fields)
    for word in PRIVATE:
        assert word not in told_in_full(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "fault",
    [
        Status(429),
        Status(500),
        Status(502),
        Status(503, retry_after=2),
        Status(408),
        Reset(),
        Cut(),
    ],
    ids=str,
)
async def test_what_passes_is_tried_again(fault: Fault, upstream: FakeUpstream) -> None:
    upstream.fail("users", fault, page=2, times=3)

    pages = await read_users(upstream)

    assert [row for page in pages for row in page.rows] == ROWS["users"]
    assert upstream.pages("users") == [1, 2, 2, 2, 2, 3]


@pytest.mark.parametrize("fault", [Status(429), Status(500), Reset(), Cut()], ids=str)
async def test_what_does_not_pass_is_a_network_error(fault: Fault, upstream: FakeUpstream) -> None:
    upstream.fail("users", fault, times=None)

    error = await error_of(upstream)

    assert isinstance(error, NetworkError)
    assert error.message.startswith("users, page 1: ")
    # The library asks once more by itself, over another connection, where one was reset.
    assert len(upstream.requests) == (8 if isinstance(fault, Reset) else 4)


async def test_pauses_are_at_least_what_the_source_asks_for(upstream: FakeUpstream) -> None:
    upstream.fail("users", Status(429, retry_after=7), times=2)
    clock = HurriedClock()

    await read_users(upstream, clock=clock)

    assert clock.pauses == [7, 7]


async def test_a_retry_after_may_be_a_date(upstream: FakeUpstream) -> None:
    """The clock of the tests stands at 10:30 when it begins."""
    upstream.fail("users", Status(503, retry_after="Mon, 15 Jan 2024 10:30:05 GMT"))
    clock = HurriedClock()

    await read_users(upstream, clock=clock)

    assert clock.pauses == [5]


@pytest.mark.parametrize("after", ["soon", "-3", "Mon, 99 Foo 2024", "9" * 400, ""])
async def test_a_retry_after_that_says_nothing_sensible_is_passed_over(
    after: str, upstream: FakeUpstream
) -> None:
    upstream.fail("users", Status(503, retry_after=after))
    clock = HurriedClock()

    await read_users(upstream, clock=clock)

    assert len(clock.pauses) == 1
    assert clock.pauses[0] <= 0.2


async def test_who_is_to_wait_long_is_told_so_at_once(upstream: FakeUpstream) -> None:
    upstream.fail("users", Status(429, retry_after=120))

    error = await error_of(upstream)

    assert isinstance(error, NetworkError)
    assert error.retry_after_seconds == 120
    assert len(upstream.requests) == 1


async def test_no_pause_goes_beyond_the_deadline(upstream: FakeUpstream) -> None:
    upstream.fail("users", Status(429, retry_after=5), times=None)
    clock = HurriedClock()

    with within(8, clock=clock), pytest.raises(NetworkError):
        await read_users(upstream, clock=clock)

    assert clock.pauses == [5]


async def test_a_page_that_is_too_slow_is_a_network_error(upstream: FakeUpstream) -> None:
    held = upstream.fail("users", Held(), times=None)

    error = await error_of(upstream, timeout_seconds=0.1)
    held.release()

    assert isinstance(error, NetworkError)
    assert error.message == "users, page 1: no answer within 0.1 s"


async def test_a_reader_that_is_cancelled_gives_its_connection_back(upstream: FakeUpstream) -> None:
    held = upstream.fail("users", Held())
    source = http_source(upstream)
    users = collection_of(source, "users")

    async with opened(source) as reader:
        reading = asyncio.create_task(first_page(reader, users))
        await held.reached()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        held.release()

        assert await all_rows(reader, users) == ROWS["users"]


async def test_an_upstream_that_is_down_is_a_network_error(upstream: FakeUpstream) -> None:
    await upstream.stop()

    assert isinstance(await error_of(upstream), NetworkError)


async def test_an_upstream_that_comes_back_is_read_on(upstream: FakeUpstream) -> None:
    source = http_source(upstream)
    users = collection_of(source, "users")

    async with opened(source) as reader:
        page = await first_page(reader, users)
        await upstream.stop()
        with pytest.raises(NetworkError):
            await next_page(reader, users, page)
        await upstream.start()

        assert (await next_page(reader, users, page)).rows == ROWS["users"][100:200]


@pytest.mark.parametrize("status", [400, 405, 410, 422, 204, 206])
async def test_any_other_status_is_no_page_and_not_tried_again(
    status: int, upstream: FakeUpstream
) -> None:
    upstream.fail("users", Status(status))

    error = await error_of(upstream)

    assert isinstance(error, ValidationError)
    assert str(status) in error.message
    assert len(upstream.requests) == 1


async def test_a_304_that_nobody_has_asked_for_is_no_page(upstream: FakeUpstream) -> None:
    upstream.fail("users", Status(304, body=""))

    assert isinstance(await error_of(upstream), ValidationError)


async def test_a_redirect_is_not_followed(upstream: FakeUpstream) -> None:
    async with FakeUpstream({"acme": ROWS}) as other:
        upstream.fail("users", Redirect(f"{other.base_url}/tenants/acme/users"))

        error = await error_of(upstream)

        assert isinstance(error, ValidationError)
        assert "redirects are not followed" in error.message
        assert other.base_url not in error.message
        assert other.requests == []


@pytest.mark.parametrize(
    "body, told",
    [
        (b"<html>user-0001@example.com</html>", "bytes that are no JSON"),
        (b"", "bytes that are no JSON"),
        (b'{"success":true,"data":[{"userId":"user-0001"}', "bytes that are no JSON"),
        (b'{"data":"\xff"}', "bytes that are no JSON"),
        (b"[" * 500 + b"]" * 500, "bytes that are no JSON"),
        (b"[]", "JSON that is no object"),
        (b"{}", "data: is missing"),
        (b'{"success":false,"message":"user-0001"}', "success: got false"),
        (b'{"data":{"userId":"user-0001"}}', "data: got no list"),
        (b'{"data":null}', "data: got no list"),
        (b'{"data":["user-0001"]}', "row 1: got text, wants an object"),
        (b'{"data":[]}', "pagination: is missing"),
        (b'{"data":[],"pagination":[]}', "pagination: got no object"),
        (b'{"data":[],"pagination":{}}', "pagination.totalPages: is missing"),
        (b'{"data":[],"pagination":{"page":7,"totalPages":9}}', "pagination.page: got 7, wants 1"),
        (b'{"data":[],"pagination":{"total":"3"}}', "pagination.total: wants a whole number"),
        (b'{"data":[],"pagination":{"total":-1}}', "pagination.total: got -1"),
        (b'{"data":[],"pagination":{"limit":0,"total":1}}', "pagination.limit: got 0"),
        (b'{"data":[],"pagination":{"totalPages":true}}', "pagination.totalPages: wants a whole"),
    ],
)
async def test_a_wrong_answer_is_told_with_collection_page_and_field(
    body: bytes, told: str, upstream: FakeUpstream
) -> None:
    upstream.fail("users", Raw(body))

    error = await error_of(upstream)

    assert isinstance(error, ValidationError)
    assert error.message.startswith("users, page 1")
    assert told in error.message
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("is_packed", [False, True])
async def test_a_body_without_end_is_not_read_to_it(
    upstream: FakeUpstream, *, is_packed: bool
) -> None:
    upstream.fail("users", Huge(4 * MAX_BODY_BYTES, is_packed=is_packed))

    error = await error_of(upstream)

    assert isinstance(error, ValidationError)
    assert f"at most {MAX_BODY_BYTES} bytes" in error.message


@pytest.mark.parametrize(
    "fault, told",
    [
        (Drift("userId"), "userId: got nothing"),
        (Drift("userId", None), "userId: got null"),
        (Drift("userId", ["user-000101"]), "userId: got a list"),
        (Drift("userId", value=True), "userId: got true or false"),
        (Drift("userId", 1.5), "userId: got a number"),
        (Drift("userId", ""), "userId: got 0 characters"),
        (Drift("userId", "u" * 513), "userId: got 513 characters"),
    ],
    ids=str,
)
async def test_a_row_without_a_good_key_is_told_by_page_place_and_field(
    fault: Fault, told: str, upstream: FakeUpstream
) -> None:
    upstream.fail("users", fault, page=2)

    error = await error_of(upstream)

    assert isinstance(error, ValidationError)
    assert error.message.startswith(f"users, page 2, row 1: {told}")


async def test_a_field_that_is_no_key_may_be_of_any_type(upstream: FakeUpstream) -> None:
    upstream.fail("users", Drift("title", {"en": "Buyer"}))

    pages = await read_users(upstream)

    assert pages[0].rows[0]["title"] == {"en": "Buyer"}


@pytest.mark.parametrize("fault", [Short(3), EarlyEnd()], ids=str)
async def test_rows_that_are_kept_back_are_fewer_than_the_total_that_is_told(
    fault: Fault, upstream: FakeUpstream
) -> None:
    upstream.fail("users", fault, page=2)

    pages = await read_users(upstream)

    assert sum(len(page.rows) for page in pages) < 250
    assert pages[-1].total == 250


async def test_a_total_that_changes_is_told_as_each_page_has_it(upstream: FakeUpstream) -> None:
    upstream.fail("users", Total(+5), page=3)

    pages = await read_users(upstream)

    assert [page.total for page in pages] == [250, 250, 255]


async def test_pages_behind_an_empty_one_are_not_asked_for(upstream: FakeUpstream) -> None:
    upstream.fail("users", Short(100), page=2)

    pages = await read_users(upstream)

    assert upstream.pages("users") == [1, 2]
    assert (pages[-1].rows, pages[-1].total) == ([], 250)


@pytest.mark.parametrize("fault", [Duplicate(), Reordered()], ids=str)
async def test_rows_that_come_twice_are_handed_on_as_they_come(
    fault: Fault, upstream: FakeUpstream
) -> None:
    upstream.fail("users", fault, page=2)

    pages = await read_users(upstream)

    keys = [row["userId"] for page in pages for row in page.rows]
    assert len(keys) == 250
    assert len(set(keys)) < 250


async def test_a_cursor_that_leads_back_to_its_own_page_is_refused() -> None:
    async with FakeUpstream({"acme": ROWS}, paging="cursor") as upstream:
        looping = b'{"data":[],"pagination":{"nextCursor":"cGFnZToy"}}'
        upstream.fail("users", Raw(looping), page=2)

        error = await error_of(upstream, paging="cursor")

    assert isinstance(error, ValidationError)
    assert "pagination.nextCursor: got the cursor of this very page" in error.message


@pytest.mark.parametrize("status", [401, 403])
async def test_an_upstream_that_refuses_who_has_no_token_is_asked_once(
    status: int, upstream: FakeUpstream
) -> None:
    upstream.fail("users", Status(status))

    assert isinstance(await error_of(upstream), AuthError)
    assert len(upstream.requests) == 1

"""One collection is brought up to date: wholly, once, and never half."""

import asyncio
from typing import Any

import pytest

from tenantry.sync.errors import NetworkError, SyncError, ValidationError
from tenantry.testing.upstream import (
    Duplicate,
    EarlyEnd,
    Held,
    Reset,
    Short,
    Status,
    Total,
    seeded,
)
from tests.support.nodes import Node
from tests.support.syncs import only_things, synced_tenant, things

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]


def by_id(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["id"]: row for row in rows}


async def test_every_page_is_read(sync_node: Node, acme: str) -> None:
    """Defect S1: the original reads the first page, and calls that success."""
    rows = seeded({"users": 250, "organizations": 120}, tenant_id=acme)
    async with synced_tenant(sync_node, acme, rows, source={"page_size": 50}) as tenant:
        result = await tenant.sync()

        assert result.success
        assert result.counts["users"].rows == 250
        assert result.counts["users"].pages == 5
        assert await tenant.live("users") == {row["userId"]: row for row in rows["users"]}
        assert await tenant.live("organizations") == {
            row["orgCode"]: row for row in rows["organizations"]
        }
        assert tenant.upstream.pages("users") == [1, 2, 3, 4, 5]


async def test_a_large_collection_arrives_complete(sync_node: Node, acme: str) -> None:
    rows = seeded({"users": 25_000}, tenant_id=acme)
    async with synced_tenant(sync_node, acme, rows, source={"page_size": 1000}) as tenant:
        result = await tenant.sync()

        assert (result.counts["users"].rows, result.counts["users"].pages) == (25_000, 25)
        assert (await tenant.live("users")).keys() == {row["userId"] for row in rows["users"]}


@pytest.mark.parametrize(
    "fault, page",
    [(Total(1), None), (Total(-1), None), (Short(2), 2), (EarlyEnd(), 2), (Duplicate(), 2)],
    ids=["too many", "too few", "short page", "early end", "a row twice"],
)
async def test_what_is_truncated_is_an_error_and_takes_nothing_away(
    sync_node: Node, acme: str, fault: Any, page: int | None
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.shelf.change("things", "thing-000001", name="changed")
        tenant.upstream.fail("things", fault, page=page, times=None)

        error = await tenant.try_sync()

        assert isinstance(error, ValidationError), error
        assert not error.is_retryable
        assert len(await tenant.live("things")) == 35
        assert (await tenant.state("things"))["status"] == "failed"

        tenant.upstream.mend()
        await tenant.sync()
        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_a_total_that_is_wrong_once_is_asked_for_once_more(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(25)}, source=only_things()
    ) as tenant:
        tenant.upstream.fail("things", Total(1), page=3, times=1)

        result = await tenant.sync()

        assert result.success
        assert tenant.upstream.pages("things") == [1, 2, 3, 1, 2, 3]


async def test_a_total_that_goes_on_changing_is_an_error(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(25)}, source=only_things()
    ) as tenant:
        tenant.upstream.fail("things", Total(1), page=3, times=2)

        error = await tenant.try_sync()

        assert isinstance(error, ValidationError)
        assert tenant.upstream.pages("things") == [1, 2, 3, 1, 2, 3]


async def test_a_row_that_slips_to_a_page_that_was_read_is_not_lost(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(30)}, source=only_things()
    ) as tenant:
        held = tenant.upstream.fail("things", Held(), page=2)
        task = asyncio.create_task(tenant.sync())
        await held.reached()
        # Number 11 is on the first page from now on, which was read.
        tenant.shelf.remove("things", "thing-000001")
        held.release()
        await task

        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_what_is_unchanged_is_not_written(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        before = {row["key"]: row["synced_at"] for row in await tenant.stored("things")}
        tenant.shelf.change("things", "thing-000020", name="changed")

        result = await tenant.sync()

        assert result.counts["things"].written == 1
        after = {row["key"]: row["synced_at"] for row in await tenant.stored("things")}
        assert {key for key in after if after[key] != before[key]} == {"thing-000020"}


@pytest.mark.parametrize("count", [1, 9])
async def test_an_unchanged_collection_costs_one_conditional_request(
    sync_node: Node, acme: str, count: int
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(count)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.upstream.forget()

        result = await tenant.sync()

        assert result.counts["things"].is_unchanged
        (request,) = tenant.upstream.asked("things")
        assert request.status == 304
        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_an_etag_of_the_whole_spares_all_pages(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node,
        acme,
        {"things": things(95)},
        source=only_things(etag="collection"),
        etag="collection",
    ) as tenant:
        await tenant.sync()
        tenant.upstream.forget()

        assert (await tenant.sync()).counts["things"].is_unchanged
        assert [request.status for request in tenant.upstream.asked("things")] == [304]

        tenant.shelf.change("things", "thing-000095", name="changed")
        assert (await tenant.sync()).counts["things"].written == 1


async def test_what_is_gone_is_deactivated_and_comes_back(sync_node: Node, acme: str) -> None:
    rows = things(25)
    async with synced_tenant(sync_node, acme, {"things": rows}, source=only_things()) as tenant:
        await tenant.sync()
        tenant.shelf.remove("things", "thing-000003", "thing-000024")

        result = await tenant.sync()

        assert (result.counts["things"].deactivated, result.counts["things"].rows) == (2, 23)
        gone = {row["key"] for row in await tenant.stored("things") if row["deleted"]}
        assert gone == {"thing-000003", "thing-000024"}

        tenant.shelf.add("things", rows[2])
        result = await tenant.sync()
        assert (result.counts["things"].written, result.counts["things"].rows) == (1, 24)
        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_an_empty_collection_takes_the_last_row_away(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(2)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.shelf.remove("things")

        result = await tenant.sync()

        assert result.counts["things"].deactivated == 2
        assert await tenant.live("things") == {}


async def test_what_is_to_be_kept_is_kept(sync_node: Node, acme: str) -> None:
    source = only_things(collection={"deletes": "keep"})
    async with synced_tenant(sync_node, acme, {"things": things(25)}, source=source) as tenant:
        await tenant.sync()
        tenant.shelf.remove("things", "thing-000003")

        result = await tenant.sync()

        assert result.counts["things"].deactivated == 0
        assert len(await tenant.live("things")) == 25


SINCE = {"since": "since", "collection": {"cursor": "updatedAt"}}


async def test_only_what_has_changed_is_asked_for(sync_node: Node, acme: str) -> None:
    rows = things(35)
    async with synced_tenant(
        sync_node, acme, {"things": rows}, source=only_things(**SINCE), since="since"
    ) as tenant:
        await tenant.sync()
        tenant.upstream.forget()
        tenant.shelf.change("things", "thing-000002", name="changed")

        result = await tenant.sync()

        (request,) = tenant.upstream.asked("things")
        assert request.query["since"] == rows[-1]["updatedAt"]
        assert (request.status, result.counts["things"].pages) == (200, 1)
        assert (result.counts["things"].written, result.counts["things"].rows) == (1, 35)
        assert (await tenant.live("things"))["thing-000002"]["name"] == "changed"


@pytest.mark.parametrize("fault", [EarlyEnd(), Short(3), Total(2)], ids=["end", "short", "total"])
async def test_changes_that_are_truncated_are_no_success_either(
    sync_node: Node, acme: str, fault: Any
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things(**SINCE), since="since"
    ) as tenant:
        await tenant.sync()
        for number in range(1, 26):
            tenant.shelf.change("things", f"thing-{number:06}", name="changed")
        tenant.upstream.fail("things", fault, page=1, times=1)

        await tenant.try_sync()
        await tenant.sync()

        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_a_deletion_shows_within_a_day_where_only_changes_are_asked_for(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(15)}, source=only_things(**SINCE), since="since"
    ) as tenant:
        await tenant.sync()
        tenant.shelf.remove("things", "thing-000003")
        for _ in range(5):
            # What an hour brings is that nothing has changed, in whatever words.
            sync_node.clock.advance(5 * 3600)
            await tenant.sync()

        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_a_deletion_shows_within_a_day_although_the_whole_is_said_to_be_as_it_was(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node,
        acme,
        {"things": things(15)},
        source=only_things(etag="collection", **SINCE),
        since="since",
        etag="collection",
    ) as tenant:
        await tenant.sync()
        tenant.shelf.remove("things", "thing-000003")
        for _ in range(5):
            sync_node.clock.advance(5 * 3600)
            await tenant.sync()

        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_rows_that_are_missing_here_are_fetched_although_nothing_has_changed(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(5)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        await tenant.execute("DELETE FROM synced_rows WHERE key = 'thing-000002'")
        tenant.upstream.forget()

        result = await tenant.sync()

        assert [request.status for request in tenant.upstream.asked("things")] == [304, 200]
        assert result.counts["things"].written == 1
        assert len(await tenant.live("things")) == 5


async def test_rows_that_are_missing_here_are_fetched_although_they_have_not_changed(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(25)}, source=only_things(**SINCE), since="since"
    ) as tenant:
        await tenant.sync()
        await tenant.execute(
            f"DELETE FROM synced_rows WHERE tenant_id = '{acme}' AND key = 'thing-000002'"
        )
        tenant.shelf.change("things", "thing-000011", name="changed")

        await tenant.sync()

        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_a_row_that_is_none_by_the_schema_ends_the_pass_and_is_not_quoted(
    sync_node: Node, acme: str
) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string", "pattern": "^thing"}}}
    source = only_things(collection={"schema": schema})
    async with synced_tenant(sync_node, acme, {"things": things(25)}, source=source) as tenant:
        await tenant.sync()
        tenant.shelf.change("things", "thing-000015", name="Grete Geheim")

        error = await tenant.try_sync()

        assert isinstance(error, ValidationError)
        assert "page 2, row 5" in error.message
        assert "/name" in error.message
        assert "Grete" not in f"{error.message} {error.details}"
        assert (await tenant.live("things"))["thing-000015"]["name"] == "thing 15"


@pytest.mark.parametrize("fault", [Reset(), Status(503)], ids=["reset", "503"])
async def test_a_pass_goes_on_behind_the_last_page_and_still_finds_what_is_gone(
    sync_node: Node, acme: str, fault: Any
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(55)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.shelf.remove("things", "thing-000003", "thing-000045")
        tenant.shelf.change("things", "thing-000002", name="changed")
        tenant.upstream.forget()
        tenant.upstream.fail("things", fault, page=4, times=None)

        error = await tenant.try_sync()
        assert isinstance(error, NetworkError)
        assert (await tenant.state("things"))["page"] == 3
        tenant.upstream.mend()
        tenant.upstream.forget()
        result = await tenant.sync()

        assert tenant.upstream.pages("things") == [4, 5, 6]
        assert result.counts["things"].deactivated == 2
        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_a_second_attempt_of_the_same_run_goes_on_where_the_first_had_to_stop(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        # One more than a page is asked for again.
        tenant.upstream.fail("things", Status(503), page=3, times=4)

        result = await tenant.sync()

        assert result.success
        assert tenant.upstream.pages("things") == [1, 2, 3, 3, 3, 3, 3, 4]
        assert "collection_resumed" in await tenant.kinds(result.correlation_id or "")
        assert (await tenant.runs())[-1]["status"] == "completed"


async def test_a_row_that_slips_while_nobody_reads_on_is_not_lost(
    sync_node: Node, acme: str
) -> None:
    """A pass that goes on knows what the source has said before."""
    async with synced_tenant(
        sync_node, acme, {"things": things(30)}, source=only_things()
    ) as tenant:
        tenant.upstream.fail("things", Status(503), page=2, times=None)
        assert isinstance(await tenant.try_sync(), NetworkError)
        # Number 11 is on the first page from now on, which was read.
        tenant.shelf.remove("things", "thing-000001")
        tenant.upstream.mend()

        await tenant.sync()

        assert await tenant.live("things") == by_id(tenant.shelf.rows("things"))


async def test_an_unfinished_pass_does_not_pass_for_what_the_source_had_before(
    sync_node: Node, acme: str
) -> None:
    """What was said of the whole holds only for what is stored as long as nothing is written."""
    async with synced_tenant(
        sync_node,
        acme,
        {"things": things(25)},
        source=only_things(etag="collection"),
        etag="collection",
    ) as tenant:
        await tenant.sync()
        etag = (await tenant.state("things"))["etag"]
        tenant.shelf.change("things", "thing-000002", name="changed")
        tenant.upstream.fail("things", Status(503), page=3, times=None)
        assert isinstance(await tenant.try_sync(), SyncError)

        assert etag
        assert (await tenant.state("things"))["etag"] != etag


async def test_a_change_of_the_source_reads_everything_anew(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(8)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.upstream.forget()
        await tenant.declare(**only_things(page_size=5))

        await tenant.sync()

        assert [request.status for request in tenant.upstream.asked("things")] == [200, 200]


async def test_keys_are_whatever_text_there_is(sync_node: Node, acme: str) -> None:
    keys = [
        "ключ",
        "鍵 1",
        "🗝",
        "a/b?c=d&e",
        "'; DROP TABLE x; --",
        "%s %(a)s",
        "\\",
        "\u00e9",
        "e\u0301",
    ]
    rows = [{"id": key, "name": key, "updatedAt": "x"} for key in [*keys, 5, -(2**62)]]
    async with synced_tenant(sync_node, acme, {"things": rows}, source=only_things()) as tenant:
        await tenant.sync()

        assert set(await tenant.live("things")) == {*keys, "5", str(-(2**62))}
        tenant.shelf.remove("things", "🗝", "\u00e9")
        await tenant.sync()
        assert set(await tenant.live("things")) == {*keys, "5", str(-(2**62))} - {"🗝", "\u00e9"}


async def test_rows_may_hold_whatever_json_can_say(sync_node: Node, acme: str) -> None:
    rows = things(3, note="a\x00b", deep={"🗝": [None, True, 1.5, "\ud7ff"]}, big=2**63 - 1)
    async with synced_tenant(sync_node, acme, {"things": rows}, source=only_things()) as tenant:
        await tenant.sync()

        assert await tenant.live("things") == by_id(rows)


async def test_a_cursor_that_leads_back_is_an_error(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node,
        acme,
        {"things": things(35)},
        source=only_things(paging="cursor"),
        paging="cursor",
    ) as tenant:
        result = await tenant.sync()

        assert result.counts["things"].rows == 35


async def test_one_essential_collection_that_fails_lets_the_others_finish(
    sync_node: Node, acme: str
) -> None:
    rows = seeded({"users": 30, "roles": 3, "organizations": 3}, tenant_id=acme)
    async with synced_tenant(sync_node, acme, rows) as tenant:
        tenant.upstream.fail("roles", Status(403), times=None)

        error = await tenant.try_sync()

        assert isinstance(error, SyncError)
        assert error.type == "AUTH_ERROR"
        assert len(await tenant.live("users")) == 30
        assert await tenant.live("roleAssignments") == {}

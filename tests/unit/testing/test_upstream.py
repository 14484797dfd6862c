"""The upstream of the fault lab: what it serves, and that it fails as it is told to."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tenantry.sync.rules import DEFAULT_COLLECTIONS
from tenantry.testing.upstream import (
    DEFAULT_COUNTS,
    FakeUpstream,
    Held,
    Status,
    demo_upstream,
    seeded,
)
from tests.support.sources import all_rows, http_source, opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def get(http: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, Any, str]:
    async with http.get(url, headers=headers) as response:
        body = await response.read()
        value = json.loads(body) if body else None
        return response.status, value, response.headers.get("ETag", "")


def test_rows_are_the_same_every_time() -> None:
    assert seeded() == seeded()
    assert seeded(seed=8) != seeded()
    assert seeded(tenant_id="other")["users"][0]["tenantId"] == "other"


def test_more_of_one_collection_changes_nothing_of_another() -> None:
    few, many = seeded({"users": 10, "roles": 3}), seeded({"users": 20, "roles": 3})

    assert many["roles"] == few["roles"]


def test_the_default_collections_are_those_that_a_source_reads_by_default() -> None:
    assert list(DEFAULT_COUNTS) == [collection.name for collection in DEFAULT_COLLECTIONS]
    for collection in DEFAULT_COLLECTIONS:
        keys = [row[collection.key[0]] for row in seeded()[collection.name]]
        assert len(keys) == len(set(keys)) == DEFAULT_COUNTS[collection.name]


def test_rows_point_at_rows_that_are_there() -> None:
    rows = seeded()
    users = {row["userId"] for row in rows["users"]}
    roles = {row["roleId"] for row in rows["roles"]}
    organizations = {row["orgCode"] for row in rows["organizations"]}

    for row in rows["roleAssignments"]:
        assert row["userId"] in users
        assert row["roleId"] in roles
        assert row["entityId"] in organizations
    for row in rows["organizations"]:
        assert row["parentId"] in {None, *organizations}
    assert {row["entityId"] for row in rows["entityCredits"]} <= organizations


def test_everybody_has_an_address_that_can_belong_to_nobody() -> None:
    emails = [row["email"] for row in seeded()["users"]]

    assert all(email.endswith("@example.com") for email in emails)
    assert len(set(emails)) == len(emails)


async def test_pages_are_numbered_and_counted(http: aiohttp.ClientSession) -> None:
    async with FakeUpstream({"acme": seeded({"users": 120})}) as upstream:
        url = f"{upstream.base_url}/tenants/acme/users?page=3&limit=50"
        status, answer, _ = await get(http, url)

    assert status == 200
    assert answer["success"] is True
    assert answer["pagination"] == {"page": 3, "limit": 50, "total": 120, "totalPages": 3}
    assert [row["userId"] for row in answer["data"]][:2] == ["user-000101", "user-000102"]
    assert len(answer["data"]) == 20


async def test_fifty_rows_are_a_page_and_no_more_than_the_limit(
    http: aiohttp.ClientSession,
) -> None:
    async with FakeUpstream({"acme": seeded({"users": 120})}, max_limit=100) as upstream:
        users = f"{upstream.base_url}/tenants/acme/users"
        assert len((await get(http, users))[1]["data"]) == 50
        assert len((await get(http, f"{users}?limit=5000"))[1]["data"]) == 100
        assert len((await get(http, f"{users}?limit=x&page=0"))[1]["data"]) == 50


async def test_an_etag_changes_with_the_page_that_it_is_of(http: aiohttp.ClientSession) -> None:
    async with FakeUpstream({"acme": seeded()}) as upstream:
        url = f"{upstream.base_url}/tenants/acme/roles"
        _, _, etag = await get(http, url)
        assert await get(http, url, **{"If-None-Match": etag}) == (304, None, etag)

        upstream.shelf().change("roles", "role-000001", priority=100)
        status, _, changed = await get(http, url, **{"If-None-Match": etag})

    assert (status, changed == etag) == (200, False)


async def test_rows_can_be_added_changed_and_removed(http: aiohttp.ClientSession) -> None:
    async with FakeUpstream({"acme": seeded({"roles": 3})}) as upstream:
        shelf = upstream.shelf("acme")
        shelf.add("roles", {"roleId": "role-new"}, at=0)
        shelf.remove("roles", "role-000002")
        changed = shelf.change("roles", "role-000001", roleName="Boss")
        _, answer, _ = await get(http, f"{upstream.base_url}/tenants/acme/roles")

    assert [row["roleId"] for row in answer["data"]] == ["role-new", "role-000001", "role-000003"]
    assert answer["data"][1]["roleName"] == "Boss"
    assert changed["updatedAt"] > seeded()["roles"][0]["updatedAt"]


async def test_faults_happen_as_often_as_they_are_told_to_and_where(
    http: aiohttp.ClientSession,
) -> None:
    async with FakeUpstream({"acme": seeded(), "other": seeded()}) as upstream:
        upstream.fail("users", Status(500), page=1, times=2, tenant="acme")
        statuses = [
            (await get_status(http, f"{upstream.base_url}/tenants/{path}"))
            for path in (
                "other/users",
                "acme/roles",
                "acme/users?page=2",
                "acme/users",
                "acme/users",
                "acme/users",
            )
        ]

    assert statuses == [200, 200, 200, 500, 500, 200]


async def test_a_fault_of_all_collections_can_be_mended(http: aiohttp.ClientSession) -> None:
    async with FakeUpstream({"acme": seeded()}) as upstream:
        upstream.fail("*", Status(503), times=None)
        roles, users = (f"{upstream.base_url}/tenants/acme/{name}" for name in ("roles", "users"))
        assert [await get_status(http, url) for url in (roles, users, users)] == [503, 503, 503]

        upstream.mend()
        assert await get_status(http, users) == 200


async def test_what_was_asked_is_kept_with_its_answer(http: aiohttp.ClientSession) -> None:
    async with FakeUpstream({"acme": seeded()}, bearer="good") as upstream:
        url = f"{upstream.base_url}/tenants/acme/users?page=2"
        await get_status(http, url)
        await get(http, url, Authorization="Bearer good")

    refused, answered = upstream.asked("users")
    assert (refused.status, answered.status) == (401, 200)
    assert answered.headers["authorization"] == "Bearer good"
    assert (answered.tenant_id, answered.collection, answered.page) == ("acme", "users", 2)
    assert upstream.asked(status=401) == [refused]
    upstream.forget()
    assert upstream.requests == []


async def test_a_server_that_is_stopped_lets_nobody_wait(http: aiohttp.ClientSession) -> None:
    upstream = FakeUpstream({"acme": seeded()})
    await upstream.start()
    held = upstream.fail("users", Held())
    await upstream.stop()
    held.release()
    base_url = upstream.base_url

    await upstream.start()
    assert upstream.base_url == base_url
    assert await get_status(http, f"{base_url}/tenants/acme/roles") == 200
    await upstream.stop()


async def test_the_demo_is_a_tenant_that_can_be_read_whole() -> None:
    async with demo_upstream(tenant_id="northwind") as upstream:
        source = http_source(upstream)
        async with opened(source, tenant_id="northwind") as reader:
            counts = {one.name: len(await all_rows(reader, one)) for one in source.collections}

    assert counts == DEFAULT_COUNTS


async def get_status(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url) as response:
        return response.status

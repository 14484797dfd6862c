"""What the setting `sync:source` may say, and how it is told what it may not."""

from typing import Any

import pytest

from tenantry.base.errors import Invalid
from tenantry.sync.model import (
    BearerAuth,
    Collection,
    FilesSource,
    HttpSource,
    ServiceToken,
    ServiceTokenAuth,
    SqlSource,
)
from tenantry.sync.rules import (
    DEFAULT_COLLECTIONS,
    levels,
    parse_source,
)
from tests.support.sources import source_value

HTTP: dict[str, Any] = {"type": "http", "base_url": "https://crm.example.com/api/wrapper"}
SQL: dict[str, Any] = {
    "type": "sql",
    "url": "postgresql+psycopg://reader@db.example.com:5432/crm?sslmode=require",
    "collections": [{"name": "orders", "table": "sales.orders", "key": "id"}],
}
FILES: dict[str, Any] = {
    "type": "files",
    "path": "acme/exports",
    "collections": [{"name": "orders", "file": "orders.jsonl", "key": ["region", "id"]}],
}
TOKEN = {
    "url": "https://login.example.com/oauth/token",
    "client_id": "tenantry",
    "client_secret": "secret:crm-client",
}
SECRET = "sk-live-51H8x"


def refused(value: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse_source(value)
    return caught.value


def of(**fields: Any) -> dict[str, Any]:
    return {**HTTP, **fields}


def with_collection(source: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a source whose first collection has these fields too, without those that are None."""
    changed = {**source["collections"][0], **fields}
    kept = {name: value for name, value in changed.items() if value is not None}
    return {**source, "collections": [kept, *source["collections"][1:]]}


def test_an_http_source_needs_no_more_than_its_address() -> None:
    source = parse_source(HTTP)

    assert source == HttpSource(
        base_url="https://crm.example.com/api/wrapper", collections=DEFAULT_COLLECTIONS
    )


def test_the_default_collections_are_those_of_the_upstream() -> None:
    shown = [
        (one.name, one.phase, one.key, (one.path or "").removeprefix("/tenants/{tenant}"))
        for one in DEFAULT_COLLECTIONS
    ]

    assert shown == [
        ("tenants", "essential", ("tenantId",), ""),
        ("organizations", "essential", ("orgCode",), "/organizations"),
        ("roles", "essential", ("roleId",), "/roles"),
        ("users", "essential", ("userId",), "/users"),
        ("roleAssignments", "essential", ("assignmentId",), "/role-assignments"),
        ("employeeAssignments", "background", ("assignmentId",), "/employee-assignments"),
        ("creditConfigs", "background", ("configId",), "/credit-configs"),
        ("entityCredits", "background", ("entityId",), "/entity-credits"),
    ]
    assert {one.deletes for one in DEFAULT_COLLECTIONS} == {"deactivate"}
    assert [one.name for one in DEFAULT_COLLECTIONS if one.is_single] == ["tenants"]


def test_the_default_set_is_a_source_that_can_be_declared() -> None:
    source = parse_source(HTTP)

    assert parse_source(source_value(source)) == source


def test_role_assignments_come_after_what_they_point_at() -> None:
    first, second = levels(DEFAULT_COLLECTIONS)

    assert [one.name for one in second] == ["roleAssignments"]
    assert {"users", "roles", "organizations"} <= {one.name for one in first}


def test_all_of_an_http_source_is_read() -> None:
    source = parse_source(
        of(
            base_url="http://127.0.0.1:9000/api/",
            auth={"service_token": {**TOKEN, "scope": "sync.read"}},
            page_size=500,
            paging="cursor",
            etag="collection",
            since="updatedSince",
            timeout_seconds=2,
            collections=[{"name": "users", "cursor": "updatedAt"}],
        )
    )

    assert source == HttpSource(
        base_url="http://127.0.0.1:9000/api",
        auth=ServiceTokenAuth(
            service_token=ServiceToken(
                url="https://login.example.com/oauth/token",
                client_id="tenantry",
                client_secret="secret:crm-client",
                scope="sync.read",
            )
        ),
        page_size=500,
        paging="cursor",
        etag="collection",
        since="updatedSince",
        timeout_seconds=2.0,
        collections=(
            Collection(
                name="users",
                phase="essential",
                key=("userId",),
                cursor="updatedAt",
                path="/tenants/{tenant}/users",
            ),
        ),
    )


def test_all_of_a_collection_is_read() -> None:
    source = parse_source(
        of(
            collections=[
                {"name": "users"},
                {
                    "name": "invoices",
                    "phase": "background",
                    "key": ["year", "number"],
                    "cursor": "changedAt",
                    "depends_on": ["users"],
                    "deletes": "keep",
                    "schema": {"type": "object"},
                    "path": "/tenants/{tenant}/billing/invoices",
                },
                {"name": "plan", "key": "id", "path": "/plan", "is_single": True},
            ]
        )
    )

    assert source.collections[1:] == (
        Collection(
            name="invoices",
            phase="background",
            key=("year", "number"),
            cursor="changedAt",
            depends_on=("users",),
            deletes="keep",
            schema={"type": "object"},
            path="/tenants/{tenant}/billing/invoices",
        ),
        Collection(name="plan", phase="background", key=("id",), path="/plan", is_single=True),
    )


def test_a_known_collection_says_only_what_is_otherwise() -> None:
    source = parse_source(
        of(collections=[{"name": "users", "deletes": "keep"}, {"name": "roleAssignments"}])
    )

    users, assignments = source.collections
    assert (users.deletes, users.phase, users.key) == ("keep", "essential", ("userId",))
    # Of what it depends on by default, only users are there.
    assert assignments.depends_on == ("users",)


def test_a_sql_source_is_read() -> None:
    source = parse_source(
        {
            **SQL,
            "url": "secret:crm-database",
            "collections": [
                {"name": "users", "table": "users", "key": "id", "cursor": "changed_at"},
                {"name": "sums", "query": "SELECT id, 1 AS one FROM t;\n", "key": "id"},
            ],
        }
    )

    assert source == SqlSource(
        url="secret:crm-database",
        collections=(
            Collection(
                name="users", phase="essential", key=("id",), cursor="changed_at", table="users"
            ),
            Collection(
                name="sums", phase="background", key=("id",), query="SELECT id, 1 AS one FROM t"
            ),
        ),
    )


def test_a_files_source_is_read() -> None:
    assert parse_source(FILES) == FilesSource(
        path="acme/exports",
        collections=(
            Collection(
                name="orders", phase="background", key=("region", "id"), file="orders.jsonl"
            ),
        ),
    )


def test_a_bearer_is_kept_as_the_reference_that_it_is() -> None:
    source = parse_source(of(auth={"bearer": "secret:crm-token"}))

    assert isinstance(source, HttpSource)
    assert source.auth == BearerAuth(bearer="secret:crm-token")
    assert source_value(source)["auth"] == {"bearer": "secret:crm-token"}


@pytest.mark.parametrize(
    "value, field, told",
    [
        ([], "source", "got a list, wants an object"),
        (None, "source", "got null"),
        ({}, "type", "is missing, wants http or sql or files"),
        ({"type": "ftp"}, "type", 'got "ftp", wants http or sql or files'),
        ({"type": True}, "type", "got true or false"),
        ({"type": "http"}, "base_url", "is missing"),
        (of(base_url=7), "base_url", "got what is no text"),
        (of(base_url=""), "base_url", "got 0 characters"),
        (of(base_url="ftp://x"), "base_url", 'got "ftp://x"'),
        (of(base_url="crm.example.com"), "base_url", "wants an http or https URL"),
        (of(base_url="https:///x"), "base_url", "without a host"),
        (of(base_url="http://[::1"), "base_url", "what is no URL"),
        (of(base_url="http://x:99999"), "base_url", "what is no URL"),
        (of(base_url="http://x/?a=1"), "base_url", "a query or a fragment"),
        (of(base_url="http://x/#a"), "base_url", "a query or a fragment"),
        (of(base_url="http://x y/"), "base_url", "blanks"),
        (of(base_url="http://" + "x" * 2100), "base_url", "got 2107 characters"),
        (of(auth=[]), "auth", "got a list"),
        (of(auth={}), "auth", "wants either"),
        (of(auth={"basic": "x"}), "auth", "wants either"),
        (of(auth={"bearer": "secret:a", "service_token": TOKEN}), "auth", "wants either"),
        (of(auth={"bearer": "secret:a", "user": 1}), "auth.user", "there is no such field"),
        (of(auth={"bearer": "secret:"}), "auth.bearer", "got 0 characters"),
        (of(auth={"bearer": "secret:a/b"}), "auth.bearer", "a name with / in it"),
        (of(auth={"bearer": 7}), "auth.bearer", "got what is no text"),
        (of(auth={"service_token": []}), "auth.service_token", "got a list"),
        (of(auth={"service_token": {}}), "auth.service_token.url", "is missing"),
        (
            of(auth={"service_token": {**TOKEN, "url": "x"}}),
            "auth.service_token.url",
            "wants an http",
        ),
        (
            of(auth={"service_token": {**TOKEN, "secret": "x"}}),
            "auth.service_token.secret",
            "there is no such field",
        ),
        (of(page_size=0), "page_size", "got 0, wants a whole number from 1 to 1000"),
        (of(page_size=1001), "page_size", "got 1001"),
        (of(page_size=True), "page_size", "got true or false"),
        (of(page_size=1.5), "page_size", "got 1.5"),
        (of(page_size="100"), "page_size", 'got "100"'),
        (of(paging="offset"), "paging", 'got "offset", wants page or cursor'),
        (of(etag=None), "etag", "got null, wants page or collection"),
        (of(timeout_seconds=0), "timeout_seconds", "got 0, wants a number from 0.1 to 600"),
        (of(timeout_seconds=float("nan")), "timeout_seconds", "got nan"),
        (of(timeout_seconds=float("inf")), "timeout_seconds", "got inf"),
        (of(since="updatedSince"), "since", "wants a collection with a cursor"),
        (of(since="a b"), "since", "wants the name of a query parameter"),
        (of(since="page"), "since", "not page, limit or cursor"),
        (of(pagesize=3), "pagesize", "there is no such field, wants page_size"),
        (of(collections={}), "collections", "got an object"),
        (of(collections=[]), "collections", "got 0 items, wants a list of 1 to 100"),
        (of(collections=[{"name": "users"}] * 101), "collections", "got 101 items"),
        (of(collections=["users"]), "collections[0]", 'got "users", wants an object'),
        (of(collections=[{}]), "collections[0].name", "is missing"),
        (of(collections=[{"name": "9"}]), "collections[0].name", 'got "9"'),
        (of(collections=[{"name": "a" * 64}]), "collections[0].name", "got 64 characters"),
        (of(collections=[{"name": "x", "path": "/x"}]), "collections[0].key", "is missing"),
        (of(collections=[{"name": "x", "key": "id"}]), "collections[0].path", "is missing"),
        (
            of(collections=[{"name": "users"}, {"name": "users"}]),
            "collections[1].name",
            "it is collections[0] already",
        ),
        (
            of(collections=[{"name": "users", "depends_on": ["roles"]}]),
            "collections[0].depends_on[0]",
            'got "roles", wants one of users',
        ),
        (
            of(collections=[{"name": "users", "depends_on": ["users"]}]),
            "collections[0].depends_on",
            "got users > users",
        ),
        (
            of(
                collections=[
                    {"name": "roles", "depends_on": ["users"]},
                    {"name": "users", "depends_on": ["roles"]},
                ]
            ),
            "collections[0].depends_on",
            "got roles > users > roles, wants no collection that depends on itself",
        ),
        (
            of(
                collections=[
                    {"name": "creditConfigs"},
                    {"name": "users", "depends_on": ["creditConfigs"]},
                ]
            ),
            "collections[1].depends_on[0]",
            "wants an essential collection",
        ),
        ({"type": "sql"}, "url", "is missing"),
        ({**SQL, "collections": []}, "collections", "got 0 items"),
        ({"type": "sql", "url": SQL["url"]}, "collections", "is missing"),
        ({**SQL, "url": "db.example.com"}, "url", "neither a URL nor a reference"),
        ({**SQL, "base_url": "http://x"}, "base_url", "there is no such field"),
        ({**SQL, "page_size": 10_001}, "page_size", "got 10001"),
        ({"type": "files", "path": "acme"}, "collections", "is missing"),
        ({**FILES, "timeout_seconds": 3}, "timeout_seconds", "there is no such field"),
    ],
)
def test_what_is_wrong_is_told_with_its_whole_path(value: Any, field: str, told: str) -> None:
    error = refused(value)

    assert error.message.startswith(f"{field}: ")
    assert told in error.message
    assert error.details is not None
    assert error.details["field"] == field


@pytest.mark.parametrize(
    "source, fields, field, told",
    [
        (SQL, {"table": None}, "table", "both or neither"),
        (SQL, {"query": "SELECT 1"}, "table", "both or neither"),
        (SQL, {"table": "orders; DROP TABLE x"}, "table", "wants a table"),
        (SQL, {"table": "a.b.c.d"}, "table", "wants a table"),
        (SQL, {"table": 'orders"'}, "table", "wants a table"),
        (SQL, {"table": None, "query": "DELETE FROM x"}, "query", "begins with neither"),
        (SQL, {"table": None, "query": 7}, "query", "got 7"),
        (SQL, {"path": "/x"}, "path", "there is no such field"),
        (SQL, {"is_single": True}, "is_single", "there is no such field"),
        (SQL, {"key": []}, "key", "got 0 fields"),
        (SQL, {"key": ["a"] * 9}, "key", "got 9 fields"),
        (SQL, {"key": ["a", "a"]}, "key[1]", "each field once"),
        (SQL, {"key": ["a", 1]}, "key[1]", "got 1"),
        (SQL, {"key": ""}, "key[0]", "got 0 characters"),
        (SQL, {"key": "a\nb"}, "key[0]", "cannot be printed"),
        (SQL, {"key": {}}, "key", "got an object"),
        (SQL, {"cursor": "x" * 129}, "cursor", "got 129 characters"),
        (SQL, {"phase": "later"}, "phase", "wants essential or background"),
        (SQL, {"deletes": "remove"}, "deletes", "wants deactivate or keep"),
        (SQL, {"schema": []}, "schema", "got a list"),
        (SQL, {"schema": {"a": "x" * 70_000}}, "schema", "at most 65536 bytes"),
        (SQL, {"schema": {"a": object()}}, "schema", "what JSON cannot say"),
        (SQL, {"depends_on": "users"}, "depends_on", 'got "users"'),
        (SQL, {"depends_on": [7]}, "depends_on[0]", "got 7"),
        (FILES, {"file": "orders.xml"}, "file", "ends in .jsonl, .csv, .parquet"),
        (FILES, {"file": "../orders.csv"}, "file", "wants a file within"),
        (FILES, {"file": "/etc/orders.csv"}, "file", "wants a file within"),
        (FILES, {"file": None}, "file", "is missing"),
    ],
)
def test_what_is_wrong_with_a_collection_is_told_with_its_whole_path(
    source: dict[str, Any], fields: dict[str, Any], field: str, told: str
) -> None:
    error = refused(with_collection(source, **fields))

    assert error.message.startswith(f"collections[0].{field}: ")
    assert told in error.message


@pytest.mark.parametrize(
    "path", ["", "/etc", "~/x", "../x", "a/../b", "a//b", "a/", "./a", "a\\b", "c:x", "a\0b"]
)
def test_a_path_that_leaves_its_folder_is_refused(path: str) -> None:
    assert refused({**FILES, "path": path}).message.startswith("path: ")


@pytest.mark.parametrize(
    "path", ["x", "/../x", "/a/../b", "/a//b", "/a?x=1", "/a#b", "/{other}", "/a b", "/a/", "/ä"]
)
def test_a_url_path_that_is_none_is_refused(path: str) -> None:
    error = refused(of(collections=[{"name": "users", "path": path}]))

    assert error.message.startswith("collections[0].path: ")


@pytest.mark.parametrize(
    "value",
    [
        of(auth={"bearer": SECRET}),
        of(auth={"service_token": {**TOKEN, "client_secret": SECRET}}),
        of(base_url=f"https://user:{SECRET}@crm.example.com"),
        of(base_url=f"https://crm.example.com/?token={SECRET}"),
        {**SQL, "url": f"postgresql://reader:{SECRET}@db.example.com/crm"},
        {**SQL, "url": f"postgresql://db.example.com/crm?password={SECRET}"},
        {**SQL, "url": SECRET},
        {**SQL, "url": f"postgresql://reader:{SECRET}@[db/crm"},
    ],
)
def test_a_secret_that_stands_where_a_reference_belongs_is_refused_and_not_told(
    value: Any,
) -> None:
    error = refused(value)

    assert SECRET not in error.message
    assert SECRET not in str(error.details)


def test_who_writes_a_token_into_a_source_is_told_how_to_store_it() -> None:
    error = refused(of(auth={"bearer": SECRET}))

    assert "tenantry config set crm-token --secret" in error.message


def test_levels_keep_the_order_of_collections_within_each() -> None:
    def named(name: str, *depends_on: str) -> Collection:
        return Collection(name=name, phase="background", key=("id",), depends_on=depends_on)

    one, two, three, four = named("d", "c"), named("b"), named("c", "b", "a"), named("a")

    assert levels([one, two, three, four]) == ((two, four), (three,), (one,))
    assert levels([]) == ()
    # What it depends on is of another phase, and done.
    assert levels([one]) == ((one,),)

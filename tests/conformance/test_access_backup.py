"""People, memberships and API keys in a backup, on each database and from one to the other."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tenantry.db import Database, System, Transaction, open_database
from tenantry.operations import restore, store
from tenantry.operations.model import (
    ApiKeyPage,
    EventPage,
    MemberPage,
    RestoreReport,
    UserPage,
)
from tenantry.operations.service.archive import read_archive
from tenantry.testing import FakeClock
from tests.conformance.spine import Gate
from tests.support.nodes import Node, running_node
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

TEST = System("test")
PASSWORD = "correct horse battery staple"

Json = dict[str, object]

# What every other table of the schema is to a backup.
LEFT_OUT = {
    "allowances": "tokens of the present minute",
    "breaker_overrides": "laid upon breakers of these nodes",
    "checkpoints": "built again, with the rows they speak of",
    "clients": "a copy of what the streams of clients say, made again when it is missed",
    "leases": "held by nodes that are there now",
    "log_head": "set by the last event",
    "schedule_firings": "what these nodes have run, and what of it is not over",
    "schedule_marks": "how far these nodes have come: what is restored begins anew",
    "schema_migrations": "made by migrating",
    "sessions": "nobody is logged in where a backup is restored",
    "snapshot_chunks": "built again",
    "snapshots": "built again",
    **dict.fromkeys(
        (
            "sync_collections",
            "sync_pages",
            "sync_runs",
            "sync_tenants",
            "sync_timeline",
            "synced_rows",
        ),
        "a copy of what sources have, fetched anew at the next login, and how that went",
    ),
    **dict.fromkeys(
        (
            "business_record_activities",
            "business_records",
            "customers",
            "equipment",
            "service_ticket_updates",
            "service_tickets",
            "technicians",
            "updater_changes",
            "updater_logs",
            "updater_removed",
            "updater_runs",
            "updater_worlds",
        ),
        "made up for a sandbox, and made again by a backfill",
    ),
    **dict.fromkeys(
        (
            "collector_author_hours",
            "collector_covered",
            "collector_cursors",
            "collector_dead_letters",
            "collector_engagement",
            "collector_figures",
            "collector_followed",
            "collector_follows",
            "collector_found",
            "collector_frontier",
            "collector_gaps",
            "collector_hashtags",
            "collector_hours",
            "collector_likes",
            "collector_links",
            "collector_media",
            "collector_mentions",
            "collector_paces",
            "collector_posts",
            "collector_pulses",
            "collector_records",
            "collector_reposts",
            "collector_runs",
            "collector_switches",
            "collector_users",
        ),
        "a copy of what the network publishes, in a file of its own on SQLite",
    ),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.backup"


@pytest.fixture
def targets(tmp_path: Path, postgres: Postgres) -> Iterator[list[str]]:
    """The URLs of an empty database of each kind."""
    with postgres.fresh_database() as url:
        yield [f"sqlite:///{tmp_path / 'restored.db'}", url]


async def test_who_was_let_in_before_is_let_in_where_it_was_restored_and_nobody_else(
    node: Node, file: Path, targets: list[str], tmp_path: Path, clock: FakeClock
) -> None:
    await _fill(node)
    kept = await _make(node, "acme", "keys", name="kept", role="viewer")
    revoked = await _make(node, "acme", "keys", name="revoked", role="viewer")
    answer = await node.http.delete(f"/api/tenants/acme/keys/{revoked['id']}")
    assert answer.status_code == 204
    session = await _log_in(node, "ada@example.com")
    await _back_up(node, file)

    for number, url in enumerate(targets):
        report = await _restore(url, file)

        assert report.is_intact, report
        assert (report.user_count, report.member_count, report.api_key_count) == (3, 4, 1)
        folder = tmp_path / str(number)
        async with running_node(url=url, folder=folder, clock=clock) as restored:
            assert await _status(restored, str(kept["key"])) == 200
            assert await _status(restored, str(revoked["key"])) == 401
            # Whoever was logged in before must log in again.
            assert await _status(restored, session) == 401
            again = await _log_in(restored, "ada@example.com")
            assert await _status(restored, again) == 200
            assert await _people(restored) == await _people(node)


async def test_access_goes_on_where_it_was_restored(
    node: Node, file: Path, targets: list[str], tmp_path: Path, clock: FakeClock
) -> None:
    await _fill(node)
    await _back_up(node, file)

    for number, url in enumerate(targets):
        await _restore(url, file)
        folder = tmp_path / str(number)
        async with running_node(url=url, folder=folder, clock=clock) as restored:
            (ada, *_) = await _people(restored)
            path = f"/api/tenants/acme/users/{ada['id']}"
            changed = await restored.http.patch(path, json={"role": "admin"})
            taken = await restored.http.post(
                "/api/tenants/acme/users", json={"email": "ADA@example.com"}
            )

            assert changed.json()["data"]["role"] == "admin"
            assert (taken.status_code, taken.json()["error"]["code"]) == (409, "member_exists")


async def test_everybody_comes_back_where_they_are_many(
    node: Node, file: Path, targets: list[str]
) -> None:
    """Several pages of each table, with ids that sort otherwise in some languages."""
    await _fill(node)
    await node.app.database.write(TEST, _multiply, 4_100)
    before = await node.app.database.read(TEST, _rows)
    await _back_up(node, file)

    for url in targets:
        report = await _restore(url, file)

        assert (report.user_count, report.member_count, report.api_key_count) == (4_103, 4_104, 1)
        async with _opened(url) as database:
            assert await database.read(TEST, _rows) == before


async def test_rows_are_those_of_the_head_whatever_happens_between(node: Node) -> None:
    await _fill(node)
    gate = Gate()

    def unit(tx: Transaction) -> tuple[int, list[str]]:
        head = store.read_head(tx)
        gate.pass_through(tx)
        return head.position, [
            row[1]
            for page in store.read_changing(tx)
            if isinstance(page, UserPage)
            for row in page.rows
        ]

    reading = asyncio.create_task(node.app.database.read(TEST, unit))
    await asyncio.to_thread(gate.entered.wait)
    before = (await node.log.head()).position
    await _make(node, "acme", "users", email="late@example.com")
    gate.open()
    position, people = await reading

    assert position == before
    assert sorted(people) == ["ada@example.com", "eve@example.com", "root@example.com"]


async def test_every_backup_under_load_has_the_rows_that_its_events_tell_of(
    node: Node, file: Path
) -> None:
    await _fill(node)
    done: list[int] = []

    async def come_and_go(writer: int) -> None:
        for turn in itertools.count():
            email = f"u{writer}-{turn % 3}@example.com"
            tenant = ("acme", "globex")[turn % 2]
            answer = await node.http.post(f"/api/tenants/{tenant}/users", json={"email": email})
            assert answer.status_code in {200, 201, 409}, answer.text
            key = await _make(node, tenant, "keys", name="k", role="viewer")
            if turn % 2:
                await node.http.delete(f"/api/tenants/{tenant}/keys/{key['id']}")
                user = answer.json().get("data") or answer.json()["error"]["details"]
                await node.http.delete(
                    f"/api/tenants/{tenant}/users/{user.get('id') or user['user']}"
                )
            done.append(writer)

    writers = [asyncio.create_task(come_and_go(writer)) for writer in range(4)]
    try:
        for _ in range(8):
            before = len(done)
            await eventually(lambda: len(done) >= before + 3)  # noqa: B023 - it is asked in this round
            await _back_up(node, file)
            _assert_agrees(file)
    finally:
        for writer in writers:
            writer.cancel()
        outcomes = await asyncio.gather(*writers, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}, outcomes


async def test_every_table_is_in_a_backup_or_left_out_on_purpose(database: Database) -> None:
    """Whoever adds a table decides which, and names its columns in their order."""
    in_backup = dict(store.TABLES.values())
    present = await database.read(TEST, _columns)

    assert set(present) == set(in_backup) | set(LEFT_OUT)
    for table, columns in in_backup.items():
        assert present[table] == columns


async def _fill(node: Node) -> None:
    """Make two tenants with a shared user, and somebody of every tenant together."""
    for tenant in ("acme", "globex"):
        answer = await node.http.post("/api/tenants", json={"id": tenant, "name": tenant})
        assert answer.status_code == 201, answer.text
    await _make(
        node,
        "acme",
        "users",
        email="ada@example.com",
        username="ada-🎉",
        first_name="Ada",
        last_name="Größe",
        password=PASSWORD,
        role="editor",
        applications=[{"client_key": "shop", "roles": ["ADMIN"]}],
    )
    await _make(node, "acme", "users", email="eve@example.com")
    await _make(node, "globex", "users", email="ada@example.com", role="viewer")
    await _make(node, "*", "users", email="root@example.com", password=PASSWORD, role="root")


async def _make(node: Node, tenant: str, kind: str, **fields: object) -> Json:
    answer = await node.http.post(f"/api/tenants/{tenant}/{kind}", json=fields)
    assert answer.status_code in {200, 201}, answer.text
    made: Json = answer.json()["data"]
    return made


async def _log_in(node: Node, email: str) -> str:
    wanted = {"email": email, "password": PASSWORD, "tenant": "acme"}
    answer = await node.http.post("/api/auth/login", json=wanted)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["data"]["token"]
    return token


async def _status(node: Node, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await node.http.get("/api/tenants/acme", headers=headers)).status_code


async def _people(node: Node) -> list[Json]:
    answer = await node.http.get("/api/tenants/acme/users")
    people: list[Json] = answer.json()["data"]["items"]
    return people


async def _back_up(node: Node, file: Path) -> None:
    async with node.http.stream("GET", "/api/backup") as answer:
        assert answer.status_code == 200
        with file.open("wb") as target:
            async for chunk in answer.aiter_bytes():
                target.write(chunk)


async def _restore(url: str, file: Path) -> RestoreReport:
    async with _opened(url) as database:
        return await restore(database, file, clock=FakeClock())


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()


def _assert_agrees(file: Path) -> None:
    """Fail unless the rows in a backup are those that the events in it tell of."""
    told: dict[str, set[tuple[str, str]]] = {"member": set(), "key": set()}
    rows: dict[type, set[tuple[str, str]]] = {MemberPage: set(), ApiKeyPage: set()}
    people: set[str] = set()
    for record in read_archive(file):
        if isinstance(record, EventPage):
            for _, tenant, _, _, type_, data, *_ in record.rows:
                _tell(told, tenant, type_, data)
        elif isinstance(record, MemberPage | ApiKeyPage):
            rows[type(record)] |= {(row[0], row[1]) for row in record.rows}
        elif isinstance(record, UserPage):
            people |= {row[0] for row in record.rows}

    assert rows == {MemberPage: told["member"], ApiKeyPage: told["key"]}
    assert people == {user_id for _, user_id in told["member"]}


def _tell(told: dict[str, set[tuple[str, str]]], tenant: str, type_: str, data: bytes) -> None:
    kind, _, what = type_.removeprefix("tenants.").removesuffix(".v1").partition("_")
    if kind not in told:
        return
    event = msgspec.json.decode(data)
    one = (tenant, event["user_id" if kind == "member" else "key_id"])
    if what in {"set", "created"}:
        told[kind].add(one)
    else:
        told[kind].remove(one)


def _multiply(tx: Transaction, count: int) -> None:
    """Make many people out of one, and a key."""
    mark = "?" if tx.dialect == "sqlite" else "%s"
    for number in range(count):
        # Upper and lower case, hyphens and what is beyond ASCII, which collations order at will.
        user_id = f"{'aBzÄ-'[number % 5]}{'-' * (number % 3)}{number}"
        tx.connection.execute(
            f"INSERT INTO users SELECT {mark}, email || {mark}, email_key || {mark}, NULL, NULL, "
            "first_name, last_name, password_hash, owner_tenant, created_at, updated_at "
            "FROM users WHERE email = 'eve@example.com'",
            (user_id, str(number), str(number)),
        )
        tx.connection.execute(
            f"INSERT INTO members VALUES ('acme', {mark}, NULL, '[]', 1)", (user_id,)
        )
    digest = "zeroblob(32)" if tx.dialect == "sqlite" else "decode(repeat('00', 32), 'hex')"
    tx.connection.execute(
        f"INSERT INTO api_keys VALUES ('acme', 'k', 'n', 'admin', {digest}, 1, 'root', 2, 3)"
    )


def _rows(tx: Transaction) -> list[list[tuple[object, ...]]]:
    return [
        sorted(map(tuple, tx.connection.execute(f"SELECT * FROM {table}")), key=repr)
        for table in ("users", "members", "api_keys")
    ]


def _columns(tx: Transaction) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table there is."""
    if tx.dialect == "sqlite":
        rows = tx.connection.execute(
            "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
        )
    else:
        rows = tx.connection.execute(
            "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 "
            "AND NOT attisdropped ORDER BY relname, attnum"
        )
    found: dict[str, tuple[str, ...]] = {}
    for table, column in rows:
        found[table] = (*found.get(table, ()), column)
    return found

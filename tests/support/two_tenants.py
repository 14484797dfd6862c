"""A database on which two tenants, and one person who is a user of both, have left everything."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

from tests.support import two_collected, two_living, two_scheduled, two_strategies, two_synced
from tests.support.callers import Caller, add_key, add_tenant, add_user, log_in
from tests.support.nodes import Node
from tests.support.statements import Statement

ACME = "acme"
GLOBEX = "globex"
SHARED_EMAIL = "sam@both.example"

TABLES = (
    "events",
    "appends",
    "data_keys",
    "members",
    "api_keys",
    "sessions",
    "users",
    "clients",
    *two_scheduled.TABLES,
    *two_synced.TABLES,
    *two_living.TABLES,
    *two_collected.TABLES,
    *two_strategies.TABLES,
)
"""What holds rows of tenants; a test compares it with the database."""

Rows = Counter[tuple[Any, ...]]
Dump = dict[str, Rows]

_AFTER_ALL = 2**62
# Numbers that the database gives are not given twice, though what took them is undone.
_ROWS = {
    "sync_timeline": "SELECT tenant_id, correlation_id, at, kind, collection, details"
    " FROM sync_timeline",
    "updater_logs": "SELECT tenant_id, at, level, message, data, node FROM updater_logs",
}
_LAST = "\U0010ffff"


async def fill(node: Node) -> None:
    """Fill the database of `node` through its own routes, globex last and with more."""
    root = Caller(node)
    await root.told("POST", "/api/tenants/*/keys", {"name": "k", "role": "root"})
    await root.told("PUT", "/config/shared", {"value": 1}, X_Tenant_ID="global")
    for tenant_id in (ACME, GLOBEX):
        await add_tenant(node, tenant_id, origins=[f"https://{tenant_id}.example"])
        await add_user(node, tenant_id, f"ann@{tenant_id}.example", username=f"ann-{tenant_id}")
        await add_user(node, tenant_id, SHARED_EMAIL, username="sam")
        await log_in(node, f"ann@{tenant_id}.example")
        await log_in(node, SHARED_EMAIL, tenant=tenant_id)
        await add_key(node, tenant_id)
    for tenant_id, count in ((ACME, 1), (GLOBEX, 2)):
        named = {"X_Tenant_ID": tenant_id, "Idempotency_Key": "same"}
        for n in range(count):
            await root.told("PUT", "/config/a", {"value": n}, **named)
            named.pop("Idempotency_Key", None)
        await root.told("PUT", "/config/s", {"value": "hush", "secret": True}, **named)
        await root.told("PUT", "/config/b/schema", {"type": "string"}, **named)
        shop = {"key": "shop", "name": tenant_id, "routes": [{"path": f"/{tenant_id}"}]}
        await root.told("POST", "/api/clients/apply", {"configs": [shop]}, X_Tenant_ID=tenant_id)
        await two_synced.fill_synced(node, tenant_id)
        await two_scheduled.fill_scheduled(node, tenant_id)
        await two_living.fill_living(node, tenant_id)
        await two_collected.fill_collected(node, tenant_id)
        await two_strategies.fill_strategies(node, tenant_id)
    # The last event is globex's, and whoever takes the last of what was meant for acme gets it.
    await root.told("PUT", "/config/a", {"value": 9}, X_Tenant_ID=GLOBEX)


class Bindings:
    """Finds what statements may be called with, in the rows that are there."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def of(self, statement: Statement, tenant_id: str) -> Iterator[dict[str, Any]]:
        """Yield what to call a statement with so that rows of this tenant answer it, or could."""
        users = self._values("SELECT user_id FROM members WHERE tenant_id = '{}'", tenant_id)
        for user_id in users:
            values = self._values_of(tenant_id, user_id)
            for after, now in ((0, 0), (self._last_of_acme(), _AFTER_ALL)):
                values |= {"after": after, "now_us": now}
                values |= two_synced.synced_values(statement, tenant_id)
                values |= two_scheduled.scheduled_values(statement, tenant_id)
                values |= two_living.living_values(statement, tenant_id)
                values |= two_collected.collected_values(statement, tenant_id)
                values |= two_strategies.strategy_values(statement, tenant_id)
                yield {name: _shaped(statement, name, values) for name in statement.parameters}

    def _values_of(self, tenant_id: str, user_id: str) -> dict[str, Any]:
        def one(query: str) -> Any:
            return self._values(query, tenant_id)[0]

        (email_key,) = self._values("SELECT email_key FROM users WHERE user_id = '{}'", user_id)
        (key_id,) = self._values("SELECT key_id FROM api_keys WHERE tenant_id = '{}'", tenant_id)
        session_id = self._values(
            "SELECT session_id FROM sessions WHERE user_id = '{}' ORDER BY tenant_id = '"
            + tenant_id
            + "' DESC",
            user_id,
        )[0]
        position = one("SELECT max(position) FROM events WHERE tenant_id = '{}'")
        (stream,) = self._values(
            "SELECT stream FROM events WHERE type LIKE '%value_set%' GROUP BY stream "
            "HAVING count(DISTINCT tenant_id) = 2 AND count(*) = 4",
            "",
        )
        (owner,) = self._values(
            "SELECT owner FROM data_keys GROUP BY owner HAVING count(*) = 2", ""
        )
        password_hash = self._values(
            "SELECT password_hash FROM users WHERE user_id = '{}'", user_id
        )[0]
        return {
            # Whose, of what is alike.
            "tenant_id": tenant_id, "user_id": user_id, "email_key": email_key,
            "username_key": f"ann-{tenant_id}" if "ann@" in email_key else "sam",
            "key_id": key_id, "session_id": session_id, "position": position,
            "stream": stream, "owner": owner, "key": "same", "password_hash": password_hash,
            "owner_tenant": tenant_id,
            # All there is.
            "limit": 1_000, "row_limit": 1_000, "positions": 1_000,
            "max_bytes": 10_000, "byte_limit": 2**40, "start": "", "until": 2**40,
            "other_tenant_id": "nobody", "any_tenant": False, "created_at": 0,
            # What is new.
            "name": "new", "role": "viewer", "applications": "[]", "source": "test",
            "email": "new@new.example", "username": None, "first_name": "New", "last_name": None,
            "expires_at": _AFTER_ALL, "updated_at": 1, "last_used_at": _AFTER_ALL,
            "client_key": "shop", "prefix": "sync:", "state": b"{}", "users": "{}",
            "created_by": "root", "secret_hash": bytes(32), "type": "tests.new.v1",
            "data": b"{}", "metadata": b"{}", "recorded_at": 1, "hash": bytes(32), "version": 99,
            "request_digest": b"d", "first_position": 1, "last_position": 1, "wrapped": b"w",
            "master_fingerprint": "f", "tenant_ids": tenant_id, "owners": owner,
            # A request to append one event to one stream.
            "request_tenants": tenant_id, "request_keys": "fresh", "request_digests": b"d",
            "request_expiries": _AFTER_ALL, "rest_requests": (), "rest_bases": (),
            "request_afters": None, "request_change_tenants": None, "request_change_starts": None,
            "request_change_untils": None, "stream_requests": 1, "stream_tenants": tenant_id,
            "stream_names": "fresh", "stream_expectations": -1, "event_streams": 1,
            "event_types": "tests.new.v1", "event_data": b"{}", "event_metadata": b"{}",
        }  # fmt: skip

    def _last_of_acme(self) -> int:
        (position,) = self._values("SELECT max(position) FROM events WHERE tenant_id = '{}'", ACME)
        return int(position)

    def _values(self, query: str, given: str) -> list[Any]:
        text = query.replace("{}", given)
        return [value for (value,) in self._connection.execute(text).fetchall()]


def _shaped(statement: Statement, name: str, values: dict[str, Any]) -> Any:
    """Return the value in the form in which this statement takes it."""
    assert name in values, f"{statement.name} takes {name}: say here what to give it"
    value = values[name]
    if statement.verb == "INSERT" and name in {"key_id", "session_id"}:
        # As it would be made: one that nobody has.
        value = bytes(8) if "data_keys" in statement.sql else "fresh"
    if name == "until" and "start" in statement.parameters:
        return _LAST
    if re.search(rf"%\({name}\)s::\w+\[\]", statement.sql):
        return list(value) if isinstance(value, tuple) else [value]
    return value


def dump(connection: Any) -> Dump:
    """Return all rows of tenants that can be seen."""
    if isinstance(connection, psycopg.Connection):
        return _dumped_at_once(connection)
    return {table: Counter(map(tuple, connection.execute(_rows_of(table)))) for table in TABLES}


def _dumped_at_once(connection: psycopg.Connection[Any]) -> Dump:
    # A message for each table would be most of the time of who looks often.
    cursor = connection.execute(";".join(map(_rows_of, TABLES)).encode())
    found = {}
    for table in TABLES:
        found[table] = Counter(map(tuple, cursor.fetchall()))
        cursor.nextset()
    return found


def _rows_of(table: str) -> str:
    return _ROWS.get(table) or f"SELECT * FROM {table}"


def keep_acme_alone(connection: Any) -> None:
    """Delete the rows of everybody else; triggers and foreign keys must be off."""
    deletes = [
        f"DELETE FROM {each} WHERE tenant_id <> '{ACME}'" for each in TABLES if each != "users"
    ]
    deletes.append("DELETE FROM users WHERE user_id NOT IN (SELECT user_id FROM members)")
    connection.execute(";".join(deletes))


class Outcome(NamedTuple):
    """What a statement did: its rows or the error, and what the tables hold after it."""

    rows: Rows | str
    after: Dump

    @property
    def failed(self) -> bool:
        """Whether it ended in an error."""
        return isinstance(self.rows, str)

    @property
    def is_refused(self) -> bool:
        """Whether the role has no right to it."""
        return self.rows == "InsufficientPrivilege"

"""Two tenants on one node, each of whom says nothing but what can be told from all else."""

import secrets
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import msgspec

from tenantry.db import Tenant as TenantScope
from tenantry.db import Transaction
from tenantry.testing.upstream import FakeUpstream
from tests.support import two_synced
from tests.support.callers import Caller, add_tenant, add_user, holder_of_key, log_in
from tests.support.nodes import Journal, Node
from tests.support.syncs import only_things
from tests.support.watching import Watch, watching

# Of a shared person the policies let both tenants see the row; what of it is shown is a rule's.
_COLUMNS = {
    "events": "*",
    "appends": "*",
    "data_keys": "*",
    "members": "*",
    "api_keys": "tenant_id, key_id, name, role, created_at, created_by, expires_at",
    "sessions": "tenant_id, session_id, user_id, source",
    "users": "user_id, email, email_key, owner_tenant, CASE WHEN owner_tenant = '{}' THEN"
    " concat_ws(' ', username, first_name, last_name) END",
    **dict.fromkeys(two_synced.TABLES, "*"),
}


class Side:
    """One tenant: what it says, who it is, and what it has been told."""

    def __init__(self, node: Node, tenant_id: str) -> None:
        self.node = node
        self.tenant_id = tenant_id
        self.said = f"said{secrets.token_hex(5)}"
        self.person = f"pers{secrets.token_hex(5)}"
        self.secret = f"hush{secrets.token_hex(5)}"
        self.password = f"pass{secrets.token_hex(5)}"
        self.ids: set[str] = set()
        self.tokens: set[str] = set()
        self.users: list[str] = []
        self.keys: list[str] = []
        self.cursors: list[str] = []
        self.callers: list[Caller] = []
        self.told: list[str] = []
        self.count = 0

    @property
    def marks(self) -> set[str]:
        """What nobody else ever reads: words of its own, and who belongs to it."""
        return {self.said, self.person, self.secret, self.password, *self.ids, *self.tokens}

    def word(self) -> str:
        """Say something that was never said before."""
        self.count += 1
        return f"{self.said}-{self.count}"

    def name(self) -> str:
        """Name a person as nobody was ever named."""
        self.count += 1
        return f"{self.person}-{self.count}"

    def mail(self) -> str:
        """Make up an address."""
        return f"{self.name()}@one.example"

    async def begin(self) -> None:
        """Make the tenant, with an admin who has a session and a key."""
        await add_tenant(self.node, self.tenant_id, name=self.word())
        said = {"username": self.name(), "first_name": self.name(), "last_name": self.name()}
        mail = self.mail()
        admin = await add_user(self.node, self.tenant_id, mail, password=self.password, **said)
        session = await log_in(self.node, mail, password=self.password)
        key = await holder_of_key(self.node, self.tenant_id)
        self.ids.add(admin["id"])
        self.callers = [session, key]
        for caller in self.callers:
            self.keep_token(caller.token)

    def keep_token(self, token: str | None) -> None:
        """Remember a token, which is nobody else's to see, and its id."""
        if token is not None:
            _, token_id, secret = token.split("_", 2)
            self.ids.add(token_id)
            self.tokens.add(secret)


class Pair:
    """Both of them, and everything that could give one away to the other."""

    def __init__(self, node: Node, journal: Journal, *, number: int) -> None:
        self.node = node
        self.sides = (Side(node, f"a{number}"), Side(node, f"b{number}"))
        self.shared_ids: dict[str, str] = {}
        self.shared_mails = [f"s{n}-{number}@both.example" for n in range(2)]
        self.upstream = FakeUpstream({side.tenant_id: {"things": []} for side in self.sides})
        self._journal = journal
        self._lines = 0
        self._watches: dict[str, Watch] = {}
        self._open = AsyncExitStack()
        self._position = 0

    async def begin(self) -> None:
        """Make both, and let each watch its settings until the end."""
        self._lines = len(self._journal.lines)
        self._position = (await self.node.log.head()).position
        await self._open.enter_async_context(self.upstream)
        for side in self.sides:
            await side.begin()
            # Both have a row of one key, and each says of it what nobody else does.
            self.upstream.shelf(side.tenant_id).add("things", {"id": "same", "name": side.name()})
            source = {"type": "http", "base_url": self.upstream.base_url, **only_things()}
            await self.ask(side, "PUT", "/config/sync:source", {"value": source})
            watch = watching(
                self.node.app.asgi, tenant_id=side.tenant_id, headers=side.callers[0].headers
            )
            self._watches[side.tenant_id] = await self._open.enter_async_context(watch)

    async def end(self) -> None:
        """Look at everything once more, and close what is open."""
        try:
            await self.check()
            await self.check_events()
            await self.check_rows()
            assert all(watch.status == 200 for watch in self._watches.values())
        finally:
            await self._open.aclose()

    def other(self, side: Side) -> Side:
        """Return the other one."""
        return self.sides[1] if side is self.sides[0] else self.sides[0]

    async def ask(
        self,
        side: Side,
        method: str,
        path: str,
        body: Any = None,
        *,
        caller: Caller | None = None,
        may_learn: str | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Send a request of one side, and check that the answer holds nothing of the other's.

        But what was asked itself, which an error may repeat, and the id `may_learn`.
        """
        caller = caller or side.callers[side.count % len(side.callers)]
        asked = f"{path} {headers} {msgspec.json.encode(body).decode()}"
        answer = await caller.ask(method, path, body, **headers)
        told = f"{answer.status_code} {answer.headers} {answer.text}"
        assert answer.status_code < 500, f"{method} {asked}: {told}"
        forbidden = {mark for mark in self._forbidden_to(side) if mark not in asked} - {may_learn}
        _assert_none_of(forbidden, told, f"{method} {asked}")
        return answer

    async def check(self) -> None:
        """Check what came without having been asked for: watched changes, and lines of the log."""
        for side in self.sides:
            told = self._watches[side.tenant_id].received.decode()
            _assert_none_of(self._forbidden_to(side), told, "a watch")
        lines, known = self._journal.lines, self._lines
        self._lines = len(lines)
        for line in lines[known:]:
            text = msgspec.json.encode(line).decode()
            _assert_none_of(self._nobodys(), text, "a line of the log")
            for side in self.sides:
                if line.get("tenant") == side.tenant_id:
                    _assert_none_of({self.other(side).said}, text, "a line of another tenant")

    async def check_events(self) -> None:
        """Check that no event names a person, or holds what proves one or is a secret."""
        while events := await self.node.log.read(after=self._position):
            for event in events:
                text = f"{event.stream} {event.type} {event.data!r} {event.metadata!r}"
                _assert_none_of(self._nobodys(), text, "an event")
                for side in self.sides:
                    if event.tenant_id == side.tenant_id:
                        forbidden = {self.other(side).said}
                        _assert_none_of(forbidden, text, "an event of another tenant")
            self._position = events[-1].position

    async def check_rows(self) -> None:
        """Check that a unit of one tenant's sees no row of the other, where roles can say so."""
        if self.node.app.database.dialect != "postgres":
            return
        for side in self.sides:
            scope = TenantScope(side.tenant_id)
            rows = await self.node.app.database.read(scope, _rows_of, side.tenant_id)
            _assert_none_of(self._forbidden_to(side), rows, "a row")

    def _forbidden_to(self, side: Side) -> set[str]:
        return self.other(side).marks - side.ids

    def _nobodys(self) -> set[str]:
        """What stands in no line and no event, whosever it is."""
        found = set(self.shared_mails)
        for side in self.sides:
            found |= {side.person, side.secret, side.password, *side.tokens}
        return found


def _rows_of(tx: Transaction, tenant_id: str) -> str:
    found: list[str] = []
    for table, columns in _COLUMNS.items():
        query = f"SELECT {columns.replace('{}', tenant_id)} FROM {table}"
        found += [repr(row) for row in tx.connection.execute(query).fetchall()]
    return "\n".join(found)


def _assert_none_of(forbidden: Iterable[str], text: str, where: str) -> None:
    for mark in forbidden:
        assert mark not in text, f"{mark} in {where}: {text}"


def next_cursor(answer: httpx.Response) -> str | None:
    """Return where the next page begins, of either kind of list."""
    if answer.status_code != 200:
        return None
    if "next" in answer.links:
        return str(httpx.URL(answer.links["next"]["url"]).params["cursor"])
    found = answer.json()
    data: Mapping[str, Any] = found.get("data", {}) if isinstance(found, dict) else {}
    return data.get("next_cursor") or None

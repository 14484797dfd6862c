"""Whatever one of two tenants does: with what is its own, and with what is the other's."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeVar

from tests.properties.tenant_pair import Pair, Side, next_cursor
from tests.support.callers import Caller
from tests.support.waiting import eventually

T = TypeVar("T")
Move: TypeAlias = Callable[[Pair, Side, int], Awaitable[None]]

NAMES = ("n0", "n1", "n2", "app:n3")
"""Names that both tenants use."""


async def set_value(pair: Pair, side: Side, pick: int) -> None:
    """Set a setting, under a name of both or of one's own, and with a key that the other uses."""
    name = _of([*NAMES, side.word()], pick)
    key = f"same-{pick % 3}" if pick % 2 else f"own-{side.word()}"
    await pair.ask(side, "PUT", f"/config/{name}", {"value": side.word()}, Idempotency_Key=key)


async def set_secret(pair: Pair, side: Side, pick: int) -> None:
    """Set a secret, and read it."""
    side.count += 1
    body = {"value": f"{side.secret}-{side.count}", "secret": True}
    await pair.ask(side, "PUT", f"/config/secret{pick % 2}", body)
    await pair.ask(side, "GET", f"/config/secret{pick % 2}")


async def delete_value(pair: Pair, side: Side, pick: int) -> None:
    """Delete a setting, at times with the key of a secret."""
    query = "?shred=true" if pick % 5 == 0 else ""
    await pair.ask(side, "DELETE", f"/config/{_of([*NAMES, 'secret0'], pick)}{query}")


async def change_several(pair: Pair, side: Side, pick: int) -> None:
    """Set several at once, with an idempotency key that both use."""
    changes = [{"op": "set", "name": name, "value": side.word()} for name in NAMES[:2]]
    await pair.ask(
        side, "POST", "/config", {"changes": changes}, Idempotency_Key=f"same-{pick % 3}"
    )


async def set_schema(pair: Pair, side: Side, pick: int) -> None:
    """Set a schema, or see what it would reject."""
    schema = {"title": side.word(), "pattern": side.said if pick % 3 else side.word()}
    name = _of(NAMES, pick)
    await pair.ask(side, "PUT", f"/config/{name}/schema?dry_run=true", schema)
    await pair.ask(side, "PUT", f"/config/{name}/schema", schema)
    await pair.ask(side, "PUT", f"/config/{name}", {"value": "whatever else"})
    await pair.ask(side, "GET", f"/config/{name}/schema?effective=true")
    if pick % 2:
        await pair.ask(side, "DELETE", f"/config/{name}/schema")


async def read_value(pair: Pair, side: Side, pick: int) -> None:
    """Read a setting in every way."""
    name = _of([*NAMES, "secret0", "secret1"], pick)
    for question in ("", "?explain=true", "/history", f"?at={pick}", "/schema"):
        await pair.ask(side, "GET", f"/config/{name}{question}")
    await pair.ask(side, "GET", f"/config/{name}", Accept="application/json")


async def read_tree(pair: Pair, side: Side, pick: int) -> None:
    """List settings, from where the other's pages end too."""
    own = await pair.ask(side, "GET", f"/config?limit={1 + pick % 3}")
    _keep(side, next_cursor(own))
    for cursor in _of_both(pair, side):
        await pair.ask(side, "GET", f"/config?limit=2&cursor={cursor}")
    await pair.ask(side, "GET", "/config")
    await pair.ask(side, "GET", f"/config?at={pick}")
    await pair.ask(side, "GET", f"/config/diff?from=1&to={(await _head(pair))}")


async def roll_back(pair: Pair, side: Side, pick: int) -> None:
    """Roll back a setting, or everything, to a moment of anybody's."""
    await pair.ask(side, "POST", f"/config/{_of(NAMES, pick)}/rollback", {"version": 1 + pick % 3})
    to = max(1, await _head(pair) - pick % 20)
    await pair.ask(side, "POST", "/config/rollback", {"to": to}, Idempotency_Key=f"back-{pick % 3}")


async def add_person(pair: Pair, side: Side, pick: int) -> None:
    """Make a new person a user, and see who is one."""
    mail = side.mail()
    body = {
        "email": mail,
        "username": side.name(),
        "first_name": side.name(),
        "role": _of(["viewer", "editor", "admin", None], pick),
        "applications": [{"client_key": side.word(), "roles": [side.word()]}],
    }
    added = await pair.ask(side, "POST", f"/api/tenants/{side.tenant_id}/users", body)
    assert added.status_code == 201, added.text
    user_id = added.json()["data"]["id"]
    side.users.append(user_id)
    side.ids.add(user_id)
    await pair.ask(side, "GET", f"/api/tenants/{side.tenant_id}/users/{mail}")
    await pair.ask(side, "GET", f"/api/tenants/{side.tenant_id}/users/nobody-{mail}")


async def change_person(pair: Pair, side: Side, pick: int) -> None:
    """Change a user in every way."""
    if side.users:
        path = f"/api/tenants/{side.tenant_id}/users/{_of(side.users, pick)}"
        change = {"first_name": side.name(), "last_name": side.name(), "email": side.mail()}
        await pair.ask(side, "PATCH", path, change if pick % 2 else {"role": "viewer"})


async def remove_person(pair: Pair, side: Side, pick: int) -> None:
    """Let a user go."""
    if side.users:
        user_id = side.users.pop(pick % len(side.users))
        await pair.ask(side, "DELETE", f"/api/tenants/{side.tenant_id}/users/{user_id}")


async def add_shared(pair: Pair, side: Side, pick: int) -> None:
    """Make somebody a user whom the other may have, and say who they are where that is new."""
    path, mail = f"/api/tenants/{side.tenant_id}/users", _of(pair.shared_mails, pick)
    roles = [{"client_key": None, "roles": [side.word()]}]
    named = {"first_name": side.name(), "username": side.name(), "last_name": side.name()}
    body = {"email": mail, "role": "viewer", "applications": roles}
    added = await pair.ask(side, "POST", path, body | named)
    if added.status_code == 403:
        # Who adds somebody is told who that is; nobody else is.
        known = pair.shared_ids.get(mail)
        added = await pair.ask(side, "POST", path, body, may_learn=known)
    if added.is_success:
        pair.shared_ids[mail] = added.json()["data"]["id"]
        side.ids.add(pair.shared_ids[mail])


async def use_shared(pair: Pair, side: Side, pick: int) -> None:
    """See, change and let go somebody whom both may have."""
    path = f"/api/tenants/{side.tenant_id}/users"
    mail = _of(pair.shared_mails, pick)
    found = await pair.ask(side, "GET", f"{path}/{mail}")
    if not found.is_success:
        return
    member = f"{path}/{found.json()['data']['id']}"
    await pair.ask(side, "PATCH", member, {"first_name": side.name()})
    roles = [{"client_key": side.word(), "roles": []}]
    await pair.ask(side, "PATCH", member, {"applications": roles, "role": "editor"})
    if pick % 2:
        await pair.ask(side, "DELETE", member)


async def list_people(pair: Pair, side: Side, pick: int) -> None:
    """List users and keys, from where the other's pages end too."""
    for kind in ("users", "keys"):
        path = f"/api/tenants/{side.tenant_id}/{kind}"
        page = await pair.ask(side, "GET", f"{path}?limit={1 + pick % 2}")
        _keep(side, next_cursor(page))
        await pair.ask(side, "GET", path)
        for cursor in _of_both(pair, side):
            await pair.ask(side, "GET", f"{path}?cursor={cursor}")


async def make_key(pair: Pair, side: Side, pick: int) -> None:
    """Make a key, and use it."""
    body = {"name": side.word(), "role": _of(["viewer", "admin"], pick)}
    made = await pair.ask(side, "POST", f"/api/tenants/{side.tenant_id}/keys", body)
    key = made.json()["data"]
    side.keep_token(key["key"])
    side.keys.append(key["id"])
    holder = Caller(pair.node, key["key"])
    await pair.ask(side, "GET", "/api/auth/me", caller=holder)
    await pair.ask(side, "GET", "/config", caller=holder)


async def revoke_key(pair: Pair, side: Side, pick: int) -> None:
    """Revoke a key."""
    if side.keys:
        key_id = side.keys.pop(pick % len(side.keys))
        await pair.ask(side, "DELETE", f"/api/tenants/{side.tenant_id}/keys/{key_id}")


async def change_tenant(pair: Pair, side: Side, pick: int) -> None:
    """Give the tenant another name and other origins, and see all tenants there are."""
    change = {"name": side.word(), "origins": [f"https://{side.word()}.example"]}
    await pair.ask(side, "PATCH", f"/api/tenants/{side.tenant_id}", change)
    await pair.ask(side, "GET", "/api/tenants")
    await pair.ask(side, "GET", f"/api/tenants?cursor=0.{pair.other(side).tenant_id[:-1]}")
    await pair.ask(side, "POST", "/api/tenants", {"id": pair.other(side).tenant_id, "name": "x"})
    assert pick >= 0


async def log_in(pair: Pair, side: Side, pick: int) -> None:
    """Log in with what is right, with what is wrong, and into the other tenant."""
    mail, username = side.mail(), side.name()
    body = {"email": mail, "username": username, "password": side.password, "role": "viewer"}
    added = await pair.ask(side, "POST", f"/api/tenants/{side.tenant_id}/users", body)
    side.ids.add(added.json()["data"]["id"])
    other, nobody = pair.other(side), Caller(pair.node)
    wrong = {"password": f"{side.password}-wrong"}
    for wanted in (
        {"email": mail, **wrong},
        {"email": side.mail(), **wrong},
        {"username": username, **wrong},
        {"email": mail, "password": side.password, "tenant": other.tenant_id},
    ):
        pair.node.clock.advance(61)
        refused = await pair.ask(side, "POST", "/api/auth/login", wanted, caller=nobody)
        assert refused.status_code in {401, 403}, refused.text
    wanted = {"email": mail, "password": side.password}
    pair.node.clock.advance(61)
    answer = await pair.ask(side, "POST", "/api/auth/login", wanted, caller=nobody)
    assert answer.status_code == 200, answer.text
    side.keep_token(answer.json()["data"]["token"])
    session = Caller(pair.node, answer.json()["data"]["token"])
    change = {"first_name": side.name(), "current_password": "x"}
    await pair.ask(side, "PATCH", "/api/auth/me", change, caller=session)
    wish = {"tenant": other.tenant_id} if pick % 2 else {}
    renewed = await pair.ask(side, "POST", "/api/auth/refresh", wish, caller=session)
    if renewed.is_success:
        side.keep_token(renewed.json()["data"]["token"])
        session = Caller(pair.node, renewed.json()["data"]["token"])
    await pair.ask(side, "POST", "/api/auth/logout", caller=session)


async def read_audit(pair: Pair, side: Side, pick: int) -> None:
    """Read who did what, also of the other and by whom of the other."""
    page = await pair.ask(side, "GET", f"/api/audit?limit={1 + pick % 50}")
    _keep(side, next_cursor(page))
    await pair.ask(side, "GET", "/api/audit?limit=500&newest_first=true")
    for cursor in _of_both(pair, side):
        await pair.ask(side, "GET", f"/api/audit?cursor={cursor}")
    other = pair.other(side)
    await pair.ask(side, "GET", f"/api/audit?tenant={other.tenant_id}")
    await pair.ask(side, "GET", f"/api/audit?actor=user:{_of(sorted(other.ids), pick)}")


async def export(pair: Pair, side: Side, pick: int) -> None:
    """Take everything home, and try to take the other's."""
    await pair.ask(side, "GET", f"/api/tenants/{side.tenant_id}/export")
    other = pair.other(side)
    refused = await pair.ask(side, "GET", f"/api/tenants/{other.tenant_id}/export")
    assert refused.status_code == 403
    assert pick >= 0


async def sync(pair: Pair, side: Side, pick: int) -> None:
    """Change a row at the source, have it fetched, and read whatever is told of it."""
    shelf = pair.upstream.shelf(side.tenant_id)
    shelf.add("things", {"id": side.name(), "name": side.name()})
    shelf.change("things", "same", name=side.name())
    path = f"/api/sync/tenants/{side.tenant_id}"
    synced = await pair.ask(side, "POST", f"{path}/force")
    if synced.status_code == 404:
        # A rollback to before there was a source has taken it away.
        assert synced.json()["error"]["code"] == "no_source"
        return
    correlation_id = synced.json()["data"]["correlationId"]
    side.ids.add(correlation_id)

    async def is_over() -> bool:
        found = await pair.ask(side, "GET", f"{path}/status")
        return bool(found.json()["data"]["status"] == "completed")

    await eventually(is_over)
    rows = await pair.ask(side, "GET", f"{path}/collections/things?limit={1 + pick % 3}")
    _keep(side, next_cursor(rows))
    for cursor in _of_both(pair, side):
        await pair.ask(side, "GET", f"{path}/collections/things?cursor={cursor}")
    for what in ("progress", "collections", "method", "collections/things", "collections/others"):
        await pair.ask(side, "GET", f"{path}/{what}")
    for what in ("all", "runs", "metrics", "health", "method-stats", "statistics"):
        await pair.ask(side, "GET", f"/api/sync/{what}")
    timeline = await pair.ask(side, "GET", f"/api/sync/runs/{correlation_id}")
    assert timeline.is_success, timeline.text


async def reach_over_to_syncs(pair: Pair, side: Side, pick: int) -> None:
    """Ask about the other's syncs, have them run, and read their rows."""
    other = pair.other(side)
    path = f"/api/sync/tenants/{other.tenant_id}"
    for method, what in (
        *(("GET", what) for what in ("status", "progress", "collections", "method")),
        ("GET", "collections/things"),
        *(("POST", what) for what in ("trigger", "force", "check")),
        ("DELETE", "lock"),
    ):
        answer = await pair.ask(side, method, f"{path}/{what}")
        assert answer.status_code == 403, answer.text
    for correlation_id in sorted(each for each in other.ids if each.startswith("sync-")):
        answer = await pair.ask(side, "GET", f"/api/sync/runs/{correlation_id}")
        assert answer.status_code in {403, 404}, answer.text
    for what in ("runs", "all", "metrics", "statistics"):
        asked = f"/api/sync/{what}?limit={1 + pick % 3}"
        answer = await pair.ask(side, "GET", asked, X_Tenant_ID=other.tenant_id)
        assert answer.status_code == 403, answer.text
    assert (await pair.ask(side, "POST", "/api/sync/cleanup")).status_code == 403


async def reach_over(pair: Pair, side: Side, pick: int) -> None:
    """Ask about the other's tenant, people and keys, by their own ids."""
    other = pair.other(side)
    their = _of(sorted(other.ids - side.ids), pick)
    for tenant_id in (side.tenant_id, other.tenant_id, "*"):
        for kind in ("users", "keys"):
            path = f"/api/tenants/{tenant_id}/{kind}/{their}"
            for method, body in (("GET", None), ("PATCH", {"role": "viewer"}), ("DELETE", None)):
                answer = await pair.ask(side, method, path, body)
                assert answer.status_code in {403, 404, 405}, answer.text
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": side.word()}),
        ("DELETE", f"?confirm={other.tenant_id}", None),
        ("POST", "/suspend", {"reason": side.word()}),
        ("POST", "/users", {"email": side.mail()}),
        ("POST", "/keys", {"name": side.word(), "role": "admin"}),
    ):
        answer = await pair.ask(side, method, f"/api/tenants/{other.tenant_id}{path}", body)
        assert answer.status_code == 403, answer.text


async def name_the_other(pair: Pair, side: Side, pick: int) -> None:
    """Ask for settings in the other's name."""
    their = pair.other(side).tenant_id
    name = _of([*NAMES, "secret0"], pick)
    for method, path, body in (
        ("GET", f"/config/{name}", None),
        ("GET", f"/config/{name}/history", None),
        ("GET", "/config", None),
        ("PUT", f"/config/{name}", {"value": side.word()}),
        ("DELETE", f"/config/{name}", None),
        ("POST", "/config/rollback", {"to": 1}),
        ("GET", "/config/watch", None),
    ):
        answer = await pair.ask(side, method, path, body, X_Tenant_ID=their)
        assert answer.status_code == 403, answer.text


async def look_around(pair: Pair, side: Side, pick: int) -> None:
    """See what everybody sees, and what operators alone do."""
    for path in ("/metrics", "/api/auth/me", "/health", "/v1/health", "/readyz", "/openapi.json"):
        await pair.ask(side, "GET", path)
    for path in ("/api/db/status", "/api/log/head", "/api/doctor", "/api/breakers"):
        await pair.ask(side, "GET", path)
    await pair.ask(side, "GET", "/api/auth/me", X_Request_ID=f"ask-{pick}")


MOVES: tuple[Move, ...] = (
    set_value,
    set_value,
    set_secret,
    delete_value,
    change_several,
    set_schema,
    read_value,
    read_tree,
    roll_back,
    add_person,
    change_person,
    remove_person,
    # Often, since only what both have done to the same person can go wrong.
    *(add_shared, add_shared, add_shared, add_shared),
    *(use_shared, use_shared, use_shared),
    list_people,
    make_key,
    revoke_key,
    change_tenant,
    log_in,
    read_audit,
    export,
    sync,
    sync,
    reach_over_to_syncs,
    reach_over,
    name_the_other,
    look_around,
)


def _of(items: Sequence[T], pick: int) -> T:
    return items[pick % len(items)]


def _keep(side: Side, cursor: str | None) -> None:
    if cursor is not None:
        side.cursors = [*side.cursors[-1:], cursor]


def _of_both(pair: Pair, side: Side) -> list[str]:
    return [*side.cursors[-1:], *pair.other(side).cursors[-1:]]


async def _head(pair: Pair) -> int:
    return (await pair.node.log.head()).position

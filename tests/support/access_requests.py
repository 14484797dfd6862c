"""A request for every route that is valid in all but one thing: who sends it.

All of them are about `HOME`. What one destroys is made for it alone, so that none disturbs another.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from tests.support.personas import HOME, Cast, Persona, login_of
from tests.support.waiting import eventually

SETTING: Final = "setting"
RULED: Final = "ruled"
PREFIX: Final = "prefix:"
CLIENT: Final = "shop"
FLAG: Final = "new-checkout"
COLLECTION: Final = "users"
UPDATER: Final = "newLeads"
SOURCE: Final[dict[str, Any]] = {
    "type": "files",
    "path": HOME,
    "collections": [{"name": COLLECTION, "key": "id", "file": "users.jsonl"}],
}
"""Where the data of `HOME` come from: `write_source` has written them."""
AT_HOME: Final = {"X-Tenant-ID": HOME}
SPENDS_SESSION: Final = frozenset({"POST /api/auth/logout", "POST /api/auth/refresh"})
"""The session that is shown with one of these is good for nothing afterwards."""
WANTS_SESSION: Final = SPENDS_SESSION | {"PATCH /api/auth/me"}
"""What a key has no use for."""
STREAMS: Final = frozenset({"GET /config/watch", "GET /ofrep/v1/events"})

NOTHING: Final[Mapping[str, str]] = {
    "correlation": f"sync-{HOME}-1000000000000-000000000",
}
"""What names nothing, where a name says by itself whose it is."""

_UPDATERS: Final = "/api/database-updater"
_TENANT: Final = {"tenant": HOME}
_PASSED: Final = "2999-01-01T00:00:00Z"
_DRILL_BREAKER: Final = {"name": "drill"}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: the parameters in the path, the query, and the body as JSON."""

    path: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: Any = None


Preparation: TypeAlias = Callable[[Cast, Persona], Awaitable[Sent]]


def write_source(folder: Path) -> None:
    """Write the data of `HOME` into the folder that sources may read."""
    own = folder / HOME
    own.mkdir(parents=True)
    (own / "users.jsonl").write_text('{"id": 1}\n{"id": 2}\n', encoding="utf-8")


async def prepare_props(cast: Cast) -> dict[str, str]:
    """Make what all requests may share, and return the parameters that name it."""
    await _put_setting(cast, SETTING)
    await _put_flag(cast, FLAG)
    await _put_schema(cast, f"/config/{RULED}/schema")
    await _put_schema(cast, f"/config/schema?prefix={PREFIX}")
    marked = await cast.ask(cast.root, "PATCH", f"/api/tenants/{HOME}", json={"sandbox": True})
    assert marked.is_success, marked.text
    for name in ("first", "second"):
        body: Any = {"configs": [{"key": CLIENT, "name": name, "routes": []}]}
        answer = await cast.ask(cast.root, "POST", "/api/clients/apply", headers=AT_HOME, json=body)
        assert answer.is_success, answer.text
    return {
        "key": (await cast.key("viewer")).id,
        "user": cast.user_id("nobody"),
        "correlation": await _run_sync(cast),
    }


async def request_for(route: str, cast: Cast, persona: Persona, props: Mapping[str, str]) -> Sent:
    """Return what to send to a route as this persona; raises `KeyError` for a new one."""
    plain = route.replace(" /v1/config", " /config")
    prepare = _PREPARED.get(plain)
    sent = _READY[plain] if prepare is None else await prepare(cast, persona)
    return msgspec.structs.replace(sent, path={**props, **sent.path})


async def _fresh_tenant(cast: Cast, _: Persona) -> Sent:
    return Sent(body={"id": cast.fresh("tenant"), "name": "A new one"})


async def _tenant_to_lose(cast: Cast, persona: Persona) -> Sent:
    """Name a tenant to erase: the own one, but for root, who would really do it."""
    if persona.name != "root":
        return Sent(path=_TENANT, query={"confirm": HOME})
    tenant_id = cast.fresh("victim")
    await cast.made("POST", "/api/tenants", {"id": tenant_id, "name": tenant_id})
    return Sent(path={"tenant": tenant_id}, query={"confirm": tenant_id})


async def _tenant_to_stop(cast: Cast, persona: Persona) -> Sent:
    return msgspec.structs.replace(await _tenant_to_lose(cast, persona), query={}, body={})


async def _fresh_user(cast: Cast, _: Persona) -> Sent:
    return Sent(path=_TENANT, body={"email": f"{cast.fresh('user')}@example.com"})


async def _user_to_lose(cast: Cast, _: Persona) -> Sent:
    body = {"email": f"{cast.fresh('victim')}@example.com"}
    made = await cast.made("POST", f"/api/tenants/{HOME}/users", body)
    return Sent(path={**_TENANT, "user": made["id"]})


async def _key_to_lose(cast: Cast, _: Persona) -> Sent:
    return Sent(path={**_TENANT, "key": (await cast.key("viewer")).id})


async def _setting_to_lose(cast: Cast, _: Persona) -> Sent:
    name = cast.fresh("victim")
    await _put_setting(cast, name)
    return Sent(path={"name": name})


async def _schema_to_lose(cast: Cast, _: Persona) -> Sent:
    name = cast.fresh("victim")
    await _put_schema(cast, f"/config/{name}/schema")
    return Sent(path={"name": name})


async def _prefix_to_lose(cast: Cast, _: Persona) -> Sent:
    prefix = cast.fresh("victim")
    await _put_schema(cast, f"/config/schema?prefix={prefix}")
    return Sent(query={"prefix": prefix})


async def _without_drill(cast: Cast, _: Persona) -> Sent:
    await cast.made("POST", "/api/drill/end")
    return Sent(body={})


def _during_drill(body: Any) -> Preparation:
    async def prepare(cast: Cast, persona: Persona) -> Sent:
        await _without_drill(cast, persona)
        await cast.made("POST", "/api/reliability/breakers/drill/reset")
        await cast.made("POST", "/api/drill/begin")
        return Sent(body=body)

    return prepare


async def _stopped_updaters(cast: Cast, _: Persona) -> Sent:
    await _order(cast, "stop", refused=409)
    return Sent(body={})


async def _running_updaters(cast: Cast, _: Persona) -> Sent:
    await _order(cast, "start", refused=409)
    return _EMPTY


async def _run_to_see(cast: Cast, _: Persona) -> Sent:
    return Sent(path={"run": await _run_updater(cast)})


async def _table_to_see(cast: Cast, _: Persona) -> Sent:
    await _run_updater(cast)
    return Sent(path={"table": "business_records"})


async def _row_to_see(cast: Cast, _: Persona) -> Sent:
    await _run_updater(cast)
    answer = await cast.ask(
        cast.root, "GET", f"{_UPDATERS}/tables/business_records/rows?limit=1", headers=AT_HOME
    )
    row = answer.json()["data"]["rows"][0]["id"]
    return Sent(path={"table": "business_records", "row": row})


async def _row_to_edit(cast: Cast, persona: Persona) -> Sent:
    sent = await _row_to_see(cast, persona)
    return msgspec.structs.replace(sent, body={"company_name": "Edited"})


async def _no_history(cast: Cast, persona: Persona) -> Sent:
    """Undo everything there is, so that a history can be made."""
    await _some_history(cast, persona)
    await _order(cast, "undo/all", refused=409)
    return Sent(body={"days": 1})


async def _some_history(cast: Cast, _: Persona) -> Sent:
    """See that a history was asked for, and is there."""

    async def is_done() -> bool:
        answer = await cast.ask(cast.root, "GET", f"{_UPDATERS}/backfill", headers=AT_HOME)
        if answer.status_code == 404:
            await _order(cast, "undo/all", refused=409)
            await _order(cast, "backfill", {"days": 1})
            return False
        return bool(answer.json()["data"]["isDone"])

    await eventually(is_done)
    return _EMPTY


async def _strategy_to_see(cast: Cast, _: Persona) -> Sent:
    started = await cast.ask(
        cast.root,
        "POST",
        "/api/collector/strategies/follow-graph",
        headers=AT_HOME,
        json=_STRATEGY.body,
    )
    assert started.is_success, started.text
    run = started.json()["data"]["id"]
    # Only so many may be under way.
    path = f"/api/collector/strategies/runs/{run}"
    ended = await cast.ask(cast.root, "DELETE", path, headers=AT_HOME)
    assert ended.is_success, ended.text
    return Sent(path={"run": run})


async def _no_strategies(cast: Cast, _: Persona) -> Sent:
    """See that there is room for another run."""
    listed = await cast.ask(cast.root, "GET", "/api/collector/strategies", headers=AT_HOME)
    for run in listed.json()["data"]["runs"]:
        path = f"/api/collector/strategies/runs/{run['id']}"
        await cast.ask(cast.root, "DELETE", path, headers=AT_HOME)
    return _STRATEGY


async def _run_updater(cast: Cast) -> str:
    answer = await _order(cast, f"execute/{UPDATER}", {})
    return str(answer["runId"])


async def _order(cast: Cast, what: str, body: Any = None, *, refused: int | None = None) -> Any:
    """Have root order something of the updaters of `HOME`, which may be refused with a status."""
    sent = {} if body is None else {"json": body}
    answer = await cast.ask(cast.root, "POST", f"{_UPDATERS}/{what}", headers=AT_HOME, **sent)
    assert answer.is_success or answer.status_code == refused, answer.text
    return answer.json().get("data")


async def _put_setting(cast: Cast, name: str) -> None:
    for value in ("first", "second"):
        answer = await cast.ask(
            cast.root, "PUT", f"/config/{name}", headers=AT_HOME, json={"value": value}
        )
        assert answer.is_success, answer.text


async def _put_flag(cast: Cast, key: str) -> None:
    flag = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
    path = f"/config/flag:{key}"
    answer = await cast.ask(cast.root, "PUT", path, headers=AT_HOME, json={"value": flag})
    assert answer.is_success, answer.text


async def _run_sync(cast: Cast) -> str:
    answer = await cast.ask(
        cast.root, "PUT", "/config/sync:source", headers=AT_HOME, json={"value": SOURCE}
    )
    assert answer.is_success, answer.text
    run = await cast.made("POST", f"/api/sync/tenants/{HOME}/trigger")
    return str(run["correlationId"])


async def _put_schema(cast: Cast, path: str) -> None:
    answer = await cast.ask(cast.root, "PUT", path, headers=AT_HOME, json={})
    assert answer.is_success, answer.text


_OF_TENANT: Final = Sent(path=_TENANT)
_OF_SETTING: Final = Sent(path={"name": SETTING})
_OF_SCHEMA: Final = Sent(path={"name": RULED})
_ORDER: Final = Sent(path=_DRILL_BREAKER, body={})
_OF_CLIENT: Final = Sent(path={"key": CLIENT})
_DECLARED: Final = Sent(body={"configs": [{"key": CLIENT, "name": "second"}]})
_OF_UPDATER: Final = Sent(path={"updater": UPDATER}, body={})
_EMPTY: Final = Sent()
_STRATEGY: Final = Sent(path={"name": "follow-graph"}, body={"seedHandles": ["ada.example"]})

_READY: Final[Mapping[str, Sent]] = {
    **dict.fromkeys(
        (
            "GET /livez",
            "GET /readyz",
            "GET /v1/health",
            "GET /health",
            "GET /metrics",
            "GET /api/db/status",
            "GET /api/log/head",
            "GET /api/backup",
            "GET /api/keys/status",
            "GET /api/doctor",
            "GET /api/reliability/breakers",
            "GET /api/reliability/database",
            "GET /api/reliability/limits",
            "POST /api/auth/logout",
            "GET /api/auth/me",
            "GET /api/tenants",
            "GET /config",
            "GET /api/clients",
            "GET /api/sync/all",
            "GET /api/sync/health",
            "GET /api/sync/method-stats",
            "GET /api/sync/metrics",
            "GET /api/sync/runs",
            "GET /api/sync/runs/{correlation}",
            "GET /api/sync/statistics",
            "POST /api/sync/cleanup",
            "GET /api/collector/status",
            "GET /api/collector/ledger",
            "GET /api/collector/stats",
            "GET /api/collector/dead-letters",
            "GET /api/collector/strategies",
            "POST /api/collector/start",
            "POST /api/collector/stop",
            "POST /api/collector/replay",
            "GET /api/trending",
            "GET /api/growth-velocity",
            "GET /api/engagement-leaders",
            "GET /api/network-stats",
            "GET /api/database-updater/status",
            "GET /api/database-updater/config",
            "GET /api/database-updater/preview",
            "GET /api/database-updater/logs",
            "GET /api/database-updater/metrics",
            "GET /api/database-updater/health",
            "GET /api/database-updater/runs",
            "GET /api/database-updater/firings",
            "GET /api/database-updater/check",
            "GET /api/database-updater/fidelity",
            "GET /api/database-updater/fidelity.svg",
            "GET /config/watch",
            "GET /flags.json",
            "GET /ofrep/v1/events",
            "GET /api/config/worker",
            "POST /api/config/worker/restart",
            "POST /api/config/worker/test",
            "GET /api/config/projection",
            "POST /api/config/projection/rebuild",
            "POST /api/config/projection/reconnect",
        ),
        _EMPTY,
    ),
    "POST /api/log/verify": Sent(body={}),
    "POST /api/keys/rotate-master": Sent(body={}),
    "POST /api/reliability/breakers/{name}/force-open": _ORDER,
    "POST /api/reliability/breakers/{name}/force-closed": _ORDER,
    "POST /api/reliability/breakers/{name}/disable": _ORDER,
    "POST /api/reliability/breakers/{name}/reset": _ORDER,
    "POST /api/auth/login": Sent(body=login_of("stranger")),
    "POST /api/auth/refresh": Sent(body={}),
    "PATCH /api/auth/me": Sent(body={"first_name": "Ada"}),
    "GET /api/tenants/{tenant}": _OF_TENANT,
    "PATCH /api/tenants/{tenant}": Sent(path=_TENANT, body={"name": "Home"}),
    "POST /api/tenants/{tenant}/activate": _OF_TENANT,
    "GET /api/tenants/{tenant}/export": _OF_TENANT,
    "GET /api/tenants/{tenant}/users": _OF_TENANT,
    "GET /api/tenants/{tenant}/users/{user}": _OF_TENANT,
    "PATCH /api/tenants/{tenant}/users/{user}": Sent(path=_TENANT, body={"last_name": "Lovelace"}),
    "GET /api/tenants/{tenant}/keys": _OF_TENANT,
    "POST /api/tenants/{tenant}/keys": Sent(path=_TENANT, body={"name": "new", "role": "viewer"}),
    "GET /api/tenants/{tenant}/keys/{key}": _OF_TENANT,
    "GET /api/audit": Sent(query={"tenant": HOME}),
    **dict.fromkeys(
        (
            "POST /api/clients/validate",
            "POST /api/clients/lint",
            "POST /api/clients/plan",
            "POST /api/clients/apply",
            "POST /api/clients/import",
            "POST /api/clients/drift",
        ),
        _DECLARED,
    ),
    "POST /api/clients/drift/resolve": Sent(
        body={"key": CLIENT, "how": "revert", "config": {"key": CLIENT, "name": "second"}}
    ),
    "POST /api/clients/export": Sent(body={}),
    "POST /api/clients/{key}/rollback": Sent(path={"key": CLIENT}, body={"to": 1}),
    **dict.fromkeys(
        (
            "GET /api/clients/{key}",
            "GET /api/clients/{key}/revisions",
            "GET /api/clients/{key}/diff",
            "GET /api/clients/{key}/lint",
            "GET /api/clients/{key}/drift",
        ),
        _OF_CLIENT,
    ),
    **dict.fromkeys(
        (
            "POST /api/sync/tenants/{tenant}/trigger",
            "POST /api/sync/tenants/{tenant}/force",
            "POST /api/sync/tenants/{tenant}/check",
            "DELETE /api/sync/tenants/{tenant}/lock",
            "GET /api/sync/tenants/{tenant}/status",
            "GET /api/sync/tenants/{tenant}/progress",
            "GET /api/sync/tenants/{tenant}/method",
            "GET /api/sync/tenants/{tenant}/collections",
        ),
        _OF_TENANT,
    ),
    "GET /api/sync/tenants/{tenant}/collections/{collection}": Sent(
        path={**_TENANT, "collection": COLLECTION}
    ),
    "PUT /api/database-updater/config": Sent(
        body={"config": {"executionConfig": {"retryAttempts": 2}}}
    ),
    "POST /api/database-updater/explain": Sent(body={"expression": "0 9 * * 1-5"}),
    "POST /api/database-updater/execute/{updater}": _OF_UPDATER,
    "POST /api/database-updater/dry-run/{updater}": _OF_UPDATER,
    "GET /api/clients/{key}/revisions/{revision}": Sent(path={"key": CLIENT, "revision": "1"}),
    "GET /api/clients/{key}/app": Sent(path={"key": CLIENT}, query={"tenant": HOME}),
    "POST /ofrep/v1/evaluate/flags/{key}": Sent(path={"key": FLAG}, body={"context": {}}),
    "POST /ofrep/v1/evaluate/flags": Sent(body={"context": {}}),
    "POST /config": Sent(body={"changes": [{"op": "set", "name": "several", "value": 1}]}),
    "GET /config/diff": Sent(query={"from": "0"}),
    "POST /config/rollback": Sent(body={"to": 1, "prefix": "nothing:"}),
    "GET /config/schema": Sent(query={"prefix": PREFIX}),
    "PUT /config/schema": Sent(query={"prefix": PREFIX}, body={}),
    "GET /config/{name}": _OF_SETTING,
    "PUT /config/{name}": Sent(path={"name": SETTING}, body={"value": "third"}),
    "GET /config/{name}/history": _OF_SETTING,
    "GET /config/{name}/at/{timestamp}": Sent(path={"name": SETTING, "timestamp": _PASSED}),
    "POST /config/{name}/rollback": Sent(path={"name": SETTING}, body={"version": 1}),
    "GET /config/{name}/schema": _OF_SCHEMA,
    "PUT /config/{name}/schema": Sent(path={"name": RULED}, body={}),
}

_PREPARED: Final[Mapping[str, Preparation]] = {
    "POST /api/collector/strategies/{name}": _no_strategies,
    "GET /api/collector/strategies/runs/{run}": _strategy_to_see,
    "GET /api/collector/strategies/runs/{run}/users": _strategy_to_see,
    "DELETE /api/collector/strategies/runs/{run}": _strategy_to_see,
    "POST /api/database-updater/start": _stopped_updaters,
    "POST /api/database-updater/stop": _running_updaters,
    "POST /api/database-updater/undo/{run}": _run_to_see,
    "POST /api/database-updater/backfill": _no_history,
    "GET /api/database-updater/backfill": _some_history,
    "GET /api/database-updater/runs/{run}": _run_to_see,
    "GET /api/database-updater/tables/{table}/rows": _table_to_see,
    "GET /api/database-updater/tables/{table}/rows/{row}": _row_to_see,
    "PATCH /api/database-updater/tables/{table}/rows/{row}": _row_to_edit,
    "POST /api/tenants": _fresh_tenant,
    "DELETE /api/tenants/{tenant}": _tenant_to_lose,
    "POST /api/tenants/{tenant}/suspend": _tenant_to_stop,
    "POST /api/tenants/{tenant}/users": _fresh_user,
    "DELETE /api/tenants/{tenant}/users/{user}": _user_to_lose,
    "DELETE /api/tenants/{tenant}/keys/{key}": _key_to_lose,
    "DELETE /config/{name}": _setting_to_lose,
    "DELETE /config/{name}/schema": _schema_to_lose,
    "DELETE /config/schema": _prefix_to_lose,
    "POST /api/drill/begin": _without_drill,
    "POST /api/drill/end": _during_drill(None),
    "POST /api/drill/read": _during_drill({}),
    "POST /api/drill/call": _during_drill({}),
    "POST /api/drill/limited": _during_drill(None),
    "POST /api/drill/health": _during_drill({"status": "healthy"}),
    "POST /api/drill/worker": _during_drill({}),
}

"""What must hold of clients after a kill: all that tells of one says the same, old or new."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tenantry.app import Application
from tenantry.clients import PlanRequest, rules
from tenantry.clients.model import (
    ITEM_KINDS,
    STREAM_PREFIX,
    ClientState,
    PlannedClient,
    identity_of,
)
from tenantry.clients.store import decode_event, find_client
from tenantry.db import System, Tenant, Transaction
from tests.faults.client_workloads import (
    KINDS,
    ROLES,
    ROOT,
    SECRET,
    Expected,
    expected_after,
    key_of,
    request_of,
    tenant_of,
)
from tests.faults.logs import assert_intact
from tests.support.access_rows import assert_rows_and_events_agree

_SYSTEM: Final = System("fault tests")


async def revision_of(app: Application, tenant_id: str, key: str) -> int:
    """Return a client's revision, 0 where it has none."""
    entry = app.client_parts.ledger.index.find(tenant_id, key)
    return 0 if entry is None else entry.revision


async def assert_recovered(app: Application, told: Mapping[tuple[int, int], int]) -> None:
    """Fail unless there are the steps that were acknowledged, and at most the next one."""
    await assert_intact(app.log)
    await assert_rows_and_events_agree(app.database, app.log)
    for (writer, index), steps in told.items():
        await _assert_client_is_as_told(app, writer, index, steps)


async def assert_is_nowhere(app: Application, tenant_id: str, key: str) -> None:
    """Fail if a client that has no revision has left anything behind."""
    assert await app.database.read(Tenant(tenant_id), find_client, tenant_id, key) is None
    async for page in app.log.read_stream(tenant_id, STREAM_PREFIX + key):
        assert not page
    assert await app.database.read(_SYSTEM, _read_roles, tenant_id, key) == {}


async def assert_agrees(
    app: Application, tenant_id: str, key: str, expected: Expected
) -> ClientState:
    """Fail unless log, copy, index, answers and people say that a client is as expected."""
    events = [
        decode_event(recorded)
        async for page in app.log.read_stream(tenant_id, STREAM_PREFIX + key)
        for recorded in page
    ]
    state = rules.fold(None, events, tenant_id=tenant_id)
    assert state == await app.database.read(Tenant(tenant_id), find_client, tenant_id, key)

    entry = app.client_parts.ledger.entry(tenant_id, key)
    assert (entry.revision, entry.version) == (state.revision, state.version)
    assert entry.digest == state.digest == rules.digest_of(state)
    await _assert_history_agrees(app, state)
    await _assert_answers_agree(app, state, expected)

    roles = await app.database.read(_SYSTEM, _read_roles, tenant_id, key)
    assert {email: roles for email, (_, roles) in roles.items()} == expected.users
    assert {user_id: tuple(roles) for user_id, roles in roles.values()} == state.users
    return state


async def plan_of(
    app: Application, tenant_id: str, config: dict[str, Any], variables: dict[str, str]
) -> PlannedClient:
    """Plan one declaration."""
    request = PlanRequest(configs=(config,), variables=variables)
    (planned,) = (await app.clients.plan(ROOT, tenant_id, request)).clients
    return planned


async def _assert_client_is_as_told(app: Application, writer: int, index: int, steps: int) -> None:
    tenant_id, key = tenant_of(writer), key_of(writer, index)
    revision = await revision_of(app, tenant_id, key)
    assert revision in (steps, min(steps + 1, len(KINDS)))
    if revision:
        await assert_agrees(app, tenant_id, key, expected_after(key, revision))
    else:
        await assert_is_nowhere(app, tenant_id, key)
    await _assert_goes_on(app, tenant_id, key, revision)


async def _assert_goes_on(app: Application, tenant_id: str, key: str, revision: int) -> None:
    """Fail unless the next apply works, and then there is nothing to do."""
    request = request_of(key, len(KINDS))
    (result,) = await app.clients.apply(ROOT, tenant_id, request)
    assert (result.revision, result.changed, result.errors) == (revision + 1, True, ())

    planned = await plan_of(app, tenant_id, request.configs[0], request.variables)
    assert (planned.revision, planned.changed) == (revision + 1, False)
    before = await app.log.head()
    (again,) = await app.clients.apply(ROOT, tenant_id, request)
    assert (again.revision, again.changed) == (revision + 1, False)
    assert await app.log.head() == before


async def _assert_history_agrees(app: Application, state: ClientState) -> None:
    """Fail unless revisions have no gaps, and what stayed from one to the next kept its id."""
    revisions = await app.client_parts.ledger.revisions(state.tenant_id, state.key)
    assert [each.view.revision for each in revisions] == [*range(1, state.revision + 1)]
    assert revisions[-1].state == state

    before: dict[tuple[str, str], str] = {}
    for revision in revisions:
        assert revision.view.digest == rules.digest_of(revision.state)
        ids = _ids(revision.state)
        assert len(set(ids.values())) == len(ids)
        assert {name: before[name] for name in before.keys() & ids.keys()}.items() <= ids.items()
        before = ids


async def _assert_answers_agree(app: Application, state: ClientState, expected: Expected) -> None:
    tenant_id, key, config = state.tenant_id, state.key, expected.config
    view = await app.client_parts.views.get(ROOT, tenant_id, key)
    assert view.config == rules.exported(state)
    assert (view.revision, view.digest) == (state.revision, state.digest)
    assert view.config["routes"] == config["routes"]
    assert not (await plan_of(app, tenant_id, config, expected.variables)).changed
    assert SECRET not in msgspec.json.encode(view).decode()

    name = config["name"].replace("${SITE_NAME}", expected.variables.get("SITE_NAME", ""))
    for role in ROLES:
        served = await app.client_parts.front_ends.view(
            ROOT, tenant_id, key, has_logged_in=True, as_role=role
        )
        front = msgspec.json.decode(served.body)
        assert front["name"] == name
        assert [(each["key"], each["title"]) for each in front["routes"]] == [
            (route["key"], route["title"])
            for route in config["routes"]
            if {role, "USER"} & set(route["roles"])
        ]


def _ids(state: ClientState) -> dict[tuple[str, str], str]:
    return {
        (kind, identity_of(item.value)): item.id
        for kind in ITEM_KINDS
        for item in state.items_of(kind) or ()
    }


def _read_roles(tx: Transaction, tenant_id: str, key: str) -> dict[str, tuple[str, list[str]]]:
    """Return whoever has roles in a client, by e-mail address."""
    found = dict[str, tuple[str, list[str]]]()
    rows = tx.connection.execute(
        "SELECT m.tenant_id, m.user_id, m.applications, u.email FROM members m"
        " JOIN users u ON u.user_id = m.user_id"
    )
    for tenant, user_id, applications, email in rows:
        for each in msgspec.json.decode(applications) if tenant == tenant_id else ():
            if each["client_key"] == key:
                found[email] = (user_id, each["roles"])
    return found

"""Clients as a server has them: whatever is applied last is what there is, on either database."""

import asyncio
import random
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tenantry.tenants import DeclaredUsers
from tests.support.access_http import AccessHttp
from tests.support.client_http import ClientHttp
from tests.support.clients import CONFIGS
from tests.support.counts import IS_SOAK
from tests.support.nodes import Node

pytestmark = pytest.mark.soak

_COUNTS = (
    settings(max_examples=300)
    if IS_SOAK
    else settings(max_examples=10, phases=set(Phase) - {Phase.shrink, Phase.explain})
)
_ROLES = ("ANON", "USER", "ADMIN", "EDITOR")
# What is not declared is not managed: here all of it is, in one declaration as in the other.
_ALL: dict[str, Any] = {
    "name": "",
    "password": "",
    "emailApiKey": "",
    "applicationRoles": [],
    "allowCustomTheme": False,
    "themeOptions": {},
    "settings": [],
    "themes": [],
    "auth_config": [],
    "whitelist": [],
    "routes": [],
    "menus": [],
    "components": [],
    "users": [],
}
_USER = st.fixed_dictionaries(
    {
        "email": st.sampled_from(["ada", "bob", "cyd"]),
        "firstName": st.just("A"),
        "lastName": st.just("B"),
        "roles": st.lists(st.sampled_from(["ADMIN", "EDITOR"]), min_size=1, unique=True),
    },
    optional={"password": st.just("a password of the file")},
)
_USERS = st.lists(_USER, max_size=3, unique_by=lambda user: user["email"])


def _whole(parts: tuple[dict[str, Any], list[dict[str, Any]], str]) -> dict[str, Any]:
    """Return an apply of everything; what is protected would stay."""
    config, users, secret = parts
    config = {**_ALL, **config, "users": users}
    config["routes"] = [
        {name: value for name, value in route.items() if name != "protected"}
        for route in config["routes"]
    ]
    return {
        "config": config,
        "variables": {"SENDGRID_API_KEY": secret},
        "force": True,
        "allow_public": True,
    }


APPLIES = st.tuples(CONFIGS, _USERS, st.sampled_from(["hunter2", "hunter3"])).map(_whole)


class Tenants:
    """A node, and tenants that nobody had before."""

    def __init__(self, node: Node) -> None:
        self._root = ClientHttp(node, AccessHttp(node), None)
        self._numbers = count(1)

    def fresh(self) -> ClientHttp:
        """Return root, for a new tenant."""
        return self._root.of(f"tenant-{next(self._numbers)}")


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """What the examples run on, and the node between them."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def tenants(database_url: str, tmp_path: Path, loop: asyncio.Runner) -> Iterator[Tenants]:
    """Tenants on a node."""
    node = Node(url=database_url, folder=tmp_path)
    loop.run(node.start())
    yield Tenants(node)
    loop.run(node.stop())


def test_what_is_applied_last_is_what_there_is_and_then_nothing_is_to_do(
    tenants: Tenants, loop: asyncio.Runner
) -> None:
    @_COUNTS
    @given(a=APPLIES, b=APPLIES)
    def apply_both(a: dict[str, Any], b: dict[str, Any]) -> None:
        # Hypothesis begins each example with the same ids.
        random.seed()
        loop.run(_apply_both(tenants.fresh(), tenants.fresh(), a, b))

    apply_both()


async def _apply_both(one: ClientHttp, other: ClientHttp, a: Any, b: Any) -> None:
    await _apply(one, a)
    before = await one.ids("acme")
    result = await _apply(one, b)
    await _apply(other, b)

    assert await _shown(one, b) == await _shown(other, b)
    ids = await one.ids("acme")
    for kind in ("routes", "menus", "components"):
        assert {n: i for n, i in before[kind].items() if n in ids[kind]}.items() <= ids[
            kind
        ].items()

    plan = await one.plan(_of(one, b), variables=b["variables"])
    assert not plan["changed"]
    again = await _apply(one, b)
    assert (again["changed"], again["revision"]) == (False, result["revision"])
    exported = await one.exported("acme")
    assert not (await one.plan(exported, variables=b["variables"]))["changed"]


async def _apply(clients: ClientHttp, wanted: Any) -> dict[str, Any]:
    return await clients.apply(
        _of(clients, wanted),
        variables=wanted["variables"],
        force=wanted["force"],
        allow_public=wanted["allow_public"],
    )


def _of(clients: ClientHttp, wanted: Any) -> dict[str, Any]:
    """Return a declaration whose people are nobody else's."""
    config: dict[str, Any] = wanted["config"]
    users = [
        {**user, "email": f"{user['email']}@{clients.tenant_id}.example"}
        for user in config["users"]
    ]
    return {**config, "users": users}


async def _shown(clients: ClientHttp, wanted: Any) -> Any:
    """Return all that is shown of the client and of those whom its declaration names."""
    told = await clients.get("/acme")
    views = [await clients.app("acme", as_role=role) for role in _ROLES]
    config, exported = told["config"], await clients.exported("acme")
    assert exported == config
    names = [user["email"] for user in wanted["config"]["users"]]
    return _alike([config, views, await _roles_of(clients, names)])


async def _roles_of(clients: ClientHttp, names: list[str]) -> dict[str, Any]:
    emails = {f"{name}@{clients.tenant_id}.example": name for name in names}
    app = clients.node.app
    users = DeclaredUsers(ledger=app.access_ledger, passwords=app.passwords, clock=app.clock)
    known = await users.known(str(clients.tenant_id), "acme", list(emails))
    return {emails[email]: person.roles for email, person in known.items()}


def _alike(shown: Any) -> Any:
    """Return it as it would be of any tenant: without ids, and each digest by its place."""
    digests = dict[str, str]()

    def alike(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: alike(each) for name, each in value.items() if name != "id"}
        if isinstance(value, list):
            return [alike(each) for each in value]
        if isinstance(value, str) and re.fullmatch("sealed:[0-9a-f]{64}", value):
            return digests.setdefault(value, f"secret {len(digests)}")
        return value

    return alike(shown)

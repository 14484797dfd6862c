"""Clients against their model: whatever is done to them, on either database and several nodes."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenantry.tenants import DeclaredUsers
from tests.properties.client_model import (
    CONFIGS,
    HUSH,
    PEOPLE,
    ROLES,
    Applied,
    ClientModel,
    visible,
)
from tests.support.access_http import AccessHttp
from tests.support.counts import IS_SOAK, search_count
from tests.support.nodes import Node

pytestmark = [
    pytest.mark.soak,
    # PostgreSQL's pool has threads that use `random` for its jitter, at times while we draw.
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

T = TypeVar("T")

TENANTS = ("acme", "globex")
_TENANT = st.sampled_from(TENANTS)
_NODE = st.integers(0, 1)
_SOURCE = st.sampled_from(["file", "api", "ui"])
_SITE = st.sampled_from([f"{HUSH}-here", f"{HUSH}-there"])
_COUNTS = (
    settings(max_examples=search_count(60), stateful_step_count=50)
    if IS_SOAK
    else settings(
        max_examples=3, stateful_step_count=20, phases=set(Phase) - {Phase.shrink, Phase.explain}
    )
)


class Saved:
    """A plan that was saved: what it is about, and when it was made."""

    def __init__(self, tenant_id: str, plan: Any, wanted: Any, revision: int) -> None:
        self.tenant_id = tenant_id
        self.plan = plan
        self.wanted = wanted
        self.revision = revision


class Machine(RuleBasedStateMachine):
    """Two tenants, each with a client of the same name, on as many nodes as there can be."""

    def __init__(self, nodes: list[Node], loop: asyncio.Runner) -> None:
        super().__init__()
        self.nodes = nodes
        self.loop = loop
        self.models = {tenant: ClientModel() for tenant in TENANTS}
        self.saved: list[Saved] = []
        self.applied: list[tuple[str, Any, str]] = []
        self.digests: dict[str, tuple[str, Any]] = {}
        for node in nodes:
            self.run(node.start())
        self.https = [AccessHttp(node).http for node in nodes]

    def teardown(self) -> None:
        """Stop the nodes."""
        for node in self.nodes:
            self.run(node.stop())

    def run(self, awaitable: Awaitable[T]) -> T:
        """Wait for something, and not for ever."""

        async def wait() -> T:
            return await asyncio.wait_for(awaitable, 30)

        return self.loop.run(wait())

    @rule(
        tenant=_TENANT, node=_NODE, config=CONFIGS, site=_SITE, source=_SOURCE, force=st.booleans()
    )
    def apply(
        self, tenant: str, node: int, config: Any, site: str, source: str, *, force: bool
    ) -> None:
        self.applied.append((tenant, config, site))
        self._apply(tenant, node, config, site, source=source, is_forced=force)

    @precondition(lambda self: self.applied)
    @rule(which=st.integers(0, 100), node=_NODE, source=_SOURCE)
    def apply_the_same_again(self, which: int, node: int, source: str) -> None:
        tenant, config, site = self.applied[which % len(self.applied)]
        self._apply(tenant, node, config, site, source=source, is_forced=True)

    @rule(tenant=_TENANT, node=_NODE, config=CONFIGS, site=_SITE, source=_SOURCE)
    def save_plan(self, tenant: str, node: int, config: Any, site: str, source: str) -> None:
        model = self.models[tenant]
        body = self._body(tenant, config, site) | {"source": source, "save": True}
        found = self._told(node, tenant, "POST", "/plan", json=body)
        after = model.after(config, {"SITE": site})
        (plan,) = found["clients"]
        assert plan["changed"] == model.is_changed(after, config.get("users", {}))
        wanted = (config, site, source)
        self.saved.append(Saved(tenant, found["saved"], wanted, len(model.revisions)))

    @precondition(lambda self: self.saved)
    @rule(which=st.integers(0, 100), node=_NODE)
    def apply_saved_plan(self, which: int, node: int) -> None:
        saved = self.saved.pop(which % len(self.saved))
        body = {"plan": saved.plan, "force": True, "allow_public": True}
        answer = self._ask(node, saved.tenant_id, "POST", "/apply", json=body)
        if saved.revision != len(self.models[saved.tenant_id].revisions):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale_plan")
            return
        config, site, source = saved.wanted
        self._take(saved.tenant_id, answer, config, site, source=source, is_forced=True)

    @rule(tenant=_TENANT, node=_NODE, which=st.integers(0, 100), force=st.booleans())
    def roll_back(self, tenant: str, node: int, which: int, *, force: bool) -> None:
        model = self.models[tenant]
        to = which % len(model.revisions) + 1 if model.revisions else 1
        body = {"to": to, "force": force, "allow_public": True}
        answer = self._ask(node, tenant, "POST", "/shop/rollback", json=body)
        if not model.revisions:
            assert answer.status_code == 404
            return
        after = model.before(to)
        if model.is_guarded(after, is_forced=force):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "guarded")
            return
        self._follow(model, _data(answer), after, source="rollback")

    @rule(tenant=_TENANT, node=_NODE)
    def revert_drift(self, tenant: str, node: int) -> None:
        model = self.models[tenant]
        body = {"key": "shop", "how": "revert", "force": True, "allow_public": True}
        answer = self._ask(node, tenant, "POST", "/drift/resolve", json=body)
        if not model.file_revision:
            wanted = (409, "no_file") if model.revisions else (404, "unknown_client")
            assert (answer.status_code, answer.json()["error"]["code"]) == wanted
            return
        if model.is_guarded(model.before(model.file_revision), is_forced=True):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "guarded")
            return
        self._follow(model, _data(answer), model.before(model.file_revision), source="file")

    @rule(node=_NODE, with_snapshot=st.booleans())
    def restart(self, node: int, *, with_snapshot: bool) -> None:
        at = node % len(self.nodes)
        self.run(self.nodes[at].restart(with_snapshot=with_snapshot))
        self.https[at] = AccessHttp(self.nodes[at]).http

    @invariant()
    def what_is_shown_is_what_was_applied(self) -> None:
        for node in range(len(self.nodes)):
            for tenant, model in self.models.items():
                if model.revisions:
                    self._check(node, tenant, model)
                else:
                    assert self._ask(node, tenant, "GET", "/shop").status_code == 404

    @invariant()
    def people_have_the_roles_that_were_declared_last(self) -> None:
        app = self.nodes[0].app
        users = DeclaredUsers(ledger=app.access_ledger, passwords=app.passwords, clock=app.clock)
        for tenant, model in self.models.items():
            emails = {_email(name, tenant): name for name in PEOPLE}
            known = self.run(users.known(tenant, "shop", list(emails)))
            found = {emails[email]: list(each.roles or ()) for email, each in known.items()}
            assert found == model.users

    def _check(self, node: int, tenant: str, model: ClientModel) -> None:
        present = model.present
        shown = self._told(node, tenant, "GET", "/shop")
        assert shown["revision"] == len(model.revisions)
        config = {"key": "shop", **present.fields, **present.items}
        assert shown["config"].keys() == config.keys()
        assert self._opened(tenant, shown["config"]) == config
        model.take_ids(shown["ids"])

        history = self._told(node, tenant, "GET", "/shop/revisions")["revisions"]
        numbers = [each["revision"] for each in history]
        assert numbers == [*range(len(model.revisions), 0, -1)]
        assert history[0]["digest"] == shown["digest"]

        drift = self._told(node, tenant, "GET", "/shop/drift")
        base = model.revisions[model.file_revision - 1] if model.file_revision else present
        assert bool(drift.get("changes")) == (base.content != present.content)
        for role in ROLES:
            view = self._told(node, tenant, "GET", "/shop/app", params={"as_role": role})
            assert view["name"] == present.name
            assert [route["path"] for route in view["routes"]] == visible(present, role)

    def _apply(
        self, tenant: str, node: int, config: Any, site: str, *, source: str, is_forced: bool
    ) -> None:
        body = self._body(tenant, config, site) | {"source": source, "force": is_forced}
        body |= {"allow_public": True}
        answer = self._ask(node, tenant, "POST", "/apply", json=body)
        self._take(tenant, answer, config, site, source=source, is_forced=is_forced)

    def _take(
        self,
        tenant: str,
        answer: httpx.Response,
        config: Any,
        site: str,
        *,
        source: str,
        is_forced: bool,
    ) -> None:
        """Fail unless an apply was answered as it ought to be, and take it in."""
        model, users = self.models[tenant], config.get("users", {})
        after = model.after(config, {"SITE": site})
        if model.is_guarded(after, is_forced=is_forced):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "guarded")
            return
        (result,) = _data(answer)["clients"]
        assert result.get("errors", []) == []
        self._follow(model, result, after, users, source=source)

    def _follow(
        self, model: ClientModel, result: Any, after: Applied, users: Any = None, *, source: str
    ) -> None:
        """Take in what was applied: who only says whose it is may make a revision, or may not."""
        is_changed = model.is_changed(after, users or {})
        assert result["changed"] or not is_changed
        assert is_changed or not result["changed"] or source in {"file", "rollback"}
        if result["changed"]:
            model.take(after, users or {}, source=source)
        assert result["revision"] == len(model.revisions)

    def _body(self, tenant: str, config: Any, site: str) -> dict[str, Any]:
        """Return a declaration as it is sent."""
        if "users" in config:
            users = [
                {"email": _email(name, tenant), "firstName": "A", "lastName": "B", "roles": roles}
                for name, roles in config["users"].items()
            ]
            config = {**config, "users": users}
        return {"configs": [config], "variables": {"SITE": site}}

    def _opened(self, tenant: str, config: Any) -> Any:
        """Return what is shown with its secrets as they are: each digest stands for one of them."""
        present = self.models[tenant].present.fields
        config = dict(config)
        for name in {"emailApiKey", "settings"} & config.keys():
            wanted, found = present[name], config[name]
            if name == "settings" and found:
                wanted, found = wanted[0]["data"], found[0]["data"]
            if found in ("", []):
                continue
            assert re.fullmatch("sealed:[0-9a-f]{64}", found)
            assert self.digests.setdefault(found, (tenant + name, wanted)) == (
                tenant + name,
                wanted,
            )
            config[name] = present[name]
        return config

    def _told(self, node: int, tenant: str, method: str, path: str, **options: Any) -> Any:
        return _data(self._ask(node, tenant, method, path, **options))

    def _ask(
        self, node: int, tenant: str, method: str, path: str, **options: Any
    ) -> httpx.Response:
        at = node % len(self.nodes)

        async def ask() -> httpx.Response:
            await self.nodes[at].app.client_parts.ledger.catch_up()
            headers = {"X-Tenant-ID": tenant}
            return await self.https[at].request(
                method, f"/api/clients{path}", headers=headers, **options
            )

        answer = self.run(ask())
        # What a placeholder stands for is for the front end alone.
        told = (
            answer.text
            if not path.endswith("/app")
            else answer.text.replace(self.models[tenant].present.name, "")
        )
        assert HUSH not in told
        assert not any(other in told for other in TENANTS if other != tenant)
        return answer


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a maker of machines, each on an empty database, whose snapshots come often."""
    numbers = count(1)
    postgres = request.getfixturevalue("postgres") if request.param == "postgres" else None

    with asyncio.Runner() as loop, contextlib.ExitStack() as databases:

        def make() -> Machine:
            databases.close()
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            urls = [f"sqlite:///{folder / 'tenantry.db'}"]
            if postgres is not None:
                urls = [databases.enter_context(postgres.fresh_database())] * 2
            nodes = [Node(url=url, folder=folder, SNAPSHOT_EVERY=7) for url in urls]
            return Machine(nodes, loop)

        yield make


def test_clients_do_what_their_model_does(make_machine: Any) -> None:
    run_state_machine_as_test(make_machine, settings=_COUNTS)


def _email(name: str, tenant: str) -> str:
    return f"{name}@{tenant}.example"


def _data(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()["data"]

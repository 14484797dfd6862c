"""Both clients of the SDK against a real server: what a program does with front ends."""

from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.sdk import (
    AccessClient,
    AsyncClientsClient,
    ClientsClient,
    Conflict,
    NotFound,
    Unprocessable,
)
from tests.support.server import ServerProcess

LOGIN = {"path": "/login", "key": "login", "componentFqn": "a.Login@1.0.0", "public": True}
HOME = {"path": "/", "key": "home", "componentFqn": "a.Home@1.0.0", "roles": ["USER"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("clients")) as process:
        process.wait_until_ready()
        with AccessClient(**as_root(process)) as root:
            root.tenants.create("Acme", tenant_id="acme")
        yield process
        assert process.stop() == 0, process.said()


@pytest.fixture
def clients(server: ServerProcess) -> Iterator[ClientsClient]:
    with ClientsClient(**as_root(server), tenant="acme") as client:
        yield client


def as_root(server: ServerProcess) -> dict[str, Any]:
    return {"server": server.record.address, "token": server.record.token}


def config(key: str, *routes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "routes": [HOME, LOGIN, *routes], **fields}


def test_a_client_is_planned_applied_and_comes_back(clients: ClientsClient) -> None:
    plan = clients.plan([config("shop", emailApiKey="hush")], save=True)
    assert plan.has_changes
    assert plan.saved is not None
    assert "hush" not in str(plan)

    (applied,) = clients.apply(plan=plan.saved)
    assert (applied.tenant, applied.revision, applied.counts.routes.added) == ("acme", 1, 2)
    with pytest.raises(Conflict) as stale:
        clients.apply(plan=plan.saved)
    assert stale.value.code == "stale_plan"
    assert not clients.upsert_from_config(config("shop", emailApiKey="hush")).changed

    renamed = {**HOME, "title": "Welcome"}
    (changed,) = clients.apply([{"key": "shop", "routes": [renamed, LOGIN]}], reason="spring")
    assert (changed.revision, changed.counts.routes.updated) == (2, 1)
    assert [change.identity for change in clients.diff("shop").routes.changes] == ["home"]
    assert clients.plan_rollback("shop", to=1).changed
    assert clients.rollback("shop", to=1).revision == 3

    history = clients.history("shop")
    assert [each.revision for each in history] == [3, 2, 1]
    assert (history[0].rolled_back_to, history[1].reason) == (1, "spring")
    past = clients.revision("shop", 2).config
    assert past is not None
    assert past["routes"][0]["title"] == "Welcome"


def test_what_is_there_is_read_exported_and_linted(clients: ClientsClient) -> None:
    clients.upsert_from_config(config("blog"))

    record = clients.get("blog")
    assert (record.name, record.revision, sorted(record.ids["routes"])) == (
        "Blog",
        1,
        ["home", "login"],
    )
    assert "blog" in [client.key for client in clients.list()]
    (exported,) = clients.export("blog")
    assert exported.config == record.config
    assert not clients.plan([exported.config]).has_changes
    codes = {finding.code for finding in clients.lint(key="blog")}
    assert codes == {finding.code for finding in clients.lint([exported.config])}
    with pytest.raises(NotFound):
        clients.get("nobody")


def test_what_is_wrong_is_told_item_by_item(clients: ClientsClient) -> None:
    wrong = config("wiki", {"path": "/x", "rolls": []})

    assert not clients.validate([wrong]).valid
    with pytest.raises(Unprocessable) as refused:
        clients.apply([wrong])
    assert refused.value.code == "invalid_client"
    result = clients.upsert_from_config(wrong)
    assert (result.revision, result.counts.routes.added) == (1, 2)
    assert result.errors[0].path == "$.routes[2].rolls"


def test_drift_is_seen_and_resolved(clients: ClientsClient) -> None:
    declared = config("intranet")
    clients.upsert_from_config(declared)
    changed = {"key": "intranet", "name": "Other"}
    clients.apply([changed])

    (drift,) = clients.drift_from([declared])
    assert drift.has_drifted
    assert {change.path: change.owner for change in drift.changes}["name"] == "api"
    adopted = clients.resolve("intranet", how="adopt", config=declared)
    assert adopted.config is not None
    assert adopted.config["name"] == "Other"
    reverted = clients.resolve("intranet", how="revert", config=declared)
    assert reverted.result is not None
    assert reverted.result.revision == 3
    assert clients.get("intranet").config["name"] == "Intranet"


def test_an_original_becomes_one_of_ours(clients: ClientsClient) -> None:
    (imported,) = clients.import_([{"key": "Old", "name": "Old", "routes": [{**HOME, "id": "7"}]}])

    assert imported.key == "old"
    assert imported.changes
    assert clients.validate([imported.config]).valid


async def test_a_front_end_gets_what_its_user_may_see(server: ServerProcess) -> None:
    async with AsyncClientsClient(**as_root(server), tenant="acme") as clients:
        await clients.upsert_from_config(config("portal"))
        everything = await clients.app("portal", as_role="USER")

    async with AsyncClientsClient(server=server.record.address) as anybody:
        seen = await anybody.app("portal", tenant="acme")
        again = await anybody.app("portal", tenant="acme", etag=seen.etag)

    assert everything.app is not None
    assert seen.app is not None
    assert [route["path"] for route in seen.app["routes"]] == ["/login"]
    assert len(everything.app["routes"]) == 2
    assert again.is_unchanged
    assert again.etag == seen.etag

"""Who may read and write but not reveal learns nothing of a secret, by no route and no guess."""

from typing import Any

import httpx
import msgspec
import pytest

from tenantry.base.errors import Denied
from tenantry.configs.model import SchemaTarget
from tests.support.nodes import JSON, ROOT, ConfigClient, Journal, Node, principal
from tests.support.watching import watching

PLAIN = "hunter2"
EDITOR = principal("acme", "configs:read", "configs:write", name="editor")
ADMIN = principal("acme", "configs:read", "configs:write", "configs:reveal", name="admin")
FITS = b'{"type":"string"}'
GUESSES = (b'{"pattern":"^h"}', b'{"pattern":"^a"}')


@pytest.fixture
def editor(node: Node) -> ConfigClient:
    return ConfigClient(node.asked_by(EDITOR), tenant_id="acme")


@pytest.fixture
def admin(node: Node) -> ConfigClient:
    return ConfigClient(node.asked_by(ADMIN), tenant_id="acme")


async def test_no_route_shows_it(
    editor: ConfigClient, admin: ConfigClient, node: Node, journal: Journal
) -> None:
    await put_secret(admin, "key", PLAIN)
    await put_secret(admin, "key", f"{PLAIN} 2")
    await put_secret(node.configs("global"), "beneath", PLAIN)
    (record, *_) = await editor.history("key")
    assert (await admin.get("key")).text == f"{PLAIN} 2"

    async with (
        watching(node.served_to(EDITOR), tenant_id="acme", snapshot="true") as now,
        watching(node.served_to(EDITOR), tenant_id="acme", from_=0) as resumed,
    ):
        polling = await editor.ask("GET", "/key?wait=1s&version=1", headers=JSON)
        await admin.put("key", f"{PLAIN} 3")
        await now.until(3)
        await resumed.until(4)

    answers = [
        polling,
        await editor.get("key"),
        await editor.get("key", **JSON),
        await editor.get("beneath"),
        await editor.at("key", record["created_at"]),
        await editor.ask("GET", "/key?at=1"),
        await editor.ask("GET", "/key?at=2&layer=own", headers=JSON),
        await editor.ask("GET", "/key?explain=true"),
        await editor.ask("GET", "/key?explain=true&at=1"),
        await editor.ask("GET", "/beneath?explain=true"),
        await editor.ask("GET", "/key/history"),
        await editor.ask("GET"),
        await editor.ask("GET", "?at=1"),
        await editor.ask("GET", "?limit=1"),
        await editor.ask("GET", "/diff?from=0"),
        await editor.ask("GET", "/diff?from=1&to=2"),
        await editor.put("key", "mine", **JSON),
        await editor.ask("POST", "/key/rollback", content=b'{"version":3}', headers=JSON),
        await editor.delete("key"),
        await editor.ask("DELETE", "/key?shred=true"),
        await editor.ask("GET", "/key?at=1"),
    ]
    shown = [answer.text for answer in answers]
    shown += [str(answer.headers) for answer in answers]
    shown += [text.received.decode() for text in (now, resumed)]
    shown += [str(node.store.export(EDITOR, "acme")), journal.text]
    for text in shown:
        assert PLAIN not in text
    assert {answer.status_code for answer in answers} == {200, 403}
    assert [event.data["value"] for event in resumed.changes] == ["[secret]"] * 4


async def test_a_schema_cannot_be_used_to_guess(editor: ConfigClient, admin: ConfigClient) -> None:
    await put_secret(admin, "key", PLAIN)
    for path in ("/key/schema", "/schema?prefix=", "/schema?prefix=k"):
        answers = [await editor.ask("PUT", path, content=guess, headers=JSON) for guess in GUESSES]
        assert [answer.status_code for answer in answers] == [403, 403]
        first, second = [answer.json()["error"] for answer in answers]
        assert first == second
        assert first["details"] == {"permission": "configs:reveal", "tenant": "acme", "name": "key"}

    # What binds no secret is set as ever, and who may see the secret may hold it against anything.
    assert (await editor.ask("PUT", "/other/schema", content=FITS)).status_code == 200
    assert (await admin.ask("PUT", "/key/schema", content=GUESSES[1])).status_code == 422
    assert (await admin.ask("PUT", "/key/schema", content=GUESSES[0])).status_code == 200
    assert (await editor.put("key", "another", **JSON)).status_code == 422
    assert (await editor.put("key", "hers", **JSON)).status_code == 200
    assert (await editor.ask("DELETE", "/key/schema")).status_code == 200


async def test_a_secret_that_was_deleted_binds_no_schema(
    editor: ConfigClient, admin: ConfigClient
) -> None:
    await put_secret(admin, "key", PLAIN)
    await editor.delete("key")
    assert (await editor.ask("PUT", "/schema?prefix=k", content=GUESSES[1])).status_code == 200
    # But it does not come back to be held against it.
    answer = await editor.ask("POST", "/key/rollback", content=b'{"version":1}', headers=JSON)
    assert (answer.status_code, PLAIN in answer.text) == (403, False)
    assert (await admin.ask("POST", "/key/rollback", content=b'{"version":1}')).status_code == 422


async def test_a_trial_of_a_schema_skips_it_and_says_so(
    editor: ConfigClient, admin: ConfigClient, node: Node
) -> None:
    await put_secret(admin, "key", PLAIN)
    await put_secret(admin, "key", "another")
    await editor.put("plain", 1)
    for path in ("/schema?prefix=&dry_run=true", "/key/schema?dry_run=true"):
        trials = [(await editor.ask("PUT", path, content=guess)).json() for guess in GUESSES]
        assert trials[0] == trials[1]
        assert trials[0]["skipped"] == 2
        assert trials[0]["rejected"] == []

    trial = (await admin.ask("PUT", "/key/schema?dry_run=true", content=GUESSES[1])).json()
    assert (trial["checked"], trial["count"], "skipped" in trial) == (2, 1, False)

    everybodys = principal("*", "configs:read")
    target = SchemaTarget("prefix", "")
    told = await node.store.schemas.dry_run(everybodys, "global", target, GUESSES[1])
    assert (told.checked, told.count, told.skipped) == (1, 0, 2)


async def test_a_rollback_cannot_be_used_to_guess(
    editor: ConfigClient, admin: ConfigClient
) -> None:
    await editor.put("plain", 1)
    await put_secret(admin, "key", PLAIN)
    for guess in (PLAIN, "another"):
        version = (await editor.put("key", guess, **JSON)).json()["version"]
        bodies = {"/key/rollback": b'{"version":1}', "/rollback": b'{"to":2}'}
        for path, body in bodies.items():
            answer = await editor.ask("POST", path, content=body, headers=JSON)
            assert (answer.status_code, answer.json()["error"]["details"]["name"]) == (403, "key")
        assert (await editor.show("key"))["version"] == version

    assert (await admin.ask("POST", "/key/rollback", content=b'{"version":1}')).status_code == 200
    assert (await admin.get("key")).text == PLAIN


async def test_a_rollback_that_takes_no_secret_is_as_ever(
    editor: ConfigClient, admin: ConfigClient
) -> None:
    await editor.put("plain", 1)
    await put_secret(admin, "key", PLAIN)
    await editor.put("plain", 2)
    await put_secret(admin, "later", PLAIN)
    answer = await editor.ask("POST", "/rollback", content=b'{"to":2}')
    assert answer.status_code == 200, answer.text
    assert await editor.tree() == {"plain": 1, "key": "[secret]"}


async def test_a_key_of_ones_own_is_nobody_elses_to_try(
    editor: ConfigClient, admin: ConfigClient
) -> None:
    bodies = [msgspec.json.encode({"value": value, "secret": True}) for value in (PLAIN, "another")]
    await admin.put_raw("key", bodies[0], idempotency_key="deploy-1")
    answers = [
        await editor.put_raw("key", body, idempotency_key="deploy-1", **JSON) for body in bodies
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["error"] == answers[1].json()["error"]
    again = await admin.put_raw("key", bodies[0], idempotency_key="deploy-1")
    assert (again.status_code, len(await admin.history("key"))) == (200, 1)


async def test_it_is_revealed_to_nobody_of_another_tenant(node: Node) -> None:
    await put_secret(node.configs("initech"), "key", PLAIN)
    entry = node.store.get(ROOT, "initech", "key")
    assert await node.store.reveal(ADMIN, "initech", entry) is None
    with pytest.raises(Denied):
        node.store.get(ADMIN, "initech", "key")


async def put_secret(
    configs: ConfigClient, name: str, value: object, **more: Any
) -> httpx.Response:
    body = msgspec.json.encode({"value": value, "secret": True, **more})
    return await configs.put_raw(name, body)

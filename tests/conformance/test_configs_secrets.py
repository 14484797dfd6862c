"""Sealed values: never shown but to who may see them, and unreadable once shredded."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.base.errors import Gone
from tenantry.configs import GLOBAL_TENANT, ConfigEntry
from tenantry.db import Transaction
from tenantry.eventlog import verify
from tests.support.nodes import JSON, ROOT, ConfigClient, Journal, Node, principal, running_node

PLAIN = "hunter2-\u00e9-correct-horse"
PLACEHOLDER = "[secret]"


@pytest.fixture
def acme(node: Node) -> ConfigClient:
    return node.configs("acme")


async def put_secret(configs: ConfigClient, name: str, value: object, **more: Any) -> Any:
    body = msgspec.json.encode({"value": value, "secret": True, **more})
    return await configs.put_raw(name, body, **JSON)


async def test_a_secret_is_opened_for_who_may_see_it_and_for_nobody_else(
    acme: ConfigClient, node: Node
) -> None:
    stored = await put_secret(acme, "password", {"user": "u", "password": PLAIN})
    assert stored.status_code == 200
    assert (stored.json()["value"], stored.json()["secret"]) == (PLACEHOLDER, True)

    opened = await acme.get("password")
    assert opened.json() == {"user": "u", "password": PLAIN}
    assert opened.headers["cache-control"] == "no-store"
    assert (await acme.show("password"))["value"] == {"user": "u", "password": PLAIN}

    reader = principal("acme", "configs:read")
    entry = node.store.get(reader, "acme", "password")
    assert entry.value == f'"{PLACEHOLDER}"'.encode()
    assert await node.store.reveal(reader, "acme", entry) is None
    seer = principal("acme", "configs:read", "configs:reveal")
    assert await node.store.reveal(seer, "acme", entry) is not None


async def test_it_is_shown_nowhere(acme: ConfigClient, node: Node, journal: Journal) -> None:
    await put_secret(acme, "password", PLAIN)
    await put_secret(acme, "password", f"{PLAIN} 2")
    await acme.put("password", f"{PLAIN} 3")
    await acme.ask("PUT", "/password/schema", content=b'{"type":"string","maxLength":60}')
    refused = await acme.put("password", PLAIN * 9, **JSON)
    assert refused.status_code == 422
    malformed = await acme.put_raw("password", b'{"value":"' + PLAIN.encode() + b'","secret":1}')
    assert malformed.status_code == 400
    await acme.put("password", PLAIN, if_match='"1"')

    shown = [
        refused.text,
        malformed.text,
        str(await acme.history("password")),
        str(await acme.items()),
        str(await acme.items(at=2)),
        (await acme.ask("GET", "/diff", params={"from": "1"})).text,
        (await acme.ask("GET", "/password", params={"explain": "true"})).text,
        (await node.http.get("/api/config/projection", headers={"X-Tenant-ID": "acme"})).text,
        (await node.http.get("/metrics")).text,
        journal.text,
    ]
    for text in shown:
        assert "hunter2" not in text
        assert "horse" not in text
    assert f'PUT /config/password - Setting value: \\"{PLACEHOLDER}\\"' in journal.text


async def test_it_is_nowhere_in_the_database(acme: ConfigClient, node: Node) -> None:
    answer = await acme.put_raw(
        "password",
        msgspec.json.encode({"value": PLAIN, "secret": True}),
        idempotency_key="once",
    )
    assert answer.status_code == 200

    def dump(tx: Transaction) -> str:
        tables = ("events", "appends", "snapshots", "snapshot_chunks", "data_keys")
        return "".join(
            repr(
                [tuple(map(_text, row)) for row in tx.connection.execute(f"SELECT * FROM {table}")]
            )
            for table in tables
        )

    await node.runner.save_snapshot()
    assert "hunter2" not in await node.app.database.administer(dump)


def _text(column: object) -> object:
    return bytes(column).decode("latin-1") if isinstance(column, bytes | memoryview) else column


async def test_once_secret_a_name_stays_so_until_it_is_deleted(acme: ConfigClient) -> None:
    await put_secret(acme, "password", "one")
    await acme.put("password", "two")
    assert await acme.tree() == {"password": PLACEHOLDER}
    assert (await acme.get("password")).text == "two"

    await acme.delete("password")
    await acme.put("password", "plain")
    assert await acme.tree() == {"password": "plain"}
    assert (await acme.history("password"))[-1]["data"]["old_value"] == PLACEHOLDER


async def test_a_name_with_plain_history_becomes_secret_only_by_force(acme: ConfigClient) -> None:
    await acme.put("password", "plain")
    answer = await put_secret(acme, "password", "sealed")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "exposed_history"
    assert (await acme.get("password")).text == "plain"

    await acme.delete("password")
    assert (await put_secret(acme, "password", "sealed")).status_code == 409
    assert (await put_secret(acme, "password", "sealed", force=True)).status_code == 200
    assert await acme.tree() == {"password": PLACEHOLDER}


async def test_what_stands_for_a_secret_cannot_be_stored(acme: ConfigClient) -> None:
    await put_secret(acme, "password", "sealed")
    for name in ("password", "other"):
        answer = await acme.put(name, PLACEHOLDER)
        assert answer.status_code == 400
    assert (await acme.get("password")).text == "sealed"


async def test_an_inherited_secret_is_opened_for_the_tenant(node: Node, acme: ConfigClient) -> None:
    await put_secret(node.configs(GLOBAL_TENANT), "password", "beneath")
    answer = await acme.get("password")
    assert (answer.text, answer.headers["etag"]) == ("beneath", '"global:1"')
    assert await acme.tree() == {"password": PLACEHOLDER}


async def test_a_schema_is_held_against_what_is_sealed_and_tells_pointers_only(
    acme: ConfigClient,
) -> None:
    schema = b'{"properties":{"port":{"type":"integer"}},"additionalProperties":false}'
    await put_secret(acme, "db", {"port": "horse", "hunter2": 1})
    refused = await acme.ask("PUT", "/db/schema", content=schema, headers=JSON)
    assert refused.status_code == 422
    assert "/port" in refused.text
    await put_secret(acme, "db", {"port": 1})
    assert (await acme.ask("PUT", "/db/schema", content=schema)).status_code == 200
    again = await acme.put("db", {"port": "horse", "hunter2": 1}, **JSON)
    assert again.status_code == 422
    for text in (refused.text, again.text):
        assert "horse" not in text
        assert "hunter2" not in text


async def test_shredding_makes_every_version_unreadable_while_the_chain_still_verifies(
    acme: ConfigClient, node: Node
) -> None:
    await put_secret(acme, "password", "one")
    await put_secret(acme, "password", "two")
    assert (await acme.ask("GET", "/password", params={"at": "1"})).text == "one"
    entry = node.store.get(ROOT, "acme", "password")

    answer = await acme.ask("DELETE", "/password", params={"shred": "true"})

    assert (answer.status_code, answer.text) == (200, "OK")
    assert (await acme.get("password")).status_code == 404
    for position in ("1", "2"):
        past = await acme.ask("GET", "/password", params={"at": position})
        assert past.status_code == 410
    with pytest.raises(Gone):
        await node.store.reveal(ROOT, "acme", entry)
    assert [r["event_type"] for r in await acme.history("password")] == [
        "ConfigValueSet",
        "ConfigValueSet",
        "ConfigValueDeleted",
        "ConfigSecretShredded",
    ]
    report = await verify(node.app.database)
    assert report.fault is None
    # Another life, with another key.
    assert (await put_secret(acme, "password", "new")).status_code == 200
    assert (await acme.get("password")).text == "new"
    await node.restart(with_snapshot=False)
    assert (await node.configs("acme").get("password")).text == "new"


async def test_what_was_deleted_can_still_be_shredded_once(acme: ConfigClient) -> None:
    await put_secret(acme, "password", "one")
    await acme.delete("password")
    answer = await acme.ask("DELETE", "/password", params={"shred": "true"})
    assert answer.status_code == 200
    again = await acme.ask("DELETE", "/password", params={"shred": "true"})
    assert again.status_code == 410


async def test_a_shredding_that_is_sent_again_with_its_key_is_answered_as_before(
    acme: ConfigClient,
) -> None:
    await put_secret(acme, "password", "one")
    headers = {"Idempotency-Key": "k"}
    answers = [
        await acme.ask("DELETE", "/password", params={"shred": "true"}, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["x-position"] == answers[1].headers["x-position"]
    # To delete is another request than to shred.
    assert (await acme.delete("password", idempotency_key="k")).status_code == 422


async def test_to_shred_is_not_to_delete_a_name_that_looks_like_it(acme: ConfigClient) -> None:
    await put_secret(acme, "password", "one")
    await acme.put("password?shred", "plain")
    assert (await acme.delete("password?shred", idempotency_key="k")).status_code == 200
    answer = await acme.ask(
        "DELETE", "/password", params={"shred": "true"}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 422


async def test_there_must_be_something_to_shred(acme: ConfigClient) -> None:
    await acme.put("plain", "v")
    answer = await acme.ask("DELETE", "/plain", params={"shred": "true"}, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "nothing_sealed")
    assert (await acme.get("plain")).text == "v"
    answer = await acme.ask("DELETE", "/nothing", params={"shred": "true"})
    assert answer.status_code == 404


async def test_shredding_takes_a_condition(acme: ConfigClient) -> None:
    await put_secret(acme, "password", "one")
    answer = await acme.ask(
        "DELETE", "/password", params={"shred": "true"}, headers={"If-Match": '"2"'}
    )
    assert answer.status_code == 412
    assert (await acme.get("password")).text == "one"


async def test_a_condition_holds_a_shredding_back_also_where_the_name_is_deleted(
    acme: ConfigClient,
) -> None:
    await put_secret(acme, "password", "one")
    await acme.delete("password")
    options: dict[str, Any] = {"params": {"shred": "true"}, "headers": {"If-Match": '"1"'}}
    assert (await acme.ask("DELETE", "/password", **options)).status_code == 412
    assert (await acme.ask("GET", "/password", params={"at": "1"})).text == "one"


async def test_a_secret_that_was_refused_leaves_nothing_to_shred(acme: ConfigClient) -> None:
    await acme.put("plain", "v")
    body = msgspec.json.encode({"value": PLAIN, "secret": True, "force": True})
    assert (await acme.put_raw("plain", body, if_match='"9"')).status_code == 412
    answer = await acme.ask("DELETE", "/plain", params={"shred": "true"})
    assert (answer.status_code, (await acme.get("plain")).text) == (422, "v")


async def test_a_rollback_to_the_secret_that_is_there_changes_nothing(acme: ConfigClient) -> None:
    for value in ("one", "two"):
        await put_secret(acme, "password", value)
    positions = [
        (await acme.ask("POST", "/rollback", content=b'{"to":1}')).json()["position"]
        for _ in range(2)
    ]
    assert positions == [3, 3]
    assert (await acme.get("password")).text == "one"


async def test_a_rollback_seals_what_it_restores_and_reports_what_is_shredded(
    acme: ConfigClient,
) -> None:
    await put_secret(acme, "kept", "one")
    await put_secret(acme, "lost", "one")
    await put_secret(acme, "kept", "two")
    await acme.ask("DELETE", "/lost", params={"shred": "true"})

    answer = await acme.ask("POST", "/rollback", content=b'{"to":2}', headers=JSON)

    assert answer.status_code == 200
    assert [c["name"] for c in answer.json()["changes"]] == ["kept"]
    assert answer.json()["not_restored"] == [{"name": "lost", "reason": "shredded"}]
    assert (await acme.get("kept")).text == "one"
    assert await acme.tree() == {"kept": PLACEHOLDER}


async def test_a_retry_of_a_secret_gets_the_first_result(acme: ConfigClient) -> None:
    body = msgspec.json.encode({"value": PLAIN, "secret": True})
    answers = [await acme.put_raw("password", body, idempotency_key="k", **JSON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(await acme.history("password")) == 1


async def test_without_a_master_key_a_secret_is_refused_and_nothing_is_stored(
    database_url: str, tmp_path: Path
) -> None:
    async with running_node(
        url=database_url, folder=tmp_path, NODE_ENV="production", DEV=False
    ) as node:
        with pytest.raises(Exception, match="MASTER_KEY"):
            await node.store.put(ROOT, "acme", "password", PLAIN, is_secret=True)
        assert node.store.all(ROOT, "acme") == []
        plain = await node.store.put(ROOT, "acme", "plain", 1)
        assert isinstance(plain, ConfigEntry)

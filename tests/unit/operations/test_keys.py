"""The routes of the master key, on a node that is composed as in production."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tenantry.app import build_application
from tenantry.base.errors import Denied
from tenantry.operations import KeyFile
from tenantry.settings import load_settings
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.vault import WrongMasterKey
from tests.support.nodes import ROOT, Journal, Node, principal, recorded_journal, running_node
from tests.support.vaults import new_master, stored_keys
from tests.support.web import client_of

OWNER = "config:db.password"
PLAIN = b"correct horse battery staple"


@pytest_asyncio.fixture
async def node(database_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    """A node whose master key is a file."""
    async with running_node(url=database_url, folder=tmp_path) as node:
        yield node


async def test_the_status_tells_of_keys_and_nothing_secret(node: Node, tmp_path: Path) -> None:
    await node.app.vault.seal("acme", OWNER, PLAIN)

    answer = await node.http.get("/api/keys/status")

    fingerprint = node.app.vault.master_fingerprint
    file = tmp_path / "data" / "master.key"
    assert answer.json()["data"] == {
        "source": str(file),
        "master_fingerprint": fingerprint,
        "data_key_count": 1,
        "wrapped_under": {fingerprint: 1},
    }
    assert file.read_text().strip() not in answer.text


async def test_a_rotation_replaces_the_file_and_the_node_goes_on(
    node: Node, tmp_path: Path
) -> None:
    sealed = await node.app.vault.seal("acme", OWNER, PLAIN)
    file = tmp_path / "data" / "master.key"
    before = file.read_text()

    report = (await node.http.post("/api/keys/rotate-master")).json()["data"]

    assert file.read_text() != before
    assert report == {
        "data_key_count": 1,
        "master_fingerprint": node.app.vault.master_fingerprint,
        "source": str(file),
        "next_step": None,
    }
    assert await node.app.vault.open("acme", OWNER, sealed) == PLAIN
    await node.restart()
    assert await node.app.vault.open("acme", OWNER, sealed) == PLAIN


async def test_with_the_setting_the_operator_brings_the_new_key(
    database_url: str, tmp_path: Path
) -> None:
    old, new = new_master(), new_master()
    async with running_node(url=database_url, folder=tmp_path, MASTER_KEY=old.to_base64()) as node:
        sealed = await node.app.vault.seal("acme", OWNER, PLAIN)

        refused = await node.http.post("/api/keys/rotate-master")
        rotated = await node.http.post(
            "/api/keys/rotate-master", json={"new_master_key": new.to_base64()}
        )

        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "master_key_refused")
        assert "set MASTER_KEY to the new key" in rotated.json()["data"]["next_step"]
        assert rotated.json()["data"]["master_fingerprint"] == new.fingerprint
        assert new.to_base64() not in rotated.text
        assert await node.app.vault.open("acme", OWNER, sealed) == PLAIN

    with pytest.raises(WrongMasterKey, match=new.fingerprint):
        await build_application(
            load_settings(
                {"DATABASE_URL": database_url, "MASTER_KEY": old.to_base64()}, cwd=tmp_path
            )
        ).start()
    async with running_node(url=database_url, folder=tmp_path, MASTER_KEY=new.to_base64()) as node:
        assert await node.app.vault.open("acme", OWNER, sealed) == PLAIN


async def test_a_start_with_both_keys_uses_the_one_that_counts(
    database_url: str, tmp_path: Path, journal: Journal
) -> None:
    """A rotation of the setting that was answered to nobody."""
    old, new = new_master(), new_master()
    keys: dict[str, Any] = {"MASTER_KEY": old.to_base64(), "NEW_MASTER_KEY": new.to_base64()}
    async with running_node(url=database_url, folder=tmp_path, **keys) as node:
        assert node.app.vault.master_fingerprint == old.fingerprint
        sealed = await node.app.vault.seal("acme", OWNER, PLAIN)
        await node.app.vault.rewrap(new)

    async with running_node(url=database_url, folder=tmp_path, **keys) as node:
        assert await node.app.vault.open("acme", OWNER, sealed) == PLAIN
        again = await node.http.post(
            "/api/keys/rotate-master", json={"new_master_key": new.to_base64()}
        )
        assert again.json()["data"]["data_key_count"] == 1
    assert "A rotation of the master key had broken off" in journal.text


async def test_rotations_at_once_take_turns(node: Node, tmp_path: Path) -> None:
    sealed = await node.app.vault.seal("acme", OWNER, PLAIN)

    answers = await asyncio.gather(*(node.http.post("/api/keys/rotate-master") for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["master_fingerprint"] for answer in answers}) == 5
    await node.restart()
    assert await node.app.vault.open("acme", OWNER, sealed) == PLAIN
    assert KeyFile(tmp_path / "data" / "master.key").pending() is None


@pytest.mark.parametrize(
    "body", [{"new_master_key": "hunter2"}, {"new_master_key": 7}, {"key": "hunter2"}, [], 7]
)
async def test_a_malformed_rotation_is_refused_and_not_repeated(node: Node, body: object) -> None:
    answer = await node.http.post("/api/keys/rotate-master", json=body)

    assert answer.status_code == 400
    assert "hunter2" not in answer.text


async def test_production_without_a_master_key_works_without_secrets(
    sqlite_url: str, tmp_path: Path
) -> None:
    settings = load_settings({"DATABASE_URL": sqlite_url, "NODE_ENV": "production"}, cwd=tmp_path)
    app = build_application(settings, local_token="t0ken")
    await app.start()
    try:
        assert app.is_ready
        async with client_of(app.asgi) as http:
            http.headers["Authorization"] = "Bearer t0ken"
            status = await http.get("/api/keys/status")
            rotated = await http.post("/api/keys/rotate-master")
    finally:
        await app.stop()

    assert status.json()["data"] == {
        "source": None,
        "master_fingerprint": None,
        "data_key_count": 0,
        "wrapped_under": {},
    }
    assert (rotated.status_code, rotated.json()["error"]["code"]) == (503, "vault_closed")


@pytest.mark.parametrize(
    "method, path", [("GET", "/api/keys/status"), ("POST", "/api/keys/rotate-master")]
)
async def test_without_credentials_nothing_is_told(
    sqlite_url: str, tmp_path: Path, method: str, path: str
) -> None:
    settings = load_settings({}, cwd=tmp_path, overrides={"DATABASE_URL": sqlite_url})
    app = build_application(settings, local_token="t0ken")

    async with client_of(app.asgi) as http:
        assert (await http.request(method, path)).status_code == 401


async def test_a_tenants_own_operator_may_neither_look_nor_rotate(node: Node) -> None:
    somebody = principal("acme", "operations:read", "operations:keys")
    reader = principal("*", "operations:read")

    for attempt in (
        node.app.keys.status(somebody),
        node.app.keys.rotate(somebody),
        node.app.keys.rotate(reader),
    ):
        with pytest.raises(Denied):
            await attempt
    assert (await node.app.keys.status(reader)).data_key_count == 0


async def test_no_key_and_no_plain_value_is_in_any_line_span_or_event(
    database_url: str, tmp_path: Path
) -> None:
    told: list[SpanRecord | EventRecord] = []
    unsubscribe = subscribe(told.append)
    given, secrets = new_master(), [PLAIN.decode()]
    with recorded_journal() as journal:
        logging.getLogger().setLevel(logging.DEBUG)
        async with running_node(url=database_url, folder=tmp_path, LOG_LEVEL="debug") as node:
            vault = node.app.vault
            for owner in (OWNER, "config:other"):
                await vault.open("acme", owner, await vault.seal("acme", owner, PLAIN))
            digest_key = await vault.digest_key()
            secrets += [_content(tmp_path)]
            await node.http.post("/api/keys/rotate-master")
            secrets += [_content(tmp_path)]
            await node.http.post(
                "/api/keys/rotate-master", json={"new_master_key": given.to_base64()}
            )
            await node.http.post("/api/keys/rotate-master", json={"new_master_key": "hunter2"})
            wrapped = [key.wrapped for key in await stored_keys(node.app.database)]
    unsubscribe()

    assert digest_key is not None
    assert len(wrapped) == 3
    secrets += [given.to_base64(), "hunter2", digest_key.hex(), repr(digest_key)]
    written = journal.text + "\n".join(map(repr, told))
    assert "tenantry.vault.rewrap" in written
    assert [secret for secret in secrets if secret in written] == []
    assert [key for key in wrapped if repr(key) in written] == []


def _content(folder: Path) -> str:
    return (folder / "data" / "master.key").read_text().strip()


async def test_a_rotation_stands_in_the_event_log_with_who_did_it(node: Node) -> None:
    before = len(await node.log.read())

    await node.app.keys.rotate(ROOT)

    (event,) = (await node.log.read())[before:]
    acted = msgspec.json.decode(event.data)
    assert event.type == "operations.operator_acted.v1"
    assert acted["action"] == "keys.rotate_master"
    assert acted["subject"] == node.app.vault.master_fingerprint
    assert msgspec.json.decode(event.metadata)["actor"] == ROOT.id

"""What is secret or personal of a client is nowhere in the database, but sealed."""

import base64
import re
from pathlib import Path
from typing import Any

from tests.support.access_http import AccessHttp, rows_of
from tests.support.at_rest import forms_of, held_by
from tests.support.client_http import ClientHttp, shop
from tests.support.nodes import Journal, Node

SECRETS = (
    "hush-password-1", "hush-salt-1", "hush-email-1", "hush-options-1", "hush-connection-1",
    "hush-setting-1", "hush-variable-1", "hush-author@a.example", "hush-email-2",
    "hush of whoever is declared",
)  # fmt: skip


def _secret_shop(clients: ClientHttp) -> dict[str, Any]:
    person = {
        "email": f"ann@{clients.tenant_id}.example",
        "firstName": "Ann",
        "lastName": "Declared",
        "roles": ["USER"],
        "password": SECRETS[9],
    }
    config = shop(
        password=SECRETS[0],
        salt=SECRETS[1],
        emailApiKey=SECRETS[2],
        auth_config=[{"provider": "GOOGLE", "options": {"clientSecret": SECRETS[3]}}],
        settings=[
            {"name": "db", "settingType": "connection", "data": {"url": SECRETS[4]}},
            {"name": "token", "secret": True, "data": SECRETS[5]},
        ],
        users=[person],
    )
    config["components"][0]["author"] = SECRETS[7]
    config["routes"][0]["componentProps"] = {"at": "${URL}"}
    return config


async def test_nothing_secret_of_a_client_is_in_clear_in_any_row_file_or_line(
    node: Node, tmp_path: Path, journal: Journal
) -> None:
    clients = ClientHttp(node, AccessHttp(node), "acme")
    await clients.who.tenant("acme")
    config, variables = _secret_shop(clients), {"URL": SECRETS[6]}
    saved = await clients.saved(config, variables=variables)
    await clients.post("/apply", plan=saved)
    await clients.apply({**config, "emailApiKey": SECRETS[8]}, variables=variables)
    await clients.refused("/apply", 422, configs=[{**config, "emailApiKey": [SECRETS[8]]}])
    await clients.post("/shop/rollback", to=1)
    await node.restart(with_snapshot=True)
    await clients.on(node).app()

    held = await held_by(node, tmp_path)
    journaled = journal.text.encode() + repr(saved).encode()

    # Whether what is looked for would be found at all.
    assert b"ann@acme.example" in held
    assert b"/orders" in held
    assert b"ann@acme.example" not in journaled
    sealed = b"".join(_decoded(text) for text in re.findall(rb"[A-Za-z0-9+/]{64,}", held))
    for secret in SECRETS:
        for form in forms_of(secret):
            assert form not in held, secret
            assert form not in journaled, secret
            assert form not in sealed, secret


async def test_erasing_a_tenant_deletes_its_clients_and_shreds_what_they_sealed(
    node: Node,
) -> None:
    acme = ClientHttp(node, AccessHttp(node), "acme")
    globex = acme.of("globex")
    for each in (acme, globex):
        await each.who.tenant(each.tenant_id or "")
        await each.apply(_secret_shop(each), variables={"URL": "https://a.example"})

    told = await acme.who.delete("/api/tenants/acme", confirm="acme")

    assert told["data_keys_shredded"] >= 1
    assert await rows_of(node, "clients", tenant_id="acme") == []
    assert await rows_of(node, "data_keys", tenant_id="acme") == []
    assert "was erased" in (await acme.ask("GET", "/shop")).text
    assert (await acme.of(None).ask("GET", "/shop/app?tenant=acme")).status_code == 404
    assert not (await globex.apply(_secret_shop(globex), variables={"URL": "https://a.example"}))[
        "changed"
    ]
    await node.restart(with_snapshot=False)
    assert (await acme.on(node).of(None).ask("GET", "/shop/app?tenant=acme")).status_code == 404
    assert (await globex.on(node).app())["name"] == "Shop"


def _decoded(text: bytes) -> bytes:
    return base64.b64decode(text[: len(text) // 4 * 4])

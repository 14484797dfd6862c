"""What proves somebody is nowhere in the database, but as a hash."""

import hashlib
from pathlib import Path

import pytest

from tenantry.db import System, Transaction
from tests.support.at_rest import forms_of, held_by
from tests.support.callers import PASSWORD, Caller, add_key, add_tenant, add_user, log_in
from tests.support.nodes import Node, running_node

NEW_PASSWORD = "quite another passphrase"
TEST = System("test")


async def test_no_token_key_or_password_is_in_clear_in_any_row(node: Node, tmp_path: Path) -> None:
    secrets = await _show_every_secret(node)
    # Also when keys were used, and who has not got in, which is stored meanwhile.
    await node.restart(with_snapshot=True)
    for secret in secrets:
        await Caller(node, secret).ask("GET", "/api/auth/me")

    # As the owner, who may read every table.
    held = await held_by(node, tmp_path)
    # Whether what is looked for would be found at all: ids and addresses are there.
    assert b"ann@acme.example" in held
    for secret in secrets:
        assert all(form not in held for form in forms_of(secret)), secret[:8]
        if secret.startswith("tn"):
            assert secret.split("_")[1].encode() in held


async def test_what_is_kept_of_a_password_is_its_own_each_time(
    database_url: str, tmp_path: Path
) -> None:
    def unit(tx: Transaction) -> list[str]:
        return [row[0] for row in tx.connection.execute("SELECT password_hash FROM users")]

    async with running_node(url=database_url, folder=tmp_path, has_real_hashes=True) as node:
        await add_tenant(node, "acme")
        for name in ("a", "b"):
            await add_user(node, "acme", f"{name}@acme.example")
        first, second = await node.app.database.read(TEST, unit)

    assert first != second
    assert all(each.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for each in (first, second))


async def _show_every_secret(node: Node) -> list[str]:
    """Log in, make a key, change a password and fail to log in; return all that was shown."""
    await add_tenant(node, "acme")
    user = await add_user(node, "acme", "ann@acme.example", username="ann")
    ann = await log_in(node, "ann@acme.example")
    wrong = "a password that is wrong"
    for body in (
        {"email": "ann@acme.example", "password": wrong},
        {"email": "nobody@acme.example", "password": wrong},
    ):
        assert await Caller(node).status("POST", "/api/auth/login", body) == 401
    key = await add_key(node, "acme")
    assert await Caller(node, key["key"]).status("GET", "/api/auth/me") == 200
    renewed = await ann.told("POST", "/api/auth/refresh")
    ann = Caller(node, renewed["token"])
    wish = {"password": NEW_PASSWORD, "current_password": PASSWORD}
    await ann.told("PATCH", "/api/auth/me", wish)
    again = await log_in(node, "ann@acme.example", password=NEW_PASSWORD)
    await again.told("POST", "/api/auth/logout")
    third = "the one that the admin gave"
    path = f"/api/tenants/acme/users/{user['id']}"
    await Caller(node).told("PATCH", path, {"password": third})
    other = await add_key(node, "acme", role="viewer")
    await Caller(node).told("DELETE", f"/api/tenants/acme/keys/{other['id']}")
    tokens = [key["key"], other["key"], renewed["token"], again.token or ""]
    assert all(tokens)
    return [*tokens, PASSWORD, NEW_PASSWORD, third, wrong]


@pytest.mark.parametrize("secret", ["tnk_id_" + "A" * 43, "a password"])
def test_a_secret_would_be_found_in_any_of_itsforms_of(secret: str) -> None:
    assert secret.encode().hex().encode() in forms_of(secret)
    assert hashlib.sha256(secret.encode()).digest() in forms_of(secret)

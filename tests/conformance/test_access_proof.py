"""Whoever shows a token is who it says, exactly as long as that holds, on every node."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tenantry.app import build_application
from tenantry.base.errors import Unauthenticated, Unavailable
from tenantry.settings import load_settings
from tenantry.tenants import Access
from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    code_of,
    data_of,
    grant_of,
    secret_of,
    two_nodes,
)
from tests.support.nodes import ROOT, Node
from tests.support.web import client_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID = "a" * 16
SECRET = "b" * 43


@pytest.mark.parametrize(
    "token",
    [
        "tnk_",
        "tns_",
        f"tnk_{ID}_{SECRET}",
        f"tns_{ID}_{SECRET}",
        f"tnk_{ID}_{SECRET}x",
        f"tnk_{ID.upper()}_{SECRET}",
        f"tnk_{ID}_{SECRET[:-1]}",
        f"tnk_{ID}_{SECRET[:-1]}é",
        f"tnk_{'0' * 16}_{SECRET}",
        f"tnk__{ID}_{SECRET}",
        "tnk_" + "x" * 5_000,
    ],
)
async def test_what_is_no_token_proves_nothing(root: AccessHttp, token: str) -> None:
    # In development whoever shows nothing is root; who shows a wrong token is nobody.
    headers = {"Authorization": f"Bearer {token}".encode()}
    for _ in range(2):
        answer = await root.http.get("/api/auth/me", headers=headers)  # type: ignore[arg-type]  # bytes are taken too
        assert (answer.status_code, code_of(answer)) == (401, "unauthenticated")
        assert token not in answer.text


async def test_an_id_with_another_secret_proves_nothing(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    tokens = [await root.key(acme), await root.key(acme)]
    tokens += [data_of(await root.try_login(email=f"ada@{acme}.example"))["token"]]

    for token in tokens:
        wrong = root.holding(token.replace(secret_of(token), SECRET))
        swapped = root.holding(("tns" if token.startswith("tnk") else "tnk") + token[3:])
        # Before it was ever looked up, and after.
        for _ in range(2):
            assert not await wrong.is_let_in()
            assert not await swapped.is_let_in()
            assert await root.holding(token).is_let_in()
    mixed = root.holding(tokens[0].replace(secret_of(tokens[0]), secret_of(tokens[1])))
    assert not await mixed.is_let_in()


async def test_in_development_who_shows_a_token_is_who_it_says(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="viewer")
    token = await root.key(acme, "viewer")
    session = await root.login(email=f"ada@{acme}.example")

    assert (await root.get("/api/auth/me"))["id"] == "root"
    for who, principal in (
        (root.holding(token), f"key:{grant_of(token)}"),
        (session, f"user:{ada}"),
    ):
        assert (await who.get("/api/auth/me"))["id"] == principal
        assert await who.refusal("POST", "/api/tenants", 403, name="x") == "denied"
        foreign = await who.http.get("/api/auth/me", headers={"Host": "evil.example"})
        assert foreign.status_code == 403


@pytest.mark.asyncio(loop_scope="function")
async def test_a_key_of_another_node_is_good_at_once_for_all_who_show_it(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other node has heard of neither tenant nor member nor key."""
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root = AccessHttp(one)
        await _deafen(other, monkeypatch)
        await root.tenant("acme")
        await root.user("acme", "ada@example.com", password=PASSWORD, role="viewer")
        tokens = [await root.key("acme")]
        tokens.append(data_of(await root.try_login(email="ada@example.com"))["token"])

        for token in tokens:
            await _deafen(other, monkeypatch)
            let_in = await asyncio.gather(*(AccessHttp(other, token).is_let_in() for _ in range(5)))
            assert let_in == [True] * 5


async def _deafen(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the node hear nothing of others until it is asked to reach a position."""
    runner, read = node.app.access_runner, node.log.read
    is_asked = asyncio.Event()
    reach = runner.reach

    async def read_when_asked(**options: Any) -> Any:
        await is_asked.wait()
        return await read(**options)

    async def ask_and_reach(position: int, **options: Any) -> None:
        # Long enough for others to ask meanwhile.
        await asyncio.sleep(0.05)
        is_asked.set()
        runner.reconnect()
        await reach(position, **options)

    monkeypatch.setattr(node.log, "read", read_when_asked)
    monkeypatch.setattr(runner, "reach", ask_and_reach)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_node_that_does_not_know_yet_asks_to_come_again_and_knows_its_own_token(
    database_url: str, tmp_path: Path
) -> None:
    overrides = {"DATABASE_URL": database_url, "API_PORT": 0}
    settings = load_settings({}, cwd=tmp_path, overrides=overrides, is_terminal=False)
    app = build_application(settings, local_token="local-token")
    await app.start()
    try:
        issued = await app.api_keys.create_first(ROOT)
        assert issued is not None
        http = client_of(app.asgi)

        async def status(token: str) -> tuple[int, str | None]:
            headers = {"Authorization": f"Bearer {token}"}
            answer = await http.get("/api/reliability/breakers", headers=headers)
            return answer.status_code, answer.headers.get("retry-after")

        assert await status(issued.key) == (200, None)
        await app.access_runner.stop()
        for token in (issued.key, f"tnk_{ID}_{SECRET}", f"tns_{ID}_{SECRET}"):
            code, retry_after = await status(token)
            assert code == 503
            assert int(retry_after or 0) >= 1
        assert await status("local-token") == (200, None)
        assert (await status("another"))[0] == 401
        headers = {"Authorization": "Bearer local-token"}
        login = {"email": "a@example.com", "password": PASSWORD}
        answer = await http.post("/api/auth/login", json=login, headers=headers)
        assert answer.status_code == 503
        await http.aclose()
    finally:
        await app.stop()


async def test_what_is_remembered_has_bounds(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_MOST_REMEMBERED", "_MOST_RECOGNISED", "_MOST_UNKNOWN"):
        monkeypatch.setattr(f"tenantry.tenants.service.access.{name}", 5)
    await root.tenant(acme)
    access = Access(ledger=module_node.app.access_ledger, clock=module_node.clock)
    tokens = [(await root.key(acme)).encode() for _ in range(12)]

    for round_ in range(2):
        for number, token in enumerate(tokens):
            assert (await access.authenticate(token, "here")).tenant_id == acme
            assert (await access.authenticate(token, f"there {number}")).tenant_id == acme
            unknown = f"tns_{chr(97 + number) * 16}_{SECRET}".encode()
            with pytest.raises(Unauthenticated):
                await access.authenticate(unknown, "here")
        sizes = {len(vars(access)[name]) for name in ("_recognised", "_kept", "_unknown")}
        assert max(sizes) <= 5, round_


async def test_a_flood_of_made_up_tokens_ends_nobodys_access(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watches go on as long as `may_still` says so, which must not depend on what others show."""
    monkeypatch.setattr("tenantry.tenants.service.access._MOST_UNKNOWN", 5)
    monkeypatch.setattr("tenantry.tenants.service.access._MOST_REMEMBERED", 5)
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="viewer")
    session = data_of(await root.try_login(email=f"ada@{acme}.example"))["token"]
    access = Access(ledger=module_node.app.access_ledger, clock=module_node.clock)
    known = [
        await access.authenticate(token.encode(), "here")
        for token in (session, await root.key(acme, "viewer"))
    ]

    for number in range(20):
        token = f"tnk_{chr(97 + number) * 16}_{SECRET}".encode()
        with pytest.raises(Unauthenticated):
            await access.authenticate(token, "there")

    assert [access.may_still(who, acme, "configs:read") for who in known] == [True, True]
    assert [access.may_still(who, acme, "configs:write") for who in known] == [False, False]


async def test_a_token_is_looked_up_once(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await root.tenant(acme)
    token = await root.key(acme)
    access = Access(ledger=module_node.app.access_ledger, clock=module_node.clock)
    await access.authenticate(token.encode(), "here")
    with pytest.raises(Unauthenticated):
        await access.authenticate(f"tns_{ID}_{SECRET}".encode(), "here")

    async def read(*_: object) -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(module_node.app.database, "read", read)
    assert access.recognise(token.encode(), "elsewhere") is not None
    with pytest.raises(Unauthenticated):
        access.recognise(f"tns_{ID}_{SECRET}".encode(), "here")
    assert access.recognise(f"tns_{'c' * 16}_{SECRET}".encode(), "here") is None
    with pytest.raises(Unavailable):
        await access.authenticate(f"tns_{'c' * 16}_{SECRET}".encode(), "here")

"""Whatever is sent is answered: done, or refused with what was got and what is wanted."""

import asyncio
import itertools
import json
from typing import Any

import pytest

from tests.support.client_http import ClientHttp, pages, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEEP: Any = []
for _ in range(150):
    DEEP = [DEEP]
VERY_DEEP = "[" * 5_000 + "]" * 5_000
ODD: list[Any] = [None, True, 7, -1.5, 1e300, "", "text", [], [[]], {}, {"a": 1}, "\u0000", "é" * 9]
POSTS = ("validate", "lint", "plan", "apply", "import", "drift", "drift/resolve", "export")


async def is_answered(clients: ClientHttp, path: str, content: bytes) -> dict[str, Any] | None:
    """Send a body; return the error it is refused with, None where it is none."""
    headers = {"Content-Type": "application/json"}
    answer = await clients.ask("POST", path, content=content, headers=headers)
    assert answer.status_code < 500, (path, content[:200], answer.text)
    if answer.is_success:
        return None
    error: dict[str, Any] = answer.json()["error"]
    assert error["message"], (path, content[:200])
    return error


@pytest.mark.parametrize("path", [*POSTS, "shop/rollback"])
async def test_no_body_makes_a_server_fail(clients: ClientHttp, path: str) -> None:
    await clients.apply(shop(key="there"))
    bodies = [b"", b"{", b"\xff\xfe", VERY_DEEP.encode(), b'{"configs": 1, "configs": []}']
    bodies += [json.dumps(each).encode() for each in ODD]
    names: tuple[str, ...] = (
        "configs",
        "variables",
        "origins",
        "source",
        "continue_on_error",
        "plan",
        "keys",
    )
    names += ("key", "how", "fields", "config", "to", "force", "reason", "save", "nonsense")
    bodies += [json.dumps({n: odd}).encode() for n, odd in itertools.product(names, ODD)]
    bodies += [json.dumps({"configs": [odd]}).encode() for odd in ODD]

    for body in bodies:
        await is_answered(clients, f"/{path}", body)

    assert [each["key"] for each in (await clients.get())["items"]] in ([], ["there"])
    assert await clients.revision("there") == 1


@pytest.mark.parametrize("lenient", [False, True])
async def test_no_value_of_any_field_makes_a_server_fail(
    clients: ClientHttp, *, lenient: bool
) -> None:
    fields = (
        "key", "tenant", "name", "username", "email", "siteUrl", "avatar", "password", "salt",
        "emailSendVia", "emailApiKey", "resetEmailRoute", "applicationRoles", "billingType",
        "mode", "theme", "themes", "themeOptions", "allowCustomTheme", "organization", "forms",
        "plugins", "modules", "auth_config", "settings", "featureFlags", "whitelist",
        "externalComponents", "routes", "menus", "components", "users",
    )  # fmt: skip
    for field, odd in itertools.product(fields, [*ODD, [None], [7], [{}], DEEP]):
        for path in ("validate", "lint", "plan", "import"):
            body = {"configs": [{**shop(), field: odd}], "continue_on_error": lenient}
            await is_answered(clients, f"/{path}", json.dumps(body).encode())

    assert (await clients.get())["items"] == []


@pytest.mark.parametrize("kind", ["routes", "menus", "components", "users", "settings"])
async def test_no_value_within_an_item_makes_a_server_fail(clients: ClientHttp, kind: str) -> None:
    items: dict[str, dict[str, Any]] = {
        "users": {"email": "a@b.example", "firstName": "A", "lastName": "B", "roles": ["USER"]},
        "settings": {"name": "s", "secret": True, "data": 1},
    }
    item: dict[str, Any] = items.get(kind) or shop()[kind][0]
    names = {*item, "args", "roles", "entries", "header", "componentFqn", "author", "password"}
    for name, odd in itertools.product(sorted(names), [*ODD, [None], [7], [{}], DEEP]):
        for path in ("validate", "lint", "plan", "import"):
            config = shop(**{kind: [{**item, name: odd}]})
            body = {"configs": [config], "continue_on_error": True}
            await is_answered(clients, f"/{path}", json.dumps(body).encode())


@pytest.mark.parametrize(
    "body, told",
    [
        ({"configs": 7}, ["configs", "array", "int"]),
        ({"configs": ["text"]}, ["configs[0]", "object", "str"]),
        ({"configs": [{"name": "x"}]}, ["key"]),
        ({"configs": [{"key": 7}]}, ["key", "7", "wants"]),
        ({"configs": [{"key": "Not a key!"}]}, ["key", "Not a key!", "wants"]),
        ({"configs": [{"key": "shop", "tenant": 7}]}, ["tenant", "wants"]),
        ({"configs": [{"key": "shop", "routes": {}}]}, ["routes", "a mapping", "wants"]),
        ({"configs": [{"key": "shop", "routes": [7]}]}, ["routes[0]", "a number", "wants"]),
        ({"configs": [{"key": "shop", "mode": []}]}, ["mode", "wants"]),
        ({"configs": [{"key": "shop", "nmae": 1}]}, ["nmae", "name"]),
        ({"config": []}, ["config"]),
        ({"configs": [], "source": "mail"}, ["source", "mail"]),
        ({"configs": [], "variables": {"A": 1}}, ["variables", "str", "int"]),
        ({"plan": {"format": "other"}}, ["plan.format", "other"]),
    ],
)
async def test_a_refusal_names_the_field_what_was_got_and_what_is_wanted(
    clients: ClientHttp, body: dict[str, Any], told: list[str]
) -> None:
    error = await is_answered(clients, "/apply", json.dumps(body).encode())

    assert error is not None
    text = json.dumps(error)
    assert all(word in text for word in told), text


@pytest.mark.parametrize("route", ["validate", "lint", "plan", "apply", "import", "drift"])
async def test_too_many_clients_are_refused(clients: ClientHttp, route: str) -> None:
    many = [{"key": f"c{number}"} for number in range(1_001)]

    error = await clients.refused(f"/{route}", 413, configs=many)

    assert "1000" in error["message"]


async def test_too_much_in_one_client_is_refused(clients: ClientHttp) -> None:
    huge = shop(routes=[{"path": "/", "title": "x" * 300_000}])
    error = await clients.refused("/apply", 422, configs=[huge])
    assert error["details"]["clients"][0]["errors"][0]["code"] == "too-large"


async def test_no_path_makes_a_server_fail(clients: ClientHttp) -> None:
    await clients.apply(shop())
    keys = ("shop", "SHOP", "%00", "..", "%2e%2e", "é", "a" * 3_000, "shop%20", "-", "sh%c3%b6p")
    parts = ("", "/revisions", "/revisions/1", "/revisions/99999999999999999999", "/diff", "/lint",
             "/drift", "/app", "/diff?from=x", "/diff?from=1&to=0", "/diff?from=-1", "/app?tenant=",
             "/app?as_role=%00", "/app?revision=1e9", "?cursor=%ff")  # fmt: skip
    for key, part in itertools.product(keys, parts):
        answer = await clients.ask("GET", f"/{key}{part}")
        assert answer.status_code < 500, (key, part, answer.text)
    for query in ("limit=0", "limit=x", "limit=1001", "limit=-1"):
        assert (await clients.ask("GET", f"?{query}")).status_code == 400


@pytest.mark.parametrize("text", ["\u0000", "\ud800", "\u202e", "é" * 300, "${", "${A:${B}}", "'"])
async def test_text_of_any_kind_is_applied_and_read_again_or_refused(
    clients: ClientHttp, text: str
) -> None:
    user = {"email": f"a@{clients.tenant_id}.example", "lastName": "B", "roles": ["USER"]}
    config = shop(name=text, organization=text, users=[{**user, "firstName": text}])
    config["routes"][0] |= {"title": text, "componentProps": {text: text}}
    config["menus"][0]["entries"][0]["title"] = text
    config["settings"] = [{"name": "s", "data": text, "secret": True}]
    body = {"configs": [config], "reason": text, "continue_on_error": True}

    if await is_answered(clients, "/apply", json.dumps(body).encode()) is None:
        for path in (
            "",
            "/revisions",
            "/revisions/1",
            "/diff?from=0",
            "/app?as_role=ADMIN",
            "/lint",
        ):
            answer = await clients.ask("GET", f"/shop{path}")
            assert answer.status_code == 200, answer.text
        assert not (await clients.plan(await clients.exported()))["changed"]


async def test_an_import_shows_nothing_that_is_secret_or_personal(clients: ClientHttp) -> None:
    hush = {"$oid": "hush"}
    config = shop(password=hush, users=[{"email": "a@b.example", "firstName": hush, "roles": hush}])
    config["settings"] = [{"name": "s", "secret": True, "data": hush}]

    told = await clients.post("/import", configs=[config])

    assert "hush" not in json.dumps(told["clients"][0]["changes"])


async def test_an_empty_request_does_nothing(clients: ClientHttp) -> None:
    before = await clients.stored()

    assert (await clients.post("/apply", configs=[]))["clients"] == []
    assert (await clients.post("/plan"))["clients"] == []
    saved = (await clients.post("/plan", save=True))["saved"]
    assert (await clients.post("/apply", plan=saved))["clients"] == []

    assert await clients.stored() == before


async def test_twenty_applies_of_twenty_clients_at_once_all_succeed(clients: ClientHttp) -> None:
    results = await asyncio.gather(
        *(clients.apply(shop(key=f"c{n}", routes=pages(20))) for n in range(20))
    )

    assert [each["revision"] for each in results] == [1] * 20
    listed = (await clients.get())["items"]
    assert len(listed) == 20


async def test_twenty_applies_of_one_client_at_once_are_done_one_behind_the_other(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop())
    configs = [{"key": "shop", "siteUrl": f"https://{n}.example"} for n in range(20)]

    results = await asyncio.gather(*(clients.apply(each) for each in configs))

    assert sorted(each["revision"] for each in results) == list(range(2, 22))
    revisions = (await clients.get("/shop/revisions"))["revisions"]
    assert [each["revision"] for each in revisions] == list(range(21, 0, -1))


async def test_twenty_applies_of_the_same_declaration_at_once_make_one_revision(
    clients: ClientHttp,
) -> None:
    user = {"email": f"ann@{clients.tenant_id}.example", "firstName": "A", "lastName": "B"}
    config = shop(users=[{**user, "roles": ["USER"], "password": "a passphrase of theirs"}])

    answers = await asyncio.gather(
        *(clients.ask("POST", "/apply", json={"configs": [config]}) for _ in range(20))
    )

    assert {each.status_code for each in answers} == {200}
    results = [each.json()["data"]["clients"][0] for each in answers]
    assert sum(each["changed"] for each in results) == 1
    assert await clients.revision() == 1


async def test_applies_and_rollbacks_at_once_leave_a_whole_history(clients: ClientHttp) -> None:
    await clients.apply(shop())
    await clients.apply(shop(name="Second"))

    answers = await asyncio.gather(
        *(
            clients.ask("POST", "/shop/rollback", json={"to": 1 + n % 2})
            if n % 2
            else clients.ask("POST", "/apply", json={"configs": [shop(name=f"Name {n}")]})
            for n in range(10)
        )
    )

    assert {each.status_code for each in answers} <= {200, 409}
    revisions = (await clients.get("/shop/revisions"))["revisions"]
    assert [each["revision"] for each in revisions] == list(range(len(revisions), 0, -1))
    assert (await clients.get("/shop"))["digest"] == revisions[0]["digest"]

"""The secrets of a client: recognised, never shown, and of no use to whoever only knows of them."""

import json
import re
from typing import Any

import pytest

from tests.support.client_http import ClientHttp, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEALED = re.compile(r"sealed:[0-9a-f]{64}")


def with_secrets(**changes: Any) -> dict[str, Any]:
    """Return a client with a secret wherever there can be one."""
    config = shop(
        password="hush-password",
        salt="hush-salt",
        emailApiKey="hush-email",
        auth_config=[{"provider": "GOOGLE", "options": {"clientSecret": "hush-options"}}],
        settings=[
            {"name": "db", "settingType": "connection", "data": {"url": "hush-connection"}},
            {"name": "token", "secret": True, "data": "hush-setting"},
            {"name": "colour", "data": "plain-blue"},
        ],
        **changes,
    )
    config["components"][0]["author"] = "hush-author@a.example"
    return config


PLACEHOLDER = {"key": "api", "path": "/api", "roles": ["USER"], "componentProps": {"at": "${URL}"}}


async def test_a_plan_shows_that_a_secret_changes_and_not_what_to(clients: ClientHttp) -> None:
    await clients.apply(with_secrets())
    config = with_secrets(name="Other")
    config["emailApiKey"] = "hush-another"
    config["settings"][0]["data"] = {"url": "hush-other-connection"}

    plan = await clients.plan(config)

    changes = {each["path"]: each for each in plan["fields"]}
    assert {*changes} == {"emailApiKey", "name", "settings[db].data"} or {*changes} == {
        "emailApiKey",
        "name",
        "settings",
    }
    for each in (changes["emailApiKey"], *[c for p, c in changes.items() if "db" in p]):
        assert SEALED.fullmatch(each["before"])
        assert SEALED.fullmatch(each["after"])
        assert each["before"] != each["after"]
    assert "hush" not in json.dumps(plan)


async def test_no_answer_shows_a_secret(clients: ClientHttp) -> None:
    config = with_secrets(routes=[*shop()["routes"], PLACEHOLDER])
    variables = {"URL": "https://visible.example"}
    told: list[Any] = [
        await clients.post("/plan", configs=[config], variables=variables, save=True)
    ]
    told.append(await clients.apply(config, variables=variables))
    told += [await clients.plan(config, variables=variables), await clients.exported()]
    for path in ("", "/revisions", "/revisions/1", "/drift", "/lint", "/app"):
        told.append(await clients.get(f"/shop{path}"))
    told.append(await clients.get("/shop/diff", from_=0, to=1))
    told.append(await clients.app(as_role="ADMIN"))
    told.append(await clients.post("/drift/resolve", key="shop", how="adopt", config=shop()))
    told.append(await clients.post("/shop/rollback", to=1, dry_run=True))
    broken = {**config, "emailApiKey": ["hush-list"], "salt": 17, "password": {"hush": "hush"}}
    broken["settings"] = [{"name": "db", "secret": "hush-flag?", "data": "hush"}]
    errors = await clients.refused("/apply", 422, configs=[broken], variables=variables)
    told.append({**errors, "details": None})

    text = json.dumps(told).replace("hush-flag?", "")
    assert "hush" not in text
    assert "plain-blue" in text
    assert "https://visible.example" in json.dumps(await clients.app(as_role="USER"))


async def test_an_unchanged_secret_is_recognised_and_seals_nothing_anew(
    clients: ClientHttp,
) -> None:
    await clients.apply(with_secrets())
    before = await clients.stored()

    config = with_secrets()
    config["applicationRoles"].reverse()
    assert not (await clients.apply(config))["changed"]

    assert await clients.stored() == before


async def test_an_export_keeps_digests_and_plans_to_nothing(clients: ClientHttp) -> None:
    await clients.apply(with_secrets())

    exported = await clients.exported()

    text = json.dumps(exported)
    assert "hush" not in text
    assert len(SEALED.findall(text)) == 7
    assert not (await clients.plan(exported))["changed"]
    assert not (await clients.apply(exported))["changed"]


async def test_a_digest_that_is_not_stored_is_refused(clients: ClientHttp) -> None:
    strange = "sealed:" + "0" * 64
    config = shop(emailApiKey=strange)

    error = await clients.refused("/apply", 422, configs=[config])
    assert "not stored here" in error["message"]
    # Nor does a part of a client pass that has it.
    error = await clients.refused("/apply", 422, configs=[config], continue_on_error=True)
    assert await clients.revision() == 0
    route = [{**PLACEHOLDER}]
    wrong = {"configs": [shop(routes=route)], "variables": {"URL": strange}}
    assert "URL" in (await clients.refused("/apply", 422, **wrong))["message"]


async def test_a_digest_of_another_client_or_tenant_is_refused(clients: ClientHttp) -> None:
    await clients.apply(with_secrets())
    exported = await clients.exported()
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))

    for there, key in ((clients, "two"), (other, "shop")):
        error = await there.refused("/apply", 422, configs=[{**exported, "key": key}])
        assert "not stored here" in error["message"]


async def test_a_rollback_restores_sealed_values(clients: ClientHttp) -> None:
    await clients.apply(with_secrets())
    config = with_secrets()
    config["emailApiKey"] = "hush-another"
    await clients.apply(config)

    await clients.post("/shop/rollback", to=1)

    assert not (await clients.plan(with_secrets()))["changed"]


async def test_who_may_not_overwrite_a_secret_compares_nothing_with_it(
    clients: ClientHttp,
) -> None:
    await clients.apply(with_secrets())
    viewer = await clients.holding_key("viewer")
    guess = {"key": "shop", "emailApiKey": "hush-email"}

    for path in ("/plan", "/drift"):
        assert (await viewer.refused(path, 403, configs=[guess]))["code"] == "denied"


async def test_no_secret_becomes_a_variable_that_everybody_is_shown(clients: ClientHttp) -> None:
    await clients.apply(with_secrets())
    digest = (await clients.exported())["emailApiKey"]
    routes = [*shop()["routes"], {**PLACEHOLDER, "public": True, "roles": []}]

    error = await clients.refused(
        "/apply",
        422,
        configs=[{"key": "shop", "routes": routes}],
        variables={"URL": digest},
        allow_public=True,
    )

    assert "URL" in error["message"]
    assert "hush" not in json.dumps(await clients.app())


async def test_a_variable_of_a_secret_is_not_shown_by_whoever_does_not_know_it(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop(emailApiKey="${MAIL_KEY}"), variables={"MAIL_KEY": "hush-mail"})
    route = {**PLACEHOLDER, "componentProps": {"at": "${MAIL_KEY:}"}}
    config = {"key": "shop", "routes": [*shop()["routes"], route]}

    error = await clients.refused("/apply", 422, configs=[config])

    assert "MAIL_KEY" in error["message"]
    assert "hush" not in json.dumps(await clients.app(as_role="USER"))


async def test_a_placeholder_without_a_value_is_an_error(clients: ClientHttp) -> None:
    # Q19
    routes = [*shop()["routes"], PLACEHOLDER]

    error = await clients.refused("/apply", 422, configs=[shop(routes=routes)])

    (told,) = error["details"]["clients"][0]["errors"]
    assert "URL" in told["message"]
    assert told["path"] == "$.routes[3].componentProps.at"


async def test_a_variable_changes_what_is_shown_and_not_the_declaration(
    clients: ClientHttp,
) -> None:
    config = shop(routes=[*shop()["routes"], PLACEHOLDER])
    await clients.apply(config, variables={"URL": "https://one.example"})
    assert not (await clients.apply(config, variables={"URL": "https://one.example"}))["changed"]

    result = await clients.apply(config, variables={"URL": "https://two.example"})

    assert result["revision"] == 2
    assert "https://two.example" in json.dumps(await clients.app(as_role="USER"))
    assert "${URL}" in json.dumps((await clients.get("/shop"))["config"])
    assert "${URL}" in json.dumps(await clients.told())


async def test_the_secret_of_a_declaration_that_reverts_drift_is_sealed(
    clients: ClientHttp,
) -> None:
    await clients.apply(with_secrets(), source="file")
    await clients.apply({"key": "shop", "name": "Edited"})
    config = {**with_secrets(), "emailApiKey": "hush-of-now"}

    await clients.post("/drift/resolve", key="shop", how="revert", config=config)

    assert not (await clients.plan(config))["changed"]
    exported = await clients.exported()
    assert not (await clients.plan(exported))["changed"]
